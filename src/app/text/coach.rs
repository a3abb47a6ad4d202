//! The words of the coach.

use crate::app::{
    coach::Finding,
    format::{NONE, fixed, percent, precise, short, thousands},
};

words! {
    /// The words of the coach.
    CoachText {
        title: "Coach",
        more: "What to do",
        lower_rate: "Lower the learning rate, by a factor of ten at first, or warm it up; clipping the gradient helps too.",
        raise_rate: "Raise the learning rate, by a factor of three at a time, as long as the loss falls smoothly.",
        shorten_gradient: "Clip the gradient or lower the learning rate; batch normalisation keeps layers in proportion.",
        revive_gradient: "Try ReLU in place of sigmoid or tanh, He or Glorot initial weights, batch normalisation, or fewer layers.",
        revive_units: "Lower the learning rate and start anew: dead units do not come back. Leaky ReLU has none.",
        generalise: "Stop at the best epoch, show more images, augment them, or add dropout or weight decay.",
        fit_more: "Give the network more filters or units, train it longer at another learning rate, or regularise it less.",
    }
}

impl CoachText {
    /// What the coach has found, with the figures that it rests on.
    pub fn finding(&self, finding: &Finding) -> String {
        let loss = |value: f32| fixed(value, if value.abs() < 100.0 { 2 } else { 0 });
        match *finding {
            Finding::NotFinite { step, loss: last, rate } => format!(
                "Stopped: step {} gave no finite number. The last loss was {}, at learning rate {}. The weights before it are kept.",
                thousands(step),
                last.map_or(NONE.into(), short),
                precise(rate)
            ),
            Finding::LossRises { from, to, rate } => format!(
                "Learning rate too high: at {} the loss has risen from {} to {}.",
                precise(rate),
                loss(from),
                loss(to)
            ),
            Finding::ThrownOff { peak, now, rate } => format!(
                "Learning rate too high: at {} the first steps threw the loss up to {}, and since then the network guesses ({}).",
                precise(rate),
                loss(peak),
                loss(now)
            ),
            Finding::SlowFall {
                from,
                to,
                steps,
                end,
                rate,
            } => format!(
                "Learning rate too low: at {} the loss fell only from {} to {} in {} steps; like this the run ends at {}.",
                precise(rate),
                fixed(from, 3),
                fixed(to, 3),
                thousands(steps),
                loss(end)
            ),
            Finding::Exploding { from, to } => format!(
                "Exploding gradients: their length has grown from {} to {}.",
                short(from),
                short(to)
            ),
            Finding::Vanishing { norm, loss: last } => format!(
                "Vanishing gradients: their length is {}, though the loss is still {}.",
                short(norm),
                loss(last)
            ),
            Finding::DeadUnits { share, epoch } => format!(
                "Dead units: {} of those with ReLU gave 0 for every validation image after epoch {epoch}.",
                percent(share)
            ),
            Finding::OverFitting {
                best,
                lowest,
                validation,
                training,
            } => format!(
                "Over-fitting since epoch {}: validation loss rose from {} to {}, training loss is {}.",
                best + 1,
                fixed(lowest, 3),
                fixed(validation, 3),
                fixed(training, 3)
            ),
            Finding::Gap {
                since,
                training,
                validation,
            } => format!(
                "Over-fitting since epoch {since}: accuracy is {} on training images, {} on validation images.",
                fixed(training, 3),
                fixed(validation, 3)
            ),
            Finding::UnderFitting {
                epochs: [first, last],
                training,
                validation,
            } => format!(
                "Under-fitting: training accuracy stands at {} from epoch {first} to {last}, and validation ({}) is no better.",
                fixed(training, 3),
                fixed(validation, 3)
            ),
        }
    }

    /// What can be done about it.
    pub fn advice(&self, finding: &Finding) -> &'static str {
        match finding {
            Finding::NotFinite { .. } | Finding::LossRises { .. } | Finding::ThrownOff { .. } => self.lower_rate,
            Finding::SlowFall { .. } => self.raise_rate,
            Finding::Exploding { .. } => self.shorten_gradient,
            Finding::Vanishing { .. } => self.revive_gradient,
            Finding::DeadUnits { .. } => self.revive_units,
            Finding::OverFitting { .. } | Finding::Gap { .. } => self.generalise,
            Finding::UnderFitting { .. } => self.fit_more,
        }
    }

    /// Further findings.
    pub fn more_findings(&self, count: usize) -> String {
        format!("{count} more")
    }
}
