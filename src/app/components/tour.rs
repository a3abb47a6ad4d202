//! The guided tour: a card that points at the page and leaves it usable.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::icon::{Icon, icon};
use crate::app::{
    state::{DataState, Lab, Place},
    text::{Now, t},
    tour::{Area, Stop, beside},
};

/// What the style sheet outlines.
const MARK: &str = "data-toured";

/// Where the sources are read.
const SOURCES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

/// The button among the tools on top; a phone has the one in the help.
#[component]
pub fn TourButton() -> impl IntoView {
    let lab = Lab::get();
    let text = &t().tour;
    view! {
        <button
            type="button"
            class="tool tool-tour"
            data-testid="tour"
            title=text.take
            aria-label=text.take
            on:click=move |_| lab.tour.start()
        >
            {icon(Icon::Tour)}
        </button>
    }
}

/// The way to the tour from the help.
#[component]
pub fn TourEntry() -> impl IntoView {
    let lab = Lab::get();
    let text = &t().tour;
    let start = move |_| {
        lab.help.set(false);
        lab.tour.start();
    };
    view! {
        <p class="entry">
            <button type="button" data-testid="tour-from-help" on:click=start>
                {text.take}
            </button>
            <span class="quiet">{text.about}</span>
        </p>
    }
}

/// A few words on the first visit.
#[component]
pub fn TourOffer() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <Show when=move || lab.tour.offer.get()>
            " "
            <button type="button" class="tour-offer" data-testid="tour-offer" on:click=move |_| lab.tour.start()>
                {t().tour.take}
            </button>
        </Show>
    }
}

/// The card, while the tour is on.
#[component]
pub fn Tour() -> impl IntoView {
    let lab = Lab::get();
    let on = Memo::new(move |_| lab.tour.stop.get().is_some());
    view! {
        <Show when=move || on.get()>
            <Card />
        </Show>
    }
}

#[component]
fn Card() -> impl IntoView {
    let lab = Lab::get();
    let text = &t().tour;
    let stop = Memo::new(move |last: Option<&Stop>| lab.tour.stop.get().or(last.copied()).unwrap_or(Stop::Data));
    let card = NodeRef::<html::Aside>::new();
    let title = NodeRef::<html::H2>::new();
    let opener = StoredValue::new_local(document().active_element());
    point_at(lab, stop, card);
    Effect::new(move |_| {
        if let Some(title) = title.get() {
            // A dialog that closes gives the focus back first.
            request_animation_frame(move || drop(title.focus()));
        }
    });
    let leave = move || {
        let inside = card
            .get_untracked()
            .is_some_and(|card| card.contains(document().active_element().as_deref()));
        lab.tour.leave();
        if inside {
            opener.with_value(|opener| give_focus(opener.as_ref()));
        }
    };
    let go = move |forward: bool| match stop.get_untracked().moved(forward) {
        None if forward => leave(),
        _ => lab.tour.go(forward),
    };
    let escape = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.default_prevented() && !something_is_open() {
            leave();
        }
    });
    on_cleanup(move || escape.remove());
    let turn = move |event: ev::KeyboardEvent| {
        let forward = event.key() == "ArrowRight";
        if (forward || event.key() == "ArrowLeft") && !event.alt_key() {
            // Elsewhere on the page, the right arrow takes a training step.
            event.prevent_default();
            go(forward);
        }
    };
    let next = move || {
        if stop.get().moved(true).is_some() {
            text.next
        } else {
            text.done
        }
    };
    let at_start = move || stop.get().moved(false).is_none().then_some("true");
    view! {
        <aside class="tour" data-testid="tour-card" aria-labelledby="tour-title" node_ref=card on:keydown=turn>
            <header>
                <h2 id="tour-title" tabindex="-1" node_ref=title>
                    {text.name}
                    <span class="quiet" data-testid="tour-place">{move || text.place(stop.get())}</span>
                </h2>
                <button type="button" class="tool" data-testid="tour-skip" title=text.skip aria-label=text.skip on:click=move |_| leave()>
                    {icon(Icon::Close)}
                </button>
            </header>
            <div class="tour-text" aria-live="polite" aria-atomic="true">
                <h3 data-testid="tour-stop">{move || text.title(stop.get())}</h3>
                <p>{move || text.text(stop.get())}</p>
            </div>
            <Computed stop />
            <footer>
                <button
                    type="button"
                    class="tour-restart"
                    data-testid="tour-restart"
                    aria-disabled=at_start
                    on:click=move |_| lab.tour.start()
                >
                    {text.restart}
                </button>
                <button
                    type="button"
                    data-testid="tour-back"
                    title=text.back_hint
                    aria-disabled=at_start
                    on:click=move |_| go(false)
                >
                    {text.back}
                </button>
                <button type="button" class="tour-next" data-testid="tour-next" title=text.next_hint on:click=move |_| go(true)>
                    {next}
                </button>
            </footer>
        </aside>
    }
}

