//! How far something is, as a bar.

use leptos::prelude::*;

/// A bar that is filled by a share, and tells it to those who do not see it.
#[component]
pub fn Bar(
    /// What it shows.
    #[prop(into)]
    name: Signal<String>,
    /// From 0 to 1.
    share: impl Fn() -> f64 + Copy + Send + Sync + 'static,
    /// For the style sheets.
    #[prop(default = "bar".into(), into)]
    class: Signal<String>,
    /// For tests and tools.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// Of the percentage that is told.
    #[prop(optional)]
    decimals: usize,
) -> impl IntoView {
    view! {
        <div
            class=class
            data-testid=testid
            role="progressbar"
            aria-label=name
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || format!("{:.decimals$}", 100.0 * share())
        >
            <div class="bar-fill" style:transform=move || format!("scaleX({})", share())></div>
        </div>
    }
}
