//! A run as it is saved while it goes on: what the worker needs of it, and what the page does.
//!
//! A [sealed](crate::sealed) body, `time (f64, milliseconds since 1970, little-endian) | notes (postcard)`, and after it the
//! checkpoint, which has a seal of its own: the worker checks that one, so that the page need not hash what may be large. The
//! time stands first for `public/loader.js`, which finds the newest without this program.

use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::{
    protocol::{Drawing, decode, encode},
    sealed::{SealError, open_first, seal},
};

const NAME: [u8; 8] = *b"DigitLab";

/// Anything about [`Notes`] or a [`Record`] that changes its bytes needs another one.
pub const VERSION: u32 = 1;

/// The longest notes: curves and a drawing are far below.
const MAX_NOTES: usize = 4 << 20;

/// Points of the curves that are saved.
pub const POINTS: usize = 4096;

/// A saved run.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// When, in milliseconds since 1970.
    pub at: f64,
    /// What the page knows of it.
    pub notes: Notes,
    /// What the worker needs, as it gave it.
    pub checkpoint: Vec<u8>,
}

/// What the page knows of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// Settings, course and figures.
    pub record: Record,
    /// What was on the pad.
    pub drawing: Drawing,
}

impl Saved {
    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let notes = encode(&self.notes);
        let mut bytes = seal(NAME, VERSION, |bytes| {
            bytes.reserve_exact(8 + notes.len() + self.checkpoint.len());
            bytes.extend(self.at.to_le_bytes());
            bytes.extend(notes);
        });
        bytes.extend_from_slice(&self.checkpoint);
        bytes
    }

    /// As it was stored. Whether the checkpoint can be used is the worker's to say.
    ///
    /// # Errors
    /// When the bytes are something else, of another version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let (body, checkpoint) = open_first(NAME, VERSION, bytes)?;
        Self::from_parts(body, checkpoint).ok_or(SealError::Damaged)
    }

    fn from_parts(body: &[u8], checkpoint: &[u8]) -> Option<Self> {
        let (at, notes) = body.split_first_chunk()?;
        let notes: Notes = Some(notes)
            .filter(|notes| notes.len() <= MAX_NOTES)
            .and_then(|notes| decode(notes).ok())?;
        notes.record.course.clone().history(0.0)?;
        let at = f64::from_le_bytes(*at);
        at.is_finite().then(|| Self {
            at,
            notes,
            checkpoint: checkpoint.to_vec(),
        })
    }
}

/// The newest of what is stored that is whole and was saved before a time, with its number, and why others cannot be used.
pub fn newest(stored: &[(u64, Vec<u8>)], before: f64) -> (Option<(u64, Saved)>, Vec<SealError>) {
    let mut best: Option<(u64, Saved)> = None;
    let mut problems = vec![];
    for (number, bytes) in stored {
        match Saved::from_bytes(bytes) {
            Ok(saved) if saved.at < before && best.as_ref().is_none_or(|(_, best)| best.at < saved.at) => {
                best = Some((*number, saved));
            }
            Ok(_) => {}
            Err(error) => problems.push(error),
        }
    }
    (best, problems)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::record::tests::record,
        protocol::RunState,
        random::{Stream, below, generator},
        sealed,
    };

    fn saved(at: f64) -> Saved {
        let record = Record {
            name: "Mine".into(),
            state: RunState::Training,
            ..record()
        };
        let drawing = Drawing {
            strokes: vec![vec![[0.25, 0.5], [0.5, 0.5]]],
        };
        Saved {
            at,
            notes: Notes { record, drawing },
            checkpoint: vec![1, 2, 3],
        }
    }

    #[test]
    fn what_was_saved_comes_back_and_tells_its_time_first() {
        let saved = saved(1.5e12);
        let bytes = saved.to_bytes();
        assert_eq!(Saved::from_bytes(&bytes), Ok(saved));
        assert_eq!(bytes[sealed::HEAD..][..8], 1.5e12f64.to_le_bytes());
    }

    #[test]
    fn the_newest_whole_one_is_taken() {
        let mut torn = saved(3.0).to_bytes();
        torn.truncate(sealed::HEAD + 20);
        let later = sealed::seal(NAME, VERSION + 1, |_| ());
        let stored = [
            (8, saved(1.0).to_bytes()),
            (9, saved(2.0).to_bytes()),
            (10, torn),
            (99, later),
        ];
        let (best, problems) = newest(&stored, f64::INFINITY);
        assert_eq!(best, Some((9, saved(2.0))));
        let version = SealError::Version {
            got: VERSION + 1,
            known: VERSION,
        };
        assert_eq!(problems, [SealError::Damaged, version]);
        assert_eq!(newest(&stored, 2.0).0, Some((8, saved(1.0))));
    }

    /// Bytes that an enemy changed, with a checksum that is right again: refused or taken, never a panic.
    #[test]
    fn mutated_notes_never_panic() {
        let asked = std::env::var("MUTATIONS").ok().and_then(|count| count.parse().ok());
        let body = saved(1.0).to_bytes()[sealed::HEAD..].to_vec();
        let body = &body[..body.len() - 3];
        let mut rng = generator(7, Stream::Weights);
        let mut taken = 0;
        for _ in 0..asked.unwrap_or(20_000) {
            let mut body = body.to_vec();
            for _ in 0..=below(&mut rng, 3) {
                let at = below(&mut rng, body.len() as u32) as usize;
                body[at] = below(&mut rng, 256) as u8;
            }
            let file = sealed::seal(NAME, VERSION, |bytes| bytes.extend(&body));
            if let Ok(saved) = Saved::from_bytes(&file) {
                let _ = (saved.notes.record.settings(), saved.notes.record.title());
                taken += 1;
            }
        }
        assert!(taken > 0);
    }
}
