//! What the workspace remembers.

use std::collections::{BTreeMap, HashMap, VecDeque};

use ports::chat::Receipt;
use serde_json::Value;

use super::{SlackUser, SlackWorldConfig, Standing, blocks};

/// How long a trigger opens a form, in seconds.
const TRIGGER_SECONDS: i64 = 3;
/// How many triggers, whispers a person and complaints are remembered.
const REMEMBERED: usize = 1_000;

/// The whole state.
pub(super) struct Workspace {
    pub(super) people: BTreeMap<String, SlackUser>,
    by_email: HashMap<String, String>,
    channels: BTreeMap<String, String>,
    threads: HashMap<String, BTreeMap<String, Message>>,
    order: VecDeque<Receipt>,
    keep_messages: usize,
    pub(super) whispers: HashMap<String, Vec<String>>,
    triggers: HashMap<String, Trigger>,
    trigger_order: VecDeque<String>,
    forms: BTreeMap<String, OpenForm>,
    pub(super) complaints: Vec<String>,
    pub(super) callbacks: Option<String>,
    pub(super) posted: u64,
    serial: u64,
}

/// A message as the workspace shows it now.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Where it is: the channel and the time stamp that names it there.
    pub receipt: Receipt,
    /// Who wrote it; absent for the app.
    pub author: Option<String>,
    /// The fallback text.
    pub text: String,
    /// The blocks.
    pub blocks: Value,
    /// The message whose thread it is in.
    pub thread: Option<String>,
    /// The delivery id in its metadata.
    pub delivery: Option<String>,
    /// How often it was edited.
    pub edits: u32,
}

/// A form before a person.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenForm {
    /// The view's id.
    pub id: String,
    /// Before whom.
    pub user: String,
    /// What it shows.
    pub view: Value,
    /// The errors shown in it, by block.
    pub errors: BTreeMap<String, String>,
}

struct Trigger {
    user: String,
    made: i64,
    is_used: bool,
}

impl Message {
    /// The action ids of its buttons, in order.
    #[must_use]
    pub fn buttons(&self) -> Vec<String> {
        blocks::buttons(&self.blocks).filter_map(|button| text_at(button, "action_id")).collect()
    }

    /// Everything in it that a client would act on instead of showing: mentions, links and
    /// characters that hide or turn text around.
    #[must_use]
    pub fn active(&self) -> Vec<String> {
        blocks::active(&self.text, &self.blocks)
    }

    /// All that a person can read in it, a line for each text.
    #[must_use]
    pub fn shown(&self) -> String {
        blocks::texts(&self.blocks).into_iter().map(|(_, text)| text + "\n").collect()
    }
}

/// The channel between a person and the app.
pub(super) fn dm_of(user: &str) -> String {
    format!("D{}", user.get(1..).unwrap_or_default())
}

