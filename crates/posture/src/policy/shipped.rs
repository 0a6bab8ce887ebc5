//! The checks that ship.

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// The checks that ship, each a file's name and its text.
        pub const SHIPPED: &[(&str, &str)] = &[$(
            ($name, include_str!(concat!("../../../../content/checks/", $name))),
        )*];
    };
}

shipped!(
    "adbstatus.yml",
    "autoupdate.yml",
    "encryption.yml",
    "firewall.yml",
    "foreign.yml",
    "jailed.yml",
    "passcode.yml",
    "remotelogin.yml",
    "screenlock.yml",
    "secureboot.yml",
    "unknownsources.yml",
    "uptodate.yml",
);
