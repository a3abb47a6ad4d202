//! The drawing pad, and the choice of a test image in its place.

use js_sys::Reflect;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, DomRect, KeyboardEvent, PointerEvent};

use super::{
    activations::show,
    icon::{Icon, icon},
    pad_keys::{Pen, PenMark},
};
use crate::{
    app::{
        browser::{extent, sharp_context, token},
        format::NONE,
        maps::Grid,
        state::{Lab, Source},
        text::t,
    },
    protocol::{Prediction, Split, Stroke},
};

/// The pen's width, in units of the pad's side.
const PEN: f32 = 0.075;

/// Points closer than this add nothing, in units of the pad's side.
const FINEST: f32 = 0.004;

/// The pad with its buttons.
#[component]
pub fn Pad() -> impl IntoView {
    let lab = Lab::get();
    let on_image = Memo::new(move |_| lab.source.get().image().is_some());
    let on_training = move || matches!(lab.source.get().image(), Some((Split::Train, _)));
    let no_images = move || lab.image_count(Split::Test) == 0;
    let to_test = move |_| {
        if !on_image.get_untracked() {
            lab.show(Source::Image(Split::Test, 0));
        }
    };
    view! {
        <div class="segments pad-modes" role="group" aria-label=t().pad.title>
            <button
                type="button"
                class="segment"
                data-testid="mode-draw"
                aria-pressed=move || (!on_image.get()).to_string()
                on:click=move |_| lab.show(Source::Drawing)
            >
                {t().pad.draw_mode}
            </button>
            <button
                type="button"
                class="segment"
                data-testid="mode-test"
                aria-pressed=move || on_image.get().to_string()
                disabled=no_images
                title=move || if no_images() { t().pad.test_waits } else { "" }
                on:click=to_test
            >
                {move || if on_training() { t().pad.training_mode } else { t().pad.test_mode }}
            </button>
        </div>
        <div class="pad-stage">
            <DrawingCanvas />
            <Show when=move || on_image.get()>
                <ImageCanvas />
            </Show>
        </div>
        <Show when=move || on_image.get() fallback=|| view! { <DrawingButtons /> }>
            <ImageButtons />
        </Show>
    }
}

#[component]
fn DrawingButtons() -> impl IntoView {
    let lab = Lab::get();
    let nothing_to_undo = move || lab.drawings.with(Vec::is_empty);
    view! {
        <div class="pad-buttons">
            <button type="button" data-testid="undo" title=t().pad.undo_hint disabled=nothing_to_undo on:click=move |_| lab.undo()>
                {icon(Icon::Undo)}
                {t().undo}
            </button>
            <button type="button" data-testid="clear" title=t().pad.clear_hint on:click=move |_| lab.clear()>
                {icon(Icon::Clear)}
                {t().pad.clear}
            </button>
        </div>
    }
}

