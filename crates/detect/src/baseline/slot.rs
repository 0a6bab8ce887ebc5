//! What an entity knows for one baseline: a head that all kinds share, the marks, and what the kind
//! itself has learned.
//!
//! ```text
//! kind and number of marks 1 · first day 2 · last day 2 · days 1 · events 2 · marks × 11
//! · the kind's own
//! ```

use smallvec::SmallVec;

use super::{
    Baseline, Entity, Kind, Lessons, Memory, Step, Token,
    bytes::{Reader, put, u8_at, u16_at},
    mark::{DENIED_QUIET_S, MARK_BYTES, MARKS_MAX, Mark, Marked, Standing},
};

const DAY_S: u32 = 86_400;
const FIRST: usize = 1;
const LAST: usize = 3;
const DAYS: usize = 5;
const EVENTS: usize = 6;
/// The first byte is the kind, and sixteen times the number of marks.
const MARK: u8 = 16;
/// The bytes of the head.
pub(super) const HEAD_BYTES: usize = 8;

/// One baseline's part of an entity.
pub(super) struct Slot<'e> {
    entity: &'e mut Entity,
    index: usize,
}

/// What an event found when it came, and what it changed in the head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    /// Whether enough was known before it came.
    pub(super) is_armed: bool,
    /// Whether it came too late to be learned from or raised.
    pub(super) is_late: bool,
    /// Whether it is the first of its day.
    pub(super) is_new_day: bool,
    /// The last day on which the entity was seen before; today where it never was.
    pub(super) last: u16,
    /// Days on which the entity was seen before.
    pub(super) days: u8,
    /// Events before it.
    pub(super) events: u16,
    /// How long it has been known.
    pub(super) age_days: u16,
}

impl<'e> Slot<'e> {
    pub(super) fn at(entity: &'e mut Entity, index: usize) -> Self {
        Self { entity, index }
    }

    /// The head of a slot in which nothing has been seen.
    pub(super) fn empty(kind: u8) -> [u8; HEAD_BYTES] {
        let mut head = [0; HEAD_BYTES];
        head[0] = kind;
        head
    }

    /// Its name.
    pub(super) fn name(&self) -> u64 {
        self.entity.name(self.index)
    }

    /// The kind's own bytes.
    pub(super) fn body(&self) -> &[u8] {
        body(self.entity.slot_bytes(self.index))
    }

    pub(super) fn body_mut(&mut self) -> &mut [u8] {
        let all = self.entity.slot_bytes_mut(self.index);
        let start = body_start(all);
        all.get_mut(start..).unwrap_or_default()
    }

    /// Puts bytes in the place of others of the kind's own.
    pub(super) fn splice(&mut self, at: usize, removed: usize, inserted: &[u8]) {
        let start = body_start(self.entity.slot_bytes(self.index));
        self.entity.splice(self.index, start + at, removed, inserted);
    }

    /// Puts other bytes in the place of all of the kind's own.
    pub(super) fn replace(&mut self, body: &[u8]) {
        let length = self.body().len();
        self.splice(0, length, body);
    }

    fn head(&mut self) -> &mut [u8] {
        self.entity.slot_bytes_mut(self.index)
    }

    /// Counts an event, and says what was known before. What was not seen for too long is
    /// forgotten first.
    pub(super) fn visit(
        &mut self,
        baseline: &Baseline,
        step: &Step<'_>,
        is_late: bool,
        lessons: &mut Lessons,
    ) -> Visit {
        let (memory, today) = (baseline.memory, step.moment.local.day);
        let mut seen = Seen::read(self.entity.slot_bytes(self.index));
        if seen.events > 0 && today.saturating_sub(seen.last) > memory.forget_days {
            self.restart();
            seen = Seen::default();
        }
        let visit = Visit {
            is_armed: seen.events > 0 && seen.is_enough(memory, today),
            is_late,
            is_new_day: !is_late && (seen.days == 0 || today > seen.last),
            last: if seen.days == 0 { today } else { seen.last },
            days: seen.days,
            events: seen.events,
            age_days: if seen.events == 0 { 0 } else { today.saturating_sub(seen.first) },
        };
        let generation = |day: u16| day / memory.generation_days();
        let is_new_generation = seen.days == 0 || generation(today) > generation(seen.last);
        seen.count(today, visit.is_new_day);
        seen.write(self.head());
        if visit.is_new_day && matches!(baseline.kind, Kind::FirstSeen(_)) {
            let is_armed = seen.is_enough(memory, today);
            if is_new_generation || (is_armed && !visit.is_armed) {
                lessons.here(baseline, step, is_new_generation, is_armed);
            }
        }
        visit
    }

    /// Keeps a slot in which nothing has been seen yet from being forgotten as one not used.
    pub(super) fn keep(&mut self, today: u16) {
        if Seen::read(self.head()).events == 0 {
            put(self.head(), LAST, today.to_le_bytes());
        }
    }

    /// Forgets everything but what was denied.
    fn restart(&mut self) {
        let denied: SmallVec<[u8; 64]> = self
            .marks()
            .filter(|mark| mark.standing == Standing::Denied)
            .flat_map(Mark::write)
            .collect();
        self.replace(&[]);
        self.put_marks(&denied);
        Seen::default().write(self.head());
    }

