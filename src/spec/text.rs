//! Layers as a short text, for links: `Conv2D:32,3x3,activation=relu/Flatten/Dense:10,activation=softmax`.
//!
//! Layers are divided by `/`. Each is Keras's class name and, after `:`, its arguments as in Python: those without a
//! default in their order, then by name those that differ from Keras's defaults. All of it can stand in an address as
//! it is.

use super::{LayerSpec, MAX_LAYERS};

/// The longest name or value that is looked at, in bytes; the smallest share takes 50.
const MAX_WORD: usize = 64;

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
    layers.map(|(layer, number)| parse_layer(layer, number)).collect()
}

fn parse_layer(text: &str, number: usize) -> Result<LayerSpec, String> {
    let (kind, arguments) = match text.split_once(':') {
        Some((kind, arguments)) => (kind, arguments.split(',').collect()),
        None => (text, vec![]),
    };
    let known = LayerSpec::KINDS.iter().find(|known| known.eq_ignore_ascii_case(kind));
    let layer = known.and_then(|kind| LayerSpec::default_of(kind));
    let mut layer = layer.ok_or_else(|| format!("layer {number}: there is no layer named {}", short(kind)))?;
    let kind = layer.kind();
    match set_arguments(&mut layer, arguments) {
        Ok(()) => Ok(layer),
        Err(reason) => Err(format!("layer {number} ({kind}): {reason}")),
    }
}

/// By place as long as no name was given, then by name.
fn set_arguments(layer: &mut LayerSpec, arguments: Vec<&str>) -> Result<(), String> {
    let names: Vec<_> = layer.arguments().iter().map(|argument| argument.name).collect();
    let mut unnamed = names.into_iter();
    for argument in arguments {
        let (name, value) = match argument.split_once('=') {
            Some(named) => {
                unnamed = vec![].into_iter();
                named
            }
            None => (unnamed.next().ok_or_else(|| no_name(argument))?, argument),
        };
        layer.set_argument(word(name)?, word(value)?)?;
    }
    Ok(())
}

fn no_name(argument: &str) -> String {
    format!("{} is an argument without a name", short(argument))
}

fn word(text: &str) -> Result<&str, String> {
    match text.len() {
        0..=MAX_WORD => Ok(text),
        len => Err(format!("{} \u{2026} of {len} characters is too long", short(text))),
    }
}

/// A text from outside, short enough for a sentence.
fn short(text: &str) -> &str {
    const SHOWN: usize = 24;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => &text[..end],
        None if text.is_empty() => "nothing",
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Activation, ModelSpec};

    #[test]
    fn the_recipe_reads_as_in_python() {
        let recipe = ModelSpec::keras_recipe().layers;
        let text = "Conv2D:32,3x3,activation=relu/MaxPooling2D/Conv2D:64,3x3,activation=relu/MaxPooling2D\
            /Conv2D:64,3x3,activation=relu/Flatten/Dense:64,activation=relu/Dense:10,activation=softmax";
        assert_eq!(print_layers(&recipe), text);
        assert_eq!(parse_layers(text), Ok(recipe));
    }

    #[test]
    fn people_may_write_less() {
        let short = parse_layers("conv2d:16,5/maxpooling2d:strides=/flatten:/dense:units=10,activation=softmax");
        assert_eq!(
            short.unwrap_err(),
            "layer 3 (Flatten): nothing is an argument without a name"
        );
        let short = parse_layers("conv2d:16,5/maxpooling2d:strides=/dense:units=10,activation=softmax").unwrap();
        assert_eq!(short[0], LayerSpec::conv2d(16, 5, Activation::Linear));
        assert_eq!(
            short[1..],
            [LayerSpec::max_pooling2d(2), LayerSpec::dense(10, Activation::Softmax)]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, reason) in [
            ("", "layer 1: there is no layer named nothing"),
            ("Flatten//Dense:10", "layer 2: there is no layer named nothing"),
            ("Flatten/Dens:10", "layer 2: there is no layer named Dens"),
            ("Dense:unit=10", "layer 1 (Dense): there is no argument unit"),
            (
                "Dropout:0.5,0.5",
                "layer 1 (Dropout): 0.5 is an argument without a name",
            ),
            (
                "Dense:activation=relu,10",
                "layer 1 (Dense): 10 is an argument without a name",
            ),
        ] {
            assert_eq!(parse_layers(text).unwrap_err(), reason);
        }
        let long = parse_layers(&format!("Dropout:{}", "0".repeat(100))).unwrap_err();
        assert_eq!(
            long,
            format!(
                "layer 1 (Dropout): {} \u{2026} of 100 characters is too long",
                "0".repeat(24)
            )
        );
    }
}
