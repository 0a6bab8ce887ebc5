//! One alert: known already, one more of an open case, or the beginning of a case.

use std::sync::Arc;

use casework::{
    Case, Input, Treatment,
    case::group_key,
    input::{LookingUp, Opening, Subject},
    known::Known,
    policy::{Decision, Judgement, TraceLine},
};
use model::{Alert, AlertId, CaseId, Person, StateName};
use ports::{source::AlertDraft, store::Wanted};

use super::{
    AcceptedAlert, OwnDraft,
    known::{Identity, Seen},
};
use crate::{
    ahead::PersonAhead,
    apply::{Along, ApplyError},
    engine::{Engine, EngineError},
};

/// How often an alert is looked at again because others changed what it found.
const ATTEMPTS: usize = 16;

/// How the keys begin of cases in which what a rule in shadow finds is recorded.
const WATCHED: &str = "watched:";

/// An alert with what is to be done about it.
pub(crate) struct Read {
    pub(crate) alert: Alert,
    pub(crate) person: Option<Arc<Person>>,
    pub(crate) treatment: Treatment,
    pub(crate) judgement: Judgement,
    pub(crate) trace: Vec<TraceLine>,
    pub(crate) known: Known,
    /// What is still being looked up.
    pub(crate) looking_up: Option<LookingUp>,
    pub(crate) group_key: String,
    /// Whether it is only recorded: its rule is in shadow for this person.
    pub(crate) is_watched: bool,
}

/// An alert that is on its way in.
pub(super) struct Incoming {
    identity: Identity,
    read: Read,
}

/// What the store knows that decides where an alert goes.
pub(super) struct Place {
    seen: Option<Seen>,
    /// The open case of its group.
    open: Option<CaseId>,
    /// What was read of the person it is about.
    person: Option<PersonAhead>,
}

/// Where an alert goes.
enum Way {
    Duplicate,
    Join { case: CaseId, is_update: bool },
    Open,
}

impl Engine {
    pub(super) async fn incoming(&self, source: &str, draft: AlertDraft) -> Incoming {
        let identity = Identity::of(source, &draft);
        Incoming { identity, read: self.read(source, draft).await }
    }

    /// An alert of our own. What is only recorded never joins what is asked about.
    pub(super) async fn incoming_own(&self, source: &str, own: OwnDraft) -> Incoming {
        let identity = Identity::of_own(source, &own.id);
        let mut read = self.read(source, own.draft).await;
        if !own.is_live {
            read.is_watched = true;
            read.group_key = format!("{WATCHED}{}", read.group_key);
        }
        Incoming { identity, read }
    }

    /// What is known of each of these alerts, read at once.
    pub(super) async fn known_of(&self, incoming: &[Incoming]) -> Result<Vec<Place>, EngineError> {
        let people = incoming.iter().filter_map(|each| each.read.person.as_ref());
        let people: Vec<_> = people.map(|person| person.id).collect();
        let chats: Vec<_> = self.parts.chats.iter().map(|(name, _)| name.clone()).collect();
        let wanted = Wanted {
            records: incoming.iter().map(|each| each.identity.place()).collect(),
            open_cases: incoming.iter().map(|each| each.read.group_key.clone()).collect(),
            ..Wanted::default()
        };
        let (people, found) = self.of_people(&people, &chats, wanted).await?;
        let mut people = people.into_iter();
        let rows = incoming.iter().zip(found.records).zip(found.open_cases);
        rows.map(|((each, record), open)| {
            let person = each.read.person.as_ref().and_then(|_| people.next().flatten());
            let seen = record.map(Seen::of).transpose()?;
            Ok(Place { seen, open, person })
        })
        .collect()
    }

    pub(super) async fn accept_one(
        &self,
        incoming: Incoming,
        known: Place,
    ) -> Result<AcceptedAlert, EngineError> {
        let id = incoming.read.alert.id;
        let mut known = known;
        for _ in 0..ATTEMPTS {
            let result = match self.way(&incoming, &known).await? {
                Way::Duplicate => Ok(None),
                Way::Join { case, is_update } => {
                    self.join(&incoming, &known, case, is_update).await.map(Some)
                }
                Way::Open => self.begin(&incoming, &known).await.map(Some),
            };
            match (result, &known.seen) {
                (Ok(Some(case)), _) => {
                    return Ok(AcceptedAlert { id, is_duplicate: false, case });
                }
                (Ok(None), Some(Seen { known, .. })) => {
                    let (id, case) = (known.alert, known.case);
                    return Ok(AcceptedAlert { id, is_duplicate: true, case });
                }
                (Ok(None), None) | (Err(ApplyError::Taken | ApplyError::Missing), _) => {}
                (Err(error), _) => return Err(error.into()),
            }
            known = self.known_of_one(&incoming).await?;
        }
        Err(EngineError::crowded())
    }

    /// What is known of one alert.
    async fn known_of_one(&self, incoming: &Incoming) -> Result<Place, EngineError> {
        let known = self.known_of(std::slice::from_ref(incoming)).await?;
        known.into_iter().next().ok_or(EngineError::NotFound)
    }

