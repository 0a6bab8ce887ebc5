//! Hardware addresses of network adapters.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The bit that marks an address of many: multicast and broadcast.
const GROUP_BIT: u8 = 0x01;
/// The bit that marks an address that nobody assigned to the hardware: random Wi-Fi addresses,
/// containers, tunnels.
const LOCAL_BIT: u8 = 0x02;
/// How long an address may be, in octets: EUI-48 and EUI-64.
const LENGTHS: [usize; 2] = [6, 8];

/// An address of six or eight octets, shown upper-case with colons.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct Mac {
    octets: [u8; 8],
    length: u8,
}

/// Why a text is not a hardware address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a hardware address of 6 or 8 octets")]
pub struct MacError;

impl Mac {
    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }

    /// Whether it can tell one device from another. Not when it belongs to a group, was not
    /// assigned to the hardware, or names no vendor; all-ones is a group.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.octets[0] & (GROUP_BIT | LOCAL_BIT) == 0 && self.octets[..3] != [0, 0, 0]
    }

    /// Whether it begins with these octets.
    #[must_use]
    pub fn starts_with(&self, prefix: &[u8]) -> bool {
        self.octets().starts_with(prefix)
    }
}

/// Colons or dashes between octets, dots between pairs of them, or nothing at all; any case.
impl FromStr for Mac {
    type Err = MacError;

    fn from_str(text: &str) -> Result<Self, MacError> {
        let text = text.trim();
        let digits: Vec<u8> = match text.bytes().find(|each| b":-.".contains(each)) {
            Some(separator) => {
                let width = if separator == b'.' { 4 } else { 2 };
                let parts = text.as_bytes().split(|each| *each == separator);
                if parts.clone().any(|part| part.len() != width) {
                    return Err(MacError);
                }
                parts.flatten().copied().collect()
            }
            None => text.bytes().collect(),
        };
        let octet = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?);
        let octets: Option<Vec<u8>> = digits.chunks(2).map(octet).collect();
        Self::try_from(octets.ok_or(MacError)?)
    }
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

impl TryFrom<Vec<u8>> for Mac {
    type Error = MacError;

    fn try_from(said: Vec<u8>) -> Result<Self, MacError> {
        if !LENGTHS.contains(&said.len()) {
            return Err(MacError);
        }
        let mut octets = [0; 8];
        octets[..said.len()].copy_from_slice(&said);
        Ok(Self { octets, length: u8::try_from(said.len()).map_err(|_| MacError)? })
    }
}

impl From<Mac> for Vec<u8> {
    fn from(mac: Mac) -> Self {
        mac.octets().to_vec()
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, octet) in self.octets().iter().enumerate() {
            let separator = if at == 0 { "" } else { ":" };
            write!(f, "{separator}{octet:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
