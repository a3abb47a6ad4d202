//! "This is a 4": the drawing is kept as an example, and a copy of the model learns from the examples.

use leptos::prelude::*;

use super::number::Machine;
use crate::{
    app::{
        format::{NONE, fixed, percent},
        state::{Lab, Source},
        text::t,
    },
    protocol::Lesson,
};

/// Folded under the answer.
#[component]
pub fn HandPanel() -> impl IntoView {
    let lab = Lab::get();
    // A drawing that has changed is another one.
    Effect::new(move |_| {
        lab.drawing.track();
        lab.hand.kept_as.set(None);
    });
    let kept = move || t().hand.kept(lab.hand.examples.get());
    let idle = move || lab.hand.learning.get().is_none();
    let nothing_kept = move || lab.hand.examples.get() == 0 || !idle();
    view! {
        <details class="hand" data-testid="hand">
            <summary>{t().hand.correct}</summary>
            <Correction />
            <p class="quiet" aria-live="polite">
                <span data-testid="kept">{kept}</span>
            </p>
            <div class="hand-buttons">
                <button
                    type="button"
                    data-testid="learn"
                    title=t().hand.learn_hint
                    disabled=nothing_kept
                    on:click=move |_| lab.learn_from_drawings()
                >
                    {t().hand.learn}
                </button>
                <button
                    type="button"
                    data-testid="unlearn"
                    disabled=move || lab.hand.lessons.get() == 0 || !idle()
                    on:click=move |_| lab.unlearn()
                >
                    {t().hand.unlearn}
                </button>
                <button type="button" data-testid="forget" disabled=nothing_kept on:click=move |_| lab.forget_drawings()>
                    {t().hand.forget}
                </button>
            </div>
            <progress
                aria-label=t().hand.learn
                class:away=idle
                prop:value=move || f64::from(lab.hand.learning.get().unwrap_or(0.0))
            ></progress>
            <Outcome />
        </details>
    }
}

/// Which class the drawing is.
#[component]
fn Correction() -> impl IntoView {
    let lab = Lab::get();
    let chosen = RwSignal::new(0usize);
    let classes = Memo::new(move |_| lab.answered_classes());
    let name = move |class: usize| {
        let (source, count) = classes.get();
        lab.class_name_in(source, count, class)
    };
    let options = move || {
        let option = |class: usize| view! { <option value=class.to_string()>{name(class)}</option> };
        (0..classes.get().1).map(option).collect_view()
    };
    let choose = move |event| chosen.set(event_target_value(&event).parse().unwrap_or(0));
    let keep = move |_| lab.keep_drawing(chosen.get_untracked() as u8);
    let nothing = move || lab.is_blank() || lab.source.get() != Source::Drawing;
    let kept_as = move || {
        let class = lab.hand.kept_as.get();
        class.map(|class| t().hand.kept_as(&name(class.into())))
    };
    view! {
        <div class="correction">
            <label>
                {t().hand.this_is}
                <select data-testid="correct-class" on:change=choose prop:value=move || chosen.get().to_string()>
                    {options}
                </select>
            </label>
            <button type="button" data-testid="keep" disabled=nothing on:click=keep>
                {t().hand.keep}
            </button>
            <span class="quiet" aria-live="polite">
                {kept_as}
            </span>
        </div>
    }
}

/// The same images before and after the last lesson.
#[component]
fn Outcome() -> impl IntoView {
    let lab = Lab::get();
    let row = move |name: &'static str, id: &'static str, of: fn(&Lesson) -> [f32; 2]| {
        let cell = move |time: usize, when: &'static str| {
            let value = move || lab.hand.lesson.get().map(|lesson| of(&lesson)[time]);
            let text = move || value().map_or(NONE.into(), percent);
            let machine = Signal::derive(move || value().map_or(NONE.into(), |share| fixed(share, 4)));
            view! {
                <td>
                    {text}
                    <Machine testid=format!("{id}-{when}") value=machine />
                </td>
            }
        };
        view! {
            <tr>
                <th scope="row">{name}</th>
                {cell(0, "before")}
                {cell(1, "after")}
            </tr>
        }
    };
    let took = move || lab.hand.lesson.get().map(|lesson| t().hand.learned_in(&lesson));
    view! {
        <table class="lesson" class:away=move || lab.hand.lesson.get().is_none()>
            <caption>{took}</caption>
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">{t().hand.before}</th>
                    <th scope="col">{t().hand.after}</th>
                </tr>
            </thead>
            <tbody>
                {row(t().hand.your_drawings, "lesson-drawings", |lesson| lesson.drawings)}
                {row(t().hand.test_images, "lesson-images", |lesson| lesson.images)}
            </tbody>
        </table>
    }
}
