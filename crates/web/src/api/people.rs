//! A person, with what is kept about them across cases.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use casework::{Desk, desk::Suppression};
use http::HeaderMap;
use model::{Person, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::Fields;
use crate::{AppState, Problem, guard::Caller, problem::Kind};

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonBody {
    /// Their id.
    id: String,
    /// Their name.
    name: String,
    /// Their e-mail.
    email: String,
    /// Their zone, where the directory names one.
    time_zone: Option<String>,
    /// Their language, where the directory names one.
    language: Option<String>,
    /// The directory's id of their manager, where it names one.
    manager: Option<String>,
    /// Until when they are away, where they are now.
    #[schema(value_type = Option<String>, format = DateTime)]
    away_until: Option<Timestamp>,
    /// Their groups.
    groups: Vec<String>,
    /// Whether their account can do great harm.
    privileged: bool,
    /// Whether the account is active.
    active: bool,
    /// Their accounts, by chat.
    chat: BTreeMap<String, String>,
    /// Other names under which tools know them.
    aliases: Vec<String>,
    /// Cases of which a question is out.
    asked: Vec<String>,
    /// Cases that wait for their turn.
    waiting: Vec<String>,
    /// What holds questions or proofs back.
    limits: LimitsBody,
    /// What their proofs have earned.
    suppressions: Vec<SuppressionBody>,
}

/// What holds questions or proofs back.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct LimitsBody {
    /// Until when nothing can be proven, after a refusal, a fraud report or too many failures.
    #[schema(value_type = Option<String>, format = DateTime)]
    locked_until: Option<Timestamp>,
    /// Until when no reminders are sent.
    #[schema(value_type = Option<String>, format = DateTime)]
    muted_until: Option<Timestamp>,
    /// Until when no question below `high` is put.
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_until: Option<Timestamp>,
    /// Whether a proof is under way.
    is_proving: bool,
}

/// What a proof has earned: not to be asked about the same again for a while.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SuppressionBody {
    /// The proven case.
    proof: String,
    /// Only alerts of this source,
    source: String,
    /// of this rule,
    rule: String,
    /// not graver than this,
    severity: &'static str,
    /// and with these facts.
    same: BTreeMap<String, String>,
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// At most so often.
    max_hits: u32,
    /// So often until now.
    hits: u32,
}

/// A person, with the queue, the limits and the suppressions that are kept about them.
#[utoipa::path(
    get, path = "/v1/people/{id}", tag = "people",
    params(("id" = String, Path, description = "The person's id, e-mail or alias")),
    responses((status = 200, body = PersonBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn show(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<PersonBody>, Problem> {
    let person = state.engine.find_person(&name).ok_or(Problem::of(Kind::NotFound))?;
    let desk = state.engine.desk(person.id).await?.unwrap_or_else(|| Desk::new(person.id));
    Ok(Json(body(&person, &desk, state.clock.now())))
}

/// Take all of a person's factors away, for somebody who has lost them.
///
/// Their sessions end, they are told wherever they can be reached, and can say that it was not
/// asked for. Factors of the directory stay: they are removed there. Nobody resets their own. By a
/// session it needs a proof less than 10 minutes old.
#[utoipa::path(
    post, path = "/v1/people/{id}/factors/reset", tag = "people",
    params(
        ("id" = String, Path, description = "The person's id, e-mail or alias"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is answered as it was"),
    ),
    responses((status = 200, body = ResetBody), (status = "4XX", body = super::ProblemBody)),
    security(("key" = [])),
)]
pub(super) async fn reset(
    State(state): State<AppState>,
    Path(name): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ResetBody>, Problem> {
    if !body.is_empty() {
        Fields::read(&headers, &body)?.finish()?;
    }
    let person = state.engine.find_person(&name).ok_or(Problem::of(Kind::NotFound))?;
    let removed = state.engine.reset_factors(caller.authority(), person.id).await?;
    let left = state.engine.ways_of(&person).await?.len();
    Ok(Json(ResetBody { removed, left }))
}

/// What became of somebody's factors.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResetBody {
    /// How many were taken away.
    removed: usize,
    /// How many the directory holds, which stay.
    left: usize,
}

fn body(person: &Person, desk: &Desk, now: Timestamp) -> PersonBody {
    let still = |until: Option<Timestamp>| until.filter(|until| *until > now);
    let cases =
        |slots: &[casework::desk::Slot]| slots.iter().map(|slot| slot.case.to_string()).collect();
    PersonBody {
        id: person.id.to_string(),
        name: person.name.reveal().to_owned(),
        email: person.email.reveal().to_owned(),
        time_zone: person.time_zone.clone(),
        language: person.language.clone(),
        manager: person.manager.as_ref().map(|name| name.reveal().to_owned()),
        away_until: person.away_until(now),
        groups: person.groups.clone(),
        privileged: person.privileged,
        active: person.active,
        chat: person.chat.clone(),
        aliases: person.aliases.iter().map(|alias| alias.reveal().to_owned()).collect(),
        asked: cases(&desk.asked),
        waiting: cases(&desk.waiting),
        limits: LimitsBody {
            locked_until: still(desk.locked_until()),
            muted_until: still(desk.muted_until),
            paused_until: still(desk.paused_until),
            is_proving: desk.challenge.as_ref().is_some_and(|open| open.expires_at > now),
        },
        suppressions: desk
            .suppressions
            .iter()
            .filter(|earned| earned.until > now)
            .map(SuppressionBody::from)
            .collect(),
    }
}

impl From<&Suppression> for SuppressionBody {
    fn from(earned: &Suppression) -> Self {
        let same = earned.same.iter().map(|(name, value)| (name.clone(), plain(value)));
        Self {
            proof: earned.proof.to_string(),
            source: earned.source.clone(),
            rule: earned.rule.clone(),
            severity: earned.severity.name(),
            same: same.collect(),
            until: earned.until,
            max_hits: earned.max_hits,
            hits: earned.hits,
        }
    }
}

/// A fact's canonical spelling, as a person reads it: without the mark of its kind. Lists stay as
/// they are spelt.
fn plain(canonical: &str) -> String {
    let mut letters = canonical.chars();
    match (letters.next(), letters.as_str()) {
        (Some('n'), "") => "none".to_owned(),
        (Some('t'), rest) => rest.split_once(':').map_or(rest, |(_, text)| text).to_owned(),
        (Some('i' | 'f'), rest) => rest.to_owned(),
        (Some('b'), rest) => if rest == "true" { "yes" } else { "no" }.to_owned(),
        _ => canonical.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use model::FactValue;

    use super::*;

    #[test]
    fn a_suppressed_fact_reads_like_the_fact() {
        for fact in [
            FactValue::from("203.0.113.7"),
            FactValue::from("a:b"),
            FactValue::from(""),
            FactValue::Int(-4),
            FactValue::Bool(true),
            FactValue::Null,
        ] {
            assert_eq!(plain(&fact.canonical()), fact.shown());
        }
    }
}
