//! The port: a chat that only speaks. People are known by their e-mail address, and answer on our
//! page.

use async_trait::async_trait;
use model::{DeliveryId, Timestamp};
use ports::{
    Failure,
    chat::{
        Chat, Form, FormReply, HttpCall, HttpReply, Inbound, Notice, Question, Receipt, Refusal,
        Report,
    },
};
use serde_json::Value;

use super::{Webhook, map};

/// The channel in the receipts of webhooks; the message is the delivery's id.
const CHANNEL: &str = "webhook";

#[async_trait]
impl Chat for Webhook {
    async fn ask(&self, account: &str, question: &Question) -> Result<Receipt, Failure> {
        self.send(question.delivery, &map::question(account, question)).await
    }

    async fn tell(&self, account: &str, notice: &Notice) -> Result<Receipt, Failure> {
        self.send(notice.delivery, &map::notice(account, notice)).await
    }

    async fn update(&self, _receipt: &Receipt, _notice: &Notice) -> Result<(), Failure> {
        Err(self.cannot("change a message that was delivered"))
    }

    async fn report(&self, report: &Report, thread: Option<&Receipt>) -> Result<Receipt, Failure> {
        self.send(report.delivery, &map::report(report, thread)).await
    }

    async fn open_form(&self, _trigger: &str, _form: &Form) -> Result<(), Failure> {
        Err(self.cannot("open a form"))
    }

    async fn whisper(&self, _account: &str, _at: &Receipt, _text: &str) -> Result<(), Failure> {
        Err(self.cannot("show something to one person only"))
    }

    async fn account_of(&self, email: &str) -> Result<Option<String>, Failure> {
        Ok(Some(email.to_owned()))
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok(self.described())
    }

    fn read(&self, _call: &HttpCall, _now: Timestamp) -> Result<Inbound, Refusal> {
        Err(Refusal::Malformed("a webhook takes no answers: they are given on our page"))
    }

    fn form_reply(&self, _reply: &FormReply) -> HttpReply {
        HttpReply::empty()
    }
}

impl Webhook {
    async fn send(&self, delivery: DeliveryId, message: &Value) -> Result<Receipt, Failure> {
        self.deliver(delivery, message).await?;
        Ok(Receipt { channel: CHANNEL.to_owned(), message: delivery.to_string() })
    }

    fn cannot(&self, what: &str) -> Failure {
        Failure::permanent(format!("{}: a webhook cannot {what}", self.who))
    }
}
