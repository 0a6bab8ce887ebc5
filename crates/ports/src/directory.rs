//! Who works here.

use std::{collections::HashMap, sync::Arc};

use model::{Person, PersonId};

use crate::verifier::Factor;

/// The company's people. Look-ups are in memory and never wait.
pub trait Directory: Send + Sync + 'static {
    /// The person whom a tool calls by this e-mail, alias, directory subject or our own id,
    /// without regard to case for e-mails; never by display name. `None` also when two match.
    fn find(&self, name: &str) -> Option<Arc<Person>>;
    /// The person of that id.
    fn person(&self, id: PersonId) -> Option<Arc<Person>>;
    /// The person bound to this account of this chat.
    fn by_chat(&self, chat: &str, account: &str) -> Option<Arc<Person>>;
    /// Everybody, by id.
    fn people(&self) -> Vec<Arc<Person>>;
    /// Factors the directory itself knows, such as a TOTP secret enrolled elsewhere.
    fn factors(&self, _id: PersonId) -> Vec<Factor> {
        Vec::new()
    }
}

/// A directory over a list, with indexes: the fake, and what file-based directories use inside.
#[derive(Debug, Default)]
pub struct ListDirectory {
    people: HashMap<PersonId, Arc<Person>>,
    names: HashMap<String, Option<PersonId>>,
    chats: HashMap<(String, String), Option<PersonId>>,
    factors: HashMap<PersonId, Vec<Factor>>,
}

impl ListDirectory {
    /// A directory of these people. A name or account that two people share finds nobody.
    #[must_use]
    pub fn new(people: impl IntoIterator<Item = Person>) -> Self {
        let mut directory = Self::default();
        for person in people {
            directory.add(person);
        }
        directory
    }

    /// The same with factors of one person.
    #[must_use]
    pub fn with_factors(mut self, id: PersonId, factors: Vec<Factor>) -> Self {
        self.factors.insert(id, factors);
        self
    }

    fn add(&mut self, person: Person) {
        let id = person.id;
        let fixed = [person.subject.reveal(), person.email.reveal()];
        let aliases = person.aliases.iter().map(|alias| alias.reveal());
        for name in fixed.into_iter().chain(aliases) {
            Self::claim(&mut self.names, name.to_lowercase(), id);
        }
        Self::claim(&mut self.names, id.to_string().to_lowercase(), id);
        for (chat, account) in &person.chat {
            Self::claim(&mut self.chats, (chat.clone(), account.clone()), id);
        }
        self.people.insert(id, Arc::new(person));
    }

    fn claim<K: std::hash::Hash + Eq>(
        index: &mut HashMap<K, Option<PersonId>>,
        key: K,
        id: PersonId,
    ) {
        let owner = index.entry(key).or_insert(Some(id));
        if *owner != Some(id) {
            *owner = None;
        }
    }
}

impl Directory for ListDirectory {
    fn find(&self, name: &str) -> Option<Arc<Person>> {
        let id = (*self.names.get(&name.trim().to_lowercase())?)?;
        self.person(id)
    }
    fn person(&self, id: PersonId) -> Option<Arc<Person>> {
        self.people.get(&id).cloned()
    }
    fn by_chat(&self, chat: &str, account: &str) -> Option<Arc<Person>> {
        let id = (*self.chats.get(&(chat.to_owned(), account.to_owned()))?)?;
        self.person(id)
    }
    fn people(&self) -> Vec<Arc<Person>> {
        let mut all: Vec<_> = self.people.values().cloned().collect();
        all.sort_by_key(|person| person.id);
        all
    }
    fn factors(&self, id: PersonId) -> Vec<Factor> {
        self.factors.get(&id).cloned().unwrap_or_default()
    }
}
