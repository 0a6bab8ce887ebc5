//! What acts on accounts, asks about alerts, pages and writes back.

use std::sync::Arc;

use connectors::{
    alertmanager::{Alertmanager, AlertmanagerPagerConfig},
    aws::{Aws, AwsConfig},
    blocklist::{BlocklistConfig, BlocklistResponder, Readers},
    chat_pager::{ChatPager, ChatPagerConfig},
    email::{Email, EmailConfig},
    entra::{Entra, EntraConfig},
    github::{GitHub, GitHubConfig},
    goalert::{GoAlert, GoAlertConfig},
    google::{Google, GoogleConfig},
    http_enricher::{HttpEnricher, HttpEnricherConfig},
    networks::{IpListConfig, MmdbConfig, Table},
    okta::{Okta, OktaConfig},
    slack::respond::{SlackAdmin, SlackRespondConfig},
    webhook::{
        Webhook,
        respond::{WebhookRespondConfig, WebhookResponder},
    },
    writeback::{NdjsonConfig, NdjsonFile, WriteBackWebhook, WriteBackWebhookConfig},
};
use ports::{enricher::Enricher, outcome::WriteBack, pager::Pager, responder::Responder};

use super::{Fault, Kind, Surroundings, WiredChat, all};

/// What building an adapter comes to.
type Built<P> = Result<P, Vec<Fault>>;

/// `[respond.NAME]`
pub(crate) fn responders() -> Vec<Kind<WiredResponder>> {
    vec![
        Kind::new("slack", alone(slack)),
        Kind::new("okta", alone(okta)),
        Kind::new("google", alone(google)),
        Kind::new("entra", alone(entra)),
        Kind::new("github", alone(github)),
        Kind::new("aws", alone(aws)),
        Kind::new("webhook", alone(webhook)),
        Kind::new("blocklist", blocklist),
    ]
}

/// What acts, and who may fetch its list where it keeps one.
pub(crate) struct WiredResponder {
    pub(crate) responder: Arc<dyn Responder>,
    pub(crate) readers: Option<Readers>,
}

/// Something that acts and keeps no list.
fn alone<T>(
    build: fn(&str, T, &Surroundings) -> Built<Arc<dyn Responder>>,
) -> impl Fn(&str, T, &Surroundings) -> Built<WiredResponder> {
    move |name, config, around| {
        let responder = build(name, config, around)?;
        Ok(WiredResponder { responder, readers: None })
    }
}

/// `[enrich.NAME]`
pub(crate) fn enrichers() -> Vec<Kind<WiredEnricher>> {
    vec![
        Kind::new("http", http),
        Kind::new("mmdb", |name, config: MmdbConfig, _| {
            config.build(name).map(WiredEnricher::Tables).map_err(all)
        }),
        Kind::new("ip_list", |name, config: IpListConfig, around| {
            let tables = config.build(name, &around.http, &around.clock);
            tables.map(WiredEnricher::Tables).map_err(all)
        }),
    ]
}

/// What tells more about an alert, or about every address.
pub(crate) enum WiredEnricher {
    Asked(Arc<dyn Enricher>),
    Tables(Vec<Table>),
}

/// `[writeback.NAME]`
pub(crate) fn writebacks() -> Vec<Kind<Arc<dyn WriteBack>>> {
    vec![Kind::new("webhook", webhook_writeback), Kind::new("ndjson", ndjson)]
}

fn slack(
    name: &str,
    config: SlackRespondConfig,
    around: &Surroundings,
) -> Built<Arc<dyn Responder>> {
    let settings = config.settings().map_err(all)?;
    Ok(Arc::new(SlackAdmin::new(name, settings, around.http.clone())))
}

fn okta(name: &str, config: OktaConfig, around: &Surroundings) -> Built<Arc<dyn Responder>> {
    let settings = config.settings().map_err(all)?;
    Ok(Arc::new(Okta::new(name, settings, around.http.clone())))
}

fn google(name: &str, config: GoogleConfig, around: &Surroundings) -> Built<Arc<dyn Responder>> {
    let settings = config.settings().map_err(all)?;
    Ok(Arc::new(Google::new(name, settings, around.http.clone(), Arc::clone(&around.clock))))
}

fn entra(name: &str, config: EntraConfig, around: &Surroundings) -> Built<Arc<dyn Responder>> {
    let settings = config.settings().map_err(all)?;
    Ok(Arc::new(Entra::new(name, settings, around.http.clone(), Arc::clone(&around.clock))))
}

fn github(name: &str, config: GitHubConfig, around: &Surroundings) -> Built<Arc<dyn Responder>> {
    let settings = config.settings().map_err(all)?;
    Ok(Arc::new(GitHub::new(name, settings, around.http.clone())))
}

