//! From files and pen strokes to batches of images.
