//! What protects a machine with Windows: BitLocker, its firewall, its updates, its lock.

use serde_json::{Value, json};

use super::{
    super::{
        fact::{Facts, Lack},
        machine::Machine,
    },
    key, list, number, script,
};

/// What the shell shows of each disk that is built in: `manage-bde` tells administrators only.
const DISKS: &str = "$s=New-Object -ComObject Shell.Application;ConvertTo-Json -Compress \
    -InputObject @(Get-CimInstance Win32_LogicalDisk -Filter 'DriveType=3'|ForEach-Object{\
    @{name=$_.DeviceID;size=$_.Size;protection=$s.NameSpace($_.DeviceID).Self.\
    ExtendedProperty('System.Volume.BitLockerProtection')}})";
const FIREWALL: &str = "ConvertTo-Json -Compress -InputObject @(Get-NetFirewallProfile|\
    ForEach-Object{@{name=$_.Name;enabled=[string]$_.Enabled}})";
const PROFILES: [&str; 3] = ["Domain", "Private", "Public"];
const UPDATES: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU";
/// What management sets comes before what the machine has.
const TERMINAL: [&str; 2] = [
    r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services",
    r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server",
];
const INACTIVITY: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System";
const DESKTOP: &str = r"HKCU\Control Panel\Desktop";
const SECURE_BOOT: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SecureBoot\State";

pub(super) fn facts(machine: &impl Machine, facts: &mut Facts) {
    let disks = script(machine, DISKS).and_then(|it| disks(&it));
    facts.put("disks", "System.Volume.BitLockerProtection", disks);
    let firewall = script(machine, FIREWALL).and_then(|it| firewall(&it));
    facts.put("firewall", "Get-NetFirewallProfile", firewall.map(Value::from));
    facts.put("auto_updates", UPDATES, updates(machine));
    facts.put("remote_login", TERMINAL[1], remote_login(machine).map(Value::from));
    facts.put("screen_lock", INACTIVITY, screen_lock(machine));
    facts.put("secure_boot", SECURE_BOOT, secure_boot(machine).map(Value::from));
}

/// 1 is on, 6 is on and locked; 2 is off, 5 and 8 are a disk that opens without its key. While it
/// changes, and for every other number, nobody can say.
fn disks(said: &Value) -> Result<Value, Lack> {
    let disk = |it: &Value| {
        let is_encrypted = match it["protection"].as_u64() {
            Some(1 | 6) => Some(true),
            Some(2 | 5 | 8) => Some(false),
            _ => None,
        };
        let size = it["size"].as_u64().map(|bytes| bytes / 1_000_000);
        let name = it["name"].as_str()?;
        Some(json!({
            "name": name, "is_encrypted": is_encrypted, "is_removable": false,
            "capacity_mb": size,
        }))
    };
    let disks: Vec<Value> = list(said)?.iter().filter_map(disk).collect();
    if disks.is_empty() { Err(Lack::NotReported) } else { Ok(disks.into()) }
}

/// On is only what is on for every profile.
fn firewall(said: &Value) -> Result<bool, Lack> {
    let profiles = list(said)?;
    let is_on = |name: &str| {
        let profile = profiles.iter().find(|it| it["name"] == name)?;
        match profile["enabled"].as_str()? {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        }
    };
    let all = PROFILES.map(is_on);
    if all.contains(&Some(false)) {
        return Ok(false);
    }
    if all == [Some(true); 3] { Ok(true) } else { Err(Lack::NotReported) }
}

/// What a policy says; without one it is the system's default, which nobody tells.
fn updates(machine: &impl Machine) -> Result<Value, Lack> {
    let values = key(machine, UPDATES)?;
    let (check, download, install) =
        match (number(&values, "NoAutoUpdate"), number(&values, "AUOptions")) {
            (Some(1), _) => (false, false, false),
            (_, Some(2)) => (true, false, false),
            (_, Some(3)) => (true, true, false),
            (_, Some(4)) => (true, true, true),
            _ => return Err(Lack::NotReported),
        };
    Ok(json!({ "check": check, "download": download, "install_security": install }))
}

