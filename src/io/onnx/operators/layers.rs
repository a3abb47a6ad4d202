//! The operators that become layers.

use std::rc::Rc;

use super::shapes::axes;
use crate::{
    io::onnx::{
        import::{At, Flow, Frame, Value},
        sliding::{Slide, Zeros, padding, zeros},
        tensor::{Data, Tensor},
        view::View,
    },
    spec::{
        Activation, LayerSpec, Padding, Shape,
        layers::{
            AveragePooling2D, BatchNormalization, Conv2D, Dense, DepthwiseConv2D, LayerNormalization, MaxPooling2D,
        },
    },
};

/// A list of two sizes, down and across.
fn pair(at: &At, name: &str) -> Result<Option<[usize; 2]>, String> {
    let Some(list) = at.list(name) else { return Ok(None) };
    let sizes: Vec<usize> = list.iter().filter_map(|&size| usize::try_from(size).ok()).collect();
    let sizes = sizes.try_into().ok().filter(|_| list.len() == 2);
    sizes
        .map(Some)
        .ok_or(format!("its {name} are {list:?}; expected two sizes"))
}

/// The windows along both axes of an image within a frame.
fn slides(at: &At, input: [usize; 2], kernel: [usize; 2], frame: Option<&Frame>) -> Result<[Slide; 2], String> {
    let strides = pair(at, "strides")?.unwrap_or([1, 1]);
    let dilations = pair(at, "dilations")?.unwrap_or([1, 1]);
    let pads: Vec<usize> = match at.list("pads") {
        Some(pads) => pads.iter().filter_map(|&pad| usize::try_from(pad).ok()).collect(),
        None => vec![0; 4],
    };
    let pads: [usize; 4] = pads.try_into().map_err(|_| "its pads are not four sizes".to_string())?;
    let partial = at.int("ceil_mode", 0) == 1;
    let zeros = |axis: usize| match &*at.text("auto_pad") {
        "" | "NOTSET" => Ok(Zeros::Given([pads[axis], pads[axis + 2]], partial)),
        "VALID" => Ok(Zeros::Given([0, 0], partial)),
        "SAME_UPPER" => Ok(Zeros::Same { lower: false }),
        "SAME_LOWER" => Ok(Zeros::Same { lower: true }),
        _ => Err("its auto_pad is not known".to_string()),
    };
    let around = |axis: usize| frame.map_or([0, 0], |frame| [frame.before[axis], frame.after[axis]]);
    let slide = |axis: usize| {
        let sizes = [kernel[axis], strides[axis], dilations[axis]];
        Slide::within(around(axis), input[axis], sizes, zeros(axis)?)
            .ok_or(format!("a window of {kernel:?} does not fit into {input:?}"))
    };
    Ok([slide(0)?, slide(1)?])
}

/// The zeros as a layer's own padding where that has it, or else as a layer before it.
fn padded(at: &mut At, slides: &[Slide; 2]) -> Result<Padding, String> {
    match padding(slides) {
        Some(own) => Ok(own),
        None => before(at, slides),
    }
}

/// The zeros as a layer before.
fn before(at: &mut At, slides: &[Slide; 2]) -> Result<Padding, String> {
    at.walk.parts.push(zeros(slides), vec![])?;
    Ok(Padding::Valid)
}

