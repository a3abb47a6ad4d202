//! One layer's output as a canvas.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::Clamped;
use web_sys::ImageData;

use crate::{
    app::{
        browser::{context, extent},
        colour::Range,
        maps::{Grid, Picture},
        state::Lab,
        text::t,
    },
    protocol::{Prediction, Tensor},
    spec::Shape,
};

/// The output at a place of the network: 0 is the input, 1 the first layer.
pub fn output(prediction: &Prediction, place: usize) -> Option<&Tensor> {
    match place.checked_sub(1) {
        None => Some(&prediction.image),
        Some(layer) => prediction.activations.get(layer),
    }
}

/// The smallest and the largest number at a place of the network, once something was looked at.
pub fn range_at(lab: Lab, place: usize) -> Memo<Option<Range>> {
    Memo::new(move |_| {
        lab.prediction.with(|prediction| {
            let output = output(prediction.as_ref()?, place)?;
            Some(Range::of(&output.data))
        })
    })
}

/// What the tiles or cells of an output are called.
pub fn kind_of(shape: &[usize]) -> &'static str {
    if shape.len() == 3 {
        t().network.channels
    } else {
        t().network.features
    }
}

/// The picture of an output; its place is kept free before there is anything to show.
#[component]
pub fn Activations(
    /// 0 is the input, 1 the first layer.
    place: usize,
    /// Of the output.
    shape: Shape,
    /// Keras's name of the layer.
    name: String,
    /// The numbers' range.
    range: Memo<Option<Range>>,
    /// How tiles are laid out in a width.
    layout: fn(&[usize], f32) -> Grid,
    /// Told which number the pointer is on.
    #[prop(optional, into)]
    pointed: Option<Callback<Option<[usize; 3]>>>,
    /// The number that is marked.
    #[prop(optional, into)]
    marked: Option<Signal<[usize; 3]>>,
) -> impl IntoView {
    let lab = Lab::get();
    let (frame, canvas) = (NodeRef::<html::Div>::new(), NodeRef::<html::Canvas>::new());
    let extent = extent(frame);
    let count = shape.last().copied().unwrap_or(0);
    let what = kind_of(&shape);
    let grid = Memo::new(move |_| layout(&shape, extent.get().width));
    Effect::new(move |_| {
        let (Some(canvas), extent, grid, dark) = (canvas.get(), extent.get(), grid.get(), lab.dark.get()) else {
            return;
        };
        if extent.is_empty() {
            return;
        }
        let range = range.get().unwrap_or(Range { low: 0.0, high: 0.0 });
        let picture = lab.prediction.with(|prediction| {
            let output = prediction.as_ref().and_then(|prediction| output(prediction, place));
            grid.paint(output.map_or(&[], |tensor| &tensor.data), range, dark, extent.scale)
        });
        show(&canvas, &picture);
    });
    let side = move |axis: usize| match extent.get().is_empty() {
        true => "0".to_string(),
        false => format!("{}px", grid.get().size()[axis]),
    };
    let label = move || {
        let ends = range.get().map(|range| (number(range.low), number(range.high)));
        t().network.activation_label(
            &name,
            count,
            what,
            ends.as_ref().map(|(low, high)| (low.as_str(), high.as_str())),
        )
    };
    let point = move |event: ev::PointerEvent| {
        if let Some(pointed) = pointed {
            pointed.run(
                grid.get_untracked()
                    .locate([event.offset_y() as f32, event.offset_x() as f32]),
            );
        }
    };
    let mark = marked.map(|marked| {
        // One by one: the page's security policy lets no style attribute through.
        let side = move |side: usize| format!("{}px", grid.get().cell(marked.get())[side]);
        view! {
            <span
                class="chosen-cell"
                aria-hidden="true"
                style:top=move || side(0)
                style:left=move || side(1)
                style:height=move || side(2)
                style:width=move || side(3)
            ></span>
        }
    });
    view! {
        <div class="activations" node_ref=frame>
            <canvas
                node_ref=canvas
                data-testid="activation"
                role="img"
                aria-label=label
                style:height=move || side(0)
                style:width=move || side(1)
                on:pointermove=point
            ></canvas>
            {mark}
        </div>
    }
}

/// The colours of a picture's numbers, and the ends of both.
#[component]
pub fn Scale(
    /// The numbers' range.
    range: Memo<Option<Range>>,
) -> impl IntoView {
    let lab = Lab::get();
    view! {
        <span class="scale">
            <span>{move || range.get().map(ends)}</span>
            <span class="ramp" style:background=move || range.get().map(|range| range.css(lab.dark.get()))></span>
        </span>
    }
}

/// The smallest and the largest number.
pub fn ends(range: Range) -> String {
    format!("{} \u{2026} {}", number(range.low), number(range.high))
}

/// A number of an output.
pub fn number(value: f32) -> String {
    crate::app::format::short(value)
}

/// Puts a picture on a canvas, pixel by pixel.
pub fn show(canvas: &web_sys::HtmlCanvasElement, picture: &Picture) {
    let (width, height) = (picture.width as u32, picture.height as u32);
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&picture.rgba), width, height);
    if let (Some(context), Ok(data)) = (context(canvas, width, height), data) {
        // Fails only for a canvas that is gone.
        let _ = context.put_image_data(&data, 0.0, 0.0);
    }
}
