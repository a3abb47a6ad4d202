//! How the shipped models read drawings: `cargo run --release --example hand -- data/pens-unseen.json`.
//!
//! Files are lists of `{"digit": 4, "strokes": [[[x, y], ...], ...]}` in units of the pad's side, as those in
//! `tests/strokes`.

use std::{error::Error, fs, path::PathBuf};

use clap::Parser;
use digit_lab::{
    protocol::{Command, Drawing, Event, PredictInput, Prediction, Verdict},
    session::Session,
};
use serde::Deserialize;

/// Reads drawings and counts what is read and refused.
#[derive(Parser)]
struct Args {
    /// The drawings.
    files: Vec<PathBuf>,
    /// The model that reads.
    #[arg(long, default_value = "public/model/pretrained.safetensors")]
    model: PathBuf,
    /// The model that tells digits from other drawings.
    #[arg(long, default_value = "public/model/gate.safetensors")]
    gate: PathBuf,
    /// Names every drawing that is not read right.
    #[arg(long)]
    list: bool,
}

/// A drawing of a file.
#[derive(Deserialize)]
struct Sample {
    /// None where it is no digit.
    digit: Option<usize>,
    #[serde(default)]
    kind: String,
    #[serde(default = "yes")]
    readable: bool,
    #[serde(flatten)]
    drawing: Drawing,
}

fn yes() -> bool {
    true
}

/// What came of drawings.
#[derive(Default)]
struct Count {
    all: usize,
    /// The most probable class is right, whatever the verdict.
    right: usize,
    refused: usize,
    /// Taken for several digits.
    several: usize,
    /// Two digits are named.
    unsure: usize,
    /// The class is right and the verdict names it, sure or unsure.
    read: usize,
}

impl Count {
    fn add(&mut self, digit: Option<usize>, prediction: &Prediction) {
        self.all += 1;
        self.right += usize::from(prediction.digit() == digit);
        self.refused += usize::from(prediction.verdict == Verdict::NoDigit);
        self.several += usize::from(prediction.verdict == Verdict::Several);
        self.unsure += usize::from(matches!(prediction.verdict, Verdict::Ambiguous { .. }));
        self.read += usize::from(prediction.answer() == digit);
    }

    fn show(&self, name: &str) {
        let share = |count: usize| count as f32 / self.all.max(1) as f32;
        println!(
            "{name:<20} {:>6}  read {:.4}  class right {:.4}  refused {:.4}  several {:.4}  unsure {:.4}",
            self.all,
            share(self.read),
            share(self.right),
            share(self.refused),
            share(self.several),
            share(self.unsure)
        );
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let mut session = Session::new(|| 0.0);
    session.provide_pretrained(&fs::read(&args.model)?);
    session.provide_gate(&fs::read(&args.gate)?);
    for path in &args.files {
        println!("{}", path.display());
        let samples: Vec<Sample> = serde_json::from_slice(&fs::read(path)?)?;
        let mut counts: Vec<(String, Count)> = vec![];
        for (index, sample) in samples.iter().enumerate() {
            let prediction = predict(&mut session, &sample.drawing).ok_or("a drawing without ink")?;
            for name in names(sample) {
                count(&mut counts, name).add(sample.digit, &prediction);
            }
            if args.list && sample.readable && prediction.answer() != sample.digit {
                println!("  {index}: {:?} read as {:?}", sample.digit, prediction.answer());
            }
        }
        counts.sort_by(|a, b| a.0.cmp(&b.0));
        counts.iter().for_each(|(name, count)| count.show(name));
    }
    Ok(())
}

/// Under which names a drawing is counted.
fn names(sample: &Sample) -> Vec<String> {
    let class = sample.digit.map_or(sample.kind.clone(), |digit| digit.to_string());
    let readable = sample.readable.then(|| "all readable".into());
    [class, "all".into()].into_iter().chain(readable).collect()
}

fn count(counts: &mut Vec<(String, Count)>, name: String) -> &mut Count {
    let index = counts.iter().position(|(other, _)| *other == name);
    let index = index.unwrap_or_else(|| {
        counts.push((name, Count::default()));
        counts.len() - 1
    });
    &mut counts[index].1
}

fn predict(session: &mut Session, drawing: &Drawing) -> Option<Prediction> {
    let input = PredictInput::Drawing(drawing.clone());
    let events = session.handle(Command::Predict { request: 1, input });
    events.into_iter().find_map(|event| match event {
        Event::Prediction(prediction) => Some(*prediction),
        _ => None,
    })
}
