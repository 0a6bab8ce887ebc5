//! Mails as bytes. Pure.
//!
//! Headers are made of checked addresses, of ids of ours, and of encoded words, in which nothing
//! from outside is more than base64. So no text can end a header or begin one.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::fmt::rfc2822::DateTimePrinter;
use model::{DeliveryId, Timestamp};
use ports::{
    chat::{Notice, Question, Report},
    pager::Page,
};

use super::EmailSettings;
use crate::text;

/// Limits of ours, in UTF-16 units, and of facts.
const SUBJECT_MAX: usize = 200;
const TEXT_MAX: usize = 3_000;
const LABEL_MAX: usize = 75;
const VALUE_MAX: usize = 1_000;
const FACTS_MAX: usize = 50;
const LINK_MAX: usize = 2_000;
/// How long an address may be, in bytes (RFC 5321), and its part before the @.
const ADDRESS_MAX_BYTES: usize = 254;
const LOCAL_MAX_BYTES: usize = 64;
/// How much of a text goes into one encoded word, in bytes: with its frame it has at most 75.
const WORD_MAX_BYTES: usize = 42;
/// How long a line of the body is.
const LINE_BYTES: usize = 76;
const NAME: &str = "Countersign";

/// A mail before it is written down.
pub(super) struct Mail<'a> {
    /// To whom, by checked addresses.
    pub to: &'a [String],
    /// Its id, the same over retries.
    pub delivery: DeliveryId,
    /// The mail that it follows on.
    pub follows: Option<&'a str>,
    pub subject: &'a str,
    pub body: String,
}

/// The mail as it is sent, without the dot at its end.
pub(super) fn message(settings: &EmailSettings, mail: &Mail<'_>, now: Timestamp) -> String {
    let from = &settings.from;
    let mut headers = vec![
        format!("From: {NAME} <{from}>"),
        format!("To: {}", mail.to.join(",\r\n ")),
        format!("Subject: {}", words(&text::line(mail.subject, SUBJECT_MAX))),
        format!("Date: {}", date(now)),
        format!("Message-ID: {}", id(from, &mail.delivery.to_string())),
    ];
    if let Some(first) = mail.follows.filter(|first| is_id(first)) {
        let first = id(from, first);
        headers.push(format!("In-Reply-To: {first}"));
        headers.push(format!("References: {first}"));
    }
    headers.push("Auto-Submitted: auto-generated".to_owned());
    headers.push("MIME-Version: 1.0".to_owned());
    headers.push("Content-Type: text/plain; charset=utf-8".to_owned());
    headers.push("Content-Transfer-Encoding: base64".to_owned());
    format!("{}\r\n\r\n{}", headers.join("\r\n"), wrapped(&mail.body))
}

/// A question, which is answered on our page.
pub(super) fn question(question: &Question) -> String {
    let mut body = Body::default();
    body.text(&question.text).facts(&question.facts).link(&question.url).text(&question.footer);
    if !question.footer.contains(&question.code) {
        body.text(&question.code);
    }
    body.0
}

/// A notice.
pub(super) fn notice(notice: &Notice) -> String {
    let mut body = Body::default();
    body.text(&notice.text).link(notice.url.as_deref().unwrap_or_default());
    body.0
}

/// A report.
pub(super) fn report(report: &Report) -> String {
    let mut body = Body::default();
    body.facts(&report.facts);
    if let Some(comment) = &report.comment {
        body.lines(&inert(&text::quoted(comment, TEXT_MAX)));
    }
    body.link(&report.url);
    body.0
}

/// A page.
pub(super) fn page(page: &Page) -> String {
    let mut body = Body::default();
    body.text(&page.summary).facts(&page.details).link(&page.url);
    body.0
}

/// Paragraphs, in which our link is the only one.
#[derive(Default)]
struct Body(String);

impl Body {
    fn text(&mut self, text: &str) -> &mut Self {
        self.lines(&inert(&text::lines(text, TEXT_MAX)))
    }

    fn facts(&mut self, facts: &[(String, String)]) -> &mut Self {
        let lines = facts.iter().take(FACTS_MAX).map(|(label, value)| {
            let (label, value) = (text::line(label, LABEL_MAX), text::lines(value, VALUE_MAX));
            format!("{}: {}\n", inert(&label), inert(&value))
        });
        let lines: String = lines.collect();
        self.lines(lines.trim_end())
    }

