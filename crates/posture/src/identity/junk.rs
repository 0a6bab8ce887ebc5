//! Placeholders: texts that stand where a source knows no identifier.

use std::collections::BTreeSet;

use model::device::IdKind;

/// Always junk, normalised; signs around them do not matter.
const WORDS: [&str; 30] = [
    "none",
    "null",
    "nil",
    "na",
    "n a",
    "unknown",
    "undefined",
    "invalid",
    "empty",
    "default",
    "default string",
    "not specified",
    "not applicable",
    "not available",
    "not set",
    "not present",
    "not provided",
    "no serial",
    "no serial number",
    "oem",
    "o e m",
    "serial",
    "serial number",
    "system serial number",
    "chassis serial number",
    "base board serial number",
    "to be filled by oem",
    "to be filled by o e m",
    "to be set by oem",
    "filled by oem",
];
/// Ids that makers of main boards left in thousands of machines, without their dashes.
const COMMON_UUIDS: [&str; 3] = [
    "03000200040005000006000700080009",
    "00020003000400050006000700080009",
    "1234567812345678123456789abcdef0",
];
/// From this length on a run of ascending digits is no number that anybody was given.
const ASCENDING_MIN: usize = 5;
/// How many digits an IMEI has, with and without check digit and software version.
const IMEI_DIGITS: std::ops::RangeInclusive<usize> = 14..=16;
/// How many signs a MEID has, hexadecimal or decimal.
const MEID_SIGNS: std::ops::RangeInclusive<usize> = 14..=18;
/// How serial numbers that hypervisors make up begin, normalised.
const HYPERVISORS: [&str; 9] =
    ["vmware", "parallels", "virtualbox", "qemu", "kvm", "xen", "hyper-v", "bhyve", "amazon ec2"];

/// Which identifiers are placeholders: those that are built in, and those of this company.
#[derive(Debug, Clone, Default)]
pub struct JunkRules {
    configured: BTreeSet<String>,
}

impl JunkRules {
    /// The built-in rules and more words.
    #[must_use]
    pub fn with(words: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self { configured: words.into_iter().map(|word| normalise(word.as_ref())).collect() }
    }

    /// The identifier in the form in which it is compared; nothing when it is a placeholder.
    #[must_use]
    pub fn usable(&self, kind: IdKind, said: &str) -> Option<String> {
        let text = normalise(said);
        if self.is_junk(&text) {
            return None;
        }
        match kind {
            IdKind::HardwareUuid | IdKind::Udid => uuid(&text),
            IdKind::Imei => {
                let digits = plain(&text);
                let is_number = digits.bytes().all(|each| each.is_ascii_digit());
                (is_number && IMEI_DIGITS.contains(&digits.len())).then_some(digits)
            }
            IdKind::Meid => Some(plain(&text)).filter(|it| MEID_SIGNS.contains(&it.len())),
            IdKind::Serial | IdKind::GoogleDeviceId | IdKind::AzureAdDeviceId => Some(text),
        }
    }

    fn is_junk(&self, text: &str) -> bool {
        let words: Vec<&str> =
            text.split(|each: char| !each.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
        let words = words.join(" ");
        let plain = words.replace(' ', "");
        is_repeated(&plain)
            || is_ascending(&plain)
            || WORDS.contains(&words.as_str())
            || COMMON_UUIDS.contains(&plain.as_str())
            || self.configured.contains(text)
    }
}

/// Trimmed, in small letters, each run of blanks one space.
pub(super) fn normalise(said: &str) -> String {
    said.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a serial number was made up by a hypervisor.
#[must_use]
pub fn is_virtual_serial(said: &str) -> bool {
    let text = normalise(said);
    HYPERVISORS.iter().any(|name| text.starts_with(name))
}

/// Without dashes and braces.
fn uuid(text: &str) -> Option<String> {
    let plain = plain(text);
    (!plain.is_empty()).then_some(plain)
}

fn plain(text: &str) -> String {
    text.chars().filter(|each| each.is_alphanumeric()).collect()
}

/// Nothing at all, or one sign again and again.
fn is_repeated(plain: &str) -> bool {
    let mut letters = plain.chars();
    let first = letters.next();
    letters.all(|each| Some(each) == first)
}

/// Digits that count up from 0 or 1, going on after 9.
fn is_ascending(plain: &str) -> bool {
    let bytes = plain.as_bytes();
    bytes.len() >= ASCENDING_MIN
        && matches!(bytes[0], b'0' | b'1')
        && bytes.iter().all(u8::is_ascii_digit)
        && bytes.windows(2).all(|pair| (pair[0] - b'0' + 1) % 10 == pair[1] - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m13_placeholders_are_junk_whatever_signs_surround_them() {
        let rules = JunkRules::with(["Contoso  Standard"]);
        for said in [
            "",
            " ",
            ".",
            "...",
            "--",
            "0",
            "00000000",
            "xxxxxxx",
            "0000-0000",
            "None",
            "NULL",
            "n/a",
            "N.A.",
            "Default string",
            "default  String",
            "System Serial Number",
            "To Be Filled By O.E.M.",
            "To be filled by OEM",
            "Not Specified",
            "[Not Specified]",
            "not applicable",
            "unknown",
            "INVALID",
            "123456789",
            "1234567890",
            "0123456789",
            "12345678901234",
            "contoso standard",
        ] {
            assert_eq!(rules.usable(IdKind::Serial, said), None, "{said}");
        }
        for said in ["C02XL0GTJGH5", "VMware-56 4d", "1234", "0xDECAFBAD", "13579", "PF-2ABCDE"] {
            assert_eq!(rules.usable(IdKind::Serial, said), Some(normalise(said)), "{said}");
        }
    }

    #[test]
    fn other_identifiers_have_their_own_forms_and_placeholders() {
        let rules = JunkRules::default();
        let usable = |kind, said: &str| rules.usable(kind, said);
        let uuid = "4C4C4544-0042-3510-8054-B4C04F564433";
        let plain = Some("4c4c4544004235108054b4c04f564433".to_owned());
        assert_eq!(usable(IdKind::HardwareUuid, uuid), plain);
        assert_eq!(usable(IdKind::Udid, &format!("{{{}}}", uuid.to_lowercase())), plain);
        for junk in [
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "03000200-0400-0500-0006-000700080009",
            "...",
        ] {
            assert_eq!(usable(IdKind::HardwareUuid, junk), None, "{junk}");
        }
        let imei = Some("352099001761481".to_owned());
        assert_eq!(usable(IdKind::Imei, "35 209900 176148 1"), imei);
        for junk in ["...", "35209900", "35209900176148X", "000000000000000"] {
            assert_eq!(usable(IdKind::Imei, junk), None, "{junk}");
        }
        assert_eq!(usable(IdKind::Meid, "A0000012345678"), Some("a0000012345678".to_owned()));
        assert_eq!(usable(IdKind::Meid, "..."), None);
    }

    #[test]
    fn a_serial_of_a_hypervisor_marks_a_virtual_machine_and_stays_usable() {
        for said in ["VMware-56 4d 12", "Parallels-AA BB", "QEMU1234"] {
            assert!(is_virtual_serial(said), "{said}");
            assert!(JunkRules::default().usable(IdKind::Serial, said).is_some());
        }
        assert!(!is_virtual_serial("C02XL0GTJGH5"));
    }
}
