//! How a run is trained, group by group, in the few words that stand for a group that is folded away.

use super::text::t;
use crate::spec::{Augmentation, Decay, OptimizerSpec, TrainConfig};

/// What the optimizer is tuned by.
pub fn optimizer(config: &TrainConfig) -> String {
    let text = &t().recipe;
    match config.optimizer {
        OptimizerSpec::Sgd { momentum, nesterov } => {
            let momentum = format!("{} {momentum}", text.terms.momentum.name.to_lowercase());
            listed([Some(momentum), nesterov.then(|| text.nesterov.into())])
        }
        OptimizerSpec::RmsProp { rho, .. } => format!("{} {rho}", text.terms.rho.name.to_lowercase()),
        OptimizerSpec::Adam { beta_1, beta_2, .. } | OptimizerSpec::AdamW { beta_1, beta_2, .. } => {
            text.betas(beta_1, beta_2)
        }
    }
}

/// The name of a decay.
pub fn decay(decay: Decay) -> &'static str {
    let text = &t().recipe;
    match decay {
        Decay::Constant => text.constant,
        Decay::Step { .. } => text.stairs,
        Decay::Exponential { .. } => text.exponential,
        Decay::Cosine { .. } => text.cosine,
        Decay::OneCycle { .. } => text.one_cycle,
    }
}

/// How the learning rate changes.
pub fn schedule(config: &TrainConfig) -> String {
    let schedule = &config.schedule;
    let warm_up = (schedule.warmup_steps > 0).then(|| format!("{} {}", t().recipe.warm_up, schedule.warmup_steps));
    listed([warm_up, Some(decay(schedule.decay).into())])
}

/// What keeps weights and steps small.
pub fn regularisation(config: &TrainConfig) -> String {
    let text = &t().recipe;
    let share = |name: &str, value: f32| (value > 0.0).then(|| format!("{name} {value}"));
    listed([
        share(text.smoothing, config.label_smoothing),
        share(text.decay, config.weight_decay()),
        config.weight_averaging.map(|_| text.averaged.into()),
        config.clipping.limit().map(|_| text.clipped.into()),
    ])
}

/// How images are changed.
pub fn augmentation(config: &TrainConfig) -> String {
    let text = &t().recipe;
    let Augmentation {
        shift,
        rotation,
        zoom,
        shear,
        elastic,
        noise,
    } = config.augmentation;
    let amount = |name: &str, value: f32| (value > 0.0).then(|| format!("{name} {value}"));
    listed([
        amount(text.shift, shift),
        amount(text.rotation, rotation),
        amount(text.zoom, zoom),
        amount(text.shear, shear),
        amount(text.elastic, elastic),
        amount(text.noise, noise),
    ])
}

/// What an epoch is measured on, and when the run ends.
pub fn validation(config: &TrainConfig) -> String {
    let text = &t().recipe;
    let images = match config.validation_split {
        split if split > 0.0 => text.held_out(split),
        _ => text.test_images.into(),
    };
    let patience = config
        .early_stopping
        .map(|stopping| text.stops_after(stopping.patience));
    listed([Some(images), patience])
}

fn listed<const N: usize>(parts: [Option<String>; N]) -> String {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => t().recipe.nothing.into(),
        false => parts.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Clipping, EarlyStopping, Schedule};

    #[test]
    fn the_seed_recipe_is_plain() {
        let config = TrainConfig::default();
        let groups = [optimizer, schedule, regularisation, augmentation, validation].map(|group| group(&config));
        assert_eq!(groups, ["rho 0.9", "constant", "none", "none", "test images"]);
    }

    #[test]
    fn what_is_on_is_named_with_its_amount() {
        let config = TrainConfig {
            optimizer: OptimizerSpec::Sgd {
                momentum: 0.9,
                nesterov: true,
            },
            schedule: Schedule {
                warmup_steps: 5,
                decay: Decay::Cosine { alpha: 0.0 },
            },
            augmentation: Augmentation {
                shift: 2.0,
                rotation: 12.5,
                noise: 0.1,
                ..Augmentation::NONE
            },
            weight_averaging: Some(0.99),
            weight_decay: Some(0.01),
            clipping: Clipping::GlobalNorm(1.0),
            validation_split: 0.1,
            early_stopping: Some(EarlyStopping::default()),
            ..TrainConfig::default()
        };
        let groups = [optimizer, schedule, regularisation, augmentation, validation].map(|group| group(&config));
        assert_eq!(
            groups,
            [
                "momentum 0.9, Nesterov",
                "warm-up 5, cosine",
                "decay 0.01, averaged, clipped",
                "shift 2, turn 12.5, noise 0.1",
                "10 % held out, patience 3",
            ]
        );
    }
}
