//! The groups of training settings, each with what is in force on its own line.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

use super::{
    field::{ChoiceField, NumberField, SwitchField},
    training_preview::AugmentationPreview,
    training_schedule::ScheduleCurve,
};
use crate::{
    app::{recipe, state::Lab, text::t},
    spec::{Clipping, Decay, Monitor, OptimizerSpec, TrainConfig},
};

/// Settings that are folded away, with what is in force beside their name.
#[component]
pub fn Group(
    /// Unique on the page.
    id: &'static str,
    /// What the settings are about.
    title: &'static str,
    /// What is in force.
    #[prop(into)]
    summary: Signal<String>,
    /// Set while the group is open.
    #[prop(optional)]
    open: Option<RwSignal<bool>>,
    /// The settings.
    children: Children,
) -> impl IntoView {
    let toggle = move |event: ev::Event| {
        let details = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if let (Some(open), Some(details)) = (open, details) {
            open.set(details.has_attribute("open"));
        }
    };
    view! {
        <details class="more" data-testid=format!("group-{id}") on:toggle=toggle>
            <summary>
                <span>{title}</span>
                <span class="quiet" title=summary>
                    {summary}
                </span>
            </summary>
            {children()}
        </details>
    }
}

/// A group's words for the settings as edited.
fn in_force(words: fn(&TrainConfig) -> String) -> Signal<String> {
    let lab = Lab::get();
    Memo::new(move |_| lab.settings.with(|settings| words(&settings.config))).into()
}

/// Something of the settings as edited.
fn setting<T: PartialEq + Send + Sync + 'static>(of: fn(&TrainConfig) -> T) -> Memo<T> {
    let lab = Lab::get();
    Memo::new(move |_| lab.settings.with(|settings| of(&settings.config)))
}

/// What the chosen optimizer is tuned by.
#[component]
pub fn OptimizerGroup() -> impl IntoView {
    let (text, terms) = (&t().recipe, &t().recipe.terms);
    let chosen = setting(|config| config.optimizer.id());
    let fields = move || match OptimizerSpec::from_id(chosen.get()) {
        Some(OptimizerSpec::Sgd { .. }) => view! {
            <NumberField name="momentum" term=terms.momentum step="any" />
            <SwitchField name="nesterov" term=terms.nesterov />
        }
        .into_any(),
        Some(OptimizerSpec::RmsProp { .. }) => view! {
            <NumberField name="rho" term=terms.rho step="any" />
            <NumberField name="epsilon" term=terms.epsilon step="any" />
        }
        .into_any(),
        _ => view! {
            <NumberField name="beta1" term=terms.beta1 step="any" />
            <NumberField name="beta2" term=terms.beta2 step="any" />
            <NumberField name="epsilon" term=terms.epsilon step="any" />
        }
        .into_any(),
    };
    view! {
        <Group id="optimizer" title=text.optimizer_group summary=in_force(recipe::optimizer)>
            {fields}
        </Group>
    }
}

/// How the learning rate changes, drawn.
#[component]
pub fn ScheduleGroup() -> impl IntoView {
    let (text, terms) = (&t().recipe, &t().recipe.terms);
    let options = Decay::ALL.map(|decay| (decay.id(), recipe::decay(decay))).to_vec();
    let chosen = setting(|config| config.schedule.decay.id());
    let fields = move || match Decay::from_id(chosen.get()) {
        Some(Decay::Step { .. } | Decay::Exponential { .. }) => Some(
            view! {
                <NumberField name="decay_steps" term=terms.decay_steps step="100" />
                <NumberField name="decay_rate" term=terms.decay_rate step="any" />
            }
            .into_any(),
        ),
        Some(Decay::Cosine { .. }) => {
            Some(view! { <NumberField name="alpha" term=terms.alpha step="any" /> }.into_any())
        }
        Some(Decay::OneCycle { .. }) => Some(
            view! {
                <NumberField name="pct_start" term=terms.pct_start step="any" />
                <NumberField name="div_factor" term=terms.div_factor step="any" />
                <NumberField name="final_div_factor" term=terms.final_div_factor step="any" />
            }
            .into_any(),
        ),
        _ => None,
    };
    view! {
        <Group id="schedule" title=text.schedule_group summary=in_force(recipe::schedule)>
            <ScheduleCurve />
            <ChoiceField name="schedule" term=terms.schedule options=options />
            {fields}
            <NumberField name="warmup" term=terms.warmup step="100" />
        </Group>
    }
}

/// What keeps weights and steps small.
#[component]
pub fn RegularisationGroup() -> impl IntoView {
    let (text, terms) = (&t().recipe, &t().recipe.terms);
    let name = |clipping: &Clipping| match clipping {
        Clipping::Off => text.off,
        Clipping::Norm(_) => text.by_norm,
        Clipping::GlobalNorm(_) => text.by_global_norm,
        Clipping::Value(_) => text.by_value,
    };
    let options = Clipping::ALL.map(|clipping| (clipping.id(), name(&clipping))).to_vec();
    let clips = setting(|config| config.clipping.limit().is_some());
    view! {
        <Group id="regularisation" title=text.regularisation_group summary=in_force(recipe::regularisation)>
            <NumberField name="smoothing" term=terms.smoothing step="any" />
            <NumberField name="weight_decay" term=terms.weight_decay step="any" />
            <NumberField name="ema" term=terms.ema step="any" />
            <ChoiceField name="clip" term=terms.clip options=options />
            <Show when=move || clips.get()>
                <NumberField name="clip_at" term=terms.clip_at step="any" />
            </Show>
        </Group>
    }
}

/// How images are changed, with a digit to see it on.
#[component]
pub fn AugmentationGroup() -> impl IntoView {
    let (text, terms) = (&t().recipe, &t().recipe.terms);
    let open = RwSignal::new(false);
    view! {
        <Group id="augmentation" title=text.augmentation_group summary=in_force(recipe::augmentation) open>
            <AugmentationPreview open />
            <NumberField name="shift" term=terms.shift step="any" />
            <NumberField name="rotation" term=terms.rotation step="any" />
            <NumberField name="zoom" term=terms.zoom step="any" />
            <NumberField name="shear" term=terms.shear step="any" />
            <NumberField name="elastic" term=terms.elastic step="any" />
            <NumberField name="noise" term=terms.noise step="any" />
        </Group>
    }
}

/// What an epoch is measured on, and when the run ends.
#[component]
pub fn ValidationGroup() -> impl IntoView {
    let (text, terms) = (&t().recipe, &t().recipe.terms);
    let options = vec![
        ("off", text.off),
        (Monitor::ValLoss.id(), text.val_loss),
        (Monitor::ValAccuracy.id(), text.val_accuracy),
    ];
    let stops = setting(|config| config.early_stopping.is_some());
    view! {
        <Group id="validation" title=text.validation_group summary=in_force(recipe::validation)>
            <NumberField name="split" term=terms.split step="any" />
            <ChoiceField name="stop" term=terms.stop options=options />
            <Show when=move || stops.get()>
                <NumberField name="patience" term=terms.patience />
                <NumberField name="min_delta" term=terms.min_delta step="any" />
                <SwitchField name="restore" term=terms.restore />
            </Show>
        </Group>
    }
}
