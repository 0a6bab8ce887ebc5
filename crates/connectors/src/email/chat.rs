//! The port: a chat that only speaks. People are known by their e-mail address, and answer on our
//! page.

use async_trait::async_trait;
use model::Timestamp;
use ports::{
    Failure,
    chat::{
        Chat, Form, FormReply, HttpCall, HttpReply, Inbound, Notice, Question, Receipt, Refusal,
        Report,
    },
    pager::Pager,
};

use super::{Email, map, map::Mail};

/// The channel in the receipts of mails; the message is the delivery's id.
const CHANNEL: &str = "email";

#[async_trait]
impl Chat for Email {
    async fn ask(&self, account: &str, question: &Question) -> Result<Receipt, Failure> {
        self.mail(Mail {
            to: &[self.address(account)?],
            delivery: question.delivery,
            follows: None,
            subject: &question.title,
            body: map::question(question),
        })
        .await
    }

    async fn tell(&self, account: &str, notice: &Notice) -> Result<Receipt, Failure> {
        self.mail(Mail {
            to: &[self.address(account)?],
            delivery: notice.delivery,
            follows: None,
            subject: &notice.title,
            body: map::notice(notice),
        })
        .await
    }

    async fn update(&self, _receipt: &Receipt, _notice: &Notice) -> Result<(), Failure> {
        Err(self.cannot("change a mail that was sent"))
    }

    async fn report(&self, report: &Report, thread: Option<&Receipt>) -> Result<Receipt, Failure> {
        let thread = thread.filter(|first| first.channel == CHANNEL);
        self.mail(Mail {
            to: self.team()?,
            delivery: report.delivery,
            follows: thread.map(|first| first.message.as_str()),
            subject: &report.title,
            body: map::report(report),
        })
        .await
    }

    async fn open_form(&self, _trigger: &str, _form: &Form) -> Result<(), Failure> {
        Err(self.cannot("open a form"))
    }

    async fn whisper(&self, _account: &str, _at: &Receipt, _text: &str) -> Result<(), Failure> {
        Err(self.cannot("show something that leaves no trace"))
    }

    async fn account_of(&self, email: &str) -> Result<Option<String>, Failure> {
        Ok(map::is_address(email).then(|| email.to_owned()))
    }

    async fn check(&self) -> Result<String, Failure> {
        Pager::check(self).await
    }

    fn read(&self, _call: &HttpCall, _now: Timestamp) -> Result<Inbound, Refusal> {
        Err(Refusal::Malformed("a mail takes no answers: they are given on our page"))
    }

    fn form_reply(&self, _reply: &FormReply) -> HttpReply {
        HttpReply::empty()
    }
}

impl Email {
    async fn mail(&self, mail: Mail<'_>) -> Result<Receipt, Failure> {
        self.send(&mail).await?;
        Ok(Receipt { channel: CHANNEL.to_owned(), message: mail.delivery.to_string() })
    }

    fn address(&self, account: &str) -> Result<String, Failure> {
        match map::is_address(account) {
            true => Ok(account.to_owned()),
            false => {
                let what = "the account in the directory is not an address that can be written to";
                Err(Failure::permanent(format!("{}: {what}", self.who)))
            }
        }
    }

    fn cannot(&self, what: &str) -> Failure {
        Failure::permanent(format!("{}: a mail cannot {what}", self.who))
    }
}
