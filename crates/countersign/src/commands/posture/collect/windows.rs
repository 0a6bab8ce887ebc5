//! What Windows tells about itself to anybody.
//!
//! Written from what its programs are documented to print, and not yet tried on a real machine: a
//! word that is not known is nothing, and never good. PowerShell is given scripts that are
//! constants of ours, and loads no profile of anybody's.

mod protection;

use std::collections::BTreeMap;

use connectors::devices::collect::installation;
use serde_json::{Value, json};

use super::{
    fact::{Facts, Lack},
    machine::Machine,
};

const POWERSHELL: &str = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
const REG: &str = r"C:\Windows\System32\reg.exe";
/// Before each script, so that names come whole.
const IN_UTF8: &str = "[Console]::OutputEncoding=[Text.Encoding]::UTF8;";
const MACHINE: &str = "$c=Get-CimInstance Win32_ComputerSystem;$b=Get-CimInstance Win32_BIOS;\
    $p=Get-CimInstance Win32_ComputerSystemProduct;$o=Get-CimInstance Win32_OperatingSystem;\
    $e=Get-CimInstance Win32_SystemEnclosure;ConvertTo-Json -Compress -InputObject \
    @{name=$c.Name;manufacturer=$c.Manufacturer;model=$c.Model;serial=$b.SerialNumber;\
    uuid=$p.UUID;system=$o.Caption;chassis=@($e.ChassisTypes)}";
const ADAPTERS: &str = "ConvertTo-Json -Compress -InputObject @(Get-NetAdapter -Physical|\
    ForEach-Object{@{address=$_.PermanentAddress;bus=$_.PnPDeviceID}})";
const SERVICES: &str = "ConvertTo-Json -Compress -InputObject @(Get-Service|\
    Where-Object{$_.Status -eq 'Running'}|ForEach-Object{$_.Name})";
const SOFTWARE: &str = "$k='Microsoft\\Windows\\CurrentVersion\\Uninstall\\*';\
    ConvertTo-Json -Compress -InputObject @(Get-ItemProperty -ErrorAction SilentlyContinue \
    -Path ('HKLM:\\SOFTWARE\\'+$k),('HKLM:\\SOFTWARE\\WOW6432Node\\'+$k),\
    ('HKCU:\\SOFTWARE\\'+$k)|Where-Object{$_.DisplayName}|ForEach-Object{\
    @{name=$_.DisplayName;version=$_.DisplayVersion}})";
const VERSION: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const CRYPTOGRAPHY: &str = r"HKLM\SOFTWARE\Microsoft\Cryptography";
/// The first build of Windows 11, whose registry still names it 10.
const FIRST_OF_ELEVEN: u32 = 22_000;
/// Words in the models of virtual machines.
const VIRTUAL_MODELS: [&str; 4] = ["Virtual Machine", "VMware", "VirtualBox", "KVM"];

/// Everything.
pub(super) fn facts(machine: &impl Machine) -> Facts {
    let mut facts = Facts::default();
    let said = script(machine, MACHINE).and_then(|said| match said {
        Value::Object(_) => Ok(said),
        _ => Err(Lack::Unreadable),
    });
    let version = key(machine, VERSION);
    facts.put("os", VERSION, version.and_then(|it| system(&it, said.as_ref().ok())));
    describe(&said, &mut facts);
    let id = key(machine, CRYPTOGRAPHY).and_then(|it| {
        installation(it.get("MachineGuid").ok_or(Lack::NotReported)?).ok_or(Lack::Unreadable)
    });
    facts.put("installation", r"MachineGuid, hashed", id.map(Value::from));
    let adapters = script(machine, ADAPTERS).and_then(|it| addresses(&it));
    facts.put("mac_addresses", "Get-NetAdapter", adapters);
    protection::facts(machine, &mut facts);
    let services = script(machine, SERVICES).and_then(|it| services(&it));
    facts.put("services", "Get-Service", services);
    facts.put(
        "software",
        "the Uninstall keys",
        script(machine, SOFTWARE).and_then(|it| software(&it)),
    );
    facts
}

/// What a script prints.
fn script(machine: &impl Machine, script: &str) -> Result<Value, Lack> {
    let whole = format!("{IN_UTF8}{script}");
    let arguments = ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", &whole];
    let printed = machine.ask(POWERSHELL, &arguments)?;
    serde_json::from_str(printed.trim().trim_start_matches('\u{feff}'))
        .map_err(|_| Lack::Unreadable)
}

