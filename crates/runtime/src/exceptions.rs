//! Exceptions: made by analysts, kept in the store, in force at once.

use std::collections::BTreeMap;

use casework::{
    count::About,
    input::Actor,
    policy::exception::{EXCEPTIONS_MAX, Exception, Exceptions},
};
use model::{DeliveryId, ExceptionId, Span, Timestamp};
use ports::store::{
    CaseQuery, CaseRow, Commit, Day, OutboxRow, Record, RecordOp, Space, StoreError,
    TALLIES_READ_MAX, TallyQuery,
};

use crate::{
    apply::Draft,
    bytes::{read, write},
    engine::{Engine, EngineError},
    lanes::LaneKind,
    task::{Task, new_row, told_of},
};

/// How many are read at once.
const PAGE: u32 = 500;
/// Of how long ago a preview looks at cases.
pub const PREVIEWED: Span = Span::days(30);
/// How many cases a preview looks at.
pub const PREVIEW_CASES_MAX: u32 = 500;
/// How a decision names an exception that hides.
const HIDING: &str = "exception:";

/// An exception, with what it has done.
#[derive(Debug, Clone)]
pub struct ExceptionReport {
    /// The exception.
    pub exception: Exception,
    /// How many alerts it has hidden.
    pub hits: u64,
    /// Whether it ends soon.
    pub is_lapsing: bool,
}

/// What an exception would have hidden.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// How many cases were looked at.
    pub looked_at: usize,
    /// Whether there were more than are looked at.
    pub is_cut: bool,
    /// How many alerts it would have hidden.
    pub alerts: usize,
    /// In which cases, newest first.
    pub cases: Vec<CaseRow>,
}

impl Engine {
    /// Reads the exceptions that are in force. Told after every change, and when the server starts.
    pub async fn load_exceptions(&self) -> Result<(), EngineError> {
        let _turn = self.inner.force_turn.lock().await;
        let all = self.stored_exceptions().await?;
        let (exceptions, broken) = Exceptions::of(all);
        for (exception, why) in broken {
            tracing::error!(exception = exception.id, %why, "an exception hides nothing");
        }
        self.parts.exceptions.store(std::sync::Arc::new(exceptions));
        Ok(())
    }

    /// All exceptions in force, oldest first.
    pub async fn exceptions(&self) -> Result<Vec<Exception>, EngineError> {
        let mut all = self.stored_exceptions().await?;
        all.sort_by_key(|exception| exception.created_at);
        Ok(all)
    }

    /// An id for an exception.
    #[must_use]
    pub fn new_exception_id(&self) -> String {
        ExceptionId::from_parts(self.now(), self.parts.entropy.bits()).to_string()
    }

