//! What would make it something else: the image on its way, and what the network says of it.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

use super::{
    classes,
    figure::{Axes, Figure},
    heat::Heat,
    of_model,
};
use crate::{
    app::{
        axis::linear_ticks,
        browser::token,
        components::network::shown_layers,
        format::{NONE, percent, short},
        state::Lab,
        text::t,
    },
    protocol::{Ascended, Goal, Measurement, Start},
};

/// The goal, the button, the image.
#[component]
pub fn AscentView() -> impl IntoView {
    let lab = Lab::get();
    let layers = shown_layers(lab);
    let last = move || layers.with(|layers| layers.len().saturating_sub(1));
    // None is the last layer.
    let layer = RwSignal::new(None::<usize>);
    let unit = RwSignal::new(7_usize);
    let noise = RwSignal::new(false);
    let at = move || layer.get().unwrap_or_else(last).min(last());
    let units = move || {
        layers
            .with(|layers| Some(*layers.get(at())?.output_shape.last()?))
            .unwrap_or(1)
    };
    let goal = move || Goal {
        from: match noise.get() || lab.prediction.read().is_none() {
            true => Start::Noise(1),
            false => Start::Seen,
        },
        layer: at(),
        unit: unit.get().min(units() - 1),
    };
    let under_way = move || matches!(lab.engine.measuring.get(), Some((Measurement::Ascent(_), _)));
    let off = move || {
        !under_way() && (lab.engine.measuring.read().is_some() || !lab.can_measure(Measurement::Ascent(goal())))
    };
    let begin = move |_| {
        if !untrack(under_way) {
            lab.study.forget_ascent();
        }
        lab.measure_or_stop(Measurement::Ascent(untrack(goal)));
    };
    let unit_name = move |unit: usize| match at() == last() && classes(lab) == units() {
        true => lab.answered_class_name(unit),
        false => unit.to_string(),
    };
    let layer_option = move |(place, name): (usize, String)| {
        view! {
            <option value=place.to_string() selected=move || at() == place>
                {name}
            </option>
        }
    };
    let unit_option = move |this: usize| {
        view! {
            <option value=this.to_string() selected=move || unit.get().min(units() - 1) == this>
                {unit_name(this)}
            </option>
        }
    };
    let layer_options = move || {
        let names = layers.with(|layers| {
            layers
                .iter()
                .map(|layer| layer.name.clone())
                .enumerate()
                .collect::<Vec<_>>()
        });
        names.into_iter().map(layer_option).collect_view()
    };
    let status = move || match lab.is_training() {
        true => format!("{} {}", t().study.ascent_about, t().engine.measures_beside),
        false => t().study.ascent_about.into(),
    };
    view! {
        <div class="study-tools">
            <label class="study-field">
                {t().study.from}
                <select data-testid="ascent-from" on:change=move |event| noise.set(event_target_value(&event) == "noise")>
                    <option value="seen">{t().study.from_seen}</option>
                    <option value="noise">{t().study.from_noise}</option>
                </select>
            </label>
            <label class="study-field">
                {t().study.layer}
                <select
                    data-testid="ascent-layer"
                    on:change=move |event| layer.set(event_target_value(&event).parse().ok())
                >
                    {layer_options}
                </select>
            </label>
            <label class="study-field">
                {t().study.unit}
                <select
                    data-testid="ascent-unit"
                    on:change=move |event| unit.set(event_target_value(&event).parse().unwrap_or_default())
                >
                    {move || (0..units()).map(unit_option).collect_view()}
                </select>
            </label>
            <button type="button" data-testid="ascend" disabled=off on:click=begin>
                {move || if under_way() { t().stop } else { t().study.start }}
            </button>
        </div>
        <p class="quiet" role="status">{status}</p>
        <Course noise />
    }
}

/// The first image and the latest, the figures, and what the unit gave on the way.
#[component]
fn Course(noise: RwSignal<bool>) -> impl IntoView {
    let lab = Lab::get();
    let ascended = lab.study.ascended;
    let image = Signal::derive(move || ascended.with(|ascended| ascended.as_ref().map(|it| it.image.clone())));
    // Before it begins, what it would begin with.
    let start = Signal::derive(move || {
        let seen = || {
            lab.prediction
                .with(|prediction| prediction.as_ref().map(|it| it.image.clone()))
        };
        lab.study.ascent_start.get().or_else(|| seen().filter(|_| !noise.get()))
    });
    let painter = Callback::new(move |(pen, size): (CanvasRenderingContext2d, [f64; 2])| {
        // Fails only on a canvas that cannot show text.
        lab.study.ascent_course.with(|course| drop(draw(&pen, size, course)));
    });
    let read = move |read: fn(&Ascended) -> String| {
        move || ascended.with(|ascended| ascended.as_deref().map_or(NONE.into(), read))
    };
    let answer = move || {
        ascended.with(|ascended| {
            let ascended = ascended.as_ref()?;
            let all = ascended.probabilities.iter().copied().enumerate();
            let (class, probability) = all.max_by(|a, b| a.1.total_cmp(&b.1))?;
            Some(format!("{}, {}", lab.answered_class_name(class), percent(probability)))
        })
    };
    let first = move || {
        let first = lab.study.ascent_course.with(|course| course.first().copied());
        first.map(|[_, value]| format!("{} {}", short(value), t().study.ascent_first))
    };
    view! {
        <div class="course-of-ascent">
            <Heat name=t().study.ascent_begin about="" testid="ascent-start" numbers=start grey=true />
            <Heat name=t().study.ascent_now about="" testid="ascent-image" numbers=image grey=true />
            <dl class="facts">
                <dt>{t().study.ascent_step}</dt>
                <dd data-testid="ascent-step">{read(|it| it.step.to_string())}</dd>
                <dt>{t().study.ascent_value}</dt>
                <dd>
                    <span data-testid="ascent-value">{read(|it| format!("{:.3}", it.value))}</span>
                    " "
                    <span class="quiet">{first}</span>
                </dd>
                <dt>{t().study.answer_now}</dt>
                <dd data-testid="ascent-answer">{move || answer().unwrap_or_else(|| NONE.into())}</dd>
                <dt>{t().study.answers}</dt>
                <dd>{read(|it| of_model(it.model))}</dd>
            </dl>
        </div>
        <figure class="ascent-chart">
            <figcaption>{t().study.ascent_course}</figcaption>
            <Figure label=t().study.ascent_course.into() testid="ascent-course".into() painter />
        </figure>
    }
}

/// What the unit gave, step by step.
fn draw(pen: &CanvasRenderingContext2d, size: [f64; 2], course: &[[f32; 2]]) -> Result<(), JsValue> {
    let steps: Vec<f64> = (0..=5).map(|fifth| f64::from(fifth) * 100.0).collect();
    let values = course.iter().map(|[_, value]| f64::from(*value));
    let [low, high] = values.fold([0.0, 1.0], |[low, high]: [f64; 2], value| {
        [low.min(value), high.max(value)]
    });
    let ticks = linear_ticks(low as f32, high as f32, 4);
    let ticks: Vec<f64> = ticks.into_iter().map(f64::from).collect();
    let axes = Axes::draw(pen, size, [[0.0, 500.0], [low, high]], [&steps, &ticks])?;
    pen.set_stroke_style_str(&token("--train"));
    pen.set_line_width(2.0);
    axes.line(course.iter().map(|point| point.map(f64::from)));
    Ok(())
}
