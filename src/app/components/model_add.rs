//! A new layer: a choice of all kinds.

use leptos::{html, prelude::*};

use crate::{
    app::{state::Lab, text::t},
    spec::LayerSpec,
};

/// A button that opens the list of kinds.
#[component]
pub fn AddLayer() -> impl IntoView {
    let lab = Lab::get();
    let list = NodeRef::<html::Div>::new();
    let kind = move |kind: &'static str| {
        let add = move |_| {
            if let Some(list) = list.get_untracked() {
                // It is open: its button was pressed.
                let _ = list.hide_popover();
            }
            if let Some(layer) = LayerSpec::default_of(kind) {
                lab.add_layer(layer);
            }
        };
        view! {
            <li>
                <button type="button" class="kind" data-testid=format!("add-{kind}") on:click=add>
                    {kind}
                </button>
            </li>
        }
    };
    view! {
        <button type="button" class="small" data-testid="add-layer" popovertarget="layer-kinds">
            "+ "
            {t().model.add_layer}
        </button>
        <div class="explanation layer-kinds" popover="auto" id="layer-kinds" role="group" aria-label=t().model.add_layer node_ref=list>
            <ul>{LayerSpec::KINDS.iter().copied().map(kind).collect_view()}</ul>
        </div>
    }
}
