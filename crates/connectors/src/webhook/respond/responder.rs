//! The port: acting.

use async_trait::async_trait;
use ports::{
    Failure,
    responder::{ActionCall, ActionSpec, Applied, Plan, Responder, Reverted, Seen, Standing, Undo},
};
use serde_json::{Value, json};

use super::{
    WebhookResponder,
    client::Said,
    map::{self, Ask, Notes},
};
use crate::respond::{cannot_undo, no_such_action, no_target, planned, refused};

#[async_trait]
impl Responder for WebhookResponder {
    fn actions(&self) -> Vec<ActionSpec> {
        self.settings.actions.clone()
    }

    async fn plan(&self, call: &ActionCall) -> Result<Plan, Failure> {
        let message = self.execute(call, false)?;
        let url = self.settings.url.url();
        let mut shown = url.clone();
        // A query may hold the receiver's token.
        shown.set_query(None);
        let (standing, prior) = match self.protection(call) {
            Some(why) => (Standing::Protected(why), Value::Null),
            None if self.settings.is_dry_run_known => self.dry_run(call).await?,
            None => (Standing::Ready, Value::Null),
        };
        let can_be_seen = self.settings.verify_url.is_some();
        let remark = (!can_be_seen).then(|| "whether it took effect cannot be seen".to_owned());
        Ok(Plan {
            requests: vec![planned("POST", &shown, Some(message.to_string()))],
            standing,
            prior,
            people: None,
            remarks: remark.into_iter().collect(),
        })
    }

    async fn apply(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        notes: &mut Value,
    ) -> Result<Applied, Failure> {
        let message = self.execute(call, false)?;
        if let Some(why) = self.protection(call) {
            return Ok(Applied::Protected(why));
        }
        match self.act(Ask::Execute, call, self.settings.url.url(), &message).await? {
            Said::Already if call.is_retry => Ok(Applied::Done),
            Said::Already => Ok(Applied::AlreadySo),
            Said::No(why) => {
                Err(Failure::permanent(format!("{}: the receiver refused: {why}", self.who)))
            }
            Said::Yes(mut answer) => {
                let mut noted = noted(notes);
                answer.keep(&mut noted);
                noted.poll = answer.poll.take().or(noted.poll);
                *notes = json!(noted);
                match answer.status.as_str() {
                    "accepted" => Ok(Applied::Accepted),
                    "done" => Ok(Applied::Done),
                    _ => Err(self.unreadable()),
                }
            }
        }
    }

    async fn verify(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        notes: &mut Value,
    ) -> Result<Seen, Failure> {
        let mut noted = noted(notes);
        let polled = self.progress(call, noted.poll.clone(), &mut noted).await?;
        let seen = match polled {
            Some(seen) if seen != Seen::Holds => seen,
            _ => match self.look(Ask::Verify, call, &mut noted).await? {
                Some(seen) => seen,
                None => polled.unwrap_or_else(unseeable),
            },
        };
        *notes = json!(noted);
        Ok(seen)
    }

    async fn revert(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        notes: &mut Value,
    ) -> Result<Reverted, Failure> {
        if self.spec(call)?.undo != Undo::Reversible {
            return Err(cannot_undo(&self.who));
        }
        let mut noted = noted(notes);
        let (Some(url), Some(token)) = (&self.settings.revert_url, &noted.undo_token) else {
            let what = "the receiver gave no undo token, so that it cannot be taken back";
            return Err(Failure::permanent(format!("{}: {what}", self.who)));
        };
        let mut message = map::message(Ask::Revert, call, &self.target(call)?);
        message["undo_token"] = json!(token);
        message["prior_state"] = noted.prior_state.clone();
        match self.act(Ask::Revert, call, url.url(), &message).await? {
            Said::Already => Ok(Reverted::AlreadySo),
            Said::No(why) => Ok(refused(why)),
            Said::Yes(mut answer) => {
                noted.revert_poll = answer.poll.take();
                *notes = json!(noted);
                match answer.status.as_str() {
                    "accepted" => Ok(Reverted::Accepted),
                    "done" => Ok(Reverted::Done),
                    _ => Err(self.unreadable()),
                }
            }
        }
    }

