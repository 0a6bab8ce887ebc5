//! The texts that ship, in every language.

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// The texts that ship, each a file's name and its text.
        pub const SHIPPED: &[(&str, &str)] = &[$(
            ($name, include_str!(concat!("../../../../content/directions/", $name))),
        )*];
    };
}

shipped!(
    "adbstatus.de.md",
    "adbstatus.en.md",
    "agent.de.md",
    "agent.en.md",
    "autoupdate.de.md",
    "autoupdate.en.md",
    "details.de.yml",
    "details.en.yml",
    "encryption.de.md",
    "encryption.en.md",
    "firewall.de.md",
    "firewall.en.md",
    "foreign.de.md",
    "foreign.en.md",
    "jailed.de.md",
    "jailed.en.md",
    "passcode.de.md",
    "passcode.en.md",
    "remotelogin.de.md",
    "remotelogin.en.md",
    "screenlock.de.md",
    "screenlock.en.md",
    "secureboot.de.md",
    "secureboot.en.md",
    "unknownsources.de.md",
    "unknownsources.en.md",
    "uptodate.de.md",
    "uptodate.en.md",
);
