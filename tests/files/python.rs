//! Python, where it is installed: `scripts/python` makes `target/python`, with what these tests need.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use digit_lab::data::idx;

/// What a test needs.
#[derive(Clone, Copy)]
pub enum Packages {
    Onnx,
    Keras,
    PyTorch,
}

pub struct Python(PathBuf);

/// A Python that has the packages; none, and a line that says so, where there is none.
pub fn with(packages: Packages) -> Option<Python> {
    let imports = match packages {
        Packages::Onnx => "import onnx, onnxruntime, safetensors.numpy",
        Packages::Keras => "import keras, safetensors.numpy",
        Packages::PyTorch => "import torch, safetensors.numpy",
    };
    let own = root().join("target/python/bin/python");
    let named = std::env::var_os("DIGIT_LAB_PYTHON").map(PathBuf::from);
    let candidates = named.into_iter().chain([own, "python3".into()]);
    let mut able = candidates.filter(|python| {
        let output = Command::new(python).args(["-c", imports]).output();
        output.is_ok_and(|output| output.status.success())
    });
    let found = able.next().map(Python);
    if found.is_none() {
        eprintln!("SKIPPED: no Python with `{imports}`; scripts/python installs what it can");
    }
    found
}

impl Python {
    /// An empty folder for what is exchanged.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// What a script prints; the test ends where it fails.
    pub fn run(&self, script: &str, arguments: &[&str]) -> String {
        let output = Command::new(&self.0)
            .arg(script)
            .args(arguments)
            .current_dir(root())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{script}: {}", text(&output.stderr));
        text(&output.stdout)
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The first test images, 0 to 1.
pub fn test_images(count: usize) -> Vec<f32> {
    let file = |name: &str| root().join("data/mnist").join(name);
    let set = idx::load_pair(&file("t10k-images-idx3-ubyte"), &file("t10k-labels-idx1-ubyte"));
    let set = set.unwrap_or_else(|error| panic!("{error}: MNIST is missing, run scripts/setup"));
    digit_lab::train::scaled(&set.images[..count * 784]).collect()
}
