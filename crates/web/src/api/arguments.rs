//! The arguments of a listing. An unknown one is a warning, not silence; an unreadable one is an
//! error, because ignoring a filter shows more than was asked for.

use std::{borrow::Cow, collections::BTreeMap, str::FromStr};

use model::Timestamp;
use url::form_urlencoded;

use crate::{Problem, limits, problem::Kind};

/// How many arguments are looked at.
const ARGUMENTS_MAX: usize = 64;
/// How many values one argument may list.
const VALUES_MAX: usize = 100;
/// How much of an unknown argument's name is told back, in characters.
const NAME_CHARS: usize = 40;

/// The arguments of a request.
pub(super) struct Arguments {
    given: BTreeMap<String, String>,
    warnings: Vec<String>,
}

impl Arguments {
    /// Reads a query of which these names are known.
    pub(super) fn read(query: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let mut arguments = Self { given: BTreeMap::new(), warnings: Vec::new() };
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        for (at, (name, value)) in pairs.enumerate() {
            if at == ARGUMENTS_MAX {
                return Err(invalid(format!("Send at most {ARGUMENTS_MAX} arguments.")));
            }
            arguments.take(name, value, known)?;
        }
        Ok(arguments)
    }

    fn take(
        &mut self,
        name: Cow<'_, str>,
        value: Cow<'_, str>,
        known: &[&str],
    ) -> Result<(), Problem> {
        if !known.contains(&name.as_ref()) {
            let name: String = name.chars().take(NAME_CHARS).collect();
            self.warnings.push(format!("unknown argument `{name}`, ignored"));
            return Ok(());
        }
        let (name, value) = (name.into_owned(), value.into_owned());
        match self.given.insert(name.clone(), value) {
            None => Ok(()),
            Some(_) => Err(invalid(format!("Send `{name}` once; several values go with commas."))),
        }
    }

    /// One value.
    pub(super) fn one<T: FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, Problem> {
        let value = self.given.get(name).map(|text| text.trim().parse());
        value.transpose().map_err(|_| invalid(format!("`{name}` is not {what}.")))
    }

    /// The values of a comma list; none where the argument is absent.
    pub(super) fn list<T>(
        &self,
        name: &str,
        what: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Problem> {
        let Some(text) = self.given.get(name) else { return Ok(Vec::new()) };
        if text.split(',').count() > VALUES_MAX {
            return Err(invalid(format!("`{name}` lists more than {VALUES_MAX} values.")));
        }
        let values = text.split(',').map(|word| read(word.trim()));
        let values: Option<Vec<T>> = values.collect();
        values.ok_or_else(|| invalid(format!("`{name}` is not {what}, or a comma list of them.")))
    }

    /// An instant, as RFC 3339 or as seconds since 1970.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.given.get(name).map(|text| text.trim()) else { return Ok(None) };
        let seconds = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let instant = seconds.or_else(|| text.parse().ok());
        let advice = || {
            invalid(format!("`{name}` is not a time such as 2026-11-21T03:04:05Z or 1795000000."))
        };
        instant.ok_or_else(advice).map(Some)
    }

    /// How many items are wanted.
    pub(super) fn limit(&mut self) -> Result<u32, Problem> {
        let what = "a whole number of at least 1";
        let limit: u32 = self.one("limit", what)?.unwrap_or(limits::PAGE_ITEMS);
        if limit == 0 {
            return Err(invalid(format!("`limit` is not {what}.")));
        }
        if limit > limits::PAGE_ITEMS_MAX {
            self.warnings.push(format!("`limit` is {} at most", limits::PAGE_ITEMS_MAX));
        }
        Ok(limit.min(limits::PAGE_ITEMS_MAX))
    }

    /// What was not understood or not followed.
    pub(super) fn into_warnings(self) -> Vec<String> {
        self.warnings
    }
}

/// An argument that cannot be read.
pub(super) fn invalid(advice: String) -> Problem {
    Problem::new(Kind::InvalidArgument, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Arguments, Problem> {
        Arguments::read(Some(query), &["state", "after", "limit"])
    }

    #[test]
    fn an_unknown_argument_is_a_warning_and_a_doubled_one_an_error() {
        let arguments = read("state=a&colour=red").expect("readable");
        assert_eq!(arguments.into_warnings(), ["unknown argument `colour`, ignored"]);
        assert_eq!(
            read("state=a&state=b").err().map(|problem| problem.kind),
            Some(Kind::InvalidArgument)
        );
        assert!(read(&"x=&".repeat(ARGUMENTS_MAX + 1)).is_err());
    }

    #[test]
    fn a_limit_is_held_to_its_bounds() {
        for (query, limit) in [
            ("", Some(50)),
            ("limit=1", Some(1)),
            ("limit=200", Some(200)),
            ("limit=999", Some(200)),
            ("limit=0", None),
            ("limit=-1", None),
            ("limit=many", None),
            ("limit=", None),
        ] {
            assert_eq!(read(query).expect("readable").limit().ok(), limit, "{query}");
        }
    }

    #[test]
    fn a_time_is_rfc_3339_or_unix() {
        for (query, seconds) in [
            ("after=1795000000", Some(1_795_000_000)),
            ("after=2026-11-18T04:26:40Z", Some(1_794_976_000)),
            ("after=yesterday", None),
            ("after=99999999999999999", None),
        ] {
            let instant = read(query).expect("readable").instant("after").ok().flatten();
            assert_eq!(instant.map(Timestamp::as_second), seconds, "{query}");
        }
    }

    #[test]
    fn one_bad_value_of_a_list_refuses_the_list() {
        let number = |word: &str| word.parse::<u8>().ok();
        let list = |query: &str| read(query).expect("readable").list("state", "a number", number);
        assert_eq!(list(""), Ok(vec![]));
        assert_eq!(list("state=1,2"), Ok(vec![1, 2]));
        assert!(list("state=1,x").is_err() && list("state=").is_err());
    }
}
