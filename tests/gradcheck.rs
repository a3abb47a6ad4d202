//! Every layer's gradients against central differences in `f64`, and `f32` against `f64`.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

mod common;

use common::{Case, by_param, gradient_of, random};
use digit_lab::{
    nn::{
        Scalar, Sequential,
        layers::{
            Affine, InputGradient, Layer, MaxPooling2D as MaxPool, Mode, Place, build as build_layer, conv2d, dense,
        },
    },
    random::{Stream, generator},
    spec::{
        Activation, LayerSpec, ModelSpec, Padding,
        layers::{
            ActivationLayer, AveragePooling2D, BatchNormalization, Conv2D, Dense, DepthwiseConv2D, GRU, LSTM,
            LayerNormalization, MaxPooling2D, ReLU, Reshape, SimpleRNN, ZeroPadding2D,
        },
    },
};

const STEP: f64 = 1e-6;
const TOLERANCE: f64 = 1e-5;

/// At most this many numbers of a tensor are checked.
const SAMPLES: usize = 50;

/// A scalar that bends: `sum_i w_i sin(y_i)`, so that a wrong scale or a lost factor shows.
struct Readout {
    weights: Vec<f64>,
}

impl Readout {
    fn value(&self, output: &[f64]) -> f64 {
        self.weights.iter().zip(output).map(|(w, y)| w * y.sin()).sum()
    }

    fn gradient(&self, output: &[f64]) -> Vec<f64> {
        self.weights.iter().zip(output).map(|(w, y)| w * y.cos()).collect()
    }
}

fn samples(len: usize) -> impl Iterator<Item = usize> {
    (0..len).step_by(len.div_ceil(SAMPLES))
}

fn assert_near(what: &str, index: usize, gradient: f64, difference: f64) {
    let error = (gradient - difference).abs() / difference.abs().max(1.0);
    assert!(
        error <= TOLERANCE,
        "{what}[{index}]: gradient {gradient}, central difference {difference}"
    );
}

/// `(f(x + h) - f(x - h)) / 2h` for one number, which `at` sets.
fn central_difference(x: f64, mut at: impl FnMut(f64) -> f64) -> f64 {
    let difference = (at(x + STEP) - at(x - STEP)) / (2.0 * STEP);
    at(x);
    difference
}

/// Checks the gradients by every parameter and by the input; `density` is the share of the outputs that are read.
fn check_layer(layer: &mut dyn Layer<f64>, input_len: usize, density: f64) {
    let mut input = random::<f64>(input_len, 5);
    for param in layer.params_mut() {
        param.value = random(param.value.len(), 6);
    }
    let output = layer.forward(&input, Mode::TRAIN).to_vec();
    let read = random::<f64>(output.len(), 8);
    let weights = random::<f64>(output.len(), 7).into_iter().zip(read);
    let readout = Readout {
        weights: weights.map(|(w, r)| if r.abs() < density { w } else { 0.0 }).collect(),
    };
    let mut grad = readout.gradient(&output);
    // What was left in the memory by another call must not matter.
    let mut gradient = vec![f64::NAN; layer.param_count()];
    let grad_input = layer.backward(&mut grad, InputGradient::Wanted, &mut gradient);
    let grad_input = grad_input.unwrap().to_vec();

    let mut gradient = &gradient[..];
    for index in 0..layer.params().len() {
        let own = gradient.split_off(..layer.params()[index].value.len()).unwrap();
        for i in samples(own.len()) {
            let difference = central_difference(layer.params()[index].value[i], |x| {
                layer.params_mut()[index].value[i] = x;
                readout.value(layer.forward(&input, Mode::TRAIN))
            });
            let param = &layer.params()[index];
            assert_near(&param.name, i, own[i], difference);
        }
    }
    for i in samples(input_len) {
        let difference = central_difference(input[i], |x| {
            input[i] = x;
            readout.value(layer.forward(&input, Mode::TRAIN))
        });
        assert_near(layer.name(), i, grad_input[i], difference);
    }
}

// A caught panic needs unwinding, which wasm32 does not have.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_planted_error_is_noticed() {
    let noticed = |gradient| std::panic::catch_unwind(|| assert_near("planted", 0, gradient, 2.0)).is_err();
    assert!(!noticed(2.0));
    assert!(noticed(2.0001));
    assert!(noticed(f64::NAN));
}