/// A convolution of all channels, or of every channel by itself.
pub fn convolution(at: &mut At) -> Result<(), String> {
    let frame = at.take_frame();
    if let Some(Frame { value, by, .. }) = frame.as_ref().filter(|frame| frame.value != 0.0) {
        return Err(format!("{by} adds {value} around the image; expected zeros"));
    }
    let [height, width, channels] = at.image()?;
    let kernel = at.constant(1)?;
    let &[outputs, inputs, rows, cols] = &kernel.shape[..] else {
        return Err("its kernel has not four axes".into());
    };
    let group = at.int("group", 1);
    let depthwise = group == channels as i64 && inputs == 1 && channels > 1;
    if !depthwise && (group != 1 || inputs != channels)
        || outputs == 0
        || !outputs.is_multiple_of(channels) && depthwise
    {
        return Err(format!(
            "{group} groups for {channels} channels; expected 1, or as many"
        ));
    }
    let slides = slides(at, [height, width], [rows, cols], frame.as_ref())?;
    let kernel_size = [rows, cols];
    let order = if depthwise { [2, 3, 0, 1] } else { [2, 3, 1, 0] };
    let Data::Floats(turned) = kernel.permuted(&order).data else {
        return Err("its kernel is not of floats".into());
    };
    drop(kernel);
    let bias = bias(at, 2, outputs)?;
    let padding = padded(at, &slides)?;
    let [strides, dilation_rate] = [slides.map(|slide| slide.stride), slides.map(|slide| slide.dilation)];
    let parts = &mut at.walk.parts;
    if depthwise {
        let depth_multiplier = outputs / channels;
        let layer = DepthwiseConv2D {
            kernel_size,
            strides,
            padding,
            depth_multiplier,
            dilation_rate,
            use_bias: bias.is_some(),
            ..DepthwiseConv2D::default()
        };
        let shape = vec![kernel_size[0], kernel_size[1], channels, depth_multiplier];
        parts.push(layer, tensors(shape, turned, bias))?;
    } else {
        let layer = Conv2D {
            filters: outputs,
            kernel_size,
            strides,
            padding,
            dilation_rate,
            use_bias: bias.is_some(),
            ..Conv2D::default()
        };
        let shape = vec![kernel_size[0], kernel_size[1], channels, outputs];
        parts.push(layer, tensors(shape, turned, bias))?;
    }
    at.advance_image()
}

/// A weight, and the bias where there is one.
fn tensors(shape: Shape, weight: Vec<f32>, bias: Option<Vec<f32>>) -> Vec<(Shape, Vec<f32>)> {
    let bias = bias.map(|bias| (vec![bias.len()], bias));
    [(shape, weight)].into_iter().chain(bias).collect()
}

/// One number an output; none where there is no such input.
fn bias(at: &At, place: usize, outputs: usize) -> Result<Option<Vec<f32>>, String> {
    if !at.has(place) {
        return Ok(None);
    }
    let bias = at.floats(place)?;
    match bias[..] {
        _ if bias.len() == outputs => Ok(Some(bias)),
        [all] => Ok(Some(vec![all; outputs])),
        _ => Err(format!("its bias has {} numbers; expected {outputs}", bias.len())),
    }
}

/// `x W + b`, with the weight in one order or the other.
pub fn gemm(at: &mut At) -> Result<(), String> {
    if [at.float("alpha", 1.0), at.float("beta", 1.0)] != [1.0, 1.0] || at.int("transA", 0) != 0 {
        return Err("expected alpha and beta of 1 and transA of 0".into());
    }
    dense(at, at.int("transB", 0) != 0)
}

/// `x W`.
pub fn mat_mul(at: &mut At) -> Result<(), String> {
    dense(at, false)
}

fn dense(at: &mut At, transposed: bool) -> Result<(), String> {
    let features = at.features()?;
    let Tensor { shape, data } = weight(at, transposed)?;
    let Data::Floats(values) = data else {
        return Err("its weight is not of floats".into());
    };
    let units = shape[1];
    if shape[0] != features || units == 0 {
        return Err(format!("its weight takes {} features, got {features}", shape[0]));
    }
    let values = match &at.walk.order {
        None => values,
        Some(order) => ordered(&values, order, units),
    };
    let bias = bias(at, 2, units)?;
    let layer = Dense {
        use_bias: bias.is_some(),
        ..Dense::new(units, Activation::Linear)
    };
    at.walk
        .parts
        .push(layer, tensors(vec![features, units], values, bias))?;
    at.advance_features();
    Ok(())
}

/// A weight `[in, out]`.
fn weight(at: &At, transposed: bool) -> Result<Tensor, String> {
    let weight = at.constant(1)?;
    match weight.shape.len() {
        2 if transposed => Ok(weight.permuted(&[1, 0])),
        2 => Ok(Rc::unwrap_or_clone(weight)),
        _ => Err("its weight has not two axes".into()),
    }
}

/// Rows of the graph's order in ours.
fn ordered(rows: &[f32], order: &[usize], len: usize) -> Vec<f32> {
    let mut ours = vec![0.0; rows.len()];
    for (row, &place) in rows.chunks_exact(len).zip(order) {
        ours[place * len..][..len].copy_from_slice(row);
    }
    ours
}

