//! A race under way: how far both are, and the button that starts one.

use leptos::prelude::*;

use super::bar::Bar;
use crate::{
    app::{
        format::{NONE, fixed},
        state::Lab,
        text::t,
    },
    protocol::RunState,
};

/// Both runs' progress, and what can be done.
#[component]
pub fn RaceStrip() -> impl IntoView {
    let lab = Lab::get();
    let race = lab.race;
    let own_share = Memo::new(move |_| lab.share_done());
    let rival = move || race.rival.get().unwrap_or_default();
    let accuracy = |value: Option<f32>| value.map_or(NONE.into(), |value| fixed(value, 4));
    let own_accuracy = move || accuracy(lab.validation.get().map(|metrics| metrics.accuracy));
    let rival_accuracy = move || accuracy(race.validation.get().map(|metrics| metrics.accuracy));
    let running = move || lab.is_training() || matches!(race.state.get(), RunState::Training | RunState::Loading);
    let waits = move || race.state.get() == RunState::Idle;
    view! {
        <div class="race" role="group" aria-label=t().race.title data-testid="race">
            {racer("own", Signal::stored(t().history.this_run.to_string()), Signal::derive(move || own_share.get()), Signal::derive(own_accuracy))}
            {racer("run-1", Signal::derive(rival), Signal::derive(move || race.share.get()), Signal::derive(rival_accuracy))}
            <button type="button" class="small" data-testid="race-pause" disabled=waits on:click=move |_| lab.pause_or_go_on()>
                {move || if running() || waits() { t().transport.pause } else { t().transport.resume }}
            </button>
            <button type="button" class="small" data-testid="race-stop" on:click=move |_| lab.end_race()>
                {t().race.stop}
            </button>
        </div>
    }
}

fn racer(sign: &'static str, name: Signal<String>, share: Signal<f64>, accuracy: Signal<String>) -> impl IntoView {
    view! {
        <div class="racer">
            <span class=format!("swatch {sign}") aria-hidden="true"></span>
            <span class="name" title=move || name.get()>
                {move || name.get()}
            </span>
            <Bar name share=move || share.get() />
            <span class="value">{accuracy}</span>
        </div>
    }
}
