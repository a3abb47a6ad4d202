//! What the figures of a run say, in plain words: only what they show beyond doubt, and always with the figure itself.
//!
//! A finding appears when its evidence is plain and goes when it is plainly gone: the second threshold is the looser one,
//! so that nothing flickers. The thresholds stand below with their reasons; `tests/coach.rs` trains runs for each of them.

use std::mem::discriminant;

use super::{
    history::History,
    quantity::{Along, Quantity},
};
use crate::protocol::EpochReport;

/// Something that the figures show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Finding {
    /// A number was not finite any more; the weights before it are kept.
    NotFinite {
        /// The step that could not be taken.
        step: usize,
        /// The loss of the step before, if there was one.
        loss: Option<f32>,
        /// The learning rate.
        rate: f32,
    },
    /// The loss rises from where it was.
    LossRises {
        /// The mean loss at its lowest, or of guessing.
        from: f32,
        /// The mean loss now.
        to: f32,
        /// The learning rate.
        rate: f32,
    },
    /// The first steps threw the weights so far that nothing is learned since.
    ThrownOff {
        /// The largest loss of the first steps.
        peak: f32,
        /// The mean loss now.
        now: f32,
        /// The learning rate.
        rate: f32,
    },
    /// The loss falls in a straight line, and too slowly.
    SlowFall {
        /// The mean loss of the first quarter of the steps.
        from: f32,
        /// Of the last.
        to: f32,
        /// Steps so far.
        steps: usize,
        /// The loss at the end of the run, if it goes on like this.
        end: f32,
        /// The learning rate.
        rate: f32,
    },
    /// Gradients have grown out of proportion.
    Exploding {
        /// The gradient's length at first.
        from: f32,
        /// Lately.
        to: f32,
    },
    /// Gradients are next to nothing, though nothing is learned yet.
    Vanishing {
        /// The gradient's length lately.
        norm: f32,
        /// The mean loss lately.
        loss: f32,
    },
    /// Many units with ReLU never answer.
    DeadUnits {
        /// Their share.
        share: f32,
        /// The epoch after which it was measured, from 1.
        epoch: usize,
    },
    /// Validation gets worse while training gets better.
    OverFitting {
        /// The epoch with the lowest validation loss, from 1.
        best: usize,
        /// Its validation loss.
        lowest: f32,
        /// The validation loss now.
        validation: f32,
        /// The training loss now.
        training: f32,
    },
    /// Training images are read far better than validation images.
    Gap {
        /// The epoch since which it is so, from 1.
        since: usize,
        /// Training accuracy now.
        training: f32,
        /// Validation accuracy now.
        validation: f32,
    },
    /// Training accuracy has stopped low, and validation is no better.
    UnderFitting {
        /// The last epochs that were looked at, from 1.
        epochs: [usize; 2],
        /// Mean training accuracy in them.
        training: f32,
        /// Validation accuracy now.
        validation: f32,
    },
}

/// What is known of a run.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Its course.
    pub history: &'a History,
    /// Epochs that it is to have.
    pub epochs: usize,
    /// The learning rate of its settings, until a step has told its own.
    pub rate: f32,
    /// How many classes there are.
    pub classes: usize,
    /// True if the loss of its steps holds penalties too, and says little of how far the answers are from guessing.
    pub penalties: bool,
    /// True if it was stopped by a number that is not finite.
    pub stopped: bool,
}

/// Steps whose mean loss is compared. The loss of a batch of 64 varies by a third or so; that of 32 batches by a twentieth.
const WINDOW: usize = 32;

/// Standard errors between two means that are called different: one in a thousand by chance.
const SURE: f32 = 3.0;

/// The loss has risen for sure when it is above its reference by this factor and, for what was low before, by half of the
/// loss of guessing too: no noise of small batches does that. "Gradient descent can inadvertently increase rather than
/// decrease the training error" when the rate is too large (Goodfellow, Bengio and Courville, Deep Learning, 11.4.1).
const RISEN: [f32; 2] = [2.0, 1.5];

/// As [`RISEN`], against the loss of guessing, which a sane network never leaves upwards for long.
const ABOVE_GUESSING: [f32; 2] = [1.25, 1.1];

/// A first step that makes the loss this many times that of guessing has thrown the weights off.
const THROWN: f32 = 4.0;

/// Steps before a fall is called slow.
const SLOW_STEPS: usize = 200;

/// A loss above this share of the loss of guessing is still high.
const HIGH: [f32; 2] = [0.6, 0.5];

/// The last quarter's fall, as a share of the first's, between which the fall is a straight line, as far as noise lets one
/// see. A network that has found something falls fast and then slower; one that cannot learn more does not fall.
const STRAIGHT: [f32; 2] = [0.3, 3.0];