/// By running means.
pub fn batch_normalization(at: &mut At) -> Result<(), String> {
    if at.int("training_mode", 0) != 0 {
        return Err("it is in training mode; export the model for inference".into());
    }
    let is_image =
        at.walk.parts.shape().len() == 3 && matches!(at.value(0)?, Value::Flow(flow) if flow.view.rank() == 3);
    let channels = if is_image { at.image()?[2] } else { at.features()? };
    let mut tensors = vec![];
    for place in 1..5 {
        let values = at.floats(place)?;
        if values.len() != channels {
            return Err(format!("it is for {} channels, got {channels}", values.len()));
        }
        let values = match &at.walk.order {
            Some(order) => ordered(&values, order, 1),
            None => values,
        };
        tensors.push((vec![channels], values));
    }
    let layer = BatchNormalization {
        momentum: at.float("momentum", 0.9).clamp(0.0, 1.0),
        epsilon: at.float("epsilon", 1e-5),
    };
    at.walk.parts.push(layer, tensors)?;
    if is_image {
        return at.advance_image();
    }
    at.advance(View::of(at.walk.parts.shape(), &[0]));
    Ok(())
}

/// Over the channels of every place, or over a row of features.
pub fn layer_normalization(at: &mut At) -> Result<(), String> {
    let Value::Flow(Flow { view, .. }) = at.value(0)? else {
        return Err("it computes with constants only".into());
    };
    let shape = at.walk.parts.shape();
    let last = view.rank() as i64;
    let axis = view.axis_of(shape.len() - 1);
    let of_channels = axis.is_some_and(|axis| axis + 1 == view.rank()) && at.walk.order.is_none();
    if ![-1, last].contains(&at.int("axis", -1)) {
        return Err(format!("its axis is {}; expected the last", at.int("axis", -1)));
    }
    let view = match of_channels {
        true => view,
        false => {
            at.features()
                .map_err(|_| "expected channels last, or one row of features")?;
            View::of(at.walk.parts.shape(), &[0])
        }
    };
    let channels = *at.walk.parts.shape().last().ok_or("it has no axes")?;
    let tensors = [1, 2].map(|place| match at.has(place) {
        true => at.floats(place),
        false => Ok(vec![0.0; channels]),
    });
    let mut parameters = vec![];
    for values in tensors {
        let values = values?;
        if values.len() != channels {
            return Err(format!("it is for {} channels, got {channels}", values.len()));
        }
        let values = match &at.walk.order {
            Some(order) => ordered(&values, order, 1),
            None => values,
        };
        parameters.push((vec![channels], values));
    }
    let epsilon = at.float("epsilon", 1e-5);
    at.walk.parts.push(LayerNormalization { epsilon }, parameters)?;
    at.advance(view);
    Ok(())
}

/// The largest number of each window, or the mean.
pub fn pool(at: &mut At, largest: bool) -> Result<(), String> {
    let frame = at.take_frame();
    let [height, width, _] = at.image()?;
    let pool_size = pair(at, "kernel_shape")?.ok_or("it has no kernel_shape")?;
    let slides = slides(at, [height, width], pool_size, frame.as_ref())?;
    if slides.iter().any(|slide| slide.dilation != 1) {
        return Err("pools have no dilations here".into());
    }
    let padding = match largest {
        true => zeros_of_max_pool(at, &slides, frame.as_ref())?,
        false => zeros_of_average_pool(at, &slides, frame.as_ref())?,
    };
    let strides = Some(slides.map(|slide| slide.stride)).filter(|strides| *strides != pool_size);
    let layer = match largest {
        true => LayerSpec::from(MaxPooling2D {
            pool_size,
            strides,
            padding,
        }),
        false => LayerSpec::from(AveragePooling2D {
            pool_size,
            strides,
            padding,
        }),
    };
    at.walk.parts.push(layer, vec![])?;
    at.advance_image()
}

