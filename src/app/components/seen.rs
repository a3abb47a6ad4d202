//! What the network sees, what it says, and which network that is.

use leptos::{html, prelude::*};

use super::{number::Machine, pad::show_image};
use crate::{
    app::{format::NONE, state::Lab, text::t},
    protocol::Answering,
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
    let digit = Memo::new(move |_| lab.prediction.with(|prediction| prediction.as_ref()?.digit()));
    let verdict = Memo::new(move |_| {
        let label = lab.prediction.with(|prediction| prediction.as_ref()?.label)?;
        // A model of digits is neither right nor wrong about shoes.
        let shown = lab.settings.with(|settings| settings.config.data.source);
        let same = lab.answered_classes().0.id() == shown.id();
        Some(digit.get()? == usize::from(label)).filter(|_| same)
    });
    let number = Signal::derive(move || digit.get().map_or(NONE.into(), |digit| digit.to_string()));
    let name = Memo::new(move |_| {
        let (source, classes) = lab.answered_classes();
        digit
            .get()
            .map_or(NONE.into(), |digit| t().class_name(source, classes, digit))
    });
    let image_label = move || {
        if something.get() {
            t().sees_drawn
        } else {
            t().sees_blank
        }
    };
    view! {
        <div class="seen">
            <figure>
                <canvas node_ref=canvas data-testid="seen" role="img" aria-label=image_label></canvas>
                <figcaption>{t().sees}</figcaption>
            </figure>
            <div class="answer">
                <p class="answer-name">{t().predicted}</p>
                <p class="digit" class:word=move || { name.read().chars().count() > 2 } aria-live="polite">
                    {name}
                </p>
                <Machine testid="predicted-digit" value=number />
                <p class="verdict" class:wrong=move || verdict.get() == Some(false)>
                    {move || verdict.get().map(|right| if right { t().right } else { t().wrong })}
                </p>
            </div>
        </div>
        <p class="answering" data-testid="answering">
            {move || answering(lab)}
        </p>
    }
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
        (Some(Answering::Pretrained), _) => t().shipped_model.into(),
        (Some(Answering::Run { global_step, .. }), _) => t().your_model(global_step),
        (None, Some(latest)) => t().your_model(latest.report.global_step),
        (None, None) if lab.pretrained.get() => t().shipped_model.into(),
        (None, None) => t().no_model.into(),
    }
}
