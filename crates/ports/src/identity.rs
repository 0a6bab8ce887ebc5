//! The company's identity provider: who somebody is who signs in here.
//!
//! What it says opens a session and is never evidence about an alert. A port of its own, beside
//! [`verifier`](crate::verifier), so that neither can be taken for the other.

pub mod fake;

use std::fmt;

use async_trait::async_trait;
use model::Timestamp;
use secrecy::SecretString;

use crate::Failure;

/// What one sign-in is bound to. Random, ours, and never given to the browser but for `state` and
/// `nonce`, which the address holds.
#[derive(Clone)]
pub struct Binding {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back inside of the token.
    pub nonce: String,
    /// Proves that whoever fetches the token is who asked (RFC 7636).
    pub verifier: SecretString,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Whether they must show anew who they are, in a way that we accept for a first factor (R25).
    pub is_fresh: bool,
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binding[{}]", self.asked_at)
    }
}

/// What came back with the browser, as it came.
#[derive(Clone, Copy)]
pub struct Returned<'r> {
    /// What the token is fetched with.
    pub code: &'r str,
    /// Which provider says that it sent them (RFC 9207).
    pub issuer: Option<&'r str>,
}

impl fmt::Debug for Returned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returned")
    }
}

/// Who signed in, every claim checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The directory's id of the person.
    pub subject: model::Personal,
    /// The names of the provider's groups or roles that it says they are in.
    pub groups: Vec<String>,
}

/// An identity provider.
#[async_trait]
pub trait IdentityProvider: Send + Sync + 'static {
    /// The host that people know it by.
    fn host(&self) -> &str;
    /// Whether it can be asked for a sign-in of which we accept that a first factor is set up.
    fn vouches_afresh(&self) -> bool;
    /// Whether it can be asked, and what it tells.
    async fn check(&self, now: Timestamp) -> Result<String, Failure>;
    /// Where the browser is sent.
    async fn address(&self, binding: &Binding) -> Result<String, Failure>;
    /// Who came back. `Denied` means that what came back does not prove it, `Permanent` that it does,
    /// and not in the way that was asked for, `Misconfigured` that the two sides do not agree, and
    /// `Retry` that the provider cannot be asked now.
    async fn identity(
        &self,
        returned: Returned<'_>,
        binding: &Binding,
        now: Timestamp,
    ) -> Result<Identity, Failure>;
}
