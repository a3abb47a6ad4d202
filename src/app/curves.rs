//! How the curves are looked at: what is shown, along what, which part, and where the cursor is.

use leptos::prelude::*;

use super::{
    browser,
    chart::{Chart, Look, Trace, clamp, scaled, whole},
    quantity::{Along, Quantity},
    state::Lab,
};

/// How much nearer or further one press or turn goes.
const ZOOM: f32 = 1.5;

/// Both charts share all of it but what they show.
#[derive(Clone, Copy)]
pub struct Curves {
    /// What each of the charts shows.
    pub shown: [RwSignal<Quantity>; 2],
    /// Along what.
    pub along: RwSignal<Along>,
    /// Whether equal factors are equally far apart, where that makes sense.
    pub log: RwSignal<bool>,
    /// The part that is shown; none: all of it.
    pub zoom: RwSignal<Option<[f32; 2]>>,
    /// The place of the cursor.
    pub cursor: RwSignal<Option<f32>>,
}

impl Curves {
    /// As in the last visit.
    pub fn stored() -> Self {
        let shown = |name, default| {
            let stored = browser::stored(name).and_then(|id| Quantity::from_id(&id));
            RwSignal::new(stored.unwrap_or(default))
        };
        let along = browser::stored("along").and_then(|id| Along::from_id(&id));
        Self {
            shown: [shown("chart-0", Quantity::Loss), shown("chart-1", Quantity::Accuracy)],
            along: RwSignal::new(along.unwrap_or_default()),
            log: RwSignal::new(browser::stored("log-axis").as_deref() == Some("on")),
            zoom: RwSignal::new(None),
            cursor: RwSignal::new(None),
        }
    }

    /// Chooses what a chart shows.
    pub fn show(&self, chart: usize, quantity: Quantity) {
        browser::store(["chart-0", "chart-1"][chart], quantity.id());
        self.shown[chart].set(quantity);
    }

    /// Chooses along what; the places of another axis mean nothing on this one.
    pub fn go_along(&self, along: Along) {
        browser::store("along", along.id());
        self.zoom.set(None);
        self.cursor.set(None);
        self.along.set(along);
    }

    /// Chooses the axis of values.
    pub fn set_log(&self, on: bool) {
        browser::store("log-axis", if on { "on" } else { "off" });
        self.log.set(on);
    }
}

impl Lab {
    /// Another smoothing, for all runs.
    pub fn smooth(&self, keep: f32) {
        self.history.update_value(|history| history.smooth(keep));
        self.runs.smooth(keep);
        self.race.smooth(keep);
        self.history_version.update(|version| *version += 1);
    }

    /// Gives what a chart of `quantity` is to show at the moment; follows everything that it depends on.
    pub fn with_chart<R>(&self, quantity: Quantity, use_chart: impl FnOnce(&Chart) -> R) -> R {
        let curves = self.curves;
        let (along, zoom, log) = (curves.along.get(), curves.zoom.get(), curves.log.get());
        self.with_traces(|traces| use_chart(&Chart::new(traces, quantity, along, zoom, log)))
    }

    /// Gives the runs whose curves are shown; follows their changes.
    pub fn with_traces<R>(&self, use_traces: impl FnOnce(Vec<Trace>) -> R) -> R {
        self.history_version.track();
        let (runs, race) = (self.runs, self.race);
        runs.with_courses(|courses| {
            race.with_course(|rival| {
                self.history.with_value(|own| {
                    let others = courses.iter().enumerate();
                    let others = others.filter_map(|(place, course)| Some((course.as_ref()?, Look::Other(place))));
                    let rival = rival.map(|rival| (rival, Look::Other(0)));
                    let all = others.chain(rival).chain([(own, Look::Own)]);
                    use_traces(all.map(|(history, look)| Trace { history, look }).collect())
                })
            })
        })
    }

    /// From the left to the right edge of the charts.
    pub fn shown_range(&self) -> [f32; 2] {
        self.curves.zoom.get().unwrap_or_else(|| self.whole_range())
    }

    /// Whose curves those in a place among the others are.
    pub fn name_of(&self, place: usize) -> String {
        let rival = self.race.rival.get().filter(|_| place == 0);
        let chosen = || self.runs.chosen.get()[place].and_then(|id| self.runs.find(id));
        rival.or_else(|| Some(chosen()?.title())).unwrap_or_default()
    }

    fn whole_range(&self) -> [f32; 2] {
        let along = self.curves.along.get();
        self.with_traces(|traces| whole(&traces, along))
    }

    /// Shows the part between two places.
    pub fn zoom_to(&self, part: [f32; 2]) {
        let zoom = untrack(|| clamp(self.whole_range(), part));
        self.curves.zoom.set(zoom);
    }

    /// Nearer to the cursor, or to the middle; further away where `nearer` is false.
    pub fn zoom(&self, nearer: bool) {
        let [from, to] = untrack(|| self.shown_range());
        let centre = self.curves.cursor.get_untracked();
        let centre = centre.unwrap_or(f32::midpoint(from, to)).clamp(from, to);
        self.zoom_around(centre, nearer);
    }

    /// Nearer to a place, which stays where it is on the screen; or further away.
    pub fn zoom_around(&self, place: f32, nearer: bool) {
        let range = untrack(|| self.shown_range());
        let factor = if nearer { 1.0 / ZOOM } else { ZOOM };
        self.zoom_to(scaled(range, place, factor));
    }

    /// Shows everything.
    pub fn zoom_out(&self) {
        self.curves.zoom.set(None);
    }

    /// Moves the cursor by so many measured steps; into view, if it is not on the charts yet or any more.
    pub fn move_cursor(&self, steps: isize) {
        let along = self.curves.along.get_untracked();
        let [from, to] = untrack(|| self.shown_range());
        let old = self.curves.cursor.get_untracked();
        let place = self.history.with_value(|history| {
            let places = history.places(along);
            let at = history.nearest(along, old.unwrap_or(to))?;
            let moved = if old.is_some() { steps } else { 0 };
            let at = at.saturating_add_signed(moved).min(places.len() - 1);
            Some(places[at])
        });
        let Some(place) = place else { return };
        self.curves.cursor.set(Some(place));
        if place < from || place > to {
            let half = (to - from) / 2.0;
            self.zoom_to([place - half, place + half]);
        }
    }

    /// Puts the cursor on the first or the last step that is shown.
    pub fn cursor_to_end(&self, last: bool) {
        let [from, to] = untrack(|| self.shown_range());
        self.curves.cursor.set(Some(if last { to } else { from }));
        self.move_cursor(0);
    }
}
