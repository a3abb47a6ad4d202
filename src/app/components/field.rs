//! A setting with its name, its explanation and its complaint.

use leptos::{ev, html, prelude::*};

use crate::app::{
    state::Lab,
    text::{Term, t},
};

/// A term with a "?" that explains it.
#[component]
pub fn Explained(
    /// The term.
    term: Term,
    /// Unique on the page.
    #[prop(into)]
    id: String,
) -> impl IntoView {
    let target = format!("about-{id}");
    let name = format!("{} {}", t().about, term.name);
    view! {
        <button type="button" class="about" popovertarget=target.clone() aria-label=name>
            "?"
        </button>
        <div class="explanation" popover="auto" id=target>
            <strong>{term.name}</strong>
            <p>{term.help}</p>
            {(!term.formula.is_empty()).then(|| view! { <p class="formula">{term.formula}</p> })}
        </div>
    }
}

/// A setting that is a number, checked as it is typed.
#[component]
pub fn NumberField(
    /// The setting's name in a link.
    name: &'static str,
    /// What it is called, and what it means.
    term: Term,
    /// Shown while it is empty.
    #[prop(optional)]
    placeholder: &'static str,
    /// How far the arrows go.
    #[prop(default = "1")]
    step: &'static str,
) -> impl IntoView {
    view! { <TypedField name term placeholder kind="number" mode="decimal" step=Some(step) /> }
}

/// A setting that is a text, checked as it is typed.
#[component]
pub fn TextField(
    /// The setting's name in a link.
    name: &'static str,
    /// What it is called, and what it means.
    term: Term,
    /// Shown while it is empty.
    placeholder: &'static str,
) -> impl IntoView {
    view! { <TypedField name term placeholder kind="text" mode="text" step=None /> }
}

/// A setting that is typed, and checked as it is.
#[component]
fn TypedField(
    /// The setting's name in a link.
    name: &'static str,
    /// What it is called, and what it means.
    term: Term,
    /// Shown while it is empty.
    placeholder: &'static str,
    /// Of the input element.
    kind: &'static str,
    /// The keyboard of a phone.
    mode: &'static str,
    /// How far the arrows go, of a number.
    step: Option<&'static str>,
) -> impl IntoView {
    let lab = Lab::get();
    let id = setting_id(name);
    let complaint_id = format!("complaint-{name}");
    let node = NodeRef::<html::Input>::new();
    let value = Memo::new(move |_| lab.settings.with(|settings| settings.get(name)).unwrap_or_default());
    let show = move || {
        // A field that is taken away tells of its last change when all this is gone.
        if let (Some(Some(input)), Some(value)) = (node.try_get_untracked(), value.try_get_untracked()) {
            input.set_value(&value);
        }
    };
    Effect::new(move |_| {
        // Not while it is typed: 0.10 on the way to 0.105 is the same number.
        let (_, Some(input)) = (value.get(), node.get()) else {
            return;
        };
        if document().active_element().as_ref() != Some(input.as_ref()) {
            show();
            lab.complain(name, None);
        }
    });
    let complaint = move || lab.complaint(name).unwrap_or_default();
    let input = move |event: ev::Event| lab.complain(name, lab.set(name, &event_target_value(&event)).err());
    let leave = move |_| {
        if untrack(|| lab.complaint(name)).is_none() {
            show();
        }
    };
    on_cleanup(move || lab.complain(name, None));
    view! {
        <div class="field" class:field-text=kind == "text" hidden=move || lab.is_hidden(name)>
            <label for=id.clone()>{term.name}</label>
            {(!term.help.is_empty()).then(|| view! { <Explained term id=name /> })}
            <input
                node_ref=node
                id=id
                type=kind
                inputmode=mode
                autocomplete="off"
                spellcheck="false"
                min=step.map(|_| "0")
                step=step
                placeholder=placeholder
                disabled=move || lab.is_held(name)
                title=move || lab.is_held(name).then_some(t().assignment.held)
                on:input=input
                on:change=leave
                aria-invalid=move || lab.complaint(name).map(|_| "true")
                aria-describedby=complaint_id.clone()
            />
            <p class="complaint" id=complaint_id role="status">
                {complaint}
            </p>
        </div>
    }
}

/// A setting that is on or off.
#[component]
pub fn SwitchField(
    /// The setting's name in a link.
    name: &'static str,
    /// What it is called, and what it means.
    term: Term,
) -> impl IntoView {
    let lab = Lab::get();
    let id = setting_id(name);
    let on = Memo::new(move |_| lab.settings.with(|settings| settings.get(name)).as_deref() == Some("1"));
    let change = move |event: ev::Event| {
        // On and off can always be chosen.
        let _ = lab.set(name, if event_target_checked(&event) { "1" } else { "0" });
    };
    view! {
        <div class="field field-switch">
            <label for=id.clone()>{term.name}</label>
            <Explained term id=name />
            <input id=id type="checkbox" prop:checked=on on:change=change />
        </div>
    }
}

/// The id of the field of a setting.
pub fn setting_id(name: &str) -> String {
    format!("setting-{name}")
}

/// A setting that is one of a few.
#[component]
pub fn ChoiceField(
    /// The setting's name in a link.
    name: &'static str,
    /// What it is called, and what it means.
    term: Term,
    /// Names in a link and on the page.
    options: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let lab = Lab::get();
    let id = setting_id(name);
    let chosen = Memo::new(move |_| lab.settings.with(|settings| settings.get(name)).unwrap_or_default());
    let change = move |event: ev::Event| {
        // Only what is offered can be chosen.
        let _ = lab.set(name, &event_target_value(&event));
    };
    let option = move |(value, label): (&'static str, &'static str)| {
        view! {
            <option value=value selected=move || *chosen.read() == *value>
                {label}
            </option>
        }
    };
    view! {
        <div class="field field-choice">
            <label for=id.clone()>{term.name}</label>
            {(!term.help.is_empty()).then(|| view! { <Explained term id=name /> })}
            <select id=id on:change=change prop:value=move || chosen.get()>
                {options.into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}
