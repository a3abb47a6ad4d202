//! The fast kernels against plain loops in `f64`, for many odd shapes, natively and in the browser, in every tier.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

mod common;

use common::{Case, random};
use digit_lab::{
    nn::{
        Scalar,
        kernels::{
            average_pool,
            block::{BlockShape, DEAD, DirectBlock},
            convolution::{Convolution, DirectConvolution},
            depthwise,
            karatsuba::Karatsuba,
            max_pool,
            panel::pack,
            reference::PlainConvolution,
            sparse_input::SparseInputGradient,
            sparse_weight::SparseWeightGradient,
            windows::Windows,
            winograd::WinogradBlock,
        },
    },
    random::{Stream, generator},
    spec::Padding,
};
use rand::Rng;

/// Random shapes, the same for the same seed.
struct Shapes(rand_chacha::ChaCha8Rng);

impl Shapes {
    fn new(seed: u64) -> Self {
        Self(generator(seed, Stream::Weights))
    }

    /// At least 1, at most `most`.
    fn up_to(&mut self, most: u32) -> usize {
        1 + (self.0.next_u32() % most) as usize
    }

    /// Any convolution.
    fn windows(&mut self) -> Windows {
        let size = [self.up_to(4), self.up_to(4)];
        let case = Case {
            input: [size[0] + self.up_to(7) - 1, size[1] + self.up_to(7) - 1, self.up_to(9)],
            size,
            strides: [self.up_to(3), self.up_to(3)],
            padding: [Padding::Valid, Padding::Same][self.up_to(2) - 1],
        };
        case.windows()
    }

    /// Any convolution with holes in its windows.
    fn dilated(&mut self) -> Windows {
        let (size, dilation) = ([self.up_to(3), self.up_to(3)], [self.up_to(3), self.up_to(3)]);
        let reach = [0, 1].map(|i| (size[i] - 1) * dilation[i] + 1);
        let image = [
            reach[0] + self.up_to(5) - 1,
            reach[1] + self.up_to(5) - 1,
            self.up_to(5),
        ];
        let padding = [Padding::Valid, Padding::Same][self.up_to(2) - 1];
        let output = match padding {
            Padding::Valid => [0, 1].map(|i| image[i] - reach[i] + 1),
            Padding::Same => [image[0], image[1]],
        };
        Windows::new(image, output, size, [1, 1], padding).dilated(dilation, padding)
    }

    /// A convolution without padding, of stride 1, with room for a pool behind it.
    fn block(&mut self, size: [usize; 2]) -> Windows {
        let channels = [1, 1, 2, 3, 4, 5, 8, 9][self.up_to(8) - 1];
        let case = Case {
            input: [size[0] + self.up_to(6), size[1] + self.up_to(6), channels],
            size,
            strides: [1, 1],
            padding: Padding::Valid,
        };
        case.windows()
    }
}

fn double(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().copied().map(f64::from).collect()
}

/// Equal but for rounding, in parts of the largest number.
fn assert_close(got: &[f32], expected: &[f64], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1f64, |max, x| max.max(x.abs()));
    for (i, (&a, b)) in got.iter().zip(expected).enumerate() {
        assert!((f64::from(a) - b).abs() <= 2e-6 * largest, "{what}[{i}]: {a} for {b}");
    }
}

/// The outputs and the gradients of a convolution with random numbers; what was in the memory before must not matter.
fn passes<T: Scalar, C: Convolution<T>>(windows: &Windows, filters: usize, n: usize) -> [Vec<T>; 4] {
    let mut kernels = C::new(windows, filters);
    let output_len = n * windows.count() * filters;
    let (input, grad) = (random(n * windows.input_len(), 1), random(output_len, 2));
    let bias: Vec<T> = random(filters, 4);
    let filled = |len| vec![T::nan(); len];
    let (mut linear, mut relu) = (filled(output_len), filled(output_len));
    let (mut to_weight, mut to_input) = (filled(windows.window_len() * filters), filled(input.len()));
    // An older weight must not be remembered.
    for weight in [5, 3].map(|seed| random::<T>(to_weight.len(), seed)) {
        kernels.weight_changed();
        kernels.forward(&input, &weight, &bias, false, &mut linear);
        kernels.forward(&input, &weight, &bias, true, &mut relu);
        kernels.weight_gradient(&input, &grad, &mut to_weight);
        kernels.input_gradient(&grad, &weight, &mut to_input);
    }
    [linear, relu, to_weight, to_input]
}

