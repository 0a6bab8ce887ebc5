//! What pages and the API show of devices.

use std::collections::BTreeMap;

use model::{
    DeviceId, PersonId, Personal, Timestamp,
    device::{Field, IdKind, Platform, Practice, RecordKey},
};
use posture::{
    Grade, State,
    device::{Merged, Title},
    evaluate::next_steps,
    exemption::ExemptionState,
    merge::LinkReason,
    track::Compliance,
};

use super::{
    context::{Context, Judged},
    fleet_view::SourceView,
    rows::KeptExemption,
    view_check::{CheckView, HistoryView},
};

/// The devices of a person, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MyDevices {
    /// Those seen of late, the gravest first.
    pub devices: Vec<DeviceView>,
    /// Those that nobody heard from for long, or that no source lists any more.
    pub older: Vec<DeviceView>,
    /// The one most useful thing to do next, over all devices.
    pub next: Option<NextStep>,
    /// Sources that fail and concern them: what these said may be old.
    pub troubles: Vec<SourceView>,
    /// Whether there are more devices than are shown.
    pub has_more: bool,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// On which device.
    pub device: DeviceId,
    /// About what: one of its checks.
    pub practice: Practice,
}

/// A device as its owner or an analyst sees it. Names, facts and details are of outside.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceView {
    /// Its id.
    pub id: DeviceId,
    /// Its own name; else its model. Nothing where it has neither, or nothing tells it from
    /// others: "unknown device".
    pub name: Option<String>,
    /// Devices of the same owner that an unknown one may be.
    pub perhaps: Vec<DeviceId>,
    /// Its model.
    pub model: Option<String>,
    /// What system it runs.
    pub platform: Platform,
    /// The system with its version, as the source words it.
    pub system: Option<String>,
    /// Whose it is.
    pub owner: Option<OwnerView>,
    /// When a source last heard from it.
    pub last_seen: Option<Timestamp>,
    /// Whether nobody heard from it for long.
    pub is_older: bool,
    /// Whether no hardware stands for it.
    pub is_virtual: bool,
    /// How it stands: by what its owner sees on their page, by everything for an analyst.
    pub grade: Grade,
    /// The practices that make it so.
    pub reasons: Vec<Practice>,
    /// Whether it may be relied on.
    pub is_compliant: bool,
    /// When the next deadline passes.
    pub next_deadline: Option<Timestamp>,
    /// What to do first.
    pub next: Option<Practice>,
    /// Its checks: what to mend first, then what nobody knows, what is excused, what is well, and
    /// what does not apply.
    pub checks: Vec<CheckView>,
    /// Its description, and who says so.
    pub facts: Vec<FactView>,
    /// Its usable identifiers, each with the sources that have it.
    pub identifiers: BTreeMap<(IdKind, String), Vec<String>>,
    /// The addresses of its adapters.
    pub macs: Vec<String>,
    /// The records that it is derived from, the one that counts most first.
    pub records: Vec<RecordView>,
    /// Why these are one device: pairs of records and what joins them.
    pub links: Vec<(RecordKey, RecordKey, String)>,
    /// Exemptions, also those that are over.
    pub exemptions: Vec<ExemptionView>,
    /// The sources that know it, and how they stand.
    pub sources: Vec<SourceView>,
    /// What changed, newest first; only where one device is shown.
    pub history: Vec<HistoryView>,
    /// Whether a person should look at how its records came together.
    pub is_flagged: bool,
    /// Whether somebody said that it is not theirs, and nobody decided yet.
    pub is_disowned: bool,
}

/// Whose a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerView {
    /// The person, where the directory knows them.
    pub person: Option<PersonId>,
    /// Their name, where it does.
    pub name: Option<Personal>,
    /// Their address, as sources say it.
    pub email: Option<Personal>,
    /// How sure that is: `assigned`, `reported` or `guessed`.
    pub confidence: &'static str,
    /// Which source says so.
    pub source: String,
    /// Others that sources name: the address or account, and the source.
    pub others: Vec<(Personal, String)>,
}

