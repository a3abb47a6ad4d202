//! How to train: the settings that change most, the rest folded away.

use leptos::prelude::*;

use super::field::{ChoiceField, NumberField};
use crate::{
    app::{
        recipe,
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
        .map(|id| (id, if id == AUTO { t().all_cores } else { id }))
        .to_vec();
    let extras = Memo::new(move |_| lab.settings.with(|settings| recipe::extras(&settings.config)));
    let extra = |(name, value): (&'static str, String)| {
        view! {
            <dt>{name}</dt>
            <dd>{value}</dd>
        }
    };
    view! {
        <section class="panel" aria-labelledby="training-title">
            <h2 id="training-title">{t().training_settings}</h2>
            <ChoiceField name="optimizer" term=terms.optimizer options=optimizers />
            <NumberField name="lr" term=terms.learning_rate step="any" />
            <NumberField name="batch" term=terms.batch_size />
            <NumberField name="epochs" term=terms.epochs />
            <Show when=move || !extras.read().is_empty()>
                <dl class="recipe">{move || extras.get().into_iter().map(extra).collect_view()}</dl>
            </Show>
            <details class="more">
                <summary>
                    <span>{t().more}</span>
                    <span class="quiet">
                        {move || format!("{} {}", t().seed_is, lab.settings.with(|settings| settings.config.seed))}
                    </span>
                </summary>
                <NumberField name="seed" term=terms.seed />
                <ChoiceField name="workers" term=terms.workers options=workers />
            </details>
        </section>
    }
}
