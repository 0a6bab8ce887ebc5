//! What has been learned of one entity.
//!
//! ```text
//! form 1 · slots 1 · stamp 8 · newest 4 · slots × (name 6 · end 2) · the slots' bytes
//! ```
//!
//! The same bytes lie in memory and in the store: a million entities cost what their values cost,
//! and saving one is a copy. What a slot holds is told in `baseline/slot.rs` and by each kind.

use super::{
    Baseline, Baselines, Finding, Kind, Lessons, Moment, Observation, Step, Verdict,
    bytes::{put, u8_at, u16_at, u32_at, u48_at, u64_at},
    counts, first_seen,
    mark::DENIED_QUIET_S,
    session,
    slot::{self, HEAD_BYTES, Slot},
    token::Token,
    travel,
};

/// The most bytes that an entity keeps over all its baselines; with its place in a table it stays
/// below 16 kB. Beyond, the oldest of what takes most room is forgotten.
pub const ENTITY_BYTES_MAX: usize = 15 * 1_024;
/// How many baselines (and windows of them) an entity keeps; the one not used for longest gives
/// way.
pub const SLOTS_MAX: usize = 64;

const FORM: u8 = 1;
const COUNT: usize = 1;
const STAMP: usize = 2;
const NEWEST: usize = 10;
const ENTRIES: usize = 14;
const ENTRY_BYTES: usize = 8;
const END: usize = 6;
/// Room is made in steps of so many bytes.
const GROWTH_BYTES: usize = 16;
/// Room beyond twice of what is used and this is given back.
const SPARE_BYTES: usize = 64;

/// What has been learned of one entity, over all baselines that share its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Entity {
    bytes: Vec<u8>,
}

/// Why stored bytes are no entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntityError {
    /// Another version of Countersign wrote it.
    #[error("written in form {0}, which this version does not know")]
    Form(u8),
    /// It is not what was written.
    #[error("not readable")]
    Damaged,
}

impl Default for Entity {
    fn default() -> Self {
        let mut bytes = vec![0; ENTRIES];
        bytes[0] = FORM;
        Self { bytes }
    }
}

impl Entity {
    /// Says that a batch of the log is about to be applied; `position` is its place there. False
    /// when the entity has seen this batch or a later one: then nothing of the batch may be
    /// applied to it. To be called once a batch, before the first [`Entity::apply`] or
    /// [`Entity::learn`] of it.
    #[must_use]
    pub fn enter(&mut self, position: u64) -> bool {
        let stamp = position.saturating_add(1);
        if stamp <= u64_at(&self.bytes, STAMP) {
            return false;
        }
        put(&mut self.bytes, STAMP, stamp.to_le_bytes());
        true
    }

    /// Applies an observation: what is unusual comes back, what is usual is learned.
    pub fn apply(
        &mut self,
        baseline: &Baseline,
        observation: &Observation,
        step: &Step<'_>,
        lessons: &mut Lessons,
    ) -> Option<Finding> {
        let is_late = self.advance(step.moment);
        let is_familiar = observation.is_familiar;
        // What is familiar is learned at once, as what was confirmed.
        let tuning = if is_familiar { step.tuning.unasked() } else { step.tuning };
        let step = &Step { tuning, ..*step };
        let mut finding = match &baseline.kind {
            Kind::FirstSeen(_) => {
                let mut slot = self.slot(baseline.slot, Tag::FirstSeen);
                let visit = slot.visit(baseline, step, is_late, lessons);
                first_seen::apply(&mut slot, baseline, observation, step, visit, lessons)
            }
            Kind::Counts(of) => self.count(baseline, of, observation, step, is_late, lessons),
            Kind::Travel(of) => {
                let mut slot = self.slot(baseline.slot, Tag::Travel);
                let visit = slot.visit(baseline, step, is_late, lessons);
                travel::apply(&mut slot, baseline, (of, is_familiar), step, visit)
            }
            Kind::SessionChange(of) => {
                let mut slot = self.slot(baseline.slot, Tag::Session);
                let visit = slot.visit(baseline, step, is_late, lessons);
                session::apply(&mut slot, baseline, of, step, visit)
            }
        };
        self.stay_small();
        if let Some(finding) = &mut finding {
            finding.belongs_to(observation.entity, step);
        }
        // A person's word is worth more than any sign.
        finding.filter(|finding| !is_familiar || finding.is_of_denied())
    }

