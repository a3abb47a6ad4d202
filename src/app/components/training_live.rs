//! What can be changed while a run goes on, and what was.

use leptos::prelude::*;

use crate::{
    app::{settings::Settings, state::Lab, text::t},
    spec::{Change, LiveChange, TrainConfig},
};

/// A setting that can be changed while a run goes on.
#[derive(Debug, Clone, Copy)]
pub enum Live {
    /// `lr`.
    LearningRate,
    /// `batch`.
    BatchSize,
}

impl Live {
    /// The setting's name in a link.
    fn name(self) -> &'static str {
        match self {
            Self::LearningRate => "lr",
            Self::BatchSize => "batch",
        }
    }

    /// Its value in a run, after so many steps.
    fn at(self, config: &TrainConfig, global_step: usize) -> Change {
        match self {
            Self::LearningRate => Change::LearningRate(config.learning_rate_at(global_step)),
            Self::BatchSize => Change::BatchSize(config.batch_size_at(global_step)),
        }
    }
}

fn value(change: Change) -> String {
    match change {
        Change::LearningRate(rate) => rate.to_string(),
        Change::BatchSize(size) => size.to_string(),
    }
}

/// Below a field that says something else than the run under way has: what that is, and a button that changes it.
#[component]
pub fn ApplyNow(
    /// The field's setting.
    live: Live,
) -> impl IntoView {
    let lab = Lab::get();
    let has = Memo::new(move |_| {
        let step = lab
            .latest
            .with(|latest| latest.map_or(0, |latest| latest.report.global_step));
        lab.in_force.with(|Settings { config, .. }| {
            // A change made just now is told before the figures of its step are shown.
            let changed = config.changes.last().map_or(0, |change| change.global_step);
            live.at(config, step.max(changed))
        })
    });
    let wanted = Memo::new(move |_| lab.settings.with(|settings| live.at(&settings.config, 0)));
    // With changes planned, the field is what the run begins with.
    let is_plain = Memo::new(move |_| lab.settings.with(|settings| settings.config.changes.is_empty()));
    let goes_on = Memo::new(move |_| lab.has_started() && !lab.is_over() && is_plain.get());
    let differs = move || goes_on.get() && has.get() != wanted.get() && lab.complaint(live.name()).is_none();
    view! {
        <Show when=differs>
            <div class="apply" role="status">
                <span>{move || t().recipe.runs_with(&value(has.get()))}</span>
                <button
                    type="button"
                    class="small"
                    data-testid=format!("apply-{}", live.name())
                    on:click=move |_| lab.apply(wanted.get_untracked())
                >
                    {t().recipe.apply}
                </button>
            </div>
        </Show>
    }
}

/// The changes that the settings have, and those that the run got while it went on.
#[component]
pub fn Changes() -> impl IntoView {
    let lab = Lab::get();
    let text = &t().recipe;
    let planned = Memo::new(move |_| lab.settings.with(|settings| settings.config.changes.clone()));
    let made = Memo::new(move |_| {
        let changes = lab.in_force.with(|in_force| in_force.config.changes.clone());
        if changes == planned.get() { vec![] } else { changes }
    });
    let list = move |changes: Memo<Vec<_>>| {
        let row = |change: LiveChange| view! { <li>{t().recipe.change(&change)}</li> };
        move || changes.get().into_iter().map(row).collect_view()
    };
    let forget = move |_| {
        // To have none can always be chosen.
        let _ = lab.set("changes", "");
    };
    view! {
        <Show when=move || !planned.read().is_empty()>
            <div class="changes" data-testid="planned-changes">
                <p>{text.planned}</p>
                <ul>{list(planned)}</ul>
                <button type="button" class="small" on:click=forget>
                    {text.forget}
                </button>
            </div>
        </Show>
        <Show when=move || !made.read().is_empty()>
            <div class="changes" data-testid="made-changes">
                <p>{text.changed}</p>
                <ul>{list(made)}</ul>
                <button type="button" class="small" on:click=move |_| lab.repeat_changes()>
                    {text.repeat}
                </button>
            </div>
        </Show>
    }
}