const PASSES: [&str; 4] = ["output", "output with ReLU", "weight gradient", "input gradient"];

fn compare_passes<C: Convolution<f32>>(windows: &Windows, filters: usize, n: usize) {
    let fast = passes::<f32, C>(windows, filters, n);
    let plain = passes::<f64, PlainConvolution>(windows, filters, n);
    for ((fast, plain), name) in fast.iter().zip(&plain).zip(PASSES) {
        assert_close(fast, plain, &format!("{name} of {windows:?} with {filters} filters"));
    }
}

#[test]
fn convolution() {
    for seed in 0..200 {
        let shapes = &mut Shapes::new(seed);
        let (windows, filters, n) = (shapes.windows(), shapes.up_to(19), shapes.up_to(6));
        compare_passes::<DirectConvolution>(&windows, filters, n);
    }
}

#[test]
fn convolution_in_squares() {
    for seed in 0..60 {
        let shapes = &mut Shapes::new(seed);
        let output = [3 * shapes.up_to(3), 3 * shapes.up_to(3)];
        let input = [output[0] + 2, output[1] + 2, 7 + shapes.up_to(14)];
        let windows = Windows::new(input, output, [3, 3], [1, 1], Padding::Valid);
        let (filters, n) = (7 + shapes.up_to(14), shapes.up_to(20));
        assert!(Karatsuba::suits(&windows, filters));
        compare_passes::<Karatsuba>(&windows, filters, n);
    }
}

#[test]
fn squares_are_for_what_is_made_of_them() {
    let valid =
        |side: usize, channels| Windows::new([side, side, channels], [side - 2; 2], [3, 3], [1, 1], Padding::Valid);
    assert!(Karatsuba::suits(&valid(5, 8), 8));
    for (windows, filters) in [
        (valid(6, 8), 8),
        (valid(5, 1), 8),
        (valid(5, 8), 4),
        (Windows::new([6, 6, 8], [6, 6], [3, 3], [1, 1], Padding::Same), 8),
        (Windows::new([7, 7, 8], [3, 3], [3, 3], [2, 2], Padding::Valid), 8),
        (Windows::new([7, 7, 8], [3, 3], [5, 5], [1, 1], Padding::Valid), 8),
        (
            Windows::new([7, 7, 8], [3, 3], [3, 3], [1, 1], Padding::Valid).dilated([2, 2], Padding::Valid),
            8,
        ),
    ] {
        assert!(!Karatsuba::suits(&windows, filters), "{windows:?}");
    }
}

/// On the last convolution of the seed recipe, a share of a batch.
#[test]
fn squares_are_as_exact_as_the_direct_kernel() {
    let windows = Windows::new([5, 5, 64], [3, 3], [3, 3], [1, 1], Padding::Valid);
    let errors = |got: [Vec<f32>; 4]| {
        let exact = passes::<f64, PlainConvolution>(&windows, 64, 8);
        [0, 1, 2, 3].map(|pass| {
            let squares = got[pass]
                .iter()
                .zip(&exact[pass])
                .map(|(a, b)| (f64::from(*a) - b).powi(2));
            (squares.sum::<f64>() / exact[pass].len() as f64).sqrt()
        })
    };
    let squares = errors(passes::<f32, Karatsuba>(&windows, 64, 8));
    let direct = errors(passes::<f32, DirectConvolution>(&windows, 64, 8));
    for (pass, name) in PASSES.into_iter().enumerate() {
        let times = squares[pass] / direct[pass];
        eprintln!("{name}: {times:.2} times the direct kernel's error");
        assert!(times <= 2.0, "{name}: {times} times the direct kernel's error");
    }
}

