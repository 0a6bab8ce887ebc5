//! What follows from a device that changed: an alert for the intake, a signal for whoever gates
//! access on it. Both wait in the store of devices until they are taken, each under one id.

use std::collections::BTreeMap;

use model::{
    DeliveryId, DeviceId, Facts, PersonId, Severity, Timestamp,
    device::{Field, IdKind, Practice},
};
use ports::{
    compliance::{ComplianceSignal, Initiator},
    devices::store::{SignalOp, SignalRow},
    source::AlertDraft,
};
use posture::{
    Device, Finding,
    detail::Note,
    merge::{Conflict, Flag, FlagKind},
    track::{self, Change, Compliance, Step},
};
use serde::{Deserialize, Serialize};

use super::{
    Fleet,
    context::{Context, Judged},
};
use crate::{
    bytes::{read, write},
    engine::EngineError,
};

/// Where alerts wait. No relying party can have this name.
pub(super) const ALERTS: &str = ":alerts";
/// The source of these alerts, for policies.
pub const SOURCE: &str = "posture";
/// The rule of a device that was never seen.
const NEW_DEVICE: &str = "device-new";

/// An alert that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Raised {
    device: DeviceId,
    rule: String,
    title: String,
    severity: Severity,
    person: Option<PersonId>,
    facts: Facts,
    at: Timestamp,
}

/// What is known of a device before a step, for what is new about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// Whether it was known.
    pub(super) is_known: bool,
    /// Whether its source is read for the first time.
    pub(super) is_first_import: bool,
}

/// The alerts of a step. What a source finds as it is read for the first time is new to us, not
/// new: nobody is asked about a disk that was never encrypted because we were switched on.
pub(super) fn alerts(
    fleet: &Fleet,
    judged: &Judged,
    step: &Step,
    sight: Sight,
    context: &Context,
) -> Vec<SignalOp> {
    let is_raised = |finding: &&Finding| {
        let is_worth_it = match finding.change {
            // Nobody's device is listed for analysts, who are not paged for each.
            Change::NewDevice => {
                !sight.is_known && !sight.is_first_import && judged.owner.is_some()
            }
            _ => finding.from.is_some() || !sight.is_first_import,
        };
        finding.is_alert && is_worth_it
    };
    let raised = step.findings.iter().filter(is_raised);
    let row = |finding: &Finding| {
        let id = DeliveryId::from_parts(context.now, fleet.0.entropy.bits());
        let body = write(&raised_of(fleet, judged, finding, context));
        let receiver = ALERTS.to_owned();
        SignalOp::Add(SignalRow { id, receiver, seq: 0, due: context.now, attempts: 0, body })
    };
    raised.map(row).collect()
}

fn raised_of(fleet: &Fleet, judged: &Judged, finding: &Finding, context: &Context) -> Raised {
    let language = &fleet.0.settings.language;
    let texts = &context.content.texts;
    let result = finding.practice.as_ref().and_then(|it| judged.evaluation.result(it));
    let title = match result {
        Some(result) => texts.words(result, judged.device.platform, language).title,
        None => texts.say(&Note::NewDevice.plain(), language),
    };
    let rule = match &finding.practice {
        Some(practice) => format!("device-{practice}"),
        None => NEW_DEVICE.to_owned(),
    };
    Raised {
        device: judged.device.id,
        rule,
        title,
        severity: severity(finding),
        person: judged.owner.as_ref().map(|owner| owner.id),
        facts: facts(&judged.device, judged.evaluation.grade().name()),
        at: context.now,
    }
}

fn severity(finding: &Finding) -> Severity {
    match &finding.practice {
        Some(Practice::Jailed) => Severity::High,
        Some(_) => Severity::Medium,
        None => Severity::Low,
    }
}

/// What an alert says about a device.
pub(super) fn facts(device: &Device, grade: &str) -> Facts {
    let mut facts = Facts::new();
    let mut put = |name: &str, text: Option<&str>| {
        facts.extend(text.map(|text| (name.to_owned(), text.into())));
    };
    put("device.id", Some(&device.id.to_string()));
    put("device.name", device.fact(Field::Name));
    put("device.model", device.fact(Field::Model));
    put("device.platform", Some(device.platform.name()));
    put("device.grade", Some(grade));
    let serials = device.identifiers.keys().filter(|(kind, _)| *kind == IdKind::Serial);
    put("device.serial", serials.map(|(_, serial)| serial.as_str()).next());
    facts
}

/// The alert that waits in a row.
pub(super) fn draft(row: &SignalRow) -> Result<AlertDraft, EngineError> {
    let raised: Raised = read(&row.body)?;
    Ok(AlertDraft {
        external_id: Some(row.id.to_string()),
        rule: raised.rule,
        title: raised.title,
        description: String::new(),
        severity: raised.severity,
        time: Some(raised.at),
        person: raised.person.map(|person| person.to_string().into()),
        url: None,
        facts: raised.facts,
        problems: Vec::new(),
    })
}

/// What relying parties are to be told of a step: one for a change, not for each check.
pub(super) fn signals(fleet: &Fleet, judged: &Judged, step: &Step) -> Vec<SignalOp> {
    let Some(change) = &step.compliance else { return Vec::new() };
    let device = &judged.device;
    // What is claimed of somebody else's device is nothing to know this one by.
    let is_claim = |flag: &Flag| flag.kind == FlagKind::Conflict(Conflict::Owner);
    let identifiers = match device.flags.iter().any(is_claim) {
        true => BTreeMap::new(),
        false => device.identifiers.keys().cloned().collect(),
    };
    let signal = ComplianceSignal {
        id: DeliveryId::from_parts(change.at, fleet.0.entropy.bits()),
        device: device.id,
        identifiers,
        email: device.owner.as_ref().and_then(|owner| owner.email.clone()),
        was_compliant: change.previous == Compliance::Compliant,
        is_compliant: change.current == Compliance::Compliant,
        at: change.at,
        initiator: match change.initiator {
            track::Initiator::Admin => Initiator::Admin,
            track::Initiator::User => Initiator::User,
            track::Initiator::Policy => Initiator::Policy,
        },
    };
    let row = |receiver: &String| {
        SignalOp::Add(SignalRow {
            id: signal.id,
            receiver: receiver.clone(),
            seq: 0,
            due: change.at,
            attempts: 0,
            body: signal.to_bytes(),
        })
    };
    fleet.0.parties.keys().map(row).collect()
}
