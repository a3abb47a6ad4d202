//! The same numbers in other axes, and what graphs compute of their shapes.

use std::rc::Rc;

use crate::{
    io::onnx::{
        import::{At, BATCH, Flow, Frame, Value},
        tensor::{DOUBLE, Data, FLOAT, FLOAT16, Tensor},
        view::View,
    },
    spec::layers::Reshape,
};

/// A constant as a node.
pub fn constant(at: &mut At) -> Result<(), String> {
    let tensor = match at.node.attribute.first() {
        Some(attribute) => match (&*attribute.name, &attribute.t) {
            ("value", Some(tensor)) => Tensor::read(tensor)?,
            ("value_float", _) => Tensor::floats(vec![], attribute.f.into_iter().collect()),
            ("value_floats", _) => Tensor::floats(vec![attribute.floats.len()], attribute.floats.clone()),
            ("value_int", _) => Tensor {
                shape: vec![],
                data: Data::Ints(attribute.i.into_iter().collect()),
            },
            ("value_ints", _) => Tensor::ints(attribute.ints.clone()),
            _ => return Err("expected numbers".into()),
        },
        None => return Err("it has no value".into()),
    };
    at.give_constant(tensor)
}

/// One number, as often as a shape says. Only shapes and pads are made so.
pub fn constant_of_shape(at: &mut At) -> Result<(), String> {
    const MOST: usize = 1024;
    let sizes = at.ints(0)?;
    let shape: Option<Vec<usize>> = sizes.iter().map(|&size| usize::try_from(size).ok()).collect();
    let shape = shape.ok_or("its shape has a negative size")?;
    let count = shape.iter().try_fold(1usize, |count, &size| count.checked_mul(size));
    let count = count.filter(|&count| count <= MOST);
    let count = count.ok_or(format!("it makes more than {MOST} numbers"))?;
    let value = at.attribute("value").and_then(|attribute| attribute.t.as_ref());
    let data = match value.map(Tensor::read).transpose()?.map(|value| value.data) {
        None => Data::Floats(vec![0.0; count]),
        Some(Data::Floats(number)) => Data::Floats(vec![*number.first().ok_or("it has no value")?; count]),
        Some(Data::Ints(number)) => Data::Ints(vec![*number.first().ok_or("it has no value")?; count]),
    };
    at.give_constant(Tensor { shape, data })
}

/// Nothing changes.
pub fn identity(at: &mut At) -> Result<(), String> {
    let value = at.value(0)?;
    at.give(value);
    Ok(())
}

/// A constant of another kind of numbers.
pub fn cast(at: &mut At) -> Result<(), String> {
    let to_floats = [FLOAT, FLOAT16, DOUBLE].map(i64::from).contains(&at.int("to", 0));
    match at.value(0)? {
        Value::Constant(tensor) => at.give_constant(Rc::unwrap_or_clone(tensor).cast(to_floats)),
        flow => {
            at.give(flow);
            Ok(())
        }
    }
}

/// Numbers around the image, which the next convolution or pool takes as its own if it can.
pub fn pad(at: &mut At) -> Result<(), String> {
    if !["", "constant"].contains(&&*at.text("mode")) {
        return Err(format!("its mode is {}; expected constant", at.text("mode")));
    }
    let value = match at.has(2) {
        true => *at.floats(2)?.first().ok_or("its value is empty")?,
        false => at.float("value", 0.0),
    };
    let pads = match at.list("pads") {
        Some(pads) => pads.to_vec(),
        None => at.ints(1)?,
    };
    let view = at.flow(0)?;
    let by = at.called();
    let axes = match at.has(3) {
        true => axes(at, 3, view.rank() + 1)?.unwrap_or_default(),
        false => (0..=view.rank()).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(format!(
            "its pads are {pads:?}; expected two for each of {} axes",
            axes.len()
        ));
    }
    let [mut before, mut after] = [[0; 2]; 2];
    for (axis, sizes) in axes.iter().zip(pads.iter().zip(&pads[axes.len()..])) {
        if sizes == (&0, &0) {
            continue;
        }
        let ours = axis.checked_sub(1).map(|axis| view.behind(&[axis])).unwrap_or_default();
        let [side @ (0 | 1)] = ours[..] else {
            return Err("it adds to something else than rows and columns".into());
        };
        let size = |size: i64| usize::try_from(size).map_err(|_| "it cuts something off".to_string());
        (before[side], after[side]) = (size(*sizes.0)?, size(*sizes.1)?);
    }
    let is_there = [before, after] != [[0; 2]; 2];
    let frame = Frame {
        before,
        after,
        value,
        by,
    };
    at.advance_framed(view, is_there.then_some(frame));
    Ok(())
}

