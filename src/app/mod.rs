//! The page: shows what the worker tells, sends what the user wants. It knows the specs and the protocol, nothing else.
//!
//! What needs no browser (settings, scales, colours, pictures) compiles and is tested natively as well.

pub mod assignment;
pub mod axis;
pub mod brief;
pub mod chart;
pub mod coach;
pub mod colour;
pub mod csv;
pub mod draft;
pub mod format;
pub mod history;
pub mod maps;
pub mod overlay;
pub mod quantity;
pub mod question;
pub mod recipe;
pub mod record;
pub mod ridge;
pub mod saved;
pub mod schedule;
pub mod series;
pub mod settings;
pub mod speed;
pub mod study;
pub mod text;
pub mod tour;

#[cfg(target_arch = "wasm32")]
mod actions;
#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod builder;
#[cfg(target_arch = "wasm32")]
pub mod client;
#[cfg(target_arch = "wasm32")]
mod coaching;
#[cfg(target_arch = "wasm32")]
pub mod components;
#[cfg(target_arch = "wasm32")]
pub mod curves;
#[cfg(target_arch = "wasm32")]
mod data;
#[cfg(target_arch = "wasm32")]
pub mod engine;
#[cfg(target_arch = "wasm32")]
mod events;
#[cfg(target_arch = "wasm32")]
pub mod hand;
#[cfg(target_arch = "wasm32")]
pub mod images;
#[cfg(target_arch = "wasm32")]
pub mod inside;
#[cfg(target_arch = "wasm32")]
mod lock;
#[cfg(target_arch = "wasm32")]
pub mod model_file;
#[cfg(target_arch = "wasm32")]
mod mount;
#[cfg(target_arch = "wasm32")]
pub mod offline;
#[cfg(target_arch = "wasm32")]
mod plot;
#[cfg(target_arch = "wasm32")]
mod png;
#[cfg(target_arch = "wasm32")]
pub mod predictor;
#[cfg(target_arch = "wasm32")]
pub mod preview;
#[cfg(target_arch = "wasm32")]
pub mod race;
#[cfg(target_arch = "wasm32")]
pub mod recovery;
#[cfg(target_arch = "wasm32")]
pub mod runs;
#[cfg(target_arch = "wasm32")]
mod shortcuts;
#[cfg(target_arch = "wasm32")]
pub mod state;
#[cfg(target_arch = "wasm32")]
mod storage;
#[cfg(target_arch = "wasm32")]
pub mod theme;
#[cfg(target_arch = "wasm32")]
pub mod touring;

#[cfg(target_arch = "wasm32")]
pub use mount::{mount, report_panics};
