//! What Slack shows: questions, notices, reports and forms as blocks. Pure.

use ports::chat::{Button, Form, Notice, Question, Report};
use serde_json::{Value, json};

use crate::text;

/// Limits in UTF-16 units: Slack's own where it has one, else what a person reads.
const FALLBACK_MAX: usize = 600;
const HEADER_MAX: usize = 150;
const SECTION_MAX: usize = 3_000;
const CONTEXT_TEXT_MAX: usize = 1_000;
const FACT_LABEL_MAX: usize = 75;
const FACT_VALUE_MAX: usize = 500;
const BUTTON_MAX: usize = 75;
const WHISPER_MAX: usize = 1_000;
const FORM_TITLE_MAX: usize = 24;
const FORM_LABEL_MAX: usize = 150;
/// How many facts are shown; an ellipsis stands for the rest.
const FACTS_MAX: usize = 30;
/// How many a block holds.
const FIELDS_MAX: usize = 10;
/// How long an address may be to be shown as a link.
const LINK_MAX: usize = 2_000;

/// The longest comment a form takes, in characters.
pub(super) const COMMENT_MAX: usize = 1_000;
/// What our forms are known by.
pub(super) const FORM_CALLBACK: &str = "countersign.form";
/// The form's only input.
pub(super) const COMMENT_BLOCK: &str = "comment";
/// The action in it.
pub(super) const COMMENT_ACTION: &str = "text";
/// Before the answer's name in a button's id.
pub(super) const BUTTON_PREFIX: &str = "ask.";

/// The arguments of `chat.postMessage` for a question.
pub(super) fn question(account: &str, question: &Question) -> Value {
    let mut blocks = vec![header(&question.title)];
    push_text(&mut blocks, &question.text);
    push_facts(&mut blocks, &question.facts);
    let mut footer = vec![plain(&question.footer, CONTEXT_TEXT_MAX)];
    if !question.footer.contains(&question.code) {
        footer.push(plain(&question.code, CONTEXT_TEXT_MAX));
    }
    footer.extend(link(&question.url));
    blocks.push(json!({ "type": "context", "elements": footer }));
    push_buttons(&mut blocks, &question.buttons);
    let fallback = fallback(&[&question.code, &question.title, &question.text]);
    message(account, &question.delivery.to_string(), &fallback, blocks)
}

/// The arguments of `chat.postMessage` for a notice.
pub(super) fn notice(account: &str, notice: &Notice) -> Value {
    let (fallback, blocks) = notice_parts(notice);
    message(account, &notice.delivery.to_string(), &fallback, blocks)
}

/// The arguments of `chat.update` for a notice in place of what was there.
pub(super) fn update(channel: &str, ts: &str, notice: &Notice) -> Value {
    let (fallback, blocks) = notice_parts(notice);
    json!({ "channel": channel, "ts": ts, "text": fallback, "blocks": blocks })
}

fn notice_parts(notice: &Notice) -> (String, Vec<Value>) {
    let mut blocks = vec![header(&notice.title)];
    push_text(&mut blocks, &notice.text);
    if let Some(link) = notice.url.as_deref().and_then(link) {
        blocks.push(json!({ "type": "context", "elements": [link] }));
    }
    push_buttons(&mut blocks, &notice.buttons);
    (fallback(&[&notice.title, &notice.text]), blocks)
}

/// The arguments of `chat.postMessage` for a report.
pub(super) fn report(channel: &str, report: &Report, thread: Option<&str>) -> Value {
    let mut blocks = vec![header(&report.title)];
    push_facts(&mut blocks, &report.facts);
    if let Some(comment) = &report.comment {
        let quoted = text::quoted(comment, SECTION_MAX);
        blocks.push(json!({ "type": "section", "text": plain_as_is(&quoted) }));
    }
    if let Some(link) = link(&report.url) {
        blocks.push(json!({ "type": "context", "elements": [link] }));
    }
    let fallback = fallback(&[&report.title]);
    let mut arguments = message(channel, &report.delivery.to_string(), &fallback, blocks);
    if let Some(thread) = thread {
        arguments["thread_ts"] = json!(thread);
    }
    arguments
}

/// The arguments of `chat.postEphemeral`.
pub(super) fn whisper(account: &str, channel: &str, text: &str) -> Value {
    let blocks = json!([{ "type": "section", "text": plain(text, WHISPER_MAX) }]);
    json!({ "channel": channel, "user": account, "text": fallback(&[text]), "blocks": blocks })
}

