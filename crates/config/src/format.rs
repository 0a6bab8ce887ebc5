//! Texts that must be of a form: the `format` of the schema, and what is wrong with one that is
//! not. Formats that are not ours are left to the type that is read.

use std::net::{IpAddr, SocketAddr};

use jiff::{civil, tz::TimeZone};
use model::Span;
use url::{Host, Url};

use crate::size::Size;

/// What is wrong with a text of this format.
pub(crate) fn fault(format: &str, text: &str) -> Option<&'static str> {
    let (is_good, what) = match format {
        "span" => (
            text.parse::<Span>().is_ok(),
            "not a length of time: write a number and s, m, h or d, such as 30m",
        ),
        "size" => (
            text.parse::<Size>().is_ok(),
            "not a size: write a number and KiB, MiB or GiB, such as 10MiB",
        ),
        "time-zone" => (TimeZone::get(text).is_ok(), "not a time zone such as Europe/Berlin"),
        "day" => (text.parse::<civil::Date>().is_ok(), "not a day such as 2026-12-25"),
        "time-of-day" => (text.parse::<civil::Time>().is_ok(), "not a time of day such as 10:00"),
        "socket" => {
            (text.parse::<SocketAddr>().is_ok(), "not an address and a port such as 127.0.0.1:8400")
        }
        "network" => (is_network(text), "not an address or a network such as 10.0.0.0/8"),
        "public-url" => return public_url_fault(text),
        "uri" => return address(text).err(),
        "name" => (!text.trim().is_empty(), "empty"),
        _ => return None,
    };
    (!is_good).then_some(what)
}

fn is_network(text: &str) -> bool {
    let (address, bits) = text.split_once('/').unwrap_or((text, "0"));
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.bytes().all(|byte| byte.is_ascii_digit())
        && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

fn public_url_fault(text: &str) -> Option<&'static str> {
    let url = match address(text) {
        Ok(url) => url,
        Err(what) => return Some(what),
    };
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (!is_bare).then_some("must end after the host and port: the pages are at its root")
}

/// The web address, or what is wrong with it.
fn address(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "not a web address such as https://example.com")?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ => return Err("must begin with https:// (plain http is for loopback addresses only)"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or password");
    }
    Ok(url)
}

/// Whether an address is on this machine itself.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
