//! Drawing with the keyboard: arrow keys move a pen over the pad in steps of one of the 28x28 pixels, Space puts it down
//! and takes it up.

use leptos::prelude::*;

use crate::app::{state::Lab, text::t};

/// Steps across the pad, and down.
const STEPS: usize = 28;

/// With Shift a key goes so many steps.
const LONG: usize = 4;

/// The pen that keys move.
#[derive(Clone, Copy)]
pub struct Pen {
    /// Column and row, from 0; none before the first key.
    at: RwSignal<Option<[usize; 2]>>,
    /// Whether it draws.
    down: RwSignal<bool>,
}

impl Default for Pen {
    fn default() -> Self {
        Self {
            at: RwSignal::new(None),
            down: RwSignal::new(false),
        }
    }
}

impl Pen {
    /// Does what a key says; true if it meant something.
    pub fn act(self, lab: Lab, key: &str, shift: bool) -> bool {
        let steps = if shift { LONG as isize } else { 1 };
        match key {
            "ArrowLeft" => self.go(lab, [-steps, 0]),
            "ArrowRight" => self.go(lab, [steps, 0]),
            "ArrowUp" => self.go(lab, [0, -steps]),
            "ArrowDown" => self.go(lab, [0, steps]),
            " " => self.toggle(lab),
            "Delete" | "Backspace" => lab.clear(),
            _ => return false,
        }
        true
    }

    /// Takes the pen up: what is drawn next is another stroke.
    pub fn lift(self) {
        self.down.set(false);
    }

    fn go(self, lab: Lab, by: [isize; 2]) {
        let [column, row] = self.place();
        let to = [(column, by[0]), (row, by[1])].map(|(at, by)| at.saturating_add_signed(by).min(STEPS - 1));
        self.at.set(Some(to));
        if self.down.get_untracked() {
            lab.extend_stroke(on_pad([column, row]), &[on_pad(to)]);
        }
    }

    fn toggle(self, lab: Lab) {
        let down = !self.down.get_untracked();
        self.down.set(down);
        self.at.set(Some(self.place()));
        if down {
            lab.begin_stroke(on_pad(self.place()));
        }
    }

    fn place(self) -> [usize; 2] {
        self.at.get_untracked().unwrap_or([STEPS / 2; 2])
    }
}

/// The middle of a pixel, in units of the pad's side.
fn on_pad(at: [usize; 2]) -> [f32; 2] {
    at.map(|at| (at as f32 + 0.5) / STEPS as f32)
}

/// Where the pen is, seen and heard.
#[component]
pub fn PenMark(
    /// The pen.
    pen: Pen,
) -> impl IntoView {
    let percent = move |axis: usize| {
        let at = on_pad(pen.at.get().unwrap_or_default());
        format!("{:.2}%", 100.0 * at[axis])
    };
    let said = move || {
        let at = pen.at.get();
        at.map(|at| t().hand.pen(at.map(|at| at + 1), pen.down.get()))
    };
    view! {
        <Show when=move || pen.at.get().is_some()>
            <span
                class="pad-cursor"
                class:down=pen.down
                aria-hidden="true"
                style:left=move || percent(0)
                style:top=move || percent(1)
            ></span>
        </Show>
        <p class="machine" aria-live="polite" data-testid="pen">
            {said}
        </p>
    }
}
