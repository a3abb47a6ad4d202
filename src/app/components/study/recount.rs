//! The button that counts all answers to the test images.

use leptos::prelude::*;

use crate::{
    app::{components::measuring::Measuring, text::t},
    protocol::Measurement,
};

/// The button, and how far it is.
#[component]
pub fn Recount() -> impl IntoView {
    view! {
        <Measuring what=Measurement::Answers name=t().study.recount about=t().study.recount_about testid="count-answers">
            <span class="machine"></span>
        </Measuring>
    }
}
