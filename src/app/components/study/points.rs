//! The map of the test images.

use leptos::prelude::*;

use super::{cell::TestImage, of_model, points_canvas::PointsCanvas};
use crate::{
    app::{components::measuring::Measuring, state::Lab, text::t},
    protocol::Measurement,
};

/// The button, the map, its legend, the image that is pointed at.
#[component]
pub fn PointsView() -> impl IntoView {
    let lab = Lab::get();
    let known = move || lab.study.projection.read().is_some();
    let hovered = RwSignal::new(None::<usize>);
    let highlighted = RwSignal::new(None::<u8>);
    Effect::new(move |_| lab.want_images(hovered.get().map(|place| place as u32)));
    let place = Signal::derive(move || hovered.get().map(|place| place as u32));
    let words = Memo::new(move |_| {
        lab.study.projection.with(|projection| {
            let (projection, place) = (projection.as_ref()?, hovered.get()?);
            let [label, predicted] = [*projection.labels.get(place)?, *projection.predicted.get(place)?];
            let [label, predicted] = [label, predicted].map(|class| lab.run_class_name(class.into()));
            Some(t().study.point(place, &label, &predicted))
        })
    });
    let axes = move || {
        lab.study.projection.with(|projection| {
            let projection = projection.as_ref()?;
            let [across, up] = projection.shares;
            let model = of_model(projection.model);
            Some(format!(
                "{model}. \u{2192} {}; \u{2191} {}",
                t().study.component(1, across),
                t().study.component(2, up)
            ))
        })
    };
    view! {
        <Measuring what=Measurement::Points name=t().study.find_points about=t().study.points_about testid="find-points">
            <Show when=known fallback=|| view! { <p class="study-empty">{t().study.points_empty}</p> }>
                <div class="map">
                    <div class="map-plot">
                        <PointsCanvas hovered highlighted words />
                        <p class="quiet" data-testid="map-axes">{axes}</p>
                    </div>
                    <div class="map-side">
                        <div class="map-image">
                            <TestImage place />
                        </div>
                        <p role="status" class="map-words" data-testid="map-words">
                            {move || words.get().unwrap_or_else(|| t().study.points_hint.into())}
                        </p>
                        <Legend highlighted />
                        <p class="quiet">{t().study.errors_marked}</p>
                    </div>
                </div>
            </Show>
        </Measuring>
    }
}

/// One button a class: its colour, its name; pressed, the others fade.
#[component]
fn Legend(highlighted: RwSignal<Option<u8>>) -> impl IntoView {
    let lab = Lab::get();
    let classes = move || {
        lab.study.projection.with(|projection| {
            let labels = projection
                .as_ref()
                .and_then(|projection| projection.labels.iter().max().copied());
            labels.map_or(0, |largest| largest + 1)
        })
    };
    let one = move |class: u8| {
        let press = move |_| highlighted.update(|now| *now = (*now != Some(class)).then_some(class));
        view! {
            <button
                type="button"
                class="small class-chip"
                aria-pressed=move || (highlighted.get() == Some(class)).to_string()
                data-testid=format!("highlight-{class}")
                on:click=press
            >
                <span class="class-mark" style:background=format!("var({})", super::points_canvas::colour(class))></span>
                {lab.run_class_name(class.into())}
            </button>
        }
    };
    view! {
        <div class="legend" role="group" aria-label=t().study.highlight>
            {move || (0..classes()).map(one).collect_view()}
        </div>
    }
}
