//! Inventories of FusionInventory and GLPI agents: an XML file a computer.
//!
//! Start with `map.rs`; `xml.rs` is the reader, which knows no entities of a document's own.

pub mod config;
mod map;
mod xml;

#[cfg(test)]
mod tests;

pub use config::FusionInventoryConfig;
pub use map::FusionInventoryMap;

/// How names of interfaces begin that stand for no hardware.
const VIRTUAL: [&str; 18] = [
    "lo", "docker", "veth", "br-", "virbr", "vmnet", "vboxnet", "vnet", "tun", "tap", "utun", "wg",
    "cni", "flannel", "cali", "awdl", "llw", "bridge",
];

/// Whether an interface is known by its name to be none of the hardware.
pub(super) fn is_virtual_interface(name: &str) -> bool {
    VIRTUAL.iter().any(|beginning| name.starts_with(beginning))
}
