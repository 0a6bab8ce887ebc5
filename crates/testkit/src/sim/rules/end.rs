//! What must hold when everything has come to rest.

use casework::{Case, Input, case::Record, snapshot};
use model::{ActionState, CaseId, StateName};
use ports::{
    audit,
    store::{Store as _, memory::MemoryStore},
};
use runtime::analysts::REMARK;

use super::{Around, Rules};
use crate::sim::{
    cast::Cast,
    ledger::Ledger,
    place::{Mode, Place},
    vendors::Stood,
    world::World,
};

impl Rules {
    /// Looks at everything once more.
    pub(super) fn rest(&self, around: &Around<'_>) -> Result<(), String> {
        for (id, known) in &self.known {
            self.ended(&known.case, around).map_err(|what| format!("{id}: {what}"))?;
            written(&known.case, around.place).map_err(|what| format!("{id}: {what}"))?;
            replays(*id, &known.case, &around.place.store)
                .map_err(|what| format!("{id}: {what}"))?;
        }
        self.actions.rest(self.cases(), around)?;
        self.nothing_is_lost(around)?;
        let depth = World::read(around.place.store.outbox_depth());
        let depth = depth.map_err(|error| error.to_string())?;
        if !depth.is_empty() {
            return Err(format!("messages still wait: {depth:?}"));
        }
        match World::read(audit::verify(&around.place.store)) {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(broken)) => Err(broken.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The same for those who only have the world's parts.
    pub(in crate::sim) fn check_rest(
        &self,
        place: &Place,
        cast: &Cast,
        ledger: &Ledger,
    ) -> Result<(), String> {
        self.rest(&Around { place, cast, ledger })
    }

    fn ended(&self, case: &Case, around: &Around<'_>) -> Result<(), String> {
        let state = case.state_name();
        if !matches!(state, StateName::Escalated | StateName::Closed) {
            return Err(format!("never reached an end or a person: {state}"));
        }
        let Some(incident) = &case.incident else { return Ok(()) };
        for (name, pager) in &around.place.pagers {
            let is_open = pager.is_open(&case.dedup_key());
            let lane = format!("escalate.{name}");
            if is_open == Some(!incident.is_resolved) {
                continue;
            }
            // One that was resolved, or taken by somebody, before it was paged was never there.
            let is_needless = incident.is_resolved || incident.climb.taken.is_some();
            if is_open.is_none() && is_needless {
                continue;
            }
            if !is_given_up(case.id, &lane, around) {
                return Err(format!("its incident at {name} is {is_open:?}, not {incident:?}"));
            }
        }
        Ok(())
    }

    /// Every alert that was accepted is in the case that was named, and every question by hand was
    /// put; what was denied stays denied.
    fn nothing_is_lost(&self, around: &Around<'_>) -> Result<(), String> {
        let book = around.ledger.book();
        for (alert, case) in &book.accepted {
            if self.alerts.get(alert) != Some(case) {
                return Err(format!("{alert} was accepted into {case}, and is not there"));
            }
        }
        for case in book.asked_by_hand.iter().chain(&book.denied) {
            if !self.known.contains_key(case) {
                return Err(format!("{case} was opened, and is not there"));
            }
        }
        let mut refused = around.place.verifiers.values().flat_map(|verifier| verifier.refused());
        // Only where nothing goes wrong is a call that was answered sure to be told of.
        let is_clean = around.place.mode == Mode::Clean;
        if let Some(lost) = refused.find(|id| is_clean && !self.heard.contains(id)) {
            return Err(format!("{lost} was refused on the device, and nobody was told"));
        }
        for case in &book.denied {
            let known = &self.known[case].case;
            if !known.has_said(model::Answer::NotMe) {
                return Err(format!("a denial of {case} was taken and is lost"));
            }
        }
        Ok(())
    }
}

/// Where a case and its actions came to stands at the place for outcomes too. In a storm a place may
/// refuse one for good, and after four days nobody tries any more.
fn written(case: &Case, place: &Place) -> Result<(), String> {
    if place.mode == Mode::Stormy || place.witness.has_lapsed("writeback.siem", case.id) {
        return Ok(());
    }
    let settled = [ActionState::Verified, ActionState::Reverted, ActionState::Failed];
    let actions = case.ledger.iter().map(|entry| (entry.id(), entry.state()));
    let actions = actions.filter(|(_, state)| settled.contains(state));
    let actions = actions.map(|(id, state)| Stood::Action(id, state));
    let of_case = Stood::Case(case.id, case.state_name(), case.reason());
    match [of_case].into_iter().chain(actions).find(|stood| !place.siem.has(*stood)) {
        Some(missing) => Err(format!("nobody was told of {missing:?}")),
        None => Ok(()),
    }
}

fn records(case: CaseId, store: &MemoryStore) -> Result<Vec<Record>, String> {
    let entries = World::read(store.journal(Some(case), 0, u32::MAX));
    let entries = entries.map_err(|error| error.to_string())?;
    let steps = entries.iter().filter(|entry| entry.kind != REMARK);
    steps.map(|entry| snapshot::decode(&entry.data).map_err(|error| error.to_string())).collect()
}

/// The whole journal, once more from its beginning (rule 5).
fn replays(id: CaseId, case: &Case, store: &MemoryStore) -> Result<(), String> {
    let replayed =
        casework::case::replay(records(id, store)?).map_err(|refusal| refusal.to_string())?;
    if replayed.as_ref() == Some(case) {
        Ok(())
    } else {
        Err("its whole journal replays to something else".to_owned())
    }
}

/// Whether the case was told that a page could not be delivered there.
fn is_given_up(case: CaseId, lane: &str, around: &Around<'_>) -> bool {
    let records = records(case, &around.place.store).unwrap_or_default();
    records.iter().any(|record| match &record.input {
        Input::Paged { target, failure } => target == lane && failure.is_some(),
        _ => false,
    })
}
