//! The fake: remembers what was sent, fails as it is told, and reads calls written for it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use model::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Chat, Form, FormReply, HttpCall, HttpReply, Inbound, Notice, Press, Question, Receipt, Refusal,
    Report,
};
use crate::Failure;

/// The header that stands for a right signature.
const SIGNATURE: (&str, &str) = ("x-fake-signature", "right");

/// A chat in memory.
#[derive(Default)]
pub struct FakeChat(Mutex<State>);

#[derive(Default)]
struct State {
    sent: Vec<(String, Sent)>,
    updates: Vec<(Receipt, Notice)>,
    whispers: Vec<(String, String)>,
    forms: Vec<Form>,
    replies: Vec<FormReply>,
    accounts: BTreeMap<String, String>,
    failures: VecDeque<Failure>,
    lookups: u32,
    counter: u64,
}

/// Something that was sent, as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub enum Sent {
    /// A question.
    Question(Question, Receipt),
    /// A notice.
    Notice(Notice, Receipt),
    /// A report, and the thread it went into.
    Report(Report, Option<Receipt>),
}

/// What a call to this chat says: the body of its [`HttpCall`]s.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    Press {
        account: String,
        receipt: Receipt,
        token: String,
        trigger: Option<String>,
        event: String,
    },
    Submit {
        account: String,
        form: String,
        comment: Option<String>,
    },
    Say {
        account: String,
        text: String,
        event: String,
    },
    Delete {
        receipt: Receipt,
    },
}

impl FakeChat {
    /// An empty chat.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives an e-mail address an account.
    pub fn enrol(&self, email: &str, account: &str) {
        self.state().accounts.insert(email.to_owned(), account.to_owned());
    }

    /// The next call out fails so; several wait in line.
    pub fn fail_next(&self, failure: Failure) {
        self.state().failures.push_back(failure);
    }

