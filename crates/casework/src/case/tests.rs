//! The life of a case, told as claims.

mod actions;
mod confirmed;
mod counts;
mod decided;
mod erasing;
mod independence;
mod joins;
mod ladder;
mod life;
mod playbooks;
mod proofs;
mod properties;
mod pushes;

use std::collections::BTreeMap;

use model::{
    Alert, AlertId, Answer, Assurance, CaseId, ChallengeId, Confidence, DeliveryId, Disposition,
    FactValue, FactorId, Method, Outcome, PersonId, Reason, Severity, Span, StateName, Timestamp,
};

use super::{Around, Case, Fate, Refusal, Step, step};
use crate::{
    Act, Ask, AskClock, Desk, Effect, Group, Input, Message, Moment, Response, Treatment,
    calendar::Calendar,
    count::Count,
    input::{Actor, Evidence, Opening, ProofResult, Subject, Timer},
    known::Known,
    ladder::Ladder,
    ledger::guard::{Guard, Limits},
    news::News,
    policy::Judgement,
    proof::{FactorAge, FactorFacts},
    treatment::STORM,
};

#[track_caller]
fn check(world: &World, id: CaseId, state: StateName, reason: impl Into<Option<Reason>>) {
    assert_eq!(world.state(id), (state, reason.into()));
}

/// One person, her desk and her cases, with a clock that is moved by hand.
#[derive(Clone)]
pub(super) struct World {
    pub(super) now: Timestamp,
    pub(super) desk: Desk,
    pub(super) guard: Guard,
    pub(super) cases: BTreeMap<CaseId, Case>,
    pub(super) records: BTreeMap<CaseId, Vec<super::Record>>,
    pub(super) effects: Vec<(CaseId, Effect)>,
    pub(super) counts: BTreeMap<(String, String), i64>,
    pub(super) news: Vec<News>,
    calendar: Calendar,
    seed: u128,
}

pub(super) fn start() -> Timestamp {
    "2026-11-20T09:00:00Z".parse().expect("a time")
}

fn all_week() -> Calendar {
    let (monday, time) = (jiff::civil::Weekday::Monday, jiff::civil::Time::constant);
    let days = monday.cycle_forward().take(7);
    Calendar::new(days, time(9, 0, 0, 0), time(17, 0, 0, 0), jiff::tz::TimeZone::UTC, [].into())
        .expect("hours")
}

fn around<'a>(calendar: &'a Calendar, guard: &'a mut Guard) -> Around<'a> {
    Around { calendar, guard: Some(guard), limits: Limits::of(0) }
}

pub(super) fn person() -> PersonId {
    PersonId::from_digest(42)
}

pub(super) fn asking(assurance: Assurance) -> Treatment {
    Treatment {
        policy: "p".to_owned(),
        policy_hash: "h1".to_owned(),
        severity: Severity::Medium,
        why: vec!["matches".to_owned()],
        act: Act::Ask(Ask {
            message: "generic".to_owned(),
            assurance,
            deadline: Span::hours(2),
            clock: AskClock::Wall,
            reminders: vec![Span::minutes(30), Span::hours(1)],
            is_comment_required: false,
            is_late_proof_allowed: true,
            is_reviewed: false,
            second: None,
        }),
        confidence: Confidence::Medium,
        opening: Vec::new(),
        on: BTreeMap::from([(
            Outcome::Verified,
            vec![Response::Suppress {
                span: Span::hours(21),
                max_hits: 2,
                same: vec!["host".to_owned()],
            }],
        )]),
        group: Group { by: None, window: Span::hours(1), name: None, storm: STORM },
    }
}

