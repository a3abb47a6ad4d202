//! What the page is for, and its keys.

use leptos::{ev, html, prelude::*};

use super::icon::{Icon, icon};
use crate::app::{browser, state::Lab, text::t};

/// The help dialog.
#[component]
pub fn Help() -> impl IntoView {
    let lab = Lab::get();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let (Some(dialog), open) = (dialog.get(), lab.help.get()) else {
            return;
        };
        match (open, dialog.open()) {
            // A dialog that is on the page and closed can be opened.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let on_backdrop = move |event: ev::MouseEvent| {
        if event.target() == event.current_target() {
            lab.help.set(false);
        }
    };
    view! {
        <dialog class="help" node_ref=dialog aria-labelledby="help-title" on:close=move |_| lab.help.set(false) on:click=on_backdrop>
            <div class="help-body">
                <header>
                    <h2 id="help-title">{t().help_title}</h2>
                    <button type="button" class="tool" aria-label=t().close title=t().close on:click=move |_| lab.help.set(false)>
                        {icon(Icon::Close)}
                    </button>
                </header>
                <p>{t().help_draw}</p>
                <p>{t().help_train}</p>
                <p>{t().help_look}</p>
                <p>{t().help_link}</p>
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
            </div>
        </dialog>
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
