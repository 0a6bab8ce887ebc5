//! What must hold, whatever happens: the rules of the machine, looked at after every step for
//! everything that changed.
//!
//! Nothing here believes a snapshot: each case is replayed from its journal, step by step, and
//! every step is judged by what those outside of the engine know they did.

mod actions;
mod desk;
mod end;
mod evidence;
mod step;

use std::collections::{BTreeMap, BTreeSet};

use casework::{
    Case, Input,
    case::{self, Record, State},
    snapshot,
};
use model::{Alert, AlertId, CaseId, ChallengeId, FactorId, PersonId, StateName, Timestamp};
use ports::{
    Clock as _,
    store::{CaseRow, JournalEntry, Store as _, kept},
};
use runtime::analysts::REMARK;

use super::{
    cast::Cast,
    ledger::{Ledger, short},
    place::Place,
    world::World,
};

/// What is known of all cases.
#[derive(Default)]
pub(super) struct Rules {
    known: BTreeMap<CaseId, Known>,
    /// The case each alert is in.
    alerts: BTreeMap<AlertId, CaseId>,
    /// Cases that were ever closed by a proof.
    ever_verified: BTreeSet<CaseId>,
    /// Cases that were closed by what another case's proof had earned, until that is looked at.
    suppressed: Vec<(CaseId, CaseId)>,
    /// Challenges of which a case was told that they were refused on a device.
    heard: BTreeSet<ChallengeId>,
    /// What each local proof was made with.
    spent: BTreeMap<(FactorId, u64), CaseId>,
    /// When alerts about somebody's ways to prove were taken, by position in the chain.
    factor_alerts: BTreeMap<PersonId, Vec<(u64, Timestamp)>>,
    /// The latest time that ever was.
    latest: Option<Timestamp>,
    actions: actions::Actions,
    /// How many messages of each chat were looked at.
    messages_read: BTreeMap<String, usize>,
}

/// What is known of a case.
struct Known {
    case: Case,
    /// The last entry of its journal that was looked at.
    seq: u64,
    steps: u64,
    /// When each of its alerts happened at the earliest, by our own receipt too.
    happened_at: Timestamp,
    /// Whether any of its alerts is about somebody's ways to prove.
    is_about_factors: bool,
    /// Everything that any of its alerts named.
    named: BTreeSet<String>,
}

/// Against what a step is judged.
struct Around<'a> {
    place: &'a Place,
    cast: &'a Cast,
    ledger: &'a Ledger,
}

impl Rules {
    /// Looks at what changed; returns lines for the trace.
    pub(super) fn check(
        &mut self,
        place: &Place,
        cast: &Cast,
        ledger: &Ledger,
    ) -> Result<Vec<String>, String> {
        let now = place.clock.now();
        self.latest = Some(self.latest.map_or(now, |latest| latest.max(now)));
        let around = Around { place, cast, ledger };
        let (cases, mut desks) = place.witness.take_changed();
        let mut lines = Vec::new();
        for id in cases {
            let line = self.case(id, &around).map_err(|what| format!("{id}: {what}"))?;
            lines.push(line);
            let subject = self.known[&id].case.subject.as_ref();
            desks.extend(subject.map(|subject| subject.person));
        }
        // Of cases that changed together none was looked at before the others.
        for (case, by) in std::mem::take(&mut self.suppressed) {
            if !self.ever_verified.contains(&by) {
                return Err(format!("{case}: is suppressed by {by}, which nobody ever proved"));
            }
        }
        for person in desks {
            self.desk(person, &around).map_err(|what| format!("{person}: {what}"))?;
        }
        self.messages(&around)?;
        self.actions.asked(place)?;
        Ok(lines)
    }

    /// Every case, as it is.
    pub(super) fn cases(&self) -> impl Iterator<Item = &Case> {
        self.known.values().map(|known| &known.case)
    }

