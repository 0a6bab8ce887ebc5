//! What protects a Mac: FileVault, its firewall, its updates, its lock, its own integrity.

use serde_json::{Value, json};

use super::{
    super::{
        fact::{Facts, Lack},
        machine::Machine,
    },
    LAUNCHCTL, PROFILER, profile,
};

const FDESETUP: &str = "/usr/bin/fdesetup";
const FIREWALL: &str = "/usr/libexec/ApplicationFirewall/socketfilterfw";
const DEFAULTS: &str = "/usr/bin/defaults";
const SYSADMINCTL: &str = "/usr/sbin/sysadminctl";
const CSRUTIL: &str = "/usr/bin/csrutil";
/// Where settings of updates are: what management sets comes before what the machine has.
const UPDATES: [&str; 2] = [
    "/Library/Managed Preferences/com.apple.SoftwareUpdate",
    "/Library/Preferences/com.apple.SoftwareUpdate",
];

pub(super) fn facts(machine: &impl Machine, facts: &mut Facts) {
    let disks = machine.ask(FDESETUP, &["status"]).and_then(|it| file_vault(&it));
    facts.put("disks", "/usr/bin/fdesetup status", disks);
    let firewall = machine.ask(FIREWALL, &["--getglobalstate"]).and_then(|it| global_state(&it));
    facts.put("firewall", FIREWALL, firewall.map(Value::from));
    facts.put("auto_updates", "/usr/bin/defaults read", updates(machine));
    let disabled = machine.ask(LAUNCHCTL, &["print-disabled", "system"]);
    let login = disabled.and_then(|it| remote_login(&it));
    facts.put("remote_login", "/bin/launchctl print-disabled", login.map(Value::from));
    facts.put("screen_lock", SYSADMINCTL, screen_lock(machine));
    let bridge = machine.ask(PROFILER, &["-json", "SPiBridgeDataType"]);
    let boot = bridge.and_then(|it| secure_boot(&it));
    facts.put("secure_boot", PROFILER, boot.map(Value::from));
    let integrity = machine.ask(CSRUTIL, &["status"]).and_then(|it| integrity(&it));
    facts.put("system_integrity", CSRUTIL, integrity.map(Value::from));
}

/// While it encrypts or decrypts, or waits for a restart, nobody can say.
fn file_vault(printed: &str) -> Result<Value, Lack> {
    let state = printed.lines().map(str::trim).find(|line| line.starts_with("FileVault is "));
    let is_encrypted = match state {
        Some(_) if printed.contains("in progress") => None,
        Some("FileVault is On.") => Some(true),
        Some("FileVault is Off.") => Some(false),
        Some(state) if state.starts_with("FileVault is O") => None,
        _ => return Err(Lack::Unreadable),
    };
    Ok(json!([{ "name": "/", "is_encrypted": is_encrypted, "is_removable": false }]))
}

/// `(State = 1)`: for some, 2: for all that comes in.
fn global_state(printed: &str) -> Result<bool, Lack> {
    let state = printed.split_once("(State = ").and_then(|(_, rest)| rest.split_once(')'));
    match state.map(|(state, _)| state.trim()) {
        Some("0") => Ok(false),
        Some("1" | "2") => Ok(true),
        _ => Err(Lack::Unreadable),
    }
}

/// What nobody has set is the system's default, which nobody tells.
fn updates(machine: &impl Machine) -> Result<Value, Lack> {
    let is_on = |key: &str| {
        let mut said =
            UPDATES.iter().map(|domain| machine.setting(DEFAULTS, &["read", domain, key]));
        said.find_map(|printed| yes_or_no(&printed.ok()?))
    };
    let settings = [
        ("check", "AutomaticCheckEnabled"),
        ("download", "AutomaticDownload"),
        ("install_security", "CriticalUpdateInstall"),
    ];
    let parts = settings.map(|(name, key)| (name.to_owned(), is_on(key)));
    if parts.iter().all(|(_, is_on)| is_on.is_none()) {
        return Err(Lack::NotReported);
    }
    Ok(parts.into_iter().map(|(name, is_on)| (name, Value::from(is_on))).collect())
}

