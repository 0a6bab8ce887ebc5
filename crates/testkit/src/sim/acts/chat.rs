//! People, and those who hold their chat sessions, press buttons and type.

use std::sync::Arc;

use model::{Answer, CaseId, PersonId};
use ports::{
    chat::Receipt,
    store::{Space, Store as _},
};

use crate::sim::{
    ledger::short,
    vendors::{Callback, Seen, SimChat},
    witness::{MARK, TYPED_CODE},
    world::World,
};

impl World {
    fn any_chat(&self) -> (String, Arc<SimChat>) {
        self.place.chats[self.below(self.place.chats.len())].clone()
    }

    /// Somebody presses a button that their account was shown: the person, or a thief who holds
    /// the session, which is the same from here. The message may be old, and the press may come
    /// twice.
    pub(super) fn press(&mut self) {
        let (name, chat) = self.any_chat();
        // Denials end a story soon: fewer of them make longer ones.
        let wants_denial = self.chance(150);
        let is_wanted = |answer: Answer| (answer == Answer::Me) != wants_denial;
        let Some(token) = chat.any_token(|token| is_wanted(token.answer)) else { return };
        let seen = token.seen;
        if let (Some(person), Some(case)) = (self.cast.owner_of(&seen.account), seen.case) {
            self.may_answer(person, case, token.answer, &name);
        }
        let event = format!("e{}", self.next());
        let callback = Callback::Press {
            account: seen.account,
            receipt: seen.receipt,
            token: token.token,
            event,
        };
        let case = seen.case.map(short).unwrap_or_default();
        let what = format!("{} is pressed for {case} in {name}", token.answer);
        self.call(&what, &name, &callback);
        if self.chance(150) {
            self.call(&format!("{what}, delivered twice"), &name, &callback);
        }
    }

    /// Somebody presses what is not theirs: another's button, a button of another message, or one
    /// that was tampered with.
    pub(super) fn press_wrongly(&mut self) {
        let (name, chat) = self.any_chat();
        let Some(token) = chat.any_token(|_| true) else { return };
        let Some(other) = chat.any_message() else { return };
        let seen = token.seen;
        let mut account = seen.account.clone();
        let mut receipt = seen.receipt.clone();
        let mut text = token.token;
        let how = match self.below(4) {
            0 if other.account != account => {
                account = other.account;
                "by another account"
            }
            1 if other.receipt.channel != receipt.channel => {
                self.excuse(&seen, token.answer, &name);
                receipt = other.receipt;
                "on another message"
            }
            2 => {
                receipt = Receipt { channel: receipt.channel, message: "m0".to_owned() };
                account = format!("U{MARK}guest");
                "by a guest"
            }
            _ => {
                let other = if text.starts_with('A') { "B" } else { "A" };
                text.replace_range(..1, other);
                "with a changed token"
            }
        };
        let event = format!("e{}", self.next());
        let callback = Callback::Press { account, receipt, token: text, event };
        self.call(&format!("a press {how} in {name}"), &name, &callback);
    }

    /// Where a message arrived is known only once that is written down: until then its account and
    /// its token have to do.
    fn excuse(&self, seen: &Seen, answer: Answer, channel: &str) {
        let (key, now) = (seen.delivery.to_string(), self.now());
        let record = Self::read(self.place.store.record(Space::Delivery, &key, now));
        let owner = self.cast.owner_of(&seen.account);
        if let (Ok(None), Some(person), Some(case)) = (record, owner, seen.case) {
            self.may_answer(person, case, answer, channel);
        }
    }

    /// A form is submitted by whom it was opened for, or by somebody else.
    pub(super) fn submit_form(&mut self) {
        let (name, chat) = self.any_chat();
        let Some((reader, form)) = chat.any_form() else { return };
        let is_stolen = self.chance(150);
        let account = if is_stolen { format!("U{MARK}thief") } else { reader };
        let comment = self.chance(700).then(|| format!("because {MARK} I had to"));
        let callback = Callback::Submit { account, form, comment };
        self.call(&format!("a form is submitted, stolen: {is_stolen}"), &name, &callback);
    }

    pub(super) fn say_something(&mut self) {
        let (name, chat) = self.any_chat();
        let Some(seen) = chat.any_message() else { return };
        let texts = ["help", "status", "stop", "snooze 2h", "hello there", "check K7Q-4M2"];
        let text = match self.below(texts.len() + 1) {
            index if index < texts.len() => texts[index].to_owned(),
            _ => format!("my code is {TYPED_CODE}"),
        };
        let event = format!("e{}", self.next());
        let callback = Callback::Say { account: seen.account, text, event };
        self.call("something is said", &name, &callback);
    }

    pub(super) fn delete_message(&mut self) {
        let (name, chat) = self.any_chat();
        let Some(seen) = chat.any_message() else { return };
        let case = seen.case.map(short).unwrap_or_default();
        let callback = Callback::Delete { receipt: seen.receipt };
        self.call(&format!("a message of {case} is deleted"), &name, &callback);
    }

    fn call(&mut self, what: &str, chat: &str, callback: &Callback) {
        let (engine, chat, call) = (self.engine.clone(), chat.to_owned(), callback.call());
        self.start(what, async move {
            let reply = engine.chat_call(&chat, call).await;
            reply.status.to_string()
        });
    }

    /// Somebody has the right to say this.
    pub(super) fn may_answer(&self, who: PersonId, case: CaseId, answer: Answer, channel: &str) {
        self.ledger.book().may_answer.insert((who, case, answer, channel.to_owned()));
    }
}
