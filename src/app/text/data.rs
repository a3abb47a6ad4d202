//! The words of the data set, of the images in it and of the user's files.

use super::images;
use crate::{
    app::format::{megabytes, thousands},
    protocol::Split,
    spec::DataSource,
};

words! {
    /// The words of the data set, of the images in it and of the user's files.
    DataText {
        title: "Data",
        data_set: "Data set",
        waiting: "Starting",
        failed: "Not loaded",
        awaited: "Choose your files, or drop them here.",
        progress: "Data set",
        images_file: "Images",
        labels_file: "Labels",
        classes_example: "cat, dog, \u{2026}",
        files_hint: "IDX, raw or gzipped, 28x28, up to 26 classes and 200,000 images. For a test set choose or drop a second pair, with \"test\" or \"t10k\" in its names; without it every sixth image is held out.",
        import_progress: "Reading your files",
        drop_here: "Drop IDX files of images and labels",
        recipe: "Subset, noise",
        limit_all: "all",
        browse_images: "Browse the images",
        images: "Images",
        training_images: "Training",
        test_images: "Test",
        class: "Class",
        all_classes: "all",
        changed_labels: "Changed labels only",
        no_images: "No image fits: choose another class, or all labels.",
        loading_image: "Loading",
        images_hint: "Arrow keys move, Enter opens an image in the network.",
    }
}

/// Fashion-MNIST's classes, in order.
const CLOTHES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

impl DataText {
    /// What a class of a data set of so many classes is called.
    pub fn class_name(&self, source: DataSource, classes: usize, class: usize) -> String {
        match source {
            DataSource::Fashion => CLOTHES.get(class).map_or(class.to_string(), |name| (*name).into()),
            DataSource::Own(_) if classes > 10 && class < 26 => char::from(b'A' + class as u8).into(),
            _ => class.to_string(),
        }
    }

    /// What the user's files hold.
    pub fn own_facts(&self, name: &str, classes: usize, held_out: bool) -> String {
        let test = if held_out {
            "; every sixth image is held out for the test"
        } else {
            ""
        };
        format!("{name}: {classes} classes{test}")
    }

    /// How much of the user's files is read.
    pub fn importing(&self, read: u64, total: u64) -> String {
        format!("Reading: {} of {} MB", megabytes(read), megabytes(total))
    }

    /// Files that are not those of the link.
    pub fn other_files(&self, wanted: &str, got: &str) -> String {
        format!("The link was made with other files ({wanted}) than these ({got}): the run will be another.")
    }

    /// A data set with more classes than the model.
    pub fn too_few_units(&self, units: usize, classes: usize) -> String {
        format!(
            "The data set has {classes} classes, the model's last layer {units} units: it cannot be trained on them."
        )
    }

    /// The model's last layer made to fit.
    pub fn set_units(&self, units: usize) -> String {
        format!("Set it to {units} units")
    }

    /// How a recipe differs from all images as they are.
    pub fn recipe_in_force(&self, used: Option<usize>, noise: f32, without: &str) -> String {
        let used = used.map(thousands);
        let noise = (noise > 0.0).then(|| format!("noise {noise}"));
        let without = (!without.is_empty()).then(|| format!("without {without}"));
        let parts: Vec<_> = used.into_iter().chain(noise).chain(without).collect();
        parts.join(", ")
    }

    /// A class that training can do without.
    pub fn leave_out(&self, name: &str) -> String {
        format!("Leave {name} out")
    }

    /// How many images were found.
    pub fn images_found(&self, count: usize) -> String {
        images(count)
    }

    /// An image of the data set, for those who do not see it.
    pub fn image_label(&self, split: Split, index: usize, label: &str) -> String {
        let split = match split {
            Split::Train => "Training",
            Split::Test => "Test",
        };
        format!("{split} image {index}, label {label}")
    }

    /// An image that training takes for something else.
    pub fn changed_label(&self, label: &str, trained_as: &str) -> String {
        format!("{label}, trained as {trained_as}")
    }

    /// How much of the data set is there.
    pub fn loading(&self, loaded: u64, total: u64) -> String {
        format!("{} of {} MB", megabytes(loaded), megabytes(total))
    }

    /// What the data set holds.
    pub fn ready(&self, train: usize, test: usize) -> String {
        format!("{} training, {} test images", thousands(train), thousands(test))
    }
}
