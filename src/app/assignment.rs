//! Assignments: what a link can ask for beside its settings, and how far a run is from it.
//!
//! Locked and hidden controls keep a class on its way; who edits the address changes anything.

use std::fmt;

/// Controls that an assignment can lock or hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The data set and what is done with it.
    Data,
    /// Preset and layers.
    Model,
    /// How to train; the seed too.
    Training,
    /// The seed.
    Seed,
}

impl Group {
    /// As offered on the page.
    pub const ALL: [Self; 4] = [Self::Data, Self::Model, Self::Training, Self::Seed];

    /// The name in a link.
    pub fn id(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Model => "model",
            Self::Training => "training",
            Self::Seed => "seed",
        }
    }
}

/// Some of the groups; as text with commas between: `data,seed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Groups([bool; Group::ALL.len()]);

impl Groups {
    /// Whether a group is one of them; the seed goes with the training.
    pub fn has(self, group: Group) -> bool {
        self.0[group as usize] || group == Group::Seed && self.0[Group::Training as usize]
    }

    /// From text; nothing is no group.
    ///
    /// # Errors
    /// The name that is no group's.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut groups = Self::default();
        for name in parts(text) {
            let found = Group::ALL.into_iter().find(|group| group.id() == name);
            groups.0[found.ok_or(name)? as usize] = true;
        }
        Ok(groups)
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Group::ALL.into_iter().filter(|&group| self.0[group as usize]);
        f.write_str(&names.map(Group::id).collect::<Vec<_>>().join(","))
    }
}

/// What a goal can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Accuracy on the test images, 0 to 1; at least.
    TestAccuracy,
    /// Accuracy on the validation images after the last epoch, 0 to 1; at least.
    ValidationAccuracy,
    /// The model's parameters; at most.
    Params,
    /// Epochs begun; at most.
    Epochs,
    /// Seconds of training, pauses left out; at most.
    Seconds,
}

impl Measure {
    /// As offered on the page.
    pub const ALL: [Self; 5] = [
        Self::TestAccuracy,
        Self::ValidationAccuracy,
        Self::Params,
        Self::Epochs,
        Self::Seconds,
    ];

    /// The name in a link.
    pub fn id(self) -> &'static str {
        match self {
            Self::TestAccuracy => "acc",
            Self::ValidationAccuracy => "val_acc",
            Self::Params => "params",
            Self::Epochs => "epochs",
            Self::Seconds => "seconds",
        }
    }

    /// True where more is better.
    pub fn is_accuracy(self) -> bool {
        matches!(self, Self::TestAccuracy | Self::ValidationAccuracy)
    }

    /// What a bound must be.
    fn bound(self, text: &str) -> Result<f64, String> {
        let (expected, most, whole) = match self {
            Self::TestAccuracy | Self::ValidationAccuracy => ("above 0 and at most 1", 1.0, false),
            Self::Params => ("a whole number from 1 to 16000000", 16e6, true),
            Self::Epochs => ("a whole number from 1 to 1000", 1e3, true),
            Self::Seconds => ("above 0 and at most 86400", 86_400.0, false),
        };
        let bound = text.parse().ok().filter(|bound: &f64| {
            let fits = *bound > 0.0 && *bound <= most;
            fits && (!whole || bound.fract() == 0.0)
        });
        bound.ok_or_else(|| format!("{} must be {expected}", self.id()))
    }
}

/// The bounds that a run has to keep; as text `acc:0.98,params:10000`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Goal([Option<f64>; Measure::ALL.len()]);

/// What is known of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// On the test images, once they were measured.
    pub test_accuracy: Option<f32>,
    /// On the validation images, after the first epoch.
    pub validation_accuracy: Option<f32>,
    /// Of the model.
    pub params: usize,
    /// Begun.
    pub epochs: usize,
    /// Trained.
    pub seconds: f64,
}

