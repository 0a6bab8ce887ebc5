//! `first_seen`: a value that the entity has not had before.
//!
//! ```text
//! learned today 1 · values × (token 6 · last day 2 · how often 1), in the order of the tokens
//! ```
//!
//! A new value is as surprising as new values are rare for this entity: with `known` values on
//! `days` days it is `log2((days + 2) / (known + 1))` bits. Where peers count, that is scaled by how
//! rare the value is among them: what everybody else uses surprises nobody.

use smallvec::SmallVec;

use super::{
    Baseline, Explanation, Finding, Lessons, Moment, Observation, Peers, Step, Token, Verdict,
    bytes::{put, u8_at, u16_at, u48_at},
    explain::Whose,
    mark::{DENIED_QUIET_S, Marked, Standing},
    slot::{Slot, Visit},
    verdict::VALUES_MAX,
};

/// How many values are remembered; the one not seen for longest gives way.
pub(super) const KNOWN_MAX: usize = 200;
/// The most bits that a new value is worth.
const BITS_MAX: f64 = 8.0;
/// The score of a value that was denied before.
pub(super) const DENIED_SCORE: f64 = 100.0;
/// So many new values are learned in a day while everything is new.
const LEARNED_A_DAY_MAX: usize = 64;
/// So many at least once enough is known, or a tenth of what is.
const LEARNED_A_DAY: usize = 4;
/// How many usual values an explanation names.
const USUAL_MAX: usize = 3;

const ENTRIES: usize = 1;
const ENTRY_BYTES: usize = 9;
const LAST: usize = 6;
const TIMES: usize = 8;

pub(super) fn apply(
    slot: &mut Slot<'_>,
    baseline: &Baseline,
    observation: &Observation,
    step: &Step<'_>,
    visit: Visit,
    lessons: &mut Lessons,
) -> Option<Finding> {
    begin(slot, visit.is_new_day);
    let mut new: SmallVec<[Token; 2]> = SmallVec::new();
    for value in &observation.values {
        if !is_known(slot, baseline, *value, step, visit.is_late, lessons) {
            new.push(*value);
        }
    }
    // What comes late is neither raised nor learned.
    if new.is_empty() || visit.is_late {
        return None;
    }
    judge(slot, baseline, &new, step, visit, lessons)
}

/// Raises or learns values that are new.
fn judge(
    slot: &mut Slot<'_>,
    baseline: &Baseline,
    new: &[Token],
    step: &Step<'_>,
    visit: Visit,
    lessons: &mut Lessons,
) -> Option<Finding> {
    let now = step.moment.seconds;
    let mut raised: SmallVec<[(f64, Token); 2]> = SmallVec::new();
    let mut quiet: SmallVec<[Token; 2]> = SmallVec::new();
    for value in new {
        match slot.marked(*value, baseline.memory, now) {
            Marked::Denied => return Some(denied(baseline, *value, step)),
            Marked::Quiet => {}
            Marked::No => match surprise(slot, baseline, *value, step, visit) {
                score if step.tuning.is_reached(score) => raised.push((score, *value)),
                _ => quiet.push(*value),
            },
        }
    }
    // Nothing is learned from an event that is asked about, or while another one is.
    let is_held = step.tuning.is_asked() && !raised.is_empty();
    if !is_held && !slot.is_frozen(now) {
        for value in quiet {
            learn_one(slot, baseline, value, step, visit.is_armed, lessons);
        }
    }
    raised.sort_by(|one, other| other.0.total_cmp(&one.0));
    raised.truncate(VALUES_MAX);
    let (score, value) = *raised.first()?;
    let explanation = explain(slot, baseline, value, step, visit);
    let values: SmallVec<[Token; 2]> = raised.iter().map(|(_, value)| *value).collect();
    for value in &values {
        if step.tuning.is_asked() {
            slot.mark(*value, Standing::Open, now);
        } else {
            insert(slot, *value, step.moment.local.day, baseline.memory.forget_days);
            lessons.known(baseline, step, *value);
        }
    }
    Some(Finding::new(score, explanation, baseline.slot, &values))
}

