//! What happened, seen from outside the engine: what was stored, what was sent, and what must
//! never be seen. The store and the vendors of the world tell it; [`super::rules`] asks it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::{CaseId, ChallengeId, DeliveryId, PersonId};
use ports::store::{Commit, OutboxRow, RecordOp, Space, WorkKey};

/// In every text about a person, so that one that leaks is found.
pub(super) const MARK: &str = "zqx";
/// The beginning of every code that is shown for a device. No word of it is one that stored JSON is
/// squeezed with, so that it stays readable in what is stored.
pub(super) const CODE_MARK: &str = "qzjxkvwq";
/// What people type in a chat for a code out of an authenticator.
pub(super) const TYPED_CODE: &str = "918273645546";
/// The length of an answer token.
const TOKEN_CHARS: usize = 71;

/// Shared by all of a world.
#[derive(Debug, Clone, Default)]
pub(super) struct Witness(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    /// Messages that were decided, and how much had gone wrong by then.
    decided: BTreeMap<u128, u64>,
    copies: BTreeMap<u128, u64>,
    challenges: BTreeSet<String>,
    cases: BTreeSet<CaseId>,
    desks: BTreeSet<PersonId>,
    tokens: BTreeSet<String>,
    disruptions: u64,
    /// Whether somebody is still at work who read the clock before it was set back.
    is_turned_back: bool,
    /// The fence of the latest claim of each piece of work.
    fences: BTreeMap<(String, String), u64>,
    /// Pieces of work that were claimed.
    claimed: u64,
    /// Destination and case of what was worth nothing any more when it was claimed.
    lapsed: BTreeSet<(String, CaseId)>,
    wrongs: Vec<String>,
}

impl Witness {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something that must not be.
    pub(super) fn wrong(&self, what: impl Into<String>) {
        self.notes().wrongs.push(what.into());
    }

    pub(super) fn first_wrong(&self) -> Option<String> {
        self.notes().wrongs.first().cloned()
    }

    /// Something after which a message may be sent once more.
    pub(super) fn disrupt(&self) {
        self.notes().disruptions += 1;
    }

    /// The clock was set back. Whoever read it before takes the lease of what is born from now on
    /// for one that has lapsed.
    pub(super) fn turn_back(&self) {
        self.disrupt();
        self.notes().is_turned_back = true;
    }

    /// Nobody is at work.
    pub(super) fn rest(&self) {
        self.notes().is_turned_back = false;
    }

    /// Work was claimed.
    pub(super) fn claimed(&self, keys: impl IntoIterator<Item = WorkKey>) {
        let mut notes = self.notes();
        for key in keys {
            let (name, fence) = named(&key);
            notes.fences.insert(name, fence);
            notes.claimed += 1;
        }
    }