    /// Everything sent, with the account (or `""` for a report), oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<(String, Sent)> {
        self.state().sent.clone()
    }

    /// The questions that arrived, with their places.
    #[must_use]
    pub fn questions(&self) -> Vec<(Question, Receipt)> {
        let all = self.sent().into_iter();
        all.filter_map(|(_, sent)| match sent {
            Sent::Question(question, receipt) => Some((question, receipt)),
            _ => None,
        })
        .collect()
    }

    /// The notices that arrived, with their places.
    #[must_use]
    pub fn notices(&self) -> Vec<(Notice, Receipt)> {
        let all = self.sent().into_iter();
        all.filter_map(|(_, sent)| match sent {
            Sent::Notice(notice, receipt) => Some((notice, receipt)),
            _ => None,
        })
        .collect()
    }

    /// The reports that arrived, with their threads.
    #[must_use]
    pub fn reports(&self) -> Vec<(Report, Option<Receipt>)> {
        let all = self.sent().into_iter();
        all.filter_map(|(_, sent)| match sent {
            Sent::Report(report, thread) => Some((report, thread)),
            _ => None,
        })
        .collect()
    }

    /// What messages were changed to, oldest first.
    #[must_use]
    pub fn updates(&self) -> Vec<(Receipt, Notice)> {
        self.state().updates.clone()
    }

    /// What was shown to single accounts.
    #[must_use]
    pub fn whispers(&self) -> Vec<(String, String)> {
        self.state().whispers.clone()
    }

    /// The forms that were opened.
    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        self.state().forms.clone()
    }

    /// How submitted forms were answered.
    #[must_use]
    pub fn replies(&self) -> Vec<FormReply> {
        self.state().replies.clone()
    }

    /// How often an account was looked up.
    #[must_use]
    pub fn lookups(&self) -> u32 {
        self.state().lookups
    }

    /// A press of a button, signed.
    #[must_use]
    pub fn press(account: &str, receipt: &Receipt, token: &str, event: &str) -> HttpCall {
        call(&Body::Press {
            account: account.to_owned(),
            receipt: receipt.clone(),
            token: token.to_owned(),
            trigger: Some("trigger".to_owned()),
            event: event.to_owned(),
        })
    }

    /// A submitted form, signed.
    #[must_use]
    pub fn submit(account: &str, form: &str, comment: Option<&str>) -> HttpCall {
        let comment = comment.map(str::to_owned);
        call(&Body::Submit { account: account.to_owned(), form: form.to_owned(), comment })
    }

    /// A message to us, signed.
    #[must_use]
    pub fn say(account: &str, text: &str, event: &str) -> HttpCall {
        let (account, text) = (account.to_owned(), text.to_owned());
        call(&Body::Say { account, text, event: event.to_owned() })
    }

    /// One of our messages was deleted, signed.
    #[must_use]
    pub fn delete(receipt: &Receipt) -> HttpCall {
        call(&Body::Delete { receipt: receipt.clone() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, unless this call is to fail.
    fn called(&self) -> Result<MutexGuard<'_, State>, Failure> {
        let mut state = self.state();
        match state.failures.pop_front() {
            Some(failure) => Err(failure),
            None => Ok(state),
        }
    }
}

impl State {
    fn receipt(&mut self, account: &str) -> Receipt {
        self.counter += 1;
        Receipt { channel: format!("with-{account}"), message: self.counter.to_string() }
    }
}

#[async_trait]
impl Chat for FakeChat {
    async fn ask(&self, account: &str, question: &Question) -> Result<Receipt, Failure> {
        let mut state = self.called()?;
        let receipt = state.receipt(account);
        let sent = Sent::Question(question.clone(), receipt.clone());
        state.sent.push((account.to_owned(), sent));
        Ok(receipt)
    }

    async fn tell(&self, account: &str, notice: &Notice) -> Result<Receipt, Failure> {
        let mut state = self.called()?;
        let receipt = state.receipt(account);
        let sent = Sent::Notice(notice.clone(), receipt.clone());
        state.sent.push((account.to_owned(), sent));
        Ok(receipt)
    }

    async fn update(&self, receipt: &Receipt, notice: &Notice) -> Result<(), Failure> {
        self.called()?.updates.push((receipt.clone(), notice.clone()));
        Ok(())
    }

    async fn report(&self, report: &Report, thread: Option<&Receipt>) -> Result<Receipt, Failure> {
        let mut state = self.called()?;
        let sent = Sent::Report(report.clone(), thread.cloned());
        state.sent.push((String::new(), sent));
        Ok(state.receipt("security"))
    }

    async fn open_form(&self, _trigger: &str, form: &Form) -> Result<(), Failure> {
        self.called()?.forms.push(form.clone());
        Ok(())
    }

    async fn whisper(&self, account: &str, _at: &Receipt, text: &str) -> Result<(), Failure> {
        self.called()?.whispers.push((account.to_owned(), text.to_owned()));
        Ok(())
    }

    async fn account_of(&self, email: &str) -> Result<Option<String>, Failure> {
        let mut state = self.called()?;
        state.lookups += 1;
        Ok(state.accounts.get(email).cloned())
    }

    async fn check(&self) -> Result<String, Failure> {
        self.called().map(|_| "the fake".to_owned())
    }

    fn read(&self, call: &HttpCall, _now: Timestamp) -> Result<Inbound, Refusal> {
        if call.headers.get(SIGNATURE.0).is_none_or(|value| value != SIGNATURE.1) {
            return Err(Refusal::Forged("no right signature"));
        }
        let body = serde_json::from_slice(&call.body);
        Ok(match body.map_err(|_| Refusal::Malformed("not a body of the fake"))? {
            Body::Press { account, receipt, token, trigger, event } => {
                Inbound::Pressed(Press { account, receipt, token, trigger, event })
            }
            Body::Submit { account, form, comment } => {
                Inbound::Submitted { account, form, comment }
            }
            Body::Say { account, text, event } => {
                Inbound::Said { channel: format!("with-{account}"), account, text, event }
            }
            Body::Delete { receipt } => Inbound::Deleted(receipt),
        })
    }

    fn form_reply(&self, reply: &FormReply) -> HttpReply {
        self.state().replies.push(reply.clone());
        HttpReply::empty()
    }
}

fn call(body: &Body) -> HttpCall {
    let mut headers = http::HeaderMap::new();
    headers.insert(SIGNATURE.0, http::HeaderValue::from_static(SIGNATURE.1));
    let body = serde_json::to_vec(body).expect("plain data");
    HttpCall { kind: "interactions".to_owned(), headers, body: Bytes::from(body) }
}
