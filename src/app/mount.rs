//! Brings the page to life.

use std::time::Duration;

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::CustomEvent;

use super::{
    browser::has_relaxed_simd,
    client::{Client, TICK},
    components::App,
    settings::{Settings, Simd},
    shortcuts,
    state::Lab,
    theme::use_theme,
};
use crate::protocol::{BUILD, Command};

/// How often the network looks again while its weights change.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// How often a run is kept while it trains.
const KEEP_EVERY: Duration = Duration::from_secs(5);

/// An event of this name on the window makes a worker panic, so that recovery can be tested for real; its detail, if it
/// has one, is the worker's rank.
const CRASH_EVENT: &str = "digit-lab-crash";

/// Should the page's own program stop, a plain message says so: nothing else would move any more.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        if let Some(message) = document().get_element_by_id("stopped") {
            // The attribute is there or not: nothing can go wrong.
            let _ = message.remove_attribute("hidden");
        }
    }));
}

/// Puts the page in the place of the loading message.
pub fn mount() {
    let root = document().get_element_by_id("app");
    let Some(root) = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return;
    };
    root.set_text_content(None);
    leptos::mount::mount_to(root, start).forget();
}

fn start() -> impl IntoView {
    let (settings, problems) = Settings::parse(&window().location().hash().unwrap_or_default());
    let (theme, dark) = use_theme();
    let lab = Lab::new(settings.clone(), dark);
    provide_context(lab);
    provide_context(theme);
    lab.report_link(&problems);
    shortcuts::listen(lab);
    window_event_listener(ev::hashchange, move |_| lab.take_link());
    window_event_listener_untyped(CRASH_EVENT, move |event| {
        let rank = event.dyn_ref::<CustomEvent>().and_then(|event| event.detail().as_f64());
        lab.send(Command::Crash {
            rank: rank.unwrap_or(0.0) as usize,
        });
    });
    start_client(lab, &settings);
    set_interval(move || lab.look_at_new_weights(), LOOK_EVERY);
    lab.open_runs();
    set_interval(move || lab.keep_run_under_way(), KEEP_EVERY);
    window_event_listener(ev::visibilitychange, move |_| lab.keep_run());
    lab.offline.keep(lab);
    view! { <App /> }
}

fn start_client(lab: Lab, settings: &Settings) {
    let client = Client::new(worker_url(settings), move |heard| lab.hear(heard));
    lab.client.set_value(Some(client.clone()));
    set_interval(
        move || {
            client.tick();
            lab.race.tick();
        },
        TICK,
    );
    lab.start_worker();
    if settings.autostart {
        lab.send(Command::Train);
    }
}

/// The build is in the address so that a new page never gets an old worker from a cache.
pub(super) fn worker_url(settings: &Settings) -> String {
    let pretrained = u8::from(settings.pretrained);
    let simd = match settings.simd {
        Simd::Simd128 => Simd::Simd128,
        Simd::Auto | Simd::Relaxed if has_relaxed_simd() => Simd::Relaxed,
        _ => Simd::Simd128,
    };
    format!("loader.js?b={BUILD}&pretrained={pretrained}&simd={}", simd.id())
}
