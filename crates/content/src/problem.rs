//! What is wrong with a file.

use std::fmt;

/// One thing that is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// The file's name.
    pub file: String,
    /// Which key, as a dotted path; empty for the file as a whole.
    pub path: String,
    /// What is wrong with it.
    pub text: String,
    /// The nearest word that would have been known.
    pub nearest: Option<String>,
}

impl FileProblem {
    /// A problem of a file.
    #[must_use]
    pub fn new(file: &str, path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.to_owned(), path: path.into(), text: text.into(), nearest: None }
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.text)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

/// Collects what is wrong with one file.
#[derive(Debug)]
pub struct Problems<'f> {
    file: &'f str,
    found: Vec<FileProblem>,
}

impl<'f> Problems<'f> {
    /// None yet.
    #[must_use]
    pub fn of(file: &'f str) -> Self {
        Self { file, found: Vec::new() }
    }

    /// One more.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.found.push(FileProblem::new(self.file, path, text));
    }

    /// One more, with the nearest word that would have been known.
    pub fn add_near(
        &mut self,
        path: impl Into<String>,
        text: impl Into<String>,
        nearest: Option<String>,
    ) {
        self.found.push(FileProblem { nearest, ..FileProblem::new(self.file, path, text) });
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them.
    #[must_use]
    pub fn into_vec(self) -> Vec<FileProblem> {
        self.found
    }
}
