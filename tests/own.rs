//! The user's own files: what is read, and that whatever is wrong with them is named, quickly, and harms nothing.

use std::{io::Write, time::Instant};

use digit_lab::{
    data::own::{Import, MAX_FILE_BYTES, MAX_IMAGES, OwnData, OwnFile},
    spec::DataSource,
};

const PIXELS: usize = 784;

fn idx(magic: u32, dimensions: &[usize], values: &[u8]) -> Vec<u8> {
    let header = [magic]
        .into_iter()
        .chain(dimensions.iter().map(|&dimension| dimension as u32));
    let mut bytes: Vec<u8> = header.flat_map(u32::to_be_bytes).collect();
    bytes.extend_from_slice(values);
    bytes
}

/// The first pixel of each image is its number, so that images are known again.
fn images(count: usize) -> Vec<u8> {
    let mut pixels = vec![0; count * PIXELS];
    (0..count).for_each(|i| pixels[i * PIXELS] = i as u8);
    idx(0x0803, &[count, 28, 28], &pixels)
}

fn labels(labels: &[u8]) -> Vec<u8> {
    idx(0x0801, &[labels.len()], labels)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn file(name: &str, bytes: Vec<u8>) -> OwnFile {
    OwnFile {
        name: name.into(),
        bytes,
    }
}

fn import(files: Vec<OwnFile>) -> Result<OwnData, String> {
    let mut import = Import::new(files).map_err(|error| error.to_string())?;
    loop {
        let (read, total) = import.progress();
        assert!(read <= total);
        if let Some(data) = import.go_on().map_err(|error| error.to_string())? {
            return Ok(data);
        }
    }
}

fn pair(images: Vec<u8>, labels: Vec<u8>) -> Vec<OwnFile> {
    vec![file("a.idx", images), file("b.idx", labels)]
}

/// The message about such a pair, which has changed nothing.
fn error(images: Vec<u8>, labels: Vec<u8>) -> String {
    import(pair(images, labels)).expect_err("the pair is wrong")
}

const TWELVE: [u8; 12] = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2];

#[test]
fn raw_and_gzipped_files_give_the_same_data_in_any_order() {
    let raw = import(pair(images(12), labels(&TWELVE))).unwrap();
    let packed = import(pair(gzip(&images(12)), gzip(&labels(&TWELVE)))).unwrap();
    let swapped = import(vec![file("x", gzip(&labels(&TWELVE))), file("a.idx", images(12))]).unwrap();
    assert_eq!(raw, packed);
    assert_eq!(raw, swapped);
    assert_eq!((&raw.name[..], raw.held_out), ("a.idx", true));
    let mut changed = TWELVE;
    changed[11] = 0;
    assert_ne!(raw.source, import(pair(images(12), labels(&changed))).unwrap().source);
    assert!(matches!(raw.source, DataSource::Own(Some(_))));
}

#[test]
fn every_sixth_image_is_held_out_where_there_is_no_test_pair() {
    let labels_of_20: Vec<u8> = (0..20).map(|i| i % 5).collect();
    let OwnData { data, .. } = import(pair(images(20), labels(&labels_of_20))).unwrap();
    let numbers = |set: &digit_lab::data::ImageSet| (0..set.len()).map(|i| set.image(i)[0]).collect::<Vec<_>>();
    let (test, train): (Vec<u8>, Vec<u8>) = (0..20).partition(|i| i % 6 == 5);
    assert_eq!(
        (numbers(&data.test), numbers(&data.train)),
        (test.clone(), train.clone())
    );
    let of = |numbers: Vec<u8>| numbers.into_iter().map(|i| i % 5).collect::<Vec<_>>();
    assert_eq!((&data.test.labels, &data.train.labels), (&of(test), &of(train)));
    assert_eq!(
        (data.train.images.len(), data.test.images.len()),
        (17 * PIXELS, 3 * PIXELS)
    );
}

