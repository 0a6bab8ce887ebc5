//! What Linux tells about itself to anybody. Nothing is read of people: no environment, no command
//! lines, no files of theirs, no names of networks.

mod protection;

use std::fs;

use connectors::devices::collect::installation;
use serde_json::{Value, json};

use super::{
    chassis,
    fact::{Facts, Lack},
    machine::{output, text},
};

/// Everything.
pub(super) fn facts() -> Facts {
    let mut facts = Facts::default();
    describe(&mut facts);
    identify(&mut facts);
    protection::facts(&mut facts);
    software(&mut facts);
    facts
}

fn describe(facts: &mut Facts) {
    let name = text("/proc/sys/kernel/hostname").map(Value::from);
    facts.put("name", "/proc/sys/kernel/hostname", name);
    facts.put("os", "/etc/os-release", os());
    for (name, file) in [
        ("manufacturer", "/sys/class/dmi/id/sys_vendor"),
        ("model", "/sys/class/dmi/id/product_name"),
        ("chassis", "/sys/class/dmi/id/chassis_type"),
    ] {
        let said = text(file).map(|text| if name == "chassis" { chassis(&text) } else { text });
        facts.put(name, file, said.map(Value::from));
    }
    let is_virtual = bytes_have("/proc/cpuinfo", "hypervisor");
    facts.put("is_virtual", "/proc/cpuinfo", is_virtual.map(Value::from));
}

fn os() -> Result<Value, Lack> {
    let release = text("/etc/os-release")?;
    let field = |name: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(|value| value.trim_matches('"').to_owned())
    };
    Ok(json!({
        "name": field("NAME"),
        "version": field("VERSION_ID"),
        "release": field("VERSION_CODENAME"),
        "build": text("/proc/sys/kernel/osrelease").ok(),
    }))
}

fn bytes_have(path: &str, word: &str) -> Result<bool, Lack> {
    Ok(text(path)?.split_whitespace().any(|it| it == word))
}

fn identify(facts: &mut Facts) {
    for (name, file) in [
        ("serial", "/sys/class/dmi/id/product_serial"),
        ("hardware_uuid", "/sys/class/dmi/id/product_uuid"),
    ] {
        facts.put(name, file, text(file).map(Value::from));
    }
    // The machine's id itself stays here.
    let own = text("/etc/machine-id").and_then(|id| installation(&id).ok_or(Lack::Unreadable));
    facts.put("installation", "/etc/machine-id, hashed", own.map(Value::from));
    facts.put("mac_addresses", "/sys/class/net", addresses().map(Value::from));
}

/// The burnt-in addresses of adapters that are hardware.
fn addresses() -> Result<Vec<String>, Lack> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/sys/class/net")?.flatten() {
        let folder = entry.path();
        let is_hardware = folder.join("device").exists();
        let said = |name: &str| text(&folder.join(name).to_string_lossy());
        if is_hardware && said("addr_assign_type").as_deref() == Ok("0") {
            all.extend(said("address"));
        }
    }
    all.sort();
    Ok(all)
}

fn software(facts: &mut Facts) {
    const QUERY: &str = "/usr/bin/dpkg-query";
    let format = "-f=${Package}\t${Version}\t${db:Status-Status}\n";
    let listed = output(QUERY, &["-W", format]).map(|printed| {
        let package = |line: &str| {
            let mut parts = line.split('\t');
            let (name, version, status) = (parts.next()?, parts.next()?, parts.next()?);
            (status == "installed").then(|| json!({ "name": name, "version": version }))
        };
        printed.lines().filter_map(package).collect::<Value>()
    });
    facts.put("software", QUERY, listed);
    const UNITS: &str = "/usr/bin/systemctl";
    let arguments =
        ["list-units", "--type=service", "--state=running", "--plain", "--no-legend", "--no-pager"];
    let running = output(UNITS, &arguments).map(|printed| {
        let name = |line: &str| line.split_whitespace().next().map(Value::from);
        printed.lines().filter_map(name).collect::<Value>()
    });
    facts.put("services", UNITS, running);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c7_without_root_what_only_root_may_see_has_a_reason_and_the_machines_id_never_shows() {
        let facts = facts().into_map();
        for (name, fact) in &facts {
            let is_said = !fact["value"].is_null();
            assert!(is_said != fact["reason"].is_string(), "{name}: a value or a reason");
            assert!(fact["how"].is_string(), "{name}");
        }
        let whole = Value::Object(facts).to_string();
        if let Ok(id) = text("/etc/machine-id") {
            assert!(!whole.contains(&id));
        }
        for (name, value) in std::env::vars().filter(|(_, value)| value.len() > 24) {
            assert!(!whole.contains(&value), "the environment's {name}");
        }
    }
}
