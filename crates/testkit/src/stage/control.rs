//! Orders from outside the process: what a script may do on the stage, over loopback HTTP.

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::Context as _;
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use demo::{
    company::Story,
    vendors::{pagerduty::Incident, slack::Message},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Player, Stage};

/// The running control. Dropping it closes the port.
#[derive(Debug)]
pub struct Control {
    /// Where orders go.
    pub url: String,
    task: JoinHandle<()>,
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Control {
    /// Takes orders on a free port of this machine.
    pub async fn over(stage: Arc<Stage>) -> anyhow::Result<Self> {
        let routes = Router::new()
            .route("/alerts", post(raise))
            .route("/devices", post(devices))
            .route("/cases/{id}", get(case))
            .route("/incidents", get(incidents))
            .route("/slack/{user}", get(messages))
            .route("/slack/{user}/press", post(press))
            .route("/slack/{user}/submit", post(submit))
            .route("/people/{user}/code", get(code))
            .route("/people/{user}/phone", post(phone))
            .with_state(stage);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            // Serving ends only when the task is aborted.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { url, task })
    }
}

/// All that a script needs to know to begin.
#[must_use]
pub fn introduction(stage: &Stage, control: &Control) -> Value {
    let person = |player: &Player| {
        json!({
            "id": player.person.subject,
            "name": player.person.name,
            "email": player.person.email,
            "slack": player.person.slack,
            "link": player.link,
            "has_app": player.app.is_some(),
            "is_analyst": stage.cast.is_analyst(player),
        })
    };
    let people: Vec<Value> = stage.cast.players.iter().map(person).collect();
    json!({ "url": stage.url(), "control": control.url, "people": people })
}

/// Whatever did not work, as the script prints it.
struct Failed(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{:#}", self.0)).into_response()
    }
}

type Shared = State<Arc<Stage>>;

#[derive(Deserialize)]
struct Raise {
    slack: String,
    story: String,
}

#[derive(Deserialize)]
struct Press {
    action: String,
}

#[derive(Deserialize)]
struct Submit {
    #[serde(default)]
    comment: String,
}

#[derive(Deserialize)]
struct Later {
    #[serde(default)]
    later: i64,
}

#[derive(Deserialize)]
struct Typed {
    code: String,
}

fn player<'s>(stage: &'s Stage, slack: &str) -> anyhow::Result<&'s Player> {
    let mut players = stage.cast.players.iter();
    players.find(|player| player.person.slack == slack).context("nobody has this account")
}

async fn raise(State(stage): Shared, Json(order): Json<Raise>) -> Result<Json<Value>, Failed> {
    let story = match order.story.as_str() {
        "new_network" => Story::NewNetwork,
        "sudo" => Story::Sudo,
        "access_key" => Story::AccessKey,
        "mass_clone" => Story::MassClone,
        "factor_reset" => Story::FactorReset,
        "mail_access" => Story::MailAccess,
        "root_sign_in" => Story::RootSignIn,
        _ => return Err(anyhow::anyhow!("no such story").into()),
    };
    let id = stage.raise(story, player(&stage, &order.slack)?).await?;
    Ok(Json(json!({ "case": id })))
}

async fn devices(State(stage): Shared, Json(records): Json<Value>) -> Result<Json<Value>, Failed> {
    Ok(Json(stage.send_devices(&records).await?))
}

async fn case(State(stage): Shared, Path(id): Path<String>) -> Result<Json<Value>, Failed> {
    Ok(Json(stage.case(&id).await?))
}

async fn incidents(State(stage): Shared) -> Json<Value> {
    let shown = |incident: Incident| {
        json!({
            "dedup": incident.dedup, "is_open": incident.is_open, "summary": incident.summary,
            "severity": incident.severity, "events": incident.events,
        })
    };
    Json(stage.pagerduty.incidents().into_iter().map(shown).collect())
}

async fn messages(State(stage): Shared, Path(user): Path<String>) -> Json<Value> {
    let shown =
        |message: Message| json!({ "shown": message.shown(), "buttons": message.buttons() });
    Json(stage.slack.messages(&user).into_iter().map(shown).collect())
}

async fn press(
    State(stage): Shared,
    Path(user): Path<String>,
    Json(order): Json<Press>,
) -> Result<(), Failed> {
    let mut messages = stage.slack.messages(&user).into_iter().rev();
    let message = messages.find(|message| message.buttons().contains(&order.action));
    let message = message.context("no message has this button")?;
    stage.slack.press(&user, &message.receipt, &order.action).await?;
    Ok(())
}

async fn submit(
    State(stage): Shared,
    Path(user): Path<String>,
    Json(order): Json<Submit>,
) -> Result<(), Failed> {
    let form = stage.slack.forms(&user).pop().context("no form is open")?;
    stage.slack.submit_form(&user, &form.id, &order.comment).await?;
    Ok(())
}

async fn code(
    State(stage): Shared,
    Path(user): Path<String>,
    Query(order): Query<Later>,
) -> Result<Json<Value>, Failed> {
    let code = player(&stage, &user)?.code(order.later).context("they have no app")?;
    Ok(Json(json!({ "code": code })))
}

async fn phone(
    State(stage): Shared,
    Path(user): Path<String>,
    Json(order): Json<Typed>,
) -> Result<Json<Value>, Failed> {
    let email = &player(&stage, &user)?.person.email;
    let pushes = stage.duo.pushes();
    let mut waiting = pushes.iter().filter(|push| push.result == "waiting");
    let push = waiting.find(|push| push.username == *email).context("no push waits")?;
    Ok(Json(json!({ "is_right": stage.duo.type_code(&push.txid, &order.code) })))
}