fn aws(name: &str, config: AwsConfig, around: &Surroundings) -> Built<Arc<dyn Responder>> {
    let settings = config.settings().map_err(all)?;
    Ok(Arc::new(Aws::new(name, settings, around.http.clone(), Arc::clone(&around.clock))))
}

fn webhook(
    name: &str,
    config: WebhookRespondConfig,
    around: &Surroundings,
) -> Built<Arc<dyn Responder>> {
    let settings = config.settings().map_err(all)?;
    let (http, clock) = (around.http.clone(), Arc::clone(&around.clock));
    Ok(Arc::new(WebhookResponder::new(name, settings, http, clock)))
}

fn blocklist(name: &str, config: BlocklistConfig, around: &Surroundings) -> Built<WiredResponder> {
    let settings = config.settings().map_err(all)?;
    let readers = Some(settings.readers());
    let (lists, clock) = (Arc::new(around.blocklists.clone()), Arc::clone(&around.clock));
    let responder = Arc::new(BlocklistResponder::new(name, settings, lists, clock));
    Ok(WiredResponder { responder, readers })
}

fn http(name: &str, config: HttpEnricherConfig, around: &Surroundings) -> Built<WiredEnricher> {
    let settings = config.settings().map_err(all)?;
    let enricher = HttpEnricher::new(name, settings, around.guarded.clone());
    Ok(WiredEnricher::Asked(Arc::new(enricher)))
}

fn webhook_writeback(
    name: &str,
    config: WriteBackWebhookConfig,
    around: &Surroundings,
) -> Built<Arc<dyn WriteBack>> {
    let settings = config.settings().map_err(all)?;
    let (http, clock) = (around.http.clone(), Arc::clone(&around.clock));
    let webhook = Webhook::new(&format!("writeback.{name}"), settings, http, clock);
    Ok(Arc::new(WriteBackWebhook::new(webhook, config.format, config.ocsf_version)))
}

fn ndjson(name: &str, config: NdjsonConfig, _around: &Surroundings) -> Built<Arc<dyn WriteBack>> {
    Ok(Arc::new(NdjsonFile::new(name, config.settings().map_err(all)?)))
}

pub(super) fn goalert(
    name: &str,
    config: GoAlertConfig,
    around: &Surroundings,
) -> Built<Arc<dyn Pager>> {
    let settings = config.settings().map_err(all)?;
    Ok(Arc::new(GoAlert::new(name, settings, around.http.clone())))
}

pub(super) fn alertmanager(
    name: &str,
    config: AlertmanagerPagerConfig,
    around: &Surroundings,
) -> Built<Arc<dyn Pager>> {
    let settings = config.settings().map_err(all)?;
    let (http, clock) = (around.http.clone(), Arc::clone(&around.clock));
    Ok(Arc::new(Alertmanager::new(name, settings, http, clock)))
}

pub(super) fn chat_pager(
    _name: &str,
    config: ChatPagerConfig,
    around: &Surroundings,
) -> Built<Arc<dyn Pager>> {
    let Some(chat) = around.reporters.get(&config.chat) else {
        let text = "no [chat.NAME] of this name carries reports: Slack's needs \
                    `escalation_channel`, e-mail `to`";
        return Err(vec![Fault { key: "chat".to_owned(), text: text.to_owned() }]);
    };
    Ok(Arc::new(ChatPager::new(Arc::clone(chat))))
}

pub(super) fn email_pager(
    name: &str,
    config: EmailConfig,
    around: &Surroundings,
) -> Built<Arc<dyn Pager>> {
    let mut faults = Vec::new();
    if config.to.is_empty() {
        let text = "must be given: where pages go".to_owned();
        faults.push(Fault { key: "to".to_owned(), text });
    }
    match config.settings() {
        Ok(settings) if faults.is_empty() => {
            let clock = Arc::clone(&around.clock);
            Ok(Arc::new(Email::new(&format!("escalate.{name}"), settings, clock)))
        }
        outcome => {
            faults.extend(outcome.err().map(all).unwrap_or_default());
            Err(faults)
        }
    }
}

pub(super) fn email_chat(
    name: &str,
    config: EmailConfig,
    around: &Surroundings,
) -> Built<WiredChat> {
    let is_reporter = !config.to.is_empty();
    let settings = config.settings().map_err(all)?;
    let chat = Email::new(&format!("chat.{name}"), settings, Arc::clone(&around.clock));
    Ok(WiredChat { chat: Arc::new(chat), is_reporter, reports_per_second: None })
}