#[test]
fn a_test_pair_is_known_by_its_names() {
    for test in ["t10k-", "Test-", "my_test_"] {
        let files = vec![
            file(&format!("{test}labels"), labels(&[1, 0])),
            file("train-images", gzip(&images(3))),
            file(&format!("{test}images"), images(2)),
            file("train-labels", labels(&[0, 1, 2])),
        ];
        let own = import(files).unwrap();
        assert_eq!((&own.name[..], own.held_out), ("train-images", false));
        assert_eq!(
            (own.data.train.labels, own.data.test.labels),
            (vec![0, 1, 2], vec![1, 0])
        );
    }
    // A pair by itself is for training, whatever it is called.
    let own = import(vec![
        file("t10k-images", images(12)),
        file("t10k-labels", labels(&TWELVE)),
    ])
    .unwrap();
    assert_eq!((own.data.train.len(), own.data.test.len()), (10, 2));
}

#[test]
fn letters_that_count_from_one_are_counted_from_zero() {
    let from_one: Vec<u8> = (0..52).map(|i| i % 26 + 1).collect();
    let own = import(pair(images(52), labels(&from_one))).unwrap();
    assert_eq!((own.data.train.labels[0], own.data.train.classes()), (0, 26));
    // Fewer classes stay as they are: 1 may well mean 1.
    let own = import(pair(images(12), labels(&TWELVE.map(|label| label + 1)))).unwrap();
    assert_eq!((own.data.train.labels[0], own.data.train.classes()), (1, 4));
}

#[test]
fn every_wrong_file_is_named_with_what_it_should_be() {
    let good = || labels(&TWELVE);
    assert_eq!(
        error(images(12), labels(&[1; 11])),
        "b.idx: number of labels: expected 12, one for each image in a.idx, got 11"
    );
    assert_eq!(
        error(vec![0x89, b'P', b'N', b'G', 0, 0, 0, 0], good()),
        "a.idx: IDX magic number: expected 0x00000803 for images or 0x00000801 for labels, got 0x89504e47"
    );
    assert!(error(vec![], good()).starts_with("a.idx: IDX magic number: expected an IDX file, raw or gzipped, got "));
    assert_eq!(
        error(idx(0x0803, &[1, 32, 32], &[0; 1024]), good()),
        "a.idx: size of the images: expected 28x28, got 32x32"
    );
    assert_eq!(
        error(idx(0x0803, &[0, 28, 28], &[]), good()),
        format!("a.idx: number of images: expected from 1 to {MAX_IMAGES}, got 0")
    );
    assert_eq!(
        error(images(12), labels(&[0, 1, 2, 3, 26, 5, 6, 7, 8, 9, 10, 255])),
        "b.idx: labels: expected from 0 to 25, or from 1 to 26, got 26 at place 4"
    );
    assert_eq!(
        error(images(12), labels(&[4; 12])),
        "b.idx: labels: expected at least two classes, got 4 for every image"
    );
    assert_eq!(
        error(images(5), labels(&[0, 1, 0, 1, 0])),
        "a.idx: number of images: expected at least 6 where there is no test pair, got 5"
    );
    let cut = |bytes: Vec<u8>, by: usize| bytes[..bytes.len() - by].to_vec();
    assert_eq!(
        error(cut(images(12), 1), good()),
        "a.idx: bytes after the IDX header: expected 9408, got 9407"
    );
    assert!(error(cut(gzip(&images(12)), 20), good()).starts_with("a.idx: content: expected a whole gzip file, got "));
    let longer = gzip(&[images(12), vec![0]].concat());
    assert_eq!(
        error(longer, good()),
        "a.idx: bytes after the IDX header: expected 9408, got more"
    );
    let shorter = gzip(&cut(images(12), 5));
    assert_eq!(
        error(shorter, good()),
        "a.idx: bytes after the IDX header: expected 9408, got 9403"
    );
}

#[test]
fn files_that_make_no_pairs_are_counted() {
    let expected = "files: expected one of images and one of labels, and for a test set two more with \"test\" or \
                    \"t10k\" in their names, got ";
    let cases: [(Vec<OwnFile>, &str); 5] = [
        (vec![], "0 of images and 0 of labels"),
        (vec![file("a", images(12))], "1 of images and 0 of labels"),
        (pair(images(12), images(12)), "2 of images and 0 of labels"),
        (
            [pair(images(12), labels(&TWELVE)), pair(images(12), labels(&TWELVE))].concat(),
            "2 of images and 2 of labels",
        ),
        (
            [pair(images(12), labels(&TWELVE)), vec![file("test", images(12))]].concat(),
            "1 of images and 1 of labels, and for the test 1 of images and 0 of labels",
        ),
    ];
    for (files, got) in cases {
        assert_eq!(import(files).unwrap_err(), format!("{expected}{got}"));
    }
}

