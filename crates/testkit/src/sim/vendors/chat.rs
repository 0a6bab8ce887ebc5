//! The chat: conversations that keep what was said, and callbacks of those who press.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use model::{Answer, CaseId, DeliveryId, Timestamp};
use ports::{
    Failure,
    chat::{
        Button, Chat, Form, FormReply, HttpCall, HttpReply, Inbound, Notice, Press, Question,
        Receipt, Refusal, Report,
    },
};
use serde::{Deserialize, Serialize};

use super::Weather;
use crate::sim::witness::MARK;

/// In the e-mail address of those who have no account that the chat could find.
pub(in crate::sim) const NO_ACCOUNT: &str = "nochat";

/// A message as its reader sees it.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Seen {
    pub(in crate::sim) account: String,
    pub(in crate::sim) receipt: Receipt,
    pub(in crate::sim) delivery: DeliveryId,
    /// The case whose page it links to.
    pub(in crate::sim) case: Option<CaseId>,
    pub(in crate::sim) is_question: bool,
}

/// A button that was shown, also one that a later change took away.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Token {
    pub(in crate::sim) seen: Seen,
    pub(in crate::sim) answer: Answer,
    pub(in crate::sim) token: String,
}

/// The chat.
pub(in crate::sim) struct SimChat {
    weather: Weather,
    room: Mutex<Room>,
}

#[derive(Default)]
struct Room {
    seen: Vec<Seen>,
    tokens: Vec<Token>,
    /// Forms that are open, with the account that sees each.
    forms: Vec<(String, String)>,
    next: u64,
}

/// What a platform's callback carries here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::sim) enum Callback {
    Press { account: String, receipt: Receipt, token: String, event: String },
    Submit { account: String, form: String, comment: Option<String> },
    Say { account: String, text: String, event: String },
    Delete { receipt: Receipt },
}

impl Callback {
    pub(in crate::sim) fn call(&self) -> HttpCall {
        let body = Bytes::from(serde_json::to_vec(self).expect("plain data"));
        HttpCall { kind: "interactions".to_owned(), headers: http::HeaderMap::new(), body }
    }
}

impl SimChat {
    pub(in crate::sim) fn new(weather: Weather) -> Self {
        Self { weather, room: Mutex::default() }
    }

    pub(in crate::sim) fn weather(&self) -> &Weather {
        &self.weather
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Messages that came after the first `known`.
    pub(in crate::sim) fn seen_after(&self, known: usize) -> Vec<Seen> {
        self.room().seen[known..].to_vec()
    }

    /// Any button ever shown that fits.
    pub(in crate::sim) fn any_token(&self, fits: impl Fn(&Token) -> bool) -> Option<Token> {
        let fitting: Vec<Token> =
            self.room().tokens.iter().filter(|token| fits(token)).cloned().collect();
        self.weather.chance.pick(&fitting)
    }

    pub(in crate::sim) fn any_message(&self) -> Option<Seen> {
        let seen = self.room().seen.clone();
        self.weather.chance.pick(&seen)
    }

    /// An open form: who sees it, and its id.
    pub(in crate::sim) fn any_form(&self) -> Option<(String, String)> {
        let forms = self.room().forms.clone();
        self.weather.chance.pick(&forms)
    }

    fn post(&self, account: &str, posted: Posted<'_>) -> Receipt {
        self.weather.witness.sent(posted.delivery);
        self.read_over(posted.texts, posted.buttons);
        let mut room = self.room();
        room.next += 1;
        let receipt =
            Receipt { channel: format!("D-{account}"), message: format!("m{}", room.next) };
        let seen = Seen {
            account: account.to_owned(),
            receipt: receipt.clone(),
            delivery: posted.delivery,
            case: posted.url.and_then(case_of),
            is_question: posted.is_question,
        };
        room.show(&seen, posted.buttons);
        room.seen.push(seen);
        receipt
    }

    /// Everything in a message is seen by whoever holds the conversation, for as long as it is
    /// there.
    fn read_over(&self, texts: &[&str], buttons: &[Button]) {
        for text in texts {
            self.weather.witness.scan_text("a chat", text);
        }
        for button in buttons {
            self.weather.witness.shown(&button.token);
        }
    }
}

struct Posted<'a> {
    delivery: DeliveryId,
    texts: &'a [&'a str],
    url: Option<&'a str>,
    buttons: &'a [Button],
    is_question: bool,
}

impl Room {
    fn show(&mut self, seen: &Seen, buttons: &[Button]) {
        self.tokens.extend(buttons.iter().map(|button| Token {
            seen: seen.clone(),
            answer: button.answer,
            token: button.token.clone(),
        }));
    }
}

