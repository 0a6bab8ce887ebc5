//! What protects this machine: its disks, its firewall, its updates, its lock.

use std::env;

use serde_json::{Value, json};

use super::super::{
    fact::{Facts, Lack},
    machine::{bytes, output, text},
};

/// Where data of people and of the system lies.
const MEANT: [&str; 4] = ["/", "/home", "/var", "[SWAP]"];
/// How deep disks may be nested.
const DEPTH_MAX: usize = 16;
/// The variable of the firmware that says whether it verifies what it boots.
const SECURE_BOOT: &str =
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

pub(super) fn facts(facts: &mut Facts) {
    facts.put("disks", "/usr/bin/lsblk", disks());
    facts.put("firewall", "/usr/sbin/nft -j list ruleset", firewall());
    facts.put("auto_updates", "/usr/bin/apt-config dump", updates());
    facts.put("remote_login", "/proc/net/tcp", remote_login().map(Value::from));
    facts.put("screen_lock", "/usr/bin/gsettings", screen_lock());
    facts.put("secure_boot", SECURE_BOOT, secure_boot().map(Value::from));
}

/// The disks that hold something, each with whether something above it encrypts.
fn disks() -> Result<Value, Lack> {
    let columns = "NAME,TYPE,FSTYPE,MOUNTPOINTS,RM,SIZE";
    let printed = output("/usr/bin/lsblk", &["-J", "-b", "-o", columns])?;
    let found = disks_of(&printed)?;
    // A root that is no disk's, as in a container, says nothing about the disk beneath.
    if found.is_empty() { Err(Lack::NotReported) } else { Ok(Value::Array(found)) }
}

fn disks_of(printed: &str) -> Result<Vec<Value>, Lack> {
    let tree: Value = serde_json::from_str(printed).map_err(|_| Lack::Unreadable)?;
    let mut found = Vec::new();
    for disk in tree["blockdevices"].as_array().ok_or(Lack::Unreadable)? {
        descend(disk, false, 0, &mut found);
    }
    Ok(found)
}

fn descend(device: &Value, is_encrypted_above: bool, depth: usize, found: &mut Vec<Value>) {
    let is_encrypted = is_encrypted_above || device["type"] == "crypt";
    let mounts = device["mountpoints"].as_array().map(Vec::as_slice).unwrap_or_default();
    let meant = mounts.iter().filter_map(Value::as_str).find(|mount| MEANT.contains(mount));
    if let Some(mount) = meant {
        let size = device["size"].as_u64().map(|bytes| bytes / 1_000_000);
        let is_removable = device["rm"].as_bool().unwrap_or(false);
        found.push(json!({
            "name": mount, "is_encrypted": is_encrypted, "is_removable": is_removable,
            "capacity_mb": size,
        }));
    }
    let children = device["children"].as_array().map(Vec::as_slice).unwrap_or_default();
    for child in children.iter().filter(|_| depth < DEPTH_MAX) {
        descend(child, is_encrypted, depth + 1, found);
    }
}

/// Whether what comes in is refused unless something lets it in. Only root may see the rules.
fn firewall() -> Result<Value, Lack> {
    match output("/usr/sbin/nft", &["-j", "list", "ruleset"]) {
        Ok(printed) => firewall_of(&printed).map(Value::from),
        Err(Lack::Unreadable) if !is_root() => Err(Lack::Permission),
        Err(lack) => Err(lack),
    }
}

/// By the second of the ids that the kernel tells of this process: the one that counts.
fn is_root() -> bool {
    let status = text("/proc/self/status").unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    ids.and_then(|ids| ids.split_whitespace().nth(1)) == Some("0")
}

fn firewall_of(printed: &str) -> Result<bool, Lack> {
    let rules: Value = serde_json::from_str(printed).map_err(|_| Lack::Unreadable)?;
    let all = rules["nftables"].as_array().ok_or(Lack::Unreadable)?;
    let inputs = all.iter().map(|it| &it["chain"]).filter(|it| it["hook"] == "input");
    Ok(inputs.clone().any(|chain| {
        let mut own = all
            .iter()
            .map(|it| &it["rule"])
            .filter(|rule| rule["chain"] == chain["name"] && rule["table"] == chain["table"]);
        let last = own.next_back().and_then(|rule| rule["expr"].as_array()?.last());
        let is_last_refusing = last.is_some_and(|it| {
            it.as_object().is_some_and(|it| it.contains_key("drop") || it.contains_key("reject"))
        });
        chain["policy"] == "drop" || is_last_refusing
    }))
}

fn updates() -> Result<Value, Lack> {
    let printed = output("/usr/bin/apt-config", &["dump"])?;
    let is_on = |key: &str| {
        let line =
            printed.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix('"'));
        line.map(|value| !value.starts_with("0\""))
    };
    let lists = is_on("APT::Periodic::Update-Package-Lists");
    let upgrades = is_on("APT::Periodic::Unattended-Upgrade");
    let has_program = std::path::Path::new("/usr/bin/unattended-upgrade").exists();
    // Where apt says nothing it does nothing.
    let does = upgrades.unwrap_or(false) && has_program;
    Ok(json!({ "check": lists.unwrap_or(false), "download": does, "install_security": does }))
}

