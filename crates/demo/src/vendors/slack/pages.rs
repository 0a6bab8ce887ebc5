//! The workspace to look at, with buttons that press.

use axum::{
    Form,
    extract::{Path, State},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use ports::chat::Receipt;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Shared, blocks,
    state::{self, Message, OpenForm},
};
use crate::vendors::page::{escape, page};

/// How many messages a page shows, the latest.
const SHOWN_MAX: usize = 50;
/// How many people the index lists.
const LISTED_MAX: usize = 200;

/// `GET /`: who and what there is.
pub(super) async fn index(State(shared): State<Shared>) -> Html<String> {
    let workspace = shared.lock();
    let mut body = "<h2>Channels</h2>".to_owned();
    for (id, name) in workspace.channels() {
        body += &format!("<p><a href='/channels/{}'>#{}</a></p>", escape(id), escape(name));
    }
    body += "<h2>People</h2>";
    for user in workspace.people.values().take(LISTED_MAX) {
        body +=
            &format!("<p><a href='/people/{}'>{}</a></p>", escape(&user.id), escape(&user.name));
    }
    page("Slack, played", false, &body)
}

/// `GET /people/{user}`: what a person sees of the app.
pub(super) async fn person(State(shared): State<Shared>, Path(user): Path<String>) -> Html<String> {
    let workspace = shared.lock();
    let name = workspace.people.get(&user).map_or("nobody", |user| user.name.as_str());
    let forms = workspace.forms(&user);
    let mut body: String = forms.iter().map(|form| form_html(&user, form)).collect();
    for whisper in workspace.whispers.get(&user).into_iter().flatten() {
        body += &format!(
            "<article><small>Only visible to you</small><p>{}</p></article>",
            escape(whisper)
        );
    }
    let messages = workspace.messages(&state::dm_of(&user));
    for message in messages.iter().rev().take(SHOWN_MAX) {
        body += &message_html(message, Some(&user));
    }
    body += &format!(
        "<form method=post action='/people/{}/say'><input name=text aria-label=Message> \
         <button>Send</button></form>",
        escape(&user),
    );
    page(&format!("Slack of {name}, played"), forms.is_empty(), &body)
}

/// `GET /channels/{channel}`: what a channel holds.
pub(super) async fn channel(
    State(shared): State<Shared>,
    Path(channel): Path<String>,
) -> Html<String> {
    let messages = shared.lock().messages(&channel);
    let latest = messages.iter().rev().take(SHOWN_MAX);
    let body: String = latest.map(|message| message_html(message, None)).collect();
    page(&format!("Slack channel {channel}, played"), true, &body)
}

#[derive(Deserialize)]
pub(super) struct PressForm {
    channel: String,
    message: String,
    action: String,
}

/// `POST /people/{user}/press`.
pub(super) async fn press(
    State(shared): State<Shared>,
    Path(user): Path<String>,
    Form(form): Form<PressForm>,
) -> Response {
    let receipt = Receipt { channel: form.channel, message: form.message };
    // A refusal is among the complaints; the page shows what became of it all the same.
    let _ = shared.press(&user, &receipt, &form.action).await;
    back(&user)
}

#[derive(Deserialize)]
pub(super) struct SubmitForm {
    form: String,
    #[serde(default)]
    comment: String,
    close: Option<String>,
}

/// `POST /people/{user}/submit`.
pub(super) async fn submit(
    State(shared): State<Shared>,
    Path(user): Path<String>,
    Form(form): Form<SubmitForm>,
) -> Response {
    if form.close.is_some() {
        shared.lock().close(&form.form);
    } else {
        let _ = shared.submit(&user, &form.form, &form.comment).await;
    }
    back(&user)
}

#[derive(Deserialize)]
pub(super) struct SayForm {
    text: String,
}

/// `POST /people/{user}/say`.
pub(super) async fn say(
    State(shared): State<Shared>,
    Path(user): Path<String>,
    Form(form): Form<SayForm>,
) -> Response {
    let _ = shared.say(&user, &form.text).await;
    back(&user)
}

fn back(user: &str) -> Response {
    // Ids are letters and digits; anything else came from elsewhere and leads to the index.
    let is_id = user.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let path = if is_id { format!("/people/{user}") } else { "/".to_owned() };
    Redirect::to(&path).into_response()
}

fn message_html(message: &Message, presser: Option<&str>) -> String {
    let author = message.author.as_deref().unwrap_or("Countersign");
    let edited = if message.edits > 0 { ", edited" } else { "" };
    let mut html = format!("<article><small>{}{edited}</small>", escape(author));
    html += &texts_html(&message.blocks);
    for button in blocks::buttons(&message.blocks) {
        let label = escape(button["text"]["text"].as_str().unwrap_or_default());
        html += &match presser {
            None => format!("<button disabled>{label}</button>"),
            Some(user) => format!(
                "<form method=post action='/people/{}/press'><input type=hidden name=channel \
                 value=\"{}\"><input type=hidden name=message value=\"{}\"><input type=hidden \
                 name=action value=\"{}\"><button>{label}</button></form>",
                escape(user),
                escape(&message.receipt.channel),
                escape(&message.receipt.message),
                escape(button["action_id"].as_str().unwrap_or_default()),
            ),
        };
    }
    html + "</article>"
}

/// The texts of all blocks but buttons. Links of markup become links, all else is text.
fn texts_html(tree: &Value) -> String {
    let mut html = String::new();
    for block in tree.as_array().into_iter().flatten() {
        if block["type"] == "actions" {
            continue;
        }
        let is_header = block["type"] == "header";
        for (is_markup, text) in blocks::texts(block) {
            html += &match link_of(&text) {
                Some(link) if is_markup => format!("<p><a href=\"{0}\">{0}</a></p>", escape(&link)),
                _ if is_header => format!("<h2>{}</h2>", escape(&text)),
                _ => format!("<p>{}</p>", escape(&text)),
            };
        }
    }
    html
}

/// The address in a markup text that is nothing but a link.
fn link_of(text: &str) -> Option<String> {
    let link = text.strip_prefix('<')?.strip_suffix('>')?;
    let is_link = link.starts_with("https://") || link.starts_with("http://");
    (is_link && !link.contains(['<', '>'])).then(|| link.replace("&amp;", "&"))
}

fn form_html(user: &str, form: &OpenForm) -> String {
    let title = form.view["title"]["text"].as_str().unwrap_or_default();
    let mut html = format!("<article><h2>{}</h2>", escape(title));
    html += &texts_html(&form.view["blocks"]);
    for error in form.errors.values() {
        html += &format!("<p role=alert>{}</p>", escape(error));
    }
    for link in blocks::buttons(&form.view["blocks"]) {
        let url = link["url"].as_str().unwrap_or_default();
        if url.starts_with("http://") || url.starts_with("https://") {
            let label = escape(link["text"]["text"].as_str().unwrap_or_default());
            html += &format!("<p><a href=\"{}\">{label}</a></p>", escape(url));
        }
    }
    html += &format!(
        "<form method=post action='/people/{}/submit'><input type=hidden name=form value=\"{}\">",
        escape(user),
        escape(&form.id),
    );
    if let Some(submit) = form.view["submit"]["text"].as_str() {
        html += "<p><textarea name=comment rows=3 cols=40 aria-label=Comment></textarea></p>";
        html += &format!("<button>{}</button>", escape(submit));
    }
    html + "<button name=close value=yes>Close</button></form></article>"
}
