//! What else is known of an alert: steps of enrichment, each within its time, remembered for as long
//! as its answer is good, and left alone for a while when it fails again and again.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use casework::{
    input::LookingUp,
    known::{Finding, Known},
    policy::{Decision, Look},
};
use futures::{StreamExt, stream};
use model::{Alert, Facts, Person, Span, Timestamp};
use ports::{
    Failure,
    enricher::{About, Enricher},
};

use crate::{engine::Engine, meters::Meter, pause};

/// How long one step may take.
const STEP_LIMIT: Span = Span::seconds(2);
/// Answers that are remembered.
const REMEMBERED_MAX: usize = 50_000;
/// The part of them that gives way when all are good, as a divisor: looking through them costs too
/// much to be done for each answer.
const MADE_ROOM_PART: usize = 10;
/// Failures in a row after which a step is left alone.
const FAILURES_MAX: u32 = 5;
/// For how long.
const REST: Span = Span::minutes(1);
/// How long a failure is remembered: the next alert of a storm does not ask again at once.
const FAILURE_LIFE: Span = Span::seconds(10);
/// Steps looked up at once for one alert.
const AT_ONCE: usize = 8;

/// What is remembered of look-ups. Nothing of it must survive a restart.
#[derive(Default)]
pub(crate) struct Knowledge(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    answers: BTreeMap<(String, String), Answer>,
    steps: BTreeMap<String, Standing>,
}

#[derive(Clone)]
struct Answer {
    finding: Finding,
    good_until: Timestamp,
}

/// How a step stands.
#[derive(Clone, Copy, Default)]
struct Standing {
    failures: u32,
    rests_until: Option<Timestamp>,
}

impl Remembered {
    /// Forgets what is no longer good; where little is, the answers that are good for the shortest
    /// time go too.
    fn make_room(&mut self, now: Timestamp) {
        let most = REMEMBERED_MAX - REMEMBERED_MAX / MADE_ROOM_PART;
        self.answers.retain(|_, answer| now < answer.good_until);
        if self.answers.len() <= most {
            return;
        }
        let mut ends: Vec<Timestamp> = self.answers.values().map(|it| it.good_until).collect();
        let surplus = ends.len() - most;
        let (earlier, last, _) = ends.select_nth_unstable(surplus - 1);
        let last = *last;
        // Of those that end with the last one to go no more than needed go.
        let mut with_last = surplus - earlier.iter().filter(|end| **end < last).count();
        self.answers.retain(|_, answer| match answer.good_until.cmp(&last) {
            Ordering::Less => false,
            Ordering::Equal if with_last > 0 => {
                with_last -= 1;
                false
            }
            Ordering::Equal | Ordering::Greater => true,
        });
    }
}

impl Knowledge {
    fn answer(&self, step: &str, key: &str, now: Timestamp) -> Option<Finding> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = remembered.answers.get(&(step.to_owned(), key.to_owned()))?;
        (now < answer.good_until).then(|| answer.finding.clone())
    }

    fn remember(&self, step: &str, key: &str, finding: Finding, until: Timestamp, now: Timestamp) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.answers.len() >= REMEMBERED_MAX {
            remembered.make_room(now);
        }
        let key = (step.to_owned(), key.to_owned());
        remembered.answers.insert(key, Answer { finding, good_until: until });
    }

    fn is_at_rest(&self, step: &str, now: Timestamp) -> bool {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = remembered.steps.get(step).copied().unwrap_or_default();
        standing.rests_until.is_some_and(|until| now < until)
    }

    fn went(&self, step: &str, is_well: bool, now: Timestamp) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = remembered.steps.entry(step.to_owned()).or_default();
        if is_well {
            *standing = Standing::default();
            return;
        }
        standing.failures += 1;
        if standing.failures >= FAILURES_MAX {
            *standing = Standing { failures: 0, rests_until: Some(REST.after(now)) };
            tracing::warn!(step, "a step of enrichment is left alone for a while");
        }
    }
}

impl Engine {
    /// What is to be done about an alert, on what is known.
    pub(crate) fn decision(
        &self,
        alert: &Alert,
        person: Option<&Person>,
        known: &Known,
    ) -> Decision {
        let is_ours = self.parts.settings.event_sources.contains(&alert.source);
        let rule = is_ours.then_some(alert.rule.as_str());
        let exceptions = self.parts.exceptions.load();
        let now = self.now();
        let look = Look { alert, person, known, rule, exceptions: &exceptions, now };
        self.ruled(alert, self.policies().decide(&look))
    }