/// Whether somebody listens for SSH on an address that others reach.
fn remote_login() -> Result<bool, Lack> {
    let four = text("/proc/net/tcp")?;
    let six = text("/proc/net/tcp6").unwrap_or_default();
    Ok(four.lines().chain(six.lines()).any(is_open_to_others))
}

/// A socket of the kernel's table that listens (0A) on port 22 (0016) and not on loopback.
fn is_open_to_others(line: &str) -> bool {
    let mut words = line.split_whitespace().skip(1);
    let (local, state) = (words.next(), words.nth(1));
    let Some((address, port)) = local.and_then(|local| local.split_once(':')) else { return false };
    let is_loopback = address.ends_with("7F") && address.len() == 8
        || address == "00000000000000000000000001000000";
    state == Some("0A") && port == "0016" && !is_loopback
}

/// In the session of whoever runs this: other desktops than GNOME say it elsewhere.
fn screen_lock() -> Result<Value, Lack> {
    let desktop = env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
    let has_screen = ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| env::var_os(name).is_some());
    if !has_screen && desktop.is_empty() {
        return Err(Lack::NoDesktop);
    }
    if !desktop.to_uppercase().contains("GNOME") {
        return Err(Lack::NotReported);
    }
    let get = |schema: &str, key: &str| output("/usr/bin/gsettings", &["get", schema, key]);
    let seconds =
        |text: String| text.split_whitespace().last().and_then(|word| word.parse::<u64>().ok());
    let is_on = get("org.gnome.desktop.screensaver", "lock-enabled")?.trim() == "true";
    let idle = seconds(get("org.gnome.desktop.session", "idle-delay")?);
    let delay = seconds(get("org.gnome.desktop.screensaver", "lock-delay")?);
    // An idle time of nothing means that the screen never turns off by itself.
    let never = idle == Some(0);
    let total = idle.zip(delay).map(|(idle, delay)| idle + delay).filter(|_| !never);
    Ok(json!({ "is_on": is_on && !never, "delay_seconds": total }))
}

fn secure_boot() -> Result<bool, Lack> {
    if !std::path::Path::new("/sys/firmware/efi").exists() {
        return Err(Lack::LegacyFirmware);
    }
    // Four bytes of attributes stand before the value.
    match bytes(SECURE_BOOT)?.get(4) {
        Some(value) => Ok(*value == 1),
        None => Err(Lack::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_counts_as_encrypted_only_by_what_is_above_it() {
        let printed = r#"{"blockdevices":[
            {"name":"sda","type":"disk","rm":false,"size":100000000,"children":[
                {"name":"sda1","type":"part","mountpoints":["/boot"]},
                {"name":"sda2","type":"part","children":[
                    {"name":"luks","type":"crypt","mountpoints":["/"],"size":90000000}]},
                {"name":"sda3","type":"part","mountpoints":["[SWAP]"],"size":1000000}]},
            {"name":"sdb","type":"disk","children":[{"name":"other","type":"crypt"}]}]}"#;
        let found = disks_of(printed).expect("disks");
        let states: Vec<(&str, bool)> = found
            .iter()
            .map(|it| (it["name"].as_str().expect("named"), it["is_encrypted"] == true))
            .collect();
        assert_eq!(states, [("/", true), ("[SWAP]", false)]);
        assert_eq!(disks_of("{}"), Err(Lack::Unreadable));
    }

    #[test]
    fn a_firewall_is_on_when_what_nobody_let_in_is_refused() {
        let chain = |policy: &str| {
            format!(r#"{{"chain":{{"table":"t","name":"in","hook":"input","policy":"{policy}"}}}}"#)
        };
        let rule = r#"{"rule":{"table":"t","chain":"in","expr":[{"reject":null}]}}"#;
        for (printed, is_on) in [
            (format!(r#"{{"nftables":[{}]}}"#, chain("drop")), true),
            (format!(r#"{{"nftables":[{}]}}"#, chain("accept")), false),
            (format!(r#"{{"nftables":[{},{rule}]}}"#, chain("accept")), true),
            (r#"{"nftables":[]}"#.to_owned(), false),
        ] {
            assert_eq!(firewall_of(&printed), Ok(is_on), "{printed}");
        }
    }

    #[test]
    fn ssh_on_loopback_is_nobody_elses() {
        let line = |address: &str, state: &str| format!(" 0: {address} 00000000:0000 {state} rest");
        for (line, is_open) in [
            (line("00000000:0016", "0A"), true),
            (line("0100007F:0016", "0A"), false),
            (line("00000000:0050", "0A"), false),
            (line("00000000:0016", "01"), false),
            (line("00000000000000000000000000000000:0016", "0A"), true),
            (line("00000000000000000000000001000000:0016", "0A"), false),
        ] {
            assert_eq!(is_open_to_others(&line), is_open, "{line}");
        }
    }
}
