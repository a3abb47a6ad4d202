//! The classes and how sure the network is of each.

use leptos::prelude::*;

use super::number::Machine;
use crate::{
    app::{
        format::{NONE, fixed, percent},
        state::Lab,
        text::t,
    },
    spec::DataSource,
};

/// The rows, one a class.
#[component]
pub fn Probabilities() -> impl IntoView {
    let lab = Lab::get();
    let classes = Memo::new(move |_| lab.answered_classes());
    let row = move |digit: usize| view! { <Row lab digit classes /> };
    let words = move || lab.has_words(classes.get().0);
    view! {
        <ol class="probabilities" class:words=words class:many=move || { classes.get().1 > 13 } aria-label=t().pad.probabilities>
            <For each=move || 0..classes.get().1 key=|digit| *digit children=row />
        </ol>
    }
}

#[component]
fn Row(lab: Lab, digit: usize, classes: Memo<(DataSource, usize)>) -> impl IntoView {
    let name = move || {
        let (source, count) = classes.get();
        lab.class_name_in(source, count, digit)
    };
    let value = Memo::new(move |_| lab.prediction.with(|p| p.as_ref()?.probabilities.get(digit).copied()));
    let first = Memo::new(move |_| lab.prediction.with(|p| p.as_ref().and_then(|p| p.digit())) == Some(digit));
    let machine = Signal::derive(move || value.get().map_or(NONE.into(), |value| fixed(value, 4)));
    view! {
        <li class="probability" class:first=first>
            <span class="probability-digit" title=name>{name}</span>
            <span class="meter" aria-hidden="true">
                <span class="meter-fill" style:transform=move || format!("scaleX({})", value.get().unwrap_or(0.0))></span>
            </span>
            <span class="probability-value">{move || value.get().map_or(NONE.into(), percent)}</span>
            <Machine testid=format!("probability-{digit}") value=machine />
        </li>
    }
}
