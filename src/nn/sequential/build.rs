//! The engine's layers of a model.

use rand::Rng;

use crate::{
    nn::{
        Scalar,
        kernels::windows::Windows,
        layers::{
            Activated, AveragePooling2D, BatchNormalization, Cell, DepthwiseConv2D, Dropout, Flatten, GruCell, Layer,
            LayerNormalization, LstmCell, MaxPooling2D, Recurrent, RecurrentSpec, SimpleCell, conv2d, dense,
        },
    },
    spec::{
        Activation, LayerSpec, LayerSummary, ModelSpec, Padding,
        layers::{Conv2D, MaxPooling2D as Pool},
    },
};

/// The layers of a model that was checked, their weights drawn in order.
pub(super) fn build_layers<T: Scalar>(
    spec: &ModelSpec,
    summary: &[LayerSummary],
    rng: &mut impl Rng,
) -> Vec<Box<dyn Layer<T>>> {
    let mut layers: Vec<Box<dyn Layer<T>>> = vec![];
    let mut rows = spec.layers.iter().zip(summary).enumerate().peekable();
    let mut input = &spec.input_shape;
    while let Some((place, (layer, summary))) = rows.next() {
        let own = Place {
            index: place,
            name: &summary.name,
            input,
            output: &summary.output_shape,
        };
        input = &summary.output_shape;
        match (layer, rows.peek()) {
            (LayerSpec::Conv2D(conv), Some((_, (LayerSpec::MaxPooling2D(pool), pool_summary))))
                if are_block(conv, pool) =>
            {
                let conv = conv2d(own.name, own.convolution(conv), conv, rng);
                let own = Place {
                    index: place + 1,
                    name: &pool_summary.name,
                    input,
                    output: &pool_summary.output_shape,
                };
                let windows = own.windows(pool.pool_size, pool.steps(), pool.padding);
                layers.extend(T::conv_and_pool(conv, MaxPooling2D::new(own.name, windows)));
                input = own.output;
                rows.next();
            }
            _ => layers.push(build_layer(layer, own, rng)),
        }
    }
    layers
}

/// Where a layer stands.
struct Place<'a> {
    /// In the model, from 0.
    index: usize,
    name: &'a str,
    /// Shapes of a sample.
    input: &'a [usize],
    output: &'a [usize],
}

impl Place<'_> {
    /// The windows of a convolution or a pool.
    fn windows(&self, size: [usize; 2], strides: [usize; 2], padding: Padding) -> Windows {
        Windows::new(self.image(), [self.output[0], self.output[1]], size, strides, padding)
    }

    fn convolution(&self, conv: &Conv2D) -> Windows {
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

fn build_layer<T: Scalar>(layer: &LayerSpec, own: Place, rng: &mut impl Rng) -> Box<dyn Layer<T>> {
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
        LayerSpec::Dropout(spec) => Box::new(Dropout::new(name, spec.rate, own.index, own.len())),
        LayerSpec::BatchNormalization(spec) => Box::new(BatchNormalization::new(name, own.channels(), spec)),
        LayerSpec::LayerNormalization(spec) => Box::new(LayerNormalization::new(name, own.channels(), spec.epsilon)),
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

/// Whether [`Scalar::conv_and_pool`] takes the two.
fn are_block(conv: &Conv2D, pool: &Pool) -> bool {
    (conv.strides, conv.dilation_rate, conv.padding, conv.activation)
        == ([1, 1], [1, 1], Padding::Valid, Activation::Relu)
        && (pool.pool_size, pool.steps(), pool.padding) == ([2, 2], [2, 2], Padding::Valid)
}
