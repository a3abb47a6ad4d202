//! The app as this browser keeps it: `public/sw.js` holds all files of one version, and a newer one waits until the user
//! takes it.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState};

use super::state::{DataState, Lab};

/// How often a page that stays open looks for a newer version.
const LOOK_EVERY: Duration = Duration::from_secs(3600);

/// Whether there is a newer version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Update {
    /// None that is known.
    #[default]
    None,
    /// It is here, whole, and waits.
    Waits,
    /// It was asked for, but other tabs use this version.
    OtherTabs,
}

/// What is known of the kept app.
#[derive(Clone, Copy, Default)]
pub struct Offline {
    /// A newer version.
    pub update: RwSignal<Update>,
    registration: StoredValue<Option<ServiceWorkerRegistration>, LocalStorage>,
}

impl Offline {
    /// Keeps the app in this browser, once the page has its own data: it comes first.
    pub fn keep(self, lab: Lab) {
        let Some((container, script)) = container().zip(script()) else {
            return;
        };
        let begun = StoredValue::new(false);
        Effect::new(move |_| {
            let waits = matches!(lab.data.get(), DataState::Loading(..));
            if waits || begun.get_value() {
                return;
            }
            begun.set_value(true);
            let (container, script) = (container.clone(), script.clone());
            spawn_local(async move {
                // A browser that keeps nothing costs working offline, nothing else.
                if let Ok(registration) = JsFuture::from(container.register(&script)).await {
                    self.watch(&container, registration.unchecked_into());
                }
            });
        });
    }

    /// Takes the newer version: the page is loaded again as soon as it is in force.
    pub fn take(self) {
        let waiting = self
            .registration
            .with_value(|registration| registration.as_ref()?.waiting());
        if let Some(worker) = waiting {
            // A text can always be sent.
            let _ = worker.post_message(&JsValue::from("take over"));
        }
    }

    fn watch(self, container: &ServiceWorkerContainer, registration: ServiceWorkerRegistration) {
        // What is installed while nothing is in force is no update but the first version.
        let is_update = container.controller().is_some();
        if is_update && registration.waiting().is_some() {
            self.update.set(Update::Waits);
        }
        // One may be arriving already.
        self.follow(&registration);
        on(&registration.clone(), "updatefound", move |found| {
            self.follow(&found.unchecked_into::<ServiceWorkerRegistration>());
        });
        on(container, "message", move |_| self.update.set(Update::OtherTabs));
        on(container, "controllerchange", move |_| {
            // Another tab cannot cause this, see `take over` in sw.js; a page that cannot be loaded again stays.
            if self.update.get_untracked() != Update::None {
                drop(window().location().reload());
            }
        });
        let again = registration.clone();
        self.registration.set_value(Some(registration));
        // Without a connection there is nothing new: the promise's end does not matter.
        set_interval(move || drop(again.update()), LOOK_EVERY);
    }

    /// Waits until a version that is arriving has arrived.
    fn follow(self, registration: &ServiceWorkerRegistration) {
        let Some(worker) = registration.installing() else {
            return;
        };
        let is_update = registration.active().is_some();
        on(&worker.clone(), "statechange", move |_| {
            if is_update && worker.state() == ServiceWorkerState::Installed {
                self.update.set(Update::Waits);
            }
        });
    }
}

/// Listens for as long as the page lives.
fn on(target: &web_sys::EventTarget, event: &str, then: impl Fn(JsValue) + 'static) {
    let callback = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
        then(event.current_target().map_or(JsValue::NULL, JsValue::from));
    });
    // Only an unusable target could refuse.
    let _ = target.add_event_listener_with_callback(event, callback.into_js_value().unchecked_ref());
}

/// Browsers have it on secure origins only.
fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    let has = js_sys::Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false);
    has.then(|| navigator.service_worker())
}

/// The service worker of this build, if it has one: see `scripts/seal`.
fn script() -> Option<String> {
    let meta = document().query_selector(r#"meta[name="service-worker"]"#).ok()??;
    meta.get_attribute("content").filter(|script| !script.is_empty())
}
