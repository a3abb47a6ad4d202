//! Which class is taken for which, and how well each is told from the others.

use leptos::{ev, prelude::*};

use super::{cell::CellImages, export::Export, of_model, recount::Recount};
use crate::{
    app::{
        browser::token,
        components::study::export::paint,
        format::{NONE, fixed, percent, thousands},
        state::Lab,
        study::answers::{confusion, confusion_csv},
        text::t,
    },
    report::Confusion,
};

/// The matrix, the scores, the images of a cell.
#[component]
pub fn ConfusionView() -> impl IntoView {
    let lab = Lab::get();
    let known = Memo::new(move |_| {
        lab.study
            .answers
            .with(|answers| answers.as_ref().map(|answers| confusion(answers)))
    });
    let facts = move || {
        let answers = lab.study.answers;
        let (model, loss) = answers.with(|answers| answers.as_ref().map(|answers| (answers.model, answers.loss)))?;
        let (right, total) = known.with(|known| known.as_ref().map(|known| (known.right(), known.total())))?;
        let right = t().study.right_of(right, total);
        Some(format!("{}: {right}, {} {loss:.4}", of_model(model), t().study.loss))
    };
    let cell = RwSignal::new(None);
    let rates = RwSignal::new(false);
    let csv = move || known.with(|known| known.as_ref().map(confusion_csv));
    let png = move || {
        known.with(|known| {
            known
                .as_ref()
                .and_then(|known| picture(lab, known, rates.get_untracked()))
        })
    };
    view! {
        <Recount />
        <Show when=move || known.read().is_some() fallback=|| view! { <p class="study-empty">{t().study.no_answers}</p> }>
            <div class="study-tools">
                <p class="quiet" data-testid="confusion-facts">{facts}</p>
                <Switch rates />
                <Export name="confusion" csv=Callback::new(move |()| csv()) png=Callback::new(move |()| png()) />
            </div>
            <div class="confusion">
                {move || known.get().map(|known| view! { <Matrix known rates cell /> })}
                <p class="quiet">{t().study.confusion_hint}</p>
            </div>
            <CellImages cell />
            {move || known.get().map(|known| view! { <ScoreTable known /> })}
            <p class="quiet">{t().study.scores_about}</p>
        </Show>
    }
}

#[component]
fn Switch(rates: RwSignal<bool>) -> impl IntoView {
    let tab = move |this: bool, name: &'static str| {
        view! {
            <button
                type="button"
                class="segment"
                aria-pressed=move || (rates.get() == this).to_string()
                on:click=move |_| rates.set(this)
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="segments" role="group" aria-label=t().study.counts>
            {tab(false, t().study.counts)}
            {tab(true, t().study.rates)}
        </div>
    }
}

/// One cell is reached by Tab, the others by arrow keys.
#[component]
fn Matrix(known: Confusion, rates: RwSignal<bool>, cell: RwSignal<Option<[usize; 2]>>) -> impl IntoView {
    let lab = Lab::get();
    let count = known.classes();
    let reached = RwSignal::new([0, 0]);
    let known = StoredValue::new(known);
    let names: Vec<String> = (0..count).map(|class| lab.answer_class_name(class)).collect();
    let names = StoredValue::new(names);
    let name = move |class: usize| names.with_value(|names| names[class].clone());
    let key = move |event: ev::KeyboardEvent| {
        let Some(to) = go(reached.get_untracked(), &event.key(), count) else {
            return;
        };
        event.prevent_default();
        reached.set(to);
        focus(&cell_id(to));
    };
    let one = move |label: usize, predicted: usize| {
        let at = [label, predicted];
        let (number, rate) = known.with_value(|known| (known.count(label, predicted), known.rate(label, predicted)));
        let text = move || match rates.get() {
            true => rate.map_or(NONE.into(), percent),
            false => thousands(number),
        };
        let choose = move |_| {
            reached.set(at);
            cell.set(Some(at));
        };
        let label = t().study.cell(&name(label), &name(predicted), number, rate);
        view! {
            <td>
                <button
                    type="button"
                    id=cell_id(at)
                    class="cell"
                    class:right=at[0] == at[1]
                    class:none=number == 0
                    style:--share=rate.unwrap_or(0.0).sqrt().to_string()
                    tabindex=move || if reached.get() == at { "0" } else { "-1" }
                    aria-pressed=move || (cell.get() == Some(at)).to_string()
                    aria-label=label.clone()
                    title=label
                    data-testid=format!("cell-{}-{}", at[0], at[1])
                    on:click=choose
                >
                    {text}
                </button>
            </td>
        }
    };
    let row = move |label: usize| {
        view! {
            <tr>
                <th scope="row" title=name(label)>{name(label)}</th>
                {(0..count).map(|predicted| one(label, predicted)).collect_view()}
            </tr>
        }
    };
    let heads = (0..count)
        .map(|class| view! { <th scope="col" title=name(class)>{name(class)}</th> })
        .collect_view();
    view! {
        <table class="matrix" data-testid="confusion" on:keydown=key>
            <caption class="machine">{t().study.confusion_hint}</caption>
            <thead>
                <tr>
                    <td class="quiet">{t().study.is_a} " \u{2193} " {t().study.taken_for} " \u{2192}"</td>
                    {heads}
                </tr>
            </thead>
            <tbody>{(0..count).map(row).collect_view()}</tbody>
        </table>
    }
}