#[test]
fn what_is_too_large_or_only_says_so_is_refused_before_it_is_read() {
    let start = Instant::now();
    let all = vec![1; 12];
    // Headers that claim far more than there is.
    for count in [MAX_IMAGES + 1, u32::MAX as usize] {
        let message = error(idx(0x0803, &[count, 28, 28], &[0; 100]), labels(&all));
        assert_eq!(
            message,
            format!("a.idx: number of images: expected from 1 to {MAX_IMAGES}, got {count}")
        );
    }
    let claim = idx(0x0803, &[MAX_IMAGES, 28, 28], &[0; 100]);
    assert!(error(claim.clone(), labels(&all)).ends_with("expected 156800000, got 100"));
    assert!(error(gzip(&claim), labels(&all)).ends_with("bytes, which cannot hold so many"));
    // Two sets that are too large together.
    let half = MAX_IMAGES / 2 + 1;
    let large = || gzip(&[idx(0x0803, &[half, 28, 28], &[]), vec![0; half * PIXELS]].concat());
    let many = || gzip(&labels(&vec![0; half]));
    let files = [("i", large()), ("l", many()), ("test-i", large()), ("test-l", many())];
    let files = files.into_iter().map(|(name, bytes)| file(name, bytes)).collect();
    assert_eq!(
        import(files).unwrap_err(),
        format!(
            "number of images: expected at most {MAX_IMAGES}, got {} in all files",
            2 * half
        )
    );
    let message = error(vec![0; MAX_FILE_BYTES + 1], labels(&all));
    assert!(message.starts_with("a.idx: bytes: expected at most"), "{message}");
    // A gzip bomb: a gigabyte of zeros behind an honest header is left where it is.
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    encoder.write_all(&images(12)).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..1024).for_each(|_| encoder.write_all(&zeros).unwrap());
    let bomb = encoder.finish().unwrap();
    let made = start.elapsed();
    let refused = Instant::now();
    assert!(error(bomb, labels(&TWELVE)).ends_with("expected 9408, got more"));
    assert!(
        refused.elapsed().as_millis() < 500,
        "{:?} after {made:?}",
        refused.elapsed()
    );
}

/// Every bit of the headers, every length, and thousands of random wounds: an error that names a file, or the very data.
#[test]
fn wounded_files_are_refused_or_harmless() {
    let good = [images(12), labels(&TWELVE)];
    let raw = import(pair(good[0].clone(), good[1].clone())).unwrap();
    let check = |files: Vec<OwnFile>, same: bool| match import(files) {
        Ok(own) if same => assert_eq!(own, raw),
        Ok(own) => {
            assert!(own.data.train.classes().max(own.data.test.classes()) <= 26);
            assert_eq!(own.data.train.images.len(), own.data.train.len() * PIXELS);
            assert_eq!(own.data.train.len() + own.data.test.len(), 12);
        }
        Err(message) => assert!(
            message.starts_with("a.idx: ") || message.starts_with("b.idx: ") || message.starts_with("files: "),
            "{message}"
        ),
    };
    let with = |place: usize, bytes: Vec<u8>| {
        let mut files = pair(good[0].clone(), good[1].clone());
        files[place].bytes = bytes;
        files
    };
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for (place, whole) in good.iter().enumerate() {
        for bit in 0..8 * 16 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            check(with(place, bytes), false);
        }
        let packed = gzip(whole);
        for length in 0..packed.len() {
            check(with(place, packed[..length].to_vec()), true);
        }
        for _ in 0..3000 {
            let mut bytes = packed.clone();
            for _ in 0..=draw(3) {
                let at = draw(bytes.len());
                bytes[at] ^= 1 << draw(8);
            }
            // Gzip's checksum finds what its format does not.
            check(with(place, bytes), true);
            let mut bytes = whole.clone();
            let at = draw(bytes.len());
            bytes[at] = draw(256) as u8;
            check(with(place, bytes), false);
        }
    }
}
