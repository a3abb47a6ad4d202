//! The model: a preset, layers of one's own in its place, and weights of a file to begin with.

use super::{Section, Settings, no_choice};
use crate::spec::{ModelSpec, Preset, parse_layers, print_layers};

pub(super) const SECTION: Section = Section {
    names: &["preset", "model", "weights"],
    get,
    assign,
};

fn get(settings: &Settings, name: &str) -> String {
    match name {
        "preset" => settings.preset.id().into(),
        "weights" => settings.config.initial_weights.clone().unwrap_or_default(),
        _ if settings.model == settings.preset.recipe().0 => String::new(),
        _ => print_layers(&settings.model.layers),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    if name == "preset" {
        let found = Preset::from_id(value);
        settings.choose(found.ok_or_else(|| no_choice(name, &Preset::ALL.map(Preset::id), value))?);
        return Ok(());
    }
    if name == "weights" {
        settings.config.initial_weights = (!value.is_empty()).then(|| value.into());
        return Ok(());
    }
    let own = settings.preset.recipe().0;
    let layers = match value {
        "" => own.layers,
        _ => parse_layers(value).map_err(|error| format!("{name}: {error}"))?,
    };
    let model = ModelSpec { layers, ..own };
    model.shapes().map_err(|error| format!("{name}: {error}"))?;
    settings.set_model(model);
    Ok(())
}
