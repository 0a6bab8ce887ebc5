//! The demo's folder: a configuration, people, secrets and rules, as an operator would write
//! them.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use ::demo::{
    company::{self, Employee},
    vendors::{
        devices::{FleetWorld, IntuneWorld, JamfWorld},
        okta, pagerduty,
    },
};
use anyhow::Context as _;
use data_encoding::BASE32_NOPAD;
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use super::{cast::Cast, vendors::Vendors, versions};
use crate::{api::random_token, system::keys};

/// Duo's keys have these lengths.
const DUO_INTEGRATION_KEY: &str = "DIMADEUPFORTHEDEMO00";
const DUO_SECRET_LENGTH: usize = 40;
/// Of the rules that ship, those that the company's people and thieves give something to find or to
/// learn, at least one over each log; and one of the demo's own.
const RULES: [(&str, &str); 9] = [
    (
        "okta-new-network.yml",
        include_str!("../../../../../content/rules/okta/okta-new-network.yml"),
    ),
    (
        "github-clones-unusual.yml",
        include_str!("../../../../../content/rules/github/github-clones-unusual.yml"),
    ),
    ("aws-key-created.yml", include_str!("../../../../../content/rules/aws/aws-key-created.yml")),
    (
        "aws-trail-stopped.yml",
        include_str!("../../../../../content/rules/aws/aws-trail-stopped.yml"),
    ),
    (SESSIONS, include_str!("../../../../../content/rules/okta/okta-session-moved.yml")),
    (
        "slack-downloads-unusual.yml",
        include_str!("../../../../../content/rules/slack/slack-downloads-unusual.yml"),
    ),
    (
        "google-drive-downloads-unusual.yml",
        include_str!(
            "../../../../../content/rules/google_workspace/google-drive-downloads-unusual.yml"
        ),
    ),
    (
        "entra-global-admin-granted.yml",
        include_str!("../../../../../content/rules/entra/entra-global-admin-granted.yml"),
    ),
    ("host-sudo.yml", include_str!("rules/host-sudo.yml")),
];

/// What is in a canary where it ships is live here.
const SHIPPED_CANARY: &str = "state: canary(50)";
/// The rule about sessions that move.
const SESSIONS: &str = "okta-session-moved.yml";
/// What it does where it ships, and here: its thief is put out at once,
/// and the account held until the person says who it was. When the same comes back it is seen again.
const ABOUT_SESSIONS: (&str, &str) = (
    "  on: { verified: [{ suppress: 21h, max_hits: 20, same: [source.asn, client.os] }]",
    "  confidence: high\n  do: [{ run: okta.clear_sessions }, { run: okta.suspend, limit: 30m }]\n  \
     on: { verified: []",
);

/// A rule as it is in the demo. Half of these few people would be none.
fn here(name: &str, text: &str) -> String {
    let text = text.replace(SHIPPED_CANARY, "state: live");
    match name {
        SESSIONS => text.replace(ABOUT_SESSIONS.0, ABOUT_SESSIONS.1),
        _ => text,
    }
}

/// Where everything of the demo lies. A temporary one goes when this is dropped.
pub(super) struct Folder {
    path: PathBuf,
    temporary: Option<TempDir>,
    pub(super) secrets: Secrets,
}

/// What the parties share. Made anew for each demo.
pub(super) struct Secrets {
    pub(super) events_token: SecretString,
    pub(super) api_key: SecretString,
    pub(super) slack_bot_token: SecretString,
    pub(super) slack_signing_secret: SecretString,
    pub(super) duo_secret_key: SecretString,
}

impl Secrets {
    fn made() -> Self {
        let token = || SecretString::from(random_token());
        let duo: String = random_token().chars().take(DUO_SECRET_LENGTH).collect();
        Self {
            events_token: token(),
            api_key: token(),
            slack_bot_token: SecretString::from(format!("xoxb-{}", random_token())),
            slack_signing_secret: token(),
            duo_secret_key: duo.into(),
        }
    }

    /// Each with the name of its file.
    fn files(&self) -> [(&'static str, &str); 10] {
        [
            ("events-token", self.events_token.expose_secret()),
            ("api-key", self.api_key.expose_secret()),
            ("slack-bot-token", self.slack_bot_token.expose_secret()),
            ("slack-signing-secret", self.slack_signing_secret.expose_secret()),
            ("duo-secret-key", self.duo_secret_key.expose_secret()),
            ("pagerduty-routing-key", pagerduty::ROUTING_KEY),
            ("okta-token", okta::TOKEN),
            ("jamf-secret", JamfWorld::CLIENT_SECRET),
            ("intune-secret", IntuneWorld::CLIENT_SECRET),
            ("fleet-token", FleetWorld::TOKEN),
        ]
    }
}

impl Folder {
    /// Makes the folder and everything in it but the configuration. One that is kept may be there
    /// already from another demo, with its cases.
    pub(super) fn make(data: Option<&Path>, cast: &Cast) -> anyhow::Result<Self> {
        let temporary = match data {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("countersign-demo-").tempdir()?),
        };
        let path = match (&temporary, data) {
            (Some(temporary), _) => temporary.path().to_owned(),
            (None, data) => data.map(Path::to_owned).unwrap_or_default(),
        };
        let failed = || format!("the folder {} cannot be made", path.display());
        keys::make_private_folder(&path).with_context(failed)?;
        let path = path.canonicalize().with_context(failed)?;
        let folder = Self { path, temporary, secrets: Secrets::made() };
        folder.fill(cast)?;
        Ok(folder)
    }

