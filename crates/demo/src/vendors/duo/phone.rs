//! The phones, as one page: for whoever tries the demo.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    response::{Html, Redirect},
};
use serde::Deserialize;

use super::{DuoPush, World};
use crate::vendors::page::{escape, page};

/// How many pushes that are over are still shown.
const PAST_SHOWN_MAX: usize = 10;

/// What was pressed.
#[derive(Deserialize)]
pub(super) struct Pressed {
    txid: String,
    act: Act,
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    Approve,
    Deny,
    Fraud,
}

pub(super) async fn show(State(world): State<Arc<World>>) -> Html<String> {
    let pushes = world.pushes().all(world.clock.now());
    let (waiting, past): (Vec<_>, Vec<_>) =
        pushes.iter().rev().partition(|push| push.result == "waiting");
    let mut body: String = waiting.iter().map(|push| waiting_html(push)).collect();
    if waiting.is_empty() {
        body.push_str("<p>No push is waiting.</p>");
    }
    body.extend(past.iter().take(PAST_SHOWN_MAX).map(|push| past_html(push)));
    // A page that refreshes would wipe a half-typed code.
    page("Duo phones", waiting.is_empty(), &body)
}

pub(super) async fn act(State(world): State<Arc<World>>, Form(pressed): Form<Pressed>) -> Redirect {
    let status = match pressed.act {
        Act::Approve => {
            // A wrong code leaves the push waiting, as the page then shows.
            let _ = world.type_code(&pressed.txid, &pressed.code);
            return Redirect::to("/");
        }
        Act::Deny => "deny",
        Act::Fraud => "fraud",
    };
    world.pushes().end(&pressed.txid, status, world.clock.now());
    world.changed.notify_waiters();
    Redirect::to("/")
}

fn waiting_html(push: &DuoPush) -> String {
    let code = if push.wants_code {
        "<p><label>Enter the code shown on the page that asked<br>\
         <input name=code inputmode=numeric autocomplete=off autofocus></label></p>"
    } else {
        ""
    };
    format!(
        "<article><h2>{title}: {username}</h2><dl>{facts}</dl><form method=post action=/phone>\
         <input type=hidden name=txid value=\"{txid}\">{code}\
         <button name=act value=approve>Approve</button>\
         <button name=act value=deny>Deny</button>\
         <button name=act value=fraud>Deny and report fraud</button></form></article>",
        title = escape(&push.title),
        username = escape(&push.username),
        facts = facts_html(push),
        txid = escape(&push.txid),
    )
}

fn past_html(push: &DuoPush) -> String {
    format!(
        "<article><p>{}: {}</p><dl>{}</dl></article>",
        escape(&push.username),
        escape(push.status),
        facts_html(push),
    )
}

fn facts_html(push: &DuoPush) -> String {
    let fact = |(name, value): (&String, &String)| {
        format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value))
    };
    push.shown.iter().map(fact).collect()
}
