//! Addresses from the configuration: https, or plain http to this machine itself.

use std::{borrow::Cow, fmt, net::IpAddr, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

/// Why an address is not taken. It never repeats the address, which may hold a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an address.
    #[error("not a web address: write one like https://example.com")]
    Unreadable,
    /// Not encrypted, and not on this machine.
    #[error("must begin with https:// (plain http is for loopback addresses only)")]
    Unencrypted,
    /// A name or password inside.
    #[error("must not hold a user name or password: use the setting for the secret")]
    Credentials,
    /// A query or fragment where none belongs.
    #[error("must end with its path: remove everything from ? or # on")]
    Trailing,
}

/// Where a vendor's API is. Shown without a path in `Debug`, since some vendors put tokens there.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Where a single request goes, query included.
#[derive(Clone, PartialEq, Eq)]
pub struct TargetUrl(Url);

impl BaseUrl {
    /// The address of `path` (without a leading slash) below this one.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let whole = format!("{}/{}", self.0.path().trim_end_matches('/'), path);
        url.set_path(&whole);
        url
    }

    /// Whether it is on this machine, as far as its name tells.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.host().is_some_and(|host| is_loopback(&host))
    }

    /// The host, with its port where that is not the usual one, for signatures and texts.
    #[must_use]
    pub fn host(&self) -> String {
        host_of(&self.0)
    }
}

impl TargetUrl {
    /// The address.
    #[must_use]
    pub fn url(&self) -> Url {
        self.0.clone()
    }

    /// Whether it is on this machine, as far as its name tells.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.host().is_some_and(|host| is_loopback(&host))
    }

    /// The host, with its port where that is not the usual one.
    #[must_use]
    pub fn host(&self) -> String {
        host_of(&self.0)
    }
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn read(text: &str) -> Result<Url, AddressError> {
    let url = Url::parse(text).map_err(|_| AddressError::Unreadable)?;
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => {}
        ("http", Some(host)) if is_loopback(&host) => {}
        ("http" | "https", _) => return Err(AddressError::Unencrypted),
        _ => return Err(AddressError::Unreadable),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Credentials);
    }
    if url.fragment().is_some() {
        return Err(AddressError::Trailing);
    }
    Ok(url)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

impl FromStr for BaseUrl {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let url = read(text)?;
        if url.query().is_some() { Err(AddressError::Trailing) } else { Ok(Self(url)) }
    }
}

impl FromStr for TargetUrl {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        read(text).map(Self)
    }
}

macro_rules! address {
    ($($name:ident $description:literal;)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}://{}", self.0.scheme(), self.host())
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.as_str())
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "format": "uri",
                    "pattern": "^https?://",
                    "description": $description,
                })
            }
        }
    )*};
}

address! {
    BaseUrl "Where the API is: https, or plain http on a loopback address.";
    TargetUrl "Where requests go: https, or plain http on a loopback address.";
}
