//! Data sets as their authors published them: four IDX files each, known by their SHA-256.

use std::{fs, path::Path};

use super::shards::sha256;
use super::{DataError, DataSet, idx};

/// A published data set.
#[derive(Debug)]
pub struct Published {
    /// Its name, for people.
    pub name: &'static str,
    /// Of the files in [`FILES`]' order, unpacked.
    sha256: [&'static str; 4],
}

/// Training images and labels, test images and labels.
const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Handwritten digits: <http://yann.lecun.com/exdb/mnist/>.
pub const MNIST: Published = Published {
    name: "MNIST",
    sha256: [
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ],
};

/// Pieces of clothing: Xiao, Rasul and Vollgraf, 2017, arXiv:1708.07747.
pub const FASHION_MNIST: Published = Published {
    name: "Fashion-MNIST",
    sha256: [
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ],
};

impl Published {
    /// Reads the data set from a folder that holds its four raw IDX files.
    ///
    /// # Errors
    /// When a file is missing or is not, byte for byte, the one that was published; the file is named.
    pub fn load(&self, folder: &Path) -> Result<DataSet, DataError> {
        let read = |index: usize| read(&folder.join(FILES[index]), self.sha256[index]);
        Ok(DataSet {
            train: idx::parse_pair(&read(0)?, &read(1)?)?,
            test: idx::parse_pair(&read(2)?, &read(3)?)?,
        })
    }
}

fn read(path: &Path, expected: &str) -> Result<Vec<u8>, DataError> {
    let bytes = fs::read(path).map_err(super::in_file(path))?;
    let hash = sha256(&bytes);
    if hash != expected {
        let got = format!("{hash} ({} bytes)", bytes.len());
        return Err(DataError::wrong("SHA-256", expected, got).in_file(&path.display().to_string()));
    }
    Ok(bytes)
}
