//! A run that is kept: its settings, its course, its result, as bytes and side by side with others.

use serde::{Deserialize, Serialize};

use super::{
    history::{Course, History},
    settings::{self, Settings},
};
use crate::protocol::{Metrics, RunState, SimdTier, decode, encode};

/// The first byte of a record. Anything about [`Record`] that changes its bytes needs another one.
const VERSION: u8 = 1;

/// Points of a course that are kept: a record is then at most about 30 kB.
pub const POINTS: usize = 512;

/// The longest name of a run, in characters.
pub const NAME: usize = 60;

/// A run that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When its first step was seen, in milliseconds since 1970; no two runs have the same.
    pub id: u64,
    /// As the user calls it; empty: as its settings.
    pub name: String,
    /// Its settings, as a link has them after `#`.
    pub link: String,
    /// What it did last.
    pub state: RunState,
    /// Steps done.
    pub steps: usize,
    /// Training time.
    pub seconds: f64,
    /// The instructions it was trained with: the fingerprint is the same within one tier.
    pub tier: SimdTier,
    /// How many workers trained it at last.
    pub workers: usize,
    /// The fingerprint of its weights.
    pub weights_hash: String,
    /// On the validation images, after its last epoch.
    pub validation: Option<Metrics>,
    /// On the test images.
    pub test: Option<Metrics>,
    /// Its course, in at most [`POINTS`] steps.
    pub course: Course,
}

impl Record {
    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        [vec![VERSION], encode(self)].concat()
    }

    /// As it was stored; none if it was not stored like this, by another version or at all.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&VERSION, rest) = bytes.split_first()? else {
            return None;
        };
        let record: Self = decode(rest).ok()?;
        record.course.clone().history(0.0)?;
        Some(record)
    }

    /// Its settings.
    pub fn settings(&self) -> Settings {
        Settings::parse(&self.link).0
    }

    /// As the user calls it, or its settings in short.
    pub fn title(&self) -> String {
        match self.name.trim() {
            "" => described(&self.link),
            name => name.into(),
        }
    }

    /// Its course, to be drawn.
    pub fn history(&self, keep: f32) -> History {
        let mut history = self.course.clone().history(keep).unwrap_or_default();
        // Those that the user made are among its settings, too.
        let planned = self.settings().config.changes.into_iter();
        history.changes = planned.filter(|change| change.global_step <= self.steps).collect();
        history
    }

    /// Its result: on the test images, or else on the validation images.
    pub fn result(&self) -> Option<Metrics> {
        self.test.or(self.validation)
    }
}