#[component]
fn DrawingCanvas() -> impl IntoView {
    let lab = Lab::get();
    let (frame, canvas) = (NodeRef::<html::Div>::new(), NodeRef::<html::Canvas>::new());
    let extent = extent(frame);
    let ink = Memo::new(move |_| (lab.dark.get(), token("--ink")).1);
    Effect::new(move |_| {
        let (Some(canvas), extent, ink) = (canvas.get(), extent.get(), ink.get()) else {
            return;
        };
        let Some(context) = sharp_context(&canvas, extent) else {
            return;
        };
        lab.drawing
            .with(|drawing| draw_strokes(&context, extent.width, &ink, &drawing.strokes));
    });
    // The pointer that draws, and where it was last.
    let drawing = StoredValue::new(None::<(i32, [f32; 2])>);
    let draws = move |event: &PointerEvent| drawing.get_value().filter(|(id, _)| *id == event.pointer_id());
    let down = move |event: PointerEvent| {
        if event.button() != 0 || drawing.get_value().is_some() {
            return;
        }
        event.prevent_default();
        if let Some(canvas) = canvas.get_untracked() {
            // Where the pointer cannot be captured, leaving the pad ends the stroke.
            let _ = canvas.set_pointer_capture(event.pointer_id());
            let at = place(&event, &canvas.get_bounding_client_rect());
            drawing.set_value(Some((event.pointer_id(), at)));
            lab.begin_stroke(at);
        }
    };
    let moved = move |event: PointerEvent| {
        if let (Some(canvas), Some((id, from))) = (canvas.get_untracked(), draws(&event)) {
            let to = go_on(lab, from, &event, &canvas.get_bounding_client_rect());
            drawing.set_value(Some((id, to)));
        }
    };
    let pen = Pen::default();
    // Who came with the pointer has the page's keys: Space trains.
    let by_keyboard = move || {
        canvas
            .get_untracked()
            .is_some_and(|canvas| canvas.matches(":focus-visible").unwrap_or(false))
    };
    let key = move |event: KeyboardEvent| {
        if drawing.get_value().is_none() && by_keyboard() && pen.act(lab, &event.key(), event.shift_key()) {
            event.prevent_default();
        }
    };
    let up = move |event: PointerEvent| {
        if draws(&event).is_some() {
            drawing.set_value(None);
        }
    };
    view! {
        <div class="pad" node_ref=frame>
            <canvas
                node_ref=canvas
                data-testid="drawing-pad"
                role="application"
                tabindex="0"
                aria-label=format!("{}. {}", t().pad.about, t().hand.pad_keys)
                title=t().hand.pad_keys
                on:keydown=key
                on:blur=move |_| pen.lift()
                on:pointerdown=down
                on:pointermove=moved
                on:pointerup=up
                on:pointercancel=up
                on:lostpointercapture=up
            ></canvas>
            <PenMark pen />
            <Show when=move || lab.is_blank()>
                <p class="placeholder" aria-hidden="true">
                    {t().pad.placeholder}
                </p>
            </Show>
        </div>
    }
}

/// Where a pointer is, in units of the pad's side. A pen's place is finer than a pixel, which the typed getters cut.
fn place(event: &PointerEvent, pad: &DomRect) -> [f32; 2] {
    let at = |axis: &str| {
        Reflect::get(event, &axis.into())
            .ok()
            .and_then(|at| at.as_f64())
            .unwrap_or_default()
    };
    let unit = |at: f64, side: f64| (at / side.max(1.0)).clamp(0.0, 1.0) as f32;
    [
        unit(at("clientX") - pad.left(), pad.width()),
        unit(at("clientY") - pad.top(), pad.height()),
    ]
}

/// Adds all places that the pointer was at since the last event, and gives the last that was added.
fn go_on(lab: Lab, from: [f32; 2], event: &PointerEvent, pad: &DomRect) -> [f32; 2] {
    let mut events: Vec<PointerEvent> = event
        .get_coalesced_events()
        .iter()
        .filter_map(|e| e.dyn_into().ok())
        .collect();
    if events.is_empty() {
        events.push(event.clone());
    }
    let mut last = from;
    let mut points = Vec::new();
    for point in events.iter().map(|event| place(event, pad)) {
        if (point[0] - last[0]).hypot(point[1] - last[1]) > FINEST {
            points.push(point);
            last = point;
        }
    }
    if !points.is_empty() {
        lab.extend_stroke(from, &points);
    }
    last
}

fn draw_strokes(canvas: &CanvasRenderingContext2d, side: f32, ink: &str, strokes: &[Stroke]) {
    canvas.set_line_cap("round");
    canvas.set_line_join("round");
    canvas.set_line_width((side * PEN).into());
    canvas.set_stroke_style_str(ink);
    for stroke in strokes {
        draw_stroke(canvas, side, stroke);
    }
}

