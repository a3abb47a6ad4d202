//! What computes: workers, instructions, and the fingerprint of the weights.

use leptos::prelude::*;

use crate::app::{
    format::NONE,
    state::{Lab, WorkerState},
    text::t,
};

/// The engine's panel.
#[component]
pub fn EnginePanel() -> impl IntoView {
    let lab = Lab::get();
    let tier = move || match lab.worker.get() {
        WorkerState::Ready(tier) => tier.id(),
        _ => NONE,
    };
    let hash = move || lab.weights_hash.get().unwrap_or_else(|| NONE.into());
    view! {
        <section class="panel engine" aria-labelledby="engine-title">
            <h2 id="engine-title">{t().engine.title}</h2>
            <dl>
                <dt>{t().engine.workers}</dt>
                <dd data-testid="worker-count">{move || lab.workers.get()}</dd>
                <dt>{t().engine.simd}</dt>
                <dd data-testid="simd-tier">{tier}</dd>
                <dt>{t().engine.weights}</dt>
                <dd class="hash" data-testid="weights-hash" title=hash>
                    {hash}
                </dd>
            </dl>
        </section>
    }
}
