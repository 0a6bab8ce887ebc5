//! What a provider tells of itself (OpenID Connect Discovery 1.0). Pure.

use ports::Failure;
use serde::Deserialize;
use url::Url;

use super::{WHO, settings::OidcSettings};
use crate::http::TargetUrl;

/// The method of RFC 7636 that does not send the verifier itself.
pub(super) const PKCE: &str = "S256";
const BASIC: &str = "client_secret_basic";
const POST: &str = "client_secret_post";

/// The parts that we need.
#[derive(Debug, Clone, Deserialize)]
struct Written {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// How we show the provider who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Showing {
    /// In a header.
    Basic,
    /// In the form.
    Post,
}

/// The provider, as it told.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) keys: Url,
    pub(super) showing: Showing,
    /// Whether it says beside the code that it sent it (RFC 9207).
    pub(super) names_itself: bool,
}

impl Metadata {
    /// Reads the document.
    pub(super) fn read(body: &[u8], settings: &OidcSettings) -> Result<Self, Failure> {
        let written: Written = serde_json::from_slice(body)
            .map_err(|_| wrong("what is at its address is not an OpenID provider's metadata"))?;
        if written.issuer != settings.issuer {
            return Err(wrong("the provider calls itself otherwise: set `issuer` exactly so"));
        }
        let lacks = |list: &Option<Vec<String>>, wanted: &str| {
            list.as_ref().is_some_and(|list| !list.iter().any(|one| one == wanted))
        };
        if lacks(&written.code_challenge_methods_supported, PKCE) {
            return Err(wrong(
                "the provider does not offer PKCE with S256: allow it for this application there",
            ));
        }
        let ways = &written.token_endpoint_auth_methods_supported;
        let showing = match (lacks(ways, BASIC), lacks(ways, POST)) {
            (false, _) => Showing::Basic,
            (true, false) => Showing::Post,
            (true, true) => {
                return Err(wrong(
                    "the provider takes no client secret: allow client_secret_basic or _post there",
                ));
            }
        };
        Ok(Self {
            authorization: address(&written.authorization_endpoint, settings)?,
            token: address(&written.token_endpoint, settings)?,
            keys: address(&written.jwks_uri, settings)?,
            showing,
            names_itself: written.authorization_response_iss_parameter_supported,
        })
    }
}

/// An address that the provider names. One on this very machine is only a provider's that is there
/// too: nobody sends us to our own neighbours.
fn address(text: &str, settings: &OidcSettings) -> Result<Url, Failure> {
    let address: Result<TargetUrl, _> = text.parse();
    let is_safe = |address: &TargetUrl| settings.is_loopback || !address.is_loopback();
    let address = address.ok().filter(is_safe).map(|address| address.url());
    address.ok_or_else(|| {
        wrong("an address in its metadata is neither https nor beside it on this machine")
    })
}

fn wrong(what: &str) -> Failure {
    Failure::misconfigured(format!("{WHO}: {what}"))
}
