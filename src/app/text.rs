//! Every word of the page, in one place: a second language is a second [`Text`].

mod assignment;
mod files;
mod hand;
mod inside;
mod offline;
mod recovery;
mod study;
mod tour;
mod training;

pub use assignment::{AssignmentText, HandIn};
pub use files::FileText;
pub use hand::HandText;
pub use inside::InsideText;
pub use offline::OfflineText;
pub use recovery::RecoveryText;
pub use study::StudyText;
pub use tour::{Now, TourText};
pub use training::{Training, TrainingTerms};

use super::{
    coach::Finding,
    format::{NONE, clock, fixed, megabytes, precise, short, thousands},
};
use crate::{
    protocol::Split,
    spec::{Change, DataSource, Measured},
};

/// The words of the page in the language in force.
pub fn t() -> &'static Text {
    &ENGLISH
}

/// A term of the field and what it means: two sentences and, where there is one, a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The term.
    pub name: &'static str,
    /// What it means.
    pub help: &'static str,
    /// The formula, or nothing.
    pub formula: &'static str,
}

macro_rules! words {
    ($($name:ident: $text:expr,)*) => {
        /// The words of one language. The fields are named after what they stand for.
        #[derive(Debug)]
        #[allow(missing_docs)]
        pub struct Text {
            $(pub $name: &'static str,)*
            pub terms: Terms,
            pub recipe: Training,
            pub inside: InsideText,
            pub hand: HandText,
            pub study: StudyText,
            pub files: FileText,
            pub tour: TourText,
            pub recovery: RecoveryText,
            pub assignment: AssignmentText,
            pub offline: OfflineText,
        }

        static ENGLISH: Text = Text {
            $($name: $text,)*
            terms: TERMS,
            recipe: training::ENGLISH,
            inside: inside::ENGLISH,
            hand: hand::ENGLISH,
            study: study::ENGLISH,
            files: files::ENGLISH,
            tour: tour::ENGLISH,
            recovery: recovery::ENGLISH,
            assignment: assignment::ENGLISH,
            offline: offline::ENGLISH,
        };
    };
}

words! {
    title: "Digit Lab",
    // Transport.
    transport: "Training controls",
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
    elapsed: "elapsed",
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
    // Run states.
    idle: "Ready",
    loading: "Waiting for data",
    training: "Training",
    paused: "Paused",
    finished: "Finished",
    failed: "Stopped",
    // Data.
    data: "Data",
    data_set: "Data set",
    own_files: "Own files",
    data_waiting: "Starting",
    data_failed: "Not loaded",
    data_awaited: "Choose your files, or drop them here.",
    data_progress: "Data set",
    retry: "Retry",
    images_file: "Images",
    labels_file: "Labels",
    classes_example: "cat, dog, \u{2026}",
    files_hint: "IDX, raw or gzipped, 28x28, up to 26 classes and 200,000 images. For a test set choose or drop a second pair, with \"test\" or \"t10k\" in its names; without it every sixth image is held out.",
    import_progress: "Reading your files",
    drop_here: "Drop IDX files of images and labels",
    data_recipe: "Subset, noise",
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
    // Model.
    model: "Model",
    preset: "Preset",
    parameters: "parameters",
    params: "params",
    // The model's editor.
    undo_edit: "Undo the last change of the model",
    undo_edit_hint: "Undo the last change of the model (Ctrl+Z in here)",
    redo_edit: "Redo the change of the model",
    redo_edit_hint: "Redo the change of the model (Ctrl+Shift+Z in here)",
    add_layer: "Add layer",
    row_hint: "Edit (Enter), move (Alt+\u{2191} or \u{2193}, or drag), remove (Delete)",
    move_up: "Up",
    move_down: "Down",
    remove: "Remove",
    remove_hint: "Delete, on the row",
    rare_arguments: "Weights",
    summary: "Summary",
    copy: "Copy",
    copied: "Copied",
    copy_text_failed: "The text could not be copied: select it and copy it by hand.",
    model_does_not_fit: "The model does not fit together",
    // Training.
    training_settings: "Training",
    more: "More",
    seed_is: "seed",
    all_cores: "one a core",
    // Engine.
    engine: "Engine",
    workers: "Workers",
    simd: "SIMD",
    weights: "Weights",
    run: "Run",
    // Network.
    network: "Network",
    input: "Input",
    network_empty: "Draw a digit: every layer's output appears here.",
    open_layer: "Open",
    close: "Close",
    range: "Range",
    silent: "silent",
    channels: "channels",
    features: "features",
    // Results.
    results: "Results",
    curves: "Curves",
    evaluation: "Evaluation",
    // Curves.
    train_set: "train",
    validation_set: "val",
    test_set: "test",
    latest_step: "latest step",
    after_epoch: "after the epoch",
    along: "Along",
    by_step: "by step",
    by_epoch: "by epoch",
    by_time: "by time",
    chart_options: "Chart options",
    smoothing: "Smoothing",
    log_axis: "Log axis",
    zoom_part: "Zoom",
    zoom_in: "Nearer",
    zoom_out: "Further",
    zoom_all: "Show all",
    zoom_hint: "Drag over a chart to zoom, or turn the wheel with Ctrl; double-click shows all. With the keyboard: arrows read values, + and - zoom, Escape shows all.",
    download: "Download",
    download_csv: "CSV",
    download_csv_hint: "Every step and epoch of this run as a table",
    download_png: "PNG",
    download_png_hint: "Both charts as a picture",
    download_failed: "The picture could not be made. The CSV has the same numbers.",
    this_step: "this step",
    smoothed: "smoothed",
    changed_after: "then changed",
    no_cursor: "No step chosen",
    steps_empty_chart: "One value a step, as soon as training starts.",
    epochs_empty_chart: "One value an epoch, as soon as the first is finished.",
    course_table: "The course in figures",
    course_empty: "Train first: then there are figures.",
    step_head: "Step",
    seconds_head: "Seconds",
    loss_empty: "Train shows a new network, which knows nothing yet, thousands of handwritten digits. Its loss should fall here.",
    accuracy_empty: "The share of digits that it reads right should rise here.",
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
    // History and comparison.
    history: "History",
    history_empty: "Every run with at least one step is kept here: its settings, its curves, its result.",
    history_bounds: "The last 50 runs are kept in this browser, each with at most 512 points of its curves.",
    this_run: "This run",
    run_again: "Train again with these settings",
    race_against: "Race these settings against yours, from the same seed",
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
    // Race.
    race: "Race",
    stop_race: "Stop race",
    race_before: "Race old settings",
    race_before_hint: "Start a race: your new settings against those before, from the same seed",
    rival_no_data: "its files are not at hand; choose them under Data, then race again",
    rival_other_files: "the files at hand are not those of its settings",
    rival_silent: "its worker does not answer any more",
    // Coach.
    coach: "Coach",
    coach_more: "What to do",
    lower_rate: "Lower the learning rate, by a factor of ten at first, or warm it up; clipping the gradient helps too.",
    raise_rate: "Raise the learning rate, by a factor of three at a time, as long as the loss falls smoothly.",
    shorten_gradient: "Clip the gradient or lower the learning rate; batch normalisation keeps layers in proportion.",
    revive_gradient: "Try ReLU in place of sigmoid or tanh, He or Glorot initial weights, batch normalisation, or fewer layers.",
    revive_units: "Lower the learning rate and start anew: dead units do not come back. Leaky ReLU has none.",
    generalise: "Stop at the best epoch, show more images, augment them, or add dropout or weight decay.",
    fit_more: "Give the network more filters or units, train it longer at another learning rate, or regularise it less.",
    // The engine at work.
    measurements: "Measurements",
    images_a_second: "Images/s",
    dense_speed: "Speed",
    gflops: "GFLOP/s",
    core_peak: "Peak of a core",
    peak_share: "Share of peak",
    waiting: "Waiting",
    memory: "Memory",
    stop: "Stop",
    measuring: "Measuring; Train goes first and stops it.",
    measure_pauses: "Pause first: training needs the whole machine.",
    measures_beside: "Training goes on meanwhile; the weights of this moment are used.",
    measure_machine: "Measure this machine",
    measure_machine_about: "A core's peak and the time of every layer, on your network. About 4 seconds.",
    layer: "Layer",
    forward_ms: "Forward, ms",
    backward_ms: "Backward, ms",
    of_peak: "Of peak",
    packing: "Packing of the weights",
    loss_and_sum: "Loss, sum of the shares",
    optimizer_step: "Optimizer",
    whole_step: "Whole step",
    one_prediction: "One prediction with all activations:",
    measure_workers: "Measure 1 to all workers",
    measure_workers_about: "A copy of your run is trained by 1, 2, 4 \u{2026} workers, up to one a core. About 3 seconds each.",
    scaling_caption: "Speed by workers",
    speed_up: "Speed-up",
    check_gradients: "Check gradients",
    check_gradients_about: "Every layer's gradient against central differences, on your network. A few seconds.",
    gradients_caption: "Largest error, as a share of the layer's largest gradient. f64 must stay below 1e-5; f32, which trains, below 1e-3: rounding can tip a ReLU or a pool.",
    against_differences: "f64, differences",
    against_double: "f32, f64",
    verdict: "Verdict",
    fine: "fine",
    too_large: "too large",
    // Pad.
    draw: "Draw",
    draw_mode: "Drawing",
    test_mode: "Test image",
    training_mode: "Training image",
    pad: "Drawing pad: draw a digit with mouse, finger or pen",
    pad_placeholder: "Draw a digit",
    undo: "Undo",
    undo_hint: "Undo the last stroke (Ctrl+Z)",
    clear: "Clear",
    clear_hint: "Clear the pad (C)",
    sees: "The network sees",
    sees_blank: "The 28x28 image that the network sees: blank",
    sees_drawn: "The 28x28 image that the network sees",
    prediction: "Prediction",
    predicted: "Predicted digit",
    probabilities: "Probabilities",
    answers: "Answers",
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
    // Places.
    places: "Places",
    tab_draw: "Draw",
    tab_train: "Train",
    tab_network: "Network",
    tab_results: "Results",
    // Trouble.
    dismiss: "Dismiss",
    restart: "Restart",
    reload: "Reload",
    worker_slow: "The worker has not started within half a minute. The connection may be slow: wait, or restart it.",
    other_build: "The page and its worker are of different versions. Reload to get the new one; if this stays, empty the browser's cache.",
    copy_failed: "The link could not be copied: copy the address from the address bar.",
    // Help.
    help_title: "How to use Digit Lab",
    help_draw: "Draw a digit on the pad. The network answers while you draw, and every layer shows what it makes of the drawing.",
    help_train: "Train builds a new network with random weights and trains it on MNIST, in this tab: nothing leaves your computer. Draw while it learns and watch it change its mind.",
    help_look: "Each row of the network is one layer. A tile is one channel: the stronger the colour, the larger the number. Click a row to enlarge it.",
    help_link: "The address of the page holds the settings: who opens the link gets the same run, bit for bit.",
    shortcuts: "Keyboard",
    shortcuts_on: "Keyboard shortcuts are on",
    key_space: "Space",
    key_right: "Right arrow",
    key_escape: "Escape",
    does_train: "Train or pause",
    does_step: "One mini-batch",
    does_reset: "Reset",
    does_clear: "Clear the pad",
    does_undo: "Undo the last stroke",
    does_help: "This help",
    does_close: "Close what is open",
    about: "About",
}

/// The terms that the page explains.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Terms {
    pub optimizer: Term,
    pub learning_rate: Term,
    pub batch_size: Term,
    pub epochs: Term,
    pub seed: Term,
    pub workers: Term,
    pub loss: Term,
    pub accuracy: Term,
    pub limit: Term,
    pub label_noise: Term,
    pub without: Term,
    pub classes: Term,
    pub gradient_norm: Term,
    pub weight_norm: Term,
    pub dead_units: Term,
}

