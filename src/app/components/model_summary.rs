//! Keras's summary of the model, as text to copy.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    dialog::Dialog,
    icon::{Icon, icon},
};
use crate::{
    app::{state::Lab, text::t},
    spec::summary_table,
};

/// Opens the summary.
#[component]
pub fn SummaryButton() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <button
            type="button"
            class="tool"
            data-testid="model-summary"
            aria-haspopup="dialog"
            title=t().model.summary
            aria-label=t().model.summary
            on:click=move |_| lab.builder.summary.set(true)
        >
            {icon(Icon::Table)}
        </button>
    }
}

/// The summary; of a model that does not fit together, the reason.
#[component]
pub fn ModelSummary() -> impl IntoView {
    let lab = Lab::get();
    let builder = lab.builder;
    let text = move || match builder.problem.get() {
        Some(problem) => problem.message,
        None => summary_table(&builder.outline.read()),
    };
    let (copied, set_copied) = signal(false);
    let copy = move |_| {
        lab.copy(&untrack(text), t().copy_text_failed, move |worked| {
            set_copied.set(worked);
            set_timeout(move || set_copied.set(false), Duration::from_secs(2));
        });
    };
    view! {
        <Dialog open=builder.summary id="summary" title=t().model.summary>
            <Show when=move || builder.summary.get()>
                <pre tabindex="0" role="region" data-testid="summary-table" aria-label=t().model.summary>
                    {text}
                </pre>
            </Show>
            <button type="button" on:click=copy>
                {move || icon(if copied.get() { Icon::Done } else { Icon::Copy })}
                {move || if copied.get() { t().copied } else { t().copy }}
            </button>
        </Dialog>
    }
}
