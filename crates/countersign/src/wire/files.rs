//! Reading files of the operator's, each with a limit.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// No configuration is longer, in bytes; the configuration's own limit is below.
const CONFIG_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// The text of the configuration.
pub(super) fn config_text(path: &Path) -> Result<String, String> {
    text(path, CONFIG_BYTES_MAX).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!(
            "{}: there is no such file: `countersign init` writes one, --config names another",
            path.display()
        ),
        _ => format!("{}: cannot be read: {error}", path.display()),
    })
}

/// A whole file of text, up to a limit in bytes.
pub(crate) fn text(path: &Path, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    // One byte more than is allowed tells that there is more.
    File::open(path)?.take(limit + 1).read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than any such file"));
    }
    Ok(text)
}