const TERMS: Terms = Terms {
    optimizer: Term {
        name: "Optimizer",
        help: "How the weights follow the gradient g of the loss. RMSprop and Adam give every weight a step size of its own; SGD rolls on with momentum.",
        formula: "RMSprop: s = 0.9 s + 0.1 g\u{b2},  w = w \u{2212} lr \u{b7} g / \u{221a}(s + \u{3b5})",
    },
    learning_rate: Term {
        name: "Learning rate",
        help: "How far one step moves the weights. Too large and the loss jumps about or grows; too small and training takes for ever.",
        formula: "w = w \u{2212} lr \u{b7} step",
    },
    batch_size: Term {
        name: "Batch size",
        help: "How many images are averaged for one step. Larger batches give smoother steps, but fewer of them.",
        formula: "steps an epoch = images / batch size, rounded up",
    },
    epochs: Term {
        name: "Epochs",
        help: "How often every training image is seen. The images are shuffled anew for each epoch.",
        formula: "",
    },
    seed: Term {
        name: "Seed",
        help: "Where the random numbers start: initial weights and shuffling. The same seed and settings give the same network, bit for bit.",
        formula: "",
    },
    workers: Term {
        name: "Workers",
        help: "How many threads share each batch. More are faster, up to the machine's cores; the weights come out the same, bit for bit.",
        formula: "",
    },
    loss: Term {
        name: "Loss",
        help: "How surprised the network is by the right answer, averaged over images. 2.30 is guessing among ten digits; 0 is certain and right.",
        formula: "loss = \u{2212}ln p(right digit)",
    },
    accuracy: Term {
        name: "Accuracy",
        help: "The share of images whose most probable digit is the right one. Validation images are never trained on.",
        formula: "accuracy = right / all",
    },
    limit: Term {
        name: "Images used",
        help: "Trains on the first so many training images. With few of them a network learns them by heart, and the test shows it.",
        formula: "",
    },
    label_noise: Term {
        name: "Label noise",
        help: "The share of the training labels that is changed to another class, at random but the same for the same seed. The test labels stay right.",
        formula: "",
    },
    classes: Term {
        name: "Class names",
        help: "What the classes of your files are called, first to last, with commas between. They are part of the link, but not of the run.",
        formula: "",
    },
    without: Term {
        name: "Left out",
        help: "Classes that are not trained on. The model keeps a unit for each and the test keeps their images: see what it takes them for.",
        formula: "",
    },
    gradient_norm: Term {
        name: "Gradient norm",
        help: "How long the gradient of the loss is, over all weights together, before any clipping. It should neither vanish nor explode.",
        formula: "norm = \u{221a}(g\u{2081}\u{b2} + g\u{2082}\u{b2} + \u{2026})",
    },
    weight_norm: Term {
        name: "Weight norm",
        help: "How long all weights together are, after the step. It grows slowly while the network learns; weight decay holds it down.",
        formula: "norm = \u{221a}(w\u{2081}\u{b2} + w\u{2082}\u{b2} + \u{2026})",
    },
    dead_units: Term {
        name: "Dead ReLU units",
        help: "The share of filters and units whose ReLU gave 0 for every validation image. They pass on nothing, and no gradient wakes them.",
        formula: "dead = units that are always 0 / all with ReLU",
    },
};

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

