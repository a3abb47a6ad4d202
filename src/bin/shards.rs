//! Cuts MNIST into compressed shards for the browser.

fn main() {}
