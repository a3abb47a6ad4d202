//! The user's own IDX files, raw or gzipped: nothing about them is believed before it is checked.
//!
//! Two files are the training pair; of four, those with `test` or `t10k` in their names are the test pair. Which of a
//! pair has the images is read off the files. Without a test pair every [`HELD_OUT`]th image is for the test: not the last
//! ones, because files are often sorted by class.
//!
//! Headers are checked, and sizes compared, before anything is allocated; then the files are read piece by piece, so
//! that whoever reads them stays awake. A gzip file is never inflated beyond what its header claims.

use std::io::{Cursor, Read};

use flate2::bufread::GzDecoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    DataError, DataSet, ImageSet,
    idx::{IMAGES_MAGIC, LABELS_MAGIC},
    shards::IMAGE_SHAPE,
};
use crate::spec::{DataSource, MAX_CLASSES};

/// The most images that a user's files may hold, training and test together.
pub const MAX_IMAGES: usize = 200_000;

/// The most bytes that one file may have: a little more than so many images take.
pub const MAX_FILE_BYTES: usize = 160_000_000;

/// Without a test pair, one in so many images is for the test.
pub const HELD_OUT: usize = 6;

/// How many bytes are read at once: a few milliseconds' work.
const PIECE: usize = 1 << 19;

/// Deflate's best: so many times its size is the most that a file can hold.
const MOST_INFLATED: usize = 1032;

/// Images of handwriting are about a fifth of their size when they are packed.
const USUALLY_INFLATED: usize = 8;

const PIXELS: usize = IMAGE_SHAPE[0] * IMAGE_SHAPE[1];

/// A file that the user gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnFile {
    /// Its name, for messages and to know a test pair by.
    pub name: String,
    /// Its content.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// What the files held.
#[derive(Debug, PartialEq, Eq)]
pub struct OwnData {
    /// [`DataSource::Own`] with the fingerprint: the first bytes of the SHA-256 of counts, labels and pixels, so that
    /// it is the same for raw and gzipped files.
    pub source: DataSource,
    /// The name of the file of training images.
    pub name: String,
    /// The images.
    pub data: DataSet,
    /// There was no test pair.
    pub held_out: bool,
}

/// Files on their way to a data set.
pub struct Import {
    /// Training labels and images, then, if there is one, the test pair.
    files: Vec<Reader>,
    /// The file that is being read.
    at: usize,
    hash: Sha256,
}

impl Import {
    /// Looks at the headers and finds the pairs.
    ///
    /// # Errors
    /// When a file is no IDX file of 28x28 images or of labels, too large, shorter or longer than it says, or when the
    /// files make no pairs with a label for each image; the file is named.
    pub fn new(files: Vec<OwnFile>) -> Result<Self, DataError> {
        let readers = files.into_iter().map(Reader::open).collect::<Result<_, _>>()?;
        let files = pairs(readers)?;
        let images: usize = files
            .iter()
            .filter(|file| file.holds_images)
            .map(|file| file.count)
            .sum();
        if images > MAX_IMAGES {
            let got = format!("{images} in all files");
            return Err(DataError::wrong(
                "number of images",
                format!("at most {MAX_IMAGES}"),
                got,
            ));
        }
        if files.len() == 2 && images < HELD_OUT {
            let expected = format!("at least {HELD_OUT} where there is no test pair");
            return Err(files[1].wrong("number of images", expected, images));
        }
        let mut hash = Sha256::new();
        files
            .iter()
            .for_each(|file| hash.update((file.count as u32).to_be_bytes()));
        Ok(Self { files, at: 0, hash })
    }

    /// Bytes read so far, and in all, unpacked.
    pub fn progress(&self) -> (u64, u64) {
        let sum = |bytes: fn(&Reader) -> usize| self.files.iter().map(|file| bytes(file) as u64).sum();
        (sum(|file| file.values.len()), sum(Reader::size))
    }

    /// Reads the next piece; the data with the last one. Not to be called again after that.
    ///
    /// # Errors
    /// When a file breaks off, holds more than its header says, its checksum is wrong, or a label is out of bounds; the
    /// file is named.
    pub fn go_on(&mut self) -> Result<Option<OwnData>, DataError> {
        let Some(file) = self.files.get_mut(self.at) else {
            return self.finish().map(Some);
        };
        self.hash.update(file.read_piece()?);
        if file.values.len() == file.size() {
            file.check_end()?;
            self.at += 1;
        }
        Ok(None)
    }

