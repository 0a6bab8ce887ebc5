//! What the provider publishes of itself: OpenID Connect Discovery, and its keys by RFC 7517.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{ACR_VALUES, Algorithm, ClientAuth, Lie, Shared};

pub(super) async fn metadata(State(shared): State<Shared>) -> Json<Value> {
    let provider = shared.lock();
    let here = &provider.issuer;
    let issuer = match provider.lie {
        Some(Lie::MetadataOfAnotherIssuer) => format!("{here}/"),
        _ => here.clone(),
    };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{here}/authorize"),
        "token_endpoint": format!("{here}/token"),
        "jwks_uri": format!("{here}/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid"],
        "id_token_signing_alg_values_supported": Algorithm::ALL.map(Algorithm::name),
        "token_endpoint_auth_methods_supported": [provider.client_auth.name()],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "acr_values_supported": ACR_VALUES,
    }))
}

impl ClientAuth {
    fn name(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }
}

pub(super) async fn jwks(State(shared): State<Shared>) -> Json<Value> {
    let provider = shared.lock();
    Json(provider.keys.published(provider.algorithm))
}
