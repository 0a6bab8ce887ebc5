//! `countersign config`

use std::path::Path;

use crate::{
    cli::ConfigCommand,
    ending::{Ended, Ending},
    terminal,
    wire::{self, Wired, kinds},
};

/// Looks at the configuration.
pub(super) fn run(file: &Path, command: &ConfigCommand) -> Ended {
    match command {
        ConfigCommand::Check => check(file)?,
        ConfigCommand::Schema => {
            let schema = config::schema(&kinds::registry());
            terminal::print(&serde_json::to_string_pretty(&schema)?)?;
        }
        ConfigCommand::Show => {
            let shown = config::show(&wire::read_config(file)?);
            terminal::print(shown.trim_end())?;
        }
    }
    Ok(Ending::Done)
}

fn check(file: &Path) -> anyhow::Result<()> {
    let wired = Wired::of(file)?;
    for warning in wired.warnings() {
        terminal::print(&format!("warning: {}", terminal::harmless(&warning)))?;
    }
    terminal::print(&format!("{}: nothing is wrong", file.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The names of all settings in a part of a schema.
    fn names(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(parts) => {
                if let Some(Value::Object(settings)) = parts.get("properties") {
                    found.extend(settings.keys().cloned());
                }
                parts.values().for_each(|part| names(part, found));
            }
            Value::Array(parts) => parts.iter().for_each(|part| names(part, found)),
            _ => {}
        }
    }

    #[test]
    fn every_setting_and_every_kind_stands_in_the_specification() {
        let specification = include_str!("../../../../docs/specs/configuration.md");
        let mut found = Vec::new();
        names(&config::schema(&kinds::registry()), &mut found);
        assert!(found.iter().any(|name| name == "public_url"), "{found:?}");
        for name in found {
            assert!(
                specification.contains(&format!("`{name}`")),
                "docs/specs/configuration.md: no `{name}`"
            );
        }
        let families = [
            kinds::directories().iter().map(|kind| kind.name).collect::<Vec<_>>(),
            kinds::sources().iter().map(|kind| kind.name).collect(),
            kinds::chats().iter().map(|kind| kind.name).collect(),
            kinds::verifiers().iter().map(|kind| kind.name).collect(),
            kinds::pagers().iter().map(|kind| kind.name).collect(),
            kinds::responders().iter().map(|kind| kind.name).collect(),
            kinds::enrichers().iter().map(|kind| kind.name).collect(),
            kinds::writebacks().iter().map(|kind| kind.name).collect(),
        ];
        for kind in families.concat() {
            let kind = format!("`kind = \"{kind}\"`");
            assert!(specification.contains(&kind), "docs/specs/configuration.md: no {kind}");
        }
    }
}
