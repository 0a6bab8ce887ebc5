//! Ranges of versions as npm writes them: `>=1.0.0`, `<=120`, `1.x`, `~1.2`, `^1.2.3`, `1.0 - 2.0`,
//! several that must all hold beside each other, and `||` between alternatives.

use std::{cmp::Ordering, fmt, str::FromStr};

use super::Version;

/// The longest range, in bytes.
const BYTES_MAX: usize = 256;

/// A range of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// One of them must hold.
    alternatives: Vec<Vec<Bound>>,
    text: String,
}

/// A limit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    relation: Relation,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    AtLeast,
    Greater,
    /// As far as the bound has numbers.
    Like,
}

/// Why a text is not a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a range of versions, such as >=1.2.0")]
pub struct RangeError;

impl Range {
    /// Whether a version is in it.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        let holds = |bound: &Bound| bound.holds(version);
        self.alternatives.iter().any(|bounds| bounds.iter().all(holds))
    }

    /// The version to recommend: the least of the last alternative that has one.
    #[must_use]
    pub fn recommended(&self) -> Option<&Version> {
        let is_least = |it: &Bound| !matches!(it.relation, Relation::Less | Relation::AtMost);
        let mut latest_first = self.alternatives.iter().rev().flatten();
        latest_first.find(|bound| is_least(bound)).map(|bound| &bound.version)
    }
}

impl Bound {
    fn holds(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.relation {
            Relation::Less => order == Ordering::Less,
            Relation::AtMost => order != Ordering::Greater,
            Relation::AtLeast => order != Ordering::Less,
            Relation::Greater => order == Ordering::Greater,
            Relation::Like => version.is_of_line(&self.version),
        }
    }
}

/// As it was written.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        if text.len() > BYTES_MAX {
            return Err(RangeError);
        }
        let alternatives: Option<Vec<Vec<Bound>>> = text.split("||").map(bounds).collect();
        let alternatives = alternatives.ok_or(RangeError)?;
        Ok(Self { alternatives, text: text.trim().to_owned() })
    }
}

/// The limits of one alternative; none at all is any version.
fn bounds(text: &str) -> Option<Vec<Bound>> {
    if let Some((from, to)) = text.split_once(" - ") {
        return Some(vec![
            Bound { relation: Relation::AtLeast, version: Version::exact(from)? },
            Bound { relation: Relation::AtMost, version: Version::exact(to)? },
        ]);
    }
    // A sign may stand apart from its version.
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if last.ends_with(['<', '>', '=', '~', '^']) => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
    }
    words.iter().map(|word| bound(word)).collect::<Option<Vec<_>>>().map(|all| all.concat())
}

fn bound(word: &str) -> Option<Vec<Bound>> {
    let (sign, text) =
        word.split_at(word.find(|each: char| !"<>=~^".contains(each)).unwrap_or(word.len()));
    let text = text.trim_start_matches('v');
    let numbers: Vec<&str> = text.split('.').take_while(|part| !is_any(part)).collect();
    let is_open = numbers.len() < text.split('.').count();
    if numbers.is_empty() && is_open {
        return matches!(sign, "" | "=" | ">=" | "<=").then(Vec::new);
    }
    let version = Version::exact(&numbers.join("."))?;
    let one = |relation| Some(vec![Bound { relation, version: version.clone() }]);
    match sign {
        "" | "=" => one(Relation::Like),
        "<" => one(Relation::Less),
        "<=" => one(Relation::AtMost),
        ">=" => one(Relation::AtLeast),
        ">" => one(Relation::Greater),
        "~" | "^" => {
            let kept = if sign == "~" { 2 } else { first_that_counts(&version) };
            let line: Vec<String> =
                version.numbers().iter().take(kept).map(u64::to_string).collect();
            let line = Version::exact(&line.join("."))?;
            Some(vec![
                Bound { relation: Relation::AtLeast, version },
                Bound { relation: Relation::Like, version: line },
            ])
        }
        _ => None,
    }
}

/// A caret keeps everything up to the first number that is not zero.
fn first_that_counts(version: &Version) -> usize {
    let zeros = version.numbers().iter().take_while(|number| **number == 0).count();
    (zeros + 1).min(version.numbers().len())
}

fn is_any(part: &str) -> bool {
    matches!(part, "x" | "X" | "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    #[test]
    fn a_range_holds_what_npm_says_it_holds() {
        for (text, inside, outside) in [
            (">=1.0.0", vec!["1.0.0", "2.0.0", "1.0"], vec!["0.1.0", "0.9.9"]),
            ("<=120", vec!["120", "0"], vec!["121"]),
            (">=10.15.0 <11", vec!["10.15.0", "10.15.7"], vec!["10.14.9", "11.0"]),
            ("> 1.2 || 1.0.x", vec!["1.3", "1.0.9"], vec!["1.1", "1.2.0"]),
            ("~1.2.3", vec!["1.2.3", "1.2.9"], vec!["1.2.2", "1.3.0"]),
            ("^1.2.3", vec!["1.2.3", "1.9.0"], vec!["1.2.2", "2.0.0"]),
            ("^0.2.3", vec!["0.2.3", "0.2.9"], vec!["0.3.0", "1.0.0"]),
            ("1.0 - 2.0", vec!["1.0", "1.5", "2.0"], vec!["0.9", "2.0.1"]),
            ("1.2.3", vec!["1.2.3"], vec!["1.2.4"]),
            ("1.2", vec!["1.2.0", "1.2.7"], vec!["1.3"]),
            ("*", vec!["0", "99"], vec![]),
            ("", vec!["0", "99"], vec![]),
        ] {
            let range = range(text);
            let has = |it: &&str| range.contains(&Version::read(it).expect(it));
            assert!(inside.iter().all(&has), "{text}");
            assert!(!outside.iter().any(has), "{text}");
        }
        for junk in [">=x1", "one", "=>1", ">=1.0.0-", "1.2.3.4.5.6.7.8.9", &"1 ".repeat(200)] {
            assert_eq!(junk.parse::<Range>(), Err(RangeError), "{junk}");
        }
    }

    #[test]
    fn t5_the_recommended_version_of_a_range_is_its_least() {
        for (text, recommended) in
            [(">=14.3.3", Some("14.3.3")), (">=10.15.0 <11 || >=12.1", Some("12.1")), ("<3", None)]
        {
            let range = range(text);
            assert_eq!(range.recommended().map(ToString::to_string).as_deref(), recommended);
        }
    }
}
