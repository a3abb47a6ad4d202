//! An assignment: what it asks for, how far the run is from it, and the hand-in.

use leptos::prelude::*;

use super::{
    copy::CopyButton,
    icon::{Icon, icon},
    number::Machine,
};
use crate::{
    app::{
        assignment::{Check, Figures, Group, Verdict, overall},
        browser::address,
        settings::{Settings, Simd},
        state::{Lab, WorkerState},
        text::{HandIn, t},
    },
    protocol::RunState,
};

/// A group of controls, which an assignment can lock or hide.
#[component]
pub fn Guard(
    /// Whose controls they are.
    group: Group,
    /// The controls.
    children: Children,
) -> impl IntoView {
    let lab = Lab::get();
    let locked = Memo::new(move |_| lab.settings.with(|settings| settings.assignment.holds(group)));
    let hidden = Memo::new(move |_| lab.settings.with(|settings| settings.assignment.hidden.has(group)));
    let note = format!("held-{}", group.id());
    let labelled_by = note.clone();
    view! {
        <fieldset
            class="guard"
            data-testid=format!("controls-{}", group.id())
            role=move || if locked.get() { "group" } else { "presentation" }
            aria-labelledby=move || locked.get().then(|| labelled_by.clone())
            disabled=locked
            hidden=hidden
        >
            <p class="held quiet" id=note hidden=move || !locked.get()>
                {icon(Icon::Lock)}
                {t().assignment.held}
            </p>
            {children()}
        </fieldset>
    }
}

/// The assignment of the link, where it has one.
#[component]
pub fn AssignmentPanel() -> impl IntoView {
    let lab = Lab::get();
    let assignment = Memo::new(move |_| lab.settings.with(|settings| settings.assignment.clone()));
    let shown = Memo::new(move |_| !assignment.read().is_empty());
    let is_hand_in = Memo::new(move |_| assignment.read().expected.is_some());
    let title = move || match is_hand_in.get() {
        true => t().assignment.hand_in_title,
        false => t().assignment.title,
    };
    let checks = Memo::new(move |_| assignment.read().goal.check(&figures(lab)));
    let task = move || assignment.read().task.clone();
    view! {
        <Show when=move || shown.get()>
            <section class="panel assignment" data-testid="assignment" aria-labelledby="assignment-title">
                <h2 id="assignment-title">{title}</h2>
                <p class="assignment-task" data-testid="assignment-task" dir="auto">
                    {task}
                </p>
                <Goals checks />
                <Show when=move || is_hand_in.get() fallback=move || view! { <ToHandIn checks /> }>
                    <Verification />
                </Show>
            </section>
        </Show>
    }
}

/// Every bound of the goal, and whether it is reached.
#[component]
fn Goals(checks: Memo<Vec<Check>>) -> impl IntoView {
    let text = &t().assignment;
    let row = move |check: Check| {
        let picture = match check.verdict {
            Verdict::Met => Icon::Done,
            Verdict::NotYet => Icon::Open,
            Verdict::Missed => Icon::Close,
        };
        view! {
            <li class="goal" data-testid=format!("goal-{}", check.measure.id()) data-verdict=check.verdict.id()>
                {icon(picture)}
                <span class="machine">{text.verdict(check.verdict)} ": "</span>
                <span>{text.bound(&check)}</span>
                <span class="standing quiet">{text.standing(&check)}</span>
            </li>
        }
    };
    let verdict = Memo::new(move |_| overall(&checks.read()));
    view! {
        <Show when=move || !checks.read().is_empty()>
            <ul class="goals" aria-label=text.goal>
                {move || checks.get().into_iter().map(row).collect_view()}
            </ul>
            <p class="goal-state" role="status" data-verdict=move || verdict.get().id()>
                <Machine testid="goal-state" value=Signal::derive(move || verdict.get().id().to_string()) />
                {move || text.verdict(verdict.get())}
            </p>
        </Show>
    }
}

/// The line to hand in, once there is one.
#[component]
fn ToHandIn(checks: Memo<Vec<Check>>) -> impl IntoView {
    let lab = Lab::get();
    let text = &t().assignment;
    let reached = Memo::new(move |_| lab.has_started() && overall(&checks.read()) == Verdict::Met);
    let finished = Memo::new(move |_| lab.state.get() == RunState::Finished);
    let line = Memo::new(move |_| {
        let run = hand_in(lab).filter(|_| reached.get() && finished.get());
        run.map(|run| text.line(&run)).unwrap_or_default()
    });
    view! {
        <Show when=move || reached.get() && !finished.get()>
            <p class="quiet">{text.finish}</p>
        </Show>
        <Show when=move || !line.read().is_empty()>
            <label class="hand-in">
                {text.hand_in}
                <textarea readonly rows="4" data-testid="hand-in" prop:value=line></textarea>
            </label>
            <CopyButton text=line testid="copy-hand-in" />
        </Show>
    }
}

/// Whether the run that was trained again is the one that was handed in.
#[component]
fn Verification() -> impl IntoView {
    let lab = Lab::get();
    let text = &t().assignment;
    // The link's, whatever is changed on the page afterwards.
    let linked = Memo::new(move |last: Option<&Settings>| {
        let settings = lab.settings.get();
        match last {
            Some(last) if last.assignment == settings.assignment => last.clone(),
            _ => settings,
        }
    });
    let verdict = Memo::new(move |_| {
        let expected = linked.read().assignment.expected.clone().unwrap_or_default();
        if !lab.in_force.with(|in_force| in_force.same_run(&linked.read())) {
            return ("changed", text.changed.into());
        }
        match lab.weights_hash.get().filter(|_| lab.state.get() == RunState::Finished) {
            None => ("waiting", text.waiting.into()),
            Some(got) if got == expected => ("same", text.same(&got)),
            Some(got) => ("other", text.other(&expected, &got, tier(lab))),
        }
    });
    view! {
        <p class="verification" role="status" data-verdict=move || verdict.read().0>
            <Machine testid="verification" value=Signal::derive(move || verdict.read().0.to_string()) />
            {move || verdict.get().1}
        </p>
    }
}

fn figures(lab: Lab) -> Figures {
    let latest = lab.latest.get();
    Figures {
        test_accuracy: lab.test.get().map(|metrics| metrics.accuracy),
        validation_accuracy: lab.validation.get().map(|metrics| metrics.accuracy),
        params: lab.layers.with(|layers| layers.iter().map(|layer| layer.params).sum()),
        epochs: latest.map_or(0, |latest| latest.report.epoch + 1),
        seconds: latest.map_or(0.0, |latest| latest.elapsed),
    }
}

fn tier(lab: Lab) -> &'static str {
    match lab.worker.get() {
        WorkerState::Ready(tier) => tier.id(),
        _ => "-",
    }
}

fn hand_in(lab: Lab) -> Option<HandIn> {
    let fingerprint = lab.weights_hash.get()?;
    let simd = tier(lab);
    let settings = Settings {
        assignment: lab.settings.with(|settings| settings.assignment.clone()),
        ..lab.in_force.get()
    };
    let figures = figures(lab);
    let hash = settings
        .hand_in(&fingerprint, Simd::ALL.into_iter().find(|tier| tier.id() == simd))
        .to_hash();
    Some(HandIn {
        task: settings.assignment.task,
        link: format!("{}#{hash}", address()),
        test_accuracy: figures.test_accuracy,
        params: figures.params,
        epochs: figures.epochs,
        seconds: figures.seconds,
        fingerprint,
        simd: simd.into(),
    })
}
