//! On a phone the places of the page are tabs at the bottom.

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::app::{
    state::{Lab, Place},
    text::t,
};

/// The tabs; wide screens do not show them.
#[component]
pub fn Tabs() -> impl IntoView {
    let lab = Lab::get();
    let tab = move |place: Place| {
        view! {
            <button
                type="button"
                class="tab"
                data-testid=format!("tab-{}", place.id())
                aria-current=move || (lab.place.get() == place).then_some("page")
                on:click=move |_| {
                    lab.opened.set(None);
                    lab.place.set(place);
                }
            >
                {icon(picture(place))}
                <span>{name(place)}</span>
            </button>
        }
    };
    view! {
        <nav class="tabs" aria-label=t().places>
            {Place::ALL.map(tab).into_iter().collect_view()}
        </nav>
    }
}

fn name(place: Place) -> &'static str {
    match place {
        Place::Draw => t().tab_draw,
        Place::Train => t().tab_train,
        Place::Network => t().tab_network,
        Place::Results => t().tab_results,
    }
}

fn picture(place: Place) -> Icon {
    match place {
        Place::Draw => Icon::Pencil,
        Place::Train => Icon::Sliders,
        Place::Network => Icon::Layers,
        Place::Results => Icon::Curve,
    }
}
