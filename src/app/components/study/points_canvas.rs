//! Ten thousand points on a canvas: painted once, with a second canvas above for the one that is pointed at.

use std::sync::Arc;

use leptos::{ev, html, prelude::*};
use web_sys::CanvasRenderingContext2d;

use crate::{
    app::{
        browser::{Extent, extent, sharp_context, token},
        state::Lab,
        text::t,
    },
    protocol::{Projection, Split},
};

/// Around the points, in CSS pixels.
const MARGIN: f32 = 14.0;

/// How near the pointer must be, in CSS pixels.
const REACH: f32 = 12.0;

/// The colours' number; further classes begin again.
const COLOURS: u8 = 10;

/// The name of a class's colour in the style sheets.
pub fn colour(class: u8) -> String {
    format!("--class-{}", class % COLOURS)
}

/// Where the points are, in CSS pixels, x first.
fn places(projection: &Projection, extent: Extent) -> Vec<[f32; 2]> {
    let points = projection.points.as_chunks::<2>().0;
    let ends = |axis: usize| {
        let along = points.iter().map(|point| point[axis]);
        (
            along.clone().fold(f32::INFINITY, f32::min),
            along.fold(f32::NEG_INFINITY, f32::max),
        )
    };
    let ([left, right], [bottom, top]) = (<[f32; 2]>::from(ends(0)), <[f32; 2]>::from(ends(1)));
    let share = |x: f32, low: f32, high: f32| if high > low { (x - low) / (high - low) } else { 0.5 };
    let place = |&[x, y]: &[f32; 2]| {
        [
            MARGIN + share(x, left, right) * (extent.width - 2.0 * MARGIN),
            extent.height - MARGIN - share(y, bottom, top) * (extent.height - 2.0 * MARGIN),
        ]
    };
    points.iter().map(place).collect()
}

