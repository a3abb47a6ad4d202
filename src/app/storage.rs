//! What outlasts the page: bytes by number, in the browser's IndexedDB.

use idb::{Database, ObjectStore, Query, TransactionMode, TransactionResult};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

/// The database of the page.
const NAME: &str = "digit-lab";

/// Counts up with every change of [`STORES`].
const VERSION: u32 = 1;

/// The runs that are kept.
pub const RUNS: &str = "runs";

/// Everything that is stored.
const STORES: [&str; 1] = [RUNS];

/// The open database.
pub struct Storage {
    database: Database,
}

/// The browser has no room, or forbids it, as in some private windows; in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl From<idb::Error> for Refused {
    fn from(error: idb::Error) -> Self {
        Self(error.to_string())
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
        let mut database = builder.build().await?;
        // A newer page in another tab need not wait for this one, which has read what it needs.
        database.on_version_change(|event| {
            if let Some(database) = event.target() {
                database.unchecked_into::<web_sys::IdbDatabase>().close();
            }
        });
        Ok(Self { database })
    }

    /// Everything in a store, in the order of the numbers.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn all(&self, store: &str) -> Result<Vec<Vec<u8>>, Refused> {
        let transaction = self.database.transaction(&[store], TransactionMode::ReadOnly)?;
        let values = transaction.object_store(store)?.get_all(None, None)?.await?;
        Ok(values.iter().map(|value| Uint8Array::new(value).to_vec()).collect())
    }

    /// Stores bytes under a number, in place of what was there.
    ///
    /// # Errors
    /// When the browser refuses; that it is full is noticed at the end of the transaction.
    pub async fn put(&self, store: &str, number: u64, bytes: &[u8]) -> Result<(), Refused> {
        let transaction = self.database.transaction(&[store], TransactionMode::ReadWrite)?;
        let key = JsValue::from_f64(number as f64);
        let value = Uint8Array::from(bytes);
        transaction.object_store(store)?.put(&value, Some(&key))?.await?;
        done(transaction.await?)
    }

    /// Removes what is stored under a number.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn delete(&self, store: &str, number: u64) -> Result<(), Refused> {
        let transaction = self.database.transaction(&[store], TransactionMode::ReadWrite)?;
        let key = Query::Key(JsValue::from_f64(number as f64));
        transaction.object_store(store)?.delete(key)?.await?;
        done(transaction.await?)
    }
}

fn done(result: TransactionResult) -> Result<(), Refused> {
    match result {
        TransactionResult::Committed => Ok(()),
        TransactionResult::Aborted => Err(Refused("the transaction was aborted".into())),
    }
}
