//! The words of the network and its layers' outputs.

words! {
    /// The words of the network and its layers' outputs.
    NetworkText {
        title: "Network",
        input: "Input",
        empty: "Draw a digit: every layer's output appears here.",
        open_layer: "Open",
        range: "Range",
        channels: "channels",
        features: "features",
        params: "params",
    }
}

impl NetworkText {
    /// A tile's place and value.
    pub fn cell(&self, [row, column, channel]: [usize; 3], value: &str) -> String {
        format!("Channel {channel}, row {row}, column {column}: {value}")
    }

    /// A feature's place and value.
    pub fn feature(&self, index: usize, value: &str) -> String {
        format!("Feature {index}: {value}")
    }

    /// Channels or features that are 0 everywhere.
    pub fn silent_of(&self, silent: usize, all: usize, what: &str) -> String {
        format!("{silent} of {all} {what} silent")
    }

    /// A layer's activations, for those who do not see them.
    pub fn activation_label(&self, name: &str, count: usize, what: &str, range: Option<(&str, &str)>) -> String {
        match range {
            Some((low, high)) => format!("Activations of {name}: {count} {what}, from {low} to {high}"),
            None => format!("Activations of {name}: {count} {what}, nothing drawn yet"),
        }
    }
}
