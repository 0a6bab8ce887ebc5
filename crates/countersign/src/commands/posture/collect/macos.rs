//! What macOS tells about itself to anybody.
//!
//! Written from what its programs are documented to print, and not yet tried on a real machine: a
//! word that is not known is nothing, and never good.

mod protection;

use serde_json::{Value, json};

use super::{
    fact::{Facts, Lack},
    machine::Machine,
};

const SW_VERS: &str = "/usr/bin/sw_vers";
const SCUTIL: &str = "/usr/sbin/scutil";
const PROFILER: &str = "/usr/sbin/system_profiler";
const NETWORKSETUP: &str = "/usr/sbin/networksetup";
const LAUNCHCTL: &str = "/bin/launchctl";
/// Words in the names of ports that are of a dock or a dongle, or of no hardware at all.
const FOREIGN_PORTS: [&str; 4] = ["USB", "Thunderbolt", "Bridge", "Dock"];

/// Everything.
pub(super) fn facts(machine: &impl Machine) -> Facts {
    let mut facts = Facts::default();
    let name = machine.setting(SCUTIL, &["--get", "ComputerName"]).and_then(|it| line(&it));
    facts.put("name", SCUTIL, name);
    facts.put("os", SW_VERS, machine.ask(SW_VERS, &[]).and_then(|it| system(&it)));
    describe(machine, &mut facts);
    let ports = machine.ask(NETWORKSETUP, &["-listallhardwareports"]);
    facts.put("mac_addresses", NETWORKSETUP, ports.and_then(|it| addresses(&it)));
    protection::facts(machine, &mut facts);
    let services = machine.ask(LAUNCHCTL, &["print", "system"]);
    facts.put("services", "/bin/launchctl print system", services.and_then(|it| running(&it)));
    // What lies in a folder of applications is not all that is installed.
    facts.put("software", "not looked for", Err(Lack::NotReported));
    facts
}

/// The hardware, by one report of the profiler's.
fn describe(machine: &impl Machine, facts: &mut Facts) {
    let printed = machine.ask(PROFILER, &["-json", "SPHardwareDataType"]);
    let hardware = printed.and_then(|it| profile(&it, "SPHardwareDataType"));
    let said = |name: &str| -> Result<String, Lack> {
        let hardware = hardware.as_ref().map_err(|lack| *lack)?;
        hardware[name].as_str().map(str::to_owned).ok_or(Lack::NotReported)
    };
    let model = said("machine_name");
    let identifier = said("machine_model");
    let chassis = model.as_deref().map_err(|lack| *lack).map(chassis);
    let is_virtual = identifier.as_deref().map_err(|lack| *lack).map(is_virtual);
    facts.put("manufacturer", PROFILER, model.as_ref().map(|_| "Apple".into()).map_err(|it| *it));
    facts.put("model", PROFILER, model.map(Value::from));
    facts.put("model_identifier", PROFILER, identifier.map(Value::from));
    facts.put("chassis", PROFILER, chassis.map(Value::from));
    facts.put("is_virtual", PROFILER, is_virtual.map(Value::from));
    facts.put("serial", PROFILER, said("serial_number").map(Value::from));
    facts.put("hardware_uuid", PROFILER, said("platform_UUID").map(Value::from));
}

fn line(printed: &str) -> Result<Value, Lack> {
    let line = printed.trim();
    if line.is_empty() { Err(Lack::NotReported) } else { Ok(line.into()) }
}

/// `ProductName: macOS` and so on, one a line.
fn system(printed: &str) -> Result<Value, Lack> {
    let said = |name: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::trim).filter(|text| !text.is_empty())
    };
    let version =
        said("ProductVersion").filter(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    let (Some(name), Some(version)) = (said("ProductName"), version) else {
        return Err(Lack::Unreadable);
    };
    Ok(json!({ "name": name, "version": version, "build": said("BuildVersion") }))
}

/// The only entry of one kind of the profiler's.
fn profile(printed: &str, kind: &str) -> Result<Value, Lack> {
    let report: Value = serde_json::from_str(printed).map_err(|_| Lack::Unreadable)?;
    let first = report[kind].get(0).filter(|entry| entry.is_object());
    first.cloned().ok_or(Lack::Unreadable)
}

fn chassis(model: &str) -> &'static str {
    if model.starts_with("MacBook") { "laptop" } else { "desktop" }
}

fn is_virtual(identifier: &str) -> bool {
    ["VirtualMac", "VMware", "Parallels"].iter().any(|maker| identifier.starts_with(maker))
}