pub(super) fn ways(method: Method) -> FactorFacts {
    let created = Span::days(90).before(start());
    FactorFacts {
        id: Some(FactorId::from_digest(7)),
        method,
        age: FactorAge::Since(created),
        device: None,
    }
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            now: start(),
            desk: Desk::new(person()),
            guard: Guard::default(),
            cases: BTreeMap::new(),
            records: BTreeMap::new(),
            effects: Vec::new(),
            counts: BTreeMap::new(),
            news: Vec::new(),
            calendar: all_week(),
            seed: 1,
        }
    }

    pub(super) fn seed(&mut self) -> u128 {
        self.seed = self.seed.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E);
        self.seed
    }

    pub(super) fn alert(&mut self, facts: &[(&str, &str)]) -> Alert {
        let seed = self.seed();
        Alert {
            id: AlertId::from_parts(self.now, seed),
            source: "siem".to_owned(),
            external_id: None,
            rule: "sudo".to_owned(),
            title: "Somebody used sudo".to_owned(),
            description: String::new(),
            severity: Severity::Medium,
            time: self.now,
            person: Some("mia@example.com".into()),
            url: None,
            facts: facts.iter().map(|(k, v)| ((*k).to_owned(), FactValue::from(*v))).collect(),
            received_at: self.now,
            problems: Vec::new(),
        }
    }

    pub(super) fn opening(&mut self, treatment: Treatment, facts: &[(&str, &str)]) -> Opening {
        let seed = self.seed();
        let alert = self.alert(facts);
        let group_key = super::group_key(&alert, Some(person()), &treatment);
        Opening {
            case: CaseId::from_parts(self.now, seed),
            alert,
            subject: Some(Subject {
                person: person(),
                zone: "Europe/Berlin".to_owned(),
                language: "en".to_owned(),
                is_active: true,
            }),
            treatment,
            group_key,
            channels: vec!["slack".to_owned(), "mail".to_owned()],
            distrusted: Vec::new(),
            is_observed: false,
            asked_by: None,
            evidence: Evidence {
                independence_window: Span::hours(72),
                attempts: 3,
                sampled_permille: 0,
            },
            ladder: Ladder::default(),
            known: Known::default(),
            judgement: Judgement::Go,
            trace: Vec::new(),
            looking_up: None,
            confirms: None,
        }
    }

    pub(super) fn open_with(&mut self, opening: Opening) -> CaseId {
        let id = opening.case;
        let has_desk = opening.subject.is_some();
        let moment = Moment { now: self.now, seed: self.seed() };
        let desk = has_desk.then_some(&mut self.desk);
        let input = Input::Open(Box::new(opening));
        let around = around(&self.calendar, &mut self.guard);
        let made = step(None, desk, input, moment, around).expect("opens");
        self.keep(id, made);
        id
    }

    pub(super) fn open(&mut self, facts: &[(&str, &str)]) -> CaseId {
        let opening = self.opening(asking(Assurance::Possession), facts);
        self.open_with(opening)
    }

    pub(super) fn try_give(&mut self, id: CaseId, input: Input) -> Result<(), Refusal> {
        let moment = Moment { now: self.now, seed: self.seed() };
        let case = self.cases[&id].clone();
        let desk = case.subject.is_some().then_some(&mut self.desk);
        let around = around(&self.calendar, &mut self.guard);
        let made = step(Some(case), desk, input, moment, around)?;
        self.keep(id, made);
        Ok(())
    }

    pub(super) fn give(&mut self, id: CaseId, input: Input) {
        self.try_give(id, input).expect("is taken");
    }

    fn keep(&mut self, id: CaseId, made: Step) {
        self.records.entry(id).or_default().push(made.record);
        self.effects.extend(made.effects.iter().cloned().map(|effect| (id, effect)));
        self.cases.insert(id, made.case);
        self.news.extend(made.news);
        for Count { key, name, n } in made.counts {
            *self.counts.entry((key, name)).or_default() += n;
        }
        for effect in made.effects {
            if let Effect::PassTurn { case } = effect {
                self.give(case, Input::Wake { timer: Timer::Turn });
            }
        }
    }

    pub(super) fn say(&mut self, id: CaseId, answer: Answer) {
        self.say_with(id, answer, vec![ways(Method::Totp), ways(Method::Passkey)]).expect("taken");
    }

    pub(super) fn say_with(
        &mut self,
        id: CaseId,
        answer: Answer,
        factors: Vec<FactorFacts>,
    ) -> Result<(), Refusal> {
        let revision = self.cases[&id].revision;
        let channel = "slack".to_owned();
        self.try_give(id, Input::Answer { answer, channel, revision, factors, comment: None })
    }

    pub(super) fn challenge(&mut self, id: CaseId, method: Method) -> Result<ChallengeId, Refusal> {
        let challenge = ChallengeId::from_parts(self.now, self.seed());
        let (factors, session) = (vec![ways(method)], "s1".to_owned());
        self.try_give(id, Input::Challenge { challenge, method, factors, session })?;
        Ok(challenge)
    }

    pub(super) fn prove(&mut self, id: CaseId, method: Method) {
        let challenge = self.challenge(id, method).expect("may try");
        let result = ProofResult::Proven(ways(method));
        self.give(id, Input::Proof { challenge, result });
    }

    pub(super) fn deliver_all(&mut self, id: CaseId) {
        let sending = |sent: &&super::Sent| sent.fate == Fate::Sending;
        let asked = self.cases[&id].ask.clone().map(|ask| ask.messages).unwrap_or_default();
        let ids: Vec<DeliveryId> = asked.iter().filter(sending).map(|sent| sent.delivery).collect();
        for delivery in ids {
            self.give(id, Input::Delivered { delivery });
        }
    }

    pub(super) fn pass(&mut self, span: Span) {
        self.now = span.after(self.now);
    }

    pub(super) fn wake(&mut self, id: CaseId, timer: Timer) {
        self.give(id, Input::Wake { timer });
    }

    pub(super) fn state(&self, id: CaseId) -> (StateName, Option<model::Reason>) {
        let case = &self.cases[&id];
        (case.state_name(), case.reason())
    }

    pub(super) fn count(&self, id: CaseId, what: impl Fn(&Effect) -> bool) -> usize {
        self.effects.iter().filter(|(case, effect)| *case == id && what(effect)).count()
    }

    pub(super) fn pages(&self, id: CaseId) -> usize {
        self.count(id, |effect| matches!(effect, Effect::Escalate { page: true, .. }))
    }

    pub(super) fn questions(&self, id: CaseId) -> usize {
        self.count(id, |effect| matches!(effect, Effect::Send { message: Message::Question, .. }))
    }

    pub(super) fn analyst(&self) -> Actor {
        Actor::Person(PersonId::from_digest(1))
    }

    pub(super) fn dispose(&mut self, id: CaseId, by: Actor) -> Result<(), Refusal> {
        let note = "looked at it".into();
        let (disposition, revision) = (Disposition::Benign, None);
        self.try_give(id, Input::Dispose { disposition, revision, by, note })
    }
}
