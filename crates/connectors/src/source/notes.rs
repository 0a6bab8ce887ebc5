//! The problems of one record, within a limit.

use model::Problem;

use super::{limits, text};

/// Collects what could not be read.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    kept: Vec<Problem>,
    left_out: usize,
}

impl Notes {
    /// Notes a problem with a field; `path` may hold a hostile name, `what` never holds a value.
    pub(crate) fn add(&mut self, path: &str, what: impl Into<String>) {
        if self.kept.len() == limits::PROBLEMS {
            self.left_out += 1;
            return;
        }
        let path = text::shortened(path, limits::PROBLEM_PATH_BYTES);
        self.kept.push(Problem::at(path.replace('\0', ""), what));
    }

    /// The problems, the last of which counts those beyond the limit.
    pub(crate) fn finish(mut self) -> Vec<Problem> {
        if self.left_out > 0 {
            let what = format!("{} more problems are not listed", self.left_out);
            self.kept.push(Problem::at("", what));
        }
        self.kept
    }
}
