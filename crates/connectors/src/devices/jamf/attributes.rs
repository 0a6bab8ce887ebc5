//! Extension attributes: what a company's own scripts tell Jamf about its computers. Pure.

use std::collections::BTreeMap;

use model::device::{Attribute, Evidence, Gap, Part, Practice};
use ports::devices::Excess;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::draft::{Draft, yes_or_no};

/// The names of extension attributes that are read. Those that are not named are dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JamfAttributes {
    /// A number, 0 for a firewall that is off.
    pub firewall: String,
    /// `Enabled` where the screen locks.
    pub screen_lock: String,
    /// `Off` where nobody can log in from afar.
    pub remote_login: String,
    /// Whether updates are looked for.
    pub update_check: String,
    /// Whether they are fetched.
    pub update_download: String,
    /// Whether those for security install themselves.
    pub update_install_security: String,
    /// More that are kept as they are, for checks of your own.
    #[schemars(length(max = 64))]
    pub keep: Vec<String>,
}

impl Default for JamfAttributes {
    fn default() -> Self {
        let name = |name: &str| name.to_owned();
        Self {
            firewall: name("Firewall Status"),
            screen_lock: name("Screen Saver Lock Enabled"),
            remote_login: name("Remote Login"),
            update_check: name("Auto Check For Updates Enabled"),
            update_download: name("Get New Updates in Background Enabled"),
            update_install_security: name("Install System Data Files and Security Updates Enabled"),
            keep: Vec::new(),
        }
    }
}

/// What there is of them, each under its name.
pub(in crate::devices) type Said = BTreeMap<String, String>;

impl JamfAttributes {
    /// What of a firewall is told: more than zero is on.
    pub(in crate::devices) fn firewall(&self, said: &Said) -> Option<Evidence> {
        let text = said.get(&self.firewall)?;
        Some(match text.trim().parse::<i64>() {
            Ok(number) => Evidence::Stated(number > 0),
            Err(_) => Evidence::Unknown(Gap::Unreadable),
        })
    }

    /// Whether the login from afar is off.
    pub(in crate::devices) fn remote_login(&self, said: &Said) -> Option<bool> {
        said.get(&self.remote_login).and_then(|text| yes_or_no(text)).map(|is_on| !is_on)
    }

    /// Everything else of them into a record.
    pub(in crate::devices) fn read(&self, said: &Said, draft: &mut Draft<'_>) {
        let lock = said.get(&self.screen_lock).and_then(|text| yes_or_no(text));
        draft.says(Practice::ScreenLock, lock);
        let updates = [
            ("check", &self.update_check),
            ("download", &self.update_download),
            ("install_security", &self.update_install_security),
        ];
        let parts = updates.into_iter().filter_map(|(name, attribute)| {
            let is_on = yes_or_no(said.get(attribute)?);
            Some(Part { name: name.to_owned(), is_on })
        });
        let parts: Vec<Part> = parts.collect();
        if !parts.is_empty() {
            draft.sees(Practice::AutoUpdate, Evidence::Parts(parts));
        }
        for (name, text) in said {
            if self.keep.contains(name) {
                draft.attribute(name, value(text));
            } else if !self.is_read(name) {
                draft.problems.drop(Excess::Other, 1);
            }
        }
    }

    fn is_read(&self, name: &str) -> bool {
        let Self {
            firewall,
            screen_lock,
            remote_login,
            update_check,
            update_download,
            update_install_security,
            keep: _,
        } = self;
        [
            firewall,
            screen_lock,
            remote_login,
            update_check,
            update_download,
            update_install_security,
        ]
        .iter()
        .any(|its| *its == name)
    }
}

fn value(text: &str) -> Attribute {
    match (text.parse::<i64>(), text.to_ascii_lowercase().as_str()) {
        (Ok(number), _) => Attribute::Int(number),
        (_, "true") => Attribute::Bool(true),
        (_, "false") => Attribute::Bool(false),
        _ => Attribute::Text(text.to_owned()),
    }
}
