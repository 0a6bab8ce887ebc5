//! How an answer is proven, and how much the proof is worth.

use serde::{Deserialize, Serialize};

/// What a proof is worth; ordered. There is no level below possession: chat is not evidence.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// Something only this person holds: TOTP typed on our page, a verified push with a typed code.
    #[default]
    Possession,
    /// A passkey with user verification, or a step-up that is as good.
    PhishingResistant,
}

impl Assurance {
    /// The name used in content files and on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Possession => "possession",
            Self::PhishingResistant => "phishing_resistant",
        }
    }
}

/// A way to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// WebAuthn on our own page, user verification required.
    Passkey,
    /// RFC 6238 codes typed on our own page.
    Totp,
    /// Duo Verified Push: a code shown on our page, typed into the phone.
    Duo,
}

impl Method {
    /// All methods, strongest first.
    pub const ALL: [Self; 3] = [Self::Passkey, Self::Duo, Self::Totp];

    /// The name used in configuration, forms and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Duo => "duo",
        }
    }

    /// The method of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether somebody else's server conducts the ceremony.
    #[must_use]
    pub fn is_remote(self) -> bool {
        self == Self::Duo
    }

    /// What a successful proof by this method is worth.
    #[must_use]
    pub fn assurance(self) -> Assurance {
        match self {
            Self::Passkey => Assurance::PhishingResistant,
            Self::Totp | Self::Duo => Assurance::Possession,
        }
    }
}
