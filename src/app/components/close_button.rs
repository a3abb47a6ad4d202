//! The button that closes what lies over the page.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;

use super::icon::{Icon, icon};
use crate::app::text::t;

/// A cross. Where what it closes is no dialog element, which browsers focus by themselves, the button takes the focus when it
/// appears, and gives it back to who had it.
#[component]
pub fn CloseButton(
    /// Takes the focus.
    #[prop(optional)]
    takes_focus: bool,
    /// What a click does.
    close: impl Fn() + 'static,
) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    if takes_focus {
        keep_focus(button);
    }
    view! {
        <button type="button" class="tool" node_ref=button aria-label=t().close title=t().close on:click=move |_| close()>
            {icon(Icon::Close)}
        </button>
    }
}

fn keep_focus(button: NodeRef<html::Button>) {
    let opener = StoredValue::new_local(document().active_element());
    Effect::new(move |_| {
        if let Some(button) = button.get() {
            // A button on the page can have the focus.
            let _ = button.focus();
        }
    });
    on_cleanup(move || {
        let opener = opener.try_get_value().flatten();
        if let Some(opener) = opener.and_then(|opener| opener.dyn_into::<web_sys::HtmlElement>().ok()) {
            // An element that is gone simply does not get it.
            let _ = opener.focus();
        }
    });
}
