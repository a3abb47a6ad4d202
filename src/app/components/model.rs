//! The model: its preset and its layers, as Keras would write them.

use leptos::prelude::*;

use super::field::ChoiceField;
use crate::{
    app::{
        state::Lab,
        text::{Term, t},
    },
    spec::{Activation, LayerSpec, Padding, Preset},
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
    let by = |[height, width]: [usize; 2]| format!("{height}x{width}");
    let mut parts = match layer {
        LayerSpec::Conv2D {
            filters,
            kernel_size,
            strides,
            padding,
            ..
        } => {
            let mut parts = vec![filters.to_string(), by(*kernel_size)];
            parts.extend((*strides != [1, 1]).then(|| format!("stride {}", by(*strides))));
            parts.extend((*padding == Padding::Same).then(|| "same".to_string()));
            parts
        }
        LayerSpec::MaxPooling2D { pool_size, .. } => vec![by(*pool_size)],
        LayerSpec::Flatten => vec![],
        LayerSpec::Dense { units, .. } => vec![units.to_string()],
    };
    parts.extend(layer.activation().map(name).map(String::from));
    parts.join(", ")
}

fn name(activation: Activation) -> &'static str {
    match activation {
        Activation::Linear => "linear",
        Activation::Relu => "relu",
        Activation::Softmax => "softmax",
    }
}