fn cases() -> Vec<Case> {
    use Padding::{Same, Valid};
    let case = |input, size, strides, padding| Case {
        input,
        size,
        strides,
        padding,
    };
    vec![
        case([5, 5, 1], [3, 3], [1, 1], Valid),
        case([7, 4, 3], [3, 2], [1, 1], Valid),
        case([9, 6, 2], [3, 3], [2, 2], Valid),
        case([8, 5, 2], [2, 4], [1, 2], Valid),
        case([6, 6, 1], [3, 3], [1, 1], Same),
        case([5, 7, 2], [2, 2], [1, 1], Same),
        case([7, 5, 3], [4, 2], [2, 3], Same),
        case([3, 3, 1], [5, 5], [1, 1], Same),
        case([4, 4, 2], [1, 1], [3, 3], Same),
        case([1, 1, 4], [1, 1], [1, 1], Valid),
        case([6, 5, 9], [3, 3], [1, 1], Valid),
        case([6, 5, 9], [3, 3], [2, 1], Same),
    ]
}

fn convolution_of(case: Case, filters: usize, activation: Activation) -> Affine<f64> {
    let rng = &mut generator(1, Stream::Weights);
    conv2d("conv2d", case.windows(), &Conv2D::new(filters, 1, activation), rng)
}

#[test]
fn convolution() {
    for case in cases() {
        for (activation, filters, batch) in [(Activation::Linear, 3, 1), (Activation::Relu, 4, 3)] {
            for density in [1.0, 0.2] {
                let mut layer = convolution_of(case, filters, activation);
                check_layer(&mut layer, batch * case.windows().input_len(), density);
            }
        }
    }
}

/// Every other layer, from its specification, in odd shapes.
fn layers() -> Vec<(&'static [usize], LayerSpec)> {
    let depthwise = |depth_multiplier, strides, dilation_rate, padding, activation| {
        LayerSpec::from(DepthwiseConv2D {
            kernel_size: [3, 2],
            strides,
            padding,
            depth_multiplier,
            dilation_rate,
            activation,
            ..DepthwiseConv2D::default()
        })
    };
    let dilated = |dilation_rate, padding| {
        LayerSpec::from(Conv2D {
            dilation_rate,
            padding,
            ..Conv2D::new(3, 3, Activation::Tanh)
        })
    };
    let average = |pool_size, strides, padding| {
        LayerSpec::from(AveragePooling2D {
            pool_size,
            strides,
            padding,
        })
    };
    let max = MaxPooling2D {
        pool_size: [3, 2],
        strides: Some([2, 1]),
        padding: Padding::Same,
    };
    let bounded = ReLU {
        max_value: Some(0.3),
        negative_slope: 0.25,
    };
    let mut layers: Vec<(&[usize], LayerSpec)> = vec![
        (&[7, 8, 2], dilated([2, 3], Padding::Valid)),
        (&[5, 6, 1], dilated([3, 2], Padding::Same)),
        (
            &[6, 5, 7],
            depthwise(1, [1, 1], [1, 1], Padding::Valid, Activation::Linear),
        ),
        (
            &[7, 6, 3],
            depthwise(2, [2, 3], [1, 1], Padding::Same, Activation::Gelu),
        ),
        (
            &[9, 5, 2],
            depthwise(3, [1, 1], [2, 3], Padding::Valid, Activation::Relu),
        ),
        (&[5, 7, 3], average([2, 3], None, Padding::Valid)),
        (&[7, 5, 2], average([3, 2], Some([2, 1]), Padding::Same)),
        (&[7, 5, 3], max.into()),
        (&[5, 4, 3], LayerSpec::GlobalAveragePooling2D),
        (&[3, 2, 2], LayerSpec::Flatten),
        (
            &[3, 4, 2],
            ZeroPadding2D {
                padding: [[1, 0], [2, 3]],
            }
            .into(),
        ),
        (
            &[4, 6],
            Reshape {
                target_shape: vec![3, 8],
            }
            .into(),
        ),
        (&[3, 4, 5], LayerSpec::dropout(0.4)),
        (&[3, 4, 5], BatchNormalization::default().into()),
        (&[7], BatchNormalization::default().into()),
        (&[3, 2, 5], LayerNormalization::default().into()),
        (&[9], LayerNormalization::default().into()),
        (&[3, 4, 5], bounded.into()),
    ];
    for &activation in Activation::ALL {
        layers.push((&[11], ActivationLayer { activation }.into()));
        layers.push((&[5], Dense::new(4, activation).into()));
    }
    for return_sequences in [false, true] {
        let (units, sequence): (_, &[usize]) = if return_sequences { (3, &[5, 4]) } else { (5, &[4, 2]) };
        let simple = SimpleRNN {
            units,
            return_sequences,
            ..SimpleRNN::default()
        };
        let lstm = LSTM {
            units,
            return_sequences,
            ..LSTM::default()
        };
        let gru = GRU {
            units,
            return_sequences,
            ..GRU::default()
        };
        layers.extend([simple.into(), lstm.into(), gru.into()].map(|layer| (sequence, layer)));
    }
    let bare: Vec<_> = layers
        .iter()
        .filter_map(|(input, layer)| Some((*input, without_bias(layer)?)))
        .collect();
    layers.extend(bare);
    layers
}

