//! A chart before it is drawn: whose curves it shows, from where to where, and what is under the cursor.

use super::{
    axis::{Scale, nice_above, part},
    history::History,
    quantity::{Along, Quantity},
};

/// Room for the axes, in CSS pixels.
const LEFT: f32 = 44.0;
const BOTTOM: f32 = 24.0;
const TOP: f32 = 8.0;
const RIGHT: f32 = 10.0;

/// The shortest part that can be shown, as a share of the whole.
const CLOSEST: f32 = 1e-3;

/// Whose curves: they keep their colour and their sign everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The run's.
    Own,
    /// Those of another run, by its place among the others.
    Other(usize),
}

/// The curves of one run.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// The run's course.
    pub history: &'a History,
    /// Whose it is.
    pub look: Look,
}

/// What a chart shows.
#[derive(Debug)]
pub struct Chart<'a> {
    /// The runs, the own one last: it is drawn over the others.
    pub traces: Vec<Trace<'a>>,
    /// What of them.
    pub quantity: Quantity,
    /// Along what.
    pub along: Along,
    /// The places at the left and the right edge.
    pub range: [f32; 2],
    /// Up and down.
    pub scale: Scale,
}

impl<'a> Chart<'a> {
    /// A chart of those runs; all of them, unless a part is asked for.
    pub fn new(traces: Vec<Trace<'a>>, quantity: Quantity, along: Along, zoom: Option<[f32; 2]>, log: bool) -> Self {
        let range = zoom.unwrap_or_else(|| whole(&traces, along));
        let (mut values, mut points) = (vec![], vec![]);
        for Trace { history, .. } in &traces {
            let raw = history.series(quantity).raw();
            let shown = part(history.places(along), range);
            let shown = raw.get(shown).unwrap_or(raw);
            values.extend(shown.iter().step_by(shown.len() / 512 + 1));
            let inside = |(place, _): &(f32, f32)| (range[0]..=range[1]).contains(place);
            points.extend(history.points(quantity, along).into_iter().filter(inside).map(|p| p.1));
        }
        let scale = match quantity {
            Quantity::Accuracy => Scale::up_to_one(&values, &points),
            Quantity::WeightNorm => Scale::around(&values, log),
            Quantity::DeadUnits => Scale::from_zero(&values, &points, false),
            Quantity::Loss | Quantity::LearningRate | Quantity::GradientNorm => Scale::from_zero(&values, &points, log),
        };
        Self {
            traces,
            quantity,
            along,
            range,
            scale,
        }
    }

    /// The curves of the run itself.
    pub fn own(&self) -> Option<&'a History> {
        let own = self.traces.iter().find(|trace| trace.look == Look::Own)?;
        Some(own.history)
    }

    /// True before there is something to show.
    pub fn is_empty(&self) -> bool {
        self.traces.iter().all(|trace| trace.history.is_empty())
    }
}

/// From 0 to where the longest run's epoch will end, so that the curves move rarely while they grow.
pub fn whole(traces: &[Trace], along: Along) -> [f32; 2] {
    let ends = traces.iter().map(|trace| end(trace.history, along));
    [0.0, ends.fold(0.0, f32::max)]
}

fn end(history: &History, along: Along) -> f32 {
    let last = history.places(along).last().copied().unwrap_or(0.0);
    let epoch = history.places(Along::Epoch).last().copied().unwrap_or(0.0);
    match along {
        Along::Step => (last + (epoch.ceil() - epoch) * history.steps_per_epoch as f32)
            .round()
            .max(10.0),
        Along::Epoch => last.ceil().max(1.0),
        Along::Time => {
            let step = nice_above(last.max(1.0) / 10.0);
            (last / step).ceil() * step
        }
    }
}

/// A part of `whole` whose ends are in order, inside, and not too close; none if that is all of it.
pub fn clamp([low, high]: [f32; 2], [a, b]: [f32; 2]) -> Option<[f32; 2]> {
    let least = (high - low) * CLOSEST;
    let (a, b) = (a.min(b).max(low), a.max(b).min(high));
    let middle = f32::midpoint(a, b).clamp(low + least / 2.0, high - least / 2.0);
    let half = ((b - a) / 2.0).max(least / 2.0);
    let part = [(middle - half).max(low), (middle + half).min(high)];
    (part != [low, high]).then_some(part)
}

/// A part around `place`, `factor` times as long; `place` stays where it is on the screen.
pub fn scaled([from, to]: [f32; 2], place: f32, factor: f32) -> [f32; 2] {
    [place - (place - from) * factor, place + (to - place) * factor]
}

/// Where the curves are, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    width: f32,
    height: f32,
    range: [f32; 2],
}

impl Frame {
    /// The frame of a chart that is so wide and high in all.
    pub fn new(width: f32, height: f32, range: [f32; 2]) -> Self {
        Self {
            width: (width - LEFT - RIGHT).max(1.0),
            height: (height - TOP - BOTTOM).max(1.0),
            range,
        }
    }

    /// How many columns of pixels there are.
    pub fn columns(&self) -> usize {
        self.width as usize
    }

    /// The left and the right edge.
    pub fn edges(&self) -> [f64; 2] {
        [f64::from(LEFT), f64::from(LEFT + self.width)]
    }

