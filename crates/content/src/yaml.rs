//! Reads YAML by hand, key by key, so that every problem of a file is found and told with its
//! path, where a derived reader stops at the first.

use model::Span;
use serde_norway::{Mapping, Value};

use crate::{Problems, nearest};

/// The longest text that is not a condition, in bytes.
pub const MAX_TEXT_BYTES: usize = 4 * 1_024;
/// The longest list.
pub const MAX_ITEMS: usize = 64;
/// The longest id, in bytes.
const MAX_ID_BYTES: usize = 64;

/// A mapping of known keys, and where it stands.
#[derive(Debug)]
pub struct Section<'y> {
    path: String,
    map: &'y Mapping,
}

impl<'y> Section<'y> {
    /// The mapping at a path. Reports what is not one, and every key that is not known.
    pub fn read(
        value: &'y Value,
        path: &str,
        known: &[&str],
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let Value::Mapping(map) = value else {
            problems.add(path, format!("must have keys: {}", known.join(", ")));
            return None;
        };
        let section = Self { path: path.to_owned(), map };
        for key in map.keys() {
            match key.as_str() {
                Some(key) if known.contains(&key) => {}
                Some(key) => {
                    let nearest = nearest(key, known.iter().copied());
                    problems.add_near(section.path(key), "unknown key", nearest);
                }
                None => problems.add(path, "keys must be words"),
            }
        }
        Some(section)
    }

    /// The mapping at a path, of which only some keys are ours to know.
    pub fn within(value: &'y Value, path: &str, problems: &mut Problems<'_>) -> Option<Self> {
        let Value::Mapping(map) = value else {
            problems.add(path, "must have keys");
            return None;
        };
        Some(Self { path: path.to_owned(), map })
    }

    /// The path of one of its keys.
    pub fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// What a key holds; nothing for `null`.
    pub fn get(&self, key: &str) -> Option<&'y Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// The texts of its keys, with what they hold.
    pub fn entries(&self) -> impl Iterator<Item = (&'y str, &'y Value)> {
        self.map.iter().filter_map(|(key, value)| Some((key.as_str()?, value)))
    }

    /// What is there, or a problem that it is not.
    pub fn required<T>(
        &self,
        key: &str,
        value: Option<T>,
        problems: &mut Problems<'_>,
    ) -> Option<T> {
        if value.is_none() && self.get(key).is_none() {
            problems.add(self.path(key), "is missing");
        }
        value
    }

    /// A text that says something.
    pub fn text(&self, key: &str, problems: &mut Problems<'_>) -> Option<&'y str> {
        text(self.get(key)?, &self.path(key), problems)
    }

    /// A word of small letters, digits and hyphens.
    pub fn id(&self, key: &str, problems: &mut Problems<'_>) -> Option<String> {
        let id = self.text(key, problems)?;
        let is_letter =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > MAX_ID_BYTES || !id.bytes().all(is_letter) {
            let text = format!("must be 1 to {MAX_ID_BYTES} of a to z, 0 to 9 and hyphens");
            problems.add(self.path(key), text);
            return None;
        }
        Some(id.to_owned())
    }

    /// True or false.
    pub fn flag(&self, key: &str, problems: &mut Problems<'_>) -> Option<bool> {
        let flag = self.get(key)?.as_bool();
        if flag.is_none() {
            problems.add(self.path(key), "must be true or false");
        }
        flag
    }

    /// A length of time, longer than none and at most `max`.
    pub fn span(&self, key: &str, max: Span, problems: &mut Problems<'_>) -> Option<Span> {
        span(self.get(key)?, max, &self.path(key), problems)
    }

    /// A number from 1 to `max`.
    pub fn count(&self, key: &str, max: u32, problems: &mut Problems<'_>) -> Option<u32> {
        let number = self.get(key)?.as_u64().and_then(|number| u32::try_from(number).ok());
        let count = number.filter(|number| (1..=max).contains(number));
        if count.is_none() {
            problems.add(self.path(key), format!("must be a number from 1 to {max}"));
        }
        count
    }

    /// One of several words, by what they stand for.
    pub fn word<T: Copy>(
        &self,
        key: &str,
        words: &[(&str, T)],
        problems: &mut Problems<'_>,
    ) -> Option<T> {
        let said = self.text(key, problems)?;
        let found = words.iter().find(|(word, _)| *word == said).map(|(_, stands_for)| *stands_for);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let nearest = nearest(said, known.iter().copied());
            problems.add_near(self.path(key), format!("must be {}", known.join(" or ")), nearest);
        }
        found
    }

    /// The items of a list, each with its path.
    pub fn list(&self, key: &str, problems: &mut Problems<'_>) -> Option<Vec<(String, &'y Value)>> {
        list(self.get(key)?, &self.path(key), problems)
    }

    /// A list of texts.
    pub fn texts(&self, key: &str, problems: &mut Problems<'_>) -> Option<Vec<String>> {
        let items = self.list(key, problems)?;
        Some(
            items
                .iter()
                .filter_map(|(path, item)| text(item, path, problems))
                .map(str::to_owned)
                .collect(),
        )
    }
}

/// The items of a list, each with its path.
pub fn list<'y>(
    value: &'y Value,
    path: &str,
    problems: &mut Problems<'_>,
) -> Option<Vec<(String, &'y Value)>> {
    let Value::Sequence(items) = value else {
        problems.add(path, "must be a list");
        return None;
    };
    if items.len() > MAX_ITEMS {
        problems.add(path, format!("more than {MAX_ITEMS} items"));
        return None;
    }
    Some(items.iter().enumerate().map(|(n, item)| (format!("{path}[{n}]"), item)).collect())
}

/// A text that says something.
pub fn text<'y>(value: &'y Value, path: &str, problems: &mut Problems<'_>) -> Option<&'y str> {
    match value.as_str() {
        Some(text) if text.trim().is_empty() => problems.add(path, "is empty"),
        Some(text) if text.len() > MAX_TEXT_BYTES => {
            problems.add(path, format!("longer than {MAX_TEXT_BYTES} bytes"));
        }
        Some(text) => return Some(text),
        None => problems.add(path, "must be a text"),
    }
    None
}

/// A length of time, longer than none and at most `max`.
pub fn span(value: &Value, max: Span, path: &str, problems: &mut Problems<'_>) -> Option<Span> {
    match value.as_str().map(str::parse::<Span>) {
        Some(Ok(Span::ZERO)) => problems.add(path, "must be longer than no time at all"),
        Some(Ok(span)) if span > max => problems.add(path, format!("longer than {max}")),
        Some(Ok(span)) => return Some(span),
        Some(Err(_)) | None => {
            problems.add(path, "must be a number and s, m, h or d, such as 30m");
        }
    }
    None
}