/// A fact of a device's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactView {
    /// Which.
    pub field: Field,
    /// What counts.
    pub said: Said,
    /// What the others say.
    pub others: Vec<Said>,
}

/// What a source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The value.
    pub value: String,
    /// Who says so.
    pub source: String,
    /// When that source last heard from the device.
    pub observed_at: Option<Timestamp>,
}

/// A record of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordView {
    /// Which.
    pub key: RecordKey,
    /// When its source last heard from the device.
    pub last_sync: Option<Timestamp>,
    /// When the source was asked.
    pub fetched_at: Timestamp,
    /// Whether the source has stopped listing it.
    pub is_gone: bool,
    /// Whether a newer record of the same source took its place.
    pub is_replaced: bool,
}

/// An exemption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExemptionView {
    /// Its key, for deciding about it.
    pub key: String,
    /// Which device, under the id that it had.
    pub device: DeviceId,
    /// Of which practice.
    pub practice: Practice,
    /// Who asked.
    pub requested_by: PersonId,
    /// Why.
    pub reason: Personal,
    /// When.
    pub requested_at: Timestamp,
    /// How it stands.
    pub state: ExemptionState,
    /// Whether it was approved and its time is over.
    pub is_over: bool,
}

/// Through whose eyes a device is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Eyes {
    /// Its owner's: without what is kept for analysts.
    Owner,
    /// An analyst's.
    Analyst,
}

impl DeviceView {
    pub(super) fn of(judged: &Judged, context: &Context, eyes: Eyes, language: &str) -> Self {
        let Judged { device, evaluation, track, .. } = judged;
        let grade = match eyes {
            Eyes::Owner => evaluation.shown_grade(),
            Eyes::Analyst => evaluation.grade(),
        };
        let reasons = grade.reasons(evaluation).into_iter();
        let is_seen = |is_displayed: bool| is_displayed || eyes == Eyes::Analyst;
        let reasons = reasons.filter(|it| is_seen(it.is_displayed));
        let next = next_steps(evaluation, track).first().map(|it| it.practice.clone());
        // An agent's own key tells its device from others, whatever else is known of it.
        let is_keyed = device.records.iter().any(|it| context.keyed.contains(&it.key.source));
        let name = match device.title(&[]) {
            Title::Name(name) | Title::Model(name) => Some(name),
            Title::Unknown { .. } if is_keyed => {
                device.fact(Field::Name).or_else(|| device.fact(Field::Model))
            }
            Title::Unknown { .. } => None,
        };
        let facts = device.facts.iter().map(|(field, merged)| FactView::of(*field, merged));
        let own = device.records.iter().filter_map(|it| context.health.get(&it.key.source));
        let mut sources: Vec<SourceView> = own.map(SourceView::of).collect();
        sources.dedup_by(|a, b| a.name == b.name);
        Self {
            id: device.id,
            name: name.map(str::to_owned),
            perhaps: Vec::new(),
            model: device.fact(Field::Model).map(str::to_owned),
            platform: device.platform,
            system: system(judged),
            owner: owner(judged),
            last_seen: device.last_seen,
            is_older: false,
            is_virtual: device.is_virtual,
            grade,
            reasons: reasons.map(|it| it.practice.clone()).collect(),
            is_compliant: track.compliance_at(context.now) == Compliance::Compliant,
            next_deadline: track.next_deadline(context.now),
            next,
            checks: checks(judged, context, eyes, language),
            facts: facts.collect(),
            identifiers: device.identifiers.clone(),
            macs: device.macs.iter().map(ToString::to_string).collect(),
            records: device.records.iter().map(RecordView::of).collect(),
            links: device.links.iter().map(link).collect(),
            exemptions: judged.exemptions.iter().map(|it| ExemptionView::of(it, context)).collect(),
            sources,
            history: Vec::new(),
            is_flagged: !device.flags.is_empty(),
            is_disowned: context.not_mine.values().any(|said| device.is_known_as(said.device)),
        }
    }

