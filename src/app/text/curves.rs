//! The words of the curves.

use crate::{app::format::precise, spec::Change};

words! {
    /// The words of the curves.
    CurveText {
        title: "Curves",
        train_set: "train",
        validation_set: "val",
        test_set: "test",
        latest_step: "latest step",
        after_epoch: "after the epoch",
        along: "Along",
        by_step: "by step",
        by_epoch: "by epoch",
        by_time: "by time",
        options: "Chart options",
        smoothing: "Smoothing",
        log_axis: "Log axis",
        zoom_part: "Zoom",
        zoom_in: "Nearer",
        zoom_out: "Further",
        zoom_all: "Show all",
        zoom_hint: "Drag over a chart to zoom, or turn the wheel with Ctrl; double-click shows all. With the keyboard: arrows read values, + and - zoom, Escape shows all.",
        csv_hint: "Every step and epoch of this run as a table",
        png_hint: "Both charts as a picture",
        download_failed: "The picture could not be made. The CSV has the same numbers.",
        this_step: "this step",
        smoothed: "smoothed",
        changed_after: "then changed",
        no_cursor: "No step chosen",
        steps_empty: "One value a step, as soon as training starts.",
        epochs_empty: "One value an epoch, as soon as the first is finished.",
        loss_empty: "Train shows a new network, which knows nothing yet, thousands of handwritten digits. Its loss should fall here.",
        accuracy_empty: "The share of digits that it reads right should rise here.",
    }
}

impl CurveText {
    /// A chart, for those who do not see it.
    pub fn chart_label(&self, name: &str, along: &str) -> String {
        format!("{name} {along}. The figures are in the legend, under the cursor and in Evaluation.")
    }

    /// The choice of what a chart shows.
    pub fn chart_shows(&self, number: usize) -> String {
        format!("Chart {number} shows")
    }

    /// The cursor of a chart.
    pub fn cursor_label(&self, name: &str) -> String {
        format!("Cursor of {name}")
    }

    /// Where the cursor is.
    pub fn reading_head(&self, step: &str, epoch: &str, seconds: &str) -> String {
        format!("step {step} \u{b7} epoch {epoch} \u{b7} {seconds} s")
    }

    /// What was measured at an epoch's end.
    pub fn validation_after(&self, epoch: usize) -> String {
        format!("val, epoch {epoch}")
    }

    /// A setting that was changed while the run went on.
    pub fn changed(&self, change: Change) -> String {
        match change {
            Change::LearningRate(rate) => format!("lr {}", precise(rate)),
            Change::BatchSize(size) => format!("batch {size}"),
        }
    }
}
