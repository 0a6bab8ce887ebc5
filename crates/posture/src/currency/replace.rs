//! A fresher table takes the place of an older one only when it is not worse.

use super::{Currency, Product};
use crate::version::Version;

/// How much of a table must at least be in the next, in parts of a hundred.
const KEPT_PERCENT_MIN: usize = 80;

/// Why a table is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is of an earlier day.
    #[error("of an earlier day than the one in force")]
    Older,
    /// It has far fewer lines, releases or models.
    #[error("much smaller than the one in force")]
    Shrunken,
    /// A line's newest version went back.
    #[error("the newest version of line {0} goes backwards")]
    Backwards(String),
}

impl Currency {
    /// Takes a product's new table, or says why the one in force stays.
    pub fn replace(&mut self, name: &str, fresh: Product) -> Result<(), Refused> {
        if let Some(known) = self.products.get(name) {
            refuse(known, &fresh)?;
        }
        self.products.insert(name.to_owned(), fresh);
        Ok(())
    }
}

fn refuse(known: &Product, fresh: &Product) -> Result<(), Refused> {
    if fresh.as_of < known.as_of {
        return Err(Refused::Older);
    }
    let releases = |it: &Product| it.lines.iter().map(|line| line.releases.len()).sum::<usize>();
    let sizes = [
        (known.lines.len(), fresh.lines.len()),
        (releases(known), releases(fresh)),
        (known.models.len(), fresh.models.len()),
    ];
    if sizes.iter().any(|(old, new)| new * 100 < old * KEPT_PERCENT_MIN) {
        return Err(Refused::Shrunken);
    }
    for line in &known.lines {
        let next = fresh.lines.iter().find(|it| it.name == line.name);
        let newest = |latest: Option<&String>| latest.and_then(|text| Version::read(text));
        let went_back =
            |next: &super::Line| newest(next.latest.as_ref()) < newest(line.latest.as_ref());
        if next.is_some_and(went_back) {
            return Err(Refused::Backwards(line.name.clone()));
        }
    }
    let newest_line = |it: &Product| it.lines.iter().filter_map(super::Line::version).max();
    if newest_line(fresh) < newest_line(known) {
        let gone = newest_line(known).map(|version| version.to_string());
        return Err(Refused::Backwards(gone.unwrap_or_default()));
    }
    Ok(())
}
