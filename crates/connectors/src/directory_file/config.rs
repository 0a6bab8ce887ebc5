//! The section `[directory.NAME]` with `kind = "file"`.

use std::{fs::File, io::Read as _, path::PathBuf};

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::people::{self, Loaded, PeopleError};
use crate::secret::SecretRef;

/// The largest file that is read, in bytes.
pub const FILE_BYTES: u64 = 64 * 1_024 * 1_024;

/// People from a TOML file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileConfig {
    /// The file with the people, relative to the folder that the server is started in.
    pub path: PathBuf,
}

impl FileConfig {
    /// Reads the file and the secrets it refers to. `name` is the directory's, `zone` the
    /// organisation's.
    ///
    /// # Errors
    /// The file cannot be read, or something in it is written wrongly.
    pub fn load(&self, name: &str, zone: &TimeZone) -> Result<Loaded, PeopleError> {
        people::read(name, &self.contents()?, zone, SecretRef::resolve)
    }

    fn contents(&self) -> Result<String, PeopleError> {
        let unreadable = |why| PeopleError::Unreadable { path: self.path.clone(), why };
        let file = File::open(&self.path).map_err(unreadable)?;
        let mut text = String::new();
        // One byte more than is allowed tells that there is more.
        file.take(FILE_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() as u64 > FILE_BYTES { Err(PeopleError::TooLarge) } else { Ok(text) }
    }
}
