//! A record on its way from a vendor's object. Pure.
//!
//! Fields are named by dotted paths. A field that is absent or null is nothing; one that is there
//! and of another kind is nothing and a problem. Where a vendor always sends a field,
//! [`Draft::expect`] notes that it no longer does: it may have been renamed, and what it said is
//! then unknown, never good.

use model::{
    Timestamp,
    device::{
        Attribute, Confidence, Evidence, Field, IdKind, Observation, OwnerHint, Practice,
        RecordKey, SourceRecord,
    },
};
use ports::devices::{DevicePage, Next, Problems, Read, Unread};
use serde_json::Value;

use super::door;

/// The longest id of a device that is taken, in bytes.
const ID_MAX_BYTES: usize = 256;
/// What vendors write where they have no time.
const NO_TIMES: [&str; 3] = ["0001-01-01", "1970-01-01T00:00:00", "0000-00-00"];

pub(super) struct Draft<'v> {
    object: &'v Value,
    pub(super) record: SourceRecord,
    pub(super) problems: Problems,
}

impl<'v> Draft<'v> {
    /// The record of an object whose id is at one of these paths, the first that has one.
    pub(super) fn of(
        source: &str,
        object: &'v Value,
        ids: &[&str],
        now: Timestamp,
    ) -> Result<Self, Unread> {
        let nameless = |why: &str| Unread { id: None, why: why.to_owned() };
        if !object.is_object() {
            return Err(nameless("not an object"));
        }
        let id = ids.iter().find_map(|path| text_of(at(object, path)?));
        let id = id.ok_or_else(|| nameless("there is no id"))?;
        if id.len() > ID_MAX_BYTES {
            return Err(nameless("the id is longer than any"));
        }
        let record = SourceRecord::new(RecordKey::new(source, id), now);
        Ok(Self { object, record, problems: Problems::default() })
    }

    /// Notes which of these the vendor, who always sends them, does not send any more.
    pub(super) fn expect(&mut self, paths: &[&str]) {
        for path in paths {
            let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
            let parent =
                if parent.is_empty() { Some(self.object) } else { at(self.object, parent) };
            // A section that was not asked for, or is empty, promises nothing.
            let fields = parent.and_then(Value::as_object);
            if fields.is_some_and(|fields| !fields.contains_key(name)) {
                self.problems.note(*path, "is not sent: it may have another name now");
            }
        }
    }

