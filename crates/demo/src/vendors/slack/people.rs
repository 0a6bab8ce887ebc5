//! Acting as the people of the workspace: what their clicks and words make Slack send.

use std::{collections::BTreeMap, io};

use hmac::{Hmac, KeyInit as _, Mac as _};
use ports::chat::Receipt;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Shared, SlackWorld, Standing, blocks, state};
use crate::vendors::{Answer, SignedCall};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

impl SlackWorld {
    /// Presses a button of a message as a user and returns what was answered. The action is the
    /// button's id, such as `ask.me`.
    pub async fn press(&self, user: &str, receipt: &Receipt, action: &str) -> io::Result<Answer> {
        self.shared.press(user, receipt, action).await
    }

    /// Submits an open form as a user. The form changes as the answer says.
    pub async fn submit_form(&self, user: &str, form: &str, comment: &str) -> io::Result<Answer> {
        self.shared.submit(user, form, comment).await
    }

    /// Says something to the app in a direct message.
    pub async fn say(&self, user: &str, text: &str) -> io::Result<Answer> {
        self.shared.say(user, text).await
    }

    /// Deletes one of the app's messages, as an administrator of the workspace can.
    pub async fn delete(&self, receipt: &Receipt) -> io::Result<Answer> {
        let call = self.deleting(receipt).ok_or_else(|| missing("no such message"))?;
        self.shared.lock().remove(&receipt.channel, &receipt.message);
        self.shared.send(&call).await
    }

    /// Asks the server for the handshake of event subscriptions; the answer must hold `challenge`.
    pub async fn handshake(&self, challenge: &str) -> io::Result<Answer> {
        self.shared.send(&self.shaking(challenge)).await
    }

    /// The call that pressing makes, unsent. `None` where there is no such button.
    #[must_use]
    pub fn pressing(&self, user: &str, receipt: &Receipt, action: &str) -> Option<SignedCall> {
        self.shared.pressing(user, receipt, action)
    }

    /// The call that submitting makes, unsent. `None` where there is no such form.
    #[must_use]
    pub fn submitting(&self, user: &str, form: &str, comment: &str) -> Option<SignedCall> {
        self.shared.submitting(user, form, comment)
    }

    /// The call that saying something makes, unsent.
    #[must_use]
    pub fn saying(&self, user: &str, text: &str) -> SignedCall {
        self.shared.saying(user, text)
    }

    /// The call that a deletion makes, unsent.
    #[must_use]
    pub fn deleting(&self, receipt: &Receipt) -> Option<SignedCall> {
        let message = self.shared.lock().message(&receipt.channel, &receipt.message).cloned()?;
        let previous = json!({ "bot_id": "B0BOT", "text": message.text, "ts": receipt.message });
        Some(self.shared.event(&json!({
            "type": "message", "subtype": "message_deleted", "channel_type": "im",
            "channel": receipt.channel, "deleted_ts": receipt.message,
            "previous_message": previous, "ts": receipt.message,
        })))
    }

    /// The handshake's call, unsent.
    #[must_use]
    pub fn shaking(&self, challenge: &str) -> SignedCall {
        let body = json!({ "type": "url_verification", "challenge": challenge, "token": "legacy" });
        self.shared.sign("events", JSON, body.to_string())
    }

    /// Signs any body, correctly, as of now.
    #[must_use]
    pub fn sign(&self, kind: &'static str, content_type: &str, body: &str) -> SignedCall {
        self.shared.sign(kind, content_type, body.to_owned())
    }

    /// Signs any payload of interactivity, correctly, as of now.
    #[must_use]
    pub fn sign_payload(&self, payload: &Value) -> SignedCall {
        self.shared.interaction(payload)
    }
}

/// The signature of a body.
fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().fold("v0=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn missing(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, what)
}

/// Text as a form carries it.
fn form_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

impl Shared {
    pub(super) async fn press(
        &self,
        user: &str,
        receipt: &Receipt,
        action: &str,
    ) -> io::Result<Answer> {
        let call = self.pressing(user, receipt, action).ok_or_else(|| missing("no such button"))?;
        self.send(&call).await
    }

    pub(super) async fn submit(&self, user: &str, form: &str, comment: &str) -> io::Result<Answer> {
        let call = self.submitting(user, form, comment).ok_or_else(|| missing("no such form"))?;
        let answer = self.send(&call).await?;
        self.apply(form, &answer);
        Ok(answer)
    }

    pub(super) async fn say(&self, user: &str, text: &str) -> io::Result<Answer> {
        let call = self.saying(user, text);
        let (now, channel) = (self.now(), state::dm_of(user));
        let message = state::Message {
            receipt: Receipt { channel: channel.clone(), message: String::new() },
            author: Some(user.to_owned()),
            text: text.to_owned(),
            blocks: json!([{ "type": "section", "text": { "type": "plain_text", "text": text } }]),
            thread: None,
            delivery: None,
            edits: 0,
        };
        self.lock().post(now, &channel, message);
        self.send(&call).await
    }

    fn now(&self) -> i64 {
        self.config.clock.now().as_second()
    }

    async fn send(&self, call: &SignedCall) -> io::Result<Answer> {
        let base = self.lock().callbacks.clone().ok_or_else(|| missing("callbacks are not set"))?;
        let answer = call.send(&base).await;
        match &answer {
            Ok(answer) if answer.status == 200 => {}
            Ok(answer) => self.lock().complain(format!("{} answered {}", call.kind, answer.status)),
            Err(error) => self.lock().complain(format!("{} not answered: {error}", call.kind)),
        }
        answer
    }

