//! The layers of the model under edit, in an order that a pointer can change.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

use super::model_row::LayerRow;
use crate::app::state::Lab;

/// How far a pointer goes before it drags, in px.
const SLACK: i32 = 5;

/// A layer that a pointer has hold of.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drag {
    /// The layer's, in the draft: its place can change meanwhile.
    id: u32,
    /// Where the pointer went down.
    start: i32,
    /// The place where it would go, once the pointer has moved.
    to: Option<usize>,
}

/// The line between two rows where a dragged layer would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Above a row.
    Before,
    /// Below a row.
    After,
    /// The row is the one that is dragged.
    Lifted,
}

impl Drag {
    /// What the row at a place shows of it; the layer itself is at `from`.
    fn mark(&self, place: usize, from: usize) -> Option<Mark> {
        let to = self.to?;
        match place {
            _ if place == from => Some(Mark::Lifted),
            _ if place != to => None,
            _ if to < from => Some(Mark::Before),
            _ => Some(Mark::After),
        }
    }
}

/// The rows. A mouse drags a layer by its row; a finger, which scrolls with it, by its grip.
#[component]
pub fn LayerList() -> impl IntoView {
    let lab = Lab::get();
    let list = NodeRef::<html::Ol>::new();
    let drag = RwSignal::new(None::<Drag>);
    let ids = Memo::new(move |_| {
        lab.builder
            .draft
            .with(|draft| draft.rows().iter().map(|row| row.id).collect::<Vec<_>>())
    });
    let seize = move |event: PointerEvent| {
        let grip = if event.pointer_type() == "mouse" {
            ".model-row"
        } else {
            ".grip"
        };
        let row = list
            .get_untracked()
            .filter(|_| event.button() == 0 && within(&event, grip));
        let from = row.and_then(|list| rows(&list).iter().position(|row| is_in(&event, row)));
        let id = from.and_then(|from| ids.read_untracked().get(from).copied());
        drag.set(id.map(|id| Drag {
            id,
            start: event.client_y(),
            to: None,
        }));
    };
    let carry = move |event: PointerEvent| {
        let (Some(held), Some(list)) = (drag.get_untracked(), list.get_untracked()) else {
            return;
        };
        let Some(from) = ids.read_untracked().iter().position(|&id| id == held.id) else {
            return;
        };
        if held.to.is_some() || (event.client_y() - held.start).abs() > SLACK {
            // The pointer may be gone by now: then there is nothing to hold.
            let _ = list.set_pointer_capture(event.pointer_id());
            let to = place_at(&list, from, event.client_y());
            drag.set(Some(Drag { to: Some(to), ..held }));
        }
    };
    let drop = move |_| {
        let held = drag.try_update(Option::take).flatten();
        if let Some(Drag { id, to: Some(to), .. }) = held {
            lab.move_layer(id, to);
        }
    };
    let let_go = move |_| drag.set(None);
    view! {
        <ol
            class="model-layers"
            node_ref=list
            on:pointerdown=seize
            on:pointermove=carry
            on:pointerup=drop
            on:pointercancel=let_go
            on:keydown=move |event| {
                if event.key() == "Escape" && drag.get_untracked().is_some() {
                    drag.set(None);
                    event.prevent_default();
                }
            }
        >
            <For each=move || ids.get() key=|id| *id let(id)>
                <LayerRow id marked=Signal::derive(move || {
                    let drag = drag.get()?;
                    lab.builder.draft.with(|draft| drag.mark(draft.place(id)?, draft.place(drag.id)?))
                }) />
            </For>
        </ol>
    }
}

fn target(event: &PointerEvent) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

fn within(event: &PointerEvent, selector: &str) -> bool {
    target(event).is_some_and(|target| matches!(target.closest(selector), Ok(Some(_))))
}

fn is_in(event: &PointerEvent, row: &Element) -> bool {
    row.contains(target(event).as_deref())
}

fn rows(list: &Element) -> Vec<Element> {
    let children = list.children();
    (0..children.length()).filter_map(|i| children.item(i)).collect()
}

/// The place that a layer has among the others when it is let go at a height of the window.
fn place_at(list: &Element, from: usize, y: i32) -> usize {
    let others = rows(list).into_iter().enumerate().filter(|(i, _)| *i != from);
    let middle = |row: Element| {
        let area = row.get_bounding_client_rect();
        area.top() + area.height() / 2.0
    };
    others.filter(|(_, row)| middle(row.clone()) < f64::from(y)).count()
}
