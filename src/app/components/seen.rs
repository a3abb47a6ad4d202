//! What the network sees, what it says, and which network that is.

use leptos::{html, prelude::*};

use super::{number::Machine, pad::show_image, study::OpenStudy};
use crate::{
    app::{format::NONE, state::Lab, study::View, text::t},
    protocol::{Answering, Prediction, Verdict},
};

/// The 28x28 image and the predicted digit.
#[component]
pub fn Seen() -> impl IntoView {
    let lab = Lab::get();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        lab.prediction.with(|prediction| match prediction {
            Some(prediction) => show_image(&canvas, prediction),
            None => blank(&canvas),
        });
    });
    let something = Memo::new(move |_| lab.prediction.with(Option::is_some));
    let digit = Memo::new(move |_| lab.prediction.with(|prediction| prediction.as_ref()?.answer()));
    let right = Memo::new(move |_| {
        let label = lab.prediction.with(|prediction| prediction.as_ref()?.label)?;
        // A model of digits is neither right nor wrong about shoes.
        let shown = lab.settings.with(|settings| settings.config.data.source);
        let same = lab.answered_classes().0.id() == shown.id();
        Some(digit.get()? == usize::from(label)).filter(|_| same)
    });
    let number = Signal::derive(move || digit.get().map_or(NONE.into(), |digit| digit.to_string()));
    let name = move |digit: usize| {
        let (source, classes) = lab.answered_classes();
        lab.class_name_in(source, classes, digit)
    };
    let read = Memo::new(move |_| {
        lab.prediction
            .with(|prediction| prediction.as_ref().map(|p| number_read(p)))
    });
    let shown = Memo::new(move |_| match digit.get() {
        Some(digit) => name(digit),
        None => read.get().flatten().unwrap_or(NONE.into()),
    });
    let number_read = Signal::derive(move || read.get().flatten().unwrap_or(NONE.into()));
    let doubt = Memo::new(move |_| {
        let verdict = lab.prediction.with(|prediction| Some(prediction.as_ref()?.verdict))?;
        let rival = match verdict {
            Verdict::Ambiguous { rival } => name(rival),
            _ => String::new(),
        };
        Some((t().hand.verdict(verdict, &rival)?, t().hand.rule(verdict)))
    });
    let verdict = move || {
        let right = right
            .get()
            .map(|right| if right { t().pad.right } else { t().pad.wrong });
        let said: Vec<_> = right
            .map(String::from)
            .into_iter()
            .chain(doubt.get().map(|it| it.0))
            .collect();
        said.join(", ")
    };
    let image_label = move || {
        if something.get() {
            t().pad.sees_drawn
        } else {
            t().pad.sees_blank
        }
    };
    view! {
        <div class="seen">
            <figure>
                <canvas node_ref=canvas data-testid="seen" role="img" aria-label=image_label></canvas>
                <figcaption>{t().pad.sees}</figcaption>
            </figure>
            <div class="answer">
                <p class="answer-name">{t().pad.predicted}</p>
                <p class="digit" class:word=move || { shown.read().chars().count() > 2 } aria-live="polite">
                    {shown}
                </p>
                <Machine testid="predicted-digit" value=number />
                <Machine testid="read-number" value=number_read />
                <p
                    class="verdict"
                    class:wrong=move || right.get() == Some(false) || doubt.get().is_some()
                    data-testid="verdict"
                    title=move || doubt.get().map(|it| it.1)
                    aria-live="polite"
                >
                    {verdict}
                </p>
            </div>
        </div>
        <div class="answering">
            <p data-testid="answering">{move || answering(lab)}</p>
            <OpenStudy view=View::Why name=t().study.open_why />
        </div>
    }
}

/// The digits of a drawing, from left to right, with a "?" for what is none; nothing where no figure is a digit.
fn number_read(prediction: &Prediction) -> Option<String> {
    let figure = |digit: &Option<usize>| digit.map_or("?".into(), |digit| digit.to_string());
    let some = prediction.reading.iter().any(Option::is_some);
    some.then(|| prediction.reading.iter().map(figure).collect())
}

/// Black, as MNIST's images are where nothing is written.
fn blank(canvas: &web_sys::HtmlCanvasElement) {
    canvas.set_width(28);
    canvas.set_height(28);
}

/// Which model answers, or would.
fn answering(lab: Lab) -> String {
    let model = lab
        .prediction
        .with(|prediction| prediction.as_ref().map(|prediction| prediction.model));
    match (model, lab.latest.get()) {
        (Some(Answering::Pretrained), _) => t().pad.shipped_model.into(),
        (Some(Answering::Run { global_step, .. }), _) => t().pad.your_model(global_step),
        (Some(Answering::Learned { examples }), _) => t().hand.answering(examples),
        (None, Some(latest)) => t().pad.your_model(latest.report.global_step),
        (None, None) if lab.pretrained.get() => t().pad.shipped_model.into(),
        (None, None) => t().pad.no_model.into(),
    }
}
