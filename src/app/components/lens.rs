//! A map of the network's rows, enlarged under the pointer or for the keyboard.

use leptos::{html, prelude::*};
use web_sys::Element;

use super::activations::{number, output, show};
use crate::{
    app::{
        colour::Range,
        maps::{Grid, Picture},
        state::Lab,
        text::t,
    },
    spec::Shape,
};

/// The side of an enlarged map, in CSS pixels.
const SIDE: f32 = 168.0;

/// What is enlarged.
#[derive(Debug, Clone, PartialEq)]
pub struct Enlarged {
    /// 0 is the input, 1 the first layer.
    pub place: usize,
    /// Of the output.
    pub shape: Shape,
    /// Its channel or feature.
    pub channel: usize,
    /// Where the lens hangs: top and left, in CSS pixels of the window.
    pub corner: [f64; 2],
    /// By the keyboard, whose users are told of the arrows.
    pub by_key: bool,
}

impl Enlarged {
    /// The channel at a point of a row's picture, `[y, x]` of the window; none beside it.
    pub fn under(row: &Element, place: usize, shape: &Shape, [y, x]: [f64; 2]) -> Option<Self> {
        let (grid, frame) = laid_out(row, shape)?;
        let [_, _, channel] = grid.locate([(y - frame.top()) as f32, (x - frame.left()) as f32])?;
        Some(Self::at(&grid, &frame, place, shape, channel, false))
    }

    /// A channel of a row, for the keyboard.
    pub fn of(row: &Element, place: usize, shape: &Shape, channel: usize) -> Option<Self> {
        let (grid, frame) = laid_out(row, shape)?;
        Some(Self::at(
            &grid,
            &frame,
            place,
            shape,
            channel.min(grid.count.checked_sub(1)?),
            true,
        ))
    }

    fn at(grid: &Grid, frame: &web_sys::DomRect, place: usize, shape: &Shape, channel: usize, by_key: bool) -> Self {
        let [top, left, ..] = grid.cell([0, 0, channel]);
        let below = frame.top() + f64::from(top + grid.tile[0]) + 8.0;
        let height = window().inner_height().ok().and_then(|height| height.as_f64());
        let needs = f64::from(SIDE) + 56.0;
        let above = frame.top() + f64::from(top) - 8.0 - needs;
        Self {
            place,
            shape: shape.clone(),
            channel,
            corner: [
                if below + needs > height.unwrap_or(f64::MAX) {
                    above
                } else {
                    below
                },
                (frame.left() + f64::from(left)).min(frame.right() - f64::from(SIDE)),
            ],
            by_key,
        }
    }
}

/// How a row's picture is laid out, and where.
fn laid_out(row: &Element, shape: &Shape) -> Option<(Grid, web_sys::DomRect)> {
    let frame = row.query_selector(".activations").ok()??;
    Some((
        Grid::strip(shape, frame.client_width() as f32),
        frame.get_bounding_client_rect(),
    ))
}

/// The lens, where something is enlarged.
#[component]
pub fn Lens(
    /// What is.
    enlarged: RwSignal<Option<Enlarged>>,
) -> impl IntoView {
    let lab = Lab::get();
    let canvas = NodeRef::<html::Canvas>::new();
    let values = move |enlarged: &Enlarged| {
        lab.prediction.with(|prediction| {
            let output = output(prediction.as_ref()?, enlarged.place)?;
            let count = match enlarged.shape[..] {
                [_, _, channels] => channels,
                _ => output.data.len(),
            };
            let all = Range::of(&output.data);
            Some((
                output
                    .data
                    .iter()
                    .copied()
                    .skip(enlarged.channel)
                    .step_by(count)
                    .collect::<Vec<_>>(),
                all,
            ))
        })
    };
    Effect::new(move |_| {
        let (Some(canvas), Some(enlarged), dark) = (canvas.get(), enlarged.get(), lab.dark.get()) else {
            return;
        };
        if let Some((values, range)) = values(&enlarged) {
            show(&canvas, &picture(&enlarged.shape, &values, range, dark));
        }
    });
    let words = move || {
        let enlarged = enlarged.get()?;
        let (values, _) = values(&enlarged)?;
        let own = Range::of(&values);
        Some(match enlarged.shape.len() {
            3 => format!(
                "{}: {} \u{2026} {}",
                t().inside.channel(enlarged.channel),
                number(own.low),
                number(own.high)
            ),
            _ => format!("{}: {}", t().inside.feature(enlarged.channel), number(own.high)),
        })
    };
    let corner = move |axis: usize| enlarged.get().map(|enlarged| format!("{}px", enlarged.corner[axis]));
    let has_map = move || enlarged.get().is_some_and(|enlarged| enlarged.shape.len() == 3);
    view! {
        <div
            class="lens"
            data-testid="lens"
            class:unseen=move || words().is_none()
            style:top=move || corner(0)
            style:left=move || corner(1)
        >
            <canvas node_ref=canvas class:unseen=move || !has_map() aria-hidden="true"></canvas>
            <p role="status">{words}</p>
            <p class="quiet" class:unseen=move || !enlarged.get().is_some_and(|enlarged| enlarged.by_key)>
                {t().inside.lens_hint}
            </p>
        </div>
    }
}

/// One map in the colours of its layer.
fn picture(shape: &Shape, values: &[f32], range: Range, dark: bool) -> Picture {
    let map = match **shape {
        [height, width, _] => [height, width],
        _ => [1, 1],
    };
    let side = SIDE / map[0].max(map[1]).max(1) as f32;
    let grid = Grid {
        map,
        count: 1,
        columns: 1,
        tile: map.map(|cells| cells as f32 * side),
        gap: 0.0,
    };
    grid.paint(values, range, dark, window().device_pixel_ratio() as f32)
}
