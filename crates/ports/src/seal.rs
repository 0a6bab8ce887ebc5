//! Sealing what must not be readable in a stolen database.

/// Seals and opens bytes with a key that lies outside the store. `about` names what is sealed and
/// must be the same when it is opened.
pub trait Seal: Send + Sync + 'static {
    /// Seals.
    fn seal(&self, about: &str, plain: &[u8]) -> Vec<u8>;
    /// Opens; `None` if it was changed, or is about something else.
    fn open(&self, about: &str, sealed: &[u8]) -> Option<Vec<u8>>;
}

/// Seals nothing but checks what it is about: the fake for tests.
#[derive(Debug, Default)]
pub struct OpenSeal;

impl Seal for OpenSeal {
    fn seal(&self, about: &str, plain: &[u8]) -> Vec<u8> {
        [about.as_bytes(), b"\0", plain].concat()
    }
    fn open(&self, about: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let rest = sealed.strip_prefix(about.as_bytes())?;
        rest.strip_prefix(b"\0").map(<[u8]>::to_vec)
    }
}