/// A gradient that has grown by this factor has exploded (Pascanu, Mikolov and Bengio, 2013, arXiv:1211.5063: norms rise
/// by orders of magnitude).
const EXPLODED: [f32; 2] = [100.0, 30.0];

/// A gradient shorter than this has vanished: steps of plain descent at 0.01 are then a millionth of the weights' length.
const VANISHED: [f32; 2] = [1e-4, 3e-4];

/// "As much as 40 % of your network can be dead" when the rate is too high (Karpathy, CS231n, on ReLU).
const DEAD: [f32; 2] = [0.4, 0.3];

/// The validation loss is this far above its lowest: Prechelt's generalization loss (Early stopping, but when?, 1998),
/// whose own limits of 1 to 5 % are for stopping; this is for being sure.
const GENERALIZATION_LOSS: [f32; 2] = [1.25, 1.15];

/// Validation and training must be at least so far apart, in nats: below it both are good.
const LOSS_GAP: f32 = 0.05;

/// Training accuracy above validation accuracy by this much: over ten standard errors on 10,000 images.
const ACCURACY_GAP: [f32; 2] = [0.05, 0.04];

/// Epochs for which a gap must have stood: the first ones say little, and running means lag behind.
const GAP_EPOCHS: usize = 3;

/// Epochs over which training must have stood still, within [`STILL`], below [`LOW`].
const STILL_EPOCHS: usize = 4;
const STILL: f32 = 0.01;
const LOW: [f32; 2] = [0.9, 0.92];

/// Remembers what it said, so that it does not change its mind at every step.
#[derive(Debug, Clone, Default)]
pub struct Coach {
    held: Vec<Finding>,
}

impl Coach {
    /// What the figures show now, the gravest first.
    pub fn judge(&mut self, evidence: &Evidence) -> Vec<Finding> {
        let found = CHECKS.iter().filter_map(|check| check(evidence, self));
        let mut found: Vec<_> = found.collect();
        // What is measured by the loss of guessing says nothing where the loss holds more than the answers'.
        let by_guessing = |finding: &Finding| {
            matches!(
                finding,
                Finding::ThrownOff { .. } | Finding::SlowFall { .. } | Finding::Vanishing { .. }
            )
        };
        found.retain(|finding| !evidence.penalties || !by_guessing(finding));
        // What has a cause in the list already is no finding of its own.
        let is_rate = |finding: &Finding| {
            matches!(
                finding,
                Finding::NotFinite { .. } | Finding::LossRises { .. } | Finding::ThrownOff { .. }
            )
        };
        let by_rate = found.iter().any(is_rate);
        found.retain(|finding| !by_rate || is_rate(finding) || matches!(finding, Finding::DeadUnits { .. }));
        let overfit = found
            .iter()
            .any(|finding| matches!(finding, Finding::OverFitting { .. }));
        found.retain(|finding| !overfit || !matches!(finding, Finding::Gap { .. }));
        self.held.clone_from(&found);
        found
    }

    /// Forgets what it said: another run.
    pub fn forget(&mut self) {
        self.held.clear();
    }

    /// The first threshold to appear, the second to stay.
    fn limit(&self, like: &Finding, [appear, stay]: [f32; 2]) -> f32 {
        let holds = self.held.iter().any(|held| discriminant(held) == discriminant(like));
        if holds { stay } else { appear }
    }
}

type Check = fn(&Evidence, &Coach) -> Option<Finding>;

/// The gravest first.
const CHECKS: [Check; 10] = [
    not_finite,
    thrown_off,
    loss_rises,
    exploding,
    vanishing,
    dead_units,
    over_fitting,
    gap,
    slow_fall,
    under_fitting,
];

impl Evidence<'_> {
    fn losses(&self) -> &[f32] {
        self.history.series(Quantity::Loss).raw()
    }

    /// The losses since the learning rate rose last: what fell slowly before, in a warm-up, did so on purpose.
    fn losses_at_this_rate(&self) -> &[f32] {
        let rates = self.history.series(Quantity::LearningRate).raw();
        let rise = rates.windows(2).rposition(|pair| pair[1] > pair[0]);
        let losses = self.losses().get(rise.map_or(0, |before| before + 1)..);
        losses.unwrap_or_default()
    }

    /// The learning rate in force: that of the last step.
    fn rate(&self) -> f32 {
        let rates = self.history.series(Quantity::LearningRate).raw();
        rates.last().copied().unwrap_or(self.rate)
    }

    /// The loss of a network that guesses: as probable one class as another.
    fn guessing(&self) -> f32 {
        (self.classes.max(2) as f32).ln()
    }

    /// Steps that are still to come.
    fn steps_left(&self) -> f32 {
        let done = self.history.share(self.epochs).clamp(0.0, 1.0) as f32;
        let steps = self.history.len() as f32;
        if done > 0.0 { steps * (1.0 - done) / done } else { 0.0 }
    }

    fn lately(&self) -> Option<Mean> {
        let losses = self.losses();
        mean(&losses[losses.len().checked_sub(WINDOW)?..])
    }
}

