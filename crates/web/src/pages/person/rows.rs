//! A question as a line of a list.

use casework::Case;
use model::{CaseId, StateName};
use runtime::Engine;

use crate::{
    AppState, Problem, Viewer,
    pages::{
        devices::Reader,
        marks::Mark,
        words::{Left, When},
    },
};

/// A line.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: CaseId,
    pub(super) title: String,
    pub(super) mark: Mark,
    pub(super) asked: When,
    pub(super) left: Option<Left>,
    /// Whether it waits for the person.
    pub(super) is_waiting: bool,
}

/// The person's questions: those that wait first, then the latest others.
pub(super) async fn of(
    state: &AppState,
    viewer: &Viewer,
    reader: &Reader,
) -> Result<Vec<Row>, Problem> {
    let cases = state.engine.cases_of(viewer.person.id, super::ROWS_MAX).await?;
    let shown = cases.iter().filter(|case| Engine::is_shown_to_its_person(case));
    Ok(shown.map(|case| row(state.engine.title_for_person(case), case, reader)).collect())
}

fn row(title: String, case: &Case, reader: &Reader) -> Row {
    let (now, language) = (reader.now, reader.language);
    let state = case.state_name();
    let is_waiting = matches!(state, StateName::Asking | StateName::Claimed | StateName::Verifying);
    let asked_at = case.ask.as_ref().map_or(case.opened_at, |ask| ask.at);
    let deadline = case.deadline_at.filter(|_| is_waiting);
    Row {
        id: case.id,
        title,
        mark: Mark::for_person(state, case.reason(), language),
        asked: reader.when(asked_at),
        left: deadline.map(|deadline| Left::until_in(language, deadline, asked_at, now)),
        is_waiting,
    }
}
