//! The words beside the pad: what may be said of a drawing, and learning from it.

use crate::protocol::{Lesson, Verdict};

words! {
    /// The words beside the pad.
    HandText {
        correct: "Correct it",
        this_is: "This is",
        keep: "Keep",
        learn: "Learn from my drawings",
        learn_hint: "A copy of the model sees your drawings among images of the data set, for a few seconds",
        unlearn: "Undo learning",
        forget: "Forget them",
        before: "Before",
        after: "After",
        your_drawings: "Your drawings",
        test_images: "Test images",
        none_kept: "Say what a drawing is, and keep it as an example.",
        pad_keys: "Arrow keys move the pen, Space puts it down and takes it up, Delete clears the pad",
    }
}

impl HandText {
    /// The verdict on a drawing, where there is more to say than the class; `rival` is that class's name.
    pub fn verdict(&self, verdict: Verdict, rival: &str) -> Option<String> {
        match verdict {
            Verdict::Read => None,
            Verdict::Ambiguous { .. } => Some(format!("unsure: or {rival}")),
            Verdict::Several => Some("several digits".into()),
            Verdict::NoDigit => Some("not a digit".into()),
        }
    }

    /// By which rule.
    pub fn rule(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Read => "",
            Verdict::Ambiguous { .. } => "The second is at least half as probable",
            Verdict::Several => "No digit as a whole, but figure by figure",
            Verdict::NoDigit => "A second network doubts it, or the line is too long",
        }
    }

    /// How many examples there are.
    pub fn kept(&self, examples: usize) -> String {
        match examples {
            0 => self.none_kept.into(),
            1 => "1 drawing kept".into(),
            _ => format!("{examples} drawings kept"),
        }
    }

    /// What the drawing on the pad was kept as.
    pub fn kept_as(&self, name: &str) -> String {
        format!("kept as {name}")
    }

    /// Where the pen is, for those who do not see it. Row and column count from 1.
    pub fn pen(&self, [column, row]: [usize; 2], down: bool) -> String {
        let pen = if down { "pen down" } else { "pen up" };
        format!("Row {row}, column {column}, {pen}")
    }

    /// How long a lesson took.
    pub fn learned_in(&self, lesson: &Lesson) -> String {
        let drawings = if lesson.examples == 1 { "drawing" } else { "drawings" };
        format!("{} {drawings}, {:.1} s", lesson.examples, lesson.milliseconds / 1000.0)
    }

    /// Who answers after a lesson.
    pub fn answering(&self, examples: usize) -> String {
        match examples {
            1 => "Taught by 1 drawing of yours".into(),
            _ => format!("Taught by {examples} drawings of yours"),
        }
    }
}