    fn finish(&mut self) -> Result<OwnData, DataError> {
        let mut files = std::mem::take(&mut self.files);
        count_from_zero(&mut files)?;
        let hash = std::mem::take(&mut self.hash).finalize();
        let fingerprint = u32::from_be_bytes(std::array::from_fn(|i| hash[i]));
        let held_out = files.len() == 2;
        let name = files[1].name.clone();
        let mut sets = files.chunks_exact_mut(2).map(|pair| ImageSet {
            images: std::mem::take(&mut pair[1].values),
            labels: std::mem::take(&mut pair[0].values),
            image_shape: IMAGE_SHAPE,
        });
        let mut train = sets.next().expect("there is a training pair");
        let test = sets.next().unwrap_or_else(|| hold_out(&mut train));
        Ok(OwnData {
            source: DataSource::Own(Some(fingerprint)),
            name,
            data: DataSet { train, test },
            held_out,
        })
    }
}

/// A file whose header was believed, being read.
struct Reader {
    name: String,
    input: Box<dyn Read>,
    holds_images: bool,
    /// Images or labels.
    count: usize,
    /// Bytes that a file of its size usually holds.
    likely: usize,
    values: Vec<u8>,
}

impl Reader {
    fn open(file: OwnFile) -> Result<Self, DataError> {
        let OwnFile { name, bytes } = file;
        Self::check(bytes, &name).map_err(|error| error.in_file(&name))
    }

    fn check(bytes: Vec<u8>, name: &str) -> Result<Self, DataError> {
        let size = bytes.len();
        if size > MAX_FILE_BYTES {
            return Err(DataError::wrong("bytes", format!("at most {MAX_FILE_BYTES}"), size));
        }
        let packed = bytes.starts_with(&[0x1f, 0x8b]);
        let mut input: Box<dyn Read> = match packed {
            true => Box::new(GzDecoder::new(Cursor::new(bytes))),
            false => Box::new(Cursor::new(bytes)),
        };
        let (holds_images, count) = read_header(&mut input)?;
        let reader = Self {
            name: name.to_owned(),
            input,
            holds_images,
            count,
            likely: size.saturating_mul(USUALLY_INFLATED),
            values: vec![],
        };
        reader.check_size(packed, size)?;
        Ok(reader)
    }

    /// Bytes behind the header.
    fn size(&self) -> usize {
        self.count * if self.holds_images { PIXELS } else { 1 }
    }

    /// A raw file is as long as it must be, and a packed one can be: nothing is allocated for one that is not.
    fn check_size(&self, packed: bool, size: usize) -> Result<(), DataError> {
        let header = if self.holds_images { 16 } else { 8 };
        let (expected, got) = (self.size(), size.saturating_sub(header));
        match packed {
            false if got != expected => Err(DataError::wrong("bytes after the IDX header", expected, got)),
            true if size.saturating_mul(MOST_INFLATED) < expected => Err(DataError::wrong(
                "bytes after the IDX header",
                expected,
                format!("a gzip file of {size} bytes, which cannot hold so many"),
            )),
            _ => Ok(()),
        }
    }

    fn wrong(&self, what: &str, expected: impl ToString, got: impl ToString) -> DataError {
        DataError::wrong(what, expected, got).in_file(&self.name)
    }

    /// Adds the next piece to the values, and gives it.
    fn read_piece(&mut self) -> Result<&[u8], DataError> {
        let (start, size) = (self.values.len(), self.size());
        let wanted = PIECE.min(size - start);
        if self.values.capacity() < start + wanted {
            // As much as there is again: a header alone is not believed.
            let more = self.likely.max(start).max(wanted);
            self.values.reserve_exact(more.min(size - start));
        }
        let read = (&mut self.input).take(wanted as u64).read_to_end(&mut self.values);
        read.map_err(|error| self.wrong("content", "a whole gzip file", error))?;
        let got = self.values.len();
        if got < start + wanted {
            return Err(self.wrong("bytes after the IDX header", size, got));
        }
        Ok(&self.values[start..])
    }

    /// Nothing comes after the values; with the end, a gzip file's checksum is compared.
    fn check_end(&mut self) -> Result<(), DataError> {
        let more = self.input.read(&mut [0]);
        match more.map_err(|error| self.wrong("content", "a whole gzip file", error))? {
            0 => Ok(()),
            _ => Err(self.wrong("bytes after the IDX header", self.size(), "more")),
        }
    }
}

