//! Whom and what an alert is about, as its event says it.

use event::{Event, Field, Uid};
use model::{FactValue, Facts, PersonId, Personal, Timestamp};

use crate::digest::Digest;

/// The event behind an alert, in the words that all sources share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subject {
    pub(crate) uid: Uid,
    pub(crate) time: Timestamp,
    pub(crate) person: Option<PersonId>,
    pub(crate) account: Option<Personal>,
    pub(crate) facts: Facts,
}

/// Fields that are no facts: who it is is said otherwise, and what all events share says nothing.
const NO_FACTS: [Field; 3] = [Field::ActorPerson, Field::ActorName, Field::Organisation];

impl Subject {
    pub(crate) fn of(event: &Event) -> Self {
        Self {
            uid: event.uid,
            time: event.time,
            person: event.actor.person,
            account: account(event).map(Personal::from),
            facts: facts(event),
        }
    }
}

/// The word by which a directory would know the account.
fn account(event: &Event) -> Option<&str> {
    let actor = &event.actor;
    actor.email.as_deref().or(actor.id.as_deref()).or(actor.name.as_deref())
}

/// The common fields of an event, each as a fact of its name.
pub(crate) fn facts(event: &Event) -> Facts {
    let mut facts = Facts::new();
    for field in Field::ALL.iter().filter(|field| !NO_FACTS.contains(field)) {
        let mut values = Vec::new();
        field.each(event, |text| values.push(FactValue::Text(text.into_owned())));
        let value = match values.len() {
            0 => continue,
            1 => values.remove(0),
            _ => FactValue::List(values),
        };
        facts.insert(field.name().to_owned(), value);
    }
    facts
}

/// A hash of who did it; 0 where nobody is named. One person's accounts are one.
pub(crate) fn actor(event: &Event) -> u64 {
    let digest = Digest::of("actor");
    let digest = match (event.actor.person, account(event)) {
        (Some(person), _) => digest.digest(person.bits()),
        (None, Some(account)) => digest.text(account),
        (None, None) => return 0,
    };
    digest.finish_64().max(1)
}

/// A digest of all facts, without making any.
pub(crate) fn digest_of_facts(event: &Event, mut digest: Digest) -> Digest {
    for (at, field) in Field::ALL.iter().enumerate() {
        if NO_FACTS.contains(field) {
            continue;
        }
        field.each(event, |text| digest = digest.clone().number(at as u64).text(&text));
    }
    digest
}
