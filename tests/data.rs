//! The way of the data set: from MNIST's files through the `shards` program to images, and everything that can be
//! wrong on the way.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use digit_lab::data::shards::{MANIFEST_FILE, Manifest, ShardEntry, decode_shard, write_data_set};
use digit_lab::data::{ImageSet, idx, published::MNIST};
use sha2::{Digest, Sha256};

/// A folder of a test's own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("digit-lab-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Where `scripts/setup` puts MNIST.
fn mnist_folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist");
    assert!(folder.is_dir(), "MNIST is missing: run scripts/setup");
    folder
}

/// Images with a pattern that differs from one to the next.
fn pattern(count: usize, seed: usize) -> ImageSet {
    ImageSet {
        images: (0..count * 784)
            .map(|index| (index * index / 97 + seed) as u8)
            .collect(),
        labels: (0..count).map(|index| ((index + seed) % 10) as u8).collect(),
        image_shape: [28, 28],
    }
}

/// A small data set written to disk: its folder, manifest and first shard.
fn small_data_set(name: &str) -> (Folder, ShardEntry, Vec<u8>) {
    let folder = Folder::new(name);
    let manifest = write_data_set("small", &pattern(3, 0), &pattern(5, 3), &folder.0.join("out")).unwrap();
    let entry = manifest.train[0].clone();
    let bytes = fs::read(folder.0.join("out").join(&entry.file)).unwrap();
    (folder, entry, bytes)
}

/// The entry that a manifest would have for these bytes.
fn entry_for(bytes: &[u8], entry: &ShardEntry) -> ShardEntry {
    ShardEntry {
        bytes: bytes.len() as u64,
        sha256: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        ..entry.clone()
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn decode_error(bytes: &[u8], entry: &ShardEntry) -> String {
    let message = decode_shard(bytes, entry).unwrap_err().to_string();
    assert!(message.starts_with(&entry.file), "the shard is not named: {message}");
    message
}

fn change(file: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes);
    fs::write(file, bytes).unwrap();
}

fn run_shards(from: &Path, to: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shards"))
        .arg("mnist")
        .args([from, to])
        .output()
        .unwrap()
}

#[test]
fn mnist_survives_the_way_through_the_shards() {
    let folder = Folder::new("mnist");
    let out = folder.0.join("data");
    let output = run_shards(&mnist_folder(), &out);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 8);

    let manifest = Manifest::parse(&fs::read(out.join(MANIFEST_FILE)).unwrap()).unwrap();
    let load = |entries: &[ShardEntry]| {
        let mut shards = entries
            .iter()
            .map(|entry| decode_shard(&fs::read(out.join(&entry.file)).unwrap(), entry).unwrap());
        let mut all = shards.next().unwrap();
        shards.for_each(|shard| all.append(&shard).unwrap());
        all
    };
    let mnist = MNIST.load(&mnist_folder()).unwrap();
    assert_eq!((manifest.train.len(), manifest.test.len()), (6, 1));
    assert!(load(&manifest.train) == mnist.train && load(&manifest.test) == mnist.test);
    assert_eq!(
        (mnist.train.len(), mnist.test.len(), mnist.train.classes()),
        (60_000, 10_000, 10)
    );
    assert_eq!(mnist.train.labels[..5], [5, 0, 4, 1, 9]);
    assert_eq!(folder.files(), ["data"]);
}

#[test]
fn a_wrong_a_half_and_a_missing_file_are_named_and_nothing_is_written() {
    type Damage = fn(&Path);
    let cases: [(&str, Damage); 3] = [
        ("wrong", |file| change(file, |bytes| bytes[4000] ^= 1)),
        ("half", |file| change(file, |bytes| bytes.truncate(5004))),
        ("missing", |file| fs::remove_file(file).unwrap()),
    ];
    for (case, damage) in cases {
        let folder = Folder::new(case);
        let from = folder.0.join("from");
        fs::create_dir(&from).unwrap();
        for entry in fs::read_dir(mnist_folder()).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, from.join(path.file_name().unwrap())).unwrap();
        }
        damage(&from.join("t10k-labels-idx1-ubyte"));

        let output = run_shards(&from, &folder.0.join("out"));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(message.contains("t10k-labels-idx1-ubyte: "), "{message}");
        assert!(message.contains("run scripts/setup again"), "{message}");
        assert_eq!(folder.files(), ["from"]);
    }
}