    /// What is known at once, and what has to be looked up over a network first.
    pub(crate) async fn known_at_once(
        &self,
        alert: &Alert,
        person: Option<&Person>,
    ) -> (Known, Option<LookingUp>) {
        let exceptions = self.parts.exceptions.load_full();
        let wanted = self.policies().steps(alert, person, &exceptions);
        if wanted.is_empty() {
            return (Known::default(), None);
        }
        let about = About { alert, person };
        let mut known = Known::default();
        let mut local = Vec::new();
        let mut remote = Vec::new();
        for step in wanted {
            match self.remembered(&step, &about) {
                Some(finding) => {
                    known.0.insert(step, finding);
                }
                None if self.parts.enrichers[&step].is_local() => local.push(step),
                None => remote.push(step),
            }
        }
        if !local.is_empty() {
            known.0.extend(self.find_all(alert, person, &local).await.0);
        }
        for step in &remote {
            let cause = "being looked up".to_owned();
            known.0.insert(step.clone(), Finding::Unknown { cause });
        }
        let until = self.parts.settings.enrich_deadline.after(self.now());
        let looking_up = (!remote.is_empty()).then_some(LookingUp { steps: remote, until });
        (known, looking_up)
    }

    /// An answer that needs no look: remembered, or that there is nothing to look up.
    fn remembered(&self, step: &str, about: &About<'_>) -> Option<Finding> {
        let Some(enricher) = self.parts.enrichers.get(step) else {
            let cause = "this step is not configured".to_owned();
            return Some(Finding::Unknown { cause });
        };
        match enricher.key(about) {
            None => Some(Finding::Unknown { cause: "nothing to look up".to_owned() }),
            Some(key) => self.inner.knowledge.answer(step, &key, self.now()),
        }
    }

    /// What these steps know of an alert, looked up at once.
    pub(crate) async fn find_all(
        &self,
        alert: &Alert,
        person: Option<&Person>,
        steps: &[String],
    ) -> Known {
        let about = About { alert, person };
        let one = async |step: &String| (step.clone(), self.find(step, &about).await);
        let found = stream::iter(steps).map(one).buffer_unordered(AT_ONCE);
        Known(found.collect().await)
    }

    async fn find(&self, step: &str, about: &About<'_>) -> Finding {
        if let Some(finding) = self.remembered(step, about) {
            return finding;
        }
        let enricher = &self.parts.enrichers[step];
        let now = self.now();
        if self.inner.knowledge.is_at_rest(step, now) {
            return Finding::Unknown { cause: "left alone after failures".to_owned() };
        }
        let key = enricher.key(about).unwrap_or_default();
        let looked = pause::within(&*self.parts.clock, STEP_LIMIT, enricher.enrich(about)).await;
        self.inner.knowledge.went(step, looked.is_ok(), now);
        let (finding, life) = finding(&**enricher, looked, now);
        Meter::Enriched.count_by("step", step);
        self.inner.knowledge.remember(step, &key, finding.clone(), life.after(now), now);
        finding
    }
}

fn finding(
    enricher: &dyn Enricher,
    looked: Result<Option<Facts>, Failure>,
    now: Timestamp,
) -> (Finding, Span) {
    match looked {
        Ok(Some(facts)) => (Finding::Known { facts, as_of: now }, enricher.life()),
        Ok(None) => (Finding::Nothing, enricher.life()),
        Err(failure) => (Finding::Unknown { cause: failure.what }, FAILURE_LIFE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Span::seconds(seconds).after(Timestamp::UNIX_EPOCH)
    }

    fn filled(good_until: impl Fn(usize) -> Timestamp) -> Knowledge {
        let knowledge = Knowledge::default();
        for number in 0..=REMEMBERED_MAX {
            let until = good_until(number);
            knowledge.remember("step", &number.to_string(), Finding::Nothing, until, at(0));
        }
        knowledge
    }

    fn count(knowledge: &Knowledge) -> usize {
        knowledge.0.lock().expect("whole").answers.len()
    }

    #[test]
    fn what_is_good_for_the_shortest_time_gives_way_a_tenth_at_once() {
        let (most, tenth) = (REMEMBERED_MAX, REMEMBERED_MAX / MADE_ROOM_PART);
        let knowledge = filled(|number| at(number as u64 + 1));
        assert_eq!(count(&knowledge), most - tenth + 1);
        for (number, is_kept) in [(0, false), (tenth - 1, false), (tenth, true), (most, true)] {
            let found = knowledge.answer("step", &number.to_string(), at(0));
            assert_eq!(found.is_some(), is_kept, "{number}");
        }
    }

    #[test]
    fn of_answers_that_end_together_no_more_than_a_tenth_go() {
        let knowledge = filled(|_| at(1));
        assert_eq!(count(&knowledge), REMEMBERED_MAX - REMEMBERED_MAX / MADE_ROOM_PART + 1);
    }

    #[test]
    fn what_is_no_longer_good_gives_way_first() {
        let knowledge = Knowledge::default();
        for number in 0..=REMEMBERED_MAX {
            let is_last = number == REMEMBERED_MAX;
            let (until, now) = if is_last { (at(9), at(2)) } else { (at(1), at(0)) };
            knowledge.remember("step", &number.to_string(), Finding::Nothing, until, now);
        }
        assert_eq!(count(&knowledge), 1);
    }
}
