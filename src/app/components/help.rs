//! What the page is for, and its keys.

use leptos::prelude::*;

use super::{assignment_maker::AssignmentEntry, dialog::Dialog, tour::TourEntry};
use crate::app::{browser, state::Lab, text::t};

/// The help dialog.
#[component]
pub fn Help() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <Dialog open=lab.help id="help" title=t().help.title>
            <p>{t().help.draw}</p>
            <p>{t().help.train}</p>
            <p>{t().help.look}</p>
            <p>{t().help.link}</p>
            <AssignmentEntry />
            <TourEntry />
            <h3>{t().help.shortcuts}</h3>
            <Keys />
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="shortcuts"
                    prop:checked=move || lab.shortcuts.get()
                    on:change=move |event| switch(lab, event_target_checked(&event))
                />
                {t().help.shortcuts_on}
            </label>
        </Dialog>
    }
}

#[component]
fn Keys() -> impl IntoView {
    let keys = [
        (t().help.key_space, t().help.does_train),
        (t().help.key_right, t().help.does_step),
        (t().recipe.step_epoch_key, t().recipe.step_epoch),
        ("R", t().help.does_reset),
        ("C", t().help.does_clear),
        ("Ctrl+Z", t().help.does_undo),
        ("?", t().help.does_help),
        (t().help.key_escape, t().help.does_close),
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