/// The values of a key of the registry.
fn key(machine: &impl Machine, key: &str) -> Result<BTreeMap<String, String>, Lack> {
    let printed = machine.setting(REG, &["query", key])?;
    let values = values(&printed);
    if values.is_empty() { Err(Lack::NotReported) } else { Ok(values) }
}

/// `    Name    REG_SZ    value`, one a line; a number is hexadecimal.
fn values(printed: &str) -> BTreeMap<String, String> {
    let value = |line: &str| {
        let (name, rest) = line.strip_prefix("    ")?.split_once("    REG_")?;
        let (_, value) = rest.split_once("    ")?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    printed.lines().filter_map(value).collect()
}

fn number(values: &BTreeMap<String, String>, name: &str) -> Option<u32> {
    let hexadecimal = values.get(name)?.strip_prefix("0x")?;
    u32::from_str_radix(hexadecimal, 16).ok()
}

fn list(said: &Value) -> Result<&[Value], Lack> {
    match said {
        Value::Array(list) => Ok(list),
        one @ Value::Object(_) => Ok(std::slice::from_ref(one)),
        _ => Err(Lack::Unreadable),
    }
}

fn system(values: &BTreeMap<String, String>, machine: Option<&Value>) -> Result<Value, Lack> {
    let build: u32 = values
        .get("CurrentBuildNumber")
        .and_then(|text| text.parse().ok())
        .ok_or(Lack::Unreadable)?;
    let caption = machine.and_then(|it| it["system"].as_str()).map(str::trim);
    let own =
        if build >= FIRST_OF_ELEVEN { "Microsoft Windows 11" } else { "Microsoft Windows 10" };
    let part = |name: &str| number(values, name);
    let (major, minor) = (part("CurrentMajorVersionNumber"), part("CurrentMinorVersionNumber"));
    let (Some(major), Some(minor)) = (major, minor) else { return Err(Lack::Unreadable) };
    let version = format!("{major}.{minor}.{build}");
    let version = part("UBR").map_or(version.clone(), |patch| format!("{version}.{patch}"));
    Ok(json!({
        "name": caption.filter(|it| it.contains("Windows")).unwrap_or(own),
        "version": version,
        "edition": values.get("EditionID"),
        "release": values.get("DisplayVersion"),
    }))
}

fn describe(machine: &Result<Value, Lack>, facts: &mut Facts) {
    const HOW: &str = "Get-CimInstance";
    let said = |name: &str| -> Result<&str, Lack> {
        let machine = machine.as_ref().map_err(|lack| *lack)?;
        let text = machine[name].as_str().map(str::trim).filter(|text| !text.is_empty());
        text.ok_or(Lack::NotReported)
    };
    for (fact, name) in [
        ("name", "name"),
        ("manufacturer", "manufacturer"),
        ("model", "model"),
        ("serial", "serial"),
        ("hardware_uuid", "uuid"),
    ] {
        facts.put(fact, HOW, said(name).map(Value::from));
    }
    let is_virtual =
        said("model").map(|model| VIRTUAL_MODELS.iter().any(|word| model.contains(word)));
    facts.put("is_virtual", HOW, is_virtual.map(Value::from));
    let number = machine.as_ref().ok().and_then(|it| it["chassis"].get(0)?.as_u64());
    let chassis = number.map(|it| super::chassis(&it.to_string())).ok_or(Lack::NotReported);
    facts.put("chassis", HOW, chassis.map(Value::from));
}

/// The burnt-in addresses of adapters that are no dongles.
fn addresses(said: &Value) -> Result<Value, Lack> {
    let own = list(said)?
        .iter()
        .filter(|it| !it["bus"].as_str().unwrap_or_default().to_uppercase().starts_with("USB"));
    Ok(own.filter_map(|it| it["address"].as_str().filter(|it| !it.is_empty())).collect())
}

fn services(said: &Value) -> Result<Value, Lack> {
    Ok(list(said)?.iter().filter_map(Value::as_str).collect())
}

fn software(said: &Value) -> Result<Value, Lack> {
    let installed = list(said)?.iter().filter_map(|it| {
        let name = it["name"].as_str()?.trim();
        Some(json!({ "name": name, "version": it["version"].as_str() }))
    });
    let installed: Vec<Value> = installed.collect();
    // There is always something: none at all is a list that was not told.
    if installed.is_empty() { Err(Lack::NotReported) } else { Ok(installed.into()) }
}

#[cfg(test)]
mod tests {
    use super::{
        super::machine::fake::{Always, Told},
        *,
    };

    const CURRENT: &str = "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\r\n\
        \x20   ProductName    REG_SZ    Windows 10 Pro\r\n\
        \x20   CurrentBuildNumber    REG_SZ    26100\r\n\
        \x20   CurrentMajorVersionNumber    REG_DWORD    0xa\r\n\
        \x20   CurrentMinorVersionNumber    REG_DWORD    0x0\r\n\
        \x20   UBR    REG_DWORD    0x1a2b\r\n\
        \x20   EditionID    REG_SZ    Professional\r\n\
        \x20   DisplayVersion    REG_SZ    24H2\r\n\
        \x20   DigitalProductId    REG_BINARY    A400\r\n\r\n";
    const GUID: &str = "11111111-2222-3333-4444-555555555555";

    #[test]
    fn a_report_of_windows_says_what_its_programs_print() {
        let guid = format!("    MachineGuid    REG_SZ    {GUID}\r\n");
        let told = facts(&Told(&[
            (r"query HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", CURRENT),
            (r"Microsoft\Cryptography", &guid),
            (
                "Win32_ComputerSystem;",
                "\u{feff}{\"name\":\"DESK-1\",\"manufacturer\":\"Contoso\",\"model\":\"Laptop 5\",\
                 \"serial\":\"PF0MADE1\",\"uuid\":\"4C4C4544-0042-3510-8054-00000000000A\",\
                 \"system\":\"Microsoft Windows 11 Pro\",\"chassis\":[10]}\r\n",
            ),
            (
                "Get-NetAdapter",
                r#"[{"address":"00DECAFB0001","bus":"PCI\\VEN_8086"},
                    {"address":"00DECAFB0002","bus":"USB\\VID_0BDA"},{"address":null,"bus":null}]"#,
            ),
            ("Get-Service", r#"["WinDefend","Shield",7]"#),
            (
                "DisplayName",
                r#"[{"name":"Shield Agent","version":"7.1"},{"name":"Bare","version":null},{}]"#,
            ),
        ]));
        let facts = Value::Object(told.into_map());
        for (name, value) in [
            (
                "os",
                json!({ "name": "Microsoft Windows 11 Pro", "version": "10.0.26100.6699",
                        "edition": "Professional", "release": "24H2" }),
            ),
            ("name", json!("DESK-1")),
            ("manufacturer", json!("Contoso")),
            ("model", json!("Laptop 5")),
            ("serial", json!("PF0MADE1")),
            ("hardware_uuid", json!("4C4C4544-0042-3510-8054-00000000000A")),
            ("is_virtual", json!(false)),
            ("chassis", json!("laptop")),
            ("mac_addresses", json!(["00DECAFB0001"])),
            ("services", json!(["WinDefend", "Shield"])),
            (
                "software",
                json!([{ "name": "Shield Agent", "version": "7.1" },
                       { "name": "Bare", "version": null }]),
            ),
        ] {
            assert_eq!(facts[name]["value"], value, "{name}: {}", facts[name]);
        }
        assert!(facts["installation"]["value"].is_string());
        assert!(!facts.to_string().contains(GUID), "the machine's own id stays there");
    }

    #[test]
    fn a_system_without_its_build_is_not_known_and_eleven_is_told_from_ten() {
        let system = |printed: &str| system(&values(printed), None);
        let at = |build: u32| CURRENT.replace("26100", &build.to_string());
        for (build, name) in [(19_045, "Microsoft Windows 10"), (22_000, "Microsoft Windows 11")] {
            assert_eq!(system(&at(build)).expect("a system")["name"], name, "{build}");
        }
        for gone in ["CurrentBuildNumber", "CurrentMajorVersionNumber"] {
            assert_eq!(system(&CURRENT.replace(gone, "Other")), Err(Lack::Unreadable), "{gone}");
        }
        let unpatched = system(&CURRENT.replace("0x1a2b", "many")).expect("a system");
        assert_eq!(unpatched["version"], "10.0.26100");
    }

    #[test]
    fn what_prints_nonsense_or_nothing_says_nothing() {
        for nonsense in
            ["", "\r\n", "Access is denied.", "{", "null", "7", "[[]]", "    x    y    z"]
        {
            for (name, fact) in facts(&Always(nonsense)).into_map() {
                let is_empty = fact["value"].as_array().is_some_and(Vec::is_empty);
                assert!(fact["value"].is_null() || is_empty, "{nonsense:?}: {name} {fact}");
            }
        }
        assert!(facts(&Told(&[])).into_map().values().all(|fact| fact["value"].is_null()));
    }
}
