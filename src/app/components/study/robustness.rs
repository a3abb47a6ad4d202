//! How the network reads spoiled images: accuracy by strength.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

use super::{
    export::{Export, paint},
    figure::{Axes, Figure},
    of_model,
};
use crate::{
    app::{
        browser::token, components::measuring::Measuring, format::fixed, format::precise, state::Lab,
        study::answers::robustness_csv, text::t,
    },
    protocol::{Measurement, Perturbation, RobustnessPoint},
};

/// The button, four curves, their figures.
#[component]
pub fn RobustnessView() -> impl IntoView {
    let lab = Lab::get();
    let points = lab.study.robustness;
    let csv = move |()| points.with(|points| (!points.is_empty()).then(|| robustness_csv(points)));
    let png = move |()| points.with(|points| picture(points));
    let facts = move || {
        let model = points.with(|points| points.last().map(|point| point.model));
        model.map_or(t().study.robustness_empty.into(), of_model)
    };
    let chart = move |perturbation: Perturbation| {
        let name = t().study.perturbation(perturbation);
        let painter = Callback::new(move |(pen, size): (CanvasRenderingContext2d, [f64; 2])| {
            // Fails only on a canvas that cannot show text.
            points.with(|points| drop(draw(&pen, size, perturbation, points)));
        });
        view! {
            <figure class="robust">
                <figcaption>{name}</figcaption>
                <Figure label=t().study.robustness_label(name) testid=format!("robustness-{}", perturbation.id()) painter />
            </figure>
        }
    };
    view! {
        <Measuring
            what=Measurement::Robustness
            name=t().study.measure_robustness
            about=t().study.robustness_about
            testid="measure-robustness"
        >
            <p class="quiet" data-testid="robustness-facts">{facts}</p>
            <div class="robust-charts">{Perturbation::ALL.map(chart).into_iter().collect_view()}</div>
            <Show when=move || !points.read().is_empty()>
                <div class="study-tools">
                    <Export name="robustness" csv=Callback::new(csv) png=Callback::new(png) />
                </div>
                <Table />
            </Show>
        </Measuring>
    }
}

#[component]
fn Table() -> impl IntoView {
    let points = Lab::get().study.robustness;
    let study = &t().study;
    let heads = [study.perturbation, study.strength, study.accuracy, study.support];
    let row = |point: &RobustnessPoint| {
        view! {
            <tr>
                <th scope="row">{t().study.perturbation(point.perturbation)}</th>
                <td>{precise(point.strength)}</td>
                <td>{fixed(point.accuracy(), 3)}</td>
                <td>{point.images}</td>
            </tr>
        }
    };
    view! {
        <table class="figures-table" data-testid="robustness-table">
            <caption class="machine">{study.robustness_table}</caption>
            <thead>
                <tr>{heads.map(|head| view! { <th scope="col">{head}</th> }).into_iter().collect_view()}</tr>
            </thead>
            <tbody>{move || points.with(|points| points.iter().map(row).collect_view())}</tbody>
        </table>
    }
}

fn draw(
    pen: &CanvasRenderingContext2d,
    size: [f64; 2],
    perturbation: Perturbation,
    points: &[RobustnessPoint],
) -> Result<(), JsValue> {
    let strengths: Vec<f64> = perturbation
        .strengths()
        .iter()
        .map(|&strength| strength.into())
        .collect();
    let ends = [strengths[0], strengths[strengths.len() - 1]];
    let axes = Axes::draw(
        pen,
        size,
        [ends, [0.0, 1.0]],
        [&strengths, &[0.0, 0.25, 0.5, 0.75, 1.0]],
    )?;
    let own = points.iter().filter(|point| point.perturbation == perturbation);
    let own: Vec<[f64; 2]> = own
        .map(|point| [point.strength.into(), point.accuracy().into()])
        .collect();
    pen.set_stroke_style_str(&token("--test"));
    pen.set_fill_style_str(&token("--test"));
    pen.set_line_width(2.0);
    axes.line(own.iter().copied());
    for point in own {
        let [x, y] = axes.at(point);
        pen.fill_rect(x - 3.0, y - 3.0, 6.0, 6.0);
    }
    Ok(())
}

/// All four, one below the other.
fn picture(points: &[RobustnessPoint]) -> Option<web_sys::HtmlCanvasElement> {
    const SIZE: [f64; 2] = [480.0, 220.0];
    const HEAD: f64 = 28.0;
    paint([SIZE[0], 4.0 * (SIZE[1] + HEAD)], |pen| {
        for perturbation in Perturbation::ALL {
            pen.set_font("600 14px system-ui, sans-serif");
            pen.set_text_align("left");
            pen.set_text_baseline("top");
            pen.set_fill_style_str(&token("--text"));
            pen.fill_text(t().study.perturbation(perturbation), 8.0, 8.0)?;
            pen.translate(0.0, HEAD)?;
            draw(pen, SIZE, perturbation, points)?;
            pen.translate(0.0, SIZE[1])?;
        }
        Ok(())
    })
}