fn cell_id([label, predicted]: [usize; 2]) -> String {
    format!("cell-{label}-{predicted}")
}

fn focus(id: &str) {
    use wasm_bindgen::JsCast;
    let element = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into().ok());
    if let Some(element) = element {
        let element: web_sys::HtmlElement = element;
        // An element that is gone simply does not get it.
        let _ = element.focus();
    }
}

/// Where a key leads to.
fn go([row, column]: [usize; 2], key: &str, count: usize) -> Option<[usize; 2]> {
    let last = count.saturating_sub(1);
    Some(match key {
        "ArrowUp" => [row.saturating_sub(1), column],
        "ArrowDown" => [(row + 1).min(last), column],
        "ArrowLeft" => [row, column.saturating_sub(1)],
        "ArrowRight" => [row, (column + 1).min(last)],
        "Home" => [row, 0],
        "End" => [row, last],
        _ => return None,
    })
}

#[component]
fn ScoreTable(known: Confusion) -> impl IntoView {
    let lab = Lab::get();
    let study = &t().study;
    let heads = [t().data.class, study.precision, study.recall, study.f1, study.support];
    let row = |class: usize| {
        let scores = known.scores(class);
        let shares = [
            ("precision", scores.precision),
            ("recall", scores.recall),
            ("f1", scores.f1),
        ];
        let cells = shares.map(|(id, share)| {
            let text = share.map_or(NONE.into(), |share| fixed(share as f32, 4));
            view! { <td data-testid=format!("{id}-{class}")>{text}</td> }
        });
        view! {
            <tr>
                <th scope="row">{lab.answer_class_name(class)}</th>
                {cells.into_iter().collect_view()}
                <td>{thousands(scores.support)}</td>
            </tr>
        }
    };
    let rows = (0..known.classes()).map(row).collect_view();
    view! {
        <table class="figures-table" data-testid="scores">
            <caption>{study.scores}</caption>
            <thead>
                <tr>{heads.map(|head| view! { <th scope="col">{head}</th> }).into_iter().collect_view()}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// The matrix as a picture, with its scores.
fn picture(lab: Lab, known: &Confusion, rates: bool) -> Option<web_sys::HtmlCanvasElement> {
    const CELL: f64 = 44.0;
    let side = CELL * (known.classes() + 2) as f64;
    paint([side, side], |canvas| {
        let (text, accent) = (token("--text"), token("--accent"));
        canvas.set_font("12px system-ui, sans-serif");
        canvas.set_text_align("center");
        canvas.set_text_baseline("middle");
        let at = |place: usize| CELL * (place as f64 + 1.5);
        for label in 0..known.classes() {
            canvas.set_fill_style_str(&text);
            canvas.fill_text_with_max_width(&lab.answer_class_name(label), CELL / 2.0, at(label), CELL)?;
            canvas.fill_text_with_max_width(&lab.answer_class_name(label), at(label), CELL / 2.0, CELL)?;
            for predicted in 0..known.classes() {
                let rate = known.rate(label, predicted).unwrap_or(0.0);
                canvas.set_global_alpha(0.35 * rate.sqrt());
                canvas.set_fill_style_str(&accent);
                canvas.fill_rect(
                    at(predicted) - CELL / 2.0,
                    at(label) - CELL / 2.0,
                    CELL - 1.0,
                    CELL - 1.0,
                );
                canvas.set_global_alpha(1.0);
                canvas.set_fill_style_str(&text);
                let shown = match rates {
                    true => percent(rate),
                    false => known.count(label, predicted).to_string(),
                };
                canvas.fill_text(&shown, at(predicted), at(label))?;
            }
        }
        Ok(())
    })
}
