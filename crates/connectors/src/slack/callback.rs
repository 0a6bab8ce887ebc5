//! Reading what Slack sends: first whether it is Slack, then whether it is our app in our
//! workspace, then what it means. Nothing is parsed before its signature was checked. Pure.

mod payload;
mod signature;

use model::Timestamp;
use ports::chat::{HttpCall, HttpReply, Inbound, Press, Receipt, Refusal};
use serde::de::DeserializeOwned;
use serde_json::json;
use url::form_urlencoded;

use self::payload::{Envelope, Interaction, Message, View};
use super::{SlackSettings, map};
use crate::text;

/// The largest callback that is read, in bytes.
pub(super) const BODY_MAX_BYTES: usize = 512 * 1024;
/// The longest id that is taken, in bytes.
pub(super) const ID_MAX: usize = 64;
/// The longest button value, trigger, form id and challenge, in bytes.
const VALUE_MAX: usize = 2_000;
/// How much of what a person says is kept, in UTF-16 units.
const SAID_MAX: usize = 4_000;

/// Reads a call.
pub(super) fn read(
    settings: &SlackSettings,
    call: &HttpCall,
    now: Timestamp,
) -> Result<Inbound, Refusal> {
    if call.body.len() > BODY_MAX_BYTES {
        return Err(Refusal::Malformed("the body is larger than 512 KiB"));
    }
    signature::check(&settings.signing_secrets, call, now).map_err(Refusal::Forged)?;
    match call.kind.as_str() {
        "interactions" => interaction(settings, &call.body),
        "events" => event(settings, &call.body),
        _ => Err(Refusal::Malformed("Slack calls interactions and events only")),
    }
}

fn interaction(settings: &SlackSettings, body: &[u8]) -> Result<Inbound, Refusal> {
    let mut payload = None;
    for (name, value) in form_urlencoded::parse(body) {
        match name.as_ref() {
            "payload" if payload.is_some() => return Err(Refusal::Malformed("two payloads")),
            "payload" => payload = Some(value),
            "ssl_check" => return Ok(Inbound::Reply(HttpReply::empty())),
            _ => {}
        }
    }
    let payload = payload.ok_or(Refusal::Malformed("no payload"))?;
    let interaction: Interaction = json(payload.as_bytes())?;
    ours(settings, &interaction)?;
    match interaction.kind.as_str() {
        "block_actions" => pressed(interaction),
        "view_submission" => submitted(settings, interaction),
        _ => Ok(Inbound::Ignored),
    }
}

/// Our app, our workspace, and somebody who is at home in it.
fn ours(settings: &SlackSettings, interaction: &Interaction) -> Result<(), Refusal> {
    if interaction.api_app_id.as_deref() != Some(settings.app_id.as_str()) {
        return Err(Refusal::Forged("another app"));
    }
    let team = interaction.team.as_ref().ok_or(Refusal::Forged("no team"))?;
    if team.id != settings.team_id {
        return Err(Refusal::Forged("another team"));
    }
    if settings.enterprise_id.is_some() && team.enterprise_id != settings.enterprise_id {
        return Err(Refusal::Forged("another organisation"));
    }
    if interaction.user.team_id.as_deref() != Some(settings.team_id.as_str()) {
        return Err(Refusal::Forged("somebody of another team"));
    }
    if is_plain(&interaction.user.id) { Ok(()) } else { Err(Refusal::Malformed("user")) }
}

fn pressed(interaction: Interaction) -> Result<Inbound, Refusal> {
    let container = interaction.container.ok_or(Refusal::Malformed("no container"))?;
    if container.kind != "message" {
        return Ok(Inbound::Ignored);
    }
    let channel = plain(container.channel_id, "container.channel_id")?;
    let message = plain(container.message_ts, "container.message_ts")?;
    if interaction.channel.is_some_and(|other| other.id != channel) {
        return Err(Refusal::Malformed("two channels"));
    }
    let [action] = <[_; 1]>::try_from(interaction.actions)
        .map_err(|_| Refusal::Malformed("not exactly one action"))?;
    if action.kind != "button" || !action.action_id.starts_with(map::BUTTON_PREFIX) {
        return Ok(Inbound::Ignored);
    }
    let token = action.value.filter(|value| !value.is_empty() && value.len() <= VALUE_MAX);
    let token = token.ok_or(Refusal::Malformed("actions.value"))?;
    let at = plain(action.action_ts, "actions.action_ts")?;
    let account = interaction.user.id;
    Ok(Inbound::Pressed(Press {
        event: format!("{channel}/{message}/{at}/{account}"),
        account,
        receipt: Receipt { channel, message },
        token,
        trigger: interaction.trigger_id.filter(|trigger| trigger.len() <= VALUE_MAX),
    }))
}

