//! Actions by hand, approvals, and taking back.

use casework::{
    Case, Input,
    catalog::Catalog,
    input::Actor,
    ledger::{ActionEvent, Asker, Entry, Order, Spec, Trigger},
    playbook::{Playbook, RunEvent},
};
use model::{ActionId, CaseId, Personal, Span, TargetKind};
use std::sync::Arc;

use crate::{
    apply::Along,
    engine::{Engine, EngineError},
};

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 1_000;
/// The longest target, in characters.
pub const TARGET_CHARS_MAX: usize = 500;

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
        let mut catalog = Catalog { playbooks: self.playbooks(), ..Catalog::default() };
        for (name, responder) in &self.parts.responders {
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
        for (name, enricher) in &self.parts.enrichers {
            let fields = enricher.fields();
            let fields = fields.map(|names| names.iter().map(|it| (*it).to_owned()).collect());
            catalog.enrichers.insert(name.clone(), fields);
        }
        catalog
    }

    /// Asks for an action; returns its entry as it stands then.
    pub async fn order(&self, case: CaseId, by: Actor, wish: ByHand) -> Result<Entry, EngineError> {
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
        let id = ActionId::from_parts(self.now(), self.parts.entropy.bits());
        let order = Order {
            id,
            action: wish.action,
            spec,
            target,
            reason: Personal::from(reason),
            limit: wish.limit,
            by: Asker::Actor(by),
            trigger: Trigger::Hand,
        };
        let case = self.apply(case, Input::Order(Box::new(order)), Along::default()).await?;
        entry_of(&case, id)
    }

    /// Something that a person does about an action.
    pub async fn act_on(
        &self,
        case: CaseId,
        action: ActionId,
        event: ActionEvent,
    ) -> Result<Entry, EngineError> {
        let input = Input::Action { action, event: Box::new(event) };
        let case = self.apply(case, input, Along::default()).await?;
        entry_of(&case, action)
    }

    /// Begins a playbook by hand.
    pub async fn play(
        &self,
        case: CaseId,
        playbook: Arc<Playbook>,
        by: Actor,
    ) -> Result<Case, EngineError> {
        Ok(self.apply(case, Input::Play { playbook, by }, Along::default()).await?)
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
