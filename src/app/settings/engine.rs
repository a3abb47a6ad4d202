//! What computes, and what happens when the page opens.

use super::{Section, Settings, no_choice, switch};

/// Which instructions the engine is asked to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Simd {
    /// The fastest that the browser has.
    Auto,
    /// Fused multiply-add.
    Relaxed,
    /// Multiply, then add.
    Simd128,
}

impl Simd {
    /// As offered on the page.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Relaxed, Self::Simd128];

    /// The name in a link.
    pub fn id(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Relaxed => "relaxed",
            Self::Simd128 => "simd128",
        }
    }
}

/// As many workers as the machine has cores.
pub const AUTO: &str = "auto";

/// How many workers can be asked for: those who share a batch must be a power of two.
pub const WORKERS: [&str; 5] = [AUTO, "1", "2", "4", "8"];

pub(super) const SECTION: Section = Section {
    names: &["workers", "simd", "autostart", "pretrained"],
    get,
    assign,
};

fn get(settings: &Settings, name: &str) -> String {
    match name {
        "workers" => settings
            .workers
            .map_or_else(|| AUTO.into(), |workers| workers.to_string()),
        "simd" => settings.simd.id().into(),
        "autostart" => u8::from(settings.autostart).to_string(),
        _ => u8::from(settings.pretrained).to_string(),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    let choice = |ids: &[&str]| no_choice(name, ids, value);
    match name {
        "workers" => {
            let found = WORKERS.into_iter().find(|id| *id == value);
            settings.workers = found.ok_or_else(|| choice(&WORKERS))?.parse().ok();
        }
        "simd" => {
            let found = Simd::ALL.into_iter().find(|simd| simd.id() == value);
            settings.simd = found.ok_or_else(|| choice(&Simd::ALL.map(Simd::id)))?;
        }
        "autostart" => settings.autostart = switch(value).ok_or_else(|| choice(&["0", "1"]))?,
        _ => settings.pretrained = switch(value).ok_or_else(|| choice(&["0", "1"]))?,
    }
    Ok(())
}
