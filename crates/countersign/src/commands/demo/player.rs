//! Somebody of the company who answers by themself: reads Slack, presses, types a comment, signs
//! in on our page and proves it with the authenticator app, each step as a real person would.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use ::demo::vendors::{SlackWorld, codes::Enrolled, slack::Message};
use connectors::http::HttpClient;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::Value;

use super::{
    browser::Browser,
    cast::{Manner, Part},
};

/// How long a code lasts, in seconds.
const STEP_SECONDS: i64 = 30;
/// How long somebody whose account is held takes to find a laptop that they never used.
const LAPTOP_FOUND_AFTER: Duration = Duration::from_secs(10);
/// Where exemptions are decided about, and where a proof is given before.
const EXEMPTIONS: &str = "/console/devices/exemptions";
const PROVE: &str = "/me/prove";
/// For how long one is granted, in days.
const EXEMPT_FOR_DAYS: i64 = 30;
/// What people say they were doing.
const COMMENTS: [&str; 3] =
    ["I am travelling this week.", "Planned work on our side.", "That was me, from home."];

/// A made-up person with a browser and an app.
pub(super) struct Player {
    account: String,
    email: String,
    manner: Manner,
    app: Enrolled,
    browser: Browser,
    is_signed_in: bool,
    /// The step of the last code typed: each counts once.
    last_step: i64,
    /// Messages that were reacted to.
    seen: BTreeSet<String>,
    /// Since when somebody looks for a laptop.
    looking_since: Option<Instant>,
}

impl Player {
    /// Somebody at the pages of `origin`.
    pub(super) fn new(part: &Part, http: HttpClient, origin: &str) -> anyhow::Result<Self> {
        Ok(Self {
            account: part.person.slack.clone(),
            email: part.person.email.clone(),
            manner: part.manner,
            app: part.app.clone(),
            browser: Browser::new(http, origin)?,
            is_signed_in: false,
            last_step: 0,
            seen: BTreeSet::new(),
            looking_since: None,
        })
    }

    /// Looks at Slack and reacts to the first question that is new.
    pub(super) async fn look(&mut self, slack: &SlackWorld) -> anyhow::Result<()> {
        let messages = slack.messages(&self.account);
        // What is told of an act asks about the case whose question it follows: answered once.
        let asks = |message: &&Message| message.buttons().iter().any(|id| id == "ask.me");
        let page = |message: &Message| page_of(&message.blocks);
        let new = messages.iter().filter(asks).find_map(|message| {
            let page = page(message).filter(|page| !self.seen.contains(page))?;
            Some((message, page))
        });
        let Some((question, page)) = new else { return Ok(()) };
        if self.manner == Manner::ProvesFromNewLaptop && !self.has_laptop() {
            return Ok(());
        }
        self.seen.insert(page.clone());
        match self.manner {
            Manner::Silent | Manner::Visited => Ok(()),
            Manner::Denies => {
                slack.press(&self.account, &question.receipt, "ask.not_me").await?;
                Ok(())
            }
            Manner::Proves => self.claim_and_prove(slack, question, &page).await,
            Manner::ProvesFromNewLaptop => {
                self.browser = self.browser.another();
                self.is_signed_in = false;
                self.claim_and_prove(slack, question, &page).await
            }
        }
    }

    /// Whether the laptop that is looked for is there; the next one is looked for anew.
    fn has_laptop(&mut self) -> bool {
        let since = *self.looking_since.get_or_insert_with(Instant::now);
        let is_found = since.elapsed() >= LAPTOP_FOUND_AFTER;
        if is_found {
            self.looking_since = None;
        }
        is_found
    }

