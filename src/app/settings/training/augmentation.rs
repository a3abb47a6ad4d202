//! How training images are changed before they are seen.

use super::super::{Section, number};
use crate::spec::Augmentation;

pub(crate) const SECTION: Section = Section {
    names: &["shift", "rotation", "zoom", "shear", "elastic", "noise"],
    get: |settings, name| amount(&mut settings.config.augmentation.clone(), name).to_string(),
    assign: |settings, name, value| {
        *amount(&mut settings.config.augmentation, name) = number(name, value)?;
        Ok(())
    },
};

fn amount<'a>(augmentation: &'a mut Augmentation, name: &str) -> &'a mut f32 {
    match name {
        "shift" => &mut augmentation.shift,
        "rotation" => &mut augmentation.rotation,
        "zoom" => &mut augmentation.zoom,
        "shear" => &mut augmentation.shear,
        "elastic" => &mut augmentation.elastic,
        _ => &mut augmentation.noise,
    }
}
