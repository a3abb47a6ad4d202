//! The words about saved runs.

use crate::app::format::thousands;

words! {
    /// The words about saved runs.
    RecoveryText {
        offer: "Saved run",
        resume: "Go on",
        bring_back: "Bring it back",
        discard: "Discard",
        elsewhere: "Another tab saves its run, so this one is not saved. Training goes on.",
        taken_over: "Another tab has taken over the saving: this run is no longer saved. Training goes on.",
        save_here: "Save this one",
        download: "Download run",
        panel: "Saved for the next visit",
        nothing: "Nothing yet. A run is saved here after every epoch, every 15 seconds and when you leave the page.",
        delete: "Delete",
        open: "Open a downloaded run",
        silent: "it gave no answer",
        newer: "a newer version of this page has stored here: reload",
    }
}

impl RecoveryText {
    /// The run that can be gone on with.
    pub fn offered(&self, title: &str, step: usize, when: &str, finished: bool, other_tier: bool) -> String {
        let what = match finished {
            true => "was finished",
            false => "was under way",
        };
        let tier = match other_tier {
            true => " It was trained with other SIMD instructions: its last digits will differ.",
            false => "",
        };
        format!(
            "Your run ({title}) {what} at step {} when it was saved, {when}.{tier}",
            thousands(step)
        )
    }

    /// What saving costs.
    pub fn share(&self, percent: f64) -> String {
        format!("Saving has taken {percent:.3} % of the training time.")
    }

    /// A worker was replaced.
    pub fn recovered(&self, reason: &str, step: usize) -> String {
        let from = match step {
            0 => "from its start, as nothing of it was saved yet".into(),
            step => format!("from step {}, where it was saved last", thousands(step)),
        };
        format!("The worker stopped ({reason}). Another one has taken its place; your run goes on {from}.")
    }

    /// An idle worker was replaced.
    pub fn replaced(&self, reason: &str) -> String {
        format!("The worker stopped ({reason}). Another one has taken its place; nothing is lost.")
    }

    /// The browser does not store the run.
    pub fn refused(&self, reason: &str) -> String {
        format!("The run cannot be saved ({reason}). Training goes on; download the run to keep it.")
    }

    /// What was saved cannot be read.
    pub fn unreadable(&self, reason: &str) -> String {
        format!("A saved run cannot be used: {reason}. It is left alone until you delete it under History.")
    }

    /// What is stored: which run, where it stood, how large.
    pub fn stored(&self, title: &str, step: usize, when: &str, size: &str) -> String {
        format!("{title}: step {}, {when}, {size}.", thousands(step))
    }

    /// What the page takes of what the browser grants.
    pub fn used(&self, used: &str, quota: &str) -> String {
        format!("All that this page stores: {used} of {quota} that the browser grants.")
    }
}
