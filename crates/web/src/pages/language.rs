//! The languages that pages speak. A page's words stand in its template, both languages side by
//! side: `{{ frame.say("My devices", "Meine Geräte") }}`.

use std::{convert::Infallible, fmt};

use axum::extract::FromRequestParts;
use http::{header, request::Parts};

use crate::{AppState, viewer::MaybeViewer};

/// How many of a browser's languages are looked at.
const WANTED_MAX: usize = 16;

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

    /// The first of the organisation's that a browser wants, in the order that it names them in; the
    /// organisation's first where it wants none of them.
    fn wanted(wants: &str, spoken: &[&str]) -> Self {
        let base =
            |tag: &str| tag.split(['-', '_', ';']).next().unwrap_or_default().trim().to_owned();
        let spoken_bases: Vec<String> = spoken.iter().map(|tag| base(tag)).collect();
        let is_spoken =
            |tag: &&str| spoken_bases.iter().any(|known| known.eq_ignore_ascii_case(&base(tag)));
        let wanted = wants.split(',').take(WANTED_MAX).map(str::trim).find(is_spoken);
        let first = spoken.first().copied().unwrap_or_default();
        Self::of(&base(wanted.unwrap_or(first)))
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

/// The language of whoever asks: their own where they are signed in, else one that their browser
/// wants.
impl FromRequestParts<AppState> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        if let Ok(MaybeViewer(Some(viewer))) = MaybeViewer::from_request_parts(parts, state).await {
            return Ok(Self::of(state.engine.language_of(&viewer.person)));
        }
        let wants = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|all| all.to_str().ok());
        let spoken: Vec<&str> = state.engine.languages().collect();
        Ok(Self::wanted(wants.unwrap_or_default(), &spoken))
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

    #[test]
    fn a_browser_gets_the_first_of_its_languages_that_the_organisation_speaks() {
        let both = ["en", "de"];
        let german_first = ["de-CH", "en"];
        for (wants, spoken, language) in [
            ("de-DE,de;q=0.9,en;q=0.8", &both[..], Language::German),
            ("en-GB, de", &both, Language::English),
            ("fr, de;q=0.5", &both, Language::German),
            ("fr", &both, Language::English),
            ("fr", &german_first, Language::German),
            ("", &german_first, Language::German),
            ("de", &both[..1], Language::English),
            ("*", &both, Language::English),
            (",;,-,de", &both, Language::German),
            ("de", &[], Language::English),
        ] {
            assert_eq!(Language::wanted(wants, spoken), language, "{wants}");
        }
    }
}
