//! Cuts MNIST into compressed shards for the browser: `shards IN_DIR OUT_DIR`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use digit_lab::data::{mnist, shards};

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [from, to] = arguments.as_slice() else {
        eprintln!("usage: shards IN_DIR OUT_DIR (IN_DIR holds the four raw IDX files of MNIST)");
        return ExitCode::from(2);
    };
    match cut(from, to) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn cut(from: &Path, to: &Path) -> Result<(), String> {
    let advise = |error| format!("{error}\ndelete {} and run scripts/setup again", from.display());
    let data = mnist::load(from).map_err(advise)?;
    let manifest = shards::write_data_set("MNIST", &data.train, &data.test, to).map_err(|error| error.to_string())?;
    for shard in manifest.train.iter().chain(&manifest.test) {
        println!(
            "{}: {} images, {} bytes",
            to.join(&shard.file).display(),
            shard.images,
            shard.bytes
        );
    }
    println!(
        "{}: {} bytes to load",
        to.join(shards::MANIFEST_FILE).display(),
        manifest.bytes()
    );
    Ok(())
}
