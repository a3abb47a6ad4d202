//! Every reader of files and links is given what a good file becomes by chance: bytes turned, sizes out of bounds, parts
//! cut out, doubled or swapped. None may panic, take a second, or take more memory than twice the file and 16 MB.
//! `HOSTILE_INPUTS` says how many a reader is given; each is made of its number alone, so that a failure can be had again. cargo-fuzz needs a nightly compiler, which
//! this project does without.

mod common;
#[path = "hostile/readers.rs"]
mod readers;

use std::{
    panic::catch_unwind,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use digit_lab::random::{Stream, generator};
use peak_alloc::PeakAlloc;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use readers::{READERS, Reader};

/// Inputs a reader where nobody asks for more.
const FEW: u64 = 2_000;

/// The longest that any input may take.
const LIMIT: Duration = Duration::from_secs(1);

/// What reading may take beside twice the file, in bytes.
const FREE_MEMORY: usize = 16_000_000;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The memory is that of the process: one test at a time.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a reader takes a file, how long it needs for that, and how much memory.
fn read(reader: &Reader, bytes: &[u8]) -> std::thread::Result<(bool, Duration, usize)> {
    MEMORY.reset_peak_usage();
    let (before, begun) = (MEMORY.current_usage(), Instant::now());
    let read = catch_unwind(|| (reader.read)(bytes))?;
    Ok((read, begun.elapsed(), MEMORY.peak_usage().saturating_sub(before)))
}

/// The most memory that reading a file may take. The readers are given a copy of their own, which counts, too.
fn allowed(bytes: &[u8]) -> usize {
    3 * bytes.len() + FREE_MEMORY
}

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
fn no_reader_panics_hangs_or_fills_the_memory_whatever_it_is_given() {
    let _turn = turn();
    let asked = std::env::var("HOSTILE_INPUTS").ok();
    let inputs = asked.map_or(FEW, |asked| asked.parse().expect("HOSTILE_INPUTS is a number"));
    let mut worst = (Duration::ZERO, 0);
    for reader in READERS {
        let (name, seeds) = (reader.name, (reader.seeds)());
        let start = Instant::now();
        let (mut taken, mut slowest, mut largest) = (0, Duration::ZERO, 0);
        for seed in 0..inputs {
            let bytes = mutated(seed, &seeds);
            let again = || read(&reader, &bytes).unwrap_or_else(|_| panic!("{name}: input {seed} panics"));
            let (read, mut took, memory) = again();
            if took >= LIMIT {
                // Another program may have had the processor.
                took = again().1;
            }
            (slowest, largest) = (slowest.max(took), largest.max(memory));
            taken += u64::from(read);
            assert!(took < LIMIT, "{name}: input {seed} takes {took:?}");
            assert!(memory <= allowed(&bytes), "{name}: input {seed} takes {memory} bytes");
        }
        let seconds = start.elapsed().as_secs_f64();
        let megabytes = largest as f64 / 1e6;
        println!(
            "{name}: {inputs} inputs, {taken} taken, slowest {slowest:.1?}, at most {megabytes:.1} MB, {seconds:.0} s"
        );
        worst = (worst.0.max(slowest), worst.1.max(largest));
    }
    let (total, (slowest, memory)) = (inputs * READERS.len() as u64, worst);
    let megabytes = memory as f64 / 1e6;
    println!("figure: {total} inputs, slowest {slowest:.0?}, at most {megabytes:.1} MB");
}

#[test]
fn the_readers_take_what_they_are_made_of() {
    for reader in READERS {
        for seed in (reader.seeds)() {
            assert!((reader.read)(&seed), "{} refuses a good file", reader.name);
        }
    }
}

/// A file says how large it is; nothing is allocated before that is checked.
#[test]
fn sizes_that_no_file_has_and_bombs_are_refused_at_once() {
    let _turn = turn();
    for (name, bytes) in readers::bombs() {
        let reader = READERS.iter().find(|reader| reader.name == name).unwrap();
        let (taken, took, memory) = read(reader, &bytes).unwrap();
        assert!(!taken, "{name} takes a bomb");
        assert!(took < LIMIT, "{name}: a bomb takes {took:?}");
        assert!(memory <= allowed(&bytes), "{name}: a bomb takes {memory} bytes");
    }
}

/// The header promises 157 MB, the file breaks off: what is allocated is what there is.
#[test]
fn a_gzip_file_takes_the_memory_of_what_it_holds() {
    let _turn = turn();
    let reader = Reader {
        name: "gzip",
        seeds: Vec::new,
        read: readers::many_images,
    };
    let bytes = readers::half_a_bomb();
    let (taken, took, memory) = read(&reader, &bytes).unwrap();
    println!(
        "figure: {memory} bytes of memory for a file of {}, {took:.1?}",
        bytes.len()
    );
    assert!(!taken, "it breaks off");
    assert!(took < LIMIT, "{took:?}");
    assert!(
        memory <= allowed(&bytes),
        "{memory} bytes for a file of {}",
        bytes.len()
    );
}

/// The largest models that a file may hold, read as they are.
#[test]
fn a_large_model_takes_no_more_than_twice_its_file() {
    let _turn = turn();
    for (name, bytes) in readers::large() {
        let reader = READERS.iter().find(|reader| reader.name == name).unwrap();
        let (taken, took, memory) = read(reader, &bytes).unwrap();
        println!("{name}: {} bytes, {memory} bytes of memory, {took:.1?}", bytes.len());
        assert!(taken, "{name} refuses a large model");
        assert!(
            memory <= allowed(&bytes),
            "{name}: {memory} bytes for a file of {}",
            bytes.len()
        );
    }
}
