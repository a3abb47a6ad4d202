//! Every reader of files and links is given what a good file becomes by chance: bytes turned, sizes out of bounds, parts
//! cut out, doubled or swapped. None may panic, and none may take a second. `HOSTILE_INPUTS` says how many a reader is
//! given; each is made of its number alone, so that a failure can be had again. cargo-fuzz needs a nightly compiler, which
//! this project does without.

mod common;
#[path = "hostile/readers.rs"]
mod readers;

use std::{
    panic::catch_unwind,
    time::{Duration, Instant},
};

use digit_lab::random::{Stream, generator};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use readers::READERS;

/// Inputs a reader where nobody asks for more.
const FEW: u64 = 2_000;

/// The longest that any input may take.
const LIMIT: Duration = Duration::from_secs(1);

/// Numbers that are too large, too small or at a bound.
const BOUNDS: [u64; 8] = [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0xffff_ffff, 1 << 40, u64::MAX];

fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    rng.next_u32() as usize % bound.max(1)
}

/// One to four changes of a good file; `others` lend parts of theirs.
fn mutated(seed: u64, seeds: &[Vec<u8>]) -> Vec<u8> {
    let rng = &mut generator(seed, Stream::Weights);
    let mut bytes = seeds[below(rng, seeds.len())].clone();
    for _ in 0..=below(rng, 4) {
        mutate(rng, &mut bytes, &seeds[seed as usize % seeds.len()]);
    }
    bytes
}

fn mutate(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    // Headers are where a change counts most.
    let within = if below(rng, 2) == 0 {
        bytes.len().min(400)
    } else {
        bytes.len()
    };
    let (at, len) = (below(rng, within), 1 + below(rng, 40));
    let end = bytes.len().min(at + len);
    let bound = BOUNDS[below(rng, BOUNDS.len())];
    match below(rng, 9) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << below(rng, 8),
        1 if !bytes.is_empty() => bytes[at] = rng.next_u32() as u8,
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        4 => bytes.extend_from_within(at..end),
        5 => {
            let part = other[at.min(other.len())..end.min(other.len())].to_vec();
            bytes.splice(at..end, part);
        }
        6 => overwrite(bytes, at, &bound.to_le_bytes()),
        7 => overwrite(bytes, at, &(bound as u32).to_be_bytes()),
        _ => drop(bytes.splice(at..end, bound.to_string().into_bytes())),
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    let end = bytes.len().min(at + with.len());
    bytes[at..end].copy_from_slice(&with[..end - at]);
}

#[test]
fn no_reader_panics_or_hangs_whatever_it_is_given() {
    let asked = std::env::var("HOSTILE_INPUTS").ok();
    let inputs = asked.map_or(FEW, |asked| asked.parse().expect("HOSTILE_INPUTS is a number"));
    for reader in READERS {
        let seeds = (reader.seeds)();
        let start = Instant::now();
        let (mut taken, mut slowest) = (0, Duration::ZERO);
        for seed in 0..inputs {
            let bytes = mutated(seed, &seeds);
            let begun = Instant::now();
            let read = catch_unwind(|| (reader.read)(&bytes));
            let took = begun.elapsed();
            slowest = slowest.max(took);
            taken += u64::from(read.unwrap_or_else(|_| panic!("{}: input {seed} panics", reader.name)));
            assert!(took < LIMIT, "{}: input {seed} takes {took:?}", reader.name);
        }
        let seconds = start.elapsed().as_secs_f64();
        let name = reader.name;
        println!("{name}: {inputs} inputs, {taken} taken, slowest {slowest:.1?}, {seconds:.0} s");
    }
}

#[test]
fn the_readers_take_what_they_are_made_of() {
    for reader in READERS {
        for seed in (reader.seeds)() {
            assert!((reader.read)(&seed), "{} refuses a good file", reader.name);
        }
    }
}

/// A model's file says how large it is; nothing is allocated before that is checked.
#[test]
fn sizes_that_no_file_has_are_refused_at_once() {
    let start = Instant::now();
    for (name, bytes) in readers::bombs() {
        let reader = READERS.iter().find(|reader| reader.name == name).unwrap();
        assert!(!(reader.read)(&bytes), "{name} takes a bomb");
    }
    assert!(start.elapsed() < LIMIT);
}
