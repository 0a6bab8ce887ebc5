//! The parts of Slack's payloads that we read. All else in them is not believed, and not read.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Interaction {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) api_app_id: Option<String>,
    /// Null where an app is installed for a whole organisation.
    pub(super) team: Option<Team>,
    pub(super) user: User,
    pub(super) container: Option<Container>,
    pub(super) channel: Option<Channel>,
    pub(super) trigger_id: Option<String>,
    #[serde(default)]
    pub(super) actions: Vec<Action>,
    pub(super) view: Option<View>,
}

#[derive(Deserialize)]
pub(super) struct Team {
    pub(super) id: String,
    pub(super) enterprise_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) team_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Container {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) channel_id: Option<String>,
    pub(super) message_ts: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Channel {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct Action {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) action_id: String,
    pub(super) value: Option<String>,
    pub(super) action_ts: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    pub(super) callback_id: String,
    #[serde(default)]
    pub(super) private_metadata: String,
    pub(super) app_id: Option<String>,
    pub(super) team_id: Option<String>,
    #[serde(default)]
    pub(super) state: State,
}

#[derive(Default, Deserialize)]
pub(super) struct State {
    #[serde(default)]
    pub(super) values: BTreeMap<String, BTreeMap<String, Input>>,
}

#[derive(Deserialize)]
pub(super) struct Input {
    pub(super) value: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Envelope {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) challenge: Option<String>,
    pub(super) team_id: Option<String>,
    pub(super) api_app_id: Option<String>,
    pub(super) event_id: Option<String>,
    /// Read once its type is known: other events have other shapes.
    pub(super) event: Option<serde_json::Value>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) subtype: Option<String>,
    pub(super) channel_type: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) user: Option<String>,
    pub(super) bot_id: Option<String>,
    pub(super) app_id: Option<String>,
    pub(super) team: Option<String>,
    pub(super) user_team: Option<String>,
    pub(super) source_team: Option<String>,
    pub(super) text: Option<String>,
    pub(super) deleted_ts: Option<String>,
    pub(super) previous_message: Option<Previous>,
}

#[derive(Deserialize)]
pub(super) struct Previous {
    pub(super) bot_id: Option<String>,
}
