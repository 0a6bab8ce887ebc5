//! What people type to us. It is read as a command or not at all: nothing typed in a chat is an
//! answer or a proof, and a code typed there is neither used nor kept (R21).

use std::sync::Arc;

use casework::{
    code,
    commands::{self, COMMANDS, Command, CommandError},
};
use jiff::ToSpan;
use model::{DeliveryId, Person, Span, StateName, Timestamp};
use ports::{
    chat::Notice,
    store::{CaseQuery, Commit, StoreError},
};

use super::{ASIDE_LIMIT, Origin};
use crate::{
    engine::{Engine, EngineError},
    pause,
    render::when::Reader,
};

/// Questions that are counted for `status`.
const COUNTED_MAX: u32 = 50;

impl Engine {
    pub(super) async fn heard(
        &self,
        from: &Origin,
        account: &str,
        text: &str,
        event: &str,
    ) -> Result<(), EngineError> {
        let Some(once) = self.once(from, event).await? else { return Ok(()) };
        let commit = Commit { records: vec![once], ..Commit::default() };
        match self.parts.store.commit(commit).await {
            Ok(()) => {}
            // Somebody else answers the same message.
            Err(StoreError::Conflict) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let Some(person) = self.speaker(from, account).await? else { return Ok(()) };
        let reply = match commands::parse(text) {
            _ if commands::looks_like_code(text) => self.reply(&person, "code_warning", ""),
            Ok(command) => self.carry_out(&person, command).await?,
            Err(CommandError::Usage(help)) => self.reply(&person, "usage", help.usage),
            Err(_) => self.reply(&person, "unknown", ""),
        };
        self.say(from, account, &person, reply).await;
        Ok(())
    }

    /// Whose account it is, by our own records or the directory; strangers get no reply.
    async fn speaker(
        &self,
        from: &Origin,
        account: &str,
    ) -> Result<Option<Arc<Person>>, EngineError> {
        let person = match self.parts.directory.by_chat(&from.name, account) {
            Some(person) => Some(person),
            None => self.bound_to(&from.name, account).await?,
        };
        Ok(person.filter(|person| person.active))
    }

    async fn carry_out(&self, person: &Person, command: Command) -> Result<String, EngineError> {
        match command {
            Command::Help => Ok(self.help(person)),
            Command::Status => self.status(person).await,
            Command::Stop => Ok(self.stop(person).await),
            // It keeps questions away, which wants a proof (R14): only our page has one.
            Command::Snooze => Ok(self.reply(person, "needs_proof", "")),
            Command::Check(typed) => self.check(person, &typed).await,
        }
    }

    fn help(&self, person: &Person) -> String {
        let mut lines = vec![self.reply(person, "help", "")];
        lines.extend(COMMANDS.iter().map(|help| format!("{}: {}", help.usage, help.text)));
        lines.join("\n")
    }

    async fn status(&self, person: &Person) -> Result<String, EngineError> {
        let states = vec![StateName::Asking, StateName::Claimed, StateName::Verifying];
        let people = vec![person.id];
        let query = CaseQuery { states, people, limit: COUNTED_MAX, ..CaseQuery::default() };
        let waiting = self.cases(&query).await?.len();
        let mut text = match waiting {
            0 => self.reply(person, "status_none", ""),
            count => self.reply(person, "status_some", &count.to_string()),
        };
        let muted = self.desk(person.id).await?.and_then(|desk| desk.muted_until);
        if let Some(until) = muted.filter(|until| *until > self.now()) {
            let until = self.reader_for(person).moment(&self.templates(), until);
            text = format!("{text}\n{}", self.reply(person, "status_muted", &until));
        }
        Ok(text)
    }

    /// No reminders for the rest of the person's day. Needs no proof and hides nothing (R14).
    async fn stop(&self, person: &Person) -> String {
        let reader = self.reader_for(person);
        let until = end_of_day(&reader);
        match self.mute_person(person.id, until).await {
            Ok(until) => {
                let until = reader.moment(&self.templates(), until);
                self.reply(person, "stop_done", &until)
            }
            Err(error) => {
                tracing::warn!(%error, "a person's reminders could not be stopped");
                self.reply(person, "stop_failed", "")
            }
        }
    }

    async fn check(&self, person: &Person, typed: &str) -> Result<String, EngineError> {
        let found = match code::read_code(typed) {
            Some(code) => self.look_up_code(&code).await?,
            None => None,
        };
        let part = match found {
            Some((owner, ..)) if owner == person.id => "check_yours",
            Some(_) => "check_ours",
            None => "check_not_ours",
        };
        Ok(self.reply(person, part, ""))
    }

    async fn say(&self, from: &Origin, account: &str, person: &Person, text: String) {
        let notice = Notice {
            delivery: DeliveryId::from_parts(self.now(), self.parts.entropy.bits()),
            title: self.reply(person, "title", ""),
            text,
            buttons: Vec::new(),
            url: None,
        };
        let call = from.chat.tell(account, &notice);
        if let Err(failure) = pause::within(&*self.parts.clock, ASIDE_LIMIT, call).await {
            tracing::info!(chat = from.name, why = %failure, "a reply was not sent");
        }
    }
}

fn end_of_day(reader: &Reader<'_>) -> Timestamp {
    let today = reader.zone.to_datetime(reader.now).date();
    let tomorrow = today.checked_add(1.day()).ok();
    let midnight = tomorrow.and_then(|date| date.to_zoned(reader.zone.clone()).ok());
    midnight.map_or_else(|| Span::hours(24).after(reader.now), |at| at.timestamp())
}
