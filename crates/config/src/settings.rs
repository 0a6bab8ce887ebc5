//! What may be set, apart from the sections of adapters. Each comment becomes the manual.

mod detection;
mod posture;
mod signin;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use jiff::{civil, tz::TimeZone};
use model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{secret::SecretRef, size::Size};

pub use detection::{Detection, EventLog, SigmaState};
pub use posture::Posture;
pub use signin::{Oidc, Roles, SignIn};

/// Where this server listens and is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port to listen on.
    #[schemars(with = "String", extend("format" = "socket"))]
    pub listen: SocketAddr,
    /// The address people's browsers use. Passkeys are bound to its host; with an IP address for
    /// a host there are none.
    #[schemars(with = "String", extend("format" = "public-url"))]
    pub public_url: Url,
    /// Where the store and keys are.
    pub data_dir: PathBuf,
    /// Addresses or networks whose `X-Forwarded-For` is believed.
    #[schemars(length(max = 64), extend("items" = serde_json::json!({ "type": "string", "format": "network" })))]
    pub trusted_proxies: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8400)),
            public_url: Url::parse("http://localhost:8400").expect("a web address"),
            data_dir: "data".into(),
            trusted_proxies: Vec::new(),
        }
    }
}

/// The company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Organisation {
    /// Its name, as people know it.
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// The zone of people who have none of their own.
    #[schemars(extend("format" = "time-zone"))]
    pub time_zone: String,
    /// When people may be asked what can wait.
    pub working_hours: WorkingHours,
    /// Languages of the messages, the first for people who have none of their own.
    #[schemars(length(min = 1, max = 32), inner(length(min = 2, max = 35)))]
    pub languages: Vec<String>,
    /// Days on which nobody works.
    #[schemars(with = "Vec<String>", length(max = 400), extend("items" = serde_json::json!({ "type": "string", "format": "day" })))]
    pub holidays: Vec<civil::Date>,
    /// Whether to act, or only to record what would be asked and done.
    pub mode: Mode,
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            name: "Countersign".to_owned(),
            time_zone: "UTC".to_owned(),
            working_hours: WorkingHours::default(),
            languages: vec!["en".to_owned()],
            holidays: Vec::new(),
            mode: Mode::Live,
        }
    }
}

impl Organisation {
    /// The zone, which was checked when the file was loaded.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}

/// The hours of work, in each person's own zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkingHours {
    /// On which days.
    #[schemars(length(min = 1, max = 7))]
    pub days: Vec<Day>,
    /// From when.
    #[schemars(with = "String", extend("format" = "time-of-day"))]
    pub start: civil::Time,
    /// Until when.
    #[schemars(with = "String", extend("format" = "time-of-day"))]
    pub end: civil::Time,
}

impl Default for WorkingHours {
    fn default() -> Self {
        Self {
            days: vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri],
            start: civil::time(10, 0, 0, 0),
            end: civil::time(18, 0, 0, 0),
        }
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    /// The same for the calendar.
    #[must_use]
    pub fn weekday(self) -> civil::Weekday {
        match self {
            Self::Mon => civil::Weekday::Monday,
            Self::Tue => civil::Weekday::Tuesday,
            Self::Wed => civil::Weekday::Wednesday,
            Self::Thu => civil::Weekday::Thursday,
            Self::Fri => civil::Weekday::Friday,
            Self::Sat => civil::Weekday::Saturday,
            Self::Sun => civil::Weekday::Sunday,
        }
    }
}

/// Whether to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Ask and do.
    #[default]
    Live,
    /// Record what would be asked and done.
    Observe,
}

/// Where cases are kept: SQLite in `server.data_dir`. Nothing to set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Store {}

/// How answers are proven. Beside these, `[verify.NAME]` are the ways to prove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Verify {
    /// How much older than the alert a factor must be to prove anything about it.
    #[schemars(with = "String", extend("format" = "span"))]
    pub independence_window: Span,
    /// How often a proof may be tried for one question.
    #[schemars(range(min = 1, max = 10))]
    pub attempts: u32,
    /// Of a thousand answers that were proven, so many go to an analyst all the same.
    #[schemars(range(max = 1_000))]
    pub sampled_permille: u16,
}

impl Default for Verify {
    fn default() -> Self {
        Self { independence_window: Span::hours(72), attempts: 3, sampled_permille: 0 }
    }
}

