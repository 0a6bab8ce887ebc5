//! What is around the records.

use std::{mem, ops::Range};

use sonic_rs::{JsonValueTrait as _, Value};

use super::{
    SplitError,
    scan::{closed, ink, line_end, member_end, text_end, trimmed},
};

/// So many lines are looked at to tell lines of JSON, of which the first is broken, from what is
/// no JSON at all.
const LINES_LOOKED_AT: usize = 16;

/// Why a walk ended early.
enum Stop {
    /// The text ends inside of something, or is not framed as it began.
    Broken,
    TooMany,
}

/// What objects are. The first whole one tells for all: that spares a second look at each, and an
/// envelope among bare records is refused as a record.
#[derive(Clone, Copy, PartialEq)]
enum Objects {
    Records,
    Unknown,
    Envelopes,
}

/// A body while its records are looked for.
pub(super) struct Frame<'b> {
    body: &'b [u8],
    envelopes: &'b [&'b [&'b str]],
    objects: Objects,
    max: usize,
    found: Vec<Range<usize>>,
}

impl<'b> Frame<'b> {
    pub(super) fn new(body: &'b [u8], envelopes: &'b [&'b [&'b str]], max: usize) -> Self {
        let objects = if envelopes.is_empty() { Objects::Records } else { Objects::Unknown };
        Self { body, envelopes, objects, max, found: Vec::new() }
    }

    pub(super) fn records(mut self) -> Result<Vec<Range<usize>>, SplitError> {
        let start = ink(self.body, 0);
        let outcome = match self.body.get(start) {
            None => Ok(()),
            Some(b'{' | b'[') => self.values(start),
            Some(_) if self.has_lines(start) => self.lines(start),
            Some(_) => return Err(self.shapeless(start)),
        };
        match outcome {
            Ok(()) => Ok(self.found),
            Err(Stop::TooMany) => Err(SplitError::TooMany),
            Err(Stop::Broken) => Err(SplitError::NotJson),
        }
    }

    /// One value, or several by lines or one after another: what follows the first one tells.
    fn values(&mut self, start: usize) -> Result<(), Stop> {
        let end = match self.value(start) {
            Err(Stop::Broken) if self.has_lines(start) => {
                self.found.clear();
                return self.lines(start);
            }
            end => end?,
        };
        let next = ink(self.body, end);
        let line = line_end(self.body, start);
        if next == self.body.len() {
            Ok(())
        } else if self.body[start] == b'{' && end <= line && line < next {
            self.lines(next)
        } else {
            self.one_after_another(next)
        }
    }

    /// Every line from here on that is not blank.
    fn lines(&mut self, mut at: usize) -> Result<(), Stop> {
        while at < self.body.len() {
            let end = line_end(self.body, at);
            let line = trimmed(self.body, at..end);
            if self.objects != Objects::Records || self.body.get(line.start) == Some(&b'[') {
                self.line(line)?;
            } else if !line.is_empty() {
                self.take(line)?;
            }
            at = end + 1;
        }
        Ok(())
    }

    /// A line that may hold several records; one that is not one whole value is a record.
    fn line(&mut self, line: Range<usize>) -> Result<(), Stop> {
        if line.is_empty() {
            return Ok(());
        }
        let before = self.found.len();
        // Nothing looks beyond the line's end, or many broken lines would cost the square of them.
        let whole = self.body;
        self.body = &whole[..line.end];
        let end = match whole[line.start] {
            b'{' | b'[' => self.value(line.start),
            _ => Err(Stop::Broken),
        };
        self.body = whole;
        match end {
            Ok(end) if end == line.end => Ok(()),
            Err(Stop::TooMany) => Err(Stop::TooMany),
            Ok(_) | Err(Stop::Broken) => {
                self.found.truncate(before);
                self.take(line)
            }
        }
    }

    /// Values with nothing or white space between them.
    fn one_after_another(&mut self, mut at: usize) -> Result<(), Stop> {
        while let Some(first) = self.body.get(at) {
            let before = self.found.len();
            let end = match first {
                b'{' | b'[' => self.value(at),
                _ => self.no_value(at),
            };
            at = match end {
                Ok(end) => ink(self.body, end),
                Err(Stop::TooMany) => return Err(Stop::TooMany),
                Err(Stop::Broken) => {
                    self.found.truncate(before);
                    return self.take(trimmed(self.body, at..self.body.len()));
                }
            };
        }
        Ok(())
    }

    /// What is no value costs itself, up to where one may begin again.
    fn no_value(&mut self, start: usize) -> Result<usize, Stop> {
        let length = self.body[start..].iter().position(|byte| matches!(byte, b'{' | b'['));
        let end = length.map_or(self.body.len(), |length| start + length);
        self.take(trimmed(self.body, start..end))?;
        Ok(end)
    }

    /// The records of one value: the members of an array, the lists in an envelope, or an object.
    /// Returns its end.
    fn value(&mut self, open: usize) -> Result<usize, Stop> {
        if self.body[open] == b'[' {
            return self.members(open);
        }
        if let Some(end) = self.envelope(open)? {
            return Ok(end);
        }
        let end = closed(self.body, open).ok_or(Stop::Broken)?;
        self.take(open..end)?;
        Ok(end)
    }

    /// The members of an array. Returns the array's end.
    fn members(&mut self, open: usize) -> Result<usize, Stop> {
        let mut at = ink(self.body, open + 1);
        if self.body.get(at) == Some(&b']') {
            return Ok(at + 1);
        }
        loop {
            let enveloped = match self.body.get(at) {
                Some(b'{') => self.envelope(at)?,
                _ => None,
            };
            let from = enveloped.unwrap_or(at);
            let end = member_end(self.body, from).ok_or(Stop::Broken)?;
            let member = trimmed(self.body, from..end);
            if enveloped.is_none() || !member.is_empty() {
                self.take(member)?;
            }
            match self.body[end] {
                b',' => at = ink(self.body, end + 1),
                b']' => return Ok(end + 1),
                _ => return Err(Stop::Broken),
            }
        }
    }

    /// Takes the records of an object's lists and returns its end; `None` where it is no envelope.
    fn envelope(&mut self, open: usize) -> Result<Option<usize>, Stop> {
        // What is inside of an envelope is none itself.
        let before = (mem::replace(&mut self.objects, Objects::Records), self.found.len());
        if before.0 == Objects::Records {
            return Ok(None);
        }
        let mut is_envelope = false;
        let end = self.lists(open, self.envelopes, &mut is_envelope);
        self.objects = match end {
            Ok(_) if is_envelope => Objects::Envelopes,
            Ok(_) if before.0 == Objects::Unknown => Objects::Records,
            _ => before.0,
        };
        match end {
            Ok(end) if is_envelope => Ok(Some(end)),
            Err(Stop::TooMany) => Err(Stop::TooMany),
            // A broken object is told by whoever reads it as a record.
            Ok(_) | Err(Stop::Broken) => {
                self.found.truncate(before.1);
                Ok(None)
            }
        }
    }

    /// Walks over an object's keys and takes the members of every list at the end of a path; of a
    /// key that stands twice, both. Goes as deep as the longest path.
    fn lists(
        &mut self,
        open: usize,
        paths: &[&[&str]],
        is_envelope: &mut bool,
    ) -> Result<usize, Stop> {
        let body = self.body;
        let mut at = ink(body, open + 1);
        while body.get(at) == Some(&b'"') {
            let key = at..text_end(body, at).ok_or(Stop::Broken)?;
            let colon = ink(body, key.end);
            if body.get(colon) != Some(&b':') {
                return Err(Stop::Broken);
            }
            let value = ink(body, colon + 1);
            let inner = below(paths, &body[key]);
            let seen = match body.get(value) {
                Some(b'[') if inner.contains(&&[][..]) => {
                    *is_envelope = true;
                    self.members(value)?
                }
                Some(b'{') if !inner.is_empty() => self.lists(value, &inner, is_envelope)?,
                _ => value,
            };
            at = member_end(body, seen).ok_or(Stop::Broken)?;
            if body[at] == b',' {
                at = ink(body, at + 1);
            }
        }
        if body.get(at) == Some(&b'}') { Ok(at + 1) } else { Err(Stop::Broken) }
    }

    fn take(&mut self, record: Range<usize>) -> Result<(), Stop> {
        if self.found.len() == self.max {
            return Err(Stop::TooMany);
        }
        self.found.push(record);
        Ok(())
    }

    /// Whether a line soon after the first is an object from its first byte to its last.
    fn has_lines(&self, start: usize) -> bool {
        let mut at = line_end(self.body, start) + 1;
        for _ in 0..LINES_LOOKED_AT {
            if at >= self.body.len() {
                return false;
            }
            let end = line_end(self.body, at);
            let line = &self.body[trimmed(self.body, at..end)];
            if line.starts_with(b"{") && line.ends_with(b"}") {
                return true;
            }
            at = end + 1;
        }
        false
    }

    /// A lone text, number or word of JSON is another mistake than no JSON.
    fn shapeless(&self, start: usize) -> SplitError {
        let lone = sonic_rs::from_slice::<Value>(&self.body[start..]);
        let is_scalar = lone.is_ok_and(|value| !value.is_object() && !value.is_array());
        if is_scalar { SplitError::Shape } else { SplitError::NotJson }
    }
}

/// What is left of the paths that begin with a key as it is written, quotes included.
fn below<'p>(paths: &[&'p [&'p str]], written: &[u8]) -> Vec<&'p [&'p str]> {
    let begins = |path: &&&[&str]| path.first().is_some_and(|first| is_key(written, first));
    paths.iter().filter(begins).map(|path| &path[1..]).collect()
}

fn is_key(written: &[u8], key: &str) -> bool {
    let inner = &written[1..written.len() - 1];
    inner == key.as_bytes()
        || (inner.contains(&b'\\')
            && sonic_rs::from_slice::<String>(written).is_ok_and(|read| read == key))
}