/// The layer without a bias, if it can have one.
fn without_bias(layer: &LayerSpec) -> Option<LayerSpec> {
    let mut layer = layer.clone();
    layer.set_argument("use_bias", "false").ok()?;
    Some(layer)
}

#[test]
fn every_other_layer() {
    for (input, spec) in layers() {
        let output = spec.output_shape(input).unwrap();
        let name = format!("{spec:?}");
        for batch in [2, 5] {
            let place = Place {
                index: 0,
                name: &name,
                input,
                output: &output,
            };
            let mut layer: Box<dyn Layer<f64>> = build_layer(&spec, place, &mut generator(1, Stream::Weights));
            check_layer(&mut *layer, batch * input.iter().product::<usize>(), 1.0);
        }
    }
}

#[test]
fn max_pooling() {
    let valid = |case: &Case| case.padding == Padding::Valid;
    for case in cases().into_iter().filter(valid) {
        let mut layer = MaxPool::<f64>::new("max_pooling2d", case.windows());
        check_layer(&mut layer, 2 * case.windows().input_len(), 1.0);
    }
}

#[test]
fn fully_connected() {
    for (features, units, batch) in [(1, 2, 1), (5, 3, 4), (20, 9, 1), (7, 11, 9)] {
        for activation in [Activation::Linear, Activation::Relu] {
            let rng = &mut generator(1, Stream::Weights);
            let mut layer = dense::<f64>("dense", features, &Dense::new(units, activation), rng);
            check_layer(&mut layer, batch * features, 1.0);
        }
    }
}

/// The seed recipe's kinds of layers, small, on images that are not square: pools that drop a row or a column, and
/// channels that fill no vector.
fn networks() -> [ModelSpec; 7] {
    use Activation::{Linear, Relu, Softmax, Tanh};
    let model = |input: [usize; 3], layers: &[LayerSpec]| ModelSpec {
        input_shape: input.to_vec(),
        layers: [
            layers,
            &[
                LayerSpec::Flatten,
                LayerSpec::dense(7, Relu),
                LayerSpec::dense(4, Softmax),
            ],
        ]
        .concat(),
    };
    let (conv, pool) = (LayerSpec::conv2d, LayerSpec::max_pooling2d);
    let [blocks, memories] = [
        model([13, 15, 1], &[conv(4, 3, Relu), pool(2), conv(6, 3, Relu), pool(2)]),
        model(
            [7, 6, 1],
            &[
                Reshape {
                    target_shape: vec![7, 6],
                }
                .into(),
                GRU {
                    units: 9,
                    ..GRU::default()
                }
                .into(),
            ],
        ),
    ]
    .map(|mut model| {
        let bare = model
            .layers
            .iter()
            .map(|layer| without_bias(layer).unwrap_or(layer.clone()));
        model.layers = bare.collect();
        model
    });
    [
        model([13, 15, 1], &[conv(8, 3, Relu), pool(2), conv(6, 3, Relu), pool(2)]),
        model(
            [18, 17, 3],
            &[conv(5, 3, Relu), pool(2), conv(9, 3, Relu), pool(2), conv(3, 2, Relu)],
        ),
        // A block of another window, a convolution before a pool that is no block, and one that is behind a block.
        model(
            [24, 23, 2],
            &[
                conv(3, 5, Relu),
                pool(2),
                conv(7, 3, Linear),
                pool(2),
                conv(5, 2, Relu),
                pool(2),
            ],
        ),
        // Layers of every family, with what is drawn and what is remembered.
        model(
            [9, 11, 2],
            &[
                LayerSpec::from(Conv2D {
                    dilation_rate: [2, 2],
                    l2: 0.01,
                    ..Conv2D::new(5, 3, Tanh)
                }),
                BatchNormalization::default().into(),
                ActivationLayer {
                    activation: Activation::Silu,
                }
                .into(),
                DepthwiseConv2D {
                    l1: 0.01,
                    l2: 0.02,
                    ..DepthwiseConv2D::default()
                }
                .into(),
                LayerNormalization::default().into(),
                AveragePooling2D::default().into(),
                LayerSpec::dropout(0.2),
            ],
        ),
        model(
            [7, 6, 1],
            &[
                Reshape {
                    target_shape: vec![7, 6],
                }
                .into(),
                GRU {
                    units: 9,
                    l1: 0.02,
                    l2: 0.01,
                    return_sequences: true,
                    ..GRU::default()
                }
                .into(),
                SimpleRNN {
                    units: 4,
                    l1: 0.01,
                    l2: 0.03,
                    return_sequences: true,
                    ..SimpleRNN::default()
                }
                .into(),
                LSTM {
                    units: 6,
                    return_sequences: true,
                    ..LSTM::default()
                }
                .into(),
                LSTM {
                    units: 5,
                    l1: 0.01,
                    ..LSTM::default()
                }
                .into(),
            ],
        ),
        blocks,
        memories,
    ]
}

