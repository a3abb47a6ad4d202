//! All images of the data set with their labels: a grid that holds only what is seen of it.

use leptos::{ev, html, prelude::*};

use super::{activations::show, close_button::CloseButton};
use crate::{
    app::{
        browser::extent,
        images::Shown,
        maps::Picture,
        state::{DataState, Lab, Place, Source},
        text::t,
    },
    protocol::Split,
};

/// Width and height of a tile, in CSS pixels: an image with its label.
const TILE: [f32; 2] = [80.0, 92.0];

/// The dialog.
#[component]
pub fn ImageBrowser() -> impl IntoView {
    let lab = Lab::get();
    let (images, dialog) = (lab.images, NodeRef::<html::Dialog>::new());
    Effect::new(move |_| {
        let (Some(dialog), open) = (dialog.get(), images.open.get()) else {
            return;
        };
        match (open, dialog.open()) {
            // A dialog that is on the page and closed can be opened.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog class="images" node_ref=dialog aria-labelledby="images-title" on:close=move |_| images.open.set(false)>
            <Show when=move || images.open.get()>
                <header class="images-head">
                    <h2 id="images-title">{t().data.images}</h2>
                    <Filters />
                    <CloseButton close=move || images.open.set(false) />
                </header>
                <Tiles />
                <p class="quiet images-hint">{t().data.images_hint}</p>
            </Show>
        </dialog>
    }
}

#[component]
fn Filters() -> impl IntoView {
    let lab = Lab::get();
    let (images, filter) = (lab.images, lab.images.filter);
    let split = move |split: Split, name: &'static str| {
        view! {
            <button
                type="button"
                class="segment"
                aria-pressed=move || (filter.read().split == split).to_string()
                on:click=move |_| filter.update(|filter| filter.split = split)
            >
                {name}
            </button>
        }
    };
    let classes = move || {
        lab.data.with(|data| match data {
            DataState::Ready(facts) => facts.classes(),
            _ => 0,
        })
    };
    let class = move |event: ev::Event| filter.update(|filter| filter.class = event_target_value(&event).parse().ok());
    let option = move |class: u8| {
        view! {
            <option value=class.to_string() selected=move || filter.read().class == Some(class)>
                {lab.class_name(class.into())}
            </option>
        }
    };
    let noisy = move || lab.settings.with(|settings| settings.config.data.label_noise > 0.0);
    let found = move || images.total.get().map(|total| t().data.images_found(total));
    view! {
        <div class="segments" role="group" aria-label=t().data.images>
            {split(Split::Train, t().data.training_images)}
            {split(Split::Test, t().data.test_images)}
        </div>
        <label class="images-class">
            {t().data.class}
            <select data-testid="images-class" on:change=class>
                <option value="" selected=move || filter.read().class.is_none()>
                    {t().data.all_classes}
                </option>
                {move || (0..classes() as u8).map(option).collect_view()}
            </select>
        </label>
        <Show when=noisy>
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="images-changed"
                    prop:checked=move || filter.read().changed
                    on:change=move |event| filter.update(|filter| filter.changed = event_target_checked(&event))
                />
                {t().data.changed_labels}
            </label>
        </Show>
        <p class="quiet images-found" role="status" data-testid="images-found">{found}</p>
    }
}

/// Where the tiles are.
#[derive(Clone, Copy, PartialEq)]
struct Layout {
    columns: usize,
    total: usize,
}

impl Layout {
    /// The tiles within sight, with a row above and below.
    fn seen(self, top: f32, height: f32) -> std::ops::Range<usize> {
        let first = ((top / TILE[1]).floor() as usize).saturating_sub(1);
        let last = ((top + height) / TILE[1]).ceil() as usize + 1;
        let at = |row: usize| (row * self.columns).min(self.total);
        at(first)..at(last)
    }

    /// From the left and from the top, in CSS pixels.
    fn place(self, index: usize) -> [f32; 2] {
        let across = |n: usize, side: f32| n as f32 * side;
        [
            across(index % self.columns, TILE[0]),
            across(index / self.columns, TILE[1]),
        ]
    }

    fn height(self) -> f32 {
        self.total.div_ceil(self.columns) as f32 * TILE[1]
    }

    /// Where a key leads to.
    fn go(self, from: usize, key: &str, height: f32) -> Option<usize> {
        let page = ((height / TILE[1]).floor() as usize).max(1) * self.columns;
        let last = self.total.checked_sub(1)?;
        Some(match key {
            "ArrowRight" => (from + 1).min(last),
            "ArrowLeft" => from.saturating_sub(1),
            "ArrowDown" if from + self.columns <= last => from + self.columns,
            "ArrowUp" if from >= self.columns => from - self.columns,
            "ArrowDown" | "ArrowUp" => from,
            "PageDown" => (from + page).min(last),
            "PageUp" => from.saturating_sub(page),
            "Home" => 0,
            "End" => last,
            _ => return None,
        })
    }
}

#[component]
fn Tiles() -> impl IntoView {
    let lab = Lab::get();
    let images = lab.images;
    let frame = NodeRef::<html::Div>::new();
    let extent = extent(frame);
    let (top, set_top) = signal(0.0_f32);
    let selected = RwSignal::new(0_usize);
    let layout = Memo::new(move |_| Layout {
        columns: ((extent.get().width / TILE[0]).floor() as usize).max(1),
        total: images.total.get().unwrap_or(0),
    });
    let seen = Memo::new(move |_| layout.get().seen(top.get(), extent.get().height));
    let scroll_to = move |to: f32| {
        if let Some(frame) = frame.get_untracked() {
            frame.set_scroll_top(to as i32);
        }
    };
    Effect::new(move |_| {
        lab.data.track();
        lab.find_images();
        selected.set(0);
        scroll_to(0.0);
    });
    Effect::new(move |_| lab.ask_for_images(seen.get()));
    let open = move |index: usize| open(lab, index);
    let key = move |event: ev::KeyboardEvent| {
        let (layout, height) = (layout.get_untracked(), extent.get_untracked().height);
        let key = event.key();
        if key == "Enter" || key == " " {
            event.prevent_default();
            return open(selected.get_untracked());
        }
        if let Some(to) = layout.go(selected.get_untracked(), &key, height) {
            event.prevent_default();
            selected.set(to);
            let [_, y] = layout.place(to);
            scroll_to(top.get_untracked().clamp((y + TILE[1] - height).max(0.0), y));
        }
    };
    let active = move || {
        let index = selected.get();
        seen.read().contains(&index).then(|| tile_id(index))
    };
    let nothing = move || images.total.get() == Some(0);
    let tile = move |index: usize| view! { <Tile index layout selected open=Callback::new(open) /> };
    view! {
        <div
            class="images-frame"
            node_ref=frame
            on:scroll=move |_| set_top.set(frame.get_untracked().map_or(0.0, |frame| frame.scroll_top() as f32))
        >
            <Show when=move || { layout.get().total > 0 }>
                <div
                    class="images-tiles"
                    role="listbox"
                    tabindex="0"
                    aria-label=t().data.images
                    aria-activedescendant=active
                    data-testid="images"
                    style:height=move || format!("{}px", layout.get().height())
                    on:keydown=key
                >
                    <For each=move || seen.get() key=|index| *index children=tile />
                </div>
            </Show>
            <Show when=nothing>
                <p class="placeholder">{t().data.no_images}</p>
            </Show>
        </div>
    }
}

fn tile_id(index: usize) -> String {
    format!("image-{index}")
}

/// Lets the network look at an image, and closes the browser.
fn open(lab: Lab, index: usize) {
    let split = lab.images.filter.read_untracked().split;
    if let Some(image) = untrack(|| lab.images.at(index)) {
        lab.images.open.set(false);
        lab.place.set(Place::Draw);
        lab.show(Source::Image(split, image.place as usize));
    }
}

#[component]
fn Tile(index: usize, layout: Memo<Layout>, selected: RwSignal<usize>, open: Callback<usize>) -> impl IntoView {
    let lab = Lab::get();
    let canvas = NodeRef::<html::Canvas>::new();
    let image = Memo::new(move |_| lab.images.at(index));
    Effect::new(move |_| {
        if let (Some(canvas), Some(image)) = (canvas.get(), image.get()) {
            show(&canvas, &picture(&image));
        }
    });
    let names = move || {
        let image = image.get()?;
        let name = |class: u8| lab.class_name(class.into());
        Some((
            name(image.label),
            (image.label != image.trained_as).then(|| name(image.trained_as)),
        ))
    };
    let label = move || {
        let place = image.with(|image| image.as_ref().map_or(0, |image| image.place as usize));
        let text = match names() {
            Some((name, Some(other))) => t().data.changed_label(&name, &other),
            Some((name, None)) => name,
            None => return t().data.loading_image.to_string(),
        };
        t().data.image_label(lab.images.filter.read().split, place, &text)
    };
    let shown = move || {
        names().map(|(name, other)| match other {
            // The old label is drawn by the style sheet: the text of a tile must be a part of its name.
            Some(other) => view! { <span class="was" data-label=name></span> " " <strong>{other}</strong> }.into_any(),
            None => name.into_any(),
        })
    };
    let at = move || {
        let [x, y] = layout.get().place(index);
        format!("translate({x}px, {y}px)")
    };
    view! {
        <div
            class="tile"
            class:changed=move || names().is_some_and(|(_, other)| other.is_some())
            role="option"
            id=tile_id(index)
            aria-selected=move || (selected.get() == index).to_string()
            aria-posinset=(index + 1).to_string()
            aria-setsize=move || layout.get().total.to_string()
            aria-label=label
            title=label
            style:transform=at
            on:click=move |_| {
                selected.set(index);
                open.run(index);
            }
        >
            <canvas node_ref=canvas width="28" height="28"></canvas>
            <span class="tile-label">{shown}</span>
        </div>
    }
}

/// As MNIST's images are shown: white on black.
fn picture(image: &Shown) -> Picture {
    Picture {
        width: 28,
        height: 28,
        rgba: image
            .pixels()
            .iter()
            .flat_map(|&grey| [grey, grey, grey, 255])
            .collect(),
    }
}
