//! The data to train on.

use super::{Section, Settings, number};

pub(super) const SECTION: Section = Section {
    names: &["limit"],
    get: |settings, _| settings.config.limit.map(|limit| limit.to_string()).unwrap_or_default(),
    assign,
};

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    settings.config.limit = match value {
        "" => None,
        _ => Some(number(name, value)?),
    };
    Ok(())
}
