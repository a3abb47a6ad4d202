//! The words of the training controls and of what they show of a run.

words! {
    /// The words of the training controls and of what they show of a run.
    TransportText {
        title: "Training controls",
        train: "Train",
        resume: "Resume",
        train_again: "Train again",
        pause: "Pause",
        step: "Step",
        reset: "Reset",
        train_hint: "Train (Space)",
        pause_hint: "Pause (Space)",
        step_hint: "One mini-batch (right arrow)",
        reset_hint: "New weights from the seed (R)",
        reset_to_apply: "New changes: Reset to apply",
        what_train_does: "Train teaches a new network on 60,000 handwritten digits, here in this tab.",
        epoch: "epoch",
        step_count: "step",
        seconds: "s",
        eta: "left",
        speed: "img/s",
        progress: "Training progress",
        copy_link: "Copy a link to these settings: the same weights, bit for bit, in the same SIMD tier",
        link_copied: "Link copied",
        help: "Help",
        theme_auto: "Colours: as the system",
        theme_light: "Colours: light",
        theme_dark: "Colours: dark",
        idle: "Ready",
        loading: "Waiting for data",
        training: "Training",
        paused: "Paused",
        finished: "Finished",
        failed: "Stopped",
        recovering: "Recovering",
    }
}
