//! What would make it something else: the image on its way, and what the network says of it.

use leptos::prelude::*;

use super::{classes, heat::Heat, of_model};
use crate::{
    app::{
        components::network::shown_layers,
        format::{NONE, short},
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
            lab.study.ascended.set(None);
            lab.study.first_value.set(None);
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
        true => format!("{} {}", t().study.ascent_about, t().measures_beside),
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
        <Course />
    }
}

#[component]
fn Course() -> impl IntoView {
    let lab = Lab::get();
    let ascended = lab.study.ascended;
    let image = Signal::derive(move || ascended.with(|ascended| ascended.as_ref().map(|it| it.image.clone())));
    let read = move |read: fn(&Ascended) -> String| {
        move || ascended.with(|ascended| ascended.as_deref().map_or(NONE.into(), read))
    };
    let answer = move || {
        ascended.with(|ascended| {
            let ascended = ascended.as_ref()?;
            let all = ascended.probabilities.iter().copied().enumerate();
            let (class, probability) = all.max_by(|a, b| a.1.total_cmp(&b.1))?;
            Some(format!(
                "{}, {}",
                lab.answered_class_name(class),
                t().probability(probability)
            ))
        })
    };
    let first = move || {
        lab.study
            .first_value
            .get()
            .map(|value| format!("{} {}", short(value), t().study.ascent_first))
    };
    view! {
        <div class="course-of-ascent">
            <Heat name=t().study.seen about="" testid="ascent-image" numbers=image grey=true />
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
                <dt>{t().answers}</dt>
                <dd>{read(|it| of_model(it.model))}</dd>
            </dl>
        </div>
    }
}
