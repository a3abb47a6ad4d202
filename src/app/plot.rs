//! Draws one chart on a canvas: batches as a faint band, their running mean as a line, validation as marked points; other
//! runs beside it, each with a colour, a dash and a mark of its own.

use web_sys::CanvasRenderingContext2d;

use super::{
    axis::{columns, linear_ticks},
    browser::{Extent, token},
    chart::{Chart, Frame, Look, Trace},
    format::short,
    history::History,
    text::t,
};

/// Epochs are marked by lines as long as there are no more.
const EPOCH_LINES: usize = 60;

/// The height of a line of text.
const LABEL: f64 = 14.0;

/// How the lines of the other runs are dashed.
const DASHES: [&[f64]; 4] = [&[8.0, 3.0], &[2.0, 3.0], &[8.0, 3.0, 2.0, 3.0], &[14.0, 4.0]];

/// The colours of a chart.
pub struct Palette {
    axis: String,
    line: String,
    faint: String,
    train: String,
    validation: String,
    surface: String,
    others: [String; 4],
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
            others: ["--run-1", "--run-2", "--run-3", "--run-4"].map(token),
        }
    }

    /// What a chart stands on.
    pub fn surface(&self) -> &str {
        &self.surface
    }

    /// The line of a run.
    pub fn line_of(&self, look: Look) -> &str {
        match look {
            Look::Own => &self.train,
            Look::Other(place) => &self.others[place % 4],
        }
    }

    /// What axes are labelled with.
    pub fn axis(&self) -> &str {
        &self.axis
    }
}

/// A canvas with what is drawn on it.
struct Pen<'a> {
    canvas: &'a CanvasRenderingContext2d,
    palette: &'a Palette,
    chart: &'a Chart<'a>,
    frame: Frame,
}

/// Draws the chart on an empty canvas; nothing before there is something to show.
pub fn draw(canvas: &CanvasRenderingContext2d, extent: Extent, palette: &Palette, chart: &Chart) {
    if chart.is_empty() {
        return;
    }
    let pen = Pen {
        canvas,
        palette,
        chart,
        frame: Frame::new(extent.width, extent.height, chart.range),
    };
    canvas.set_font("12px system-ui, sans-serif");
    pen.values_axis();
    pen.places_axis();
    pen.clip();
    canvas.set_line_join("round");
    for trace in &chart.traces {
        match trace.look {
            Look::Own => pen.own(trace.history),
            Look::Other(place) => pen.other(trace, place),
        }
    }
    canvas.restore();
    for trace in &chart.traces {
        pen.changes(trace);
    }
}

