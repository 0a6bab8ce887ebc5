//! A case: its whole story, the person, why it was treated so, and what can be done.

mod actions;
mod facts;
mod story;

pub(super) use actions::{ShownAction, ShownPlan, action as shown_action, shown_plan, undo};
pub(super) use facts::{ShownPerson, shown as shown_person};
pub(super) use story::shown as shown_data;

use askama::Template;
use axum::extract::{Path, Query, State};
use casework::{Case, State as CaseState, input::Actor};
use jiff::Timestamp;
use model::{AlertId, Answer, CaseId, Disposition, PersonId, StateName};
use runtime::lookup::{inert_line, inert_lines};
use serde::Deserialize;

use self::{
    actions::{Doable, ShownRun, ShownTrace},
    facts::ShownAlert,
    story::Line,
};
use super::{
    deciding::{NOTE_MAX_CHARS, case_id},
    names,
};
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        frame::{Frame, Place},
        marks::Mark,
        words::{Left, When},
    },
};

/// Entries of the story on one page; each may tell several lines.
const STORY_ENTRIES: u32 = 200;
/// The person's other cases shown beside this one.
const OTHERS: u32 = 8;

#[derive(Template)]
#[template(path = "console/case.html")]
pub(super) struct CasePage {
    frame: Frame,
    id: CaseId,
    revision: u32,
    latest: AlertId,
    begun: Option<Begun>,
    notice: Notice,
    title: String,
    severity: Mark,
    state: Mark,
    left: Option<Left>,
    opened: When,
    code: Option<String>,
    owner: Option<String>,
    is_own: bool,
    is_open: bool,
    needs_analyst: bool,
    is_proven: bool,
    note_max: usize,
    story: Vec<Line>,
    more: Option<String>,
    alerts: Vec<ShownAlert>,
    alert_count: u32,
    person: Option<ShownPerson>,
    named: Option<String>,
    answers: Vec<Said>,
    comments: Vec<String>,
    proof: Option<&'static str>,
    treatment: Vec<(String, String)>,
    why: Vec<String>,
    trace: Vec<ShownTrace>,
    actions: Vec<ShownAction>,
    runs: Vec<ShownRun>,
    doable: Doable,
    others: Vec<Other>,
}

impl CasePage {
    /// What a case may be ended as, in words.
    const DISPOSITIONS: [(Disposition, &'static str); 4] = [
        (Disposition::Malicious, "An attack"),
        (Disposition::Benign, "Harmless"),
        (Disposition::FalsePositive, "A wrong alert"),
        (Disposition::Duplicate, "Known already"),
    ];

    fn is_chosen(&self, disposition: &Disposition) -> bool {
        self.begun.as_ref().is_some_and(|begun| begun.disposition == *disposition)
    }
}

/// An answer.
struct Said {
    word: &'static str,
    at: When,
    channel: String,
}

/// Another case of the person.
pub(super) struct Other {
    pub(super) id: CaseId,
    pub(super) title: String,
    pub(super) state: Mark,
    pub(super) age: When,
}

/// A decision that was not taken, as the facts had changed: what was typed is not lost.
pub(super) struct Begun {
    /// The last alert that was seen.
    pub(super) latest: Option<AlertId>,
    /// What was chosen.
    pub(super) disposition: Disposition,
    /// What was typed.
    pub(super) note: String,
}

#[derive(Deserialize)]
pub(super) struct Echo {
    now: Option<String>,
    #[serde(default)]
    after: u64,
}

/// What was just done: one of these words in the address, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// Nothing.
    None,
    /// It had ended before.
    Closed,
    /// It was taken.
    Taken,
    /// It was ended.
    Done,
    /// A question was asked.
    Asked,
    /// An action was asked for.
    Ordered,
    /// An approval was given.
    Approved,
    /// An approval was refused.
    Declined,
    /// An action is to be taken back.
    TakenBack,
    /// A playbook was begun.
    Begun,
    /// A playbook was stopped.
    Stopped,
    /// It was not ended, for its facts had changed: so many alerts with other facts came in.
    Changed {
        /// How many.
        new: usize,
    },
}

