//! Mails: taken apart, and complained about.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::State;

/// How long a line may be, in bytes.
const LINE_MAX_BYTES: usize = 998;
/// What every mail of a machine has.
const WANTED: [&str; 8] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "auto-submitted",
];

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Who sent it, by the envelope.
    pub from: String,
    /// To whom, by the envelope.
    pub to: Vec<String>,
    /// The headers as they came, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The subject as a person reads it.
    pub subject: String,
    /// The text as a person reads it.
    pub text: String,
    /// How often it came.
    pub tries: u32,
}

pub(super) fn keep(state: &mut State, from: &str, to: Vec<String>, raw: &str) {
    let Some(mail) = parse(from, to, raw, &mut state.complaints) else {
        return state.complaints.push("not a mail".to_owned());
    };
    let id = mail.headers.get("message-id");
    match state.mails.iter_mut().find(|earlier| earlier.headers.get("message-id") == id) {
        Some(earlier) => earlier.tries += 1,
        None => state.mails.push(mail),
    }
}

fn parse(from: &str, to: Vec<String>, raw: &str, complaints: &mut Vec<String>) -> Option<Mail> {
    let (head, body) = raw.split_once("\r\n\r\n")?;
    let mut complain = |what: &str| complaints.push(what.to_owned());
    if raw.replace("\r\n", "").contains(['\r', '\n']) {
        complain("a bare line end");
    }
    if !raw.is_ascii() || raw.split("\r\n").any(|line| line.len() > LINE_MAX_BYTES) {
        complain("more than plain short lines");
    }
    let mut headers = BTreeMap::new();
    for line in head.replace("\r\n ", " ").split("\r\n") {
        let (name, value) = line.split_once(": ")?;
        if headers.insert(name.to_ascii_lowercase(), value.to_owned()).is_some() {
            complain("a header twice");
        }
    }
    WANTED
        .iter()
        .filter(|name| !headers.contains_key(**name))
        .for_each(|name| complain(&format!("no {name}")));
    let is_text = headers.get("content-type").is_some_and(|it| it == "text/plain; charset=utf-8");
    let is_base64 = headers.get("content-transfer-encoding").is_some_and(|it| it == "base64");
    if !(is_text && is_base64) {
        complain("not plain text in base64");
    }
    let subject = decoded(headers.get("subject")?);
    let text = STANDARD.decode(body.replace("\r\n", "")).ok()?;
    let text = String::from_utf8(text).ok()?;
    Some(Mail { from: from.to_owned(), to, headers, subject, text, tries: 1 })
}

/// Encoded words (RFC 2047) as what they say.
fn decoded(header: &str) -> String {
    let mut decoded = String::new();
    for word in header.split(' ') {
        let inner = word.strip_prefix("=?utf-8?B?").and_then(|it| it.strip_suffix("?="));
        let bytes = inner.and_then(|inner| STANDARD.decode(inner).ok());
        match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
            Some(text) => decoded += &text,
            None => decoded += &format!("{word} "),
        }
    }
    decoded.trim_end().to_owned()
}
