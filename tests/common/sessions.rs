//! Sessions driven by messages, on images that are learned in a few steps.

use digit_lab::{
    data::ImageSet,
    protocol::{BatchReport, Command, Event, RunId},
    session::Session,
    spec::{ModelSpec, TrainConfig},
};

/// Images of 28x28 whose class, of so many, is the place of a bright block.
pub fn blocks(count: usize, classes: usize) -> ImageSet {
    let rows = 28usize.div_ceil(classes);
    let labels: Vec<u8> = (0..count).map(|i| (i * 7 % classes) as u8).collect();
    let bright = |pixel: usize, label: u8| pixel / 28 / rows == usize::from(label);
    let image = |&label: &u8| (0..784).map(move |pixel| if bright(pixel, label) { 255 } else { 0 });
    ImageSet {
        images: labels.iter().flat_map(image).collect(),
        labels,
        image_shape: [28, 28],
    }
}

/// Images of 6x6, three classes: which third of the rows is bright.
pub fn rows(count: usize) -> ImageSet {
    let class = |image: usize| image * 7 % 3;
    let grey = |image: usize, pixel: usize| (image * 11 + pixel * 5) % 50;
    let pixel = |image: usize, pixel: usize| grey(image, pixel) + if pixel / 12 == class(image) { 200 } else { 0 };
    let image = |image: usize| (0..36).map(move |at| pixel(image, at) as u8);
    ImageSet {
        images: (0..count).flat_map(image).collect(),
        labels: (0..count).map(|image| class(image) as u8).collect(),
        image_shape: [6, 6],
    }
}

/// Begins a run.
pub fn reset(run: RunId, model: &ModelSpec, config: &TrainConfig) -> Command {
    Command::Reset {
        run,
        model: model.clone(),
        config: config.clone(),
    }
}

/// Everything that comes of a command, until there is nothing more to do.
pub fn run(session: &mut Session, command: Command) -> Vec<Event> {
    let mut events = session.handle(command);
    events.extend(rest(session));
    events
}

/// Everything that comes until there is nothing more to do.
pub fn rest(session: &mut Session) -> Vec<Event> {
    let mut events = vec![];
    while session.is_busy() {
        events.extend(session.tick());
    }
    events
}

/// The batches that were trained.
pub fn batches(events: &[Event]) -> Vec<BatchReport> {
    let batch = |event: &Event| match event {
        Event::Batch { report, .. } => Some(*report),
        _ => None,
    };
    events.iter().filter_map(batch).collect()
}

/// The last fingerprint that was told.
pub fn fingerprint(events: &[Event]) -> String {
    let hash = |event: &Event| match event {
        Event::RunReset { weights_hash, .. }
        | Event::Epoch { weights_hash, .. }
        | Event::Fingerprint { weights_hash, .. } => Some(weights_hash.clone()),
        _ => None,
    };
    events.iter().rev().find_map(hash).expect("there is a fingerprint")
}