    /// The check of a practice.
    #[must_use]
    pub fn check(&self, practice: &Practice) -> Option<&CheckView> {
        self.checks.iter().find(|check| check.practice == *practice)
    }
}

/// The steps in their order, then the others by how much they ask for.
fn checks(judged: &Judged, context: &Context, eyes: Eyes, language: &str) -> Vec<CheckView> {
    let steps = next_steps(&judged.evaluation, &judged.track);
    let place = |practice: &Practice| steps.iter().position(|it| it.practice == *practice);
    let rank = |state: State| match state {
        State::Warn => 0,
        State::Nudge => 1,
        State::Stale => 2,
        State::Unknown => 3,
        State::Exempt => 4,
        State::Ok => 5,
        State::NotApplicable => 6,
    };
    let results = judged.evaluation.results.iter();
    let mut seen: Vec<_> = results.filter(|it| it.is_displayed || eyes == Eyes::Analyst).collect();
    seen.sort_by_key(|it| {
        (rank(it.state), place(&it.practice).unwrap_or(usize::MAX), it.practice.clone())
    });
    seen.into_iter().map(|it| CheckView::of(it, judged, context, language)).collect()
}

fn system(judged: &Judged) -> Option<String> {
    let parts = [Field::Os, Field::OsVersion].map(|field| judged.device.fact(field));
    let said: Vec<&str> = parts.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn owner(judged: &Judged) -> Option<OwnerView> {
    let owner = judged.device.owner.as_ref()?;
    Some(OwnerView {
        person: judged.owner.as_ref().map(|person| person.id),
        name: judged.owner.as_ref().map(|person| person.name.clone()),
        email: owner.email.clone().or_else(|| owner.username.clone()),
        confidence: match owner.confidence {
            model::device::Confidence::Assigned => "assigned",
            model::device::Confidence::Reported => "reported",
            model::device::Confidence::Guessed => "guessed",
        },
        source: owner.source.clone(),
        others: owner.others.clone(),
    })
}

fn link(link: &posture::merge::Link) -> (RecordKey, RecordKey, String) {
    let why = match &link.why {
        LinkReason::Same(key) => format!("{} {key}", key.kind_name()),
        LinkReason::Pinned(decision) => format!("decided by {}", decision.by.reveal()),
    };
    (link.left.clone(), link.right.clone(), why)
}

impl FactView {
    fn of(field: Field, merged: &Merged<String>) -> Self {
        let Merged { value, source, observed_at, others } = merged;
        let (value, source, observed_at) = (value.clone(), source.clone(), *observed_at);
        let other = |it: &posture::device::Said<String>| {
            let (value, source) = (it.value.clone(), it.source.clone());
            Said { value, source, observed_at: it.observed_at }
        };
        let others = others.iter().map(other).collect();
        Self { field, said: Said { value, source, observed_at }, others }
    }
}

impl RecordView {
    fn of(state: &posture::device::RecordState) -> Self {
        Self {
            key: state.key.clone(),
            last_sync: state.last_sync,
            fetched_at: state.fetched_at,
            is_gone: state.is_gone,
            is_replaced: state.is_replaced,
        }
    }
}

impl ExemptionView {
    pub(super) fn of(kept: &KeptExemption, context: &Context) -> Self {
        let exemption = &kept.exemption;
        Self {
            key: kept.key.clone(),
            device: exemption.device,
            practice: exemption.practice.clone(),
            requested_by: exemption.requested_by,
            reason: exemption.reason.clone(),
            requested_at: exemption.requested_at,
            state: exemption.state.clone(),
            is_over: exemption.is_over(context.now),
        }
    }
}
