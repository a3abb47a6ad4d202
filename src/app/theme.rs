//! Light or dark: as the system has it, or as the user chose.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};

use super::browser;

/// The user's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The name in the browser's storage and in the style sheets.
    pub fn id(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The one after this, in a circle.
    pub fn next(self) -> Self {
        let i = Self::ALL.iter().position(|&theme| theme == self).unwrap_or(0);
        Self::ALL[(i + 1) % Self::ALL.len()]
    }

    /// That of the last visit.
    fn stored() -> Self {
        let id = browser::stored("theme");
        Self::ALL
            .into_iter()
            .find(|theme| Some(theme.id()) == id.as_deref())
            .unwrap_or(Self::Auto)
    }
}

/// The choice, and whether the page is dark with it.
pub fn use_theme() -> (RwSignal<Theme>, Memo<bool>) {
    let theme = RwSignal::new(Theme::stored());
    let system_dark = system_dark();
    // The canvases ask for colours when `dark` changes: by then the page must have the new theme.
    let dark = Memo::new(move |_| {
        let theme = theme.get();
        browser::store("theme", theme.id());
        if let Some(root) = document().document_element() {
            // The attribute's name is valid.
            let _ = root.set_attribute("data-theme", theme.id());
        }
        theme == Theme::Dark || theme == Theme::Auto && system_dark.get()
    });
    (theme, dark)
}

fn system_dark() -> ReadSignal<bool> {
    let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    let (dark, set_dark) = signal(query.as_ref().is_some_and(|query| query.matches()));
    if let Some(query) = query {
        let watched = query.clone();
        let callback = Closure::<dyn Fn()>::new(move || set_dark.set(watched.matches()));
        let listened = query.add_event_listener_with_callback("change", callback.as_ref().unchecked_ref());
        debug_assert!(listened.is_ok());
        // For as long as the page lives.
        callback.forget();
    }
    dark
}
