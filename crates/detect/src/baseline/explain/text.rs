//! Every sentence that baselines speak, in one place.

use std::fmt::{Display, Write as _};

use model::Span;

use super::Whose;

/// Longer values from outside are cut, in characters.
const VALUE_CHARS_MAX: usize = 80;

/// A language that explanations are written in. Units, names of fields and values are as the rule
/// and the event have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

macro_rules! texts {
    ($($text:ident = $english:literal, $german:literal;)*) => {
        /// A template. `{name}` stands for a value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::baseline) enum Text { $($text),* }

        impl Text {
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$text),*];

            /// In English, which is the language of what is stored.
            pub(in crate::baseline) fn template(self) -> &'static str {
                self.template_in(Language::English)
            }

            pub(super) fn template_in(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$text, Language::English) => $english,
                    (Self::$text, Language::German) => $german,)*
                }
            }
        }
    };
}

texts! {
    FirstSeen = "{what} {value} is new to {whom}, known for {age} days and {events} events\
        {usual}{peers}",
        "{what} {value} ist neu für {whom}, bekannt seit {age} Tagen und {events} Ereignissen\
        {usual}{peers}";
    Usual = "; usual: {values}{more}", "; üblich: {values}{more}";
    More = " and {count} more", " und {count} weitere";
    Peers = "; {know} of {of} in the organisation know it",
        "; {know} von {of} in der Organisation kennen das";
    NoPeer = "; none of {of} in the organisation knows it",
        "; niemand von {of} in der Organisation kennt das";
    Denied = "{what} {value} was denied before, and is back",
        "{what} {value} wurde schon einmal abgestritten und ist wieder da";
    TooMany = "{about}{observed} {unit} in {window}; {whom}'s {percentile} percentile over \
        {days} days is {usual}{organisation}",
        "{about}{observed} {unit} in {window}; für {whom} liegt das {percentile} Perzentil über \
        {days} Tage bei {usual}{organisation}";
    About = "about ", "etwa ";
    Organisations = "; the organisation's is {usual}", "; das der Organisation bei {usual}";
    OutOfSeason = "{observed} {unit} in {window}; at this hour {whom}'s usual is {usual}, give or \
        take {spread}: that is {deviations} deviations above",
        "{observed} {unit} in {window}; um diese Zeit sind für {whom} {usual} üblich, {spread} mehr \
        oder weniger: das liegt {deviations} Abweichungen darüber";
    Drift = "{whom}'s {unit} a day have crept up: {observed} on the last day, {usual} usually",
        "{unit} am Tag wurden für {whom} langsam mehr: {observed} am letzten Tag, {usual} sonst";
    Travel = "{from} to {to}: {distance} km in {minutes} min, {speed} km/h",
        "von {from} nach {to}: {distance} km in {minutes} Min., {speed} km/h";
    SessionChange = "the session changed, {minutes} min after it was first seen: {changes}; \
        {sum} points",
        "die Sitzung änderte sich, {minutes} Min. nachdem sie zuerst gesehen wurde: {changes}; \
        {sum} Punkte";
    Change = "{what} from {from} to {to} ({weight})", "{what} von {from} zu {to} ({weight})";
    ChangeOnly = "{what} ({weight})", "{what} ({weight})";
    Unknown = "another", "etwas anderem";
    Person = "this person", "diese Person";
    Service = "this service account", "dieses Dienstkonto";
    Account = "this account", "dieses Konto";
    Session = "this session", "diese Sitzung";
    Address = "this address", "diese Adresse";
    Device = "this device", "dieses Gerät";
    Organisation = "the organisation", "die Organisation";
    Entity = "this entity", "dies";
    Events = "events", "Ereignisse";
    Values = "different values of {what}", "verschiedene Werte von {what}";
    Place = "place", "Ort";
    Somewhere = "an unnamed place", "einem Ort ohne Namen";
    Learning = "silent while it learns: {events} of {needs_events} events, on {days} of \
        {needs_days} days, known for {age} of {needs_age} days{windows}",
        "still, solange es lernt: {events} von {needs_events} Ereignissen, an {days} von \
        {needs_days} Tagen, bekannt seit {age} von {needs_age} Tagen{windows}";
    Windows = ", {windows} of {needs_windows} windows", ", {windows} von {needs_windows} Fenstern";
    Armed = "looking", "sieht hin";
    Frozen = "looking; learns nothing new until {until}, unless a verdict comes first",
        "sieht hin; lernt bis {until} nichts Neues, außer wenn vorher ein Urteil kommt";
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
    fill_in(Language::English, text, values)
}

/// The same in a language.
pub(super) fn fill_in(language: Language, text: Text, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    let mut rest = text.template_in(language);
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

/// What we have called something ourselves where neither the rule nor the event has a name for it.
pub(super) fn own_word(language: Language, text: &str) -> String {
    let ours = [Text::Events, Text::Place, Text::Somewhere];
    if let Some(ours) = ours.into_iter().find(|ours| ours.template() == text) {
        return ours.template_in(language).to_owned();
    }
    let of_values = Text::Values
        .template()
        .split_once("{what}")
        .and_then(|(before, after)| text.strip_prefix(before)?.strip_suffix(after));
    match of_values {
        Some(what) => fill_in(language, Text::Values, &[("what", &plain(what))]),
        None => plain(text),
    }
}

impl Language {
    /// Between thousands, and before parts of one.
    fn marks(self) -> (char, char) {
        match self {
            Self::English => (',', '.'),
            Self::German => ('.', ','),
        }
    }

    /// A number with a mark between thousands.
    pub(super) fn grouped(self, number: u32) -> String {
        let digits = number.to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(self.marks().0);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A number with at most one digit after the point.
    pub(super) fn tenths(self, number: f64) -> String {
        let text = format!("{number:.1}");
        let text = text.strip_suffix(".0").map_or(text.clone(), str::to_owned);
        text.replace('.', &self.marks().1.to_string())
    }

    /// A quantile as a percentile, such as `99.5th`.
    pub(super) fn ordinal(self, quantile: f64) -> String {
        let text = format!("{:.2}", quantile * 100.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        if self == Self::German {
            return format!("{}.", text.replace('.', ","));
        }
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
    pub(super) fn within(self, span: Span) -> String {
        let [day, days, hours, minutes] = match self {
            Self::English => ["a day", "days", "h", "min"],
            Self::German => ["einem Tag", "Tagen", "Std.", "Min."],
        };
        match span.as_seconds() {
            86_400 => day.to_owned(),
            s if s % 86_400 == 0 => format!("{} {days}", s / 86_400),
            s if s % 3_600 == 0 => format!("{} {hours}", s / 3_600),
            s if s % 60 == 0 => format!("{} {minutes}", s / 60),
            s => format!("{s} s"),
        }
    }
}
