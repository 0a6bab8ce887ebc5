//! Actions by hand, approvals, and taking back.

use casework::{
    Case, Input,
    case::Refusal,
    catalog::Catalog,
    input::Actor,
    ledger::{ActionEvent, Asker, Entry, Order, Spec, Trigger, approvals_needed},
    playbook::{self, Given, Playbook, RunEvent},
};
use model::{ActionId, Answer, CaseId, Personal, Reason, Span, TargetKind, Undo};
use ports::{
    enricher::Enricher,
    responder::{Plan, Responder},
    store::{Record, Space},
};
use std::{collections::BTreeMap, sync::Arc};

use crate::{
    apply::Along,
    bytes::read,
    engine::{Engine, EngineError},
    lanes::CALL_LIMIT,
    pause, steps,
};

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 1_000;
/// The longest time limit.
pub const LIMIT_MAX: Span = Span::days(30);
/// The longest target, in characters.
pub const TARGET_CHARS_MAX: usize = 500;

/// What an action would do.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// What is fixed about it.
    pub spec: Spec,
    /// How many people would have to approve.
    pub needs: u32,
    /// The requests, and whether they may and need be sent.
    pub plan: Plan,
}

/// Something that waits for an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The action's id, or the case and the number of the playbook's run, as `case_…/1`.
    pub key: String,
    /// In which case.
    pub case: CaseId,
}

/// An action that somebody asks for.
#[derive(Debug, Clone)]
pub struct ByHand {
    /// The responder and its action.
    pub action: String,
    /// Why.
    pub reason: String,
    /// The vendor's name for the target; the person's account when absent.
    pub target: Option<String>,
    /// After this it is taken back.
    pub limit: Option<Span>,
}