    async fn verify_revert(
        &self,
        call: &ActionCall,
        _plan: &Plan,
        notes: &mut Value,
    ) -> Result<Seen, Failure> {
        let mut noted = noted(notes);
        let polled = self.progress(call, noted.revert_poll.clone(), &mut noted).await?;
        match polled {
            Some(seen) if seen != Seen::Holds => Ok(seen),
            _ => {
                let looked = self.look(Ask::VerifyRevert, call, &mut noted).await?;
                Ok(looked.or(polled).unwrap_or_else(unseeable))
            }
        }
    }

    /// There is nothing to ask a webhook without acting.
    async fn check(&self) -> Result<String, Failure> {
        Ok(format!("acts through {}; not tried", self.settings.url.host()))
    }
}

fn noted(notes: &Value) -> Notes {
    serde_json::from_value(notes.clone()).unwrap_or_default()
}

fn unseeable() -> Seen {
    Seen::Unseeable("the receiver has no verify_url".to_owned())
}

impl WebhookResponder {
    fn spec(&self, call: &ActionCall) -> Result<&ActionSpec, Failure> {
        let spec = self.settings.actions.iter().find(|spec| spec.name == call.action);
        spec.ok_or_else(|| no_such_action(&self.who))
    }

    fn target(&self, call: &ActionCall) -> Result<Value, Failure> {
        map::target(call).ok_or_else(|| no_target(&self.who, "anything to act on"))
    }

    fn execute(&self, call: &ActionCall, is_dry: bool) -> Result<Value, Failure> {
        self.spec(call)?;
        let mut message = map::message(Ask::Execute, call, &self.target(call)?);
        message["dry_run"] = json!(is_dry);
        Ok(message)
    }

    fn protection(&self, call: &ActionCall) -> Option<String> {
        let value = call.target.value.as_deref();
        let names: Vec<&str> = value.into_iter().collect();
        self.settings.protected.reason(call.target.person.as_ref(), &names)
    }

    async fn dry_run(&self, call: &ActionCall) -> Result<(Standing, Value), Failure> {
        let message = self.execute(call, true)?;
        match self.ask("dry_run", call, self.settings.url.url(), &message).await? {
            Said::Already => Ok((Standing::AlreadySo, Value::Null)),
            Said::No(why) => Ok((Standing::Protected(why), Value::Null)),
            Said::Yes(mut answer) => {
                let mut noted = Notes::default();
                answer.keep(&mut noted);
                Ok((Standing::Ready, noted.prior_state))
            }
        }
    }

    /// How far what was accepted is, where the receiver said where to ask.
    async fn progress(
        &self,
        call: &ActionCall,
        poll: Option<String>,
        notes: &mut Notes,
    ) -> Result<Option<Seen>, Failure> {
        let Some(path) = poll else { return Ok(None) };
        let said = self.poll(call, &path).await?;
        self.seen(said, notes).map(Some)
    }

    async fn look(
        &self,
        ask: Ask,
        call: &ActionCall,
        notes: &mut Notes,
    ) -> Result<Option<Seen>, Failure> {
        let Some(url) = &self.settings.verify_url else { return Ok(None) };
        let message = map::message(ask, call, &self.target(call)?);
        let said = self.ask(ask.name(), call, url.url(), &message).await?;
        self.seen(said, notes).map(Some)
    }

    fn seen(&self, said: Said, notes: &mut Notes) -> Result<Seen, Failure> {
        match said {
            Said::Already => Ok(Seen::Holds),
            Said::No(why) => Ok(Seen::Changed(why)),
            Said::Yes(mut answer) => {
                answer.keep(notes);
                match answer.status.as_str() {
                    "done" => Ok(Seen::Holds),
                    "pending" | "accepted" => Ok(Seen::NotYet),
                    "changed" | "failed" => Ok(Seen::Changed(answer.reason())),
                    _ => Err(self.unreadable().certain()),
                }
            }
        }
    }

    fn unreadable(&self) -> Failure {
        let what = "the reply says neither done nor accepted";
        Failure::retry(format!("{}: {what}", self.who)).uncertain()
    }
}
