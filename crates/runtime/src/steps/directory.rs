//! `directory`: who the person is, and whether they work just now.

use std::sync::Arc;

use async_trait::async_trait;
use casework::calendar::Calendar;
use model::{FactValue, Facts, Person, Span, Timestamp};
use ports::{
    Clock, Directory, Failure,
    enricher::{About, Enricher},
};

/// How long an answer is good: it says whether somebody works at this minute.
const LIFE: Span = Span::minutes(1);
pub(super) const FIELDS: [&str; 9] = [
    "is_known",
    "is_active",
    "is_privileged",
    "is_away",
    "is_working",
    "groups",
    "manager",
    "language",
    "time_zone",
];

/// The step.
pub struct DirectoryStep {
    directory: Arc<dyn Directory>,
    calendar: Calendar,
    clock: Arc<dyn Clock>,
}

impl DirectoryStep {
    /// Over this directory; the calendar is the organisation's.
    #[must_use]
    pub fn new(directory: Arc<dyn Directory>, calendar: Calendar, clock: Arc<dyn Clock>) -> Self {
        Self { directory, calendar, clock }
    }

    fn facts_of(&self, person: &Person, now: Timestamp) -> Facts {
        let zone = person.zone(self.calendar.zone());
        let name = zone.iana_name().unwrap_or("UTC").to_owned();
        let is_away = person.away_until(now).is_some();
        let is_working = !is_away && self.calendar.for_zone(zone).is_working(now);
        let groups = person.groups.iter().cloned().map(FactValue::Text).collect();
        let mut facts = Facts::from([
            ("is_known".to_owned(), FactValue::Bool(true)),
            ("is_active".to_owned(), FactValue::Bool(person.active)),
            ("is_privileged".to_owned(), FactValue::Bool(person.privileged)),
            ("is_away".to_owned(), FactValue::Bool(is_away)),
            ("is_working".to_owned(), FactValue::Bool(is_working)),
            ("groups".to_owned(), FactValue::List(groups)),
            ("time_zone".to_owned(), FactValue::Text(name)),
        ]);
        if let Some(language) = &person.language {
            facts.insert("language".to_owned(), FactValue::Text(language.clone()));
        }
        if let Some(manager) = self.manager_of(person) {
            facts.insert("manager".to_owned(), FactValue::Text(manager));
        }
        facts
    }

    fn manager_of(&self, person: &Person) -> Option<String> {
        let manager = self.directory.find(person.manager.as_ref()?.reveal())?;
        Some(manager.email.reveal().to_owned())
    }
}

#[async_trait]
impl Enricher for DirectoryStep {
    fn fields(&self) -> Option<Vec<&str>> {
        Some(FIELDS.to_vec())
    }

    fn is_local(&self) -> bool {
        true
    }

    /// Nothing to look up where the alert names nobody.
    fn key(&self, about: &About<'_>) -> Option<String> {
        match about.person {
            Some(person) => Some(person.id.to_string()),
            None => about.alert.person.as_ref().map(|_| "nobody".to_owned()),
        }
    }

    async fn enrich(&self, about: &About<'_>) -> Result<Option<Facts>, Failure> {
        let facts = match about.person {
            Some(person) => self.facts_of(person, self.clock.now()),
            None => Facts::from([("is_known".to_owned(), FactValue::Bool(false))]),
        };
        Ok(Some(facts))
    }

    fn life(&self) -> Span {
        LIFE
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok("looks at the directory in memory".to_owned())
    }
}
