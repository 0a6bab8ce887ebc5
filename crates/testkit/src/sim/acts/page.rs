//! People on our own pages, and those who hold their sessions.

use std::sync::Arc;

use casework::{Case, case::WEB};
use model::{Answer, CaseId, Method, PersonId, Personal, SessionId};
use ports::store::{Commit, Record, RecordOp, Space, Store as _};
use runtime::people::{Role, SessionView, Viewer};

use crate::sim::{
    ledger::{Ceremony, short},
    vendors::THIEF_ADDRESS,
    witness::MARK,
    world::World,
};

impl World {
    /// A case, with the person it is about, that fits; or any at all.
    fn pick_case(&self, fits: impl Fn(&Case) -> bool) -> Option<(PersonId, Case)> {
        let fitting = self.rules.cases().filter(|case| fits(case));
        let owned = fitting.filter_map(|case| Some((case.subject.as_ref()?.person, case.clone())));
        let owned: Vec<_> = owned.collect();
        self.place.chance.pick(&owned)
    }

    pub(super) fn answer_on_page(&mut self) {
        let is_any = self.chance(200);
        let found = self.pick_case(|case| is_any || case.ask.is_some());
        let Some((person, case)) = found else { return };
        let answer = match self.below(8) {
            0 => Answer::NotMe,
            1 => Answer::NotSure,
            _ => Answer::Me,
        };
        // Sometimes a stranger tries it on another's page.
        let asker = match self.chance(100) {
            true => self.cast.members[self.below(self.cast.members.len())].person.id,
            false => person,
        };
        if asker == person {
            self.may_answer(person, case.id, answer, WEB);
        }
        let revision = case.revision.saturating_sub(u32::from(self.chance(100)));
        let comment = self.chance(300).then(|| Personal::new(format!("I {MARK} did")));
        let (engine, ledger, id) = (self.engine.clone(), self.ledger.clone(), case.id);
        self.start(format!("{answer} is answered for {} on the page", short(id)), async move {
            match engine.answer(asker, id, answer, revision, comment).await {
                Ok(case) => {
                    if answer == Answer::NotMe {
                        ledger.book().denied.insert(id);
                    }
                    format!("now {}", case.state_name())
                }
                Err(error) => error.to_string(),
            }
        });
    }

    pub(super) fn comment(&mut self) {
        let Some((person, case)) = self.pick_case(|case| case.ask.is_some()) else { return };
        let text = Personal::new(format!("it was {MARK} for work"));
        let engine = self.engine.clone();
        self.start(format!("a comment on {}", short(case.id)), async move {
            match engine.comment(person, case.id, text).await {
                Ok(_) => "taken".to_owned(),
                Err(error) => error.to_string(),
            }
        });
    }

    /// A proof is begun, by the person or by a thief with a session of theirs.
    pub(super) fn begin_proof(&mut self) {
        let is_any = self.chance(100);
        let found = self.pick_case(|case| is_any || case.provable_claim().is_some());
        let Some((person, case)) = found else { return };
        // Mostly a way that is offered.
        let offered = case.provable_claim().map(|claim| claim.methods.clone()).unwrap_or_default();
        let offered = self.place.chance.pick(&offered).filter(|_| self.chance(850));
        let method = offered.unwrap_or(Method::ALL[self.below(Method::ALL.len())]);
        let is_theft = self.chance(150);
        let word = if is_theft { "thief" } else { "session" };
        let session = format!("{word}-{MARK}-{}", self.next());
        let address = is_theft.then_some(THIEF_ADDRESS);
        self.sign_in(person, &session);
        let (engine, ledger) = (self.engine.clone(), self.ledger.clone());
        let witness = self.place.witness.clone();
        let what = format!("a {word} begins {} for {}", method.name(), short(case.id));
        self.start(what, async move {
            let begun = engine.begin_proof(person, case.id, method, &session, address).await;
            let begun = match begun {
                Ok(begun) => begun,
                Err(error) => return error.to_string(),
            };
            if begun.code.is_some() && !begun.method.is_remote() {
                witness.wrong("a local ceremony has a code");
            }
            let (case, challenge) = (case.id, begun.challenge);
            let ceremony = Ceremony { person, case, challenge, method, session };
            ledger.book().ceremonies.push(ceremony);
            format!("began {}", short(challenge))
        });
    }

    fn sign_in(&self, person: PersonId, session: &str) {
        let record = Record {
            space: Space::Session,
            key: session.to_owned(),
            owner: Some(person),
            value: Vec::new(),
            expires_at: None,
        };
        let commit = Commit { records: vec![RecordOp::Put(record)], ..Commit::default() };
        World::read(self.place.store.commit(commit)).expect("a store in memory takes it");
    }