/// The formulas with the numbers of the settings, the figures of the moment, and where it is written.
#[component]
fn Computed(stop: Memo<Stop>) -> impl IntoView {
    let lab = Lab::get();
    let text = &t().tour;
    let formulas = Memo::new(move |_| lab.settings.with(|settings| stop.get().formulas(settings)));
    let figures = Memo::new(move |_| text.figures(stop.get(), &now(lab)));
    let line = |formula: String| view! { <li>{formula}</li> };
    let source = move || stop.get().source();
    view! {
        <ul class="tour-formulas">{move || formulas.get().into_iter().map(line).collect_view()}</ul>
        <p class="tour-now">
            <span class="quiet">{text.now} ": "</span>
            <span data-testid="tour-figures">{figures}</span>
        </p>
        <p class="tour-source">
            <span class="quiet">{text.source} ": "</span>
            <a href=move || format!("{SOURCES}{}", source()) target="_blank" rel="noreferrer" data-testid="tour-source">
                {source}
            </a>
        </p>
    }
}

fn now(lab: Lab) -> Now {
    let report = lab.latest.get().map(|latest| latest.report);
    let images = lab.data.with(|data| match data {
        DataState::Ready(facts) => Some((facts.train, facts.test)),
        _ => None,
    });
    let answer = lab.prediction.with(|prediction| {
        let prediction = prediction.as_ref()?;
        let digit = prediction.digit()?;
        Some((digit, prediction.probabilities[digit]))
    });
    Now {
        images,
        steps_per_epoch: report.map(|report| report.steps_per_epoch),
        params: lab.layers.with(|layers| layers.iter().map(|layer| layer.params).sum()),
        layers: lab.layers.with(Vec::len),
        seed: lab.in_force.with(|settings| settings.config.seed),
        weights_hash: lab.weights_hash.get(),
        answer,
        workers: lab.workers.get(),
        step: report.map_or(0, |report| report.global_step),
        loss: report.map(|report| report.batch.loss),
        penalties: lab.in_force.with(|settings| settings.model.has_penalties()),
        learning_rate: report.map(|report| report.learning_rate),
        validation: lab.validation.get(),
        test: lab.test.get(),
    }
}

/// Brings what each step speaks of into view, outlines it, and puts the card beside it.
fn point_at(lab: Lab, stop: Memo<Stop>, card: NodeRef<html::Aside>) {
    let marked = StoredValue::new_local(None::<Element>);
    let unmark = move || {
        if let Some(element) = marked.try_update_value(Option::take).flatten() {
            // It can be gone by now.
            let _ = element.remove_attribute(MARK);
        }
    };
    let lay = move || {
        unmark();
        // The tour can be over before the frame comes: then the card is no more.
        let shown = card.try_get_untracked().flatten();
        let (Some(card), Some(target)) = (shown, stop.try_get_untracked().and_then(target)) else {
            return;
        };
        // The attribute's name is valid.
        let _ = target.set_attribute(MARK, "");
        target.scroll_into_view();
        card.set_scroll_top(0);
        place(&card, &target);
        marked.set_value(Some(target));
    };
    Effect::new(move |_| {
        if let Some(tab) = tab(stop.get()) {
            lab.place.set(tab);
        }
        lab.opened.set(None);
        // By then the card has its text and a phone its tab.
        request_animation_frame(lay);
    });
    let resized = window_event_listener(ev::resize, move |_| lay());
    on_cleanup(move || {
        resized.remove();
        unmark();
    });
}

/// On a phone, the tab that has it.
fn tab(stop: Stop) -> Option<Place> {
    match stop {
        Stop::Data | Stop::Model | Stop::Optimisation => Some(Place::Train),
        Stop::Forward => Some(Place::Network),
        Stop::Backward | Stop::Evaluation => Some(Place::Results),
        Stop::Initialisation => None,
    }
}

/// The first of its targets that is shown.
fn target(stop: Stop) -> Option<Element> {
    let shown = |element: &Element| element.get_bounding_client_rect().width() > 0.0;
    let find = |selector| document().query_selector(selector).ok().flatten();
    stop.targets().into_iter().filter_map(find).find(shown)
}

/// A phone's style sheet places the card itself, below what it points at.
fn place(card: &HtmlElement, target: &Element) {
    let [target, size] = [target, card.as_ref()].map(|element: &Element| {
        let area = element.get_bounding_client_rect();
        Area {
            start: [area.left(), area.top()],
            size: [area.width(), area.height()],
        }
    });
    let side = |side: Result<wasm_bindgen::JsValue, _>| side.ok().and_then(|side| side.as_f64()).unwrap_or_default();
    let window = [side(window().inner_width()), side(window().inner_height())];
    let at = beside(target, size.size, window);
    for (property, value) in ["left", "top"].into_iter().zip(at) {
        // The properties exist.
        let _ = card.style().set_property(property, &format!("{value}px"));
    }
}

/// True while Escape closes something else.
fn something_is_open() -> bool {
    matches!(document().query_selector("dialog[open], :popover-open"), Ok(Some(_)))
}

/// Back to where the tour was begun, or to the help where that is not shown any more.
fn give_focus(opener: Option<&Element>) {
    let help = document().query_selector("[data-testid=help]").ok().flatten();
    for element in help.iter().chain(opener) {
        if let Some(element) = element.dyn_ref::<HtmlElement>() {
            // What is not shown does not take it.
            let _ = element.focus();
        }
    }
}
