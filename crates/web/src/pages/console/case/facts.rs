//! Alerts, the person and the decision, as labelled lines.

use casework::{Act, Case, desk::Suppression};
use jiff::Timestamp;
use model::{Alert, AlertId, CaseId, Person, PersonId};
use runtime::lookup::{inert_line, inert_lines};

use crate::{AppState, Problem, pages::words::When};

/// An alert.
pub(super) struct ShownAlert {
    pub(super) id: AlertId,
    /// Whether it came in while somebody decided without it.
    pub(super) is_new: bool,
    pub(super) title: String,
    pub(super) time: When,
    pub(super) description: String,
    pub(super) facts: Vec<(String, String)>,
    pub(super) url: Option<String>,
    pub(super) problems: Vec<(String, String)>,
}

/// The person.
pub(in crate::pages::console) struct ShownPerson {
    pub(in crate::pages::console) id: PersonId,
    pub(in crate::pages::console) name: String,
    pub(in crate::pages::console) is_privileged: bool,
    pub(in crate::pages::console) is_active: bool,
    pub(in crate::pages::console) facts: Vec<(String, String)>,
    pub(in crate::pages::console) locked_until: Option<When>,
    pub(in crate::pages::console) paused_until: Option<When>,
    pub(in crate::pages::console) suppressions: Vec<Earned>,
}

/// A suppression.
pub(in crate::pages::console) struct Earned {
    pub(in crate::pages::console) proof: CaseId,
    pub(in crate::pages::console) rule: String,
    pub(in crate::pages::console) same: String,
    pub(in crate::pages::console) hits: u32,
    pub(in crate::pages::console) max_hits: u32,
    pub(in crate::pages::console) until: When,
}

/// An alert as shown: every fact, inert.
pub(super) fn alert(alert: &Alert, state: &AppState, now: Timestamp) -> ShownAlert {
    let line = |name: &str, value: &str| (name.to_owned(), inert_line(value));
    let mut facts = vec![
        line("source", &alert.source),
        line("rule", &alert.rule),
        line("severity", alert.severity.name()),
    ];
    facts.extend(alert.external_id.as_deref().map(|id| line("id there", id)));
    facts.extend(
        alert.facts.iter().map(|(name, value)| (inert_line(name), inert_line(&value.shown()))),
    );
    ShownAlert {
        id: alert.id,
        is_new: false,
        title: inert_line(&alert.title),
        time: When::said(alert.time, now, state.engine.zone()),
        description: inert_lines(&alert.description),
        facts,
        url: alert.url.clone().filter(|url| is_web(url)),
        problems: alert
            .problems
            .iter()
            .map(|problem| (inert_line(&problem.path), inert_line(&problem.text)))
            .collect(),
    }
}

/// Only an address of the web becomes a link: nothing that runs, nothing of this machine.
fn is_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// The person a case is about, where one is known.
pub(super) async fn person(state: &AppState, case: &Case) -> Result<Option<ShownPerson>, Problem> {
    let subject = case.subject.as_ref().and_then(|subject| state.engine.person(subject.person));
    match subject {
        Some(person) => shown(state, &person).await.map(Some),
        None => Ok(None),
    }
}

/// A person, with what is kept about them across cases.
pub(in crate::pages::console) async fn shown(
    state: &AppState,
    person: &Person,
) -> Result<ShownPerson, Problem> {
    let (engine, now) = (&state.engine, state.clock.now());
    let zone = person.zone(engine.zone());
    let desk = engine.desk(person.id).await?;
    let desk = desk.as_ref();
    let said = |at: Timestamp| When::said(at, now, engine.zone());
    let still = |at: Option<Timestamp>| at.filter(|at| *at > now).map(said);
    let waiting = desk.map_or(0, |desk| desk.waiting.len());
    let asked = desk.map_or(0, |desk| desk.asked.len());
    let mut facts = vec![
        ("E-mail".to_owned(), inert_line(person.email.reveal())),
        ("Local time".to_owned(), now.to_zoned(zone).strftime("%H:%M, %Q").to_string()),
        ("Questions".to_owned(), format!("{asked} out, {waiting} waiting")),
    ];
    if let Some(until) = person.away_until(now) {
        let until = until.to_zoned(engine.zone().clone()).strftime("%-d %B %Y, %H:%M");
        facts.push(("Away".to_owned(), format!("until {until}")));
    }
    let manager = person.manager.as_ref().and_then(|name| engine.find_person(name.reveal()));
    if let Some(manager) = manager {
        facts.push(("Manager".to_owned(), inert_line(manager.name.reveal())));
    }
    if !person.groups.is_empty() {
        facts.push(("Groups".to_owned(), inert_line(&person.groups.join(", "))));
    }
    Ok(ShownPerson {
        id: person.id,
        name: inert_line(person.name.reveal()),
        is_privileged: person.privileged,
        is_active: person.active,
        facts,
        locked_until: still(desk.and_then(|desk| desk.locked_until())),
        paused_until: still(desk.and_then(|desk| desk.paused_until)),
        suppressions: desk
            .map(|desk| desk.suppressions.iter().map(|one| earned(one, &said)).collect())
            .unwrap_or_default(),
    })
}

fn earned(one: &Suppression, said: &impl Fn(Timestamp) -> When) -> Earned {
    let same: Vec<&str> = one.same.keys().map(String::as_str).collect();
    Earned {
        proof: one.proof,
        rule: inert_line(&one.rule),
        same: inert_line(&same.join(", ")),
        hits: one.hits,
        max_hits: one.max_hits,
        until: said(one.until),
    }
}

/// What was decided about it.
pub(super) fn treatment(case: &Case) -> Vec<(String, String)> {
    let treatment = &case.treatment;
    let line = |name: &str, value: String| (name.to_owned(), value);
    let mut lines = vec![
        line("Policy", inert_line(&treatment.policy)),
        line("Version", treatment.policy_hash.clone()),
    ];
    match &treatment.act {
        Act::Ask(ask) => {
            let clock = match ask.clock {
                casework::AskClock::Wall => "on the wall clock",
                casework::AskClock::Working => "of working time",
            };
            lines.push(line("Does", "asks the person".to_owned()));
            lines.push(line("Within", format!("{} {clock}", ask.deadline)));
            lines.push(line("Proof", ask.assurance.name().replace('_', " ")));
        }
        Act::Notify { .. } => lines.push(line("Does", "tells the person".to_owned())),
        Act::Escalate => lines.push(line("Does", "hands it to the analysts".to_owned())),
    }
    lines.push(line("Case", case.id.to_string()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_the_web_becomes_a_link() {
        for url in ["https://siem.example.com/a/1", "http://localhost:1/"] {
            assert!(is_web(url), "{url}");
        }
        for url in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/console", ""]
        {
            assert!(!is_web(url), "{url}");
        }
    }
}
