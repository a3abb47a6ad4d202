//! Gives the build a name, so that a page can tell a worker of another build (a stale cache) from its own, and sets
//! `cfg(relaxed_simd)` where the feature is on and the target can have it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let mut hasher = DefaultHasher::new();
    hash(Path::new("src"), &mut hasher)?;
    hash(Path::new("Cargo.lock"), &mut hasher)?;
    println!("cargo::rustc-env=DIGIT_LAB_BUILD={:016x}", hasher.finish());
    println!("cargo::rustc-check-cfg=cfg(relaxed_simd)");
    let wasm = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    if wasm && env::var_os("CARGO_FEATURE_RELAXED").is_some() {
        println!("cargo::rustc-cfg=relaxed_simd");
    }
    Ok(())
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    if path.is_file() {
        fs::read(path)?.hash(hasher);
        return Ok(());
    }
    let mut entries: Vec<_> = fs::read_dir(path)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| hash(entry, hasher))
}
