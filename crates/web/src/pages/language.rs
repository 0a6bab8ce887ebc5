//! The languages that pages speak. A page's words stand in its template, both languages side by
//! side: `{{ frame.say("My devices", "Meine Geräte") }}`.

use std::fmt;

/// A language of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    /// English, which every page speaks.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// The one of this tag, such as `de-AT`; English where there is no other.
    pub(crate) fn of(tag: &str) -> Self {
        let base = tag.split(['-', '_']).next().unwrap_or_default();
        if base.eq_ignore_ascii_case("de") { Self::German } else { Self::English }
    }

    /// As `lang` has it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The words in this language.
    pub(crate) fn say(self, english: &'static str, german: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::German => german,
        }
    }

    /// The words for one or for several.
    pub(crate) fn count(self, count: usize, one: &[&str; 2], several: &[&str; 2]) -> String {
        let which = usize::from(self == Self::German);
        match count {
            1 => format!("1 {}", one[which]),
            count => format!("{count} {}", several[which]),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_by_its_base_and_english_is_for_all_others() {
        for (tag, language) in [
            ("de", Language::German),
            ("de-AT", Language::German),
            ("DE_ch", Language::German),
            ("en", Language::English),
            ("dev", Language::English),
            ("", Language::English),
            ("fr-FR", Language::English),
        ] {
            assert_eq!(Language::of(tag), language, "{tag}");
        }
    }
}