    /// Work was claimed that time has made worthless.
    pub(super) fn lapsed<'a>(&self, rows: impl Iterator<Item = &'a OutboxRow>) {
        let of_case = rows.filter_map(|row| Some((row.destination.clone(), row.case?)));
        self.notes().lapsed.extend(of_case);
    }

    /// Whether some message of a case came too late for its destination.
    pub(super) fn has_lapsed(&self, destination: &str, case: CaseId) -> bool {
        self.notes().lapsed.contains(&(destination.to_owned(), case))
    }

    pub(super) fn claims(&self) -> u64 {
        self.notes().claimed
    }

    /// A transaction took effect.
    pub(super) fn stored(&self, commit: &Commit) {
        self.scan(commit);
        let mut notes = self.notes();
        for key in commit.done.iter().chain(commit.put_back.iter().map(|each| &each.work)) {
            let (name, fence) = named(key);
            if notes.fences.get(&name).is_some_and(|latest| fence < *latest) {
                notes.wrongs.push(format!("{name:?} was written with a lease that had passed"));
            }
        }
        let disruptions = notes.disruptions - u64::from(notes.is_turned_back);
        for row in &commit.outbox {
            notes.decided.entry(row.id.bits()).or_insert(disruptions);
        }
        for op in &commit.records {
            if let RecordOp::Insert { record, .. } = op
                && record.space == Space::Challenge
            {
                notes.challenges.insert(record.key.clone());
            }
        }
        notes.cases.extend(commit.case.iter().map(|case| case.id));
        notes.desks.extend(commit.desk.iter().map(|desk| desk.person));
    }

    /// Nothing that is stored holds what only a session or a message may hold (R5, R11, R21).
    fn scan(&self, commit: &Commit) {
        let journal = commit.journal.iter().map(|entry| &entry.data);
        let outbox = commit.outbox.iter().map(|row| &row.payload);
        let cases = commit.case.iter().map(|case| &case.snapshot);
        let desks = commit.desk.iter().map(|desk| &desk.snapshot);
        let records = commit.records.iter().filter_map(|op| match op {
            RecordOp::Put(record)
            | RecordOp::Insert { record, .. }
            | RecordOp::Swap { record, .. } => Some(&record.value),
            RecordOp::Take { .. } | RecordOp::Delete { .. } => None,
        });
        for bytes in journal.chain(outbox).chain(cases).chain(desks).chain(records) {
            self.scan_text("the store", &String::from_utf8_lossy(bytes));
        }
    }

    /// Nothing that lasts holds a code or a token.
    pub(super) fn scan_text(&self, place: &str, text: &str) {
        for (mark, what) in [(CODE_MARK, "a device's code"), (TYPED_CODE, "a typed code")] {
            if text.contains(mark) {
                self.wrong(format!("{what} is in {place}"));
            }
        }
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        for word in text.as_bytes().split(|byte| !is_part(*byte)) {
            if word.len() < TOKEN_CHARS {
                continue;
            }
            let word = String::from_utf8_lossy(word);
            if self.notes().tokens.contains(&*word) {
                self.wrong(format!("a usable token is in {place}"));
            }
        }
    }

    /// A token was shown on a button.
    pub(super) fn shown(&self, token: &str) {
        if token.len() != TOKEN_CHARS {
            self.wrong(format!("a token of {} characters", token.len()));
        }
        self.notes().tokens.insert(token.to_owned());
    }

    /// A message goes out: it was decided and stored before (rule 4), and is not sent more often
    /// than what went wrong since then explains.
    pub(super) fn sent(&self, delivery: DeliveryId) {
        self.counted(delivery.bits(), &format!("message {delivery}"));
    }

    /// A page goes out. The pager takes copies, as they have one key: it only has to be decided.
    pub(super) fn paged(&self, delivery: DeliveryId) {
        if !self.notes().decided.contains_key(&delivery.bits()) {
            self.wrong(format!("page {delivery} was sent before it was stored"));
        }
    }

    /// An outcome is written: it was decided and stored before, and under its id nothing else was
    /// written.
    pub(super) fn written(&self, id: DeliveryId, is_same: bool) {
        if !self.notes().decided.contains_key(&id.bits()) {
            self.wrong(format!("outcome {id} was written before it was stored"));
        }
        if !is_same {
            self.wrong(format!("two outcomes were written as {id}"));
        }
    }

    /// A ceremony begins at a remote provider.
    pub(super) fn pushed(&self, challenge: ChallengeId) {
        if !self.notes().challenges.contains(&challenge.to_string()) {
            self.wrong(format!("{challenge} was begun before it was stored"));
        }
    }

    fn counted(&self, bits: u128, what: &str) {
        let mut notes = self.notes();
        let Some(before) = notes.decided.get(&bits).copied() else {
            notes.wrongs.push(format!("{what} was sent before it was stored"));
            return;
        };
        let excused = notes.disruptions - before;
        let copies = notes.copies.entry(bits).or_default();
        *copies += 1;
        let copies = *copies;
        if copies > 1 + excused {
            let text = format!("{what} was sent {copies} times, with {excused} disruptions");
            notes.wrongs.push(text);
        }
    }

    /// The cases and desks that changed since this was last asked.
    pub(super) fn take_changed(&self) -> (BTreeSet<CaseId>, BTreeSet<PersonId>) {
        let mut notes = self.notes();
        (std::mem::take(&mut notes.cases), std::mem::take(&mut notes.desks))
    }
}

/// A piece of work, and as of which claim.
fn named(key: &WorkKey) -> ((String, String), u64) {
    match key {
        WorkKey::Outbox { id, fence } => ((id.to_string(), String::new()), *fence),
        WorkKey::Timer { case, name, fence } => ((case.to_string(), name.clone()), *fence),
    }
}
