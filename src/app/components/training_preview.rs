//! What augmentation makes of a digit.

use leptos::{html, prelude::*};

use super::activations::show;
use crate::app::{
    maps::Grid,
    preview::DRAWS,
    state::{DataState, Lab},
    text::t,
};

/// A training image as it is, and some draws of it. Asks for them only while it is seen.
#[component]
pub fn AugmentationPreview(
    /// Whether the group around it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let lab = Lab::get();
    let text = &t().recipe;
    let canvas = NodeRef::<html::Canvas>::new();
    let has_data = Memo::new(move |_| matches!(lab.data.get(), DataState::Ready(..)));
    let is_off = Memo::new(move |_| lab.settings.with(|settings| settings.config.augmentation.is_off()));
    Effect::new(move |_| {
        if open.get() {
            lab.ask_for_preview();
        }
    });
    Effect::new(move |_| {
        if let (Some(canvas), Some(images)) = (canvas.get(), &*lab.preview.images.read()) {
            show(&canvas, &tiles(&images.shape).paint_grey(&images.data));
        }
    });
    let caption = move || match (has_data.get(), is_off.get()) {
        (false, _) => text.preview_waits,
        (_, true) => text.preview_off,
        _ => text.as_seen,
    };
    view! {
        <figure class="augmented" data-testid="augmentation-preview">
            <canvas node_ref=canvas width="238" height="28" role="img" aria-label=text.preview_label(DRAWS)></canvas>
            <figcaption>
                <span>{caption}</span>
                <button
                    type="button"
                    class="small"
                    disabled=move || !has_data.get()
                    on:click=move |_| lab.preview.image.update(|image| *image += 1)
                >
                    {text.another}
                </button>
            </figcaption>
        </figure>
    }
}

/// All in a row, a pixel a pixel.
fn tiles(shape: &[usize]) -> Grid {
    let [height, width, count] = *shape else {
        unreachable!("images have rows, columns and a number")
    };
    Grid {
        map: [height, width],
        count,
        columns: count,
        tile: [height as f32, width as f32],
        gap: 2.0,
    }
}
