//! Keras's `model.summary()`.

use serde::{Deserialize, Serialize};

use super::{LayerSpec, ModelSpec, Shape, SpecError};

/// One line of Keras's `model.summary()`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// Keras's automatic name: `conv2d`, `conv2d_1`.
    pub name: String,
    /// Keras's class name: `Conv2D`.
    pub kind: String,
    /// Of one sample.
    pub output_shape: Shape,
    /// Parameters, all told.
    pub params: usize,
    /// Of these, how many follow no gradient.
    pub non_trainable: usize,
}

impl ModelSpec {
    /// Keras's automatic name of every layer: its class, and a number from the second of a class on.
    pub fn layer_names(&self) -> Vec<String> {
        let kinds: Vec<_> = self.layers.iter().map(LayerSpec::kind).collect();
        let name = |(i, kind): (usize, &&str)| {
            let base = snake_case(kind);
            match kinds[..i].iter().filter(|earlier| *earlier == kind).count() {
                0 => base,
                n => format!("{base}_{n}"),
            }
        };
        kinds.iter().enumerate().map(name).collect()
    }

    /// Name, output shape and parameters of every layer.
    ///
    /// # Errors
    /// As [`Self::shapes`].
    pub fn summary(&self) -> Result<Vec<LayerSummary>, SpecError> {
        match self.outline() {
            (layers, None) => Ok(layers),
            (_, Some(error)) => Err(error),
        }
    }

    /// As [`Self::summary`], as far as the layers fit, and what does not.
    pub fn outline(&self) -> (Vec<LayerSummary>, Option<SpecError>) {
        let mut shapes = vec![];
        let error = self.trace(&mut shapes).err();
        let inputs = std::iter::once(&self.input_shape).chain(&shapes);
        let rows = self.layers.iter().zip(self.layer_names()).zip(inputs).zip(&shapes);
        let row = |(((layer, name), input), output): (((&LayerSpec, _), &Shape), &Shape)| {
            let [trainable, non_trainable] = layer.param_counts(input);
            LayerSummary {
                name,
                kind: layer.kind().into(),
                output_shape: output.clone(),
                params: trainable.saturating_add(non_trainable),
                non_trainable,
            }
        };
        (rows.map(row).collect(), error)
    }
}

/// The table that Keras prints.
pub fn summary_table(layers: &[LayerSummary]) -> String {
    let line = |[left, fill, cross, right]: [char; 4]| {
        let parts = [33, 24, 15].map(|width| fill.to_string().repeat(width));
        format!("{left}{}{right}\n", parts.join(&cross.to_string()))
    };
    let mut table = String::from("Model: \"sequential\"\n");
    table += &line(['┏', '━', '┳', '┓']);
    table += &format!(
        "┃ {:<31} ┃ {:<22} ┃ {:>13} ┃\n",
        "Layer (type)", "Output Shape", "Param #"
    );
    table += &line(['┡', '━', '╇', '┩']);
    let rows: Vec<_> = layers.iter().map(table_row).collect();
    table += &rows.join(&line(['├', '─', '┼', '┤']));
    table += &line(['└', '─', '┴', '┘']);
    let params: usize = layers.iter().map(|layer| layer.params).sum();
    let non_trainable: usize = layers.iter().map(|layer| layer.non_trainable).sum();
    for (what, count) in [
        ("Total", params),
        ("Trainable", params - non_trainable),
        ("Non-trainable", non_trainable),
    ] {
        table += &format!(" {what} params: {} ({})\n", thousands(count), memory(count));
    }
    table
}

/// A class name that is too long for its column goes into a line of its own.
fn table_row(layer: &LayerSummary) -> String {
    let kind = format!("({})", layer.kind);
    let name = format!("{} {kind}", layer.name);
    let lines = match name.len() {
        ..=31 => [&name, ""],
        _ => [&layer.name, &kind[..]],
    };
    let sizes: Vec<_> = layer.output_shape.iter().map(usize::to_string).collect();
    let shape = format!("(None, {})", sizes.join(", "));
    let line = |[name, shape, params]: [&str; 3]| format!("│ {name:<31} │ {shape:<22} │ {params:>13} │\n");
    let mut row = line([lines[0], &shape, &thousands(layer.params)]);
    if !lines[1].is_empty() {
        row += &line([lines[1], "", ""]);
    }
    row
}

/// What so many numbers of 32 bits take.
fn memory(count: usize) -> String {
    let bytes = count as f64 * 4.0;
    match bytes {
        ..1024.0 => format!("{bytes:.2} B"),
        ..1_048_576.0 => format!("{:.2} KB", bytes / 1024.0),
        _ => format!("{:.2} MB", bytes / 1_048_576.0),
    }
}

/// A class name as Keras makes a layer's name of it: `MaxPooling2D` is `max_pooling2d`.
fn snake_case(kind: &str) -> String {
    let letters: Vec<char> = kind.chars().collect();
    let mut name = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let begins = |at: Option<&char>| at.is_some_and(char::is_ascii_lowercase);
        if i > 0 && letter.is_ascii_uppercase() && (begins(letters.get(i + 1)) || begins(letters.get(i - 1))) {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// A number with commas between the thousands.
fn thousands(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1000), number % 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_named_as_keras_does() {
        let names = ModelSpec::keras_recipe().layer_names();
        let expected = [
            "conv2d",
            "max_pooling2d",
            "conv2d_1",
            "max_pooling2d_1",
            "conv2d_2",
            "flatten",
            "dense",
            "dense_1",
        ];
        assert_eq!(names, expected);
        let names: Vec<_> = crate::spec::LayerSpec::KINDS
            .iter()
            .map(|kind| snake_case(kind))
            .collect();
        let expected = [
            "conv2d",
            "depthwise_conv2d",
            "max_pooling2d",
            "average_pooling2d",
            "dense",
            "activation",
            "dropout",
            "batch_normalization",
            "layer_normalization",
            "reshape",
            "simple_rnn",
            "lstm",
            "gru",
            "flatten",
            "global_average_pooling2d",
            "re_lu",
            "zero_padding2d",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn what_is_not_trained_is_counted_apart() {
        let mut spec = ModelSpec::keras_recipe();
        let normalization = crate::spec::LayerSpec::default_of("BatchNormalization");
        spec.layers.insert(1, normalization.unwrap());
        let table = summary_table(&spec.summary().unwrap());
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(
            lines[6..8],
            [
                "│ batch_normalization             │ (None, 26, 26, 32)     │           128 │",
                "│ (BatchNormalization)            │                        │               │",
            ]
        );
        assert_eq!(
            lines[23..],
            [
                " Total params: 93,450 (365.04 KB)",
                " Trainable params: 93,386 (364.79 KB)",
                " Non-trainable params: 64 (256.00 B)",
            ]
        );
    }

    #[test]
    fn the_table_is_keras_s() {
        let table = summary_table(&ModelSpec::keras_recipe().summary().unwrap());
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(
            lines[4],
            "│ conv2d (Conv2D)                 │ (None, 26, 26, 32)     │           320 │"
        );
        assert_eq!(
            lines[18],
            "│ dense_1 (Dense)                 │ (None, 10)             │           650 │"
        );
        assert_eq!(lines[20], " Total params: 93,322 (364.54 KB)");
        assert!(lines[1..20].iter().all(|line| line.chars().count() == 76));
    }
}
