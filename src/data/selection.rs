//! What a [`DataRecipe`] leaves of the training images.

use super::ImageSet;
use crate::{
    random::{Stream, below, generator, happens},
    spec::DataRecipe,
};

/// The training images that a run learns from, and under which labels: see [`DataRecipe`] for how they are found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Their places in the set, ascending.
    pub places: Vec<u32>,
    /// The label of each, as training sees it.
    pub labels: Vec<u8>,
}

impl Selection {
    /// What a recipe and a run's seed leave of a set; nothing where all its classes are left out.
    pub fn new(images: &ImageSet, recipe: &DataRecipe, seed: u64) -> Self {
        let stays = |&(_, label): &(u32, u8)| !recipe.without.contains(label);
        let all = (0..).zip(images.labels.iter().copied());
        let (places, mut labels): (Vec<_>, Vec<_>) = all.filter(stays).take(recipe.limit.unwrap_or(usize::MAX)).unzip();
        if recipe.label_noise > 0.0 {
            let classes = 0..images.classes() as u8;
            let classes: Vec<_> = classes.filter(|&class| !recipe.without.contains(class)).collect();
            for (&image, label) in places.iter().zip(&mut labels) {
                *label = noisy(*label, &classes, recipe.label_noise, seed, image);
            }
        }
        Self { places, labels }
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// With the chance `noise` another one of `classes`, where there is another.
fn noisy(label: u8, classes: &[u8], noise: f32, seed: u64, image: u32) -> u8 {
    let rng = &mut generator(seed, Stream::LabelNoise { image });
    if classes.len() < 2 || !happens(rng, noise) {
        return label;
    }
    // One of the others, by its place in the list without the label.
    let pick = below(rng, classes.len() as u32 - 1) as usize;
    let own = classes.partition_point(|&class| class < label);
    classes[pick + usize::from(pick >= own)]
}
