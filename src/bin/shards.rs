//! Cuts a published data set into compressed shards for the browser: `shards NAME IN_DIR OUT_DIR`.

use std::path::Path;
use std::process::ExitCode;

use digit_lab::data::{
    published::{FASHION_MNIST, MNIST, Published},
    shards,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let known = |name: &str| match name {
        "mnist" => Some(&MNIST),
        "fashion" => Some(&FASHION_MNIST),
        _ => None,
    };
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [name, from, to] => known(name).map(|set| cut(set, Path::new(from), Path::new(to))),
        _ => None,
    };
    match result {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!(
                "usage: shards NAME IN_DIR OUT_DIR (NAME: mnist or fashion; IN_DIR holds its four raw IDX files)"
            );
            ExitCode::from(2)
        }
    }
}

fn cut(set: &Published, from: &Path, to: &Path) -> Result<(), String> {
    let advise = |error| format!("{error}\ndelete {} and run scripts/setup again", from.display());
    let data = set.load(from).map_err(advise)?;
    let manifest = shards::write_data_set(set.name, &data.train, &data.test, to).map_err(|error| error.to_string())?;
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
