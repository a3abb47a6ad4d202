//! The arguments of a layer as fields, made from what the layer says about itself.

use leptos::{ev, prelude::*};

use crate::{
    app::{
        brief::{is_rare, word},
        state::Lab,
        text::t,
    },
    spec::{Argument, ArgumentKind},
};

/// All arguments of a layer; those that few people change are folded away.
#[component]
pub fn Arguments(
    /// The layer's, in the draft.
    id: u32,
    /// Of what describes the layer's complaint.
    complaint: String,
) -> impl IntoView {
    let lab = Lab::get();
    let arguments = lab.builder.draft.with_untracked(|draft| draft.arguments(id));
    let (rare, usual): (Vec<_>, Vec<_>) = arguments.into_iter().partition(is_rare);
    let fields = move |arguments: Vec<Argument>| {
        let field = |argument| view! { <ArgumentField id argument complaint=complaint.clone() /> };
        arguments.into_iter().map(field).collect_view()
    };
    let changed = move || {
        let arguments = lab.builder.draft.with(|draft| draft.arguments(id));
        let changed = arguments
            .iter()
            .filter(|argument| is_rare(argument) && !argument.is_default());
        changed.map(word).collect::<Vec<_>>().join(", ")
    };
    view! {
        {fields(usual)}
        {(!rare.is_empty())
            .then(|| {
                view! {
                    <details class="more">
                        <summary>
                            <span>{t().model.rare_arguments}</span>
                            <span class="quiet">{changed}</span>
                        </summary>
                        {fields(rare)}
                    </details>
                }
            })}
    }
}

#[component]
fn ArgumentField(
    id: u32,
    /// As it was when the row was opened; only name and kind count.
    argument: Argument,
    complaint: String,
) -> impl IntoView {
    let lab = Lab::get();
    let Argument { name, kind, .. } = argument;
    let field = Field {
        lab,
        id,
        name,
        value: Memo::new(move |_| {
            let arguments = lab.builder.draft.with(|draft| draft.arguments(id));
            let found = arguments.into_iter().find(|argument| argument.name == name);
            found.map(|argument| argument.value).unwrap_or_default()
        }),
        refused: Memo::new(move |_| lab.builder.draft.with(|draft| draft.refusal(id, name).is_some())),
    };
    let widget = match kind {
        ArgumentKind::Choice(options) => field.choice(options).into_any(),
        ArgumentKind::Switch => field.switch().into_any(),
        ArgumentKind::Count => field.text("number", "numeric", complaint).into_any(),
        ArgumentKind::Share | ArgumentKind::OptionalBound => field.text("text", "decimal", complaint).into_any(),
        ArgumentKind::Pair | ArgumentKind::OptionalPair | ArgumentKind::Sizes | ArgumentKind::Margins => {
            field.text("text", "text", complaint).into_any()
        }
    };
    let class = if matches!(kind, ArgumentKind::Choice(_)) {
        "field field-choice"
    } else {
        "field"
    };
    view! {
        <div class=class>
            <label for=field.element()>{name}</label>
            {widget}
        </div>
    }
}

/// An argument on the page.
#[derive(Clone, Copy)]
struct Field {
    lab: Lab,
    id: u32,
    name: &'static str,
    value: Memo<String>,
    refused: Memo<bool>,
}

impl Field {
    /// The id of the element that holds the value.
    fn element(self) -> String {
        format!("argument-{}-{}", self.id, self.name)
    }

    fn testid(self) -> String {
        format!("argument-{}", self.name)
    }

    fn set(self, text: &str) {
        self.lab
            .edit_model(|draft| draft.set_argument(self.id, self.name, text));
    }

    fn choice(self, options: &'static [&'static str]) -> impl IntoView {
        let option = move |value: &'static str| {
            view! {
                <option value=value selected=move || *self.value.read() == value>
                    {value}
                </option>
            }
        };
        view! {
            <select
                id=self.element()
                data-testid=self.testid()
                prop:value=move || self.value.get()
                on:change=move |event| self.set(&event_target_value(&event))
            >
                {options.iter().copied().map(option).collect_view()}
            </select>
        }
    }

    fn switch(self) -> impl IntoView {
        view! {
            <input
                type="checkbox"
                id=self.element()
                data-testid=self.testid()
                prop:checked=move || *self.value.read() == "true"
                on:change=move |event| self.set(if event_target_checked(&event) { "true" } else { "false" })
            />
        }
    }

    /// What is typed stays as it is typed until the field is left: `0.` is on the way to `0.5`.
    fn text(self, kind: &'static str, mode: &'static str, complaint: String) -> impl IntoView {
        let (text, set_text) = signal(self.value.get_untracked());
        let accepted = StoredValue::new(None::<String>);
        Effect::new(move |_| {
            let value = self.value.get();
            let typed = accepted.with_value(|accepted| accepted.as_ref() == Some(&value));
            if !self.refused.get() && !typed {
                set_text.set(value);
            }
        });
        let input = move |event: ev::Event| {
            let typed = event_target_value(&event);
            set_text.set(typed.clone());
            self.set(&typed);
            accepted.set_value((!self.refused.get_untracked()).then(|| self.value.get_untracked()));
        };
        let leave = move |_| {
            if !self.refused.get_untracked() {
                set_text.set(self.value.get_untracked());
            }
        };
        view! {
            <input
                type=kind
                inputmode=mode
                id=self.element()
                data-testid=self.testid()
                autocomplete="off"
                spellcheck="false"
                min="1"
                prop:value=text
                on:input=input
                on:blur=leave
                aria-invalid=move || self.refused.get().then_some("true")
                aria-describedby=complaint
            />
        }
    }
}
