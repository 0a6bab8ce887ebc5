//! What can be done, and how it is shown. Pure.

use model::Span;
use ports::responder::{ActionSpec, Radius, TargetKind, Undo};
use serde::{Deserialize, Serialize};

/// The status of an account in use.
pub(super) const ACTIVE: &str = "ACTIVE";
/// That of a suspended one.
pub(super) const SUSPENDED: &str = "SUSPENDED";
/// That of one that is gone for good.
pub(super) const DEPROVISIONED: &str = "DEPROVISIONED";
/// What the System Log calls the ending of all sessions.
pub(super) const SESSIONS_CLEARED: &str = "user.session.clear";

/// One of our actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    ClearSessions,
    Suspend,
    RevokeGrants,
}

impl Action {
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::ClearSessions, Self::Suspend, Self::RevokeGrants]
            .into_iter()
            .find(|each| each.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::ClearSessions => "clear_sessions",
            Self::Suspend => "suspend",
            Self::RevokeGrants => "revoke_grants",
        }
    }

    fn spec(self) -> ActionSpec {
        let (what, limits, undo) = match self {
            Self::ClearSessions => (
                "ends all sessions at Okta and takes the refresh tokens of apps away",
                "Sessions inside of apps go on until they end by themselves: end them there too. \
                 Access tokens live on until they expire, usually for an hour.",
                Undo::SelfHealing,
            ),
            Self::Suspend => (
                "suspends the account, so that nobody signs in with it",
                "Groups and apps are kept. Sessions inside of apps may go on. Only an active \
                 account can be suspended; a super administrator's never is.",
                Undo::Reversible,
            ),
            Self::RevokeGrants => (
                "takes back all consents and tokens that apps hold for the account",
                "The person has to consent to each app again. Access tokens live on until they \
                 expire.",
                Undo::Irreversible,
            ),
        };
        ActionSpec {
            name: self.name().into(),
            what: what.into(),
            limits: limits.into(),
            target: TargetKind::Account,
            undo,
            radius: Radius::Person,
            verify_within: Span::minutes(2),
        }
    }
}

/// All of them.
pub(super) fn actions() -> Vec<ActionSpec> {
    [Action::ClearSessions, Action::Suspend, Action::RevokeGrants].map(Action::spec).into()
}

/// What a plan remembers of before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Prior {
    /// The account's id, by which everything later goes.
    pub user: String,
    /// Its status.
    pub status: String,
    /// The clients with grants or tokens, where they are to be taken away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<String>,
}

/// What an act notes for later looks.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Notes {
    /// When it began, by Okta's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<model::Timestamp>,
    /// Since when the account is suspended, by us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<String>,
}
