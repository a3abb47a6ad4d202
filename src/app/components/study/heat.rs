//! A picture of numbers with its scale.

use leptos::{html, prelude::*};

use crate::{
    app::{colour::Range, components::activations::show, format::short, maps::Grid, state::Lab, text::t},
    protocol::Tensor,
};

/// The picture's side, in CSS pixels; the style sheet makes it so.
const SIDE: f32 = 168.0;

/// Numbers as colours; its place is kept free before there are any.
#[component]
pub fn Heat(
    /// What it is called.
    name: &'static str,
    /// What it shows.
    about: &'static str,
    /// For tests and tools.
    testid: &'static str,
    /// The numbers, `[rows, columns, 1]`.
    numbers: Signal<Option<Tensor>>,
    /// In greys, as an image, rather than in colours.
    #[prop(optional)]
    grey: bool,
) -> impl IntoView {
    let lab = Lab::get();
    let canvas = NodeRef::<html::Canvas>::new();
    let range = Memo::new(move |_| numbers.with(|numbers| numbers.as_ref().map(|numbers| Range::of(&numbers.data))));
    Effect::new(move |_| {
        let (Some(canvas), dark) = (canvas.get(), lab.dark.get()) else {
            return;
        };
        numbers.with(|numbers| {
            let Some((numbers, range)) = numbers.as_ref().zip(range.get()) else {
                return;
            };
            let [height, width, _] = numbers.shape[..] else { return };
            let grid = Grid {
                map: [height, width],
                count: 1,
                columns: 1,
                tile: [SIDE, SIDE],
                gap: 0.0,
            };
            show(
                &canvas,
                &match grey {
                    true => grid.paint_grey(&numbers.data),
                    false => grid.paint(&numbers.data, range, dark, 1.0),
                },
            );
        });
    });
    let ends = move || range.get().map(|range| (range.low, range.high));
    let label = move || match ends() {
        Some((low, high)) => t().study.heat(name, low, high),
        None => name.into(),
    };
    let scale = move || ends().map(|(low, high)| format!("{} \u{2026} {}", short(low), short(high)));
    let ramp = move || {
        range
            .get()
            .filter(|_| !grey)
            .map(|range| range.ramp(lab.dark.get()).css())
    };
    view! {
        <figure class="heat">
            <figcaption>{name}</figcaption>
            <canvas node_ref=canvas width="168" height="168" role="img" aria-label=label data-testid=testid></canvas>
            <p class="heat-scale">
                <span class="ramp" style:background=ramp></span>
                <span>{scale}</span>
            </p>
            <p class="quiet">{about}</p>
        </figure>
    }
}
