//! Why this answer: what of the image speaks for a class, and which training images are like it.

use leptos::{html, prelude::*};
use std::sync::Arc;

use super::{
    cell::picture,
    classes,
    heat::{Heat, Under},
    of_model,
};
use crate::{
    app::{
        components::{activations::show, measuring::Measuring},
        overlay::Layout,
        state::Lab,
        text::t,
    },
    protocol::{Measurement, Neighbour, OCCLUSION_SQUARE, OCCLUSION_STRIDE, Reasons, Split, Tensor},
};

/// Four pictures, a class to choose, the nearest training images.
#[component]
pub fn WhyView() -> impl IntoView {
    let lab = Lab::get();
    let study = lab.study;
    // Each answer is explained, and again for another class.
    Effect::new(move |_| {
        lab.prediction.track();
        study.class.track();
        lab.want_reasons();
    });
    let explanation = Memo::new(move |_| study.explanation.get().filter(|_| lab.prediction.read().is_some()));
    let part = move |part: fn(&Reasons) -> Option<Tensor>| {
        Signal::derive(move || explanation.with(|explanation| explanation.as_deref().and_then(part)))
    };
    let score = move || {
        explanation.with(|explanation| {
            let explanation = explanation.as_ref()?;
            let class = lab.answered_class_name(explanation.class);
            let score = t().study.score(&class, explanation.score, explanation.probability);
            Some(format!("{score}. {}", of_model(explanation.model)))
        })
    };
    let laid_over = RwSignal::new(true);
    let image = part(|it| Some(it.image.clone()));
    let under = move |layout: Layout| Under {
        image: Signal::derive(move || image.get().filter(|_| laid_over.get())),
        layout,
    };
    let squares = Layout {
        first: (OCCLUSION_SQUARE - OCCLUSION_STRIDE) as f32 / 2.0,
        cell: Some(OCCLUSION_STRIDE as f32),
    };
    let words = &t().study;
    let cam_about = move || {
        let without = explanation.with(|explanation| explanation.as_ref().is_some_and(|it| it.grad_cam.is_none()));
        without.then_some(t().study.no_convolution)
    };
    view! {
        <div class="study-tools">
            <ClassChoice />
            <label class="study-field">
                <input
                    type="checkbox"
                    data-testid="why-overlay"
                    prop:checked=laid_over
                    on:change=move |event| laid_over.set(event_target_checked(&event))
                />
                {words.over_image}
            </label>
            <p role="status" data-testid="explained">
                {move || score().unwrap_or_else(|| t().study.why_empty.into())}
            </p>
        </div>
        <div class="heats">
            <Heat name=words.seen about=words.seen_about testid="why-image" numbers=image grey=true />
            <Heat
                name=words.gradient
                about=words.gradient_about
                testid="why-gradient"
                numbers=part(|it| Some(it.gradient.clone()))
                over_image=under(Layout::WHOLE)
            />
            <Heat
                name=words.occlusion
                about=words.occlusion_about
                testid="why-occlusion"
                numbers=part(|it| Some(it.occlusion.clone()))
                over_image=under(squares)
            />
            <Heat
                name=words.grad_cam
                about=words.grad_cam_about
                testid="why-grad-cam"
                numbers=part(|it| it.grad_cam.clone())
                over_image=under(Layout::WHOLE)
            />
        </div>
        <p class="quiet">{cam_about}</p>
        <Measuring what=Measurement::Neighbours name=words.index about=words.index_about testid="index-training">
            <Nearest explanation />
        </Measuring>
    }
}

#[component]
fn ClassChoice() -> impl IntoView {
    let lab = Lab::get();
    let class = lab.study.class;
    let choose = move |event| class.set(event_target_value(&event).parse().ok());
    let option = move |this: usize| {
        view! {
            <option value=this.to_string() selected=move || class.get() == Some(this)>
                {lab.answered_class_name(this)}
            </option>
        }
    };
    view! {
        <label class="study-field">
            {t().study.explained_class}
            <select data-testid="why-class" on:change=choose>
                <option value="" selected=move || class.get().is_none()>
                    {t().study.as_answered}
                </option>
                {move || (0..classes(lab)).map(option).collect_view()}
            </select>
        </label>
    }
}

#[component]
fn Nearest(explanation: Memo<Option<Arc<Reasons>>>) -> impl IntoView {
    let lab = Lab::get();
    let found = move |which: usize| {
        Memo::new(move |_| {
            let nearest = |explanation: &Arc<Reasons>| explanation.nearest[which].clone();
            explanation.with(|explanation| explanation.as_ref().map(nearest).unwrap_or_default())
        })
    };
    let note = move || {
        let (model, images) = lab.study.indexed.get()?;
        let now = explanation.with(|explanation| explanation.as_ref().map(|explanation| explanation.model));
        let stale = now.is_some_and(|now| now != model).then_some(t().study.index_stale);
        let of = t().study.indexed(images, &of_model(model));
        Some(format!(
            "{of}. {} {}",
            t().study.nearest_about,
            stale.unwrap_or_default()
        ))
    };
    let row = move |name: &'static str, testid: &'static str, found: Memo<Vec<Neighbour>>| {
        view! {
            <Show when=move || !found.read().is_empty()>
                <h3>{name}</h3>
                <ul class="thumbs" data-testid=testid>
                    {move || found.get().into_iter().map(|neighbour| view! { <One neighbour /> }).collect_view()}
                </ul>
            </Show>
        }
    };
    view! {
        <p class="quiet" data-testid="indexed">{note}</p>
        {row(t().study.nearest, "nearest", found(0))}
        {row(t().study.nearest_of_class, "nearest-of-class", found(1))}
    }
}

#[component]
fn One(neighbour: Neighbour) -> impl IntoView {
    let lab = Lab::get();
    let canvas = NodeRef::<html::Canvas>::new();
    let pixels = neighbour.pixels;
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            show(&canvas, &picture(&pixels));
        }
    });
    let name = lab.run_class_name(neighbour.label.into());
    let label = t().study.neighbour(neighbour.place, &name, neighbour.distance);
    let open = move |_| lab.open_run_image(Split::Train, neighbour.place as usize);
    view! {
        <li>
            <button type="button" class="thumb" aria-label=label.clone() title=label on:click=open>
                <canvas node_ref=canvas width="28" height="28" class="image"></canvas>
                <span>{name}</span>
            </button>
        </li>
    }
}
