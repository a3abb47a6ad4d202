//! One chart: its name, its legend with the latest values, its curves.

use leptos::{html, prelude::*};

use super::field::Explained;
use crate::{
    app::{
        axis::Scale,
        browser::{extent, sharp_context},
        format::{NONE, fixed},
        history::History,
        plot::{Chart, Palette, draw},
        state::Lab,
        text::{Term, t},
    },
    protocol::Metrics,
};

/// What a chart is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The loss, in nats.
    Loss,
    /// The accuracy, 0 to 1.
    Accuracy,
}

impl Quantity {
    fn of(self, metrics: &Metrics) -> f32 {
        match self {
            Self::Loss => metrics.loss,
            Self::Accuracy => metrics.accuracy,
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Accuracy => "accuracy",
        }
    }

    fn term(self) -> Term {
        match self {
            Self::Loss => t().terms.loss,
            Self::Accuracy => t().terms.accuracy,
        }
    }

    fn empty(self) -> &'static str {
        match self {
            Self::Loss => t().loss_empty,
            Self::Accuracy => t().accuracy_empty,
        }
    }

    fn chart(self, history: &History, log: bool) -> Chart<'_> {
        let series = match self {
            Self::Loss => &history.loss,
            Self::Accuracy => &history.accuracy,
        };
        let point = |epoch: &crate::protocol::EpochReport| (epoch.global_step, self.of(&epoch.validation));
        let points: Vec<_> = history.epochs.iter().map(point).collect();
        let values: Vec<_> = points.iter().map(|point| point.1).collect();
        let per_epoch = history.steps_per_epoch;
        let epochs = series.raw().len().div_ceil(per_epoch.max(1)).max(1);
        Chart {
            series,
            points,
            steps: (epochs * per_epoch).max(10),
            steps_per_epoch: per_epoch,
            scale: match self {
                Self::Loss => Scale::for_loss(series.raw(), &values, log),
                Self::Accuracy => Scale::for_accuracy(series.raw(), &values),
            },
        }
    }
}

/// A chart with its legend.
#[component]
pub fn ChartView(
    /// What it is about.
    quantity: Quantity,
    /// Whether equal factors are equally far apart.
    #[prop(into)]
    log: Signal<bool>,
) -> impl IntoView {
    let lab = Lab::get();
    let shown = move |metrics: Option<Metrics>| metrics.map_or(NONE.into(), |metrics| fixed(quantity.of(&metrics), 4));
    let train = Memo::new(move |_| shown(lab.latest.get().map(|latest| latest.report.running)));
    let validation = Memo::new(move |_| shown(lab.validation.get()));
    let test = Memo::new(move |_| shown(lab.test.get()));
    let (frame, canvas) = (NodeRef::<html::Div>::new(), NodeRef::<html::Canvas>::new());
    let extent = extent(frame);
    let palette = Memo::new_with_compare(move |_| (lab.dark.get(), Palette::now()).1, |_, _| true);
    Effect::new(move |_| {
        lab.history_version.track();
        let (Some(canvas), extent) = (canvas.get(), extent.get()) else {
            return;
        };
        if extent.is_empty() {
            return;
        }
        if let Some(context) = sharp_context(&canvas, extent) {
            lab.history.with_value(|history| {
                palette.with(|palette| draw(&context, extent, palette, &quantity.chart(history, log.get())));
            });
        }
    });
    let empty = Memo::new(move |_| lab.latest.with(Option::is_none));
    let label = move || t().chart_label(quantity.term().name, &train.read(), &validation.read());
    let key = move |kind: &'static str, name: &'static str, testid: String, value: Memo<String>| {
        view! {
            <span class=format!("key key-{kind}")>
                <span class="swatch" aria-hidden="true"></span>
                <span class="name">{name}</span>
                <span class="value" data-testid=testid>
                    {value}
                </span>
            </span>
        }
    };
    let id = quantity.id();
    view! {
        <div class="chart">
            <div class="chart-head">
                <h3>{quantity.term().name} <Explained term=quantity.term() id=id /></h3>
                <p class="legend">
                    {key("train", t().train_set, format!("train-{id}"), train)}
                    {key("validation", t().validation_set, format!("val-{id}"), validation)}
                    {key("test", t().test_set, format!("test-{id}"), test)}
                </p>
            </div>
            <div class="chart-body" node_ref=frame>
                <canvas node_ref=canvas data-testid=format!("chart-{id}") role="img" aria-label=label></canvas>
                <Show when=move || empty.get()>
                    <p class="placeholder">{quantity.empty()}</p>
                </Show>
            </div>
        </div>
    }
}
