//! The words of assignments.

use crate::app::{
    assignment::{Check, Group, Measure, Verdict},
    format::{fixed, thousands},
};

words! {
    /// The words of assignments.
    AssignmentText {
        title: "Assignment",
        hand_in_title: "Hand-in",
        goal: "Goal",
        met: "Goal reached",
        not_yet: "Not yet",
        missed: "Not with this run",
        finish: "Let the run finish: then it can be handed in.",
        hand_in: "To hand in: copy this line. Its link trains the run again and compares the fingerprint.",
        held: "Set by the assignment",
        make: "Make an assignment",
        make_about: "A link with a task and a goal for those who open it.",
        make_hint: "The link holds the settings as they are now. Who opens it sees the task, and how far the run is from the goal. Locked and hidden controls keep a class on its way; the address can still be edited.",
        task: "Task",
        controls: "Controls",
        free: "free",
        locked: "locked",
        hidden: "hidden",
        link: "Link",
        not_measured: "not measured yet",
        waiting: "The run is trained again; its fingerprint is compared when it is finished.",
        changed: "The settings are not those of the link any more: nothing is compared.",
    }
}

/// A finished run, to be handed in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HandIn {
    /// In the teacher's words.
    pub task: String,
    /// Opens it and trains it again.
    pub link: String,
    /// On the test images, where they were measured.
    pub test_accuracy: Option<f32>,
    /// Of the model.
    pub params: usize,
    /// Trained.
    pub epochs: usize,
    /// Trained.
    pub seconds: f64,
    /// Of its weights.
    pub fingerprint: String,
    /// The instructions that it was computed with.
    pub simd: String,
}

impl AssignmentText {
    /// The name of a group of controls.
    pub fn group(&self, group: Group) -> &'static str {
        match group {
            Group::Data => "Data",
            Group::Model => "Model",
            Group::Training => "Training",
            Group::Seed => "Seed",
        }
    }

    /// What a bound is about, and on which side of it.
    pub fn measure(&self, measure: Measure) -> &'static str {
        match measure {
            Measure::TestAccuracy => "Test accuracy, at least",
            Measure::ValidationAccuracy => "Validation accuracy, at least",
            Measure::Params => "Parameters, at most",
            Measure::Epochs => "Epochs, at most",
            Measure::Seconds => "Seconds, at most",
        }
    }

    /// A bound.
    pub fn bound(&self, check: &Check) -> String {
        format!("{} {}", self.measure(check.measure), amount(check.measure, check.bound))
    }

    /// Where the run stands, and what is missing.
    pub fn standing(&self, check: &Check) -> String {
        let Some(value) = check.value else {
            return self.not_measured.into();
        };
        let (now, gap) = (amount(check.measure, value), (check.bound - value).abs());
        match check.verdict {
            Verdict::Met => now,
            // Rounded up: 0.0000 would say that nothing is missing.
            Verdict::NotYet => format!("{now}; {:.4} to go", (gap * 1e4).ceil() / 1e4),
            Verdict::Missed => format!("{now}; {} too many", amount(check.measure, gap)),
        }
    }

    /// That of the whole goal.
    pub fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Met => self.met,
            Verdict::NotYet => self.not_yet,
            Verdict::Missed => self.missed,
        }
    }

    /// A line with everything that a hand-in needs.
    pub fn line(&self, run: &HandIn) -> String {
        let accuracy = run
            .test_accuracy
            .map(|accuracy| format!("test accuracy {}", fixed(accuracy, 4)));
        let parts = [
            (!run.task.is_empty()).then(|| run.task.clone()),
            accuracy,
            Some(format!("{} parameters", thousands(run.params))),
            Some(format!("{}, {:.1} s", epochs(run.epochs), run.seconds)),
            Some(format!("fingerprint {} ({})", run.fingerprint, run.simd)),
            Some(run.link.clone()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" | ")
    }

    /// The run that was trained again is the one that was handed in.
    pub fn same(&self, fingerprint: &str) -> String {
        format!("Same fingerprint: {fingerprint}. This is the run that was handed in, bit for bit.")
    }

    /// It is another.
    pub fn other(&self, expected: &str, got: &str, simd: &str) -> String {
        format!(
            "Another fingerprint: expected {expected}, got {got}. A fingerprint belongs to a SIMD tier; this run was computed with {simd}."
        )
    }
}

fn epochs(count: usize) -> String {
    match count {
        1 => "1 epoch".into(),
        _ => format!("{count} epochs"),
    }
}

fn amount(measure: Measure, value: f64) -> String {
    match measure {
        Measure::TestAccuracy | Measure::ValidationAccuracy => format!("{value:.4}"),
        Measure::Params | Measure::Epochs => thousands(value as usize),
        // Rounded up: a bound that is passed is not to look kept.
        Measure::Seconds => format!("{:.1}", (value * 10.0).ceil() / 10.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::assignment::{Figures, Goal};

    #[test]
    fn what_is_missing_is_said_in_figures() {
        let figures = Figures {
            test_accuracy: Some(0.979_99),
            params: 93_322,
            epochs: 2,
            seconds: 60.01,
            ..Figures::default()
        };
        let goal = Goal::parse("acc:0.98,val_acc:0.9,params:10000,epochs:3,seconds:60").unwrap();
        let said: Vec<_> = goal
            .check(&figures)
            .iter()
            .map(|check| ENGLISH.standing(check))
            .collect();
        assert_eq!(
            said,
            [
                "0.9800; 0.0001 to go",
                "not measured yet",
                "93,322; 83,322 too many",
                "2",
                "60.1; 0.1 too many"
            ]
        );
        let bounds: Vec<_> = goal.check(&figures).iter().map(|check| ENGLISH.bound(check)).collect();
        assert_eq!(bounds[0], "Test accuracy, at least 0.9800");
        assert_eq!(bounds[2], "Parameters, at most 10,000");
    }

    #[test]
    fn a_hand_in_is_one_line() {
        let run = HandIn {
            task: "Reach 0.98".into(),
            link: "https://example.org/#seed=2".into(),
            test_accuracy: Some(0.9812),
            params: 9_812,
            epochs: 3,
            seconds: 41.24,
            fingerprint: "0123456789abcdef".into(),
            simd: "relaxed".into(),
        };
        assert_eq!(
            ENGLISH.line(&run),
            "Reach 0.98 | test accuracy 0.9812 | 9,812 parameters | 3 epochs, 41.2 s | fingerprint 0123456789abcdef (relaxed) | https://example.org/#seed=2"
        );
        assert!(ENGLISH.line(&HandIn::default()).starts_with("0 parameters"));
    }
}
