//! What people do, and what is done in their name, as the audit records that vendors write of it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Company, Dice, Employee, Story,
    words::{HOSTS, REPOSITORIES, STRANGE_PLACES},
};

/// Repositories that are cloned at once where many are.
const MASS_CLONE: usize = 14;
/// How long each takes, in milliseconds.
const CLONE_MS: i64 = 7_000;
/// The number of the network of each office; of strange places the numbers above these.
const OFFICE_ASN: u32 = 64_500;
const STRANGE_ASN: u32 = 64_520;

/// Something that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A sign-in to Okta from the office.
    SignIn,
    /// One from a network that the person never used.
    SignInElsewhere,
    /// A repository of theirs is cloned.
    Clone,
    /// Many repositories are cloned within minutes.
    MassClone,
    /// A long-lived cloud key is made.
    KeyMade,
    /// The cloud's audit log is stopped.
    TrailStopped,
    /// Administrator's rights are used on a server.
    Sudo,
}

/// Records, and the kind of source that writes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// `okta`, `github`, `cloudtrail` or `hosts`.
    pub source: &'static str,
    /// Oldest first.
    pub records: Vec<Value>,
}

impl Deed {
    /// The deed that a story tells, where audit records tell it too.
    #[must_use]
    pub fn of(story: Story) -> Option<Self> {
        match story {
            Story::NewNetwork => Some(Self::SignInElsewhere),
            Story::MassClone => Some(Self::MassClone),
            Story::AccessKey => Some(Self::KeyMade),
            Story::RootSignIn => Some(Self::TrailStopped),
            Story::Sudo => Some(Self::Sudo),
            _ => None,
        }
    }
}

impl Company {
    /// The records of a deed of a person.
    #[must_use]
    pub fn records(
        &self,
        dice: &mut Dice,
        deed: Deed,
        person: &Employee,
        at: Timestamp,
    ) -> Records {
        let account = Account { person, at };
        let id = || format!("{:016x}", at.as_nanosecond() as u64);
        let (source, records) = match deed {
            Deed::SignIn => {
                let number = person.office.address.bytes().map(u32::from).sum::<u32>() % 16;
                let from =
                    (person.office.address, person.office.city, "Office", OFFICE_ASN + number);
                ("okta", vec![account.sign_in(dice, from)])
            }
            Deed::SignInElsewhere => {
                let which = dice.below(STRANGE_PLACES.len());
                let (address, place, network) = STRANGE_PLACES[which];
                let from = (address, place, network, STRANGE_ASN + which as u32);
                ("okta", vec![account.sign_in(dice, from)])
            }
            Deed::Clone => {
                let repository = *dice.pick(REPOSITORIES);
                ("github", vec![account.clone_of(dice, repository, 0)])
            }
            Deed::MassClone => {
                let clone = |number: usize| {
                    let repository = format!("archive-{number}");
                    let ago = (MASS_CLONE - number) as i64 * CLONE_MS;
                    account.clone_of(&mut Dice::new(number as u64), &repository, ago)
                };
                ("github", (1..=MASS_CLONE).map(clone).collect())
            }
            Deed::KeyMade => {
                let made = json!({ "accessKey": { "userName": "deploy", "status": "Active",
                                                  "accessKeyId": format!("AKIA{}", id()) } });
                let wanted = json!({ "userName": "deploy" });
                ("cloudtrail", vec![account.call("iam", "CreateAccessKey", wanted, made, &id())])
            }
            Deed::TrailStopped => {
                let wanted = json!({ "name": "organisation" });
                let record = account.call("cloudtrail", "StopLogging", wanted, Value::Null, &id());
                ("cloudtrail", vec![record])
            }
            Deed::Sudo => {
                let record = json!({ "id": id(), "time": at.to_string(), "user": person.email,
                                     "event": "sudo", "host": dice.pick(HOSTS),
                                     "command": "systemctl restart" });
                ("hosts", vec![record])
            }
        };
        Records { source, records }
    }
}

/// The number by which a vendor knows something.
fn number_of(name: &str) -> u32 {
    name.bytes().fold(7, |id: u32, byte| id.wrapping_mul(31).wrapping_add(byte.into()))
}

/// The account of a person at GitHub.
#[must_use]
pub(super) fn github_account(person: &Employee) -> &str {
    person.email.split('@').next().unwrap_or_default()
}

/// A person's accounts at an instant.
struct Account<'a> {
    person: &'a Employee,
    at: Timestamp,
}

impl Account<'_> {
    /// From an address, a place and a network with its number.
    fn sign_in(&self, dice: &mut Dice, from: (&str, &str, &str, u32)) -> Value {
        let Employee { subject, email, name, .. } = self.person;
        let (address, place, network, number) = from;
        json!({
            "uuid": format!("{:016x}-{:016x}", dice.roll(), dice.roll()),
            "published": self.at.to_string(),
            "eventType": "user.session.start",
            "severity": "INFO",
            "actor": { "id": format!("00u{subject}"), "type": "User", "alternateId": email,
                       "displayName": name },
            "client": {
                "device": "Computer",
                "ipAddress": address,
                "userAgent": { "browser": "FIREFOX", "os": "Windows 11", "rawUserAgent":
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0" },
                "geographicalContext": { "city": place.split(',').next() },
            },
            "authenticationContext": { "externalSessionId": format!("102{:08x}", dice.roll()) },
            "outcome": { "result": "SUCCESS" },
            "securityContext": { "asNumber": number, "asOrg": network, "isProxy": false },
        })
    }

    fn clone_of(&self, dice: &mut Dice, repository: &str, ago_ms: i64) -> Value {
        let account = github_account(self.person);
        json!({
            "@timestamp": self.at.as_millisecond() - ago_ms,
            "_document_id": format!("{:016x}{account}{}", dice.roll(), self.at.as_millisecond()),
            "action": "git.clone",
            "actor": account,
            "actor_id": number_of(&self.person.subject),
            "org": "larkfield",
            "repo": format!("larkfield/{repository}"),
            "repo_id": number_of(repository),
            "hashed_token": format!("token-of-{account}"),
            "transport_protocol_name": "http",
        })
    }

    fn call(&self, service: &str, name: &str, wanted: Value, made: Value, id: &str) -> Value {
        let Employee { subject, email, office, .. } = self.person;
        json!({
            "eventVersion": "1.11",
            "eventID": format!("{subject}-{id}"),
            "eventTime": self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "eventSource": format!("{service}.amazonaws.com"),
            "eventName": name,
            "eventType": "AwsApiCall",
            "eventCategory": "Management",
            "readOnly": false,
            "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333",
            "sourceIPAddress": office.address,
            "userAgent": "aws-cli/2.17.0",
            "userIdentity": { "type": "IAMUser", "principalId": format!("AIDA{subject}"),
                "arn": format!("arn:aws:iam::111122223333:user/{email}"),
                "accountId": "111122223333", "userName": email },
            "requestParameters": wanted,
            "responseElements": made,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_is_told_by_some_source_in_the_order_of_time() {
        let company = Company::new(3, 50);
        let mut dice = Dice::new(3);
        let at = Timestamp::from_second(1_795_000_000).expect("in range");
        for story in Story::ALL {
            let Some(deed) = Deed::of(story) else { continue };
            let person = &company.people[dice.below(50)];
            let told = company.records(&mut dice, deed, person, at);
            assert!(!told.records.is_empty(), "{deed:?}");
            let texts: std::collections::BTreeSet<String> =
                told.records.iter().map(ToString::to_string).collect();
            assert_eq!(texts.len(), told.records.len(), "{deed:?}: each is another");
        }
    }
}
