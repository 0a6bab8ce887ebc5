//! Builds the part of every section, and tells all that is wrong with them at once.

use std::{collections::BTreeMap, sync::Arc};

use config::{Config, ConfigProblem, Family, Section, Sections};
use connectors::{
    blocklist::Readers,
    http::{Egress, HttpClient, SystemNames},
    networks::{NetworkStep, Tables},
    oidc::{Oidc, OidcConfig, OidcSettings},
};
use model::Method;
use ports::{
    Directory, blocklist::Later, directory::ListDirectory, enricher::Enricher,
    identity::IdentityProvider, networks::Networks, verifier::Verifier,
};
use runtime::acting;
use web::{Site, keys::ApiKeys};

use super::{
    Responders, Wired,
    content::Content,
    kinds::{self, Fault, Kind, Surroundings, WiredEnricher, WiredResponder},
    posture::{self, DEVICE_STEP, WiredDevices},
    secret, settings, sigma,
};
use crate::system::{SystemClock, SystemEntropy};

/// Collects problems while it joins, so that all are told at once.
pub(super) struct Joiner {
    file: String,
    /// Secrets that are not there; what needs them fails too and is not told twice.
    missing: Vec<ConfigProblem>,
    problems: Vec<ConfigProblem>,
    warnings: Vec<String>,
}

impl Joiner {
    pub(super) fn of(file: String, missing: Vec<ConfigProblem>) -> Self {
        Self { file, missing, problems: Vec::new(), warnings: Vec::new() }
    }

    /// `None` when something is missing without which there is no whole.
    pub(super) fn wired(&mut self, config: Config) -> anyhow::Result<Option<Wired>> {
        let mut around = Surroundings {
            http: HttpClient::new()?,
            guarded: HttpClient::guarded(self.egress(&config), Arc::new(SystemNames))?,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            public_url: config.server.public_url.clone(),
            organisation: config.organisation.name.clone(),
            zone: config.organisation.zone(),
            // No list is kept before the store is opened.
            blocklists: Later::default(),
            reporters: BTreeMap::new(),
        };
        let site = self.site(&config);
        let directory = self.directory(&config, &around);
        let sources = self.sections(Family::Sources, &config.sources, &kinds::sources(), &around);
        let chats = self.sections(Family::Chat, &config.chats, &kinds::chats(), &around);
        let reporters = chats.iter().filter(|(_, wired)| wired.is_reporter);
        around.reporters =
            reporters.map(|(name, wired)| (name.clone(), Arc::clone(&wired.chat))).collect();
        let pagers = self.sections(Family::Escalate, &config.pagers, &kinds::pagers(), &around);
        let (of, kinds) = (Family::Respond, kinds::responders());
        let responders = self.sections(of, &config.responders, &kinds, &around);
        let (responders, readers) = apart(responders);
        let (enrichers, networks) = self.enrichers(&config, &around);
        let (of, kinds) = (Family::Writeback, kinds::writebacks());
        let writebacks = self.sections(of, &config.writebacks, &kinds, &around);
        let devices = self.devices(&config, &around);
        let mut enrichers = enrichers;
        let step: Arc<dyn Enricher> = Arc::clone(&devices.step) as Arc<dyn Enricher>;
        if enrichers.insert(DEVICE_STEP.to_owned(), step).is_some() {
            let text = "is the step that looks at devices here: choose another name";
            self.problem(None, &format!("enrich.{DEVICE_STEP}"), text);
        }
        let (verifiers, is_enrolment_guarded) = self.verifiers(&config, &around);
        let identity = self.identity(&config, &around);
        let keys = self.keys(&config);
        let content = self.content(&config, &responders, &enrichers);
        let (Some(site), Some(content)) = (site, content) else { return Ok(None) };
        Ok(Some(Wired {
            site,
            directory,
            sources: sources.into_iter().collect(),
            chats,
            pagers: pagers.into_iter().collect(),
            responders,
            readers,
            blocklists: around.blocklists,
            enrichers,
            networks,
            devices,
            writebacks: writebacks.into_iter().collect(),
            verifiers,
            identity,
            is_enrolment_guarded,
            keys,
            content,
            warnings: std::mem::take(&mut self.warnings),
            clock: around.clock,
            entropy: around.entropy,
            config,
        }))
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.is_empty() && self.missing.is_empty()
    }

    pub(super) fn into_problems(self) -> Vec<ConfigProblem> {
        let mut all = self.missing;
        all.extend(self.problems);
        all.sort();
        all.dedup();
        all
    }

