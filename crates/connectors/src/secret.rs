//! Secrets as the configuration names them: never written there, only where to find them.

use std::{borrow::Cow, fmt, fs::File, io::Read as _, path::PathBuf};

use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// How large a secret may be, in bytes.
pub const SECRET_MAX_BYTES: usize = 64 * 1024;
/// How many secrets a list may hold: the new one, the old one, and some slack.
pub const SECRETS_MAX: usize = 8;

/// Where a secret is: `{ env = "NAME" }`, the name of an environment variable, or
/// `{ file = "PATH" }`, a file that holds nothing else (white space at its end does not count).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// The name of an environment variable.
    Env(String),
    /// The path of a file.
    File(PathBuf),
}

/// One secret, or a list of them while they are changed: the first signs, all verify.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SecretRefs {
    /// The only one.
    One(SecretRef),
    /// The new one first.
    Many(#[schemars(length(min = 1, max = SECRETS_MAX))] Vec<SecretRef>),
}

/// Why there is no secret. Names where it was looked for, never what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The variable is not there, or is not text.
    #[error("the environment variable {0} is not set")]
    Unset(String),
    /// The file cannot be read.
    #[error("the file {} cannot be read: {why}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It is there and empty: that would let everybody in.
    #[error("{0} is empty")]
    Empty(String),
    /// It is no secret but a whole file of something.
    #[error("{0} is larger than {SECRET_MAX_BYTES} bytes")]
    TooLarge(String),
    /// It is there and is not in the form that is wanted.
    #[error("{0}")]
    Malformed(&'static str),
    /// A list without anything in it, or with too much.
    #[error("a list of secrets holds between 1 and {SECRETS_MAX}")]
    Count,
}

/// A key of a section that does not hold what it must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct SettingProblem {
    /// The key within its section, such as `bot_token`.
    pub key: &'static str,
    /// What is wrong and what to do.
    pub why: String,
}

impl SettingProblem {
    /// A problem of a key.
    #[must_use]
    pub fn new(key: &'static str, why: impl fmt::Display) -> Self {
        Self { key, why: why.to_string() }
    }
}

impl SecretRef {
    /// Fetches it.
    pub fn resolve(&self) -> Result<SecretString, SecretError> {
        self.resolve_from(|name| std::env::var(name).ok())
    }

    fn resolve_from(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<SecretString, SecretError> {
        let (text, place) = match self {
            Self::Env(name) => {
                let text = variable(name).ok_or_else(|| SecretError::Unset(name.clone()))?;
                (SecretString::from(text), format!("the environment variable {name}"))
            }
            Self::File(path) => (contents(path)?, format!("the file {}", path.display())),
        };
        let bare = text.expose_secret().trim_end();
        if bare.is_empty() {
            return Err(SecretError::Empty(place));
        }
        if bare.len() > SECRET_MAX_BYTES {
            return Err(SecretError::TooLarge(place));
        }
        Ok(SecretString::from(bare))
    }
}

fn contents(path: &PathBuf) -> Result<SecretString, SecretError> {
    let unreadable = |error: std::io::Error| SecretError::Unreadable {
        path: path.clone(),
        why: error.to_string(),
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    // One byte more than is allowed tells that there is more.
    let limit = SECRET_MAX_BYTES as u64 + 1;
    file.take(limit).read_to_string(&mut text).map_err(unreadable)?;
    Ok(SecretString::from(text))
}

impl SecretRefs {
    /// Fetches all, in their order. One that is missing fails them all.
    pub fn resolve(&self) -> Result<Vec<SecretString>, SecretError> {
        let refs = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many.as_slice(),
        };
        if refs.is_empty() || refs.len() > SECRETS_MAX {
            return Err(SecretError::Count);
        }
        refs.iter().map(SecretRef::resolve).collect()
    }
}

impl From<SecretRef> for SecretRefs {
    fn from(one: SecretRef) -> Self {
        Self::One(one)
    }
}

/// By hand, so that an error says what is wrong inside instead of "matches no variant".
impl<'de> Deserialize<'de> for SecretRefs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMany)
    }
}

struct OneOrMany;