/// The map.
#[component]
pub fn PointsCanvas(
    /// The image that is pointed at.
    hovered: RwSignal<Option<usize>>,
    /// The class that stands out.
    highlighted: RwSignal<Option<u8>>,
    /// What is pointed at, in words.
    words: Memo<Option<String>>,
) -> impl IntoView {
    let lab = Lab::get();
    let frame = NodeRef::<html::Div>::new();
    let [below, above] = [(); 2].map(|()| NodeRef::<html::Canvas>::new());
    let extent = extent(frame);
    let places = Memo::new(move |_| {
        let projection = lab.study.projection.get();
        Arc::new(
            projection
                .map(|projection| places(&projection, extent.get()))
                .unwrap_or_default(),
        )
    });
    Effect::new(move |_| {
        let (Some(canvas), places, highlighted, _) = (below.get(), places.get(), highlighted.get(), lab.dark.get())
        else {
            return;
        };
        let (Some(pen), Some(projection)) = (
            sharp_context(&canvas, extent.get_untracked()),
            lab.study.projection.get(),
        ) else {
            return;
        };
        paint(&pen, &projection, &places, highlighted, &|class| {
            lab.run_class_name(class)
        });
    });
    Effect::new(move |_| {
        let (Some(canvas), places, hovered, _) = (above.get(), places.get(), hovered.get(), lab.dark.get()) else {
            return;
        };
        let place = hovered.and_then(|hovered| places.get(hovered));
        // Without one it is only emptied.
        let pen = sharp_context(&canvas, extent.get_untracked());
        if let (Some(pen), Some(&place)) = (pen, place) {
            ring(&pen, place);
        }
    });
    let point = move |event: ev::PointerEvent| {
        let at = [event.offset_x() as f32, event.offset_y() as f32];
        hovered.set(nearest(&places.read_untracked(), at));
    };
    // What was pointed at may be of data that had more images.
    let pointed_at = move || {
        let hovered = hovered.get_untracked();
        hovered.filter(|&place| place < places.read_untracked().len())
    };
    let open = move || {
        if let Some(place) = pointed_at() {
            lab.open_run_image(Split::Test, place);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let key = event.key();
        if key == "Enter" {
            event.prevent_default();
            return open();
        }
        let places = places.get_untracked();
        if let Some(to) = go(&places, pointed_at(), &key) {
            event.prevent_default();
            hovered.set(Some(to));
        }
    };
    let last = move || places.read().len().saturating_sub(1).to_string();
    view! {
        <div
            class="points"
            node_ref=frame
            role="slider"
            tabindex="0"
            aria-label=t().study.points_empty
            aria-valuemin="0"
            aria-valuemax=last
            aria-valuenow=move || hovered.get().unwrap_or(0).to_string()
            aria-valuetext=move || words.get().unwrap_or_else(|| t().study.points_hint.into())
            data-testid="points"
            on:pointermove=point
            on:click=move |_| open()
            on:keydown=key
        >
            <canvas node_ref=below></canvas>
            <canvas node_ref=above></canvas>
        </div>
    }
}

fn paint(
    pen: &CanvasRenderingContext2d,
    projection: &Projection,
    places: &[[f32; 2]],
    highlighted: Option<u8>,
    name: &dyn Fn(usize) -> String,
) {
    let classes = projection.labels.iter().max().map_or(0, |&class| class + 1);
    for class in 0..classes {
        pen.set_fill_style_str(&token(&colour(class)));
        pen.set_stroke_style_str(&token("--text"));
        pen.set_global_alpha(if highlighted.is_none_or(|wanted| wanted == class) {
            0.8
        } else {
            0.06
        });
        let answers = projection.labels.iter().zip(&projection.predicted).zip(places);
        for ((&label, &predicted), &[x, y]) in answers {
            if label != class {
                continue;
            }
            let [x, y] = [f64::from(x), f64::from(y)];
            pen.fill_rect(x - 1.25, y - 1.25, 2.5, 2.5);
            if label != predicted {
                cross(pen, x, y);
            }
        }
    }
    pen.set_global_alpha(1.0);
    for class in 0..classes {
        if let Some([x, y]) = middle(&projection.labels, places, class) {
            tag(pen, &name(class.into()), x.into(), y.into());
        }
    }
}

fn cross(pen: &CanvasRenderingContext2d, x: f64, y: f64) {
    pen.begin_path();
    for [from, to] in [[[-3.5, -3.5], [3.5, 3.5]], [[-3.5, 3.5], [3.5, -3.5]]] {
        pen.move_to(x + from[0], y + from[1]);
        pen.line_to(x + to[0], y + to[1]);
    }
    pen.stroke();
}

/// A class's name where its points are: the colours are not the only sign.
fn tag(pen: &CanvasRenderingContext2d, name: &str, x: f64, y: f64) {
    pen.set_font("600 14px system-ui, sans-serif");
    pen.set_text_align("center");
    pen.set_text_baseline("middle");
    pen.set_line_width(4.0);
    pen.set_stroke_style_str(&token("--surface"));
    pen.set_fill_style_str(&token("--text"));
    // Fails only on a canvas that cannot show text.
    let _ = pen.stroke_text(name, x, y).and_then(|()| pen.fill_text(name, x, y));
    pen.set_line_width(1.0);
}

fn ring(pen: &CanvasRenderingContext2d, [x, y]: [f32; 2]) {
    pen.set_stroke_style_str(&token("--text"));
    pen.set_line_width(2.0);
    pen.begin_path();
    // A circle of a positive radius can always be drawn.
    let _ = pen.arc(x.into(), y.into(), 6.0, 0.0, std::f64::consts::TAU);
    pen.stroke();
}

/// The mean of a class's points.
fn middle(labels: &[u8], places: &[[f32; 2]], class: u8) -> Option<[f32; 2]> {
    let of_class = labels.iter().zip(places).filter(|(label, _)| **label == class);
    let (sum, count) = of_class.fold(([0.0, 0.0], 0), |([x, y], count), (_, place)| {
        ([x + place[0], y + place[1]], count + 1)
    });
    (count > 0).then(|| sum.map(|sum| sum / count as f32))
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The point nearest to a place, within reach.
fn nearest(places: &[[f32; 2]], at: [f32; 2]) -> Option<usize> {
    let all = places.iter().map(|&place| distance(place, at)).enumerate();
    let (place, distance) = all.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (distance <= REACH).then_some(place)
}

/// The nearest point within 45 degrees of the way that a key says.
fn go(places: &[[f32; 2]], from: Option<usize>, key: &str) -> Option<usize> {
    let way = match key {
        "ArrowLeft" => [-1.0, 0.0],
        "ArrowRight" => [1.0, 0.0],
        "ArrowUp" => [0.0, -1.0],
        "ArrowDown" => [0.0, 1.0],
        _ => return None,
    };
    let Some(from) = from else {
        return (!places.is_empty()).then_some(0);
    };
    let start = places[from];
    let lies_there = |place: &[f32; 2]| {
        let [x, y] = [place[0] - start[0], place[1] - start[1]];
        let along = x * way[0] + y * way[1];
        along > 0.5 && along >= (x * way[1] - y * way[0]).abs()
    };
    let there = places.iter().enumerate().filter(|(_, place)| lies_there(place));
    let nearest = there.min_by(|a, b| distance(*a.1, start).total_cmp(&distance(*b.1, start)));
    Some(nearest.map_or(from, |(place, _)| place))
}
