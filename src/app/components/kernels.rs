//! The weights of the opened layer as pictures: its filters, its matrix, its biases.

use leptos::{html, prelude::*};

use super::activations::{Scale, ends, show};
use crate::{
    app::{
        browser::extent,
        colour::Range,
        maps::{Grid, in_order},
        state::Lab,
        text::t,
    },
    protocol::Tensor,
};

/// One picture a tensor, changing while the layer learns.
#[component]
pub fn Kernels() -> impl IntoView {
    let lab = Lab::get();
    let inspection = lab.inside.inspection;
    // The pictures stay while their numbers change.
    let shapes = Memo::new(move |_| {
        let looked = inspection.read();
        let tensors = looked.as_ref().map(|looked| looked.tensors.iter());
        tensors.map(|tensors| {
            tensors
                .map(|(role, tensor)| (role.clone(), tensor.shape.clone()))
                .collect::<Vec<_>>()
        })
    });
    let pictures = move || match shapes.get() {
        None => ().into_any(),
        Some(shapes) if shapes.is_empty() => view! { <p class="quiet">{t().inside.no_weights}</p> }.into_any(),
        Some(shapes) => shapes
            .into_iter()
            .enumerate()
            .map(|(place, (role, shape))| view! { <Weights place role shape /> })
            .collect_view()
            .into_any(),
    };
    view! {
        <section class="kernels" aria-label=t().inside.weights>
            <h3>{t().inside.weights}</h3>
            {pictures}
        </section>
    }
}

#[component]
fn Weights(
    /// Among the layer's tensors.
    place: usize,
    /// `weight`, `bias`.
    role: String,
    /// Of the tensor.
    shape: Vec<usize>,
) -> impl IntoView {
    let lab = Lab::get();
    let (frame, canvas) = (NodeRef::<html::Div>::new(), NodeRef::<html::Canvas>::new());
    let extent = extent(frame);
    let with = move |read: &mut dyn FnMut(&Tensor)| {
        lab.inside.inspection.with(|looked| {
            if let Some((_, tensor)) = looked.as_ref().and_then(|looked| looked.tensors.get(place)) {
                read(tensor);
            }
        });
    };
    let range = Memo::new(move |_| {
        let mut range = None;
        with(&mut |tensor| range = Some(Range::of(&tensor.data)));
        range
    });
    let of = shape.clone();
    let grid = Memo::new(move |_| Grid::weights(&of, extent.get().width));
    Effect::new(move |_| {
        let (Some(canvas), extent, grid, dark) = (canvas.get(), extent.get(), grid.get(), lab.dark.get()) else {
            return;
        };
        if let (Some(range), false) = (range.get(), extent.is_empty()) {
            with(&mut |tensor| show(&canvas, &grid.paint(&in_order(tensor), range, dark, extent.scale)));
        }
    });
    let side = move |axis: usize| {
        format!(
            "{}px",
            if extent.get().is_empty() {
                0.0
            } else {
                grid.get().size()[axis]
            }
        )
    };
    let name = t().inside.tensor(&role, &shape);
    let label = name.clone();
    view! {
        <figure class="tensor">
            <figcaption>
                <span>{name}</span>
                <Scale range />
            </figcaption>
            <div class="activations" node_ref=frame>
                <canvas
                    node_ref=canvas
                    data-testid=format!("weights-{role}")
                    role="img"
                    aria-label=move || format!("{label}, {}", range.get().map(ends).unwrap_or_default())
                    style:height=move || side(0)
                    style:width=move || side(1)
                ></canvas>
            </div>
        </figure>
    }
}
