//! Convolution, pooling and dense layers against plain loops, for many shapes.

mod common;

use common::{Case, random};
use digit_lab::{
    nn::{
        kernels::{
            conv2d::{self, Scratch},
            im2col::Windows,
            matmul::{add_matmul_at, matmul, matmul_bt},
        },
        layers::{InputGradient, Layer, MaxPooling2D, Mode},
    },
    spec::Padding,
};
use proptest::prelude::*;

fn case() -> impl Strategy<Value = Case> {
    let padding = prop_oneof![Just(Padding::Valid), Just(Padding::Same)];
    let side = || 1usize..10;
    (
        [side(), side(), 1usize..12],
        [1usize..5, 1usize..5],
        [1usize..4, 1usize..4],
        padding,
    )
        .prop_map(|(input, size, strides, padding)| Case {
            input,
            size,
            strides,
            padding,
        })
        .prop_filter("the window fits", |case| {
            case.padding == Padding::Same || (case.size[0] <= case.input[0] && case.size[1] <= case.input[1])
        })
}

/// Calls `visit(output position, input pixel, window pixel)` for all that meet.
fn meetings(windows: &Windows, mut visit: impl FnMut(usize, usize, usize)) {
    let [height, width, _] = windows.input;
    for (y, x) in grid(windows.output) {
        for (ky, kx) in grid(windows.size) {
            let row = (y * windows.strides[0] + ky).wrapping_sub(windows.padding[0]);
            let col = (x * windows.strides[1] + kx).wrapping_sub(windows.padding[1]);
            if row < height && col < width {
                visit(y * windows.output[1] + x, row * width + col, ky * windows.size[1] + kx);
            }
        }
    }
}

fn grid([rows, cols]: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |row| (0..cols).map(move |col| (row, col)))
}

/// As [`meetings`], for every image of a batch and every number: `visit(output, input, weight)`.
fn products(windows: &Windows, batch: usize, filters: usize, mut visit: impl FnMut(usize, usize, usize)) {
    let channels = windows.input[2];
    for image in 0..batch {
        meetings(windows, |position, pixel, tap| {
            for (c, filter) in grid([channels, filters]) {
                let output = (image * windows.count() + position) * filters + filter;
                let input = image * windows.input_len() + pixel * channels + c;
                visit(output, input, (tap * channels + c) * filters + filter);
            }
        });
    }
}

fn assert_near(got: &[f64], expected: &[f64]) -> Result<(), TestCaseError> {
    prop_assert_eq!(got.len(), expected.len());
    for (i, (a, b)) in got.iter().zip(expected).enumerate() {
        prop_assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "at {}: {} for {}", i, a, b);
    }
    Ok(())
}

proptest! {
    #[test]
    fn convolution_and_its_gradients(case in case(), filters in 1usize..9, batch in 1usize..4, sparse: bool) {
        let windows = case.windows();
        let input = random::<f64>(batch * windows.input_len(), 1);
        let weight = random::<f64>(windows.window_len() * filters, 2);
        let mut grad = random::<f64>(batch * windows.count() * filters, 3);
        if sparse {
            grad.iter_mut().enumerate().filter(|(i, _)| i % 5 > 0).for_each(|(_, g)| *g = 0.0);
        }
        let mut expected = [vec![0.0; grad.len()], vec![0.0; weight.len()], vec![0.0; input.len()]];
        products(&windows, batch, filters, |o, i, w| {
            expected[0][o] += input[i] * weight[w];
            expected[1][w] += input[i] * grad[o];
            expected[2][i] += weight[w] * grad[o];
        });

        // What was left in the memory by another call must not matter.
        let mut got = expected.clone().map(|tensor| vec![f64::NAN; tensor.len()]);
        let [output, grad_weight, grad_input] = &mut got;
        let mut scratch = Scratch::default();
        conv2d::forward(&windows, &input, &weight, output, &mut scratch);
        conv2d::backward(&windows, &input, &weight, &grad, grad_weight, Some(grad_input), &mut scratch);
        for (got, expected) in got.iter().zip(&expected) {
            assert_near(got, expected)?;
        }
    }

    #[test]
    fn max_pooling_and_its_gradient(case in case(), batch in 1usize..4) {
        prop_assume!(case.padding == Padding::Valid);
        let (windows, channels) = (case.windows(), case.input[2]);
        // Few different values, so that there are ties.
        let input: Vec<f64> = random::<f64>(batch * windows.input_len(), 1).iter().map(|x| (x * 3.0).round()).collect();
        let len = batch * windows.count() * channels;
        let mut best = vec![(f64::NEG_INFINITY, 0); len];
        products_of_channels(&windows, batch, |o, i| {
            if input[i] > best[o].0 {
                best[o] = (input[i], i);
            }
        });

        let mut layer = MaxPooling2D::new("max_pooling2d", windows);
        let output = layer.forward(&input, Mode::Train);
        prop_assert!(output.iter().eq(best.iter().map(|(x, _)| x)));
        let mut grad = random::<f64>(len, 2);
        let mut expected = vec![0.0; input.len()];
        best.iter().zip(&grad).for_each(|((_, i), g)| expected[*i] += g);
        assert_near(layer.backward(&mut grad, InputGradient::Wanted, &mut []).unwrap(), &expected)?;
    }

    #[test]
    fn products_of_matrices(m in 1usize..20, k in 1usize..20, n in 1usize..20) {
        let (a, b) = (random::<f64>(m * k, 1), random::<f64>(k * n, 2));
        let mut expected = vec![0.0; m * n];
        for (row, col) in grid([m, n]) {
            expected[row * n + col] = (0..k).map(|i| a[row * k + i] * b[i * n + col]).sum();
        }
        let transposed = |x: &[f64], rows: usize, cols: usize| -> Vec<f64> {
            (0..rows * cols).map(|i| x[i % rows * cols + i / rows]).collect()
        };
        let mut got = vec![f64::NAN; m * n];
        matmul([m, k, n], &a, &b, &mut got);
        assert_near(&got, &expected)?;
        got.fill(f64::NAN);
        matmul_bt([m, k, n], &a, &transposed(&b, k, n), &mut got);
        assert_near(&got, &expected)?;
        got.fill(0.0);
        add_matmul_at([m, k, n], &transposed(&a, m, k), &b, &mut got);
        assert_near(&got, &expected)?;
    }
}

/// As [`products`], where every channel stays by itself: `visit(output, input)`.
fn products_of_channels(windows: &Windows, batch: usize, mut visit: impl FnMut(usize, usize)) {
    let channels = windows.input[2];
    for image in 0..batch {
        meetings(windows, |position, pixel, _| {
            for c in 0..channels {
                let output = (image * windows.count() + position) * channels + c;
                visit(output, image * windows.input_len() + pixel * channels + c);
            }
        });
    }
}
