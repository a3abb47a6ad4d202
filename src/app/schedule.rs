//! The learning rate of a run, before it: what the panel draws.

use crate::spec::TrainConfig;

/// So many points a curve has at most.
const POINTS: usize = 240;

/// The learning rate over a run's steps, as the engine will have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Steps of the run.
    pub steps: usize,
    /// Step, from 0, and rate; the first and the last step are always there.
    pub points: Vec<(usize, f32)>,
}

impl Course {
    /// Of a run on so many images that are there.
    pub fn of(config: &TrainConfig, images: usize) -> Self {
        let steps = config.total_steps(images);
        let last = steps.saturating_sub(1);
        let count = POINTS.min(steps);
        let mut at: Vec<usize> = (0..count).map(|i| i * last / (count - 1).max(1)).collect();
        // Where the warm-up ends there is a corner.
        at.extend((steps > 0).then_some(config.schedule.warmup_steps.min(last)));
        at.sort_unstable();
        at.dedup();
        let rate = |step| config.schedule.rate(config.learning_rate, step, steps);
        Self {
            steps,
            points: at.into_iter().map(|step| (step, rate(step))).collect(),
        }
    }

    /// The highest rate, and the first step that has it.
    pub fn peak(&self) -> (f32, usize) {
        let highest =
            |best: (f32, usize), &(step, rate): &(usize, f32)| if rate > best.0 { (rate, step) } else { best };
        self.points.iter().fold((0.0, 0), highest)
    }

    /// The curve as an SVG path in a box of that width and height; the highest rate is at the top.
    pub fn path(&self, [width, height]: [f32; 2]) -> String {
        let (peak, _) = self.peak();
        let last = self.steps.saturating_sub(1).max(1) as f32;
        let mut path = String::new();
        for &(step, rate) in &self.points {
            let (x, y) = (step as f32 / last * width, height * (1.0 - rate / peak));
            path += &format!("{}{x:.1} {y:.1}", if path.is_empty() { "M" } else { "L" });
        }
        if self.points.len() == 1 {
            path += &format!("H{width}");
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Decay, Schedule};

    fn course(decay: Decay, warmup_steps: usize) -> Course {
        let config = TrainConfig {
            schedule: Schedule { warmup_steps, decay },
            learning_rate: 0.01,
            ..TrainConfig::default()
        };
        Course::of(&config, 6400)
    }

    #[test]
    fn every_point_is_the_rate_of_its_step() {
        for decay in Decay::ALL {
            for warmup_steps in [0, 7, 499, 10_000] {
                let course = course(decay, warmup_steps);
                assert_eq!(course.steps, 500);
                assert_eq!((course.points[0].0, course.points.last().unwrap().0), (0, 499));
                let schedule = Schedule { warmup_steps, decay };
                for &(step, rate) in &course.points {
                    assert_eq!(rate, schedule.rate(0.01, step, 500));
                }
                assert!(course.points.iter().any(|point| point.0 == warmup_steps.min(499)));
            }
        }
    }

    #[test]
    fn a_path_goes_from_side_to_side_and_up_to_the_top() {
        let flat = course(Decay::Constant, 0);
        assert_eq!(flat.peak(), (0.01, 0));
        let path = flat.path([100.0, 40.0]);
        assert!(path.starts_with("M0.0 0.0L") && path.ends_with("L100.0 0.0"), "{path}");
        let warm = course(Decay::COSINE, 20);
        assert_eq!(warm.peak(), (0.01, 20));
        assert!(warm.path([100.0, 40.0]).ends_with("L100.0 40.0"));
        let one = Course::of(
            &TrainConfig {
                epochs: 1,
                ..TrainConfig::default()
            },
            1,
        );
        assert_eq!(one.path([100.0, 40.0]), "M0.0 0.0H100");
        assert_eq!(Course::of(&TrainConfig::default(), 0).path([100.0, 40.0]), "");
    }
}
