//! Models in and out of a session, driven by messages alone, and ONNX both ways.

mod common;
#[path = "files/export.rs"]
mod export;
#[path = "files/import.rs"]
mod import;
#[path = "files/python.rs"]
mod python;
#[path = "files/scripts.rs"]
mod scripts;
#[path = "files/session.rs"]
mod session;
