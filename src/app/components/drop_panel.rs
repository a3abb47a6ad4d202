//! A panel of settings that takes files.

use leptos::{ev, prelude::*};
use web_sys::{File, FileList};

/// A panel on which files can be dropped.
#[component]
pub fn DropPanel(
    /// As the style sheets and the tests know it.
    name: &'static str,
    /// Its heading.
    title: &'static str,
    /// What is said while files are over it.
    hint: &'static str,
    /// Told what was dropped: one file or more.
    take: impl Fn(Vec<File>) + 'static,
    children: Children,
) -> impl IntoView {
    let (dropping, set_dropping) = signal(false);
    let over = move |event: ev::DragEvent| {
        event.prevent_default();
        set_dropping.set(true);
    };
    let drop = move |event: ev::DragEvent| {
        event.prevent_default();
        set_dropping.set(false);
        let files = files_of(event.data_transfer().and_then(|dropped| dropped.files()));
        if !files.is_empty() {
            take(files);
        }
    };
    let title_id = format!("{name}-title");
    let labelled_by = title_id.clone();
    view! {
        <section
            class=format!("panel {name}")
            class:dropping=dropping
            aria-labelledby=labelled_by
            data-testid=name
            on:dragover=over
            on:dragleave=move |_| set_dropping.set(false)
            on:drop=drop
        >
            <h2 id=title_id>{title}</h2>
            {children()}
            <Show when=move || dropping.get()>
                <p class="drop-here" aria-hidden="true">{hint}</p>
            </Show>
        </section>
    }
}

/// The files of a list, if there is one.
pub fn files_of(list: Option<FileList>) -> Vec<File> {
    let list = list.into_iter();
    list.flat_map(|list| (0..list.length()).filter_map(move |index| list.get(index)))
        .collect()
}
