//! The words of races between two settings.

words! {
    /// The words of races between two settings.
    RaceText {
        title: "Race",
        against: "Race these settings against yours, from the same seed",
        stop: "Stop race",
        before: "Race old settings",
        before_hint: "Start a race: your new settings against those before, from the same seed",
        rival_no_data: "its files are not at hand; choose them under Data, then race again",
        rival_other_files: "the files at hand are not those of its settings",
        rival_silent: "its worker does not answer any more",
    }
}

impl RaceText {
    /// The rival of a race has stopped.
    pub fn rival_failed(&self, reason: &str) -> String {
        format!("The race is over: the rival stopped ({reason}). Your own run goes on.")
    }
}
