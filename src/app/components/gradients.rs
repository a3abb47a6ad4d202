//! Whether the gradients are right.

use leptos::prelude::*;

use super::measuring::Measuring;
use crate::{
    app::{format::NONE, state::Lab, text::t},
    protocol::{GradientError, Measurement},
};

/// The button, and every layer's errors.
#[component]
pub fn GradientCheck() -> impl IntoView {
    let lab = Lab::get();
    let errors = lab.engine.gradients;
    let heads = [
        t().engine.layer,
        t().engine.against_differences,
        t().engine.against_double,
        t().engine.verdict,
    ];
    view! {
        <Measuring
            what=Measurement::Gradients
            name=t().engine.check_gradients
            about=t().engine.check_gradients_about
            testid="check-gradients"
        >
            <Show when=move || !errors.read().is_empty()>
                <table data-testid="gradient-errors">
                    <caption>{t().engine.gradients_caption}</caption>
                    <thead>
                        <tr>{heads.map(|head| view! { <th scope="col">{head}</th> }).into_iter().collect_view()}</tr>
                    </thead>
                    <tbody>{move || errors.get().iter().map(row).collect_view()}</tbody>
                </table>
            </Show>
        </Measuring>
    }
}

fn row(error: &GradientError) -> impl IntoView + use<> {
    let layer = error.layer;
    let fine = error.is_fine();
    view! {
        <tr class:wrong=!fine>
            <th scope="row">{error.name.clone()}</th>
            <td data-testid=format!("gradient-error-{layer}")>{scientific(error.double)}</td>
            <td data-testid=format!("gradient-error-single-{layer}")>{scientific(error.single)}</td>
            <td>{if fine { t().engine.fine } else { t().engine.too_large }}</td>
        </tr>
    }
}

fn scientific(value: f64) -> String {
    match value.is_finite() {
        true => format!("{value:.1e}"),
        false => NONE.into(),
    }
}
