//! The browser of images: which ones are wanted, and those of them that have come.

use std::{collections::HashMap, sync::Arc};

use leptos::prelude::*;

use super::state::Lab;
use crate::protocol::{Command, ImagePage, ImageQuery, Split};

/// Images that are asked for at once.
pub const PAGE: usize = 128;

/// What the user wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Of which part.
    pub split: Split,
    /// Only images of this class.
    pub class: Option<u8>,
    /// Only images whose labels training changes.
    pub changed: bool,
}

/// An image with what there is to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Its place in its part of the data set.
    pub place: u32,
    /// The class that it is of.
    pub label: u8,
    /// The class that training takes it for.
    pub trained_as: u8,
    page: Arc<ImagePage>,
    within: usize,
}

impl Shown {
    /// Its bytes, row by row.
    pub fn pixels(&self) -> &[u8] {
        let size = self.page.pixels.len() / self.page.places.len().max(1);
        &self.page.pixels[self.within * size..][..size]
    }
}

/// Pages that have come or are asked for.
#[derive(Default)]
struct Pages {
    /// Counts the queries up: answers to earlier ones are not heard.
    request: u32,
    query: Option<ImageQuery>,
    /// None while it is asked for.
    pages: HashMap<usize, Option<Arc<ImagePage>>>,
}

/// The browser of images, as signals.
#[derive(Clone, Copy)]
pub struct Images {
    /// Whether it is open.
    pub open: RwSignal<bool>,
    /// What the user wants to see.
    pub filter: RwSignal<Filter>,
    /// How many images were found; none before the first answer.
    pub total: RwSignal<Option<usize>>,
    /// Counts what has come.
    version: RwSignal<u32>,
    pages: StoredValue<Pages>,
}

impl Default for Images {
    fn default() -> Self {
        Self {
            open: RwSignal::new(false),
            filter: RwSignal::new(Filter {
                split: Split::Train,
                class: None,
                changed: false,
            }),
            total: RwSignal::new(None),
            version: RwSignal::new(0),
            pages: StoredValue::new(Pages::default()),
        }
    }
}

impl Images {
    /// The image at a place among those found, if it has come.
    pub fn at(&self, index: usize) -> Option<Shown> {
        self.version.track();
        self.pages.with_value(|pages| {
            let page = pages.pages.get(&(index / PAGE))?.as_ref()?;
            let within = index % PAGE;
            Some(Shown {
                place: *page.places.get(within)?,
                label: page.labels[within],
                trained_as: page.trained_as[within],
                page: Arc::clone(page),
                within,
            })
        })
    }

    /// A page has come.
    pub fn take_in(&self, page: ImagePage) {
        let wanted = self.pages.try_update_value(|pages| {
            let wanted = page.request == pages.request;
            if wanted {
                self.total.set(Some(page.total));
                pages.pages.insert(page.first / PAGE, Some(Arc::new(page)));
            }
            wanted
        });
        if wanted == Some(true) {
            self.version.update(|version| *version += 1);
        }
    }
}

impl Lab {
    /// Asks for the images that the filter and the settings describe, from the first on; those of before are forgotten.
    pub fn find_images(&self) {
        let filter = self.images.filter.get();
        let query = self.settings.with(|settings| ImageQuery {
            split: filter.split,
            recipe: settings.config.data,
            seed: settings.config.seed,
            class: filter.class,
            changed: filter.changed,
        });
        self.images.pages.update_value(|pages| {
            *pages = Pages {
                request: pages.request.wrapping_add(1),
                query: Some(query),
                pages: HashMap::new(),
            };
        });
        self.images.total.set(None);
        self.images.version.update(|version| *version += 1);
        self.ask_for_images(0..1);
    }

    /// Asks for those of the images at these places that have not come and are not on their way.
    pub fn ask_for_images(&self, places: std::ops::Range<usize>) {
        for page in places.start / PAGE..places.end.div_ceil(PAGE) {
            let asked = self.images.pages.try_update_value(|pages| {
                let query = pages.query.filter(|_| !pages.pages.contains_key(&page))?;
                pages.pages.insert(page, None);
                Some((pages.request, query))
            });
            if let Some((request, query)) = asked.flatten() {
                self.send(Command::Browse {
                    request,
                    query,
                    first: page * PAGE,
                    count: PAGE,
                });
            }
        }
    }
}
