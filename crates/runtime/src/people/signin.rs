//! Signing in without a link: by a passkey, or by e-mail and a code of an authenticator app.
//!
//! Whether an e-mail address belongs to anybody shows in nothing: not in what is refused, not in
//! the limits, and not in what a browser is handed to sign.

use std::sync::Arc;

use model::{ChallengeId, Method, Person, PersonId};
use ports::{
    store::{Commit, Record, RecordOp, Space},
    verifier::{ChallengeRequest, Factor, Proven, Verdict},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{
    CEREMONY_LIFE, NewSession, Via, Visitor,
    seals::{hashed, keyed_bytes, new_token, secret},
    session::Rights,
    tally::{CEREMONIES_MAX, CODE_TRIES_MAX, by_address, by_browser},
};
use crate::{
    bytes::{read, write},
    engine::{Engine, EngineError},
    factors::HeldFactor,
};

/// The longest e-mail address taken (RFC 5321 has room for 254 characters).
const EMAIL_MAX_BYTES: usize = 254;
/// The one answer to every sign-in that fails.
const WRONG: EngineError = EngineError::Forbidden("this does not sign anybody in");

/// A passkey ceremony of somebody who is not signed in.
#[derive(Debug)]
pub struct SignInCeremony {
    /// What the browser sends back with its response.
    pub token: SecretString,
    /// What the browser needs to sign.
    pub options: serde_json::Value,
}

/// A ceremony, as stored. Nobody's is a decoy, which nothing finishes.
#[derive(Serialize, Deserialize)]
struct Begun {
    challenge: ChallengeId,
    person: Option<PersonId>,
    state: Vec<u8>,
}

impl Engine {
    /// Begins signing in with a passkey.
    pub async fn begin_passkey_sign_in(
        &self,
        email: &str,
        visitor: Visitor<'_>,
    ) -> Result<SignInCeremony, EngineError> {
        let now = self.now();
        let person = self.somebody(email);
        let known = self.known_browser(person.as_ref().map(|it| it.id), visitor.browser).await?;
        // Never by person: a passkey cannot be guessed, and nobody shall keep its owner out.
        let keys = match known {
            Some(hash) => vec![by_browser("ceremony", &hash)],
            None => visitor.address.map(|from| by_address("ceremony", from)).into_iter().collect(),
        };
        let _counted = self.count_try(keys, CEREMONIES_MAX).await?;
        let challenge = ChallengeId::from_parts(now, self.parts.entropy.bits());
        let real = match &person {
            Some(person) => self.begin_with_passkeys(person, challenge).await?,
            None => None,
        };
        let (person, state, options) = match real {
            Some((person, begun)) => (Some(person), begun.state, begun.options),
            None => (None, Vec::new(), self.decoy(email)),
        };
        let options = options.ok_or(EngineError::Forbidden("there are no passkeys here"))?;
        let token = new_token(&*self.parts.entropy);
        let record = Record {
            space: Space::Challenge,
            key: key_of(&token).expect("a new token is a token"),
            owner: person,
            value: write(&Begun { challenge, person, state }),
            expires_at: Some(CEREMONY_LIFE.after(now)),
        };
        let records = vec![RecordOp::Insert { record, now }];
        self.parts.store.commit(Commit { records, ..Commit::default() }).await?;
        Ok(SignInCeremony { token: secret(token), options })
    }

    /// Ends it. A ceremony serves once, whatever comes of it.
    pub async fn finish_passkey_sign_in(
        &self,
        token: &str,
        response: &str,
    ) -> Result<NewSession, EngineError> {
        let now = self.now();
        let key = key_of(token).ok_or(WRONG)?;
        let record = self.parts.store.record(Space::Challenge, &key, now).await?;
        let begun: Begun = read(&record.ok_or(WRONG)?.value)?;
        let take = RecordOp::Take { space: Space::Challenge, key, now };
        let used = self.use_passkey(&begun, response).await?;
        let Some((person, held, proven)) = used else {
            let records = vec![take];
            self.parts.store.commit(Commit { records, ..Commit::default() }).await?;
            return Err(WRONG);
        };
        let (session, mut commit) = self.new_session(person.id, Via::Passkey, Rights::default());
        commit.records.push(take);
        commit.records.extend(self.spending(&held, &proven));
        self.begin_session(person.id, commit).await?;
        Ok(session)
    }

    /// Signs in by e-mail and code. The code is used up: it proves nothing afterwards. Wrong ones are
    /// counted for the browser if its person has signed in with it before, else for the person and
    /// for the address.
    pub async fn sign_in_by_code(
        &self,
        email: &str,
        code: &str,
        visitor: Visitor<'_>,
    ) -> Result<NewSession, EngineError> {
        let person = self.somebody(email);
        let known = self.known_browser(person.as_ref().map(|it| it.id), visitor.browser).await?;
        let keys = match known {
            Some(hash) => vec![by_browser("code", &hash)],
            None => self.strangers_keys("code", email, person.as_deref(), visitor.address),
        };
        let counted = self.count_try(keys, CODE_TRIES_MAX).await?;
        let person = person.ok_or(WRONG)?;
        let (held, proven) = self.use_code(&person, code).await?.ok_or(WRONG)?;
        let (session, mut commit) = self.new_session(person.id, Via::Code, Rights::default());
        commit.records.extend(self.spending(&held, &proven));
        self.begin_session(person.id, commit).await?;
        self.uncount(counted).await;
        Ok(session)
    }

    fn somebody(&self, email: &str) -> Option<Arc<Person>> {
        let email = email.trim();
        let is_plausible = email.len() <= EMAIL_MAX_BYTES && email.contains('@');
        let person = is_plausible.then(|| self.parts.directory.find(email)).flatten()?;
        person.active.then_some(person)
    }

    async fn begin_with_passkeys(
        &self,
        person: &Person,
        challenge: ChallengeId,
    ) -> Result<Option<(PersonId, ports::verifier::Begun)>, EngineError> {
        let Some(verifier) = self.parts.verifiers.get(&Method::Passkey) else { return Ok(None) };
        let held = self.factors_by(person, Method::Passkey).await?;
        let factors: Vec<Factor> = held.into_iter().map(|held| held.factor).collect();
        if factors.is_empty() {
            return Ok(None);
        }
        let begun = verifier.begin(&request(challenge, person, &factors)).await?;
        Ok(Some((person.id, begun)))
    }

    /// What a browser would be handed for somebody with a passkey; the same for the same address,
    /// so that asking twice tells nothing.
    fn decoy(&self, email: &str) -> Option<serde_json::Value> {
        let key = &self.parts.settings.token_key;
        let seed = keyed_bytes(key, "decoy", &[&email.trim().to_lowercase()]);
        self.parts.verifiers.get(&Method::Passkey)?.decoy(&seed)
    }

    async fn use_passkey(
        &self,
        begun: &Begun,
        response: &str,
    ) -> Result<Option<(Arc<Person>, HeldFactor, Proven)>, EngineError> {
        let person = begun.person.and_then(|id| self.parts.directory.person(id));
        let Some(person) = person.filter(|person| person.active) else { return Ok(None) };
        let used = self
            .check_local(&person, Method::Passkey, begun.challenge, Some(&begun.state), response)
            .await?;
        Ok(used.map(|(held, proven)| (person, held, proven)))
    }

    async fn use_code(
        &self,
        person: &Person,
        code: &str,
    ) -> Result<Option<(HeldFactor, Proven)>, EngineError> {
        let now = self.now();
        let challenge = ChallengeId::from_parts(now, self.parts.entropy.bits());
        self.check_local(person, Method::Totp, challenge, None, code).await
    }

    /// Checks a response against a person's factors of a method; a ceremony that has not begun is
    /// begun first.
    async fn check_local(
        &self,
        person: &Person,
        method: Method,
        challenge: ChallengeId,
        state: Option<&[u8]>,
        response: &str,
    ) -> Result<Option<(HeldFactor, Proven)>, EngineError> {
        let Some(verifier) = self.parts.verifiers.get(&method) else { return Ok(None) };
        let held = self.factors_by(person, method).await?;
        let factors: Vec<Factor> = held.iter().map(|held| held.factor.clone()).collect();
        if factors.is_empty() {
            return Ok(None);
        }
        let request = request(challenge, person, &factors);
        let state = match state {
            Some(state) => state.to_vec(),
            None => verifier.begin(&request).await?.state,
        };
        let now = self.now();
        let verdict = verifier.check(&request, &state, Some(response), now).await?;
        let Verdict::Proven(proven) = verdict else { return Ok(None) };
        let used = held.into_iter().find(|held| Some(held.factor.id) == proven.factor);
        Ok(used.map(|held| (held, proven)))
    }

    async fn factors_by(
        &self,
        person: &Person,
        method: Method,
    ) -> Result<Vec<HeldFactor>, EngineError> {
        let mut held = self.factors_of(person).await?;
        held.retain(|held| held.factor.method == method);
        Ok(held)
    }
}

/// Signing in is about nothing that a device could show.
fn request<'a>(
    challenge: ChallengeId,
    person: &'a Person,
    factors: &'a [Factor],
) -> ChallengeRequest<'a> {
    ChallengeRequest { challenge, person, factors, code: "", action: "", time: "", client_ip: None }
}

fn key_of(token: &str) -> Option<String> {
    hashed(token).map(|hash| format!("sign-in/{hash}"))
}
