//! The Web API: one handler a method, each as strict as it can be.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use ports::chat::Receipt;
use serde_json::{Map, Value, json};

use super::{
    Shared, SlackUser, Standing, blocks,
    state::{Message, Workspace},
};

/// What a method answers: fields beside `"ok": true`, or the vendor's error code and a reason.
type Outcome = Result<Value, (String, String)>;

/// `POST /api/{method}`.
pub(super) async fn call(
    State(shared): State<Shared>,
    Path(method): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let outcome =
        authorised(&shared, &headers).and_then(|()| answer(&shared, &method, &headers, &body));
    let reply = match outcome {
        Ok(mut reply) => {
            reply["ok"] = Value::Bool(true);
            reply
        }
        Err((error, why)) => {
            json!({ "ok": false, "error": error, "response_metadata": { "messages": [why] } })
        }
    };
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (StatusCode::OK, kind, reply.to_string()).into_response()
}

fn error(code: &str, why: impl Into<String>) -> (String, String) {
    (code.to_owned(), why.into())
}

fn authorised(shared: &Shared, headers: &HeaderMap) -> Result<(), (String, String)> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match given.and_then(|value| value.strip_prefix("Bearer ")) {
        None => Err(error("not_authed", "no bearer token")),
        Some(token) if token == shared.config.bot_token => Ok(()),
        Some(_) => Err(error("invalid_auth", "not this workspace's token")),
    }
}

fn answer(shared: &Shared, method: &str, headers: &HeaderMap, body: &[u8]) -> Outcome {
    match method {
        "auth.test" => Ok(json!({
            "team_id": shared.config.team, "user_id": "U0BOT", "bot_id": "B0BOT",
            "is_enterprise_install": false, "url": "https://demo.slack.example/",
        })),
        "users.lookupByEmail" => lookup(shared, headers, body),
        _ => {
            let arguments = Arguments::read(headers, body)?;
            let now = shared.config.clock.now().as_second();
            let workspace = &mut *shared.lock();
            match method {
                "chat.postMessage" => post(workspace, &arguments, now),
                "chat.update" => update(workspace, &arguments),
                "chat.postEphemeral" => whisper(workspace, &arguments, now),
                "views.open" => open(workspace, &arguments, now),
                _ => Err(error("unknown_method", method)),
            }
        }
    }
}

