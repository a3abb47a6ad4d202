//! What all measurements look like: a button that begins and stops, how far it is, and what it found out.

use leptos::prelude::*;

use super::bar::Bar;
use crate::{
    app::{state::Lab, text::t},
    protocol::Measurement,
};

/// A measurement with its button; the children show what it found out.
#[component]
pub fn Measuring(
    /// Which.
    what: Measurement,
    /// What the button says.
    name: &'static str,
    /// What it does and how long it takes.
    about: &'static str,
    /// For tests and tools.
    testid: &'static str,
    /// What was found out.
    children: Children,
) -> impl IntoView {
    let lab = Lab::get();
    let share = Memo::new(move |_| {
        let measuring = lab.engine.measuring.get();
        measuring
            .filter(|(under_way, _)| *under_way == what)
            .map(|(_, share)| share)
    });
    let under_way = move || share.read().is_some();
    let off = move || !under_way() && (lab.engine.measuring.read().is_some() || !lab.can_measure(what));
    let hint = move || match (lab.is_training(), under_way()) {
        (true, _) if !what.goes_beside_training() => t().engine.measure_pauses.into(),
        (false, true) => t().engine.measuring.into(),
        (true, _) => format!("{about} {}", t().engine.measures_beside),
        _ => about.to_string(),
    };
    let done = move || share.get().map_or(0.0, f64::from);
    let class = move || if under_way() { "bar" } else { "bar unseen" }.to_string();
    view! {
        <section class="measurement" aria-busy=move || under_way().to_string()>
            <div class="measurement-head">
                <button type="button" data-testid=testid disabled=off on:click=move |_| lab.measure_or_stop(what)>
                    {move || if under_way() { t().stop } else { name }}
                </button>
                <p class="quiet" role="status">
                    {hint}
                </p>
            </div>
            <Bar name share=done class=Signal::derive(class) />
            {children()}
        </section>
    }
}
