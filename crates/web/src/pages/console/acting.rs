//! What an analyst does about actions and playbooks, by the forms of a case's page.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use model::{ActionId, CaseId, Span};
use ports::responder::Standing;
use runtime::acting::{ByHand, DryRun};
use serde::Deserialize;

use super::{
    case::{Notice, ShownPlan, shown_plan, undo},
    deciding::case_id,
};
use crate::{
    AppState, Problem, Viewer,
    acts::{self, Deed, RunDeed},
    guard::Caller,
    pages::{
        Page,
        frame::{Frame, Place},
    },
    problem::Kind,
};

/// What an action would do, before somebody asks for it.
#[derive(Template)]
#[template(path = "console/dry_run.html")]
pub(super) struct DryPage {
    frame: Frame,
    case: CaseId,
    wish: Wish,
    what: String,
    undo: &'static str,
    radius: &'static str,
    needs: u32,
    plan: ShownPlan,
    /// Why it would not be done.
    stop: Option<String>,
}

/// What a playbook would do, before somebody begins it.
#[derive(Template)]
#[template(path = "console/dry_play.html")]
pub(super) struct DryPlay {
    frame: Frame,
    case: CaseId,
    playbook: String,
    steps: Vec<String>,
}

/// An action that somebody wishes for.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    action: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    limit: String,
    #[serde(default)]
    reason: String,
    #[serde(rename = "do")]
    what: String,
}

impl Wish {
    fn by_hand(&self) -> Result<ByHand, Problem> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let limit = given(&self.limit).map(|limit| limit.parse::<Span>()).transpose();
        let advice = "Write the time limit as a number and s, m, h or d, such as 30m.";
        Ok(ByHand {
            action: self.action.clone(),
            reason: self.reason.clone(),
            target: given(&self.target),
            limit: limit.map_err(|_| Problem::new(Kind::InvalidBody, advice))?,
        })
    }
}

/// Shows what an action would do, or asks for it.
pub(super) async fn order(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Wish>,
) -> Result<Response, Problem> {
    let id = case_id(&id)?;
    let wish = form.by_hand()?;
    if form.what != "ask" {
        let dry = state.engine.dry_run(id, viewer.actor(), wish).await?;
        return Ok(Page(dry_page(&viewer, id, form, dry)).into_response());
    }
    let done = acts::order(&state, &by(&viewer), id, wish).await;
    Ok(back(id, Notice::Ordered, done)?.into_response())
}

fn dry_page(viewer: &Viewer, case: CaseId, wish: Wish, dry: DryRun) -> DryPage {
    let stop = match &dry.plan.standing {
        Standing::Ready => None,
        Standing::AlreadySo => Some("It is so already, and not by us: nothing to do.".to_owned()),
        Standing::Protected(why) => {
            let why = runtime::lookup::inert_line(why);
            Some(format!("It is not done to this target: {why}."))
        }
    };
    DryPage {
        frame: Frame::of(viewer, Place::Queue, "What it would do"),
        case,
        wish,
        what: runtime::lookup::inert_line(&dry.spec.what),
        undo: undo(dry.spec.undo),
        radius: dry.spec.radius.name(),
        needs: dry.needs,
        plan: shown_plan(&dry.plan),
        stop,
    }
}

/// What somebody does about an action.
#[derive(Debug, Deserialize)]
pub(super) struct Decided {
    case: String,
    #[serde(default)]
    reason: String,
    #[serde(rename = "do")]
    what: String,
}

/// Approves, declines or takes back.
pub(super) async fn act(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<Decided>,
) -> Result<Redirect, Problem> {
    let id: ActionId = id.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    let case = case_id(&form.case)?;
    let (deed, notice) = match form.what.as_str() {
        "approve" => (Deed::Approve, Notice::Approved),
        "decline" => (Deed::Decline, Notice::Declined),
        "revert" => (Deed::Revert, Notice::TakenBack),
        _ => return Err(Problem::of(Kind::InvalidBody)),
    };
    let reason = Some(form.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    if reason.is_none() && deed != Deed::Approve {
        return Err(Problem::new(Kind::InvalidBody, "Say in a few words why."));
    }
    back(case, notice, acts::act(&state, &by(&viewer), id, deed, reason).await)
}

/// A playbook that somebody wishes for.
#[derive(Debug, Deserialize)]
pub(super) struct PlayWish {
    playbook: String,
    #[serde(rename = "do")]
    what: String,
}

/// Shows what a playbook would do, or begins it.
pub(super) async fn play(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(form): Form<PlayWish>,
) -> Result<Response, Problem> {
    let id = case_id(&id)?;
    if form.what != "begin" {
        let steps = state.engine.dry_play(id, &form.playbook).await?;
        let frame = Frame::of(&viewer, Place::Queue, "What it would do");
        let (case, playbook) = (id, form.playbook);
        return Ok(Page(DryPlay { frame, case, playbook, steps }).into_response());
    }
    let done = acts::play(&state, &by(&viewer), id, &form.playbook).await;
    Ok(back(id, Notice::Begun, done)?.into_response())
}

/// What somebody does about a playbook.
#[derive(Debug, Deserialize)]
pub(super) struct RunDecided {
    #[serde(rename = "do")]
    what: String,
}

/// Approves the step that waits, or stops a playbook.
pub(super) async fn on_run(
    State(state): State<AppState>,
    viewer: Viewer,
    Path((id, number)): Path<(String, u32)>,
    Form(form): Form<RunDecided>,
) -> Result<Redirect, Problem> {
    let id = case_id(&id)?;
    let (deed, notice) = match form.what.as_str() {
        "approve" => (RunDeed::Approve, Notice::Approved),
        "stop" => (RunDeed::Stop, Notice::Stopped),
        _ => return Err(Problem::of(Kind::InvalidBody)),
    };
    back(id, notice, acts::on_run(&state, &by(&viewer), id, number, deed).await)
}

/// A signed-in person as the one who acts.
pub(super) fn by(viewer: &Viewer) -> Caller {
    Caller::Viewer(Box::new(viewer.clone()))
}

fn back<T>(id: CaseId, done: Notice, result: Result<T, Problem>) -> Result<Redirect, Problem> {
    match result {
        Ok(_) => Ok(Redirect::to(&done.at(id))),
        Err(problem) if problem.kind == Kind::ProofRequired => {
            Ok(Redirect::to(&format!("/me/prove?next=/console/cases/{id}")))
        }
        Err(problem) if problem.kind == Kind::CaseClosed => {
            Ok(Redirect::to(&Notice::Closed.at(id)))
        }
        Err(problem) => Err(problem),
    }
}
