//! The words of the kept runs and their comparison.

words! {
    /// The words of the kept runs and their comparison.
    HistoryText {
        title: "History",
        empty: "Every run with at least one step is kept here: its settings, its curves, its result.",
        bounds: "The last 50 runs are kept in this browser, each with at most 512 points of its curves.",
        this_run: "This run",
        run_again: "Train again with these settings",
        delete_run: "Delete",
        laid_over: "Laid over the curves",
        lay_over: "Lay over the curves and compare",
        comparison: "Comparison",
        comparison_empty: "Tick up to four runs: their curves are laid over this run's, and what differs is listed here.",
        settings_same: "The settings are the same.",
        settings_default: "Train, or tick a second run, to compare settings.",
        steps_head: "Steps",
        time_head: "Time",
        state_head: "State",
        left_state: "left",
    }
}

impl HistoryText {
    /// A run that was deleted.
    pub fn run_deleted(&self, title: &str) -> String {
        format!("Deleted: {title}")
    }

    /// The field for a run's name.
    pub fn name_of_run(&self, title: &str) -> String {
        format!("Name of {title}")
    }

    /// The choice of a run.
    pub fn lay_over_run(&self, title: &str) -> String {
        format!("Lay over and compare: {title}")
    }

    /// Why no further run can be chosen.
    pub fn four_chosen(&self, most: usize) -> String {
        format!("{most} runs are laid over already")
    }

    /// Stored runs that cannot be read.
    pub fn runs_skipped(&self, count: usize) -> String {
        format!(
            "{count} kept runs could not be read, as another version of this page kept them. They are left out; all others are there."
        )
    }

    /// The browser stores nothing.
    pub fn runs_not_stored(&self, reason: &str) -> String {
        format!("The history will not survive a reload ({reason}). Everything else works.")
    }

    /// A setting as a run is compared by it.
    pub fn setting_name(&self, name: &'static str) -> &'static str {
        match name {
            "lr" => "learning_rate",
            "batch" => "batch_size",
            name => name,
        }
    }
}
