//! Joins what the configuration names: each section with the adapter of its kind.
//!
//! It decides nothing. A new vendor is one line in [`kinds`]. Start with [`Wired::of`].

pub(crate) mod content;
pub(crate) mod files;
mod joiner;
pub(crate) mod kinds;
pub(crate) mod maps;
pub(crate) mod posture;
pub(crate) mod seal;
mod settings;
pub(crate) mod shipped;
mod unwatched;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use config::Config;
use connectors::{blocklist::Readers, secret::SecretRef};
use model::Method;
use ports::{
    Clock, Directory, Entropy, blocklist::Later, chat::Chat, enricher::Enricher,
    identity::IdentityProvider, networks::Networks, outcome::WriteBack, pager::Pager,
    responder::Responder, source::Source, verifier::Verifier,
};
use web::{Site, keys::ApiKeys};

use crate::ending::Misuse;
use content::Content;
use joiner::Joiner;
use posture::WiredDevices;
pub(crate) use settings::{engine_settings, web_limits};

/// A configuration with everything it names, ready to serve.
pub(crate) struct Wired {
    pub(crate) config: Config,
    pub(crate) site: Site,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) sources: BTreeMap<String, Source>,
    /// By name, with whether it carries reports to the security team.
    pub(crate) chats: Vec<(String, kinds::WiredChat)>,
    pub(crate) pagers: BTreeMap<String, Arc<dyn Pager>>,
    pub(crate) responders: Responders,
    /// Who may fetch the lists of those that keep one, by name.
    pub(crate) readers: BTreeMap<String, Readers>,
    /// Told where lists are kept once the store is open.
    pub(crate) blocklists: Later,
    pub(crate) enrichers: BTreeMap<String, Arc<dyn Enricher>>,
    pub(crate) writebacks: BTreeMap<String, Arc<dyn WriteBack>>,
    pub(crate) networks: Arc<dyn Networks>,
    /// What knows devices, and who is told of them.
    pub(crate) devices: WiredDevices,
    pub(crate) verifiers: BTreeMap<Method, Arc<dyn Verifier>>,
    /// Where people sign in, beside our own pages.
    pub(crate) identity: Option<Arc<dyn IdentityProvider>>,
    pub(crate) is_enrolment_guarded: bool,
    pub(crate) keys: ApiKeys,
    pub(crate) content: Content,
    /// What works less well than it could, and why, but for the tables of networks.
    warnings: Vec<String>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// Reads the file, without looking at anything it refers to.
pub(crate) fn read_config(path: &Path) -> anyhow::Result<Config> {
    let text = files::config_text(path).map_err(|why| Misuse::of([why]))?;
    config::load(&text, &path.display().to_string(), &kinds::registry()).map_err(Misuse::of)
}

impl Wired {
    /// Everything that the file at `path` names.
    ///
    /// # Errors
    /// [`Misuse`] with everything that is wrong.
    pub(crate) fn of(path: &Path) -> anyhow::Result<Self> {
        let config = read_config(path)?;
        let file = path.display().to_string();
        let missing = config::missing_secrets(&file, &config.secrets, |reference| {
            secret(reference).resolve().map(drop)
        });
        let mut joiner = Joiner::of(file, missing);
        let wired = joiner.wired(config)?;
        match wired {
            Some(wired) if joiner.is_clean() => Ok(wired),
            _ => Err(Misuse::of(joiner.into_problems())),
        }
    }

    /// What works less well than it could, and why. What a table would have told is unknown.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let broken = self.networks.tables().into_iter().filter_map(|table| {
            Some(format!("enrich.{} is not loaded: {}", table.name, table.failure?))
        });
        let rules = self.content.rules.warnings.iter();
        let unwatched = unwatched::warning(&self.sources, &self.content.rules.rules);
        self.warnings.iter().chain(rules).cloned().chain(broken).chain(unwatched).collect()
    }

    /// The chats as the engine takes them.
    pub(crate) fn engine_chats(&self) -> Vec<(String, Arc<dyn Chat>)> {
        let chats = self.chats.iter();
        chats.map(|(name, wired)| (name.clone(), Arc::clone(&wired.chat))).collect()
    }
}

/// Other people's rules, as the configuration names them.
pub(crate) fn sigma(config: &Config) -> content::Sigma {
    content::Sigma {
        folders: config.detection.sigma.clone(),
        is_live: config.detection.sigma_state == config::settings::SigmaState::Live,
    }
}

/// The same reference in the words of the adapters, which do not know the configuration's crate.
fn secret(reference: &config::SecretRef) -> SecretRef {
    match reference {
        config::SecretRef::Env(name) => SecretRef::Env(name.clone()),
        config::SecretRef::File(path) => SecretRef::File(path.clone()),
    }
}

type Responders = BTreeMap<String, Arc<dyn Responder>>;