    fn problem(&mut self, line: Option<usize>, key: &str, text: impl Into<String>) {
        // `a.b[0]` and `a.b.c` lie in `a.b`.
        let is_told = self.missing.iter().any(|missing| {
            let rest = missing.key.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        if !is_told {
            let (file, key) = (self.file.clone(), key.to_owned());
            self.problems.push(ConfigProblem { file, line, key, text: text.into() });
        }
    }

    fn egress(&mut self, config: &Config) -> Egress {
        Egress::read(&config.limits.egress_allow).unwrap_or_else(|why| {
            self.problem(None, "limits.egress_allow", why);
            Egress::default()
        })
    }

    fn site(&mut self, config: &Config) -> Option<Site> {
        let proxies: Result<Vec<_>, _> =
            config.server.trusted_proxies.iter().map(|network| network.parse()).collect();
        let proxies = proxies
            .map_err(|error: web::client::NetworkError| {
                self.problem(None, "server.trusted_proxies", error.to_string());
            })
            .ok()?;
        Site::new(config.server.public_url.as_str(), proxies)
            .map_err(|error| self.problem(None, "server.public_url", error.to_string()))
            .ok()
    }

    /// Builds every section of a family with the kind that it names.
    fn sections<P>(
        &mut self,
        family: Family,
        sections: &Sections,
        kinds: &[Kind<P>],
        around: &Surroundings,
    ) -> Vec<(String, P)> {
        let mut built = Vec::new();
        for (name, section) in sections {
            let kind = kinds.iter().find(|kind| kind.name == section.kind);
            let kind = kind.expect("the registry that checked the file knows the same kinds");
            match kind.build(section, around) {
                Ok(part) => built.push((name.clone(), part)),
                Err(faults) => self.faults(family, section, faults),
            }
        }
        built
    }

    fn faults(&mut self, family: Family, section: &Section, faults: Vec<Fault>) {
        for fault in faults {
            let key = format!("{}.{}.{}", family.key(), section.name, fault.key);
            self.problem(section.line, key.trim_end_matches('.'), fault.text);
        }
    }

    fn directory(&mut self, config: &Config, around: &Surroundings) -> Arc<dyn Directory> {
        let kinds = kinds::directories();
        let mut loaded =
            self.sections(Family::Directory, &config.directories, &kinds, around).into_iter();
        if config.directories.len() > 1 {
            self.problem(None, "directory", "this version takes one directory: remove the others");
        }
        match loaded.next() {
            Some((_, directory)) => {
                self.warnings.extend(directory.warnings);
                directory.people
            }
            None => {
                self.warnings.push(
                    "there is no [directory.NAME]: every alert goes to the analysts".to_owned(),
                );
                Arc::new(ListDirectory::default())
            }
        }
    }

    fn verifiers(
        &mut self,
        config: &Config,
        around: &Surroundings,
    ) -> (BTreeMap<Method, Arc<dyn Verifier>>, bool) {
        let built = self.sections(Family::Verify, &config.verifiers, &kinds::verifiers(), around);
        let mut verifiers = BTreeMap::new();
        let mut is_enrolment_guarded = true;
        for (name, wired) in built {
            self.warnings.extend(wired.warning);
            is_enrolment_guarded &= wired.is_enrolment_guarded;
            let Some(verifier) = wired.verifier else { continue };
            let method = verifier.method();
            if verifiers.insert(method, verifier).is_some() {
                let text = format!("there is another section for {}: keep one", method.name());
                self.problem(None, &format!("verify.{name}"), text);
            }
        }
        if verifiers.is_empty() {
            self.warnings.push(
                "there is no [verify.NAME]: nobody can prove anything, and every claim escalates"
                    .to_owned(),
            );
        }
        (verifiers, is_enrolment_guarded)
    }

    /// Where people sign in, beside our own pages.
    fn identity(
        &mut self,
        config: &Config,
        around: &Surroundings,
    ) -> Option<Arc<dyn IdentityProvider>> {
        let oidc = config.signin.oidc.as_ref()?;
        // A secret that is missing is told with all others.
        let client_secret = secret(&oidc.client_secret).resolve().ok()?;
        let written = OidcConfig {
            issuer: oidc.issuer.clone(),
            client_id: oidc.client_id.clone(),
            client_secret,
            scopes: oidc.scopes.clone(),
            subject_claim: oidc.subject_claim.clone(),
            algorithms: oidc.algorithms.clone(),
            acr: oidc.acr.clone(),
            roles_claim: oidc.roles_claim.clone(),
        };
        match OidcSettings::of(written, &around.public_url) {
            Ok(settings) => {
                Some(Arc::new(Oidc::new(settings, around.http.clone(), around.guarded.clone())))
            }
            Err(wrong) => {
                self.problem(None, &format!("signin.oidc.{}", wrong.key()), wrong.to_string());
                None
            }
        }
    }

    /// What is asked about an alert, and all tables of networks, in the order of their names.
    fn enrichers(
        &mut self,
        config: &Config,
        around: &Surroundings,
    ) -> (BTreeMap<String, Arc<dyn Enricher>>, Arc<dyn Networks>) {
        let (mut enrichers, mut tables) = (BTreeMap::new(), Vec::new());
        let kinds = kinds::enrichers();
        for (name, wired) in self.sections(Family::Enrich, &config.enrichers, &kinds, around) {
            match wired {
                WiredEnricher::Asked(enricher) => {
                    enrichers.insert(name, enricher);
                }
                WiredEnricher::Tables(more) => tables.extend(more),
            }
        }
        let sections: Vec<String> = match tables.is_empty() {
            true => Vec::new(),
            false => config.enrichers.keys().cloned().collect(),
        };
        let tables: Arc<dyn Networks> = Arc::new(Tables::new(tables));
        // The tables of one section are asked together with all others: of two that know the same
        // the first counts, whoever asks.
        for name in sections {
            let step = || Arc::new(NetworkStep::new(Arc::clone(&tables))) as Arc<dyn Enricher>;
            enrichers.entry(name).or_insert_with(step);
        }
        (enrichers, tables)
    }

    /// What knows devices, how they come together, and who is told of them.
    fn devices(&mut self, config: &Config, around: &Surroundings) -> WiredDevices {
        let sections = self.sections(Family::Devices, &config.devices, &kinds::devices(), around);
        let of = Family::Compliance;
        let parties = self.sections(of, &config.parties, &kinds::parties(), around);
        if config.devices.contains_key(posture::COLLECTOR) {
            let text = "is our own collector's name: choose another";
            self.problem(None, &format!("devices.{}", posture::COLLECTOR), text);
        }
        let mut devices = WiredDevices::of(sections);
        devices.parties = parties.into_iter().collect();
        match posture::settings(config) {
            Ok(settings) => devices.settings = settings,
            Err((key, why)) => self.problem(None, &key, why),
        }
        match posture::feeds(config, &around.http) {
            Ok(feeds) => devices.feeds = feeds,
            Err((key, why)) => self.problem(None, &key, why),
        }
        devices
    }

    fn keys(&mut self, config: &Config) -> ApiKeys {
        let mut keys = Vec::new();
        for (name, key) in &config.api_keys {
            let at = format!("api_keys.{name}.token");
            let scopes = key.scopes.iter().map(|scope| settings::scope(*scope)).collect();
            let made =
                secret(&key.token).resolve().map_err(|error| error.to_string()).and_then(|token| {
                    web::keys::ApiKey::new(name.as_str(), scopes, &token)
                        .map_err(|error| error.to_string())
                });
            match made {
                Ok(key) => keys.push(key),
                Err(why) => self.problem(None, &at, why),
            }
        }
        ApiKeys::new(keys)
    }

    fn content(
        &mut self,
        config: &Config,
        responders: &Responders,
        enrichers: &BTreeMap<String, Arc<dyn Enricher>>,
    ) -> Option<Content> {
        match Content::read(&config.content, &sigma(config), acting::catalog(responders, enrichers))
        {
            Ok(content) => Some(content),
            Err(problems) => {
                let told = problems.into_iter().map(|problem| ConfigProblem {
                    file: problem.file,
                    line: None,
                    key: String::new(),
                    text: problem.text,
                });
                self.problems.extend(told);
                None
            }
        }
    }
}

/// What acts, and beside it who may fetch the lists.
fn apart(wired: Vec<(String, WiredResponder)>) -> (Responders, BTreeMap<String, Readers>) {
    let (mut responders, mut readers) = (Responders::new(), BTreeMap::new());
    for (name, wired) in wired {
        if let Some(own) = wired.readers {
            readers.insert(name.clone(), own);
        }
        responders.insert(name, wired.responder);
    }
    (responders, readers)
}
