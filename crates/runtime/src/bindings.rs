//! Which chat account is a person's, and since when (R23).
//!
//! The first account found is kept. One that the directory names later is used from the next
//! question on, but not trusted with questions until it is as old as the rules of evidence ask of
//! a factor: whoever can change a directory entry must not be the one who is asked.

use std::sync::Arc;

use casework::case::WEB;
use model::{Person, PersonId, Timestamp};
use ports::{
    Failure,
    chat::Chat,
    store::{Commit, Record, RecordOp, Space, StoreError},
};
use serde::{Deserialize, Serialize};

use crate::{
    ahead::{Counting, PersonAhead},
    engine::{Engine, EngineError},
    people::same,
};

impl Binding {
    /// Whether it is this account, or was it before.
    pub(crate) fn has_been(&self, account: &str) -> bool {
        let known = self.previous.iter().chain([&self.account]);
        known.fold(false, |found, known| found | same(known, account))
    }
}

/// An account, as bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    pub(crate) account: String,
    pub(crate) since: Timestamp,
    /// The account before it, if there was one.
    pub(crate) previous: Option<String>,
}

/// What a person's chats look like when a case opens.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Where to ask, in order.
    pub(crate) channels: Vec<String>,
    /// Where not to, and why.
    pub(crate) distrusted: Vec<(String, String)>,
    /// Bindings seen for the first time, or changed.
    pub(crate) records: Vec<RecordOp>,
    /// What is bound, by chat.
    pub(crate) bindings: Vec<(String, Option<Binding>)>,
}

impl Engine {
    /// Through which channels a person can be asked now.
    pub(crate) async fn reach(
        &self,
        person: &Person,
        ahead: Option<&PersonAhead>,
    ) -> Result<Reach, EngineError> {
        let mut reach = Reach::default();
        if self.parts.chats.is_empty() {
            reach.channels.push(WEB.to_owned());
            return Ok(reach);
        }
        let now = self.now();
        let window = self.parts.settings.evidence.independence_window;
        for (chat, _) in &self.parts.chats {
            let bound = self.bound(chat, person.id, ahead).await?;
            let named = person.chat.get(chat);
            let current = match (bound, named) {
                (Some(bound), Some(named)) if bound.account != *named => {
                    let previous = Some(bound.account);
                    let changed = Binding { account: named.clone(), since: now, previous };
                    reach.records.push(binding_op(chat, person.id, &changed));
                    Some(changed)
                }
                (Some(bound), _) => Some(bound),
                (None, Some(named)) => {
                    let first = Binding { account: named.clone(), since: now, previous: None };
                    reach.records.push(binding_op(chat, person.id, &first));
                    Some(first)
                }
                // Looked up when the first message goes out.
                (None, None) => None,
            };
            let is_young =
                |bound: &Binding| bound.previous.is_some() && now < window.after(bound.since);
            if current.as_ref().is_some_and(is_young) {
                let why = "the account bound to the person changed lately".to_owned();
                reach.distrusted.push((chat.clone(), why));
            } else {
                reach.channels.push(chat.clone());
            }
            reach.bindings.push((chat.clone(), current));
        }
        Ok(reach)
    }

    /// The account to send to. Looked up at the chat only the first time, and kept.
    pub(crate) async fn account(
        &self,
        name: &str,
        chat: &dyn Chat,
        person: &Person,
        ahead: Option<&PersonAhead>,
    ) -> Result<String, Failure> {
        let bound = self.bound(name, person.id, ahead).await.map_err(busy)?;
        match (bound, person.chat.get(name)) {
            (Some(bound), Some(named)) if bound.account != *named => {
                Err(Failure::permanent("the account bound to the person has just changed"))
            }
            (Some(bound), _) => Ok(bound.account),
            (None, Some(named)) => self.bind(name, person.id, named.clone()).await,
            (None, None) => {
                let found = chat.account_of(person.email.reveal()).await?;
                let account =
                    found.ok_or_else(|| Failure::permanent("no account that may be asked"))?;
                self.bind(name, person.id, account).await
            }
        }
    }

