//! A button that puts a text on the clipboard.

use std::time::Duration;

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::app::{state::Lab, text::t};

/// Copies the text, and says for a moment that it did.
#[component]
pub fn CopyButton(
    /// What to copy.
    #[prop(into)]
    text: Signal<String>,
    /// The name for tests and tools.
    testid: &'static str,
) -> impl IntoView {
    let lab = Lab::get();
    let (copied, set_copied) = signal(false);
    let copy = move |_| {
        lab.copy(&text.get_untracked(), t().copy_text_failed, move |worked| {
            set_copied.set(worked);
            let again = move || {
                // The button can be gone by then.
                let _ = set_copied.try_set(false);
            };
            set_timeout(again, Duration::from_secs(2));
        });
    };
    view! {
        <button type="button" data-testid=testid on:click=copy>
            {move || icon(if copied.get() { Icon::Done } else { Icon::Copy })}
            {move || if copied.get() { t().copied } else { t().copy }}
        </button>
    }
}
