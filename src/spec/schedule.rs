//! How the learning rate changes during a run.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::{ConfigError, training::check};

/// How the learning rate changes during a run: a warm-up, then a decay over the steps that are left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Steps over which the rate rises evenly to where the decay begins. As in Keras's `CosineDecay`, but without its
    /// first step at rate 0, which would change nothing.
    pub warmup_steps: usize,
    /// What happens after the warm-up.
    pub decay: Decay,
}

/// The rate after the warm-up. `t` counts the steps from there, from 0; `n` are the steps from there to the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub enum Decay {
    /// `rate`.
    #[default]
    Constant,
    /// `rate * decay_rate^floor(t / decay_steps)`: Keras's `ExponentialDecay` with `staircase`, PyTorch's `StepLR`.
    Step {
        /// Steps of each stair.
        decay_steps: usize,
        /// By how much each stair is lower.
        decay_rate: f32,
    },
    /// `rate * decay_rate^(t / decay_steps)`: Keras's `ExponentialDecay`.
    Exponential {
        /// Steps in which the rate falls by `decay_rate`.
        decay_steps: usize,
        /// By how much.
        decay_rate: f32,
    },
    /// `rate * (alpha + (1 - alpha) (1 + cos(pi t / n)) / 2)`: Keras's `CosineDecay` with `decay_steps = n`
    /// (Loshchilov and Hutter, 2017, arXiv:1608.03983).
    Cosine {
        /// What is left of the rate at the end.
        alpha: f32,
    },
    /// From `rate / div_factor` up to `rate`, then down to `rate / (div_factor * final_div_factor)`, each half a cosine:
    /// PyTorch's `OneCycleLR` without `cycle_momentum` (Smith and Topin, 2018, arXiv:1708.07120).
    ///
    /// The peak is step `pct_start * n - 1`, the end step `n - 1`.
    OneCycle {
        /// Share of the steps that the rate rises.
        pct_start: f32,
        /// The peak over the start.
        div_factor: f32,
        /// The start over the end.
        final_div_factor: f32,
    },
}

impl Decay {
    /// Stairs, each half as high as the one before.
    pub const STEP: Self = Self::Step {
        decay_steps: 1000,
        decay_rate: 0.5,
    };

    /// A slope that loses a tenth in so many steps.
    pub const EXPONENTIAL: Self = Self::Exponential {
        decay_steps: 1000,
        decay_rate: 0.9,
    };

    /// Keras's `CosineDecay`, down to nothing.
    pub const COSINE: Self = Self::Cosine { alpha: 0.0 };

    /// PyTorch's `OneCycleLR` with PyTorch's defaults.
    pub const ONE_CYCLE: Self = Self::OneCycle {
        pct_start: 0.3,
        div_factor: 25.0,
        final_div_factor: 1e4,
    };

    /// Every decay, as offered on the page.
    pub const ALL: [Self; 5] = [
        Self::Constant,
        Self::STEP,
        Self::EXPONENTIAL,
        Self::COSINE,
        Self::ONE_CYCLE,
    ];

    /// The name in a URL.
    pub fn id(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Step { .. } => "step",
            Self::Exponential { .. } => "exponential",
            Self::Cosine { .. } => "cosine",
            Self::OneCycle { .. } => "onecycle",
        }
    }

    /// The decay of that [`Self::id`], with its defaults.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decay| decay.id() == id)
    }

    /// The share of the rate at step `t` of `n`.
    fn share(self, t: f64, n: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Step {
                decay_steps,
                decay_rate,
            } => f64::from(decay_rate).powf((t / decay_steps as f64).floor()),
            Self::Exponential {
                decay_steps,
                decay_rate,
            } => f64::from(decay_rate).powf(t / decay_steps as f64),
            Self::Cosine { alpha } => between(1.0, alpha.into(), t / n),
            Self::OneCycle {
                pct_start,
                div_factor,
                final_div_factor,
            } => {
                let start = 1.0 / f64::from(div_factor);
                let peak = f64::from(pct_start) * n - 1.0;
                if t < peak {
                    between(start, 1.0, t / peak)
                } else {
                    between(1.0, start / f64::from(final_div_factor), (t - peak) / (n - 1.0 - peak))
                }
            }
        }
    }

    fn validate(self) -> Result<(), ConfigError> {
        let share = |field, value: f32| check(field, "from 0 to 1", (0.0..=1.0).contains(&value), value);
        let factor = |field, value: f32| {
            let ok = (1.0..=1e9).contains(&value);
            check(field, "from 1 to 1000000000", ok, value)
        };
        match self {
            Self::Constant => Ok(()),
            Self::Step {
                decay_steps,
                decay_rate,
            }
            | Self::Exponential {
                decay_steps,
                decay_rate,
            } => {
                check("decay_steps", "at least 1", decay_steps >= 1, decay_steps)?;
                share("decay_rate", decay_rate)
            }
            Self::Cosine { alpha } => share("alpha", alpha),
            Self::OneCycle {
                pct_start,
                div_factor,
                final_div_factor,
            } => {
                share("pct_start", pct_start)?;
                factor("div_factor", div_factor)?;
                factor("final_div_factor", final_div_factor)
            }
        }
    }
}