#[test]
fn dilated_convolution() {
    for seed in 0..100 {
        let shapes = &mut Shapes::new(seed);
        let (windows, filters, n) = (shapes.dilated(), shapes.up_to(13), shapes.up_to(5));
        compare_passes::<DirectConvolution>(&windows, filters, n);
    }
}

/// A depthwise convolution is a convolution whose kernel is 0 from one channel to another.
#[test]
fn depthwise_convolution() {
    for seed in 0..100 {
        let shapes = &mut Shapes::new(seed);
        let windows = if seed.is_multiple_of(2) {
            shapes.windows()
        } else {
            shapes.dilated()
        };
        let (depth, n, channels) = (shapes.up_to(3), shapes.up_to(4), windows.input[2]);
        let outputs = channels * depth;
        let taps = windows.size[0] * windows.size[1];
        let (input, weight) = (
            random::<f32>(n * windows.input_len(), 1),
            random::<f32>(taps * outputs, 2),
        );
        let (bias, grad) = (
            random::<f32>(outputs, 3),
            random::<f32>(n * windows.count() * outputs, 4),
        );
        // Where the number of a tap and an output is in the full kernel `[taps, in, in depth]`.
        let place = |tap: usize, output: usize| (tap * channels + output / depth) * outputs + output;
        let numbers = || (0..taps).flat_map(|tap| (0..outputs).map(move |output| (tap, output)));
        let mut full = vec![0.0; taps * channels * outputs];
        numbers().for_each(|(tap, output)| full[place(tap, output)] = f64::from(weight[tap * outputs + output]));

        let mut plain = <PlainConvolution as Convolution<f64>>::new(&windows, outputs);
        let (mut output, mut to_full, mut to_input) =
            (vec![0.0; grad.len()], vec![0.0; full.len()], vec![0.0; input.len()]);
        plain.forward(&double(&input), &full, &double(&bias), false, &mut output);
        plain.weight_gradient(&double(&input), &double(&grad), &mut to_full);
        plain.input_gradient(&double(&grad), &full, &mut to_input);
        let to_weight: Vec<f64> = numbers().map(|(tap, output)| to_full[place(tap, output)]).collect();

        let filled = |len| vec![f32::NAN; len];
        let (mut got, mut got_weight, mut got_input) = (filled(grad.len()), filled(weight.len()), filled(input.len()));
        depthwise::forward(&windows, &input, &weight, &bias, &mut got);
        depthwise::weight_gradient(&windows, &input, &grad, &mut got_weight);
        depthwise::input_gradient(&windows, &weight, &grad, &mut got_input);
        let what = |name| format!("{name} of {windows:?} with depth {depth}");
        assert_close(&got, &output, &what("output"));
        assert_close(&got_weight, &to_weight, &what("weight gradient"));
        assert_close(&got_input, &to_input, &what("input gradient"));
    }
}

#[test]
fn dense() {
    for seed in 0..50 {
        let shapes = &mut Shapes::new(seed);
        let (features, units, n) = (shapes.up_to(40), shapes.up_to(21), shapes.up_to(9));
        compare_passes::<DirectConvolution>(&Windows::pixel(features), units, n);
    }
}

