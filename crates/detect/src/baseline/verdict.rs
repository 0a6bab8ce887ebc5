//! What a person has proven or denied about something that was raised.
//!
//! A verdict comes back as an event in the log, so that whoever reads the log again learns the
//! same: of product [`VERDICT_PRODUCT`] and service [`VERDICT_SERVICE`], its record as [`Verdict::record`] writes
//! it.

use event::Event;
use smallvec::SmallVec;

use super::{StateKey, Token, mark::Standing};

/// The product of verdicts' events.
pub const VERDICT_PRODUCT: &str = "countersign";
/// Their service.
pub const VERDICT_SERVICE: &str = "verdict";
/// How many values one finding may be about.
pub(super) const VALUES_MAX: usize = 8;

const CONFIRMED: &str = "confirmed";
const DENIED: &str = "denied";

/// What a finding is about, as far as a state is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Which baseline, and which window of it.
    pub(super) slot: u64,
    /// Which entity.
    pub entity: StateKey,
    /// Which values.
    pub(super) values: SmallVec<[Token; 1]>,
}

/// A person's verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// On what.
    pub subject: Subject,
    /// Whether it was proven to be the person's own; else it was denied.
    pub is_confirmed: bool,
}

impl Subject {
    /// As one word, to go with an alert and to come back with its verdict.
    #[must_use]
    pub fn to_word(&self) -> String {
        let values: Vec<String> =
            self.values.iter().map(|value| format!("{:012x}", value.0)).collect();
        format!("1.{:012x}.{:032x}.{}", self.slot, self.entity.0, values.join("-"))
    }

    /// Reads what [`Subject::to_word`] has written.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let mut parts = word.split('.');
        let (form, slot, entity) = (parts.next()?, parts.next()?, parts.next()?);
        let (values, end) = (parts.next()?, parts.next());
        if form != "1" || end.is_some() || entity.len() != 32 {
            return None;
        }
        let number = |digits: &str, length: usize| {
            (digits.len() == length).then(|| u64::from_str_radix(digits, 16).ok()).flatten()
        };
        let values: Option<SmallVec<[Token; 1]>> =
            values.split('-').map(|digits| number(digits, 12).map(Token)).collect();
        let values = values.filter(|values| values.len() <= VALUES_MAX)?;
        let entity = StateKey(u128::from_str_radix(entity, 16).ok()?);
        Some(Self { slot: number(slot, 12)?, entity, values })
    }
}

impl Verdict {
    /// The record of a verdict's event.
    #[must_use]
    pub fn record(subject: &Subject, is_confirmed: bool) -> String {
        let verdict = if is_confirmed { CONFIRMED } else { DENIED };
        format!(r#"{{"subject":"{}","verdict":"{verdict}"}}"#, subject.to_word())
    }

    /// The verdict that an event is, if it is one.
    #[must_use]
    pub fn read(event: &Event) -> Option<Self> {
        if event.logsource.product != VERDICT_PRODUCT || event.logsource.service != VERDICT_SERVICE
        {
            return None;
        }
        let text = |key: &str| event.doc.at(&[key])?.as_text();
        let is_confirmed = match text("verdict")? {
            CONFIRMED => true,
            DENIED => false,
            _ => return None,
        };
        Some(Self { subject: Subject::from_word(text("subject")?)?, is_confirmed })
    }

    pub(super) fn standing(&self) -> Standing {
        if self.is_confirmed { Standing::Confirmed } else { Standing::Denied }
    }
}

#[cfg(test)]
mod tests {
    use event::Logsource;
    use proptest::prelude::*;

    use super::*;
    use crate::baseline::example::event;

    fn subject(slot: u64, entity: u128, values: &[u64]) -> Subject {
        let values = values.iter().map(|value| Token(*value)).collect();
        Subject { slot, entity: StateKey(entity), values }
    }

    #[test]
    fn a_verdict_comes_back_from_its_record() {
        let subject = subject(7, 9, &[1, (1 << 48) - 1]);
        for is_confirmed in [true, false] {
            let mut event = event(&Verdict::record(&subject, is_confirmed));
            assert_eq!(Verdict::read(&event), None, "another source's record is no verdict");
            event.logsource = Logsource { product: VERDICT_PRODUCT, service: VERDICT_SERVICE };
            let read = Verdict::read(&event).expect("a verdict");
            assert_eq!((&read.subject, read.is_confirmed), (&subject, is_confirmed));
        }
    }

    proptest! {
        #[test]
        fn a_word_is_read_as_it_was_written(
            slot in 0..1_u64 << 48,
            entity: u128,
            values in proptest::collection::vec(0..1_u64 << 48, 1..VALUES_MAX),
        ) {
            let subject = subject(slot, entity, &values);
            prop_assert_eq!(Subject::from_word(&subject.to_word()), Some(subject));
        }

        #[test]
        fn any_other_word_is_none(word in "\\PC{0,80}") {
            prop_assert_eq!(Subject::from_word(&word), None);
        }
    }
}