/// Settings in short: the preset, and what differs from it.
pub fn described(link: &str) -> String {
    let preset = Settings::parse(link).0.preset.label();
    // Workers and instructions make no other run.
    let told = |pair: &&str| !["", "preset", "workers", "simd"].contains(&pair.split('=').next().unwrap_or_default());
    let others = link.split('&').filter(told);
    std::iter::once(preset.to_string())
        .chain(others.map(|pair| pair.replacen('=', " ", 1)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The settings in a link that make a run: not how the page starts.
pub fn link_of(settings: &Settings) -> String {
    let plain = Settings {
        autostart: false,
        pretrained: true,
        ..settings.clone()
    };
    plain.to_hash()
}

/// The settings that are not the same in all of these, with every one's value.
pub fn differences(all: &[Settings]) -> Vec<(&'static str, Vec<String>)> {
    let rows = settings::names().filter(|name| !["autostart", "pretrained"].contains(name));
    let rows = rows.map(|name| {
        (
            name,
            all.iter().map(|s| s.get(name).unwrap_or_default()).collect::<Vec<_>>(),
        )
    });
    rows.filter(|(_, values)| values.iter().any(|value| *value != values[0]))
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::protocol::{BatchReport, EpochReport};

    /// A finished run of 20 steps.
    pub fn record() -> Record {
        let mut history = History::default();
        let metrics = Metrics {
            loss: 0.5,
            accuracy: 0.75,
        };
        for step in 1..=20 {
            let report = BatchReport {
                epoch: 0,
                step,
                steps_per_epoch: 20,
                global_step: step,
                batch: metrics,
                ..BatchReport::default()
            };
            history.push(&report, step as f64, 0.0);
        }
        history.epochs.push(EpochReport {
            epoch: 0,
            global_step: 20,
            train: metrics,
            validation: metrics,
            dead_units: Some(0.25),
        });
        Record {
            id: 1_700_000_000_000,
            name: String::new(),
            link: "lr=0.01&limit=1280".into(),
            state: RunState::Finished,
            steps: 20,
            seconds: 20.0,
            tier: SimdTier::Relaxed,
            workers: 2,
            weights_hash: "0123456789abcdef".into(),
            validation: Some(metrics),
            test: None,
            course: history.thinned(POINTS),
        }
    }

    #[test]
    fn a_record_survives_storage() {
        let record = record();
        assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
    }

    /// When this fails, the layout has changed: count [`VERSION`] up, so that old records are skipped and not misread.
    #[test]
    fn the_layout_is_that_of_its_version() {
        let mut history = History::default();
        history.epochs.push(EpochReport {
            epoch: 0,
            global_step: 4,
            train: Metrics::default(),
            validation: Metrics::default(),
            dead_units: Some(0.5),
        });
        let record = Record {
            id: 1,
            name: String::new(),
            link: String::new(),
            state: RunState::Idle,
            steps: 2,
            seconds: 0.0,
            tier: SimdTier::Relaxed,
            workers: 3,
            weights_hash: "ab".into(),
            validation: Some(Metrics {
                loss: 1.0,
                accuracy: 0.5,
            }),
            test: None,
            course: history.thinned(POINTS),
        };
        let (half, one) = ([0, 0, 0, 0x3f], [0, 0, 0x80, 0x3f]);
        let facts = [&[1, 1, 0, 0, 0, 2][..], &[0; 8], &[2, 3, 2, b'a', b'b']].concat();
        let result = [&[1][..], &one, &half, &[0]].concat();
        let course = [
            &[3, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 1, 0, 4][..],
            &[0; 16],
            &[1],
            &half,
            &[0],
        ]
        .concat();
        assert_eq!(record.to_bytes(), [facts, result, course].concat());
    }

    #[test]
    fn bytes_that_are_no_record_are_skipped() {
        let bytes = record().to_bytes();
        assert_eq!(Record::from_bytes(&[]), None);
        assert_eq!(Record::from_bytes(&[VERSION + 1, 1, 2]), None);
        for length in 0..bytes.len() {
            assert_eq!(Record::from_bytes(&bytes[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn a_record_is_small_however_long_the_run() {
        let mut history = History::default();
        for step in 1..=20_000 {
            let report = BatchReport {
                global_step: step,
                steps_per_epoch: 10,
                ..BatchReport::default()
            };
            history.push(&report, step as f64, 0.0);
            if step % 10 == 0 {
                history.epochs.push(EpochReport {
                    epoch: step / 10 - 1,
                    global_step: step,
                    train: Metrics::default(),
                    validation: Metrics::default(),
                    dead_units: Some(0.5),
                });
            }
        }
        let long = Record {
            course: history.thinned(POINTS),
            ..record()
        };
        assert!(long.to_bytes().len() < 32_000, "{}", long.to_bytes().len());
    }

    #[test]
    fn a_run_is_called_by_its_settings_until_it_has_a_name() {
        let mut record = record();
        assert_eq!(record.title(), "Keras recipe, lr 0.01, limit 1280");
        record.name = " My run ".into();
        assert_eq!(record.title(), "My run");
    }

    #[test]
    fn only_settings_that_differ_are_compared() {
        let settings = ["", "lr=0.01&seed=1&autostart=1", "lr=0.01&batch=32"].map(|link| Settings::parse(link).0);
        let values = |values: [&str; 3]| values.map(String::from).to_vec();
        assert_eq!(
            differences(&settings),
            [
                ("lr", values(["0.001", "0.01", "0.01"])),
                ("batch", values(["64", "64", "32"]))
            ]
        );
        assert_eq!(differences(&settings[..1]), []);
        assert_eq!(link_of(&settings[1]), "lr=0.01");
    }
}
