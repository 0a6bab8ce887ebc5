//! Stand-ins for what lies outside: a source, a chat, a way to prove.

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderMap;
use model::{
    Method, Person, Personal, Severity, Span, Timestamp,
    device::{
        Confidence, Field, IdKind, Observation, OwnerHint, Platform, Practice, RecordKey,
        SourceRecord,
    },
};
use ports::{
    Failure,
    chat::{
        Chat, Form, FormReply, HttpCall, HttpReply, Inbound, Notice, Question, Receipt, Refusal,
        Report,
    },
    devices::{self, DeviceMap, Problems, Pushed},
    source::{AlertDraft, AlertMap, AuthFailure, Reads, Rejected, ReplayKey, Source, SourceAuth},
    verifier::{Begun, ChallengeRequest, Enrolled, Factor, Proven, Verdict, Verifier},
};
use serde_json::Value;

pub(crate) const SOURCE_TOKEN: &str = "siem-secret-1f0c93ab77d2";
pub(crate) const SIGNING_TOKEN: &str = "hook-secret-5b8e12cd90fa";
pub(crate) const CHAT_TOKEN: &str = "chat-secret-0a9b8c7d6e5f";
pub(crate) const CODE: &str = "123456";

/// A source with a bearer token.
pub(crate) fn siem() -> Source {
    Source {
        name: "siem".to_owned(),
        auth: Box::new(Bearer),
        reads: Reads::Alerts(Box::new(Plain)),
        puller: None,
    }
}

/// A source that signs, so that a request must not be taken twice.
pub(crate) fn hook() -> Source {
    Source {
        name: "hook".to_owned(),
        auth: Box::new(Signed),
        reads: Reads::Alerts(Box::new(Plain)),
        puller: None,
    }
}

/// A source of device facts.
pub(crate) fn lab() -> Source {
    let reads = Reads::Devices(Arc::new(Lines));
    Source { name: "lab".to_owned(), auth: Box::new(Bearer), reads, puller: None }
}

/// Reads lines of an id, a serial number, an e-mail and whether the disk is encrypted.
struct Lines;

impl DeviceMap for Lines {
    fn map(&self, body: &[u8], now: Timestamp) -> Result<Pushed, devices::Rejected> {
        let text = std::str::from_utf8(body);
        let text = text.map_err(|_| devices::Rejected::because("not UTF-8"))?;
        let mut pushed = Pushed::default();
        for (at, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split(' ').collect();
            let [id, serial, email, encrypted] = words[..] else {
                pushed.rejected.push((at, devices::Rejected::because("not four words")));
                continue;
            };
            let mut record = SourceRecord::new(RecordKey::new("lab", id), now);
            record.platform = Platform::Linux;
            record.last_sync = Some(now);
            record.identifiers.scalars.insert(IdKind::Serial, serial.to_owned());
            record.facts.insert(Field::Name, format!("machine <{id}>"));
            record.owners.push(OwnerHint::new(Some(email), None, Confidence::Assigned));
            let seen = Observation::stated(encrypted.parse().ok());
            record.practices.insert(Practice::Encryption, seen);
            pushed.records.push(devices::Read { record, problems: Problems::default() });
        }
        Ok(pushed)
    }
}

pub(crate) struct Bearer;

impl SourceAuth for Bearer {
    fn check(
        &self,
        headers: &HeaderMap,
        _: &[u8],
        _: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        let line = headers.get("authorization").ok_or(AuthFailure::Missing)?;
        let line = line.to_str().map_err(|_| AuthFailure::Malformed)?;
        let token = line.strip_prefix("Bearer ").ok_or(AuthFailure::Malformed)?;
        if token == SOURCE_TOKEN { Ok(None) } else { Err(AuthFailure::Wrong) }
    }
}

/// "Signs" with the token and the length of the body, which is enough for a stand-in.
struct Signed;

pub(crate) fn signature(body: &[u8]) -> String {
    format!("{SIGNING_TOKEN}:{}", body.len())
}

impl SourceAuth for Signed {
    fn check(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let id = text("webhook-id").ok_or(AuthFailure::Missing)?;
        if text("webhook-signature").ok_or(AuthFailure::Missing)? != signature(body) {
            return Err(AuthFailure::Wrong);
        }
        Ok(Some(ReplayKey { key: id.to_owned(), until: Span::minutes(10).after(now) }))
    }
}

/// Reads `{"rule", "id", "person", "severity"}`, or an envelope of them under `alerts`.
struct Plain;

