//! How to train.

use super::{Section, Settings, no_choice, number};
use crate::spec::OptimizerSpec;

pub(super) const SECTION: Section = Section {
    names: &["optimizer", "lr", "batch", "epochs", "seed"],
    get,
    assign,
};

fn get(settings: &Settings, name: &str) -> String {
    let config = &settings.config;
    match name {
        "optimizer" => config.optimizer.id().into(),
        "lr" => config.learning_rate.to_string(),
        "batch" => config.batch_size.to_string(),
        "epochs" => config.epochs.to_string(),
        _ => config.seed.to_string(),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    match name {
        "optimizer" => {
            let ids = OptimizerSpec::ALL.map(|optimizer| optimizer.id());
            let found = OptimizerSpec::from_id(value).ok_or_else(|| no_choice(name, &ids, value))?;
            settings.config.optimizer = tuned(settings, found);
        }
        "lr" => settings.config.learning_rate = number(name, value)?,
        "batch" => settings.config.batch_size = number(name, value)?,
        "epochs" => settings.config.epochs = number(name, value)?,
        _ => settings.config.seed = number(name, value)?,
    }
    Ok(())
}

/// The preset's own settings of an optimizer where it has some: a link names the optimizer alone.
fn tuned(settings: &Settings, optimizer: OptimizerSpec) -> OptimizerSpec {
    let own = settings.preset.recipe().1.optimizer;
    if own.id() == optimizer.id() { own } else { optimizer }
}
