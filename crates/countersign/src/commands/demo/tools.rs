//! The company's tools, which send audit events as real ones do: three weeks of what is usual, then
//! what goes on.

use std::collections::BTreeMap;

use ::demo::company::{Company, Deed, Dice, Employee, deeds::Records};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::sender::Sender;

/// Days of which the tools tell at the start: enough for baselines to know what is usual.
const HISTORY_DAYS: i64 = 21;
const DAY_S: i64 = 86_400;
/// When people sign in and clone, in seconds before the time of the start.
const TIMES_S: [i64; 2] = [7 * 3_600, 2 * 3_600];
/// Records of one request.
const BATCH: usize = 500;

/// The tools.
pub(super) struct Tools<'a> {
    company: &'a Company,
    dice: Dice,
    sender: &'a Sender<'a>,
}

impl<'a> Tools<'a> {
    /// Tools of this company.
    pub(super) fn new(company: &'a Company, seed: u64, sender: &'a Sender<'a>) -> Self {
        // Another run tells of other events, also with the same seed.
        let run = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        Self { company, dice: Dice::new(seed ^ run), sender }
    }

    /// Tells what everybody did in the last weeks.
    pub(super) async fn tell_history(&mut self) {
        let now = Timestamp::now();
        for day in (1..=HISTORY_DAYS).rev() {
            let mut told: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
            for time_s in TIMES_S {
                let at = now - SignedDuration::from_secs(day * DAY_S + time_s);
                for person in &self.company.people {
                    for deed in usual(person).iter().copied() {
                        let Records { source, records } =
                            self.company.records(&mut self.dice, deed, person, at);
                        told.entry(source).or_default().extend(records);
                    }
                }
            }
            for (source, records) in told {
                for some in records.chunks(BATCH) {
                    self.sender.send(source, some).await;
                }
            }
        }
    }

    /// Somebody does something.
    pub(super) async fn happen(&mut self, deed: Deed, person: &Employee) {
        let Records { source, records } =
            self.company.records(&mut self.dice, deed, person, Timestamp::now());
        self.sender.send(source, &records).await;
    }

    /// Somebody does what they usually do.
    pub(super) async fn go_on(&mut self) {
        let company = self.company;
        let person = self.dice.pick(&company.people);
        let deed = *self.dice.pick(usual(person));
        self.happen(deed, person).await;
    }
}

fn usual(person: &Employee) -> &'static [Deed] {
    match person.team {
        "Engineering" | "IT" => &[Deed::SignIn, Deed::Clone],
        _ => &[Deed::SignIn],
    }
}
