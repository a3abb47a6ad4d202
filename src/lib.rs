//! Digit Lab: trains a convolutional network on MNIST inside a browser tab and opens every layer to look at.
//!
//! The modules, in reading order. Imports go one way: `spec <- nn <- train <- team <- session <- worker`,
//! `spec <- data <- train`, `spec <- protocol <- session`, `spec, protocol <- app`; `report`, `random`, `sealed` and `fault` import
//! nothing and anyone may use them; `tests/architecture.rs` holds it so.
#![warn(missing_docs)]

pub mod spec;

pub mod report;

pub mod sealed;

pub mod fault;

pub mod protocol;

pub mod random;

pub mod nn;

pub mod data;

pub mod train;

pub mod io;

pub mod team;

pub mod session;

#[cfg(target_arch = "wasm32")]
pub mod worker;

#[cfg(feature = "page")]
pub mod app;