    /// Every window counts the event; what scores highest is told.
    fn count(
        &mut self,
        baseline: &Baseline,
        of: &super::Counts,
        observation: &Observation,
        step: &Step<'_>,
        is_late: bool,
        lessons: &mut Lessons,
    ) -> Option<Finding> {
        let mut highest: Option<Finding> = None;
        for (at, window) in of.windows.iter().enumerate() {
            let mut slot = self.slot(window.slot, Tag::Counts);
            let visit = slot.visit(baseline, step, is_late, lessons);
            let place = counts::Place { baseline, of, window: *window, is_first: at == 0 };
            let finding = counts::apply(&mut slot, &place, observation, step, visit, lessons);
            if let Some(finding) = finding
                && highest.as_ref().is_none_or(|other| finding.score > other.score)
            {
                highest = Some(finding);
            }
        }
        highest
    }

    /// Takes in a person's verdict on what was raised; one on a baseline that is gone changes
    /// nothing.
    pub fn learn(
        &mut self,
        baselines: &Baselines,
        verdict: &Verdict,
        moment: &Moment<'_>,
        lessons: &mut Lessons,
    ) {
        let Some((baseline, tag)) = baselines.at_slot(verdict.subject.slot) else { return };
        let mut slot = self.slot(verdict.subject.slot, tag);
        slot.keep(moment.local.day);
        match tag {
            Tag::FirstSeen => first_seen::learn(&mut slot, baseline, verdict, moment, lessons),
            Tag::Counts => counts::learn(&mut slot, baseline, verdict, moment),
            Tag::Travel | Tag::Session => {
                // What is denied is raised again when it comes again, however soon.
                let at = moment.seconds.saturating_sub(DENIED_QUIET_S);
                for value in &verdict.subject.values {
                    slot.mark(*value, verdict.standing(), at);
                }
            }
        }
        self.stay_small();
    }

    /// Forgets what belongs to no baseline any more, and what was not used for as long as its
    /// baseline remembers. False when nothing is left: the entity itself may then be forgotten.
    pub fn tidy(&mut self, baselines: &Baselines, moment: &Moment<'_>) -> bool {
        let today = moment.local.day;
        for index in (0..self.count_slots()).rev() {
            let (name, bytes) = (self.name(index), self.slot_bytes(index));
            let is_kept = baselines.at_slot(name).is_some_and(|(baseline, tag)| {
                let age_days = today.saturating_sub(slot::last_day(bytes));
                slot::kind(bytes) == tag as u8 && age_days <= baseline.memory.forget_days
            });
            if !is_kept {
                self.remove(index);
            }
        }
        self.bytes.shrink_to(self.bytes.len() + GROWTH_BYTES);
        self.count_slots() > 0
    }

