//! Telling a person that their factors changed, wherever they can be reached, with the button
//! that undoes it.
//!
//! The outbox holds which change it is, never a text and never a token (R11): both are made when
//! the message is rendered.

use std::collections::BTreeMap;

use model::{DeliveryId, Person, Span};
use ports::{chat::Receipt, store::OutboxRow};

use super::{
    Disowned, FactorChange,
    seals::{keyed, same},
};
use crate::{
    engine::{Engine, EngineError},
    lanes::LaneKind,
    task::{Task, new_row},
};

/// How long a notice is worth sending.
const NOTICE_LIFE: Span = Span::days(7);
/// How a button's value begins that says "this wasn't me" about a change of factors.
const TOKEN_PREFIX: &str = "factor.";
/// The longest value that is looked at.
const TOKEN_CHARS_MAX: usize = 160;
/// The name under which a notice's values hold the change: what its button is made from.
pub(crate) const CHANGE: &str = "change";

impl Engine {
    /// The messages that tell of a change: one for each chat that is set up.
    pub(super) fn notices_of(&self, person: &Person, change: &FactorChange) -> Vec<OutboxRow> {
        let until = NOTICE_LIFE.after(change.at);
        let row = |(name, _): &(String, _)| {
            let task = Task::Tell {
                delivery: DeliveryId::from_parts(change.at, self.parts.entropy.bits()),
                person: person.id,
                template: format!("factor-{}", change.kind.name()),
                values: values_of(change),
                then: Vec::new(),
            };
            new_row(&LaneKind::Chat(name.clone()).name(), None, task, change.at, until)
        };
        self.parts.chats.iter().map(row).collect()
    }

    /// The value of the button on a notice: made for one message in one chat.
    pub(crate) fn notice_token(&self, chat: &str, delivery: DeliveryId, change: &str) -> String {
        let seal = self.notice_seal(chat, &delivery.to_string(), change);
        format!("{TOKEN_PREFIX}{delivery}.{change}.{seal}")
    }

    /// Takes a press on a notice's button. `None` when the value is not one of ours of this kind.
    /// Whoever pressed must be at the account that is bound to the person, on the message that was
    /// sent there (R9); that they can press at all is not believed to say so.
    pub(crate) async fn notice_pressed(
        &self,
        chat: &str,
        account: &str,
        place: &Receipt,
        token: &str,
    ) -> Result<Option<Disowned>, EngineError> {
        let Some((delivery, change)) = self.changed_in(chat, token) else { return Ok(None) };
        let record = self.factor_change(change).await?;
        let person = self.parts.directory.person(record.person).ok_or(EngineError::NotFound)?;
        let bound = self.binding(chat, person.id).await?;
        let told = self.told_at(chat, delivery).await?;
        let is_bound = bound.is_some_and(|bound| bound.has_been(account));
        if !is_bound || !told.is_some_and(|told| told.is_at(place)) {
            return Err(EngineError::Forbidden("this message is for somebody else"));
        }
        self.disown(&person, change).await.map(Some)
    }

    /// The message and the change that a value of ours was made for.
    fn changed_in(&self, chat: &str, token: &str) -> Option<(DeliveryId, DeliveryId)> {
        let token = Some(token).filter(|token| token.len() <= TOKEN_CHARS_MAX)?;
        let mut parts = token.strip_prefix(TOKEN_PREFIX)?.split('.');
        let (delivery, change, seal) = (parts.next()?, parts.next()?, parts.next()?);
        let is_ours = same(&self.notice_seal(chat, delivery, change), seal);
        let ids = delivery.parse().ok().zip(change.parse().ok());
        ids.filter(|_| is_ours && parts.next().is_none())
    }

    fn notice_seal(&self, chat: &str, delivery: &str, change: &str) -> String {
        let settings = &self.parts.settings;
        let parts = [settings.public_url.as_str(), chat, delivery, change];
        keyed(&settings.token_key, "factor-notice", &parts)
    }
}

fn values_of(change: &FactorChange) -> BTreeMap<String, String> {
    let method = change.method.map_or_else(String::new, |method| method.name().to_owned());
    let value = |name: &str, value: String| (name.to_owned(), value);
    BTreeMap::from([
        value(CHANGE, change.id.to_string()),
        value("method", method),
        value("label", change.label.clone()),
        value("at", change.at.to_string()),
    ])
}
