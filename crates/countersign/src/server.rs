//! A whole server: the store, the engine, the pages and the measurements.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use ports::store::Store;
use runtime::{
    Engine, Parts, blocklists::StoredBlocklists, detection::Detection, os_currency::Feeds,
    posture::Posture,
};
use store_sqlite::{OpenError, Options, SqliteStore};
use tokio::net::TcpListener;
use web::{
    AppState,
    blocklists::{Blocklists, ReaderOfToken},
    gate::Gates,
    keys::ApiKeys,
    state::MetricsText,
};

use crate::{
    detection::{Ingredients, rules},
    ending::Misuse,
    stop::Stop,
    system::keys::{self, Keys},
    wire::{
        self, Wired,
        content::{Content, Sigma},
        seal::KeySeal,
    },
};

/// The store's file, in `server.data_dir`.
const STORE_FILE: &str = "countersign.db";

/// Where the store of a configuration is.
pub(crate) fn store_path(data_dir: &Path) -> PathBuf {
    data_dir.join(STORE_FILE)
}

/// How much of the store is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// To look, also beside a running server.
    Look,
    /// To change, alone.
    Serve,
}

/// Opens the store of a configuration.
pub(crate) fn open_store(data_dir: &Path, access: Access) -> anyhow::Result<SqliteStore> {
    let path = store_path(data_dir);
    let opened = match access {
        Access::Look => SqliteStore::open_read_only(&path),
        Access::Serve => SqliteStore::open(&path, Options::default()),
    };
    opened.map_err(|error| {
        let is_in_use = matches!(error, OpenError::InUse);
        let error = anyhow::Error::new(error).context(format!("the store {}", path.display()));
        if is_in_use {
            return error.context("reach the running server with --url and --key");
        }
        error
    })
}

/// The keys of a configuration. They are made only together with the store.
fn read_keys(wired: &Wired) -> anyhow::Result<Keys> {
    let data_dir = &wired.config.server.data_dir;
    if store_path(data_dir).exists() {
        return Keys::read(data_dir).map_err(|error| Misuse::of([error]));
    }
    keys::make_private_folder(data_dir)
        .with_context(|| format!("the folder {} cannot be made", data_dir.display()))?;
    Keys::read_or_make(data_dir, &*wired.entropy).map_err(|error| Misuse::of([error]))
}

/// The engine over what is wired, with the state of its pages. It does nothing by itself.
pub(crate) fn assemble(
    mut wired: Wired,
    access: Access,
    metrics: Option<MetricsText>,
) -> anyhow::Result<AppState> {
    let keys = read_keys(&wired)?;
    let content = std::mem::take(&mut wired.content.posture);
    let fleet = wire::posture::fleet(&mut wired, content, access)?;
    let store: Arc<dyn Store> = Arc::new(open_store(&wired.config.server.data_dir, access)?);
    let settings = wire::engine_settings(&wired, keys.tokens)?;
    let limits = wire::web_limits(&wired.config);
    let chats = wired.engine_chats();
    let lists = StoredBlocklists::new(Arc::clone(&store), Arc::clone(&wired.clock));
    wired.blocklists.set(Arc::new(lists.clone()));
    let readers = wired.readers.into_iter().map(|(list, readers)| {
        let of_token = move |token: &str| readers.of_token(token).map(str::to_owned);
        (list, Arc::new(of_token) as ReaderOfToken)
    });
    let blocklists = Blocklists::new(lists, readers.collect());
    let engine = Engine::new(Parts {
        store,
        clock: Arc::clone(&wired.clock),
        entropy: Arc::clone(&wired.entropy),
        seal: Arc::new(KeySeal::new(keys.sealing, wired.entropy)),
        directory: wired.directory,
        chats,
        pagers: wired.pagers,
        identity: wired.identity,
        verifiers: wired.verifiers,
        responders: wired.responders,
        enrichers: wired.enrichers,
        writebacks: wired.writebacks,
        policies: wired.content.policies,
        playbooks: wired.content.playbooks,
        templates: wired.content.templates,
        settings,
    });
    let devices = wired.devices.senders;
    Ok(AppState {
        sources: Arc::new(wired.sources),
        devices: Arc::new(devices),
        posture: Posture::new(engine.clone(), fleet),
        keys: Arc::new(wired.keys),
        blocklists,
        limits,
        gates: Arc::new(Gates::new(&limits)),
        metrics,
        ..AppState::new(engine, wired.clock, wired.site)
    })
}

