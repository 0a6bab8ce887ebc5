//! A person's quiet: reminders and pauses.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use casework::desk::PAUSE_MAX;
use jiff::Timestamp;
use model::Span;
use runtime::engine::EngineError;
use serde::Deserialize;

use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::Reader,
        frame::{Frame, Place},
        words::When,
    },
    problem::Kind,
};

/// How long reminders may be muted, and what that reads.
const MUTES: [Offer; 4] = [
    ("2h", "2 hours", "2 Stunden"),
    ("8h", "8 hours", "8 Stunden"),
    ("1d", "a day", "einen Tag"),
    ("7d", "a week", "eine Woche"),
];
/// How long questions may be paused.
const PAUSES: [Offer; 3] =
    [("1h", "1 hour", "1 Stunde"), ("2h", "2 hours", "2 Stunden"), ("4h", "4 hours", "4 Stunden")];

/// A span that is offered, and what it reads in each language.
type Offer = (&'static str, &'static str, &'static str);

#[derive(Template)]
#[template(path = "person/settings.html")]
pub(super) struct Settings {
    frame: Frame,
    is_saved: bool,
    is_proven: bool,
    muted_until: Option<When>,
    paused_until: Option<When>,
    mutes: Vec<(&'static str, &'static str)>,
    pauses: Vec<(&'static str, &'static str)>,
    pause_max_hours: u64,
    reach: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub(super) struct Echo {
    now: Option<String>,
}

/// What the forms say: for how long, or that it is over.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(rename = "for")]
    span: String,
    off: Option<String>,
}

impl Wish {
    fn span(&self, offered: &[Offer]) -> Result<Span, Problem> {
        if self.off.is_some() {
            return Ok(Span::ZERO);
        }
        let is_offered = offered.iter().any(|(span, ..)| *span == self.span);
        let span = self.span.parse().ok().filter(|_| is_offered);
        span.ok_or_else(|| Problem::new(Kind::InvalidBody, "Choose one of the times offered."))
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Query(echo): Query<Echo>,
) -> Result<Page<Settings>, Problem> {
    let reader = Reader::own(&state, &viewer);
    let now = reader.now;
    let desk = state.engine.desk(viewer.person.id).await?;
    let until = |at: Option<Timestamp>| at.filter(|at| *at > now).map(|at| reader.when(at));
    let offers = |of: &[Offer]| -> Vec<_> {
        of.iter().map(|(span, english, german)| (*span, reader.say(english, german))).collect()
    };
    Ok(Page(Settings {
        is_saved: echo.now.as_deref() == Some("saved"),
        is_proven: viewer.has_fresh_proof(now),
        muted_until: until(desk.as_ref().and_then(|desk| desk.muted_until)),
        paused_until: until(desk.as_ref().and_then(|desk| desk.paused_until)),
        mutes: offers(&MUTES),
        pauses: offers(&PAUSES),
        pause_max_hours: PAUSE_MAX.as_seconds() / 3_600,
        reach: reach(&state, &viewer, &reader),
        frame: Frame::of(&viewer, Place::Settings, reader.say("Settings", "Einstellungen"))
            .speaking(reader.language),
    }))
}

fn reach(state: &AppState, viewer: &Viewer, reader: &Reader) -> Vec<(String, String)> {
    let person = &viewer.person;
    let accounts = state.engine.chat_names().map(|name| {
        let found =
            reader.say("found by your e-mail address", "über deine E-Mail-Adresse gefunden");
        let account = person.chat.get(name).map_or(found, String::as_str);
        (name.to_owned(), account.to_owned())
    });
    let zone = reader.zone.iana_name().unwrap_or("UTC");
    let fixed = [
        (reader.say("E-mail", "E-Mail").to_owned(), person.email.reveal().to_owned()),
        (reader.say("Time zone", "Zeitzone").to_owned(), zone.to_owned()),
    ];
    fixed.into_iter().chain(accounts).collect()
}

pub(super) async fn mute(
    State(state): State<AppState>,
    viewer: Viewer,
    Form(wish): Form<Wish>,
) -> Result<Redirect, Problem> {
    state.engine.mute(&viewer, wish.span(&MUTES)?).await?;
    Ok(Redirect::to("/me/settings?now=saved"))
}

pub(super) async fn pause(
    State(state): State<AppState>,
    viewer: Viewer,
    Form(wish): Form<Wish>,
) -> Result<Response, Problem> {
    match state.engine.pause(&viewer, wish.span(&PAUSES)?).await {
        Ok(_) => Ok(Redirect::to("/me/settings?now=saved").into_response()),
        Err(EngineError::ProofRequired) => {
            Ok(Redirect::to("/me/prove?next=/me/settings").into_response())
        }
        Err(error) => Err(error.into()),
    }
}
