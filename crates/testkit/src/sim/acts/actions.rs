//! What is done about accounts: asked for by hand, approved late, twice or by the wrong people,
//! declined, taken back, stopped altogether, and changed by others.

use casework::{
    input::Actor,
    ledger::{ActionEvent, Stage},
    playbook::{Rest, RunEvent},
};
use model::{ActionId, CaseId, Personal, Span};
use runtime::acting::ByHand;

use crate::sim::{ledger::short, witness::MARK, world::World};

/// Everything that can be asked for.
const ACTIONS: [&str; 4] = ["idp.end_sessions", "idp.suspend", "idp.revoke", "edge.block"];

impl World {
    pub(super) fn order_by_hand(&mut self) {
        let (Some(by), Some(id)) = (self.any_analyst(), self.any_case()) else { return };
        let action = ACTIONS[self.below(ACTIONS.len())];
        let limit = (self.chance(500) && ["idp.suspend", "edge.block"].contains(&action))
            .then(|| Span::minutes(5 + self.below(120) as u64));
        let target = (action == "edge.block").then(|| format!("host-{MARK}-{}", self.below(2)));
        let reason = format!("because {MARK}");
        let wish = ByHand { action: action.to_owned(), reason, target, limit };
        let engine = self.engine.clone();
        self.start(format!("an analyst asks for {action} in {}", short(id)), async move {
            match engine.order(id, by, wish).await {
                Ok(entry) => format!("as {}", short(entry.id())),
                Err(error) => error.to_string(),
            }
        });
    }

    /// An action of any case, mostly one that waits for this.
    fn any_action(&self, fits: impl Fn(&Stage) -> bool) -> Option<ActionId> {
        let is_any = self.chance(150);
        let of_case = |case: &casework::Case| {
            let fitting = case.ledger.iter().filter(|entry| is_any || fits(&entry.stage));
            fitting.map(|entry| entry.id()).collect::<Vec<_>>()
        };
        let all: Vec<_> = self.rules.cases().flat_map(of_case).collect();
        self.place.chance.pick(&all)
    }

    /// Somebody approves an action: in time or late, once or twice.
    pub(super) fn approve(&mut self) {
        let waits = |stage: &Stage| matches!(stage, Stage::AwaitingApproval { .. });
        let (Some(by), Some(id)) = (self.any_analyst(), self.any_action(waits)) else {
            return;
        };
        let is_twice = self.chance(200);
        let engine = self.engine.clone();
        self.start(format!("an analyst approves {}", short(id)), async move {
            let once = || {
                let event = ActionEvent::Approve { by: by.clone(), reason: None };
                engine.act_on(id, event)
            };
            let result = match is_twice {
                true => futures::future::join(once(), once()).await.0,
                false => once().await,
            };
            match result {
                Ok((_, entry)) => format!("now {}", entry.state().name()),
                Err(error) => error.to_string(),
            }
        });
    }

    pub(super) fn decline(&mut self) {
        let waits = |stage: &Stage| matches!(stage, Stage::AwaitingApproval { .. });
        self.say_of_action("declines", waits, |by, reason| ActionEvent::Decline { by, reason });
    }

    pub(super) fn take_back(&mut self) {
        let stands =
            |stage: &Stage| matches!(stage, Stage::Verified { .. } | Stage::Applied { .. });
        let word = "takes back";
        self.say_of_action(word, stands, |by, reason| ActionEvent::Revert { by, reason });
    }

    fn say_of_action(
        &mut self,
        word: &str,
        fits: impl Fn(&Stage) -> bool,
        event: impl Fn(Actor, Personal) -> ActionEvent,
    ) {
        let (Some(by), Some(id)) = (self.any_analyst(), self.any_action(fits)) else {
            return;
        };
        let event = event(by, Personal::new(format!("no {MARK}")));
        let engine = self.engine.clone();
        self.start(format!("an analyst {word} {}", short(id)), async move {
            match engine.act_on(id, event).await {
                Ok((_, entry)) => format!("now {}", entry.state().name()),
                Err(error) => error.to_string(),
            }
        });
    }

    /// A playbook is begun by hand, or one that waits is approved or stopped.
    pub(super) fn play(&mut self) {
        let Some(by) = self.any_analyst() else { return };
        let waiting = self.rules.cases().flat_map(|case| {
            let runs = case.runs.iter().filter(|run| matches!(run.rest, Rest::Approval { .. }));
            runs.map(|run| (case.id, run.number)).collect::<Vec<_>>()
        });
        let waiting: Vec<(CaseId, u32)> = waiting.collect();
        let engine = self.engine.clone();
        match self.place.chance.pick(&waiting) {
            Some((case, number)) => {
                let event = match self.chance(250) {
                    true => RunEvent::Stop { by },
                    false => RunEvent::Approve { by },
                };
                self.start(format!("a step of {} is ruled on", short(case)), async move {
                    match engine.on_run(case, number, event).await {
                        Ok(_) => "taken".to_owned(),
                        Err(error) => error.to_string(),
                    }
                });
            }
            None => {
                let Some(case) = self.any_case() else { return };
                let all: Vec<_> = engine.playbooks().into_keys().collect();
                let Some(playbook) = self.place.chance.pick(&all) else { return };
                self.start(format!("a playbook begins in {}", short(case)), async move {
                    match engine.play(case, &playbook, by).await {
                        Ok(_) => "begun".to_owned(),
                        Err(error) => error.to_string(),
                    }
                });
            }
        }
    }

    /// All automatic action is stopped, or let go on.
    pub(super) fn press_switch(&mut self) {
        let by = Actor::Key("console".to_owned());
        let stops = self.chance(300);
        let engine = self.engine.clone();
        let word = if stops { "stopped" } else { "let go on" };
        self.start(format!("automatic action is {word}"), async move {
            let result = match stops {
                true => engine.stop_actions(by, "to be safe").await,
                false => engine.resume_actions(by, "all is well").await,
            };
            result.map_or_else(|error| error.to_string(), |_| "done".to_owned())
        });
    }

    /// Somebody else changes what we acted on.
    pub(super) fn meddle(&mut self) {
        if self.is_clean() {
            return;
        }
        let all: Vec<_> = self.place.responders.values().cloned().collect();
        let line = self.place.chance.pick(&all).and_then(|responder| responder.meddle());
        if let Some(line) = line {
            self.say(line);
        }
    }
}
