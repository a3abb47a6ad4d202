//! Pages of images with their labels, for the browser of images.

use super::{Session, failed};
use crate::{
    data::{DataSet, ImageSet, Selection},
    protocol::{Event, FailureKind, ImagePage, ImageQuery, Split},
    spec::DataSource,
};

/// The most images that one page has.
const LARGEST_PAGE: usize = 256;

/// The images that the last question was about: the next one is mostly about the same.
#[derive(Default)]
pub(super) struct Browsed {
    about: Option<(DataSource, ImageQuery)>,
    /// Places in the set, and the labels that training sees.
    found: Vec<(u32, u8)>,
}

impl Session {
    /// The images that are asked for, as many as a page may have.
    pub(super) fn browse(&mut self, request: u32, query: &ImageQuery, first: usize, count: usize) -> Event {
        let Some((facts, data)) = self.library.shown() else {
            let message = "There are no images to show yet: the data are still loading.";
            return failed(FailureKind::Request, message.into());
        };
        let about = Some((facts.source, *query));
        if self.browsed.about != about {
            let found = find(data, query);
            self.browsed = Browsed { about, found };
        }
        let found = &self.browsed.found;
        let first = first.min(found.len());
        let page = &found[first..found.len().min(first.saturating_add(count.min(LARGEST_PAGE)))];
        let set = query.split.of(data);
        Event::Images(Box::new(ImagePage {
            request,
            total: found.len(),
            first,
            places: page.iter().map(|&(place, _)| place).collect(),
            labels: page.iter().map(|&(place, _)| set.labels[place as usize]).collect(),
            trained_as: page.iter().map(|&(_, label)| label).collect(),
            pixels: page
                .iter()
                .flat_map(|&(place, _)| set.image(place as usize))
                .copied()
                .collect(),
        }))
    }
}

impl Split {
    /// The images of a data set.
    pub(super) fn of(self, data: &DataSet) -> &ImageSet {
        match self {
            Self::Train => &data.train,
            Self::Test => &data.test,
        }
    }
}

fn find(data: &DataSet, query: &ImageQuery) -> Vec<(u32, u8)> {
    let set = query.split.of(data);
    let Selection { places, labels } = match query.split {
        Split::Train => Selection::new(set, &query.recipe, query.seed),
        Split::Test => Selection::new(set, &Default::default(), 0),
    };
    let fits = |&(place, label): &(u32, u8)| {
        let own = set.labels[place as usize];
        query.class.is_none_or(|class| own == class) && (!query.changed || own != label)
    };
    places.into_iter().zip(labels).filter(fits).collect()
}
