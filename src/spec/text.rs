//! Layers as a short text, for links: `Conv2D:32,3x3,activation=relu/Flatten/Dense:10,activation=softmax`.
//!
//! Layers are divided by `/`. Each is Keras's class name and, after `:`, its arguments as in Python: those without a
//! default in their order, then by name those that differ from Keras's defaults. All of it can stand in an address as
//! it is.

use super::LayerSpec;

/// The most layers of a model.
pub(super) const MAX_LAYERS: usize = 64;

/// The longest name or value that is looked at, in bytes; none is as long.
const MAX_WORD: usize = 40;

/// The text of layers, from which [`parse_layers`] makes them again.
pub fn print_layers(layers: &[LayerSpec]) -> String {
    layers.iter().map(print_layer).collect::<Vec<_>>().join("/")
}

fn print_layer(layer: &LayerSpec) -> String {
    let arguments = layer.arguments();
    let told = arguments.iter().filter(|argument| !argument.is_default());
    let told: Vec<_> = told
        .map(|argument| match argument.default {
            None => argument.value.clone(),
            Some(_) => format!("{}={}", argument.name, argument.value),
        })
        .collect();
    match told.is_empty() {
        true => layer.kind().into(),
        false => format!("{}:{}", layer.kind(), told.join(",")),
    }
}

/// Layers from their text; whether they fit each other is [`super::ModelSpec::shapes`]'s to say. Arguments that are
/// left out are [`LayerSpec::default_of`]'s, and small letters will do for a class name.
///
/// # Errors
/// Names the first layer that cannot be read, counted from 1, and why.
pub fn parse_layers(text: &str) -> Result<Vec<LayerSpec>, String> {
    let count = text.split('/').count();
    if count > MAX_LAYERS {
        return Err(format!("{count} layers; a model may have {MAX_LAYERS}"));
    }
    let layers = text.split('/').zip(1..);
    layers
        .map(|(layer, number)| parse_layer(layer).map_err(|reason| format!("layer {number}: {reason}")))
        .collect()
}

fn parse_layer(text: &str) -> Result<LayerSpec, String> {
    let (kind, arguments) = match text.split_once(':') {
        Some((kind, arguments)) => (kind, arguments.split(',').collect()),
        None => (text, vec![]),
    };
    let known = LayerSpec::KINDS.iter().find(|known| known.eq_ignore_ascii_case(kind));
    let layer = known.and_then(|kind| LayerSpec::default_of(kind));
    let mut layer = layer.ok_or_else(|| format!("there is no layer named {}", short(kind)))?;
    let names: Vec<_> = layer.arguments().iter().map(|argument| argument.name).collect();
    let mut unnamed = names.into_iter();
    for argument in arguments {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => {
                unnamed = Vec::new().into_iter();
                (name, value)
            }
            None => (unnamed.next().ok_or_else(|| no_name(argument))?, argument),
        };
        let set = layer.set_argument(short(name), short(value));
        set.map_err(|reason| format!("{}: {reason}", layer.kind()))?;
    }
    Ok(layer)
}

fn no_name(argument: &str) -> String {
    format!("{} is an argument without a name", short(argument))
}

/// A word from outside, short enough for a sentence.
fn short(word: &str) -> &str {
    match word.char_indices().nth(MAX_WORD) {
        Some((end, _)) => &word[..end],
        None if word.is_empty() => "nothing",
        None => word,
    }
}
