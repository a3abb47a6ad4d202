//! The model.

use super::{Section, Settings, no_choice};
use crate::spec::Preset;

pub(super) const SECTION: Section = Section {
    names: &["preset"],
    get: |settings, _| settings.preset.id().into(),
    assign,
};

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    let found = Preset::from_id(value);
    settings.choose(found.ok_or_else(|| no_choice(name, &Preset::ALL.map(Preset::id), value))?);
    Ok(())
}
