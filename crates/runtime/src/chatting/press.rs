//! A pressed button.

use casework::{
    Case, Message,
    case::{Fate, Refusal},
};
use model::{Answer, DeliveryId};
use ports::{
    chat::{HttpReply, Press},
    store::{Commit, RecordOp},
};

use super::{ASIDE_LIMIT, Origin};
use crate::{
    apply::{Along, Draft},
    dispatch::sent,
    engine::{Engine, EngineError},
    lanes::LaneKind,
    pause,
    people::same,
    task::{Task, new_row},
    tokens::Token,
};

impl Engine {
    pub(super) async fn pressed(
        &self,
        from: &Origin,
        press: Press,
    ) -> Result<HttpReply, EngineError> {
        match self.notice_pressed(&from.name, &press.account, &press.receipt, &press.token).await {
            Ok(None) => {}
            Ok(Some(_)) => return Ok(HttpReply::empty()),
            Err(EngineError::Forbidden(_)) => return self.turn_away(from, &press, None).await,
            Err(error) => return Err(error),
        }
        let Some(token) = self.tokens().read(&press.token) else {
            return self.turn_away(from, &press, None).await;
        };
        let case = self.case(token.case).await?;
        if !self.is_bound(from, &press, &token, &case).await? {
            return self.turn_away(from, &press, Some(&case)).await;
        }
        let Some(once) = self.once(from, &press.event).await? else {
            return Ok(HttpReply::empty());
        };
        match token.answer {
            Answer::Me => self.pressed_me(from, &press, &token, &case, once).await,
            Answer::NotMe | Answer::NotSure => {
                let along = Along::default().with([once]);
                let (answer, channel) = (token.answer, from.name.clone());
                let answered =
                    self.take_answer(&case, answer, token.revision, channel, None, along);
                self.settle_press(from, &press, &token, answered.await).await
            }
        }
    }

    /// Whether the one who pressed is the one who was asked, on the message they were sent (R9).
    /// Only our own records say so; a token is no authority, and its sender is only an account.
    async fn is_bound(
        &self,
        from: &Origin,
        press: &Press,
        token: &Token,
        case: &Case,
    ) -> Result<bool, EngineError> {
        let Some(subject) = &case.subject else { return Ok(false) };
        let is_active =
            self.parts.directory.person(subject.person).is_some_and(|person| person.active);
        if !is_active {
            return Ok(false);
        }
        if let Some(delivery) = self.delivery(token.delivery).await? {
            let is_account = delivery.account.as_deref().is_some_and(|it| same(it, &press.account));
            let in_place = delivery.receipts.contains(&press.receipt);
            // A try whose reply was lost may have left a copy in the same conversation.
            let channel = &press.receipt.channel;
            let is_copy = delivery.may_have_copies
                && delivery.receipts.iter().any(|receipt| receipt.channel == *channel);
            let is_this = delivery.case == case.id && delivery.chat == from.name;
            return Ok(is_this && is_account && (in_place || is_copy));
        }
        // It arrived, and that is not yet written down: the account must be the person's.
        let is_coming = sent(case, token.delivery)
            .is_some_and(|sent| sent.fate == Fate::Sending && sent.channel == from.name);
        let bound = self.binding(&from.name, subject.person).await?;
        Ok(is_coming && bound.is_some_and(|bound| same(&bound.account, &press.account)))
    }

    async fn turn_away(
        &self,
        from: &Origin,
        press: &Press,
        case: Option<&Case>,
    ) -> Result<HttpReply, EngineError> {
        let why = "a press by somebody else, or on another message";
        self.note_refusal(case.map(|case| case.id), from, why).await?;
        let text = self.reply_to_anybody("not_authorised");
        self.whisper(from, &press.account, &press.receipt, &text).await;
        Ok(HttpReply::empty())
    }

    /// "It was me": a claim, and a form that leads on to its proof.
    async fn pressed_me(
        &self,
        from: &Origin,
        press: &Press,
        token: &Token,
        case: &Case,
        once: RecordOp,
    ) -> Result<HttpReply, EngineError> {
        let (form, op) = self.new_form(from, case, &press.account);
        let along = Along::default().with([once, op]);
        let channel = from.name.clone();
        let answered =
            self.take_answer(case, Answer::Me, token.revision, channel, None, along).await;
        let case = match answered {
            Ok(case) => case,
            refused => return self.settle_press(from, press, token, refused).await,
        };
        if case.provable_claim().is_none() {
            return Ok(HttpReply::empty());
        }
        let form = self.form(&case, form);
        let opened = match &press.trigger {
            Some(trigger) => {
                let call = from.chat.open_form(trigger, &form);
                pause::within(&*self.parts.clock, ASIDE_LIMIT, call).await.is_ok()
            }
            None => false,
        };
        if !opened {
            let text = self.reply_about(&case, "go_to_page");
            self.whisper(from, &press.account, &press.receipt, &text).await;
        }
        Ok(HttpReply::empty())
    }

    /// What the one who pressed is told when an answer was not taken.
    async fn settle_press(
        &self,
        from: &Origin,
        press: &Press,
        token: &Token,
        answered: Result<Case, EngineError>,
    ) -> Result<HttpReply, EngineError> {
        let part = match answered {
            Ok(_) => return Ok(HttpReply::empty()),
            Err(EngineError::Refused(Refusal::Stale)) => {
                self.refresh(from, token).await?;
                "stale"
            }
            Err(EngineError::Refused(_)) => "too_late",
            // The same press, delivered again at the same time, was taken.
            Err(EngineError::Unavailable(_)) if self.once(from, &press.event).await?.is_none() => {
                return Ok(HttpReply::empty());
            }
            Err(error) => return Err(error),
        };
        let text = self.reply_to_anybody(part);
        self.whisper(from, &press.account, &press.receipt, &text).await;
        Ok(HttpReply::empty())
    }

    /// Has a message brought up to date.
    async fn refresh(&self, from: &Origin, token: &Token) -> Result<(), EngineError> {
        let now = self.now();
        let delivery = DeliveryId::from_parts(now, self.parts.entropy.bits());
        let task = Task::Send { delivery, message: Message::Refresh { of: token.delivery } };
        let lane = LaneKind::Chat(from.name.clone()).name();
        let until = casework::case::NOTICE_LIFE.after(now);
        let row = new_row(&lane, Some(token.case), task, now, until);
        let commit = Commit { outbox: vec![row], ..Commit::default() };
        Ok(self.commit(Draft::plain(commit)).await?)
    }
}
