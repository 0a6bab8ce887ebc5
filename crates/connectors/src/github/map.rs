//! What can be done, and how it is shown. Pure.

use model::Span;
use ports::responder::{ActionSpec, Radius, TargetKind, Undo};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How tokens begin that GitHub takes back when they are handed in.
const LEAKED: [&str; 5] = ["ghp_", "github_pat_", "gho_", "ghu_", "ghr_"];
/// How long a token may be, in bytes.
const LEAKED_MAX_BYTES: usize = 255;

/// One of our actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    RevokeAuthorization,
    RevokeLeaked,
}

impl Action {
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::RevokeAuthorization, Self::RevokeLeaked].into_iter().find(|it| it.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::RevokeAuthorization => "revoke_authorization",
            Self::RevokeLeaked => "revoke_leaked",
        }
    }

    fn spec(self) -> ActionSpec {
        let (what, limits, radius) = match self {
            Self::RevokeAuthorization => (
                "takes the organisation's authorisation from a person's tokens and keys: from the \
                 one that is named, else from all",
                "The credential itself lives on, for public things and other organisations. The \
                 person has to authorise it again.",
                Radius::Person,
            ),
            Self::RevokeLeaked => (
                "hands in a leaked token, which GitHub then makes void",
                "Nobody can restore it, not even GitHub. Its owner is told by e-mail. Whether it \
                 was done cannot be seen without using the token, which we never do.",
                Radius::Shared,
            ),
        };
        ActionSpec {
            name: self.name().into(),
            what: what.into(),
            limits: limits.into(),
            target: TargetKind::Key,
            undo: Undo::Irreversible,
            radius,
            verify_within: Span::minutes(5),
        }
    }
}

/// All of them.
pub(super) fn actions() -> Vec<ActionSpec> {
    [Action::RevokeAuthorization, Action::RevokeLeaked].map(Action::spec).into()
}

/// What a plan remembers of before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Prior {
    /// The credentials that lose their authorisation.
    pub credentials: Vec<Credential>,
}

/// A credential that the organisation has authorised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Credential {
    #[serde(rename = "credential_id")]
    pub id: u64,
    pub login: String,
    #[serde(rename = "credential_type", default)]
    pub kind: String,
    #[serde(default)]
    pub token_last_eight: Option<String>,
}

/// A token of GitHub's, and nobody else's: other secrets are not given away.
pub(super) fn leaked(value: &str) -> Option<&str> {
    let value = value.trim();
    let rest = LEAKED.iter().find_map(|kind| value.strip_prefix(kind))?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_token = !rest.is_empty() && rest.bytes().all(is_plain);
    (is_token && value.len() <= LEAKED_MAX_BYTES).then_some(value)
}

/// What is sent to hand it in.
pub(super) fn hand_in(token: &str) -> Value {
    json!({ "credentials": [token] })
}

/// The same for a plan: only what kind of token it is.
pub(super) fn hand_in_shown(token: &str) -> String {
    let kind = LEAKED.iter().find(|kind| token.starts_with(**kind)).copied().unwrap_or_default();
    hand_in(&format!("{kind}…")).to_string()
}
