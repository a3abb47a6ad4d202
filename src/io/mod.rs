//! Models as files.