/// A server that has opened its store and taken its ports.
pub(crate) struct Server {
    state: AppState,
    listener: TcpListener,
    metrics: TcpListener,
    render: MetricsText,
    content: PathBuf,
    sigma: Sigma,
    feeds: Feeds,
}

impl Server {
    /// Opens and takes everything.
    pub(crate) async fn open(mut wired: Wired, render: MetricsText) -> anyhow::Result<Self> {
        for warning in wired.warnings() {
            tracing::warn!("{warning}");
        }
        let content = wired.config.content.clone();
        let sigma = wire::sigma(&wired.config);
        let feeds = wired.devices.feeds.clone();
        let listener = listen(wired.config.server.listen, "server.listen").await?;
        let metrics =
            listen(wired.config.telemetry.metrics_listen, "telemetry.metrics_listen").await?;
        // Opening waits for the disk; there is nobody yet who could be kept waiting.
        let ingredients = Ingredients::of(&mut wired);
        let mut state = assemble(wired, Access::Serve, Some(Arc::clone(&render)))?;
        state.detection = ingredients.open(&state.engine, state.sources.values()).await?;
        Ok(Self { state, listener, metrics, render, content, sigma, feeds })
    }

    /// Where the pages are.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// What decides.
    pub(crate) fn engine(&self) -> &Engine {
        &self.state.engine
    }

    /// How content is read again.
    pub(crate) fn reloader(&self) -> Reloader {
        Reloader {
            engine: self.state.engine.clone(),
            detection: self.state.detection.clone(),
            posture: self.state.posture.clone(),
            content: self.content.clone(),
            sigma: self.sigma.clone(),
        }
    }

    /// Serves until told to stop, then lets what has begun come to its end.
    pub(crate) async fn run(self, stop: Stop) {
        let (engine, posture) = (self.state.engine.clone(), self.state.posture.clone());
        let detection = self.state.detection.clone();
        let pages = web::serve(self.listener, web::router(self.state), stop.clone().told());
        let metrics =
            web::serve(self.metrics, web::metrics_router(self.render), stop.clone().told());
        let devices = posture.run(self.feeds, stop.clone().told());
        let detecting = async {
            if let Some(detection) = detection {
                detection.run(stop.clone().told()).await;
            }
        };
        let engine = engine.run(stop.clone().told());
        tokio::join!(pages, metrics, devices, detecting, engine);
    }
}

async fn listen(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let taken =
        |error| anyhow::Error::new(error).context(format!("{key}: cannot listen on {address}"));
    TcpListener::bind(address).await.map_err(taken)
}

/// Reads content again while the server runs.
pub(crate) struct Reloader {
    engine: Engine,
    detection: Option<Detection>,
    posture: Posture,
    content: PathBuf,
    sigma: Sigma,
}

impl Reloader {
    /// Puts the content of the folder in force, or keeps what is if anything is wrong with it.
    pub(crate) fn reload(&self) {
        match Content::read(&self.content, &self.sigma, self.engine.catalog()) {
            Ok(content) => {
                for warning in &content.rules.warnings {
                    tracing::warn!("{warning}");
                }
                self.engine.reload(content.policies, content.playbooks, content.templates);
                if let Some(detection) = &self.detection {
                    detection.reload(rules(content.rules));
                }
                self.posture.fleet().reload(content.posture);
                tracing::info!("content was read again");
            }
            Err(problems) => {
                for problem in problems {
                    tracing::error!(file = problem.file, "content not taken: {}", problem.text);
                }
            }
        }
    }
}

/// The same state with these keys and no others.
pub(crate) fn with_keys(state: AppState, keys: ApiKeys) -> AppState {
    AppState { keys: Arc::new(keys), ..state }
}
