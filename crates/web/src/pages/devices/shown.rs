//! A device and its checks, as templates read them.

use model::{
    Timestamp,
    device::{Field, Practice, RecordKey},
};
use runtime::{
    lookup::{inert_line, inert_lines},
    posture::{CheckView, DeviceView, ExemptionState, ExemptionView, FactView, Said, State},
};

use super::{
    Reader, ShownSource,
    markdown::{self, Html},
    plain, settings_links, terms,
};
use crate::pages::{language::Language, marks::Mark, words::When};

/// A device.
#[derive(Debug, Clone)]
pub(crate) struct ShownDevice {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) mark: Mark,
    /// Model and system.
    pub(crate) about: String,
    pub(crate) seen: Option<When>,
    pub(crate) is_older: bool,
    pub(crate) is_disowned: bool,
    pub(crate) is_flagged: bool,
    pub(crate) is_compliant: bool,
    pub(crate) deadline: Option<When>,
    /// Devices that an unknown one may be.
    pub(crate) perhaps: Vec<String>,
    /// What makes its grade, in a few words each.
    pub(crate) reasons: Vec<String>,
    pub(crate) checks: Vec<ShownCheck>,
    pub(crate) facts: Vec<ShownFact>,
    pub(crate) identifiers: Vec<(String, String, String)>,
    pub(crate) records: Vec<ShownRecord>,
    pub(crate) links: Vec<String>,
    pub(crate) exemptions: Vec<ShownExemption>,
    pub(crate) sources: Vec<ShownSource>,
    pub(crate) history: Vec<ShownChange>,
}

/// A check.
#[derive(Debug, Clone)]
pub(crate) struct ShownCheck {
    /// The id of its part of the page.
    pub(crate) anchor: String,
    /// The word in forms.
    pub(crate) practice: String,
    /// What it is, however it stands.
    pub(crate) name: String,
    /// How it stands, in a few words.
    pub(crate) title: String,
    pub(crate) mark: Mark,
    /// What lies beneath an exemption or an age.
    pub(crate) beneath: Option<Mark>,
    pub(crate) why: String,
    pub(crate) directions: Option<Html>,
    pub(crate) settings: Option<&'static str>,
    pub(crate) details: Vec<String>,
    pub(crate) source: Option<String>,
    pub(crate) observed: Option<When>,
    pub(crate) is_source_failing: bool,
    pub(crate) since: Option<When>,
    pub(crate) deadline: Option<When>,
    pub(crate) exempt_until: Option<When>,
    pub(crate) is_exemption_asked: bool,
    pub(crate) is_failing: bool,
    /// Whether somebody may ask to be excused.
    pub(crate) is_excusable: bool,
    /// Whether there is nothing to say but that all is well, or that it does not apply.
    pub(crate) is_settled: bool,
}

/// A fact, who says so, and what the others say.
#[derive(Debug, Clone)]
pub(crate) struct ShownFact {
    pub(crate) name: &'static str,
    pub(crate) said: ShownSaid,
    pub(crate) others: Vec<ShownSaid>,
}

/// What a source says.
#[derive(Debug, Clone)]
pub(crate) struct ShownSaid {
    pub(crate) value: String,
    pub(crate) source: String,
    pub(crate) at: Option<When>,
}

/// A record.
#[derive(Debug, Clone)]
pub(crate) struct ShownRecord {
    /// As forms send it back.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) synced: Option<When>,
    pub(crate) fetched: When,
    pub(crate) is_gone: bool,
    pub(crate) is_replaced: bool,
}

/// An exemption.
#[derive(Debug, Clone)]
pub(crate) struct ShownExemption {
    pub(crate) key: String,
    pub(crate) device: String,
    pub(crate) practice: String,
    pub(crate) reason: String,
    pub(crate) asked: When,
    pub(crate) state: &'static str,
    pub(crate) until: Option<When>,
    pub(crate) is_waiting: bool,
    pub(crate) is_in_force: bool,
}

/// A change of a check.
#[derive(Debug, Clone)]
pub(crate) struct ShownChange {
    pub(crate) at: When,
    pub(crate) what: String,
    pub(crate) from: Option<Mark>,
    pub(crate) to: Mark,
    pub(crate) reason: Option<String>,
}

impl ShownDevice {
    pub(crate) fn of(view: &DeviceView, reader: &Reader) -> Self {
        let checks: Vec<ShownCheck> =
            view.checks.iter().zip(1..).map(|at| ShownCheck::of(at, view, reader)).collect();
        let reason = |practice| view.check(practice).map(|it| inert_line(&it.title));
        Self {
            id: view.id.to_string(),
            name: name(view, reader.language),
            mark: Mark::grade(view.grade, reader.language),
            about: about(view),
            seen: view.last_seen.map(|at| reader.ago(at)),
            is_older: view.is_older,
            is_disowned: view.is_disowned,
            is_flagged: view.is_flagged,
            is_compliant: view.is_compliant,
            deadline: view.next_deadline.map(|at| reader.when(at)),
            perhaps: view.perhaps.iter().map(ToString::to_string).collect(),
            reasons: view.reasons.iter().filter_map(reason).collect(),
            checks,
            facts: view.facts.iter().map(|fact| ShownFact::of(fact, reader)).collect(),
            identifiers: identifiers(view),
            records: view.records.iter().map(|it| ShownRecord::of(it, reader)).collect(),
            links: view.links.iter().map(link).collect(),
            exemptions: view.exemptions.iter().map(|it| ShownExemption::of(it, reader)).collect(),
            sources: view.sources.iter().map(|it| ShownSource::of(it, reader)).collect(),
            history: view.history.iter().map(|it| ShownChange::of(it, reader)).collect(),
        }
    }

