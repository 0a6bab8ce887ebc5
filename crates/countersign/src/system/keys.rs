//! The server's own keys. They lie beside the store and never in it, so that a copy of the
//! database alone answers no question and opens no factor.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use data_encoding::BASE64;
use ports::Entropy;
use serde::Deserialize;

/// The name of the file, in `server.data_dir`.
pub(crate) const FILE_NAME: &str = "keys.toml";
/// No file of keys is longer, in bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024;
const KEY_BYTES: usize = 32;

/// The keys.
pub(crate) struct Keys {
    /// Of buttons and forms.
    pub(crate) tokens: [u8; KEY_BYTES],
    /// Of factors at rest.
    pub(crate) sealing: [u8; KEY_BYTES],
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysError {
    #[error(
        "the keys of this store are missing: put {} back, without it no factor opens",
        .0.display()
    )]
    Missing(PathBuf),
    #[error("{} can be read by others: chmod 600", .0.display())]
    Public(PathBuf),
    #[error("{} does not hold two keys of 32 bytes in base64", .0.display())]
    Malformed(PathBuf),
    #[error("{} cannot be read or written", path.display())]
    File {
        path: PathBuf,
        #[source]
        why: io::Error,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysFile {
    tokens: String,
    sealing: String,
}

impl Keys {
    /// The keys in this folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, KeysError> {
        let path = folder.join(FILE_NAME);
        let failed = |why| KeysError::File { path: path.clone(), why };
        let about = match fs::metadata(&path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                return Err(KeysError::Missing(path));
            }
            about => about.map_err(failed)?,
        };
        if is_public(&about) {
            return Err(KeysError::Public(path));
        }
        if about.len() > FILE_BYTES_MAX {
            return Err(KeysError::Malformed(path));
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        Self::parse(&text).ok_or(KeysError::Malformed(path))
    }

    /// The keys in this folder, made now if there are none. Keys that are there are never replaced.
    pub(crate) fn read_or_make(folder: &Path, entropy: &dyn Entropy) -> Result<Self, KeysError> {
        match Self::read(folder) {
            Err(KeysError::Missing(path)) => {
                write(&path, entropy).map_err(|why| KeysError::File { path, why })?;
                Self::read(folder)
            }
            read => read,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let file: KeysFile = toml::from_str(text).ok()?;
        let key = |text: &String| {
            let bytes = BASE64.decode(text.as_bytes()).ok()?;
            <[u8; KEY_BYTES]>::try_from(bytes).ok()
        };
        Some(Self { tokens: key(&file.tokens)?, sealing: key(&file.sealing)? })
    }
}

fn write(path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    let key = || {
        let mut bytes = [0; KEY_BYTES];
        entropy.fill(&mut bytes);
        BASE64.encode(&bytes)
    };
    let text = format!(
        "# The keys of this server: keep a copy, apart from copies of the store. Without them open\n\
         # questions cannot be answered and enrolled factors cannot be used.\n\
         tokens = \"{}\"\nsealing = \"{}\"\n",
        key(),
        key(),
    );
    if let Some(folder) = path.parent() {
        make_private_folder(folder)?;
    }
    let mut file = private().open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A new file that nobody else reads.
pub(crate) fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A folder that nobody else enters, with its parents, where there is none.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
pub(crate) fn is_public(about: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(about) & 0o077 != 0
}

#[cfg(not(unix))]
pub(crate) fn is_public(_about: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use ports::entropy::SeededEntropy;

    use super::*;

    #[test]
    fn keys_are_made_once_and_stay_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let entropy = SeededEntropy::new(1);
        let made = Keys::read_or_make(folder.path(), &entropy).expect("made");
        let again = Keys::read_or_make(folder.path(), &entropy).expect("read");
        assert_eq!((made.tokens, made.sealing), (again.tokens, again.sealing));
        assert_ne!(made.tokens, made.sealing);
    }

    #[cfg(unix)]
    #[test]
    fn keys_that_others_can_read_are_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        Keys::read_or_make(folder.path(), &SeededEntropy::new(1)).expect("made");
        let path = folder.path().join(FILE_NAME);
        let mode = |bits| fs::set_permissions(&path, fs::Permissions::from_mode(bits));
        mode(0o640).expect("changed");
        assert!(matches!(Keys::read(folder.path()), Err(KeysError::Public(_))));
        mode(0o600).expect("changed");
        assert!(Keys::read(folder.path()).is_ok());
    }

    #[test]
    fn missing_and_malformed_keys_are_told_apart_and_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(Keys::read(folder.path()), Err(KeysError::Missing(_))));
        let path = folder.path().join(FILE_NAME);
        for text in ["", "tokens = \"aHVudGVyMg==\"\nsealing = \"aHVudGVyMg==\"", "hunter2"] {
            let _ = fs::remove_file(&path);
            private().open(&path).expect("made").write_all(text.as_bytes()).expect("written");
            let error = Keys::read(folder.path()).err().expect("malformed");
            assert!(matches!(error, KeysError::Malformed(_)), "{error}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
