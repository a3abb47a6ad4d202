//! What augmentation makes of an image, for the page to show.

use super::{Session, failed};
use crate::{
    protocol::{Event, FailureKind, Tensor},
    spec::Augmentation,
    train::Warp,
};

/// So many draws are shown at most.
const MOST: usize = 32;

impl Session {
    /// A training image, and what a run of that seed sees of it in each of its first epochs.
    pub(super) fn augment(
        &self,
        request: u32,
        augmentation: &Augmentation,
        seed: u64,
        image: usize,
        draws: usize,
    ) -> Event {
        let Some(images) = self.data.as_ref().map(|data| &data.train) else {
            return failed(FailureKind::Request, "The training images are still loading.".into());
        };
        if image >= images.len() {
            let message = format!("There is no training image {image}: there are {}.", images.len());
            return failed(FailureKind::Request, message);
        }
        let [height, width] = images.image_shape;
        let draws = draws.min(MOST);
        let bent = |warp: Warp| {
            let mut pixels = Vec::with_capacity(height * width);
            warp.apply(images.image(image), images.image_shape, &mut pixels);
            pixels
        };
        let of_epoch = |epoch| bent(Warp::draw(augmentation, seed, epoch, image as u32));
        let mut tiles = vec![bent(Warp::shift([0.0, 0.0]))];
        tiles.extend((0..draws).map(of_epoch));
        let pixel = |pixel: usize| tiles.iter().map(move |tile| tile[pixel]);
        let data = (0..height * width).flat_map(pixel).collect();
        let shape = vec![height, width, tiles.len()];
        Event::Augmented {
            request,
            images: Tensor { shape, data },
        }
    }
}
