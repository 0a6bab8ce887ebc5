//! Sign-in by OpenID Connect: the code flow with PKCE (RFC 7636), at the company's own provider.
//!
//! Everything that comes back is checked before it counts: the state and the cookie by whoever
//! calls us; here the provider's name beside the code (RFC 9207), the signature with a key of the
//! provider's own set, issuer, audience, time, nonce and subject, and where a sign-in must be fresh
//! also when and how they signed in. The rules are in [`claims`], the signature in [`token`]; both
//! are pure. Nothing that people can change at the provider, such as an e-mail address, says who
//! they are (R23).
//!
//! Start with [`provider::Oidc`].

mod claims;
mod client;
mod keys;
mod metadata;
mod provider;
mod settings;
mod token;

#[cfg(test)]
mod tests;

pub use provider::Oidc;
pub use settings::{OidcConfig, OidcSettings, SettingsProblem};
pub use token::Algorithm;

/// Who is named in failures.
const WHO: &str = "signin.oidc";
