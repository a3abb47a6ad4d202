//! How the learning rate changes during the run.

use super::{
    super::{Section, Settings, no_choice, number},
    no_part,
};
use crate::spec::Decay;

pub(crate) const SECTION: Section = Section {
    names: &[
        "schedule",
        "warmup",
        "decay_steps",
        "decay_rate",
        "alpha",
        "pct_start",
        "div_factor",
        "final_div_factor",
    ],
    get,
    assign,
};

fn get(settings: &Settings, name: &str) -> String {
    use Decay::{Cosine, Exponential, OneCycle, Step};
    let schedule = &settings.config.schedule;
    match (name, schedule.decay) {
        ("schedule", decay) => decay.id().into(),
        ("warmup", _) => schedule.warmup_steps.to_string(),
        ("decay_steps", Step { decay_steps, .. } | Exponential { decay_steps, .. }) => decay_steps.to_string(),
        ("decay_rate", Step { decay_rate, .. } | Exponential { decay_rate, .. }) => decay_rate.to_string(),
        ("alpha", Cosine { alpha }) => alpha.to_string(),
        ("pct_start", OneCycle { pct_start, .. }) => pct_start.to_string(),
        ("div_factor", OneCycle { div_factor, .. }) => div_factor.to_string(),
        ("final_div_factor", OneCycle { final_div_factor, .. }) => final_div_factor.to_string(),
        _ => String::new(),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    use Decay::{Cosine, Exponential, OneCycle, Step};
    if name == "schedule" {
        let ids = Decay::ALL.map(Decay::id);
        let found = Decay::from_id(value).ok_or_else(|| no_choice(name, &ids, value))?;
        settings.config.schedule.decay = tuned(settings, found);
        return Ok(());
    }
    let schedule = &mut settings.config.schedule;
    let id = schedule.decay.id();
    let number_of = match (name, &mut schedule.decay) {
        ("warmup", _) => {
            schedule.warmup_steps = number(name, value)?;
            return Ok(());
        }
        ("decay_steps", Step { decay_steps, .. } | Exponential { decay_steps, .. }) => {
            *decay_steps = number(name, value)?;
            return Ok(());
        }
        ("decay_rate", Step { decay_rate, .. } | Exponential { decay_rate, .. }) => decay_rate,
        ("alpha", Cosine { alpha }) => alpha,
        ("pct_start", OneCycle { pct_start, .. }) => pct_start,
        ("div_factor", OneCycle { div_factor, .. }) => div_factor,
        ("final_div_factor", OneCycle { final_div_factor, .. }) => final_div_factor,
        _ => return Err(no_part(name, &format!("a {id} schedule"))),
    };
    *number_of = number(name, value)?;
    Ok(())
}

/// The preset's own settings of a decay where it has some.
fn tuned(settings: &Settings, decay: Decay) -> Decay {
    let own = settings.preset.recipe().1.schedule.decay;
    if own.id() == decay.id() { own } else { decay }
}
