//! The MNIST data set as its authors published it: four IDX files, known by their SHA-256.

use std::{fs, path::Path};

use super::shards::sha256;
use super::{DataError, DataSet, idx};

/// A data file and the SHA-256 that it must have.
struct File {
    name: &'static str,
    sha256: &'static str,
}

/// Training images and labels, test images and labels.
const FILES: [File; 4] = [
    File {
        name: "train-images-idx3-ubyte",
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    File {
        name: "train-labels-idx1-ubyte",
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    File {
        name: "t10k-images-idx3-ubyte",
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    File {
        name: "t10k-labels-idx1-ubyte",
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

/// Reads MNIST from a folder that holds the four raw IDX files.
///
/// # Errors
/// When a file is missing or is not, byte for byte, the one that was published; the file is named.
pub fn load(folder: &Path) -> Result<DataSet, DataError> {
    let [train_images, train_labels, test_images, test_labels] = FILES.map(|file| read(folder, &file));
    Ok(DataSet {
        train: idx::parse_pair(&train_images?, &train_labels?)?,
        test: idx::parse_pair(&test_images?, &test_labels?)?,
    })
}

fn read(folder: &Path, file: &File) -> Result<Vec<u8>, DataError> {
    let path = folder.join(file.name);
    let bytes = fs::read(&path).map_err(super::in_file(&path))?;
    let hash = sha256(&bytes);
    if hash != file.sha256 {
        let got = format!("{hash} ({} bytes)", bytes.len());
        return Err(DataError::wrong("SHA-256", file.sha256, got).in_file(&path.display().to_string()));
    }
    Ok(bytes)
}