/// The data.
impl Text {
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
        format!("{} images", thousands(count))
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
}

impl Text {
    /// Which model answers: the user's own.
    pub fn your_model(&self, step: usize) -> String {
        format!("Your model, step {}", thousands(step))
    }

    /// What a preset was measured to reach.
    pub fn measured(&self, measured: &Measured) -> String {
        let Measured { seeds, mean, lowest } = measured;
        match seeds {
            1 => format!("Measured: test accuracy {mean:.4} with seed 1"),
            _ => format!("Measured: test accuracy {mean:.4}, mean of {seeds} seeds; lowest {lowest:.4}"),
        }
    }

    /// A preset whose layers were changed.
    pub fn custom_from(&self, preset: &str) -> String {
        format!("custom, from {preset}")
    }

    /// A layer was added; places count from 1.
    pub fn layer_added(&self, kind: &str, place: usize, count: usize) -> String {
        format!("{kind} added: layer {place} of {count}")
    }

    /// A layer went elsewhere.
    pub fn layer_moved(&self, kind: &str, place: usize, count: usize) -> String {
        format!("{kind} moved: layer {place} of {count}")
    }

    /// A layer is gone, and so many are left.
    pub fn layer_removed(&self, kind: &str, count: usize) -> String {
        format!("{kind} removed: {count} layers")
    }

