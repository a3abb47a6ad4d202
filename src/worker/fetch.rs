//! Files of the app's own origin, with progress, and the user's own.

use std::io::Read;

use flate2::bufread::GzDecoder;
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ReadableStreamDefaultReader, Response};

use crate::data::own::{MAX_FILE_BYTES, OwnFile};
use crate::data::shards::{self, ShardEntry};
use crate::data::{DataSet, ImageSet};
use crate::spec::{DataSource, MAX_MODEL_BYTES};

/// The whole data set, by its manifest. `progress` is told the bytes so far and in all.
pub async fn data_set(source: DataSource, progress: impl Fn(u64, u64)) -> Result<DataSet, String> {
    let (folder, advice) = match source {
        DataSource::Fashion => ("data/fashion/", FASHION_ADVICE),
        _ => ("data/", ""),
    };
    let manifest = bytes(&format!("{folder}manifest.json"), |_| ())
        .await
        .and_then(|manifest| shards::Manifest::parse(&manifest).map_err(|error| error.to_string()));
    let failed = |error, advice| format!("The data set {} did not load: {error}{advice}", source.label());
    let manifest = manifest.map_err(|error| failed(error, advice))?;
    let set = shards_of(folder, &manifest, progress).await;
    set.map_err(|error| failed(error, ""))
}

/// It is no part of every copy of the app.
const FASHION_ADVICE: &str = ". It is there where its files were given: install Debian's package dataset-fashion-mnist, \
                              or put its four IDX files into data/fashion/, then run scripts/setup and build again";

async fn shards_of(folder: &str, manifest: &shards::Manifest, progress: impl Fn(u64, u64)) -> Result<DataSet, String> {
    let mut progress = Progress {
        loaded: 0,
        total: manifest.bytes(),
        tell: progress,
    };
    Ok(DataSet {
        train: image_set(folder, &manifest.train, &mut progress).await?,
        test: image_set(folder, &manifest.test, &mut progress).await?,
    })
}

/// How much of the data set has arrived, and whom to tell.
struct Progress<F> {
    loaded: u64,
    total: u64,
    tell: F,
}

async fn image_set<F: Fn(u64, u64)>(
    folder: &str,
    entries: &[ShardEntry],
    progress: &mut Progress<F>,
) -> Result<ImageSet, String> {
    let mut all: Option<ImageSet> = None;
    for entry in entries {
        let tell = |read| (progress.tell)(progress.loaded + read, progress.total);
        let file = bytes(&format!("{folder}{}", entry.file), tell).await?;
        progress.loaded += file.len() as u64;
        let shard = shards::decode_shard(&file, entry).map_err(|error| error.to_string())?;
        match &mut all {
            Some(all) => all.append(&shard).map_err(|error| error.to_string())?,
            None => all = Some(shard),
        }
    }
    all.ok_or_else(|| format!("{folder}manifest.json: it names no file"))
}

/// The content of files that the user gave. What is too large is not read.
pub async fn own_files(files: &Array) -> Result<Vec<OwnFile>, String> {
    let mut read = vec![];
    for file in files.iter() {
        read.push(own_file(file.unchecked_into(), MAX_FILE_BYTES).await?);
    }
    Ok(read)
}

/// The content of a file that the user gave, if it is of so many bytes at most.
pub async fn own_file(file: File, most: usize) -> Result<OwnFile, String> {
    let name = file.name();
    if file.size() > most as f64 {
        let (size, most) = (file.size() / 1e6, most / 1_000_000);
        return Err(format!(
            "Your file was not taken: {name} has {size:.0} MB, the most is {most} MB. Nothing has changed."
        ));
    }
    let buffer = JsFuture::from(file.array_buffer()).await;
    let buffer = buffer.map_err(|error| format!("{name} cannot be read: {}", describe(&error)))?;
    Ok(OwnFile {
        name,
        bytes: Uint8Array::new(&buffer).to_vec(),
    })
}

/// A safetensors file, which the build has compressed.
pub async fn model(url: &str) -> Result<Vec<u8>, String> {
    let packed = bytes(url, |_| ()).await?;
    let (mut file, most) = (vec![], MAX_MODEL_BYTES as u64);
    let unpacked = GzDecoder::new(&packed[..]).take(most).read_to_end(&mut file);
    unpacked.map_err(|error| format!("{url}: {error}"))?;
    Ok(file)
}

/// One file, relative to the worker's script. `progress` is told the bytes so far.
pub async fn bytes(url: &str, progress: impl Fn(u64)) -> Result<Vec<u8>, String> {
    let named = |error: JsValue| format!("{url}: {}", describe(&error));
    let response: Response = JsFuture::from(super::scope().fetch_with_str(url))
        .await
        .map_err(named)?
        .unchecked_into();
    if !response.ok() {
        return Err(format!(
            "{url}: the server answered {} {}",
            response.status(),
            response.status_text()
        ));
    }
    let Some(body) = response.body() else {
        return Err(format!("{url}: the server's answer is empty"));
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut file = vec![];
    while let Some(chunk) = next_chunk(&reader).await.map_err(named)? {
        let start = file.len();
        file.resize(start + chunk.length() as usize, 0);
        chunk.copy_to(&mut file[start..]);
        progress(file.len() as u64);
    }
    Ok(file)
}

async fn next_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let result = JsFuture::from(reader.read()).await?;
    let done = Reflect::get(&result, &"done".into())?.is_truthy();
    Ok(if done {
        None
    } else {
        Some(Reflect::get(&result, &"value".into())?.unchecked_into())
    })
}

fn describe(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
