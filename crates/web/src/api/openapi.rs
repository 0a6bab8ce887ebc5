//! The API's description, made of the handlers themselves.

use axum::Json;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{audit, cases, dead, links, people, rules, stream};
use crate::intake;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        description = "Cases, people, events, rules and the audit chain. Errors are RFC 9457 problem documents.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        intake::take, intake::events::take, intake::events::verify, rules::list, dead::list,
        dead::replay, cases::list, cases::ask, cases::show, cases::journal, cases::dispose,
        people::show, people::reset, links::make, audit::list, stream::open,
    ),
    modifiers(&Credentials),
)]
struct Description;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = |what: &str| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
            SecurityScheme::Http(scheme.description(Some(what)).build())
        };
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("key", bearer("An API key with the scope for it"));
        components.add_security_scheme(
            "source",
            bearer("The source's own token, or the signature that its configuration names"),
        );
    }
}

/// The description, as JSON.
#[must_use]
pub fn document() -> serde_json::Value {
    serde_json::to_value(Description::openapi()).expect("a description is plain data")
}

pub(super) async fn show() -> Json<serde_json::Value> {
    Json(document())
}