/// All of a sample in one axis.
pub fn flatten(at: &mut At) -> Result<(), String> {
    let axis = at.int("axis", 1);
    let Value::Flow(flow) = at.value(0)? else {
        return Err("it computes with constants only".into());
    };
    if axis != 1 && axis != -(flow.view.rank() as i64) {
        return Err(format!("its axis is {axis}; expected 1"));
    }
    let count = at.walk.parts.shape().iter().product();
    regroup(at, flow, &[count])
}

/// A known shape, or one that the graph computes.
pub fn reshape(at: &mut At) -> Result<(), String> {
    let target = match at.list("shape") {
        Some(shape) => shape.to_vec(),
        None => at.ints(1)?,
    };
    match at.value(0)? {
        Value::Flow(flow) => {
            let sizes = sample_sizes(at, &flow.view, &target)?;
            regroup(at, flow, &sizes)
        }
        Value::Constant(tensor) => {
            let shape = filled(&target, tensor.data.len(), &tensor.shape)?;
            at.give_constant(Rc::unwrap_or_clone(tensor).reshaped(shape))
        }
    }
}

/// The sizes of a sample in a shape that has the batch first.
fn sample_sizes(at: &At, view: &View, target: &[i64]) -> Result<Vec<usize>, String> {
    let shape = at.walk.parts.shape();
    let wrong = || format!("its shape is {target:?}; expected the images first");
    let (&first, rest) = target.split_first().ok_or_else(wrong)?;
    let counts_images = [0, BATCH].contains(&first) || at.walk.batch == Some(first);
    if !(counts_images || first == -1 && !rest.contains(&-1)) {
        return Err(wrong());
    }
    filled(rest, shape.iter().product(), &view.sizes(shape))
}

/// A shape for so many numbers: 0 is the size of before, -1 what is left.
fn filled(target: &[i64], count: usize, before: &[usize]) -> Result<Vec<usize>, String> {
    let wrong = || format!("its shape {target:?} is not for {count} numbers");
    let mut known = 1usize;
    let mut sizes = vec![];
    for (i, &size) in target.iter().enumerate() {
        let size = match size {
            0 => *before.get(i).ok_or_else(wrong)?,
            -1 => 0,
            size => usize::try_from(size).map_err(|_| wrong())?,
        };
        known = known.checked_mul(size.max(1)).ok_or_else(wrong)?;
        sizes.push(size);
    }
    let open = target.iter().filter(|&&size| size == -1).count();
    if open > 1 || known == 0 || !count.is_multiple_of(known) || open == 0 && known != count {
        return Err(wrong());
    }
    sizes
        .iter_mut()
        .zip(target)
        .filter(|(_, size)| **size == -1)
        .for_each(|(size, _)| *size = count / known);
    Ok(sizes)
}

/// The same numbers in axes of those sizes: seen so, or, where that cannot be, made so.
fn regroup(at: &mut At, flow: Flow, sizes: &[usize]) -> Result<(), String> {
    let shape = at.walk.parts.shape();
    if let Some(view) = flow.view.reshaped(shape, sizes) {
        at.give_flow(Flow { view, ..flow });
        return Ok(());
    }
    let [first, second, third] = *sizes else {
        return Err(format!("{sizes:?} mixes rows, columns or channels"));
    };
    if flow.view.order(shape).is_some() || at.walk.order.is_some() {
        return Err(format!(
            "{sizes:?} mixes rows, columns and channels in another order than ours"
        ));
    }
    at.flow(0)?;
    // One channel may be anywhere; several are last.
    let (target_shape, order) = match first {
        1 => (vec![second, third, 1], [2, 0, 1]),
        _ => (sizes.to_vec(), [0, 1, 2]),
    };
    let view = View::of(&target_shape, &order);
    at.walk.parts.push(Reshape { target_shape }, vec![])?;
    at.advance(view);
    Ok(())
}