    fn sign(&self, kind: &'static str, content_type: &str, body: String) -> SignedCall {
        let timestamp = self.now().to_string();
        let signature = signature(&self.config.signing_secret, &timestamp, &body);
        let headers = [
            ("content-type", content_type),
            ("x-slack-request-timestamp", timestamp.as_str()),
            ("x-slack-signature", signature.as_str()),
        ];
        SignedCall::new(kind, &headers, body)
    }

    fn interaction(&self, payload: &Value) -> SignedCall {
        let body = format!("payload={}", form_escape(&payload.to_string()));
        self.sign("interactions", FORM, body)
    }

    fn event(&self, event: &Value) -> SignedCall {
        let id = format!("Ev{:08}", self.lock().serial());
        let body = json!({
            "type": "event_callback", "token": "legacy", "event_id": id, "event_time": self.now(),
            "team_id": self.config.team, "api_app_id": self.config.app, "event": event,
        });
        self.sign("events", JSON, body.to_string())
    }

    /// What every interaction says about who acts, and where.
    fn envelope(&self, kind: &str, user: &str) -> Value {
        let standing = self.lock().people.get(user).map(|user| user.standing);
        let is_stranger = standing == Some(Standing::Stranger);
        let home = if is_stranger { "T0ELSEWHERE" } else { &self.config.team };
        json!({
            "type": kind, "api_app_id": self.config.app, "token": "legacy",
            "team": { "id": self.config.team, "domain": "demo" },
            "enterprise": null, "is_enterprise_install": false,
            "user": { "id": user, "username": user, "name": user, "team_id": home },
        })
    }

    fn pressing(&self, user: &str, receipt: &Receipt, action: &str) -> Option<SignedCall> {
        let message = self.lock().message(&receipt.channel, &receipt.message).cloned()?;
        let mut button =
            blocks::buttons(&message.blocks).find(|button| button["action_id"] == action)?.clone();
        let mut payload = self.envelope("block_actions", user);
        let trigger = self.lock().trigger(user, self.now());
        let stamp = self.lock().serial();
        button["block_id"] = json!("answer");
        button["action_ts"] = json!(format!("{}.{stamp:06}", self.now()));
        let (channel, ts) = (&receipt.channel, &receipt.message);
        payload["container"] = json!({
            "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false,
        });
        payload["channel"] = json!({ "id": channel, "name": "directmessage" });
        payload["message"] = json!({ "ts": ts, "bot_id": "B0BOT", "blocks": message.blocks });
        payload["state"] = json!({ "values": {} });
        payload["trigger_id"] = json!(trigger);
        payload["response_url"] = json!("https://hooks.slack.example/actions/T0/1/x");
        payload["actions"] = json!([button]);
        Some(self.interaction(&payload))
    }

    fn submitting(&self, user: &str, form: &str, comment: &str) -> Option<SignedCall> {
        // A form without a button to send it cannot be sent.
        let form =
            self.lock().form(form).filter(|form| form.view["submit"].is_object()).cloned()?;
        let inputs = form.view["blocks"].as_array()?.iter().filter(|each| each["type"] == "input");
        let value = (!comment.is_empty()).then_some(comment);
        let mut values = json!({});
        for input in inputs {
            let (block, action) = (&input["block_id"], &input["element"]["action_id"]);
            values[block.as_str()?][action.as_str()?] =
                json!({ "type": "plain_text_input", "value": value });
        }
        let mut payload = self.envelope("view_submission", user);
        payload["trigger_id"] = json!(self.lock().trigger(user, self.now()));
        payload["view"] = json!({
            "id": form.id, "team_id": self.config.team, "app_id": self.config.app,
            "app_installed_team_id": self.config.team, "bot_id": "B0BOT", "type": "modal",
            "callback_id": form.view["callback_id"], "hash": "1.0",
            "private_metadata": form.view["private_metadata"],
            "root_view_id": form.id, "previous_view_id": null,
            "state": { "values": values },
        });
        Some(self.interaction(&payload))
    }

    fn saying(&self, user: &str, text: &str) -> SignedCall {
        let stamp = format!("{}.{:06}", self.now(), self.lock().serial());
        self.event(&json!({
            "type": "message", "channel_type": "im", "channel": state::dm_of(user),
            "user": user, "team": self.config.team, "text": text, "ts": stamp, "event_ts": stamp,
        }))
    }

    /// Changes a form as the answer to its submission says.
    fn apply(&self, form: &str, answer: &Answer) {
        let workspace = &mut *self.lock();
        if answer.status != 200 {
            return;
        }
        if answer.body.is_empty() {
            return workspace.close(form);
        }
        let Some(reply) = answer.json() else {
            return workspace.complain("the answer to a form is neither empty nor JSON");
        };
        let Some(open) = workspace.form(form) else { return };
        let complaint = match reply["response_action"].as_str() {
            Some("clear") => return workspace.close(form),
            Some("errors") => show_errors(&reply["errors"], open),
            Some("update") => blocks::check_view(&reply["view"]).map(|()| {
                open.view = reply["view"].clone();
                open.errors.clear();
            }),
            _ => Err("unknown response_action".to_owned()),
        };
        if let Err(complaint) = complaint {
            workspace.complain(complaint);
        }
    }
}

fn show_errors(errors: &Value, open: &mut state::OpenForm) -> Result<(), String> {
    let errors: BTreeMap<String, String> = serde_json::from_value(errors.clone())
        .map_err(|_| "errors are texts by block".to_owned())?;
    let inputs = open.view["blocks"].as_array().into_iter().flatten();
    let known: Vec<&Value> = inputs.map(|block| &block["block_id"]).collect();
    if errors.is_empty() || !errors.keys().all(|key| known.iter().any(|id| *id == key)) {
        return Err("errors name blocks that are in the form".to_owned());
    }
    open.errors = errors;
    Ok(())
}
