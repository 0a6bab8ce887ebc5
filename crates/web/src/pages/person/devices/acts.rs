//! What a person does about a device of theirs. The engine holds the rules; here is only what the
//! page says afterwards.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use model::{DeviceId, Span};
use runtime::engine::EngineError;
use serde::Deserialize;

use crate::{
    AppState, Problem, Viewer,
    pages::devices::{device_id, practice},
    problem::Kind,
};

/// How long a reminder may rest, and what that reads.
pub(super) const RESTS: [(&str, [&str; 2]); 3] = [
    ("1d", ["a day", "einen Tag"]),
    ("3d", ["3 days", "3 Tage"]),
    ("7d", ["a week", "eine Woche"]),
];

/// What a device's page says first: an echo of what was just done. It stands in the address, so it
/// is one of these words and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Notice {
    /// Nothing.
    #[default]
    None,
    /// The sources were asked again.
    Asked,
    /// No source of this device can be asked.
    Nobody,
    /// It was asked a moment ago.
    Soon,
    /// Somebody looks at whose it is.
    NotMine,
    /// An exemption was asked for.
    Exemption,
    /// A reminder rests.
    Rests,
    /// It rests no more.
    Enough,
}

impl Notice {
    const WORDS: [(Self, &'static str); 7] = [
        (Self::Asked, "asked"),
        (Self::Nobody, "nobody"),
        (Self::Soon, "soon"),
        (Self::NotMine, "not-mine"),
        (Self::Exemption, "exemption"),
        (Self::Rests, "rests"),
        (Self::Enough, "enough"),
    ];

    /// The notice of a word in an address.
    pub(super) fn named(word: Option<&str>) -> Self {
        let named = Self::WORDS.iter().find(|(_, name)| Some(*name) == word);
        named.map_or(Self::None, |(notice, _)| *notice)
    }

    fn at(self, device: DeviceId) -> Redirect {
        let word = Self::WORDS.iter().find(|(notice, _)| *notice == self);
        let word = word.map_or("", |(_, word)| *word);
        Redirect::to(&format!("/me/devices/{device}?now={word}"))
    }
}

/// Which check is meant; all where it is not said.
#[derive(Deserialize)]
pub(crate) struct Which {
    practice: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Rest {
    practice: String,
    #[serde(rename = "for")]
    span: String,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    practice: String,
    reason: String,
}

#[derive(Deserialize)]
pub(crate) struct Note {
    note: String,
}

/// "I fixed it", and "look again": the sources are asked, and what they say is how it stands.
pub(crate) async fn recheck(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Which>,
) -> Result<Redirect, Problem> {
    let id = device_id(&id)?;
    let practice = form.practice.as_deref().map(practice).transpose()?;
    match state.posture.recheck(&viewer, id, practice.as_ref()).await {
        Ok(0) => Ok(Notice::Nobody.at(id)),
        Ok(_) => Ok(Notice::Asked.at(id)),
        Err(EngineError::Invalid(_)) => Ok(Notice::Soon.at(id)),
        Err(error) => Err(error.into()),
    }
}

/// "Not my device".
pub(crate) async fn not_mine(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Note>,
) -> Result<Redirect, Problem> {
    let id = device_id(&id)?;
    state.posture.not_mine(&viewer, id, &form.note).await?;
    Ok(Notice::NotMine.at(id))
}

/// Asks to be excused from a check.
pub(crate) async fn exempt(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Wish>,
) -> Result<Redirect, Problem> {
    let id = device_id(&id)?;
    let practice = practice(&form.practice)?;
    state.posture.ask_exemption(&viewer, id, &practice, &form.reason).await?;
    Ok(Notice::Exemption.at(id))
}

/// "Remind me later". How it stands does not change.
pub(crate) async fn snooze(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Rest>,
) -> Result<Redirect, Problem> {
    let id = device_id(&id)?;
    let practice = practice(&form.practice)?;
    let is_offered = RESTS.iter().any(|(span, _)| *span == form.span);
    let span: Option<Span> = form.span.parse().ok().filter(|_| is_offered);
    let span =
        span.ok_or_else(|| Problem::new(Kind::InvalidBody, "Choose one of the times offered."))?;
    let until = span.after(state.clock.now());
    match state.posture.snooze(&viewer, id, &practice, until).await {
        Ok(()) => Ok(Notice::Rests.at(id)),
        Err(EngineError::Invalid(_)) => Ok(Notice::Enough.at(id)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_in_an_address_is_one_of_ours_or_nothing() {
        for (notice, word) in Notice::WORDS {
            assert_eq!(Notice::named(Some(word)), notice);
        }
        for foreign in [None, Some(""), Some("<script>"), Some("ASKED")] {
            assert_eq!(Notice::named(foreign), Notice::None);
        }
    }
}
