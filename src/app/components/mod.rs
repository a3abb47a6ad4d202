//! The widgets, one file each. All of them read [`super::state::Lab`] from the context.

mod activations;
mod chart;
mod chart_cursor;
mod coach;
mod compare;
mod curves;
mod data;
mod engine;
mod engine_view;
mod evaluation;
mod field;
mod gradients;
mod help;
mod history;
mod icon;
mod layer_view;
mod measuring;
mod model;
mod network;
mod notices;
mod number;
mod pad;
mod probabilities;
mod profile;
mod race;
mod results;
mod scaling;
mod seen;
mod tabs;
mod training;
mod training_groups;
mod training_live;
mod training_preview;
mod training_schedule;
mod transport;

use leptos::prelude::*;

pub use field::setting_id;

use super::{state::Lab, text::t};
use {
    data::DataPanel, engine::EnginePanel, help::Help, layer_view::LayerView, model::ModelPanel, network::Network,
    notices::Notices, pad::Pad, probabilities::Probabilities, results::Results, seen::Seen, tabs::Tabs,
    training::TrainingPanel, transport::Transport,
};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <Transport />
        <Notices />
        <main class="places" data-place=move || lab.place.get().id()>
            <div class="place place-train" id="place-train">
                <DataPanel />
                <ModelPanel />
                <TrainingPanel />
                <EnginePanel />
            </div>
            <div class="middle">
                <Network />
                <Results />
                <LayerView />
            </div>
            <div class="place place-draw panel" id="place-draw" role="region" aria-label=t().draw>
                <Pad />
                <Seen />
                <Probabilities />
                <p class="first-step quiet" class:done=move || lab.has_started()>
                    {t().what_train_does}
                </p>
            </div>
        </main>
        <Tabs />
        <Help />
    }
}
