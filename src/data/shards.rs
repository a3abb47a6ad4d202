//! A data set cut into compressed shards, for the browser.
//!
//! A shard is one gzip file whose content is an IDX file of images and, right behind it, the IDX file of their labels.
//! `manifest.json` lists the shards with their sizes and hashes. The name of a shard carries a part of its hash, so no
//! cache can hand out a stale one; it does not end in `.gz`, because some servers then have the browser unpack it.

use std::io::{Read, Write};
use std::{fs, io, path::Path};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DataError, ImageSet, idx, in_file};

/// The file that lists the shards.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The format described above.
const VERSION: u32 = 1;

/// `[height, width]` of every image in a shard.
pub const IMAGE_SHAPE: [usize; 2] = [28, 28];

/// Images in a full shard: about 1.6 MB, enough for a progress bar to move.
pub const IMAGES_PER_SHARD: usize = 10_000;

/// The most images that a manifest may claim for one shard, so that unpacking is bounded.
const MAX_IMAGES: usize = 100_000;

/// Bytes of the two IDX headers.
const HEADERS: usize = 16 + 8;

/// What `manifest.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the format: 1.
    pub version: u32,
    /// The data set, for people.
    pub name: String,
    /// The training images, in order.
    pub train: Vec<ShardEntry>,
    /// The test images, in order.
    pub test: Vec<ShardEntry>,
}

/// One shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardEntry {
    /// Its name, beside the manifest.
    pub file: String,
    /// Images in it.
    pub images: usize,
    /// Size of the file.
    pub bytes: u64,
    /// Of the file, in lower-case hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Reads `manifest.json`.
    ///
    /// # Errors
    /// When it is no manifest of this version, lists no shard for training or testing, or claims a size out of bounds.
    pub fn parse(json: &[u8]) -> Result<Self, DataError> {
        let manifest: Self = serde_json::from_slice(json)
            .map_err(|error| DataError::wrong(MANIFEST_FILE, "the list of shards as JSON", error))?;
        manifest.check().map_err(|error| error.in_file(MANIFEST_FILE))?;
        Ok(manifest)
    }

    /// Bytes to load in all.
    pub fn bytes(&self) -> u64 {
        self.train.iter().chain(&self.test).map(|entry| entry.bytes).sum()
    }

    fn check(&self) -> Result<(), DataError> {
        if self.version != VERSION {
            return Err(DataError::wrong("version", VERSION, self.version));
        }
        for (split, entries) in [("train", &self.train), ("test", &self.test)] {
            if entries.is_empty() {
                return Err(DataError::wrong(split, "at least one shard", "none"));
            }
            entries.iter().try_for_each(ShardEntry::check)?;
        }
        Ok(())
    }
}

impl ShardEntry {
    fn check(&self) -> Result<(), DataError> {
        let of_this = |part: &str| format!("{part} of shard {:?}", self.file);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if self.file.is_empty() || self.file.starts_with('.') || !self.file.bytes().all(plain) {
            return Err(DataError::wrong(of_this("name"), "a plain file name", &self.file));
        }
        if !(1..=MAX_IMAGES).contains(&self.images) {
            let expected = format!("from 1 to {MAX_IMAGES}");
            return Err(DataError::wrong(of_this("images"), expected, self.images));
        }
        // Deflate can never grow the content by more than a few bytes a block.
        let most = 2 * unpacked_size(self.images) as u64;
        if !(1..=most).contains(&self.bytes) {
            return Err(DataError::wrong(
                of_this("bytes"),
                format!("from 1 to {most}"),
                self.bytes,
            ));
        }
        Ok(())
    }
}

/// The images of a shard, from the bytes of its file.
///
/// # Errors
/// When the file is not the one that the manifest lists, or its content is not so many labelled images; the shard is
/// named. Never unpacks more than the size that follows from the entry.
pub fn decode_shard(bytes: &[u8], entry: &ShardEntry) -> Result<ImageSet, DataError> {
    decode(bytes, entry).map_err(|error| error.in_file(&entry.file))
}

fn decode(bytes: &[u8], entry: &ShardEntry) -> Result<ImageSet, DataError> {
    entry.check()?;
    if bytes.len() as u64 != entry.bytes {
        return Err(DataError::wrong("bytes", entry.bytes, bytes.len()));
    }
    let hash = sha256(bytes);
    if hash != entry.sha256 {
        return Err(DataError::wrong("SHA-256", &entry.sha256, hash));
    }
    let content = unpack(bytes, unpacked_size(entry.images))?;
    let (images, labels) = content.split_at(content.len() - 8 - entry.images);
    let set = idx::parse_pair(images, labels)?;
    check_shape(&set)?;
    Ok(set)
}

fn check_shape(set: &ImageSet) -> Result<(), DataError> {
    if set.image_shape != IMAGE_SHAPE {
        let [expected, got] = [IMAGE_SHAPE, set.image_shape].map(|shape| format!("{}x{}", shape[0], shape[1]));
        return Err(DataError::wrong("size of the images", expected, got));
    }
    Ok(())
}

