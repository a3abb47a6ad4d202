//! How to train, a file a group: [`optimizer`], [`schedule`], [`regularisation`], [`augmentation`], [`validation`].

pub(super) mod augmentation;
pub(super) mod optimizer;
pub(super) mod regularisation;
pub(super) mod schedule;
pub(super) mod validation;

use super::{Section, Settings, number};

pub(super) const SECTION: Section = Section {
    names: &["lr", "batch", "epochs", "seed"],
    get,
    assign,
};

fn get(settings: &Settings, name: &str) -> String {
    let config = &settings.config;
    match name {
        "lr" => config.learning_rate.to_string(),
        "batch" => config.batch_size.to_string(),
        "epochs" => config.epochs.to_string(),
        _ => config.seed.to_string(),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    let config = &mut settings.config;
    match name {
        "lr" => config.learning_rate = number(name, value)?,
        "batch" => config.batch_size = number(name, value)?,
        "epochs" => config.epochs = number(name, value)?,
        _ => config.seed = number(name, value)?,
    }
    Ok(())
}

/// A setting of something that is not chosen.
fn no_part(name: &str, of: &str) -> String {
    format!("{name} is no setting of {of}")
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::{super::SECTIONS, *};
    use crate::{
        random::{Stream, generator},
        spec::{Clipping, Decay, OptimizerSpec},
    };

    /// Values that the settings have somewhere, and some that none has.
    const VALUES: [&str; 40] = [
        "0",
        "1",
        "0.5",
        "0.1",
        "0.001",
        "1e-7",
        "3e-5",
        "0.25",
        "2",
        "3",
        "7",
        "10",
        "25",
        "64",
        "100",
        "1000",
        "0.9",
        "0.999",
        "sgd",
        "rmsprop",
        "adam",
        "adamw",
        "constant",
        "step",
        "exponential",
        "cosine",
        "onecycle",
        "off",
        "clipnorm",
        "global_clipnorm",
        "clipvalue",
        "val_loss",
        "val_accuracy",
        "120:lr:0.01",
        "1:batch:8,7:lr:0.5",
        "",
        "-1",
        "nan",
        "best",
        "fast99",
    ];

    #[test]
    fn whatever_is_set_goes_through_a_link() {
        let mut rng = generator(1, Stream::Weights);
        let mut pick = |below: usize| rng.next_u32() as usize % below;
        let names: Vec<_> = SECTIONS.iter().flat_map(|section| section.names).collect();
        let mut taken = 0;
        for _ in 0..3000 {
            let mut settings = Settings::default();
            for _ in 0..40 {
                let (name, value) = (names[pick(names.len())], VALUES[pick(VALUES.len())]);
                taken += usize::from(settings.set(name, value).is_ok());
            }
            let hash = settings.to_hash();
            assert_eq!(Settings::parse(&hash), (settings.clone(), vec![]), "{hash}");
            let mut pairs: Vec<_> = hash.split('&').collect();
            pairs.reverse();
            let turned = pairs.join("&");
            assert_eq!(Settings::parse(&turned), (settings, vec![]), "{turned}");
        }
        assert!(taken > 10_000, "{taken} values were taken");
    }

    #[test]
    fn a_link_has_only_what_the_choices_leave_open() {
        for (hash, settings) in [
            (
                "optimizer=sgd&momentum=0.5&nesterov=1",
                "momentum=0.5&nesterov=1&optimizer=sgd",
            ),
            ("optimizer=adamw", "optimizer=adamw&weight_decay=0.004&beta1=0.9"),
            ("schedule=cosine&warmup=100", "warmup=100&alpha=0&schedule=cosine"),
            ("clip=global_clipnorm", "clip_at=1&clip=global_clipnorm"),
            ("stop=val_accuracy&patience=5", "patience=5&restore=1&stop=val_accuracy"),
            ("changes=20:lr:0.01,20:batch:8", "changes=20:lr:0.01,20:batch:8"),
            ("", "weight_decay=0&smoothing=0&ema=0&warmup=0&split=0"),
        ] {
            let (settings, problems) = Settings::parse(settings);
            assert!(problems.is_empty(), "{problems:?}");
            assert_eq!(settings.to_hash(), hash);
        }
    }

    #[test]
    fn a_value_of_something_else_is_explained() {
        let problem = |name, value| Settings::default().set(name, value).unwrap_err();
        assert_eq!(problem("momentum", "0.9"), "momentum is no setting of RMSprop");
        assert_eq!(problem("alpha", "0"), "alpha is no setting of a constant schedule");
        assert_eq!(problem("clip_at", "1"), "clip_at is no setting of clip=off");
        assert_eq!(problem("patience", "1"), "patience is no setting of stop=off");
        assert!(problem("rho", "1").starts_with("rho must be at least 0 and below 1"));
        for changes in ["lr", "1:lr", "1:lr:x", "1:wd:1", "-1:lr:1", "9:lr:1,3:lr:1"] {
            assert!(problem("changes", changes).starts_with("changes must be"), "{changes}");
        }
        assert!(problem("changes", "3:lr:99").starts_with("learning_rate must be"));
    }

    #[test]
    fn a_choice_brings_its_defaults_or_the_preset_s_own() {
        let (settings, _) = Settings::parse("preset=best&optimizer=sgd&schedule=step&clip=clipvalue");
        assert_eq!(settings.config.optimizer, OptimizerSpec::SGD);
        assert_eq!(settings.config.schedule.decay, Decay::STEP);
        assert_eq!(settings.config.clipping, Clipping::Value(0.5));
        let mut settings = settings;
        settings.set("schedule", "cosine").unwrap();
        assert_eq!(settings.config.schedule.decay, Decay::Cosine { alpha: 0.2 });
    }
}