    fn marks(&self) -> impl Iterator<Item = Mark> {
        marks(self.entity.slot_bytes(self.index))
    }

    /// What is marked of a value. What was confirmed stays so while it is used; what is denied is
    /// raised at most once in an hour.
    pub(super) fn marked(&mut self, value: Token, memory: Memory, now: u32) -> Marked {
        let found = self.marks().find(|mark| mark.value == value);
        let Some(mark) = found else { return Marked::No };
        let age_s = now.saturating_sub(mark.at);
        match mark.standing {
            Standing::Open if mark.is_open(now) => Marked::Quiet,
            Standing::Open => Marked::No,
            Standing::Confirmed if age_s > u32::from(memory.forget_days) * DAY_S => Marked::No,
            Standing::Confirmed => {
                if age_s > DAY_S {
                    self.mark(value, Standing::Confirmed, now);
                }
                Marked::Quiet
            }
            Standing::Denied if age_s < DENIED_QUIET_S => Marked::Quiet,
            Standing::Denied => {
                self.mark(value, Standing::Denied, now);
                Marked::Denied
            }
        }
    }

    /// The values under investigation.
    pub(super) fn open_values(&self, now: u32) -> SmallVec<[Token; 16]> {
        self.marks().filter(|mark| mark.is_open(now)).map(|mark| mark.value).collect()
    }

    /// Whether something of it is under investigation.
    pub(super) fn is_frozen(&self, now: u32) -> bool {
        self.marks().any(|mark| mark.is_open(now))
    }

    /// Marks a value, in the place of what was marked of it before. Where there is no room, the
    /// mark gives way that matters least, the oldest first.
    pub(super) fn mark(&mut self, value: Token, standing: Standing, now: u32) {
        let mut marks: SmallVec<[Mark; 16]> = self
            .marks()
            .filter(|mark| mark.value != value)
            .filter(|mark| mark.standing != Standing::Open || mark.is_open(now))
            .collect();
        if marks.len() >= MARKS_MAX {
            let least = marks.iter().enumerate().min_by_key(|(_, it)| (it.standing, it.at));
            let least = least.map_or(0, |(at, _)| at);
            marks.remove(least);
        }
        marks.push(Mark { value, at: now, standing });
        let bytes: SmallVec<[u8; 256]> = marks.into_iter().flat_map(Mark::write).collect();
        self.put_marks(&bytes);
    }

    /// Removes the mark of a value.
    pub(super) fn unmark(&mut self, value: Token) {
        let bytes: SmallVec<[u8; 256]> =
            self.marks().filter(|mark| mark.value != value).flat_map(Mark::write).collect();
        self.put_marks(&bytes);
    }

    fn put_marks(&mut self, bytes: &[u8]) {
        let before = body_start(self.entity.slot_bytes(self.index)) - HEAD_BYTES;
        self.entity.splice(self.index, HEAD_BYTES, before, bytes);
        let count = u8::try_from(bytes.len() / MARK_BYTES).unwrap_or(0);
        let kind = kind(self.head());
        put(self.head(), 0, [kind + count * MARK]);
    }
}

/// The head, as numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) days: u8,
    pub(super) events: u16,
}

impl Seen {
    pub(super) fn read(bytes: &[u8]) -> Self {
        Self {
            first: u16_at(bytes, FIRST),
            last: u16_at(bytes, LAST),
            days: u8_at(bytes, DAYS),
            events: u16_at(bytes, EVENTS),
        }
    }

    fn write(self, bytes: &mut [u8]) {
        put(bytes, FIRST, self.first.to_le_bytes());
        put(bytes, LAST, self.last.to_le_bytes());
        put(bytes, DAYS, [self.days]);
        put(bytes, EVENTS, self.events.to_le_bytes());
    }

    pub(super) fn is_enough(self, memory: Memory, today: u16) -> bool {
        self.events >= memory.events
            && self.days >= memory.days
            && today.saturating_sub(self.first) >= memory.learn_days
    }

    fn count(&mut self, today: u16, is_new_day: bool) {
        if self.events == 0 {
            (self.first, self.last) = (today, today);
        }
        if is_new_day {
            self.last = today;
            self.days = self.days.saturating_add(1);
        }
        self.events = self.events.saturating_add(1);
    }
}

/// The marks among a slot's bytes.
pub(super) fn marks(bytes: &[u8]) -> impl Iterator<Item = Mark> {
    let count = usize::from(u8_at(bytes, 0) / MARK);
    let mut reader = Reader::of(bytes.get(HEAD_BYTES..).unwrap_or_default());
    (0..count).filter_map(move |_| Mark::read(&mut reader))
}

/// What kind a slot's bytes are of.
pub(super) fn kind(bytes: &[u8]) -> u8 {
    u8_at(bytes, 0) % MARK
}

/// The last day on which a slot was used, by its bytes.
pub(super) fn last_day(bytes: &[u8]) -> u16 {
    u16_at(bytes, LAST)
}

/// The kind's own bytes, of all of a slot's.
pub(super) fn body(bytes: &[u8]) -> &[u8] {
    bytes.get(body_start(bytes)..).unwrap_or_default()
}

/// Where the kind's own bytes begin.
fn body_start(bytes: &[u8]) -> usize {
    (HEAD_BYTES + usize::from(u8_at(bytes, 0) / MARK) * MARK_BYTES).min(bytes.len())
}