/// Whether a remote desktop is let in.
fn remote_login(machine: &impl Machine) -> Result<bool, Lack> {
    for place in TERMINAL {
        let denies = key(machine, place).ok().and_then(|it| number(&it, "fDenyTSConnections"));
        match denies {
            Some(0) => return Ok(true),
            Some(1) => return Ok(false),
            Some(_) => return Err(Lack::Unreadable),
            None => {}
        }
    }
    Err(Lack::NotReported)
}

/// By the machine's own limit, else by the screen saver of whoever runs this.
fn screen_lock(machine: &impl Machine) -> Result<Value, Lack> {
    let limit = key(machine, INACTIVITY).ok().and_then(|it| number(&it, "InactivityTimeoutSecs"));
    if let Some(seconds) = limit.filter(|seconds| *seconds > 0) {
        return Ok(json!({ "is_on": true, "delay_seconds": seconds }));
    }
    let values = key(machine, DESKTOP)?;
    let said = |name: &str| values.get(name).map(String::as_str);
    let is_on = match (said("ScreenSaveActive"), said("ScreenSaverIsSecure")) {
        (Some("1"), Some("1")) => true,
        (Some("0"), _) | (Some("1"), Some("0")) => false,
        _ => return Err(Lack::NotReported),
    };
    let delay: Option<u32> = said("ScreenSaveTimeOut").and_then(|text| text.parse().ok());
    Ok(json!({ "is_on": is_on, "delay_seconds": delay.filter(|_| is_on) }))
}

