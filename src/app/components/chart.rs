//! One chart: what it shows, its legend with the latest values, its curves, its cursor.

use leptos::{html, prelude::*};

use super::{chart_cursor::ChartCursor, field::Explained, number::Machine};
use crate::{
    app::{
        browser::{extent, sharp_context},
        format::NONE,
        plot::{Palette, draw},
        quantity::Quantity,
        state::Lab,
        text::t,
    },
    protocol::{BatchReport, Metrics},
};

/// A chart with its legend.
#[component]
pub fn ChartView(
    /// Its place among the charts.
    chart: usize,
) -> impl IntoView {
    let lab = Lab::get();
    let quantity = lab.curves.shown[chart];
    let (frame, canvas) = (NodeRef::<html::Div>::new(), NodeRef::<html::Canvas>::new());
    let extent = extent(frame);
    let palette = Memo::new_with_compare(move |_| (lab.dark.get(), Palette::now()).1, |_, _| true);
    Effect::new(move |_| {
        let (Some(canvas), extent) = (canvas.get(), extent.get()) else {
            return;
        };
        if let Some(context) = sharp_context(&canvas, extent) {
            lab.with_chart(quantity.get(), |chart| {
                palette.with(|palette| draw(&context, extent, palette, chart));
            });
        }
    });
    let empty = Memo::new(move |_| lab.latest.with(Option::is_none));
    let label = move || {
        t().curves
            .chart_label(quantity.get().term().name, lab.curves.along.get().name())
    };
    view! {
        <div class="chart">
            <div class="chart-head">
                <Choice chart />
                {move || {
                    let quantity = quantity.get();
                    view! {
                        <Explained term=quantity.term() id=format!("chart-{chart}") />
                        <Legend quantity />
                    }
                }}
            </div>
            <div class="chart-body" node_ref=frame>
                <canvas
                    node_ref=canvas
                    data-testid=move || format!("chart-{}", quantity.get().id())
                    role="img"
                    aria-label=label
                ></canvas>
                <Show when=move || empty.get()>
                    <p class="placeholder">{move || quantity.get().empty()}</p>
                </Show>
                {(chart == 0).then(|| view! { <Others /> })}
                <ChartCursor quantity extent />
            </div>
        </div>
    }
}

/// Whose the other curves are; both charts have them.
#[component]
fn Others() -> impl IntoView {
    let lab = Lab::get();
    let others = Memo::new(move |_| lab.others());
    let key = |(place, name): (usize, String)| {
        view! {
            <li class=format!("key key-run-{}", place + 1)>
                <span class="swatch" aria-hidden="true"></span>
                <span class="name">{name}</span>
            </li>
        }
    };
    view! {
        <ul class="others" aria-label=t().history.laid_over>
            {move || others.get().into_iter().map(key).collect_view()}
        </ul>
    }
}

#[component]
fn Choice(chart: usize) -> impl IntoView {
    let curves = Lab::get().curves;
    let quantity = curves.shown[chart];
    let option = move |this: Quantity| {
        view! {
            <option value=this.id() selected=move || quantity.get() == this>
                {this.term().name}
            </option>
        }
    };
    let choose = move |event| {
        if let Some(chosen) = Quantity::from_id(&event_target_value(&event)) {
            curves.show(chart, chosen);
        }
    };
    view! {
        <h3 class="chart-choice">
            <select
                aria-label=t().curves.chart_shows(chart + 1)
                data-testid=format!("chart-choice-{}", chart + 1)
                prop:value=move || quantity.get().id()
                on:change=choose
            >
                {Quantity::ALL.map(option).into_iter().collect_view()}
            </select>
        </h3>
    }
}

/// The latest values, beside the signs of their curves.
#[component]
fn Legend(quantity: Quantity) -> impl IntoView {
    let keys = figures(Lab::get(), quantity).into_iter().map(|figure| {
        view! {
            <span class=format!("key key-{}", figure.kind)>
                <span class="swatch" aria-hidden="true"></span>
                <span class="name">{figure.name}</span>
                <span class="value" data-testid=figure.testid>
                    {figure.value}
                </span>
            </span>
        }
    });
    view! { <p class="legend">{keys.collect_view()}</p> }
}

/// The figures that tests and tools rely on, where no legend shows them.
#[component]
pub fn UnseenFigures() -> impl IntoView {
    let lab = Lab::get();
    let unseen = move || {
        let shown = lab.curves.shown.map(|quantity| quantity.get());
        let missing = [Quantity::Loss, Quantity::Accuracy].into_iter();
        let missing = missing.filter(|quantity| !shown.contains(quantity));
        let figures = missing.flat_map(|quantity| figures(lab, quantity));
        let machine = |figure: Figure| view! { <Machine testid=figure.testid value=figure.value /> };
        figures.map(machine).collect_view()
    };
    view! { {unseen} }
}

/// A value of a legend.
struct Figure {
    kind: &'static str,
    name: &'static str,
    testid: String,
    value: Memo<String>,
}

fn figures(lab: Lab, quantity: Quantity) -> Vec<Figure> {
    let figure = |kind, name, prefix, value| Figure {
        kind,
        name,
        testid: format!("{prefix}-{}", quantity.id()),
        value,
    };
    let show = move |value: Option<f32>| value.map_or(NONE.into(), |value| quantity.show(value));
    let latest = move || lab.latest.get().map(|latest| latest.report);
    let of = move |metrics: Metrics| match quantity {
        Quantity::Loss => metrics.loss,
        _ => metrics.accuracy,
    };
    match quantity {
        Quantity::Loss | Quantity::Accuracy => vec![
            figure(
                "train",
                t().curves.train_set,
                "train",
                Memo::new(move |_| show(latest().map(|report| of(report.running)))),
            ),
            figure(
                "validation",
                t().curves.validation_set,
                "val",
                Memo::new(move |_| show(lab.validation.get().map(of))),
            ),
            figure(
                "test",
                t().curves.test_set,
                "test",
                Memo::new(move |_| show(lab.test.get().map(of))),
            ),
        ],
        Quantity::DeadUnits => vec![figure(
            "validation",
            t().curves.after_epoch,
            "latest",
            Memo::new(move |_| {
                lab.history_version.track();
                let last = lab.history.with_value(|history| history.epochs.last().copied());
                show(last.and_then(|epoch| quantity.of_epoch(&epoch)))
            }),
        )],
        _ => vec![figure(
            "train",
            t().curves.latest_step,
            "latest",
            Memo::new(move |_| show(latest().and_then(|report: BatchReport| quantity.of_batch(&report)))),
        )],
    }
}