pub(super) fn learn(
    slot: &mut Slot<'_>,
    baseline: &Baseline,
    verdict: &Verdict,
    moment: &Moment<'_>,
    lessons: &mut Lessons,
) {
    begin(slot, false);
    for value in &verdict.subject.values {
        if verdict.is_confirmed {
            slot.unmark(*value);
            insert(slot, *value, moment.local.day, baseline.memory.forget_days);
            lessons.confirmed(baseline, moment, *value);
        } else {
            if let Ok(at) = find(slot.body(), *value) {
                slot.splice(at, ENTRY_BYTES, &[]);
            }
            slot.mark(*value, Standing::Denied, moment.seconds.saturating_sub(DENIED_QUIET_S));
        }
    }
}

/// Forgets a quarter of the values, those not seen for longest.
pub(super) fn shed(slot: &mut Slot<'_>) {
    let mut ranks: Vec<_> = entries(slot.body()).map(|known| known.rank()).collect();
    ranks.sort_unstable();
    let Some(newest_to_go) = ranks.get(ranks.len().div_ceil(4).saturating_sub(1)) else { return };
    let body = slot.body();
    let mut kept: SmallVec<[u8; 512]> = SmallVec::from_slice(&body[..ENTRIES.min(body.len())]);
    let stored = body.get(ENTRIES..).unwrap_or_default().chunks_exact(ENTRY_BYTES);
    for (known, bytes) in entries(body).zip(stored) {
        if known.rank() > *newest_to_go {
            kept.extend_from_slice(bytes);
        }
    }
    slot.replace(&kept);
}

fn begin(slot: &mut Slot<'_>, is_new_day: bool) {
    if slot.body().is_empty() {
        slot.splice(0, 0, &[0]);
    } else if is_new_day {
        put(slot.body_mut(), 0, [0]);
    }
}

/// Whether a value is known; then this sighting of it is remembered.
fn is_known(
    slot: &mut Slot<'_>,
    baseline: &Baseline,
    value: Token,
    step: &Step<'_>,
    is_late: bool,
    lessons: &mut Lessons,
) -> bool {
    let (memory, today) = (baseline.memory, step.moment.local.day);
    let body = slot.body_mut();
    let Ok(at) = find(body, value) else { return false };
    let last = u16_at(body, at + LAST);
    if today.saturating_sub(last) > memory.forget_days {
        slot.splice(at, ENTRY_BYTES, &[]);
        return false;
    }
    let times = u8_at(body, at + TIMES).saturating_add(1);
    put(body, at + TIMES, [times]);
    if today > last && !is_late {
        put(body, at + LAST, today.to_le_bytes());
        if today / memory.generation_days() > last / memory.generation_days() {
            lessons.known(baseline, step, value);
        }
    }
    true
}

/// How surprising a new value is, in bits; nothing while too little is known.
fn surprise(
    slot: &Slot<'_>,
    baseline: &Baseline,
    value: Token,
    step: &Step<'_>,
    visit: Visit,
) -> f64 {
    if !visit.is_armed {
        return f64::NEG_INFINITY;
    }
    let days = f64::from(u16::from(visit.days).min(baseline.memory.forget_days));
    let known = remembered(slot, baseline, step.moment.local.day).count() as f64;
    let own = ((days + 2.0) / (known + 1.0)).log2().clamp(0.0, BITS_MAX);
    if baseline.peers == Peers::None {
        return own;
    }
    let rarity = step.organisation.peers(baseline, step, value).map_or(1.0, |(know, of)| {
        let all = f64::from(of) + 2.0;
        (all / (f64::from(know) + 1.0)).log2() / all.log2()
    });
    own * rarity.clamp(0.0, 1.0)
}

fn explain(
    slot: &Slot<'_>,
    baseline: &Baseline,
    value: Token,
    step: &Step<'_>,
    visit: Visit,
) -> Explanation {
    let mut known: Vec<(u8, Token)> =
        remembered(slot, baseline, step.moment.local.day).map(|it| (it.times, it.value)).collect();
    known.sort_unstable_by(|one, other| other.cmp(one));
    let legible = known.iter().filter_map(|(_, value)| value.legible());
    let usual: Vec<String> = legible.take(USUAL_MAX).collect();
    Explanation::FirstSeen {
        what: baseline.what(),
        value: baseline.value_text(step.event, value),
        whose: Whose::of(&baseline.entity, step.event),
        age_days: visit.age_days,
        events: visit.events,
        others: known.len() - usual.len(),
        usual,
        peers: step.organisation.peers(baseline, step, value),
    }
}

