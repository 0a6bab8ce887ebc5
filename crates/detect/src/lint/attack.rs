//! Tactics and techniques of MITRE ATT&CK, of a pinned version. See `lint/attack/NOTICE`.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{Code, Sink};
use crate::rule::{Origin, Rule};

/// The notice that goes with the table, wherever something made of it is shown.
pub const NOTICE: &str = include_str!("attack/NOTICE");
const TABLE: &str = include_str!("attack/table.txt");
/// Before a tag, this says that it is about ATT&CK.
const PREFIX: &str = "attack.";

static SHIPPED: LazyLock<Attack> = LazyLock::new(|| Attack::read(TABLE));

/// The table.
#[derive(Debug, Default)]
pub struct Attack {
    version: String,
    /// Short names, such as `initial-access`, in the order of their identifiers.
    tactics: Vec<String>,
    /// The tactics of each technique.
    techniques: BTreeMap<String, Vec<String>>,
}

/// What a rule's tags say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tagged {
    /// Tactics, by short name.
    pub tactics: Vec<String>,
    /// Techniques, such as `T1078.004`.
    pub techniques: Vec<String>,
}

impl Attack {
    /// The table that ships.
    #[must_use]
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// The version, such as `17.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The tactics of a technique; nothing where there is no such technique.
    #[must_use]
    pub fn tactics_of(&self, technique: &str) -> Option<&[String]> {
        self.techniques.get(technique).map(Vec::as_slice)
    }

    /// All techniques with their tactics.
    pub fn techniques(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.techniques.iter().map(|(id, tactics)| (id.as_str(), tactics.as_slice()))
    }

    fn read(text: &str) -> Self {
        let mut table = Self::default();
        for line in text.lines() {
            let Some((id, rest)) = line.split_once(' ') else { continue };
            if id == "version" {
                rest.clone_into(&mut table.version);
            } else if id.starts_with("TA") {
                table.tactics.push(rest.to_owned());
            } else {
                let tactics = rest.split(' ').map(str::to_owned).collect();
                table.techniques.insert(id.to_owned(), tactics);
            }
        }
        table
    }
}

/// Reads tags: those that are about ATT&CK are divided into tactics and techniques by their form.
#[must_use]
pub fn tagged(tags: &[String]) -> Tagged {
    let mut tagged = Tagged::default();
    for word in tags.iter().filter_map(|tag| tag.strip_prefix(PREFIX)) {
        let is_technique = word.starts_with('t')
            && word[1..].chars().all(|each| each.is_ascii_digit() || each == '.')
            && word.len() > 1;
        if is_technique {
            tagged.techniques.push(word.to_uppercase());
        } else if !is_software_or_group(word) {
            // Older tags write underscores.
            tagged.tactics.push(word.replace('_', "-"));
        }
    }
    tagged
}

/// `attack.s0154`, `attack.g0016`: of use to readers, and in no table here.
fn is_software_or_group(word: &str) -> bool {
    word.starts_with(['s', 'g'])
        && word.len() == 5
        && word[1..].bytes().all(|it| it.is_ascii_digit())
}

/// Whether each technique belongs to a tactic that is named, and each exists. The public set
/// follows ATT&CK at its own pace: there it is only worth a warning.
pub(super) fn check(rule: &Rule, attack: &Attack, sink: &mut Sink<'_>) {
    let tagged = tagged(&rule.head.tags);
    let is_own = rule.origin == Origin::Own;
    if is_own && (tagged.techniques.is_empty() || tagged.tactics.is_empty()) {
        let hint =
            "add a tactic and a technique, such as attack.initial-access and attack.t1078.004";
        sink.add(Code::AttackMissing, "tags", "names no tactic with a technique of it", Some(hint));
    }
    for tactic in &tagged.tactics {
        if !attack.tactics.contains(tactic) {
            let near = content::nearest(tactic, attack.tactics.iter().map(String::as_str));
            let text = format!("`{tactic}` is no tactic of ATT&CK {}", attack.version);
            sink.near(Code::AttackUnknown, "tags", text, near);
        }
    }
    for technique in &tagged.techniques {
        let Some(tactics) = attack.tactics_of(technique) else {
            let text = format!("`{technique}` is no technique of ATT&CK {}", attack.version);
            sink.add(Code::AttackUnknown, "tags", text, None);
            continue;
        };
        let is_meant = tagged.tactics.iter().any(|tactic| tactics.contains(tactic));
        if !is_meant && !tagged.tactics.is_empty() {
            let text =
                format!("{technique} belongs to {}, none of which is named", tactics.join(", "));
            sink.add(Code::AttackPair, "tags", text, None);
        }
    }
}
