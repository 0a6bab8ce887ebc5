//! What is set about the provider, checked.

use secrecy::SecretString;
use url::Url;

use super::token::Algorithm;
use crate::http::{AddressError, BaseUrl};

/// Claims that say how to reach somebody or what to call them, as providers name them, in small
/// letters. People and their helpdesk can change those, and two can have had the same, so that they
/// never say who somebody is (R23). A provider may have others: the list keeps from the usual mistakes.
const CHANGEABLE: [&str; 16] = [
    "email",
    "email_address",
    "family_name",
    "given_name",
    "login",
    "mail",
    "name",
    "nickname",
    "phone_number",
    "preferred_username",
    "samaccountname",
    "unique_name",
    "upn",
    "user_name",
    "username",
    "userprincipalname",
];

/// What must be asked for in any case.
const OPENID: &str = "openid";

/// Where our side of the exchange is, below the public address.
const CALLBACK: &str = "/signin/oidc/callback";

/// As the configuration has them, not yet checked.
#[derive(Debug)]
pub struct OidcConfig {
    /// The provider's name of itself: exactly as it says it.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: SecretString,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that is the directory's id of a person.
    pub subject_claim: String,
    /// How tokens may be signed, by name.
    pub algorithms: Vec<String>,
    /// Kinds of sign-in of which a first factor may be set up.
    pub acr: Vec<String>,
    /// The claim with their groups or roles.
    pub roles_claim: Option<String>,
}

/// The settings.
#[derive(Debug)]
pub struct OidcSettings {
    pub(super) issuer: String,
    pub(super) host: String,
    /// Whether the provider is on this machine itself.
    pub(super) is_loopback: bool,
    pub(super) metadata: Url,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) scope: String,
    pub(super) subject_claim: String,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) acr: Vec<String>,
    pub(super) roles_claim: Option<String>,
    pub(super) redirect_uri: String,
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsProblem {
    /// The issuer is no address.
    #[error("{0}")]
    Issuer(#[from] AddressError),
    /// The claim is one that people can change.
    #[error(
        "is something that can be changed or given to somebody else, so that it does not say who \
         somebody is: name the claim with the directory's own id of a person, such as sub or oid"
    )]
    ChangeableSubject,
    /// A kind of sign-in without a name.
    #[error("names kinds of sign-in, none of them empty")]
    Acr,
    /// There is no such way to sign, or it is not accepted.
    #[error("takes {}", names_of_algorithms())]
    Algorithm,
}

impl SettingsProblem {
    /// The key within the section.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Issuer(_) => "issuer",
            Self::ChangeableSubject => "subject_claim",
            Self::Acr => "acr",
            Self::Algorithm => "algorithms",
        }
    }
}

impl OidcSettings {
    /// Checks them. `public_url` is where our own pages are.
    ///
    /// # Errors
    /// One of them is wrong.
    pub fn of(written: OidcConfig, public_url: &Url) -> Result<Self, SettingsProblem> {
        let base: BaseUrl = written.issuer.parse()?;
        if CHANGEABLE.contains(&written.subject_claim.to_ascii_lowercase().as_str()) {
            return Err(SettingsProblem::ChangeableSubject);
        }
        if written.acr.iter().any(String::is_empty) {
            return Err(SettingsProblem::Acr);
        }
        let algorithms = written.algorithms.iter().map(|name| Algorithm::named(name));
        let algorithms: Option<Vec<Algorithm>> = algorithms.collect();
        let algorithms = algorithms.filter(|some| !some.is_empty());
        let more = written.scopes.iter().map(String::as_str).filter(|scope| *scope != OPENID);
        let scope: Vec<&str> = std::iter::once(OPENID).chain(more).collect();
        let base_of_pages = public_url.as_str().trim_end_matches('/');
        Ok(Self {
            host: base.host(),
            is_loopback: base.is_loopback(),
            metadata: base.join(".well-known/openid-configuration"),
            issuer: written.issuer,
            client_id: written.client_id,
            client_secret: written.client_secret,
            scope: scope.join(" "),
            subject_claim: written.subject_claim,
            algorithms: algorithms.ok_or(SettingsProblem::Algorithm)?,
            acr: written.acr,
            roles_claim: written.roles_claim,
            redirect_uri: format!("{base_of_pages}{CALLBACK}"),
        })
    }
}

fn names_of_algorithms() -> String {
    Algorithm::ALL.map(Algorithm::name).join(", ")
}