/// The plain loops themselves, by hand: a window that hangs over every edge, and one step of 2.
#[test]
fn the_reference_is_the_definition() {
    let case = Case {
        input: [2, 2, 1],
        size: [3, 3],
        strides: [1, 1],
        padding: Padding::Same,
    };
    let kernel = [1., 2., 3., 4., 5., 6., 7., 8., 9.];
    let image = [1., 10., 100., 1000.];
    let mut output = [0.0; 4];
    let mut plain = <PlainConvolution as Convolution<f64>>::new(&case.windows(), 1);
    plain.forward(&image, &kernel, &[0.5], false, &mut output);
    assert_eq!(output, [9865.5, 8754.5, 6532.5, 5421.5]);

    let case = Case {
        input: [1, 3, 1],
        size: [1, 1],
        strides: [2, 2],
        padding: Padding::Valid,
    };
    let mut output = [0.0; 2];
    let mut plain = <PlainConvolution as Convolution<f64>>::new(&case.windows(), 1);
    plain.forward(&[1., 2., 3.], &[-2.], &[3.], true, &mut output);
    assert_eq!(output, [1., 0.]);
}

/// Makes all pixels that are not in a square of three from there on equal to the first one.
fn paint_paper(windows: &Windows, image: &mut [f32], [top, left]: [usize; 2]) {
    let [_, width, channels] = windows.input;
    let paper = image[..channels].to_vec();
    for (i, pixel) in image.chunks_exact_mut(channels).enumerate() {
        let (row, col) = (i / width, i % width);
        if !(top..top + 3).contains(&row) || !(left..left + 3).contains(&col) {
            pixel.copy_from_slice(&paper);
        }
    }
}

/// A block's shape and numbers, and what plain loops make of them.
struct Block {
    windows: Windows,
    filters: usize,
    input: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    /// Before ReLU and pool.
    sums: Vec<f64>,
}

impl Block {
    fn new(seed: u64) -> Self {
        let shapes = &mut Shapes::new(seed);
        let size = match seed % 3 {
            0 => [shapes.up_to(5), shapes.up_to(5)],
            _ => [3, 3],
        };
        let (windows, filters, n) = (shapes.block(size), shapes.up_to(18), shapes.up_to(6));
        let mut input = random::<f32>(n * windows.input_len(), 1);
        // Blank windows, as in a drawn digit.
        input.chunks_mut(7).step_by(2).for_each(|x| x.fill(0.0));
        if seed.is_multiple_of(5) {
            input[..windows.input_len()].fill(0.0);
        }
        if seed % 4 == 1 {
            // Paper that is not zero, around what is drawn.
            let (top, left) = (
                shapes.up_to(windows.input[0] as u32),
                shapes.up_to(windows.input[1] as u32),
            );
            for image in input.chunks_mut(windows.input_len()) {
                paint_paper(&windows, image, [top, left]);
            }
        }
        let (weight, bias) = (
            random::<f32>(windows.window_len() * filters, 2),
            random::<f32>(filters, 3),
        );
        let mut plain = <PlainConvolution as Convolution<f64>>::new(&windows, filters);
        let mut sums = vec![0.0; n * windows.count() * filters];
        plain.forward(&double(&input), &double(&weight), &double(&bias), false, &mut sums);
        Self {
            windows,
            filters,
            input,
            weight,
            bias,
            sums,
        }
    }

    fn shape(&self) -> BlockShape {
        BlockShape::new(&self.windows, self.filters)
    }

    fn images(&self) -> usize {
        self.input.len() / self.windows.input_len()
    }

    /// The index in `sums` of one of the four positions of a pooled output.
    fn position(&self, output: usize, pick: u8) -> usize {
        let (shape, pick) = (self.shape(), usize::from(pick));
        let (window, filter) = (output / self.filters, output % self.filters);
        let (image, window) = (window / shape.windows(), window % shape.windows());
        let (y, x) = (window / shape.pw() * 2 + pick / 2, window % shape.pw() * 2 + pick % 2);
        let [rows, cols] = self.windows.output;
        ((image * rows + y) * cols + x) * self.filters + filter
    }

