//! How rules do, and what was made of it: proposals that an analyst has accepted.
//!
//! A ruling is about one version of a rule, the hash of the file that says what is done about its
//! alerts, and ends after a while: whoever edits the file, or waits, is asked anew.

use std::{collections::BTreeMap, sync::Arc};

use casework::{
    Treatment,
    count::{self, About},
    health::{Change, Health, Proposal},
    input::Actor,
    policy::{Judgement, TraceLine},
};
use model::{Alert, Confidence, Personal, Span, Timestamp};
use ports::store::{Commit, Day, Record, RecordOp, Space, TALLIES_READ_MAX, Tallied, TallyQuery};
use serde::{Deserialize, Serialize};

use crate::{
    bytes::{read, write},
    engine::{Engine, EngineError},
};

/// How long a ruling holds.
pub const RULING_LIFE: Span = Span::days(90);
/// How many days back is looked unless told.
pub const DAYS: u16 = 90;
/// At most so many.
pub const DAYS_MAX: u16 = 400;
/// Rulings in force at most.
pub(crate) const RULINGS_MAX: usize = 1_000;
/// The longest note, in characters.
const NOTE_CHARS_MAX: usize = 1_000;

/// How a rule does.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleHealth {
    /// Its name, whatever its source.
    pub rule: String,
    /// All of its versions together.
    pub all: Health,
    /// By version, the hash of the file that says what is done about its alerts.
    pub versions: Vec<(String, Health)>,
    /// How often a suppression hid one of its alerts.
    pub suppressed: u64,
    /// What was ruled about it.
    pub rulings: Vec<Ruling>,
    /// Whether there is more than was counted: [`TALLIES_READ_MAX`] sums are read at once, and every
    /// number may be too low.
    pub is_cut: bool,
}

/// What was counted.
struct Counted {
    rows: Vec<Tallied>,
    /// Whether there may be more.
    is_cut: bool,
}

/// What was counted of one rule.
#[derive(Default)]
struct OfRule<'c> {
    rows: Vec<&'c Tallied>,
    people: u64,
    hidden: i64,
}

/// An accepted proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The rule.
    pub rule: String,
    /// Its version.
    pub version: String,
    /// What was proposed, with what spoke for it then.
    pub proposal: Proposal,
    /// Who accepted it.
    pub by: Actor,
    /// Why. Hostile text.
    pub note: Personal,
    /// When.
    pub at: Timestamp,
    /// Until then.
    pub expires_at: Timestamp,
}

/// The rulings in force, by rule and version.
#[derive(Debug, Default)]
pub(crate) struct Rulings(BTreeMap<(String, String), Ruling>);

impl Rulings {
    fn about(&self, rule: &str, version: &str, now: Timestamp) -> Option<&Ruling> {
        // Nearly always there are none: no key is made then.
        if self.0.is_empty() {
            return None;
        }
        let ruling = self.0.get(&(count::part(rule), count::part(version)));
        ruling.filter(|ruling| now < ruling.expires_at)
    }
}

impl Engine {
    /// How all rules did that had cases in the last days, by name.
    pub async fn rules_health(&self, days: u16) -> Result<Vec<RuleHealth>, EngineError> {
        // A store that is only looked at has not loaded them.
        self.load_rulings().await?;
        let of_rules = self.tallied(&count::prefix("rule", &[]), days).await?;
        let asked = self.tallied(&count::prefix("asked", &[]), days).await?;
        let hidden = self.tallied(&count::prefix("suppression", &[]), days).await?;
        let is_cut = [&of_rules, &asked, &hidden].iter().any(|counted| counted.is_cut);
        let mut rules: BTreeMap<&str, OfRule<'_>> = BTreeMap::new();
        for row in &of_rules.rows {
            if let Some(rule) = rule_of(&row.key) {
                rules.entry(rule).or_default().rows.push(row);
            }
        }
        for row in &asked.rows {
            if let Some(of_rule) = rule_of(&row.key).and_then(|rule| rules.get_mut(rule)) {
                of_rule.people += 1;
            }
        }
        for row in &hidden.rows {
            if let Some(of_rule) = rule_of(&row.key).and_then(|rule| rules.get_mut(rule)) {
                of_rule.hidden += row.n;
            }
        }
        let health = |(rule, of_rule): (&str, OfRule<'_>)| RuleHealth {
            is_cut,
            ..self.health_of(rule, of_rule)
        };
        Ok(rules.into_iter().map(health).collect())
    }

