//! Pen strokes of all ten digits (`tests/strokes/digits.json`, drawn by `make.py` beside it) against what is known of
//! MNIST's images.

use digit_lab::{
    data::strokes::{Drawing, Pixels, Point, SIDE, rasterize},
    io::safetensors,
    nn::{Sequential, layers::Mode, metrics::argmax},
    random::{Stream, generator},
    spec::ModelSpec,
};
use rand::Rng;
use serde::Deserialize;

/// A drawn digit.
#[derive(Deserialize)]
struct Sample {
    digit: u8,
    style: String,
    #[serde(flatten)]
    drawing: Drawing,
}

fn samples() -> Vec<Sample> {
    serde_json::from_str(include_str!("strokes/digits.json")).unwrap()
}

fn image(drawing: &Drawing) -> Pixels {
    rasterize(drawing).expect("the drawing has ink")
}

fn moved(drawing: &Drawing, mut to: impl FnMut(Point) -> Point) -> Drawing {
    let strokes = drawing.strokes.iter();
    Drawing {
        strokes: strokes
            .map(|stroke| stroke.iter().map(|&point| to(point)).collect())
            .collect(),
    }
}

/// Every `step`th point and the last: what a fast hand leaves.
fn thinned(drawing: &Drawing, step: usize) -> Drawing {
    let thin = |stroke: &Vec<Point>| {
        let kept = stroke[..stroke.len() - 1].iter().step_by(step);
        kept.chain(stroke.last()).copied().collect()
    };
    Drawing {
        strokes: drawing.strokes.iter().map(thin).collect(),
    }
}

/// Sum of the differences, as a share of the ink.
fn difference(a: &Pixels, b: &Pixels) -> f32 {
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    differences.sum::<f32>() / a.iter().sum::<f32>()
}

/// The same, at the best of the moves by at most one pixel: these are the image's, not the path's.
fn difference_of_shapes(a: &Pixels, b: &Pixels) -> f32 {
    let moves = [-29, -28, -27, -1, 0, 1, 27, 28, 29].map(|step| {
        let moved = std::array::from_fn(|index| index.checked_add_signed(step).and_then(|index| b.get(index)).copied());
        difference(a, &moved.map(|ink| ink.unwrap_or(0.0)))
    });
    moves.into_iter().fold(f32::INFINITY, f32::min)
}

/// The first and the last row and column with ink.
fn bounds(pixels: &Pixels) -> [[usize; 2]; 2] {
    [|index| index / SIDE, |index| index % SIDE].map(|line: fn(usize) -> usize| {
        let inked = || (0..pixels.len()).filter(|&index| pixels[index] > 0.0).map(line);
        [inked().min().unwrap(), inked().max().unwrap()]
    })
}

/// `[row, column]`, with pixels counted from 0.
fn centre_of_mass(pixels: &Pixels) -> [f32; 2] {
    let sum: f32 = pixels.iter().sum();
    [|index| index / SIDE, |index| index % SIDE].map(|line: fn(usize) -> usize| {
        let weighted = pixels.iter().enumerate().map(|(index, ink)| line(index) as f32 * ink);
        weighted.sum::<f32>() / sum
    })
}

#[test]
fn every_digit_is_there_in_several_styles() {
    for digit in 0..10 {
        assert!(samples().iter().filter(|sample| sample.digit == digit).count() >= 3);
    }
}

/// In MNIST's training images the longer side is 20 pixels (99.98 %) and the centre of mass lies between 13.48 and
/// 14.50, both ways.
#[test]
fn images_are_sized_and_centred_as_in_mnist() {
    for Sample { digit, style, drawing } in samples() {
        let image = image(&drawing);
        assert!(image.iter().all(|ink| (0.0..=1.0).contains(ink)));
        let longer = bounds(&image).map(|[first, last]| last + 1 - first).into_iter().max();
        assert_eq!(longer, Some(20), "{digit} {style}");
        for middle in centre_of_mass(&image) {
            assert!((13.49..14.51).contains(&middle), "{digit} {style}: {middle}");
        }
    }
}

/// The 1st and 99th percentile of the mean pixel by digit, and the mean over all, in MNIST's training images.
#[test]
fn there_is_as_much_ink_as_in_mnist() {
    let percentiles = [
        [0.0861, 0.2844],
        [0.0369, 0.1405],
        [0.0700, 0.2434],
        [0.0659, 0.2391],
        [0.0619, 0.2082],
        [0.0597, 0.2303],
        [0.0670, 0.2396],
        [0.0585, 0.1997],
        [0.0775, 0.2571],
        [0.0620, 0.2163],
    ];
    let mut inks = Vec::new();
    for Sample { digit, style, drawing } in samples() {
        let pixels = image(&drawing);
        let ink = pixels.iter().sum::<f32>() / pixels.len() as f32;
        let [least, most] = percentiles[usize::from(digit)];
        assert!((least..most).contains(&ink), "{digit} {style}: {ink}");
        inks.push(ink);
    }
    let mean = inks.iter().sum::<f32>() / inks.len() as f32;
    assert!((mean - 0.1307).abs() < 0.01, "{mean}");
}

