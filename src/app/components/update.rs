//! Offers a newer version of the app, never while a run trains.

use leptos::prelude::*;

use crate::app::{offline::Update, state::Lab, text::t};

/// The offer, where there is something to offer.
#[component]
pub fn UpdateOffer() -> impl IntoView {
    let lab = Lab::get();
    let update = lab.offline.update;
    let offered = Memo::new(move |_| update.get() != Update::None && !lab.is_training());
    let words = move || match update.get() {
        Update::OtherTabs => t().offline.other_tabs,
        _ => t().offline.update,
    };
    view! {
        <div role="status">
            <Show when=move || offered.get()>
                <div class="notice update" data-testid="update">
                    <p>{words}</p>
                    <button type="button" class="small" data-testid="take-update" on:click=move |_| lab.offline.take()>
                        {t().offline.take}
                    </button>
                </div>
            </Show>
        </div>
    }
}