fn build<T: Scalar>(spec: &ModelSpec) -> Sequential<T> {
    Sequential::build(spec, &mut generator(3, Stream::Weights)).unwrap()
}

const LABELS: [u8; 5] = [2, 0, 3, 1, 2];

/// A number of a parameter.
fn number(model: &mut Sequential<f64>, param: usize, index: usize) -> &mut f64 {
    let param = model.params_mut().nth(param).unwrap();
    &mut param.value[index]
}

#[test]
fn whole_networks_through_softmax_and_cross_entropy() {
    for i in [0, 3, 4, 5, 6] {
        check_network(&networks()[i]);
    }
}

fn check_network(spec: &ModelSpec) {
    let mut model = build::<f64>(spec);
    let inputs = random::<f64>(LABELS.len() * model.input_len(), 9);
    let (_, gradient) = gradient_of(&mut model, &inputs, &LABELS);
    let gradients = by_param(&model, &gradient);
    for (index, (name, gradient)) in gradients.iter().enumerate() {
        for i in samples(gradient.len()) {
            let difference = central_difference(*number(&mut model, index, i), |x| {
                *number(&mut model, index, i) = x;
                gradient_of(&mut model, &inputs, &LABELS).0.loss / LABELS.len() as f64
            });
            assert_near(name, i, gradient[i], difference);
        }
    }
}

/// The kernels that train, among them those of a convolution and its pool in one, against plain loops layer by layer.
#[test]
fn single_precision_follows_double() {
    for spec in networks() {
        let (mut single, mut double) = (build::<f32>(&spec), build::<f64>(&spec));
        let len = LABELS.len() * single.input_len();
        let (single_sums, single_gradient) = gradient_of(&mut single, &random(len, 9), &LABELS);
        let (double_sums, double_gradient) = gradient_of(&mut double, &random(len, 9), &LABELS);
        assert!((single_sums.loss / double_sums.loss - 1.0).abs() < 1e-5);
        assert_eq!(single_sums.correct, double_sums.correct);
        let pairs = by_param(&single, &single_gradient);
        for ((name, single), (_, double)) in pairs.iter().zip(by_param(&double, &double_gradient)) {
            assert_follows(name, single, &double);
        }
        let outputs = single.forward_all(&random(len, 9)).into_iter();
        for (layer, (single, double)) in spec.layers.iter().zip(outputs.zip(double.forward_all(&random(len, 9)))) {
            assert_eq!(single.shape(), double.shape());
            assert_follows(
                &format!("{layer:?}"),
                single.as_slice().unwrap(),
                double.as_slice().unwrap(),
            );
        }
    }
}

fn assert_follows(what: &str, single: &[f32], double: &[f64]) {
    assert_eq!(single.len(), double.len(), "{what}");
    let largest = double.iter().fold(0f64, |max, g| max.max(g.abs()));
    for (i, (&s, d)) in single.iter().zip(double).enumerate() {
        let error = (f64::from(s) - d).abs() / largest;
        assert!(error <= TOLERANCE, "{what}[{i}]: {s} for {d}");
    }
}
