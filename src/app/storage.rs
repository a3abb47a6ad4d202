//! What outlasts the page: bytes by number, in the browser's IndexedDB.

use idb::{Database, KeyRange, ObjectStore, Query, Transaction, TransactionMode, TransactionResult};
use js_sys::{Function, Object, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::text::t;

/// The database of the page.
const NAME: &str = "digit-lab";

/// Counts up with every change of [`STORES`].
const VERSION: u32 = 2;

/// The runs that are kept.
pub const RUNS: &str = "runs";

/// The run under way, to be gone on with.
pub const SAVED: &str = "saved";

/// Everything that is stored.
const STORES: [&str; 2] = [RUNS, SAVED];

#[wasm_bindgen]
extern "C" {
    /// An `IDBDatabase`, as `idb` does not know it: it leaves out how sure a transaction is to be.
    #[derive(Clone)]
    type Connection;

    #[wasm_bindgen(method, catch)]
    fn transaction(this: &Connection, store: &str, mode: &str, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn close(this: &Connection) -> Function;

    #[wasm_bindgen(method, setter)]
    fn set_onversionchange(this: &Connection, act: &JsValue);
}

/// The open database.
pub struct Storage {
    connection: Connection,
}

/// The browser has no room, or forbids it, as in some private windows; in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl From<idb::Error> for Refused {
    fn from(error: idb::Error) -> Self {
        let reason = error.to_string();
        match reason.contains("VersionError") {
            true => Self(t().recovery.newer.into()),
            false => Self(reason),
        }
    }
}

impl Storage {
    /// Opens the database, and makes it at the first visit.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn open() -> Result<Self, Refused> {
        let builder = Database::builder(NAME).version(VERSION);
        let stores = STORES.into_iter().map(ObjectStore::builder);
        let builder = stores.fold(builder, |builder, store| builder.add_object_store(store));
        let connection: Connection = JsValue::from(builder.build().await?).unchecked_into();
        // A newer page in another tab need not wait for this one, which has read what it needs.
        connection.set_onversionchange(&connection.close().bind0(&connection));
        Ok(Self { connection })
    }

    fn reading(&self, store: &str) -> Result<Transaction, Refused> {
        let database = Database::try_from(JsValue::from(self.connection.clone()))?;
        Ok(database.transaction(&[store], TransactionMode::ReadOnly)?)
    }

    /// What is committed is on the disk then: it outlasts a power failure.
    fn writing(&self, store: &str) -> Result<Transaction, Refused> {
        let options = Object::new();
        // A fresh object takes every property.
        let _ = Reflect::set(&options, &"durability".into(), &"strict".into());
        let transaction = self.connection.transaction(store, "readwrite", &options);
        let transaction = transaction.map_err(idb::Error::TransactionOpenFailed)?;
        Ok(Transaction::try_from(transaction)?)
    }

    /// Everything in a store, in the order of the numbers.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn all(&self, store: &str) -> Result<Vec<Vec<u8>>, Refused> {
        let transaction = self.reading(store)?;
        let values = transaction.object_store(store)?.get_all(None, None)?.await?;
        Ok(values.iter().map(|value| Uint8Array::new(value).to_vec()).collect())
    }

    /// Everything in a store, with its numbers.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn entries(&self, store: &str) -> Result<Vec<(u64, Vec<u8>)>, Refused> {
        let transaction = self.reading(store)?;
        let keys = transaction.object_store(store)?.get_all_keys(None, None)?.await?;
        let values = transaction.object_store(store)?.get_all(None, None)?.await?;
        let numbers = keys.iter().map(|key| key.as_f64().unwrap_or_default() as u64);
        Ok(numbers
            .zip(values.iter().map(|value| Uint8Array::new(value).to_vec()))
            .collect())
    }

    /// Stores bytes under a number, in place of what was there. Committed at once, so that it holds even if the page is
    /// left before the answer comes.
    ///
    /// # Errors
    /// When the browser refuses; that it is full is noticed at the end of the transaction.
    pub async fn put(&self, store: &str, number: u64, bytes: &[u8]) -> Result<(), Refused> {
        let transaction = self.writing(store)?;
        let key = JsValue::from_f64(number as f64);
        let value = Uint8Array::from(bytes);
        let request = transaction.object_store(store)?.put(&value, Some(&key))?;
        let transaction = transaction.commit()?;
        request.await?;
        done(transaction.await?)
    }

    /// Removes what is stored under a number, or everything in a store.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn delete(&self, store: &str, number: Option<u64>) -> Result<(), Refused> {
        let transaction = self.writing(store)?;
        let which = match number {
            Some(number) => Query::Key(JsValue::from_f64(number as f64)),
            None => KeyRange::lower_bound(&JsValue::from_f64(0.0), None)?.into(),
        };
        transaction.object_store(store)?.delete(which)?;
        done(transaction.commit()?.await?)
    }
}

/// Asks the browser to keep what is stored even when the disk is full.
pub fn persist() {
    // Without an answer, or with no, everything works as well.
    let _ = window().navigator().storage().persist();
}

/// Bytes that the page has stored, and that the browser grants.
pub async fn estimate() -> Option<[u64; 2]> {
    let estimate = window().navigator().storage().estimate().ok()?;
    let estimate = JsFuture::from(estimate).await.ok()?;
    let number = |name: &str| Some(js_sys::Reflect::get(&estimate, &name.into()).ok()?.as_f64()? as u64);
    Some([number("usage")?, number("quota")?])
}

fn done(result: TransactionResult) -> Result<(), Refused> {
    match result {
        TransactionResult::Committed => Ok(()),
        TransactionResult::Aborted => Err(Refused("the write was aborted: perhaps there is no room".into())),
    }
}
