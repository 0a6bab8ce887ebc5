//! Analysts at the console, some of them about themselves.

use casework::input::Actor;
use model::{Disposition, Facts, Personal, Severity};
use runtime::intake::ManualQuestion;

use crate::sim::{cast::ANALYSTS, ledger::short, witness::MARK, world::World};

impl World {
    pub(super) fn any_analyst(&self) -> Option<Actor> {
        if self.chance(200) {
            return Some(Actor::Key("console".to_owned()));
        }
        let is_analyst = |groups: &[String]| groups.iter().any(|group| group == ANALYSTS);
        let all = self.cast.members.iter().map(|member| &member.person);
        let all: Vec<_> = all.filter(|it| is_analyst(&it.groups)).map(|it| it.id).collect();
        self.place.chance.pick(&all).map(Actor::Person)
    }

    /// An analyst takes a case or ends it, also their own, which must not work.
    pub(super) fn judge(&mut self) {
        let (Some(by), Some(id)) = (self.any_analyst(), self.any_case()) else { return };
        let disposition = Disposition::ALL[self.below(Disposition::ALL.len())];
        let takes = self.chance(400);
        let note = Personal::new(format!("looked at {MARK}"));
        let (engine, witness) = (self.engine.clone(), self.place.witness.clone());
        let word = if takes { "takes" } else { "ends" };
        self.start(format!("an analyst {word} {}", short(id)), async move {
            let result = match takes {
                true => engine.take(by.clone(), id).await,
                false => engine.dispose(by.clone(), id, None, disposition, note).await,
            };
            match result {
                Ok(case) => {
                    let subject = case.subject.as_ref().map(|subject| subject.person);
                    if matches!(by, Actor::Person(person) if Some(person) == subject) {
                        witness.wrong("an analyst judged a case about themself");
                    }
                    format!("now {}", case.state_name())
                }
                Err(error) => error.to_string(),
            }
        });
    }

    pub(super) fn ask_by_hand(&mut self) {
        let Some(by) = self.any_analyst() else { return };
        let person = self.cast.members[self.below(self.cast.members.len())].person.email.clone();
        let question = ManualQuestion {
            person: person.reveal().to_owned(),
            title: format!("Did you {MARK} that?"),
            message: None,
            severity: Severity::ALL[self.below(Severity::ALL.len())],
            facts: Facts::new(),
        };
        let (engine, ledger) = (self.engine.clone(), self.ledger.clone());
        self.start("an analyst asks by hand", async move {
            match engine.ask_by_hand(by, question).await {
                Ok(case) => {
                    ledger.book().asked_by_hand.push(case);
                    format!("as {}", short(case))
                }
                Err(error) => error.to_string(),
            }
        });
    }
}
