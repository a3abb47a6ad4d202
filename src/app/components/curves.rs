//! The Curves tab: two charts, and how they are looked at.

use leptos::prelude::*;

use super::{
    chart::{ChartView, UnseenFigures},
    coach::CoachLine,
    icon::{Icon, icon},
    race::RaceStrip,
};
use crate::app::{
    quantity::Along,
    state::{Lab, SMOOTHING},
    text::t,
};

/// The charts.
#[component]
pub fn CurvesView() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <div class="charts">
            <ChartView chart=0 />
            <ChartView chart=1 />
            <UnseenFigures />
        </div>
        <div class="below-charts">
            <Show when=move || lab.race.is_on() fallback=|| view! { <CoachLine /> }>
                <RaceStrip />
            </Show>
        </div>
    }
}

/// Along what, and the button that opens all other options.
#[component]
pub fn CurveSettings() -> impl IntoView {
    let lab = Lab::get();
    let curves = lab.curves;
    let choose = move |event| {
        if let Some(along) = Along::from_id(&event_target_value(&event)) {
            curves.go_along(along);
        }
    };
    let option = move |along: Along| {
        view! {
            <option value=along.id() selected=move || curves.along.get() == along>
                {along.name()}
            </option>
        }
    };
    view! {
        <div class="curve-settings">
            <button
                type="button"
                class="small"
                data-testid="zoom-all"
                class:unseen=move || curves.zoom.get().is_none()
                on:click=move |_| lab.zoom_out()
            >
                {t().curves.zoom_all}
            </button>
            <select
                class="small"
                aria-label=t().curves.along
                data-testid="along"
                prop:value=move || curves.along.get().id()
                on:change=choose
            >
                {Along::ALL.map(option).into_iter().collect_view()}
            </select>
            <button
                type="button"
                class="small"
                popovertarget="chart-options"
                aria-label=t().curves.options
                title=t().curves.options
                data-testid="chart-options"
            >
                {icon(Icon::Sliders)}
            </button>
            <div class="explanation chart-options" popover="auto" id="chart-options" role="group" aria-label=t().curves.options>
                <Options />
            </div>
        </div>
    }
}

#[component]
fn Options() -> impl IntoView {
    let lab = Lab::get();
    let curves = lab.curves;
    let smooth = move |event| lab.smooth(event_target_value(&event).parse().unwrap_or(SMOOTHING));
    let start = lab.history.with_value(|history| history.keep());
    let nothing = Memo::new(move |_| lab.latest.with(Option::is_none));
    let button = move |name: &'static str, hint: &'static str, testid: &'static str, act: fn(&Lab)| {
        view! {
            <button
                type="button"
                class="small"
                title=(!hint.is_empty()).then_some(hint)
                data-testid=testid
                disabled=move || nothing.get()
                on:click=move |_| act(&lab)
            >
                {name}
            </button>
        }
    };
    view! {
        <label>
            {t().curves.smoothing}
            <input type="range" min="0" max="0.99" step="0.01" prop:value=start.to_string() on:input=smooth />
        </label>
        <label class="check">
            <input
                type="checkbox"
                prop:checked=curves.log
                on:change=move |event| curves.set_log(event_target_checked(&event))
            />
            {t().curves.log_axis}
        </label>
        <div class="option" role="group" aria-label=t().curves.zoom_part>
            <span aria-hidden="true">{t().curves.zoom_part}</span>
            {button(t().curves.zoom_in, "", "zoom-in", |lab| lab.zoom(true))}
            {button(t().curves.zoom_out, "", "zoom-out", |lab| lab.zoom(false))}
        </div>
        <div class="option" role="group" aria-label=t().download>
            <span aria-hidden="true">{t().download}</span>
            {button(t().csv, t().curves.csv_hint, "download-csv", Lab::download_csv)}
            {button(t().png, t().curves.png_hint, "download-png", Lab::download_png)}
        </div>
        <p class="quiet">{t().curves.zoom_hint}</p>
    }
}