    /// How a rule did in the last days.
    pub async fn rule_health(&self, rule: &str, days: u16) -> Result<RuleHealth, EngineError> {
        self.load_rulings().await?;
        let of_rule = self.tallied(&count::prefix("rule", &[rule]), days).await?;
        if of_rule.rows.is_empty() {
            return Err(EngineError::NotFound);
        }
        let asked = self.tallied(&count::prefix("asked", &[rule]), days).await?;
        let hidden = self.tallied(&About::Suppression(rule).key(), days).await?;
        let is_cut = [&of_rule, &asked, &hidden].iter().any(|counted| counted.is_cut);
        let rule = count::part(rule);
        // A longer name may begin as this one does.
        let of_this = |row: &&Tallied| rule_of(&row.key) == Some(&*rule);
        let of_rule = OfRule {
            rows: of_rule.rows.iter().collect(),
            people: asked.rows.len() as u64,
            hidden: hidden.rows.iter().filter(of_this).map(|row| row.n).sum(),
        };
        Ok(RuleHealth { is_cut, ..self.health_of(&rule, of_rule) })
    }

    /// Accepts what the numbers propose about a version of a rule; it counts at once.
    pub async fn accept_proposal(
        &self,
        by: Actor,
        rule: &str,
        version: &str,
        change: Change,
        note: &str,
    ) -> Result<Ruling, EngineError> {
        let (rule, version) = (count::part(rule), count::part(version));
        let _turn = self.inner.adding_turn.lock().await;
        // This reads the rulings in force anew: what was added before the turn came is counted.
        let health = self.rule_health(&rule, DAYS).await?;
        let of_version = health.versions.iter().find(|(name, _)| *name == version);
        let proposal = of_version.and_then(|(_, health)| health.proposal());
        let Some(proposal) = proposal.filter(|proposal| proposal.change == change) else {
            let text = format!("the numbers do not propose to {} this version", change.name());
            return Err(EngineError::Invalid(text));
        };
        if self.parts.rulings.load().0.len() >= RULINGS_MAX {
            return Err(EngineError::Invalid(format!("at most {RULINGS_MAX} rulings")));
        }
        let at = self.now();
        let note = Personal::from(note.chars().take(NOTE_CHARS_MAX).collect::<String>());
        let expires_at = RULING_LIFE.after(at);
        let ruling = Ruling { rule, version, proposal, by, note, at, expires_at };
        let record = Record {
            space: Space::RuleRuling,
            key: key_of(&ruling.rule, &ruling.version),
            owner: None,
            value: write(&ruling),
            expires_at: Some(expires_at),
        };
        let text = format!("accepted to {} {}@{}", change.name(), ruling.rule, ruling.version);
        let journal = vec![self.entry("rule.ruled", ruling.by.to_string(), text)];
        let records = vec![RecordOp::Put(record)];
        self.parts.store.commit(Commit { records, journal, ..Commit::default() }).await?;
        self.load_rulings().await?;
        Ok(ruling)
    }

    /// Takes a ruling back; the rule counts as its files say.
    pub async fn end_ruling(
        &self,
        by: &Actor,
        rule: &str,
        version: &str,
    ) -> Result<(), EngineError> {
        let key = key_of(&count::part(rule), &count::part(version));
        let text = format!("took back what was ruled about {}", key.replace(count::SEPARATOR, "@"));
        let journal = vec![self.entry("rule.ruling_ended", by.to_string(), text)];
        let records = vec![RecordOp::Take { space: Space::RuleRuling, key, now: self.now() }];
        self.parts.store.commit(Commit { records, journal, ..Commit::default() }).await?;
        self.load_rulings().await
    }

