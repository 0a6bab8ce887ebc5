//! Devices for the wire, from what is shown of them.

use model::device::IdKind;
use runtime::posture::{
    CheckView, DeviceView, ExemptionState, ExemptionView, HistoryView, Listed, RecordView, Said,
};

use super::{
    CheckBody, DeviceBody, ExemptionBody, FactBody, HistoryBody, IdentifierBody, LinkBody,
    ListedBody, OwnerBody, RecordBody, SaidBody, SourceBody,
};

impl From<Listed> for ListedBody {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.id.to_string(),
            name: listed.name,
            model: listed.model,
            platform: listed.platform.name(),
            person: listed.owner.map(|owner| owner.to_string()),
            email: listed.email.map(|email| email.reveal().to_owned()),
            grade: listed.grade,
            failing: listed.failing.iter().map(ToString::to_string).collect(),
            sources: listed.sources,
            last_seen: listed.last_seen,
            flagged: listed.is_flagged,
        }
    }
}

impl From<DeviceView> for DeviceBody {
    fn from(view: DeviceView) -> Self {
        let owner = view.owner.map(|owner| OwnerBody {
            person: owner.person.map(|person| person.to_string()),
            email: owner.email.map(|email| email.reveal().to_owned()),
            confidence: owner.confidence,
            source: owner.source,
        });
        let facts = view.facts.into_iter().map(|fact| {
            let others = fact.others.into_iter().map(SaidBody::from).collect();
            (fact.field.name(), FactBody { said: fact.said.into(), others })
        });
        let identifiers = view.identifiers.into_iter();
        let identifier = |((kind, value), sources): ((IdKind, String), _)| IdentifierBody {
            kind: kind.name(),
            value,
            sources,
        };
        let links = view.links.into_iter().map(|(left, right, why)| LinkBody {
            left: [left.source, left.id],
            right: [right.source, right.id],
            why,
        });
        Self {
            id: view.id.to_string(),
            name: view.name,
            platform: view.platform.name(),
            system: view.system,
            owner,
            last_seen: view.last_seen,
            older: view.is_older,
            is_virtual: view.is_virtual,
            grade: view.grade.name(),
            reasons: view.reasons.iter().map(ToString::to_string).collect(),
            compliant: view.is_compliant,
            next_deadline: view.next_deadline,
            checks: view.checks.into_iter().map(CheckBody::from).collect(),
            facts: facts.collect(),
            identifiers: identifiers.map(identifier).collect(),
            mac_addresses: view.macs,
            records: view.records.into_iter().map(RecordBody::from).collect(),
            links: links.collect(),
            exemptions: view.exemptions.into_iter().map(ExemptionBody::from).collect(),
            sources: view.sources.into_iter().map(SourceBody::from).collect(),
            history: view.history.into_iter().map(HistoryBody::from).collect(),
            flagged: view.is_flagged,
            disowned: view.is_disowned,
        }
    }
}

impl From<Said> for SaidBody {
    fn from(said: Said) -> Self {
        Self { value: said.value, source: said.source, observed_at: said.observed_at }
    }
}

impl From<RecordView> for RecordBody {
    fn from(view: RecordView) -> Self {
        Self {
            source: view.key.source,
            id: view.key.id,
            last_sync: view.last_sync,
            fetched_at: view.fetched_at,
            gone: view.is_gone,
            replaced: view.is_replaced,
        }
    }
}

impl From<CheckView> for CheckBody {
    fn from(view: CheckView) -> Self {
        Self {
            practice: view.practice.to_string(),
            check: view.check,
            state: view.state.name(),
            underlying: view.underlying.name(),
            title: view.title,
            description: view.description,
            directions: view.directions,
            details: view.details,
            source: view.source,
            observed_at: view.observed_at,
            source_failing: view.is_source_failing,
            failing_since: view.failing_since,
            deadline: view.deadline,
            exempt_until: view.exempt_until,
            displayed: view.is_displayed,
        }
    }
}

impl From<HistoryView> for HistoryBody {
    fn from(view: HistoryView) -> Self {
        Self {
            at: view.at,
            practice: view.practice.to_string(),
            issue: view.issue,
            from: view.from.map(|state| state.name()),
            to: view.to.name(),
            reason: view.reason,
        }
    }
}

impl From<ExemptionView> for ExemptionBody {
    fn from(view: ExemptionView) -> Self {
        let (state, until, decided_by) = match view.state {
            ExemptionState::Requested => ("requested", None, None),
            ExemptionState::Approved { by, until, .. } if view.is_over => {
                ("expired", Some(until), Some(by))
            }
            ExemptionState::Approved { by, until, .. } => ("approved", Some(until), Some(by)),
            ExemptionState::Denied { by, .. } => ("denied", None, Some(by)),
            ExemptionState::Revoked { by, .. } => ("revoked", None, Some(by)),
        };
        Self {
            id: view.key,
            device: view.device.to_string(),
            practice: view.practice.to_string(),
            requested_by: view.requested_by.to_string(),
            reason: view.reason.reveal().to_owned(),
            requested_at: view.requested_at,
            state,
            until,
            decided_by: decided_by.map(|by| by.to_string()),
        }
    }
}
