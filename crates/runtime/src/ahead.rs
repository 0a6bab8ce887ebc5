//! What was read ahead of its use, and whether it still holds.
//!
//! What a step has left in memory, and what is read for many at once, is used a little later, when
//! somebody may have written since. So this process counts its writes, in a fixed number of
//! counters. Where none was counted since, what was read is what a fresh look would find. Writes
//! of another process are not seen here; as with every read, the versions in the commit catch
//! them, and what is older than [`FRESH_FOR`] is not used at all.

use std::sync::atomic::{AtomicU32, Ordering};

use casework::{Case, Desk};
use model::{CaseId, PersonId, Span, Timestamp};
use ports::store::{CaseRow, Claimed, DeskRow, Found, OutboxRow, Record, Wanted};

use crate::{
    bindings::{self, Binding},
    bytes::read,
    engine::{Engine, EngineError},
    lanes::LaneKind,
};

/// How long something read ahead may be used.
const FRESH_FOR: Span = Span::seconds(5);
/// How many counters there are. Two ids that share one void what was read of each other, which
/// costs a further read.
const COUNTERS: usize = 16_384;

/// Counts writes, by the id of the person or the case that they are about.
pub(crate) struct Writes(Vec<AtomicU32>);

impl Writes {
    pub(crate) fn new() -> Self {
        Self(std::iter::repeat_with(AtomicU32::default).take(COUNTERS).collect())
    }

    /// How many there were. To be asked before the reading.
    pub(crate) fn seen(&self, bits: u128) -> u32 {
        self.of(bits).load(Ordering::SeqCst)
    }

    /// Counts one. To be said after the writing, however it went.
    pub(crate) fn count(&self, bits: u128) {
        self.of(bits).fetch_add(1, Ordering::SeqCst);
    }

    fn of(&self, bits: u128) -> &AtomicU32 {
        let mixed = (bits as u64) ^ ((bits >> 64) as u64);
        let index = usize::try_from(mixed % COUNTERS as u64).unwrap_or_default();
        &self.0[index]
    }
}

/// Counts a write when it is over, also one that nobody waits for any more.
pub(crate) struct Counting<'a> {
    pub(crate) writes: &'a Writes,
    pub(crate) ids: [Option<u128>; 2],
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.ids.into_iter().flatten().for_each(|bits| self.writes.count(bits));
    }
}

/// A case with the version it was read at.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) case: Case,
    pub(crate) version: u64,
}

impl Loaded {
    fn of(row: &CaseRow) -> Result<Self, EngineError> {
        Ok(Self { case: read(&row.snapshot)?, version: row.version })
    }
}

/// A desk as it was read, or a new one.
#[derive(Clone)]
pub(crate) struct LoadedDesk {
    pub(crate) desk: Desk,
    pub(crate) version: u64,
}

/// A desk as a step left it.
pub(crate) struct DeskAfter {
    pub(crate) desk: Desk,
    /// The version it was read at.
    pub(crate) version: u64,
    /// A desk that the step did not change is not written.
    pub(crate) is_changed: bool,
}

impl DeskAfter {
    /// As it is once it was stored.
    pub(crate) fn stored(self) -> LoadedDesk {
        LoadedDesk { desk: self.desk, version: self.version + u64::from(self.is_changed) }
    }
}

impl LoadedDesk {
    /// The desk with what a step made of it.
    pub(crate) fn after(self, desk: Desk) -> DeskAfter {
        DeskAfter { is_changed: desk != self.desk, desk, version: self.version }
    }

    fn of(person: PersonId, row: Option<&DeskRow>) -> Result<Self, EngineError> {
        match row {
            Some(row) => Ok(Self { desk: read(&row.snapshot)?, version: row.version }),
            None => Ok(Self { desk: Desk::new(person), version: 0 }),
        }
    }
}

/// A case as it was read.
#[derive(Clone)]
pub(crate) struct Ahead {
    pub(crate) loaded: Loaded,
    read: Moment,
    /// What was read of the person it is about; that holds or does not by itself.
    pub(crate) person: Option<PersonAhead>,
}

/// What was read of a person.
#[derive(Clone)]
pub(crate) struct PersonAhead {
    person: PersonId,
    pub(crate) desk: LoadedDesk,
    /// The accounts bound to them, by chat, as far as they were read.
    bindings: Vec<(String, Option<Binding>)>,
    read: Moment,
}

/// When something was read.
#[derive(Clone, Copy)]
struct Moment {
    writes: u32,
    at: Timestamp,
}

impl PersonAhead {
    /// The account bound in a chat, if that was read.
    pub(crate) fn binding(&self, chat: &str) -> Option<&Option<Binding>> {
        self.bindings.iter().find(|(name, _)| name == chat).map(|(_, bound)| bound)
    }
}

impl Engine {
    fn reading(&self, bits: u128) -> Moment {
        Moment { writes: self.inner.writes.seen(bits), at: self.now() }
    }

    fn holds(&self, read: Moment, bits: u128) -> bool {
        let is_young = (read.at..FRESH_FOR.after(read.at)).contains(&self.now());
        is_young && read.writes == self.inner.writes.seen(bits)
    }

    /// The case, if it is still as it was read.
    pub(crate) fn still(&self, ahead: Ahead) -> Option<Loaded> {
        self.is_still(&ahead).then_some(ahead.loaded)
    }

    pub(crate) fn is_still(&self, ahead: &Ahead) -> bool {
        self.holds(ahead.read, ahead.loaded.case.id.bits())
    }