    /// Reads the rulings in force. Told after every change, and when the server starts.
    pub(crate) async fn load_rulings(&self) -> Result<(), EngineError> {
        let _turn = self.inner.force_turn.lock().await;
        let limit = u32::try_from(RULINGS_MAX).unwrap_or(u32::MAX);
        let records = self.parts.store.records(Space::RuleRuling, None, "", self.now(), limit);
        let mut rulings = BTreeMap::new();
        for record in records.await? {
            let ruling: Ruling = read(&record.value)?;
            rulings.insert((ruling.rule.clone(), ruling.version.clone()), ruling);
        }
        self.parts.rulings.store(Arc::new(Rulings(rulings)));
        Ok(())
    }

    /// Whether a rule's cases are watched only, because an analyst has accepted that.
    pub(crate) fn is_demoted(&self, alert: &Alert, treatment: &Treatment) -> bool {
        let rulings = self.parts.rulings.load();
        let ruling = rulings.about(&alert.rule, &treatment.policy_hash, self.now());
        ruling.is_some_and(|ruling| ruling.proposal.change == Change::Demote)
    }

    /// What an accepted proposal changes about a decision.
    pub(crate) fn ruled(
        &self,
        alert: &Alert,
        mut decision: casework::policy::Decision,
    ) -> casework::policy::Decision {
        let rulings = self.parts.rulings.load();
        let version = decision.treatment.policy_hash.as_str();
        let Some(ruling) = rulings.about(&alert.rule, version, self.now()) else {
            return decision;
        };
        let said = format!("{}d by {}", ruling.proposal.change.name(), ruling.by);
        let step = "rule".to_owned();
        let (by, read) = (format!("rule:{}@{}", ruling.rule, ruling.version), Vec::new());
        decision.trace.push(TraceLine { step, by: by.clone(), said: said.clone(), read });
        match ruling.proposal.change {
            Change::Promote => {
                let confidence = decision.treatment.confidence;
                let next = Confidence::ALL.iter().copied().find(|next| *next > confidence);
                decision.treatment.confidence = next.unwrap_or(confidence);
            }
            Change::Retire if decision.judgement == Judgement::Go => {
                decision.judgement = Judgement::Filtered { by, why: said };
            }
            // Its cases are watched; see `is_demoted`.
            Change::Demote | Change::Retire => {}
        }
        decision
    }

    async fn tallied(&self, prefix: &str, days: u16) -> Result<Counted, EngineError> {
        let to = Day::of(self.now());
        let from = to.before(days.clamp(1, DAYS_MAX) - 1);
        let query = TallyQuery { prefix: prefix.to_owned(), from, to, limit: TALLIES_READ_MAX };
        let rows = self.parts.store.tallies(&query).await?;
        let is_cut = rows.len() >= TALLIES_READ_MAX as usize;
        Ok(Counted { rows, is_cut })
    }

    fn health_of(&self, rule: &str, of_rule: OfRule<'_>) -> RuleHealth {
        let OfRule { rows, people, hidden } = of_rule;
        let mut by_version: BTreeMap<&str, Vec<(&str, i64)>> = BTreeMap::new();
        for row in rows {
            let version = count::parts(&row.key).get(1).copied().unwrap_or_default();
            by_version.entry(version).or_default().push((&row.name, row.n));
        }
        let mut all = Health::of([], people);
        let mut versions = Vec::new();
        for (version, sums) in by_version {
            let health = Health::of(sums, people);
            all.add(&health);
            versions.push((version.to_owned(), health));
        }
        let now = self.now();
        let rulings = self.parts.rulings.load();
        let rulings = versions.iter().filter_map(|(version, _)| rulings.about(rule, version, now));
        let rulings = rulings.cloned().collect();
        let suppressed = u64::try_from(hidden).unwrap_or(0);
        RuleHealth { rule: rule.to_owned(), all, versions, suppressed, rulings, is_cut: false }
    }
}

fn rule_of(key: &str) -> Option<&str> {
    count::parts(key).first().copied()
}

fn key_of(rule: &str, version: &str) -> String {
    format!("{rule}{}{version}", count::SEPARATOR)
}