fn lookup(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Outcome {
    if !is_kind(headers, "application/x-www-form-urlencoded") {
        return Err(error("invalid_form_data", "this method reads forms only"));
    }
    let form: Vec<(String, String)> = form_pairs(body);
    let [(key, email)] = form.as_slice() else {
        return Err(error("invalid_arguments", "exactly one argument: email"));
    };
    if key != "email" {
        return Err(error("invalid_arguments", "exactly one argument: email"));
    }
    let workspace = shared.lock();
    let user = workspace.by_email(email).ok_or_else(|| error("users_not_found", ""))?;
    Ok(json!({ "user": user_object(user, &shared.config.team) }))
}

/// Reads pairs out of a form without a dependency on a form parser.
fn form_pairs(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (unescape(key), unescape(value))).collect()
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(each) = rest.next() {
        bytes.push(match each {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit(), digit());
                u8::try_from(high.unwrap_or(0) * 16 + low.unwrap_or(0)).unwrap_or(b'?')
            }
            _ => each,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn user_object(user: &SlackUser, team: &str) -> Value {
    let is = |standing| user.standing == standing;
    json!({
        "id": user.id,
        "team_id": if is(Standing::Stranger) { "T0ELSEWHERE" } else { team },
        "deleted": is(Standing::Deleted),
        "tz": user.time_zone,
        "is_bot": is(Standing::Bot),
        "is_app_user": false,
        "is_restricted": is(Standing::Guest) || is(Standing::SingleChannelGuest),
        "is_ultra_restricted": is(Standing::SingleChannelGuest),
        "is_stranger": is(Standing::Stranger),
        "is_invited_user": is(Standing::Invited),
        "is_email_confirmed": true,
        "profile": { "email": user.email, "real_name": user.name },
    })
}

fn post(workspace: &mut Workspace, arguments: &Arguments, now: i64) -> Outcome {
    arguments.only(&[
        "channel",
        "text",
        "blocks",
        "metadata",
        "thread_ts",
        "unfurl_links",
        "unfurl_media",
    ])?;
    for unfurl in ["unfurl_links", "unfurl_media"] {
        if arguments.0.get(unfurl) != Some(&Value::Bool(false)) {
            return Err(error("invalid_arguments", format!("{unfurl} must be false here")));
        }
    }
    let mut message = arguments.message()?;
    let channel =
        workspace.channel_of(arguments.text("channel")?).map_err(|code| error(code, ""))?;
    message.thread = arguments.0.get("thread_ts").and_then(Value::as_str).map(str::to_owned);
    message.delivery = arguments.delivery()?;
    let stamp = workspace.post(now, &channel, message);
    Ok(json!({ "channel": channel, "ts": stamp }))
}

fn update(workspace: &mut Workspace, arguments: &Arguments) -> Outcome {
    arguments.only(&["channel", "ts", "text", "blocks"])?;
    let (channel, stamp) = (arguments.text("channel")?, arguments.text("ts")?);
    if !channel.starts_with(['C', 'D', 'G']) {
        return Err(error("channel_not_found", "an update needs the channel itself"));
    }
    let new = arguments.message()?;
    let message =
        workspace.message(channel, stamp).ok_or_else(|| error("message_not_found", ""))?;
    if message.author.is_some() {
        return Err(error("cant_update_message", ""));
    }
    (message.text, message.blocks) = (new.text, new.blocks);
    message.edits += 1;
    Ok(json!({ "channel": channel, "ts": stamp }))
}

fn whisper(workspace: &mut Workspace, arguments: &Arguments, now: i64) -> Outcome {
    arguments.only(&["channel", "user", "text", "blocks"])?;
    let message = arguments.message()?;
    workspace.channel_of(arguments.text("channel")?).map_err(|code| error(code, ""))?;
    let user = arguments.text("user")?;
    if !workspace.people.contains_key(user) {
        return Err(error("user_not_in_channel", ""));
    }
    workspace.whisper(user, message.shown().trim());
    Ok(json!({ "message_ts": format!("{now}.000000") }))
}

fn open(workspace: &mut Workspace, arguments: &Arguments, now: i64) -> Outcome {
    arguments.only(&["trigger_id", "view"])?;
    let view = arguments.0.get("view").ok_or_else(|| error("invalid_arguments", "view"))?;
    blocks::check_view(view).map_err(|why| error("invalid_arguments", why))?;
    let trigger = arguments.text("trigger_id")?;
    let id = workspace.open(trigger, view.clone(), now).map_err(|code| error(code, ""))?;
    Ok(json!({ "view": { "id": id, "hash": "1.0" } }))
}

fn is_kind(headers: &HeaderMap, kind: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    given.is_some_and(|given| given.split(';').next().is_some_and(|first| first.trim() == kind))
}

/// The arguments of a method that takes JSON.
struct Arguments(Map<String, Value>);

impl Arguments {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, (String, String)> {
        if !is_kind(headers, "application/json") {
            return Err(error("invalid_post_type", "this method is called with JSON here"));
        }
        serde_json::from_slice(body).map(Self).map_err(|why| error("invalid_json", why.to_string()))
    }

    fn only(&self, known: &[&str]) -> Result<(), (String, String)> {
        match self.0.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(error("invalid_arguments", format!("unknown argument {key}"))),
            None => Ok(()),
        }
    }

    fn text(&self, key: &str) -> Result<&str, (String, String)> {
        let text = self.0.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| error("invalid_arguments", format!("{key} is missing")))
    }

    fn message(&self) -> Result<Message, (String, String)> {
        let text = self.0.get("text").and_then(Value::as_str).unwrap_or_default();
        let blocks = self.0.get("blocks").unwrap_or(&Value::Null);
        blocks::check_message(text, blocks).map_err(|(code, why)| error(code, why))?;
        Ok(Message {
            receipt: Receipt { channel: String::new(), message: String::new() },
            author: None,
            text: text.to_owned(),
            blocks: blocks.clone(),
            thread: None,
            delivery: None,
            edits: 0,
        })
    }

    /// The delivery id, which must be the only thing in the metadata: other apps can read it.
    fn delivery(&self) -> Result<Option<String>, (String, String)> {
        let Some(metadata) = self.0.get("metadata") else { return Ok(None) };
        let payload = metadata["event_payload"].as_object();
        let delivery = payload
            .filter(|payload| payload.len() == 1)
            .and_then(|payload| payload.get("delivery"));
        match (metadata["event_type"].as_str(), delivery.and_then(Value::as_str)) {
            (Some(_), Some(delivery)) if delivery.starts_with("dlv_") => {
                Ok(Some(delivery.to_owned()))
            }
            _ => Err(error("invalid_metadata_format", "only an opaque delivery id belongs there")),
        }
    }
}
