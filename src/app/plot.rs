//! Draws one chart on a canvas: batches as a faint band, their running mean as a line, validation as marked points.

use web_sys::CanvasRenderingContext2d;

use super::{
    axis::{Scale, linear_ticks, spans},
    browser::{Extent, token},
    format::{short, thousands},
    history::Series,
};

/// Room for the axes, in CSS pixels.
const LEFT: f32 = 44.0;
const BOTTOM: f32 = 24.0;
const TOP: f32 = 8.0;
const RIGHT: f32 = 10.0;

/// The colours of a chart.
pub struct Palette {
    axis: String,
    line: String,
    faint: String,
    train: String,
    validation: String,
    surface: String,
}

impl Palette {
    /// Those that the style sheets have at the moment.
    pub fn now() -> Self {
        Self {
            axis: token("--muted"),
            line: token("--hairline"),
            faint: token("--train-faint"),
            train: token("--train"),
            validation: token("--validation"),
            surface: token("--surface"),
        }
    }
}

/// What a chart shows.
pub struct Chart<'a> {
    /// A value a step.
    pub series: &'a Series,
    /// Steps and values.
    pub points: Vec<(usize, f32)>,
    /// The last step of the axis.
    pub steps: usize,
    /// Where the epochs end; 0 for nowhere.
    pub steps_per_epoch: usize,
    /// Up and down.
    pub scale: Scale,
}

/// Where the curves are, in CSS pixels.
struct Frame {
    width: f32,
    height: f32,
    steps: f32,
    scale: Scale,
}

impl Frame {
    fn x(&self, step: f32) -> f64 {
        f64::from(LEFT + self.width * step / self.steps)
    }

    /// Values outside run along the edge.
    fn y(&self, value: f32) -> f64 {
        f64::from(TOP + self.height * (1.0 - self.scale.at(value).clamp(0.0, 1.0)))
    }
}

/// Draws the chart on an empty canvas; nothing before there is something to show.
pub fn draw(canvas: &CanvasRenderingContext2d, extent: Extent, palette: &Palette, chart: &Chart) {
    let frame = Frame {
        width: (extent.width - LEFT - RIGHT).max(1.0),
        height: (extent.height - TOP - BOTTOM).max(1.0),
        steps: chart.steps.max(1) as f32,
        scale: chart.scale,
    };
    if chart.series.raw().is_empty() {
        return;
    }
    canvas.set_font("12px system-ui, sans-serif");
    draw_values_axis(canvas, palette, &frame);
    draw_steps_axis(canvas, palette, &frame, chart.steps_per_epoch);
    canvas.set_line_join("round");
    draw_series(canvas, palette, &frame, chart.series);
    draw_points(canvas, palette, &frame, &chart.points);
}

fn draw_values_axis(canvas: &CanvasRenderingContext2d, palette: &Palette, frame: &Frame) {
    canvas.set_line_width(1.0);
    canvas.set_text_align("right");
    canvas.set_text_baseline("middle");
    for tick in frame.scale.ticks() {
        let y = frame.y(tick).round() + 0.5;
        stroke(canvas, &palette.line, &[(frame.x(0.0), y), (frame.x(frame.steps), y)]);
        label(canvas, &palette.axis, &short(tick), f64::from(LEFT) - 8.0, y);
    }
}

fn draw_steps_axis(canvas: &CanvasRenderingContext2d, palette: &Palette, frame: &Frame, steps_per_epoch: usize) {
    canvas.set_text_align("center");
    canvas.set_text_baseline("alphabetic");
    let bottom = f64::from(TOP + frame.height);
    for tick in linear_ticks(0.0, frame.steps, 5) {
        // The last label must not stick out.
        let x = frame.x(tick).min(f64::from(LEFT + frame.width) - 6.0);
        label(canvas, &palette.axis, &thousands(tick as usize), x, bottom + 18.0);
    }
    let epochs = (frame.steps as usize).checked_div(steps_per_epoch).unwrap_or(0);
    for epoch in (1..=epochs).filter(|_| epochs <= 60) {
        let x = frame.x((epoch * steps_per_epoch) as f32).round() - 0.5;
        stroke(canvas, &palette.line, &[(x, f64::from(TOP)), (x, bottom)]);
    }
}

fn draw_series(canvas: &CanvasRenderingContext2d, palette: &Palette, frame: &Frame, series: &Series) {
    let columns = frame.width as usize;
    let x = |index: usize| frame.x(index as f32 + 1.0);
    let raw = spans(series.raw(), columns);
    let band = raw
        .iter()
        .flat_map(|s| [(x(s.index), frame.y(s.high)), (x(s.index), frame.y(s.low))]);
    canvas.set_line_width(1.0);
    stroke(canvas, &palette.faint, &band.collect::<Vec<_>>());
    let smooth = spans(series.smooth(), columns);
    canvas.set_line_width(2.0);
    stroke(
        canvas,
        &palette.train,
        &smooth.iter().map(|s| (x(s.index), frame.y(s.last))).collect::<Vec<_>>(),
    );
}

fn draw_points(canvas: &CanvasRenderingContext2d, palette: &Palette, frame: &Frame, points: &[(usize, f32)]) {
    let places: Vec<_> = points
        .iter()
        .map(|&(step, value)| (frame.x(step as f32), frame.y(value)))
        .collect();
    canvas.set_line_width(2.0);
    dash(canvas, &[5.0, 4.0]);
    stroke(canvas, &palette.validation, &places);
    dash(canvas, &[]);
    for (x, y) in places {
        diamond(canvas, x, y, 5.5);
        canvas.set_fill_style_str(&palette.validation);
        canvas.fill();
        canvas.set_stroke_style_str(&palette.surface);
        canvas.set_line_width(1.5);
        canvas.stroke();
    }
}

fn diamond(canvas: &CanvasRenderingContext2d, x: f64, y: f64, r: f64) {
    canvas.begin_path();
    canvas.move_to(x, y - r);
    canvas.line_to(x + r, y);
    canvas.line_to(x, y + r);
    canvas.line_to(x - r, y);
    canvas.close_path();
}

fn dash(canvas: &CanvasRenderingContext2d, lengths: &[f64]) {
    let lengths: js_sys::Array = lengths
        .iter()
        .map(|&length| wasm_bindgen::JsValue::from_f64(length))
        .collect();
    // Positive numbers are always taken.
    let _ = canvas.set_line_dash(&lengths);
}

fn stroke(canvas: &CanvasRenderingContext2d, colour: &str, points: &[(f64, f64)]) {
    canvas.begin_path();
    for &(x, y) in points {
        canvas.line_to(x, y);
    }
    canvas.set_stroke_style_str(colour);
    canvas.stroke();
}

fn label(canvas: &CanvasRenderingContext2d, colour: &str, text: &str, x: f64, y: f64) {
    canvas.set_fill_style_str(colour);
    // Only fails for a canvas that was taken away.
    let _ = canvas.fill_text(text, x, y);
}
