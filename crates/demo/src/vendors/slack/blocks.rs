//! The rules of blocks and views, and what a client would do with the text in them.

use serde_json::{Map, Value};

/// Limits, in characters or items, of the vendor.
const TEXT_MAX: usize = 4_000;
const BLOCKS_MAX: usize = 50;
const VIEW_BLOCKS_MAX: usize = 100;
const SECTION_MAX: usize = 3_000;
const FIELDS_MAX: usize = 10;
const FIELD_MAX: usize = 2_000;
const HEADER_MAX: usize = 150;
const ELEMENTS_MAX: usize = 25;
const CONTEXT_MAX: usize = 10;
const BUTTON_TEXT_MAX: usize = 75;
const VALUE_MAX: usize = 2_000;
const ID_MAX: usize = 255;
const URL_MAX: usize = 3_000;
const VIEW_TITLE_MAX: usize = 24;
const PRIVATE_METADATA_MAX: usize = 3_000;

type Checked = Result<(), String>;

/// Checks a message's text and blocks; the error is the vendor's code and a reason.
pub(super) fn check_message(text: &str, blocks: &Value) -> Result<(), (&'static str, String)> {
    if text.is_empty() {
        return Err(("no_text", "a message needs a fallback text".to_owned()));
    }
    if text.chars().count() > TEXT_MAX {
        return Err(("msg_too_long", format!("text is longer than {TEXT_MAX}")));
    }
    check_blocks(blocks, BLOCKS_MAX, false).map_err(|why| ("invalid_blocks", why))
}

fn check_blocks(blocks: &Value, max: usize, is_view: bool) -> Checked {
    let blocks = blocks.as_array().ok_or("blocks must be an array")?;
    ensure(!blocks.is_empty() && blocks.len() <= max, "number of blocks")?;
    let mut ids = std::collections::BTreeSet::new();
    for block in blocks {
        let block = object(block)?;
        check_block(block, is_view)?;
        if let Some(id) = block.get("block_id") {
            let id = short_text(id, ID_MAX)?;
            ensure(ids.insert(id), "block ids must differ")?;
        }
    }
    Ok(())
}

fn check_block(block: &Map<String, Value>, is_view: bool) -> Checked {
    match text(block, "type")? {
        "header" => {
            only(block, &["type", "block_id", "text"])?;
            plain(need(block, "text")?, HEADER_MAX)
        }
        "section" => {
            only(block, &["type", "block_id", "text", "fields"])?;
            ensure(block.contains_key("text") || block.contains_key("fields"), "empty section")?;
            block.get("text").map_or(Ok(()), |text| text_object(text, SECTION_MAX))?;
            let fields = items(block.get("fields"), FIELDS_MAX)?;
            fields.iter().try_for_each(|field| text_object(field, FIELD_MAX))
        }
        "context" => {
            only(block, &["type", "block_id", "elements"])?;
            let elements = items(Some(need(block, "elements")?), CONTEXT_MAX)?;
            elements.iter().try_for_each(|each| text_object(each, FIELD_MAX))
        }
        "actions" => {
            only(block, &["type", "block_id", "elements"])?;
            let elements = items(Some(need(block, "elements")?), ELEMENTS_MAX)?;
            let mut ids = std::collections::BTreeSet::new();
            for each in elements {
                check_button(object(each)?)?;
                ensure(ids.insert(each["action_id"].as_str()), "action ids must differ")?;
            }
            Ok(())
        }
        "input" if is_view => check_input(block),
        "divider" => only(block, &["type", "block_id"]),
        other => Err(format!("unknown block {other}")),
    }
}

fn check_button(button: &Map<String, Value>) -> Checked {
    only(button, &["type", "action_id", "text", "value", "url", "style"])?;
    ensure(text(button, "type")? == "button", "only buttons are known")?;
    plain(need(button, "text")?, BUTTON_TEXT_MAX)?;
    short_text(need(button, "action_id")?, ID_MAX)?;
    button.get("value").map_or(Ok(""), |value| short_text(value, VALUE_MAX))?;
    button.get("url").map_or(Ok(""), |url| short_text(url, URL_MAX))?;
    let style = button.get("style").map_or(Some("danger"), Value::as_str);
    ensure(matches!(style, Some("primary" | "danger")), "style")
}

fn check_input(block: &Map<String, Value>) -> Checked {
    only(block, &["type", "block_id", "label", "element", "optional"])?;
    plain(need(block, "label")?, FIELD_MAX)?;
    let element = object(need(block, "element")?)?;
    only(element, &["type", "action_id", "multiline", "max_length", "min_length"])?;
    ensure(text(element, "type")? == "plain_text_input", "only text inputs are known")?;
    let max = element.get("max_length").map_or(Some(1), Value::as_u64);
    ensure(max.is_some_and(|max| (1..=3_000).contains(&max)), "max_length")?;
    short_text(need(element, "action_id")?, ID_MAX).map(|_| ())
}