    async fn claim_and_prove(
        &mut self,
        slack: &SlackWorld,
        question: &Message,
        page: &str,
    ) -> anyhow::Result<()> {
        slack.press(&self.account, &question.receipt, "ask.me").await?;
        let forms = slack.forms(&self.account);
        if let Some(form) = forms.iter().rfind(|form| form.view["submit"].is_object()) {
            let comment = COMMENTS[self.seen.len() % COMMENTS.len()];
            slack.submit_form(&self.account, &form.id, comment).await?;
        }
        self.sign_in().await?;
        let asked = self.browser.open(page).await?;
        let begun = self.browser.submit(asked.form("/prove")?, &[("method", "totp")]).await?;
        let code = self.next_code().await;
        let ended = self.browser.submit(begun.form("/proof")?, &[("response", &code)]).await?;
        if ended.has_form("/proof") || ended.has_form("/prove") {
            anyhow::bail!("a proof of the demo was not taken");
        }
        Ok(())
    }

    async fn sign_in(&mut self) -> anyhow::Result<()> {
        if self.is_signed_in {
            return Ok(());
        }
        let page = self.browser.open("/signin").await?;
        let code = self.next_code().await;
        let typed = [("email", self.email.as_str()), ("code", code.as_str())];
        self.browser.submit(page.form("/signin/code")?, &typed).await?;
        self.is_signed_in = true;
        Ok(())
    }

    /// Whether this is the person with an address.
    pub(super) fn is_of(&self, email: &str) -> bool {
        self.email == email
    }

    /// Asks on the page of their device to be excused from what fails there. Says whether there was
    /// such a device.
    pub(super) async fn ask_exemption(&mut self, reason: &str) -> anyhow::Result<bool> {
        self.sign_in().await?;
        let devices = self.browser.open("/me/devices").await?;
        let Some(device) = devices.link("/me/devices/dev_") else { return Ok(false) };
        let device = self.browser.open(&device).await?;
        let Ok(form) = device.form("/exemption") else { return Ok(false) };
        self.browser.submit(form, &[("reason", reason)]).await?;
        Ok(true)
    }

    /// Grants, as an analyst, the exemption that somebody asked for with this reason, until a day a
    /// month from now. Says whether it was there to be granted.
    pub(super) async fn grant_exemption(&mut self, reason: &str) -> anyhow::Result<bool> {
        self.sign_in().await?;
        let asked = self.browser.open(EXEMPTIONS).await?;
        let Some(form) = asked.item_with(reason).and_then(|it| it.form("/decide").ok()) else {
            return Ok(false);
        };
        self.prove().await?;
        let until =
            Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_add(EXEMPT_FOR_DAYS.days());
        let typed = [("until", until.to_string()), ("verdict", "grant".to_owned())];
        let typed = typed.each_ref().map(|(name, value)| (*name, value.as_str()));
        let decided = self.browser.submit(form, &typed).await?;
        Ok(decided.item_with(reason).is_some_and(|it| !it.has_form("/decide")))
    }

    /// Proves that it is them, as before anything grave.
    async fn prove(&mut self) -> anyhow::Result<()> {
        let asked = self.browser.open(PROVE).await?;
        let begun = self.browser.submit(asked.form(PROVE)?, &[("method", "totp")]).await?;
        let code = self.next_code().await;
        let proof = begun.form("/me/prove/finish")?;
        self.browser.submit(proof, &[("response", &code)]).await.map(drop)
    }

    /// A code that was not typed before. The server takes the one before and the one after too, as
    /// clocks of phones differ; only after three in a row there is none left for a while.
    async fn next_code(&mut self) -> String {
        loop {
            let now = Timestamp::now();
            let step = now.as_second().div_euclid(STEP_SECONDS);
            let next = (step - 1).max(self.last_step + 1);
            if next <= step + 1 {
                self.last_step = next;
                return self.app.code(now, next - step);
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    }
}

/// The address of our own page that a message links to, as `/ask/…`.
fn page_of(blocks: &Value) -> Option<String> {
    let text = blocks.to_string();
    let (_, rest) = text.split_once("/ask/")?;
    let id: String =
        rest.chars().take_while(|each| each.is_ascii_alphanumeric() || *each == '_').collect();
    Some(format!("/ask/{id}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_page_of_a_question_is_read_from_its_link() {
        let blocks = json!([{ "type": "mrkdwn", "text": "<http://localhost:8400/ask/case_01J>" }]);
        assert_eq!(page_of(&blocks).as_deref(), Some("/ask/case_01J"));
        assert_eq!(page_of(&json!([])), None);
    }
}
