//! The words of the training panel.

use crate::{
    app::format::{short, thousands},
    spec::{Change, LiveChange},
};

terms! {
    /// The terms of the training panel's groups.
    TrainingTerms {
        momentum: "Momentum",
            "The share of the last step that is kept for the next one. Steps that agree grow, steps that disagree cancel out.",
            "v = m v \u{2212} lr g,  w = w + v";
        nesterov: "Nesterov",
            "Looks ahead along the momentum before it steps. It brakes earlier when the slope turns.",
            "w = w + m v \u{2212} lr g";
        rho: "Rho",
            "How much of the running mean of the squared gradient is kept at every step. Nearer to 1, it remembers longer.",
            "s = \u{3c1} s + (1 \u{2212} \u{3c1}) g\u{b2}";
        beta1: "Beta 1",
            "How much of the running mean of the gradient is kept at every step: Adam's momentum. Nearer to 1, it remembers longer.",
            "m = \u{3b2}\u{2081} m + (1 \u{2212} \u{3b2}\u{2081}) g";
        beta2: "Beta 2",
            "How much of the running mean of the squared gradient is kept at every step. It sets the size of every weight's step.",
            "s = \u{3b2}\u{2082} s + (1 \u{2212} \u{3b2}\u{2082}) g\u{b2}";
        epsilon: "Epsilon",
            "Keeps the division finite where there is hardly a gradient. A larger one makes such steps smaller.",
            "w = w \u{2212} lr m / (\u{221a}s + \u{3b5})";
        weight_decay: "Weight decay",
            "Every step takes all weights a little nearer to 0, apart from the gradient. Large weights have to be worth it.",
            "w = w \u{2212} lr \u{b7} decay \u{b7} w";
        schedule: "Schedule",
            "How the learning rate changes during the run. Large steps find the way, small ones the spot.",
            "lr(t) = learning rate \u{b7} share(t)";
        warmup: "Warm-up steps",
            "Over so many steps the rate rises evenly from almost nothing. The first gradients are the wildest.",
            "lr(t) = lr \u{b7} (t + 1) / (warm-up + 1)";
        decay_steps: "Decay steps",
            "In so many steps the rate falls by the decay rate. The steps of the warm-up do not count.",
            "share(t) = rate^(t / steps)";
        decay_rate: "Decay rate",
            "What is left of the learning rate after the decay steps. 0.5 halves it each time.",
            "share(t) = rate^(t / steps)";
        alpha: "Alpha",
            "What is left of the learning rate at the end, as a share. 0 ends at nothing.",
            "share(t) = \u{3b1} + (1 \u{2212} \u{3b1})(1 + cos \u{3c0}t/n) / 2";
        pct_start: "Rising share",
            "The share of the run in which the rate rises. Then it falls to the end.",
            "peak at t = share \u{b7} n \u{2212} 1";
        div_factor: "Peak / start",
            "How many times the peak is higher than the start. The learning rate above is the peak.",
            "start = lr / factor";
        final_div_factor: "Start / end",
            "How many times the start is higher than the end. The last steps only settle.",
            "end = start / factor";
        smoothing: "Label smoothing",
            "This share of the certainty goes to all classes alike. The network is not driven to be surer than it can be.",
            "target = (1 \u{2212} s) [label] + s / classes";
        ema: "Averaged weights",
            "A running mean of the weights is measured, asked and saved; training goes on without it. This share of the mean is kept at every step, 0 is off.",
            "mean = a \u{b7} mean + (1 \u{2212} a) w";
        clip: "Clip gradient",
            "Shortens gradients that are too long: all together (global), each weight or bias for itself (norm), or number by number (value). One wild batch then does little harm.",
            "g = g \u{b7} limit / max(limit, |g|)";
        clip_at: "Clip at",
            "The longest a gradient may be. The gradient norm in the curves shows what is usual.",
            "|g| \u{2264} limit";
        shift: "Shift, pixels",
            "Moves every image by up to so many pixels, down and across. Each epoch draws anew.",
            "";
        rotation: "Rotation, degrees",
            "Turns every image by up to so many degrees, both ways. A 6 turned too far is a 9.",
            "";
        zoom: "Zoom",
            "Makes every image larger or smaller by up to this share, down and across on their own.",
            "0.1: from 0.9 to 1.1 of the size";
        shear: "Shear",
            "Slants every image, as handwriting is. Columns move by up to this share of their distance to the centre row.",
            "";
        elastic: "Elastic, pixels",
            "Bends every image like rubber: the points of a 5x5 grid move by up to so many pixels. What is between them follows.",
            "";
        noise: "Noise",
            "Adds grain to every pixel, with this standard deviation. Ink is 1, paper is 0.",
            "p = p + noise \u{b7} N(0, 1)";
        split: "Validation split",
            "This share of the training images, the last ones, is held out and measured after every epoch. 0 measures the test images.",
            "trained on = floor(images \u{b7} (1 \u{2212} split))";
        stop: "Stop early",
            "Ends the run when this figure has not become better for some epochs. The network would only learn its images by heart.",
            "";
        patience: "Patience, epochs",
            "After so many epochs that were no better than the best one the run ends. More waits longer for a late success.",
            "";
        min_delta: "Least gain",
            "An epoch counts as better only if it is so by more than this. 0 takes any gain.",
            "val_loss < best \u{2212} gain";
        restore: "Keep the best",
            "At the end of the run the weights are those of its best epoch again. Off, they stay those of the last one.",
            "";
    }
}