    /// A response comes: the right one, a wrong one, one of another session, one that was used
    /// before.
    pub(super) fn finish_proof(&mut self) {
        let ceremonies = self.ledger.book().ceremonies.clone();
        // Mostly one that is under way: the others are over.
        let is_any = self.chance(200);
        let open: Vec<_> =
            self.rules.cases().filter_map(|case| Some(case.challenge()?.id)).collect();
        let fitting = ceremonies.into_iter().filter(|it| is_any || open.contains(&it.challenge));
        let fitting: Vec<Ceremony> = fitting.collect();
        let Some(ceremony) = self.place.chance.pick(&fitting) else { return };
        let is_theft = ceremony.session.starts_with("thief");
        let is_foreign = self.chance(80);
        let is_right = !is_theft && self.chance(750);
        let Some(response) = self.response(&ceremony, is_right) else { return };
        let session = match is_foreign {
            true => format!("other-{MARK}"),
            false => ceremony.session.clone(),
        };
        if is_right && !is_foreign {
            let right = (ceremony.challenge, session.clone());
            self.ledger.book().right_responses.insert(right);
        }
        let engine = self.engine.clone();
        let how = if is_right { "right" } else { "wrong" };
        let what = format!("a {how} response to {}", short(ceremony.challenge));
        let is_twice = self.chance(150);
        self.start(what, async move {
            let Ceremony { person, case, challenge, .. } = ceremony;
            let once = || engine.finish_proof(person, case, challenge, &session, &response);
            let result = match is_twice {
                true => futures::future::join(once(), once()).await.0,
                false => once().await,
            };
            match result {
                Ok(case) => format!("now {}", case.state_name()),
                Err(error) => error.to_string(),
            }
        });
    }

    fn response(&mut self, ceremony: &Ceremony, is_right: bool) -> Option<String> {
        let is_replay = self.chance(300);
        let chance = self.place.chance.clone();
        let members = &mut self.cast.members;
        let member = members.iter_mut().find(|member| member.person.id == ceremony.person)?;
        let factors: Vec<_> =
            member.factors.iter().filter(|factor| factor.method == ceremony.method).collect();
        let factor = chance.pick(&factors)?.id;
        match (is_right, is_replay) {
            (true, true) => Some(format!("{factor}:{}", member.counter)),
            (true, false) => {
                member.counter += 1;
                Some(format!("{factor}:{}", member.counter))
            }
            (false, _) => Some(format!("{factor}:0")),
        }
    }

    /// Another session of the same person looks for the code, and another person for the case.
    pub(super) fn pry(&mut self) {
        let ceremonies = self.ledger.book().ceremonies.clone();
        let Some(ceremony) = self.place.chance.pick(&ceremonies) else { return };
        let other = self.cast.members[self.below(self.cast.members.len())].person.id;
        let (engine, witness) = (self.engine.clone(), self.place.witness.clone());
        self.start("somebody pries", async move {
            let Ceremony { person, case, .. } = ceremony;
            let session = format!("other-{MARK}");
            if let Ok(Some(shown)) = engine.ceremony(person, case, &session).await
                && (shown.code.is_some() || shown.options.is_some())
            {
                witness.wrong("a session sees the code of another one");
            }
            if other != person && engine.own_case(other, case).await.is_ok() {
                witness.wrong("somebody sees another person's case");
            }
            String::new()
        });
    }

    /// Somebody signs out in the middle of a proof: a person, or a thief when the push is out.
    pub(super) fn sign_out(&mut self) {
        let open: Vec<_> =
            self.rules.cases().filter_map(|case| Some(case.challenge()?.id)).collect();
        let ceremonies = self.ledger.book().ceremonies.clone();
        let fitting = ceremonies.into_iter().filter(|it| open.contains(&it.challenge));
        let fitting: Vec<Ceremony> = fitting.collect();
        let Some(ceremony) = self.place.chance.pick(&fitting) else { return };
        let number = self.next();
        let Some(member) = self.cast.member(ceremony.person) else { return };
        let session = SessionView {
            id: SessionId::from_digest(u128::from(number)),
            hash: ceremony.session.clone(),
            csrf: String::new(),
            started_at: self.now(),
            ends_at: None,
            proof: None,
            may_enrol_first: false,
        };
        let person = Arc::new(member.person.clone());
        let viewer = Viewer { person, role: Role::Person, session };
        let engine = self.engine.clone();
        let what = format!("the session of {} signs out", short(ceremony.challenge));
        self.start(what, async move {
            match engine.sign_out(&viewer).await {
                Ok(()) => "gone".to_owned(),
                Err(error) => error.to_string(),
            }
        });
    }

    /// The id of any case.
    pub(super) fn any_case(&self) -> Option<CaseId> {
        let ids: Vec<CaseId> = self.rules.cases().map(|case| case.id).collect();
        self.place.chance.pick(&ids)
    }
}
