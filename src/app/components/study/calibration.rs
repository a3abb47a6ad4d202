//! Whether the network is right as often as it says: the reliability diagram.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

use super::{
    export::{Export, paint},
    figure::{Axes, Figure},
    of_model,
    recount::Recount,
};
use crate::{
    app::{
        browser::token,
        format::{NONE, fixed, thousands},
        state::Lab,
        study::answers::{calibration, calibration_csv},
        text::t,
    },
    report::Calibration,
};

/// How many bins can be chosen.
const BINS: [usize; 2] = [10, 15];

/// The diagram, its error, its figures.
#[component]
pub fn CalibrationView() -> impl IntoView {
    let lab = Lab::get();
    let bins = RwSignal::new(BINS[0]);
    let known = Memo::new(move |_| {
        let count = bins.get();
        lab.study
            .answers
            .with(|answers| answers.as_ref().map(|answers| calibration(answers, count)))
    });
    let error = move || known.with(|known| known.as_ref().and_then(Calibration::error));
    let model = move || {
        lab.study
            .answers
            .with(|answers| answers.as_ref().map(|answers| of_model(answers.model)))
    };
    let csv = move |()| known.with(|known| known.as_ref().map(calibration_csv));
    let png = move |()| {
        known.with(|known| {
            let known = known.as_ref()?;
            paint([480.0, 360.0], |pen| draw(pen, [480.0, 360.0], known))
        })
    };
    let painter = Callback::new(move |(pen, size): (CanvasRenderingContext2d, [f64; 2])| {
        known.with(|known| {
            if let Some(known) = known {
                // Fails only on a canvas that cannot show text.
                let _ = draw(&pen, size, known);
            }
        });
    });
    let option = move |count: usize| {
        view! {
            <option value=count.to_string() selected=move || bins.get() == count>
                {count}
            </option>
        }
    };
    let choose = move |event| bins.set(event_target_value(&event).parse().unwrap_or(BINS[0]));
    view! {
        <Recount />
        <Show when=move || known.read().is_some() fallback=|| view! { <p class="study-empty">{t().study.no_answers}</p> }>
            <div class="study-tools">
                <p>
                    {t().study.ece} " "
                    <strong data-testid="ece">{move || error().map_or(NONE.into(), |error| fixed(error as f32, 4))}</strong>
                    <span class="quiet">{move || model().map(|model| format!(", {model}"))}</span>
                </p>
                <label class="study-field">
                    {t().study.bins}
                    <select data-testid="bins" on:change=choose>
                        {BINS.map(option).into_iter().collect_view()}
                    </select>
                </label>
                <Export name="calibration" csv=Callback::new(csv) png=Callback::new(png) />
            </div>
            <Figure label=t().study.calibration_about.into() testid="reliability".into() painter />
            <p class="quiet">{t().study.calibration_about}</p>
            <p class="formula">{t().study.ece_formula}</p>
            <p class="quiet">{t().study.ece_source}</p>
            {move || known.get().map(|known| view! { <Bins known /> })}
        </Show>
    }
}

#[component]
fn Bins(known: Calibration) -> impl IntoView {
    let study = &t().study;
    let heads = [study.bin, study.answers, study.accuracy, study.confidence];
    let count = known.bins.len() as f32;
    let rows = known.bins.iter().enumerate().map(|(place, bin)| {
        let share = |share: Option<f64>| share.map_or(NONE.into(), |share| fixed(share as f32, 4));
        let [low, high] = [place, place + 1].map(|end| fixed(end as f32 / count, 2));
        view! {
            <tr>
                <th scope="row">{format!("{low} \u{2026} {high}")}</th>
                <td>{thousands(bin.count)}</td>
                <td>{share(bin.accuracy())}</td>
                <td>{share(bin.confidence())}</td>
            </tr>
        }
    });
    view! {
        <table class="figures-table" data-testid="bins-table">
            <caption class="machine">{study.calibration_about}</caption>
            <thead>
                <tr>{heads.map(|head| view! { <th scope="col">{head}</th> }).into_iter().collect_view()}</tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

fn draw(pen: &CanvasRenderingContext2d, size: [f64; 2], known: &Calibration) -> Result<(), JsValue> {
    let ticks = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
    let axes = Axes::draw(pen, size, [[0.0, 1.0]; 2], [&ticks, &ticks])?;
    let count = known.bins.len() as f64;
    for (place, bin) in known.bins.iter().enumerate() {
        let [low, high] = [place, place + 1].map(|end| end as f64 / count);
        let (Some(accuracy), Some(confidence)) = (bin.accuracy(), bin.confidence()) else {
            continue;
        };
        pen.set_fill_style_str(&token("--train"));
        axes.bar([low, 0.0], [high, accuracy]);
        // The gap to what the network said, in the other colour, striped off by its edge.
        pen.set_global_alpha(0.35);
        pen.set_fill_style_str(&token("--validation"));
        axes.bar([low, accuracy], [high, confidence]);
        pen.set_global_alpha(1.0);
        pen.set_stroke_style_str(&token("--validation"));
        axes.line([[low, confidence], [high, confidence]]);
    }
    pen.set_stroke_style_str(&token("--muted"));
    let dash = js_sys::Array::of2(&4.into(), &4.into());
    pen.set_line_dash(&dash)?;
    axes.line([[0.0, 0.0], [1.0, 1.0]]);
    pen.set_line_dash(&js_sys::Array::new())?;
    Ok(())
}
