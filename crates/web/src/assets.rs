//! Styles and scripts, embedded, each at an address that holds the hash of its content, so that a
//! browser may keep it for ever.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::header;
use sha2::{Digest, Sha256};

use crate::{Needs, Problem, Routes, problem::Kind};

/// One year, and the address changes with the content.
const KEPT_FOR_EVER: &str = "public, max-age=31536000, immutable";
/// How many digits of the hash stand in an address.
const HASH_DIGITS: usize = 16;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal $content_type:literal;)*) => {
        &[$(Asset {
            name: $name,
            content_type: $content_type,
            bytes: include_bytes!(concat!("../assets/", $name)),
        }),*]
    };
}

/// Every file there is.
static ASSETS: &[Asset] = assets! {
    "style.css" "text/css; charset=utf-8";
    "passkey.js" "text/javascript; charset=utf-8";
    "console.js" "text/javascript; charset=utf-8";
    "waiting.js" "text/javascript; charset=utf-8";
};

static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| ASSETS.iter().map(address).collect());

fn address(asset: &Asset) -> String {
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(asset.bytes));
    format!("/assets/{}/{}", &digest[..HASH_DIGITS], asset.name)
}

/// The address of a file, for a template: `{{ crate::assets::path("style.css") }}`.
///
/// # Panics
/// There is no such file.
#[must_use]
pub fn path(name: &str) -> &'static str {
    let index = ASSETS.iter().position(|asset| asset.name == name);
    &PATHS[index.expect("templates name files that exist")]
}

/// The routes of this module.
pub fn routes() -> Routes {
    Routes::new().get("/assets/{hash}/{name}", Needs::Anyone, show)
}

async fn show(Path((hash, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let wanted = format!("/assets/{hash}/{name}");
    let index = PATHS.iter().position(|path| *path == wanted);
    let asset = &ASSETS[index.ok_or(Problem::of(Kind::NotFound))?];
    let headers =
        [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, KEPT_FOR_EVER)];
    Ok((headers, asset.bytes).into_response())
}