impl AlertMap for Plain {
    fn map(&self, body: &Value) -> Vec<Result<AlertDraft, Rejected>> {
        let records = body.as_array().or_else(|| body["alerts"].as_array());
        match records {
            Some(records) => records.iter().map(read).collect(),
            None => vec![read(body)],
        }
    }
}

fn read(record: &Value) -> Result<AlertDraft, Rejected> {
    let text = |name: &str| record[name].as_str().map(str::to_owned);
    let rule = text("rule").ok_or(Rejected { problem: "no rule: send one".to_owned() })?;
    Ok(AlertDraft {
        external_id: text("id"),
        title: rule.clone(),
        rule,
        description: String::new(),
        severity: Severity::read(&text("severity").unwrap_or_default()).0,
        time: None,
        person: text("person").map(Personal::new),
        url: None,
        facts: [("ip".to_owned(), "203.0.113.7".into())].into(),
        problems: Vec::new(),
    })
}

/// A chat that takes everything and believes a header.
pub(crate) struct Talk;

#[async_trait]
impl Chat for Talk {
    async fn ask(&self, account: &str, question: &Question) -> Result<Receipt, Failure> {
        Ok(receipt(account, &question.delivery.to_string()))
    }
    async fn tell(&self, account: &str, notice: &Notice) -> Result<Receipt, Failure> {
        Ok(receipt(account, &notice.delivery.to_string()))
    }
    async fn update(&self, _: &Receipt, _: &Notice) -> Result<(), Failure> {
        Ok(())
    }
    async fn report(&self, report: &Report, _: Option<&Receipt>) -> Result<Receipt, Failure> {
        Ok(receipt("security", &report.delivery.to_string()))
    }
    async fn open_form(&self, _: &str, _: &Form) -> Result<(), Failure> {
        Ok(())
    }
    async fn whisper(&self, _: &str, _: &Receipt, _: &str) -> Result<(), Failure> {
        Ok(())
    }
    async fn account_of(&self, email: &str) -> Result<Option<String>, Failure> {
        Ok(Some(email.to_uppercase()))
    }
    async fn check(&self) -> Result<String, Failure> {
        Ok("talk".to_owned())
    }
    fn read(&self, call: &HttpCall, _: Timestamp) -> Result<Inbound, Refusal> {
        match call.headers.get("x-talk-token").and_then(|value| value.to_str().ok()) {
            Some(token) if token == CHAT_TOKEN => {}
            _ => return Err(Refusal::Forged("no token")),
        }
        match call.body.as_ref() {
            b"hello" => {
                let value = serde_json::json!({ "kind": call.kind, "seen": "hello" });
                Ok(Inbound::Reply(HttpReply::json(&value)))
            }
            _ => Err(Refusal::Malformed("not a greeting")),
        }
    }
    fn form_reply(&self, _: &FormReply) -> HttpReply {
        HttpReply::empty()
    }
}

fn receipt(channel: &str, message: &str) -> Receipt {
    Receipt { channel: channel.to_owned(), message: message.to_owned() }
}

/// A TOTP that takes [`CODE`], each time with the next counter.
pub(crate) struct Code;

#[async_trait]
impl Verifier for Code {
    fn method(&self) -> Method {
        Method::Totp
    }
    fn is_local(&self) -> bool {
        true
    }
    async fn begin(&self, _: &ChallengeRequest<'_>) -> Result<Begun, Failure> {
        Ok(Begun { state: Vec::new(), options: None, code: None })
    }
    async fn check(
        &self,
        request: &ChallengeRequest<'_>,
        _: &[u8],
        response: Option<&str>,
        _: Timestamp,
    ) -> Result<Verdict, Failure> {
        let factor = request.factors.first();
        let (Some(factor), Some(CODE)) = (factor, response) else { return Ok(Verdict::Wrong) };
        Ok(Verdict::Proven(Proven {
            factor: Some(factor.id),
            provider_device: None,
            counter: Some(factor.counter + 1),
            material: None,
        }))
    }
    fn begin_enrolment(&self, _: &Person, _: &[Factor]) -> Option<Result<Begun, Failure>> {
        None
    }
    fn finish_enrolment(
        &self,
        _: &Person,
        _: &[u8],
        _: &str,
        _: Timestamp,
    ) -> Result<Enrolled, Verdict> {
        Err(Verdict::Wrong)
    }
    async fn is_available(&self, _: &Person, _: &[Factor]) -> Result<bool, Failure> {
        Ok(true)
    }
}
