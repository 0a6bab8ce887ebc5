//! Devices on the wire. How they are made from what is shown is in `from.rs`.

mod fleet;
mod from;

use std::collections::BTreeMap;

use model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub(in crate::api) use fleet::{FleetBody, FleetDayBody, SourceBody};

/// A device in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedDevice)]
pub(in crate::api) struct ListedBody {
    /// Its id.
    id: String,
    /// Its own name, else its model.
    name: Option<String>,
    /// Its model.
    model: Option<String>,
    /// `macos`, `windows`, `linux`, `chromeos`, `ios`, `ipados`, `android`, `other`, `unknown`.
    platform: &'static str,
    /// The person, where the directory knows them.
    person: Option<String>,
    /// The owner's address, as sources say it.
    email: Option<String>,
    /// `critical`, `attention`, `incomplete` or `ok`.
    grade: String,
    /// What fails on it.
    failing: Vec<String>,
    /// The sources that know it.
    sources: Vec<String>,
    /// When a source last heard from it.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen: Option<Timestamp>,
    /// Whether a person should look at how its records came together.
    flagged: bool,
}

/// A device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
pub(in crate::api) struct DeviceBody {
    /// Its id.
    id: String,
    /// Its own name, else its model; null for one that nothing tells from others.
    name: Option<String>,
    /// What system it runs.
    platform: &'static str,
    /// The system with its version.
    system: Option<String>,
    /// Whose it is.
    owner: Option<OwnerBody>,
    /// When a source last heard from it.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen: Option<Timestamp>,
    /// Whether nobody heard from it for long.
    older: bool,
    /// Whether no hardware stands for it.
    #[serde(rename = "virtual")]
    is_virtual: bool,
    /// `critical`, `attention`, `incomplete` or `ok`.
    grade: &'static str,
    /// The checks that make it so.
    reasons: Vec<String>,
    /// Whether it may be relied on.
    compliant: bool,
    /// When the next deadline passes.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_deadline: Option<Timestamp>,
    /// Its checks, what to mend first.
    checks: Vec<CheckBody>,
    /// Its description, and who says so.
    facts: BTreeMap<&'static str, FactBody>,
    /// Its identifiers, each with the sources that have it.
    identifiers: Vec<IdentifierBody>,
    /// The addresses of its adapters.
    mac_addresses: Vec<String>,
    /// The records that it is derived from.
    records: Vec<RecordBody>,
    /// Why these are one device.
    links: Vec<LinkBody>,
    /// Exemptions, also those that are over.
    exemptions: Vec<ExemptionBody>,
    /// The sources that know it.
    sources: Vec<SourceBody>,
    /// What changed, newest first.
    history: Vec<HistoryBody>,
    /// Whether a person should look at how its records came together.
    flagged: bool,
    /// Whether somebody said that it is not theirs.
    disowned: bool,
}

/// Whose a device is.
#[derive(Debug, Serialize, ToSchema)]
struct OwnerBody {
    /// The person, where the directory knows them.
    person: Option<String>,
    /// Their address, as sources say it.
    email: Option<String>,
    /// `assigned`, `reported` or `guessed`.
    confidence: &'static str,
    /// Which source says so.
    source: String,
}

/// A fact, and who says so.
#[derive(Debug, Serialize, ToSchema)]
struct FactBody {
    /// What counts.
    #[serde(flatten)]
    said: SaidBody,
    /// What the others say.
    others: Vec<SaidBody>,
}

/// What a source says.
#[derive(Debug, Serialize, ToSchema)]
struct SaidBody {
    /// The value.
    value: String,
    /// Which source says so.
    source: String,
    /// When it last heard from the device.
    #[schema(value_type = Option<String>, format = DateTime)]
    observed_at: Option<Timestamp>,
}

/// An identifier.
#[derive(Debug, Serialize, ToSchema)]
struct IdentifierBody {
    /// `serial`, `hardware_uuid` …
    kind: &'static str,
    /// The value.
    value: String,
    /// The sources that have it.
    sources: Vec<String>,
}

/// A record of a device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceRecord)]
struct RecordBody {
    /// Which source.
    source: String,
    /// What it calls the device.
    id: String,
    /// When it last heard from it.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sync: Option<Timestamp>,
    /// When the source was asked.
    #[schema(value_type = String, format = DateTime)]
    fetched_at: Timestamp,
    /// Whether the source has stopped listing it.
    gone: bool,
    /// Whether a newer record of the same source took its place.
    replaced: bool,
}

/// Why two records are one device.
#[derive(Debug, Serialize, ToSchema)]
struct LinkBody {
    /// One record: source and id.
    left: [String; 2],
    /// The other.
    right: [String; 2],
    /// What joins them.
    why: String,
}

/// How a check stands on a device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceCheck)]
struct CheckBody {
    /// What is judged.
    practice: String,
    /// By which check.
    check: String,
    /// `ok`, `nudge`, `warn`, `unknown`, `na`, `exempt` or `stale`.
    state: &'static str,
    /// What is beneath an exemption or the age of what was seen.
    underlying: &'static str,
    /// How it stands, in a few words.
    title: String,
    /// Why it matters.
    description: String,
    /// How to mend it, as Markdown.
    directions: Option<String>,
    /// What there is to say.
    details: Vec<String>,
    /// Which source saw it.
    source: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    observed_at: Option<Timestamp>,
    /// Whether that source fails.
    source_failing: bool,
    /// Since when it fails.
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// Until when it must be mended.
    #[schema(value_type = Option<String>, format = DateTime)]
    deadline: Option<Timestamp>,
    /// Until when it is excused.
    #[schema(value_type = Option<String>, format = DateTime)]
    exempt_until: Option<Timestamp>,
    /// Whether the owner sees it.
    displayed: bool,
}

/// A change of a check's state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceHistory)]
struct HistoryBody {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Of what.
    practice: String,
    /// Of which single thing.
    issue: Option<String>,
    /// What it was.
    from: Option<&'static str>,
    /// What it is.
    to: &'static str,
    /// Why, where somebody did it by hand.
    reason: Option<String>,
}

/// An exemption.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Exemption)]
pub(in crate::api) struct ExemptionBody {
    /// Its id.
    id: String,
    /// Which device.
    device: String,
    /// Of what.
    practice: String,
    /// Who asked.
    requested_by: String,
    /// Why.
    reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    /// `requested`, `approved`, `expired`, `denied` or `revoked`.
    state: &'static str,
    /// Until when it is in force.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Who decided.
    decided_by: Option<String>,
}
