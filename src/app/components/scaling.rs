//! How fast several workers are together.

use leptos::prelude::*;

use super::{measuring::Measuring, number::Machine};
use crate::{
    app::{
        format::{fixed, thousands},
        state::Lab,
        text::t,
    },
    protocol::ScalingPoint,
};

/// The button, and a bar for each number of workers.
#[component]
pub fn WorkerScaling() -> impl IntoView {
    let lab = Lab::get();
    let points = lab.engine.scaling;
    let rows = move || {
        let points = points.get();
        let fastest = points.iter().map(|point| point.images_per_second).fold(0.0, f64::max);
        let alone = points.first().map_or(0.0, |point| point.images_per_second);
        points.iter().map(|point| bar(point, alone, fastest)).collect_view()
    };
    view! {
        <Measuring
            what=lab.scaling()
            name=t().engine.measure_workers
            about=t().engine.measure_workers_about
            testid="measure-scaling"
        >
            <Show when=move || !points.read().is_empty()>
                <table class="scaling">
                    <caption class="machine">{t().engine.scaling_caption}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{t().engine.workers}</th>
                            <th scope="col" colspan="2">
                                {t().engine.images_a_second}
                            </th>
                            <th scope="col">{t().engine.speed_up}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </Show>
        </Measuring>
    }
}

fn bar(point: &ScalingPoint, alone: f64, fastest: f64) -> impl IntoView + use<> {
    let ScalingPoint {
        workers,
        images_per_second,
    } = *point;
    let images = images_per_second.round() as usize;
    let length = images_per_second / fastest;
    view! {
        <tr>
            <th scope="row">{workers}</th>
            <td class="length" aria-hidden="true">
                <div class="bar"><div class="bar-fill" style:transform=format!("scaleX({length})")></div></div>
            </td>
            <td>
                <Machine testid=format!("scaling-{workers}") value=Signal::stored(images.to_string()) />
                {thousands(images)}
            </td>
            <td>
                <span data-testid=format!("speedup-{workers}")>{fixed((images_per_second / alone) as f32, 2)}</span>
                " \u{d7}"
            </td>
        </tr>
    }
}
