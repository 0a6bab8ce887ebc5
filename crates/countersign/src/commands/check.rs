//! `countersign check`

use std::{io, path::Path};

use model::{DeliveryId, Person};
use ports::{Entropy as _, Failure, chat::Notice};

use crate::{
    ending::{Ended, Ending, Misuse},
    system::SystemEntropy,
    terminal::{self, Look},
    wire::{Wired, kinds::WiredChat},
};

const HEAD: [&str; 3] = ["CONNECTOR", "RESULT", "WHAT"];

/// What one connector said.
struct Finding {
    connector: String,
    result: Result<String, String>,
}

/// Sends a person a labelled test in every chat, and asks every other connector whether it is fit.
pub(super) async fn run(file: &Path, name: &str) -> Ended {
    let wired = Wired::of(file)?;
    let person = wired.directory.find(name);
    let Some(person) = person else {
        return Err(Misuse::of(["nobody of the directory has this address, alias or id"]));
    };
    let mut findings = Vec::new();
    for (name, chat) in &wired.chats {
        findings.push(check_chat(&wired, name, chat, &person).await);
    }
    for (name, pager) in &wired.pagers {
        findings.push(Finding::of(format!("escalate.{name}"), pager.check().await));
    }
    for (name, responder) in &wired.responders {
        findings.push(Finding::of(format!("respond.{name}"), responder.check().await));
    }
    for (name, enricher) in &wired.enrichers {
        findings.push(Finding::of(format!("enrich.{name}"), enricher.check().await));
    }
    for (name, writeback) in &wired.writebacks {
        findings.push(Finding::of(format!("writeback.{name}"), writeback.check().await));
    }
    if let Some(identity) = &wired.identity {
        let told = identity.check(wired.clock.now()).await;
        findings.push(Finding::of("signin.oidc".to_owned(), told));
    }
    for (method, verifier) in &wired.verifiers {
        let factors = wired.directory.factors(person.id);
        let factors: Vec<_> =
            factors.into_iter().filter(|factor| factor.method == *method).collect();
        let available = verifier.is_available(&person, &factors).await;
        let told = available.map(|is_available| match is_available {
            true => "the person has something to prove with".to_owned(),
            false if verifier.is_local() => {
                "none in the directory; what was enrolled on the pages is not looked at".to_owned()
            }
            false => "the person has nothing to prove with there".to_owned(),
        });
        findings.push(Finding::of(format!("verify.{}", method.name()), told));
    }
    tell(&findings)
}

async fn check_chat(wired: &Wired, name: &str, chat: &WiredChat, person: &Person) -> Finding {
    Finding::of(format!("chat.{name}"), send_test(wired, name, chat, person).await)
}

/// Checks the credentials, finds the account, and sends a message that says that it is a test.
async fn send_test(
    wired: &Wired,
    name: &str,
    wired_chat: &WiredChat,
    person: &Person,
) -> Result<String, Failure> {
    let chat = &wired_chat.chat;
    let who = chat.check().await?;
    let account = match person.chat.get(name) {
        Some(account) => Some(account.clone()),
        None => chat.account_of(person.email.reveal()).await?,
    };
    let account = account.ok_or_else(|| {
        Failure::permanent("there is no account that may be asked for this e-mail address")
    })?;
    let organisation = &wired.config.organisation.name;
    let notice = Notice {
        delivery: DeliveryId::from_parts(wired.clock.now(), SystemEntropy.bits()),
        title: "This is a test".to_owned(),
        text: format!(
            "Somebody who looks after Countersign at {organisation} checks that its messages \
             reach you. Nothing happened, and there is nothing to do."
        ),
        buttons: Vec::new(),
        url: Some(wired.site.base().to_owned()),
    };
    chat.tell(&account, &notice).await?;
    Ok(format!("a test was delivered; {who}"))
}

impl Finding {
    fn of(connector: String, result: Result<String, Failure>) -> Self {
        Self { connector, result: result.map_err(|failure| failure.what) }
    }
}

fn tell(findings: &[Finding]) -> Ended {
    let rows = findings.iter().map(|finding| {
        let (word, what) = match &finding.result {
            Ok(what) => ("ok", what),
            Err(what) => ("failed", what),
        };
        vec![finding.connector.clone(), word.to_owned(), what.clone()]
    });
    let rows: Vec<_> = rows.collect();
    terminal::written(Look::of_stdout().table(&mut io::stdout().lock(), &HEAD, &rows))?;
    let is_good = findings.iter().all(|finding| finding.result.is_ok());
    Ok(if is_good { Ending::Done } else { Ending::Finding })
}
