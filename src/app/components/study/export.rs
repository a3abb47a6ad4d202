//! What is shown, as files.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::app::{
    browser::{context, download, token},
    state::Lab,
    text::t,
};

/// Device pixels a CSS pixel: sharp in print as well.
const SCALE: f64 = 2.0;

/// Two buttons that download a table and a picture.
#[component]
pub fn Export(
    /// In the files' names.
    name: &'static str,
    /// The table, if there is one by now.
    csv: Callback<(), Option<String>>,
    /// The picture, if there is one by now.
    png: Callback<(), Option<HtmlCanvasElement>>,
) -> impl IntoView {
    let lab = Lab::get();
    let save_table = move |_| {
        if let Some(text) = untrack(|| csv.run(())) {
            download(&format!("digit-lab-{name}.csv"), "text/csv", &text.into_bytes());
        }
    };
    let save_picture = move |_| lab.download_canvas(format!("digit-lab-{name}.png"), untrack(|| png.run(())));
    view! {
        <div class="export" role="group" aria-label=t().download>
            <button type="button" class="small" data-testid=format!("{name}-csv") on:click=save_table>
                {t().csv}
            </button>
            <button type="button" class="small" data-testid=format!("{name}-png") on:click=save_picture>
                {t().png}
            </button>
        </div>
    }
}

/// A new canvas of that width and height in CSS pixels, with what is painted on the page's surface; none where there
/// are no canvases.
pub fn paint(
    [width, height]: [f64; 2],
    paint: impl FnOnce(&CanvasRenderingContext2d) -> Result<(), JsValue>,
) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    let pen = context(&canvas, (width * SCALE) as u32, (height * SCALE) as u32)?;
    pen.scale(SCALE, SCALE).ok()?;
    pen.set_fill_style_str(&token("--surface"));
    pen.fill_rect(0.0, 0.0, width, height);
    paint(&pen).ok()?;
    Some(canvas)
}
