//! The closer look: over the middle of the page, like an opened layer; the pad stays in reach.

mod ascent;
mod calibration;
mod cell;
mod confusion;
mod export;
mod figure;
mod heat;
mod points;
mod points_canvas;
mod recount;
mod robustness;
mod why;

use leptos::prelude::*;

use super::close_button::CloseButton;
use crate::{
    app::{state::Lab, study::View, text::t},
    protocol::Answering,
};
use ascent::AscentView;
use calibration::CalibrationView;
use confusion::ConfusionView;
use points::PointsView;
use robustness::RobustnessView;
use why::WhyView;

/// A button that opens a view.
#[component]
pub fn OpenStudy(
    /// Which.
    view: View,
    /// What the button says.
    name: &'static str,
) -> impl IntoView {
    let lab = Lab::get();
    view! {
        <button
            type="button"
            class="small open-study"
            data-testid=format!("open-{}", view.id())
            on:click=move |_| {
                lab.opened.set(None);
                lab.study.view.set(Some(view));
            }
        >
            {name}
        </button>
    }
}

/// The panel, while it is open.
#[component]
pub fn StudyPanel() -> impl IntoView {
    let lab = Lab::get();
    let open = Memo::new(move |_| lab.study.view.read().is_some());
    view! {
        <Show when=move || open.get()>
            <Panel />
        </Show>
    }
}

#[component]
fn Panel() -> impl IntoView {
    let lab = Lab::get();
    let tab = move |view: View| {
        view! {
            <button
                type="button"
                class="segment"
                data-testid=format!("study-{}", view.id())
                aria-pressed=move || (lab.study.view.get() == Some(view)).to_string()
                on:click=move |_| lab.study.view.set(Some(view))
            >
                {t().study.view(view)}
            </button>
        }
    };
    let body = move || {
        lab.study.view.get().map(|view| match view {
            View::Why => view! { <WhyView /> }.into_any(),
            View::Ascent => view! { <AscentView /> }.into_any(),
            View::Confusion => view! { <ConfusionView /> }.into_any(),
            View::Calibration => view! { <CalibrationView /> }.into_any(),
            View::Robustness => view! { <RobustnessView /> }.into_any(),
            View::Points => view! { <PointsView /> }.into_any(),
        })
    };
    view! {
        <div class="study panel" role="dialog" aria-labelledby="study-title" data-testid="study">
            <header class="study-head">
                <h2 id="study-title">{t().study.title}</h2>
                <div class="segments" role="group" aria-label=t().study.title>
                    {View::ALL.map(tab).into_iter().collect_view()}
                </div>
                <CloseButton takes_focus=true close=move || lab.study.view.set(None) />
            </header>
            <div class="study-body" role="group" aria-labelledby="study-title" tabindex="0">
                {body}
            </div>
        </div>
    }
}

/// Whose answers they are.
fn of_model(model: Answering) -> String {
    match model {
        Answering::Pretrained => t().pad.shipped_model.into(),
        Answering::Run { global_step, .. } => t().pad.your_model(global_step),
        Answering::Learned { examples } => t().hand.answering(examples),
    }
}

/// How many classes the data set has.
fn classes(lab: Lab) -> usize {
    lab.answered_classes().1
}