    /// What is at a path; null is nothing.
    pub(super) fn get(&self, path: &str) -> Option<&'v Value> {
        at(self.object, path)
    }

    /// A text, or a number as one.
    pub(super) fn text(&mut self, path: &str) -> Option<String> {
        let value = self.get(path)?;
        if value.is_array() || value.is_object() {
            self.problems.note(path, "not a text");
            return None;
        }
        text_of(value)
    }

    /// Yes or no, also as a word or a number.
    pub(super) fn yes(&mut self, path: &str) -> Option<bool> {
        let value = self.get(path)?;
        let said = match value {
            Value::Bool(yes) => Some(*yes),
            Value::Number(number) => match number.as_i64() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => yes_or_no(text),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        if said.is_none() {
            self.problems.note(path, "neither yes nor no");
        }
        said
    }

    /// A whole number, also as a text.
    pub(super) fn number(&mut self, path: &str) -> Option<i64> {
        let value = self.get(path)?;
        let said = match value {
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        };
        if said.is_none() {
            self.problems.note(path, "not a whole number");
        }
        said
    }

    /// An instant.
    pub(super) fn time(&mut self, path: &str) -> Option<Timestamp> {
        let text = self.text(path)?;
        if NO_TIMES.iter().any(|none| text.starts_with(none)) {
            return None;
        }
        let time = instant(&text);
        if time.is_none() {
            self.problems.note(path, "not a time");
        }
        time
    }

    /// One of a vendor's words, in any case. Another one is nothing, and a problem.
    pub(super) fn word<T: Copy>(&mut self, path: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(path)?;
        let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
        if known.is_none() {
            self.problems.note(path, "a word that is not known");
        }
        known.map(|(_, meaning)| *meaning)
    }

    /// A list; one object stands for a list of one.
    pub(super) fn list(&mut self, path: &str) -> &'v [Value] {
        match self.get(path) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            Some(_) => {
                self.problems.note(path, "not a list");
                &[]
            }
        }
    }

    /// A fact of the description, from a path.
    pub(super) fn fact(&mut self, field: Field, path: &str) {
        let text = self.text(path);
        self.set(field, text);
    }

    /// A fact of the description. An address of a network is none.
    pub(super) fn set(&mut self, field: Field, text: Option<impl Into<String>>) {
        let Some(text) = text.map(Into::into).filter(|text| !text.trim().is_empty()) else {
            return;
        };
        if field != Field::OsVersion && field != Field::OsBuild && door::is_address(&text) {
            return self.problems.drop(ports::devices::Excess::Networks, 1);
        }
        self.record.facts.insert(field, text);
    }

    /// An identifier, as it is said: placeholders are the core's to know.
    pub(super) fn id(&mut self, kind: IdKind, path: &str) {
        if let Some(text) = self.text(path) {
            self.record.identifiers.scalars.insert(kind, text);
        }
    }

    /// The address of an adapter that belongs to the device.
    pub(super) fn mac(&mut self, path: &str) {
        if let Some(text) = self.text(path) {
            self.add_mac(path, &text);
        }
    }

    /// The same from a text.
    pub(super) fn add_mac(&mut self, path: &str, text: &str) {
        match text.parse() {
            Ok(mac) if !self.record.identifiers.macs.contains(&mac) => {
                self.record.identifiers.macs.push(mac);
            }
            Ok(_) => {}
            Err(_) => self.problems.note(path, "not a hardware address"),
        }
    }

    /// Whose it may be.
    pub(super) fn owner(
        &mut self,
        email: Option<&str>,
        username: Option<&str>,
        confidence: Confidence,
    ) {
        let hint = OwnerHint::new(email, username, confidence);
        let says_something = hint.email.is_some() || hint.username.is_some();
        if says_something && !self.record.owners.contains(&hint) {
            self.record.owners.push(hint);
        }
    }

    /// What the source states of a practice, true for the good state; nothing is that it looked
    /// and cannot say.
    pub(super) fn says(&mut self, practice: Practice, value: Option<bool>) {
        self.sees(practice, Observation::stated(value));
    }

    /// What the source saw of a practice.
    pub(super) fn sees(&mut self, practice: Practice, observation: impl Into<Seen>) {
        self.record.practices.insert(practice, observation.into().0);
    }

    /// A fact that only this company knows.
    pub(super) fn attribute(&mut self, name: &str, value: Attribute) {
        match &value {
            Attribute::Text(text) if door::is_address(text) => {
                self.problems.drop(ports::devices::Excess::Networks, 1);
            }
            _ => drop(self.record.attributes.insert(name.to_owned(), value)),
        }
    }

    /// The record, within its limits.
    pub(super) fn finish(mut self) -> Read {
        door::count(self.object, &mut self.problems);
        finish(self.record, self.problems)
    }
}

/// A record within its limits.
pub(super) fn finish(mut record: SourceRecord, mut problems: Problems) -> Read {
    for problem in record.hold_to_limits() {
        problems.note(problem.path, problem.text);
    }
    Read { record, problems }
}

/// An observation, or what alone makes one.
pub(super) struct Seen(Observation);

impl From<Observation> for Seen {
    fn from(observation: Observation) -> Self {
        Self(observation)
    }
}

impl From<Evidence> for Seen {
    fn from(evidence: Evidence) -> Self {
        Self(Observation::new(evidence))
    }
}

/// What is at a dotted path; null is nothing.
pub(super) fn at<'v>(object: &'v Value, path: &str) -> Option<&'v Value> {
    let value = path.split('.').try_fold(object, |inner, name| inner.get(name))?;
    (!value.is_null()).then_some(value)
}

