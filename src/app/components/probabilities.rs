//! Ten digits and how sure the network is of each.

use leptos::prelude::*;

use super::number::Machine;
use crate::app::{
    format::{NONE, fixed},
    state::Lab,
    text::t,
};

/// The ten rows.
#[component]
pub fn Probabilities() -> impl IntoView {
    let lab = Lab::get();
    let row = move |digit: usize| view! { <Row lab digit /> };
    view! {
        <ol class="probabilities" aria-label=t().probabilities>
            {(0..10).map(row).collect_view()}
        </ol>
    }
}

#[component]
fn Row(lab: Lab, digit: usize) -> impl IntoView {
    let value = Memo::new(move |_| lab.prediction.with(|p| p.as_ref()?.probabilities.get(digit).copied()));
    let first = Memo::new(move |_| lab.prediction.with(|p| p.as_ref().and_then(|p| p.digit())) == Some(digit));
    let machine = Signal::derive(move || value.get().map_or(NONE.into(), |value| fixed(value, 4)));
    view! {
        <li class="probability" class:first=first>
            <span class="probability-digit">{digit}</span>
            <span class="meter" aria-hidden="true">
                <span class="meter-fill" style:transform=move || format!("scaleX({})", value.get().unwrap_or(0.0))></span>
            </span>
            <span class="probability-value">{move || value.get().map_or(NONE.into(), |value| t().probability(value))}</span>
            <Machine testid=format!("probability-{digit}") value=machine />
        </li>
    }
}
