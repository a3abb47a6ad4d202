//! What a preset does beyond the settings that the page can change.

use super::text::t;
use crate::spec::{Augmentation, Decay, Schedule, TrainConfig};

/// Name and value of everything that plain training does not have; nothing for the seed recipe.
pub fn extras(config: &TrainConfig) -> Vec<(&'static str, String)> {
    let share = |value: f32| (value > 0.0).then(|| value.to_string());
    let all = [
        (t().schedule, schedule(&config.schedule)),
        (t().augmentation, augmentation(&config.augmentation)),
        (t().label_smoothing, share(config.label_smoothing)),
        (t().weight_decay, share(config.weight_decay)),
        (
            t().weight_averaging,
            config.weight_averaging.map(|share| share.to_string()),
        ),
    ];
    let on = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
    on.collect()
}

fn schedule(schedule: &Schedule) -> Option<String> {
    let decay = match schedule.decay {
        Decay::Constant => None,
        Decay::Step { .. } => Some(t().stairs),
        Decay::Exponential { .. } => Some(t().exponential),
        Decay::Cosine { .. } => Some(t().cosine),
        Decay::OneCycle { .. } => Some(t().one_cycle),
    };
    let warmup = (schedule.warmup_steps > 0).then_some(t().warm_up);
    let parts: Vec<_> = warmup.into_iter().chain(decay).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn augmentation(amount: &Augmentation) -> Option<String> {
    let parts = [
        (t().shift, amount.shift, " px"),
        (t().rotation, amount.rotation, "\u{b0}"),
        (t().zoom, amount.zoom, ""),
        (t().shear, amount.shear, ""),
        (t().elastic, amount.elastic, " px"),
    ];
    let on = parts.into_iter().filter(|(_, value, _)| *value > 0.0);
    let on: Vec<_> = on.map(|(name, value, unit)| format!("{name} {value}{unit}")).collect();
    (!on.is_empty()).then(|| on.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_training_has_nothing_to_add() {
        assert_eq!(extras(&TrainConfig::default()), []);
    }

    #[test]
    fn what_is_on_is_named_with_its_amount() {
        let config = TrainConfig {
            schedule: Schedule {
                warmup_steps: 5,
                decay: Decay::Cosine { alpha: 0.0 },
            },
            augmentation: Augmentation {
                shift: 2.0,
                rotation: 12.5,
                ..Augmentation::NONE
            },
            weight_averaging: Some(0.99),
            ..TrainConfig::default()
        };
        let extras = extras(&config);
        let values: Vec<_> = extras.iter().map(|(_, value)| &value[..]).collect();
        assert_eq!(values, ["warm-up, cosine", "shift 2 px, rotation 12.5\u{b0}", "0.99"]);
    }
}