    /// The accounts to tell of what was done to a person's own means, the first that takes it: while
    /// a changed account is young, the one before it comes first, so that whoever changed an entry
    /// of the directory is not the only one who hears of it (R23, R25).
    pub(crate) async fn told_accounts(
        &self,
        name: &str,
        chat: &dyn Chat,
        person: &Person,
    ) -> Result<Vec<String>, Failure> {
        let Some(bound) = self.binding(name, person.id).await.map_err(busy)? else {
            return Ok(vec![self.account(name, chat, person, None).await?]);
        };
        let window = self.parts.settings.evidence.independence_window;
        let is_young = self.now() < window.after(bound.since);
        let before = bound.previous.filter(|_| is_young);
        Ok(before.into_iter().chain([bound.account]).collect())
    }

    /// The account bound to a person, as it was read ahead where that holds.
    async fn bound(
        &self,
        chat: &str,
        person: PersonId,
        ahead: Option<&PersonAhead>,
    ) -> Result<Option<Binding>, EngineError> {
        match self.still_of(ahead).and_then(|ahead| ahead.binding(chat)) {
            Some(bound) => Ok(bound.clone()),
            None => self.binding(chat, person).await,
        }
    }

    /// The account bound to a person.
    pub(crate) async fn binding(
        &self,
        chat: &str,
        person: PersonId,
    ) -> Result<Option<Binding>, EngineError> {
        let key = key(chat, person);
        let record = self.parts.store.record(Space::Binding, &key, self.now()).await?;
        record.map(|record| crate::bytes::read(&record.value)).transpose()
    }

    /// The person bound to an account that the directory does not name.
    pub(crate) async fn bound_to(
        &self,
        chat: &str,
        account: &str,
    ) -> Result<Option<Arc<Person>>, EngineError> {
        let key = reverse(chat, account);
        let record = self.parts.store.record(Space::Binding, &key, self.now()).await?;
        let Some(owner) = record.and_then(|record| record.owner) else { return Ok(None) };
        let bound = self.binding(chat, owner).await?;
        let is_still = bound.is_some_and(|bound| bound.account == account);
        Ok(self.parts.directory.person(owner).filter(|_| is_still))
    }

    /// Keeps the first account, before anything is sent there.
    async fn bind(&self, chat: &str, person: PersonId, account: String) -> Result<String, Failure> {
        let now = self.now();
        let first = Binding { account, since: now, previous: None };
        let record = record(chat, person, &first);
        let back =
            Record { key: reverse(chat, &first.account), value: Vec::new(), ..record.clone() };
        let records = vec![RecordOp::Insert { record, now }, RecordOp::Put(back)];
        let commit = Commit { records, ..Commit::default() };
        let ids = [Some(person.bits()), None];
        let counting = Counting { writes: &self.inner.writes, ids };
        let stored = self.parts.store.commit(commit).await;
        drop(counting);
        match stored {
            Ok(()) => Ok(first.account),
            Err(StoreError::Conflict) => {
                let bound = self.binding(chat, person).await.map_err(busy)?;
                Ok(bound.map_or(first.account, |bound| bound.account))
            }
            Err(error) => Err(Failure::retry(error.to_string())),
        }
    }
}

fn busy(error: EngineError) -> Failure {
    Failure::retry(error.to_string())
}

fn binding_op(chat: &str, person: PersonId, binding: &Binding) -> RecordOp {
    RecordOp::Put(record(chat, person, binding))
}

fn record(chat: &str, person: PersonId, binding: &Binding) -> Record {
    Record {
        space: Space::Binding,
        key: key(chat, person),
        owner: Some(person),
        value: crate::bytes::write(binding),
        expires_at: None,
    }
}

/// Where the account bound to a person is kept.
pub(crate) fn place(chat: &str, person: PersonId) -> (Space, String) {
    (Space::Binding, key(chat, person))
}

fn key(chat: &str, person: PersonId) -> String {
    format!("{chat}/{person}")
}

/// The way back from an account that we looked up to its person.
fn reverse(chat: &str, account: &str) -> String {
    format!("at/{chat}/{account}")
}
