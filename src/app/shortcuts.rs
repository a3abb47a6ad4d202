//! Single keys that act: Space, right arrow, R, C, Ctrl+Z and ?. They never act where a key means something else.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::state::Lab;

/// Listens for as long as the page lives.
pub fn listen(lab: Lab) {
    window_event_listener(ev::keydown, move |event| {
        if !event.default_prevented() && act(lab, &event) {
            event.prevent_default();
        }
    });
}

/// True if the key meant something.
fn act(lab: Lab, event: &KeyboardEvent) -> bool {
    let key = event.key();
    if key == "Escape" && lab.opened.get_untracked().is_some() {
        lab.opened.set(None);
        return true;
    }
    if key == "Escape" && lab.study.view.get_untracked().is_some() {
        lab.study.view.set(None);
        return true;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let within = |selector: &str| {
        target
            .as_ref()
            .is_some_and(|t| matches!(t.closest(selector), Ok(Some(_))))
    };
    if event.alt_key() || within("input, select, textarea, dialog, [popover]") {
        return false;
    }
    if event.ctrl_key() || event.meta_key() {
        let undo = key.eq_ignore_ascii_case("z") && !event.shift_key();
        if undo {
            lab.undo();
        }
        return undo;
    }
    if !lab.shortcuts.get_untracked() || event.repeat() && key != "ArrowRight" {
        return false;
    }
    match key.as_str() {
        " " if !within("button, a, summary") => lab.train_or_pause(),
        "ArrowRight" if within("[role=tab], [role=radio]") => return false,
        "ArrowRight" if event.shift_key() => lab.step_epoch(),
        "ArrowRight" => lab.step(),
        "r" | "R" => lab.reset(),
        "c" | "C" => lab.clear(),
        "?" => lab.help.set(true),
        _ => return false,
    }
    true
}
