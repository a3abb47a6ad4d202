//! A layer of the model under edit: a row that opens, moves and goes away.

use leptos::{ev, html, prelude::*};
use web_sys::PointerEvent;

use super::{
    icon::{Icon, icon},
    model_argument::Arguments,
};
use crate::{
    app::{
        brief::brief,
        builder::{focus_row, row_id},
        format::{NONE, thousands},
        state::Lab,
        text::t,
    },
    spec::show_shape,
};

/// How far a pointer goes before it drags, in px.
const SLACK: i32 = 5;

/// A layer that is dragged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drag {
    /// The layer.
    pub id: u32,
    /// Where the pointer went down.
    start: i32,
    /// The place that it would have now, once it moved.
    to: Option<usize>,
}

/// A layer's row, with its arguments below while it is selected.
#[component]
pub fn LayerRow(
    /// The layer's, in the draft.
    id: u32,
    /// The layer that is dragged, of all rows.
    drag: RwSignal<Option<Drag>>,
) -> impl IntoView {
    let lab = Lab::get();
    let builder = lab.builder;
    let place = Memo::new(move |_| builder.draft.with(|draft| draft.place(id)).unwrap_or_default());
    let layer = Memo::new(move |_| builder.draft.with(|draft| draft.rows().get(place.get()).map(|row| row.layer.clone())));
    let selected = Memo::new(move |_| builder.selected.get() == Some(id));
    let complaint = Memo::new(move |_| {
        let problem = builder.problem.get().filter(|problem| problem.id == Some(id));
        problem.map(|problem| problem.reason)
    });
    let fact = Memo::new(move |_| {
        let outline = builder.outline.read();
        let fact = outline.get(place.get());
        let params = fact.filter(|fact| fact.params > 0).map(|fact| thousands(fact.params));
        (fact.map_or(NONE.into(), |fact| show_shape(&fact.output_shape)), params.unwrap_or_default())
    });
    let kind = move || layer.read().as_ref().map_or("", |layer| layer.kind());
    let arguments = move || layer.read().as_ref().map(brief).unwrap_or_default();
    let toggle = move |_| builder.selected.set((!selected.get_untracked()).then_some(id));
    let complaint_id = format!("complaint-row-{id}");
    let dragged = move || drag.get().is_some_and(|drag| drag.id == id && drag.to.is_some());
    let mark = move || drag.get().and_then(|drag| mark(place.get(), builder.place(drag.id)?, drag.to?));
    view! {
        <li
            class="model-layer"
            data-testid=move || format!("model-layer-{}", place.get())
            class:selected=selected
            class:faulty=move || complaint.read().is_some()
            class:dragged=dragged
            data-drop=mark
            on:keydown=move |event| key(lab, id, drag, &event)
        >
            <div class="model-row" on:pointerdown=move |event| ..>
                <span class="grip" aria-hidden="true"></span>
                <button
                    type="button"
                    class="model-open"
                    id=row_id(id)
                    aria-expanded=move || selected.get().to_string()
                    aria-describedby=complaint_id.clone()
                    on:click=toggle
                >
                    <span class="model-kind">{kind}</span>
                    <span class="model-brief">{arguments}</span>
                    <span class="model-shape">{move || fact.get().0}</span>
                    <span class="model-count">{move || fact.get().1}</span>
                </button>
            </div>
            <p class="complaint" role="status" id=complaint_id>{complaint}</p>
            <Show when=move || selected.get()>
                <div class="model-edit">
                    <Arguments id layer />
                    <Moves id place />
                </div>
            </Show>
        </li>
    }
}
