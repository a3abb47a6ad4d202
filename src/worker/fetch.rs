//! Files of the app's own origin, with progress.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

use crate::data::shards::{self, ShardEntry};
use crate::data::{DataSet, ImageSet};

/// The whole data set, by its manifest. `progress` is told the bytes so far and in all.
pub async fn data_set(progress: impl Fn(u64, u64)) -> Result<DataSet, String> {
    let manifest = bytes("data/manifest.json", |_| ()).await?;
    let manifest = shards::Manifest::parse(&manifest).map_err(|error| error.to_string())?;
    let mut progress = Progress {
        loaded: 0,
        total: manifest.bytes(),
        tell: progress,
    };
    Ok(DataSet {
        train: image_set(&manifest.train, &mut progress).await?,
        test: image_set(&manifest.test, &mut progress).await?,
    })
}

/// How much of the data set has arrived, and whom to tell.
struct Progress<F> {
    loaded: u64,
    total: u64,
    tell: F,
}

async fn image_set<F: Fn(u64, u64)>(entries: &[ShardEntry], progress: &mut Progress<F>) -> Result<ImageSet, String> {
    let mut all: Option<ImageSet> = None;
    for entry in entries {
        let tell = |read| (progress.tell)(progress.loaded + read, progress.total);
        let file = bytes(&format!("data/{}", entry.file), tell).await?;
        progress.loaded += file.len() as u64;
        let shard = shards::decode_shard(&file, entry).map_err(|error| error.to_string())?;
        match &mut all {
            Some(all) => all.append(&shard).map_err(|error| error.to_string())?,
            None => all = Some(shard),
        }
    }
    all.ok_or_else(|| "data/manifest.json: it names no file".into())
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