/// How far a run is from a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept.
    Met,
    /// More training may reach it.
    NotYet,
    /// This run cannot keep it any more.
    Missed,
}

impl Verdict {
    /// The name for tests and style sheets.
    pub fn id(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotYet => "not-yet",
            Self::Missed => "missed",
        }
    }
}

/// One bound of a goal, and where the run stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Check {
    /// What it is about.
    pub measure: Measure,
    /// At least for accuracies, at most for the others.
    pub bound: f64,
    /// The run's; none before it was measured.
    pub value: Option<f64>,
    /// How it compares.
    pub verdict: Verdict,
}

impl Goal {
    /// From text; nothing is no goal.
    ///
    /// # Errors
    /// What is wrong with the first bound that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut goal = Self::default();
        for part in parts(text) {
            let (name, bound) = part.split_once(':').unwrap_or((part, ""));
            let measure = Measure::ALL.into_iter().find(|measure| measure.id() == name.trim());
            let measure = measure.ok_or_else(|| {
                let ids = Measure::ALL.map(Measure::id).join(" or ");
                format!("it is about {ids}")
            })?;
            goal.0[measure as usize] = Some(measure.bound(bound.trim())?);
        }
        Ok(goal)
    }

    /// True without a bound.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Every bound, and where the run stands.
    pub fn check(&self, figures: &Figures) -> Vec<Check> {
        let bounds = Measure::ALL.into_iter().zip(self.0);
        let check = |(measure, bound): (Measure, Option<f64>)| Some(Check::of(measure, bound?, figures));
        bounds.filter_map(check).collect()
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bounds = Measure::ALL.into_iter().zip(self.0);
        let bounds = bounds.filter_map(|(measure, bound)| Some(format!("{}:{}", measure.id(), bound?)));
        f.write_str(&bounds.collect::<Vec<_>>().join(","))
    }
}

impl Check {
    fn of(measure: Measure, bound: f64, figures: &Figures) -> Self {
        let accuracy = |accuracy: Option<f32>| {
            // As close as both are: 0.9 as an f32 is a little less than 0.9.
            let verdict = match accuracy {
                Some(accuracy) if accuracy >= bound as f32 => Verdict::Met,
                _ => Verdict::NotYet,
            };
            (accuracy.map(f64::from), verdict)
        };
        let size = |size: f64| {
            let verdict = if size <= bound { Verdict::Met } else { Verdict::Missed };
            (Some(size), verdict)
        };
        let (value, verdict) = match measure {
            Measure::TestAccuracy => accuracy(figures.test_accuracy),
            Measure::ValidationAccuracy => accuracy(figures.validation_accuracy),
            Measure::Params => size(figures.params as f64),
            Measure::Epochs => size(figures.epochs as f64),
            Measure::Seconds => size(figures.seconds),
        };
        Self {
            measure,
            bound,
            value,
            verdict,
        }
    }
}

/// That of the whole goal: missed if a bound is, met if all are.
pub fn overall(checks: &[Check]) -> Verdict {
    let any = |verdict: Verdict| checks.iter().any(|check| check.verdict == verdict);
    match () {
        () if any(Verdict::Missed) => Verdict::Missed,
        () if any(Verdict::NotYet) => Verdict::NotYet,
        () => Verdict::Met,
    }
}

/// What a link asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assignment {
    /// In the teacher's words.
    pub task: String,
    /// Cannot be changed.
    pub locked: Groups,
    /// Are not shown, and cannot be changed.
    pub hidden: Groups,
    /// What a run has to reach.
    pub goal: Goal,
    /// The fingerprint that the run should end with: this is a hand-in.
    pub expected: Option<String>,
}

impl Assignment {
    /// The longest task, in characters.
    pub const LONGEST_TASK: usize = 300;

    /// True for an ordinary link.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a group cannot be changed.
    pub fn holds(&self, group: Group) -> bool {
        self.locked.has(group) || self.hidden.has(group)
    }
}