    /// A change was taken back; so many are left.
    pub fn edit_undone(&self, left: usize) -> String {
        format!("Undone: {left} more can be undone")
    }

    /// A change was made again; so many are left.
    pub fn edit_redone(&self, left: usize) -> String {
        format!("Redone: {left} more can be redone")
    }

    /// Which layer stands in the way of a run.
    pub fn layer_does_not_fit(&self, number: usize) -> String {
        format!("Layer {number} does not fit")
    }

    /// A link that asks for other instructions than the worker at hand has.
    pub fn other_simd(&self, id: &str) -> String {
        format!("The link asks for simd={id}, which takes a reload. Everything else of it is in force.")
    }

    /// How much of the data set is there.
    pub fn data_loading(&self, loaded: u64, total: u64) -> String {
        format!("{} of {} MB", megabytes(loaded), megabytes(total))
    }

    /// What the data set holds.
    pub fn data_ready(&self, train: usize, test: usize) -> String {
        format!("{} training, {} test images", thousands(train), thousands(test))
    }

    /// What is left of the run.
    pub fn left(&self, seconds: f64) -> String {
        format!("{} left", clock(seconds))
    }

    /// A tile's place and value.
    pub fn cell(&self, [row, column, channel]: [usize; 3], value: &str) -> String {
        format!("Channel {channel}, row {row}, column {column}: {value}")
    }