    /// The upper and the lower edge.
    pub fn heights(&self) -> [f64; 2] {
        [f64::from(TOP), f64::from(TOP + self.height)]
    }

    /// How far right a place is.
    pub fn x(&self, place: f32) -> f64 {
        let [from, to] = self.range;
        f64::from(LEFT + self.width * (place - from) / (to - from))
    }

    /// How far down a value is; those outside run along the edge.
    pub fn y(&self, scale: &Scale, value: f32) -> f64 {
        f64::from(TOP + self.height * (1.0 - scale.at(value).clamp(0.0, 1.0)))
    }

    /// The place that is so far right; never one outside.
    pub fn place(&self, x: f32) -> f32 {
        let [from, to] = self.range;
        from + (to - from) * ((x - LEFT) / self.width).clamp(0.0, 1.0)
    }
}

/// What is known at one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The step.
    pub step: usize,
    /// How many epochs are done, in fractions.
    pub epoch: f32,
    /// Training time.
    pub seconds: f32,
    /// Of the step itself.
    pub value: Option<f32>,
    /// The running mean there.
    pub smooth: Option<f32>,
    /// The last epoch that is done by then, from 1, and its value.
    pub validation: Option<(usize, f32)>,
}

/// What a run's curves say at the step nearest to a place; nothing before the first step.
pub fn read(history: &History, quantity: Quantity, along: Along, place: f32) -> Option<Reading> {
    let at = history.nearest(along, place)?;
    let [step, epoch, seconds] = Along::ALL.map(|along| history.places(along)[at]);
    let series = history.series(quantity);
    let done = history.epochs.iter().rev().find(|done| done.global_step as f32 <= step);
    Some(Reading {
        step: step as usize,
        epoch,
        seconds,
        value: series.raw().get(at).copied(),
        smooth: series.smooth().get(at).copied(),
        validation: done.and_then(|done| Some((done.epoch + 1, quantity.of_epoch(done)?))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchReport, EpochReport, Metrics};

    fn history(steps: usize) -> History {
        let mut history = History::default();
        for step in 1..=steps {
            let batch = Metrics {
                loss: 2.0 / step as f32,
                accuracy: 0.5,
            };
            let report = BatchReport {
                epoch: (step - 1) / 100,
                step: (step - 1) % 100 + 1,
                steps_per_epoch: 100,
                global_step: step,
                images: 64,
                batch,
                running: batch,
                ..BatchReport::default()
            };
            history.push(&report, step as f64 / 8.0, 0.0);
            if step % 100 == 0 {
                history.epochs.push(EpochReport {
                    epoch: step / 100 - 1,
                    global_step: step,
                    train: batch,
                    validation: batch,
                    dead_units: None,
                });
            }
        }
        history
    }

    fn chart(history: &History, along: Along, zoom: Option<[f32; 2]>) -> Chart<'_> {
        let trace = Trace {
            history,
            look: Look::Own,
        };
        Chart::new(vec![trace], Quantity::Loss, along, zoom, false)
    }

    #[test]
    fn the_axis_reaches_to_the_end_of_the_epoch() {
        let run = history(150);
        assert_eq!(chart(&run, Along::Step, None).range, [0.0, 200.0]);
        assert_eq!(chart(&run, Along::Epoch, None).range, [0.0, 2.0]);
        assert_eq!(chart(&run, Along::Time, None).range, [0.0, 20.0]);
        assert_eq!(chart(&History::default(), Along::Step, None).range, [0.0, 10.0]);
    }

    #[test]
    fn the_scale_is_that_of_the_part_shown() {
        let run = history(150);
        assert_eq!(chart(&run, Along::Step, Some([100.0, 150.0])).scale.high, 0.02);
        assert!(chart(&run, Along::Step, None).scale.high >= 0.2);
    }

    #[test]
    fn a_part_stays_inside_in_order_and_apart() {
        let whole = [0.0, 100.0];
        assert_eq!(clamp(whole, [60.0, 20.0]), Some([20.0, 60.0]));
        assert_eq!(clamp(whole, [-5.0, 120.0]), None);
        assert_eq!(clamp(whole, [-5.0, 50.0]), Some([0.0, 50.0]));
        let [from, to] = clamp(whole, [100.0, 100.0]).unwrap();
        assert!(from < to && to <= 100.0);
        assert_eq!(scaled([0.0, 100.0], 25.0, 0.5), [12.5, 62.5]);
    }

    #[test]
    fn a_pixel_is_a_place_and_back() {
        let frame = Frame::new(454.0, 200.0, [100.0, 300.0]);
        assert_eq!(frame.place(frame.x(250.0) as f32), 250.0);
        assert_eq!((frame.place(0.0), frame.place(9999.0)), (100.0, 300.0));
    }

    #[test]
    fn a_reading_is_exact() {
        let run = history(150);
        let reading = read(&run, Quantity::Loss, Along::Time, 16.2).unwrap();
        assert_eq!((reading.step, reading.epoch, reading.seconds), (130, 1.3, 16.25));
        assert_eq!(reading.value, Some(2.0 / 130.0));
        assert_eq!(reading.validation, Some((1, 0.02)));
        assert_eq!(read(&run, Quantity::Loss, Along::Step, 1.0).unwrap().validation, None);
        assert_eq!(read(&History::default(), Quantity::Loss, Along::Step, 1.0), None);
    }
}
