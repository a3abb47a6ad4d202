//! How the opened layer's outputs, weights and gradients are spread, over its last moments.

use leptos::{html, prelude::*};
use web_sys::CanvasRenderingContext2d;

use super::activations::number;
use crate::{
    app::{
        browser::{Extent, extent, sharp_context, token},
        ridge::{Course, Ridge, Spread},
        state::Lab,
        text::t,
    },
    protocol::Histogram,
};

/// Above the first line and below the last, in CSS pixels.
const MARGINS: [f64; 2] = [32.0, 18.0];

/// The histograms, and the share of dead units.
#[component]
pub fn Spreads() -> impl IntoView {
    let lab = Lab::get();
    let dead = move || {
        let looked = lab.inside.inspection.read();
        let looked = looked.as_ref()?;
        looked
            .dead
            .map(|(dead, units)| t().inside.dead(dead, units, looked.images))
    };
    view! {
        <section class="spreads" aria-label=t().inside.spread>
            <h3>{t().inside.spread}</h3>
            <p class="quiet" data-testid="dead-units">
                {dead}
            </p>
            <div class="spread-row">
                {Spread::ALL.map(|spread| view! { <SpreadView spread /> }).into_iter().collect_view()}
            </div>
            <p class="quiet">{t().inside.spread_hint}</p>
        </section>
    }
}

/// What is drawn: the course, or what the last look found where there is no course.
fn with_histograms<R>(lab: Lab, spread: Spread, read: impl FnOnce(&[&Histogram]) -> R) -> R {
    lab.inside.course.with(|course| {
        let kept = course.of(spread);
        if !kept.is_empty() && lab.inside.recalled.get().is_none() {
            return read(&kept);
        }
        let mut single = Course::default();
        if let Some(looked) = lab.inside.inspection.get() {
            single.push(0, &looked);
        }
        read(&single.of(spread))
    })
}

#[component]
fn SpreadView(spread: Spread) -> impl IntoView {
    let lab = Lab::get();
    let (frame, canvas) = (NodeRef::<html::Div>::new(), NodeRef::<html::Canvas>::new());
    let extent = extent(frame);
    Effect::new(move |_| {
        let (Some(canvas), extent, _) = (canvas.get(), extent.get(), lab.dark.get()) else {
            return;
        };
        if let Some(context) = sharp_context(&canvas, extent)
            && let Some(ridge) = with_histograms(lab, spread, Ridge::of)
        {
            draw(&context, extent, &ridge);
        }
    });
    let facts = Memo::new(move |_| {
        with_histograms(lab, spread, |kept| {
            let last = kept.last()?;
            let [low, high, mean, deviation] = [last.low, last.high, last.mean, last.deviation].map(number);
            Some((
                kept.len(),
                t().inside.spread_facts(&low, &high, &mean, &deviation, last.zeros),
            ))
        })
    });
    let name = match spread {
        Spread::Activations => t().inside.activations,
        Spread::Weights => t().inside.weights,
        Spread::Gradients => t().inside.gradients,
    };
    let none = match spread {
        Spread::Activations => t().inside.no_activations,
        Spread::Weights => t().inside.no_weights,
        Spread::Gradients => t().inside.no_gradients,
    };
    let label = move || match facts.get() {
        Some((moments, facts)) => t().inside.spread_label(name, moments, &facts),
        None => format!("{name}: {none}"),
    };
    view! {
        <figure class="spread">
            <figcaption>{name}</figcaption>
            <div class="spread-body" node_ref=frame>
                <canvas node_ref=canvas data-testid=format!("spread-{}", spread.id()) role="img" aria-label=label></canvas>
                <Show when=move || facts.read().is_none()>
                    <p class="placeholder">{none}</p>
                </Show>
            </div>
            <p class="quiet">{move || facts.get().map(|(_, facts)| facts)}</p>
        </figure>
    }
}

fn draw(canvas: &CanvasRenderingContext2d, extent: Extent, ridge: &Ridge) {
    let [width, height] = [f64::from(extent.width), f64::from(extent.height)];
    let [axis, line, front, surface] = ["--muted", "--train-faint", "--train", "--surface"].map(token);
    let bottom = height - MARGINS[1];
    let count = ridge.lines.len();
    let apart = (bottom - MARGINS[0]) / count.saturating_sub(1).max(1) as f64;
    if let Some(zero) = ridge.place(0.0) {
        canvas.set_stroke_style_str(&token("--hairline"));
        canvas.begin_path();
        canvas.move_to(zero * width, 0.0);
        canvas.line_to(zero * width, bottom);
        canvas.stroke();
    }
    for (i, points) in ridge.lines.iter().enumerate() {
        let newest = i + 1 == count;
        let base = bottom - apart * (count - 1 - i) as f64;
        canvas.begin_path();
        for &[x, y] in points {
            canvas.line_to(x * width, base - y * (MARGINS[0] - 2.0));
        }
        canvas.set_fill_style_str(&surface);
        canvas.fill();
        canvas.set_stroke_style_str(if newest { &front } else { &line });
        canvas.set_line_width(if newest { 2.0 } else { 1.0 });
        canvas.stroke();
    }
    canvas.set_fill_style_str(&axis);
    canvas.set_font("12px system-ui, sans-serif");
    let [low, high] = ridge.ends.map(number);
    for (text, align, x) in [(low, "left", 0.0), (high, "right", width)] {
        canvas.set_text_align(align);
        // Fails only for a canvas that is gone.
        let _ = canvas.fill_text(&text, x, height - 3.0);
    }
}
