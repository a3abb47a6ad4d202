//! Keras's `model.summary()`.

use serde::{Deserialize, Serialize};

use super::{ModelSpec, Shape, SpecError};

/// One line of Keras's `model.summary()`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// Keras's automatic name: `conv2d`, `conv2d_1`.
    pub name: String,
    /// Keras's class name: `Conv2D`.
    pub kind: String,
    /// Of one sample.
    pub output_shape: Shape,
    /// Trainable parameters.
    pub params: usize,
}

impl ModelSpec {
    /// Keras's automatic name of every layer: its class, and a number from the second of a class on.
    pub fn layer_names(&self) -> Vec<String> {
        let kinds: Vec<_> = self.layers.iter().map(super::LayerSpec::kind).collect();
        let name = |(i, kind): (usize, &&str)| {
            let base = kind.to_lowercase().replace("maxpooling", "max_pooling");
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
        let names = self.layer_names();
        let rows = self
            .layers
            .iter()
            .zip(names)
            .zip(self.shapes()?)
            .zip(self.param_counts()?);
        Ok(rows
            .map(|(((layer, name), output_shape), params)| LayerSummary {
                name,
                kind: layer.kind().into(),
                output_shape,
                params,
            })
            .collect())
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
    let size = params as f64 * 4.0 / 1024.0;
    table += &format!(" Total params: {} ({size:.2} KB)\n", thousands(params));
    table
}

fn table_row(layer: &LayerSummary) -> String {
    let name = format!("{} ({})", layer.name, layer.kind);
    let sizes: Vec<_> = layer.output_shape.iter().map(usize::to_string).collect();
    let shape = format!("(None, {})", sizes.join(", "));
    format!("│ {name:<31} │ {shape:<22} │ {:>13} │\n", thousands(layer.params))
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
