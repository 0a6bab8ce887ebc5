//! Devices, as the configuration names them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use config::Config;
use connectors::{
    devices::collect::{self, Collector},
    feeds::WebFeed,
    http::{HttpClient, TargetUrl},
};
use ports::{
    Directory,
    compliance::RelyingParty,
    devices::{
        DeviceSource, Devices,
        agents::AgentProtocol,
        store::{DeviceStore, memory::MemoryDeviceStore},
    },
    feeds::Feed,
    source::{Reads, Source},
};
use runtime::{
    os_currency::Feeds,
    posture::{
        Choice, Currency, DeviceStep, Filters, Fleet, FleetParts, FleetSettings, JunkRules,
        MergeRules, PostureContent, Trust, Trusts,
    },
};
use store_sqlite::{OpenError, Options, SqliteDeviceStore};

use super::Wired;

use crate::server::Access;
pub(crate) use runtime::posture::{COLLECTOR, DEVICE_STEP};

/// The store's file, in `server.data_dir`.
const STORE_FILE: &str = "devices.db";

/// What knows devices, sorted by how it comes.
#[derive(Default)]
pub(crate) struct WiredDevices {
    pub(crate) asked: BTreeMap<String, Arc<dyn DeviceSource>>,
    pub(crate) agents: BTreeMap<String, Arc<dyn AgentProtocol>>,
    pub(crate) senders: BTreeMap<String, Source>,
    pub(crate) parties: BTreeMap<String, Arc<dyn RelyingParty>>,
    pub(crate) feeds: Feeds,
    /// The device of an alert, looked up by the engine.
    pub(crate) step: Arc<DeviceStep>,
    pub(crate) settings: FleetSettings,
}

impl WiredDevices {
    /// Sorts the sections. Our own collector is always there.
    pub(crate) fn of(sections: Vec<(String, Devices)>) -> Self {
        let mut devices = Self::default();
        for (name, section) in sections {
            match section {
                Devices::Asked(source) => {
                    devices.asked.insert(name, source);
                }
                Devices::Agents(protocol) => {
                    devices.agents.insert(name, protocol);
                }
                Devices::Sends { auth, map } => {
                    let reads = Reads::Devices(map);
                    let source = Source { name: name.clone(), auth, reads, puller: None };
                    devices.senders.insert(name, source);
                }
            }
        }
        devices.agents.insert(collect::SOURCE.to_owned(), Arc::new(Collector));
        devices
    }
}

/// What is set about devices; what is wrong is told by its key.
pub(crate) fn settings(config: &Config) -> Result<FleetSettings, (String, String)> {
    let posture = &config.posture;
    let mut rules = MergeRules {
        junk: JunkRules::with(&posture.junk_serials),
        source_order: posture.source_order.clone(),
        // What is left of a section that is no more is nobody's word but its own.
        trusts: Trusts { named: managed(config)?, others: Trust::Shared },
        ..MergeRules::default()
    };
    for (at, text) in posture.shared_adapters.iter().enumerate() {
        let prefix = text.split([':', '-']).map(|octet| u8::from_str_radix(octet, 16));
        let prefix: Result<Vec<u8>, _> = prefix.collect();
        let prefix = prefix.map_err(|_| {
            let key = format!("posture.shared_adapters[{at}]");
            (key, "is the beginning of an address, such as 00:e0:4c".to_owned())
        })?;
        rules.shared_adapters.push(prefix);
    }
    let mut filters = Filters::default();
    if let Some(models) = &posture.ignored_models {
        filters.models.clone_from(models);
    }
    Ok(FleetSettings {
        rules,
        filters,
        choice: if posture.best_status { Choice::Best } else { Choice::Newest },
        older_after: posture.older_after,
        language: config.organisation.languages.first().cloned().unwrap_or_default(),
    })
}

/// The sources that are named as management's own.
fn managed(config: &Config) -> Result<BTreeMap<String, Trust>, (String, String)> {
    let mut named = BTreeMap::from([(collect::SOURCE.to_owned(), Trust::Enrolled)]);
    for (at, name) in config.posture.managed_sources.iter().enumerate() {
        if !config.devices.contains_key(name) {
            let key = format!("posture.managed_sources[{at}]");
            let why = "name one that is there, or leave it out";
            return Err((key, format!("there is no section [devices.{name}]: {why}")));
        }
        named.insert(name.clone(), Trust::Managed);
    }
    Ok(named)
}

/// The feeds that the configuration names; what is wrong is told by its key.
pub(crate) fn feeds(config: &Config, http: &HttpClient) -> Result<Feeds, (String, String)> {
    let mut feeds = Feeds::new();
    for (name, url) in &config.posture.feeds {
        let wrong = |text: String| (format!("posture.feeds.{name}"), text);
        let is_known =
            name.starts_with("endoflife_") || matches!(name.as_str(), "sofa_macos" | "sofa_ios");
        if !is_known {
            return Err(wrong("is sofa_macos, sofa_ios or endoflife_PRODUCT".to_owned()));
        }
        let url: TargetUrl = url.parse().map_err(|error| wrong(format!("{error}")))?;
        let feed: Arc<dyn Feed> = Arc::new(WebFeed::new(name, url, http.clone()));
        feeds.insert(name.clone(), feed);
    }
    Ok(feeds)
}

/// Where the store of devices of a configuration is.
pub(crate) fn store_path(data_dir: &Path) -> PathBuf {
    data_dir.join(STORE_FILE)
}

/// Opens the store of devices.
fn open_store(data_dir: &Path, access: Access) -> anyhow::Result<Arc<dyn DeviceStore>> {
    let path = store_path(data_dir);
    let opened = match access {
        Access::Look if path.exists() => SqliteDeviceStore::open_read_only(&path),
        // Nothing was kept yet.
        Access::Look => return Ok(Arc::new(MemoryDeviceStore::new())),
        Access::Serve => SqliteDeviceStore::open(&path, Options::default()),
    };
    let store = opened.map_err(|error| {
        let is_in_use = matches!(error, OpenError::InUse);
        let what = format!("the store of devices {}", path.display());
        let error = anyhow::Error::new(error).context(what);
        if is_in_use {
            error.context("reach the running server with --url and --key")
        } else {
            error
        }
    })?;
    Ok(Arc::new(store))
}

/// Devices over what is wired. `content` and the parts are taken from it.
pub(crate) fn fleet(
    wired: &mut Wired,
    content: PostureContent,
    access: Access,
) -> anyhow::Result<Fleet> {
    let store = open_store(&wired.config.server.data_dir, access)?;
    let devices = &mut wired.devices;
    let senders: BTreeSet<String> = devices.senders.keys().cloned().collect();
    let directory: Arc<dyn Directory> = Arc::clone(&wired.directory);
    let step = Arc::clone(&devices.step);
    // A system that is asked speaks of devices, and no device speaks through it.
    let asked = devices.asked.keys().map(|name| (name.clone(), Trust::Managed));
    devices.settings.rules.trusts.named.extend(asked);
    let fleet = Fleet::new(FleetParts {
        store,
        clock: Arc::clone(&wired.clock),
        entropy: Arc::clone(&wired.entropy),
        directory,
        sources: std::mem::take(&mut devices.asked),
        agents: std::mem::take(&mut devices.agents),
        senders,
        parties: std::mem::take(&mut devices.parties),
        content,
        currency: Currency::built_in().clone(),
        settings: std::mem::take(&mut devices.settings),
    });
    step.set(fleet.clone());
    Ok(fleet)
}