    /// The sources that fail.
    pub(crate) fn troubles(&self) -> impl Iterator<Item = &ShownSource> {
        self.sources.iter().filter(|source| source.since.is_some())
    }

    /// The check of a practice.
    pub(crate) fn check(&self, practice: &Practice) -> Option<&ShownCheck> {
        let practice = plain(&practice.to_string());
        self.checks.iter().find(|check| check.practice == practice)
    }
}

fn name(view: &DeviceView, language: Language) -> String {
    let name = view.name.as_deref().map(inert_line).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| language.say("Unknown device", "Unbekanntes Gerät").to_owned())
}

fn about(view: &DeviceView) -> String {
    let system = view.system.clone().or_else(|| view.platform.shown().map(str::to_owned));
    let parts = [view.model.clone().filter(|model| Some(model) != view.name.as_ref()), system];
    let parts: Vec<String> = parts.into_iter().flatten().map(|part| inert_line(&part)).collect();
    parts.join(" · ")
}

fn identifiers(view: &DeviceView) -> Vec<(String, String, String)> {
    let own = view.identifiers.iter().map(|((kind, value), sources)| {
        (kind.name().replace('_', " "), inert_line(value), inert_line(&sources.join(", ")))
    });
    let macs = view.macs.iter().map(|mac| ("mac".to_owned(), inert_line(mac), String::new()));
    own.chain(macs).collect()
}

/// A record in a form: the source's name, which has no blank, and what it calls the device.
pub(crate) fn form_key(key: &RecordKey) -> String {
    plain(&format!("{} {}", key.source, key.id))
}

fn link((left, right, why): &(RecordKey, RecordKey, String)) -> String {
    let record = |key: &RecordKey| format!("{} {}", key.source, key.id);
    inert_line(&format!("{} = {}: {why}", record(left), record(right)))
}

impl ShownCheck {
    fn of((view, place): (&CheckView, usize), device: &DeviceView, reader: &Reader) -> Self {
        let when = |at: Option<Timestamp>| at.map(|at| reader.when(at));
        let version = device.facts.iter().find(|fact| fact.field == Field::OsVersion);
        let version = version.map(|fact| fact.said.value.as_str());
        // What is well needs no mending, and what does not apply cannot be.
        let is_settled = matches!(view.state, State::Ok | State::NotApplicable);
        let directions = view.directions.as_deref().filter(|_| view.underlying.is_failing());
        let settings = settings_links::of(&view.practice, device.platform, version);
        let mark = Mark::check(view.state, reader.language);
        let beneath = Mark::check(view.underlying, reader.language);
        Self {
            anchor: format!("check-{place}"),
            practice: plain(&view.practice.to_string()),
            name: terms::practice(&view.practice, reader.language),
            title: inert_line(&view.title),
            beneath: (view.underlying != view.state).then_some(beneath),
            mark,
            why: inert_lines(&view.description),
            directions: directions.map(markdown::html),
            settings: settings.filter(|_| directions.is_some()),
            details: view.details.iter().map(|it| inert_lines(it)).collect(),
            source: view.source.as_deref().map(inert_line),
            observed: view.observed_at.map(|at| reader.ago(at)),
            is_source_failing: view.is_source_failing,
            since: when(view.failing_since.or(view.since)),
            deadline: when(view.deadline),
            exempt_until: when(view.exempt_until),
            is_exemption_asked: view.is_exemption_asked,
            is_failing: view.state.is_failing(),
            is_excusable: view.state.is_failing() && !view.is_exemption_asked,
            is_settled,
        }
    }
}

impl ShownFact {
    fn of(view: &FactView, reader: &Reader) -> Self {
        let said = |said: &Said| ShownSaid {
            value: inert_line(&said.value),
            source: inert_line(&said.source),
            at: said.observed_at.map(|at| reader.ago(at)),
        };
        let name = terms::field(view.field, reader.language);
        Self { name, said: said(&view.said), others: view.others.iter().map(said).collect() }
    }
}

impl ShownRecord {
    fn of(view: &runtime::posture::RecordView, reader: &Reader) -> Self {
        Self {
            key: form_key(&view.key),
            name: inert_line(&format!("{} {}", view.key.source, view.key.id)),
            synced: view.last_sync.map(|at| reader.ago(at)),
            fetched: reader.ago(view.fetched_at),
            is_gone: view.is_gone,
            is_replaced: view.is_replaced,
        }
    }
}

impl ShownExemption {
    pub(crate) fn of(view: &ExemptionView, reader: &Reader) -> Self {
        let until = match &view.state {
            ExemptionState::Approved { until, .. } => Some(reader.when(*until)),
            _ => None,
        };
        let is_in_force = until.is_some() && !view.is_over;
        Self {
            key: view.key.clone(),
            device: view.device.to_string(),
            practice: terms::practice(&view.practice, reader.language),
            reason: inert_lines(view.reason.reveal()),
            asked: reader.when(view.requested_at),
            state: terms::exemption(&view.state, view.is_over, reader.language),
            until,
            is_waiting: view.state == ExemptionState::Requested,
            is_in_force,
        }
    }
}

impl ShownChange {
    fn of(view: &runtime::posture::HistoryView, reader: &Reader) -> Self {
        let name = terms::practice(&view.practice, reader.language);
        let issue = view.issue.as_deref().map(|issue| inert_line(&format!("{name}: {issue}")));
        Self {
            at: reader.when(view.at),
            what: issue.unwrap_or(name),
            from: view.from.map(|from| Mark::check(from, reader.language)),
            to: Mark::check(view.to, reader.language),
            reason: view.reason.as_deref().map(inert_line),
        }
    }
}
