//! What is done number by number: functions are collected until a layer needs their result.

use crate::io::onnx::{
    function::Function,
    import::{At, Flow, Value},
    tensor::{Data, Tensor},
};

/// Carries out an operator of one or two inputs.
///
/// # Errors
/// When there is no such operator, or it joins what cannot be joined.
pub fn apply(at: &mut At) -> Result<(), String> {
    let function: Box<dyn Fn(f64) -> f64> = match &*at.node.op_type {
        "Add" => return join(at, |a, b| a + b),
        "Sub" => return join(at, |a, b| a - b),
        "Mul" => return join(at, |a, b| a * b),
        "Div" => return join(at, |a, b| a / b),
        "Max" if at.node.input.len() == 2 => return join(at, f64::max),
        "Min" if at.node.input.len() == 2 => return join(at, f64::min),
        "Relu" => Box::new(|x| x.max(0.0)),
        "Tanh" => Box::new(f64::tanh),
        "Sigmoid" => Box::new(|x| 1.0 / (1.0 + (-x).exp())),
        "Neg" => Box::new(|x| -x),
        "Erf" => Box::new(libm::erf),
        "Erfc" => Box::new(libm::erfc),
        "Gelu" if at.text("approximate") != "tanh" => Box::new(|x| 0.5 * x * (1.0 + libm::erf(x / 2f64.sqrt()))),
        "LeakyRelu" => leaky(at.float("alpha", 0.01)),
        "PRelu" => match &at.floats(1)?[..] {
            [first, rest @ ..] if rest.iter().all(|slope| slope == first) => leaky(*first),
            _ => return Err("it has a slope for every channel; expected one for all".into()),
        },
        "Clip" => {
            let (least, most) = (bound(at, 1, "min")?, bound(at, 2, "max")?);
            let (least, most) = (least.unwrap_or(f64::NEG_INFINITY), most.unwrap_or(f64::INFINITY));
            Box::new(move |x| x.max(least).min(most))
        }
        "Elu" => {
            let alpha = f64::from(at.float("alpha", 1.0));
            if alpha != 1.0 {
                return Err(format!("its alpha is {alpha}; elu is 1 here"));
            }
            Box::new(|x| if x < 0.0 { x.exp_m1() } else { x })
        }
        _ => return Err("there is no such layer here".into()),
    };
    match at.value(0)? {
        Value::Flow(flow) => {
            let function = flow.function.then(function);
            let by = at.called();
            at.give_flow(Flow { function, by, ..flow });
            Ok(())
        }
        Value::Constant(_) => Err("it computes with constants only".into()),
    }
}

fn leaky(slope: f32) -> Box<dyn Fn(f64) -> f64> {
    let slope = f64::from(slope);
    Box::new(move |x| if x < 0.0 { slope * x } else { x })
}

/// A bound, as an input or, in older graphs, as an attribute.
fn bound(at: &At, place: usize, name: &str) -> Result<Option<f64>, String> {
    let input = at.has(place).then(|| at.floats(place)).transpose()?;
    let given = match input {
        Some(floats) => Some(*floats.first().ok_or(format!("its {name} is empty"))?),
        None => at.attribute(name).and_then(|attribute| attribute.f),
    };
    Ok(given.map(f64::from))
}

/// Two inputs: both made of the image, or one of them known.
fn join(at: &mut At, f: fn(f64, f64) -> f64) -> Result<(), String> {
    match (at.value(0)?, at.value(1)?) {
        (Value::Flow(a), Value::Flow(b)) if a.age == b.age && a.view == b.view => {
            let function = a.function.with(&b.function, f);
            let by = at.called();
            at.give_flow(Flow { function, by, ..a });
            Ok(())
        }
        (Value::Flow(_), Value::Flow(_)) => Err("it joins two branches; expected one layer after the other".into()),
        (Value::Flow(flow), Value::Constant(_)) => with_constant(at, flow, [0, 1], f),
        (Value::Constant(_), Value::Flow(flow)) => with_constant(at, flow, [1, 0], f),
        (Value::Constant(a), Value::Constant(b)) => at.give_constant(folded(&a, &b, f)?),
    }
}

/// Of two constants: of one shape, or one of them a single number.
fn folded(a: &Tensor, b: &Tensor, f: fn(f64, f64) -> f64) -> Result<Tensor, String> {
    let lens = [a, b].map(|tensor| tensor.data.len());
    if a.shape != b.shape && (!lens.contains(&1) || lens.contains(&0)) {
        return Err("it computes with constants of different shapes".into());
    }
    let count = lens[0].max(lens[1]);
    let numbers = (0..count).map(|i| f(a.data.number(i % a.data.len()), b.data.number(i % b.data.len())));
    let data = match (&a.data, &b.data) {
        (Data::Ints(_), Data::Ints(_)) => Data::Ints(numbers.map(|number| number as i64).collect()),
        _ => Data::Floats(numbers.map(|number| number as f32).collect()),
    };
    let shape = if a.data.len() == count { &a.shape } else { &b.shape };
    Ok(Tensor {
        shape: shape.clone(),
        data,
    })
}

/// One number for all, or one a channel; `places` are the inputs of image and constant.
fn with_constant(at: &mut At, flow: Flow, places: [usize; 2], f: fn(f64, f64) -> f64) -> Result<(), String> {
    let tensor = at.constant(places[1])?;
    let numbers: Vec<f64> = (0..tensor.data.len()).map(|i| tensor.data.number(i)).collect();
    let sizes = tensor.shape.clone();
    let ordered = move |image: f64, number: f64| {
        if places[0] == 0 {
            f(image, number)
        } else {
            f(number, image)
        }
    };
    if let [number] = numbers[..] {
        let function = flow.function.with(&Function::constant(number), ordered);
        let by = at.called();
        at.give_flow(Flow { function, by, ..flow });
        return Ok(());
    }
    let view = at.flow(places[0])?;
    let shape = at.walk.parts.shape();
    let channels = *shape.last().expect("a sample has axes");
    let axis = view.axis_of(shape.len() - 1);
    // Counted from the end, as constants are spread out.
    let from_end = axis.map(|axis| view.rank() - axis);
    let at_channels = sizes.iter().rev().position(|&size| size > 1).map(|place| place + 1);
    if numbers.len() != channels || at_channels != from_end || at.walk.order.is_some() {
        return Err("expected one number, or one a channel".into());
    }
    let line = |number: f64| [ordered(0.0, number), ordered(1.0, number) - ordered(0.0, number)];
    let [offset, scale] = [0, 1].map(|i| numbers.iter().map(|&number| line(number)[i] as f32).collect::<Vec<_>>());
    if scale.iter().chain(&offset).any(|x| !x.is_finite()) || ordered(2.0, 1.0) != 2.0 * line(1.0)[1] + line(1.0)[0] {
        return Err("expected a factor or an offset for every channel".into());
    }
    at.walk.parts.scale(&scale, &offset)?;
    at.advance(view);
    Ok(())
}