/// Inflates exactly `size` bytes; one more is read at most, to tell that there are too many.
fn unpack(bytes: &[u8], size: usize) -> Result<Vec<u8>, DataError> {
    let mut content = Vec::with_capacity(size + 1);
    GzDecoder::new(bytes)
        .take(size as u64 + 1)
        .read_to_end(&mut content)
        .map_err(|error| DataError::wrong("content", "a whole gzip file", error))?;
    match content.len() {
        found if found > size => Err(DataError::wrong("unpacked bytes", size, "more")),
        found if found < size => Err(DataError::wrong("unpacked bytes", size, found)),
        _ => Ok(content),
    }
}

/// Bytes of a shard's content.
fn unpacked_size(images: usize) -> usize {
    HEADERS + images * (IMAGE_SHAPE[0] * IMAGE_SHAPE[1] + 1)
}

/// Writes a data set as shards and manifest into a folder, which then holds nothing else. Returns the manifest.
///
/// The files are written into a folder beside it, which takes its place at the end: there is never half a data set.
///
/// # Errors
/// When the images are not 28x28, there are none, a file cannot be written, or the folder holds something else than a
/// data set, which would be lost.
pub fn write_data_set(name: &str, train: &ImageSet, test: &ImageSet, folder: &Path) -> Result<Manifest, DataError> {
    check_replaceable(folder)?;
    let partial = folder.with_added_extension("partial");
    let written = write_partial(name, train, test, &partial).and_then(|manifest| {
        remove(folder)?;
        fs::rename(&partial, folder).map_err(in_file(folder))?;
        Ok(manifest)
    });
    if written.is_err() {
        // The first error is the one to tell; the next run removes the folder too.
        let _ = remove(&partial);
    }
    written
}

/// The folder is new, empty, or holds a data set.
fn check_replaceable(folder: &Path) -> Result<(), DataError> {
    let is_new = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if folder.file_name().is_none() || !(is_new || folder.join(MANIFEST_FILE).is_file()) {
        let expected = format!("a new folder or one with a {MANIFEST_FILE}, to be replaced");
        return Err(DataError::wrong(folder.display().to_string(), expected, "other files"));
    }
    Ok(())
}

fn write_partial(name: &str, train: &ImageSet, test: &ImageSet, folder: &Path) -> Result<Manifest, DataError> {
    for set in [train, test] {
        check_shape(set)?;
    }
    remove(folder)?;
    fs::create_dir_all(folder).map_err(in_file(folder))?;
    let manifest = Manifest {
        version: VERSION,
        name: name.to_owned(),
        train: write_shards(train, "train", folder)?,
        test: write_shards(test, "test", folder)?,
    };
    manifest.check()?;
    let json = serde_json::to_vec_pretty(&manifest).expect("plain data can be written as JSON");
    write(&folder.join(MANIFEST_FILE), &json)?;
    Ok(manifest)
}

/// Writes images as shards `<split>-<number>-<start of the hash>.bin` into a folder.
fn write_shards(set: &ImageSet, split: &str, folder: &Path) -> Result<Vec<ShardEntry>, DataError> {
    let count = set.len().div_ceil(IMAGES_PER_SHARD);
    let shards = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| scope.spawn(move || encode_shard(set, number)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("packing cannot fail"))
            .collect::<Vec<_>>()
    });
    (0..count)
        .zip(shards)
        .map(|(number, bytes)| {
            let sha256 = sha256(&bytes);
            let file = format!("{split}-{number}-{}.bin", &sha256[..8]);
            write(&folder.join(&file), &bytes)?;
            Ok(ShardEntry {
                file,
                images: IMAGES_PER_SHARD.min(set.len() - number * IMAGES_PER_SHARD),
                bytes: bytes.len() as u64,
                sha256,
            })
        })
        .collect()
}

/// The file of one shard of a set.
fn encode_shard(set: &ImageSet, number: usize) -> Vec<u8> {
    let range = number * IMAGES_PER_SHARD..set.len().min((number + 1) * IMAGES_PER_SHARD);
    let [height, width] = set.image_shape;
    let pixels = &set.images[range.start * height * width..range.end * height * width];
    let header = |numbers: &[usize]| {
        numbers
            .iter()
            .flat_map(|&number| (number as u32).to_be_bytes())
            .collect::<Vec<_>>()
    };
    let images = header(&[idx::IMAGES_MAGIC as usize, range.len(), height, width]);
    let labels = header(&[idx::LABELS_MAGIC as usize, range.len()]);
    pack(&[&images, pixels, &labels, &set.labels[range]].concat())
}

/// Best compression, and no time in the header: the same content always gives the same file.
fn pack(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(content).and_then(|()| encoder.finish());
    packed.expect("writing into memory cannot fail")
}

/// In lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    fs::write(path, bytes).map_err(in_file(path))
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> Result<(), DataError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(in_file(folder)(error)),
        _ => Ok(()),
    }
}
