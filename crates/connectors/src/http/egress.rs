//! Where requests may go whose address data has a part in.
//!
//! A name is looked up once for each connection, and the connection goes to what was found then: a
//! name that leads elsewhere a moment later leads nobody in.

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, SocketAddr},
    str::FromStr as _,
    sync::Arc,
};

use async_trait::async_trait;
use ipnet::IpNet;
use ports::Failure;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::is_public;

/// What may be connected to beside what is out in the open.
#[derive(Debug, Clone, Default)]
pub struct Egress {
    names: Vec<String>,
    networks: Vec<IpNet>,
}

impl Egress {
    /// Reads the names of hosts, addresses and networks of `limits.egress_allow`; what is none of
    /// them is the error.
    pub fn read(allowed: &[String]) -> Result<Self, String> {
        let mut egress = Self::default();
        for each in allowed {
            let network =
                IpAddr::from_str(each).map(IpNet::from).or_else(|_| IpNet::from_str(each));
            match (network, Host::parse(each)) {
                (Ok(network), _) => egress.networks.push(network),
                (Err(_), Ok(Host::Domain(name))) if is_plain(&name) => egress.names.push(name),
                _ => return Err(format!("{} is no host, address or network", shown(each))),
            }
        }
        Ok(egress)
    }

    /// Whether a connection for this host may go to this address.
    #[must_use]
    pub fn permits(&self, host: &str, address: IpAddr) -> bool {
        let host = host.trim_end_matches('.');
        let address = address.to_canonical();
        is_public(address)
            || self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
            || self.networks.iter().any(|network| network.contains(&address))
    }

    /// The same for an address of the web whose host is a number; names are looked at later.
    pub(super) fn permits_literal(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => self.permits("", address.into()),
            Some(Host::Ipv6(address)) => self.permits("", address.into()),
            Some(Host::Domain(_)) | None => true,
        }
    }
}

/// A host's name and no pattern, which would match nothing.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

fn shown(text: &str) -> String {
    text.chars().filter(|each| !each.is_control()).take(80).collect()
}

/// What names lead to.
#[async_trait]
pub trait Names: Send + Sync + 'static {
    /// The addresses of a host.
    async fn look_up(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// As this machine has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn look_up(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Looks names up and leaves out what must not be connected to.
pub(super) struct Guarded {
    egress: Egress,
    names: Arc<dyn Names>,
}

impl Guarded {
    pub(super) fn new(egress: Egress, names: Arc<dyn Names>) -> Self {
        Self { egress, names }
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (egress, names) = (self.egress.clone(), Arc::clone(&self.names));
        Box::pin(async move {
            let host = name.as_str();
            let found = names.look_up(host).await?;
            let permitted: Vec<_> =
                found.into_iter().filter(|address| egress.permits(host, *address)).collect();
            if permitted.is_empty() {
                return Err(Box::new(Refused) as Box<dyn Error + Send + Sync>);
            }
            let addresses = permitted.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// A name leads to nothing that may be connected to.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("leads to nothing that may be connected to")
    }
}

impl Error for Refused {}

/// Whether a request failed because of where it led.
pub(super) fn is_refusal(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<Refused>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// The failure of such a request. Nothing was sent.
pub(super) fn refused(who: &str) -> Failure {
    Failure::misconfigured(format!(
        "{who}: leads to an address of our own network, which limits.egress_allow does not name"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowing(allowed: &[&str]) -> Egress {
        let allowed: Vec<String> = allowed.iter().map(|each| (*each).to_owned()).collect();
        Egress::read(&allowed).expect("hosts and networks")
    }

    #[test]
    fn what_is_not_out_in_the_open_is_connected_to_by_name_or_network_only() {
        let egress = allowing(&["intel.corp.example", "10.1.0.0/16", "fd00::1"]);
        for (host, address, is_permitted) in [
            ("api.example", "203.0.113.7", true),
            ("api.example", "10.2.0.1", false),
            ("api.example", "10.1.0.1", true),
            ("api.example", "::ffff:10.1.0.1", true),
            ("api.example", "::ffff:127.0.0.1", false),
            ("api.example", "fd00::1", true),
            ("api.example", "fd00::2", false),
            ("Intel.Corp.example.", "10.2.0.1", true),
            ("x.intel.corp.example", "10.2.0.1", false),
            ("api.example", "169.254.169.254", false),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(egress.permits(host, address), is_permitted, "{host} {address}");
        }
        for bad in ["", "a b", "https://x.example", "10.0.0.0/33", "*.example"] {
            assert!(Egress::read(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
