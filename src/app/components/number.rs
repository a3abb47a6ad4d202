//! Values that people and programs read: programs get plain numbers, people get them grouped.

use leptos::prelude::*;

use crate::app::format::{NONE, groups};

/// A whole number. Its commas come from the style sheet, so that the text stays a plain number.
#[component]
pub fn Grouped(
    /// The value, or none yet.
    #[prop(into)]
    value: Signal<Option<usize>>,
    /// The name for tests and tools.
    testid: &'static str,
) -> impl IntoView {
    let parts = move || match value.get() {
        Some(value) => groups(value)
            .into_iter()
            .map(|group| view! { <span class="group">{group}</span> })
            .collect_view()
            .into_any(),
        None => NONE.into_any(),
    };
    view! { <span class="number" data-testid=testid>{parts}</span> }
}

/// A text for programs, where people see another one beside it.
#[component]
pub fn Machine(
    /// The value.
    #[prop(into)]
    value: Signal<String>,
    /// The name for tests and tools.
    #[prop(into)]
    testid: String,
) -> impl IntoView {
    view! {
        <span class="machine" aria-hidden="true" data-testid=testid>
            {value}
        </span>
    }
}