/// Who is told when a person cannot be asked. Beside this, `[escalate.NAME]` are the targets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Escalate {
    /// Says on purpose that nobody is paged: escalated cases wait in the console.
    pub none: bool,
    /// Who is paged after whom, the last resort last; without it all targets are paged at once.
    #[schemars(length(max = 16))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<EscalationStep>,
    /// How long after somebody took an incident it is paged again, if the case still stands.
    #[schemars(with = "Option<String>", extend("format" = "span"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_after: Option<Span>,
}

/// A step of escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationStep {
    /// Whom it pages: names of `[escalate.NAME]`.
    #[schemars(length(min = 1, max = 16), inner(length(min = 1, max = 64)))]
    pub targets: Vec<String>,
    /// How long after the step before it; not for the first one, which is paged at once.
    #[schemars(with = "Option<String>", extend("format" = "span"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Span>,
}

/// How much is done without a person. Beside this, `[respond.NAME]` are the systems acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Respond {
    /// So many automatic actions an hour are let through, then all of them wait for a person;
    /// without it the greater of 5 and one for each hundred people.
    #[schemars(range(min = 1, max = 100_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// The same for each kind of action; without it as many as of all kinds.
    #[schemars(range(min = 1, max = 100_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour_of_action: Option<u32>,
}

/// What is looked up about an alert. Beside this, `[enrich.NAME]` are the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Enrich {
    /// How long a case waits for what is looked up; then it is decided on what is known.
    #[schemars(with = "String", extend("format" = "span"))]
    pub deadline: Span,
}

impl Default for Enrich {
    fn default() -> Self {
        Self { deadline: Span::seconds(5) }
    }
}

/// A key for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// What it may do.
    #[schemars(length(min = 1, max = 4))]
    pub scopes: Vec<Scope>,
    /// The token itself.
    pub token: SecretRef,
}

/// Keys by their names, which the journal shows as the `by` of what they do.
pub type ApiKeys = BTreeMap<String, ApiKey>;

/// What a key may do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Sending only. Refused: alerts want the source's own credential, and nothing else takes it
    /// yet.
    Ingest,
    /// Look.
    Read,
    /// Look, ask and decide.
    Analyst,
    /// Everything.
    Admin,
}

impl Scope {
    /// The word of the file and of the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}

/// What is taken from outside at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest body with alerts.
    pub alert_body: Size,
    /// The most alerts of one body.
    #[schemars(range(min = 1, max = 1_000))]
    pub alert_records: u32,
    /// The largest body with events, as sent.
    pub event_body: Size,
    /// The same once it is decompressed.
    pub event_body_plain: Size,
    /// The most events of one body.
    #[schemars(range(min = 1, max = 10_000))]
    pub event_records: u32,
    /// How deep JSON may nest.
    #[schemars(range(min = 4, max = 96))]
    pub json_depth: u32,
    /// How long a sender may take for a body.
    #[schemars(with = "String", extend("format" = "span"))]
    pub body_timeout: Span,
    /// Hosts, addresses and networks of our own that may be connected to although data has a part
    /// in the address.
    #[schemars(length(max = 256), inner(length(min = 1, max = 253)))]
    pub egress_allow: Vec<String>,
    /// The room on the disk below which new alerts are refused while open cases go on; without it
    /// the smaller of 256 MiB and 5 % of the volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_reserve: Option<Size>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            alert_body: Size::mib(1),
            alert_records: 1_000,
            event_body: Size::mib(10),
            event_body_plain: Size::mib(64),
            event_records: 10_000,
            json_depth: 64,
            body_timeout: Span::seconds(30),
            egress_allow: Vec::new(),
            disk_reserve: None,
        }
    }
}

/// What is told about the server itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// Where `/metrics` is without a key.
    #[schemars(with = "String", extend("format" = "socket"))]
    pub metrics_listen: SocketAddr,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged, as `level` or `target=level`, with commas.
    #[schemars(length(min = 1, max = 400))]
    pub log_filter: String,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            metrics_listen: SocketAddr::from(([127, 0, 0, 1], 9464)),
            log_format: LogFormat::Auto,
            log_filter: "info".to_owned(),
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// Text.
    Text,
    /// One JSON object a line.
    Json,
}
