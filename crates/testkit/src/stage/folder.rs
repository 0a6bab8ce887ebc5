//! What the server reads: its configuration, the people, the policies and the secrets.

use std::{
    fs,
    path::{Path, PathBuf},
};

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use demo::{
    company::{self, Employee},
    loopback::HeldPort,
    vendors::{DuoWorld, PagerDutyWorld, SlackWorld},
};

use super::{
    Plan,
    cast::{ANALYSTS, Cast},
    vendors::{random_bytes, random_text},
};

/// The integration key that the stand-in for Duo knows. Made up.
pub(super) const DUO_INTEGRATION_KEY: &str = "DIMADEUPMADEUPMADEUP";
/// What becomes the 40 and 32 characters that the vendors prescribe.
const DUO_SECRET_BYTES: usize = 20;
const PAGERDUTY_KEY_BYTES: usize = 16;

/// What the parties share.
pub(super) struct Secrets {
    pub(super) source_token: String,
    pub(super) api_key: String,
    pub(super) slack_bot_token: String,
    pub(super) slack_signing_secret: String,
    pub(super) duo_secret_key: String,
    pub(super) pagerduty_routing_key: String,
}

impl Secrets {
    pub(super) fn made() -> Self {
        let hex = |bytes| HEXLOWER.encode(&random_bytes(bytes));
        Self {
            source_token: random_text(),
            api_key: random_text(),
            slack_bot_token: format!("xoxb-{}", random_text()),
            slack_signing_secret: random_text(),
            duo_secret_key: hex(DUO_SECRET_BYTES),
            pagerduty_routing_key: hex(PAGERDUTY_KEY_BYTES),
        }
    }

    fn files(&self) -> [(&'static str, &str); 6] {
        [
            ("source-token", &self.source_token),
            ("api-key", &self.api_key),
            ("slack-bot-token", &self.slack_bot_token),
            ("slack-signing-secret", &self.slack_signing_secret),
            ("duo-secret-key", &self.duo_secret_key),
            ("pagerduty-routing-key", &self.pagerduty_routing_key),
        ]
    }

    pub(super) fn all(&self, cast: &Cast) -> Vec<(String, String)> {
        let shared = self.files().map(|(name, secret)| (name.to_owned(), secret.to_owned()));
        let apps = cast.players.iter().filter_map(|player| {
            let secret = BASE32_NOPAD.encode(&player.app.as_ref()?.secret);
            Some((format!("the app of {}", player.person.subject), secret))
        });
        let links = cast.players.iter().filter_map(|player| {
            let secret = player.link.as_ref()?.rsplit('/').next()?;
            Some((format!("the link of {}", player.person.subject), secret.to_owned()))
        });
        shared.into_iter().chain(apps).chain(links).collect()
    }
}

/// Where the vendors are.
pub(super) struct Vendors<'a> {
    pub(super) slack: &'a SlackWorld,
    pub(super) pagerduty: &'a PagerDutyWorld,
    pub(super) duo: Option<&'a DuoWorld>,
}

/// The folder. It goes when this is dropped.
pub(super) struct Folder {
    folder: tempfile::TempDir,
    pub(super) secrets: Secrets,
}

