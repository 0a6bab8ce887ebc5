//! Who may do what. Authority is a value: what needs a right takes a [`Viewer`] or an
//! [`Authority`] and asks it.

use std::{collections::BTreeSet, sync::Arc};

use casework::{Case, input::Actor};
use model::{Person, PersonId, Timestamp};
use ports::store::{Commit, Record, RecordOp, Space};

use super::session::SessionView;
use crate::{
    bytes::{read, write},
    engine::{Engine, EngineError, Settings},
};

/// The record that names administrators by id, beside those that the directory's groups make.
const ADMINISTRATORS: &str = "administrators";

/// What somebody is here. Each includes the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Somebody who can be asked, and sees only their own.
    Person,
    /// Judges cases.
    Analyst,
    /// Lets people in, and resets factors.
    Admin,
}

impl Role {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}

/// A signed-in person, as of this request.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who.
    pub person: Arc<Person>,
    /// What they are now: roles are looked up for each request, of the provider's groups those that
    /// they were in when they signed in.
    pub role: Role,
    /// The session they came with.
    pub session: SessionView,
}

impl Viewer {
    /// As the one who acts on a case.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Person(self.person.id)
    }

    /// Whether this form was made for this session.
    #[must_use]
    pub fn is_own_form(&self, csrf: &str) -> bool {
        super::seals::same(&self.session.csrf, csrf)
    }

    /// Whether they proved lately that it is them.
    #[must_use]
    pub fn has_fresh_proof(&self, now: Timestamp) -> bool {
        self.session.proof.is_some_and(|proof| proof.is_fresh(now))
    }

    /// Whether they proved it with a factor that was independent then (R25).
    #[must_use]
    pub fn has_independent_proof(&self, now: Timestamp) -> bool {
        self.session.proof.is_some_and(|proof| proof.is_independent && proof.is_fresh(now))
    }

    /// Refuses whoever is less.
    pub fn require_role(&self, role: Role) -> Result<(), EngineError> {
        match self.role >= role {
            true => Ok(()),
            false => Err(EngineError::Forbidden("this needs another role")),
        }
    }

    /// Refuses without a proof of the last ten minutes.
    pub fn require_fresh_proof(&self, now: Timestamp) -> Result<(), EngineError> {
        match self.has_fresh_proof(now) {
            true => Ok(()),
            false => Err(EngineError::ProofRequired),
        }
    }

    /// Whether they may judge a case: as an analyst, and never one about themself (R28).
    #[must_use]
    pub fn may_judge(&self, case: &Case) -> bool {
        let subject = case.subject.as_ref().map(|subject| subject.person);
        self.role >= Role::Analyst && subject != Some(self.person.id)
    }
}

/// By whose right an administrator's act is done.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// A signed-in administrator, who must have proven it lately.
    Viewer(&'a Viewer),
    /// An API key with the scope `admin`, by name. The caller has checked the scope.
    Key(&'a str),
    /// Whoever holds the store itself: the first start, and commands on the server's own machine.
    Host,
}

impl Authority<'_> {
    /// Refuses whoever may not administer now.
    pub(super) fn require_admin(&self, now: Timestamp) -> Result<(), EngineError> {
        match self {
            Self::Viewer(viewer) => {
                viewer.require_role(Role::Admin)?;
                viewer.require_fresh_proof(now)
            }
            Self::Key(_) | Self::Host => Ok(()),
        }
    }

    /// Refuses whoever may not see what is other people's.
    pub(crate) fn require_analyst(&self) -> Result<(), EngineError> {
        match self {
            Self::Viewer(viewer) => viewer.require_role(Role::Analyst),
            Self::Key(_) | Self::Host => Ok(()),
        }
    }

    /// Refuses whoever may not decide about what is other people's now.
    pub(crate) fn require_deciding(&self, now: Timestamp) -> Result<(), EngineError> {
        self.require_analyst()?;
        match self {
            Self::Viewer(viewer) => viewer.require_fresh_proof(now),
            Self::Key(_) | Self::Host => Ok(()),
        }
    }

    /// The person who acts, where it is one.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::Viewer(viewer) => Some(viewer.person.id),
            Self::Key(_) | Self::Host => None,
        }
    }

    /// Whether it is this person's own.
    pub(crate) fn is_of(&self, person: PersonId) -> bool {
        matches!(self, Self::Viewer(viewer) if viewer.person.id == person)
    }

    /// As the audit trail names it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Viewer(viewer) => viewer.actor().to_string(),
            Self::Key(name) => Actor::Key((*name).to_owned()).to_string(),
            Self::Host => "host".to_owned(),
        }
    }
}

impl Engine {
    /// What a person is now: by the directory's groups, or named as an administrator.
    pub async fn role_of(&self, person: &Person) -> Result<Role, EngineError> {
        let settings = &self.parts.settings;
        let is_in = |names: &[String]| person.groups.iter().any(|group| names.contains(group));
        if is_in(&settings.admin_groups) || self.administrators().await?.0.contains(&person.id) {
            return Ok(Role::Admin);
        }
        Ok(if is_in(&settings.analyst_groups) { Role::Analyst } else { Role::Person })
    }

    /// What the identity provider makes of somebody whom it puts in these groups.
    pub(super) fn role_by_groups(&self, groups: &[String]) -> Role {
        let settings = &self.parts.settings;
        let is_in = |names: &[String]| groups.iter().any(|group| names.contains(group));
        match (is_in(&settings.provider_admins), is_in(&settings.provider_analysts)) {
            (true, _) => Role::Admin,
            (false, true) => Role::Analyst,
            (false, false) => Role::Person,
        }
    }

    /// Those of the provider's groups that make a role here: all that a session keeps of them.
    pub(super) fn groups_with_a_role(&self, mut groups: Vec<String>) -> Vec<String> {
        let Settings { provider_admins, provider_analysts, .. } = &self.parts.settings;
        groups.retain(|group| provider_admins.contains(group) || provider_analysts.contains(group));
        groups
    }

    /// Makes a person an administrator, for a server whose directory names none yet. Only whoever
    /// holds the store can do that.
    pub async fn appoint_administrator(&self, person: PersonId) -> Result<(), EngineError> {
        let now = self.now();
        let (mut ids, expected) = self.administrators().await?;
        ids.insert(person);
        let record = Record {
            space: Space::Meta,
            key: ADMINISTRATORS.to_owned(),
            owner: None,
            value: write(&ids),
            expires_at: None,
        };
        let text = format!("made person:{person} an administrator");
        let journal = vec![self.entry("role.appointed", "host", text)];
        let records = vec![RecordOp::Swap { expected, record, now }];
        Ok(self.parts.store.commit(Commit { journal, records, ..Commit::default() }).await?)
    }

    async fn administrators(&self) -> Result<(BTreeSet<PersonId>, Option<Vec<u8>>), EngineError> {
        let now = self.now();
        let record = self.parts.store.record(Space::Meta, ADMINISTRATORS, now).await?;
        match record {
            Some(record) => Ok((read(&record.value)?, Some(record.value))),
            None => Ok((BTreeSet::new(), None)),
        }
    }
}
