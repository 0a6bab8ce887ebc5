//! Sources send alerts: new ones, the same again, the same id with other content, graver ones,
//! ones about nobody known, several at once.

use model::{FactValue, Facts, Personal, Severity, Span};
use ports::source::{AlertDraft, Rejected};

use crate::sim::{content::RULES, ledger::short, vendors::device_of, witness::MARK, world::World};
use ports::Clock as _;

/// Rules whose proofs earn quiet.
const EARNING: [&str; 2] = ["earn", "strong"];
const SOURCES: [&str; 2] = ["siem", "edr"];
/// How many ids a source uses: few, so that they come again.
const IDS: usize = 60;
/// People whom most alerts are about.
const BUSY_PEOPLE: usize = 5;
/// Alerts in one request.
const BATCH_MAX: usize = 4;

impl World {
    pub(super) fn send_alert(&mut self) {
        let (source, draft) = self.new_alert();
        self.send(source, vec![Ok(draft)]);
    }

    /// Exactly what was sent before.
    pub(super) fn send_again(&mut self) {
        if let Some((source, draft)) = self.place.chance.pick(&self.sent) {
            self.send(source, vec![Ok(draft)]);
        }
    }

    /// What was sent before, with something else in it.
    pub(super) fn send_changed(&mut self) {
        let Some((source, mut draft)) = self.place.chance.pick(&self.sent) else { return };
        match self.below(4) {
            0 => draft.severity = Severity::Critical,
            1 => draft.time = Some(Span::hours(90).before(self.now())),
            2 => draft.external_id = Some(format!("{MARK}-{}", self.below(IDS))),
            _ => {
                let value = format!("{MARK} {}", self.below(5));
                draft.facts.insert("path".to_owned(), FactValue::Text(value));
            }
        }
        self.send(source, vec![Ok(draft)]);
    }

    /// The same kind of thing happens once more: what a proof may have earned quiet for.
    pub(super) fn send_alike(&mut self) {
        let earns = |(_, draft): &&(String, AlertDraft)| EARNING.contains(&draft.rule.as_str());
        let earning: Vec<_> = self.sent.iter().filter(earns).cloned().collect();
        let Some((source, mut draft)) = self.place.chance.pick(&earning) else { return };
        draft.external_id = Some(format!("{MARK}-alike-{}", self.next()));
        draft.time = None;
        self.send(source, vec![Ok(draft)]);
    }

    pub(super) fn send_batch(&mut self) {
        let source = SOURCES[self.below(SOURCES.len())].to_owned();
        let count = 2 + self.below(BATCH_MAX - 1);
        let mut drafts = Vec::new();
        for _ in 0..count {
            drafts.push(match self.chance(100) {
                true => Err(Rejected { problem: "the title is missing".to_owned() }),
                false => Ok(self.new_alert().1),
            });
        }
        self.send(source, drafts);
    }

    fn new_alert(&mut self) -> (String, AlertDraft) {
        let source = SOURCES[self.below(SOURCES.len())].to_owned();
        let rule = RULES[self.below(RULES.len())];
        // Few people, so that much happens to each; now and then nobody known.
        let member = match self.chance(60) {
            true => self.cast.members.len(),
            false => self.below(self.cast.members.len().min(BUSY_PEOPLE)),
        };
        let person = self.cast.members.get(member).map(|member| match self.below(4) {
            0 => member.person.aliases[0].clone(),
            _ => member.person.email.clone(),
        });
        let person = match (person, self.chance(300)) {
            (None, true) => Some(Personal::new(format!("stranger.{MARK}@corp.example"))),
            (found, _) => found,
        };
        let number = self.below(IDS);
        let time = match self.below(6) {
            0 => Some(Span::hours(80).before(self.now())),
            1 => Some(Span::minutes(10).after(self.now())),
            2 => Some(Span::minutes(2).before(self.now())),
            _ => None,
        };
        let draft = AlertDraft {
            external_id: (!self.chance(150)).then(|| format!("{MARK}-{number}")),
            rule: rule.to_owned(),
            title: format!("Something {MARK} on {rule}"),
            description: String::new(),
            severity: Severity::ALL[self.below(Severity::ALL.len())],
            time,
            person,
            url: None,
            facts: self.facts(member),
            problems: Vec::new(),
        };
        (source, draft)
    }

    fn facts(&self, member: usize) -> Facts {
        let mut facts = Facts::new();
        let mut tell = |name: &str, text: String| {
            facts.insert(name.to_owned(), FactValue::Text(text));
        };
        tell("host", format!("host-{MARK}-{}", self.below(2)));
        if self.chance(500) {
            tell("action", format!("act-{MARK}-{}", self.below(2)));
        }
        // Sometimes the alert is about the very thing that would prove the answer.
        if let Some(member) = self.cast.members.get(member).filter(|_| self.chance(80)) {
            let factor = self.place.chance.pick(&member.factors);
            let device = device_of(&member.person);
            tell("device", factor.map_or(device, |factor| factor.id.to_string()));
        }
        facts
    }

    fn send(&mut self, source: String, drafts: Vec<Result<AlertDraft, Rejected>>) {
        let good: Vec<AlertDraft> = drafts.iter().flatten().cloned().collect();
        self.sent.extend(good.iter().map(|draft| (source.clone(), draft.clone())));
        let mut submits = Vec::new();
        for draft in &good {
            submits.push(self.ledger.submit(&source, draft));
        }
        let (engine, ledger) = (self.engine.clone(), self.ledger.clone());
        let (witness, clock) = (self.place.witness.clone(), self.place.clock.clone());
        let rules: Vec<_> = good.iter().map(|draft| draft.rule.as_str()).collect();
        self.start(format!("{source} sends {}", rules.join(" ")), async move {
            let taken = match engine.accept(&source, drafts).await {
                Ok(taken) => taken,
                Err(error) => {
                    good.iter().for_each(|draft| ledger.refused(&source, draft));
                    return error.to_string();
                }
            };
            if taken.alerts.len() != good.len() {
                witness.wrong("not every alert of a request has its answer");
            }
            let mut line = Vec::new();
            for ((told, draft), submit) in taken.alerts.iter().zip(good).zip(submits) {
                let word = if told.is_duplicate { "known in" } else { "taken in" };
                line.push(format!("{word} {}", short(told.case)));
                let noted = ledger.accepted(&source, draft, submit, told, clock.now());
                if let Err(wrong) = noted {
                    witness.wrong(wrong);
                }
            }
            line.join(", ")
        });
    }
}