impl<'de> Visitor<'de> for OneOrMany {
    type Value = SecretRefs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"{ env = "NAME" } or { file = "PATH" }, or a list of these"#)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretRefs, A::Error> {
        SecretRef::deserialize(MapAccessDeserializer::new(map)).map(SecretRefs::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<SecretRefs, A::Error> {
        let mut many = Vec::new();
        while let Some(each) = seq.next_element()? {
            many.push(each);
            if many.len() > SECRETS_MAX {
                return Err(serde::de::Error::custom(SecretError::Count));
            }
        }
        if many.is_empty() {
            return Err(serde::de::Error::custom(SecretError::Count));
        }
        Ok(SecretRefs::Many(many))
    }
}

/// Collects the problems of a section, so that all are told at once.
#[derive(Debug, Default)]
pub struct Settings {
    problems: Vec<SettingProblem>,
}

impl Settings {
    /// Keeps a good value, or the problem of a bad one.
    pub fn take<T, E: fmt::Display>(
        &mut self,
        key: &'static str,
        value: Result<T, E>,
    ) -> Option<T> {
        value.map_err(|why| self.problems.push(SettingProblem::new(key, why))).ok()
    }

    /// Notes a problem unless the condition holds.
    pub fn require(&mut self, key: &'static str, holds: bool, why: impl Into<Cow<'static, str>>) {
        if !holds {
            self.problems.push(SettingProblem::new(key, why.into()));
        }
    }

    /// The whole, where every part of it was good.
    pub fn finish<T>(self, whole: Option<T>) -> Result<T, Vec<SettingProblem>> {
        match whole {
            Some(whole) if self.problems.is_empty() => Ok(whole),
            _ => Err(self.problems),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Section {
        secret: SecretRefs,
    }

    fn read(text: &str) -> Result<SecretRefs, String> {
        let section: Result<Section, _> = toml::from_str(text);
        section.map(|section| section.secret).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_reference_is_one_or_a_list_of_a_variable_or_a_file() {
        let env = |name: &str| SecretRef::Env(name.to_owned());
        let file = SecretRef::File("/run/secrets/new".into());
        assert_eq!(read(r#"secret = { env = "A" }"#), Ok(env("A").into()));
        assert_eq!(
            read(r#"secret = [{ file = "/run/secrets/new" }, { env = "OLD" }]"#),
            Ok(SecretRefs::Many(vec![file, env("OLD")])),
        );
        let one = r#"{ env = "A" }"#;
        let nine = format!("secret = [{}]", [one; 9].join(","));
        for (text, expected) in [
            ("secret = \"hunter2\"", "or a list of these"),
            ("secret = { evn = \"A\" }", "expected `env` or `file`"),
            ("secret = []", "between 1 and 8"),
            (&nine, "between 1 and 8"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn an_unset_or_empty_secret_is_an_error_that_names_the_place_and_not_the_value() {
        let variable = |name: &str| match name {
            "GOOD" => Some("hunter2\n".to_owned()),
            "BLANK" => Some(" \n".to_owned()),
            "HUGE" => Some("x".repeat(SECRET_MAX_BYTES + 1)),
            _ => None,
        };
        let resolve = |name: &str| SecretRef::Env(name.to_owned()).resolve_from(variable);
        assert_eq!(resolve("GOOD").expect("set").expose_secret(), "hunter2");
        for name in ["BLANK", "HUGE", "MISSING", ""] {
            let error = resolve(name).expect_err(name).to_string();
            assert!(error.contains(name) && error.len() < 100, "{error}");
        }
    }

    #[test]
    fn a_secret_file_is_read_up_to_its_limit() {
        let folder =
            std::env::temp_dir().join(format!("countersign-secret-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let write = |name: &str, text: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, text).expect("written");
            SecretRef::File(path).resolve()
        };
        assert_eq!(write("good", b"hunter2\r\n").expect("good").expose_secret(), "hunter2");
        assert!(matches!(write("empty", b"\n"), Err(SecretError::Empty(_))));
        assert!(matches!(write("huge", &vec![b'x'; 70_000]), Err(SecretError::TooLarge(_))));
        assert!(matches!(write("bytes", b"\xff\xfe"), Err(SecretError::Unreadable { .. })));
        let gone = SecretRef::File(folder.join("gone")).resolve();
        assert!(matches!(gone, Err(SecretError::Unreadable { .. })));
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
