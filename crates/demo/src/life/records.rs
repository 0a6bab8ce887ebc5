//! Acts as the records that vendors write of them, in the vendors' own shapes.

pub(super) mod agents;
mod aws;
mod entra;
mod github;
mod google;
mod okta;
mod slack;

use jiff::Timestamp;

use super::{
    act::{Act, What},
    networks::{self, Network},
};
use crate::company::{Company, Employee};

/// Writes a record.
pub(super) fn write(act: &Act, company: &Company) -> (&'static str, String) {
    let writer = Writer { act, company };
    match act.what {
        What::Okta(what) => ("okta", okta::record(&writer, what)),
        What::Slack(what) => ("slack_audit", slack::record(&writer, what)),
        What::GitHub(what) => ("github", github::record(&writer, what)),
        What::Google(what) => ("google_workspace", google::record(&writer, what)),
        What::Aws(what) => ("cloudtrail", aws::record(&writer, what)),
        What::Entra(what) => ("entra", entra::record(&writer, what)),
    }
}

/// What writers of records share.
struct Writer<'w> {
    act: &'w Act,
    company: &'w Company,
}

impl<'w> Writer<'w> {
    fn person(&self, number: u32) -> &'w Employee {
        &self.company.people[number as usize % self.company.people.len()]
    }

    fn network(&self) -> Network {
        networks::network(self.act.seat.address).expect("acts have addresses of this world")
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_millisecond(self.act.at_ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// To the second, as some vendors tell it.
    fn second(&self) -> String {
        Timestamp::from_second(self.act.at_ms.div_euclid(1_000))
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_string()
    }

    /// An id in the form of a UUID, one of several of this act. The same life at another time has
    /// others.
    fn uuid(&self, number: u64) -> String {
        let salt = self.act.salt ^ mixed(self.act.at_ms.cast_unsigned());
        let (high, low) = (mixed(salt ^ number), mixed(salt.rotate_left(32) ^ number));
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0xfff,
            low & 0xffff_ffff_ffff
        )
    }
}

/// How many calls of the cloud people usually make.
pub(super) fn aws_calls() -> u32 {
    aws::CALL_COUNT
}

/// A number that looks like chance, from another one.
pub(super) fn mixed(number: u64) -> u64 {
    crate::company::Dice::new(number).roll()
}