/// Checks a modal.
pub(super) fn check_view(view: &Value) -> Checked {
    let view = object(view)?;
    only(
        view,
        &[
            "type",
            "callback_id",
            "private_metadata",
            "notify_on_close",
            "clear_on_close",
            "title",
            "submit",
            "close",
            "blocks",
        ],
    )?;
    ensure(text(view, "type")? == "modal", "only modals are known")?;
    plain(need(view, "title")?, VIEW_TITLE_MAX)?;
    for label in ["submit", "close"] {
        view.get(label).map_or(Ok(()), |label| plain(label, VIEW_TITLE_MAX))?;
    }
    for (key, max) in [("callback_id", ID_MAX), ("private_metadata", PRIVATE_METADATA_MAX)] {
        view.get(key).map_or(Ok(""), |value| short_text(value, max))?;
    }
    let blocks = need(view, "blocks")?;
    check_blocks(blocks, VIEW_BLOCKS_MAX, true)?;
    let has_input = blocks.as_array().into_iter().flatten().any(|each| each["type"] == "input");
    ensure(!has_input || view.contains_key("submit"), "a view with inputs needs submit")
}

fn text_object(value: &Value, max: usize) -> Checked {
    let object = object(value)?;
    match text(object, "type")? {
        "mrkdwn" => only(object, &["type", "text", "verbatim"])?,
        "plain_text" => only(object, &["type", "text", "emoji"])?,
        other => return Err(format!("unknown text type {other}")),
    }
    filled(object, max)
}

fn plain(value: &Value, max: usize) -> Checked {
    let object = object(value)?;
    ensure(text(object, "type")? == "plain_text", "must be plain_text")?;
    only(object, &["type", "text", "emoji"])?;
    filled(object, max)
}

fn filled(object: &Map<String, Value>, max: usize) -> Checked {
    let shown = text(object, "text")?;
    ensure(!shown.is_empty(), "empty text")?;
    if shown.chars().count() > max { Err(format!("text longer than {max}")) } else { Ok(()) }
}

fn short_text(value: &Value, max: usize) -> Result<&str, String> {
    let text = value.as_str().ok_or("must be a string")?;
    if text.chars().count() > max { Err(format!("longer than {max}")) } else { Ok(text) }
}

fn items(value: Option<&Value>, max: usize) -> Result<&[Value], String> {
    let Some(value) = value else { return Ok(&[]) };
    let items = value.as_array().ok_or("must be an array")?;
    ensure((1..=max).contains(&items.len()), "number of elements")?;
    Ok(items)
}

fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or_else(|| "must be an object".to_owned())
}

fn need<'a>(object: &'a Map<String, Value>, key: &str) -> Result<&'a Value, String> {
    object.get(key).ok_or_else(|| format!("{key} is missing"))
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Result<&'a str, String> {
    need(object, key)?.as_str().ok_or_else(|| format!("{key} must be a string"))
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Checked {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown key {key}")),
        None => Ok(()),
    }
}

fn ensure(holds: bool, what: &str) -> Checked {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// All buttons, in order.
pub(super) fn buttons<'a>(blocks: &'a Value) -> impl Iterator<Item = &'a Value> {
    let list = |value: &'a Value| value.as_array().map(Vec::as_slice).unwrap_or_default();
    let actions = list(blocks).iter().filter(|block| block["type"] == "actions");
    actions.flat_map(move |block| list(&block["elements"]))
}

/// Every text in a tree of blocks, with whether it is markup.
pub(super) fn texts(tree: &Value) -> Vec<(bool, String)> {
    match tree {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(object) => match (object.get("type"), object.get("text")) {
            (Some(Value::String(kind)), Some(Value::String(text))) => {
                vec![(kind == "mrkdwn", text.clone())]
            }
            _ => object.values().flat_map(texts).collect(),
        },
        _ => Vec::new(),
    }
}

/// What a client would act on: entities and links in markup, and hidden characters anywhere.
pub(super) fn active(fallback: &str, blocks: &Value) -> Vec<String> {
    let mut active = Vec::new();
    let all = texts(blocks).into_iter().chain([(true, fallback.to_owned())]);
    for (is_markup, text) in all {
        if is_markup {
            entities(&text, &mut active);
        }
        let hidden = text.chars().filter(|&each| is_dangerous(each));
        active.extend(hidden.map(|each| format!("U+{:04X}", u32::from(each))));
        let words = text.split_whitespace().filter(|word| !word.starts_with('<'));
        active.extend(words.filter(|word| is_link(word, is_markup)).map(str::to_owned));
    }
    active
}

fn entities(text: &str, active: &mut Vec<String>) {
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').map_or(rest.len(), |end| start + end + 1);
        active.push(rest[start..end].to_owned());
        rest = &rest[end..];
    }
}

/// Whether clients make a link of a bare word: an address with a scheme anywhere, and in markup
/// also names of hosts and of mailboxes. A zero-width space ends a name.
fn is_link(word: &str, is_markup: bool) -> bool {
    let mut names = word.split('\u{200b}');
    word.contains("://") || (is_markup && names.any(|name| is_host(name) || is_mailbox(name)))
}

fn is_host(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(host, top)| {
        let top: String = top.chars().take_while(char::is_ascii_alphabetic).collect();
        top.len() >= 2 && host.ends_with(|last: char| last.is_ascii_alphanumeric())
    })
}

fn is_mailbox(name: &str) -> bool {
    let after = name.split_once('@').map(|(_, after)| after);
    after.is_some_and(|after| after.starts_with(|first: char| first.is_ascii_alphanumeric()))
}

fn is_dangerous(each: char) -> bool {
    (each.is_control() && each != '\n')
        || matches!(each, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
