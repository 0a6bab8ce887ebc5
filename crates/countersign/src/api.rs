//! The API as commands use it: of a running server, or of one that is started in this process over
//! the store that the configuration names, so that both answer with the same words.

use std::{net::Ipv4Addr, path::Path};

use anyhow::{Context as _, bail};
use connectors::http::{BaseUrl, HttpClient, Reply};
use data_encoding::HEXLOWER;
use http::Method;
use ports::Entropy as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::net::TcpListener;
use web::keys::{ApiKey, ApiKeys, Scope};

use crate::{
    cli::ReachArgs,
    ending::Misuse,
    server::{self, Access},
    stop::{self, Stopper},
    system::SystemEntropy,
    terminal::harmless,
    wire::Wired,
};

/// The name under which commands over the store appear in the story of a case.
const LOCAL_KEY: &str = "command-line";

/// An API within reach.
pub(crate) struct Api {
    base: BaseUrl,
    key: SecretString,
    http: HttpClient,
    /// Ends the server in this process.
    _own: Option<Stopper>,
}

impl Api {
    /// The server that is named, or else the store of the configuration.
    pub(crate) async fn reach(
        reach: &ReachArgs,
        config: &Path,
        access: Access,
    ) -> anyhow::Result<Self> {
        match (&reach.url, &reach.key) {
            (Some(url), Some(key)) => Self::remote(url, SecretString::from(key.as_str())),
            (Some(_), None) => Err(Misuse::of(["--url needs --key, or COUNTERSIGN_KEY"])),
            (None, _) => Self::over_store(Wired::of(config)?, access).await,
        }
    }

    /// A running server's.
    pub(crate) fn remote(url: &str, key: SecretString) -> anyhow::Result<Self> {
        let base = url.parse().map_err(|error| Misuse::of([format!("--url: {error}")]))?;
        Ok(Self { base, key, http: HttpClient::new()?, _own: None })
    }

    async fn over_store(wired: Wired, access: Access) -> anyhow::Result<Self> {
        let key = SecretString::from(random_token());
        let keys = ApiKeys::new(vec![ApiKey::new(LOCAL_KEY, vec![Scope::Admin], &key)?]);
        let state = server::with_keys(server::assemble(wired, access, None)?, keys);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base = format!("http://{}", listener.local_addr()?).parse()?;
        let (stopper, stop) = stop::stop();
        tokio::spawn(web::serve(listener, web::router(state), stop.told()));
        Ok(Self { base, key, http: HttpClient::new()?, _own: Some(stopper) })
    }

    /// Looks something up.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Value> {
        let request = self.http.get(self.base.join(path)).query(query);
        let request = request.bearer_auth(self.key.expose_secret());
        read(self.http.send("the server", request).await?)
    }

    /// Does something. A request is sent once and never again, so that it needs no key of its own.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.http.post(self.base.join(path)).json(body);
        let request = request.bearer_auth(self.key.expose_secret());
        read(self.http.send("the server", request).await?)
    }

    /// Ends something.
    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        let request = self.http.request(Method::DELETE, self.base.join(path));
        let request = request.bearer_auth(self.key.expose_secret());
        let reply = self.http.send("the server", request).await?;
        match reply.status.as_u16() {
            204 => Ok(()),
            _ => read(reply).map(drop),
        }
    }
}

/// A token that nobody guesses.
pub(crate) fn random_token() -> String {
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}

fn read(reply: Reply) -> anyhow::Result<Value> {
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    if reply.status.is_success() {
        return body.context("the answer is not JSON: is this the address of a countersign?");
    }
    let body = body.unwrap_or_default();
    let told = |key: &str| body[key].as_str().map(harmless);
    let what = [told("title"), told("detail")].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let status = reply.status.as_u16();
    match status {
        400 | 422 => Err(Misuse::of([what])),
        _ if what.is_empty() => bail!("the server answered {status}"),
        _ => bail!("{what} ({status})"),
    }
}
