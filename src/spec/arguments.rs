//! The arguments of a layer as text: for fields on a page, for links, for code.
//!
//! A layer's arguments are written down once, by [`layer!`]: their names, types, defaults and order follow from there.

use super::Shape;

/// The largest count that an argument may be.
const MAX_COUNT: usize = 4096;

/// The largest bound that an argument may be.
pub const MAX_BOUND: f32 = 1000.0;

/// One argument of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Keras's name; `l1` and `l2` are those of its `kernel_regularizer=L1L2(l1, l2)`.
    pub name: &'static str,
    /// What it can be.
    pub kind: ArgumentKind,
    /// What it is.
    pub value: String,
    /// Keras's default; none where Keras wants a value.
    pub default: Option<String>,
}

impl Argument {
    /// Whether it says what Keras would take anyway.
    pub fn is_default(&self) -> bool {
        self.default.as_ref() == Some(&self.value)
    }
}

/// What an argument can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// A whole number from 1 on: `32`.
    Count,
    /// Height and width: `3x3`; `3` is read as that, too.
    Pair,
    /// As [`Self::Pair`], or nothing, which is the empty text.
    OptionalPair,
    /// Any sizes: `28x28`.
    Sizes,
    /// What is above, below, left and right: `1x1x2x2`; `1x2` and `1` are read as that, too.
    Margins,
    /// A number from 0 to 1: `0.5`.
    Share,
    /// A number above 0: `6`; or nothing, which is the empty text.
    OptionalBound,
    /// One of these.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
}

/// `[[above, below], [left, right]]`, as Keras has them.
pub type Margins = [[usize; 2]; 2];

/// A type that an argument can have.
pub(super) trait Value: Sized {
    const KIND: ArgumentKind;

    /// As text.
    fn show(&self) -> String;

    /// From text, or what was expected.
    fn parse(text: &str) -> Result<Self, String>;

    /// What is wrong with it: `must be from 1 to 4096, got 0`.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// An argument with that value.
pub(super) fn argument<T: Value>(name: &'static str, value: &T, default: Option<T>) -> Argument {
    Argument {
        name,
        kind: T::KIND,
        value: value.show(),
        default: default.map(|default| default.show()),
    }
}

/// Sets an argument from text; where that cannot be, the reason, and nothing changes.
pub(super) fn set<T: Value>(name: &str, value: &mut T, text: &str) -> Result<(), String> {
    let text = text.trim();
    let parsed = T::parse(text).map_err(|expected| format!("{name} must be {expected}, got {text:?}"))?;
    check(name, &parsed)?;
    *value = parsed;
    Ok(())
}

/// The reason why an argument cannot have that value.
pub(super) fn check<T: Value>(name: &str, value: &T) -> Result<(), String> {
    value.check().map_err(|reason| format!("{name} {reason}"))
}

fn check_counts(counts: &[usize]) -> Result<(), String> {
    if counts.iter().all(|count| (1..=MAX_COUNT).contains(count)) {
        return Ok(());
    }
    Err(format!(
        "must be from 1 to {MAX_COUNT}, got {}",
        super::show_shape(counts)
    ))
}

/// `3x4` as numbers.
fn parse_sizes(text: &str) -> Option<Vec<usize>> {
    text.split('x').map(|size| size.trim().parse().ok()).collect()
}

impl Value for usize {
    const KIND: ArgumentKind = ArgumentKind::Count;

    fn show(&self) -> String {
        self.to_string()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| format!("a whole number from 1 to {MAX_COUNT}"))
    }

    fn check(&self) -> Result<(), String> {
        check_counts(&[*self])
    }
}

impl Value for [usize; 2] {
    const KIND: ArgumentKind = ArgumentKind::Pair;

    fn show(&self) -> String {
        super::show_shape(self)
    }

    fn parse(text: &str) -> Result<Self, String> {
        match parse_sizes(text).as_deref() {
            Some(&[both]) => Ok([both; 2]),
            Some(&[height, width]) => Ok([height, width]),
            _ => Err("height and width as in 3x3".into()),
        }
    }

    fn check(&self) -> Result<(), String> {
        check_counts(self)
    }
}

impl Value for Option<[usize; 2]> {
    const KIND: ArgumentKind = ArgumentKind::OptionalPair;

    fn show(&self) -> String {
        self.as_ref().map(Value::show).unwrap_or_default()
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(None),
            _ => Value::parse(text)
                .map(Some)
                .map_err(|expected: String| format!("{expected}, or nothing")),
        }
    }

    fn check(&self) -> Result<(), String> {
        self.as_ref().map_or(Ok(()), Value::check)
    }
}

impl Value for Margins {
    const KIND: ArgumentKind = ArgumentKind::Margins;

    fn show(&self) -> String {
        super::show_shape(self.as_flattened())
    }

    fn parse(text: &str) -> Result<Self, String> {
        match parse_sizes(text).as_deref() {
            Some(&[all]) => Ok([[all; 2]; 2]),
            Some(&[rows, cols]) => Ok([[rows; 2], [cols; 2]]),
            Some(&[top, bottom, left, right]) => Ok([[top, bottom], [left, right]]),
            _ => Err("what is above, below, left and right as in 1x1x2x2, or 1 for all".into()),
        }
    }

    fn check(&self) -> Result<(), String> {
        match self.as_flattened().iter().max() {
            Some(&most) if most > MAX_COUNT => Err(format!("must be from 0 to {MAX_COUNT}, got {most}")),
            _ => Ok(()),
        }
    }
}

