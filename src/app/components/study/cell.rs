//! Test images with what the network said, each of which can be opened.

use leptos::{html, prelude::*};

use crate::{
    app::{
        components::activations::show, format::percent, maps::Picture, state::Lab, study::answers::of_cell, text::t,
    },
    protocol::Split,
};

/// Images that are shown at first, and more with each press.
const PAGE: usize = 48;

/// The images of a cell of the confusion matrix, the most confident answer first.
#[component]
pub fn CellImages(
    /// What they are and what they were taken for; none before one is chosen.
    cell: RwSignal<Option<[usize; 2]>>,
) -> impl IntoView {
    let lab = Lab::get();
    let shown = RwSignal::new(PAGE);
    let places = Memo::new(move |_| {
        shown.set(PAGE);
        let [label, predicted] = cell.get()?;
        lab.study
            .answers
            .with(|answers| Some(of_cell(answers.as_ref()?, label, predicted)))
    });
    let count = move || places.with(|places| places.as_ref().map_or(0, Vec::len));
    let title = move || {
        let Some([label, predicted]) = cell.get() else {
            return t().study.choose_cell.to_string();
        };
        let [label, predicted] = [label, predicted].map(|class| lab.answer_class_name(class));
        t().study.cell_images(&label, &predicted, count())
    };
    let seen = move || {
        let places = places.with(|places| places.clone().unwrap_or_default());
        places.into_iter().take(shown.get()).collect::<Vec<_>>()
    };
    Effect::new(move |_| lab.want_images(seen()));
    view! {
        <p class="cell-title" role="status" data-testid="cell-title">{title}</p>
        <ul class="thumbs" data-testid="cell-images">
            <For each=seen key=|place| *place children=move |place| view! { <Answer place /> } />
        </ul>
        <Show when=move || { count() > shown.get() }>
            <button type="button" class="small" on:click=move |_| shown.update(|shown| *shown += PAGE)>
                {t().study.show_more}
            </button>
        </Show>
    }
}

#[component]
fn Answer(place: u32) -> impl IntoView {
    let lab = Lab::get();
    let confidence = lab.study.answers.with_untracked(|answers| {
        let answers = answers.as_ref()?;
        answers.confidence.get(place as usize).copied()
    });
    let confidence = confidence.unwrap_or_default();
    let label = t().study.answer(place, confidence);
    view! {
        <li>
            <button
                type="button"
                class="thumb"
                aria-label=label.clone()
                title=label
                data-confidence=confidence.to_string()
                data-place=place.to_string()
                on:click=move |_| lab.open_run_image(Split::Test, place as usize)
            >
                <TestImage place=Signal::stored(Some(place)) />
                <span>{percent(confidence)}</span>
            </button>
        </li>
    }
}

/// A test image, once it has come.
#[component]
pub fn TestImage(
    /// Which, if any.
    place: Signal<Option<u32>>,
) -> impl IntoView {
    let lab = Lab::get();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let image = place.get().and_then(|place| lab.study.image(place));
        if let (Some(canvas), Some(image)) = (canvas.get(), image) {
            show(&canvas, &picture(&image));
        }
    });
    view! { <canvas node_ref=canvas width="28" height="28" class="image"></canvas> }
}

/// As MNIST's images are shown: white on black.
pub fn picture(pixels: &[u8]) -> Picture {
    let width = 28;
    Picture {
        width,
        height: pixels.len() / width,
        rgba: pixels.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect(),
    }
}
