//! One input, one transaction: load, decide in the pure core, store the decision with all that
//! follows from it, and only then hand the work out.
//!
//! Everything is safe to lose between any two awaits: before the commit nothing has happened,
//! after it everything waits in the store.

mod draft;
mod sessions;

pub(crate) use draft::{CodeEntry, Draft};
pub(crate) use sessions::Ended;

use casework::{Case, Desk, Input, Moment, case::Refusal, input::Opening};
use model::{CaseId, PersonId, StateName};
use ports::store::{JournalEntry, OutboxRow, PutBack, RecordOp, StoreError, WorkKey};

use crate::{
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
            ApplyError::Taken => Self::Unavailable("too much at once, try again".to_owned()),
            ApplyError::Engine(error) => error,
        }
    }
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// A case with the version it was read at.
pub(crate) struct Loaded {
    pub(crate) case: Case,
    pub(crate) version: u64,
}

/// A desk as it was read, or a new one.
struct LoadedDesk {
    desk: Desk,
    before: Desk,
    version: u64,
}

impl Engine {
    /// Reads a case.
    pub(crate) async fn load(&self, id: CaseId) -> Result<Option<Loaded>, EngineError> {
        let Some(row) = self.parts.store.case(id).await? else { return Ok(None) };
        let case = crate::bytes::read(&row.snapshot)?;
        Ok(Some(Loaded { case, version: row.version }))
    }

    /// Begins a case. [`ApplyError::Taken`] asks the caller to look again at what there is.
    pub(crate) async fn open(&self, opening: Opening, along: Along) -> Result<Case, ApplyError> {
        let person = opening.subject.as_ref().map(|subject| subject.person);
        let lock = person.map_or(opening.case.bits(), |person| person.bits());
        let _guard = self.inner.people.lock(lock).await;
        let input = Input::Open(Box::new(opening));
        match self.decide(None, person, input, along).await {
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
        let person = self.person_of(id).await?;
        let _guard = self.inner.people.lock(person.map_or(id.bits(), |person| person.bits())).await;
        for _ in 0..ATTEMPTS {
            let loaded = self.load(id).await?.ok_or(ApplyError::Missing)?;
            let is_closed = loaded.case.state_name() == StateName::Closed;
            if is_closed && matches!(input, Input::Join { .. }) {
                return Err(ApplyError::Taken);
            }
            let group_key = loaded.case.group_key.clone();
            match self.decide(Some(loaded), person, input.clone(), along.clone()).await {
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
        Err(EngineError::Unavailable("too much at once, try again".to_owned()).into())
    }

    /// Whom a case is about: that never changes, so that it can be read before the lock is held.
    async fn person_of(&self, id: CaseId) -> Result<Option<PersonId>, ApplyError> {
        let row = self.parts.store.case(id).await?.ok_or(ApplyError::Missing)?;
        Ok(row.person)
    }

    /// One try: decide, and store the decision. The caller holds the person's lock.
    async fn decide(
        &self,
        loaded: Option<Loaded>,
        person: Option<PersonId>,
        input: Input,
        along: Along,
    ) -> Result<Case, Attempt> {
        let mut desk = match person {
            Some(person) => Some(self.load_desk(person).await?),
            None => None,
        };
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
        let at_desk = desk.as_mut().map(|loaded| &mut loaded.desk);
        let step = casework::step(case, at_desk, input, moment, &calendar)?;
        let draft = self.draft(&step, kind, version, desk, along);
        self.commit(draft).await?;
        Meter::CaseSteps.count_by("kind", kind);
        tracing::debug!(case.id = %step.case.id, kind, state = %step.case.state_name(), "case.step");
        Ok(step.case)
    }

    async fn load_desk(&self, person: PersonId) -> Result<LoadedDesk, EngineError> {
        let (desk, version) = match self.parts.store.desk(person).await? {
            Some(row) => (crate::bytes::read(&row.snapshot)?, row.version),
            None => (Desk::new(person), 0),
        };
        Ok(LoadedDesk { before: desk.clone(), desk, version })
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
        match self.decide(Some(loaded), person, Input::Superseded, Along::default()).await {
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
        Input::Take { .. } => "take",
        Input::Dispose { .. } => "dispose",
        Input::FactorRevoked { .. } => "factor_revoked",
        Input::Superseded => "superseded",
    }
}