    /// What was read of a person, if it is still so.
    pub(crate) fn still_of<'a>(&self, ahead: Option<&'a PersonAhead>) -> Option<&'a PersonAhead> {
        ahead.filter(|ahead| self.holds(ahead.read, ahead.person.bits()))
    }

    /// Reads a case.
    pub(crate) async fn look(&self, id: CaseId) -> Result<Option<Ahead>, EngineError> {
        let read = self.reading(id.bits());
        let Some(row) = self.parts.store.case(id).await? else { return Ok(None) };
        Ok(Some(Ahead { loaded: Loaded::of(&row)?, read, person: None }))
    }

    /// Reads a desk.
    pub(crate) async fn load_desk(&self, person: PersonId) -> Result<LoadedDesk, EngineError> {
        LoadedDesk::of(person, self.parts.store.desk(person).await?.as_ref())
    }

    /// What a step has left: the case and, of the person, what was known and decided. The caller
    /// holds the person's lock, and has counted its own write.
    pub(crate) fn left(
        &self,
        loaded: Loaded,
        desk: Option<LoadedDesk>,
        bindings: Vec<(String, Option<Binding>)>,
    ) -> Ahead {
        let person = desk.map(|desk| {
            let person = desk.desk.person;
            PersonAhead { person, desk, bindings, read: self.reading(person.bits()) }
        });
        Ahead { read: self.reading(loaded.case.id.bits()), loaded, person }
    }

    /// Reads what claimed work will need.
    pub(crate) async fn read_ahead(
        &self,
        lane: &LaneKind,
        claimed: &[Claimed<OutboxRow>],
    ) -> Vec<Option<Ahead>> {
        let chat = match lane {
            LaneKind::Chat(chat) => std::slice::from_ref(chat),
            _ => &[],
        };
        self.ahead_of(claimed.iter().map(|claimed| claimed.work.case).collect(), chat).await
    }

    /// Reads these cases and what there is of the people they are about, each in its place. What
    /// cannot be read now, each reads for itself.
    pub(crate) async fn ahead_of(
        &self,
        cases: Vec<Option<CaseId>>,
        chats: &[String],
    ) -> Vec<Option<Ahead>> {
        let count = cases.len();
        match self.cases_ahead(cases).await {
            Ok(mut found) => {
                if let Err(error) = self.people_ahead(found.iter_mut().flatten(), chats).await {
                    tracing::debug!(%error, "desks were not read ahead");
                }
                found
            }
            Err(error) => {
                tracing::debug!(%error, "cases were not read ahead");
                (0..count).map(|_| None).collect()
            }
        }
    }

    async fn cases_ahead(
        &self,
        ids: Vec<Option<CaseId>>,
    ) -> Result<Vec<Option<Ahead>>, EngineError> {
        let moments: Vec<_> = ids.iter().flatten().map(|id| self.reading(id.bits())).collect();
        let wanted = Wanted { cases: ids.iter().flatten().copied().collect(), ..Wanted::default() };
        let Found { cases, .. } = self.parts.store.look_up(wanted, self.now()).await?;
        let mut rows = cases.into_iter().zip(moments);
        let mut next = |_| {
            let (row, read) = rows.next()?;
            Some(Ahead { loaded: Loaded::of(&row?).ok()?, read, person: None })
        };
        Ok(ids.into_iter().map(|id| id.and_then(&mut next)).collect())
    }

    async fn people_ahead<'a>(
        &self,
        cases: impl Iterator<Item = &'a mut Ahead>,
        chats: &[String],
    ) -> Result<(), EngineError> {
        let person = |ahead: &Ahead| ahead.loaded.case.subject.as_ref().map(|who| who.person);
        let cases = cases.filter_map(|ahead| Some((person(ahead)?, ahead)));
        let (people, cases): (Vec<_>, Vec<_>) = cases.unzip();
        let found = self.of_people(&people, chats, Wanted::default()).await?.0;
        for (ahead, person) in cases.into_iter().zip(found) {
            ahead.person = person;
        }
        Ok(())
    }

    /// Reads what there is of these people, together with what else is wanted.
    pub(crate) async fn of_people(
        &self,
        people: &[PersonId],
        chats: &[String],
        mut wanted: Wanted,
    ) -> Result<(Vec<Option<PersonAhead>>, Found), EngineError> {
        let moments: Vec<_> = people.iter().map(|person| self.reading(person.bits())).collect();
        let others = wanted.records.len();
        wanted.desks.extend(people);
        for person in people {
            wanted.records.extend(chats.iter().map(|chat| bindings::place(chat, *person)));
        }
        let mut found = self.parts.store.look_up(wanted, self.now()).await?;
        let mut records = found.records.split_off(others).into_iter();
        let desks = std::mem::take(&mut found.desks);
        let mut ahead = Vec::with_capacity(people.len());
        for ((person, moment), desk) in people.iter().zip(moments).zip(desks) {
            let bound: Vec<_> = records.by_ref().take(chats.len()).collect();
            ahead.push(person_of(*person, moment, desk.as_ref(), chats, &bound).ok());
        }
        Ok((ahead, found))
    }
}

fn person_of(
    person: PersonId,
    read_at: Moment,
    desk: Option<&DeskRow>,
    chats: &[String],
    bound: &[Option<Record>],
) -> Result<PersonAhead, EngineError> {
    let binding = |(chat, record): (&String, &Option<Record>)| {
        let bound = record.as_ref().map(|record| read(&record.value)).transpose()?;
        Ok((chat.clone(), bound))
    };
    let bindings = chats.iter().zip(bound).map(binding).collect::<Result<_, EngineError>>()?;
    Ok(PersonAhead { person, desk: LoadedDesk::of(person, desk)?, bindings, read: read_at })
}
