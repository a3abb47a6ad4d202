//! A picture of numbers with its scale.

use leptos::{html, prelude::*};

use crate::{
    app::{
        colour::Range,
        components::activations::show,
        format::short,
        maps::{Grid, Picture},
        overlay::{Layout, over, scale_of},
        state::Lab,
        text::t,
    },
    protocol::Tensor,
};

/// The picture's side, in CSS pixels; the style sheet makes it so.
const SIDE: f32 = 224.0;

/// What numbers are laid over.
#[derive(Clone, Copy)]
pub struct Under {
    /// The image, `[height, width, 1]`, as long as it is to be seen.
    pub image: Signal<Option<Tensor>>,
    /// Where on it they are.
    pub layout: Layout,
}

impl Under {
    fn picture(self, numbers: &Tensor) -> Option<Picture> {
        self.image.with(|image| {
            let image = image.as_ref()?;
            let scale = SIDE as usize / image.shape.first().copied().unwrap_or(1).max(1);
            over(image, numbers, self.layout, scale.max(1))
        })
    }
}

/// Numbers as colours; its place is kept free before there are any.
#[component]
pub fn Heat(
    /// What it is called.
    name: &'static str,
    /// What it shows.
    about: &'static str,
    /// For tests and tools.
    testid: &'static str,
    /// The numbers, `[rows, columns, 1]`.
    numbers: Signal<Option<Tensor>>,
    /// In greys, as an image, rather than in colours.
    #[prop(optional)]
    grey: bool,
    /// The image that they are laid over, and where on it; without one they are shown by themselves.
    #[prop(optional, into)]
    over_image: Option<Under>,
) -> impl IntoView {
    let lab = Lab::get();
    let canvas = NodeRef::<html::Canvas>::new();
    let range = Memo::new(move |_| numbers.with(|numbers| numbers.as_ref().map(|numbers| Range::of(&numbers.data))));
    Effect::new(move |_| {
        let (Some(canvas), dark) = (canvas.get(), lab.dark.get()) else {
            return;
        };
        numbers.with(|numbers| {
            let Some((numbers, range)) = numbers.as_ref().zip(range.get()) else {
                return;
            };
            if let Some(picture) = over_image.and_then(|under| under.picture(numbers)) {
                return show(&canvas, &picture);
            }
            let [height, width, _] = numbers.shape[..] else { return };
            let grid = Grid {
                map: [height, width],
                count: 1,
                columns: 1,
                tile: [SIDE, SIDE],
                gap: 0.0,
            };
            show(
                &canvas,
                &match grey {
                    true => grid.paint_grey(&numbers.data),
                    false => grid.paint(&numbers.data, range, dark, 1.0),
                },
            );
        });
    });
    let ends = move || range.get().map(|range| (range.low, range.high));
    let label = move || match ends() {
        Some((low, high)) => t().study.heat(name, low, high),
        None => name.into(),
    };
    let scale = move || ends().map(|(low, high)| format!("{} \u{2026} {}", short(low), short(high)));
    let laid_over = move || over_image.is_some_and(|under| under.image.read().is_some());
    let ramp = move || {
        range.get().filter(|_| !grey).map(|range| match laid_over() {
            true => scale_of(range),
            false => range.css(lab.dark.get()),
        })
    };
    view! {
        <figure class="heat">
            <figcaption>{name}</figcaption>
            <canvas node_ref=canvas width="224" height="224" role="img" aria-label=label data-testid=testid></canvas>
            <div class="heat-words">
                <p class="heat-scale">
                    <span class="ramp" hidden=grey style:background=ramp></span>
                    <span>{scale}</span>
                </p>
                <p class="quiet">{about}</p>
            </div>
        </figure>
    }
}