/// A text in one line, without what is not seen: signs that turn the direction of writing could make a text look like
/// another.
pub fn plain(text: &str) -> String {
    let unseen = |sign: char| matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let text: String = text.chars().filter(|sign| !unseen(*sign)).collect();
    let words = text.split(|sign: char| sign.is_whitespace() || sign.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_and_written_and_the_seed_goes_with_the_training() {
        for text in ["", "data", "model,seed", "data,model,training,seed"] {
            assert_eq!(Groups::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Groups::parse(" seed , data,,").unwrap().to_string(), "data,seed");
        assert_eq!(Groups::parse("data,engine"), Err("engine".into()));
        let training = Groups::parse("training").unwrap();
        assert!(training.has(Group::Seed) && training.has(Group::Training) && !training.has(Group::Model));
    }

    #[test]
    fn a_goal_is_read_and_written_and_a_bad_bound_is_named() {
        for text in ["", "acc:0.98,params:10000", "val_acc:1,epochs:3,seconds:60.5"] {
            assert_eq!(Goal::parse(text).unwrap().to_string(), text);
        }
        for (text, named) in [
            ("acc:2", "acc must be above 0 and at most 1"),
            ("acc:NaN", "acc must"),
            ("acc", "acc must"),
            ("params:0.5", "params must be a whole number"),
            ("epochs:-1", "epochs must"),
            ("seconds:inf", "seconds must"),
            ("loss:1", "it is about acc or"),
        ] {
            let problem = Goal::parse(text).unwrap_err();
            assert!(problem.contains(named), "{text}: {problem}");
        }
    }

    fn verdicts(goal: &str, figures: &Figures) -> Vec<&'static str> {
        let checks = Goal::parse(goal).unwrap().check(figures);
        checks.iter().map(|check| check.verdict.id()).collect()
    }

    #[test]
    fn bounds_are_kept_reached_later_or_missed() {
        let goal = "acc:0.9,val_acc:0.5,params:100,epochs:2,seconds:10";
        let mut figures = Figures {
            params: 100,
            ..Figures::default()
        };
        assert_eq!(verdicts(goal, &figures), ["not-yet", "not-yet", "met", "met", "met"]);
        figures.test_accuracy = Some(0.9);
        figures.validation_accuracy = Some(0.4999);
        (figures.epochs, figures.seconds, figures.params) = (3, 10.1, 101);
        assert_eq!(
            verdicts(goal, &figures),
            ["met", "not-yet", "missed", "missed", "missed"]
        );
        assert_eq!(verdicts("", &figures), [""; 0]);
    }

    #[test]
    fn a_goal_is_met_when_every_bound_is() {
        let of = |goal: &str, figures: &Figures| overall(&Goal::parse(goal).unwrap().check(figures));
        let good = Figures {
            test_accuracy: Some(0.99),
            epochs: 1,
            ..Figures::default()
        };
        assert_eq!(of("acc:0.98,epochs:1", &good), Verdict::Met);
        assert_eq!(of("acc:0.995,epochs:1", &good), Verdict::NotYet);
        assert_eq!(
            of("acc:0.995,epochs:1", &Figures { epochs: 2, ..good }),
            Verdict::Missed
        );
        assert_eq!(
            of(
                "acc:0.98",
                &Figures {
                    test_accuracy: Some(f32::NAN),
                    ..good
                }
            ),
            Verdict::NotYet
        );
        assert_eq!(of("", &Figures::default()), Verdict::Met);
    }

    #[test]
    fn a_text_from_outside_becomes_one_line_of_what_is_seen() {
        assert_eq!(plain(" a\n\tb\u{0}c \u{202e}txt.exe\u{200b} "), "a b c txt.exe");
        assert_eq!(plain("<b>\u{e4} \u{1f600}</b>"), "<b>\u{e4} \u{1f600}</b>");
    }
}
