//! The page on which a person with a browser chooses an account.

use axum::{
    Form,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use super::{OidcAccount, Shared, authorize::Asked};
use crate::vendors::page::{escape, page};

const TITLE: &str = "Sign in, played";

/// `GET /authorize`.
pub(super) async fn show(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let provider = shared.lock();
    let query = query.unwrap_or_default();
    let asked = match provider.asked(&query) {
        Ok(asked) => asked,
        Err(why) => return refused(&why),
    };
    let accounts = provider.accounts.values();
    page(TITLE, false, &choice_html(&query, &asked, accounts)).into_response()
}

/// What was pressed: an account, or nothing for a refusal.
#[derive(Deserialize)]
pub(super) struct Choice {
    /// The query of the request.
    request: String,
    account: Option<String>,
}

/// `POST /authorize`.
pub(super) async fn choose(State(shared): State<Shared>, Form(choice): Form<Choice>) -> Response {
    let (now, provider) = (shared.clock.now(), &mut *shared.lock());
    let asked = match provider.asked(&choice.request) {
        Ok(asked) => asked,
        Err(why) => return refused(&why),
    };
    let back = match choice.account {
        None => provider.turn_away(&asked, "access_denied"),
        Some(subject) => match provider.accounts.get(&subject).cloned() {
            Some(account) => provider.let_in(&asked, &account, now),
            None => return refused("there is no such account"),
        },
    };
    Redirect::to(&back).into_response()
}

/// Whatever is wrong with a request, nobody is sent anywhere: whoever made it is to see it here.
fn refused(why: &str) -> Response {
    let body = format!("<p role=alert>This provider refuses the request: {}.</p>", escape(why));
    (StatusCode::BAD_REQUEST, page(TITLE, false, &body)).into_response()
}

fn choice_html<'a>(
    query: &str,
    asked: &Asked,
    accounts: impl Iterator<Item = &'a OidcAccount>,
) -> String {
    let mut html = String::new();
    if let Some(hint) = &asked.login_hint {
        html += &format!("<p>Expected: {}</p>", escape(hint));
    }
    html += &format!(
        "<form method=post action=/authorize><input type=hidden name=request value=\"{}\">",
        escape(query),
    );
    for account in accounts {
        let name = account.claims.get("name").and_then(|name| name.as_str());
        html += &format!(
            "<p><button name=account value=\"{}\">{}</button></p>",
            escape(&account.subject),
            escape(name.unwrap_or(&account.subject)),
        );
    }
    html + "<p><button>Refuse</button></p></form>"
}
