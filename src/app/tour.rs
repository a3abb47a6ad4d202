//! The guided tour: seven steps of building a network, each with its place on the page, the formulas as the engine
//! computes them, and the file that does.

mod card;
mod formulas;

pub use card::{Area, beside};

/// One step of building a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// What it learns from.
    Data,
    /// Its layers.
    Model,
    /// Its weights before training.
    Initialisation,
    /// From an image to an answer.
    Forward,
    /// From the answer to a gradient.
    Backward,
    /// From the gradient to new weights.
    Optimisation,
    /// How good it is.
    Evaluation,
}

impl Stop {
    /// In the order of the tour.
    pub const ALL: [Self; 7] = [
        Self::Data,
        Self::Model,
        Self::Initialisation,
        Self::Forward,
        Self::Backward,
        Self::Optimisation,
        Self::Evaluation,
    ];

    /// Its place in the tour, from 0.
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|&stop| stop == self).unwrap_or(0)
    }

    /// The next, or the one before; none beyond the ends.
    pub fn moved(self, forward: bool) -> Option<Self> {
        let to = if forward {
            self.index() + 1
        } else {
            self.index().checked_sub(1)?
        };
        Self::ALL.get(to).copied()
    }

    /// The control or view that it speaks of, and the part of the page to point at where that is not shown.
    pub fn targets(self) -> [&'static str; 2] {
        match self {
            Self::Data => ["section[aria-labelledby=data-title]", "#place-train"],
            Self::Model => ["section[aria-labelledby=model-title]", "#place-train"],
            Self::Initialisation => ["[data-testid=reset]", ".controls"],
            Self::Forward => ["#place-network", "#place-network"],
            Self::Backward => ["[data-testid=chart-loss]", "#place-results"],
            Self::Optimisation => ["section[aria-labelledby=training-title]", "#place-train"],
            Self::Evaluation => ["[data-testid=chart-accuracy]", "#place-results"],
        }
    }

    /// The file that computes it.
    pub fn source(self) -> &'static str {
        match self {
            Self::Data => "src/train/trainer.rs",
            Self::Model => "src/spec/layers.rs",
            Self::Initialisation => "src/nn/init.rs",
            Self::Forward => "src/nn/sequential.rs",
            Self::Backward => "src/train/shares.rs",
            Self::Optimisation => "src/nn/optim/mod.rs",
            Self::Evaluation => "src/nn/loss.rs",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_tour_goes_through_all_stops_and_ends() {
        let there: Vec<_> = std::iter::successors(Some(Stop::Data), |stop| stop.moved(true)).collect();
        assert_eq!(there, Stop::ALL);
        let back: Vec<_> = std::iter::successors(Some(Stop::Evaluation), |stop| stop.moved(false)).collect();
        assert!(back.iter().eq(Stop::ALL.iter().rev()));
    }

    #[test]
    fn every_stop_names_a_file_that_exists() {
        for stop in Stop::ALL {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(stop.source());
            assert!(path.is_file(), "{stop:?}: {}", stop.source());
        }
    }
}