/// The arguments of `views.open` for the comment form.
pub(super) fn form(trigger: &str, form: &Form) -> Value {
    let input = json!({
        "type": "input",
        "block_id": COMMENT_BLOCK,
        "label": plain(&form.comment_label, FORM_LABEL_MAX),
        "optional": !form.is_comment_required,
        "element": {
            "type": "plain_text_input",
            "action_id": COMMENT_ACTION,
            "multiline": true,
            "max_length": COMMENT_MAX,
        },
    });
    let view = json!({
        "type": "modal",
        "callback_id": FORM_CALLBACK,
        "private_metadata": form.id,
        "title": plain(&form.title, FORM_TITLE_MAX),
        "submit": plain(&form.submit, FORM_TITLE_MAX),
        "close": plain(&form.cancel, FORM_TITLE_MAX),
        "blocks": [{ "type": "section", "text": plain(&form.text, SECTION_MAX) }, input],
    });
    json!({ "trigger_id": trigger, "view": view })
}

/// The answer that shows an error in the comment form.
pub(super) fn form_error(error: &str) -> Value {
    let error = text::line(error, FORM_LABEL_MAX);
    json!({ "response_action": "errors", "errors": { COMMENT_BLOCK: error } })
}

/// The answer that replaces the comment form by where to go on. Only the one who pressed sees it,
/// so that this is the one place in a chat for a code.
pub(super) fn form_next(title: &str, text: &str, label: &str, url: &str) -> Value {
    let link = json!({
        "type": "button", "action_id": "open", "text": plain(label, BUTTON_MAX), "url": url,
    });
    let view = json!({
        "type": "modal",
        "callback_id": FORM_CALLBACK,
        "title": plain(title, FORM_TITLE_MAX),
        "blocks": [
            { "type": "section", "text": plain(text, SECTION_MAX) },
            { "type": "actions", "elements": [link] },
        ],
    });
    json!({ "response_action": "update", "view": view })
}

/// A new message. Its metadata can be read by every app of the workspace: an opaque id only.
fn message(channel: &str, delivery: &str, fallback: &str, blocks: Vec<Value>) -> Value {
    json!({
        "channel": channel,
        "text": fallback,
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
        "metadata": { "event_type": "countersign", "event_payload": { "delivery": delivery } },
    })
}

fn header(title: &str) -> Value {
    json!({ "type": "header", "text": plain(title, HEADER_MAX) })
}

fn push_text(blocks: &mut Vec<Value>, text: &str) {
    let shown = text::lines(text, SECTION_MAX);
    if !shown.is_empty() {
        blocks.push(json!({ "type": "section", "text": plain_as_is(&shown) }));
    }
}

fn push_facts(blocks: &mut Vec<Value>, facts: &[(String, String)]) {
    let shown = facts.iter().take(FACTS_MAX).map(|(label, value)| {
        let label = text::line(label, FACT_LABEL_MAX);
        let value = text::line(value, FACT_VALUE_MAX);
        plain_as_is(&format!("{label}\n{value}"))
    });
    let rest = (facts.len() > FACTS_MAX).then(|| plain_as_is("…"));
    let fields: Vec<Value> = shown.chain(rest).collect();
    let sections = fields.chunks(FIELDS_MAX);
    blocks.extend(sections.map(|fields| json!({ "type": "section", "fields": fields })));
}

/// No button has a confirmation dialog: "not me" takes one click.
fn push_buttons(blocks: &mut Vec<Value>, buttons: &[Button]) {
    let elements: Vec<Value> = buttons
        .iter()
        .map(|button| {
            json!({
                "type": "button",
                "action_id": format!("{BUTTON_PREFIX}{}", button.answer.name()),
                "value": button.token,
                "text": plain(&button.label, BUTTON_MAX),
            })
        })
        .collect();
    if !elements.is_empty() {
        blocks.push(json!({ "type": "actions", "block_id": "answer", "elements": elements }));
    }
}

/// Text that Slack shows as it is. A text object must not be empty.
fn plain(text: &str, max: usize) -> Value {
    plain_as_is(&text::lines(text, max))
}

fn plain_as_is(shown: &str) -> Value {
    let shown = if shown.trim().is_empty() { "–" } else { shown };
    json!({ "type": "plain_text", "text": shown, "emoji": false })
}

/// A link to our own page that shows where it leads: the only markup we send.
fn link(url: &str) -> Option<Value> {
    let is_plain = url.len() <= LINK_MAX
        && (url.starts_with("https://") || url.starts_with("http://"))
        && url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'|'));
    let text = format!("<{}>", url.replace('&', "&amp;"));
    is_plain.then(|| json!({ "type": "mrkdwn", "text": text }))
}

/// The text of notifications, which Slack does interpret: escaped, and with the dots and signs
/// that make links out of bare words held apart.
fn fallback(parts: &[&str]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| text::line(part, FALLBACK_MAX)).collect();
    let whole = text::capped(parts.join(" ").trim(), FALLBACK_MAX);
    let mut escaped = String::with_capacity(whole.len() * 2);
    for each in whole.chars() {
        match each {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '.' | '@' | '#' => escaped.extend([each, '\u{200b}']),
            _ => escaped.push(each),
        }
    }
    if escaped.is_empty() { "–".to_owned() } else { escaped }
}
