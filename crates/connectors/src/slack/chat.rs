//! The port: asking, telling, reporting.

use async_trait::async_trait;
use model::Timestamp;
use ports::{
    Failure,
    chat::{
        Chat, Form, FormReply, HttpCall, HttpReply, Inbound, Notice, Question, Receipt, Refusal,
        Report,
    },
};
use serde_json::Value;

use super::{Slack, callback, client::User, config::is_id, map, refusal};

/// The account of Slack's own bot, which is not marked as one.
const SLACKBOT: &str = "USLACKBOT";

#[async_trait]
impl Chat for Slack {
    async fn ask(&self, account: &str, question: &Question) -> Result<Receipt, Failure> {
        self.expect_person(account)?;
        self.post(&map::question(account, question)).await
    }

    async fn tell(&self, account: &str, notice: &Notice) -> Result<Receipt, Failure> {
        self.expect_person(account)?;
        self.post(&map::notice(account, notice)).await
    }

    async fn update(&self, receipt: &Receipt, notice: &Notice) -> Result<(), Failure> {
        let arguments = map::update(&receipt.channel, &receipt.message, notice);
        self.write("chat.update", &arguments).await.map(|_| ())
    }

    async fn report(&self, report: &Report, thread: Option<&Receipt>) -> Result<Receipt, Failure> {
        let Some(channel) = &self.settings.escalation_channel else {
            let what = format!("{}: set escalation_channel to report here", self.who);
            return Err(Failure::misconfigured(what));
        };
        // A thread lies in its channel: after the channel was changed, the report starts anew.
        let thread = thread.filter(|thread| thread.channel == *channel);
        let thread = thread.map(|thread| thread.message.as_str());
        self.post(&map::report(channel, report, thread)).await
    }

    async fn open_form(&self, trigger: &str, form: &Form) -> Result<(), Failure> {
        self.open(&map::form(trigger, form)).await.map(|_| ())
    }

    async fn whisper(&self, account: &str, receipt: &Receipt, text: &str) -> Result<(), Failure> {
        let arguments = map::whisper(account, &receipt.channel, text);
        self.write("chat.postEphemeral", &arguments).await.map(|_| ())
    }

    async fn account_of(&self, email: &str) -> Result<Option<String>, Failure> {
        match self.read_method("users.lookupByEmail", &[("email", email)]).await {
            Ok(answer) => Ok(answer.user.filter(|user| self.may_ask(user, email)).map(|u| u.id)),
            Err(failure) if refusal::is_nobody(&failure) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn check(&self) -> Result<String, Failure> {
        let answer = self.read_method("auth.test", &[]).await?;
        if answer.team_id.as_deref() != Some(self.settings.team_id.as_str()) {
            let what = format!("{}: the bot token belongs to another team than team_id", self.who);
            return Err(Failure::misconfigured(what));
        }
        let bot = answer.user_id.filter(|id| is_id(id, &['U', 'W']));
        let bot = bot.as_deref().unwrap_or("a bot without an id");
        Ok(format!("acts as {bot} in {}", self.settings.team_id))
    }

    fn read(&self, call: &HttpCall, now: Timestamp) -> Result<Inbound, Refusal> {
        callback::read(&self.settings, call, now)
    }

    fn form_reply(&self, reply: &FormReply) -> HttpReply {
        match reply {
            FormReply::Close => HttpReply::empty(),
            FormReply::Error(error) => HttpReply::json(&map::form_error(error)),
            FormReply::Show { title, text, link: (label, url) } => {
                HttpReply::json(&map::form_next(title, text, label, url))
            }
        }
    }
}

impl Slack {
    async fn post(&self, arguments: &Value) -> Result<Receipt, Failure> {
        let answer = self.write("chat.postMessage", arguments).await?;
        answer
            .channel
            .zip(answer.ts)
            .map(|(channel, message)| Receipt { channel, message })
            .ok_or_else(|| {
                Failure::retry(format!("{}: posted, but says not where", self.who)).uncertain()
            })
    }

    /// A question goes to a person, never to a channel that somebody wrote into the directory.
    fn expect_person(&self, account: &str) -> Result<(), Failure> {
        if is_id(account, &['U', 'W']) {
            return Ok(());
        }
        let what = format!("{}: the account in the directory is not a person's (U…)", self.who);
        Err(Failure::permanent(what))
    }

    /// Members of our own workspace, with the address that was asked for.
    fn may_ask(&self, user: &User, email: &str) -> bool {
        let is_person = is_id(&user.id, &['U', 'W']) && user.id != SLACKBOT;
        let is_outsider = user.is_restricted
            || user.is_ultra_restricted
            || user.is_stranger
            || user.is_invited_user
            || user.team_id != self.settings.team_id;
        let is_machine = user.is_bot || user.is_workflow_bot;
        let is_other =
            user.profile.email.as_ref().is_some_and(|it| !it.eq_ignore_ascii_case(email));
        is_person
            && !is_machine
            && !is_outsider
            && !is_other
            && !user.deleted
            && user.is_email_confirmed != Some(false)
    }
}
