//! MNIST with drawn digits added, as the shipped model is trained on: `cargo run --release --example pen`.
//!
//! MNIST was written by Americans on paper. Crossed sevens, ones with a long flag, nines with a hook and fives whose bar
//! stands apart are rare in it, and no stroke of it is as even as the pad's pen. The drawings of `tests/strokes`, and
//! the strokes of real pens that `tests/strokes/pens.py` finds, are bent, each time in another way, and made images of
//! by the code that the pad uses.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use clap::Parser;
use digit_lab::{
    data::{
        ImageSet, idx,
        strokes::{Drawing, Point, SIDE, rasterize},
    },
    random::{Stream, below, generator},
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

/// Writes MNIST's four files and drawn digits after the training images.
#[derive(Parser)]
struct Args {
    /// Drawings to add.
    #[arg(long, default_value_t = 24_000)]
    count: usize,
    /// The strokes of real pens, as `tests/strokes/pens.py` writes them; without the file none are added.
    #[arg(long)]
    pens: Option<PathBuf>,
    /// How many of them to add.
    #[arg(long, default_value_t = 24_000)]
    pens_count: usize,
    /// Adds as many bent drawings of this file, too, as an eleventh class: what is no digit. A fourth of them are two
    /// digits side by side instead.
    #[arg(long)]
    others: Option<PathBuf>,
    /// Seeds them.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder of MNIST's raw IDX files.
    #[arg(long, default_value = "data/mnist")]
    data: PathBuf,
    /// Where the files go.
    #[arg(long, default_value = "data/pen")]
    out: PathBuf,
}

/// The class of what is no digit.
const OTHER: u8 = 10;

/// A drawing of the sets.
#[derive(Deserialize)]
struct Sample {
    #[serde(default = "other")]
    digit: u8,
    #[serde(default = "yes")]
    readable: bool,
    #[serde(flatten)]
    drawing: Drawing,
}

fn other() -> u8 {
    OTHER
}

fn yes() -> bool {
    true
}

/// How far drawings of one style are bent: another hand's.
const ANOTHER_HAND: f32 = 1.0;

/// How far a real hand's strokes are bent: its own next time.
const SAME_HAND: f32 = 0.5;

/// Points of the grid that bends a drawing, down and across.
const GRID: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let file = |part: &str, kind: &str| format!("{part}-{kind}-ubyte");
    let read = |part| {
        let paths = ["images-idx3", "labels-idx1"].map(|kind| args.data.join(file(part, kind)));
        idx::load_pair(&paths[0], &paths[1])
    };
    let (mut train, test) = (read("train")?, read("t10k")?);
    let digits: Vec<Sample> = serde_json::from_str(include_str!("../tests/strokes/digits.json"))?;
    let others = samples(args.others.as_deref())?;
    let pens = samples(args.pens.as_deref())?;
    if !others.is_empty() && pens.is_empty() {
        return Err("--others needs --pens".into());
    }
    let rng = &mut generator(args.seed, Stream::Order(0));
    for index in 0..args.count {
        let digit = (index % 10) as u8;
        let styles: Vec<_> = digits.iter().filter(|sample| sample.digit == digit).collect();
        let style = styles[below(rng, styles.len() as u32) as usize];
        add(&mut train, digit, &bent(&style.drawing, ANOTHER_HAND, rng));
        if others.is_empty() {
            continue;
        }
        let other = match index % 8 {
            0 => beside([any(&digits, rng), any(&pens, rng)], rng),
            4 => beside([any(&pens, rng), any(&digits, rng)], rng),
            _ => bent(any(&others, rng), SAME_HAND, rng),
        };
        add(&mut train, OTHER, &other);
    }
    for sample in pens.iter().cycle().take(args.pens_count) {
        add(&mut train, sample.digit, &bent(&sample.drawing, SAME_HAND, rng));
    }
    fs::create_dir_all(&args.out)?;
    for (part, set) in [("train", &train), ("t10k", &test)] {
        let side = SIDE as u32;
        let images = header(0x803, &[set.len() as u32, side, side]);
        fs::write(
            args.out.join(file(part, "images-idx3")),
            [&images[..], &set.images].concat(),
        )?;
        let labels = header(0x801, &[set.len() as u32]);
        fs::write(
            args.out.join(file(part, "labels-idx1")),
            [&labels[..], &set.labels].concat(),
        )?;
    }
    println!("{} training images in {}", train.len(), args.out.display());
    Ok(())
}

