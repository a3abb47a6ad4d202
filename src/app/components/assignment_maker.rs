//! The dialog in which a teacher makes an assignment: the settings of the page, a task, a goal, as a link.

use leptos::{ev, prelude::*};

use super::{copy::CopyButton, dialog::Dialog};
use crate::app::{
    assignment::{Assignment, Group, Measure},
    browser::address,
    state::Lab,
    text::t,
};

/// How a group of controls is left to who opens the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Free,
    Locked,
    Hidden,
}

impl Access {
    const ALL: [Self; 3] = [Self::Free, Self::Locked, Self::Hidden];

    fn name(self) -> &'static str {
        let text = &t().assignment;
        match self {
            Self::Free => text.free,
            Self::Locked => text.locked,
            Self::Hidden => text.hidden,
        }
    }
}

/// What is typed in the dialog.
#[derive(Debug, Clone, PartialEq)]
struct Draft {
    task: String,
    access: [Access; Group::ALL.len()],
    bounds: [String; Measure::ALL.len()],
}

impl Draft {
    fn groups(&self, wanted: Access) -> String {
        let groups = Group::ALL.into_iter().zip(self.access);
        let wanted = groups
            .filter(|(_, access)| *access == wanted)
            .map(|(group, _)| group.id());
        wanted.collect::<Vec<_>>().join(",")
    }

    fn goal(&self) -> String {
        let bounds = Measure::ALL.into_iter().zip(&self.bounds);
        let set = bounds.filter(|(_, bound)| !bound.trim().is_empty());
        set.map(|(measure, bound)| format!("{}:{bound}", measure.id()))
            .collect::<Vec<_>>()
            .join(",")
    }
}

/// The way to the dialog from the help.
#[component]
pub fn AssignmentEntry() -> impl IntoView {
    let lab = Lab::get();
    let text = &t().assignment;
    let open = move |_| {
        lab.help.set(false);
        lab.assigning.set(true);
    };
    view! {
        <p class="entry">
            <button type="button" data-testid="make-assignment" on:click=open>
                {text.make}
            </button>
            <span class="quiet">{text.make_about}</span>
        </p>
    }
}

/// The dialog.
#[component]
pub fn AssignmentMaker() -> impl IntoView {
    let lab = Lab::get();
    let text = &t().assignment;
    let draft = RwSignal::new(Draft {
        task: String::new(),
        access: [Access::Free; Group::ALL.len()],
        bounds: Default::default(),
    });
    let link = Memo::new(move |_| link(lab, &draft.read()));
    let problem = move || link.get().err().unwrap_or_default();
    let made = Memo::new(move |_| link.get().unwrap_or_default());
    let task = move |event: ev::Event| draft.update(|draft| draft.task = event_target_value(&event));
    view! {
        <Dialog open=lab.assigning id="assign" title=text.make>
            <p class="quiet">{text.make_hint}</p>
            <label class="assign-task">
                {text.task}
                <textarea
                    rows="2"
                    maxlength=Assignment::LONGEST_TASK.to_string()
                    data-testid="assign-task"
                    on:input=task
                ></textarea>
            </label>
            <fieldset class="assign-fields">
                <legend>{text.controls}</legend>
                {Group::ALL.map(|group| view! { <AccessField group draft /> }).into_iter().collect_view()}
            </fieldset>
            <fieldset class="assign-fields">
                <legend>{text.goal}</legend>
                {Measure::ALL.map(|measure| view! { <BoundField measure draft /> }).into_iter().collect_view()}
            </fieldset>
            <p class="complaint" role="status" data-testid="assign-problem">
                {problem}
            </p>
            <label class="assign-link">
                {text.link}
                <textarea readonly rows="3" data-testid="assignment-link" prop:value=made></textarea>
            </label>
            <CopyButton text=made testid="copy-assignment" />
        </Dialog>
    }
}

#[component]
fn AccessField(group: Group, draft: RwSignal<Draft>) -> impl IntoView {
    let index = group as usize;
    let change = move |event: ev::Event| {
        let name = event_target_value(&event);
        if let Some(access) = Access::ALL.into_iter().find(|access| access.name() == name) {
            draft.update(|draft| draft.access[index] = access);
        }
    };
    let option = move |access: Access| {
        view! { <option value=access.name()>{access.name()}</option> }
    };
    view! {
        <label>
            <span>{t().assignment.group(group)}</span>
            <select data-testid=format!("assign-{}", group.id()) on:change=change>
                {Access::ALL.map(option).into_iter().collect_view()}
            </select>
        </label>
    }
}

#[component]
fn BoundField(measure: Measure, draft: RwSignal<Draft>) -> impl IntoView {
    let index = measure as usize;
    let change = move |event: ev::Event| draft.update(|draft| draft.bounds[index] = event_target_value(&event));
    view! {
        <label>
            <span>{t().assignment.measure(measure)}</span>
            <input
                type="number"
                inputmode="decimal"
                autocomplete="off"
                min="0"
                step="any"
                data-testid=format!("assign-{}", measure.id())
                on:input=change
            />
        </label>
    }
}

/// The link, or what keeps it from being one.
fn link(lab: Lab, draft: &Draft) -> Result<String, String> {
    let mut settings = lab.settings.get();
    settings.assignment = Assignment::default();
    settings.autostart = false;
    settings.set("task", &draft.task)?;
    settings.set("lock", &draft.groups(Access::Locked))?;
    settings.set("hide", &draft.groups(Access::Hidden))?;
    settings.set("goal", &draft.goal())?;
    Ok(format!("{}#{}", address(), settings.to_hash()))
}
