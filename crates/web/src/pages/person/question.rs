//! One question, at one address for its whole life: the question, the proof, what happened, and
//! for a while longer "this wasn't me". Looking at it changes nothing (R18).

mod stage;
mod steps;

use askama::Template;
use axum::extract::{Path, Query, State};
use casework::{Case, State as CaseState, case::DENIAL_LIFE};
use model::{Answer, CaseId, Method};
use runtime::{Engine, render::QuestionView};
use serde::Deserialize;

use self::{
    stage::Stage,
    steps::{Step, StepKind},
};
use super::{Notice, answering::COMMENT_MAX_CHARS, case_id};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::Reader,
        frame::{Frame, Place},
        marks::Mark,
        words::When,
    },
    problem::Kind,
};

#[derive(Template)]
#[template(path = "person/question.html")]
pub(super) struct Question {
    frame: Frame,
    id: CaseId,
    revision: u32,
    host: String,
    notice: Notice,
    mark: Mark,
    view: QuestionView,
    stage: Stage,
    /// By which ways it can be proven, strongest first.
    ways: Vec<Method>,
    wants_comment: bool,
    is_late: bool,
    deadline: Option<When>,
    deniable_until: Option<When>,
    story: Vec<Step>,
    comment_max: usize,
}

#[derive(Deserialize)]
pub(super) struct Echo {
    now: Option<String>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(echo): Query<Echo>,
) -> Result<Page<Question>, Problem> {
    let case = state.engine.own_case(viewer.person.id, case_id(&id)?).await?;
    if !Engine::is_shown_to_its_person(&case) {
        return Err(Problem::of(Kind::NotFound));
    }
    let stage = stage_of(&state, &viewer, &case).await?;
    let ways = match stage.is_ended() {
        true => Vec::new(),
        false => state.engine.ways(viewer.person.id, &case).await?,
    };
    let notice = Notice::named(echo.now.as_deref());
    Ok(Page(Question::new(&state, &viewer, &case, notice, stage, ways)))
}

async fn stage_of(state: &AppState, viewer: &Viewer, case: &Case) -> Result<Stage, Problem> {
    let session = &viewer.session.hash;
    let ceremony = match case.challenge() {
        Some(_) => state.engine.ceremony(viewer.person.id, case.id, session).await?,
        None => None,
    };
    Ok(Stage::of(case, ceremony, session, state.clock.now()))
}

impl Question {
    fn new(
        state: &AppState,
        viewer: &Viewer,
        case: &Case,
        notice: Notice,
        stage: Stage,
        ways: Vec<Method>,
    ) -> Self {
        let reader = Reader::own(state, viewer);
        let view = state.engine.question_view(case);
        let headline = view.standing.as_ref().map_or(&view.title, |standing| &standing.title);
        let frame = Frame::of(viewer, Place::Now, headline.clone());
        let frame = frame.refreshing(stage.refresh_seconds()).with_script(stage.scripts());
        let frame = frame.speaking(reader.language);
        let wants = case.treatment.ask().is_some_and(|ask| ask.is_comment_required);
        Self {
            frame,
            id: case.id,
            revision: case.revision,
            host: state.site.host().to_owned(),
            notice,
            mark: Mark::for_person(case.state_name(), case.reason(), reader.language),
            wants_comment: wants && case.comments.is_empty(),
            is_late: matches!(case.state, CaseState::Escalated { .. }),
            deadline: case.deadline_at.map(|at| reader.when(at)),
            deniable_until: deniable_until(case, &reader),
            story: steps::of(case, &reader),
            comment_max: COMMENT_MAX_CHARS,
            view,
            stage,
            ways,
        }
    }

    /// What a button for this answer reads, where the answer can be given now.
    fn choice(&self, answer: Answer) -> Option<&str> {
        let choice = self.view.choices.iter().find(|choice| choice.answer == answer)?;
        Some(&choice.label)
    }

    /// Whether words for the security team still have a reader.
    fn wants_words(&self) -> bool {
        self.stage.is_ended() && self.is_late
    }
}

fn deniable_until(case: &Case, reader: &Reader) -> Option<When> {
    match &case.state {
        CaseState::Closed { at, .. } => Some(reader.when(DENIAL_LIFE.after(*at))),
        _ => None,
    }
}
