//! How many people have to agree to an action.

use model::{Confidence, Outcome, Radius, Undo};

use super::{Asker, Order, Trigger};

/// How many approvals an order needs, none of them by who asked.
///
/// What a person denies without proving it may end that person's sessions and no more (R29):
/// whatever is wider or lasts is done only where the rule itself is sure, or somebody approves. No
/// answer is no guilt. What nobody can take back always needs somebody's yes.
#[must_use]
pub fn approvals_needed(order: &Order, confidence: Confidence) -> u32 {
    let by_radius = match order.spec.radius {
        Radius::Session | Radius::Device | Radius::Person => {
            u32::from(!may_go_alone(order, confidence))
        }
        Radius::Shared => 1,
        Radius::Organisation => 2,
    };
    let by_undo = u32::from(order.spec.undo == Undo::Irreversible);
    by_radius.max(by_undo)
}

/// Whether an action on one person goes ahead without an approval.
fn may_go_alone(order: &Order, confidence: Confidence) -> bool {
    let is_sure = confidence == Confidence::High;
    let heals = order.spec.undo == Undo::SelfHealing || order.spec.radius == Radius::Session;
    match (&order.by, order.trigger) {
        (Asker::Actor(_), _) | (_, Trigger::Hand) => true,
        (_, Trigger::Opening) => is_sure,
        (_, Trigger::Outcome(Outcome::Denied | Outcome::Conflict)) => heals || is_sure,
        (_, Trigger::Outcome(Outcome::Verified)) => true,
        (_, Trigger::Outcome(_)) => heals && is_sure,
    }
}