    fn check_forward(&self, y: &[f32], picks: &[u8]) {
        let best = |i| (0..4).map(|p| self.sums[self.position(i, p)]).fold(0.0, f64::max);
        let expected: Vec<f64> = (0..y.len()).map(best).collect();
        assert_close(y, &expected, &format!("output of {:?}", self.shape()));
        for (i, (&y, &pick)) in y.iter().zip(picks).enumerate() {
            match pick {
                DEAD => assert_eq!(y, 0.0),
                pick => assert!((self.sums[self.position(i, pick)] - expected[i]).abs() < 1e-5),
            }
        }
    }

    fn check_backward(&self, picks: &[u8]) {
        let shape = self.shape();
        let grad = random::<f32>(picks.len(), 4);
        let (mut spread, mut to_bias) = (vec![0.0; self.sums.len()], vec![0.0; self.filters]);
        for (i, &pick) in picks.iter().enumerate().filter(|(_, pick)| **pick != DEAD) {
            spread[self.position(i, pick)] += f64::from(grad[i]);
            to_bias[i % self.filters] += f64::from(grad[i]);
        }
        let (mut to_weight, mut to_input) = (vec![0.0; self.weight.len()], vec![0.0; self.input.len()]);
        let mut plain = <PlainConvolution as Convolution<f64>>::new(&self.windows, self.filters);
        plain.weight_gradient(&double(&self.input), &spread, &mut to_weight);
        plain.input_gradient(&spread, &double(&self.weight), &mut to_input);

        let (mut got, mut got_bias) = (vec![f32::NAN; to_weight.len()], vec![f32::NAN; to_bias.len()]);
        SparseWeightGradient::new(shape).apply(&self.input, picks, &grad, &mut got, &mut got_bias);
        assert_close(&got, &to_weight, &format!("weight gradient of {shape:?}"));
        assert_close(&got_bias, &to_bias, "bias gradient");

        let mut kernel = SparseInputGradient::new(shape);
        let mut packed = vec![0.0; kernel.packed_len()];
        kernel.pack_kernel(&self.weight, &mut packed);
        let mut got = vec![f32::NAN; to_input.len()];
        kernel.apply(&packed, picks, &grad, &mut got);
        assert_close(&got, &to_input, &format!("input gradient of {shape:?}"));
    }
}

#[test]
fn a_convolution_with_its_pool() {
    for seed in 0..300 {
        let block = Block::new(seed);
        let shape = block.shape();
        let len = block.images() * shape.image_out();
        let (mut y, mut picks) = (vec![f32::NAN; len], vec![9; len]);
        let mut direct = DirectBlock::new(shape);
        let mut packed = vec![0.0; direct.packed_len()];
        pack(&block.weight, block.filters, &mut packed);
        direct.forward(&block.input, &packed, &block.bias, &mut y, &mut picks);
        block.check_forward(&y, &picks);
        block.check_backward(&picks);
        if block.windows.size == [3, 3] {
            let mut winograd = WinogradBlock::new(shape);
            let mut packed = vec![0.0; winograd.packed_len()];
            winograd.pack_kernel(&block.weight, &mut packed);
            let (mut y, mut picks) = (vec![f32::NAN; len], vec![9; len]);
            winograd.forward(&block.input, &packed, &block.bias, &mut y, &mut picks);
            block.check_forward(&y, &picks);
        }
    }
}

/// What is no number must reach the loss, where it is noticed.
#[test]
fn a_weight_that_is_no_number_shows_in_every_output() {
    let windows = Shapes::new(1).block([3, 3]);
    let shape = BlockShape {
        ci: 4,
        co: 8,
        ..BlockShape::new(&windows, 8)
    };
    let input = random::<f32>(shape.image_in(), 1);
    let weight = vec![f32::NAN; shape.kernel_rows() * 8];
    let (mut y, mut picks) = (vec![0.0; shape.image_out()], vec![9; shape.image_out()]);
    let mut direct = DirectBlock::new(shape);
    let mut packed = vec![0.0; direct.packed_len()];
    pack(&weight, 8, &mut packed);
    direct.forward(&input, &packed, &[0.0; 8], &mut y, &mut picks);
    assert!(y.iter().all(|y| y.is_nan()) && picks.iter().all(|&pick| pick < DEAD));
    let mut winograd = WinogradBlock::new(shape);
    let mut packed = vec![0.0; winograd.packed_len()];
    winograd.pack_kernel(&weight, &mut packed);
    y.fill(0.0);
    winograd.forward(&input, &packed, &[0.0; 8], &mut y, &mut picks);
    assert!(y.iter().all(|y| y.is_nan()) && picks.iter().all(|&pick| pick < DEAD));
}

