//! The API's description, made of the handlers themselves.

use axum::Json;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    actions, audit, cases, dead, devices, exceptions, in_force, links, people, playbooks, rules,
    stream,
};
use crate::{blocklists, intake};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Countersign",
        description = "Cases, actions, exceptions, people, devices, events and the audit chain. Errors are RFC 9457 problem documents.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        intake::take, intake::events::take, intake::events::verify, in_force::list, dead::list,
        dead::replay, cases::list, cases::ask, cases::show, cases::journal, cases::dispose,
        intake::agents::keys, intake::devices::take, devices::list, devices::show, devices::of_person, devices::fleet,
        devices::fleet_days,
        devices::sources, devices::recheck, devices::deciding::exemptions,
        devices::deciding::decide, devices::deciding::to_judge, devices::deciding::rulings,
        devices::deciding::rule, devices::deciding::take_back, devices::deciding::close_review,
        devices::forecast::dry_run,
        actions::decision, actions::order, actions::waiting, actions::guard, actions::stop,
        actions::resume, actions::approve, actions::decline, actions::revert,
        playbooks::list, playbooks::begin, playbooks::approve, playbooks::stop,
        exceptions::list, exceptions::make, exceptions::preview, exceptions::end,
        people::show, people::reset, rules::list, rules::show, rules::accept, rules::end,
        links::make, audit::list, stream::open, blocklists::show,
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
        components.add_security_scheme("reader", bearer("A token of the list's `readers`"));
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
