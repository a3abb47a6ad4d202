//! Curves as files.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement};

use super::{
    browser::{self, Extent},
    chart::Look,
    csv::csv,
    plot::{Palette, draw},
    quantity::Quantity,
    state::{Lab, Notice},
    text::t,
};

/// The picture of a chart, in CSS pixels, and its margin and head.
const WIDTH: f32 = 640.0;
const HEIGHT: f32 = 320.0;
const MARGIN: f64 = 16.0;
const HEAD: f64 = 48.0;

/// From one name of the legend to the next, in CSS pixels.
const LEGEND: f64 = WIDTH as f64 / 5.0;

/// Device pixels a CSS pixel: sharp in print as well.
const SCALE: f64 = 2.0;

impl Lab {
    /// Downloads the run's course as a table.
    pub fn download_csv(&self) {
        let text = self.history.with_value(csv);
        browser::download("digit-lab.csv", "text/csv", &text.into_bytes());
    }

    /// Downloads both charts as a picture.
    pub fn download_png(&self) {
        self.download_canvas("digit-lab.png".into(), untrack(|| self.picture()));
    }

    /// Downloads what a canvas shows, if there is one.
    pub fn download_canvas(&self, name: String, canvas: Option<HtmlCanvasElement>) {
        let lab = *self;
        let save = Closure::once_into_js(move |blob: Option<Blob>| match blob {
            Some(blob) => browser::download_blob(&name, &blob),
            None => lab.no_picture(),
        });
        if canvas.is_none_or(|canvas| canvas.to_blob(save.unchecked_ref()).is_err()) {
            self.no_picture();
        }
    }

    fn no_picture(&self) {
        self.notify(Notice {
            topic: "download",
            message: t().curves.download_failed.into(),
            remedy: None,
        });
    }

    fn picture(&self) -> Option<HtmlCanvasElement> {
        let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        let (width, height) = (f64::from(WIDTH) + 2.0 * MARGIN, f64::from(HEIGHT) + HEAD + 2.0 * MARGIN);
        let context = browser::context(&canvas, (2.0 * width * SCALE) as u32, (height * SCALE) as u32)?;
        let palette = Palette::now();
        context.scale(SCALE, SCALE).ok()?;
        context.set_fill_style_str(palette.surface());
        context.fill_rect(0.0, 0.0, 2.0 * width, height);
        for quantity in self.curves.shown.map(|quantity| quantity.get()) {
            self.draw_chart(&context, &palette, quantity)?;
            context.translate(width, 0.0).ok()?;
        }
        Some(canvas)
    }

    fn draw_chart(&self, context: &CanvasRenderingContext2d, palette: &Palette, quantity: Quantity) -> Option<()> {
        let title = format!("{} {}", quantity.term().name, self.curves.along.get().name());
        context.set_font("600 14px system-ui, sans-serif");
        context.set_text_align("left");
        context.set_text_baseline("top");
        context.set_fill_style_str(palette.axis());
        context.fill_text(&title, MARGIN, MARGIN).ok()?;
        context.set_font("12px system-ui, sans-serif");
        let others = self
            .others()
            .into_iter()
            .map(|(place, name)| (Look::Other(place), name));
        let names = [(Look::Own, t().history.this_run.to_string())]
            .into_iter()
            .chain(others);
        for (column, (look, name)) in names.enumerate() {
            context.set_fill_style_str(palette.line_of(look));
            let x = MARGIN + LEGEND * column as f64;
            context
                .fill_text_with_max_width(&name, x, MARGIN + 24.0, LEGEND - 8.0)
                .ok()?;
        }
        context.save();
        context.translate(MARGIN, MARGIN + HEAD).ok()?;
        let extent = Extent {
            width: WIDTH,
            height: HEIGHT,
            scale: SCALE as f32,
        };
        self.with_chart(quantity, |chart| draw(context, extent, palette, chart));
        context.restore();
        Some(())
    }
}
