//! Files of the app's own origin, with progress.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

use crate::data::{DataSet, ImageSet, shards};

/// The whole data set, by its manifest. `progress` is told the bytes so far and in all.
pub async fn data_set(progress: impl Fn(u64, u64)) -> Result<DataSet, String> {
    let manifest = bytes("data/manifest.json", |_| ()).await?;
    let manifest = shards::Manifest::parse(&manifest).map_err(|error| error.to_string())?;
    let total = manifest.total_bytes();
    let mut loaded = 0;
    let mut sets = [ImageSet::default(), ImageSet::default()];
    for (set, entries) in sets.iter_mut().zip([&manifest.train, &manifest.test]) {
        for entry in entries {
            let file = bytes(&format!("data/{}", entry.file), |read| progress(loaded + read, total)).await?;
            loaded += file.len() as u64;
            set.append(shards::decode_shard(&file, entry).map_err(|error| error.to_string())?);
        }
    }
    let [train, test] = sets;
    Ok(DataSet { train, test })
}

/// One file, relative to the worker's script. `progress` is told the bytes so far.
pub async fn bytes(url: &str, progress: impl Fn(u64)) -> Result<Vec<u8>, String> {
    let named = |error: JsValue| format!("{url}: {}", describe(&error));
    let response: Response = JsFuture::from(super::scope().fetch_with_str(url)).await.map_err(named)?.unchecked_into();
    if !response.ok() {
        return Err(format!("{url}: the server answered {} {}", response.status(), response.status_text()));
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
    Ok(if done { None } else { Some(Reflect::get(&result, &"value".into())?.unchecked_into()) })
}

fn describe(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
