//! The words about the inside of the network.

use crate::app::format::{megabytes, thousands};

words! {
    /// The words about the inside of the network.
    InsideText {
        moment: "Moment",
        now: "now",
        back_to_now: "Back to now",
        no_moments: "Moments of the run: train first. They show every layer and the answer as they were.",
        maps: "Outputs",
        maps_hint: "Point at a number, or use the arrow keys (with Shift: the next channel). A click or Enter holds it.",
        lens_hint: "Left and right arrow: the next channel",
        pinned: "Held: click or Enter lets go.",
        explained: "This number",
        explained_empty: "Draw a digit: then every number here is taken apart.",
        input_channel: "Input channel",
        strongest: "the strongest",
        window: "Window",
        kernel: "Kernel",
        products: "Products",
        padding: "padding: 0",
        border: "A zero that the layer puts beside the image.",
        input_head: "Input",
        value_head: "Value",
        weight_head: "Weight",
        product_head: "Product",
        sum: "Sum",
        bias: "Bias",
        largest: "Largest",
        mean: "Mean",
        engine_gave: "The engine gave",
        weights: "Weights",
        no_weights: "This layer has nothing to learn.",
        spread: "Spread over time",
        spread_hint: "The newest moment is in front. Heights are square roots of counts, so that tails are seen.",
        activations: "Outputs",
        gradients: "Gradients",
        no_activations: "As soon as the images are loaded.",
        no_gradients: "From the first step on; not for moments.",
        of_input: "The input is what it is: nothing is computed here.",
    }
}

impl InsideText {
    /// A moment that is shown.
    pub fn at_step(&self, step: usize) -> String {
        format!("step {}", thousands(step))
    }

    /// What the moments take.
    pub fn kept(&self, moments: usize, bytes: usize) -> String {
        format!("{moments} kept, {} MB", megabytes(bytes as u64))
    }

    /// The place of a number in an output with maps.
    pub fn place(&self, [row, column, channel]: [usize; 3]) -> String {
        format!("channel {channel}, row {row}, column {column}")
    }

    /// The place of a number in an output of features.
    pub fn feature(&self, feature: usize) -> String {
        format!("feature {feature}")
    }

    /// The part of an input channel in a sum.
    pub fn channel(&self, channel: usize) -> String {
        format!("channel {channel}")
    }

    /// Parts of a sum that are not told one by one.
    pub fn others(&self, count: usize) -> String {
        match count {
            1 => "1 other".into(),
            _ => format!("{} others", thousands(count)),
        }
    }

    /// Where a window lies.
    pub fn window_at(&self, channel: usize, [row, column]: [i32; 2], [rows, columns]: [usize; 2]) -> String {
        format!("{rows}x{columns} of input channel {channel}, from row {row}, column {column}")
    }

    /// A number that is the same as in the input.
    pub fn same(&self, place: &str) -> String {
        format!("The same number as in the input: {place}.")
    }

    /// Units that gave 0 for every image.
    pub fn dead(&self, dead: usize, units: usize, images: usize) -> String {
        let share = 100.0 * dead as f32 / units.max(1) as f32;
        format!("{dead} of {units} dead ({share:.0} %): 0 for all of {images} test images")
    }

    /// A tensor of weights.
    pub fn tensor(&self, role: &str, shape: &[usize]) -> String {
        match *shape {
            [height, width, 1, outputs] => format!("{role}: {outputs} kernels of {height}x{width}"),
            [height, width, inputs, outputs] => {
                format!(
                    "{role}: {height}x{width}, a row for each of {inputs} inputs, a column for each of {outputs} outputs"
                )
            }
            [inputs, outputs] => {
                format!("{role}: a row for each of {outputs} outputs, a column for each of {inputs} inputs")
            }
            _ => format!("{role}: {} numbers", shape.iter().product::<usize>()),
        }
    }

    /// A picture of how numbers are spread, for those who do not see it.
    pub fn spread_label(&self, name: &str, moments: usize, facts: &str) -> String {
        format!("{name} at the last {moments} moments; the latest: {facts}")
    }

    /// The latest numbers in figures.
    pub fn spread_facts(&self, low: &str, high: &str, mean: &str, deviation: &str, zeros: f32) -> String {
        format!(
            "{low} \u{2026} {high}, mean {mean}, deviation {deviation}, {:.0} % zeros",
            100.0 * zeros
        )
    }

    /// What a layer does whose numbers are not taken apart, by its kind in Keras.
    pub fn whole(&self, kind: &str) -> &'static str {
        match kind {
            "BatchNormalization" => {
                "The channel's running mean is subtracted, the rest divided by the running standard deviation; then it is \
                 scaled and shifted by two learned numbers of the channel."
            }
            "LayerNormalization" => {
                "The mean of all channels at this place is subtracted, the rest divided by their standard deviation; then \
                 it is scaled and shifted by two learned numbers of the channel."
            }
            "ReLU" => {
                "The number itself; below 0 times the slope that the layer is told, and no more than its bound, if it has one."
            }
            "SimpleRNN" => {
                "The sequence is read step by step: each step's input and the output before it, times their weights, are \
                 added and go through tanh."
            }
            "LSTM" => {
                "The sequence is read step by step: gates decide at each step what enters the memory, what stays in it and \
                 what of it is given out."
            }
            "GRU" => {
                "The sequence is read step by step: gates decide at each step how much of the last output stays and how \
                 much of it counts for the new one."
            }
            _ => "This layer's numbers are not taken apart.",
        }
    }
}
