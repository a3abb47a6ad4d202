//! What can be chosen by a name of Keras's.

use super::arguments::{ArgumentKind, Value};

macro_rules! choice {
    ($(#[$about:meta])* $choice:ident { $($(#[$variant_about:meta])* $variant:ident = $id:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $choice {
            $($(#[$variant_about])* #[serde(rename = $id)] $variant,)*
        }

        impl $choice {
            /// All that there are.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Keras's name.
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }

            /// That of this [`Self::id`].
            pub fn from_id(id: &str) -> Option<Self> {
                match id {
                    $($id => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl Value for $choice {
            const KIND: ArgumentKind = ArgumentKind::Choice(&[$($id),*]);

            fn show(&self) -> String {
                self.id().into()
            }

            fn parse(text: &str) -> Result<Self, String> {
                Self::from_id(text).ok_or(format!("one of {}", [$($id),*].join(", ")))
            }
        }
    };
}

choice! {
    /// How windows treat the border.
    Padding {
        /// No padding: `(input - window) / stride + 1`, rounded down.
        Valid = "valid",
        /// Zeros around, so that the output is `input / stride`, rounded up; an odd zero goes to the end. Pools leave
        /// out what is not in the image.
        Same = "same",
    }
}

impl Padding {
    /// `[before, after]`: the zeros along an axis of `input` places under `count` windows of `[size, stride, dilation]`.
    pub fn zeros(self, input: usize, count: usize, [size, stride, dilation]: [usize; 3]) -> [usize; 2] {
        match self {
            Self::Valid => [0, 0],
            Self::Same => {
                let total = ((count - 1) * stride + (size - 1) * dilation + 1).saturating_sub(input);
                [total / 2, total - total / 2]
            }
        }
    }
}

choice! {
    /// The function applied to a layer's output.
    Activation {
        /// The identity.
        Linear = "linear",
        /// `max(x, 0)`.
        Relu = "relu",
        /// `x` above 0, `0.2 x` below.
        LeakyRelu = "leaky_relu",
        /// `x` above 0, `exp(x) - 1` below.
        Elu = "elu",
        /// `x` times the share of a normal distribution below `x`: `x (1 + erf(x / sqrt(2))) / 2`.
        Gelu = "gelu",
        /// `x sigmoid(x)`.
        Silu = "silu",
        /// `(exp(x) - exp(-x)) / (exp(x) + exp(-x))`.
        Tanh = "tanh",
        /// `1 / (1 + exp(-x))`.
        Sigmoid = "sigmoid",
        /// `exp(x_i) / sum_j exp(x_j)`; on the last layer only, where it is fused with the cross-entropy.
        Softmax = "softmax",
    }
}

choice! {
    /// How weights start. `in` and `out` are the numbers that an output is made of, and that an input goes into.
    Initializer {
        /// Evenly, within `sqrt(6 / (in + out))` of 0 (Glorot and Bengio, 2010).
        GlorotUniform = "glorot_uniform",
        /// Normal, of variance `2 / (in + out)`, cut off at two standard deviations.
        GlorotNormal = "glorot_normal",
        /// Evenly, within `sqrt(6 / in)` of 0 (He et al., 2015, arXiv:1502.01852).
        HeUniform = "he_uniform",
        /// Normal, of variance `2 / in`, cut off at two standard deviations.
        HeNormal = "he_normal",
        /// Evenly, within `sqrt(3 / in)` of 0 (LeCun et al., 1998).
        LecunUniform = "lecun_uniform",
        /// Normal, of variance `1 / in`, cut off at two standard deviations.
        LecunNormal = "lecun_normal",
        /// All 0.
        Zeros = "zeros",
    }
}
