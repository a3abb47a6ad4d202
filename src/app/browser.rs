//! The little of the browser that several parts of the page need.

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, ResizeObserver, Url,
};

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// True while nobody can see the page.
pub fn hidden() -> bool {
    document().hidden()
}

/// What the page stored under a name in an earlier visit, if the browser lets it.
pub fn stored(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Stores a text for the next visit, if the browser lets it.
pub fn store(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or forbidden storage costs a preference, nothing else.
        let _ = storage.set_item(name, value);
    }
}

/// Saves bytes as a file, where the browser puts downloads.
pub fn download(name: &str, kind: &str, bytes: &[u8]) {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    // A sequence of byte arrays always makes a blob.
    if let Ok(blob) = Blob::new_with_u8_array_sequence_and_options(&parts, &options) {
        download_blob(name, &blob);
    }
}

/// As [`download`], for what is a blob already.
pub fn download_blob(name: &str, blob: &Blob) {
    let save = || -> Result<(), wasm_bindgen::JsValue> {
        let address = Url::create_object_url_with_blob(blob)?;
        let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
        link.set_href(&address);
        link.set_download(name);
        link.click();
        Url::revoke_object_url(&address)
    };
    // Only fails where the page may create neither links nor addresses: then there are no downloads at all.
    let _ = save();
}

/// The page's address, without what follows `#`.
pub fn address() -> String {
    let address = window().location().href().unwrap_or_default();
    address.split('#').next().unwrap_or_default().into()
}

/// How many threads the machine runs at once, as far as the browser tells.
pub fn cores() -> usize {
    window().navigator().hardware_concurrency() as usize
}

/// How much memory the page's program has, in bytes.
pub fn memory_bytes() -> u64 {
    const PAGE: u64 = 65_536;
    core::arch::wasm32::memory_size(0) as u64 * PAGE
}

/// Whether the browser has relaxed SIMD, which the fastest kernels use.
pub fn has_relaxed_simd() -> bool {
    /// A module with one function, `i8x16.relaxed_swizzle` of two constants.
    const MODULE: [u8; 36] = [
        0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253,
        15, 253, 128, 2, 11,
    ];
    js_sys::WebAssembly::validate(&js_sys::Uint8Array::from(MODULE.as_slice())).unwrap_or(false)
}

/// A place on the page in CSS pixels, and how many device pixels one of them has.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Extent {
    /// In CSS pixels.
    pub width: f32,
    /// In CSS pixels.
    pub height: f32,
    /// Device pixels a CSS pixel.
    pub scale: f32,
}

impl Extent {
    fn of(element: &web_sys::Element) -> Self {
        Self {
            width: element.client_width() as f32,
            height: element.client_height() as f32,
            scale: window().device_pixel_ratio() as f32,
        }
    }

    /// True where there is nothing to draw on, as on a tab that is not shown.
    pub fn is_empty(&self) -> bool {
        self.width < 1.0
    }
}

struct Watch {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// The extent of an element, kept up to date.
pub fn extent(element: NodeRef<html::Div>) -> ReadSignal<Extent> {
    let (extent, set_extent) = signal(Extent::default());
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        // Now, not when the observer tells: by then the page was painted once without what needs a size.
        set_extent.set(Extent::of(&element));
        let watched = element.clone();
        let callback = Closure::<dyn FnMut()>::new(move || {
            let new = Extent::of(&watched);
            if extent.try_get_untracked().is_some_and(|old| old != new) {
                set_extent.set(new);
            }
        });
        if let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) {
            observer.observe(&element);
            StoredValue::new_local(Watch {
                observer,
                _callback: callback,
            });
        }
    });
    extent
}

/// The drawing context of a canvas that is made `width` by `height` device pixels.
pub fn context(canvas: &HtmlCanvasElement, width: u32, height: u32) -> Option<CanvasRenderingContext2d> {
    if canvas.width() != width || canvas.height() != height {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// The context of a canvas that fills `extent`, empty, with CSS pixels as its unit; none where there is nothing to draw on.
pub fn sharp_context(canvas: &HtmlCanvasElement, extent: Extent) -> Option<CanvasRenderingContext2d> {
    if extent.is_empty() {
        return None;
    }
    let pixels = |side: f32| (side * extent.scale).round() as u32;
    let context = context(canvas, pixels(extent.width), pixels(extent.height))?;
    let scale = f64::from(extent.scale);
    context.set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0).ok()?;
    context.clear_rect(0.0, 0.0, extent.width.into(), extent.height.into());
    Some(context)
}

/// What a colour of the style sheets is at the moment, as a canvas understands it.
pub fn token(name: &str) -> String {
    let resolve = || -> Option<String> {
        let root = document().document_element()?;
        let probe: web_sys::HtmlElement = document().get_element_by_id("probe")?.dyn_into().ok()?;
        probe.style().set_property("color", &format!("var({name})")).ok()?;
        let style = window().get_computed_style(&probe).ok()??;
        let colour = style.get_property_value("color").ok()?;
        (!colour.is_empty() && root.is_connected()).then_some(colour)
    };
    resolve().unwrap_or_else(|| "gray".into())
}