fn text_at(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

impl Workspace {
    pub(super) fn new(config: &SlackWorldConfig) -> Self {
        let mut workspace = Self {
            people: BTreeMap::new(),
            by_email: HashMap::new(),
            channels: config.channels.iter().cloned().collect(),
            threads: HashMap::new(),
            order: VecDeque::new(),
            keep_messages: config.keep_messages,
            whispers: HashMap::new(),
            triggers: HashMap::new(),
            trigger_order: VecDeque::new(),
            forms: BTreeMap::new(),
            complaints: Vec::new(),
            callbacks: config.callbacks.clone(),
            posted: 0,
            serial: 0,
        };
        config.people.iter().cloned().for_each(|user| workspace.add(user));
        workspace
    }

    pub(super) fn add(&mut self, user: SlackUser) {
        self.by_email.insert(user.email.to_lowercase(), user.id.clone());
        self.people.insert(user.id.clone(), user);
    }

    pub(super) fn by_email(&self, email: &str) -> Option<&SlackUser> {
        self.by_email.get(&email.to_lowercase()).and_then(|id| self.people.get(id))
    }

    pub(super) fn channels(&self) -> impl Iterator<Item = (&String, &String)> {
        self.channels.iter()
    }

    /// The channel that a message to `target` is posted in, or the vendor's error.
    pub(super) fn channel_of(&self, target: &str) -> Result<String, &'static str> {
        if self.channels.contains_key(target) {
            return Ok(target.to_owned());
        }
        let user = match target.strip_prefix('D') {
            Some(rest) => {
                ['U', 'W'].iter().find_map(|kind| self.people.get(&format!("{kind}{rest}")))
            }
            None => self.people.get(target),
        };
        match user.map(|user| (user, user.standing)) {
            None => Err("channel_not_found"),
            Some((_, Standing::Deleted)) => Err("user_disabled"),
            Some((_, Standing::Bot)) => Err("cannot_dm_bot"),
            Some((user, _)) => Ok(dm_of(&user.id)),
        }
    }

    /// An unused time stamp, which is a message's name in its channel.
    fn stamp(&mut self, now: i64) -> String {
        self.serial += 1;
        format!("{now}.{:06}", self.serial % 1_000_000)
    }

    pub(super) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Posts a message and returns its time stamp.
    pub(super) fn post(&mut self, now: i64, channel: &str, mut message: Message) -> String {
        let stamp = self.stamp(now);
        self.posted += 1;
        if self.keep_messages == 0 {
            return stamp;
        }
        if self.order.len() >= self.keep_messages
            && let Some(oldest) = self.order.pop_front()
            && let Some(thread) = self.threads.get_mut(&oldest.channel)
        {
            thread.remove(&oldest.message);
        }
        message.receipt = Receipt { channel: channel.to_owned(), message: stamp.clone() };
        self.order.push_back(message.receipt.clone());
        self.threads.entry(channel.to_owned()).or_default().insert(stamp.clone(), message);
        stamp
    }

    pub(super) fn message(&mut self, channel: &str, stamp: &str) -> Option<&mut Message> {
        self.threads.get_mut(channel)?.get_mut(stamp)
    }

    pub(super) fn remove(&mut self, channel: &str, stamp: &str) -> Option<Message> {
        self.threads.get_mut(channel)?.remove(stamp)
    }

    pub(super) fn messages(&self, channel: &str) -> Vec<Message> {
        let thread = self.threads.get(channel);
        thread.map(|thread| thread.values().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn whisper(&mut self, user: &str, text: &str) {
        let whispers = self.whispers.entry(user.to_owned()).or_default();
        if whispers.len() < REMEMBERED {
            whispers.push(text.to_owned());
        }
    }

    /// A trigger for the one who pressed.
    pub(super) fn trigger(&mut self, user: &str, now: i64) -> String {
        let id = format!("{}.trigger.{user}", self.serial());
        let trigger = Trigger { user: user.to_owned(), made: now, is_used: false };
        self.triggers.insert(id.clone(), trigger);
        self.trigger_order.push_back(id.clone());
        if self.trigger_order.len() > REMEMBERED
            && let Some(oldest) = self.trigger_order.pop_front()
        {
            self.triggers.remove(&oldest);
        }
        id
    }

    /// Opens a form with a trigger, or says the vendor's error.
    pub(super) fn open(&mut self, trigger: &str, view: Value, now: i64) -> Result<String, &str> {
        let found = self.triggers.get_mut(trigger).ok_or("invalid_trigger_id")?;
        if found.is_used {
            return Err("exchanged_trigger_id");
        }
        if now - found.made > TRIGGER_SECONDS {
            return Err("expired_trigger_id");
        }
        found.is_used = true;
        let user = found.user.clone();
        let id = format!("V{:08}", self.serial());
        let form = OpenForm { id: id.clone(), user, view, errors: BTreeMap::new() };
        self.forms.insert(id.clone(), form);
        Ok(id)
    }

    pub(super) fn form(&mut self, id: &str) -> Option<&mut OpenForm> {
        self.forms.get_mut(id)
    }

    pub(super) fn forms(&self, user: &str) -> Vec<OpenForm> {
        self.forms.values().filter(|form| form.user == user).cloned().collect()
    }

    pub(super) fn close(&mut self, id: &str) {
        self.forms.remove(id);
    }

    pub(super) fn complain(&mut self, complaint: impl Into<String>) {
        if self.complaints.len() < REMEMBERED {
            self.complaints.push(complaint.into());
        }
    }
}