/// A mean and how sure it is.
#[derive(Debug, Clone, Copy)]
struct Mean {
    value: f32,
    /// Its standard error.
    error: f32,
}

impl Mean {
    /// True if this is above a value beyond doubt.
    fn is_above(&self, value: f32) -> bool {
        self.value - SURE * self.error > value
    }

    /// True if this is above another mean beyond doubt.
    fn exceeds(&self, other: &Self) -> bool {
        self.value - other.value > SURE * self.error.hypot(other.error)
    }
}

/// Of the finite values; none where there are fewer than two.
fn mean(values: &[f32]) -> Option<Mean> {
    let finite = || {
        values
            .iter()
            .filter(|value| value.is_finite())
            .map(|&value| f64::from(value))
    };
    let count = finite().count() as f64;
    if count < 2.0 {
        return None;
    }
    let mean = finite().sum::<f64>() / count;
    let variance = finite().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let [value, error] = [mean, (variance / count).sqrt()].map(|value| value as f32);
    (value.is_finite() && error.is_finite()).then_some(Mean { value, error })
}

fn median(values: &[f32]) -> Option<f32> {
    let mut values: Vec<_> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f32::total_cmp).1)
}

fn not_finite(evidence: &Evidence, _: &Coach) -> Option<Finding> {
    let loss = evidence.losses().iter().rev().find(|loss| loss.is_finite());
    let [last, _] = evidence.history.reached();
    evidence.stopped.then_some(Finding::NotFinite {
        step: last as usize + 1,
        loss: loss.copied(),
        rate: evidence.rate(),
    })
}

fn loss_rises(evidence: &Evidence, coach: &Coach) -> Option<Finding> {
    let (losses, guessing) = (evidence.losses(), evidence.guessing());
    let earlier = losses.len().checked_sub(WINDOW).filter(|&earlier| earlier >= WINDOW)?;
    let now = evidence.lately()?;
    let windows = losses[..earlier].chunks_exact(WINDOW).filter_map(mean);
    let lowest = windows.map(|window| window.value).reduce(f32::min)?;
    let found = |from| Finding::LossRises {
        from,
        to: now.value,
        rate: evidence.rate(),
    };
    let above = guessing * coach.limit(&found(0.0), ABOVE_GUESSING);
    let risen = lowest * coach.limit(&found(0.0), RISEN) + guessing / 2.0;
    match () {
        () if now.is_above(risen) => Some(found(lowest)),
        () if now.is_above(above) && !evidence.penalties => Some(found(guessing)),
        () => None,
    }
}

fn thrown_off(evidence: &Evidence, _: &Coach) -> Option<Finding> {
    let (losses, guessing) = (evidence.losses(), evidence.guessing());
    let first = losses.get(..3 * WINDOW)?;
    let peak = first.iter().copied().filter(|loss| loss.is_finite()).reduce(f32::max)?;
    let now = evidence.lately()?;
    let guesses = (0.95 * guessing..ABOVE_GUESSING[0] * guessing).contains(&now.value);
    (peak > THROWN * guessing && guesses).then_some(Finding::ThrownOff {
        peak,
        now: now.value,
        rate: evidence.rate(),
    })
}

fn slow_fall(evidence: &Evidence, coach: &Coach) -> Option<Finding> {
    let losses = evidence.losses_at_this_rate();
    if losses.len() < SLOW_STEPS {
        return None;
    }
    let size = losses.len() / 4;
    let quarters: Vec<_> = losses.chunks_exact(size).take(4).filter_map(mean).collect();
    let [a, b, c, d] = quarters[..] else { return None };
    let falls = a.value > b.value && b.value > c.value && c.value > d.value && a.exceeds(&d);
    let straight = (c.value - d.value) / (a.value - b.value);
    let end = d.value - (c.value - d.value) / size as f32 * evidence.steps_left();
    let found = Finding::SlowFall {
        from: a.value,
        to: d.value,
        steps: losses.len(),
        end: end.max(0.0),
        rate: evidence.rate(),
    };
    let high = evidence.guessing() * coach.limit(&found, HIGH);
    let slow = (STRAIGHT[0]..STRAIGHT[1]).contains(&straight) && end > high && d.value > high;
    (falls && slow).then_some(found)
}

