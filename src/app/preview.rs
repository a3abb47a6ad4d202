//! What augmentation makes of a training image: asked of the worker, shown by the panel.

use leptos::prelude::*;

use super::state::{DataState, Lab};
use crate::protocol::{Command, Tensor};

/// How often the image is drawn.
pub const DRAWS: usize = 7;

/// The preview's state.
#[derive(Clone, Copy)]
pub struct Preview {
    /// The image, then its draws: `[height, width, 1 + DRAWS]`; none before the first answer.
    pub images: RwSignal<Option<Tensor>>,
    /// Which training image.
    pub image: RwSignal<usize>,
    request: StoredValue<u32>,
}

impl Default for Preview {
    fn default() -> Self {
        Self {
            images: RwSignal::new(None),
            image: RwSignal::new(0),
            request: StoredValue::new(0),
        }
    }
}

impl Preview {
    /// Takes an answer, unless a later one was asked for.
    pub fn answered(&self, request: u32, images: Tensor) {
        if self.request.get_value() == request {
            self.images.set(Some(images));
        }
    }
}

impl Lab {
    /// Asks for the preview as the settings are now; in an effect, again whenever they change.
    pub fn ask_for_preview(&self) {
        let DataState::Ready(images, _) = self.data.get() else {
            return;
        };
        let (augmentation, seed) = self
            .settings
            .with(|settings| (settings.config.augmentation, settings.config.seed));
        let image = self.preview.image.get() % images.max(1);
        let request = self.preview.request.get_value() + 1;
        self.preview.request.set_value(request);
        self.send(Command::Augment {
            request,
            augmentation,
            seed,
            image,
            draws: DRAWS,
        });
    }
}
