//! Which images a run learns from: every step of a recipe is recounted here, in other words.

use digit_lab::{
    data::{ImageSet, Selection},
    random::{Stream, below, generator, happens},
    spec::{Activation, ClassSet, DataRecipe, LayerSpec, ModelSpec, TrainConfig},
    train::{TrainError, Trainer},
};

/// Images of four pixels, all alike, whose classes come in a fixed, uneven order.
fn images(count: usize) -> ImageSet {
    ImageSet {
        images: vec![7; count * 4],
        labels: (0..count).map(|i| ((i * i + i / 7) % 10) as u8).collect(),
        image_shape: [2, 2],
    }
}

fn recipe(without: &str, limit: Option<usize>, label_noise: f32) -> DataRecipe {
    DataRecipe {
        without: without.parse().unwrap(),
        limit,
        label_noise,
        ..DataRecipe::default()
    }
}

#[test]
fn the_defaults_change_nothing() {
    let set = images(500);
    let all = Selection::new(&set, &DataRecipe::default(), 3);
    assert!(all.places.iter().copied().eq(0..500));
    assert_eq!(all.labels, set.labels);
    // The last labels of a limit past the end are there too.
    assert_eq!(Selection::new(&set, &recipe("", Some(501), 0.0), 3), all);
}

#[test]
fn classes_are_left_out_before_the_limit_counts() {
    let set = images(500);
    let some = Selection::new(&set, &recipe("0,4", Some(120), 0.0), 3);
    let mut expected = vec![];
    for place in 0..500 {
        if set.labels[place] != 0 && set.labels[place] != 4 && expected.len() < 120 {
            expected.push(place as u32);
        }
    }
    assert_eq!((some.len(), &some.places), (120, &expected));
    assert!(
        some.places
            .iter()
            .zip(&some.labels)
            .all(|(&place, &label)| set.labels[place as usize] == label)
    );
    assert!(Selection::new(&set, &recipe("0,1,2,3,4,5,6,7,8,9", None, 0.5), 3).is_empty());
}

#[test]
fn noise_gives_the_share_asked_for_to_the_other_classes_evenly() {
    const COUNT: usize = 40_000;
    let set = images(COUNT);
    let noisy = Selection::new(&set, &recipe("2", None, 0.3), 5);
    let mut to = [0_u32; 10];
    for (&place, &label) in noisy.places.iter().zip(&noisy.labels) {
        if set.labels[place as usize] != label {
            to[usize::from(label)] += 1;
        }
    }
    let changed = f64::from(to.iter().sum::<u32>()) / noisy.len() as f64;
    // Four standard deviations of so many draws.
    assert!(
        (changed - 0.3).abs() < 4.0 * (0.3 * 0.7 / noisy.len() as f64).sqrt(),
        "{changed}"
    );
    assert_eq!(to[2], 0, "no image gets a label that is left out");
    // From images of one class alone: the eight others share its changes.
    let from: Vec<_> = noisy
        .places
        .iter()
        .zip(&noisy.labels)
        .filter(|(place, _)| set.labels[**place as usize] == 6)
        .collect();
    for class in [0, 1, 3, 4, 5, 7, 8, 9] {
        let share = from.iter().filter(|(_, label)| **label == class).count() as f64 / from.len() as f64;
        let expected = 0.3 / 8.0;
        assert!(
            (share - expected).abs() < 4.0 * (expected / from.len() as f64).sqrt(),
            "{class}: {share}"
        );
    }
}

/// By hand, image by image: the stream of its place, a draw for whether, one for which.
#[test]
fn the_draws_are_those_of_the_images_own_streams() {
    let set = images(300);
    let (seed, noise) = (11, 0.4);
    let noisy = Selection::new(&set, &recipe("8", None, noise), seed);
    for (&image, &label) in noisy.places.iter().zip(&noisy.labels) {
        let old = set.labels[image as usize];
        let rng = &mut generator(seed, Stream::LabelNoise { image });
        let expected = if happens(rng, noise) {
            let others: Vec<u8> = (0..10).filter(|&class| class != 8 && class != old).collect();
            others[below(rng, 8) as usize]
        } else {
            old
        };
        assert_eq!(label, expected, "image {image}");
    }
}

