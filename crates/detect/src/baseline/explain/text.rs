//! Every sentence that baselines speak, in one place.

use std::fmt::{Display, Write as _};

use model::Span;

use super::Whose;

/// Longer values from outside are cut, in characters.
const VALUE_CHARS_MAX: usize = 80;

macro_rules! texts {
    ($($text:ident = $template:literal),* $(,)?) => {
        /// A template. `{name}` stands for a value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::baseline) enum Text { $($text),* }

        impl Text {
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$text),*];

            pub(in crate::baseline) fn template(self) -> &'static str {
                match self { $(Self::$text => $template),* }
            }
        }
    };
}

texts! {
    FirstSeen = "{what} {value} is new to {whom}, known for {age} days and {events} events\
        {usual}{peers}",
    Usual = "; usual: {values}{more}",
    More = " and {count} more",
    Peers = "; {know} of {of} in the organisation know it",
    NoPeer = "; none of {of} in the organisation knows it",
    Denied = "{what} {value} was denied before, and is back",
    TooMany = "{about}{observed} {unit} in {window}; {whom}'s {percentile} percentile over \
        {days} days is {usual}{organisation}",
    About = "about ",
    Organisations = "; the organisation's is {usual}",
    OutOfSeason = "{observed} {unit} in {window}; at this hour {whom}'s usual is {usual}, give or \
        take {spread}: that is {deviations} deviations above",
    Drift = "{whom}'s {unit} a day have crept up: {observed} on the last day, {usual} usually",
    Travel = "{from} to {to}: {distance} km in {minutes} min, {speed} km/h",
    SessionChange = "the session changed, {minutes} min after it was first seen: {changes}; \
        {sum} points",
    Change = "{what} from {from} to {to} ({weight})",
    ChangeOnly = "{what} ({weight})",
    Unknown = "another",
    Person = "this person",
    Service = "this service account",
    Account = "this account",
    Session = "this session",
    Address = "this address",
    Device = "this device",
    Organisation = "the organisation",
    Entity = "this entity",
    Events = "events",
    Values = "different values of {what}",
    Place = "place",
    Somewhere = "an unnamed place",
    Learning = "silent while it learns: {events} of {needs_events} events, on {days} of \
        {needs_days} days, known for {age} of {needs_age} days{windows}",
    Windows = ", {windows} of {needs_windows} windows",
    Armed = "looking",
    Frozen = "looking; learns nothing new until {until}, unless a verdict comes first",
}

impl From<Whose> for Text {
    fn from(whose: Whose) -> Self {
        match whose {
            Whose::Person => Self::Person,
            Whose::Service => Self::Service,
            Whose::Account => Self::Account,
            Whose::Session => Self::Session,
            Whose::Address => Self::Address,
            Whose::Device => Self::Device,
            Whose::Organisation => Self::Organisation,
            Whose::Entity => Self::Entity,
        }
    }
}

/// A template with its values. A value is never looked at for names of others.
pub(in crate::baseline) fn fill(text: Text, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    let mut rest = text.template();
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').expect("a template closes what it opens");
        let value = values.iter().find(|(known, _)| *known == name);
        let (_, value) = value.expect("every name of a template is given a value");
        write!(filled, "{value}").expect("writing to a text cannot fail");
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A text from outside: cut, and without control characters.
pub(super) fn plain(text: &str) -> String {
    let clean = |each: char| if each.is_control() { '\u{fffd}' } else { each };
    let mut shown: String = text.chars().take(VALUE_CHARS_MAX).map(clean).collect();
    if text.chars().nth(VALUE_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// A number with a comma between thousands.
pub(super) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with at most one digit after the point.
pub(super) fn percent(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A quantile as a percentile, such as `99.5th`.
pub(super) fn ordinal(quantile: f64) -> String {
    let text = format!("{:.2}", quantile * 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let ending = match text {
        _ if text.contains('.') || text.ends_with("11") || text.ends_with("12") => "th",
        _ if text.ends_with("13") => "th",
        _ if text.ends_with('1') => "st",
        _ if text.ends_with('2') => "nd",
        _ if text.ends_with('3') => "rd",
        _ => "th",
    };
    format!("{text}{ending}")
}

/// A length of time as it reads in a sentence.
pub(super) fn within(span: Span) -> String {
    let seconds = span.as_seconds();
    match seconds {
        86_400 => "a day".to_owned(),
        s if s % 86_400 == 0 => format!("{} days", s / 86_400),
        s if s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}