#[test]
fn a_new_data_set_replaces_the_old_one_but_never_other_files() {
    let folder = Folder::new("replace");
    let out = folder.0.join("out");
    let write = |seed, count| write_data_set("small", &pattern(count, seed), &pattern(5, 3), &out);
    let first = write(0, 3).unwrap();
    let second = write(1, 3).unwrap();
    assert_ne!(
        first.train[0].file, second.train[0].file,
        "the name follows the content"
    );
    assert_eq!(fs::read_dir(&out).unwrap().count(), 3);

    write(0, 0).unwrap_err();
    assert_eq!(
        Manifest::parse(&fs::read(out.join(MANIFEST_FILE)).unwrap()).unwrap(),
        second
    );
    assert_eq!(folder.files(), ["out"]);

    fs::rename(out.join(MANIFEST_FILE), out.join("precious")).unwrap();
    let message = write(0, 3).unwrap_err().to_string();
    assert!(message.contains("expected a new folder"), "{message}");
    assert!(out.join("precious").exists());
}

#[test]
fn a_shard_that_is_not_the_listed_one_is_refused() {
    let (_folder, entry, bytes) = small_data_set("mutations");
    assert_eq!(decode_shard(&bytes, &entry).unwrap(), pattern(3, 0));
    for bit in 0..bytes.len() * 8 {
        let mut mutant = bytes.clone();
        mutant[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_error(&mutant, &entry).contains("SHA-256"));
    }
    for length in 0..bytes.len() {
        assert!(decode_error(&bytes[..length], &entry).contains("bytes: expected"));
    }
    assert!(decode_error(&[&bytes[..], &[0]].concat(), &entry).contains("bytes: expected"));
}

/// As when the damage happened before the manifest was written: now gzip's checksum and the format must find it.
#[test]
fn a_broken_shard_with_a_matching_hash_never_gives_wrong_images() {
    let (_folder, entry, bytes) = small_data_set("rehashed");
    for bit in 0..bytes.len() * 8 {
        let mut mutant = bytes.clone();
        mutant[bit / 8] ^= 1 << (bit % 8);
        // Some bits mean nothing: the date in gzip's header, a code that is never used.
        if let Ok(set) = decode_shard(&mutant, &entry_for(&mutant, &entry)) {
            assert_eq!(set, pattern(3, 0), "bit {bit}");
        }
    }
    for length in 1..bytes.len() {
        let half = &bytes[..length];
        assert!(decode_error(half, &entry_for(half, &entry)).contains("a whole gzip file"));
    }
}

#[test]
fn content_of_another_size_or_kind_is_refused() {
    let (_folder, entry, bytes) = small_data_set("content");
    for images in [2, 4] {
        let entry = ShardEntry {
            images,
            ..entry.clone()
        };
        assert!(decode_error(&bytes, &entry).contains("unpacked bytes: expected"));
    }
    let size = 24 + 3 * 785;
    let zeros = gzip(&vec![0; size]);
    assert!(decode_error(&zeros, &entry_for(&zeros, &entry)).contains("IDX magic number"));
    let bomb = gzip(&vec![0; 3_000_000]);
    let message = decode_error(&bomb, &entry_for(&bomb, &entry));
    assert!(
        message.ends_with(&format!("unpacked bytes: expected {size}, got more")),
        "{message}"
    );
}

#[test]
fn a_wrong_manifest_says_what_is_wrong() {
    let (folder, ..) = small_data_set("manifest");
    let json = fs::read_to_string(folder.0.join("out").join(MANIFEST_FILE)).unwrap();
    Manifest::parse(json.as_bytes()).unwrap();
    for (old, new, expected) in [
        (
            "\"version\": 1",
            "\"version\": 2",
            "manifest.json: version: expected 1, got 2",
        ),
        ("\"images\": 3", "\"images\": 0", "expected from 1 to 100000, got 0"),
        (
            "\"images\": 3",
            "\"images\": 4000000000",
            "expected from 1 to 100000, got 4000000000",
        ),
        ("\"images\": 3", "\"images\": -1", "expected the list of shards as JSON"),
        ("\"bytes\": ", "\"bytes\": 99", "bytes of shard"),
        (
            "\"file\": \"train",
            "\"file\": \"../train",
            "expected a plain file name",
        ),
        ("\"test\"", "\"tests\"", "missing field `test`"),
        (
            "\"train\": [",
            "\"train\": [], \"more\": [",
            "train: expected at least one shard, got none",
        ),
    ] {
        assert!(json.contains(old));
        let message = Manifest::parse(json.replacen(old, new, 1).as_bytes())
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{message}");
    }
    for length in 0..json.len() {
        Manifest::parse(&json.as_bytes()[..length]).unwrap_err();
    }
}

#[test]
fn the_reader_accepts_no_damaged_header() {
    let images = fs::read(mnist_folder().join("t10k-images-idx3-ubyte")).unwrap();
    let labels = fs::read(mnist_folder().join("t10k-labels-idx1-ubyte")).unwrap();
    idx::parse_pair(&images, &labels).unwrap();
    for bit in 0..128 {
        let mut mutant = images.clone();
        mutant[bit / 8] ^= 1 << (bit % 8);
        assert!(idx::parse_images(&mutant).is_err(), "bit {bit}");
    }
}