/// The gradient's length at first, without the very first steps, and lately.
fn gradients(evidence: &Evidence) -> Option<[f32; 2]> {
    let norms = evidence.history.series(Quantity::GradientNorm).raw();
    let lately = norms.len().checked_sub(WINDOW).filter(|&lately| lately >= 2 * WINDOW)?;
    Some([median(&norms[4..WINDOW])?, median(&norms[lately..])?])
}

fn exploding(evidence: &Evidence, coach: &Coach) -> Option<Finding> {
    let [from, to] = gradients(evidence)?;
    let found = Finding::Exploding { from, to };
    (from > 0.0 && to / from > coach.limit(&found, EXPLODED) && to > 10.0).then_some(found)
}

fn vanishing(evidence: &Evidence, coach: &Coach) -> Option<Finding> {
    let [_, norm] = gradients(evidence)?;
    let loss = evidence.lately()?.value;
    let found = Finding::Vanishing { norm, loss };
    let limit = coach.limit(&found, VANISHED);
    (norm < limit && loss > HIGH[0] * evidence.guessing()).then_some(found)
}

fn dead_units(evidence: &Evidence, coach: &Coach) -> Option<Finding> {
    let last = evidence.history.epochs.last()?;
    let found = Finding::DeadUnits {
        share: last.dead_units?,
        epoch: last.epoch + 1,
    };
    (last.dead_units? >= coach.limit(&found, DEAD)).then_some(found)
}

fn over_fitting(evidence: &Evidence, coach: &Coach) -> Option<Finding> {
    let epochs = &evidence.history.epochs;
    let finite = |epoch: &&EpochReport| epoch.validation.loss.is_finite();
    let best = epochs
        .iter()
        .filter(finite)
        .min_by(|a, b| a.validation.loss.total_cmp(&b.validation.loss))?;
    let last = epochs.last()?;
    let found = Finding::OverFitting {
        best: best.epoch + 1,
        lowest: best.validation.loss,
        validation: last.validation.loss,
        training: last.train.loss,
    };
    let limit = best.validation.loss * coach.limit(&found, GENERALIZATION_LOSS);
    let worse = |epoch: &EpochReport| {
        epoch.validation.loss > limit
            && epoch.train.loss < best.train.loss
            && epoch.validation.loss - epoch.train.loss > LOSS_GAP
    };
    let since = epochs.iter().rev().take_while(|epoch| worse(epoch)).count();
    (since >= 2).then_some(found)
}

fn gap(evidence: &Evidence, coach: &Coach) -> Option<Finding> {
    let epochs = &evidence.history.epochs;
    let last = epochs.last()?;
    let gap = |epoch: &EpochReport| epoch.train.accuracy - epoch.validation.accuracy;
    let found = |since| Finding::Gap {
        since,
        training: last.train.accuracy,
        validation: last.validation.accuracy,
    };
    let limit = coach.limit(&found(0), ACCURACY_GAP);
    let wide: Vec<_> = epochs.iter().rev().take_while(|epoch| gap(epoch) > limit).collect();
    let first = wide.get(GAP_EPOCHS - 1).and(wide.last())?;
    // Batch normalisation's running means catch up during the first epochs: then the gap closes.
    let closes = gap(last) < 0.8 * gap(wide[1]);
    (!closes).then(|| found(first.epoch + 1))
}

fn under_fitting(evidence: &Evidence, coach: &Coach) -> Option<Finding> {
    let epochs = &evidence.history.epochs;
    let still = &epochs[epochs.len().checked_sub(STILL_EPOCHS)?..];
    let last = still.last()?;
    let accuracies = || still.iter().map(|epoch| epoch.train.accuracy);
    let [low, high] = [accuracies().fold(1.0, f32::min), accuracies().fold(0.0, f32::max)];
    let found = Finding::UnderFitting {
        epochs: [still[0].epoch + 1, last.epoch + 1],
        training: accuracies().sum::<f32>() / still.len() as f32,
        validation: last.validation.accuracy,
    };
    let stands = high - low < STILL && high < coach.limit(&found, LOW);
    let no_better = last.validation.accuracy < high + STILL;
    let warms_up = evidence.losses_at_this_rate().len() < SLOW_STEPS.min(evidence.losses().len());
    let learns = slow_fall(evidence, coach).is_some() || vanishing(evidence, coach).is_some();
    (stands && no_better && !learns && !warms_up).then_some(found)
}

/// How many steps may pass before the figures are looked at again: seldom in a long run, where little is new.
pub fn pause(history: &History) -> usize {
    (history.places(Along::Step).len() / 50).max(20)
}
