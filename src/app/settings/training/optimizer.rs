//! The optimizer and what it is tuned by.

use super::{
    super::{Section, Settings, no_choice, number, switch},
    no_part,
};
use crate::spec::OptimizerSpec;

pub(crate) const SECTION: Section = Section {
    names: &["optimizer", "momentum", "nesterov", "rho", "beta1", "beta2", "epsilon"],
    get,
    assign,
};

fn get(settings: &Settings, name: &str) -> String {
    use OptimizerSpec::{Adam, AdamW, RmsProp, Sgd};
    match (name, settings.config.optimizer) {
        ("optimizer", optimizer) => optimizer.id().into(),
        ("momentum", Sgd { momentum, .. }) => momentum.to_string(),
        ("nesterov", Sgd { nesterov, .. }) => u8::from(nesterov).to_string(),
        ("rho", RmsProp { rho, .. }) => rho.to_string(),
        ("beta1", Adam { beta_1, .. } | AdamW { beta_1, .. }) => beta_1.to_string(),
        ("beta2", Adam { beta_2, .. } | AdamW { beta_2, .. }) => beta_2.to_string(),
        ("epsilon", RmsProp { epsilon, .. } | Adam { epsilon, .. } | AdamW { epsilon, .. }) => epsilon.to_string(),
        _ => String::new(),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    use OptimizerSpec::{Adam, AdamW, RmsProp, Sgd};
    if name == "optimizer" {
        let ids = OptimizerSpec::ALL.map(|optimizer| optimizer.id());
        let found = OptimizerSpec::from_id(value).ok_or_else(|| no_choice(name, &ids, value))?;
        settings.config.optimizer = tuned(settings, found);
        let config = &mut settings.config;
        config.weight_decay = config.weight_decay.filter(|&decay| decay != found.weight_decay());
        return Ok(());
    }
    let label = settings.config.optimizer.label();
    let number_of = match (name, &mut settings.config.optimizer) {
        ("nesterov", Sgd { nesterov, .. }) => {
            *nesterov = switch(value).ok_or_else(|| no_choice(name, &["0", "1"], value))?;
            return Ok(());
        }
        ("momentum", Sgd { momentum, .. }) => momentum,
        ("rho", RmsProp { rho, .. }) => rho,
        ("beta1", Adam { beta_1, .. } | AdamW { beta_1, .. }) => beta_1,
        ("beta2", Adam { beta_2, .. } | AdamW { beta_2, .. }) => beta_2,
        ("epsilon", RmsProp { epsilon, .. } | Adam { epsilon, .. } | AdamW { epsilon, .. }) => epsilon,
        _ => return Err(no_part(name, label)),
    };
    *number_of = number(name, value)?;
    Ok(())
}

/// The preset's own settings of an optimizer where it has some: a link names the optimizer alone.
fn tuned(settings: &Settings, optimizer: OptimizerSpec) -> OptimizerSpec {
    let own = settings.preset.recipe().1.optimizer;
    if own.id() == optimizer.id() { own } else { optimizer }
}
