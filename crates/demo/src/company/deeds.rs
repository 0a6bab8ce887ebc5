//! What people do, and what is done in their name, as the audit records that vendors write of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Company, Dice, Employee,
    words::{HOSTS, REPOSITORIES, STRANGE_PLACES},
};

/// Repositories that are cloned at once where many are.
const MASS_CLONE: usize = 14;
/// How long each takes, in milliseconds.
const CLONE_MS: i64 = 7_000;
/// For how long a session is its owner's before a thief goes on with it.
const SESSION_STOLEN_AFTER: SignedDuration = SignedDuration::from_secs(90);
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
    /// A session of Okta goes on from a strange place, in a tool: its cookie was stolen. It is the
    /// same thief each time.
    SessionMoved,
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
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SignIn,
        Self::SignInElsewhere,
        Self::Clone,
        Self::MassClone,
        Self::KeyMade,
        Self::TrailStopped,
        Self::Sudo,
        Self::SessionMoved,
    ];
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
            Deed::SignIn => ("okta", vec![account.sign_in(dice, office_of(person))]),
            Deed::SignInElsewhere => {
                let from = strange_place(dice.below(STRANGE_PLACES.len()));
                ("okta", vec![account.sign_in(dice, from)])
            }
            Deed::SessionMoved => {
                let began = Account { at: at - SESSION_STOLEN_AFTER, ..account };
                let first = began.sign_in(dice, office_of(person));
                let thief = strange_place(number_of(&person.subject) as usize);
                let stolen = account.stolen(dice, &first, thief);
                ("okta", vec![first, stolen])
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

/// An address, a place and a network with its number.
type Origin<'a> = (&'a str, &'a str, &'a str, u32);

fn office_of(person: &Employee) -> Origin<'_> {
    let number = person.office.address.bytes().map(u32::from).sum::<u32>() % 16;
    (person.office.address, person.office.city, "Office", OFFICE_ASN + number)
}

fn strange_place(which: usize) -> Origin<'static> {
    let which = which % STRANGE_PLACES.len();
    let (address, place, network) = STRANGE_PLACES[which];
    (address, place, network, STRANGE_ASN + which as u32)
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
#[derive(Clone, Copy)]
struct Account<'a> {
    person: &'a Employee,
    at: Timestamp,
}

impl Account<'_> {
    /// The session of a sign-in goes on somewhere else, with a tool instead of a browser.
    fn stolen(&self, dice: &mut Dice, first: &Value, from: Origin<'_>) -> Value {
        let mut record = self.sign_in(dice, from);
        record["eventType"] = json!("user.authentication.sso");
        record["authenticationContext"] = first["authenticationContext"].clone();
        record["client"]["userAgent"] =
            json!({ "browser": "UNKNOWN", "os": "Unknown", "rawUserAgent": "curl/8.9.1" });
        record
    }

    fn sign_in(&self, dice: &mut Dice, from: Origin<'_>) -> Value {
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
        for deed in Deed::ALL {
            let person = &company.people[dice.below(50)];
            let told = company.records(&mut dice, deed, person, at);
            assert!(!told.records.is_empty(), "{deed:?}");
            let texts: std::collections::BTreeSet<String> =
                told.records.iter().map(ToString::to_string).collect();
            assert_eq!(texts.len(), told.records.len(), "{deed:?}: each is another");
        }
    }
}
