//! The learning rate over the run, before it.

use leptos::prelude::*;

use crate::app::{
    format::short,
    schedule::Course,
    state::{DataState, Lab},
    text::t,
};

/// In the drawing's own units.
const BOX: [f32; 2] = [240.0, 44.0];

/// Training images of MNIST, until the data are there.
const IMAGES: usize = 60_000;

/// The curve, the highest rate above it and the steps below.
#[component]
pub fn ScheduleCurve() -> impl IntoView {
    let lab = Lab::get();
    let course = Memo::new(move |_| {
        lab.settings.with(|settings| {
            let images = lab.data.with(|data| match data {
                DataState::Ready(facts) => facts.used(&settings.config.data),
                _ => IMAGES,
            });
            Course::of(&settings.config, images)
        })
    });
    let label = move || {
        let course = course.read();
        let rate = |point: Option<&(usize, f32)>| point.map_or(0.0, |(_, rate)| *rate);
        let (first, last) = (rate(course.points.first()), rate(course.points.last()));
        t().recipe.schedule_label(first, course.peak(), last, course.steps)
    };
    let [width, height] = BOX;
    view! {
        <figure class="schedule" data-testid="schedule-curve">
            <p>{move || short(course.read().peak().0)}</p>
            <svg role="img" aria-label=label viewBox=format!("0 0 {width} {height}") preserveAspectRatio="none">
                <path d=move || course.read().path(BOX) />
            </svg>
            <figcaption>
                <span>"0"</span>
                <span>{move || t().steps(course.read().steps)}</span>
            </figcaption>
        </figure>
    }
}
