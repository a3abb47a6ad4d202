//! Messages: what happened, and what can be done about it here.

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::app::{
    state::{Lab, Notice, Remedy},
    text::t,
};

/// All messages that wait to be dismissed.
#[component]
pub fn Notices() -> impl IntoView {
    let lab = Lab::get();
    let any = Memo::new(move |_| lab.notices.with(|notices| !notices.is_empty()));
    view! {
        <div class="notices" role="alert">
            <Show when=move || any.get()>
                <ul data-testid="error">
                    <For each=move || lab.notices.get() key=|notice| (notice.topic, notice.message.clone()) let(notice)>
                        <Message notice />
                    </For>
                </ul>
            </Show>
        </div>
    }
}

#[component]
fn Message(notice: Notice) -> impl IntoView {
    let lab = Lab::get();
    let Notice { topic, message, remedy } = notice;
    let remedy_button = remedy.map(|remedy| {
        view! {
            <button type="button" class="small" data-testid="remedy" on:click=move |_| lab.remedy(remedy)>
                {remedy_name(remedy)}
            </button>
        }
    });
    view! {
        <li class="notice">
            {icon(Icon::Warning)}
            <p>{message}</p>
            {remedy_button}
            <button type="button" class="tool" aria-label=t().dismiss title=t().dismiss on:click=move |_| lab.dismiss(topic)>
                {icon(Icon::Close)}
            </button>
        </li>
    }
}

fn remedy_name(remedy: Remedy) -> String {
    match remedy {
        Remedy::RetryData => t().retry.into(),
        Remedy::SetUnits(units) => t().data.set_units(units),
        Remedy::BeginFromSeed => t().files.from_seed.into(),
        Remedy::RestartWorker => t().restart.into(),
        Remedy::Reload => t().reload.into(),
        Remedy::SaveHere => t().recovery.save_here.into(),
        Remedy::DownloadRun => t().recovery.download.into(),
    }
}
