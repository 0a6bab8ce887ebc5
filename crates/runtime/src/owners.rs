//! The owners of policies and playbooks, told of what those did by themselves.
//!
//! An owner is told where the directory knows them as a person; a team reads the security channel,
//! which is told of every action anyway.

use casework::{
    Case,
    ledger::{Asker, Entry},
    news::News,
};
use model::{ActionState, DeliveryId, Person, Timestamp};
use ports::store::OutboxRow;

use crate::{
    engine::Engine,
    lanes::LaneKind,
    task::{REPORT_LIFE, Task, new_row, told_of},
};

/// The template of the notice.
const TEMPLATE: &str = "action-owner";

impl Engine {
    /// The notices that follow from what a step has to tell: one for each automatic action that was
    /// done.
    pub(crate) fn owners_told(&self, case: &Case, news: &[News], now: Timestamp) -> Vec<OutboxRow> {
        let Some((chat, _)) = self.parts.chats.first() else { return Vec::new() };
        let done = news.iter().filter_map(|news| match news {
            News::Action { action, state: ActionState::Applied } => Some(*action),
            _ => None,
        });
        let entries = done.filter_map(|id| case.ledger.iter().find(|entry| entry.id() == id));
        let told = entries.filter(|entry| entry.is_automatic()).filter_map(|entry| {
            let owner = self.owner_of(entry)?;
            // Whom it was done to is told as such.
            let is_subject = case.subject.as_ref().is_some_and(|it| it.person == owner.id);
            (!is_subject).then(|| self.owner_told(chat, case, entry, &owner, now))
        });
        told.collect()
    }

    fn owner_told(
        &self,
        chat: &str,
        case: &Case,
        entry: &Entry,
        owner: &Person,
        now: Timestamp,
    ) -> OutboxRow {
        let values = [
            ("action", entry.order.action.clone()),
            ("by", entry.order.by.to_string()),
            ("case", case.id.to_string()),
        ];
        let lane = LaneKind::Chat(chat.to_owned()).name();
        let of_action = DeliveryId::from_parts(now, entry.id().bits());
        let task = Task::Tell {
            delivery: told_of(of_action, TEMPLATE),
            person: owner.id,
            template: TEMPLATE.to_owned(),
            values: values.map(|(name, value)| (name.to_owned(), value)).into(),
            then: Vec::new(),
        };
        new_row(&lane, None, task, now, REPORT_LIFE.after(now))
    }

    fn owner_of(&self, entry: &Entry) -> Option<std::sync::Arc<Person>> {
        let policies = self.policies();
        let playbooks = self.playbooks();
        let name = match &entry.order.by {
            Asker::Policy(id) => policies.owner(id)?,
            Asker::Playbook(id) => playbooks.get(id)?.owner.as_str(),
            Asker::Actor(_) => return None,
        };
        self.parts.directory.find(name).filter(|person| person.active)
    }
}
