//! Augmentation: what becomes of one image.

use digit_lab::{spec::Augmentation, train::Warp};

const SHAPE: [usize; 2] = [28, 28];

/// A plump ring around the centre of gravity of most digits.
fn ring() -> Vec<u8> {
    let ink = |i: usize| {
        let [y, x] = [(i / 28) as f32 - 13.5, (i % 28) as f32 - 13.5];
        let distance = (y * y + x * x).sqrt() - 6.0;
        (255.0 * (2.0 - distance.abs()).clamp(0.0, 1.0)) as u8
    };
    (0..784).map(ink).collect()
}

fn bent(amount: &Augmentation, seed: u64, epoch: usize, image: u32) -> Vec<f32> {
    let mut out = vec![];
    Warp::draw(amount, seed, epoch, image).apply(&ring(), SHAPE, &mut out);
    out
}

fn all() -> Augmentation {
    Augmentation {
        shift: 2.0,
        rotation: 15.0,
        zoom: 0.1,
        shear: 0.1,
        elastic: 1.0,
        noise: 0.1,
    }
}

/// Ink, and its centre down and across from the image's.
fn ink(image: &[f32]) -> (f32, [f32; 2]) {
    let total: f32 = image.iter().sum();
    let moment = |at: fn(usize) -> usize| {
        image
            .iter()
            .enumerate()
            .map(|(i, p)| p * (at(i) as f32 - 13.5))
            .sum::<f32>()
    };
    (total, [moment(|i| i / 28) / total, moment(|i| i % 28) / total])
}

#[test]
fn nothing_leaves_an_image_as_it_is() {
    let plain: Vec<f32> = ring().iter().map(|&p| f32::from(p) / 255.0).collect();
    assert_eq!(bent(&Augmentation::NONE, 1, 0, 0), plain);
    assert!(Augmentation::NONE.is_off() && !all().is_off());
}

#[test]
fn a_shift_by_whole_pixels_is_exact_and_paper_comes_in() {
    let image: Vec<u8> = (1..=12).collect();
    let mut out = vec![];
    Warp::shift([1.0, -2.0]).apply(&image, [3, 4], &mut out);
    let expected = [0, 0, 5, 6, 0, 0, 9, 10, 0, 0, 0, 0].map(|p| p as f32 / 255.0);
    assert_eq!(out, expected);
    out.clear();
    Warp::shift([0.0, 0.5]).apply(&[0, 100, 50, 0], [1, 4], &mut out);
    assert_eq!(out, [50.0, 75.0, 25.0, 0.0].map(|p| p / 255.0));
}

#[test]
fn a_ring_that_is_turned_is_the_same_ring() {
    let turn = Augmentation {
        rotation: 180.0,
        ..Augmentation::NONE
    };
    let plain = bent(&Augmentation::NONE, 1, 0, 0);
    for image in 0..50 {
        let turned = bent(&turn, 5, 0, image);
        let error: f32 = turned.iter().zip(&plain).map(|(a, b)| (a - b).abs()).sum::<f32>() / 784.0;
        assert!(error < 0.02, "image {image}: {error}");
    }
    let mut pixel = vec![0; 784];
    pixel[4 * 28 + 13] = 255;
    let mut seen = [0; 4];
    for image in 0..200 {
        let mut out = vec![];
        Warp::draw(&turn, 5, 0, image).apply(&pixel, SHAPE, &mut out);
        let (_, [y, x]) = ink(&out);
        assert!(((y * y + x * x).sqrt() - 9.5).abs() < 0.5);
        seen[usize::from(y > 0.0) * 2 + usize::from(x > 0.0)] += 1;
    }
    assert!(seen.iter().all(|&count| count > 25), "to every side: {seen:?}");
}

#[test]
fn the_seed_the_epoch_and_the_image_decide_and_nothing_else() {
    let one = bent(&all(), 1, 2, 3);
    assert_eq!(one, bent(&all(), 1, 2, 3));
    for (seed, epoch, image) in [(2, 2, 3), (1, 3, 3), (1, 2, 4)] {
        assert_ne!(one, bent(&all(), seed, epoch, image));
    }
}

#[test]
fn each_amount_keeps_its_ink_and_its_bounds() {
    let (plain, _) = ink(&bent(&Augmentation::NONE, 1, 0, 0));
    let none = Augmentation::NONE;
    for (amount, ink_within, moves) in [
        (Augmentation { shift: 3.0, ..none }, 0.01, 3.0),
        (
            Augmentation {
                rotation: 180.0,
                ..none
            },
            0.02,
            0.05,
        ),
        (Augmentation { zoom: 0.2, ..none }, 0.5, 0.05),
        (Augmentation { shear: 0.3, ..none }, 0.02, 0.05),
        (Augmentation { elastic: 1.5, ..none }, 0.5, 1.5),
    ] {
        let mut largest = 0f32;
        for image in 0..200 {
            let out = bent(&amount, 7, 1, image);
            assert!(out.iter().all(|p| (0.0..=1.0).contains(p)));
            let (total, centre) = ink(&out);
            assert!(
                (total / plain - 1.0).abs() < ink_within,
                "{amount:?}: {total} for {plain}"
            );
            assert!(centre.iter().all(|c| c.abs() <= moves), "{amount:?}: {centre:?}");
            largest = largest.max(centre[0].abs());
        }
        assert!(
            amount.shift == 0.0 || largest > 2.5,
            "draws reach near their bound: {largest}"
        );
    }
}

#[test]
fn noise_has_its_deviation_and_stays_between_paper_and_ink() {
    let noise = Augmentation {
        noise: 0.1,
        ..Augmentation::NONE
    };
    let grey = vec![128; 784];
    let mut out = vec![];
    (0..50).for_each(|epoch| Warp::draw(&noise, 3, epoch, 8).apply(&grey, SHAPE, &mut out));
    let moves: Vec<f32> = out.iter().map(|p| p - 128.0 / 255.0).collect();
    let mean = moves.iter().sum::<f32>() / moves.len() as f32;
    let variance = moves.iter().map(|m| m * m).sum::<f32>() / moves.len() as f32;
    assert!(mean.abs() < 0.002, "{mean}");
    assert!((variance.sqrt() / 0.1 - 1.0).abs() < 0.02, "{variance}");
    let large = Augmentation { noise: 1.0, ..noise };
    let mut out = vec![];
    Warp::draw(&large, 3, 0, 8).apply(&ring(), SHAPE, &mut out);
    assert!(out.iter().all(|p| (0.0..=1.0).contains(p)));
}
