//! A layer of the model under edit: a row that opens, moves and goes away.

use leptos::{ev, prelude::*};

use super::{
    icon::{Icon, icon},
    model_argument::Arguments,
    model_list::Mark,
};
use crate::{
    app::{
        brief::brief,
        builder::{focus_row, row_id},
        format::{NONE, thousands},
        state::Lab,
        text::t,
    },
    spec::{LayerSpec, show_shape},
};

/// A layer's row, with its arguments below while it is selected.
#[component]
pub fn LayerRow(
    /// The layer's, in the draft.
    id: u32,
    /// What a dragged layer has to do with it.
    marked: Signal<Option<Mark>>,
) -> impl IntoView {
    let lab = Lab::get();
    let builder = lab.builder;
    let place = Memo::new(move |_| builder.draft.with(|draft| draft.place(id)).unwrap_or_default());
    let selected = Memo::new(move |_| builder.selected.get() == Some(id));
    let complaint = Memo::new(move |_| {
        let problem = builder.problem.get().filter(|problem| problem.id == Some(id));
        problem.map(|problem| problem.reason)
    });
    let complaint_id = format!("complaint-row-{id}");
    let described_by = complaint_id.clone();
    let mark = move || {
        marked.get().map(|mark| match mark {
            Mark::Before => "before",
            Mark::After => "after",
            Mark::Lifted => "lifted",
        })
    };
    view! {
        <li
            class="model-layer"
            class:selected=selected
            class:faulty=move || complaint.read().is_some()
            data-testid=move || format!("model-layer-{}", place.get())
            data-mark=mark
            on:keydown=move |event| act(lab, id, &event)
        >
            <div class="model-row">
                <span class="grip" aria-hidden="true"></span>
                <button
                    type="button"
                    class="model-open"
                    id=row_id(id)
                    title=t().model.row_hint
                    aria-expanded=move || selected.get().to_string()
                    aria-describedby=complaint_id.clone()
                    on:click=move |_| builder.selected.set((!selected.get_untracked()).then_some(id))
                >
                    <Facts id place />
                </button>
            </div>
            <p class="complaint" role="status" id=complaint_id>
                {complaint}
            </p>
            <Show when=move || selected.get()>
                <div class="model-edit">
                    <Arguments id complaint=described_by.clone() />
                    <Moves id place />
                </div>
            </Show>
        </li>
    }
}

/// Kind, arguments, output shape, parameters.
#[component]
fn Facts(id: u32, place: Memo<usize>) -> impl IntoView {
    let builder = Lab::get().builder;
    let of_layer = move |tell: fn(&LayerSpec) -> String| {
        builder.draft.with(|draft| {
            let row = draft.place(id).map(|place| &draft.rows()[place]);
            row.map(|row| tell(&row.layer)).unwrap_or_default()
        })
    };
    let shape = move || {
        let outline = builder.outline.read();
        outline
            .get(place.get())
            .map_or(NONE.into(), |layer| show_shape(&layer.output_shape))
    };
    let params = move || {
        let outline = builder.outline.read();
        let params = outline.get(place.get()).map_or(0, |layer| layer.params);
        (params > 0).then(|| thousands(params))
    };
    view! {
        <span class="model-kind">{move || of_layer(|layer| layer.kind().into())}</span>
        <span class="model-brief">{move || of_layer(brief)}</span>
        <span class="model-shape">{shape}</span>
        <span class="model-count">{params}</span>
    }
}

/// Up, down, away.
#[component]
fn Moves(id: u32, place: Memo<usize>) -> impl IntoView {
    let lab = Lab::get();
    let is_last = move || place.get() + 1 == lab.builder.draft.read().rows().len();
    view! {
        <div class="model-moves">
            <button
                type="button"
                class="small"
                data-testid="move-up"
                title="Alt+\u{2191}"
                disabled=move || place.get() == 0
                on:click=move |_| lab.move_layer(id, place.get_untracked() - 1)
            >
                {icon(Icon::Up)}
                {t().model.move_up}
            </button>
            <button
                type="button"
                class="small"
                data-testid="move-down"
                title="Alt+\u{2193}"
                disabled=is_last
                on:click=move |_| lab.move_layer(id, place.get_untracked() + 1)
            >
                {icon(Icon::Down)}
                {t().model.move_down}
            </button>
            <button type="button" class="small" data-testid="remove-layer" title=t().model.remove_hint on:click=move |_| lab.remove_layer(id)>
                {icon(Icon::Clear)}
                {t().model.remove}
            </button>
        </div>
    }
}

/// The keys of a row: with Alt, the arrows move the layer; on the row itself they go to the next row, and Delete takes
/// the layer away.
fn act(lab: Lab, id: u32, event: &ev::KeyboardEvent) {
    let on_row = event_target::<web_sys::Element>(event).id() == row_id(id);
    let draft = lab.builder.draft;
    let step = |to: Option<usize>| draft.with_untracked(|draft| to.filter(|&to| to < draft.rows().len()));
    let Some(place) = draft.with_untracked(|draft| draft.place(id)) else {
        return;
    };
    let target = match &event.key()[..] {
        "ArrowUp" => step(place.checked_sub(1)),
        "ArrowDown" => step(Some(place + 1)),
        "Delete" if on_row => {
            event.prevent_default();
            return lab.remove_layer(id);
        }
        _ => return,
    };
    match target {
        Some(to) if event.alt_key() => lab.move_layer(id, to),
        Some(to) if on_row => focus_row(draft.with_untracked(|draft| draft.rows()[to].id)),
        _ => return,
    }
    event.prevent_default();
}