#[test]
fn noise_depends_on_seed_and_place_alone() {
    let set = images(500);
    let noisy = |recipe: DataRecipe, seed| Selection::new(&set, &recipe, seed);
    let all = noisy(recipe("", None, 0.3), 5);
    let some = noisy(recipe("", Some(200), 0.3), 5);
    assert_eq!(
        (&some.places[..], &some.labels[..]),
        (&all.places[..200], &all.labels[..200])
    );
    assert_ne!(all, noisy(recipe("", None, 0.3), 6));
    // More noise changes the same labels to the same classes, and more of them.
    let more = noisy(recipe("", None, 0.6), 5);
    let changed = |selection: &Selection, i: usize| selection.labels[i] != set.labels[i];
    assert!((0..500).all(|i| !changed(&all, i) || all.labels[i] == more.labels[i]));
    // All labels, and none where there is no other class.
    let every = noisy(recipe("", None, 1.0), 5);
    assert!((0..500).all(|i| changed(&every, i)));
    let lonely = noisy(recipe("0,1,2,3,4,5,6,7,8", None, 1.0), 5);
    assert!(!lonely.is_empty() && lonely.labels.iter().all(|&label| label == 9));
}

fn trainer(data: DataRecipe) -> Trainer {
    let spec = ModelSpec {
        input_shape: vec![2, 2, 1],
        layers: vec![LayerSpec::Flatten, LayerSpec::dense(10, Activation::Softmax)],
    };
    let config = TrainConfig {
        batch_size: 16,
        data,
        ..TrainConfig::default()
    };
    Trainer::new(&spec, &config).unwrap()
}

#[test]
fn an_epoch_takes_every_image_of_the_selection_once_under_its_label() {
    let set = images(200);
    let data = recipe("3,9", Some(90), 0.5);
    let mut trainer = trainer(data);
    let selection = Selection::new(&set, &data, trainer.config().seed);
    let mut seen = vec![];
    for _ in 0..90_usize.div_ceil(16) {
        trainer.begin(&set).unwrap();
        let task = trainer.task(&set, 0, 0..8).unwrap();
        seen.extend(task.indices.iter().copied().zip(task.labels));
        trainer.train_batch(&set).unwrap();
    }
    assert_ne!(seen[..5], [(0, 0); 5]);
    seen.sort_unstable();
    assert!(seen.into_iter().eq(selection.places.into_iter().zip(selection.labels)));
}

#[test]
fn a_recipe_that_is_off_trains_the_same_bits_and_one_that_is_on_does_not() {
    let mut set = images(100);
    set.images
        .iter_mut()
        .enumerate()
        .for_each(|(i, pixel)| *pixel = (i * 37 % 256) as u8);
    let hash = |data| {
        let mut trainer = trainer(data);
        (0..10).for_each(|_| assert!(trainer.train_batch(&set).is_ok()));
        trainer.model().weights_hash()
    };
    let plain = hash(DataRecipe::default());
    assert_eq!(plain, hash(recipe("25", Some(100), 0.0)));
    for on in [recipe("3", None, 0.0), recipe("", Some(99), 0.0), recipe("", None, 0.1)] {
        assert_ne!(plain, hash(on), "{on:?}");
    }
}

#[test]
fn a_recipe_that_leaves_no_image_is_refused() {
    let every: ClassSet = "0,1,2,3,4,5,6,7,8,9".parse().unwrap();
    let mut trainer = trainer(DataRecipe {
        without: every,
        ..DataRecipe::default()
    });
    assert_eq!(trainer.train_batch(&images(50)).unwrap_err(), TrainError::NoImages);
    assert_eq!(trainer.global_step(), 0);
}
