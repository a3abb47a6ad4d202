//! What the page is for, and its keys.

use leptos::prelude::*;

use super::{assignment_maker::AssignmentEntry, dialog::Dialog, tour::TourEntry};
use crate::app::{browser, state::Lab, text::t};

/// The help dialog.
#[component]
pub fn Help() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <Dialog open=lab.help id="help" title=t().help_title>
            <p>{t().help_draw}</p>
            <p>{t().help_train}</p>
            <p>{t().help_look}</p>
            <p>{t().help_link}</p>
            <AssignmentEntry />
            <TourEntry />
            <h3>{t().shortcuts}</h3>
            <Keys />
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="shortcuts"
                    prop:checked=move || lab.shortcuts.get()
                    on:change=move |event| switch(lab, event_target_checked(&event))
                />
                {t().shortcuts_on}
            </label>
        </Dialog>
    }
}

#[component]
fn Keys() -> impl IntoView {
    let keys = [
        (t().key_space, t().does_train),
        (t().key_right, t().does_step),
        (t().recipe.step_epoch_key, t().recipe.step_epoch),
        ("R", t().does_reset),
        ("C", t().does_clear),
        ("Ctrl+Z", t().does_undo),
        ("?", t().does_help),
        (t().key_escape, t().does_close),
    ];
    let row = |(key, does)| {
        view! {
            <dt>
                <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
        }
    };
    view! { <dl class="keys">{keys.map(row).into_iter().collect_view()}</dl> }
}

fn switch(lab: Lab, on: bool) {
    lab.shortcuts.set(on);
    browser::store("shortcuts", if on { "on" } else { "off" });
}