/// The pixels of a window that lie in the image, each with its place in the window, row by row.
fn window_pixels(windows: &Windows, window: usize) -> Vec<(usize, usize)> {
    let ([rows, cols], [height, width, _]) = (windows.size, windows.input);
    let corner = [window / windows.output[1], window % windows.output[1]];
    let pixels = (0..rows * cols).filter_map(|place| {
        let tap = [place / cols, place % cols];
        let [y, x] = [0, 1].map(|i| (corner[i] * windows.strides[i] + tap[i]).checked_sub(windows.padding[i]));
        let (y, x) = (y.filter(|&y| y < height)?, x.filter(|&x| x < width)?);
        Some((place, y * width + x))
    });
    pixels.collect()
}

#[test]
fn max_pooling() {
    for seed in 0..200 {
        let windows = Shapes::new(seed).windows();
        let channels = windows.input[2];
        // Few different values, so that there are ties.
        let image: Vec<f64> = random::<f64>(windows.input_len(), 1)
            .iter()
            .map(|x| (x * 3.0).round())
            .collect();
        let len = windows.count() * channels;
        let (mut output, mut argmax) = (vec![f64::NAN; len], vec![9; len]);
        let offsets = max_pool::offsets(&windows);
        max_pool::forward(&windows, &offsets, &image, &mut output, &mut argmax);
        let (grad, mut expected) = (random::<f64>(len, 2), vec![0.0; image.len()]);
        for (i, (&y, &index)) in output.iter().zip(&argmax).enumerate() {
            let pixels = window_pixels(&windows, i / channels).into_iter();
            let numbers = pixels.map(|(place, pixel)| (place, pixel * channels + i % channels));
            let best = numbers.reduce(|best, next| if image[next.1] > image[best.1] { next } else { best });
            let (place, pixel) = best.expect("a window meets its image");
            assert_eq!((y, index as usize), (image[pixel], place), "{windows:?}");
            expected[pixel] += grad[i];
        }
        let mut got = vec![0.0; image.len()];
        max_pool::backward(&windows, &offsets, &grad, &argmax, &mut got);
        assert_eq!(got, expected);
    }
}

#[test]
fn average_pooling() {
    for seed in 0..100 {
        let windows = Shapes::new(seed).windows();
        let channels = windows.input[2];
        let (image, len) = (random::<f32>(windows.input_len(), 1), windows.count() * channels);
        let (grad, mut output) = (random::<f32>(len, 2), vec![f32::NAN; len]);
        average_pool::forward(&windows, &image, &mut output);
        let (mut expected, mut to_image) = (vec![0.0; len], vec![0.0; image.len()]);
        for i in 0..len {
            let pixels = window_pixels(&windows, i / channels);
            let share = 1.0 / pixels.len() as f64;
            for number in pixels.into_iter().map(|(_, pixel)| pixel * channels + i % channels) {
                expected[i] += share * f64::from(image[number]);
                to_image[number] += share * f64::from(grad[i]);
            }
        }
        assert_close(&output, &expected, &format!("output of {windows:?}"));
        let mut got = vec![0.0; image.len()];
        average_pool::backward(&windows, &grad, &mut got);
        assert_close(&got, &to_image, &format!("input gradient of {windows:?}"));
    }
}
