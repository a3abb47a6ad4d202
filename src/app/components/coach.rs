//! What the coach has to say: one line, the rest folded.

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::app::{coach::Finding, state::Lab, text::t};

/// The gravest finding, and a button that opens all of them with what to do.
#[component]
pub fn CoachLine() -> impl IntoView {
    let lab = Lab::get();
    let findings = lab.findings;
    let first =
        Memo::new(move |_| findings.with(|findings| findings.first().map(|finding| t().coach.finding(finding))));
    let more = move || match findings.with(Vec::len) {
        0 | 1 => t().coach.more.into(),
        count => format!("{}, {}", t().coach.more, t().coach.more_findings(count - 1)),
    };
    view! {
        <div class="coach" data-testid="coach">
            <p role="status" title=move || first.get()>
                {move || first.get()}
            </p>
            <button
                type="button"
                class="small"
                popovertarget="coach-advice"
                data-testid="coach-more"
                class:unseen=move || first.read().is_none()
            >
                {more}
            </button>
            <button
                type="button"
                class="small"
                data-testid="race-before"
                title=t().race.before_hint
                class:unseen=move || lab.settings_before().is_none()
                disabled=move || !lab.is_ready()
                on:click=move |_| lab.race_before()
            >
                {icon(Icon::Race)}
                {t().race.before}
            </button>
            <div class="explanation coach-advice" popover="auto" id="coach-advice" role="group" aria-label=t().coach.title>
                <ul>{move || findings.get().iter().map(advice).collect_view()}</ul>
            </div>
        </div>
    }
}

fn advice(finding: &Finding) -> impl IntoView + use<> {
    view! {
        <li>
            <strong>{t().coach.finding(finding)}</strong>
            <p>{t().coach.advice(finding)}</p>
        </li>
    }
}