words! {
    /// The words of the training panel.
    Training {
        title: "Training",
        more: "More",
        seed_is: "seed",
        all_cores: "one a core",
        // Groups.
        optimizer_group: "Optimizer",
        schedule_group: "Schedule",
        regularisation_group: "Regularisation",
        augmentation_group: "Augmentation",
        validation_group: "Validation and stopping",
        nothing: "none",
        // Schedules.
        constant: "constant",
        stairs: "in steps",
        exponential: "exponential",
        cosine: "cosine",
        one_cycle: "one cycle",
        warm_up: "warm-up",
        // Clipping.
        off: "off",
        by_norm: "norm",
        by_global_norm: "global norm",
        by_value: "value",
        // What is in force.
        nesterov: "Nesterov",
        smoothing: "smoothing",
        decay: "decay",
        averaged: "averaged",
        clipped: "clipped",
        shift: "shift",
        rotation: "turn",
        zoom: "zoom",
        shear: "shear",
        elastic: "elastic",
        noise: "noise",
        test_images: "test images",
        val_loss: "val loss",
        val_accuracy: "val accuracy",
        // Preview.
        another: "Another digit",
        preview_waits: "Waits for the images",
        preview_off: "As it is: no amount is set",
        as_seen: "The first epochs",
        // While it runs.
        apply: "Apply now",
        changed: "Changed while it ran",
        planned: "Changes on the way",
        forget: "Forget",
        repeat: "Repeat in the next run",
        step_menu: "How far a step goes",
        step_batch: "One mini-batch",
        step_epoch: "To the end of the epoch",
        step_epoch_key: "Shift and right arrow",
    }
    with terms: TrainingTerms = TERMS,
}

impl Training {
    /// What the curve of a schedule shows: the first rate, the highest and after which step, the last.
    pub fn schedule_label(&self, first: f32, (peak, at): (f32, usize), last: f32, steps: usize) -> String {
        let (first, highest, last) = (short(first), short(peak), short(last));
        let steps = thousands(steps);
        match first == highest {
            true => format!("Learning rate: {first} at first, {last} at step {steps}"),
            false => {
                let at = thousands(at + 1);
                format!("Learning rate: {first} at first, {highest} at step {at}, {last} at step {steps}")
            }
        }
    }

    /// How many images are held out.
    pub fn held_out(&self, share: f64) -> String {
        format!("{} % held out", short((share * 100.0) as f32))
    }

    /// When early stopping ends the run.
    pub fn stops_after(&self, patience: usize) -> String {
        format!("patience {patience}")
    }

    /// What the run has, where the field beside says something else.
    pub fn runs_with(&self, value: &str) -> String {
        format!("The run has {value}")
    }

    /// A change of a run.
    pub fn change(&self, change: &LiveChange) -> String {
        let step = thousands(change.global_step);
        match change.change {
            Change::LearningRate(rate) => format!("after step {step}: learning rate {rate}"),
            Change::BatchSize(size) => format!("after step {step}: batch size {size}"),
        }
    }

    /// What early stopping did; epochs are counted from 1.
    pub fn stopped_early(&self, stopped: bool, best: usize, restored: bool) -> String {
        match (stopped, restored) {
            (true, true) => format!("Stopped early; the weights of epoch {best} are back"),
            (true, false) => format!("Stopped early; the best epoch was {best}"),
            (false, _) => format!("The weights of epoch {best}, the best one, are back"),
        }
    }

    /// The augmented images, for those who do not see them.
    pub fn preview_label(&self, draws: usize) -> String {
        format!("A training image as it is, and {draws} times as augmentation changes it")
    }

    /// The settings of Adam, in short.
    pub fn betas(&self, beta_1: f32, beta_2: f32) -> String {
        format!("betas {beta_1}, {beta_2}")
    }
}