    /// Takes an exception; it is in force when this returns.
    pub async fn add_exception(&self, exception: Exception) -> Result<(), EngineError> {
        let now = self.now();
        exception.check(now).map_err(|error| EngineError::Invalid(error.to_string()))?;
        let _turn = self.inner.adding_turn.lock().await;
        if self.stored_exceptions().await?.len() >= EXCEPTIONS_MAX {
            return Err(EngineError::Invalid(format!("at most {EXCEPTIONS_MAX} exceptions")));
        }
        let record = Record {
            space: Space::Exception,
            key: exception.id.clone(),
            owner: None,
            value: write(&exception),
            expires_at: Some(exception.expires_at),
        };
        let text = format!("made the exception {}", exception.id);
        let journal = vec![self.entry("exception.made", exception.owner.to_string(), text)];
        let records = vec![RecordOp::Insert { record, now }];
        let outbox = self.warnings_of(&exception, now);
        let commit = Commit { records, journal, outbox, ..Commit::default() };
        match self.commit(Draft::plain(commit)).await {
            Ok(()) => self.load_exceptions().await,
            Err(StoreError::Conflict) => {
                Err(EngineError::Invalid("there is an exception of this id".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The messages that warn of an exception's end: to who made it, and to the security team.
    fn warnings_of(&self, exception: &Exception, now: Timestamp) -> Vec<OutboxRow> {
        let Some(due) = exception.warned_at().filter(|at| *at > now) else { return Vec::new() };
        let reporters = self.parts.settings.reporters.iter().cloned().map(LaneKind::Report);
        let chat = self.parts.chats.first().map(|(name, _)| LaneKind::Chat(name.clone()));
        let chat = chat.filter(|_| matches!(exception.owner, Actor::Person(_)));
        let of_exception = DeliveryId::from_parts(now, self.parts.entropy.bits());
        let row = |lane: LaneKind| {
            let lane = lane.name();
            let delivery = told_of(of_exception, &lane);
            let task = Task::Lapse { delivery, exception: exception.id.clone() };
            OutboxRow { due, ..new_row(&lane, None, task, now, exception.expires_at) }
        };
        chat.into_iter().chain(reporters).map(row).collect()
    }

    /// How many alerts an exception has hidden.
    pub(crate) async fn hidden_by(&self, id: &str) -> Result<u64, EngineError> {
        let now = self.now();
        let key = About::Hiding(&format!("{HIDING}{id}")).key();
        let (from, to) = (Day::first_kept(now), Day::of(now));
        let query = TallyQuery { prefix: key.clone(), from, to, limit: TALLIES_READ_MAX };
        let tallies = self.parts.store.tallies(&query).await?;
        let hits: i64 = tallies.iter().filter(|it| it.key == key).map(|it| it.n).sum();
        Ok(u64::try_from(hits).unwrap_or_default())
    }

    /// Ends an exception.
    pub async fn end_exception(&self, id: &str, by: &Actor) -> Result<(), EngineError> {
        let taken = RecordOp::Take { space: Space::Exception, key: id.to_owned(), now: self.now() };
        let journal = vec![self.entry(
            "exception.ended",
            by.to_string(),
            format!("ended the exception {id}"),
        )];
        let commit = Commit { records: vec![taken], journal, ..Commit::default() };
        self.parts.store.commit(commit).await?;
        self.load_exceptions().await
    }

    /// All exceptions in force, oldest first, each with what it has done.
    pub async fn exception_reports(&self) -> Result<Vec<ExceptionReport>, EngineError> {
        let now = self.now();
        let query = TallyQuery {
            prefix: About::Hiding(HIDING).key(),
            from: Day::first_kept(now),
            to: Day::of(now),
            limit: TALLIES_READ_MAX,
        };
        let tallies = self.parts.store.tallies(&query).await?;
        let hits: BTreeMap<&str, i64> =
            tallies.iter().map(|tally| (tally.key.as_str(), tally.n)).collect();
        let report = |exception: Exception| {
            let key = About::Hiding(&format!("{HIDING}{}", exception.id)).key();
            let hits = hits.get(key.as_str()).copied().unwrap_or_default();
            let is_lapsing = exception.is_lapsing(now);
            ExceptionReport { exception, hits: u64::try_from(hits).unwrap_or_default(), is_lapsing }
        };
        Ok(self.exceptions().await?.into_iter().map(report).collect())
    }

    /// What an exception would have hidden of the cases of the last [`PREVIEWED`], newest first.
    pub async fn preview_exception(&self, exception: &Exception) -> Result<Preview, EngineError> {
        let now = self.now();
        exception.check(now).map_err(|error| EngineError::Invalid(error.to_string()))?;
        let query = CaseQuery {
            people: exception.person.into_iter().collect(),
            rules: exception.rule.clone().into_iter().collect(),
            after: Some(PREVIEWED.before(now)),
            limit: PREVIEW_CASES_MAX + 1,
            ..CaseQuery::default()
        };
        let mut rows = self.parts.store.cases(&query).await?;
        let is_cut = rows.len() > PREVIEW_CASES_MAX as usize;
        rows.truncate(PREVIEW_CASES_MAX as usize);
        let mut preview = Preview { looked_at: rows.len(), is_cut, ..Preview::default() };
        for row in rows {
            let case = self.case(row.id).await?;
            let person = case.subject.as_ref().map(|subject| subject.person);
            let person = person.and_then(|person| self.parts.directory.person(person));
            let mut hidden = 0;
            for alert in &case.alerts {
                let hides = exception.hides(alert, person.as_deref(), &case.known);
                let hides = hides.map_err(|error| EngineError::Invalid(error.to_string()))?;
                hidden += usize::from(hides);
            }
            preview.alerts += hidden;
            if hidden > 0 {
                preview.cases.push(row);
            }
        }
        Ok(preview)
    }

    async fn stored_exceptions(&self) -> Result<Vec<Exception>, EngineError> {
        let now: Timestamp = self.now();
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.parts.store.records(Space::Exception, None, &after, now, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            if let Some(last) = page.last() {
                after.clone_from(&last.key);
            }
            for record in &page {
                all.push(read(&record.value)?);
            }
            if is_last {
                return Ok(all);
            }
        }
    }
}
