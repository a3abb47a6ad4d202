//! Answers to spoiled images.

use digit_lab::{
    data::{DataSet, ImageSet},
    nn::layers::Mode,
    protocol::{Command, Measurement, Perturbation, RobustnessPoint, StudyEvent},
    random::{Stream, generator},
};
use rand::Rng;

use super::{common::sessions::run, data, model, network, ready_with, single_pixels, told};

/// Pixels, paper outside.
fn ink(image: &[f32], y: i32, x: i32) -> f32 {
    let inside = (0..28).contains(&y) && (0..28).contains(&x);
    if inside { image[(y * 28 + x) as usize] } else { 0.0 }
}

fn places() -> impl Iterator<Item = (i32, i32)> {
    (0..784).map(|place| (place / 28, place % 28))
}

/// As `Perturbation` says, in plain words.
fn spoiled(way: Perturbation, strength: f32, image: &[f32], place: usize) -> Vec<f32> {
    match way {
        Perturbation::Noise if strength == 0.0 => image.to_vec(),
        Perturbation::Noise => {
            let stream = Stream::Augmentation {
                epoch: 0,
                image: place as u32,
            };
            let mut rng = generator(0, stream);
            let mut even = move || {
                (0..2)
                    .map(|_| rng.next_u32())
                    .flat_map(|draw| [draw & 0xffff, draw >> 16])
                    .sum::<u32>()
            };
            let mut noise = move || (even() as f32 / 65_536.0 - 2.0) * 3f32.sqrt() * strength;
            image.iter().map(|pixel| (pixel + noise()).clamp(0.0, 1.0)).collect()
        }
        Perturbation::Shift => {
            let far = strength as i32;
            let (down, right) = [(-far, 0), (far, 0), (0, -far), (0, far)][place % 4];
            places().map(|(y, x)| ink(image, y - down, x - right)).collect()
        }
        Perturbation::Rotation => {
            let degrees = if place.is_multiple_of(2) { strength } else { -strength };
            let (sin, cos) = degrees.to_radians().sin_cos();
            let between = |y: f32, x: f32| {
                let (top, left) = (y.floor(), x.floor());
                let line = |y: i32| {
                    let [a, b] = [0, 1].map(|right| ink(image, y, left as i32 + right));
                    a + (x - left) * (b - a)
                };
                line(top as i32) + (y - top) * (line(top as i32 + 1) - line(top as i32))
            };
            let from = |(y, x): (i32, i32)| {
                let (y, x) = (y as f32 - 13.5, x as f32 - 13.5);
                between(13.5 + cos * y + sin * x, 13.5 - sin * y + cos * x)
            };
            places().map(from).collect()
        }
        Perturbation::Thickness => (0..strength.abs() as usize).fold(image.to_vec(), |image, _| {
            let pick = |a: f32, b: f32| if strength > 0.0 { a.max(b) } else { a.min(b) };
            let around =
                |(y, x)| [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)].map(|(dy, dx)| ink(&image, y + dy, x + dx));
            places()
                .map(|place| around(place).into_iter().reduce(pick).unwrap())
                .collect()
        }),
    }
}

#[test]
fn robustness_is_that_of_a_plain_recount() {
    let few = data();
    let many = ImageSet {
        images: few.test.images.repeat(7),
        labels: few.test.labels.repeat(7),
        image_shape: [28, 28],
    };
    let test = many.clone();
    let mut session = ready_with(
        model(),
        &network(),
        DataSet {
            train: few.train,
            test: many,
        },
    );
    let points: Vec<RobustnessPoint> = told(run(&mut session, Command::Measure(Measurement::Robustness)))
        .into_iter()
        .map(|event| match event {
            StudyEvent::Robustness(point) => point,
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = Perturbation::ALL
        .into_iter()
        .flat_map(|way| way.strengths().iter().map(move |&strength| (way, strength)));
    let (mut network, mut counts) = (network(), vec![]);
    for (point, (way, strength)) in points.iter().zip(expected) {
        assert_eq!(
            (point.perturbation, point.strength, point.images),
            (way, strength, 1_000)
        );
        let is_right = |&at: &usize| {
            let image = single_pixels(&test, at);
            let changed = spoiled(way, strength, &image, at);
            let logits = network.forward(&changed, Mode::Predict);
            let best = (0..10).rev().max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
            best == Some(test.labels[at].into())
        };
        let right = (0..1_000).filter(is_right).count();
        // A turned pixel is a sum, whose rounding may tip an answer that is as good as even.
        let may_tip = 2 * usize::from(way == Perturbation::Rotation);
        assert!(
            point.right.abs_diff(right) <= may_tip,
            "{way:?} {strength}: {} for {right}",
            point.right
        );
        counts.push(right);
    }
    assert_eq!(counts.len(), 7 + 7 + 7 + 6);
    assert!(
        counts.iter().any(|&count| count != counts[0]),
        "spoiling changes answers"
    );
}
