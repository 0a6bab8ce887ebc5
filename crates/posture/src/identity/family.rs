//! Families of models: a MacBook Pro is no MacBook Air, whatever one source calls it.

/// A family of models, by its name in [`FAMILIES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family(&'static str);

/// Words of families, without blanks; those that hold another one stand before it. Models that
/// hold none of them are of no known family, and tell no device from another.
const FAMILIES: [&str; 26] = [
    "macbookpro",
    "macbookair",
    "macbook",
    "imac",
    "macmini",
    "macstudio",
    "macpro",
    "iphone",
    "ipad",
    "ipod",
    "pixel",
    "chromebook",
    "chromebox",
    "latitude",
    "optiplex",
    "precision",
    "inspiron",
    "vostro",
    "thinkpad",
    "thinkcentre",
    "ideapad",
    "elitebook",
    "probook",
    "zbook",
    "surface",
    "galaxy",
];
/// Words of models of machines that no hardware stands for, in small letters.
const VIRTUAL: [&str; 7] =
    ["virtual machine", "virtual platform", "vmware", "virtualbox", "hvm domu", "kvm", "parallels"];

impl Family {
    /// The family of a model, when it is a known one.
    #[must_use]
    pub fn of(model: &str) -> Option<Self> {
        let letters = model.chars().filter(|each| each.is_ascii_alphanumeric());
        let plain: String = letters.map(|each| each.to_ascii_lowercase()).collect();
        FAMILIES.iter().find(|family| plain.contains(**family)).map(|family| Self(family))
    }

    /// Its name, in small letters.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// Whether a model is that of a virtual machine.
pub(crate) fn is_virtual_model(model: &str) -> bool {
    let model = model.to_lowercase();
    VIRTUAL.iter().any(|word| model.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_in_different_words_are_of_one_family_or_of_none() {
        for (model, family) in [
            ("MacBook Pro (16-inch, 2023)", Some("macbookpro")),
            ("MacBookPro18,3", Some("macbookpro")),
            ("MacBook Air", Some("macbookair")),
            ("iMac19,1", Some("imac")),
            ("Mac14,10", None),
            ("Dell Latitude 7420", Some("latitude")),
            ("Samsung Chromebook Pro", Some("chromebook")),
            ("Pixel XL", Some("pixel")),
            ("marlin", None),
            ("", None),
        ] {
            assert_eq!(Family::of(model).map(Family::name), family, "{model}");
        }
        assert!(is_virtual_model("VMware Virtual Platform"));
        assert!(!is_virtual_model("MacBook Pro"));
    }
}