    /// A feature's place and value.
    pub fn feature(&self, index: usize, value: &str) -> String {
        format!("Feature {index}: {value}")
    }

    /// Channels or features that are 0 everywhere.
    pub fn silent_of(&self, silent: usize, all: usize, what: &str) -> String {
        format!("{silent} of {all} {what} silent")
    }

    /// A layer's activations, for those who do not see them.
    pub fn activation_label(&self, name: &str, count: usize, what: &str, range: Option<(&str, &str)>) -> String {
        match range {
            Some((low, high)) => format!("Activations of {name}: {count} {what}, from {low} to {high}"),
            None => format!("Activations of {name}: {count} {what}, nothing drawn yet"),
        }
    }

    /// A chart, for those who do not see it.
    pub fn chart_label(&self, name: &str, along: &str) -> String {
        format!("{name} {along}. The figures are in the legend, under the cursor and in Evaluation.")
    }

    /// The choice of what a chart shows.
    pub fn chart_shows(&self, number: usize) -> String {
        format!("Chart {number} shows")
    }

    /// The cursor of a chart.
    pub fn cursor_label(&self, name: &str) -> String {
        format!("Cursor of {name}")
    }

    /// Where the cursor is.
    pub fn reading_head(&self, step: &str, epoch: &str, seconds: &str) -> String {
        format!("step {step} \u{b7} epoch {epoch} \u{b7} {seconds} s")
    }

    /// What was measured at an epoch's end.
    pub fn validation_after(&self, epoch: usize) -> String {
        format!("val, epoch {epoch}")
    }

    /// What the coach has found, with the figures that it rests on.
    pub fn finding(&self, finding: &Finding) -> String {
        let loss = |value: f32| fixed(value, if value.abs() < 100.0 { 2 } else { 0 });
        match *finding {
            Finding::NotFinite { step, loss: last, rate } => format!(
                "Stopped: step {} gave no finite number. The last loss was {}, at learning rate {}. The weights before it are kept.",
                thousands(step),
                last.map_or(NONE.into(), short),
                precise(rate)
            ),
            Finding::LossRises { from, to, rate } => format!(
                "Learning rate too high: at {} the loss has risen from {} to {}.",
                precise(rate),
                loss(from),
                loss(to)
            ),
            Finding::ThrownOff { peak, now, rate } => format!(
                "Learning rate too high: at {} the first steps threw the loss up to {}, and since then the network guesses ({}).",
                precise(rate),
                loss(peak),
                loss(now)
            ),
            Finding::SlowFall {
                from,
                to,
                steps,
                end,
                rate,
            } => format!(
                "Learning rate too low: at {} the loss fell only from {} to {} in {} steps; like this the run ends at {}.",
                precise(rate),
                fixed(from, 3),
                fixed(to, 3),
                thousands(steps),
                loss(end)
            ),
            Finding::Exploding { from, to } => format!(
                "Exploding gradients: their length has grown from {} to {}.",
                short(from),
                short(to)
            ),
            Finding::Vanishing { norm, loss: last } => format!(
                "Vanishing gradients: their length is {}, though the loss is still {}.",
                short(norm),
                loss(last)
            ),
            Finding::DeadUnits { share, epoch } => format!(
                "Dead units: {} of those with ReLU gave 0 for every validation image after epoch {epoch}.",
                self.probability(share)
            ),
            Finding::OverFitting {
                best,
                lowest,
                validation,
                training,
            } => format!(
                "Over-fitting since epoch {}: validation loss rose from {} to {}, training loss is {}.",
                best + 1,
                fixed(lowest, 3),
                fixed(validation, 3),
                fixed(training, 3)
            ),
            Finding::Gap {
                since,
                training,
                validation,
            } => format!(
                "Over-fitting since epoch {since}: accuracy is {} on training images, {} on validation images.",
                fixed(training, 3),
                fixed(validation, 3)
            ),
            Finding::UnderFitting {
                epochs: [first, last],
                training,
                validation,
            } => format!(
                "Under-fitting: training accuracy stands at {} from epoch {first} to {last}, and validation ({}) is no better.",
                fixed(training, 3),
                fixed(validation, 3)
            ),
        }
    }

