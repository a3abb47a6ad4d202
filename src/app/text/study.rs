//! The words of the closer look.

use super::images;
use crate::{
    app::{
        format::{NONE, fixed, percent, short, thousands},
        study::View,
    },
    report::Perturbation,
};

words! {
    /// The words of the closer look.
    StudyText {
        title: "Closer look",
        open_errors: "Errors in detail",
        open_why: "Why this answer?",
        counts: "Counts",
        rates: "Rates",
        taken_for: "Taken for",
        is_a: "Is",
        precision: "Precision",
        recall: "Recall",
        f1: "F1",
        support: "Images",
        scores: "By class",
        scores_about: "Precision: of the images taken for a class, the share that is of it. Recall: of the images of a class, the share taken for it. F1: the harmonic mean of both.",
        no_answers: "Every answer to the test images is counted here: after each epoch, or as soon as you ask.",
        recount: "Count all answers",
        recount_about: "The model that answers now, the shipped one too, looks at every test image. A few seconds.",
        confusion_hint: "Rows are what the images are, columns what they were taken for. Arrow keys move, Enter shows the images.",
        show_more: "Show more",
        choose_cell: "Choose a cell to see its images, the most confident answer first.",
        bins: "Bins",
        bin: "Confidence",
        answers: "Answers",
        accuracy: "Accuracy",
        confidence: "Mean confidence",
        ece: "Expected calibration error",
        ece_formula: "ECE = \u{3a3} |B\u{2098}| / n \u{b7} |acc(B\u{2098}) \u{2212} conf(B\u{2098})|",
        ece_source: "Guo et al., On Calibration of Modern Neural Networks, 2017, arXiv:1706.04599",
        calibration_about: "Answers sorted by confidence into equally wide bins. A bar is the share that was right; a calibrated network's bars end on the diagonal.",
        measure_robustness: "Measure robustness",
        robustness_empty: "Each curve will show how many are still read right, from untouched images on the left to heavily spoiled ones.",
        robustness_about: "The first 1,000 test images, spoiled in four ways. About 10 seconds.",
        robustness_table: "Accuracy by strength",
        strength: "Strength",
        perturbation: "Spoiled by",
        find_points: "Lay out the test images",
        points_about: "What the last hidden layer makes of every test image, along the two directions in which that varies most (principal components). A few seconds.",
        points_empty: "Every test image becomes a point: alike to the network is near.",
        points_hint: "Point at it, or move with the arrow keys; Enter opens the image.",
        highlight: "Highlight a class",
        errors_marked: "\u{d7} marks errors",
        why_empty: "Draw a digit, or choose a test image: then its answer is explained here.",
        explained_class: "Class",
        as_answered: "as answered",
        gradient: "Input gradient",
        gradient_about: "How much the score changes with each pixel: blue where more ink raises it, orange where it lowers it.",
        occlusion: "Occlusion",
        occlusion_about: "How far the score falls when a 4x4 square of paper is laid over the image: blue is ink that speaks for the class.",
        grad_cam: "Grad-CAM",
        grad_cam_about: "Where the last convolution sees what speaks for the class (Selvaraju et al., 2017, arXiv:1610.02391).",
        no_convolution: "The model has no convolution.",
        over_image: "Over the image",
        seen: "The image",
        seen_about: "What the network sees. The score is what the softmax is given.",
        loss: "test loss",
        nearest: "Nearest training images",
        nearest_of_class: "Nearest of the class",
        nearest_about: "By Euclidean distance of what the last hidden layer gives.",
        index: "Look through training images",
        index_about: "The training images go through the network once; then the nearest are shown with every answer.",
        index_stale: "The network has learnt since: look through them again for its weights of now.",
        ascent_about: "An image that starts as your drawing or as noise moves, step by step, along the gradient of one unit, so that the unit gives more. After each step all ink fades by 1 %, and every fourth step blurs a little.",
        from: "Begin with",
        from_seen: "What is seen",
        from_noise: "Noise",
        layer: "Layer",
        unit: "Unit",
        start: "Start",
        ascent_value: "The unit gives",
        ascent_step: "Step",
        ascent_first: "at first",
        ascent_begin: "At first",
        ascent_now: "Now",
        ascent_course: "What the unit gives, step by step",
        answer_now: "The network says",
    }
}

impl StudyText {
    /// The name of a view.
    pub fn view(&self, view: View) -> &'static str {
        match view {
            View::Why => "Why",
            View::Ascent => "What would make it",
            View::Confusion => "Confusion",
            View::Calibration => "Calibration",
            View::Robustness => "Robustness",
            View::Points => "Map",
        }
    }

    /// A way to spoil an image.
    pub fn perturbation(&self, perturbation: Perturbation) -> &'static str {
        match perturbation {
            Perturbation::Noise => "Noise, standard deviation",
            Perturbation::Shift => "Shift, pixels",
            Perturbation::Rotation => "Rotation, degrees",
            Perturbation::Thickness => "Thickness, pixels",
        }
    }

    /// A cell of the confusion matrix, for those who do not see it.
    pub fn cell(&self, label: &str, predicted: &str, count: usize, rate: Option<f64>) -> String {
        let rate = rate.map_or(NONE.into(), percent);
        format!("{label} taken for {predicted}: {}, {rate}", thousands(count))
    }

    /// The images of a cell.
    pub fn cell_images(&self, label: &str, predicted: &str, count: usize) -> String {
        format!("{label} taken for {predicted}: {}", images(count))
    }

    /// An image of a cell.
    pub fn answer(&self, place: u32, confidence: f32) -> String {
        format!("Test image {place}, {} sure", percent(confidence))
    }

    /// How many are right.
    pub fn right_of(&self, right: usize, total: usize) -> String {
        format!("{} of {} right", thousands(right), thousands(total))
    }

    /// An axis of the map.
    pub fn component(&self, number: usize, share: f32) -> String {
        format!("component {number}, {} of the variance", percent(share))
    }

    /// A point of the map.
    pub fn point(&self, place: usize, label: &str, predicted: &str) -> String {
        match label == predicted {
            true => format!("Test image {place}: {label}, read right"),
            false => format!("Test image {place}: {label}, taken for {predicted}"),
        }
    }

    /// A picture of numbers, for those who do not see it.
    pub fn heat(&self, name: &str, low: f32, high: f32) -> String {
        format!("{name}, from {} to {}", short(low), short(high))
    }

    /// A class's score and probability.
    pub fn score(&self, class: &str, score: f32, probability: f32) -> String {
        format!(
            "{class}: score {}, probability {}",
            fixed(score, 2),
            percent(probability)
        )
    }

    /// A neighbour.
    pub fn neighbour(&self, place: u32, label: &str, distance: f32) -> String {
        format!("Training image {place}: {label}, distance {}", short(distance))
    }

    /// How many training images are looked through.
    pub fn indexed(&self, images: usize, model: &str) -> String {
        format!("{model}: the first {} training images", thousands(images))
    }

    /// A robustness chart, for those who do not see it.
    pub fn robustness_label(&self, name: &str) -> String {
        format!("Accuracy by {name}. The figures are in the table below.")
    }
}
