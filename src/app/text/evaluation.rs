//! The words of the figures of a run.

use crate::app::format::thousands;

words! {
    /// The words of the figures of a run.
    EvaluationText {
        title: "Evaluation",
        course_table: "The course in figures",
        course_empty: "Train first: then there are figures.",
        step_head: "Step",
        seconds_head: "Seconds",
        epochs_table: "Every epoch",
        epoch_head: "Epoch",
        train_loss: "Training loss",
        train_accuracy: "Training accuracy",
        val_loss: "Validation loss",
        val_accuracy: "Validation accuracy",
        epochs_empty: "One row an epoch, as soon as the first is finished.",
        evaluate: "Measure on the test images",
        evaluate_hint: "The trained network is measured on the 10,000 test images after the last epoch; here you can do it in any pause.",
        evaluating: "Measuring",
    }
}

impl EvaluationText {
    /// How far the measurement on the test images is.
    pub fn evaluated(&self, done: usize, total: usize) -> String {
        format!("{} of {} images", thousands(done), thousands(total))
    }
}