impl Folder {
    pub(super) fn make(secrets: Secrets, cast: &Cast, plan: &Plan) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("countersign-stage-").tempdir()?;
        let folder = Self { folder, secrets };
        for (name, secret) in folder.secrets.files() {
            folder.write(&format!("secrets/{name}"), secret)?;
        }
        for player in &cast.players {
            if let Some(app) = &player.app {
                let secret = BASE32_NOPAD.encode(&app.secret);
                folder.write(&totp_file(&player.person), &secret)?;
            }
        }
        for (name, text) in &plan.policies {
            folder.write(&format!("content/policies/{name}"), text)?;
        }
        let has_app = |person: &Employee| {
            cast.players.iter().any(|player| player.person == *person && player.app.is_some())
        };
        let totp = |person: &Employee| has_app(person).then(|| folder.at(&totp_file(person)));
        folder.write("people.toml", &cast.company.people_toml(totp))?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn write_config(
        &self,
        port: &HeldPort,
        plan: &Plan,
        vendors: &Vendors<'_>,
    ) -> anyhow::Result<()> {
        let secret = |name: &str| format!("{{ file = {:?} }}", self.at(&format!("secrets/{name}")));
        let slack = vendors.slack.config();
        let duo = vendors.duo.map(|duo| {
            let (url, key) = (duo.base_url(), secret("duo-secret-key"));
            format!(
                "[verify.duo]\nkind = \"duo\"\nbase_url = {url:?}\nintegration_key = \
                 {DUO_INTEGRATION_KEY:?}\nsecret_key = {key}\n"
            )
        });
        let devices = plan.has_devices.then(|| {
            let token = secret("source-token");
            format!(
                "[devices.inventory]\nkind = \"push\"\nauth = {{ bearer = {token} }}\n\n\
                 [devices.jamf]\nkind = \"jamf\"\nbase_url = \"http://127.0.0.1:1\"\n\
                 client_id = \"nobody\"\nclient_secret = {token}\n\n\
                 [devices.osquery]\nkind = \"osquery\"\nenrol_secret = {token}\n"
            )
        });
        let managed = match plan.is_inventory_managed {
            true => "[posture]\nmanaged_sources = [\"inventory\"]\n",
            false => "",
        };
        let text = format!(
            r#"content = {content:?}

[server]
listen = "127.0.0.1:{port}"
public_url = "http://localhost:{port}"
data_dir = {data:?}

[organisation]
name = "{company}"
time_zone = "Europe/Berlin"
languages = [{language:?}]

[signin]
roles = {{ analyst = ["{analysts}"] }}

[directory.staff]
kind = "file"
path = {people:?}

[sources.siem]
kind = "json"
auth = {{ bearer = {source} }}

[sources.prometheus]
kind = "alertmanager"
auth = {{ bearer = {source} }}

[chat.slack]
kind = "slack"
base_url = "{slack_url}"
bot_token = {bot_token}
signing_secret = {signing_secret}
app_id = "{app}"
team_id = "{team}"
escalation_channel = "C0SECURITY"

[verify]
independence_window = "{window}"
[verify.passkey]
kind = "passkey"
[verify.totp]
kind = "totp"
{duo}
{devices}
{managed}
[escalate.pagerduty]
kind = "pagerduty"
base_url = "{pagerduty_url}"
routing_key = {routing_key}

[api_keys]
stage = {{ scopes = ["admin"], token = {api_key} }}

[telemetry]
metrics_listen = "127.0.0.1:0"
log_format = "text"
log_filter = "{log_filter}"

{more}
"#,
            content = self.at("content"),
            data = self.at("data"),
            company = company::NAME,
            analysts = company::group(ANALYSTS),
            people = self.at("people.toml"),
            source = secret("source-token"),
            slack_url = vendors.slack.base_url(),
            bot_token = secret("slack-bot-token"),
            signing_secret = secret("slack-signing-secret"),
            app = slack.app,
            team = slack.team,
            window = plan.independence_window,
            duo = duo.unwrap_or_default(),
            devices = devices.unwrap_or_default(),
            language = plan.language,
            pagerduty_url = vendors.pagerduty.base_url(),
            routing_key = secret("pagerduty-routing-key"),
            api_key = secret("api-key"),
            log_filter = plan.log_filter,
            more = plan.more_config,
        );
        self.write("countersign.toml", &text)
    }

    fn at(&self, path: &str) -> String {
        self.path().join(path).display().to_string()
    }

    fn write(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let path: PathBuf = self.path().join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text)?;
        Ok(())
    }
}

fn totp_file(person: &Employee) -> String {
    format!("secrets/totp-{}", person.subject)
}
