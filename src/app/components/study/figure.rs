//! Figures that are painted: on the page, sharp at any size, and as files by the same painter.

use leptos::{html, prelude::*};
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

use crate::app::{
    browser::{extent, sharp_context, token},
    format::short,
    state::Lab,
};

/// Paints a figure of that width and height, in CSS pixels.
pub type Painter = Callback<(CanvasRenderingContext2d, [f64; 2])>;

/// A figure that is painted again when what the painter reads changes.
#[component]
pub fn Figure(
    /// Its name, for those who do not see it.
    label: String,
    /// For tests and tools.
    testid: String,
    /// Paints it.
    painter: Painter,
) -> impl IntoView {
    let lab = Lab::get();
    let (frame, canvas) = (NodeRef::<html::Div>::new(), NodeRef::<html::Canvas>::new());
    let extent = extent(frame);
    Effect::new(move |_| {
        let (Some(canvas), extent, _) = (canvas.get(), extent.get(), lab.dark.get()) else {
            return;
        };
        if let Some(pen) = sharp_context(&canvas, extent) {
            painter.run((pen, [extent.width.into(), extent.height.into()]));
        }
    });
    view! {
        <div class="figure" node_ref=frame>
            <canvas node_ref=canvas role="img" aria-label=label data-testid=testid></canvas>
        </div>
    }
}

/// Two axes and the way from numbers to places.
pub struct Axes<'a> {
    /// What it is drawn on.
    pub pen: &'a CanvasRenderingContext2d,
    size: [f64; 2],
    /// The smallest and the largest number along each axis, x first.
    ranges: [[f64; 2]; 2],
}

/// What the numbers beside the axes take, in CSS pixels: left, top, right, bottom.
const MARGINS: [f64; 4] = [40.0, 8.0, 12.0, 22.0];

impl<'a> Axes<'a> {
    /// Draws axes with lines at those numbers, x first.
    ///
    /// # Errors
    /// When the canvas cannot show text.
    pub fn draw(
        pen: &'a CanvasRenderingContext2d,
        size: [f64; 2],
        ranges: [[f64; 2]; 2],
        ticks: [&[f64]; 2],
    ) -> Result<Self, JsValue> {
        let axes = Self { pen, size, ranges };
        let (line, text) = (token("--hairline"), token("--muted"));
        pen.set_font("12px system-ui, sans-serif");
        pen.set_line_width(1.0);
        pen.set_stroke_style_str(&line);
        pen.set_fill_style_str(&text);
        let [[left, right], [bottom, top]] = ranges;
        pen.set_text_align("center");
        pen.set_text_baseline("top");
        for &x in ticks[0] {
            axes.line([[x, bottom], [x, top]]);
            pen.fill_text(&short(x as f32), axes.at([x, bottom])[0], size[1] - MARGINS[3] + 5.0)?;
        }
        pen.set_text_align("right");
        pen.set_text_baseline("middle");
        for &y in ticks[1] {
            axes.line([[left, y], [right, y]]);
            pen.fill_text(&short(y as f32), MARGINS[0] - 6.0, axes.at([left, y])[1])?;
        }
        Ok(axes)
    }

    /// Where a point is, x first.
    pub fn at(&self, point: [f64; 2]) -> [f64; 2] {
        let share = |axis: usize| {
            let [low, high] = self.ranges[axis];
            (point[axis] - low) / (high - low)
        };
        let [left, top, right, bottom] = MARGINS;
        [
            left + share(0) * (self.size[0] - left - right),
            self.size[1] - bottom - share(1) * (self.size[1] - top - bottom),
        ]
    }

    /// A line through points.
    pub fn line(&self, points: impl IntoIterator<Item = [f64; 2]>) {
        self.pen.begin_path();
        for point in points {
            let [x, y] = self.at(point);
            self.pen.line_to(x, y);
        }
        self.pen.stroke();
    }

    /// A bar from one corner to the other.
    pub fn bar(&self, from: [f64; 2], to: [f64; 2]) {
        let ([x0, y0], [x1, y1]) = (self.at(from), self.at(to));
        self.pen.fill_rect(x0 + 1.0, y1.min(y0), x1 - x0 - 2.0, (y0 - y1).abs());
    }
}