fn denied(baseline: &Baseline, value: Token, step: &Step<'_>) -> Finding {
    let text = baseline.value_text(step.event, value);
    let explanation = Explanation::Denied { what: baseline.what(), value: text };
    Finding::new(DENIED_SCORE, explanation, baseline.slot, &[value])
}

/// Learns a value, unless too many were learned today.
fn learn_one(
    slot: &mut Slot<'_>,
    baseline: &Baseline,
    value: Token,
    step: &Step<'_>,
    is_armed: bool,
    lessons: &mut Lessons,
) {
    let learned = u8_at(slot.body(), 0);
    let known = entries(slot.body()).len();
    let most = if is_armed { LEARNED_A_DAY.max(known / 10) } else { LEARNED_A_DAY_MAX };
    if usize::from(learned) >= most {
        return;
    }
    put(slot.body_mut(), 0, [learned + 1]);
    insert(slot, value, step.moment.local.day, baseline.memory.forget_days);
    lessons.known(baseline, step, value);
}

/// One value, as it is remembered.
struct Known {
    value: Token,
    last: u16,
    times: u8,
}

impl Known {
    /// In the order in which values give way.
    fn rank(&self) -> (u16, u8, Token) {
        (self.last, self.times, self.value)
    }
}

fn entries(body: &[u8]) -> impl ExactSizeIterator<Item = Known> {
    body.get(ENTRIES..).unwrap_or_default().chunks_exact(ENTRY_BYTES).map(|entry| Known {
        value: Token(u48_at(entry, 0)),
        last: u16_at(entry, LAST),
        times: u8_at(entry, TIMES),
    })
}

fn remembered(slot: &Slot<'_>, baseline: &Baseline, today: u16) -> impl Iterator<Item = Known> {
    let forget_days = baseline.memory.forget_days;
    entries(slot.body()).filter(move |known| today.saturating_sub(known.last) <= forget_days)
}

/// Where a value stands, or would stand.
fn find(body: &[u8], value: Token) -> Result<usize, usize> {
    let count = body.len().saturating_sub(ENTRIES) / ENTRY_BYTES;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        let at = ENTRIES + middle * ENTRY_BYTES;
        match u48_at(body, at).cmp(&value.0) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Ok(at),
        }
    }
    Err(ENTRIES + low * ENTRY_BYTES)
}

fn insert(slot: &mut Slot<'_>, value: Token, today: u16, forget_days: u16) {
    if find(slot.body(), value).is_ok() {
        return;
    }
    forget_outdated(slot, today, forget_days);
    if entries(slot.body()).len() >= KNOWN_MAX {
        forget_oldest(slot);
    }
    let Err(at) = find(slot.body(), value) else { return };
    let mut entry = [0; ENTRY_BYTES];
    put(&mut entry, 0, value.to_bytes());
    put(&mut entry, LAST, today.to_le_bytes());
    put(&mut entry, TIMES, [1]);
    slot.splice(at, 0, &entry);
}

fn forget_outdated(slot: &mut Slot<'_>, today: u16, forget_days: u16) {
    let count = entries(slot.body()).len();
    for index in (0..count).rev() {
        let last = u16_at(slot.body(), ENTRIES + index * ENTRY_BYTES + LAST);
        if today.saturating_sub(last) > forget_days {
            forget(slot, index);
        }
    }
}

fn forget_oldest(slot: &mut Slot<'_>) {
    let oldest = entries(slot.body()).enumerate().min_by_key(|(_, known)| known.rank());
    let oldest = oldest.map(|(index, _)| index);
    if let Some(index) = oldest {
        forget(slot, index);
    }
}

fn forget(slot: &mut Slot<'_>, index: usize) {
    slot.splice(ENTRIES + index * ENTRY_BYTES, ENTRY_BYTES, &[]);
}

#[cfg(test)]
mod tests;