/// Axes in another order.
pub fn transpose(at: &mut At) -> Result<(), String> {
    let value = at.value(0)?;
    let rank = match &value {
        Value::Flow(flow) => flow.view.rank() + 1,
        Value::Constant(tensor) => tensor.shape.len(),
    };
    let given = at
        .list("perm")
        .map(|perm| perm.iter().map(|&axis| usize::try_from(axis).unwrap_or(rank)).collect());
    let perm: Vec<usize> = given.unwrap_or_else(|| (0..rank).rev().collect());
    let mut sorted = perm.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..rank) {
        return Err(format!("its perm is {perm:?}; expected all of {rank} axes"));
    }
    match value {
        Value::Constant(tensor) => return at.give_constant(tensor.permuted(&perm)),
        Value::Flow(_) if perm[0] != 0 => return Err("it moves the images from the first axis".into()),
        Value::Flow(flow) => {
            let order: Vec<usize> = perm[1..].iter().map(|axis| axis - 1).collect();
            let view = flow.view.permuted(&order);
            at.give_flow(Flow { view, ..flow });
        }
    }
    Ok(())
}

/// The axes that an operator names, from 0; `rank` with the batch.
pub fn axes(at: &At, place: usize, rank: usize) -> Result<Option<Vec<usize>>, String> {
    let listed = match at.list("axes") {
        Some(axes) => axes.to_vec(),
        None if at.has(place) => at.ints(place)?,
        None => return Ok(None),
    };
    let axis = |&axis: &i64| {
        let from_start = if axis < 0 { axis + rank as i64 } else { axis };
        usize::try_from(from_start).ok().filter(|&axis| axis < rank)
    };
    let axes: Option<Vec<usize>> = listed.iter().map(axis).collect();
    axes.map(Some).ok_or(format!("its axes are {listed:?} of {rank}"))
}

/// Axes of one place go.
pub fn squeeze(at: &mut At) -> Result<(), String> {
    match at.value(0)? {
        Value::Constant(tensor) => {
            let shape = match axes(at, 1, tensor.shape.len())? {
                Some(axes) => without(&tensor.shape, &axes),
                None => tensor.shape.iter().copied().filter(|&size| size != 1).collect(),
            };
            if shape.iter().product::<usize>() != tensor.data.len() {
                return Err("it takes away an axis that holds something".into());
            }
            at.give_constant(Rc::unwrap_or_clone(tensor).reshaped(shape))
        }
        Value::Flow(flow) => {
            let sizes = flow.view.sizes(at.walk.parts.shape());
            let ones = || (0..sizes.len()).filter(|&i| sizes[i] == 1).map(|i| i + 1).collect();
            let axes = axes(at, 1, sizes.len() + 1)?.unwrap_or_else(ones);
            if axes.contains(&0) {
                return Err("it takes the axis of the images away".into());
            }
            let axes: Vec<usize> = axes.iter().map(|axis| axis - 1).collect();
            let left = without(&sizes, &axes);
            regroup(at, flow, &left)
        }
    }
}

fn without(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    let left = shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
    left.map(|(_, &size)| size).collect()
}

/// Axes of one place come.
pub fn unsqueeze(at: &mut At) -> Result<(), String> {
    let value = at.value(0)?;
    let mut sizes = match &value {
        Value::Constant(tensor) => tensor.shape.clone(),
        Value::Flow(flow) => [vec![0], flow.view.sizes(at.walk.parts.shape())].concat(),
    };
    let new = at
        .list("axes")
        .map_or_else(|| at.ints(1).map(|axes| axes.len()), |axes| Ok(axes.len()))?;
    let mut axes = axes(at, 1, sizes.len() + new)?.ok_or("it names no axes")?;
    axes.sort_unstable();
    for axis in axes {
        if axis > sizes.len() {
            return Err("it names an axis twice".into());
        }
        sizes.insert(axis, 1);
    }
    match value {
        Value::Constant(tensor) => at.give_constant(Rc::unwrap_or_clone(tensor).reshaped(sizes)),
        Value::Flow(_) if sizes[0] != 0 => Err("it moves the images from the first axis".into()),
        Value::Flow(flow) => regroup(at, flow, &sizes[1..]),
    }
}

