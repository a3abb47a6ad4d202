//! How one number of a layer's output comes about: the same products and sums again, one by one, in `f64`.

use crate::{
    nn::{
        Sequential,
        kernels::{pointwise::activate, windows::Windows},
        loss::softmax,
    },
    protocol::{Account, Ending, Tensor, Term, Window},
    spec::{
        Activation, LayerSpec, Padding,
        layers::{AveragePooling2D, Conv2D, DepthwiseConv2D, MaxPooling2D},
    },
};

/// The most products of a dense layer that are told one by one.
const TERMS: usize = 12;

/// Of a layer for one image.
pub(super) struct Layer<'a> {
    model: &'a Sequential,
    spec: &'a LayerSpec,
    name: &'a str,
    input: &'a Tensor,
    output: &'a Tensor,
}

impl<'a> Layer<'a> {
    /// The layer at a place of the model, its input and its output.
    pub fn new(model: &'a Sequential, place: usize, input: &'a Tensor, output: &'a Tensor) -> Self {
        Self {
            model,
            spec: &model.spec().layers[place],
            name: &model.summary()[place].name,
            input,
            output,
        }
    }

    /// The computation of the number at `at` (row, column, channel; within the output), with the window of `channel`
    /// where there are several.
    pub fn account(&self, at: [usize; 3], channel: Option<usize>) -> Account {
        match self.spec {
            LayerSpec::Conv2D(spec) => self.convolution(self.conv_windows(spec), at, channel),
            LayerSpec::DepthwiseConv2D(spec) => self.depthwise(self.depthwise_windows(spec), at),
            LayerSpec::MaxPooling2D(spec) => self.pool(self.max_windows(spec), at, false),
            LayerSpec::AveragePooling2D(spec) => self.pool(self.average_windows(spec), at, true),
            LayerSpec::GlobalAveragePooling2D => self.pool(Windows::whole(image(self.input)), at, true),
            LayerSpec::Dense(_) => self.dense(at[2]),
            LayerSpec::Activation(spec) => self.function(spec.activation, at),
            LayerSpec::Dropout(_) => Account::Same { from: at },
            LayerSpec::ZeroPadding2D(spec) => self.padded(spec.padding, at),
            LayerSpec::Flatten | LayerSpec::Reshape(_) => Account::Same {
                from: place(&self.input.shape, index(&self.output.shape, at)),
            },
            _ => Account::Whole,
        }
    }

    /// The number of the input, or a zero beside it.
    fn padded(&self, padding: [[usize; 2]; 2], [row, column, channel]: [usize; 3]) -> Account {
        let inside = [row.checked_sub(padding[0][0]), column.checked_sub(padding[1][0])];
        match inside {
            [Some(row), Some(column)] if row < self.input.shape[0] && column < self.input.shape[1] => Account::Same {
                from: [row, column, channel],
            },
            _ => Account::Border,
        }
    }

    /// Every input channel's window with its kernel `[height, width, in, out]`.
    fn convolution(&self, windows: Windows, [row, column, filter]: [usize; 3], channel: Option<usize>) -> Account {
        let weight = self.weight();
        let (channels, filters) = (
            windows.input[2],
            weight.len() / windows.size.iter().product::<usize>() / windows.input[2],
        );
        let kernel_of = |channel: usize| kernel(weight, channels, filters, channel, filter);
        let sums = (0..channels).map(|channel| {
            let window = window(&windows, self.input, [row, column, channel]);
            (channel, products(&window, &kernel_of(channel)))
        });
        let mut parts: Vec<_> = sums.collect();
        let sum = parts.iter().map(|(_, sum)| sum).sum();
        parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let chosen = channel.filter(|&channel| channel < channels).unwrap_or(parts[0].0);
        Account::Convolution {
            channels: parts,
            window: window(&windows, self.input, [row, column, chosen]),
            kernel: kernel_of(chosen),
            ending: self.ending(sum, self.bias(filter)),
        }
    }

    /// The window of the one channel that an output reads, with its kernel `[height, width, in, multiplier]`.
    fn depthwise(&self, windows: Windows, [row, column, output]: [usize; 3]) -> Account {
        let weight = self.weight();
        let channels = windows.input[2];
        let multiplier = weight.len() / windows.size.iter().product::<usize>() / channels;
        let channel = output / multiplier;
        let window = window(&windows, self.input, [row, column, channel]);
        let kernel = kernel(weight, channels, multiplier, channel, output % multiplier);
        let sum = products(&window, &kernel);
        Account::Convolution {
            channels: vec![(channel, sum)],
            ending: self.ending(sum, self.bias(output)),
            window,
            kernel,
        }
    }

    fn pool(&self, windows: Windows, at: [usize; 3], mean: bool) -> Account {
        // The output of the mean of all is a row of features: its one window lies at row 0 and column 0.
        let window = window(&windows, self.input, at);
        let inside = || window.values.iter().flatten().map(|&value| f64::from(value));
        let result = match mean {
            true => inside().sum::<f64>() / inside().count() as f64,
            false => inside().fold(f64::NEG_INFINITY, f64::max),
        };
        Account::Pool { mean, window, result }
    }

