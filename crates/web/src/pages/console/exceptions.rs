//! Exceptions: what is not asked about for a while, by whose word, until when, and what it hides.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use casework::policy::exception::Exception;
use model::{CaseId, FactValue, Personal, Span};
use runtime::{
    exceptions::{ExceptionReport, Preview},
    lookup::inert_line,
};
use serde::Deserialize;

use super::{acting::by, names};
use crate::{
    AppState, Problem, Viewer, acts,
    pages::{
        Page,
        frame::{Frame, Place},
        words::When,
    },
    problem::Kind,
};

/// How many cases of a preview are listed.
const PREVIEW_ROWS: usize = 20;
/// The longest field of the form, in characters.
const FIELD_CHARS: usize = 1_000;

#[derive(Template)]
#[template(path = "console/exceptions.html")]
pub(super) struct Exceptions {
    frame: Frame,
    rows: Vec<Row>,
    form: Wish,
    problem: Option<String>,
    preview: Option<ShownPreview>,
    is_proven: bool,
}

struct Row {
    id: String,
    names: Vec<(String, String)>,
    reason: String,
    owner: String,
    ends: When,
    is_lapsing: bool,
    hits: u64,
}

struct ShownPreview {
    alerts: usize,
    looked_at: usize,
    is_cut: bool,
    cases: Vec<(CaseId, String)>,
    more: usize,
}

/// An exception that somebody wishes for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    rule: String,
    source: String,
    person: String,
    fact: String,
    value: String,
    condition: String,
    #[serde(rename = "for")]
    span: String,
    reason: String,
    #[serde(rename = "do")]
    what: String,
}

impl Wish {
    fn exception(&self, state: &AppState, viewer: &Viewer) -> Result<Exception, String> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let fields = [&self.rule, &self.source, &self.person, &self.fact, &self.value];
        let is_long = |text: &str| text.chars().count() > FIELD_CHARS;
        if fields.into_iter().chain([&self.reason]).any(|text| is_long(text)) {
            return Err(format!("use at most {FIELD_CHARS} characters in each field"));
        }
        let unknown = || "nobody of the directory has this id, e-mail or alias".to_owned();
        let person = given(&self.person)
            .map(|name| state.engine.find_person(&name).map(|it| it.id).ok_or_else(unknown));
        let span: Result<Span, _> = self.span.trim().parse();
        let span = span.map_err(|_| "say for how long, such as 30d".to_owned())?;
        let now = state.clock.now();
        let fact = given(&self.fact).map(|name| (name, FactValue::from(self.value.trim())));
        Ok(Exception {
            id: state.engine.new_exception_id(),
            owner: viewer.actor(),
            reason: Personal::from(self.reason.trim()),
            created_at: now,
            expires_at: span.after(now),
            source: given(&self.source),
            rule: given(&self.rule),
            person: person.transpose()?,
            facts: fact.into_iter().collect(),
            condition: given(&self.condition),
        })
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
) -> Result<Page<Exceptions>, Problem> {
    let form = Wish { span: "30d".to_owned(), ..Wish::default() };
    Ok(Page(page(&state, &viewer, form).await?))
}

async fn page(state: &AppState, viewer: &Viewer, form: Wish) -> Result<Exceptions, Problem> {
    let reports = state.engine.exception_reports().await?;
    Ok(Exceptions {
        frame: Frame::of(viewer, Place::Exceptions, "Exceptions"),
        rows: reports.into_iter().map(|report| row(state, report)).collect(),
        form,
        problem: None,
        preview: None,
        is_proven: viewer.has_fresh_proof(state.clock.now()),
    })
}

/// Shows what an exception would have hidden, or makes it.
pub(super) async fn make(
    State(state): State<AppState>,
    viewer: Viewer,
    Form(form): Form<Wish>,
) -> Result<Response, Problem> {
    let exception = match form.exception(&state, &viewer) {
        Ok(exception) => exception,
        Err(why) => return refused(&state, &viewer, form, why).await,
    };
    acts::require_another(&viewer.actor(), &exception)?;
    if let Err(why) = exception.check(state.clock.now()) {
        return refused(&state, &viewer, form, why.to_string()).await;
    }
    if form.what != "make" {
        let preview = state.engine.preview_exception(&exception).await?;
        let page = page(&state, &viewer, form).await?;
        return Ok(
            Page(Exceptions { preview: Some(shown_preview(preview)), ..page }).into_response()
        );
    }
    match acts::except(&state, &by(&viewer), exception).await {
        Ok(()) => Ok(Redirect::to("/console/exceptions").into_response()),
        Err(problem) if problem.kind == Kind::ProofRequired => {
            Ok(Redirect::to("/me/prove?next=/console/exceptions").into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn refused(
    state: &AppState,
    viewer: &Viewer,
    form: Wish,
    why: String,
) -> Result<Response, Problem> {
    let page = page(state, viewer, form).await?;
    let page = Page(Exceptions { problem: Some(inert_line(&why)), ..page });
    Ok((Kind::InvalidBody.status(), page).into_response())
}

/// Ends an exception.
pub(super) async fn end(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    acts::end_exception(&state, &by(&viewer), &id).await?;
    Ok(Redirect::to("/console/exceptions"))
}

fn row(state: &AppState, report: ExceptionReport) -> Row {
    let ExceptionReport { exception, hits, is_lapsing } = report;
    let engine = &state.engine;
    let line = |name: &str, value: Option<String>| {
        value.map(|value| (name.to_owned(), inert_line(&value)))
    };
    let person = exception.person.map(|person| names::of(engine, person));
    let facts = exception.facts.iter();
    let facts = facts.map(|(name, value)| (inert_line(name), inert_line(&value.shown())));
    let own = [
        line("rule", exception.rule),
        line("source", exception.source),
        line("person", person),
        line("condition", exception.condition),
    ];
    Row {
        id: exception.id,
        names: own.into_iter().flatten().chain(facts).collect(),
        reason: inert_line(exception.reason.reveal()),
        owner: names::of_actor(engine, &exception.owner.to_string()),
        ends: When::said(exception.expires_at, state.clock.now(), engine.zone()),
        is_lapsing,
        hits,
    }
}

fn shown_preview(preview: Preview) -> ShownPreview {
    let cases = preview.cases.iter().take(PREVIEW_ROWS);
    ShownPreview {
        alerts: preview.alerts,
        looked_at: preview.looked_at,
        is_cut: preview.is_cut,
        more: preview.cases.len().saturating_sub(PREVIEW_ROWS),
        cases: cases.map(|row| (row.id, inert_line(&row.title))).collect(),
    }
}
