//! A layer in a few words.

use crate::spec::{Argument, ArgumentKind, LayerSpec};

/// What a layer is told: what it must be told, its window, and what differs from Keras's defaults.
pub fn brief(layer: &LayerSpec) -> String {
    let arguments = layer.arguments();
    let told = arguments.iter().enumerate().filter(|(i, argument)| {
        let window = *i == 0 && argument.kind == ArgumentKind::Pair;
        window || !argument.is_default()
    });
    told.map(|(_, argument)| word(argument)).collect::<Vec<_>>().join(", ")
}

/// An argument in a word or two.
pub fn word(argument: &Argument) -> String {
    let Argument {
        name,
        kind,
        value,
        default,
    } = argument;
    match (kind, default) {
        (ArgumentKind::Switch, _) if value == "true" => (*name).into(),
        (ArgumentKind::Choice(_), _) | (_, None) => value.clone(),
        (ArgumentKind::Pair, _) if name.ends_with("_size") => value.clone(),
        _ => format!("{name} {value}"),
    }
}

/// Whether an argument is one of those that few people change: how weights start, what keeps them small, and whether
/// there is a bias.
pub fn is_rare(argument: &Argument) -> bool {
    argument.name.ends_with("_initializer") || ["l1", "l2", "use_bias"].contains(&argument.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Activation;

    #[test]
    fn a_layer_says_what_it_must_be_told_and_what_is_special_about_it() {
        let mut conv = LayerSpec::conv2d(32, 3, Activation::Relu);
        assert_eq!(brief(&conv), "32, 3x3, relu");
        for (name, value) in [("strides", "2"), ("padding", "same"), ("l2", "0.001")] {
            conv.set_argument(name, value).unwrap();
        }
        assert_eq!(brief(&conv), "32, 3x3, strides 2x2, same, relu, l2 0.001");
        assert_eq!(brief(&LayerSpec::max_pooling2d(2)), "2x2");
        assert_eq!(brief(&LayerSpec::Flatten), "");
        assert_eq!(brief(&LayerSpec::dense(10, Activation::Linear)), "10");
        let mut lstm = LayerSpec::default_of("LSTM").unwrap();
        lstm.set_argument("return_sequences", "true").unwrap();
        assert_eq!(brief(&lstm), "64, return_sequences");
        let mut dense = LayerSpec::dense(10, Activation::Linear);
        dense.set_argument("use_bias", "false").unwrap();
        assert_eq!(brief(&dense), "10, use_bias false");
    }

    #[test]
    fn initialisers_and_penalties_are_rare() {
        let conv = LayerSpec::default_of("Conv2D").unwrap();
        let rare: Vec<_> = conv.arguments().into_iter().filter(is_rare).map(|a| a.name).collect();
        assert_eq!(rare, ["kernel_initializer", "l1", "l2", "use_bias"]);
    }
}
