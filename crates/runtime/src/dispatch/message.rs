//! Messages to people.

use std::{collections::BTreeMap, sync::Arc};

use casework::{
    Case, Input, Message,
    case::{Fate, Sent, State},
};
use model::{DeliveryId, Person, PersonId, Span};
use ports::{
    Decision, Failure,
    chat::{Chat, Receipt},
};

use super::{Carried, Job};
use crate::{
    ahead::Ahead,
    deliveries::{Delivery, Kind},
    engine::Engine,
    lanes::CALL_LIMIT,
    pause,
};

/// How soon a change of a message is tried again that is itself still on its way.
const NOT_THERE_YET: Span = Span::seconds(1);

impl Engine {
    /// Sends a message of a case, if it still fits the case as it is now.
    pub(super) async fn send(
        &self,
        name: &str,
        job: &Job<'_>,
        about: &Ahead,
        delivery: DeliveryId,
        message: &Message,
    ) -> Carried {
        let case = &about.loaded.case;
        let Some(chat) = self.chat(name) else {
            return Failure::permanent("this chat is no longer configured").into();
        };
        match (Kind::of(message), message) {
            (Some(kind), _) if !fits(kind, case) => self.settled(name, case, delivery, kind),
            (Some(kind), _) => {
                match self.send_new(name, &*chat, job, about, (delivery, kind), message).await {
                    Ok(carried) => carried,
                    Err(failure) => failure.into(),
                }
            }
            (None, Message::Refresh { of }) => self.change(name, &*chat, case, *of).await,
            (None, _) => Carried::silently(),
        }
    }

    /// Sends a message that belongs to no case.
    pub(super) async fn tell(
        &self,
        name: &str,
        delivery: DeliveryId,
        person: PersonId,
        template: &str,
        values: &BTreeMap<String, String>,
    ) -> Carried {
        let person = self.parts.directory.person(person).filter(|person| person.active);
        let (Some(chat), Some(person)) = (self.chat(name), person) else {
            return Carried::silently();
        };
        let begun = match self.telling(name, delivery, person.id).await {
            Ok(begun) => begun,
            Err(error) => return error.into(),
        };
        let sent = async {
            let accounts = self.told_accounts(name, &*chat, &person).await?;
            let notice = self.told(name, &person, delivery, template, values);
            let mut refused = Failure::permanent("there is no account to tell");
            for account in accounts {
                match chat.tell(&account, &notice).await {
                    Err(failure) if failure.decision == Decision::Permanent => refused = failure,
                    other => return other,
                }
            }
            Err(refused)
        };
        match pause::within(&*self.parts.clock, CALL_LIMIT, sent).await {
            Ok(receipt) => {
                let told = begun.arrived(receipt);
                Carried::Done(None, vec![told.op(name, delivery, person.id, self.now())])
            }
            Err(failure) => failure.into(),
        }
    }

    async fn send_new(
        &self,
        name: &str,
        chat: &dyn Chat,
        job: &Job<'_>,
        about: &Ahead,
        (id, kind): (DeliveryId, Kind),
        message: &Message,
    ) -> Result<Carried, Failure> {
        let case = &about.loaded.case;
        let person = self.addressee(case)?;
        let call = async {
            let account = self.account(name, chat, &person, about.person.as_ref()).await?;
            let receipt = match kind {
                Kind::Question => chat.ask(&account, &self.question(case, id)).await?,
                Kind::Reminder => chat.tell(&account, &self.reminder(case, id)).await?,
                Kind::Notice => chat.tell(&account, &self.notice(case, id)).await?,
                Kind::Outcome => chat.tell(&account, &self.outcome(case, id)).await?,
                Kind::Note | Kind::Action => {
                    chat.tell(&account, &self.note_of(case, id, message)).await?
                }
            };
            Ok((account, receipt))
        };
        let (account, receipt) = pause::within(&*self.parts.clock, CALL_LIMIT, call).await?;
        let delivery = self.arrived(name, case, kind, account, receipt, job.may_have_run());
        let input = kind.is_main().then_some(Input::Delivered { delivery: id });
        Ok(Carried::Done(input, delivery.records(id, Some(person.id), self.now())))
    }

    fn arrived(
        &self,
        name: &str,
        case: &Case,
        kind: Kind,
        account: String,
        receipt: Receipt,
        may_have_copies: bool,
    ) -> Delivery {
        Delivery {
            case: case.id,
            chat: name.to_owned(),
            account: Some(account),
            ask: case.ask.as_ref().map(|ask| ask.id),
            kind,
            receipts: vec![receipt],
            may_have_copies,
        }
    }

    /// A message that no longer fits is not sent; that it never was is written down.
    fn settled(&self, name: &str, case: &Case, id: DeliveryId, kind: Kind) -> Carried {
        let delivery = Delivery {
            case: case.id,
            chat: name.to_owned(),
            account: None,
            ask: case.ask.as_ref().map(|ask| ask.id),
            kind,
            receipts: Vec::new(),
            may_have_copies: false,
        };
        let owner = case.subject.as_ref().map(|subject| subject.person);
        Carried::Done(None, delivery.records(id, owner, self.now()))
    }

    /// Brings a message up to where the case stands, in all places where it is.
    async fn change(&self, name: &str, chat: &dyn Chat, case: &Case, of: DeliveryId) -> Carried {
        let delivery = match self.delivery(of).await {
            Ok(Some(delivery)) if delivery.chat == name => delivery,
            Ok(Some(_)) => return Carried::silently(),
            Ok(None) => {
                let sent = sent(case, of);
                let is_coming = sent.is_some_and(|sent| sent.fate == Fate::Sending);
                return if is_coming {
                    Carried::NotYet(NOT_THERE_YET)
                } else {
                    Carried::silently()
                };
            }
            Err(error) => return error.into(),
        };
        let notice = self.refreshed(case, of);
        for receipt in &delivery.receipts {
            let call = chat.update(receipt, &notice);
            match pause::within(&*self.parts.clock, CALL_LIMIT, call).await {
                Ok(()) => {}
                Err(failure) if failure.is_retryable() => return failure.into(),
                // A message that is gone needs no change; the others do.
                Err(failure) => {
                    tracing::info!(case.id = %case.id, why = %failure, "a message cannot be changed");
                }
            }
        }
        Carried::silently()
    }

    /// The person to whom a case's messages go.
    pub(super) fn addressee(&self, case: &Case) -> Result<Arc<Person>, Failure> {
        let person = case.subject.as_ref().and_then(|who| self.parts.directory.person(who.person));
        let person = person.filter(|person| person.active);
        person.ok_or_else(|| Failure::permanent("the person is no longer in the directory"))
    }

    /// A configured chat.
    pub(crate) fn chat(&self, name: &str) -> Option<Arc<dyn Chat>> {
        let found = self.parts.chats.iter().find(|(each, _)| each == name);
        found.map(|(_, chat)| Arc::clone(chat))
    }
}

/// Whether a message still says something true.
fn fits(kind: Kind, case: &Case) -> bool {
    match kind {
        Kind::Question => case.state == State::Asking,
        Kind::Reminder => matches!(case.state, State::Asking | State::Claimed(_)),
        Kind::Notice => case.state == State::Notifying,
        Kind::Outcome => matches!(case.state, State::Escalated { .. } | State::Closed { .. }),
        Kind::Note | Kind::Action => true,
    }
}

/// A message of a case.
pub(crate) fn sent(case: &Case, delivery: DeliveryId) -> Option<&Sent> {
    let mut messages = case.ask.iter().flat_map(|ask| &ask.messages);
    messages.find(|sent| sent.delivery == delivery)
}