fn secure_boot(machine: &impl Machine) -> Result<bool, Lack> {
    match number(&key(machine, SECURE_BOOT)?, "UEFISecureBootEnabled") {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        Some(_) => Err(Lack::Unreadable),
        None => Err(Lack::NotReported),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::machine::fake::{Always, Told},
        *,
    };

    #[test]
    fn a_disk_is_encrypted_only_when_its_protection_is_on() {
        for (protection, expected) in [
            (json!(1), json!(true)),
            (json!(6), json!(true)),
            (json!(2), json!(false)),
            (json!(5), json!(false)),
            (json!(8), json!(false)),
            (json!(3), Value::Null),
            (json!(4), Value::Null),
            (json!(0), Value::Null),
            (json!(99), Value::Null),
            (json!("1"), Value::Null),
            (Value::Null, Value::Null),
        ] {
            let said =
                json!([{ "name": "C:", "size": 512_000_000_000_u64, "protection": protection }]);
            let disks = disks(&said).expect("disks");
            assert_eq!(disks[0]["is_encrypted"], expected, "{protection}");
            assert_eq!(disks[0]["capacity_mb"], 512_000);
        }
        assert_eq!(disks(&json!([])), Err(Lack::NotReported));
        assert_eq!(disks(&json!([{ "protection": 1 }])), Err(Lack::NotReported));
        assert_eq!(disks(&json!("C:")), Err(Lack::Unreadable));
    }

    #[test]
    fn a_firewall_is_on_only_for_every_profile() {
        for (said, expected) in [
            (["True", "True", "True"], Ok(true)),
            (["True", "False", "True"], Ok(false)),
            (["True", "NotConfigured", "True"], Err(Lack::NotReported)),
            (["NotConfigured", "False", ""], Ok(false)),
        ] {
            let profile =
                |(name, enabled): (&&str, &str)| json!({ "name": name, "enabled": enabled });
            let profiles: Value = PROFILES.iter().zip(said).map(profile).collect();
            assert_eq!(firewall(&profiles), expected, "{said:?}");
        }
        let two = json!([{ "name": "Domain", "enabled": "True" }, { "name": "Public", "enabled": "True" }]);
        assert_eq!(firewall(&two), Err(Lack::NotReported));
        assert_eq!(firewall(&json!({})), Err(Lack::NotReported));
        assert_eq!(firewall(&json!(true)), Err(Lack::Unreadable));
    }

    fn registry(values: &str) -> String {
        values.lines().map(|line| format!("    {}\r\n", line.replace('|', "    "))).collect()
    }

    #[test]
    fn updates_are_what_a_policy_says_and_nothing_without_one() {
        let said = |values: &str| updates(&Told(&[("WindowsUpdate", &registry(values))]));
        let is = |check: bool, download: bool, install: bool| {
            Ok(json!({ "check": check, "download": download, "install_security": install }))
        };
        for (values, expected) in [
            ("NoAutoUpdate|REG_DWORD|0x1\nAUOptions|REG_DWORD|0x4", is(false, false, false)),
            ("NoAutoUpdate|REG_DWORD|0x0\nAUOptions|REG_DWORD|0x4", is(true, true, true)),
            ("AUOptions|REG_DWORD|0x3", is(true, true, false)),
            ("AUOptions|REG_DWORD|0x2", is(true, false, false)),
            ("AUOptions|REG_DWORD|0x5", Err(Lack::NotReported)),
            ("AUOptions|REG_SZ|4", Err(Lack::NotReported)),
            ("NoAutoUpdate|REG_DWORD|0x0", Err(Lack::NotReported)),
        ] {
            assert_eq!(said(values), expected, "{values}");
        }
        assert_eq!(updates(&Told(&[])), Err(Lack::NotReported));
    }

    #[test]
    fn a_remote_desktop_is_let_in_as_management_says_before_the_machine() {
        let said = |policy: &str, own: &str| {
            let line = |number: &str| registry(&format!("fDenyTSConnections|REG_DWORD|{number}"));
            remote_login(&Told(&[
                ("Terminal Services", &line(policy)),
                ("Terminal Server", &line(own)),
            ]))
        };
        for (policy, own, expected) in [
            ("0x1", "0x0", Ok(false)),
            ("0x0", "0x1", Ok(true)),
            ("none", "0x1", Ok(false)),
            ("none", "0x0", Ok(true)),
            ("none", "none", Err(Lack::NotReported)),
            ("0x7", "0x1", Err(Lack::Unreadable)),
        ] {
            assert_eq!(said(policy, own), expected, "{policy} {own}");
        }
    }

    #[test]
    fn a_screen_locks_by_the_machines_limit_or_the_persons_saver() {
        let said = |limit: &str, desktop: &str| {
            let limit = registry(&format!("InactivityTimeoutSecs|REG_DWORD|{limit}"));
            screen_lock(&Told(&[("Policies", &limit), ("Desktop", &registry(desktop))]))
        };
        let is = |is_on: bool, delay: Value| Ok(json!({ "is_on": is_on, "delay_seconds": delay }));
        let secure = "ScreenSaveActive|REG_SZ|1\nScreenSaverIsSecure|REG_SZ|1";
        for (limit, desktop, expected) in [
            ("0x12c", "", is(true, json!(300))),
            ("0x0", &format!("{secure}\nScreenSaveTimeOut|REG_SZ|600"), is(true, json!(600))),
            ("none", secure, is(true, Value::Null)),
            (
                "none",
                "ScreenSaveActive|REG_SZ|1\nScreenSaverIsSecure|REG_SZ|0",
                is(false, Value::Null),
            ),
            ("none", "ScreenSaveActive|REG_SZ|0", is(false, Value::Null)),
            ("none", "ScreenSaveActive|REG_SZ|1", Err(Lack::NotReported)),
            ("none", "ScreenSaveActive|REG_SZ|yes", Err(Lack::NotReported)),
            ("none", "Wallpaper|REG_SZ|x", Err(Lack::NotReported)),
        ] {
            assert_eq!(said(limit, desktop), expected, "{limit} {desktop}");
        }
    }

    #[test]
    fn a_secure_boot_is_what_the_firmware_has_told_the_registry() {
        for (number, expected) in [
            ("0x1", Ok(true)),
            ("0x0", Ok(false)),
            ("0x2", Err(Lack::Unreadable)),
            ("none", Err(Lack::NotReported)),
        ] {
            let line = registry(&format!("UEFISecureBootEnabled|REG_DWORD|{number}"));
            assert_eq!(secure_boot(&Told(&[("SecureBoot", &line)])), expected, "{number}");
        }
        assert_eq!(secure_boot(&Always("ERROR: Access is denied.")), Err(Lack::NotReported));
    }
}
