//! `countersign signin-link`

use std::path::Path;

use anyhow::Context as _;
use runtime::{
    EngineError,
    people::{Authority, LinkKind},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::{
    api::Api,
    cli::{LinkArgs, ReachArgs},
    ending::{Ended, Ending},
    server::{self, Access},
    terminal,
    wire::Wired,
};

/// Makes a link, through a running server or on the store itself.
pub(super) async fn run(file: &Path, args: &LinkArgs) -> Ended {
    let link = match &args.reach {
        ReachArgs { url: Some(url), key: Some(key) } => {
            let api = Api::remote(url, SecretString::from(key.as_str()))?;
            let body = json!({ "email": args.email, "enrol": args.enrol });
            let answer = api.post("v1/signin-links", &body).await?;
            answer["url"].as_str().context("the answer holds no link")?.to_owned()
        }
        _ => on_store(file, &args.email, args.enrol).await?,
    };
    terminal::print(&link)?;
    Ok(Ending::Done)
}

async fn on_store(file: &Path, email: &str, enrol: bool) -> anyhow::Result<String> {
    let engine = server::assemble(Wired::of(file)?, Access::Serve, None)?.engine;
    let kind = if enrol { LinkKind::Enrol } else { LinkKind::SignIn };
    match engine.create_link(Authority::Host, email, kind).await {
        Ok(link) => Ok(link.expose_secret().to_owned()),
        Err(EngineError::NotFound) => anyhow::bail!("nobody of the directory has this address"),
        Err(error) => Err(error.into()),
    }
}
