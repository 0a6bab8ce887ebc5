//! The words for what devices have and do.

use model::device::{Field, Practice};
use runtime::{lookup::inert_line, posture::ExemptionState};

use crate::pages::language::Language;

/// What a practice is called, however it stands.
pub(crate) fn practice(practice: &Practice, language: Language) -> String {
    let (english, german) = match practice {
        Practice::Encryption => ("Disk encryption", "Festplattenverschlüsselung"),
        Practice::Firewall => ("Firewall", "Firewall"),
        Practice::UpToDate => ("System updates", "Systemupdates"),
        Practice::AutoUpdate => ("Automatic updates", "Automatische Updates"),
        Practice::ScreenLock => ("Screen lock", "Bildschirmsperre"),
        Practice::RemoteLogin => ("Remote login", "Fernanmeldung"),
        Practice::Jailed => ("Device integrity", "Unversehrtheit des Geräts"),
        Practice::UnknownSources => ("Unknown sources", "Unbekannte Quellen"),
        Practice::AdbStatus => ("Debugging", "Debugging"),
        Practice::SecureBoot => ("Secure boot", "Sicherer Start"),
        Practice::Passcode => ("Passcode", "Gerätecode"),
        Practice::Agent(name) | Practice::Other(name) => return inert_line(name),
    };
    language.say(english, german).to_owned()
}

/// What a fact is.
pub(crate) fn field(field: Field, language: Language) -> &'static str {
    let (english, german) = match field {
        Field::Name => ("Name", "Name"),
        Field::Model => ("Model", "Modell"),
        Field::ModelIdentifier => ("Model code", "Modellkennung"),
        Field::Manufacturer => ("Maker", "Hersteller"),
        Field::Os => ("System", "System"),
        Field::OsVersion => ("Version", "Version"),
        Field::OsBuild => ("Build", "Build"),
        Field::OsEdition => ("Edition", "Edition"),
        Field::OsRelease => ("Release", "Ausgabe"),
        Field::SecurityPatch => ("Security patches of", "Sicherheitsupdates vom"),
        Field::UpdatesUntil => ("Updates until", "Updates bis"),
        Field::Type => ("Kind", "Art"),
        Field::Status => ("Status", "Status"),
        Field::OwnerType => ("Belongs to", "Gehört"),
        Field::HwReleaseDate => ("Hardware of", "Hardware vom"),
    };
    language.say(english, german)
}

/// How an exemption stands.
pub(crate) fn exemption(state: &ExemptionState, is_over: bool, language: Language) -> &'static str {
    let (english, german) = match state {
        ExemptionState::Requested => {
            ("waits for the security team", "wartet auf das Sicherheitsteam")
        }
        ExemptionState::Approved { .. } if is_over => ("over", "abgelaufen"),
        ExemptionState::Approved { .. } => ("granted", "gewährt"),
        ExemptionState::Denied { .. } => ("declined", "abgelehnt"),
        ExemptionState::Revoked { .. } => ("taken back", "zurückgenommen"),
    };
    language.say(english, german)
}

/// What is strange about records that may be one device. `shared` is what they have in common,
/// `source` that of the other record.
pub(crate) fn suspicion(kind: &str, shared: &str, source: &str, language: Language) -> String {
    let (english, german) = match kind {
        "owner" => return unproven(shared, &inert_line(source), language),
        "ambiguous" => ("They fit several devices", "Sie passen zu mehreren Geräten"),
        "shared" => ("Too many devices share it", "Zu viele Geräte teilen es"),
        "pin_refused" => (
            "Kept together by hand, and yet they differ",
            "Von Hand verbunden, und doch verschieden",
        ),
        "kept_apart" => {
            ("Kept apart by hand, and yet they match", "Von Hand getrennt, und doch gleich")
        }
        "platform" => ("They run different systems", "Es sind verschiedene Systeme"),
        "model" => ("They are different models", "Es sind verschiedene Modelle"),
        "same_source" => ("One source lists both", "Eine Quelle führt beide"),
        other => {
            let english = format!("They differ by {}", other.replace('_', " "));
            let german = format!("Sie unterscheiden sich: {}", other.replace('_', " "));
            return if language == Language::German { german } else { english };
        }
    };
    language.say(english, german).to_owned()
}

/// Of a record that has only its own word for what it shares with somebody's device.
fn unproven(shared: &str, source: &str, language: Language) -> String {
    let (english, german) = match shared {
        "serial" => ("the serial number", "die Seriennummer"),
        "mac_address" => ("a hardware address", "eine Hardware-Adresse"),
        _ => ("the hardware's id", "die Kennung der Hardware"),
    };
    match language {
        Language::English => format!(
            "It says it has {english} of a device that, says {source}, belongs to somebody. \
             Nothing shows that it is theirs"
        ),
        Language::German => format!(
            "Es sagt, es habe {german} eines Geräts, das laut {source} jemandem gehört. \
             Nichts belegt, dass es dessen Gerät ist"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_practices_are_called_the_same() {
        for language in [Language::English, Language::German] {
            let names: BTreeSet<String> =
                Practice::BUILT_IN.iter().map(|it| practice(it, language)).collect();
            assert_eq!(names.len(), Practice::BUILT_IN.len());
        }
        let hostile = Practice::Other("a\u{202e}b".to_owned());
        assert_eq!(practice(&hostile, Language::English), "ab");
    }
}
