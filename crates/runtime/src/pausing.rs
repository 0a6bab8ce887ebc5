//! A person's own quiet: no reminders for a while, or for a short while no questions at all.
//!
//! Muting needs no proof and hides nothing: the question itself still comes. Pausing keeps
//! questions away, so it wants a proof that is fresh, ends after four hours at the latest, never
//! touches what is *high* or graver, and what would have been asked goes to the security team
//! (R14).

use casework::{Desk, input::Actor, snapshot};
use model::{PersonId, Span, Timestamp};
use ports::store::{Commit, DeskRow, JournalEntry, StoreError};

use crate::{
    apply::Draft,
    bytes::read,
    engine::{Engine, EngineError},
    people::Viewer,
};

/// The longest time without reminders.
pub const MUTE_MAX: Span = Span::days(7);
/// How often a change is made again because another writer was first.
const ATTEMPTS: usize = 8;

/// What is changed.
#[derive(Clone, Copy)]
enum Quiet {
    Mute(Span),
    Pause(Span),
}

impl Engine {
    /// Sends the viewer no reminders for so long, at most [`MUTE_MAX`]; [`Span::ZERO`] ends it.
    /// Says until when.
    pub async fn mute(&self, viewer: &Viewer, span: Span) -> Result<Timestamp, EngineError> {
        self.mute_for(viewer.person.id, viewer.actor(), span).await
    }

    /// Sends a person whom the caller has recognised no reminders until then.
    pub(crate) async fn mute_person(
        &self,
        person: PersonId,
        until: Timestamp,
    ) -> Result<Timestamp, EngineError> {
        let seconds = until.duration_since(self.now()).as_secs();
        let span = Span::seconds(u64::try_from(seconds).unwrap_or_default());
        self.mute_for(person, Actor::Person(person), span).await
    }

    async fn mute_for(
        &self,
        person: PersonId,
        by: Actor,
        span: Span,
    ) -> Result<Timestamp, EngineError> {
        self.quiet(person, by, Quiet::Mute(span.min(MUTE_MAX))).await
    }

    /// Puts no question below *high* to the viewer for so long, at most
    /// [`PAUSE_MAX`](casework::desk::PAUSE_MAX); [`Span::ZERO`] ends it and needs no proof. Says
    /// until when.
    pub async fn pause(&self, viewer: &Viewer, span: Span) -> Result<Timestamp, EngineError> {
        if span > Span::ZERO {
            viewer.require_fresh_proof(self.now())?;
        }
        self.quiet(viewer.person.id, viewer.actor(), Quiet::Pause(span)).await
    }

    async fn quiet(
        &self,
        person: PersonId,
        by: Actor,
        quiet: Quiet,
    ) -> Result<Timestamp, EngineError> {
        let now = self.now();
        let mut until = now;
        let change = |desk: &mut Desk| {
            until = quiet.apply(desk, now);
            vec![self.entry(quiet.kind(), by.to_string(), format!("until {until}"))]
        };
        self.change_desk(person, change).await?;
        Ok(until)
    }

    /// Changes a person's desk outside of any case; the change says what the audit is told of it.
    pub(crate) async fn change_desk(
        &self,
        person: PersonId,
        mut change: impl FnMut(&mut Desk) -> Vec<JournalEntry>,
    ) -> Result<(), EngineError> {
        let _guard = self.inner.people.lock(person.bits()).await;
        for _ in 0..ATTEMPTS {
            let row = self.parts.store.desk(person).await?;
            let version = row.as_ref().map_or(0, |row| row.version);
            let mut desk = match row {
                Some(row) => read(&row.snapshot)?,
                None => Desk::new(person),
            };
            let journal = change(&mut desk);
            let desk = DeskRow { person, version: version + 1, snapshot: snapshot::encode(&desk) };
            let commit = Commit { desk: Some(desk), journal, ..Commit::default() };
            match self.commit(Draft::plain(commit)).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::crowded())
    }
}

impl Quiet {
    fn kind(self) -> &'static str {
        match self {
            Self::Mute(_) => "person.muted",
            Self::Pause(_) => "person.paused",
        }
    }

    fn apply(self, desk: &mut Desk, now: Timestamp) -> Timestamp {
        match self {
            Self::Mute(span) => {
                desk.mute(span.after(now));
                span.after(now)
            }
            Self::Pause(span) => desk.pause(span.after(now), now),
        }
    }
}
