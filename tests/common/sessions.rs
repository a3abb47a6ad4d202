//! Sessions driven by messages, on images that are learned in a few steps.

use digit_lab::{
    data::ImageSet,
    protocol::{Command, Event, RunId},
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