/// ONNX overlooks what a pool of its own adds, as ours does with 'same'. Zeros make no difference where nothing is below them.
fn zeros_of_max_pool(at: &mut At, slides: &[Slide; 2], frame: Option<&Frame>) -> Result<Padding, String> {
    let positive = at.walk.parts.is_never_negative();
    if let Some(Frame { value, by, .. }) = frame {
        let is_overlooked = *value <= -f32::MAX || *value <= 0.0 && positive;
        if !is_overlooked {
            return Err(format!("it counts the {value} that {by} adds"));
        }
    }
    let are_zeros = frame.is_some_and(|frame| frame.value == 0.0);
    match padding(slides) {
        None if !are_zeros && !slides.iter().all(Slide::sees_image) => {
            Err("one of its windows sees nothing of the image".into())
        }
        None if !positive => Err(
            "its pads are neither 'valid' nor 'same', and what it reads can be below 0: put a Relu before it".into(),
        ),
        _ => padded(at, slides),
    }
}

/// Zeros around the image count, or do not: as ours with 'same'.
fn zeros_of_average_pool(at: &mut At, slides: &[Slide; 2], frame: Option<&Frame>) -> Result<Padding, String> {
    let has_own =
        at.list("pads").is_some_and(|pads| pads.iter().any(|&pad| pad != 0)) || at.text("auto_pad").starts_with("SAME");
    let counts_own = at.int("count_include_pad", 0) != 0;
    match (frame, padding(slides)) {
        (Some(Frame { value, by, .. }), _) if *value != 0.0 => Err(format!("it counts the {value} that {by} adds")),
        (Some(Frame { by, .. }), _) if has_own && !counts_own => {
            Err(format!("it counts what {by} adds, but not its own pads"))
        }
        (None, Some(Padding::Same)) if !counts_own || !has_own => Ok(Padding::Same),
        (_, Some(Padding::Valid)) => Ok(Padding::Valid),
        (None, None) if !counts_own => Err("its pads are neither 'valid' nor 'same', and do not count".into()),
        _ if at.int("ceil_mode", 0) != 0 => Err("it counts zeros of windows that are not whole".into()),
        _ => before(at, slides),
    }
}

/// The mean of every channel.
pub fn global_average_pool(at: &mut At) -> Result<(), String> {
    at.image()?;
    at.walk.parts.push(LayerSpec::GlobalAveragePooling2D, vec![])?;
    let shape = at.walk.parts.shape();
    let view = View::of(shape, &[0]).reshaped(shape, &[shape[0], 1, 1]);
    at.advance(view.expect("axes of one place can be added"));
    Ok(())
}

/// The mean over rows and columns, as another way to write [`global_average_pool`].
pub fn reduce_mean(at: &mut At) -> Result<(), String> {
    let view = at.flow(0)?;
    let shape = at.walk.parts.shape();
    let axes = axes(at, 1, view.rank() + 1)?.unwrap_or_default();
    let axes: Vec<usize> = axes.iter().filter_map(|axis| axis.checked_sub(1)).collect();
    let rows_and_cols = |axis: &usize| shape[*axis] > 1;
    if shape.len() != 3 || view.behind(&axes) != [0, 1].into_iter().filter(rows_and_cols).collect::<Vec<_>>() {
        return Err("expected the mean over rows and columns".into());
    }
    let keep = at.int("keepdims", 1) == 1;
    let sizes = view.without(&axes, keep).sizes(shape);
    at.walk.parts.push(LayerSpec::GlobalAveragePooling2D, vec![])?;
    let shape = at.walk.parts.shape();
    let view = View::of(shape, &[0])
        .reshaped(shape, &sizes)
        .ok_or("the channels are lost")?;
    at.advance(view);
    Ok(())
}

/// Nothing, but in training.
pub fn dropout(at: &mut At) -> Result<(), String> {
    let view = at.flow(0)?;
    let rate = match at.has(1) {
        true => at.floats(1)?.first().copied().unwrap_or(0.5),
        false => at.float("ratio", 0.5),
    };
    at.walk.parts.push(LayerSpec::dropout(rate), vec![])?;
    at.advance(view);
    Ok(())
}

/// At the end: ours is fused with the loss, and a logarithm changes no class.
pub fn softmax(at: &mut At) -> Result<(), String> {
    at.features()?;
    let axis = at.int("axis", -1);
    if ![-1, 1].contains(&axis) {
        return Err(format!("its axis is {axis}; expected the classes"));
    }
    if at.walk.order.is_some() {
        return Err("expected scores of classes, got an image".into());
    }
    at.walk.parts.activate(Activation::Softmax)?;
    at.advance_features();
    Ok(())
}
