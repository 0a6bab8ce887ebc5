//! What can be done, and what Slack's refusals mean. Pure.

use std::collections::BTreeSet;

use model::Span;
use ports::{
    Failure,
    responder::{ActionSpec, Radius, TargetKind, Undo},
};
use serde::{Deserialize, Serialize};

use super::client::Answer;
use crate::{http::Reply, respond::word};

/// One of our actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    ResetSessions,
    InvalidateSession,
}

impl Action {
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::ResetSessions, Self::InvalidateSession].into_iter().find(|each| each.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::ResetSessions => "reset_sessions",
            Self::InvalidateSession => "invalidate_session",
        }
    }

    /// The method that does it.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::ResetSessions => "admin.users.session.reset",
            Self::InvalidateSession => "admin.users.session.invalidate",
        }
    }

    fn spec(self) -> ActionSpec {
        let (what, target, radius) = match self {
            Self::ResetSessions => {
                ("ends all Slack sessions of the person", TargetKind::Account, Radius::Person)
            }
            Self::InvalidateSession => {
                ("ends one Slack session of the person", TargetKind::Session, Radius::Session)
            }
        };
        ActionSpec {
            name: self.name().into(),
            what: what.into(),
            limits: "The person signs in again, and so does whoever can sign in as them: end \
                     their session at the identity provider first. Tokens of apps live on. Bots \
                     and the primary owner cannot be signed out."
                .into(),
            target,
            undo: Undo::SelfHealing,
            radius,
            verify_within: Span::minutes(2),
        }
    }
}

/// All of them.
pub(super) fn actions() -> Vec<ActionSpec> {
    [Action::ResetSessions, Action::InvalidateSession].map(Action::spec).into()
}

/// What a plan remembers of before, and what an act notes: whose sessions, and which.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Sessions {
    /// The account.
    pub user: String,
    /// The ids of the sessions to end.
    pub sessions: BTreeSet<u64>,
}

/// What a refusal calls for.
pub(super) enum Refusal {
    /// Slack protects this account.
    Protected(&'static str),
    /// It is gone already.
    Gone,
    /// Anything else.
    Failed(Failure),
}

/// What an answer with `"ok": false` means.
pub(super) fn refusal(who: &str, answer: &Answer, reply: &Reply) -> Refusal {
    let code = word(answer.error.as_deref().unwrap_or("no_error_code"));
    let told = |advice: &str| format!("{who}: {advice} ({code})");
    Refusal::Failed(match code.as_str() {
        "cannot_reset_bot" | "bots_not_allowed" => return Refusal::Protected("it is a bot"),
        "cannot_reset_primary_owner" => {
            return Refusal::Protected("it is the organisation's primary owner");
        }
        "session_not_found" => return Refusal::Gone,
        "ratelimited" | "rate_limited" => reply.busy(told("asked to wait")),
        // These come after the work may have been done.
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
            Failure::retry(told("failed")).uncertain()
        }
        "invalid_auth" | "account_inactive" | "token_revoked" | "token_expired" | "not_authed" => {
            Failure::denied(told("the token is not accepted"))
        }
        "not_an_admin"
        | "admin_unauthorized"
        | "restricted_action"
        | "session_reset_not_allowed"
        | "not_allowed_token_type" => Failure::denied(told("the token's owner may not do this")),
        "missing_scope" => {
            let scope = word(answer.needed.as_deref().unwrap_or("a scope"));
            Failure::misconfigured(told(&format!("the token lacks {scope}")))
        }
        "feature_not_enabled" | "unknown_method" => {
            Failure::misconfigured(told("only Slack's Enterprise plans can do this"))
        }
        "user_not_found" | "users_not_found" => Failure::permanent(told("no such account")),
        _ => Failure::permanent(told("refused the request")),
    })
}
