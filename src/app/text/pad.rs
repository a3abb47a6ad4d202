//! The words of the pad and of what the network makes of it.

use crate::app::format::thousands;

words! {
    /// The words of the pad and of what the network makes of it.
    PadText {
        title: "Draw",
        draw_mode: "Drawing",
        test_mode: "Test image",
        training_mode: "Training image",
        about: "Drawing pad: draw a digit with mouse, finger or pen",
        placeholder: "Draw a digit",
        undo_hint: "Undo the last stroke (Ctrl+Z)",
        clear: "Clear",
        clear_hint: "Clear the pad (C)",
        sees: "The network sees",
        sees_blank: "The 28x28 image that the network sees: blank",
        sees_drawn: "The 28x28 image that the network sees",
        predicted: "Predicted digit",
        probabilities: "Probabilities",
        shipped_model: "Shipped model",
        no_model: "No model yet: press Train",
        previous: "Previous",
        next: "Next",
        random: "Random",
        image_number: "Image",
        image_of_run: "An image of the data set of your run: another one is shown under Data",
        label: "Label",
        test_waits: "Test images come with the data set, which is still loading.",
        right: "right",
        wrong: "wrong",
    }
}

impl PadText {
    /// Which model answers: the user's own.
    pub fn your_model(&self, step: usize) -> String {
        format!("Your model, step {}", thousands(step))
    }
}
