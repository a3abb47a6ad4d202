//! One layer by itself, over the middle of the page; the pad stays in reach.

use leptos::prelude::*;

use super::{
    activations::{Scale, kind_of, output, range_at},
    close_button::CloseButton,
    explanation::ExplanationView,
    kernels::Kernels,
    layer_maps::Maps,
    moments::Moments,
    network::shown_layers,
    spread::Spreads,
};
use crate::{
    app::{format::thousands, state::Lab, text::t},
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
        name: t().network.input.to_lowercase(),
        kind: t().network.input.into(),
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
    let shape = layer.output_shape.clone();
    let silent_shape = shape.clone();
    let silent = move || silent(lab, place, &silent_shape);
    lab.open_inside(middle(&shape));
    follow(lab);
    view! {
        <div class="layer-view panel" role="dialog" aria-labelledby="layer-view-title" data-testid="layer-view">
            <header class="panel-head">
                <h2 id="layer-view-title">{layer.name.clone()}</h2>
                <p class="quiet">
                    {format!("{}, {}, {} {}", layer.kind, show_shape(&shape), thousands(layer.params), t().network.params)}
                </p>
                <CloseButton takes_focus=true close=move || lab.opened.set(None) />
            </header>
            <div class="layer-facts quiet">
                <span>{t().network.range}</span>
                <Scale range />
                <span>{silent}</span>
                <Moments id="layer-moment" />
            </div>
            <div class="layer-view-body" tabindex="0" role="group" aria-label=format!("{}: {}", layer.name, t().inside.maps)>
                <Maps place shape=shape.clone() name=layer.name.clone() range />
                <Taken place layer=layer.clone() />
                {(place > 0).then(|| view! { <Kernels /> <Spreads /> })}
            </div>
        </div>
    }
}

/// How many channels or features are 0 everywhere.
fn silent(lab: Lab, place: usize, shape: &Shape) -> Option<String> {
    let count = *shape.last()?;
    lab.prediction.with(|prediction| {
        let values = &output(prediction.as_ref()?, place)?.data;
        let dead = |channel: &usize| values.iter().skip(*channel).step_by(count).all(|&value| value == 0.0);
        Some(
            t().network
                .silent_of((0..count).filter(dead).count(), count, kind_of(shape)),
        )
    })
}

/// The number that is explained first.
fn middle(shape: &[usize]) -> [usize; 3] {
    match *shape {
        [height, width, _] => [height / 2, width / 2, 0],
        _ => [0; 3],
    }
}

/// Looks into the layer whenever its weights or what it sees have changed.
fn follow(lab: Lab) {
    Effect::new(move |_| {
        lab.prediction.track();
        lab.latest.track();
        lab.state.track();
        lab.data.track();
        lab.look_inside();
    });
    Effect::new(move |_| {
        lab.prediction.track();
        lab.inside.at.track();
        lab.inside.channel.track();
        lab.explain();
    });
}

/// The chosen number, taken apart.
#[component]
fn Taken(place: usize, layer: LayerSummary) -> impl IntoView {
    let lab = Lab::get();
    let below = place.checked_sub(1).and_then(|index| index.checked_sub(1));
    let channels = shown_layers(lab).with_untracked(|layers| {
        let input = below
            .and_then(|below| layers.get(below))
            .map(|layer| layer.output_shape.clone());
        input.and_then(|shape| shape.get(2).copied()).unwrap_or(1)
    });
    match place {
        0 => view! { <p class="quiet">{t().inside.of_input}</p> }.into_any(),
        _ => {
            let channels = if layer.kind == "Conv2D" { channels } else { 1 };
            view! { <ExplanationView kind=layer.kind shape=layer.output_shape channels /> }.into_any()
        }
    }
}
