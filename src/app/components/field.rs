//! A setting with its name, its explanation and its complaint.

use leptos::{ev, prelude::*};

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

/// A setting that is a number.
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
    let lab = Lab::get();
    let id = format!("setting-{name}");
    let complaint_id = format!("complaint-{name}");
    let (complaint, set_complaint) = signal(String::new());
    let change =
        move |event: ev::Event| set_complaint.set(lab.set(name, &event_target_value(&event)).err().unwrap_or_default());
    let value = move || lab.settings.with(|settings| settings.get(name)).unwrap_or_default();
    let wrong = move || !complaint.read().is_empty();
    view! {
        <div class="field" hidden=move || lab.is_hidden(name)>
            <label for=id.clone()>{term.name}</label>
            {(!term.help.is_empty()).then(|| view! { <Explained term id=name /> })}
            <input
                id=id
                type="number"
                inputmode="decimal"
                autocomplete="off"
                min="0"
                step=step
                placeholder=placeholder
                disabled=move || lab.is_held(name)
                title=move || lab.is_held(name).then_some(t().assignment.held)
                prop:value=value
                on:change=change
                aria-invalid=move || wrong().then_some("true")
                aria-describedby=complaint_id.clone()
            />
            <p class="complaint" id=complaint_id role="status">
                {complaint}
            </p>
        </div>
    }
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
    let id = format!("setting-{name}");
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
