//! What is done with the training images before a run sees them: a subset, label noise, classes left out.

use leptos::prelude::*;

use super::field::{Explained, NumberField};
use crate::{
    app::{
        state::{DataState, Lab},
        text::t,
    },
    spec::DataRecipe,
};

/// The settings, folded away; what is in force stays readable.
#[component]
pub fn RecipeFields() -> impl IntoView {
    let lab = Lab::get();
    let terms = &t().terms;
    let recipe = Memo::new(move |_| lab.settings.with(|settings| settings.config.data));
    view! {
        <details class="more">
            <summary>
                <span>{t().data.recipe}</span>
                <span class="quiet" data-testid="data-recipe">
                    {move || describe(lab, &recipe.read())}
                </span>
            </summary>
            <NumberField name="limit" term=terms.limit placeholder=t().data.limit_all step="1000" />
            <NumberField name="label_noise" term=terms.label_noise step="0.05" />
            <Without recipe />
        </details>
    }
}

fn describe(lab: Lab, recipe: &DataRecipe) -> String {
    let used = recipe
        .limit
        .or_else(|| (!recipe.without.is_empty()).then_some(usize::MAX));
    let used = used.and_then(|_| {
        lab.data.with(|data| match data {
            DataState::Ready(facts) => Some(facts.used(recipe)),
            _ => recipe.limit,
        })
    });
    let names: Vec<_> = recipe
        .without
        .iter()
        .map(|class| lab.class_name(class.into()))
        .collect();
    t().data.recipe_in_force(used, recipe.label_noise, &names.join(", "))
}

/// A switch for each class.
#[component]
fn Without(recipe: Memo<DataRecipe>) -> impl IntoView {
    let lab = Lab::get();
    let term = t().terms.without;
    let classes = Memo::new(move |_| {
        lab.data.with(|data| match data {
            DataState::Ready(facts) => facts.classes(),
            _ => 10,
        })
    });
    let switch = move |class: u8| {
        let name = move || lab.class_name(class.into());
        let toggle = move |_| {
            let without = recipe.get_untracked().without.toggled(class);
            // Any of these classes can be left out.
            let _ = lab.set("without", &without.to_string());
        };
        view! {
            <button
                type="button"
                class="chip"
                data-testid=format!("without-{class}")
                aria-pressed=move || recipe.read().without.contains(class).to_string()
                title=move || t().data.leave_out(&name())
                on:click=toggle
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="field without">
            <span id="without-label">{term.name}</span>
            <Explained term id="without" />
            <div class="chips" role="group" aria-labelledby="without-label">
                <For each=move || 0..classes.get() as u8 key=|class| *class children=switch />
            </div>
        </div>
    }
}
