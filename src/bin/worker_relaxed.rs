//! The worker's program in the relaxed-SIMD tier.

#[cfg(target_arch = "wasm32")]
fn main() {
    digit_lab::worker::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program runs in a browser: see `scripts/serve`");
}