#[test]
fn size_and_place_on_the_pad_do_not_matter() {
    for Sample { digit, style, drawing } in samples() {
        let original = image(&drawing);
        for (scale, shift) in [
            (0.5, [0.0, 0.0]),
            (0.1, [0.85, 0.1]),
            (1.2, [-0.1, -0.05]),
            (0.06, [0.02, 0.9]),
        ] {
            let other = moved(&drawing, |[x, y]| [x * scale + shift[0], y * scale + shift[1]]);
            let difference = difference(&original, &image(&other));
            assert!(difference < 0.02, "{digit} {style} at {scale}: {difference}");
        }
    }
}

#[test]
fn a_fast_hand_gives_nearly_the_same_image() {
    for Sample { digit, style, drawing } in samples() {
        let fast = image(&thinned(&drawing, 4));
        let difference = difference_of_shapes(&image(&drawing), &fast);
        assert!(difference < 0.08, "{digit} {style}: {difference}");
    }
}

#[test]
fn the_order_and_direction_of_strokes_do_not_matter() {
    for Sample {
        digit,
        style,
        mut drawing,
    } in samples()
    {
        let original = image(&drawing);
        drawing.strokes.reverse();
        drawing.strokes.iter_mut().for_each(|stroke| stroke.reverse());
        assert!(difference(&original, &image(&drawing)) < 0.02, "{digit} {style}");
    }
}

/// The weights in a file; the model is the seed recipe's.
fn model(file: &[u8]) -> Sequential {
    let mut model = Sequential::build(&ModelSpec::keras_recipe(), &mut generator(1, Stream::Weights)).unwrap();
    safetensors::load(&mut model, file).unwrap();
    model
}

/// The model that comes with the page.
fn shipped() -> Sequential {
    model(include_bytes!("../public/model/pretrained.safetensors"))
}

/// Asserts that the model takes at most that share of the samples, changed like this, for another digit.
fn assert_reads(mut model: Sequential, wrong_at_most: f32, mut change: impl FnMut(&Drawing) -> Drawing) {
    let (samples, mut wrong) = (samples(), Vec::new());
    for Sample { digit, style, drawing } in &samples {
        let read = argmax(model.forward(&image(&change(drawing)), Mode::Predict));
        if read != usize::from(*digit) {
            wrong.push(format!("{digit} {style} is read as {read}"));
        }
    }
    assert!(wrong.len() as f32 <= wrong_at_most * samples.len() as f32, "{wrong:?}");
}

/// What Keras reached on the seed recipe, on MNIST alone and without augmentation: the image is made as MNIST's are. Ones
/// with a wide flag and crossed sevens are rare in MNIST.
#[test]
fn a_model_trained_on_mnist_reads_the_digits() {
    let keras = model(include_bytes!("golden/keras-seed-recipe.safetensors"));
    assert_reads(keras, 0.06, Drawing::clone);
}

#[test]
fn the_shipped_model_reads_97_of_100_styles() {
    assert_reads(shipped(), 0.03, Drawing::clone);
}

#[test]
fn it_reads_them_small_and_in_a_corner() {
    for (scale, [right, down]) in [(0.5, [0.4, 0.1]), (0.15, [0.8, 0.8]), (0.06, [0.0, 0.9])] {
        assert_reads(shipped(), 0.03, |drawing| {
            moved(drawing, |[x, y]| [x * scale + right, y * scale + down])
        });
    }
}

#[test]
fn it_reads_them_drawn_fast() {
    for step in [3, 4, 6, 10] {
        assert_reads(shipped(), 0.03, |drawing| thinned(drawing, step));
    }
}

#[test]
fn it_reads_them_turned_and_narrow_and_wide() {
    for degrees in [-15.0_f32, 15.0] {
        let (sin, cos) = degrees.to_radians().sin_cos();
        assert_reads(shipped(), 0.03, |drawing| {
            moved(drawing, |[x, y]| [x * cos - y * sin, x * sin + y * cos])
        });
    }
    for [width, height] in [[0.7, 1.0], [1.0, 0.8]] {
        assert_reads(shipped(), 0.03, |drawing| {
            moved(drawing, |[x, y]| [x * width, y * height])
        });
    }
}

/// Off by up to 1.5 % of the pad, each point for itself, and on a grid of 50x50 points.
#[test]
fn it_reads_them_from_a_shaky_hand_and_a_coarse_screen() {
    let mut rng = generator(1, Stream::Order(0));
    let mut shake = |value: f32| value + 0.03 * (rng.next_u32() as f32 / u32::MAX as f32 - 0.5);
    assert_reads(shipped(), 0.03, |drawing| moved(drawing, |[x, y]| [shake(x), shake(y)]));
    let coarse = |value: f32| (value * 50.0).round() / 50.0;
    assert_reads(shipped(), 0.03, |drawing| moved(drawing, |point| point.map(coarse)));
}
