//! What keeps the weights from learning their images by heart, and the steps from being too long.

use super::{
    super::{Section, Settings, no_choice, number},
    no_part,
};
use crate::spec::Clipping;

pub(crate) const SECTION: Section = Section {
    names: &["weight_decay", "smoothing", "ema", "clip", "clip_at"],
    get,
    assign,
};

fn get(settings: &Settings, name: &str) -> String {
    let config = &settings.config;
    match name {
        "weight_decay" => config.weight_decay().to_string(),
        "smoothing" => config.label_smoothing.to_string(),
        "ema" => config.weight_averaging.unwrap_or_default().to_string(),
        "clip" => config.clipping.id().into(),
        _ => config
            .clipping
            .limit()
            .map(|limit| limit.to_string())
            .unwrap_or_default(),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    let config = &mut settings.config;
    match name {
        "weight_decay" => {
            let decay = number(name, value)?;
            config.weight_decay = (decay != config.optimizer.weight_decay()).then_some(decay);
        }
        "smoothing" => config.label_smoothing = number(name, value)?,
        "ema" => {
            let share = number(name, value)?;
            config.weight_averaging = (share != 0.0).then_some(share);
        }
        "clip" => {
            let ids = Clipping::ALL.map(|clipping| clipping.id());
            let found = Clipping::ALL.into_iter().find(|clipping| clipping.id() == value);
            config.clipping = found.ok_or_else(|| no_choice(name, &ids, value))?;
        }
        _ => {
            let limit = config.clipping.limit_mut().ok_or_else(|| no_part(name, "clip=off"))?;
            *limit = number(name, value)?;
        }
    }
    Ok(())
}