impl Notice {
    const WORDS: [(Self, &'static str); 10] = [
        (Self::Closed, "closed"),
        (Self::Taken, "taken"),
        (Self::Done, "done"),
        (Self::Asked, "asked"),
        (Self::Ordered, "ordered"),
        (Self::Approved, "approved"),
        (Self::Declined, "declined"),
        (Self::TakenBack, "reverting"),
        (Self::Begun, "begun"),
        (Self::Stopped, "stopped"),
    ];

    fn named(word: Option<&str>) -> Self {
        let named = Self::WORDS.iter().find(|(_, name)| Some(*name) == word);
        named.map_or(Self::None, |(notice, _)| *notice)
    }

    /// The case's address with this notice.
    pub(super) fn at(self, case: CaseId) -> String {
        match Self::WORDS.iter().find(|(notice, _)| *notice == self) {
            Some((_, word)) => format!("/console/cases/{case}?now={word}"),
            None => format!("/console/cases/{case}"),
        }
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(echo): Query<Echo>,
) -> Result<Page<CasePage>, Problem> {
    let notice = Notice::named(echo.now.as_deref());
    let page = page(&state, &viewer, case_id(&id)?, echo.after).await?;
    Ok(Page(CasePage { notice, ..page }))
}

/// The page anew, for a decision about facts that have changed since: with what changed, and with
/// what was typed.
pub(super) async fn again(
    state: &AppState,
    viewer: &Viewer,
    id: CaseId,
    begun: Begun,
) -> Result<Page<CasePage>, Problem> {
    let mut page = page(state, viewer, id, 0).await?;
    let seen = page.alerts.iter().position(|alert| Some(alert.id) == begun.latest);
    // Where the last one that was seen is no longer kept, all of them came after it.
    page.alerts.iter_mut().skip(seen.map_or(0, |at| at + 1)).for_each(|alert| alert.is_new = true);
    let new = page.alerts.iter().filter(|alert| alert.is_new).count();
    Ok(Page(CasePage { notice: Notice::Changed { new }, begun: Some(begun), ..page }))
}

async fn page(
    state: &AppState,
    viewer: &Viewer,
    id: CaseId,
    after: u64,
) -> Result<CasePage, Problem> {
    let case = state.engine.case(id).await?;
    let lines = state.engine.story(case.id, after, STORY_ENTRIES).await?;
    let last = story::cut_after(&lines, STORY_ENTRIES);
    let person = facts::person(state, &case).await?;
    let others = match &case.subject {
        Some(subject) => others(state, subject.person, Some(case.id)).await?,
        None => Vec::new(),
    };
    let page = Parts { viewer, case: &case, now: state.clock.now() };
    Ok(CasePage {
        story: story::shown_lines(state, lines),
        more: last.map(|seq| format!("/console/cases/{}?after={seq}", case.id)),
        person,
        trace: state.engine.trace(case.id).await?.into_iter().map(actions::trace).collect(),
        others,
        ..page.page(state)
    })
}

/// What a page is made of without asking the store.
struct Parts<'p> {
    viewer: &'p Viewer,
    case: &'p Case,
    now: Timestamp,
}

impl Parts<'_> {
    fn page(&self, state: &AppState) -> CasePage {
        let (case, now) = (self.case, self.now);
        let name = case.state_name();
        let left = case.deadline_at.map(|deadline| Left::until(deadline, case.opened_at, now));
        let owner = case.taken_by.as_ref().map(Actor::to_string);
        let title = inert_line(case.title());
        CasePage {
            frame: Frame::of(self.viewer, Place::Queue, title.clone()),
            id: case.id,
            revision: case.revision,
            latest: case.head().id,
            begun: None,
            notice: Notice::None,
            title,
            severity: Mark::severity(case.severity),
            state: Mark::state(name, case.reason()),
            left,
            opened: When::said(case.opened_at, now, state.engine.zone()),
            code: case.ask.as_ref().map(|ask| ask.code.clone()),
            owner: owner.map(|by| names::of_actor(&state.engine, &by)),
            is_own: case.subject.as_ref().is_some_and(|who| who.person == self.viewer.person.id),
            is_open: name.is_open(),
            needs_analyst: name == StateName::Escalated,
            is_proven: self.viewer.has_fresh_proof(now),
            note_max: NOTE_MAX_CHARS,
            story: Vec::new(),
            more: None,
            alerts: case.alerts.iter().map(|alert| facts::alert(alert, state, now)).collect(),
            alert_count: case.alert_count,
            person: None,
            named: case.head().person.as_ref().map(|named| inert_line(named.reveal())),
            answers: self.answers(state),
            comments: case.comments.iter().map(|text| inert_lines(text.reveal())).collect(),
            proof: proof(case),
            treatment: facts::treatment(case),
            why: case.treatment.why.iter().map(|why| inert_line(why)).collect(),
            trace: Vec::new(),
            actions: self.actions(state),
            runs: case.runs.iter().map(|it| actions::run(state, self.viewer, it, now)).collect(),
            doable: actions::doable(state, case),
            others: Vec::new(),
        }
    }

    fn actions(&self, state: &AppState) -> Vec<ShownAction> {
        let entries = self.case.ledger.iter();
        entries.map(|entry| actions::action(state, self.viewer, entry, self.now)).collect()
    }

    fn answers(&self, state: &AppState) -> Vec<Said> {
        let said = |given: &casework::case::Given| Said {
            word: match given.answer {
                Answer::Me => "It was me",
                Answer::NotMe => "Not me",
                Answer::NotSure => "Not sure",
            },
            at: When::said(given.at, self.now, state.engine.zone()),
            channel: inert_line(&given.channel),
        };
        self.case.answers.iter().map(said).collect()
    }
}

fn proof(case: &Case) -> Option<&'static str> {
    match &case.state {
        CaseState::Closed { proof: Some(proof), .. } => Some(proof.factor.method.name()),
        _ => None,
    }
}

/// A person's latest cases, without the one that is looked at.
pub(super) async fn others(
    state: &AppState,
    person: PersonId,
    but: Option<CaseId>,
) -> Result<Vec<Other>, Problem> {
    let query = ports::store::CaseQuery {
        people: vec![person],
        limit: OTHERS + 1,
        ..ports::store::CaseQuery::default()
    };
    let rows = state.engine.cases(&query).await?;
    let now = state.clock.now();
    let others = rows.into_iter().filter(|row| Some(row.id) != but).take(OTHERS as usize);
    let other = |row: ports::store::CaseRow| Other {
        id: row.id,
        title: inert_line(&row.title),
        state: Mark::state(row.state, row.reason),
        age: When::ago(row.opened_at, now),
    };
    Ok(others.map(other).collect())
}
