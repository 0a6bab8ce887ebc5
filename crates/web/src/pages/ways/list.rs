//! The list of factors and of what changed about them lately.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Redirect, Response},
};
use jiff::Timestamp;
use model::{DeliveryId, FactorId, Method};
use runtime::people::{ChangeKind, FactorChange, Standing, Way};
use serde::Deserialize;

use super::proof_or_problem;
use crate::{
    AppState, Problem, Viewer,
    pages::{
        Page,
        devices::Reader,
        frame::{Frame, Place},
        signin::signed_out,
        words::When,
    },
    problem::Kind,
};

#[derive(Template)]
#[template(path = "ways/list.html")]
pub(super) struct List {
    frame: Frame,
    ways: Vec<Row>,
    changes: Vec<Change>,
    offered: Vec<Method>,
    right: Right,
    /// The identity provider's host, where a fresh sign-in there lets them add their first.
    provider: Option<String>,
    is_added: bool,
    window_hours: u64,
}

/// What stands between the viewer and another factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    /// Nothing.
    Given,
    /// A fresh proof.
    WantsProof,
    /// An administrator's link, or a fresh sign-in: there is nothing to prove with.
    WantsLink,
    /// Time: what there is, is too young.
    WantsAge,
}

struct Row {
    way: Way,
    since: Option<When>,
}

struct Change {
    id: DeliveryId,
    kind: ChangeKind,
    label: String,
    at: When,
    is_disowned: bool,
}

#[derive(Template)]
#[template(path = "ways/disowned.html")]
struct DisownedPage {
    frame: Frame,
    kind: ChangeKind,
    reopened: usize,
}

#[derive(Deserialize)]
pub(super) struct Echo {
    now: Option<String>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Query(echo): Query<Echo>,
) -> Result<Page<List>, Problem> {
    let reader = Reader::own(&state, &viewer);
    let ways = state.engine.ways_to_prove(&viewer).await?;
    let changes = state.engine.factor_changes(&viewer).await?;
    let is_afresh = state.engine.may_enrol_afresh(&viewer.person).await?;
    let offered = [Method::Passkey, Method::Totp];
    Ok(Page(List {
        right: right(&viewer, &ways, reader.now),
        ways: ways.into_iter().map(|way| row(way, &reader)).collect(),
        changes: changes.into_iter().map(|change| changed(change, &reader)).collect(),
        offered: offered.into_iter().filter(|way| state.engine.can_prove_by(*way)).collect(),
        provider: state.engine.provider_host().filter(|_| is_afresh).map(str::to_owned),
        is_added: echo.now.as_deref() == Some("added"),
        window_hours: state.engine.independence_window().as_seconds() / 3_600,
        frame: Frame::of(&viewer, Place::Ways, reader.say("Ways to prove", "Nachweise"))
            .speaking(reader.language),
    }))
}

pub(super) async fn remove(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(factor): Path<String>,
) -> Result<Response, Problem> {
    let factor: FactorId = factor.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    match state.engine.remove_factor(&viewer, factor).await {
        Ok(()) => Ok(signed_out(&state, Redirect::to("/signin?now=removed"))),
        Err(error) => proof_or_problem(error),
    }
}

/// "This wasn't me": it needs no proof, for it only takes away. The session ends with it, so that
/// what was done is told at once and not behind a redirect.
pub(super) async fn disown(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(change): Path<String>,
) -> Result<Response, Problem> {
    let change: DeliveryId = change.parse().map_err(|_| Problem::of(Kind::NotFound))?;
    let done = state.engine.disown_factor(&viewer, change).await?;
    let reader = Reader::own(&state, &viewer);
    let page = DisownedPage {
        frame: Frame::outside(reader.say("Thank you", "Danke")).speaking(reader.language),
        kind: done.change.kind,
        reopened: done.reopened.len(),
    };
    Ok(signed_out(&state, Page(page)))
}

fn right(viewer: &Viewer, ways: &[Way], now: Timestamp) -> Right {
    match ways {
        [] if viewer.session.may_enrol_first => Right::Given,
        [] => Right::WantsLink,
        _ if viewer.has_independent_proof(now) => Right::Given,
        _ if ways.iter().any(|way| way.is_independent) => Right::WantsProof,
        _ => Right::WantsAge,
    }
}

fn row(way: Way, reader: &Reader) -> Row {
    let since = way.since.map(|since| reader.when(since));
    Row { way, since }
}

fn changed(change: FactorChange, reader: &Reader) -> Change {
    Change {
        id: change.id,
        kind: change.kind,
        label: change.label,
        at: reader.when(change.at),
        is_disowned: change.standing != Standing::Stands,
    }
}
