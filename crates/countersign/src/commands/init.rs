//! `countersign init`

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use casework::policy;
use runtime::people::{Authority, LinkKind};
use secrecy::ExposeSecret as _;

use crate::{
    cli::InitArgs,
    ending::{Ended, Ending, Misuse},
    server::{self, Access},
    system::keys,
    terminal,
    wire::{Wired, shipped},
};

const CONFIG: &str = include_str!("init/countersign.toml");
const PEOPLE: &str = include_str!("init/people.toml");
const CONTENT: &str = include_str!("init/content.md");
/// What stands in the samples for the administrator's address.
const ADMIN: &str = "ADMIN@EXAMPLE";
/// The longest address taken (RFC 5321 has room for 254 characters).
const EMAIL_BYTES_MAX: usize = 254;

/// A file to write.
struct Sheet {
    path: PathBuf,
    text: String,
}

/// Writes a first configuration, makes store and keys, and prints the administrator's link.
pub(super) async fn run(file: &Path, args: &InitArgs) -> Ended {
    if !is_plain_address(&args.admin) {
        return Err(Misuse::of(["--admin: not an e-mail address"]));
    }
    let sheets = sheets(file, args);
    if !args.force {
        refuse_to_overwrite(&sheets)?;
    }
    for sheet in &sheets {
        write(sheet)?;
    }
    let wired = Wired::of(file)?;
    let url = wired.site.base().to_owned();
    let engine = server::assemble(wired, Access::Serve, None)?.engine;
    let link = engine.create_link(Authority::Host, &args.admin, LinkKind::Enrol).await?;
    for path in told(&sheets) {
        terminal::print(&format!("wrote {}", path.display()))?;
    }
    terminal::print(&format!(
        "\nNext:\n  countersign serve --config {}\n\nThen sign in as {} within 24 hours, once, \
         and enrol a way to prove it is you:\n  {}\n\nThe pages are at {url}",
        file.display(),
        args.admin,
        link.expose_secret(),
    ))?;
    Ok(Ending::Done)
}

/// What is told of the files: each, but of many in one folder that folder.
fn told(sheets: &[Sheet]) -> Vec<PathBuf> {
    let rules = Path::new("content").join("rules");
    let shown = |sheet: &Sheet| match sheet.path.starts_with(&rules) {
        true => rules.clone(),
        false => sheet.path.clone(),
    };
    let mut told: Vec<PathBuf> = sheets.iter().map(shown).collect();
    told.dedup();
    told
}

fn sheets(file: &Path, args: &InitArgs) -> Vec<Sheet> {
    let content = PathBuf::from("content");
    let mut sheets = vec![
        Sheet { path: file.to_owned(), text: CONFIG.to_owned() },
        Sheet { path: "people.toml".into(), text: PEOPLE.replace(ADMIN, &args.admin) },
        Sheet { path: content.join("README.md"), text: CONTENT.to_owned() },
    ];
    if args.with_content {
        let own = |folder: &str, (name, text): &(&str, &str)| Sheet {
            path: content.join(folder).join(name),
            text: (*text).to_owned(),
        };
        sheets.extend(policy::SHIPPED.iter().map(|shipped| own("policies", shipped)));
        sheets.extend(runtime::render::SHIPPED.iter().map(|shipped| own("templates", shipped)));
        sheets.extend(shipped::RULES.iter().map(|shipped| own("rules", shipped)));
        let networks = content.join("test-networks.yml");
        sheets.push(Sheet { path: networks, text: shipped::TEST_NETWORKS.to_owned() });
    }
    sheets
}

fn refuse_to_overwrite(sheets: &[Sheet]) -> anyhow::Result<()> {
    let there = sheets.iter().filter(|sheet| sheet.path.exists());
    let there: Vec<_> = there
        .map(|sheet| format!("{}: is there already: --force replaces it", sheet.path.display()))
        .collect();
    if there.is_empty() { Ok(()) } else { Err(Misuse::of(there)) }
}

/// The file may come to hold secrets of people's, such as where a TOTP secret is.
fn write(sheet: &Sheet) -> anyhow::Result<()> {
    let path = &sheet.path;
    let failed = || format!("{} cannot be written", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    if path.exists() {
        fs::remove_file(path).with_context(failed)?;
    }
    let mut file = keys::private().open(path).with_context(failed)?;
    file.write_all(sheet.text.as_bytes()).with_context(failed)
}

/// An address that can stand in a text of TOML as it is.
fn is_plain_address(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@.-_+".contains(&byte);
    let mut parts = text.split('@');
    text.len() <= EMAIL_BYTES_MAX
        && text.bytes().all(is_plain)
        && parts.next().is_some_and(|local| !local.is_empty())
        && parts.next().is_some_and(|host| !host.is_empty())
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_is_inert_in_the_sample_is_taken() {
        for good in ["mia@example.com", "mia.wong+a@mail.example.com"] {
            assert!(is_plain_address(good), "{good}");
        }
        for bad in ["", "mia", "@example.com", "mia@", "a@b@c", "mia@example.com\"\n[server]"] {
            assert!(!is_plain_address(bad), "{bad}");
        }
    }

    #[test]
    fn the_sample_is_a_sound_configuration() {
        let loaded = config::load(CONFIG, "countersign.toml", &crate::wire::kinds::registry());
        assert!(loaded.is_ok(), "{loaded:?}");
    }
}
