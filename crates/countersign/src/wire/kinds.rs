//! Every vendor this build knows: a line in the lists below, and the function that it names.
//! What acts, asks and writes back stands in [`acting`].

mod acting;
mod devices;

use std::{collections::BTreeMap, sync::Arc};

use config::{Family, Registry, Section};
use connectors::{
    directory_file::{FileConfig, PeopleError},
    duo::{Duo, DuoConfig, Enrolment},
    events::{
        Auth0Config, CloudTrailConfig, EntraConfig, GitHubConfig, GoogleWorkspaceConfig,
        JsonEventsConfig, OktaConfig, Outside, SlackAuditConfig,
    },
    http::HttpClient,
    pagerduty::{PagerDuty, PagerDutyConfig},
    passkey::{self, Passkey, PasskeyConfig},
    secret::SettingProblem,
    slack::{Slack, SlackConfig},
    source::{AlertmanagerConfig, JsonConfig},
    totp::{Totp, TotpConfig},
    webhook::{Webhook, WebhookConfig},
};
use jiff::tz::TimeZone;
use ports::{
    Clock, Directory, Entropy, blocklist::Later, chat::Chat, pager::Pager, source::Source,
    verifier::Verifier,
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use url::Url;

pub(crate) use acting::{WiredEnricher, WiredResponder, enrichers, responders, writebacks};
pub(crate) use devices::{devices, parties};

/// `[directory.NAME]`
pub(crate) fn directories() -> Vec<Kind<WiredDirectory>> {
    vec![Kind::new("file", file)]
}

/// `[sources.NAME]`
pub(crate) fn sources() -> Vec<Kind<Source>> {
    vec![
        Kind::new("json", |name, config: JsonConfig, _| config.build(name).map_err(one)),
        Kind::new("alertmanager", |name, config: AlertmanagerConfig, _| {
            config.build(name).map_err(one)
        }),
        Kind::new("okta", |name, config: OktaConfig, around| {
            config.build(name, &around.outside()).map_err(all)
        }),
        Kind::new("slack_audit", |name, config: SlackAuditConfig, around| {
            config.build(name, &around.outside()).map_err(all)
        }),
        Kind::new("github", |name, config: GitHubConfig, around| {
            config.build(name, &around.outside()).map_err(all)
        }),
        Kind::new("google_workspace", |name, config: GoogleWorkspaceConfig, around| {
            config.build(name, &around.outside()).map_err(all)
        }),
        Kind::new("cloudtrail", |name, config: CloudTrailConfig, _| {
            config.build(name).map_err(all)
        }),
        Kind::new("entra", |name, config: EntraConfig, _| config.build(name).map_err(all)),
        Kind::new("auth0", |name, config: Auth0Config, _| config.build(name).map_err(all)),
        Kind::new("json_events", |name, config: JsonEventsConfig, _| {
            config.build(name).map_err(all)
        }),
    ]
}

/// `[chat.NAME]`
pub(crate) fn chats() -> Vec<Kind<WiredChat>> {
    vec![
        Kind::new("slack", slack),
        Kind::new("email", acting::email_chat),
        Kind::new("webhook", webhook_chat),
    ]
}

/// `[verify.NAME]`
pub(crate) fn verifiers() -> Vec<Kind<WiredVerifier>> {
    vec![Kind::new("passkey", passkey), Kind::new("totp", totp), Kind::new("duo", duo)]
}

/// `[escalate.NAME]`
pub(crate) fn pagers() -> Vec<Kind<Arc<dyn Pager>>> {
    vec![
        Kind::new("pagerduty", pagerduty),
        Kind::new("goalert", acting::goalert),
        Kind::new("alertmanager", acting::alertmanager),
        Kind::new("chat", acting::chat_pager),
        Kind::new("email", acting::email_pager),
        Kind::new("webhook", webhook_pager),
    ]
}

/// What the configuration may name.
pub(crate) fn registry() -> Registry {
    let registry = enlisted(Registry::new(), Family::Directory, &directories());
    let registry = enlisted(registry, Family::Sources, &sources());
    let registry = enlisted(registry, Family::Chat, &chats());
    let registry = enlisted(registry, Family::Verify, &verifiers());
    let registry = enlisted(registry, Family::Escalate, &pagers());
    let registry = enlisted(registry, Family::Respond, &responders());
    let registry = enlisted(registry, Family::Enrich, &enrichers());
    let registry = enlisted(registry, Family::Writeback, &writebacks());
    let registry = enlisted(registry, Family::Devices, &devices());
    enlisted(registry, Family::Compliance, &parties())
}

fn enlisted<P>(registry: Registry, family: Family, kinds: &[Kind<P>]) -> Registry {
    kinds.iter().fold(registry, |registry, kind| (kind.enlist)(registry, family, kind.name))
}

/// A kind of section, and how its adapter is made.
pub(crate) struct Kind<P> {
    pub(crate) name: &'static str,
    enlist: fn(Registry, Family, &'static str) -> Registry,
    build: Box<Build<P>>,
}

type Build<P> = dyn Fn(&Section, &Surroundings) -> Result<P, Vec<Fault>>;

/// What adapters may need beside their section.
pub(crate) struct Surroundings {
    pub(crate) http: HttpClient,
    /// For addresses that data has a part in.
    pub(crate) guarded: HttpClient,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) public_url: Url,
    pub(crate) organisation: String,
    pub(crate) zone: TimeZone,
    pub(crate) blocklists: Later,
    /// The chats that carry reports to the security team.
    pub(crate) reporters: BTreeMap<String, Arc<dyn Chat>>,
}

impl Surroundings {
    /// What sources of events need.
    fn outside(&self) -> Outside {
        Outside { http: self.http.clone(), clock: Arc::clone(&self.clock) }
    }
}

/// What is wrong with a section.
pub(crate) struct Fault {
    /// The key within it; empty for the whole.
    pub(crate) key: String,
    pub(crate) text: String,
}

/// A directory, and what is disputed in it.
pub(crate) struct WiredDirectory {
    pub(crate) people: Arc<dyn Directory>,
    pub(crate) warnings: Vec<String>,
}

/// A chat, and whether it carries reports to the security team.
pub(crate) struct WiredChat {
    pub(crate) chat: Arc<dyn Chat>,
    pub(crate) is_reporter: bool,
    /// How many reports its channel takes, where the vendor says.
    pub(crate) reports_per_second: Option<u32>,
}

/// A way to prove, where it can be had.
pub(crate) struct WiredVerifier {
    pub(crate) verifier: Option<Arc<dyn Verifier>>,
    pub(crate) is_enrolment_guarded: bool,
    pub(crate) warning: Option<String>,
}

impl<P> Kind<P> {
    fn new<T>(
        name: &'static str,
        build: impl Fn(&str, T, &Surroundings) -> Result<P, Vec<Fault>> + 'static,
    ) -> Self
    where
        T: DeserializeOwned + JsonSchema,
    {
        let build = move |section: &Section, around: &Surroundings| match section.read::<T>() {
            Ok(settings) => build(&section.name, settings, around),
            Err(text) => Err(vec![Fault { key: String::new(), text }]),
        };
        let enlist = |registry: Registry, family, name| registry.kind::<T>(family, name);
        Self { name, enlist, build: Box::new(build) }
    }

    /// The adapter of a section of this kind.
    pub(crate) fn build(&self, section: &Section, around: &Surroundings) -> Result<P, Vec<Fault>> {
        (self.build)(section, around)
    }
}

impl From<SettingProblem> for Fault {
    fn from(problem: SettingProblem) -> Self {
        Self { key: problem.key.to_owned(), text: problem.why }
    }
}

fn one(problem: SettingProblem) -> Vec<Fault> {
    vec![problem.into()]
}

fn all(problems: Vec<SettingProblem>) -> Vec<Fault> {
    problems.into_iter().map(Fault::from).collect()
}

fn file(
    name: &str,
    config: FileConfig,
    around: &Surroundings,
) -> Result<WiredDirectory, Vec<Fault>> {
    let fault = |text: String| Fault { key: "path".to_owned(), text };
    match config.load(name, &around.zone) {
        Ok(loaded) => {
            let told = loaded.problems.iter();
            let path = config.path.display();
            let warnings =
                told.map(|problem| format!("{path}: {}: {}", problem.path, problem.text));
            Ok(WiredDirectory { warnings: warnings.collect(), people: Arc::new(loaded.directory) })
        }
        Err(PeopleError::Invalid(problems)) => {
            let path = config.path.display();
            let told = problems.iter();
            Err(told.map(|each| fault(format!("{path}: {}: {}", each.path, each.text))).collect())
        }
        Err(error @ PeopleError::Unreadable { .. }) => {
            let why = std::error::Error::source(&error).map(ToString::to_string);
            Err(vec![fault(format!("{error}: {}", why.unwrap_or_default()))])
        }
        Err(error) => Err(vec![fault(error.to_string())]),
    }
}

fn slack(name: &str, config: SlackConfig, around: &Surroundings) -> Result<WiredChat, Vec<Fault>> {
    let settings = config.settings().map_err(all)?;
    let is_reporter = settings.escalation_channel.is_some();
    let chat = Arc::new(Slack::new(name, settings, around.http.clone()));
    // Slack takes one message a second for each channel.
    Ok(WiredChat { chat, is_reporter, reports_per_second: Some(1) })
}

fn passkey(
    _name: &str,
    _config: PasskeyConfig,
    around: &Surroundings,
) -> Result<WiredVerifier, Vec<Fault>> {
    let made = Passkey::new(&around.public_url, &around.organisation)
        .map_err(|error| vec![Fault { key: String::new(), text: error.to_string() }])?;
    let warning = made.is_none().then(|| passkey::UNAVAILABLE_WARNING.to_owned());
    let verifier = made.map(|passkey| Arc::new(passkey) as Arc<dyn Verifier>);
    Ok(WiredVerifier { verifier, is_enrolment_guarded: true, warning })
}

fn totp(
    _name: &str,
    _config: TotpConfig,
    around: &Surroundings,
) -> Result<WiredVerifier, Vec<Fault>> {
    let totp = Totp::new(around.organisation.as_str(), Arc::clone(&around.entropy));
    Ok(WiredVerifier { verifier: Some(Arc::new(totp)), is_enrolment_guarded: true, warning: None })
}

fn duo(name: &str, config: DuoConfig, around: &Surroundings) -> Result<WiredVerifier, Vec<Fault>> {
    let is_enrolment_guarded = config.enrolment == Enrolment::Provider;
    let duo = Duo::new(name, &config, around.http.clone(), Arc::clone(&around.clock));
    let verifier: Arc<dyn Verifier> = Arc::new(duo.map_err(all)?);
    Ok(WiredVerifier { verifier: Some(verifier), is_enrolment_guarded, warning: None })
}

fn pagerduty(
    name: &str,
    config: PagerDutyConfig,
    around: &Surroundings,
) -> Result<Arc<dyn Pager>, Vec<Fault>> {
    let settings = config.settings().map_err(all)?;
    Ok(Arc::new(PagerDuty::new(name, settings, around.http.clone())))
}

fn webhook_chat(
    name: &str,
    config: WebhookConfig,
    around: &Surroundings,
) -> Result<WiredChat, Vec<Fault>> {
    let chat = webhook(&format!("chat.{name}"), &config, around)?;
    Ok(WiredChat { chat: Arc::new(chat), is_reporter: true, reports_per_second: None })
}

fn webhook_pager(
    name: &str,
    config: WebhookConfig,
    around: &Surroundings,
) -> Result<Arc<dyn Pager>, Vec<Fault>> {
    Ok(Arc::new(webhook(&format!("escalate.{name}"), &config, around)?))
}

fn webhook(
    section: &str,
    config: &WebhookConfig,
    around: &Surroundings,
) -> Result<Webhook, Vec<Fault>> {
    let settings = config.settings().map_err(all)?;
    Ok(Webhook::new(section, settings, around.http.clone(), Arc::clone(&around.clock)))
}
