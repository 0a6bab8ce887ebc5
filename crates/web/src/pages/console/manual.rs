//! A question by hand.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use model::{Facts, Severity};
use runtime::{engine::EngineError, intake::ManualQuestion};
use serde::Deserialize;

use super::{Choice, case::Notice, severities, severity};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        frame::{Frame, Place},
    },
    problem::Kind,
};

/// The longest line that says what happened, in characters.
const TITLE_MAX_CHARS: usize = 150;
/// The longest explanation, in characters.
const MESSAGE_MAX_CHARS: usize = 1_000;

#[derive(Template)]
#[template(path = "console/ask.html")]
pub(super) struct Ask {
    frame: Frame,
    form: Asked,
    problem: Option<String>,
    severities: Vec<Choice>,
    title_max: usize,
    message_max: usize,
}

/// What is asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    person: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    severity: String,
}

impl Asked {
    fn question(&self) -> Result<ManualQuestion, &'static str> {
        let has = |text: &str, max: usize| (1..=max).contains(&text.trim().chars().count());
        if self.person.trim().is_empty() {
            return Err("Say whom to ask.");
        }
        if !has(&self.title, TITLE_MAX_CHARS) {
            return Err("Say in one line of at most 150 characters what happened.");
        }
        let message = self.message.trim();
        if message.chars().count() > MESSAGE_MAX_CHARS {
            return Err("Use at most 1,000 characters for the rest.");
        }
        Ok(ManualQuestion {
            person: self.person.trim().to_owned(),
            title: self.title.trim().to_owned(),
            message: (!message.is_empty()).then(|| message.to_owned()),
            severity: severity(&self.severity).ok_or("Choose a severity.")?,
            facts: Facts::new(),
        })
    }
}

pub(super) async fn show(viewer: Viewer, Query(form): Query<Asked>) -> Page<Ask> {
    page(&viewer, form, None)
}

pub(super) async fn ask(
    State(state): State<AppState>,
    viewer: Viewer,
    Form(form): Form<Asked>,
) -> Result<Response, Problem> {
    let problem = match form.question() {
        Err(problem) => problem.to_owned(),
        Ok(question) => match state.engine.ask_by_hand(viewer.actor(), question).await {
            Ok(case) => return Ok(Redirect::to(&Notice::Asked.at(case)).into_response()),
            Err(EngineError::Invalid(problem)) => problem,
            Err(EngineError::Limited) => {
                "You have asked many questions by hand in the last hour: wait a while.".to_owned()
            }
            Err(EngineError::NotFound) => "Nobody is known by that name.".to_owned(),
            Err(error) => return Err(error.into()),
        },
    };
    let status = Kind::InvalidBody.status();
    Ok((status, page(&viewer, form, Some(problem))).into_response())
}

fn page(viewer: &Viewer, form: Asked, problem: Option<String>) -> Page<Ask> {
    Page(Ask {
        frame: Frame::of(viewer, Place::Ask, "Ask someone"),
        severities: severities(severity(&form.severity).or(Some(Severity::Medium))),
        form,
        problem,
        title_max: TITLE_MAX_CHARS,
        message_max: MESSAGE_MAX_CHARS,
    })
}