    /// An alert from its draft: whom it is about, and what the policies say.
    pub(super) async fn read(&self, source: &str, mut draft: AlertDraft) -> Read {
        let received_at = self.now();
        let time = draft.settle_time(received_at);
        let alert = Alert {
            id: AlertId::from_parts(received_at, self.parts.entropy.bits()),
            source: source.to_owned(),
            external_id: draft.external_id,
            rule: draft.rule,
            title: draft.title,
            description: draft.description,
            severity: draft.severity,
            time,
            person: draft.person,
            url: draft.url,
            facts: draft.facts,
            received_at,
            problems: draft.problems,
        };
        let named = alert.person.as_ref();
        let person = named.and_then(|name| self.parts.directory.find(name.reveal()));
        let (known, looking_up) = self.known_at_once(&alert, person.as_deref()).await;
        let Decision { treatment, judgement, trace } =
            self.decision(&alert, person.as_deref(), &known);
        let group_key = group_key(&alert, person.as_ref().map(|person| person.id), &treatment);
        let is_watched = self.parts.settings.is_observed;
        Read {
            alert,
            person,
            treatment,
            judgement,
            trace,
            known,
            looking_up,
            group_key,
            is_watched,
        }
    }

    async fn way(&self, incoming: &Incoming, known: &Place) -> Result<Way, EngineError> {
        let Incoming { identity, read } = incoming;
        if let Some(seen) = &known.seen {
            if seen.known.content == identity.content {
                return Ok(Way::Duplicate);
            }
            // The same id with other content: new facts of the same thing, while that is open.
            let case = self.load(seen.known.case).await?.map(|loaded| loaded.case);
            if case.is_some_and(|case| case.state_name().is_open()) {
                return Ok(Way::Join { case: seen.known.case, is_update: true });
            }
        }
        let Some(open) = known.open else {
            let person = known.person.as_ref().filter(|_| !read.is_watched);
            let desk = person.map(|person| &person.desk.desk);
            let group = &read.treatment.group;
            // So many questions of one rule wait already: this one joins the last.
            return Ok(match desk.and_then(|desk| desk.storm(&read.alert.rule, group.storm)) {
                Some(case) => Way::Join { case, is_update: false },
                None => Way::Open,
            });
        };
        let Some(loaded) = self.load(open).await? else { return Ok(Way::Open) };
        if !is_window_over(&loaded.case, read) {
            return Ok(Way::Join { case: open, is_update: false });
        }
        self.input(open, Input::Superseded).await?;
        Ok(Way::Open)
    }

    async fn join(
        &self,
        incoming: &Incoming,
        known: &Place,
        case: CaseId,
        is_update: bool,
    ) -> Result<CaseId, ApplyError> {
        let Incoming { identity, read } = incoming;
        let op = identity.op(known.seen.as_ref(), read.alert.id, case, self.now());
        let input = Input::Join {
            alert: Box::new(read.alert.clone()),
            treatment: Box::new(read.treatment.clone()),
            is_update,
        };
        self.apply(case, input, Along::default().with([op])).await.map(|case| case.id)
    }

    async fn begin(&self, incoming: &Incoming, known: &Place) -> Result<CaseId, ApplyError> {
        let Incoming { identity, read } = incoming;
        let ahead = known.person.as_ref();
        let (opening, along) = self.opening(read, ahead).await?;
        let op = identity.op(known.seen.as_ref(), read.alert.id, opening.case, self.now());
        self.open(opening, along.with([op]), ahead).await.map(|case| case.id)
    }

    /// How the case of an alert begins, and what is kept along with it.
    pub(crate) async fn opening(
        &self,
        read: &Read,
        ahead: Option<&PersonAhead>,
    ) -> Result<(Opening, Along), EngineError> {
        let settings = &self.parts.settings;
        let now = self.now();
        let mut opening = Opening {
            case: CaseId::from_parts(now, self.parts.entropy.bits()),
            alert: read.alert.clone(),
            subject: None,
            treatment: read.treatment.clone(),
            group_key: read.group_key.clone(),
            channels: Vec::new(),
            distrusted: Vec::new(),
            is_observed: read.is_watched || self.is_demoted(&read.alert, &read.treatment),
            asked_by: None,
            evidence: settings.evidence,
            ladder: settings.escalation.ladder(),
            known: read.known.clone(),
            judgement: read.judgement.clone(),
            trace: read.trace.clone(),
            looking_up: read.looking_up.clone(),
            confirms: None,
        };
        let mut along = Along::default();
        if let Some(person) = &read.person {
            let reach = self.reach(person, ahead).await?;
            opening.subject = Some(self.subject(person));
            opening.channels = reach.channels;
            opening.distrusted = reach.distrusted;
            along.records = reach.records;
            along.bindings = reach.bindings;
        }
        Ok((opening, along))
    }

    fn subject(&self, person: &Person) -> Subject {
        let settings = &self.parts.settings;
        let zone = person.zone(settings.calendar.zone());
        let language = person.language.as_ref().or(settings.languages.first());
        Subject {
            person: person.id,
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            language: language.cloned().unwrap_or_default(),
            is_active: person.active,
        }
    }
}

/// Whether a case takes no further alerts of its group: nothing came for as long as the policy
/// says, and nobody is being asked.
fn is_window_over(case: &Case, read: &Read) -> bool {
    let is_waiting = !matches!(case.state_name(), StateName::Escalated | StateName::Watching);
    let over_at = case.treatment.group.window.after(case.last_alert_at);
    !is_waiting && over_at < read.alert.received_at
}