/// The sizes of what has become of the image.
pub fn shape(at: &mut At) -> Result<(), String> {
    let ints = match at.value(0)? {
        Value::Flow(flow) => {
            let sizes = flow.view.sizes(at.walk.parts.shape());
            let batch = at.walk.batch.unwrap_or(BATCH);
            [batch]
                .into_iter()
                .chain(sizes.into_iter().map(|size| size as i64))
                .collect()
        }
        Value::Constant(tensor) => tensor.shape.iter().map(|&size| size as i64).collect(),
    };
    at.give_constant(Tensor::ints(ints))
}

/// Some numbers of a list.
pub fn gather(at: &mut At) -> Result<(), String> {
    let (list, places) = (at.ints(0)?, at.constant(1)?);
    let Data::Ints(wanted) = &places.data else {
        return Err("expected places as whole numbers".into());
    };
    let pick = |&place: &i64| {
        let place = if place < 0 { place + list.len() as i64 } else { place };
        usize::try_from(place).ok().and_then(|place| list.get(place)).copied()
    };
    let picked: Option<Vec<i64>> = wanted.iter().map(pick).collect();
    let data = Data::Ints(picked.ok_or("it reads past the end of a list")?);
    let shape = places.shape.clone();
    at.give_constant(Tensor { shape, data })
}

/// Some rows of whole numbers, in their order or backwards.
pub fn slice(at: &mut At) -> Result<(), String> {
    let list = at.constant(0)?;
    let Data::Ints(ints) = &list.data else {
        return Err("expected whole numbers".into());
    };
    let bound = |name: &str, place: usize| match at.list(name) {
        Some(list) => Ok(list[0]),
        None => at
            .ints(place)
            .and_then(|list| list.first().copied().ok_or("it has no bounds".into())),
    };
    let (start, end) = (bound("starts", 1)?, bound("ends", 2)?);
    let step = if at.has(4) { bound("steps", 4)? } else { 1 };
    if axes(at, 3, list.shape.len())?.is_some_and(|axes| axes != [0]) {
        return Err("it cuts along another axis than the first".into());
    }
    let (&count, row) = list.shape.split_first().ok_or("it cuts a single number")?;
    let len: usize = row.iter().product();
    let from_start = |at: i64| if at < 0 { at.saturating_add(count as i64) } else { at };
    let within = |at: i64, least: i64, most: i64| from_start(at).clamp(least, most);
    let last = count as i64 - 1;
    let rows: Vec<i64> = match step {
        1 => (within(start, 0, last + 1)..within(end, 0, last + 1)).collect(),
        // The end, if it is given from the end, may lie before the first row.
        -1 if count > 0 => (within(end, -1, last) + 1..=within(start, 0, last)).rev().collect(),
        _ => return Err("it leaves numbers out".into()),
    };
    let picked = rows.iter().flat_map(|&row| &ints[row as usize * len..][..len]);
    let data = Data::Ints(picked.copied().collect());
    let shape = [&[rows.len()], row].concat();
    at.give_constant(Tensor { shape, data })
}

/// Lists one after the other.
pub fn concat(at: &mut At) -> Result<(), String> {
    let lists: Result<Vec<_>, _> = (0..at.node.input.len()).map(|place| at.ints(place)).collect();
    let lists = lists.map_err(|_| "it joins two branches; expected one layer after the other")?;
    if at.int("axis", 0) != 0 {
        return Err("it joins along another axis than the first".into());
    }
    let ints = lists.concat();
    at.give_constant(Tensor::ints(ints))
}
