//! One way through all pages of a source. Pure.

use model::{Timestamp, device::RecordKey};

use super::{Cursor, DevicePage, Next, Problems};

/// The most pages of one sweep: a source that never ends is none.
pub const PAGES_MAX: u32 = 50_000;

/// A sweep that goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// When it began: what was fetched before then was not seen by it.
    pub began_at: Timestamp,
    cursor: Option<Cursor>,
    pages: u32,
    records: u64,
    unread: u64,
    has_nameless: bool,
    problems: Problems,
}

/// A sweep that came to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// When it began.
    pub began_at: Timestamp,
    /// Whether it saw everything that the source said there is.
    pub is_whole: bool,
    /// How many records could be read.
    pub records: u64,
    /// How many could not.
    pub unread: u64,
    /// What was wrong with the rest, over all records.
    pub problems: Problems,
}

impl Sweep {
    /// The beginning of one.
    #[must_use]
    pub fn begin(now: Timestamp) -> Self {
        Self {
            began_at: now,
            cursor: None,
            pages: 0,
            records: 0,
            unread: 0,
            has_nameless: false,
            problems: Problems::default(),
        }
    }

    /// Where the next page begins.
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// Takes a page; at the end, what came of it all. A page that leads back to itself ends a
    /// sweep, which is then not whole.
    pub fn take(&mut self, page: &DevicePage) -> Option<Finished> {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.pages += 1;
        self.records += count(page.records.len());
        self.unread += count(page.unread.len());
        self.has_nameless |= page.unread.iter().any(|each| each.id.is_none());
        for read in &page.records {
            self.problems.extend(read.problems.clone());
        }
        let is_whole = match &page.next {
            // Which device could not be read is not known: it must not be taken for gone.
            Next::End { is_whole } => *is_whole && !self.has_nameless,
            Next::More(next) if Some(next) != self.cursor.as_ref() && self.pages < PAGES_MAX => {
                self.cursor = Some(next.clone());
                return None;
            }
            Next::More(_) => {
                self.problems.note("next", "the pages lead in a circle");
                false
            }
        };
        Some(Finished {
            began_at: self.began_at,
            is_whole,
            records: self.records,
            unread: self.unread,
            problems: std::mem::take(&mut self.problems),
        })
    }
}

impl DevicePage {
    /// The devices of this page that could not be read and are named: they are still listed.
    pub fn still_listed<'p>(&'p self, source: &'p str) -> impl Iterator<Item = RecordKey> + 'p {
        let named = self.unread.iter().filter_map(|each| each.id.as_deref());
        named.map(move |id| RecordKey::new(source, id))
    }
}

#[cfg(test)]
mod tests {
    use model::device::SourceRecord;

    use super::*;
    use crate::devices::{Read, Unread};

    fn page(records: usize, next: Next) -> DevicePage {
        let now = Timestamp::UNIX_EPOCH;
        let read = |n: usize| Read {
            record: SourceRecord::new(RecordKey::new("jamf", n.to_string()), now),
            problems: Problems::default(),
        };
        DevicePage { records: (0..records).map(read).collect(), unread: Vec::new(), next }
    }

    fn more(cursor: &str) -> Next {
        Next::More(Cursor(cursor.to_owned()))
    }

    #[test]
    fn a_sweep_follows_its_cursors_and_adds_up() {
        let mut sweep = Sweep::begin(Timestamp::UNIX_EPOCH);
        assert_eq!(sweep.cursor(), None);
        assert_eq!(sweep.take(&page(3, more("1"))), None);
        assert_eq!(sweep.cursor(), Some(&Cursor("1".to_owned())));
        let mut last = page(2, Next::End { is_whole: true });
        last.unread.push(Unread { id: Some("9".to_owned()), why: "500".to_owned() });
        let listed: Vec<RecordKey> = last.still_listed("jamf").collect();
        assert_eq!(listed, [RecordKey::new("jamf", "9")]);
        let finished = sweep.take(&last).expect("the end");
        assert_eq!((finished.records, finished.unread), (5, 1));
        assert!(finished.is_whole);
        last.unread.push(Unread { id: None, why: "not an object".to_owned() });
        let finished = Sweep::begin(Timestamp::UNIX_EPOCH).take(&last).expect("the end");
        assert!(!finished.is_whole, "one of those that are listed is not known by name");
    }

    #[test]
    fn pages_that_lead_in_a_circle_end_a_sweep_that_is_not_whole() {
        let mut sweep = Sweep::begin(Timestamp::UNIX_EPOCH);
        assert_eq!(sweep.take(&page(1, more("1"))), None);
        let finished = sweep.take(&page(1, more("1"))).expect("the end");
        assert!(!finished.is_whole);
        assert_eq!(finished.problems.count, 1);
        let mut sweep = Sweep::begin(Timestamp::UNIX_EPOCH);
        let pages = (0..).find(|n| sweep.take(&page(0, more(&n.to_string()))).is_some());
        assert_eq!(pages, Some(PAGES_MAX - 1));
    }
}
