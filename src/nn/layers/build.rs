//! The engine's layer for that of a model.

use rand::Rng;

use super::{
    Activated, AveragePooling2D, BatchNormalization, Cell, DepthwiseConv2D, Dropout, Flatten, GruCell, Layer,
    LayerNormalization, LstmCell, MaxPooling2D, Rectified, Recurrent, RecurrentSpec, SimpleCell, ZeroPadding2D, conv2d,
    dense,
};
use crate::{
    nn::{Scalar, kernels::windows::Windows},
    spec::{LayerSpec, Padding, layers::Conv2D},
};

/// Where a layer stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// In the model, from 0.
    pub index: usize,
    /// Keras's automatic name.
    pub name: &'a str,
    /// The shape of an input sample.
    pub input: &'a [usize],
    /// The shape of an output sample, as the specification has it.
    pub output: &'a [usize],
}

impl Place<'_> {
    /// The windows of a convolution or a pool.
    pub(in crate::nn) fn windows(&self, size: [usize; 2], strides: [usize; 2], padding: Padding) -> Windows {
        Windows::new(self.image(), [self.output[0], self.output[1]], size, strides, padding)
    }

    pub(in crate::nn) fn convolution(&self, conv: &Conv2D) -> Windows {
        let windows = self.windows(conv.kernel_size, conv.strides, conv.padding);
        windows.dilated(conv.dilation_rate, conv.padding)
    }

    fn image(&self) -> [usize; 3] {
        [self.input[0], self.input[1], self.input[2]]
    }

    /// Steps and features.
    fn sequence(&self) -> [usize; 2] {
        [self.input[0], self.input[1]]
    }

    /// Numbers of an input sample.
    fn len(&self) -> usize {
        self.input.iter().product()
    }

    fn channels(&self) -> usize {
        self.input[self.input.len() - 1]
    }
}

/// The layer of that specification, its weights drawn anew.
pub fn build<T: Scalar>(layer: &LayerSpec, own: Place, rng: &mut impl Rng) -> Box<dyn Layer<T>> {
    let name = own.name;
    match layer {
        LayerSpec::Conv2D(spec) => Box::new(conv2d(name, own.convolution(spec), spec, rng)),
        LayerSpec::DepthwiseConv2D(spec) => {
            let windows = own.windows(spec.kernel_size, spec.strides, spec.padding);
            let windows = windows.dilated(spec.dilation_rate, spec.padding);
            Box::new(DepthwiseConv2D::new(name, windows, spec, rng))
        }
        LayerSpec::MaxPooling2D(spec) => {
            let windows = own.windows(spec.pool_size, spec.steps(), spec.padding);
            Box::new(MaxPooling2D::new(name, windows))
        }
        LayerSpec::AveragePooling2D(spec) => {
            let windows = own.windows(spec.pool_size, spec.steps(), spec.padding);
            Box::new(AveragePooling2D::new(name, windows))
        }
        LayerSpec::GlobalAveragePooling2D => Box::new(AveragePooling2D::new(name, Windows::whole(own.image()))),
        LayerSpec::Dense(spec) => Box::new(dense(name, own.len(), spec, rng)),
        LayerSpec::Activation(spec) => Box::new(Activated::new(name, spec.activation)),
        LayerSpec::ReLU(spec) => Box::new(Rectified::new(name, spec)),
        LayerSpec::Dropout(spec) => Box::new(Dropout::new(name, spec.rate, own.index, own.len())),
        LayerSpec::BatchNormalization(spec) => Box::new(BatchNormalization::new(name, own.channels(), spec)),
        LayerSpec::LayerNormalization(spec) => Box::new(LayerNormalization::new(name, own.channels(), spec.epsilon)),
        LayerSpec::ZeroPadding2D(spec) => Box::new(ZeroPadding2D::new(name, own.image(), spec)),
        LayerSpec::Flatten | LayerSpec::Reshape(_) => Box::new(Flatten::new(name)),
        LayerSpec::SimpleRNN(spec) => recurrent::<T, SimpleCell>(&own, spec.into(), rng),
        LayerSpec::LSTM(spec) => recurrent::<T, LstmCell>(&own, spec.into(), rng),
        LayerSpec::GRU(spec) => recurrent::<T, GruCell>(&own, spec.into(), rng),
    }
}

fn recurrent<T: Scalar, C: Cell<T> + 'static>(
    own: &Place,
    spec: RecurrentSpec,
    rng: &mut impl Rng,
) -> Box<dyn Layer<T>> {
    Box::new(Recurrent::<T, C>::new(own.name, own.sequence(), spec, rng))
}
