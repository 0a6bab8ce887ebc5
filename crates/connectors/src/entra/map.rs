//! What can be done, and how it is shown. Pure.

use model::{Span, Timestamp};
use ports::responder::{ActionSpec, Radius, TargetKind, Undo};
use serde::{Deserialize, Serialize};

/// One of our actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    RevokeSessions,
    Disable,
}

impl Action {
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::RevokeSessions, Self::Disable].into_iter().find(|each| each.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::RevokeSessions => "revoke_sessions",
            Self::Disable => "disable",
        }
    }

    fn spec(self) -> ActionSpec {
        let (what, limits, undo) = match self {
            Self::RevokeSessions => (
                "makes all sign-in sessions and refresh tokens of the account void",
                "It takes a few minutes. Access tokens live on for about an hour, except in apps \
                 with continuous access evaluation. Guests are signed out by their own tenant only.",
                Undo::SelfHealing,
            ),
            Self::Disable => (
                "disables the account, so that nobody signs in with it",
                "Tokens live on: revoke sessions too. An account that is synchronised from \
                 elsewhere is enabled again by the next synchronisation. A global administrator's \
                 never is disabled.",
                Undo::Reversible,
            ),
        };
        ActionSpec {
            name: self.name().into(),
            what: what.into(),
            limits: limits.into(),
            target: TargetKind::Account,
            undo,
            radius: Radius::Person,
            verify_within: Span::minutes(10),
        }
    }
}

/// All of them.
pub(super) fn actions() -> Vec<ActionSpec> {
    [Action::RevokeSessions, Action::Disable].map(Action::spec).into()
}

/// What a plan remembers of before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Prior {
    /// The account's object id, by which everything later goes.
    pub user: String,
    /// Whether it could sign in.
    pub is_enabled: bool,
    /// Sessions from before were void.
    pub valid_from: Option<Timestamp>,
}

/// What an act notes for later looks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Notes {
    /// When it began, by Entra's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Sessions from before were void, right before the act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
}
