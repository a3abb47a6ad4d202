//! The opened layer's output, large, and the choice of one number of it.

use leptos::{ev, prelude::*};

use super::activations::{Activations, number, output};
use crate::{
    app::{colour::Range, maps::Grid, state::Lab, text::t},
    spec::Shape,
};

/// The layer's output, large; the pointer and the arrow keys choose a number of it.
#[component]
pub fn Maps(
    /// 0 is the input, 1 the first layer.
    place: usize,
    /// Of the output.
    shape: Shape,
    /// Keras's name of the layer.
    name: String,
    /// The numbers' range.
    range: Memo<Option<Range>>,
) -> impl IntoView {
    let lab = Lab::get();
    let at = lab.inside.at;
    let held = RwSignal::new(false);
    let (key_shape, read_shape) = (shape.clone(), shape.clone());
    let pointed = Callback::new(move |cell: Option<[usize; 3]>| {
        if let (Some(cell), false) = (cell, held.get_untracked()) {
            at.set(cell);
        }
    });
    let on_key = move |event: ev::KeyboardEvent| {
        let key = event.key();
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        match moved(&key_shape, at.get_untracked(), &key, event.shift_key()) {
            Some(cell) => at.set(cell),
            None if key == "Enter" => held.update(|held| *held = !*held),
            None => return,
        }
        event.prevent_default();
    };
    let reading = move || read(lab, place, &read_shape).unwrap_or_else(|| t().network.empty.into());
    let hint = move || {
        if held.get() {
            t().inside.pinned
        } else {
            t().inside.maps_hint
        }
    };
    view! {
        <section class="maps" aria-label=t().inside.maps>
            <p class="chosen-number" role="status">
                {reading}
            </p>
            <div
                class="maps-field"
                tabindex="0"
                role="group"
                data-testid="maps"
                aria-label=t().inside.maps
                aria-describedby="maps-hint"
                on:keydown=on_key
                on:click=move |_| held.update(|held| *held = !*held)
            >
                <Activations place shape name range layout=Grid::large pointed marked=Signal::from(at) />
            </div>
            <p class="quiet" id="maps-hint">
                {hint}
            </p>
        </section>
    }
}

/// Where a key leads from a number; Shift goes from channel to channel.
fn moved(shape: &[usize], [row, column, channel]: [usize; 3], key: &str, shift: bool) -> Option<[usize; 3]> {
    let step = |at: usize, by: isize, size: usize| at.saturating_add_signed(by).min(size.saturating_sub(1));
    let (down, right) = match key {
        "ArrowUp" => (-1, 0),
        "ArrowDown" => (1, 0),
        "ArrowLeft" => (0, -1),
        "ArrowRight" => (0, 1),
        _ => return None,
    };
    Some(match *shape {
        [_, _, channels] if shift => [row, column, step(channel, down + right, channels)],
        [height, width, _] => [step(row, down, height), step(column, right, width), channel],
        _ => [0, 0, step(channel, down + right, shape.iter().product())],
    })
}

/// The number that is chosen, in words.
fn read(lab: Lab, place: usize, shape: &Shape) -> Option<String> {
    let cell = lab.inside.at.get();
    let index = Grid::large(shape, 1000.0).index(cell);
    lab.prediction.with(|prediction| {
        let value = number(*output(prediction.as_ref()?, place)?.data.get(index)?);
        Some(match shape.len() {
            3 => t().network.cell(cell, &value),
            _ => t().network.feature(cell[2], &value),
        })
    })
}