fn yes_or_no(printed: &str) -> Option<bool> {
    match printed.trim() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// Whether SSH is among the services that are not started: `"com.openssh.sshd" => disabled`, or
/// `true` in older versions.
fn remote_login(printed: &str) -> Result<bool, Lack> {
    if !printed.contains("disabled services") {
        return Err(Lack::Unreadable);
    }
    let line = printed.lines().find(|line| line.contains("\"com.openssh.sshd\""));
    match line.and_then(|line| line.split_once("=>")).map(|(_, state)| state.trim()) {
        Some("disabled" | "true") => Ok(false),
        Some("enabled" | "false") => Ok(true),
        Some(_) => Err(Lack::Unreadable),
        None => Err(Lack::NotReported),
    }
}

/// The time until the screen saver and from there to the lock.
fn screen_lock(machine: &impl Machine) -> Result<Value, Lack> {
    let lock = machine.ask(SYSADMINCTL, &["-screenLock", "status"]).and_then(|it| lock(&it))?;
    let Some(delay) = lock else { return Ok(json!({ "is_on": false, "delay_seconds": null })) };
    let asked = ["-currentHost", "read", "com.apple.screensaver", "idleTime"];
    let idle = machine.setting(DEFAULTS, &asked).ok();
    let idle = idle.and_then(|printed| printed.trim().parse::<u64>().ok());
    Ok(match idle {
        // The screen saver never comes.
        Some(0) => json!({ "is_on": false, "delay_seconds": null }),
        Some(idle) => json!({ "is_on": true, "delay_seconds": idle.saturating_add(delay) }),
        None => json!({ "is_on": true, "delay_seconds": null }),
    })
}

/// How long after the screen saver it locks, in seconds; nothing where it does not.
fn lock(printed: &str) -> Result<Option<u64>, Lack> {
    let (_, state) = printed.split_once("screenLock ").ok_or(Lack::Unreadable)?;
    let state = state.lines().next().unwrap_or_default().trim();
    match state {
        "is off" => Ok(None),
        "delay is immediate" => Ok(Some(0)),
        _ => {
            let seconds =
                state.strip_prefix("delay is ").and_then(|it| it.strip_suffix(" seconds"));
            let seconds = seconds.and_then(|it| it.trim().parse().ok());
            seconds.map(Some).ok_or(Lack::Unreadable)
        }
    }
}

/// As far as the profiler tells it: on a Mac with a security chip.
fn secure_boot(printed: &str) -> Result<bool, Lack> {
    let bridge = profile(printed, "SPiBridgeDataType")?;
    match bridge["ibridge_secure_boot"].as_str() {
        Some("Full Security") => Ok(true),
        Some("Medium Security" | "Reduced Security" | "Permissive Security" | "No Security") => {
            Ok(false)
        }
        Some(_) => Err(Lack::Unreadable),
        None => Err(Lack::NotReported),
    }
}

fn integrity(printed: &str) -> Result<bool, Lack> {
    let state = printed.lines().find_map(|it| it.split_once("System Integrity Protection status:"));
    match state.map(|(_, state)| state.trim()) {
        Some("enabled.") => Ok(true),
        Some("disabled.") => Ok(false),
        _ => Err(Lack::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::machine::fake::{Always, Told},
        *,
    };

    #[test]
    fn a_disk_is_encrypted_only_when_file_vault_is_on_and_done() {
        let said =
            |printed: &str| file_vault(printed).map(|disks| disks[0]["is_encrypted"].clone());
        for (printed, expected) in [
            ("FileVault is On.\n", Ok(json!(true))),
            ("FileVault is Off.\n", Ok(json!(false))),
            ("FileVault is On.\nEncryption in progress: Percent completed = 34\n", Ok(Value::Null)),
            ("FileVault is Off.\nDecryption in progress: Percent completed = 9\n", Ok(Value::Null)),
            ("FileVault is Off, but will be enabled after the next restart.\n", Ok(Value::Null)),
            ("FileVault is On, but needs to be restarted to finish.\n", Ok(Value::Null)),
            ("FileVault is possibly On.\n", Err(Lack::Unreadable)),
            ("Error: a state that is not known\n", Err(Lack::Unreadable)),
            ("", Err(Lack::Unreadable)),
        ] {
            assert_eq!(said(printed), expected, "{printed}");
        }
    }

    #[test]
    fn a_state_is_read_by_its_own_words_and_by_no_others() {
        for (printed, expected) in [
            ("Firewall is enabled. (State = 1)\n", Ok(true)),
            (
                "Firewall is blocking all non-essential incoming connections. (State = 2)\n",
                Ok(true),
            ),
            ("Firewall is disabled. (State = 0)\n", Ok(false)),
            ("Firewall is enabled. (State = 7)\n", Err(Lack::Unreadable)),
            ("Firewall is enabled.\n", Err(Lack::Unreadable)),
        ] {
            assert_eq!(global_state(printed), expected, "{printed}");
        }
        let list = |entry: &str| {
            format!("\tdisabled services = {{\n\t\t\"com.apple.x\" => disabled\n{entry}\t}}\n")
        };
        for (printed, expected) in [
            (list("\t\t\"com.openssh.sshd\" => disabled\n"), Ok(false)),
            (list("\t\t\"com.openssh.sshd\" => enabled\n"), Ok(true)),
            (list("\t\t\"com.openssh.sshd\" => true\n"), Ok(false)),
            (list("\t\t\"com.openssh.sshd\" => false\n"), Ok(true)),
            (list("\t\t\"com.openssh.sshd\" => perhaps\n"), Err(Lack::Unreadable)),
            (list(""), Err(Lack::NotReported)),
            ("Could not print".to_owned(), Err(Lack::Unreadable)),
        ] {
            assert_eq!(remote_login(&printed), expected, "{printed}");
        }
        for (printed, expected) in [
            ("System Integrity Protection status: enabled.\n", Ok(true)),
            ("System Integrity Protection status: disabled.\n", Ok(false)),
            (
                "System Integrity Protection status: unknown (Custom Configuration).\n",
                Err(Lack::Unreadable),
            ),
            ("enabled.\n", Err(Lack::Unreadable)),
        ] {
            assert_eq!(integrity(printed), expected, "{printed}");
        }
        let bridge = |level: &str| {
            format!("{{\"SPiBridgeDataType\":[{{\"ibridge_secure_boot\":\"{level}\"}}]}}")
        };
        for (printed, expected) in [
            (bridge("Full Security"), Ok(true)),
            (bridge("Reduced Security"), Ok(false)),
            (bridge("Fuller Security"), Err(Lack::Unreadable)),
            ("{\"SPiBridgeDataType\":[{}]}".to_owned(), Err(Lack::NotReported)),
            ("{\"SPiBridgeDataType\":[]}".to_owned(), Err(Lack::Unreadable)),
        ] {
            assert_eq!(secure_boot(&printed), expected, "{printed}");
        }
    }

    #[test]
    fn settings_of_updates_are_those_that_somebody_set_and_managements_come_first() {
        let machine = Told(&[
            ("Managed Preferences/com.apple.SoftwareUpdate AutomaticCheckEnabled", "1\n"),
            ("/Library/Preferences/com.apple.SoftwareUpdate AutomaticCheckEnabled", "0\n"),
            ("/Library/Preferences/com.apple.SoftwareUpdate CriticalUpdateInstall", "0\n"),
        ]);
        let said = json!({ "check": true, "download": null, "install_security": false });
        assert_eq!(updates(&machine), Ok(said));
        assert_eq!(updates(&Told(&[])), Err(Lack::NotReported));
        assert_eq!(
            updates(&Always("The domain/default pair does not exist")),
            Err(Lack::NotReported)
        );
    }

    #[test]
    fn a_screen_locks_after_the_saver_and_the_delay_together() {
        let told = |lock: &str, idle: &str| {
            let lock = format!("2026-11-20 09:00:00.000 sysadminctl[412:7] screenLock {lock}\n");
            screen_lock(&Told(&[("-screenLock status", &lock), ("idleTime", idle)]))
        };
        let is = |is_on: bool, delay: Value| Ok(json!({ "is_on": is_on, "delay_seconds": delay }));
        for (lock, idle, expected) in [
            ("is off", "300", is(false, Value::Null)),
            ("delay is immediate", "300", is(true, json!(300))),
            ("delay is 60 seconds", "300", is(true, json!(360))),
            ("delay is 60 seconds", "0", is(false, Value::Null)),
            ("delay is 60 seconds", "nonsense", is(true, Value::Null)),
            ("delay is some seconds", "300", Err(Lack::Unreadable)),
            ("is on", "300", Err(Lack::Unreadable)),
        ] {
            assert_eq!(told(lock, idle), expected, "{lock} {idle}");
        }
        assert_eq!(screen_lock(&Always("nonsense")), Err(Lack::Unreadable));
    }
}