/// The addresses of ports that belong to the machine: a name, a device and an address each.
fn addresses(printed: &str) -> Result<Value, Lack> {
    let mut all = Vec::new();
    let mut is_own = false;
    for line in printed.lines() {
        if let Some(port) = line.strip_prefix("Hardware Port:") {
            is_own = !FOREIGN_PORTS.iter().any(|word| port.contains(word));
        }
        let address = line.strip_prefix("Ethernet Address:").map(str::trim);
        all.extend(address.filter(|it| is_own && it.len() == 17 && it.contains(':')));
    }
    if !printed.contains("Hardware Port:") {
        return Err(Lack::Unreadable);
    }
    Ok(all.into())
}

/// The services of the system with a process: its number, how it ended last, and its name.
fn running(printed: &str) -> Result<Value, Lack> {
    let mut lines = printed.lines().map(str::trim);
    if !lines.by_ref().any(|line| line == "services = {") {
        return Err(Lack::Unreadable);
    }
    let service = |line: &str| {
        let mut words = line.split_whitespace();
        let number: u32 = words.next()?.parse().ok()?;
        let name = words.nth(1)?;
        (number > 0).then(|| name.to_owned())
    };
    Ok(lines.take_while(|line| *line != "}").filter_map(service).collect())
}

#[cfg(test)]
mod tests {
    use super::{
        super::machine::fake::{Always, Told},
        *,
    };

    const HARDWARE: &str = r#"{"SPHardwareDataType":[{"_name":"hardware_overview",
        "chip_type":"Apple M2","machine_model":"Mac14,2","machine_name":"MacBook Air",
        "physical_memory":"16 GB","platform_UUID":"4C4C4544-0042-3510-8054-00000000000A",
        "serial_number":"C02XMADE01"}]}"#;
    const PORTS: &str = "\nHardware Port: Ethernet Adapter (en4)\nDevice: en4\n\
        Ethernet Address: 00:de:ca:fb:00:04\n\nHardware Port: Wi-Fi\nDevice: en0\n\
        Ethernet Address: 00:de:ca:fb:00:01\n\nHardware Port: USB 10/100/1000 LAN\n\
        Device: en7\nEthernet Address: 00:de:ca:fb:00:07\n\nHardware Port: Thunderbolt Bridge\n\
        Device: bridge0\nEthernet Address: 36:de:ca:fb:00:08\n\nHardware Port: iPhone\n\
        Device: en8\nEthernet Address: N/A\n\nVLAN Configurations\n===================\n";
    const SERVICES: &str = "com.apple.xpc.launchd.domain.system = {\n\ttype = system\n\
        \tservices = {\n\t\t       0      - \tcom.apple.idle\n\
        \t\t     412      - \tcom.contoso.shield\n\t\t  nonsense\n\t}\n\
        \tendpoints = {\n\t\t 77 - com.apple.other\n\t}\n}\n";

    #[test]
    fn a_macs_report_says_what_its_programs_print() {
        let facts = facts(&Told(&[
            ("scutil --get ComputerName", "Desk 1\n"),
            (
                "sw_vers",
                "ProductName:\t\tmacOS\nProductVersion:\t\t26.0.1\nBuildVersion:\t\t25A362\n",
            ),
            ("-json SPHardwareDataType", HARDWARE),
            ("-listallhardwareports", PORTS),
            ("launchctl print system", SERVICES),
        ]));
        let facts = Value::Object(facts.into_map());
        for (name, value) in [
            ("name", json!("Desk 1")),
            ("os", json!({ "name": "macOS", "version": "26.0.1", "build": "25A362" })),
            ("manufacturer", json!("Apple")),
            ("model", json!("MacBook Air")),
            ("model_identifier", json!("Mac14,2")),
            ("chassis", json!("laptop")),
            ("is_virtual", json!(false)),
            ("serial", json!("C02XMADE01")),
            ("hardware_uuid", json!("4C4C4544-0042-3510-8054-00000000000A")),
            ("mac_addresses", json!(["00:de:ca:fb:00:04", "00:de:ca:fb:00:01"])),
            ("services", json!(["com.contoso.shield"])),
        ] {
            assert_eq!(facts[name]["value"], value, "{name}: {}", facts[name]);
        }
        assert_eq!(facts["software"]["reason"], "not_reported");
    }

    #[test]
    fn what_prints_nonsense_or_nothing_says_nothing() {
        for nonsense in ["", "\n", "command not found", "{", "[]", "{\"SPHardwareDataType\":[7]}"] {
            let facts = facts(&Always(nonsense)).into_map();
            for (name, fact) in &facts {
                let is_a_name = name == "name" && !nonsense.trim().is_empty();
                assert!(fact["value"].is_null() || is_a_name, "{nonsense:?}: {name} {fact}");
                assert!(fact["reason"].is_string() || is_a_name, "{nonsense:?}: {name} {fact}");
            }
        }
        assert!(facts(&Told(&[])).into_map().values().all(|fact| fact["value"].is_null()));
    }
}
