//! The model: its preset and its layers, as Keras would write them.

use leptos::prelude::*;

use super::field::ChoiceField;
use crate::{
    app::{
        state::Lab,
        text::{Term, t},
    },
    spec::{ArgumentKind, LayerSpec, Preset},
};

/// The model's panel.
#[component]
pub fn ModelPanel() -> impl IntoView {
    let lab = Lab::get();
    let layers = Memo::new(move |_| lab.settings.with(|settings| settings.model.layers.clone()));
    let preset = Term {
        name: t().preset,
        help: "",
        formula: "",
    };
    let measured = move || {
        let measured = lab.settings.with(|settings| settings.measured());
        measured.map(|measured| t().measured(&measured))
    };
    let row = |layer: LayerSpec| {
        view! {
            <li>
                <span>{layer.kind()}</span>
                <span class="quiet">{arguments(&layer)}</span>
            </li>
        }
    };
    view! {
        <section class="panel" aria-labelledby="model-title">
            <h2 id="model-title">{t().model}</h2>
            <ChoiceField name="preset" term=preset options=Preset::ALL.map(|p| (p.id(), p.label())).to_vec() />
            {move || measured().map(|text| view! { <p class="measured quiet">{text}</p> })}
            <ol class="model-layers">{move || layers.get().into_iter().map(row).collect_view()}</ol>
        </section>
    }
}

/// What is not Keras's default, in short.
fn arguments(layer: &LayerSpec) -> String {
    let told = layer.arguments().into_iter().filter(|argument| !argument.is_default());
    let parts: Vec<_> = told
        .map(
            |argument| match argument.default.is_some() && argument.kind == ArgumentKind::Share {
                true => format!("{} {}", argument.name, argument.value),
                false => argument.value,
            },
        )
        .collect();
    parts.join(", ")
}
