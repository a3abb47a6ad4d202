//! The data to train on.

use super::{ClassNames, Section, Settings, number};

pub(super) const SECTION: Section = Section {
    names: &["data", "classes", "without", "limit", "label_noise"],
    get,
    assign,
};

fn get(settings: &Settings, name: &str) -> String {
    let data = &settings.config.data;
    match name {
        "data" => data.source.to_string(),
        "classes" => settings.class_names.to_string(),
        "without" => data.without.to_string(),
        "limit" => data.limit.map(|limit| limit.to_string()).unwrap_or_default(),
        _ => data.label_noise.to_string(),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    let data = &mut settings.config.data;
    match (name, value) {
        ("data", _) => data.source = value.parse().map_err(|error| format!("{error}"))?,
        ("classes", _) => settings.class_names = ClassNames::parse(value)?,
        ("without", _) => data.without = value.parse().map_err(|error| format!("{error}"))?,
        ("limit", "") => data.limit = None,
        ("limit", _) => data.limit = Some(number(name, value)?),
        _ => data.label_noise = number(name, value)?,
    }
    Ok(())
}