/// The readable drawings of a file.
fn samples(path: Option<&Path>) -> Result<Vec<Sample>, Box<dyn Error>> {
    let Some(path) = path else { return Ok(vec![]) };
    let samples: Vec<Sample> = serde_json::from_slice(&fs::read(path)?)?;
    Ok(samples.into_iter().filter(|sample| sample.readable).collect())
}

/// Adds the image of a drawing.
fn add(images: &mut ImageSet, label: u8, drawing: &Drawing) {
    if let Some(image) = rasterize(drawing) {
        images.images.extend(image.map(|ink| (255.0 * ink).round() as u8));
        images.labels.push(label);
    }
}

fn any<'a>(samples: &'a [Sample], rng: &mut ChaCha8Rng) -> &'a Drawing {
    &samples[below(rng, samples.len() as u32) as usize].drawing
}

/// Two digits side by side, about as high as each other, bent.
fn beside(digits: [&Drawing; 2], rng: &mut ChaCha8Rng) -> Drawing {
    let mut strokes = vec![];
    let mut left = 0.0;
    for digit in digits {
        let digit = bent(digit, SAME_HAND, rng);
        let [x, y] = [0, 1].map(|axis| {
            let at = digit.strokes.iter().flatten().map(|point| point[axis]);
            [
                at.clone().fold(f32::INFINITY, f32::min),
                at.fold(f32::NEG_INFINITY, f32::max),
            ]
        });
        let scale = (0.4 + within(rng, 0.06)) / (y[1] - y[0]).max(x[1] - x[0]);
        let top = 0.3 + within(rng, 0.04);
        let place = |point: &Point| [left + scale * (point[0] - x[0]), top + scale * (point[1] - y[0])];
        strokes.extend(digit.strokes.iter().map(|stroke| stroke.iter().map(place).collect()));
        left += scale * (x[1] - x[0]) + 0.04 + 0.16 * unit(rng);
    }
    Drawing { strokes }
}

fn header(magic: u32, sizes: &[u32]) -> Vec<u8> {
    let numbers = [&[magic], sizes].concat();
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// As another hand would draw it, or the same one another time: another width, slant and turn, bent a little, strokes
/// not quite where they were, ends cut or not, points few or many.
fn bent(drawing: &Drawing, strength: f32, rng: &mut ChaCha8Rng) -> Drawing {
    let width = 1.0 + strength * (-0.15 + within(rng, 0.35));
    let shear = strength * (0.08 + within(rng, 0.32));
    let (sin, cos) = (strength * within(rng, 0.18)).sin_cos();
    let most = 0.07 * strength;
    let grid = [(); GRID].map(|()| [(); GRID].map(|()| [within(rng, most), within(rng, most)]));
    let shaking = 0.012 * strength * unit(rng);
    let step = [1, 1, 2, 3, 4, 6, 8][below(rng, 7) as usize];
    let strokes = drawing.strokes.iter().map(|stroke| {
        let offset = [within(rng, 0.03 * strength), within(rng, 0.03 * strength)];
        let last = stroke.len() - 1;
        // Of few points none can be spared.
        let step = step.min(1 + last / 7);
        let cut = |rng: &mut ChaCha8Rng| below(rng, 1 + last as u32 / 12) as usize;
        let (from, to) = (cut(rng), last - cut(rng));
        let kept = (from..=to).filter(|index| (index - from).is_multiple_of(step) || *index == to);
        let place = |index| {
            let [x, y] = moved(stroke[index], &grid).map(|at: f32| at - 0.5);
            let x = width * (x - shear * y);
            [
                x * cos - y * sin + 0.5 + offset[0] + within(rng, shaking),
                x * sin + y * cos + 0.5 + offset[1] + within(rng, shaking),
            ]
        };
        kept.map(place).collect()
    });
    Drawing {
        strokes: strokes.collect(),
    }
}

/// Moved as the four nearest points of the grid are.
fn moved(point: Point, grid: &[[Point; GRID]; GRID]) -> Point {
    let [x, y] = point.map(|at| at.clamp(0.0, 1.0) * (GRID - 1) as f32);
    let [column, row] = [x, y].map(|at| (at as usize).min(GRID - 2));
    let [fx, fy] = [x - column as f32, y - row as f32];
    [0, 1].map(|axis| {
        let line = |row: usize| {
            let [left, right] = [grid[row][column][axis], grid[row][column + 1][axis]];
            left + fx * (right - left)
        };
        point[axis] + line(row) + fy * (line(row + 1) - line(row))
    })
}

/// Even, from 0 to 1.
fn unit(rng: &mut ChaCha8Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1 << 24) as f32
}

/// Even, from `-most` to `most`.
fn within(rng: &mut ChaCha8Rng, most: f32) -> f32 {
    most * (2.0 * unit(rng) - 1.0)
}
