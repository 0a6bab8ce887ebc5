//! Where a client is, when proxies stand in between.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::extract::FromRequestParts;
use http::{HeaderMap, request::Parts};

use crate::AppState;

/// How many hops of `X-Forwarded-For` are followed.
const HOPS_MAX: usize = 16;

/// A network such as `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    prefix: u32,
    is_v4: bool,
}

/// A text that is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a network such as 10.0.0.0/8")]
pub struct NetworkError;

impl Network {
    /// Whether the address lies in it. A v4 address in a v6 guise counts as v4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (bits, width, is_v4) = spread(address.to_canonical());
        let host_bits = width - self.prefix.min(width);
        let shifted = |bits: u128| bits.checked_shr(host_bits).unwrap_or(0);
        is_v4 == self.is_v4 && shifted(bits) == shifted(self.bits)
    }
}

fn spread(address: IpAddr) -> (u128, u32, bool) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32, true),
        IpAddr::V6(address) => (address.to_bits(), 128, false),
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let (bits, width, is_v4) = spread(address);
        let prefix = match prefix {
            Some(digits) => digits.parse().map_err(|_| NetworkError)?,
            None => width,
        };
        if prefix > width { Err(NetworkError) } else { Ok(Self { bits, prefix, is_v4 }) }
    }
}

/// Who is at the other end of the connection; put on each request by the server.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The client's own address, where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub Option<IpAddr>);

impl FromRequestParts<AppState> for ClientIp {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
        let proxies = state.site.trusted_proxies();
        Ok(Self(peer.map(|peer| behind_proxies(peer, &parts.headers, proxies))))
    }
}

/// Walks `X-Forwarded-For` from the near end for as long as the hop that wrote it is trusted. What
/// a client wrote there itself is never believed.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let lines = headers.get_all("x-forwarded-for").iter();
    let line = lines.map(|line| line.to_str().unwrap_or("?")).collect::<Vec<_>>().join(",");
    let mut client = peer.to_canonical();
    for hop in line.rsplit(',').take(HOPS_MAX) {
        let Some(hop) = address_of(hop.trim()) else { break };
        if !is_trusted(client) {
            break;
        }
        client = hop.to_canonical();
    }
    client
}

/// Some proxies write the port too.
fn address_of(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    hop.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().expect("a network")
    }
    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_network_holds_its_own_addresses_only() {
        for (net, inside, outside) in [
            ("10.0.0.0/8", "10.1.2.3", "11.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("10.0.0.0/8", "::ffff:10.9.9.9", "::a00:1"),
        ] {
            assert!(network(net).contains(ip(inside)), "{net} {inside}");
            assert!(!network(net).contains(ip(outside)), "{net} {outside}");
        }
        for junk in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "host", "10.0.0.0/-1"] {
            assert_eq!(junk.parse::<Network>(), Err(NetworkError), "{junk}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_where_a_client_is() {
        let trusted = [network("10.0.0.0/8")];
        for (peer, forwarded, client) in [
            ("203.0.113.9", Some("198.51.100.1"), "203.0.113.9"),
            ("10.0.0.1", None, "10.0.0.1"),
            ("10.0.0.1", Some("198.51.100.1"), "198.51.100.1"),
            ("10.0.0.1", Some("6.6.6.6, 198.51.100.1, 10.0.0.2"), "198.51.100.1"),
            ("10.0.0.1", Some("198.51.100.1, nonsense"), "10.0.0.1"),
            ("10.0.0.1", Some("6.6.6.6, nonsense, 10.0.0.2"), "10.0.0.2"),
            ("::ffff:10.0.0.1", Some("198.51.100.1"), "198.51.100.1"),
            ("10.0.0.1", Some("[2001:db8::7]:443"), "2001:db8::7"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(line) = forwarded {
                headers.insert("x-forwarded-for", line.parse().expect("a header"));
            }
            let found = behind_proxies(ip(peer), &headers, &trusted);
            assert_eq!(found, ip(client), "{peer} {forwarded:?}");
        }
    }
}
