//! Whether a message is from us: a short code is typed, and the page says yes or no. Facts are
//! shown to nobody but the person whose question it is (R21).

mod tries;

use std::sync::Arc;

use askama::Template;
use axum::{Form, extract::State};
use model::CaseId;
use runtime::lookup::inert_line;
use serde::Deserialize;

use self::tries::Tries;
use super::{Page, frame::Frame, language::Language};
use crate::{AppState, Needs, Problem, Routes, Viewer, client::ClientIp, viewer::MaybeViewer};

/// The longest code that is looked at, in characters.
const TYPED_MAX_CHARS: usize = 16;

/// The routes of this module.
pub fn routes() -> Routes {
    let tries = Arc::new(Tries::default());
    Routes::new().get("/check", Needs::Anyone, show).post(
        "/check",
        Needs::Anyone,
        move |state, ip, viewer, language, form| {
            look_up(Arc::clone(&tries), state, ip, viewer, language, form)
        },
    )
}

#[derive(Template)]
#[template(path = "check.html")]
struct Check {
    frame: Frame,
    typed: String,
    answer: Answer,
}

/// What the page says.
enum Answer {
    /// Nothing was asked yet.
    Nothing,
    /// It is ours, and that is all that is said.
    Ours,
    /// It is ours, and about the one who asks.
    Yours {
        /// The question.
        case: CaseId,
        /// What it reads.
        title: String,
    },
    /// It is not ours.
    Unknown,
    /// Too many tries.
    Limited,
}

#[derive(Deserialize)]
struct Typed {
    code: String,
}

async fn show(MaybeViewer(viewer): MaybeViewer, language: Language) -> Page<Check> {
    let frame = frame(viewer.as_ref(), language);
    Page(Check { frame, typed: String::new(), answer: Answer::Nothing })
}

async fn look_up(
    tries: Arc<Tries>,
    State(state): State<AppState>,
    ClientIp(ip): ClientIp,
    MaybeViewer(viewer): MaybeViewer,
    language: Language,
    Form(form): Form<Typed>,
) -> Result<Page<Check>, Problem> {
    let typed: String = inert_line(&form.code).chars().take(TYPED_MAX_CHARS).collect();
    let found = match tries.count(ip, state.clock.now()) {
        true => Some(state.engine.look_up_code(&typed).await?),
        false => None,
    };
    let own = viewer.as_ref().map(|viewer| viewer.person.id);
    let answer = match found {
        None => Answer::Limited,
        Some(None) => Answer::Unknown,
        Some(Some((person, case, _))) if own == Some(person) => {
            let case = state.engine.own_case(person, case).await?;
            let view = state.engine.question_view(&case);
            Answer::Yours { case: case.id, title: view.text }
        }
        Some(Some(_)) => Answer::Ours,
    };
    let frame = frame(viewer.as_ref(), language);
    Ok(Page(Check { frame, typed, answer }))
}

fn frame(viewer: Option<&Viewer>, language: Language) -> Frame {
    let title = language.say("Is this message from us?", "Ist diese Nachricht von uns?");
    Frame::of_anybody(viewer, title).speaking(language)
}
