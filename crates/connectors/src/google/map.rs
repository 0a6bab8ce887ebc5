//! What can be done, and how it is shown. Pure.

use model::{Span, Timestamp};
use ports::responder::{ActionSpec, Radius, TargetKind, Undo};
use serde::{Deserialize, Serialize};

/// What the admin log calls a sign-out by an administrator.
pub(super) const SIGNED_OUT: &str = "RESET_SIGNIN_COOKIES";

/// One of our actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    SignOut,
    RevokeToken,
    Suspend,
}

impl Action {
    const ALL: [Self; 3] = [Self::SignOut, Self::RevokeToken, Self::Suspend];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::SignOut => "sign_out",
            Self::RevokeToken => "revoke_token",
            Self::Suspend => "suspend",
        }
    }

    fn spec(self) -> ActionSpec {
        let (what, limits, undo) = match self {
            Self::SignOut => (
                "ends all web and device sessions and resets the sign-in cookies",
                "App passwords and the tokens of apps live on. Google's log says so late, \
                 sometimes after hours.",
                Undo::SelfHealing,
            ),
            Self::RevokeToken => (
                "takes the access of one app to the account away",
                "The person has to consent to the app again.",
                Undo::Irreversible,
            ),
            Self::Suspend => (
                "suspends the account, so that nobody signs in with it",
                "Mail to it is refused meanwhile. A super administrator's never is suspended. A \
                 suspension for another reason is left alone.",
                Undo::Reversible,
            ),
        };
        let (target, verify_within) = match self {
            Self::SignOut => (TargetKind::Account, Span::minutes(30)),
            Self::RevokeToken => (TargetKind::Key, Span::minutes(5)),
            Self::Suspend => (TargetKind::Account, Span::minutes(10)),
        };
        ActionSpec {
            name: self.name().into(),
            what: what.into(),
            limits: limits.into(),
            target,
            undo,
            radius: Radius::Person,
            verify_within,
        }
    }
}

/// All of them.
pub(super) fn actions() -> Vec<ActionSpec> {
    Action::ALL.map(Action::spec).into()
}

/// What a plan remembers of before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Prior {
    /// The account's id, by which everything later goes.
    pub user: String,
    /// Its address, by which the log goes.
    pub email: String,
    /// The app whose access is taken away, and what it could do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<App>,
}

/// An app with access to an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct App {
    pub client_id: String,
    #[serde(default)]
    pub display_text: String,
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// What an act notes for later looks.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Notes {
    /// When it began, by Google's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Why the account is suspended, as it was seen after the act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