/// Half a cosine from `a` to `b`; `x` from 0 to 1 is the way.
fn between(a: f64, b: f64, x: f64) -> f64 {
    // Within bounds also where a phase has no step: then x is no number.
    let x = if x < 1.0 { x.max(0.0) } else { 1.0 };
    b + (a - b) * (1.0 + (PI * x).cos()) / 2.0
}

impl Schedule {
    /// The learning rate of a step, counted from 0, where `base` is [`TrainConfig::learning_rate`] and the run has
    /// `total_steps`.
    ///
    /// [`TrainConfig::learning_rate`]: super::TrainConfig::learning_rate
    pub fn rate(&self, base: f32, step: usize, total_steps: usize) -> f32 {
        let steps = total_steps.saturating_sub(self.warmup_steps) as f64;
        let share = match step.checked_sub(self.warmup_steps) {
            Some(step) => self.decay.share(step as f64, steps),
            None => self.decay.share(0.0, steps) * (step + 1) as f64 / (self.warmup_steps + 1) as f64,
        };
        (f64::from(base) * share) as f32
    }

    /// # Errors
    /// Names the first setting that is out of bounds, the bounds, and its value.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.decay.validate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(schedule: Schedule, total_steps: usize) -> Vec<f32> {
        (0..total_steps)
            .map(|step| schedule.rate(0.01, step, total_steps))
            .collect()
    }

    fn of(decay: Decay) -> Schedule {
        Schedule { warmup_steps: 0, decay }
    }

    fn assert_near(got: &[f32], expected: &[f32]) {
        assert_eq!(got.len(), expected.len());
        for (i, (a, b)) in got.iter().zip(expected).enumerate() {
            assert!((a - b).abs() <= 1e-6 * b.abs(), "step {i}: {a} for {b}");
        }
    }

    #[test]
    fn a_constant_rate_is_the_rate_itself() {
        for base in [0.001f32, 0.1, 3.3e-7] {
            assert_eq!(Schedule::default().rate(base, 7, 10), base);
        }
    }

    #[test]
    fn the_stairs_and_the_slope_are_kerass() {
        let (decay_steps, decay_rate) = (2, 0.5);
        let stairs = rates(
            of(Decay::Step {
                decay_steps,
                decay_rate,
            }),
            5,
        );
        assert_near(&stairs, &[0.01, 0.01, 0.005, 0.005, 0.0025]);
        let slope = rates(
            of(Decay::Exponential {
                decay_steps,
                decay_rate,
            }),
            5,
        );
        assert_near(&slope, &[0.01, 0.007_071_068, 0.005, 0.003_535_534, 0.0025]);
    }

    #[test]
    fn a_cosine_starts_at_the_rate_passes_its_middle_and_nears_its_floor() {
        let curve = rates(of(Decay::Cosine { alpha: 0.1 }), 4);
        // 0.1 + 0.9 (1 + cos(pi t / 4)) / 2.
        assert_near(&curve, &[0.01, 0.008_681_98, 0.0055, 0.002_318_02]);
    }

    #[test]
    fn one_cycle_is_pytorchs() {
        let curve = rates(of(Decay::ONE_CYCLE), 10);
        // Rises for 0.3 * 10 - 1 = 2 steps from 1/25, falls for 7 to 1/250000.
        let half = |a: f64, b: f64, x: f64| (0.01 * (b + (a - b) * (1.0 + (PI * x).cos()) / 2.0)) as f32;
        assert_near(&curve[..4], &[0.0004, 0.0052, 0.01, half(1.0, 4e-6, 1.0 / 7.0)]);
        assert_near(&curve[9..], &[4e-8]);
        assert!(curve[2..].is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn a_warm_up_leads_to_where_the_decay_begins() {
        let with = |decay| Schedule { warmup_steps: 3, decay };
        assert_near(&rates(with(Decay::Constant), 5), &[0.0025, 0.005, 0.0075, 0.01, 0.01]);
        let cosine = rates(with(Decay::Cosine { alpha: 0.0 }), 5);
        assert_near(&cosine, &[0.0025, 0.005, 0.0075, 0.01, 0.005]);
    }

    #[test]
    fn a_run_of_any_length_has_finite_rates() {
        let decays = [
            Decay::Constant,
            Decay::Step {
                decay_steps: 1,
                decay_rate: 0.0,
            },
            Decay::Exponential {
                decay_steps: 1,
                decay_rate: 0.0,
            },
            Decay::Cosine { alpha: 0.0 },
            Decay::ONE_CYCLE,
            Decay::OneCycle {
                pct_start: 0.0,
                div_factor: 1.0,
                final_div_factor: 1.0,
            },
            Decay::OneCycle {
                pct_start: 1.0,
                div_factor: 1e9,
                final_div_factor: 1e9,
            },
        ];
        for decay in decays {
            for warmup_steps in [0, 1, 5, usize::MAX - 1] {
                let schedule = Schedule { warmup_steps, decay };
                schedule.validate().unwrap();
                for total in 1..8 {
                    let all = rates(schedule, total);
                    assert!(
                        all.iter().all(|rate| (0.0..=0.01).contains(rate)),
                        "{schedule:?}: {all:?}"
                    );
                }
            }
        }
    }
}
