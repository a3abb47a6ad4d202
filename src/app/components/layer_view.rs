//! One layer by itself, over the middle of the page; the pad stays in reach.

use leptos::{html, prelude::*};

use super::{
    activations::{Activations, kind_of, number, output, range_at},
    icon::{Icon, icon},
    network::shown_layers,
};
use crate::{
    app::{format::thousands, maps::Grid, state::Lab, text::t},
    protocol::LayerSummary,
    spec::{Shape, show_shape},
};

/// The opened layer, if one is.
#[component]
pub fn LayerView() -> impl IntoView {
    let lab = Lab::get();
    let layers = shown_layers(lab);
    let opened = Memo::new(move |_| {
        let place = lab.opened.get()?;
        let layer = match place.checked_sub(1) {
            None => input(lab),
            Some(index) => layers.with(|layers| layers.get(index).cloned())?,
        };
        Some((place, layer))
    });
    move || opened.get().map(|(place, layer)| view! { <Opened place layer /> })
}

fn input(lab: Lab) -> LayerSummary {
    LayerSummary {
        name: t().input.to_lowercase(),
        kind: t().input.into(),
        output_shape: lab.settings.with(|settings| settings.model.input_shape.clone()),
        params: 0,
        non_trainable: 0,
    }
}

#[component]
fn Opened(
    /// 0 is the input, 1 the first layer.
    place: usize,
    /// What Keras's summary says about it.
    layer: LayerSummary,
) -> impl IntoView {
    let lab = Lab::get();
    let range = range_at(lab, place);
    let (pointed, set_pointed) = signal(None);
    let shape = layer.output_shape.clone();
    let (silent_shape, value_shape) = (shape.clone(), shape.clone());
    let silent = move || silent(lab, place, &silent_shape);
    let reading = move || read(lab, place, &value_shape, pointed.get()).unwrap_or_else(|| t().point_hint.into());
    let close = NodeRef::<html::Button>::new();
    let opener = document().active_element();
    Effect::new(move |_| {
        if let Some(close) = close.get() {
            // A button on the page can have the focus.
            let _ = close.focus();
        }
    });
    let back = StoredValue::new_local(opener);
    on_cleanup(move || give_back(back));
    let ends = move || {
        range
            .get()
            .map(|range| format!("{} \u{2026} {}", number(range.low), number(range.high)))
    };
    view! {
        <div class="layer-view panel" role="dialog" aria-labelledby="layer-view-title" data-testid="layer-view">
            <header class="panel-head">
                <h2 id="layer-view-title">{layer.name.clone()}</h2>
                <p class="quiet">
                    {format!("{}, {}, {} {}", layer.kind, show_shape(&shape), thousands(layer.params), t().params)}
                </p>
                <button
                    type="button"
                    class="tool"
                    node_ref=close
                    aria-label=t().close
                    title=t().close
                    on:click=move |_| lab.opened.set(None)
                >
                    {icon(Icon::Close)}
                </button>
            </header>
            <p class="layer-facts quiet">
                <span>{t().range} " " {ends}</span>
                <span>{silent}</span>
                <span class="reading">{reading}</span>
            </p>
            <div class="layer-view-body" tabindex="0" role="group" aria-label=layer.name.clone()>
                <Activations place shape name=layer.name.clone() range layout=Grid::large pointed=Callback::new(move |cell| set_pointed.set(cell)) />
            </div>
        </div>
    }
}

/// The focus goes back to where it was.
fn give_back(opener: StoredValue<Option<web_sys::Element>, LocalStorage>) {
    use wasm_bindgen::JsCast;
    let element = opener
        .try_get_value()
        .flatten()
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // An element that is gone simply does not get it.
        let _ = element.focus();
    }
}

/// How many channels or features are 0 everywhere.
fn silent(lab: Lab, place: usize, shape: &Shape) -> Option<String> {
    let count = *shape.last()?;
    lab.prediction.with(|prediction| {
        let values = &output(prediction.as_ref()?, place)?.data;
        let dead = |channel: &usize| values.iter().skip(*channel).step_by(count).all(|&value| value == 0.0);
        Some(t().silent_of((0..count).filter(dead).count(), count, kind_of(shape)))
    })
}

/// The number that the pointer is on, in words.
fn read(lab: Lab, place: usize, shape: &Shape, cell: Option<[usize; 3]>) -> Option<String> {
    let cell = cell?;
    let index = Grid::large(shape, 1000.0).index(cell);
    lab.prediction.with(|prediction| {
        let value = number(*output(prediction.as_ref()?, place)?.data.get(index)?);
        Some(match shape.len() {
            3 => t().cell(cell, &value),
            _ => t().feature(cell[2], &value),
        })
    })
}
