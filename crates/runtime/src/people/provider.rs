//! Signing in at the company's identity provider.
//!
//! What comes back counts only in the browser that asked, once, and within the life of a ceremony.
//! Who somebody is says the directory's own id in the token, never an address (R23). It opens a
//! session and proves no answer.

use std::sync::Arc;

use model::Person;
use ports::{
    Decision, Failure,
    identity::{Binding, Identity, IdentityProvider, Returned},
    store::{Commit, Record, RecordOp, Space, StoreError},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{
    CEREMONY_LIFE, NewSession, Standing, Via, Visitor,
    seals::{hashed, new_token, same, secret},
    session::Rights,
    tally::{CEREMONIES_MAX, Counted, PROVIDER_TRIES_MAX, by_address, by_browser},
    ways::by_sign_in,
};
use crate::{
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// The longest code that is taken to the provider, in bytes.
const CODE_MAX_BYTES: usize = 4 * 1024;

/// A sign-in at the provider that has begun.
pub struct ProviderSignIn {
    /// What this browser keeps: only with it does what comes back count.
    pub token: SecretString,
    /// Where the browser goes now.
    pub address: String,
}

/// What came back with a browser.
#[derive(Clone, Copy, Default)]
pub struct Redirected<'r> {
    /// Which sign-in it answers.
    pub state: Option<&'r str>,
    /// What the token is fetched with.
    pub code: Option<&'r str>,
    /// Why there is no code.
    pub error: Option<&'r str>,
    /// Which provider says that it sent it.
    pub issuer: Option<&'r str>,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// Nothing of the kind began in this browser, or it is over.
    #[error("no such sign-in is under way in this browser")]
    NotUnderWay,
    /// They turned back, or the provider turned them away.
    #[error("the provider signed nobody in")]
    TurnedBack,
    /// What came back proves nothing.
    #[error("what came back from the provider proves nothing")]
    Unproven,
    /// It is them, and not in the way in which they were asked to show it.
    #[error("the sign-in at the provider does not do for a first factor")]
    TooWeak,
    /// The provider knows them, the directory does not.
    #[error("the directory does not know who the provider says it is")]
    Unknown,
    /// The provider cannot be asked.
    #[error("the provider cannot be asked now")]
    Unreachable,
    /// Something of ours.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A sign-in that did not end well.
#[derive(Debug)]
pub struct Unended {
    /// Why.
    pub why: NotSignedIn,
    /// Where they wanted to go, where that is known.
    pub next: String,
}

impl From<NotSignedIn> for Unended {
    fn from(why: NotSignedIn) -> Self {
        Self { why, next: String::new() }
    }
}

impl From<StoreError> for NotSignedIn {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// A sign-in under way, as stored: sealed, for it holds what the token is fetched with.
#[derive(Serialize, Deserialize)]
struct Begun {
    /// The hash of what the browser keeps.
    browser: String,
    nonce: String,
    verifier: String,
    asked_at: model::Timestamp,
    is_fresh: bool,
    /// Where they wanted to go.
    next: String,
    counted: Counted,
}

impl Engine {
    /// The host of the identity provider, where there is one.
    #[must_use]
    pub fn provider_host(&self) -> Option<&str> {
        self.parts.identity.as_deref().map(IdentityProvider::host)
    }

    /// Whether a fresh sign-in there lets somebody enrol: they have no factor, and said of no change
    /// lately that it was not theirs. Then whoever did that may hold their account there, and an
    /// administrator has to see to it.
    pub async fn may_enrol_afresh(&self, person: &Person) -> Result<bool, EngineError> {
        let vouches = self.parts.identity.as_deref().is_some_and(IdentityProvider::vouches_afresh);
        if !vouches || !self.factors_of(person).await?.is_empty() {
            return Ok(false);
        }
        let changes = self.factor_changes_of(person.id).await?;
        Ok(changes.iter().all(|change| change.standing == Standing::Stands))
    }

    /// Begins a sign-in at the provider. `kept` is what this browser keeps of another one that it
    /// began: it serves for both.
    pub async fn begin_provider_sign_in(
        &self,
        (next, is_fresh): (&str, bool),
        kept: Option<&str>,
        visitor: Visitor<'_>,
    ) -> Result<ProviderSignIn, NotSignedIn> {
        let provider = self.identity_provider()?;
        if is_fresh && !provider.vouches_afresh() {
            return Err(EngineError::NotFound.into());
        }
        let now = self.now();
        let counted = self.count_provider_try(visitor).await?;
        let entropy = &*self.parts.entropy;
        let token = kept.filter(|kept| hashed(kept).is_some()).map(str::to_owned);
        let token = token.unwrap_or_else(|| new_token(entropy));
        let (state, nonce, verifier) = (new_token(entropy), new_token(entropy), new_token(entropy));
        let begun = Begun {
            browser: hashed(&token).expect("a token is a token"),
            nonce: nonce.clone(),
            verifier: verifier.clone(),
            asked_at: now,
            is_fresh,
            next: next.to_owned(),
            counted,
        };
        let key = key_of(&state).expect("a new token is a token");
        let value = self.parts.seal.seal(&key, &write(&begun));
        let binding = Binding { state, nonce, verifier: secret(verifier), asked_at: now, is_fresh };
        let address = provider.address(&binding).await.map_err(|failure| told(&failure))?;
        let expires_at = Some(CEREMONY_LIFE.after(now));
        let record = Record { space: Space::Challenge, key, owner: None, value, expires_at };
        let records = vec![RecordOp::Insert { record, now }];
        self.parts.store.commit(Commit { records, ..Commit::default() }).await?;
        Ok(ProviderSignIn { token: secret(token), address })
    }

    /// Ends it: who came back is signed in, and led to where they wanted to go. It serves once,
    /// whatever comes of it; in another browser nothing comes of it, and it stays good for the one
    /// that it began in.
    pub async fn finish_provider_sign_in(
        &self,
        redirected: Redirected<'_>,
        kept: Option<&str>,
    ) -> Result<(NewSession, String), Unended> {
        let provider = self.identity_provider().map_err(NotSignedIn::from)?;
        let (begun, binding) = self.take_provider_sign_in(redirected.state, kept).await?;
        match self.session_of(&*provider, redirected, &binding).await {
            Ok(session) => {
                self.uncount(begun.counted).await;
                Ok((session, begun.next))
            }
            Err(why) => Err(Unended { why, next: begun.next }),
        }
    }

    /// The session of whoever came back.
    async fn session_of(
        &self,
        provider: &dyn IdentityProvider,
        redirected: Redirected<'_>,
        binding: &Binding,
    ) -> Result<NewSession, NotSignedIn> {
        let code = code_of(redirected)?;
        let returned = Returned { code, issuer: redirected.issuer };
        let identity = provider.identity(returned, binding, self.now()).await;
        let identity = identity.map_err(|failure| told(&failure))?;
        let Some(person) = self.person_named(&identity) else {
            // Whom it named, the log is not told; the provider's own log knows.
            tracing::warn!(
                "the directory knows nobody of the id that the identity provider named: see \
                 signin.oidc.subject_claim, and the ids of the directory"
            );
            return Err(NotSignedIn::Unknown);
        };
        let enrol_by = match binding.is_fresh && self.may_enrol_afresh(&person).await? {
            true => Some(by_sign_in(provider.host())),
            false => None,
        };
        let rights = Rights { enrol_by, groups: self.groups_with_a_role(identity.groups) };
        let (session, commit) = self.new_session(person.id, Via::Provider, rights);
        match self.begin_session_asked_at(binding.asked_at, person.id, commit).await {
            Ok(()) => Ok(session),
            Err(EngineError::NotFound) => Err(NotSignedIn::NotUnderWay),
            Err(other) => Err(other.into()),
        }
    }

    /// Counts a sign-in that begins: for the browser, if somebody has signed in with it, else for the
    /// address. One that ends well is taken back.
    async fn count_provider_try(&self, visitor: Visitor<'_>) -> Result<Counted, EngineError> {
        if let Some(hash) = self.known_to_anybody(visitor.browser).await? {
            return self.count_try(vec![by_browser("provider", &hash)], CEREMONIES_MAX).await;
        }
        let keys = visitor.address.map(|from| by_address("provider", from)).into_iter().collect();
        self.count_try(keys, PROVIDER_TRIES_MAX).await
    }

    fn identity_provider(&self) -> Result<Arc<dyn IdentityProvider>, EngineError> {
        self.parts.identity.clone().ok_or(EngineError::NotFound)
    }

    /// Takes a sign-in under way, for the browser that it began in.
    async fn take_provider_sign_in(
        &self,
        state: Option<&str>,
        kept: Option<&str>,
    ) -> Result<(Begun, Binding), NotSignedIn> {
        let now = self.now();
        let state = state.ok_or(NotSignedIn::NotUnderWay)?;
        let key = key_of(state).ok_or(NotSignedIn::NotUnderWay)?;
        let record = self.parts.store.record(Space::Challenge, &key, now).await?;
        let record = record.ok_or(NotSignedIn::NotUnderWay)?;
        let plain = self.parts.seal.open(&key, &record.value);
        let begun: Begun = read(&plain.ok_or(NotSignedIn::NotUnderWay)?)?;
        let browser = kept.and_then(hashed).ok_or(NotSignedIn::NotUnderWay)?;
        if !same(&browser, &begun.browser) {
            return Err(NotSignedIn::NotUnderWay);
        }
        let records = vec![RecordOp::Take { space: Space::Challenge, key, now }];
        match self.parts.store.commit(Commit { records, ..Commit::default() }).await {
            Ok(()) => {}
            Err(StoreError::Gone | StoreError::Conflict) => return Err(NotSignedIn::NotUnderWay),
            Err(other) => return Err(other.into()),
        }
        let binding = Binding {
            state: state.to_owned(),
            nonce: begun.nonce.clone(),
            verifier: secret(begun.verifier.clone()),
            asked_at: begun.asked_at,
            is_fresh: begun.is_fresh,
        };
        Ok((begun, binding))
    }

    /// The person whose own id in the directory this is, to the letter: an alias or an address that
    /// looks the same is not enough.
    fn person_named(&self, identity: &Identity) -> Option<Arc<Person>> {
        let person = self.parts.directory.find(identity.subject.reveal())?;
        let is_theirs = person.subject == identity.subject && person.active;
        is_theirs.then_some(person)
    }
}

/// The code that came back, or why there is none.
fn code_of(redirected: Redirected<'_>) -> Result<&str, NotSignedIn> {
    match (redirected.code, redirected.error) {
        (Some(code), None) if code.len() <= CODE_MAX_BYTES => Ok(code),
        (None, Some(error)) => {
            let (error, why) = meaning(error);
            tracing::warn!(error, "the identity provider sent somebody back without a code");
            Err(why)
        }
        _ => {
            tracing::warn!("what came back from the identity provider is neither code nor error");
            Err(NotSignedIn::Unproven)
        }
    }
}

/// What the provider says instead of a code (RFC 6749, section 4.1.2.1, and OpenID Connect Core 1.0,
/// section 3.1.2.6), in our own words: anybody may write an error into the address.
fn meaning(error: &str) -> (&'static str, NotSignedIn) {
    match error {
        "access_denied" => ("access_denied", NotSignedIn::TurnedBack),
        "login_required" => ("login_required", NotSignedIn::TurnedBack),
        "interaction_required" => ("interaction_required", NotSignedIn::TurnedBack),
        "consent_required" => ("consent_required", NotSignedIn::TurnedBack),
        "unmet_authentication_requirements" => {
            ("unmet_authentication_requirements", NotSignedIn::TooWeak)
        }
        "invalid_request" => ("invalid_request", NotSignedIn::Unreachable),
        "invalid_scope" => ("invalid_scope", NotSignedIn::Unreachable),
        "unauthorized_client" => ("unauthorized_client", NotSignedIn::Unreachable),
        "server_error" => ("server_error", NotSignedIn::Unreachable),
        "temporarily_unavailable" => ("temporarily_unavailable", NotSignedIn::Unreachable),
        _ => ("another", NotSignedIn::TurnedBack),
    }
}

/// What a failure of the provider's means for whoever wants to sign in. An operator finds in the
/// log what it was.
fn told(failure: &Failure) -> NotSignedIn {
    tracing::warn!(%failure, "nobody is signed in by the identity provider");
    match failure.decision {
        Decision::Denied => NotSignedIn::Unproven,
        Decision::Permanent => NotSignedIn::TooWeak,
        Decision::Retry { .. } | Decision::Misconfigured => NotSignedIn::Unreachable,
    }
}

/// Where a sign-in under way lies. `None` for what is no state of ours.
fn key_of(state: &str) -> Option<String> {
    Some(format!("provider/{}", hashed(state)?))
}
