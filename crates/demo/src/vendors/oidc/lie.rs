//! What a provider might say that is not so. Each lie is as close to the truth as can be.

use serde_json::{Map, Value, json};

/// Farther off than clocks may be, in seconds.
const OFF_SECONDS: i64 = 120;
/// Longer ago than any question waits for its answer, in seconds.
const LONG_AGO_SECONDS: i64 = 3_600;
/// A header that everybody must understand, and nobody does.
const STRANGE: &str = "https://extension.example/made-up";

macro_rules! lies {
    ($($(#[$sentence:meta])* $name:ident,)*) => {
        /// One thing that is wrong with the provider's answers. All else is right.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Lie {
            $($(#[$sentence])* $name,)*
        }

        impl Lie {
            /// Each of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

lies! {
    /// `iss` is the issuer with a slash after it.
    WrongIssuer,
    /// `aud` is another client.
    WrongAudience,
    /// `aud` holds a second client, and no `azp` says whom the token was given to.
    SecondAudienceWithoutAzp,
    /// `azp` is another client.
    WrongAzp,
    /// `exp` is past.
    Expired,
    /// `iat` is yet to come.
    IssuedInTheFuture,
    /// `nbf` is yet to come.
    NotYetValid,
    /// There is no `nonce`.
    NoNonce,
    /// `nonce` is another one.
    WrongNonce,
    /// There is no `sub`.
    NoSubject,
    /// `sub` is empty.
    EmptySubject,
    /// The token says that it is not signed, and is not.
    AlgNone,
    /// The token says HS256, with the public key's bytes for the secret: for RSA the DER of
    /// PKCS#1, for P-256 the point without compression, for Ed25519 the 32 bytes.
    HsWithPublicKey,
    /// Another key signed under the id of the right one.
    SignedByAnotherKey,
    /// The right key signed under an id that is not in the set.
    UnknownKid,
    /// One bit of the signature is wrong.
    BrokenSignature,
    /// The signature is that of other claims.
    ChangedClaims,
    /// `crit` names a header that nobody knows.
    CriticalHeader,
    /// `at_hash` is not that of the access token.
    WrongAtHash,
    /// `auth_time` is long ago, if it is told at all.
    OldAuthTime,
    /// There is no `auth_time`.
    NoAuthTime,
    /// `acr` is `0`, the class below all others.
    WrongAcr,
    /// There is no `acr`.
    NoAcr,
    /// `exp` is a number in a text.
    ExpiryAsText,
    /// The token is none.
    NotAToken,
    /// At the redirect, `iss` is the issuer with a slash after it.
    WrongIssParameter,
    /// At the redirect there is no `iss`.
    NoIssParameter,
    /// At the redirect, `state` is another one.
    WrongState,
    /// The metadata's `issuer` is the issuer with a slash after it.
    MetadataOfAnotherIssuer,
}

impl Lie {
    /// Whether it matters only where a fresh sign-in, or one of a certain class, was asked for.
    #[must_use]
    pub fn is_about_freshness(self) -> bool {
        matches!(self, Self::OldAuthTime | Self::NoAuthTime | Self::WrongAcr | Self::NoAcr)
    }

    /// Makes claims wrong, and the header.
    pub(super) fn bend(self, head: &mut Map<String, Value>, claims: &mut Map<String, Value>) {
        let (issued_at, expires_at) = (number(claims, "iat"), number(claims, "exp"));
        match self {
            Self::WrongIssuer => change_text(claims, "iss", |issuer| format!("{issuer}/")),
            Self::WrongAudience => change_text(claims, "aud", another),
            Self::SecondAudienceWithoutAzp => {
                let first = claims.get("aud").cloned().unwrap_or_default();
                claims.insert("aud".to_owned(), json!([first, "another-client"]));
            }
            Self::WrongAzp => put(claims, "azp", json!("another-client")),
            Self::Expired => put(claims, "exp", json!(issued_at - OFF_SECONDS)),
            Self::IssuedInTheFuture => {
                put(claims, "iat", json!(issued_at + OFF_SECONDS));
            }
            Self::NotYetValid => put(claims, "nbf", json!(issued_at + OFF_SECONDS)),
            Self::NoNonce => take(claims, "nonce"),
            Self::WrongNonce => change_text(claims, "nonce", another),
            Self::NoSubject => take(claims, "sub"),
            Self::EmptySubject => put(claims, "sub", json!("")),
            Self::AlgNone => put(head, "alg", json!("none")),
            Self::HsWithPublicKey => put(head, "alg", json!("HS256")),
            Self::UnknownKid => change_text(head, "kid", |id| format!("{id}0")),
            Self::CriticalHeader => {
                put(head, "crit", json!([STRANGE]));
                put(head, STRANGE, json!(true));
            }
            Self::WrongAtHash => change_text(claims, "at_hash", another),
            Self::OldAuthTime if claims.contains_key("auth_time") => {
                put(claims, "auth_time", json!(issued_at - LONG_AGO_SECONDS));
            }
            Self::NoAuthTime => take(claims, "auth_time"),
            Self::WrongAcr => put(claims, "acr", json!("0")),
            Self::NoAcr => take(claims, "acr"),
            Self::ExpiryAsText => {
                put(claims, "exp", json!(expires_at.to_string()));
            }
            // A token that does not tell when somebody signed in cannot tell it wrongly.
            Self::OldAuthTime
            // Of the signature, the whole token, the redirect and the metadata.
            | Self::SignedByAnotherKey
            | Self::BrokenSignature
            | Self::ChangedClaims
            | Self::NotAToken
            | Self::WrongIssParameter
            | Self::NoIssParameter
            | Self::WrongState
            | Self::MetadataOfAnotherIssuer => {}
        }
    }
}

/// Another text of the same length: only the first character differs.
pub(super) fn another(text: &str) -> String {
    let mut characters = text.chars();
    let first = if characters.next() == Some('A') { 'B' } else { 'A' };
    std::iter::once(first).chain(characters).collect()
}

fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    object.insert(name.to_owned(), value);
}

fn take(object: &mut Map<String, Value>, name: &str) {
    object.remove(name);
}

fn change_text(object: &mut Map<String, Value>, name: &str, change: impl FnOnce(&str) -> String) {
    if let Some(Value::String(text)) = object.get_mut(name) {
        *text = change(text);
    }
}

fn number(object: &Map<String, Value>, name: &str) -> i64 {
    object.get(name).and_then(Value::as_i64).unwrap_or_default()
}