    /// How cases ended, by reason.
    pub(super) fn ends(&self) -> BTreeMap<&'static str, u64> {
        let mut ends = BTreeMap::new();
        for case in self.cases() {
            let word = case.reason().map_or("open", |reason| reason.name());
            *ends.entry(word).or_default() += 1;
        }
        ends
    }

    fn case(&mut self, id: CaseId, around: &Around<'_>) -> Result<String, String> {
        let row = World::read(around.place.store.case(id)).map_err(|error| error.to_string())?;
        let row = row.ok_or("changed, and is not there")?;
        let stored: Case = snapshot::decode(&row.snapshot).map_err(|error| error.to_string())?;
        let mut path = self.follow(id, around)?;
        let known = &self.known[&id];
        if known.case != stored {
            return Err("its journal replays to something else than its snapshot".to_owned());
        }
        if known.steps != row.version {
            return Err(format!("{} steps made version {}", known.steps, row.version));
        }
        mirrored(&row, &stored)?;
        at_rest(&stored, around.place)?;
        path.push(stored.state_name().name().to_owned());
        let reason = stored.reason().map(|reason| format!(" ({reason})")).unwrap_or_default();
        Ok(format!("{} v{} {}{reason}", short(id), row.version, path.join(" → ")))
    }

    /// Replays what is new in a case's journal, and judges every step.
    fn follow(&mut self, id: CaseId, around: &Around<'_>) -> Result<Vec<String>, String> {
        let seq = self.known.get(&id).map_or(0, |known| known.seq);
        let entries = World::read(around.place.store.journal(Some(id), seq, u32::MAX));
        let entries: Vec<JournalEntry> = entries.map_err(|error| error.to_string())?;
        let mut path = Vec::new();
        for entry in entries.iter().filter(|entry| entry.kind != REMARK) {
            let record: Record =
                snapshot::decode(&entry.data).map_err(|error| error.to_string())?;
            path.push(entry.kind.trim_start_matches("case.").to_owned());
            self.take_alert(id, &record.input)?;
            let before = self.known.remove(&id);
            let next = before.as_ref().map(|known| known.case.clone());
            let next = case::replay_onto(next, [record.clone()])
                .map_err(|refusal| format!("its journal does not replay: {refusal}"))?
                .ok_or("its journal replays to nothing")?;
            let known = Known::after(before.as_ref(), next, entry.seq, &record);
            self.step(before.as_ref(), &known, &record, around)?;
            self.note_factor_alert(&known, &record);
            self.known.insert(id, known);
        }
        Ok(path)
    }

    /// Every alert is in one case, once.
    fn take_alert(&mut self, case: CaseId, input: &Input) -> Result<(), String> {
        let Some(alert) = alert_of(input).map(|alert| alert.id) else { return Ok(()) };
        match self.alerts.insert(alert, case) {
            None => Ok(()),
            Some(other) => Err(format!("{alert} is in {other} and in {case}")),
        }
    }

    fn note_factor_alert(&mut self, known: &Known, record: &Record) {
        let subject = known.case.subject.as_ref();
        let alert = alert_of(&record.input).filter(|alert| is_about_factors(alert));
        if let (Some(subject), Some(_)) = (subject, alert) {
            let taken = (known.seq, record.moment.now);
            self.factor_alerts.entry(subject.person).or_default().push(taken);
        }
    }

    /// Whether more than one proof is outstanding for a person. What had run out at any time
    /// before does not come back because the clock is set back.
    fn outstanding(&self, person: PersonId) -> usize {
        let of_person = self.cases().filter(|case| is_about(case, person));
        let open = of_person.filter_map(Case::challenge);
        open.filter(|open| self.latest.is_some_and(|latest| open.expires_at > latest)).count()
    }
}

impl Known {
    fn after(before: Option<&Self>, case: Case, seq: u64, record: &Record) -> Self {
        let alert = alert_of(&record.input);
        let mut known = Self {
            case,
            seq,
            steps: before.map_or(0, |known| known.steps) + 1,
            happened_at: before.map_or(Timestamp::MAX, |known| known.happened_at),
            is_about_factors: before.is_some_and(|known| known.is_about_factors),
            named: before.map(|known| known.named.clone()).unwrap_or_default(),
        };
        if let Some(alert) = alert {
            let happened_at = alert.time.min(alert.received_at);
            known.happened_at = known.happened_at.min(happened_at);
            known.is_about_factors |= is_about_factors(alert);
            known.named.extend(alert.facts.values().map(model::FactValue::shown));
        }
        known
    }
}

fn alert_of(input: &Input) -> Option<&Alert> {
    match input {
        Input::Open(opening) => Some(&opening.alert),
        Input::Join { alert, .. } => Some(alert),
        _ => None,
    }
}

/// The cast's alerts about ways to prove are of these rules.
fn is_about_factors(alert: &Alert) -> bool {
    alert.rule.starts_with("mfa")
}

/// What listings and filters show is what the case is.
fn mirrored(row: &CaseRow, case: &Case) -> Result<(), String> {
    let is_same = row.state == case.state_name()
        && row.reason == case.reason()
        && row.person == case.subject.as_ref().map(|subject| subject.person)
        && row.severity == case.severity
        && row.group_key == case.group_key
        && row.deadline_at == case.deadline_at.map(kept)
        && row.alerts == case.alert_count;
    if is_same { Ok(()) } else { Err("its row says something else than its snapshot".to_owned()) }
}

/// An open case that is not with a person comes to one by itself (rule 3), and no channel is asked
/// through twice.
fn at_rest(case: &Case, place: &Place) -> Result<(), String> {
    let is_moving = !matches!(case.state_name(), StateName::Escalated | StateName::Closed);
    if is_moving {
        let deadline = case.deadline_at.ok_or("is open and has no deadline")?;
        let wakes = ["deadline", "shadow"];
        let timers = place.store.timers_of(case.id);
        let is_woken = |timer: &ports::store::TimerRow| {
            wakes.contains(&timer.name.as_str()) && timer.due <= deadline
        };
        if !timers.iter().any(is_woken) {
            return Err("is open and no timer is set at its deadline".to_owned());
        }
    }
    let messages = case.ask.iter().flat_map(|ask| &ask.messages).filter(|sent| sent.is_main);
    let mut channels = BTreeSet::new();
    for sent in messages {
        if !channels.insert(&sent.channel) {
            return Err(format!("was asked twice through {}", sent.channel));
        }
    }
    if let State::Closed { reason, proof, .. } = &case.state
        && proof.is_some() != (*reason == model::Reason::Verified)
    {
        return Err("is verified without a proof, or holds one without being verified".to_owned());
    }
    Ok(())
}

fn is_about(case: &Case, person: PersonId) -> bool {
    case.subject.as_ref().is_some_and(|subject| subject.person == person)
}