    /// What can be done about it.
    pub fn advice(&self, finding: &Finding) -> &'static str {
        match finding {
            Finding::NotFinite { .. } | Finding::LossRises { .. } | Finding::ThrownOff { .. } => self.lower_rate,
            Finding::SlowFall { .. } => self.raise_rate,
            Finding::Exploding { .. } => self.shorten_gradient,
            Finding::Vanishing { .. } => self.revive_gradient,
            Finding::DeadUnits { .. } => self.revive_units,
            Finding::OverFitting { .. } | Finding::Gap { .. } => self.generalise,
            Finding::UnderFitting { .. } => self.fit_more,
        }
    }

    /// Further findings.
    pub fn more_findings(&self, count: usize) -> String {
        format!("{count} more")
    }

    /// A setting that was changed while the run went on.
    pub fn changed(&self, change: Change) -> String {
        match change {
            Change::LearningRate(rate) => format!("lr {}", precise(rate)),
            Change::BatchSize(size) => format!("batch {size}"),
        }
    }

    /// How many steps.
    pub fn steps(&self, count: &str) -> String {
        format!("{count} steps")
    }

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

    /// The rival of a race has stopped.
    pub fn rival_failed(&self, reason: &str) -> String {
        format!("The race is over: the rival stopped ({reason}). Your own run goes on.")
    }

    /// A setting as a run is compared by it.
    pub fn setting_name(&self, name: &'static str) -> &'static str {
        match name {
            "lr" => "learning_rate",
            "batch" => "batch_size",
            name => name,
        }
    }

    /// A digit and its probability, for those who do not see the bar.
    pub fn probability_label(&self, digit: usize) -> String {
        format!("Probability of {digit}")
    }

    /// A setting of the address that could not be used.
    pub fn bad_link(&self, problems: &str) -> String {
        format!("In the address: {problems}")
    }

    /// The worker's own words about its end.
    pub fn worker_failed(&self, reason: &str) -> String {
        format!(
            "The worker stopped ({reason}). Your drawing and settings are safe, and so is the run as it was saved last: reload the page to go on with it."
        )
    }

    /// Other instructions than those asked for.
    pub fn other_tier(&self, wanted: &str, got: &str) -> String {
        format!("simd={wanted} is not available here: {got} is used.")
    }

    /// Whose the memory is.
    pub fn memory_parts(&self, workers: &[u64], page: u64) -> String {
        let workers: Vec<_> = workers.iter().map(|&bytes| megabytes(bytes)).collect();
        format!("workers {}, page {}", workers.join(" + "), megabytes(page))
    }

    /// What the table of layers shows.
    pub fn profile_caption(&self, batch: usize) -> String {
        format!(
            "A step of {batch} images on one core. GFLOP/s count plain dense arithmetic: kernels that leave work out can pass the peak."
        )
    }

    /// How far the measurement on the test images is.
    pub fn evaluated(&self, done: usize, total: usize) -> String {
        format!("{} of {} images", thousands(done), thousands(total))
    }

    /// A share in percent.
    pub fn probability(&self, value: f32) -> String {
        match value {
            p if p >= 0.9995 => "100 %".into(),
            p if p >= 0.1 => format!("{:.0} %", p * 100.0),
            p => format!("{:.1} %", p * 100.0),
        }
    }
}
