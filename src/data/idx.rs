//! The IDX format, in which MNIST is published: <http://yann.lecun.com/exdb/mnist/>.
//!
//! Big-endian: two zero bytes, the type (8: unsigned byte), the number of dimensions, each dimension as u32, then the
//! values row-major. Sizes are compared with the length of the file before anything is allocated.

use std::{fs, path::Path};

use super::{DataError, ImageSet, in_file};

/// Two zero bytes, unsigned bytes, three dimensions: images.
pub(crate) const IMAGES_MAGIC: u32 = 0x0803;

/// Two zero bytes, unsigned bytes, one dimension: labels.
pub(crate) const LABELS_MAGIC: u32 = 0x0801;

/// The pixels and the `[height, width]` of the images in an IDX file of images.
///
/// # Errors
/// When it is no such file, has bytes too few or too many, or holds no pixel.
pub fn parse_images(bytes: &[u8]) -> Result<(&[u8], [usize; 2]), DataError> {
    let ([_, height, width], pixels) = parse(bytes, IMAGES_MAGIC)?;
    Ok((pixels, [height, width]))
}

/// The labels in an IDX file of labels.
///
/// # Errors
/// When it is no such file, has bytes too few or too many, or holds no label.
pub fn parse_labels(bytes: &[u8]) -> Result<&[u8], DataError> {
    let ([_], labels) = parse(bytes, LABELS_MAGIC)?;
    Ok(labels)
}

/// The labelled images of two IDX files.
///
/// # Errors
/// As [`parse_images`] and [`parse_labels`], and when there is not one label for each image.
pub fn parse_pair(images: &[u8], labels: &[u8]) -> Result<ImageSet, DataError> {
    let (pixels, image_shape) = parse_images(images).map_err(|error| error.in_file("images"))?;
    let labels = parse_labels(labels).map_err(|error| error.in_file("labels"))?;
    let count = pixels.len() / (image_shape[0] * image_shape[1]);
    if labels.len() != count {
        return Err(DataError::wrong(
            "labels",
            format!("{count}, one an image"),
            labels.len(),
        ));
    }
    Ok(ImageSet {
        images: pixels.to_vec(),
        labels: labels.to_vec(),
        image_shape,
    })
}

/// Reads two IDX files.
///
/// # Errors
/// As [`parse_pair`], and when a file cannot be read; the file is named.
pub fn load_pair(images: &Path, labels: &Path) -> Result<ImageSet, DataError> {
    let read = |path: &Path| fs::read(path).map_err(in_file(path));
    parse_pair(&read(images)?, &read(labels)?).map_err(|error| error.in_file(&images.display().to_string()))
}

/// The dimensions and the values of an IDX file of unsigned bytes with `N` dimensions.
fn parse<const N: usize>(bytes: &[u8], magic: u32) -> Result<([usize; N], &[u8]), DataError> {
    let header_size = 4 + 4 * N;
    if bytes.len() < header_size {
        let expected = format!("at least {header_size} bytes");
        return Err(DataError::wrong("IDX header", expected, bytes.len()));
    }
    let (header, values) = bytes.split_at(header_size);
    let number = |index: usize| u32::from_be_bytes(std::array::from_fn(|byte| header[4 * index + byte]));
    if number(0) != magic {
        let [expected, got] = [magic, number(0)].map(|number| format!("{number:#010x}"));
        return Err(DataError::wrong("IDX magic number", expected, got));
    }
    let dimensions = std::array::from_fn(|index| number(index + 1));
    check_size(&dimensions, values.len())?;
    Ok((dimensions.map(|dimension| dimension as usize), values))
}

/// The dimensions are not zero, and their product is the number of values.
fn check_size(dimensions: &[u32], values: usize) -> Result<(), DataError> {
    if dimensions.contains(&0) {
        let got = format!("{dimensions:?}");
        return Err(DataError::wrong("IDX dimensions", "at least 1 each", got));
    }
    let product = dimensions
        .iter()
        .try_fold(1_u64, |all, &one| all.checked_mul(one.into()));
    if product != Some(values as u64) {
        let expected = product.map_or_else(
            || format!("the product of {dimensions:?}"),
            |product| product.to_string(),
        );
        return Err(DataError::wrong("bytes after the IDX header", expected, values));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(magic: u32, dimensions: &[u32], values: &[u8]) -> Vec<u8> {
        let header = [&[magic], dimensions].concat();
        let mut bytes: Vec<u8> = header.iter().flat_map(|number| number.to_be_bytes()).collect();
        bytes.extend_from_slice(values);
        bytes
    }

    #[test]
    fn two_files_give_labelled_images() {
        let images = file(0x803, &[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let set = parse_pair(&images, &file(0x801, &[2], &[9, 0])).unwrap();
        assert_eq!((set.image_shape, set.labels.as_slice()), ([1, 3], [9, 0].as_slice()));
        assert_eq!(set.image(1), [4, 5, 6]);
    }

    #[test]
    fn every_wrong_file_is_named_with_what_it_should_be() {
        let error = |bytes: &[u8]| parse_images(bytes).unwrap_err().to_string();
        assert_eq!(error(&[]), "IDX header: expected at least 16 bytes, got 0");
        assert_eq!(
            error(&file(0x801, &[1, 1, 1], &[0])),
            "IDX magic number: expected 0x00000803, got 0x00000801"
        );
        assert_eq!(
            error(&file(0x803, &[2, 2, 2], &[0; 7])),
            "bytes after the IDX header: expected 8, got 7"
        );
        assert_eq!(
            error(&file(0x803, &[2, 2, 2], &[0; 9])),
            "bytes after the IDX header: expected 8, got 9"
        );
        assert_eq!(
            error(&file(0x803, &[0, 2, 2], &[])),
            "IDX dimensions: expected at least 1 each, got [0, 2, 2]"
        );
        assert_eq!(
            error(&file(0x803, &[u32::MAX; 3], &[0])),
            "bytes after the IDX header: expected the product of [4294967295, 4294967295, 4294967295], got 1"
        );
    }

    #[test]
    fn a_label_too_few_is_an_error() {
        let images = file(0x803, &[2, 1, 1], &[1, 2]);
        let message = parse_pair(&images, &file(0x801, &[1], &[9])).unwrap_err().to_string();
        assert_eq!(message, "labels: expected 2, one an image, got 1");
    }

    #[test]
    fn a_missing_file_is_named() {
        let missing = Path::new("no/such/images");
        let message = load_pair(missing, missing).unwrap_err().to_string();
        assert!(message.starts_with("no/such/images: "), "{message}");
    }
}