fn submitted(settings: &SlackSettings, interaction: Interaction) -> Result<Inbound, Refusal> {
    let view = interaction.view.ok_or(Refusal::Malformed("no view"))?;
    if view.callback_id != map::FORM_CALLBACK {
        return Ok(Inbound::Ignored);
    }
    if view.app_id.as_ref().is_some_and(|app| *app != settings.app_id) {
        return Err(Refusal::Forged("a view of another app"));
    }
    if view.team_id.as_ref().is_some_and(|team| *team != settings.team_id) {
        return Err(Refusal::Forged("a view of another team"));
    }
    let comment = comment(&view).map(|comment| text::capped(comment, map::COMMENT_MAX));
    let form = view.private_metadata;
    if form.is_empty() || form.len() > VALUE_MAX {
        return Err(Refusal::Malformed("view.private_metadata"));
    }
    Ok(Inbound::Submitted { account: interaction.user.id, form, comment })
}

fn comment(view: &View) -> Option<&str> {
    let input = view.state.values.get(map::COMMENT_BLOCK)?.get(map::COMMENT_ACTION)?;
    input.value.as_deref().filter(|comment| !comment.trim().is_empty())
}

fn event(settings: &SlackSettings, body: &[u8]) -> Result<Inbound, Refusal> {
    let envelope: Envelope = json(body)?;
    match envelope.kind.as_str() {
        "url_verification" => handshake(envelope),
        "event_callback" => message(settings, envelope),
        _ => Ok(Inbound::Ignored),
    }
}

fn handshake(envelope: Envelope) -> Result<Inbound, Refusal> {
    let challenge = envelope.challenge.filter(|challenge| challenge.len() <= VALUE_MAX);
    let challenge = challenge.ok_or(Refusal::Malformed("challenge"))?;
    Ok(Inbound::Reply(HttpReply::json(&json!({ "challenge": challenge }))))
}

fn message(settings: &SlackSettings, envelope: Envelope) -> Result<Inbound, Refusal> {
    if envelope.api_app_id.as_deref() != Some(settings.app_id.as_str()) {
        return Err(Refusal::Forged("another app"));
    }
    if envelope.team_id.as_deref() != Some(settings.team_id.as_str()) {
        return Err(Refusal::Forged("another team"));
    }
    let event = envelope.event.ok_or(Refusal::Malformed("no event"))?;
    if event["type"] != "message" {
        return Ok(Inbound::Ignored);
    }
    let message: Message =
        serde_json::from_value(event).map_err(|_| Refusal::Malformed("event"))?;
    match message.subtype.as_deref() {
        Some("message_deleted") => deleted(message),
        None | Some("file_share") => said(settings, message, plain(envelope.event_id, "event_id")?),
        Some(_) => Ok(Inbound::Ignored),
    }
}

/// What people say to us directly; never what bots say, ourselves among them.
fn said(settings: &SlackSettings, message: Message, event: String) -> Result<Inbound, Refusal> {
    let is_direct = message.channel_type.as_deref() == Some("im");
    if !is_direct || message.bot_id.is_some() || message.app_id.is_some() {
        return Ok(Inbound::Ignored);
    }
    let homes = [&message.team, &message.user_team, &message.source_team];
    if homes.into_iter().flatten().any(|home| *home != settings.team_id) {
        return Err(Refusal::Forged("somebody of another team"));
    }
    Ok(Inbound::Said {
        account: plain(message.user, "event.user")?,
        channel: plain(message.channel, "event.channel")?,
        text: text::capped(&message.text.unwrap_or_default(), SAID_MAX),
        event,
    })
}

/// A deleted message, unless it was surely not ours; our own records decide.
fn deleted(message: Message) -> Result<Inbound, Refusal> {
    if message.previous_message.is_some_and(|previous| previous.bot_id.is_none()) {
        return Ok(Inbound::Ignored);
    }
    let channel = plain(message.channel, "event.channel")?;
    let message = plain(message.deleted_ts, "event.deleted_ts")?;
    Ok(Inbound::Deleted(Receipt { channel, message }))
}

fn json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(text).map_err(|_| Refusal::Malformed("not the JSON that Slack sends"))
}

/// An id or a time stamp: short, and of plain characters.
fn plain(id: Option<String>, what: &'static str) -> Result<String, Refusal> {
    id.filter(|id| is_plain(id)).ok_or(Refusal::Malformed(what))
}

fn is_plain(id: &str) -> bool {
    let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=ID_MAX).contains(&id.len()) && id.bytes().all(is_ours)
}
