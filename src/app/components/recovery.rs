//! Saved runs: the offer to go on with one, and what is stored.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::history::date;
use crate::{
    app::{
        format::file_size,
        saved::Saved,
        state::{Lab, WorkerState},
        storage::estimate,
        text::t,
    },
    protocol::RunState,
};

/// The run of an earlier visit, if there is one.
#[component]
pub fn SavedOffer() -> impl IntoView {
    let lab = Lab::get();
    move || {
        lab.recovery.offer.get().map(|saved| {
            let finished = saved.notes.record.state == RunState::Finished;
            view! {
                <section class="offer" role="status" aria-label=t().recovery.offer data-testid="resume-offer">
                    <p>{offered(lab, &saved)}</p>
                    <button type="button" class="primary" data-testid="resume-run" on:click=move |_| lab.resume_offered()>
                        {if finished { t().recovery.bring_back } else { t().recovery.resume }}
                    </button>
                    <button type="button" data-testid="discard-run" on:click=move |_| lab.delete_saved()>
                        {t().recovery.discard}
                    </button>
                </section>
            }
        })
    }
}

fn offered(lab: Lab, saved: &Saved) -> String {
    let record = &saved.notes.record;
    let other_tier = matches!(lab.worker.get(), WorkerState::Ready(tier) if tier != record.tier);
    let finished = record.state == RunState::Finished;
    t().recovery.offered(
        &record.title(),
        record.steps,
        &date(saved.at as u64),
        finished,
        other_tier,
    )
}

/// What is stored of the run under way, how large it is, and how to be rid of it.
#[component]
pub fn SavedPanel() -> impl IntoView {
    let lab = Lab::get();
    let used = RwSignal::new(None);
    Effect::new(move |_| {
        lab.recovery.stored.track();
        spawn_local(async move { used.set(estimate().await) });
    });
    let none = move || lab.recovery.stored.with(Option::is_none);
    let stored = move || {
        lab.recovery.stored.with(|stored| match stored {
            None => t().recovery.nothing.to_string(),
            Some((saved, size)) => {
                let record = &saved.notes.record;
                let size = file_size(*size as u64);
                t().recovery
                    .stored(&record.title(), record.steps, &date(saved.at as u64), &size)
            }
        })
    };
    let estimated = move || {
        used.get().map(|[used, quota]: [u64; 2]| {
            let [used, quota] = [used, quota].map(file_size);
            t().recovery.used(&used, &quota)
        })
    };
    let share = move || lab.saving_share().map(|share| t().recovery.share(share));
    view! {
        <section class="saved-panel" aria-labelledby="saved-title">
            <h3 id="saved-title">{t().recovery.panel}</h3>
            <p class="quiet" data-testid="stored">{stored}</p>
            <p class="quiet" data-testid="stored-size">{estimated}</p>
            <p class="quiet" data-testid="saving-share">{share}</p>
            <div class="saved-actions">
                <button type="button" data-testid="download-saved" disabled=none on:click=move |_| lab.download_saved()>
                    {t().recovery.download}
                </button>
                <button type="button" data-testid="delete-saved" on:click=move |_| lab.delete_saved()>
                    {t().recovery.delete}
                </button>
                <label for="open-saved">{t().recovery.open}</label>
                <input
                    id="open-saved"
                    type="file"
                    accept=".digitlab"
                    data-testid="open-saved"
                    on:change=move |event| open_file(lab, &event)
                />
            </div>
        </section>
    }
}

/// Reads the file that was chosen; one that is too large to be a run is left alone.
fn open_file(lab: Lab, event: &ev::Event) {
    /// The largest model, its optimizer, its averages and its best weights, and as much again.
    const LARGEST: f64 = 1e9;
    let input: web_sys::HtmlInputElement = event_target(event);
    let file = input.files().and_then(|files| files.get(0));
    let Some(file) = file.filter(|file| file.size() < LARGEST) else {
        return;
    };
    spawn_local(async move {
        if let Ok(buffer) = JsFuture::from(file.array_buffer()).await {
            lab.open_saved(&js_sys::Uint8Array::new(buffer.unchecked_ref()).to_vec());
        }
    });
}
