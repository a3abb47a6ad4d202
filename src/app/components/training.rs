//! How to train: the settings that change most, the rest in groups that are folded away.

use leptos::prelude::*;

use super::{
    field::{ChoiceField, NumberField},
    training_groups::{AugmentationGroup, Group, OptimizerGroup, RegularisationGroup, ScheduleGroup, ValidationGroup},
    training_live::{ApplyNow, Changes, Live},
};
use crate::{
    app::{
        settings::{AUTO, WORKERS},
        state::Lab,
        text::t,
    },
    spec::OptimizerSpec,
};

/// The training settings' panel.
#[component]
pub fn TrainingPanel() -> impl IntoView {
    let lab = Lab::get();
    let terms = &t().terms;
    let optimizers = OptimizerSpec::ALL
        .map(|optimizer| (optimizer.id(), optimizer.label()))
        .to_vec();
    let workers = WORKERS
        .map(|id| (id, if id == AUTO { t().recipe.all_cores } else { id }))
        .to_vec();
    let seed = Signal::derive(move || {
        format!(
            "{} {}",
            t().recipe.seed_is,
            lab.settings.with(|settings| settings.config.seed)
        )
    });
    view! {
        <section class="panel" aria-labelledby="training-title">
            <h2 id="training-title">{t().recipe.title}</h2>
            <ChoiceField name="optimizer" term=terms.optimizer options=optimizers />
            <NumberField name="lr" term=terms.learning_rate step="any" />
            <ApplyNow live=Live::LearningRate />
            <NumberField name="batch" term=terms.batch_size />
            <ApplyNow live=Live::BatchSize />
            <NumberField name="epochs" term=terms.epochs />
            <Changes />
            <OptimizerGroup />
            <ScheduleGroup />
            <RegularisationGroup />
            <AugmentationGroup />
            <ValidationGroup />
            <Group id="more" title=t().recipe.more summary=seed>
                <NumberField name="seed" term=terms.seed />
                <ChoiceField name="workers" term=terms.workers options=workers.clone() />
            </Group>
        </section>
    }
}
