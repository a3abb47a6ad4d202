//! The page's program.

#[cfg(target_arch = "wasm32")]
fn main() {
    digit_lab::app::report_panics();
    digit_lab::app::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program runs in a browser: see `scripts/serve`");
}
