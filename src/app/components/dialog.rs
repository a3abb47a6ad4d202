//! A window over the page, with a title and a way out.

use leptos::{ev, html, prelude::*};

use super::close_button::CloseButton;

/// A dialog that is open while `open` says so; Escape, the button and a click beside it close it.
#[component]
pub fn Dialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Unique on the page.
    id: &'static str,
    /// What it is about.
    title: &'static str,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let (Some(dialog), open) = (dialog.get(), open.get()) else {
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
            open.set(false);
        }
    };
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <dialog
            class=format!("dialog {id}")
            node_ref=dialog
            aria-labelledby=labelled_by
            on:close=move |_| open.set(false)
            on:click=on_backdrop
        >
            <div class="dialog-body">
                <header>
                    <h2 id=title_id>{title}</h2>
                    <CloseButton close=move || open.set(false) />
                </header>
                {children()}
            </div>
        </dialog>
    }
}
