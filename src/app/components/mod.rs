//! The widgets, one file each. All of them read [`super::state::Lab`] from the context.

mod activations;
mod assignment;
mod assignment_maker;
mod bar;
mod chart;
mod chart_cursor;
mod close_button;
mod coach;
mod compare;
mod copy;
mod curves;
mod data;
mod data_files;
mod data_recipe;
mod dialog;
mod drop_panel;
mod engine;
mod engine_view;
mod evaluation;
mod explanation;
mod field;
mod gradients;
mod hand;
mod help;
mod history;
mod icon;
mod image_browser;
mod kernels;
mod layer_maps;
mod layer_view;
mod lens;
mod measuring;
mod model;
mod model_add;
mod model_argument;
mod model_file;
mod model_list;
mod model_row;
mod model_summary;
mod moments;
mod network;
mod notices;
mod number;
mod pad;
mod pad_keys;
mod probabilities;
mod profile;
mod race;
mod recovery;
mod results;
mod scaling;
mod seen;
mod spread;
mod study;
mod tabs;
mod tour;
mod training;
mod training_groups;
mod training_live;
mod training_preview;
mod training_schedule;
mod transport;
mod update;

use leptos::prelude::*;

pub use field::setting_id;

use super::{assignment::Group, state::Lab, text::t};
use {
    assignment::{AssignmentPanel, Guard},
    assignment_maker::AssignmentMaker,
    data::DataPanel,
    engine::EnginePanel,
    hand::HandPanel,
    help::Help,
    image_browser::ImageBrowser,
    layer_view::LayerView,
    model::ModelPanel,
    model_file::ModelFilePanel,
    network::Network,
    notices::Notices,
    pad::Pad,
    probabilities::Probabilities,
    recovery::SavedOffer,
    results::Results,
    seen::Seen,
    study::StudyPanel,
    tabs::Tabs,
    tour::{Tour, TourOffer},
    training::TrainingPanel,
    transport::Transport,
    update::UpdateOffer,
};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <Transport />
        <div class="told">
            <Notices />
            <UpdateOffer />
            <SavedOffer />
        </div>
        <main class="places" data-place=move || lab.place.get().id()>
            <div class="place place-train" id="place-train">
                <AssignmentPanel />
                <Guard group=Group::Data>
                    <DataPanel />
                </Guard>
                <Guard group=Group::Model>
                    <ModelPanel />
                </Guard>
                <Guard group=Group::Training>
                    <TrainingPanel />
                </Guard>
                <Guard group=Group::Model>
                    <ModelFilePanel />
                </Guard>
                <EnginePanel />
            </div>
            <div class="middle">
                <Network />
                <Results />
                <LayerView />
                <StudyPanel />
            </div>
            <div class="place place-draw panel" id="place-draw" role="region" aria-label=t().pad.title>
                <Pad />
                <Seen />
                <Probabilities />
                <HandPanel />
                <p class="first-step quiet" class:done=move || lab.has_started()>
                    {t().transport.what_train_does}
                    <TourOffer />
                </p>
            </div>
        </main>
        <Tour />
        <Tabs />
        <Help />
        <ImageBrowser />
        <AssignmentMaker />
    }
}
