//! The company's tools, which send audit events as real ones do: three weeks of what is usual, then
//! what goes on.

use std::{collections::BTreeMap, time::Duration};

use ::demo::company::{Company, Deed, Dice, Employee, deeds::Records};
use connectors::http::{BaseUrl, HttpClient};
use jiff::{SignedDuration, Timestamp};
use ports::Failure;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// Days of which the tools tell at the start: enough for baselines to know what is usual.
const HISTORY_DAYS: i64 = 21;
const DAY_S: i64 = 86_400;
/// When people sign in and clone, in seconds before the time of the start.
const TIMES_S: [i64; 2] = [7 * 3_600, 2 * 3_600];
/// Records of one request.
const BATCH: usize = 500;
/// Between two tries where the server does not take something.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Tries.
const TRIES: usize = 20;

/// The tools.
pub(super) struct Tools<'a> {
    company: &'a Company,
    dice: Dice,
    http: HttpClient,
    base: BaseUrl,
    token: &'a SecretString,
}

impl<'a> Tools<'a> {
    /// Tools that send to the server at `base`.
    pub(super) fn new(
        company: &'a Company,
        seed: u64,
        http: HttpClient,
        base: BaseUrl,
        token: &'a SecretString,
    ) -> Self {
        // Another run tells of other events, also with the same seed.
        let run = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        Self { company, dice: Dice::new(seed ^ run), http, base, token }
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
                    self.send(source, some).await;
                }
            }
        }
    }

    /// Somebody does something.
    pub(super) async fn happen(&mut self, deed: Deed, person: &Employee) {
        let Records { source, records } =
            self.company.records(&mut self.dice, deed, person, Timestamp::now());
        self.send(source, &records).await;
    }

    /// Somebody does what they usually do.
    pub(super) async fn go_on(&mut self) {
        let company = self.company;
        let person = self.dice.pick(&company.people);
        let deed = *self.dice.pick(usual(person));
        self.happen(deed, person).await;
    }

    /// Sends records as a tool does: again where they are not taken, and not for ever.
    async fn send(&self, source: &str, records: &[Value]) {
        let mut last: Option<Failure> = None;
        for _ in 0..TRIES {
            let path = format!("v1/events/{source}");
            let request = self.http.post(self.base.join(&path)).json(&records);
            let request = request.bearer_auth(self.token.expose_secret());
            let sent = self.http.send("the demo's server", request).await;
            match sent.and_then(|reply| reply.success("the demo's server").map(drop)) {
                Ok(()) => return,
                Err(failure) => last = Some(failure),
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
        if let Some(failure) = last {
            tracing::warn!("events of the demo were not taken: {failure}");
        }
    }
}

fn usual(person: &Employee) -> &'static [Deed] {
    match person.team {
        "Engineering" | "IT" => &[Deed::SignIn, Deed::Clone],
        _ => &[Deed::SignIn],
    }
}