impl Value for Shape {
    const KIND: ArgumentKind = ArgumentKind::Sizes;

    fn show(&self) -> String {
        super::show_shape(self)
    }

    fn parse(text: &str) -> Result<Self, String> {
        parse_sizes(text).ok_or("sizes as in 28x28".into())
    }

    fn check(&self) -> Result<(), String> {
        match self.len() {
            1..=3 => check_counts(self),
            len => Err(format!("must have one to three sizes, got {len}")),
        }
    }
}

impl Value for f32 {
    const KIND: ArgumentKind = ArgumentKind::Share;

    fn show(&self) -> String {
        self.to_string()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "a number from 0 to 1".into())
    }

    fn check(&self) -> Result<(), String> {
        match *self {
            0.0..=1.0 => Ok(()),
            other => Err(format!("must be from 0 to 1, got {other}")),
        }
    }
}

impl Value for Option<f32> {
    const KIND: ArgumentKind = ArgumentKind::OptionalBound;

    fn show(&self) -> String {
        self.as_ref().map(f32::to_string).unwrap_or_default()
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(None),
            _ => text
                .parse()
                .map(Some)
                .map_err(|_| format!("a number above 0 up to {MAX_BOUND}, or nothing")),
        }
    }

    fn check(&self) -> Result<(), String> {
        match *self {
            None => Ok(()),
            Some(bound) if bound > 0.0 && bound <= MAX_BOUND => Ok(()),
            Some(other) => Err(format!("must be above 0 and at most {MAX_BOUND}, got {other}")),
        }
    }
}

impl Value for bool {
    const KIND: ArgumentKind = ArgumentKind::Switch;

    fn show(&self) -> String {
        self.to_string()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "true or false".into())
    }
}

/// A layer's arguments, as text.
pub(super) trait Arguments {
    /// All of them, in Keras's order, but that those which came later stand last.
    fn arguments(&self) -> Vec<Argument>;

    /// Sets one; where that cannot be, the reason, and nothing changes.
    fn set_argument(&mut self, name: &str, text: &str) -> Result<(), String>;

    /// The first that is out of its bounds.
    fn check_arguments(&self) -> Result<(), String>;
}

/// Why there is no such argument.
pub(super) fn no_argument(name: &str) -> Result<(), String> {
    Err(format!("there is no argument {name}"))
}

/// What layers are in checkpoints of the first version: without the arguments that came later.
pub(crate) trait Grown: Sized {
    /// Laid out as it was then.
    type First: serde::de::DeserializeOwned + Into<Self>;
}

/// Declares a layer: its arguments, those without a default in Keras first, each with what it starts with. Those under
/// `later` are not in checkpoints of the first version.
macro_rules! layer {
    (
        $(#[$about:meta])*
        $layer:ident {
            $(required { $($(#[$required_about:meta])* $required:ident: $required_type:ty = $start:expr),* $(,)? })?
            $(optional { $($(#[$optional_about:meta])* $optional:ident: $optional_type:ty = $default:expr),* $(,)? })?
            $(later { $($(#[$later_about:meta])* $later:ident: $later_type:ty = $later_default:expr),* $(,)? })?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $layer {
            $($($(#[$required_about])* pub $required: $required_type,)*)?
            $($($(#[$optional_about])* pub $optional: $optional_type,)*)?
            $($($(#[$later_about])* pub $later: $later_type,)*)?
        }

        const _: () = {
            #[derive(serde::Deserialize)]
            pub struct First {
                $($($required: $required_type,)*)?
                $($($optional: $optional_type,)*)?
            }

            impl From<First> for $layer {
                fn from(first: First) -> Self {
                    Self {
                        $($($required: first.$required,)*)?
                        $($($optional: first.$optional,)*)?
                        $($($later: $later_default,)*)?
                    }
                }
            }

            impl $crate::spec::arguments::Grown for $layer {
                type First = First;
            }
        };

        impl Default for $layer {
            fn default() -> Self {
                Self {
                    $($($required: $start,)*)?
                    $($($optional: $default,)*)?
                    $($($later: $later_default,)*)?
                }
            }
        }

        impl $crate::spec::arguments::Arguments for $layer {
            fn arguments(&self) -> Vec<$crate::spec::Argument> {
                use $crate::spec::arguments::argument;
                vec![
                    $($(argument(stringify!($required), &self.$required, None),)*)?
                    $($(argument(stringify!($optional), &self.$optional, Some($default)),)*)?
                    $($(argument(stringify!($later), &self.$later, Some($later_default)),)*)?
                ]
            }

            fn set_argument(&mut self, name: &str, text: &str) -> Result<(), String> {
                use $crate::spec::arguments::{no_argument, set};
                match name {
                    $($(stringify!($required) => set(name, &mut self.$required, text),)*)?
                    $($(stringify!($optional) => set(name, &mut self.$optional, text),)*)?
                    $($(stringify!($later) => set(name, &mut self.$later, text),)*)?
                    _ => no_argument(name),
                }
            }

            fn check_arguments(&self) -> Result<(), String> {
                use $crate::spec::arguments::check;
                $($(check(stringify!($required), &self.$required)?;)*)?
                $($(check(stringify!($optional), &self.$optional)?;)*)?
                $($(check(stringify!($later), &self.$later)?;)*)?
                Ok(())
            }
        }
    };
}
pub(super) use layer;