fn case_of(url: &str) -> Option<CaseId> {
    url.rsplit('/').next()?.parse().ok()
}

#[async_trait]
impl Chat for SimChat {
    async fn ask(&self, account: &str, question: &Question) -> Result<Receipt, Failure> {
        self.weather.before().await?;
        let facts: String =
            question.facts.iter().map(|(name, text)| format!("{name} {text} ")).collect();
        let texts: [&str; 6] = [
            &question.title,
            &question.text,
            &question.code,
            &facts,
            &question.footer,
            &question.url,
        ];
        let posted = Posted {
            delivery: question.delivery,
            texts: &texts,
            url: Some(&question.url),
            buttons: &question.buttons,
            is_question: true,
        };
        let receipt = self.post(account, posted);
        self.weather.after().await?;
        Ok(receipt)
    }
    async fn tell(&self, account: &str, notice: &Notice) -> Result<Receipt, Failure> {
        self.weather.before().await?;
        let url = notice.url.as_deref();
        if url.is_none() && notice.buttons.is_empty() {
            // A reply to what somebody typed: no decision of a case.
            self.read_over(&[&notice.title, &notice.text], &[]);
            let receipt = Receipt { channel: format!("D-{account}"), message: "reply".to_owned() };
            return self.weather.after().await.map(|()| receipt);
        }
        let posted = Posted {
            delivery: notice.delivery,
            texts: &[&notice.title, &notice.text, url.unwrap_or_default()],
            url,
            buttons: &notice.buttons,
            is_question: false,
        };
        let receipt = self.post(account, posted);
        self.weather.after().await?;
        Ok(receipt)
    }
    async fn update(&self, receipt: &Receipt, notice: &Notice) -> Result<(), Failure> {
        self.weather.before().await?;
        let url = notice.url.as_deref().unwrap_or_default();
        self.read_over(&[&notice.title, &notice.text, url], &notice.buttons);
        {
            let mut room = self.room();
            let found = room.seen.iter().find(|seen| seen.receipt == *receipt).cloned();
            let seen = found.ok_or_else(|| Failure::permanent("no such message"))?;
            room.show(&seen, &notice.buttons);
        }
        self.weather.after().await
    }
    async fn report(&self, report: &Report, _: Option<&Receipt>) -> Result<Receipt, Failure> {
        self.weather.before().await?;
        self.weather.witness.sent(report.delivery);
        let facts: String =
            report.facts.iter().map(|(name, text)| format!("{name} {text} ")).collect();
        let comment = report.comment.as_deref().unwrap_or_default();
        self.read_over(&[&report.title, &facts, comment, &report.url], &[]);
        self.weather.after().await?;
        Ok(Receipt { channel: "C-security".to_owned(), message: "r".to_owned() })
    }
    async fn open_form(&self, trigger: &str, form: &Form) -> Result<(), Failure> {
        self.weather.before().await?;
        self.room().forms.push((trigger.to_owned(), form.id.clone()));
        self.weather.after().await
    }
    async fn whisper(&self, _: &str, _: &Receipt, _: &str) -> Result<(), Failure> {
        self.weather.before().await
    }
    async fn account_of(&self, email: &str) -> Result<Option<String>, Failure> {
        self.weather.before().await?;
        Ok((!email.contains(NO_ACCOUNT)).then(|| format!("A-{email}")))
    }
    async fn check(&self) -> Result<String, Failure> {
        Ok("simulated".to_owned())
    }
    fn read(&self, call: &HttpCall, _now: Timestamp) -> Result<Inbound, Refusal> {
        let callback = serde_json::from_slice(&call.body);
        Ok(match callback.map_err(|_| Refusal::Malformed("not ours"))? {
            Callback::Press { account, receipt, token, event } => {
                // What lets us open a form is good for the one who pressed only.
                let trigger = Some(account.clone());
                Inbound::Pressed(Press { account, receipt, token, trigger, event })
            }
            Callback::Submit { account, form, comment } => {
                Inbound::Submitted { account, form, comment }
            }
            Callback::Say { account, text, event } => {
                let channel = format!("D-{account}");
                Inbound::Said { account, channel, text, event }
            }
            Callback::Delete { receipt } => Inbound::Deleted(receipt),
        })
    }
    fn form_reply(&self, _: &FormReply) -> HttpReply {
        HttpReply::empty()
    }
}

/// The account that this chat would find for an address.
pub(in crate::sim) fn account_for(email: &str) -> String {
    debug_assert!(email.contains(MARK));
    format!("A-{email}")
}
