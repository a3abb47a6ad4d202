//! The network: a row a layer, with what the layer makes of the drawing.

use std::iter;

use wasm_bindgen::JsCast;

use leptos::{ev, html, prelude::*};

use super::{
    activations::{Activations, Scale, range_at},
    lens::{Enlarged, Lens},
    moments::Moments,
    number::Grouped,
};
use crate::{
    app::{format::thousands, maps::Grid, state::Lab, text::t},
    protocol::LayerSummary,
    spec::{Shape, show_shape},
};

/// The layers of the model that answers, or of the run while none does.
pub fn shown_layers(lab: Lab) -> Memo<Vec<LayerSummary>> {
    Memo::new(move |_| {
        let answering = lab
            .prediction
            .with(|prediction| prediction.as_ref().map(|prediction| prediction.layers.clone()));
        answering
            .filter(|layers| !layers.is_empty())
            .unwrap_or_else(|| lab.layers.get())
    })
}

/// The network's panel.
#[component]
pub fn Network() -> impl IntoView {
    let lab = Lab::get();
    let layers = shown_layers(lab);
    let params = Signal::derive(move || Some(lab.layers.with(|layers| layers.iter().map(|layer| layer.params).sum())));
    let input = Memo::new(move |_| lab.settings.with(|settings| settings.model.input_shape.clone()));
    let enlarged = RwSignal::new(None);
    let rows = move || {
        let layers = layers.get().into_iter().enumerate();
        layers
            .map(|(i, layer)| view! { <LayerRow place=i + 1 layer enlarged /> })
            .collect_view()
    };
    view! {
        <section class="place place-network panel network" id="place-network" aria-labelledby="network-title">
            <header class="panel-head">
                <h2 id="network-title">{t().network.title}</h2>
                <Moments id="moment" />
                <p class="quiet param-total">
                    <Grouped testid="param-count" value=params />
                    " "
                    {t().model.parameters}
                </p>
            </header>
            <ol class="layers">
                {move || view! { <LayerRow place=0 layer=the_input(input.get()) enlarged /> }}
                {rows}
            </ol>
            <Lens enlarged />
        </section>
    }
}

fn the_input(shape: Shape) -> LayerSummary {
    LayerSummary {
        name: t().network.input.to_lowercase(),
        kind: t().network.input.into(),
        output_shape: shape,
        params: 0,
        non_trainable: 0,
    }
}

#[component]
fn LayerRow(
    /// 0 is the input, 1 the first layer.
    place: usize,
    /// What Keras's summary says about it.
    layer: LayerSummary,
    /// What the lens shows.
    enlarged: RwSignal<Option<Enlarged>>,
) -> impl IntoView {
    let lab = Lab::get();
    let row = NodeRef::<html::Li>::new();
    let shape = StoredValue::new(layer.output_shape.clone());
    let enlarge = move |new: Option<Enlarged>| {
        if enlarged.with_untracked(|old| *old != new) {
            enlarged.set(new);
        }
    };
    let point = move |event: ev::PointerEvent| {
        let at = [f64::from(event.client_y()), f64::from(event.client_x())];
        enlarge(
            row.get()
                .and_then(|row| shape.with_value(|shape| Enlarged::under(&row, place, shape, at))),
        );
    };
    let show_channel = move |channel: usize| {
        enlarge(
            row.get()
                .and_then(|row| shape.with_value(|shape| Enlarged::of(&row, place, shape, channel))),
        );
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let shown = enlarged.with_untracked(|enlarged| enlarged.as_ref().map_or(0, |enlarged| enlarged.channel));
        match event.key().as_str() {
            "ArrowRight" => show_channel(shown + 1),
            "ArrowLeft" => show_channel(shown.saturating_sub(1)),
            _ => return,
        }
        event.prevent_default();
    };
    // A click has the pointer for its lens.
    let on_focus = move |event: ev::FocusEvent| {
        let button = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if button.is_some_and(|button| button.matches(":focus-visible").unwrap_or(false)) {
            show_channel(0);
        }
    };
    let range = range_at(lab, place);
    let testid = match place.checked_sub(1) {
        None => "layer-input".to_string(),
        Some(index) => format!("layer-{index}"),
    };
    let params = (layer.params > 0).then(|| format!("{} {}", thousands(layer.params), t().network.params));
    let size = iter::once(show_shape(&layer.output_shape))
        .chain(params)
        .collect::<Vec<_>>()
        .join(" \u{b7} ");
    let open = format!("{} {}", t().network.open_layer, layer.name);
    view! {
        <li
            class="layer"
            data-testid=testid
            class:opened=move || lab.opened.get() == Some(place)
            node_ref=row
            on:pointermove=point
            on:pointerleave=move |_| enlarge(None)
        >
            <div class="layer-head">
                <span class="layer-kind">{layer.kind.clone()}</span>
                <span class="layer-name">{layer.name.clone()}</span>
                <span class="layer-size">{size}</span>
            </div>
            <Activations place shape=layer.output_shape name=layer.name range layout=Grid::strip />
            <Scale range />
            <button
                type="button"
                class="layer-open"
                aria-haspopup="dialog"
                title=open.clone()
                aria-label=open
                on:focus=on_focus
                on:blur=move |_| enlarge(None)
                on:keydown=on_key
                on:click=move |_| {
                    enlarge(None);
                    lab.opened.set(Some(place));
                }
            ></button>
        </li>
    }
}
