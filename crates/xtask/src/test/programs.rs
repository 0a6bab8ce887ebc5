//! Programs that some steps need, and where they come from.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// A program beside Rust's own.
#[derive(Debug)]
pub(super) struct Program {
    /// The name by which it is started.
    pub(super) name: &'static str,
    origin: Origin,
}

#[derive(Debug)]
enum Origin {
    /// A package of Debian.
    Debian(&'static str),
    /// A crate that cargo installs.
    Crate(&'static str),
}

pub(super) const CARGO_DENY: Program =
    Program { name: "cargo-deny", origin: Origin::Crate("cargo-deny") };
pub(super) const ALERTMANAGER: Program =
    Program { name: "prometheus-alertmanager", origin: Origin::Debian("prometheus-alertmanager") };
pub(super) const CHROMIUM: Program =
    Program { name: "chromium", origin: Origin::Debian("chromium") };
pub(super) const NODE: Program = Program { name: "node", origin: Origin::Debian("nodejs") };
pub(super) const NPM: Program = Program { name: "npm", origin: Origin::Debian("npm") };

/// All of them.
const ALL: [&Program; 5] = [&CARGO_DENY, &ALERTMANAGER, &CHROMIUM, &NODE, &NPM];

impl Program {
    /// Whether it can be started.
    pub(super) fn is_there(&self) -> bool {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
        // Where cargo installs, although this may not be in everybody's path.
        folders.extend(env::var_os("CARGO_HOME").map(|home| PathBuf::from(home).join("bin")));
        folders.iter().any(|folder| folder.join(self.name).is_file())
    }

    fn debian_package(&self) -> Option<&'static str> {
        match self.origin {
            Origin::Debian(package) => Some(package),
            Origin::Crate(_) => None,
        }
    }

    fn cargo_crate(&self) -> Option<&'static str> {
        match self.origin {
            Origin::Crate(name) => Some(name),
            Origin::Debian(_) => None,
        }
    }
}

/// Installs what is missing: Debian's packages as root, crates as anybody.
pub(super) fn install_missing(root: &Path) -> Result<()> {
    let missing: Vec<_> = ALL.iter().filter(|program| !program.is_there()).collect();
    let packages: Vec<_> = missing.iter().filter_map(|program| program.debian_package()).collect();
    if !packages.is_empty() {
        println!("── installing {}", packages.join(", "));
        succeed(root, "apt-get", &["update"])?;
        let install = ["install", "-y", "--no-install-recommends"];
        succeed(root, "apt-get", &[&install[..], &packages].concat())?;
    }
    for name in missing.iter().filter_map(|program| program.cargo_crate()) {
        println!("── installing {name}");
        succeed(root, "cargo", &["install", "--locked", name])?;
    }
    let still: Vec<_> =
        ALL.iter().filter(|program| !program.is_there()).map(|program| program.name).collect();
    ensure!(still.is_empty(), "still missing after installing: {}", still.join(", "));
    Ok(())
}

/// Runs a program and fails unless it succeeds. What it prints is seen.
pub(super) fn succeed(folder: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("DEBIAN_FRONTEND", "noninteractive");
    let status = command.status().with_context(|| format!("{program} cannot be started"))?;
    ensure!(status.success(), "`{program} {}` fails", arguments.join(" "));
    Ok(())
}