    /// Every input with its weight `[in, out]`.
    fn dense(&self, unit: usize) -> Account {
        let weight = self.weight();
        let units = weight.len() / self.input.data.len();
        let term = |unit: usize, (index, &input): (usize, &f32)| Term {
            index,
            input,
            weight: weight[index * units + unit],
        };
        let terms_of = |unit: usize| self.input.data.iter().enumerate().map(move |input| term(unit, input));
        let sum_of = |unit: usize| terms_of(unit).map(|term| term.product()).sum::<f64>();
        let mut terms: Vec<_> = terms_of(unit).collect();
        let count = terms.len();
        terms.sort_by(|a, b| b.product().abs().total_cmp(&a.product().abs()));
        let others = terms.split_off(count.min(TERMS));
        let mut ending = self.ending(sum_of(unit), self.bias(unit));
        if ending.activation == Activation::Softmax {
            let mut scores: Vec<f64> = (0..units)
                .map(|unit| sum_of(unit) + f64::from(self.bias(unit)))
                .collect();
            softmax(&mut scores, units);
            ending.result = scores[unit];
        }
        Account::Dense {
            terms,
            count,
            others: others.iter().map(Term::product).sum(),
            ending,
        }
    }

    fn function(&self, function: Activation, at: [usize; 3]) -> Account {
        let input = &self.input.data;
        let place = index(&self.output.shape, at);
        let result = match function {
            Activation::Softmax => {
                let mut scores: Vec<f64> = input.iter().map(|&x| x.into()).collect();
                softmax(&mut scores, input.len());
                scores[place]
            }
            _ => activated(function, input[place].into()),
        };
        Account::Function {
            input: input[place],
            function,
            result,
        }
    }

    fn ending(&self, sum: f64, bias: f32) -> Ending {
        let activation = self.spec.activation().unwrap_or(Activation::Linear);
        Ending {
            sum,
            bias,
            activation,
            result: activated(activation, sum + f64::from(bias)),
        }
    }

    fn weight(&self) -> &'a [f32] {
        self.tensor("weight").expect("the layer has a weight")
    }

    /// What is added to an output channel: nothing where the layer has no bias.
    fn bias(&self, output: usize) -> f32 {
        self.tensor("bias").map_or(0.0, |bias| bias[output])
    }

    /// The numbers of one of the layer's own tensors.
    fn tensor(&self, role: &str) -> Option<&'a [f32]> {
        let name = format!("{}.{role}", self.name);
        let mut params = self.model.params();
        let param = params.find(|param| param.name == name);
        param.map(|param| &param.value[..])
    }

    fn conv_windows(&self, spec: &Conv2D) -> Windows {
        let windows = self.windows(spec.kernel_size, spec.strides, spec.padding);
        windows.dilated(spec.dilation_rate, spec.padding)
    }

    fn depthwise_windows(&self, spec: &DepthwiseConv2D) -> Windows {
        let windows = self.windows(spec.kernel_size, spec.strides, spec.padding);
        windows.dilated(spec.dilation_rate, spec.padding)
    }

    fn max_windows(&self, spec: &MaxPooling2D) -> Windows {
        self.windows(spec.pool_size, spec.steps(), spec.padding)
    }

    fn average_windows(&self, spec: &AveragePooling2D) -> Windows {
        self.windows(spec.pool_size, spec.steps(), spec.padding)
    }

    fn windows(&self, size: [usize; 2], strides: [usize; 2], padding: Padding) -> Windows {
        let output = [self.output.shape[0], self.output.shape[1]];
        Windows::new(image(self.input), output, size, strides, padding)
    }
}

fn activated(function: Activation, value: f64) -> f64 {
    let mut values = [value];
    activate(function, &mut values);
    values[0]
}

/// Height, width and channels.
fn image(tensor: &Tensor) -> [usize; 3] {
    [tensor.shape[0], tensor.shape[1], tensor.shape[2]]
}

/// What the window of an output's row and column lies on, in one channel of the input.
fn window(windows: &Windows, input: &Tensor, [row, column, channel]: [usize; 3]) -> Window {
    let [height, width, channels] = windows.input;
    let first = |i: usize, output: usize| (output * windows.strides[i]) as i32 - windows.padding[i] as i32;
    let first = [first(0, row), first(1, column)];
    let value = |tap: usize| {
        let taps = [tap / windows.size[1], tap % windows.size[1]];
        let [y, x] = [0, 1].map(|i| first[i] + (taps[i] * windows.dilation[i]) as i32);
        let inside = (0..height as i32).contains(&y) && (0..width as i32).contains(&x);
        inside.then(|| input.data[(y as usize * width + x as usize) * channels + channel])
    };
    Window {
        channel,
        size: windows.size,
        first,
        dilation: windows.dilation,
        values: (0..windows.size[0] * windows.size[1]).map(value).collect(),
    }
}

/// Of a weight `[height, width, in, out]`, the kernel of one pair of channels.
fn kernel(weight: &[f32], inputs: usize, outputs: usize, input: usize, output: usize) -> Vec<f32> {
    let taps = weight.chunks_exact(inputs * outputs);
    taps.map(|tap| tap[input * outputs + output]).collect()
}

fn products(window: &Window, kernel: &[f32]) -> f64 {
    let pairs = window.values.iter().zip(kernel);
    pairs
        .filter_map(|(value, weight)| Some(f64::from((*value)?) * f64::from(*weight)))
        .sum()
}

/// The index of a number in a row-major sample of that shape; what has no channels is one row of features.
pub(super) fn index(shape: &[usize], [row, column, channel]: [usize; 3]) -> usize {
    match *shape {
        [_, width, channels] => (row * width + column) * channels + channel,
        _ => channel,
    }
}

/// The place of the number with an index.
fn place(shape: &[usize], index: usize) -> [usize; 3] {
    match *shape {
        [_, width, channels] => [index / channels / width, index / channels % width, index % channels],
        _ => [0, 0, index],
    }
}
