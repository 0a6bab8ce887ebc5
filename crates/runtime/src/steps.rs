//! Steps of enrichment that need no section of the configuration, since all that they look at is
//! here: `history` and `directory`. A section of the same name takes their place. The step that looks
//! at devices is `posture::DeviceStep`.

mod directory;
mod history;

use std::{collections::BTreeMap, sync::Arc};

use casework::calendar::Calendar;
use ports::{Clock, Directory, enricher::Enricher, store::Store};

pub use directory::DirectoryStep;
pub use history::HistoryStep;

/// The name of the step that knows what became of earlier cases.
pub const HISTORY: &str = "history";
/// The name of the step that knows people.
pub const DIRECTORY: &str = "directory";

/// What the steps look at.
pub(crate) struct Sources {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) calendar: Calendar,
}

/// The steps of our own, by name.
pub(crate) fn own(sources: Sources) -> BTreeMap<String, Arc<dyn Enricher>> {
    let Sources { store, clock, directory, calendar } = sources;
    let history = HistoryStep::new(store, Arc::clone(&clock));
    let people = DirectoryStep::new(directory, calendar, clock);
    BTreeMap::from([
        (HISTORY.to_owned(), Arc::new(history) as Arc<dyn Enricher>),
        (DIRECTORY.to_owned(), Arc::new(people) as Arc<dyn Enricher>),
    ])
}

/// The fields of those steps, for whoever reads policies before there is an engine.
#[must_use]
pub fn own_fields() -> BTreeMap<String, Option<Vec<String>>> {
    let named = |fields: &[&str]| Some(fields.iter().map(|it| (*it).to_owned()).collect());
    BTreeMap::from([
        (HISTORY.to_owned(), named(&history::FIELDS)),
        (DIRECTORY.to_owned(), named(&directory::FIELDS)),
    ])
}

#[cfg(test)]
mod tests;
