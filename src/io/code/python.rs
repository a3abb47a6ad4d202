//! What the scripts in Python have in common.

use crate::spec::{Argument, ArgumentKind, Decay, Schedule, TrainConfig};

/// Reads MNIST's test or training images from a folder of raw or gzipped IDX files.
pub const DATA: &str = r#"

def read_idx(folder, name):
    """A file of the IDX format, raw or gzipped."""
    path = Path(folder) / name
    raw = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + ".gz").read_bytes())
    shape = struct.unpack_from(f">{raw[3]}I", raw, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def images_and_labels(folder, part):
    """Images [N, 28, 28, 1] from 0 to 1, and their classes."""
    images = read_idx(folder, f"{part}-images-idx3-ubyte")
    labels = read_idx(folder, f"{part}-labels-idx1-ubyte")
    return images[..., None].astype(np.float32) / np.float32(255), labels.astype(np.int64)
"#;

/// The end of both scripts.
pub fn main(weights: &str) -> String {
    format!(
        r#"

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="{weights}", help="safetensors file")
    parser.add_argument("--data", default="data/mnist", help="folder of MNIST's four IDX files")
    parser.add_argument("--train", action="store_true", help="train new weights instead")
    args = parser.parse_args()
    model = train(args.data) if args.train else load(args.weights)
    loss, accuracy = measure(model, args.data)
    print(f"test accuracy: {{accuracy:.4f}} - test loss: {{loss:.4f}}")
"#
    )
}

/// A value as Python writes it.
pub fn value(argument: &Argument) -> String {
    match argument.kind {
        ArgumentKind::OptionalPair | ArgumentKind::OptionalBound if argument.value.is_empty() => "None".into(),
        ArgumentKind::Count | ArgumentKind::Share | ArgumentKind::OptionalBound => argument.value.clone(),
        ArgumentKind::Pair | ArgumentKind::OptionalPair | ArgumentKind::Sizes => tuple(&argument.value),
        ArgumentKind::Margins => {
            let sizes: Vec<_> = argument.value.split('x').collect();
            let [rows, cols] = [0, 2].map(|at| sizes[at..at + 2].join(", "));
            format!("(({rows}), ({cols}))")
        }
        ArgumentKind::Choice(_) => format!("{:?}", argument.value),
        ArgumentKind::Switch => match &*argument.value {
            "true" => "True".into(),
            _ => "False".into(),
        },
    }
}

/// `3x3` as a tuple.
fn tuple(sizes: &str) -> String {
    match sizes.split_once('x') {
        None => format!("({sizes},)"),
        Some(_) => format!("({})", sizes.replace('x', ", ")),
    }
}

/// `rate(step, total)`: the learning rate of a step, counted from 0, of so many.
pub fn rate(config: &TrainConfig) -> String {
    let Schedule { warmup_steps, decay } = config.schedule;
    let share = match decay {
        Decay::Constant => "1.0".to_string(),
        Decay::Step {
            decay_steps,
            decay_rate,
        } => format!("{decay_rate} ** (t // {decay_steps})"),
        Decay::Exponential {
            decay_steps,
            decay_rate,
        } => format!("{decay_rate} ** (t / {decay_steps})"),
        Decay::Cosine { alpha } => format!("between(1.0, {alpha}, t / n)"),
        Decay::OneCycle {
            pct_start,
            div_factor,
            final_div_factor,
        } => format!(
            "between(1 / {div_factor}, 1.0, t / ({pct_start} * n - 1)) if t < {pct_start} * n - 1 else between(1.0, 1 / {div_factor} / {final_div_factor}, (t - {pct_start} * n + 1) / (n - {pct_start} * n))"
        ),
    };
    let base = config.learning_rate;
    format!(
        r#"

def between(a, b, x):
    """From a to b along half a cosine."""
    return b + (a - b) * (1 + math.cos(math.pi * min(max(x, 0.0), 1.0))) / 2


def rate(step, total):
    """The learning rate of a step, counted from 0, of so many."""
    n = max(total - {warmup_steps}, 1)
    share = lambda t: {share}
    if step < {warmup_steps}:
        return {base} * share(0) * (step + 1) / ({warmup_steps} + 1)
    return {base} * share(step - {warmup_steps})
"#
    )
}

/// What of the settings the scripts do not do, as comments.
pub fn left_out(config: &TrainConfig) -> String {
    let data = &config.data;
    let left_out = [
        (!config.augmentation.is_off()).then(|| format!("augmentation: {:?}", config.augmentation)),
        (!data.without.is_empty() || data.label_noise > 0.0 || data.limit.is_some())
            .then(|| format!("a part of the training images: {data:?}")),
        (!config.changes.is_empty()).then(|| format!("changes during the run: {:?}", config.changes)),
        config
            .initial_weights
            .as_ref()
            .map(|hash| format!("weights {hash} of a file to begin with")),
    ];
    let lines = left_out.into_iter().flatten();
    lines.map(|what| format!("# Not done here: {what}.\n")).collect()
}
