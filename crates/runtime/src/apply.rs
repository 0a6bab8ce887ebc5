//! One input, one transaction: load, decide in the pure core, store the decision with all that
//! follows from it, and only then hand the work out.
//!
//! Everything is safe to lose between any two awaits: before the commit nothing has happened,
//! after it everything waits in the store.

mod draft;
mod sessions;

pub(crate) use draft::{CodeEntry, Draft};
pub(crate) use sessions::Ended;

use std::sync::Arc;

use casework::{
    Around, Case, Input, Moment,
    case::{Refusal, needs_guard},
    input::Opening,
    ledger::{ActionEvent, guard::Limits},
};
use model::{CaseId, PersonId, StateName};
use ports::store::{JournalEntry, OutboxRow, PutBack, RecordOp, StoreError, WorkKey};

use crate::{
    ahead::{Ahead, DeskAfter, Loaded, LoadedDesk, PersonAhead},
    bindings::Binding,
    engine::{Engine, EngineError},
    meters::Meter,
};

/// How often a step is decided again because another writer was first.
const ATTEMPTS: usize = 8;

/// What rides along in the transaction of a step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Along {
    /// Records, with their conditions.
    pub(crate) records: Vec<RecordOp>,
    /// Claimed work that the step finishes.
    pub(crate) done: Vec<WorkKey>,
    /// Claimed work that stays to be done.
    pub(crate) put_back: Vec<PutBack>,
    /// Further lines of the journal.
    pub(crate) journal: Vec<JournalEntry>,
    /// Further rows to send.
    pub(crate) outbox: Vec<OutboxRow>,
    /// The accounts bound to the person, by chat, for whoever sends what is decided.
    pub(crate) bindings: Vec<(String, Option<Binding>)>,
}

impl Along {
    /// Finishes a piece of work.
    pub(crate) fn finishing(work: WorkKey) -> Self {
        Self { done: vec![work], ..Self::default() }
    }

    /// With records.
    pub(crate) fn with(mut self, records: impl IntoIterator<Item = RecordOp>) -> Self {
        self.records.extend(records);
        self
    }
}

/// Why a step did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    /// The core refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such case.
    #[error("no such case")]
    Missing,
    /// A condition that rides along does not hold and will not by itself, or a case to be joined
    /// or opened is no longer as it was read.
    #[error("a condition does not hold")]
    Taken,
    /// The work to finish or the record to consume is no longer there.
    #[error("the work or record is gone")]
    Gone,
    /// The rest.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<ApplyError> for EngineError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Refused(refusal) => Self::Refused(refusal),
            ApplyError::Missing | ApplyError::Gone => Self::NotFound,
            ApplyError::Taken => Self::crowded(),
            ApplyError::Engine(error) => error,
        }
    }
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// What a step is decided from, besides its input.
struct Basis {
    loaded: Option<Loaded>,
    desk: Option<LoadedDesk>,
}

impl Engine {
    /// Reads a case.
    pub(crate) async fn load(&self, id: CaseId) -> Result<Option<Loaded>, EngineError> {
        Ok(self.look(id).await?.map(|ahead| ahead.loaded))
    }

    /// Begins a case; `ahead` is what was read of the person. [`ApplyError::Taken`] asks the caller
    /// to look again at what there is.
    pub(crate) async fn open(
        &self,
        opening: Opening,
        along: Along,
        ahead: Option<&PersonAhead>,
    ) -> Result<Case, ApplyError> {
        let person = opening.subject.as_ref().map(|subject| subject.person);
        let lock = person.map_or(opening.case.bits(), |person| person.bits());
        let _guard = self.inner.people.lock(lock).await;
        let desk = self.desk_of(person, ahead).await?;
        let input = Input::Open(Box::new(opening));
        match self.decide(Basis { loaded: None, desk }, input, along).await {
            Err(Attempt::Conflict) => Err(ApplyError::Taken),
            other => other.map_err(Attempt::into_error),
        }
    }

    /// Takes one input of a case.
    pub(crate) async fn apply(
        &self,
        id: CaseId,
        input: Input,
        along: Along,
    ) -> Result<Case, ApplyError> {
        let ahead = self.look(id).await?.ok_or(ApplyError::Missing)?;
        self.apply_to(ahead, input, along).await
    }