    /// Reads what [`Entity::encode`] has written. Any bytes are an entity or an error.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntityError> {
        match bytes.first() {
            Some(&FORM) => {}
            Some(form) => return Err(EntityError::Form(*form)),
            None => return Err(EntityError::Damaged),
        }
        let entity = Self { bytes: bytes.to_vec() };
        if entity.is_whole() { Ok(entity) } else { Err(EntityError::Damaged) }
    }

    /// Appends it to bytes.
    pub fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.bytes);
    }

    /// The bytes it takes in memory, with what its container keeps and what an allocator adds.
    #[must_use]
    pub fn footprint_bytes(&self) -> usize {
        const ALLOCATION_BYTES: usize = 8;
        let heap = (self.bytes.capacity() + ALLOCATION_BYTES).next_multiple_of(16);
        size_of::<Self>() + heap
    }

    fn is_whole(&self) -> bool {
        let count = self.count_slots();
        if self.bytes.len() < ENTRIES + count * ENTRY_BYTES || count > SLOTS_MAX {
            return false;
        }
        let ends: Vec<usize> = (0..count).map(|index| self.end(index)).collect();
        let starts = [0].iter().chain(&ends);
        let is_in_order = starts.zip(&ends).all(|(start, end)| start + HEAD_BYTES <= *end);
        is_in_order && self.first_byte() + ends.last().unwrap_or(&0) == self.bytes.len()
    }

    /// Moves the entity's clock, and says whether the event is late.
    fn advance(&mut self, moment: &Moment<'_>) -> bool {
        let newest = u32_at(&self.bytes, NEWEST);
        if moment.seconds > newest {
            put(&mut self.bytes, NEWEST, moment.seconds.to_le_bytes());
        }
        moment.is_late(newest)
    }

    fn count_slots(&self) -> usize {
        usize::from(u8_at(&self.bytes, COUNT))
    }

    pub(super) fn name(&self, index: usize) -> u64 {
        u48_at(&self.bytes, ENTRIES + index * ENTRY_BYTES)
    }

    /// Where a slot's bytes end, counted from where the first one's begin.
    fn end(&self, index: usize) -> usize {
        usize::from(u16_at(&self.bytes, ENTRIES + index * ENTRY_BYTES + END))
    }

    fn put_end(&mut self, index: usize, end: usize) {
        let end = u16::try_from(end).expect("an entity is held far below 64 kB");
        put(&mut self.bytes, ENTRIES + index * ENTRY_BYTES + END, end.to_le_bytes());
    }

    fn first_byte(&self) -> usize {
        ENTRIES + self.count_slots() * ENTRY_BYTES
    }

    fn range(&self, index: usize) -> std::ops::Range<usize> {
        let start = if index == 0 { 0 } else { self.end(index - 1) };
        let first = self.first_byte();
        first + start..first + self.end(index)
    }

    /// The bytes of a slot by its name; none where there is no such slot.
    pub(super) fn bytes_of(&self, name: u64) -> &[u8] {
        self.find(name).map_or(&[], |index| self.slot_bytes(index))
    }

    pub(super) fn slot_bytes(&self, index: usize) -> &[u8] {
        self.bytes.get(self.range(index)).unwrap_or_default()
    }

    pub(super) fn slot_bytes_mut(&mut self, index: usize) -> &mut [u8] {
        let range = self.range(index);
        self.bytes.get_mut(range).unwrap_or_default()
    }

    fn find(&self, name: u64) -> Option<usize> {
        let entries = self.bytes.get(ENTRIES..self.first_byte())?;
        entries.chunks_exact(ENTRY_BYTES).position(|entry| u48_at(entry, 0) == name)
    }

    /// The slot of that name; a new one where there is none, or where another kind's lies.
    fn slot(&mut self, name: u64, tag: Tag) -> Slot<'_> {
        let index = match self.find(name) {
            Some(index) if slot::kind(self.slot_bytes(index)) == tag as u8 => index,
            Some(index) => {
                self.remove(index);
                self.add(name, tag)
            }
            None => self.add(name, tag),
        };
        Slot::at(self, index)
    }

    fn add(&mut self, name: u64, tag: Tag) -> usize {
        if self.count_slots() >= SLOTS_MAX {
            let oldest = (0..self.count_slots())
                .min_by_key(|index| slot::last_day(self.slot_bytes(*index)))
                .unwrap_or(0);
            self.remove(oldest);
        }
        let index = self.count_slots();
        let start = if index == 0 { 0 } else { self.end(index - 1) };
        let mut entry = [0; ENTRY_BYTES];
        put(&mut entry, 0, Token(name).to_bytes());
        let first = self.first_byte();
        splice(&mut self.bytes, first, 0, &entry);
        self.put_count(index + 1);
        self.put_end(index, start);
        self.splice(index, 0, 0, &Slot::empty(tag as u8));
        index
    }

    fn remove(&mut self, index: usize) {
        let length = self.slot_bytes(index).len();
        self.splice(index, 0, length, &[]);
        splice(&mut self.bytes, ENTRIES + index * ENTRY_BYTES, ENTRY_BYTES, &[]);
        self.put_count(self.count_slots() - 1);
    }

    fn put_count(&mut self, count: usize) {
        let count = u8::try_from(count).expect("there are at most 64 slots");
        put(&mut self.bytes, COUNT, [count]);
    }

    /// Puts bytes in the place of others of a slot.
    pub(super) fn splice(&mut self, index: usize, at: usize, removed: usize, inserted: &[u8]) {
        let range = self.range(index);
        let at = (range.start + at).min(range.end);
        let removed = removed.min(range.end - at);
        if removed == inserted.len() {
            self.bytes[at..at + removed].copy_from_slice(inserted);
            return;
        }
        splice(&mut self.bytes, at, removed, inserted);
        for later in index..self.count_slots() {
            self.put_end(later, self.end(later) + inserted.len() - removed);
        }
    }

    /// Forgets the oldest of what takes most room, until all of it is small enough.
    fn stay_small(&mut self) {
        if self.bytes.len() <= ENTITY_BYTES_MAX {
            return;
        }
        while self.bytes.len() > ENTITY_BYTES_MAX {
            let longest = (0..self.count_slots()).max_by_key(|at| self.slot_bytes(*at).len());
            let Some(index) = longest else { break };
            let before = self.bytes.len();
            let kind = slot::kind(self.slot_bytes(index));
            let mut slot = Slot::at(self, index);
            match kind {
                of if of == Tag::FirstSeen as u8 => first_seen::shed(&mut slot),
                of if of == Tag::Counts as u8 => counts::shed(&mut slot),
                _ => {}
            }
            if self.bytes.len() == before {
                self.remove(index);
            }
        }
        self.bytes.shrink_to(self.bytes.len() + GROWTH_BYTES);
    }
}