    fn fill(&self, cast: &Cast) -> anyhow::Result<()> {
        for (name, text) in self.secrets.files() {
            self.write(&format!("secrets/{name}"), text)?;
        }
        for part in &cast.parts {
            let secret = BASE32_NOPAD.encode(&part.app.secret);
            self.write(&format!("secrets/{}", totp_file(&part.person)), &secret)?;
        }
        for (name, text) in RULES {
            let text = here(name, text);
            self.write(&format!("content/rules/{name}"), &text)?;
        }
        let totp = |person: &Employee| Some(self.at(&format!("secrets/{}", totp_file(person))));
        self.write("people.toml", &cast.company.people_toml(totp)).map(drop)
    }

    /// Writes the configuration and returns where it is.
    pub(super) fn write_config(&self, port: u16, vendors: &Vendors) -> anyhow::Result<PathBuf> {
        let slack = vendors.slack.config();
        let secret = |name: &str| format!("{{ file = {:?} }}", self.at(&format!("secrets/{name}")));
        let text = format!(
            include_str!("countersign.toml.in"),
            port = port,
            duo_key = DUO_INTEGRATION_KEY,
            content = self.at("content"),
            data = self.at("data"),
            company = company::NAME,
            security = company::group("Security"),
            people = self.at("people.toml"),
            events = secret("events-token"),
            slack_url = vendors.slack.base_url(),
            bot_token = secret("slack-bot-token"),
            signing_secret = secret("slack-signing-secret"),
            app = slack.app,
            team = slack.team,
            duo_url = vendors.duo.base_url(),
            duo = secret("duo-secret-key"),
            pagerduty_url = vendors.pagerduty.base_url(),
            routing_key = secret("pagerduty-routing-key"),
            okta_url = vendors.okta.base_url(),
            okta_token = secret("okta-token"),
            api_key = secret("api-key"),
            jamf_url = vendors.desks.jamf.base_url(),
            jamf_id = JamfWorld::CLIENT_ID,
            jamf = secret("jamf-secret"),
            intune_url = vendors.desks.intune.base_url(),
            intune_login = vendors.desks.intune.login_url(),
            intune_tenant = IntuneWorld::TENANT,
            intune_id = IntuneWorld::CLIENT_ID,
            intune = secret("intune-secret"),
            fleet_url = vendors.desks.fleet.base_url(),
            fleet = secret("fleet-token"),
            versions = versions::setting(&vendors.versions),
        );
        self.write("countersign.toml", &text)
    }

    /// The integration key that the stand-in for Duo knows.
    pub(super) fn duo_integration_key() -> &'static str {
        DUO_INTEGRATION_KEY
    }

    /// Where it is, and whether it stays.
    pub(super) fn place(&self) -> (&Path, bool) {
        (&self.path, self.temporary.is_none())
    }

    fn at(&self, path: &str) -> String {
        self.path.join(path).display().to_string()
    }

    fn write(&self, path: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.path.join(path);
        let failed = || format!("{} cannot be written", path.display());
        if let Some(parent) = path.parent() {
            keys::make_private_folder(parent).with_context(failed)?;
        }
        if path.exists() {
            fs::remove_file(&path).with_context(failed)?;
        }
        keys::private()
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(failed)?;
        Ok(path)
    }
}

fn totp_file(person: &Employee) -> String {
    format!("totp-{}", person.subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_demo_changes_of_shipped_rules_is_there_to_be_changed() {
        let shipped = RULES.iter().find(|(name, _)| *name == SESSIONS).expect("a rule").1;
        assert_eq!(shipped.matches(SHIPPED_CANARY).count(), 1);
        assert_eq!(shipped.matches(ABOUT_SESSIONS.0).count(), 1);
        let text = here(SESSIONS, shipped);
        for part in
            ["state: live", "do: [{ run: okta.clear_sessions }", "on: { verified: [], denied:"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        let others = RULES.iter().filter(|(name, _)| *name != SESSIONS);
        assert!(others.into_iter().all(|(name, text)| !here(name, text).contains("\n  do:")));
    }
}
