//! Proving that it is oneself, before a grave act.
//!
//! Looking changes nothing: a press begins a proof, and a press asks a provider what came of it.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use model::{ChallengeId, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::{
    engine::EngineError,
    people::{StepUp, StepUpOutcome},
};
use serde::Deserialize;

use crate::{
    AppState, Problem, Viewer,
    client::ClientIp,
    pages::{
        Page,
        devices::Reader,
        frame::{Frame, Place},
    },
    problem::Kind,
    viewer::own_path,
};

/// Where a proof leads that was asked for nowhere.
const START: &str = "/me";

#[derive(Template)]
#[template(path = "ways/prove.html")]
pub(super) struct Prove {
    frame: Frame,
    next: String,
    host: String,
    ways: Vec<Method>,
    stage: Stage,
    notice: Notice,
}

/// How far the proof has come.
enum Stage {
    /// A way is to be chosen.
    Choose,
    /// The browser is to sign.
    Passkey { challenge: ChallengeId, options: String },
    /// A code is to be typed here.
    Code { challenge: ChallengeId },
    /// A code is to be typed into the phone.
    Push { challenge: ChallengeId, code: String },
}

/// What the page says above its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    None,
    Failed,
    Limited,
    Waiting,
}

#[derive(Deserialize)]
pub(super) struct Arrival {
    #[serde(default)]
    next: String,
    now: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    method: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(super) struct Done {
    challenge: String,
    response: Option<String>,
    #[serde(default)]
    next: String,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Query(arrival): Query<Arrival>,
) -> Result<Page<Prove>, Problem> {
    let notice = match arrival.now.as_deref() {
        Some("failed") => Notice::Failed,
        Some("limited") => Notice::Limited,
        Some("waiting") => Notice::Waiting,
        _ => Notice::None,
    };
    let begun = state.engine.step_up(&viewer).await?;
    let reader = Reader::own(&state, &viewer);
    let title = reader.say("Prove that it is you", "Weise nach, dass du es bist");
    let frame = Frame::of(&viewer, Place::Ways, title).speaking(reader.language);
    Ok(Page(Prove {
        frame: frame.with_script(&["passkey.js"]),
        next: own_path(&arrival.next).unwrap_or(START).to_owned(),
        host: state.site.host().to_owned(),
        ways: state.engine.step_up_methods(&viewer).await?,
        stage: Stage::of(begun),
        notice,
    }))
}

pub(super) async fn begin(
    State(state): State<AppState>,
    viewer: Viewer,
    ClientIp(from): ClientIp,
    Form(wanted): Form<Wanted>,
) -> Result<Redirect, Problem> {
    let method = Method::named(&wanted.method).ok_or(Problem::of(Kind::InvalidBody))?;
    match state.engine.begin_step_up(&viewer, method, from).await {
        Ok(_) => Ok(back(&wanted.next, "")),
        Err(EngineError::Limited) => Ok(back(&wanted.next, "limited")),
        Err(EngineError::Forbidden(_)) => Ok(back(&wanted.next, "failed")),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn finish(
    State(state): State<AppState>,
    viewer: Viewer,
    Form(done): Form<Done>,
) -> Result<Response, Problem> {
    let challenge = done.challenge.parse().map_err(|_| Problem::of(Kind::InvalidBody))?;
    let response = done.response.as_deref();
    let next = match state.engine.finish_step_up(&viewer, challenge, response).await {
        Ok(StepUpOutcome::Proven) => Redirect::to(own_path(&done.next).unwrap_or(START)),
        Ok(StepUpOutcome::Waiting) => back(&done.next, "waiting"),
        Ok(StepUpOutcome::Failed) | Err(EngineError::NotFound) => back(&done.next, "failed"),
        Err(EngineError::Limited) => back(&done.next, "limited"),
        Err(error) => return Err(error.into()),
    };
    Ok(next.into_response())
}

/// To this page again, with a word about what happened.
fn back(next: &str, now: &str) -> Redirect {
    let next = utf8_percent_encode(own_path(next).unwrap_or(START), NON_ALPHANUMERIC);
    match now {
        "" => Redirect::to(&format!("/me/prove?next={next}")),
        now => Redirect::to(&format!("/me/prove?next={next}&now={now}")),
    }
}

impl Stage {
    fn of(begun: Option<StepUp>) -> Self {
        let Some(StepUp { challenge, method, options, code }) = begun else {
            return Self::Choose;
        };
        match method {
            Method::Passkey => {
                let options = options.map(|options| options.to_string()).unwrap_or_default();
                Self::Passkey { challenge, options }
            }
            Method::Totp => Self::Code { challenge },
            Method::Duo => Self::Push { challenge, code: code.unwrap_or_default() },
        }
    }

    fn is_under_way(&self) -> bool {
        !matches!(self, Self::Choose)
    }
}