/// A smooth line: every point bends it, the middles between points lie on it.
fn draw_stroke(canvas: &CanvasRenderingContext2d, side: f32, stroke: &Stroke) {
    let at = |[x, y]: [f32; 2]| (f64::from(x * side), f64::from(y * side));
    let (Some(&first), Some(&last)) = (stroke.first(), stroke.last()) else {
        return;
    };
    canvas.begin_path();
    let (x, y) = at(first);
    canvas.move_to(x, y);
    for pair in stroke.windows(2) {
        let ((x, y), (next_x, next_y)) = (at(pair[0]), at(pair[1]));
        canvas.quadratic_curve_to(x, y, (x + next_x) / 2.0, (y + next_y) / 2.0);
    }
    let (x, y) = at(last);
    canvas.line_to(x, y);
    canvas.stroke();
}

#[component]
fn ImageCanvas() -> impl IntoView {
    let lab = Lab::get();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        lab.prediction.with(|prediction| {
            if let Some(prediction) = prediction {
                show_image(&canvas, prediction);
            }
        });
    });
    let label = move || match lab.source.get().image() {
        Some((split, index)) => t().data.image_label(split, index, &true_label(lab)),
        None => String::new(),
    };
    view! {
        <div class="pad pad-test">
            <canvas node_ref=canvas data-testid="test-image" role="img" aria-label=label></canvas>
        </div>
    }
}

/// The image as the network saw it, one device pixel a number: the style sheet enlarges it without blurring.
pub fn show_image(canvas: &web_sys::HtmlCanvasElement, prediction: &Prediction) {
    let image = &prediction.image;
    if let [height, width, 1] = image.shape[..] {
        let grid = Grid {
            map: [height, width],
            count: 1,
            columns: 1,
            tile: [height as f32, width as f32],
            gap: 0.0,
        };
        show(canvas, &grid.paint_grey(&image.data));
    }
}

/// The true class of the image that was looked at.
fn true_label(lab: Lab) -> String {
    let label = lab.prediction.with(|prediction| prediction.as_ref()?.label);
    label.map_or(NONE.into(), |label| match lab.source.get() {
        Source::RunImage(..) => lab.run_class_name(label.into()),
        _ => lab.class_name(label.into()),
    })
}

#[component]
fn ImageButtons() -> impl IntoView {
    let lab = Lab::get();
    let shown = move || lab.source.get().image().unwrap_or((Split::Test, 0));
    // Only of the data set that is shown can others be looked up.
    let alone = move || matches!(lab.source.get(), Source::RunImage(..));
    let index = move || shown().1;
    let count = move || untrack(|| lab.image_count(shown().0));
    let go = move |to: usize| lab.show(Source::Image(untrack(shown).0, to % count().max(1)));
    let by = move |step: usize| go(untrack(index) + step);
    let typed = move |event: ev::Event| {
        let to: usize = event_target_value(&event).parse().unwrap_or_else(|_| untrack(index));
        go(to.min(count().saturating_sub(1)));
    };
    let random = move |_| go((js_sys::Math::random() * count() as f64) as usize);
    let button = |picture: Icon, name: &'static str| (icon(picture), name);
    let (previous, previous_name) = button(Icon::Previous, t().pad.previous);
    let (next, next_name) = button(Icon::Next, t().pad.next);
    let (dice, dice_name) = button(Icon::Random, t().pad.random);
    view! {
        <div class="pad-buttons test-buttons">
            <button
                type="button"
                class="tool"
                aria-label=previous_name
                title=previous_name
                disabled=alone
                on:click=move |_| by(count().saturating_sub(1))
            >
                {previous}
            </button>
            <input
                type="number"
                min="0"
                aria-label=t().pad.image_number
                data-testid="test-index"
                disabled=alone
                title=move || alone().then_some(t().pad.image_of_run)
                prop:value=move || index().to_string()
                on:change=typed
            />
            <button type="button" class="tool" aria-label=next_name title=next_name disabled=alone on:click=move |_| by(1)>
                {next}
            </button>
            <button type="button" class="tool" aria-label=dice_name title=dice_name disabled=alone on:click=random>
                {dice}
            </button>
            <p class="true-label">
                <span class="quiet">{t().pad.label}</span>
                " "
                <strong data-testid="test-label">{move || true_label(lab)}</strong>
            </p>
        </div>
    }
}
