//! What an entry of the ledger can be asked.

use model::{ActionId, ActionState, Timestamp, Undo};

use super::{Asker, Entry, Order, PLAN_LIFE, Stage};

impl Entry {
    /// An action that was just asked for: what would be done is being found out.
    #[must_use]
    pub fn new(order: Order, needs: u32, asked_at: Timestamp) -> Self {
        Self {
            order,
            asked_at,
            begun_at: None,
            needs,
            approvals: Vec::new(),
            held: None,
            plan: None,
            is_ours: false,
            unwanted_by: None,
            looks: 0,
            detail: String::new(),
            stage: Stage::Planned { until: PLAN_LIFE.after(asked_at) },
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> ActionId {
        self.order.id
    }

    /// The name of where it stands.
    #[must_use]
    pub fn state(&self) -> ActionState {
        match self.stage {
            Stage::Planned { .. } => ActionState::Planned,
            Stage::AwaitingApproval { .. } => ActionState::AwaitingApproval,
            Stage::Applying { .. } => ActionState::Applying,
            Stage::Applied { .. } => ActionState::Applied,
            Stage::Verified { .. } => ActionState::Verified,
            Stage::Reverting { .. } => ActionState::Reverting,
            Stage::Reverted { .. } => ActionState::Reverted,
            Stage::Failed { .. } => ActionState::Failed,
        }
    }

    /// Whether nobody has said yes to it: neither the one who asked nor one who approved.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        !matches!(self.order.by, Asker::Actor(_)) && self.approvals.is_empty()
    }

    /// Whether it can be taken back now.
    #[must_use]
    pub fn is_revertible(&self) -> bool {
        let stands = match &self.stage {
            Stage::Applied { .. } | Stage::Verified { .. } => true,
            Stage::Failed { may_stand, .. } => *may_stand,
            _ => false,
        };
        stands && self.is_ours && self.order.spec.undo == Undo::Reversible
    }

    /// When its time limit is over, as far as can be told by now.
    #[must_use]
    pub fn limit_at(&self) -> Option<Timestamp> {
        let limit = self.order.limit?;
        Some(limit.after(self.begun_at.unwrap_or(self.asked_at)))
    }

    /// When somebody has to look at it again, if nothing happens before.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Planned { until }
            | Stage::AwaitingApproval { until }
            | Stage::Applying { until }
            | Stage::Applied { until, .. }
            | Stage::Reverting { until, .. } => Some(*until),
            Stage::Verified { ends_at, .. } => *ends_at,
            Stage::Reverted { .. } | Stage::Failed { .. } => None,
        }
    }
}
