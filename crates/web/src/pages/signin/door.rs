//! Who stands at the door.

use axum::extract::FromRequestParts;
use http::request::Parts;
use model::PersonId;
use runtime::people::Visitor;

use crate::{AppState, Problem, Viewer, client::ClientIp, viewer::MaybeViewer};

/// Somebody who wants to sign in.
pub(super) struct Door {
    /// Who is signed in already in this browser.
    pub(super) before: Option<Viewer>,
    address: Option<std::net::IpAddr>,
    browser: Option<String>,
}

impl Door {
    /// As the engine counts them.
    pub(super) fn visitor(&self) -> Visitor<'_> {
        Visitor { address: self.address, browser: self.browser.as_deref() }
    }

    /// The header by which this browser is known next time. Without it nobody is kept out: the
    /// browser just stays unknown.
    pub(super) async fn remembered(
        &self,
        state: &AppState,
        person: PersonId,
    ) -> Option<http::HeaderValue> {
        use secrecy::ExposeSecret as _;
        match state.engine.remember_browser(person, self.browser.as_deref()).await {
            Ok(token) => Some(state.site.set_browser(token.expose_secret())),
            Err(error) => {
                tracing::warn!(%error, "a browser is not remembered");
                None
            }
        }
    }
}

impl FromRequestParts<AppState> for Door {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let browser = state.site.browser_token(&parts.headers).map(str::to_owned);
        let MaybeViewer(before) = MaybeViewer::from_request_parts(parts, state).await?;
        let Ok(ClientIp(address)) = ClientIp::from_request_parts(parts, state).await;
        Ok(Self { before, address, browser })
    }
}
