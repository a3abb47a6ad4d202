//! The time machine: the network as it was at moments of its run.

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::app::{inside::Moments as Kept, state::Lab, text::t};

/// A slider over the moments of the run; its end is now.
#[component]
pub fn Moments(
    /// Unique on the page, for tests and tools too.
    id: &'static str,
) -> impl IntoView {
    let lab = Lab::get();
    let (moments, recalled) = (lab.inside.moments, lab.inside.recalled);
    let last = move || moments.with(|moments| moments.steps.len());
    let off = Memo::new(move |_| last() < 2);
    let place = move || moments.with(|moments| place(moments, recalled.get()));
    let choose = move |event| {
        let chosen: usize = event_target_value(&event).parse().unwrap_or(usize::MAX);
        lab.recall(moments.with_untracked(|moments| moments.steps.get(chosen).copied()));
    };
    let shown = move || {
        recalled
            .get()
            .map_or(t().inside.now.into(), |step| t().inside.at_step(step))
    };
    let size = move || moments.with(|moments| t().inside.kept(moments.steps.len(), moments.bytes));
    let title = move || {
        if off.get() {
            t().inside.no_moments.into()
        } else {
            size()
        }
    };
    view! {
        <div class="moments" class:past=move || recalled.read().is_some() class:none=off title=title>
            <span aria-hidden="true">{t().inside.moment}</span>
            <input
                type="range"
                id=id
                aria-label=t().inside.moment
                data-testid=id
                min="0"
                max=last
                prop:value=move || place().to_string()
                aria-valuetext=shown
                disabled=move || off.get()
                on:input=choose
            />
            <output for=id data-testid=format!("{id}-shown")>{shown}</output>
            <span class="kept">{size}</span>
            <button
                type="button"
                class="tool"
                aria-label=t().inside.back_to_now
                title=t().inside.back_to_now
                disabled=move || recalled.read().is_none()
                on:click=move |_| lab.recall(None)
            >
                {icon(Icon::Redo)}
            </button>
        </div>
    }
}

/// The place on the slider of the moment nearest to a step; after the last one is now.
fn place(moments: &Kept, recalled: Option<usize>) -> usize {
    let steps = moments.steps.iter().enumerate();
    let nearest = recalled.and_then(|wanted| steps.min_by_key(|(_, step)| step.abs_diff(wanted)));
    nearest.map_or(moments.steps.len(), |(place, _)| place)
}