/// A text that says something, or a number.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A vendor's word for yes or no.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    let text = text.trim();
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(&["true", "yes", "on", "enabled", "1"]) {
        Some(true)
    } else if is(&["false", "no", "off", "disabled", "0"]) {
        Some(false)
    } else {
        None
    }
}

/// An instant as vendors write it: RFC 3339, an offset without its colon, or without an offset at
/// all, which is then UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Milliseconds since 1970, as some vendors write times.
pub(super) fn of_millis(number: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(number).ok().filter(|_| number > 0)
}

/// The day of an instant.
pub(super) fn day(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// The page of these objects. Of two with one id the later counts.
pub(super) fn page(
    objects: &[Value],
    map: impl Fn(&Value) -> Result<Read, Unread>,
    next: Next,
) -> DevicePage {
    let mut page = DevicePage { records: Vec::new(), unread: Vec::new(), next };
    for object in objects {
        match map(object) {
            Ok(read) => add(&mut page.records, read),
            Err(unread) => page.unread.push(unread),
        }
    }
    page
}

/// Adds a record, in place of an earlier one with its key.
pub(super) fn add(records: &mut Vec<Read>, mut read: Read) {
    match records.iter_mut().find(|earlier| earlier.record.key == read.record.key) {
        Some(earlier) => {
            read.problems.note("id", "listed twice: the later counts");
            *earlier = read;
        }
        None => records.push(read),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_of_another_kind_costs_itself_only() {
        let said = json!({
            "id": 7, "a": { "text": " x ", "list": [1], "none": null, "empty": "" },
            "yes": "Enabled", "no": 0, "maybe": "perhaps", "time": "yesterday",
        });
        let mut draft = Draft::of("jamf", &said, &["serial", "id"], Timestamp::UNIX_EPOCH)
            .unwrap_or_else(|_| panic!("an id"));
        assert_eq!(draft.record.key, RecordKey::new("jamf", "7"));
        assert_eq!(draft.text("a.text").as_deref(), Some("x"));
        assert_eq!(
            (draft.text("a.list"), draft.text("a.none"), draft.text("a.empty")),
            Default::default()
        );
        assert_eq!(
            (draft.yes("yes"), draft.yes("no"), draft.yes("maybe")),
            (Some(true), Some(false), None)
        );
        assert_eq!(draft.time("time"), None);
        draft.expect(&["a.text", "a.gone", "nowhere.x", "gone"]);
        let paths: Vec<&str> = draft.problems.told.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["a.list", "maybe", "time", "a.gone", "gone"]);
    }

    #[test]
    fn an_object_without_an_id_is_named_as_such() {
        let long = "x".repeat(300);
        for said in [json!([]), json!("x"), json!({}), json!({ "id": "" }), json!({ "id": long })] {
            let made = Draft::of("jamf", &said, &["id"], Timestamp::UNIX_EPOCH);
            assert!(made.is_err_and(|unread| unread.id.is_none()), "{said}");
        }
    }

    #[test]
    fn times_are_read_as_vendors_write_them() {
        for (text, expected) in [
            ("2016-02-26T10:58:57.853-0800", Some("2016-02-26T18:58:57.853Z")),
            ("2026-11-20T09:15:00Z", Some("2026-11-20T09:15:00Z")),
            ("2026-11-20 09:15:00", Some("2026-11-20T09:15:00Z")),
            ("2026-11-20", Some("2026-11-20T00:00:00Z")),
            ("20 November", None),
            ("", None),
        ] {
            let expected = expected.map(|text| text.parse().expect("an instant"));
            assert_eq!(instant(text), expected, "{text}");
        }
        let said = json!({ "id": 1, "t": "0001-01-01T00:00:00Z" });
        let draft = Draft::of("intune", &said, &["id"], Timestamp::UNIX_EPOCH);
        let mut draft = draft.unwrap_or_else(|_| panic!("an id"));
        assert_eq!((draft.time("t"), draft.problems.count), (None, 0), "no time is no problem");
    }
}