    /// Takes one input of a case that was read ahead.
    pub(crate) async fn apply_to(
        &self,
        ahead: Ahead,
        input: Input,
        along: Along,
    ) -> Result<Case, ApplyError> {
        let id = ahead.loaded.case.id;
        // Whom a case is about never changes, so that it can be read before the lock is held.
        let person = ahead.loaded.case.subject.as_ref().map(|subject| subject.person);
        let _guard = self.inner.people.lock(person.map_or(id.bits(), |person| person.bits())).await;
        let mut ahead = Some(ahead);
        for _ in 0..ATTEMPTS {
            let (loaded, desk) = self.current(id, person, ahead.take()).await?;
            let is_closed = loaded.case.state_name() == StateName::Closed;
            if is_closed && matches!(input, Input::Join { .. }) {
                return Err(ApplyError::Taken);
            }
            let group_key = loaded.case.group_key.clone();
            let basis = Basis { loaded: Some(loaded), desk };
            match self.decide(basis, input.clone(), along.clone()).await {
                Err(Attempt::Conflict) => {}
                other => return other.map_err(Attempt::into_error),
            }
            Meter::CaseConflicts.count();
            if self.is_blocked(&along.records).await? {
                return Err(ApplyError::Taken);
            }
            if is_closed {
                self.free_key(id, &group_key).await?;
            }
        }
        Err(EngineError::crowded().into())
    }

    /// A case and the desk of its person as they are now: as they were read, where that holds.
    async fn current(
        &self,
        id: CaseId,
        person: Option<PersonId>,
        ahead: Option<Ahead>,
    ) -> Result<(Loaded, Option<LoadedDesk>), ApplyError> {
        let of_person = ahead.as_ref().and_then(|ahead| ahead.person.as_ref());
        let desk = self.desk_of(person, of_person).await?;
        let loaded = match ahead.and_then(|ahead| self.still(ahead)) {
            Some(loaded) => loaded,
            None => self.load(id).await?.ok_or(ApplyError::Missing)?,
        };
        Ok((loaded, desk))
    }

    async fn desk_of(
        &self,
        person: Option<PersonId>,
        ahead: Option<&PersonAhead>,
    ) -> Result<Option<LoadedDesk>, EngineError> {
        match (person, self.still_of(ahead)) {
            (None, _) => Ok(None),
            (Some(_), Some(ahead)) => Ok(Some(ahead.desk.clone())),
            (Some(person), None) => self.load_desk(person).await.map(Some),
        }
    }

    /// One try: decide, and store the decision. The caller holds the person's lock.
    async fn decide(&self, basis: Basis, input: Input, mut along: Along) -> Result<Case, Attempt> {
        let Basis { loaded, desk } = basis;
        let zone = match (&loaded, &input) {
            (Some(loaded), _) => loaded.case.subject.as_ref(),
            (None, Input::Open(opening)) => opening.subject.as_ref(),
            (None, _) => None,
        };
        let calendar = self.calendar_of(zone.map(|subject| subject.zone.as_str()));
        let moment = Moment { now: self.now(), seed: self.parts.entropy.bits() };
        let kind = kind_of(&input);
        let (case, version) = match loaded {
            Some(loaded) => (Some(loaded.case), loaded.version),
            None => (None, 0),
        };
        let mut at_desk = desk.as_ref().map(|loaded| loaded.desk.clone());
        let needs_limits = needs_guard(&input);
        // The guard counts what all cases do: they ask it one after another.
        let _one_at_a_time = match needs_guard(&input) {
            true => Some(self.inner.guard_turn.lock().await),
            false => None,
        };
        let mut guard = match needs_guard(&input) {
            true => Some(self.read_guard().await?),
            false => None,
        };
        let around = Around {
            calendar: &calendar,
            guard: guard.as_mut().map(|guard| &mut guard.guard),
            limits: if needs_limits { self.act_limits() } else { Limits::of(0) },
        };
        let step = casework::step(case, at_desk.as_mut(), input, moment, around)?;
        along.records.extend(guard.and_then(|guard| guard.changed(moment.now)));
        let desk = desk.zip(at_desk).map(|(before, desk)| before.after(desk));
        let bindings = std::mem::take(&mut along.bindings);
        let draft = self.draft(&step, kind, version, desk.as_ref(), along);
        let work = self.store(draft).await?;
        let case = step.case;
        if work.has_born() {
            let loaded = Loaded { case: case.clone(), version: version + 1 };
            let desk = desk.map(DeskAfter::stored);
            self.hand_over(work, Some(Arc::new(self.left(loaded, desk, bindings))));
        } else {
            self.hand_over(work, None);
        }
        Meter::CaseSteps.count_by("kind", kind);
        tracing::debug!(case.id = %case.id, kind, state = %case.state_name(), "case.step");
        Ok(case)
    }