impl Pen<'_> {
    fn values_axis(&self) {
        let Self { canvas, palette, .. } = self;
        canvas.set_line_width(1.0);
        canvas.set_text_align("right");
        canvas.set_text_baseline("middle");
        let [left, right] = self.frame.edges();
        for tick in self.chart.scale.ticks() {
            let y = self.y(tick).round() + 0.5;
            self.stroke(&palette.line, &[(left, y), (right, y)]);
            self.label(&short(tick), left - 8.0, y);
        }
    }

    fn places_axis(&self) {
        let Chart { along, range, .. } = *self.chart;
        self.canvas.set_text_align("center");
        self.canvas.set_text_baseline("alphabetic");
        let ([top, bottom], [left, right]) = (self.frame.heights(), self.frame.edges());
        for tick in linear_ticks(range[0], range[1], 5) {
            // The last label must not stick out.
            let x = self.frame.x(tick).min(right - 6.0);
            self.label(&along.show(tick), x, bottom + 18.0);
        }
        let epochs = self.chart.own().map_or(&[][..], |own| &own.epochs[..]);
        for epoch in epochs.iter().filter(|_| epochs.len() <= EPOCH_LINES) {
            let end = self.chart.own().map_or(0.0, |own| own.end_of(epoch, along));
            let x = self.frame.x(end).round() - 0.5;
            if (left..=right).contains(&x) {
                self.stroke(&self.palette.line, &[(x, top), (x, bottom)]);
            }
        }
    }

    /// Curves end at the edges; marks on an edge are whole.
    fn clip(&self) {
        let ([left, right], [top, bottom]) = (self.frame.edges(), self.frame.heights());
        self.canvas.save();
        self.canvas.begin_path();
        self.canvas
            .rect(left - 6.0, top - 6.0, right - left + 12.0, bottom - top + 12.0);
        self.canvas.clip();
    }

    fn own(&self, history: &History) {
        let Self { canvas, palette, .. } = self;
        let (series, places) = (history.series(self.chart.quantity), history.places(self.chart.along));
        let mut band = vec![];
        if !series.raw().is_empty() {
            for range in columns(places, self.chart.range, self.frame.columns()) {
                let x = self.frame.x(places[range.end - 1]);
                let extremes = series.extremes(range);
                band.extend(
                    extremes
                        .into_iter()
                        .flat_map(|[low, high]| [(x, self.y(high)), (x, self.y(low))]),
                );
            }
        }
        canvas.set_line_width(1.0);
        self.stroke(&palette.faint, &band);
        canvas.set_line_width(2.0);
        self.stroke(&palette.train, &self.smooth(history));
        let points = self.points(history);
        self.dash(&[5.0, 4.0]);
        self.stroke(&palette.validation, &points);
        self.dash(&[]);
        for (x, y) in points {
            self.polygon(x, y, 5.5, 4, 0.0);
            self.fill(&palette.validation);
        }
    }

    /// What was changed while a run went on: a line, and what is new beside it; each run's on a line of text of its own.
    fn changes(&self, trace: &Trace) {
        let (colour, row) = match trace.look {
            Look::Own => (&self.palette.axis, 0),
            Look::Other(place) => (&self.palette.others[place % 4], 1 + place),
        };
        let ([left, right], [top, bottom]) = (self.frame.edges(), self.frame.heights());
        self.canvas.set_text_align("left");
        self.canvas.set_text_baseline("top");
        self.canvas.set_line_width(1.0);
        for change in &trace.history.changes {
            let place = trace.history.place_of(change.global_step, self.chart.along);
            let x = self.frame.x(place).round() + 0.5;
            if (left..=right).contains(&x) {
                self.dash(&[2.0, 2.0]);
                self.stroke(colour, &[(x, top), (x, bottom)]);
                self.dash(&[]);
                self.label(&t().curves.changed(change.change), x + 4.0, top + LABEL * row as f64);
            }
        }
    }

    fn other(&self, trace: &Trace, place: usize) {
        let colour = &self.palette.others[place % 4];
        self.canvas.set_line_width(1.75);
        self.dash(DASHES[place % 4]);
        self.stroke(colour, &self.smooth(trace.history));
        self.dash(&[]);
        for (x, y) in self.points(trace.history) {
            self.mark(place, x, y);
            self.fill(colour);
        }
    }

    fn smooth(&self, history: &History) -> Vec<(f64, f64)> {
        let smooth = history.series(self.chart.quantity).smooth();
        if smooth.is_empty() {
            return vec![];
        }
        let places = history.places(self.chart.along);
        let ends = columns(places, self.chart.range, self.frame.columns());
        let last = ends.into_iter().map(|range| range.end - 1);
        last.map(|at| (self.frame.x(places[at]), self.y(smooth[at]))).collect()
    }

    fn points(&self, history: &History) -> Vec<(f64, f64)> {
        let points = history.points(self.chart.quantity, self.chart.along);
        let place = |(place, value)| (self.frame.x(place), self.y(value));
        points.into_iter().map(place).collect()
    }

    fn y(&self, value: f32) -> f64 {
        self.frame.y(&self.chart.scale, value)
    }

    /// The mark of another run: a triangle, a square, a triangle on its head, a disc.
    fn mark(&self, place: usize, x: f64, y: f64) {
        match place % 4 {
            0 => self.polygon(x, y, 5.5, 3, 0.0),
            1 => self.polygon(x, y, 5.5, 4, 0.125),
            2 => self.polygon(x, y, 5.5, 3, 0.5),
            _ => self.polygon(x, y, 4.5, 16, 0.0),
        }
    }

    /// A regular polygon, its first corner on top before it is turned by a share of a circle.
    fn polygon(&self, x: f64, y: f64, radius: f64, corners: u32, turn: f64) {
        self.canvas.begin_path();
        for corner in 0..corners {
            let angle = std::f64::consts::TAU * (f64::from(corner) / f64::from(corners) + turn);
            self.canvas.line_to(x + radius * angle.sin(), y - radius * angle.cos());
        }
        self.canvas.close_path();
    }

    /// Fills the path, with a rim that sets it off from the curves.
    fn fill(&self, colour: &str) {
        self.canvas.set_fill_style_str(colour);
        self.canvas.fill();
        self.canvas.set_stroke_style_str(&self.palette.surface);
        self.canvas.set_line_width(1.5);
        self.canvas.stroke();
    }

    fn dash(&self, lengths: &[f64]) {
        let lengths: js_sys::Array = lengths
            .iter()
            .map(|&length| wasm_bindgen::JsValue::from_f64(length))
            .collect();
        // Positive numbers are always taken.
        let _ = self.canvas.set_line_dash(&lengths);
    }

    fn stroke(&self, colour: &str, points: &[(f64, f64)]) {
        self.canvas.begin_path();
        for &(x, y) in points {
            self.canvas.line_to(x, y);
        }
        self.canvas.set_stroke_style_str(colour);
        self.canvas.stroke();
    }

    fn label(&self, text: &str, x: f64, y: f64) {
        self.canvas.set_fill_style_str(&self.palette.axis);
        // Only fails for a canvas that was taken away.
        let _ = self.canvas.fill_text(text, x, y);
    }
}
