//! User agents: which browser or tool, its major version, and the operating system.
//!
//! A user agent says what its sender wants it to say. It is read to notice that it changed, never
//! to believe it. What is known is named in one way whatever the vendor's spelling; an unknown tool
//! keeps its own name, cut; what says nothing is absent, never guessed.
//!
//! One pass, at most [`AGENT_BYTES_MAX`] bytes, and nothing is allocated.

mod names;
mod words;

use std::borrow::Cow;

use names::Rank;
use words::{Word, words};

/// So much of a user agent is looked at, in bytes.
pub const AGENT_BYTES_MAX: usize = 512;
/// The longest name of an unknown tool, in bytes.
pub const FAMILY_BYTES_MAX: usize = 48;

/// What a user agent says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent<'a> {
    /// The browser, app or tool.
    pub family: Option<Cow<'a, str>>,
    /// Its major version.
    pub version: Option<u32>,
    /// The operating system, without its version.
    pub os: Option<&'static str>,
}

/// Reads a user agent as clients send it, or as vendors write browser and system in words, such as
/// `Chrome 140.0.0 / Mac OS X 10.15.7`.
#[must_use]
pub fn read(text: &str) -> Agent<'_> {
    let text = &text[..text.floor_char_boundary(AGENT_BYTES_MAX)];
    // CloudTrail writes some in brackets.
    let text = text.trim_matches(|each: char| each.is_whitespace() || matches!(each, '[' | ']'));
    let mut seen = Seen::default();
    words(text).for_each(|word| seen.look_at(word));
    let os = seen.system();
    if let Some((_, family, version)) = seen.known {
        let version = match family {
            "Safari" => seen.version.or(version),
            // It gives the version of its engine.
            "Internet Explorer" => None,
            _ => version,
        };
        return Agent { family: Some(Cow::Borrowed(family)), version, os };
    }
    let is_browser = text.starts_with("Mozilla/");
    let (family, version) = if is_browser { seen.product } else { words::tool(text) };
    Agent { family: family.map(Cow::Borrowed), version, os }
}

/// The one name of an operating system for a vendor's spelling of it, such as `Mac OS X` or
/// `Windows 10`.
#[must_use]
pub fn os(text: &str) -> Option<&'static str> {
    let text = &text[..text.floor_char_boundary(AGENT_BYTES_MAX)];
    let mut seen = Seen::default();
    words(text).for_each(|word| seen.look_at(word));
    seen.system()
}

/// What the words so far have said; of several the strongest.
#[derive(Default)]
struct Seen<'a> {
    known: Option<(Rank, &'static str, Option<u32>)>,
    os: Option<(Rank, &'static str)>,
    /// Of `Version/17.1`, where Safari keeps its own.
    version: Option<u32>,
    /// The last product of a browser that is none of the usual ones.
    product: (Option<&'a str>, Option<u32>),
    /// The word before was a known name without a version, which may follow.
    awaits_version: bool,
    /// An app of Apple's systems, of which nobody knows which.
    is_apple_app: bool,
}

impl<'a> Seen<'a> {
    fn look_at(&mut self, word: Word<'a>) {
        let lower = word.lower();
        let name = lower.as_str();
        let awaits_version = std::mem::take(&mut self.awaits_version);
        match name {
            "version" => self.version = word.version(),
            "cfnetwork" => self.is_apple_app = true,
            "os" => self.see_os(word.after().lower().as_str()),
            "git" if word.after().name().contains("windows") => self.see_os("windows"),
            _ => self.see_os(name),
        }
        if let Some((rank, family)) = names::family(name) {
            if self.known.is_none_or(|(best, ..)| best < rank) {
                self.known = Some((rank, family, word.version()));
                self.awaits_version = word.version().is_none();
            }
        } else if word.is_product() && !names::says_nothing(name) {
            self.product = (Some(word.name()), word.version());
        } else if awaits_version && let Some((_, _, version)) = &mut self.known {
            *version = words::number(word.name());
        }
    }

    fn see_os(&mut self, name: &str) {
        if let Some((rank, os)) = names::os(name)
            && self.os.is_none_or(|(best, _)| best < rank)
        {
            self.os = Some((rank, os));
        }
    }

    fn system(&self) -> Option<&'static str> {
        let (rank, name) = self.os?;
        let is_guess = self.is_apple_app && rank == names::KERNEL;
        (!is_guess).then_some(name)
    }
}

#[cfg(test)]
mod tests;