    fn link(&mut self, url: &str) -> &mut Self {
        let is_link = url.starts_with("https://") || url.starts_with("http://");
        let is_plain = url.len() <= LINK_MAX && url.bytes().all(|byte| byte.is_ascii_graphic());
        self.lines(if is_link && is_plain { url } else { "" })
    }

    fn lines(&mut self, lines: &str) -> &mut Self {
        if !lines.is_empty() {
            self.0 += lines;
            self.0 += "\n\n";
        }
        self
    }
}

/// Names of hosts and addresses kept from becoming links: programs make links of what looks like
/// one. Numbers stay as they are, so that addresses of networks can be copied.
fn inert(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    let mut each = text.chars().peekable();
    while let Some(character) = each.next() {
        inert.push(character);
        let is_before_name = each.peek().is_some_and(|next| next.is_alphabetic());
        if matches!(character, '.' | '@') && is_before_name {
            inert.push('\u{200b}');
        }
    }
    inert
}

/// Whether a text is an address that can be written to: plain characters, none of which means
/// anything in a header or a command.
pub(super) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_word =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    text.len() <= ADDRESS_MAX_BYTES
        && (1..=LOCAL_MAX_BYTES).contains(&local.len())
        && local.bytes().all(is_word)
        && !domain.is_empty()
        && domain.bytes().all(is_host)
        && !domain.starts_with(['-', '.'])
        && !domain.ends_with(['-', '.'])
}

/// The domain of an address.
pub(super) fn domain(address: &str) -> &str {
    address.split_once('@').map_or("localhost", |(_, domain)| domain)
}

fn id(from: &str, delivery: &str) -> String {
    format!("<{delivery}@{}>", domain(from))
}

fn is_id(text: &str) -> bool {
    text.parse::<DeliveryId>().is_ok()
}

fn date(now: Timestamp) -> String {
    let printed = DateTimePrinter::new().timestamp_to_string(&now);
    printed.unwrap_or_else(|_| "Thu, 1 Jan 1970 00:00:00 -0000".to_owned())
}

/// A text as encoded words (RFC 2047), folded.
fn words(text: &str) -> String {
    let mut words = Vec::new();
    let mut word = String::new();
    for each in text.chars() {
        if word.len() + each.len_utf8() > WORD_MAX_BYTES {
            words.push(std::mem::take(&mut word));
        }
        word.push(each);
    }
    if !word.is_empty() || words.is_empty() {
        words.push(word);
    }
    let words = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
    words.collect::<Vec<_>>().join("\r\n ")
}

/// A text as lines of base64.
fn wrapped(text: &str) -> String {
    let encoded = STANDARD.encode(text);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE_BYTES * 2);
    for (at, each) in encoded.chars().enumerate() {
        if at > 0 && at % LINE_BYTES == 0 {
            lines += "\r\n";
        }
        lines.push(each);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_nothing_that_means_something() {
        for good in ["mia@example.com", "o'neil+cs@mail.example", "a@b"] {
            assert!(is_address(good), "{good}");
        }
        let (long, far) =
            (format!("{}@example.com", "x".repeat(65)), format!("a@{}", "x".repeat(254)));
        for bad in [
            "",
            "mia",
            "@example.com",
            "mia@",
            "mia@example.com\r\nBcc: x@y",
            "mia@example.com,x@y",
            "<mia@example.com>",
            "mia @example.com",
            "\"mia\"@example.com",
            "mía@example.com",
            "mia@exämple.com",
            "mia@[127.0.0.1]",
            "mia@@example.com",
            "mia@-example.com",
            "mia@example.com.",
            &long,
            &far,
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_subject_is_encoded_in_short_words_that_break_no_character() {
        for subject in ["", "Was this you?", &"🦀é".repeat(100), "a: b\u{1f}c"] {
            for word in words(subject).split("\r\n ") {
                assert!(word.len() <= 75 && word.is_ascii(), "{word}");
                let inner = word.strip_prefix("=?utf-8?B?").and_then(|it| it.strip_suffix("?="));
                let bytes = STANDARD.decode(inner.expect("framed")).expect("base64");
                assert!(String::from_utf8(bytes).is_ok());
            }
        }
    }

    #[test]
    fn names_become_no_links_and_addresses_of_networks_can_be_copied() {
        assert_eq!(inert("203.0.113.7 and 2001:db8::1"), "203.0.113.7 and 2001:db8::1");
        assert_eq!(
            inert("www.evil.example, x@evil.example."),
            "www.\u{200b}evil.\u{200b}example, x@\u{200b}evil.\u{200b}example."
        );
    }
}
