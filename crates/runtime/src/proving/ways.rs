//! With what a claim could be proven.

use casework::{
    Case,
    proof::{self, FactorAge, FactorFacts},
};
use model::{Method, Person, PersonId, Span, Timestamp};
use ports::{
    store::{Record, RecordOp, Space},
    verifier::Factor,
};

use crate::{
    engine::{Engine, EngineError},
    factors::HeldFactor,
    pause,
};

/// How long a provider may take to say whether it knows a person: somebody waits for the page.
const AVAILABILITY_LIMIT: Span = Span::seconds(2);
/// Devices of one person that are looked through.
const DEVICES_MAX: u32 = 50;

impl Engine {
    /// The ways by which this person can prove this case now, strongest first.
    pub async fn ways(&self, person: PersonId, case: &Case) -> Result<Vec<Method>, EngineError> {
        let Some(ask) = case.treatment.ask() else { return Ok(Vec::new()) };
        let person = self.known(person)?;
        let facts = self.facts_of(&person).await?;
        let usable: Vec<Method> = proof::usable(&facts, case, ask.assurance)
            .map(|factor| factor.method)
            .filter(|method| !case.spent_methods.contains(method))
            .collect();
        Ok(Method::ALL.into_iter().filter(|method| usable.contains(method)).collect())
    }

    /// What the rules of evidence need to know of everything a person has.
    pub(crate) async fn facts_of(&self, person: &Person) -> Result<Vec<FactorFacts>, EngineError> {
        let held = self.factors_of(person).await?;
        let is_set_up = |held: &&HeldFactor| self.parts.verifiers.contains_key(&held.factor.method);
        let mut facts: Vec<FactorFacts> =
            held.iter().filter(is_set_up).map(|held| facts_of(&held.factor)).collect();
        for (method, verifier) in &self.parts.verifiers {
            if verifier.is_local() {
                continue;
            }
            let call = verifier.is_available(person, &[]);
            // A provider that does not answer may be back for the proof; its outage is then told
            // for what it is.
            let is_there =
                pause::within(&*self.parts.clock, AVAILABILITY_LIMIT, call).await.unwrap_or(true);
            if is_there {
                let age = self.remote_age(person.id, *method, None).await?;
                facts.push(FactorFacts { id: None, method: *method, age, device: None });
            }
        }
        Ok(facts)
    }

    /// The factors of a method that may serve for a case.
    pub(crate) async fn serving_for(
        &self,
        person: &Person,
        case: &Case,
        method: Method,
    ) -> Result<Vec<HeldFactor>, EngineError> {
        let mut held = self.factors_of(person).await?;
        held.retain(|held| {
            held.factor.method == method
                && proof::independence(&facts_of(&held.factor), case).is_ok()
        });
        Ok(held)
    }

    /// How old a provider's device is: guarded by the provider, or as old as our first record.
    pub(crate) async fn remote_age(
        &self,
        person: PersonId,
        method: Method,
        device: Option<&str>,
    ) -> Result<FactorAge, EngineError> {
        if self.parts.settings.is_enrolment_guarded {
            return Ok(FactorAge::GuardedByProvider);
        }
        let (now, store) = (self.now(), &self.parts.store);
        let space = Space::ProviderDevice;
        let first = match device {
            Some(device) => {
                let record = store.record(space, &key(person, method, device), now).await?;
                record.map(|record| crate::bytes::read::<Timestamp>(&record.value)).transpose()?
            }
            None => {
                let known = store.records(space, Some(person), "", now, DEVICES_MAX).await?;
                let of_method =
                    known.iter().filter(|record| record.key.starts_with(&key(person, method, "")));
                let seen: Vec<Timestamp> = of_method
                    .map(|record| crate::bytes::read(&record.value))
                    .collect::<Result<_, _>>()?;
                seen.into_iter().min()
            }
        };
        Ok(first.map_or(FactorAge::Unknown, FactorAge::Since))
    }

    /// The record that a provider's device was seen, if this is the first time.
    pub(crate) async fn first_seen(
        &self,
        person: PersonId,
        method: Method,
        device: &str,
    ) -> Result<Option<RecordOp>, EngineError> {
        let (now, key) = (self.now(), key(person, method, device));
        if self.parts.store.record(Space::ProviderDevice, &key, now).await?.is_some() {
            return Ok(None);
        }
        let record = Record {
            space: Space::ProviderDevice,
            key,
            owner: Some(person),
            value: crate::bytes::write(&now),
            expires_at: None,
        };
        Ok(Some(RecordOp::Put(record)))
    }
}

/// What the rules of evidence need to know of a factor of ours.
pub(super) fn facts_of(factor: &Factor) -> FactorFacts {
    FactorFacts {
        id: Some(factor.id),
        method: factor.method,
        age: factor.created_at.map_or(FactorAge::Unknown, FactorAge::Since),
        device: None,
    }
}

fn key(person: PersonId, method: Method, device: &str) -> String {
    format!("{}/{person}/{device}", method.name())
}
