//! What is done number by number: functions are collected until a layer needs their result.

use crate::io::onnx::{
    function::Function,
    import::{At, Flow, Value},
    tensor::Data,
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
        "Relu" => Box::new(|x| x.max(0.0)),
        "Tanh" => Box::new(f64::tanh),
        "Sigmoid" => Box::new(|x| 1.0 / (1.0 + (-x).exp())),
        "Erf" => Box::new(libm::erf),
        "Gelu" if at.text("approximate") != "tanh" => Box::new(|x| 0.5 * x * (1.0 + libm::erf(x / 2f64.sqrt()))),
        "LeakyRelu" => {
            let alpha = at.float("alpha", 0.01);
            if (alpha - 0.2).abs() > 1e-6 {
                return Err(format!("its alpha is {alpha}; leaky_relu is 0.2 here"));
            }
            Box::new(|x| if x < 0.0 { 0.2 * x } else { x })
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
    match at.value(0)?.clone() {
        Value::Flow(flow) => {
            let function = flow.function.then(function);
            let by = at.called();
            at.give_flow(Flow { function, by, ..flow });
            Ok(())
        }
        Value::Constant(_) => Err("it computes with constants only".into()),
    }
}

/// Two inputs: both made of the image, or one of them known.
fn join(at: &mut At, f: fn(f64, f64) -> f64) -> Result<(), String> {
    match (at.value(0)?.clone(), at.value(1)?.clone()) {
        (Value::Flow(a), Value::Flow(b)) if a.age == b.age && a.view == b.view => {
            let function = a.function.with(&b.function, f);
            let by = at.called();
            at.give_flow(Flow { function, by, ..a });
            Ok(())
        }
        (Value::Flow(_), Value::Flow(_)) => Err("it joins two branches; expected one layer after the other".into()),
        (Value::Flow(flow), Value::Constant(_)) => with_constant(at, flow, [0, 1], f),
        (Value::Constant(_), Value::Flow(flow)) => with_constant(at, flow, [1, 0], f),
        (Value::Constant(_), Value::Constant(_)) => Err("it computes with constants only".into()),
    }
}

/// One number for all, or one a channel; `places` are the inputs of image and constant.
fn with_constant(at: &mut At, flow: Flow, places: [usize; 2], f: fn(f64, f64) -> f64) -> Result<(), String> {
    let tensor = at.constant(places[1])?;
    let numbers: Vec<f64> = match &tensor.data {
        Data::Floats(floats) => floats.iter().map(|&x| x.into()).collect(),
        Data::Ints(ints) => ints.iter().map(|&x| x as f64).collect(),
    };
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