/// Whether the file has images, and how many images or labels.
fn read_header(input: &mut impl Read) -> Result<(bool, usize), DataError> {
    let mut number = |what: &str| {
        let mut bytes = [0; 4];
        let read = input.read_exact(&mut bytes);
        read.map_err(|error| DataError::wrong(what, "an IDX file, raw or gzipped", error))?;
        Ok(u32::from_be_bytes(bytes))
    };
    let holds_images = match number("IDX magic number")? {
        IMAGES_MAGIC => true,
        LABELS_MAGIC => false,
        other => {
            let expected = format!("{IMAGES_MAGIC:#010x} for images or {LABELS_MAGIC:#010x} for labels");
            return Err(DataError::wrong("IDX magic number", expected, format!("{other:#010x}")));
        }
    };
    let count = number("IDX header")? as usize;
    let what = if holds_images {
        "number of images"
    } else {
        "number of labels"
    };
    if !(1..=MAX_IMAGES).contains(&count) {
        return Err(DataError::wrong(what, format!("from 1 to {MAX_IMAGES}"), count));
    }
    if holds_images {
        let shape = [number("IDX header")?, number("IDX header")?];
        if shape.map(|side| side as usize) != IMAGE_SHAPE {
            let [expected, got] =
                [IMAGE_SHAPE, shape.map(|side| side as usize)].map(|[height, width]| format!("{height}x{width}"));
            return Err(DataError::wrong("size of the images", expected, got));
        }
    }
    Ok((holds_images, count))
}

/// The files as pairs, labels before images, the training pair before the test pair.
fn pairs(files: Vec<Reader>) -> Result<Vec<Reader>, DataError> {
    let is_test = |file: &Reader| {
        let name = file.name.to_lowercase();
        name.contains("test") || name.contains("t10k")
    };
    let (mut test, mut train): (Vec<_>, Vec<_>) = match files.len() {
        2 => (vec![], files),
        _ => files.into_iter().partition(is_test),
    };
    for pair in [&mut train, &mut test] {
        pair.sort_by_key(|file| file.holds_images);
    }
    let is_pair = |pair: &[Reader]| matches!(pair, [labels, images] if !labels.holds_images && images.holds_images);
    if !is_pair(&train) || !(test.is_empty() || is_pair(&test)) {
        return Err(no_pairs(&train, &test));
    }
    for pair in [&train, &test].into_iter().filter(|pair| !pair.is_empty()) {
        if pair[0].count != pair[1].count {
            let expected = format!("{}, one for each image in {}", pair[1].count, pair[1].name);
            return Err(pair[0].wrong("number of labels", expected, pair[0].count));
        }
    }
    train.append(&mut test);
    Ok(train)
}

fn no_pairs(train: &[Reader], test: &[Reader]) -> DataError {
    let count = |pair: &[Reader]| {
        let images = pair.iter().filter(|file| file.holds_images).count();
        format!("{images} of images and {} of labels", pair.len() - images)
    };
    let got = match test {
        [] => count(train),
        _ => format!("{}, and for the test {}", count(train), count(test)),
    };
    DataError::wrong(
        "files",
        "one of images and one of labels, and for a test set two more with \"test\" or \"t10k\" in their names",
        got,
    )
}

/// Checks the labels. Where they run from 1 to 26, as EMNIST's letters do, they count from 0 afterwards.
fn count_from_zero(files: &mut [Reader]) -> Result<(), DataError> {
    let labels = || files.iter().filter(|file| !file.holds_images);
    let all = || labels().flat_map(|file| file.values.iter().copied());
    let (lowest, highest) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
    let letters = lowest == 1 && usize::from(highest) == MAX_CLASSES;
    for file in labels().filter(|_| !letters) {
        if let Some(place) = file.values.iter().position(|&label| usize::from(label) >= MAX_CLASSES) {
            let got = format!("{} at place {place}", file.values[place]);
            let expected = format!("from 0 to {}, or from 1 to {MAX_CLASSES}", MAX_CLASSES - 1);
            return Err(file.wrong("labels", expected, got));
        }
    }
    if lowest == highest {
        let expected = "at least two classes";
        return Err(files[0].wrong("labels", expected, format!("{highest} for every image")));
    }
    if letters {
        let labels = files.iter_mut().filter(|file| !file.holds_images);
        labels.flat_map(|file| &mut file.values).for_each(|label| *label -= 1);
    }
    Ok(())
}

/// Takes every [`HELD_OUT`]th image out of a set.
fn hold_out(all: &mut ImageSet) -> ImageSet {
    let (count, size) = (all.len(), all.image_size());
    let mut test = ImageSet {
        images: Vec::with_capacity(count / HELD_OUT * size),
        labels: Vec::with_capacity(count / HELD_OUT),
        image_shape: all.image_shape,
    };
    let mut kept = 0;
    for index in 0..count {
        let pixels = index * size..(index + 1) * size;
        if index % HELD_OUT == HELD_OUT - 1 {
            test.images.extend_from_slice(&all.images[pixels]);
            test.labels.push(all.labels[index]);
        } else {
            all.images.copy_within(pixels, kept * size);
            all.labels[kept] = all.labels[index];
            kept += 1;
        }
    }
    all.images.truncate(kept * size);
    all.labels.truncate(kept);
    test
}