impl Engine {
    /// What may be done, by the responders' actions.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        let catalog = catalog(&self.parts.responders, &self.parts.enrichers);
        Catalog { playbooks: self.playbooks(), ..catalog }
    }

    /// Asks for an action; returns its entry as it stands then.
    pub async fn order(&self, case: CaseId, by: Actor, wish: ByHand) -> Result<Entry, EngineError> {
        let order = self.read_wish(by, wish)?;
        let id = order.id;
        let case = self.apply(case, Input::Order(Box::new(order)), Along::default()).await?;
        entry_of(&case, id)
    }

    /// What an action would do if somebody asked for it now: the very requests. Nothing is done or
    /// kept.
    pub async fn dry_run(
        &self,
        case: CaseId,
        by: Actor,
        wish: ByHand,
    ) -> Result<DryRun, EngineError> {
        let case = self.case(case).await?;
        let subject = case.subject.as_ref().map(|subject| subject.person);
        if matches!(&by, Actor::Person(person) if Some(*person) == subject) {
            return Err(Refusal::OwnCase.into());
        }
        let order = self.read_wish(by, wish)?;
        let name = order.action.split_once('.').map_or("", |(name, _)| name);
        let responder = self.parts.responders.get(name).ok_or(EngineError::NotFound)?;
        let needs = approvals_needed(&order, case.treatment.confidence);
        let (spec, entry) = (order.spec.clone(), Entry::new(order, needs, self.now()));
        let call = self.call_of(&case, &entry);
        let plan = responder.plan(&call);
        let plan = pause::within(&*self.parts.clock, CALL_LIMIT, plan).await?;
        Ok(DryRun { spec, needs, plan })
    }

    fn read_wish(&self, by: Actor, wish: ByHand) -> Result<Order, EngineError> {
        let invalid = |text: String| EngineError::Invalid(text);
        let catalog = self.catalog();
        let Some(spec) = catalog.actions.get(&wish.action).cloned() else {
            let (text, nearest) = catalog.unknown_run(&wish.action);
            let hint = nearest.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
            return Err(invalid(format!("{}: {text}{hint}", wish.action)));
        };
        let reason = checked(&wish.reason, "the reason", REASON_CHARS_MAX)?;
        let target = match &wish.target {
            Some(target) => Some(Personal::from(checked(target, "the target", TARGET_CHARS_MAX)?)),
            None if spec.target == TargetKind::Account => None,
            None => return Err(invalid(format!("{} needs a target", wish.action))),
        };
        if wish.limit.is_some_and(|limit| limit == Span::ZERO || limit > LIMIT_MAX) {
            return Err(invalid(format!("a time limit is more than nothing, {LIMIT_MAX} at most")));
        }
        if wish.limit.is_some() && spec.undo != Undo::Reversible {
            return Err(invalid(format!("{} takes no time limit: it is not undone", wish.action)));
        }
        Ok(Order {
            id: ActionId::from_parts(self.now(), self.parts.entropy.bits()),
            action: wish.action,
            spec,
            target,
            reason: Personal::from(reason),
            limit: wish.limit,
            by: Asker::Actor(by),
            trigger: Trigger::Hand,
        })
    }

    /// Something that a person does about an action; says in which case it is.
    pub async fn act_on(
        &self,
        action: ActionId,
        event: ActionEvent,
    ) -> Result<(CaseId, Entry), EngineError> {
        let case = self.case_of(action).await?;
        let input = Input::Action { action, event: Box::new(event) };
        let case = self.apply(case, input, Along::default()).await?;
        Ok((case.id, entry_of(&case, action)?))
    }

    /// The case of an action.
    async fn case_of(&self, action: ActionId) -> Result<CaseId, EngineError> {
        let (space, key) = (Space::Action, action.to_string());
        let record = self.parts.store.record(space, &key, self.now()).await?;
        read(&record.ok_or(EngineError::NotFound)?.value)
    }

    /// What waits for somebody's approval, oldest first: actions, then playbooks.
    pub async fn waiting(&self, after: &str, limit: u32) -> Result<Vec<Waiting>, EngineError> {
        let (space, now) = (Space::Waiting, self.now());
        let records = self.parts.store.records(space, None, after, now, limit).await?;
        let one = |record: Record| Ok(Waiting { case: read(&record.value)?, key: record.key });
        records.into_iter().map(one).collect()
    }

    /// The playbook of this id, where it is in force.
    pub fn playbook(&self, id: &str) -> Result<Arc<Playbook>, EngineError> {
        let playbooks = self.playbooks();
        if let Some(playbook) = playbooks.get(id) {
            return Ok(Arc::clone(playbook));
        }
        let (_, nearest) = self.catalog().unknown_run(id);
        let hint = nearest.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
        Err(EngineError::Invalid(format!("there is no such playbook{hint}")))
    }

    /// Begins a playbook by hand.
    pub async fn play(&self, case: CaseId, id: &str, by: Actor) -> Result<Case, EngineError> {
        let playbook = self.playbook(id)?;
        Ok(self.apply(case, Input::Play { playbook, by }, Along::default()).await?)
    }

    /// What a playbook would do in a case as it stands, line by line. Nothing is done or kept.
    pub async fn dry_play(&self, case: CaseId, id: &str) -> Result<Vec<String>, EngineError> {
        let (case, playbook) = (self.case(case).await?, self.playbook(id)?);
        let given = Given {
            severity: case.severity,
            is_denied: case.has_said(Answer::NotMe),
            is_proven: case.reason() == Some(Reason::Verified) || case.testimony.is_some(),
        };
        Ok(playbook::dry_run(&playbook, given))
    }

    /// Approves a step of a playbook, or stops one.
    pub async fn on_run(
        &self,
        case: CaseId,
        number: u32,
        event: RunEvent,
    ) -> Result<Case, EngineError> {
        Ok(self.apply(case, Input::Run { number, event }, Along::default()).await?)
    }
}

/// What a responder said that it would do, as far as that is known yet.
#[must_use]
pub fn plan_of(entry: &Entry) -> Option<Plan> {
    serde_json::from_str(&entry.plan.as_ref()?.data).ok()
}

/// What content may name where these are configured, beside our own steps of enrichment; playbooks
/// are content themselves.
#[must_use]
pub fn catalog(
    responders: &BTreeMap<String, Arc<dyn Responder>>,
    enrichers: &BTreeMap<String, Arc<dyn Enricher>>,
) -> Catalog {
    let mut catalog = Catalog { enrichers: steps::own_fields(), ..Catalog::default() };
    for (name, responder) in responders {
        for spec in responder.actions() {
            let own = Spec {
                target: spec.target,
                undo: spec.undo,
                radius: spec.radius,
                verify_within: spec.verify_within,
                what: spec.what.into_owned(),
            };
            catalog.actions.insert(format!("{name}.{}", spec.name), own);
        }
    }
    for (name, enricher) in enrichers {
        let fields = enricher.fields();
        let fields = fields.map(|names| names.iter().map(|it| (*it).to_owned()).collect());
        catalog.enrichers.insert(name.clone(), fields);
    }
    catalog
}

fn entry_of(case: &Case, id: ActionId) -> Result<Entry, EngineError> {
    let entry = case.ledger.iter().find(|entry| entry.id() == id);
    entry.cloned().ok_or(EngineError::NotFound)
}

fn checked(text: &str, what: &str, max: usize) -> Result<String, EngineError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > max {
        return Err(EngineError::Invalid(format!("{what} must have 1 to {max} characters")));
    }
    Ok(text.to_owned())
}
