//! What lies over a chart: the cursor with the values under it, and the part that is being chosen.

use leptos::{ev, html, prelude::*};
use web_sys::{Element, PointerEvent, WheelEvent};

use crate::app::{
    browser::Extent,
    chart::{Frame, Look, read},
    format::{NONE, fixed, thousands},
    quantity::Quantity,
    state::Lab,
    text::t,
};

/// A press that moves less far, in CSS pixels, chooses no part.
const CLICK: f32 = 8.0;

/// How far Page up and Page down go, as a share of what is shown.
const PAGE: f32 = 0.05;

/// How the style sheets call the runs that are laid over.
const OTHERS: [&str; 4] = ["run-1", "run-2", "run-3", "run-4"];

/// One line of what is read off: whose, of what, how much.
type Line = (&'static str, String, String);

/// The cursor of a chart. It is moved by pointer and by keyboard, and all charts share it.
#[component]
pub fn ChartCursor(
    /// What the chart shows.
    quantity: RwSignal<Quantity>,
    /// How large it is.
    extent: ReadSignal<Extent>,
) -> impl IntoView {
    let lab = Lab::get();
    let curves = lab.curves;
    let area = NodeRef::<html::Div>::new();
    let range = Memo::new(move |_| lab.shown_range());
    let frame = move || {
        let extent = extent.get();
        Frame::new(extent.width, extent.height, range.get())
    };
    let readings = Memo::new(move |_| readings(lab, quantity.get()));
    let drag = RwSignal::new(None::<[f32; 2]>);
    let pointer = Pointer { lab, area, drag };
    let place_at = move |x: f32| untrack(frame).place(x);
    let x = move || {
        let place = readings.with(|readings| readings.as_ref().map(|readings| readings.place));
        place.map(|place| frame().x(place))
    };
    let is_right = move || x().is_some_and(|x| x > f64::from(extent.get().width) / 2.0);
    let shift = move || format!("translateX({}px)", x().unwrap_or_default().round());
    let text = move || {
        readings.with(|readings| {
            readings
                .as_ref()
                .map_or(t().curves.no_cursor.into(), Readings::sentence)
        })
    };
    let now = move || readings.with(|readings| readings.as_ref().map_or(0, |readings| readings.step));
    let last = move || {
        lab.history_version.track();
        lab.history.with_value(|history| history.len())
    };
    let part = move || {
        let [a, b] = drag.get().unwrap_or_default();
        (format!("translateX({}px)", a.min(b)), format!("{}px", (b - a).abs()))
    };
    let lines = move || readings.with(|readings| readings.as_ref().map(show));
    view! {
        <div
            class="cursor-area"
            node_ref=area
            role="slider"
            tabindex="0"
            data-testid=move || format!("cursor-{}", quantity.get().id())
            aria-label=move || t().curves.cursor_label(quantity.get().term().name)
            aria-valuemin="0"
            aria-valuemax=last
            aria-valuenow=now
            aria-valuetext=text
            on:pointerdown=move |event| pointer.down(&event)
            on:pointermove=move |event| pointer.moved(&event, place_at)
            on:pointerup=move |event| pointer.up(&event, place_at)
            on:pointercancel=move |_| drag.set(None)
            on:pointerleave=move |_| curves.cursor.set(None)
            on:wheel=move |event| pointer.wheel(&event, place_at)
            on:dblclick=move |_| lab.zoom_out()
            on:keydown=move |event| press(lab, &event)
            on:blur=move |_| curves.cursor.set(None)
        ></div>
        <div class="crosshair" class:unseen=move || x().is_none() style:transform=shift></div>
        <div class="chosen-part" class:unseen=move || drag.get().is_none() style:transform=move || part().0 style:width=move || part().1></div>
        <div class="reading" class:unseen=move || x().is_none() class:left=is_right aria-hidden="true">
            {lines}
        </div>
    }
}

/// What is under the cursor.
#[derive(Debug, Clone, PartialEq)]
struct Readings {
    place: f32,
    step: usize,
    head: String,
    lines: Vec<Line>,
}

impl Readings {
    fn sentence(&self) -> String {
        let lines = self.lines.iter().map(|(_, name, value)| format!("{name} {value}"));
        std::iter::once(self.head.clone())
            .chain(lines)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn readings(lab: Lab, quantity: Quantity) -> Option<Readings> {
    let (cursor, along) = (lab.curves.cursor.get()?, lab.curves.along.get());
    lab.with_traces(|traces| {
        let own = traces.iter().find(|trace| trace.look == Look::Own)?;
        let reading = read(own.history, quantity, along, cursor)?;
        let place = own.history.place_of(reading.step, along);
        let mut lines = vec![];
        if let Some(value) = reading.value {
            lines.push(("train", t().curves.this_step.to_string(), quantity.show(value)));
        }
        if let Some(smooth) = reading.smooth {
            lines.push(("smooth", t().curves.smoothed.to_string(), quantity.show(smooth)));
        }
        if let Some((epoch, value)) = reading.validation {
            lines.push(("validation", t().curves.validation_after(epoch), quantity.show(value)));
        }
        for change in own.history.changes_at(along, cursor) {
            lines.push((
                "change",
                t().curves.changed_after.to_string(),
                t().curves.changed(change.change),
            ));
        }
        for trace in &traces {
            if let Look::Other(place) = trace.look {
                let there = read(trace.history, quantity, along, cursor);
                let value = there.and_then(|there| there.smooth.or(there.validation.map(|(_, value)| value)));
                let value = value.map_or(NONE.into(), |value| quantity.show(value));
                lines.push((OTHERS[place], lab.name_of(place), value));
                for change in trace.history.changes_at(along, cursor) {
                    lines.push((
                        OTHERS[place],
                        t().curves.changed_after.to_string(),
                        t().curves.changed(change.change),
                    ));
                }
            }
        }
        Some(Readings {
            place,
            step: reading.step,
            head: t().curves.reading_head(
                &thousands(reading.step),
                &fixed(reading.epoch, 2),
                &fixed(reading.seconds, 1),
            ),
            lines,
        })
    })
}

fn show(readings: &Readings) -> impl IntoView + use<> {
    let line = |(kind, name, value): &Line| {
        view! {
            <span class=format!("key key-{kind}")>
                <span class="swatch"></span>
                <span class="name">{name.clone()}</span>
                <span class="value">{value.clone()}</span>
            </span>
        }
    };
    view! {
        <p class="reading-head">{readings.head.clone()}</p>
        {readings.lines.iter().map(line).collect_view()}
    }
}

/// Mouse, pen or finger over a chart.
#[derive(Clone, Copy)]
struct Pointer {
    lab: Lab,
    area: NodeRef<html::Div>,
    /// From where to where a part is being chosen, in CSS pixels.
    drag: RwSignal<Option<[f32; 2]>>,
}

impl Pointer {
    fn x(&self, event: &ev::MouseEvent) -> f32 {
        let left = self
            .area
            .get_untracked()
            .map_or(0.0, |area| area.get_bounding_client_rect().left());
        event.client_x() as f32 - left as f32
    }

    fn down(&self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        if let Some(area) = self.area.get_untracked() {
            // A pointer that is gone again needs no capture.
            let _ = AsRef::<Element>::as_ref(&area).set_pointer_capture(event.pointer_id());
        }
        let x = self.x(event);
        self.drag.set(Some([x, x]));
    }

    fn moved(&self, event: &PointerEvent, place_at: impl Fn(f32) -> f32) {
        let x = self.x(event);
        self.drag.update(|drag| {
            if let Some([_, end]) = drag {
                *end = x;
            }
        });
        self.lab.curves.cursor.set(Some(place_at(x)));
    }

    fn up(&self, event: &PointerEvent, place_at: impl Fn(f32) -> f32) {
        let Some([start, end]) = self.drag.get_untracked() else {
            return;
        };
        self.drag.set(None);
        if (end - start).abs() > CLICK {
            self.lab.zoom_to([place_at(start), place_at(end)]);
        } else {
            self.lab.curves.cursor.set(Some(place_at(self.x(event))));
        }
    }

    /// Plain turns scroll the page.
    fn wheel(&self, event: &WheelEvent, place_at: impl Fn(f32) -> f32) {
        if event.ctrl_key() || event.meta_key() {
            event.prevent_default();
            self.lab.zoom_around(place_at(self.x(event)), event.delta_y() < 0.0);
        }
    }
}

fn press(lab: Lab, event: &ev::KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let page = || {
        let [from, to] = untrack(|| lab.shown_range());
        let along = lab.curves.along.get_untracked();
        let shown = lab.history.with_value(|history| {
            let places = history.places(along);
            crate::app::axis::part(places, [from, to]).len()
        });
        (shown as f32 * PAGE).ceil().max(1.0) as isize
    };
    match event.key().as_str() {
        "ArrowLeft" | "ArrowDown" => lab.move_cursor(-1),
        "ArrowRight" | "ArrowUp" => lab.move_cursor(1),
        "PageDown" => lab.move_cursor(-page()),
        "PageUp" => lab.move_cursor(page()),
        "Home" => lab.cursor_to_end(false),
        "End" => lab.cursor_to_end(true),
        "+" | "=" => lab.zoom(true),
        "-" => lab.zoom(false),
        "0" => lab.zoom_out(),
        "Escape" if lab.curves.zoom.get_untracked().is_some() => lab.zoom_out(),
        "Escape" => lab.curves.cursor.set(None),
        _ => return,
    }
    event.prevent_default();
}