/// What is in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    FirstSeen = 1,
    Counts = 2,
    Travel = 3,
    Session = 4,
}

impl Tag {
    pub(super) fn of(kind: &Kind) -> Self {
        match kind {
            Kind::FirstSeen(_) => Self::FirstSeen,
            Kind::Counts(_) => Self::Counts,
            Kind::Travel(_) => Self::Travel,
            Kind::SessionChange(_) => Self::Session,
        }
    }
}

fn splice(bytes: &mut Vec<u8>, at: usize, removed: usize, inserted: &[u8]) {
    let (length, tail) = (bytes.len(), at + removed);
    if let Some(more) = inserted.len().checked_sub(removed) {
        if bytes.capacity() - length < more {
            bytes.reserve_exact((length + more).next_multiple_of(GROWTH_BYTES) - length);
        }
        bytes.resize(length + more, 0);
        bytes.copy_within(tail..length, tail + more);
    } else {
        bytes.copy_within(tail..length, at + inserted.len());
        bytes.truncate(length - (removed - inserted.len()));
        // A sketch that has gone leaves a kilobyte.
        if bytes.capacity() > 2 * bytes.len() + SPARE_BYTES {
            bytes.shrink_to(bytes.len() + GROWTH_BYTES);
        }
    }
    bytes[at..at + inserted.len()].copy_from_slice(inserted);
}

/// What was learned is about a person.
impl std::fmt::Debug for Entity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[entity of {} slots, {} bytes]", self.count_slots(), self.bytes.len())
    }
}
