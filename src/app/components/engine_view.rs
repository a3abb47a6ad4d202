//! The engine at work: live figures beside what can be measured.

use leptos::prelude::*;

use super::{gradients::GradientCheck, profile::MachineProfile, scaling::WorkerScaling};
use crate::app::{
    format::{NONE, fixed, megabytes, thousands},
    state::{Lab, WorkerState},
    text::t,
};

/// What the engine does, and three buttons that measure it.
#[component]
pub fn EngineView() -> impl IntoView {
    view! {
        <Figures />
        <div class="measurements" role="group" aria-label=t().engine.measurements tabindex="0">
            <MachineProfile />
            <WorkerScaling />
            <GradientCheck />
        </div>
    }
}

#[component]
fn Figures() -> impl IntoView {
    let lab = Lab::get();
    let engine = lab.engine;
    let rate = move || lab.latest.get().and_then(|latest| latest.rate);
    let shown = |value: Option<f64>, decimals| value.map_or(NONE.into(), |value| fixed(value as f32, decimals));
    let percent = |share: Option<f64>| share.map_or(NONE.into(), |share| fixed(100.0 * share as f32, 0));
    let tier = move || match lab.worker.get() {
        WorkerState::Ready(tier) => tier.id(),
        _ => NONE,
    };
    let memory = move || match engine.memory.get() {
        Some((workers, page)) => megabytes(workers.iter().sum::<u64>() + page),
        None => NONE.into(),
    };
    let parts = move || {
        engine
            .memory
            .get()
            .map(|(workers, page)| t().engine.memory_parts(&workers, page))
    };
    let speed = move || match rate() {
        Some(rate) => thousands(rate.images.round() as usize),
        None => NONE.into(),
    };
    let row = |name: &'static str, testid: &'static str, value: Signal<String>, unit: &'static str| {
        view! {
            <dt>{name}</dt>
            <dd>
                <span data-testid=(!testid.is_empty()).then_some(testid)>{value}</span>
                " "
                <span class="unit">{unit}</span>
            </dd>
        }
    };
    let text = |value: fn(Lab) -> String| Signal::derive(move || value(lab));
    view! {
        <dl class="figures">
            {row(t().engine.simd, "", Signal::derive(move || tier().to_string()), "")}
            {row(t().engine.workers, "", text(|lab| lab.workers.get().to_string()), "")}
            {row(t().engine.images_a_second, "", Signal::derive(speed), "")}
            {row(t().engine.dense_speed, "gflops", Signal::derive(move || shown(lab.gflops(), 1)), t().engine.gflops)}
            {row(t().engine.core_peak, "peak-gflops", Signal::derive(move || shown(engine.peak.get(), 1)), t().engine.gflops)}
            {row(t().engine.peak_share, "peak-share", Signal::derive(move || percent(lab.peak_share())), "%")}
            {row(t().engine.waiting, "waiting-share", Signal::derive(move || percent(rate().map(|rate| rate.waiting))), "%")}
            {row(t().engine.memory, "memory-mb", Signal::derive(memory), "MB")}
            <dd class="parts">{parts}</dd>
        </dl>
    }
}