    /// Whether a condition that rides along does not hold, whatever is decided.
    async fn is_blocked(&self, records: &[RecordOp]) -> Result<bool, EngineError> {
        for op in records {
            let (space, key) = op.target();
            let now = self.now();
            let found = self.parts.store.record(space, key, now).await?;
            if op.outcome(found.as_ref()) == Err(StoreError::Conflict) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A closed case that reopens while another holds its key gets a key of its own.
    async fn free_key(&self, id: CaseId, group_key: &str) -> Result<(), ApplyError> {
        let holder = self.parts.store.open_case(group_key).await?;
        if holder.is_none_or(|holder| holder == id) {
            return Ok(());
        }
        let loaded = self.load(id).await?.ok_or(ApplyError::Missing)?;
        let person = loaded.case.subject.as_ref().map(|subject| subject.person);
        let basis = Basis { desk: self.desk_of(person, None).await?, loaded: Some(loaded) };
        match self.decide(basis, Input::Superseded, Along::default()).await {
            Ok(_) | Err(Attempt::Conflict) => Ok(()),
            Err(other) => Err(other.into_error()),
        }
    }
}

/// What one try came to.
#[derive(Debug)]
enum Attempt {
    Conflict,
    Failed(ApplyError),
}

impl Attempt {
    fn into_error(self) -> ApplyError {
        match self {
            Self::Conflict => ApplyError::Taken,
            Self::Failed(error) => error,
        }
    }
}

impl From<StoreError> for Attempt {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::Gone => Self::Failed(ApplyError::Gone),
            other => Self::Failed(other.into()),
        }
    }
}

impl From<EngineError> for Attempt {
    fn from(error: EngineError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refusal> for Attempt {
    fn from(refusal: Refusal) -> Self {
        Self::Failed(refusal.into())
    }
}

/// The word for an input in the journal and in metrics.
pub(crate) fn kind_of(input: &Input) -> &'static str {
    match input {
        Input::Open(_) => "open",
        Input::Join { .. } => "join",
        Input::Wake { .. } => "wake",
        Input::Delivered { .. } => "delivered",
        Input::Undelivered { .. } => "undelivered",
        Input::ChannelLost { .. } => "channel_lost",
        Input::Answer { .. } => "answer",
        Input::Comment { .. } => "comment",
        Input::Challenge { .. } => "challenge",
        Input::ChallengeBegun { .. } => "challenge_begun",
        Input::SessionEnded { .. } => "session_ended",
        Input::Proof { .. } => "proof",
        Input::Paged { .. } => "paged",
        Input::Told { .. } => "told",
        Input::Take { .. } => "take",
        Input::Dispose { .. } => "dispose",
        Input::FactorRevoked { .. } => "factor_revoked",
        Input::Superseded => "superseded",
        Input::Decided { .. } => "decided",
        Input::Seconded { .. } => "seconded",
        Input::Play { .. } => "play",
        Input::Run { .. } => "run",
        Input::Order(_) => "order",
        Input::Action { event, .. } => action_kind(event),
    }
}

fn action_kind(event: &ActionEvent) -> &'static str {
    match event {
        ActionEvent::Planned(_) => "action_planned",
        ActionEvent::Approve { .. } => "action_approve",
        ActionEvent::Decline { .. } => "action_decline",
        ActionEvent::Acted(_) => "action_acted",
        ActionEvent::Looked(_) => "action_looked",
        ActionEvent::Revert { .. } => "action_revert",
        ActionEvent::TakenBack(_) => "action_taken_back",
    }
}
