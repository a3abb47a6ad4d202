//! Which images a run learns from, and under which labels.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    LayerSpec, ModelSpec,
    training::{ConfigError, check},
};

/// The most classes that a data set may have.
pub const MAX_CLASSES: usize = 26;

/// Where the images come from. As text, it is what `data` is in a link: `mnist`, `fashion`, `own`, `own-1a2b3c4d`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DataSource {
    /// Handwritten digits.
    #[default]
    Mnist,
    /// Fashion-MNIST: pieces of clothing.
    Fashion,
    /// The user's own files. A fingerprint of their content says which; none: any that are given.
    Own(Option<u32>),
}

impl DataSource {
    /// The kind alone, whichever own files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Mnist => "mnist",
            Self::Fashion => "fashion",
            Self::Own(_) => "own",
        }
    }

    /// The name on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Mnist => "MNIST",
            Self::Fashion => "Fashion-MNIST",
            Self::Own(_) => "Own files",
        }
    }

    /// True where `other` is what this asks for.
    pub fn accepts(self, other: Self) -> bool {
        self == other || matches!((self, other), (Self::Own(None), Self::Own(_)))
    }
}

impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Own(Some(fingerprint)) => write!(f, "{}-{fingerprint:08x}", self.id()),
            _ => f.write_str(self.id()),
        }
    }
}

impl FromStr for DataSource {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let known = [Self::Mnist, Self::Fashion, Self::Own(None)];
        let own = || {
            let digits = text.strip_prefix("own-")?;
            let whole = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            u32::from_str_radix(digits, 16).ok().filter(|_| whole)
        };
        let found = known.into_iter().find(|source| source.id() == text);
        found
            .or_else(|| own().map(|fingerprint| Self::Own(Some(fingerprint))))
            .ok_or_else(|| wrong("data", "mnist, fashion, own or own-XXXXXXXX", text))
    }
}

/// Some of the classes below [`MAX_CLASSES`]. As text: `3,7`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassSet(u32);

impl ClassSet {
    /// Whether a class is one of them.
    pub fn contains(self, class: u8) -> bool {
        self.0.checked_shr(class.into()).is_some_and(|bits| bits & 1 == 1)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// With a class that was not one of them, or without one that was.
    ///
    /// # Panics
    /// When there can be no such class.
    #[must_use]
    pub fn toggled(self, class: u8) -> Self {
        assert!(usize::from(class) < MAX_CLASSES, "there is no class {class}");
        Self(self.0 ^ 1 << class)
    }

    /// In ascending order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..MAX_CLASSES as u8).filter(move |&class| self.contains(class))
    }
}

impl fmt::Display for ClassSet {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let classes: Vec<_> = self.iter().map(|class| class.to_string()).collect();
        f.write_str(&classes.join(","))
    }
}

impl FromStr for ClassSet {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let mut set = Self::default();
        for part in text.split(',').filter(|_| !text.is_empty()) {
            let class = part
                .trim()
                .parse()
                .ok()
                .filter(|&class: &u8| usize::from(class) < MAX_CLASSES);
            let class = class.ok_or_else(|| wrong("without", "classes from 0 to 25 with commas between", part))?;
            set.0 |= 1 << class;
        }
        Ok(set)
    }
}

fn wrong(field: &'static str, expected: &'static str, got: &str) -> ConfigError {
    ConfigError {
        field,
        expected,
        got: if got.is_empty() {
            "nothing".into()
        } else {
            got.chars().take(24).collect()
        },
    }
}

/// Which training images a run learns from, and under which labels. In this order:
///
/// 1. `without`: the images of these classes go.
/// 2. `limit`: of the others, in the set's order, the first so many stay.
/// 3. `label_noise`: each of these gets, with this chance, another label: one of the set's other classes that are not
///    left out, each as likely as the next. Both draws come from a random stream of the seed and of the image's place in the set: a
///    limit changes nothing about the images that stay.
///
/// The test images stay as they are, all classes and labels, and so does the model: it never learns a class that was left
/// out, and its images count as wrong. The defaults change nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataRecipe {
    /// The data set.
    pub source: DataSource,
    /// Classes left out of training.
    pub without: ClassSet,
    /// Uses only the first so many training images.
    pub limit: Option<usize>,
    /// The share of the training labels that is changed.
    pub label_noise: f32,
}

impl DataRecipe {
    /// # Errors
    /// Names the first setting that is out of bounds, the bounds, and its value. Whether an image is left is known only
    /// with the images.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let limit = self.limit.unwrap_or(1);
        check("limit", "at least 1", limit >= 1, limit)?;
        let noise = self.label_noise;
        check("label_noise", "from 0 to 1", (0.0..=1.0).contains(&noise), noise)
    }
}

impl ModelSpec {
    /// The same model for so many classes: that many units in its last dense layer.
    #[must_use]
    pub fn with_classes(&self, classes: usize) -> Self {
        let mut model = self.clone();
        let units = model.layers.iter_mut().rev().find_map(|layer| match layer {
            LayerSpec::Dense(dense) => Some(&mut dense.units),
            _ => None,
        });
        if let Some(units) = units {
            *units = classes;
        }
        model
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_can_be_given_other_classes() {
        let model = ModelSpec::keras_recipe().with_classes(26);
        assert_eq!(model.classes(), Ok(26));
        assert_eq!(model.with_classes(10), ModelSpec::keras_recipe());
    }

    #[test]
    fn sources_and_classes_survive_as_text() {
        for text in ["mnist", "fashion", "own", "own-00c0ffee"] {
            assert_eq!(text.parse::<DataSource>().unwrap().to_string(), text);
        }
        for text in ["", "0", "3,7", "0,25"] {
            assert_eq!(text.parse::<ClassSet>().unwrap().to_string(), text);
        }
        assert_eq!("7, 3,3".parse::<ClassSet>().unwrap().to_string(), "3,7");
    }

    #[test]
    fn what_is_no_source_or_class_is_named() {
        let source = |text: &str| text.parse::<DataSource>().unwrap_err().to_string();
        assert_eq!(
            source("own-1"),
            "data must be mnist, fashion, own or own-XXXXXXXX, got own-1"
        );
        assert!(source("").ends_with("got nothing") && source("own-+0c0ffee").ends_with("got own-+0c0ffee"));
        for (text, got) in [
            ("26", "26"),
            ("1,,2", "nothing"),
            ("a", "a"),
            ("-1", "-1"),
            ("300", "300"),
        ] {
            let error = text.parse::<ClassSet>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("without must be classes from 0 to 25 with commas between, got {got}")
            );
        }
    }

    #[test]
    fn a_toggled_class_comes_and_goes() {
        let set = ClassSet::default().toggled(25).toggled(3);
        assert!(set.contains(25) && set.contains(3) && !set.contains(4) && !set.contains(200));
        assert!(set.toggled(3).toggled(25).is_empty());
    }

    #[test]
    fn any_own_files_will_do_where_none_are_named() {
        let [any, this, other] = [None, Some(1), Some(2)].map(DataSource::Own);
        assert!(any.accepts(this) && this.accepts(this) && any.accepts(any));
        assert!(!this.accepts(other) && !this.accepts(any) && !any.accepts(DataSource::Mnist));
    }
}
