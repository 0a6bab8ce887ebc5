//! The section `[respond.NAME]` with `kind = "webhook"`.

use std::{collections::BTreeMap, fmt};

use model::{Radius, Span, TargetKind, Undo};
use ports::responder::ActionSpec;
use schemars::JsonSchema;
use secrecy::SecretBox;
use serde::{Deserialize, Serialize};

use crate::{
    http::TargetUrl,
    respond::{PROTECTED_MAX, Protected},
    secret::{SecretRefs, SettingProblem, Settings},
    webhook::config::keys,
};

/// How many actions a section may have.
const ACTIONS_MAX: usize = 100;
/// How long a text of an action may be, in characters.
const TEXT_MAX: usize = 500;

/// A system of one's own that acts when it is told to by a signed webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRespondConfig {
    /// Where actions go, by POST.
    pub url: TargetUrl,
    /// Where is asked whether they took effect; without it that cannot be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_url: Option<TargetUrl>,
    /// Where they are taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revert_url: Option<TargetUrl>,
    /// What requests are signed with. While it is being changed, a list.
    pub secret: SecretRefs,
    /// Whether the receiver understands `"dry_run": true`, so that a plan can ask it.
    #[serde(default)]
    pub dry_run: bool,
    /// What it can do, by name.
    #[schemars(length(min = 1, max = ACTIONS_MAX))]
    pub actions: BTreeMap<String, WebhookAction>,
    /// Targets and people that are never touched.
    #[serde(default)]
    #[schemars(length(max = PROTECTED_MAX))]
    pub protected: Vec<String>,
}

/// One thing that it can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookAction {
    /// What it does, for people.
    #[schemars(length(min = 1, max = TEXT_MAX))]
    pub what: String,
    /// What it cannot do or undo, for people.
    #[serde(default)]
    #[schemars(length(max = TEXT_MAX))]
    pub limits: String,
    /// What it is done to.
    pub target: Target,
    /// Whether it can be taken back.
    pub undo: Undoing,
    /// Whom it may touch.
    pub radius: Touching,
    /// How long until it must have taken effect.
    #[serde(default = "verify_within")]
    #[schemars(with = "String", extend("format" = "span"))]
    pub verify_within: Span,
}

fn verify_within() -> Span {
    Span::minutes(5)
}

macro_rules! as_in_the_model {
    ($($(#[$doc:meta])* $name:ident for $model:ident { $($variant:ident)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the words of the model")]
        pub enum $name { $($variant),* }

        impl From<$name> for $model {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),* }
            }
        }
    )*};
}

as_in_the_model! {
    /// What an action is done to.
    Target for TargetKind { Account Session Key Address Device Other }
    /// Whether an action can be taken back.
    Undoing for Undo { Reversible SelfHealing Irreversible }
    /// Whom an action may touch.
    Touching for Radius { Session Device Person Shared Organisation }
}

/// The section with its secrets fetched.
pub struct WebhookRespondSettings {
    pub(super) url: TargetUrl,
    pub(super) verify_url: Option<TargetUrl>,
    pub(super) revert_url: Option<TargetUrl>,
    pub(super) keys: Vec<SecretBox<Vec<u8>>>,
    pub(super) is_dry_run_known: bool,
    pub(super) actions: Vec<ActionSpec>,
    pub(super) protected: Protected,
}

impl fmt::Debug for WebhookRespondSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookRespondSettings[{:?}]", self.url)
    }
}

impl WebhookRespondConfig {
    /// Fetches the secrets and checks the actions.
    pub fn settings(&self) -> Result<WebhookRespondSettings, Vec<SettingProblem>> {
        let mut read = Settings::default();
        let keys = read.take("secret", keys(&self.secret));
        let is_name = |name: &str| {
            let is_plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            (1..=63).contains(&name.len()) && name.bytes().all(is_plain)
        };
        let names_are_good = self.actions.keys().all(|name| is_name(name));
        let why = "each name has at most 63 lower-case letters, digits and _";
        read.require("actions", names_are_good, why);
        let is_reversible = self.actions.values().any(|it| it.undo == Undoing::Reversible);
        let why = "set it, or say of each action that it is not reversible";
        read.require("revert_url", !is_reversible || self.revert_url.is_some(), why);
        let actions = self.actions.iter().map(|(name, action)| ActionSpec {
            name: name.clone().into(),
            what: action.what.clone().into(),
            limits: action.limits.clone().into(),
            target: action.target.into(),
            undo: action.undo.into(),
            radius: action.radius.into(),
            verify_within: action.verify_within,
        });
        read.finish(keys.map(|keys| WebhookRespondSettings {
            url: self.url.clone(),
            verify_url: self.verify_url.clone(),
            revert_url: self.revert_url.clone(),
            keys,
            is_dry_run_known: self.dry_run,
            actions: actions.collect(),
            protected: Protected::new(&self.protected),
        }))
    }
}
