//! Codes handed out and pushes sent, with what became of them.

use std::collections::{HashMap, VecDeque};

use model::Timestamp;

use super::{DuoPush, PUSH_LIFETIME, Reaction};

/// How many pushes and codes are remembered.
const MAX: usize = 10_000;

#[derive(Default)]
pub(super) struct Pushes {
    prepared: HashMap<String, Prepared>,
    sent: VecDeque<Sent>,
    scripted: HashMap<String, VecDeque<Reaction>>,
}

/// A code handed out by `preauth`, good for one push.
pub(super) struct Prepared {
    pub username: String,
    pub code: String,
    pub expires_at: Timestamp,
}

struct Sent {
    push: DuoPush,
    code: Option<String>,
    /// Whether `pushed` was told already.
    is_seen: bool,
}

impl Pushes {
    pub(super) fn prepare(&mut self, txid: String, prepared: Prepared) {
        if self.prepared.len() >= MAX {
            self.prepared.clear();
        }
        self.prepared.insert(txid, prepared);
    }

    /// Uses up the code of a transaction, if it is this person's and still good.
    pub(super) fn redeem(&mut self, txid: &str, username: &str, now: Timestamp) -> Option<String> {
        let prepared = self.prepared.remove(txid)?;
        let is_good = prepared.username == username && now < prepared.expires_at;
        is_good.then_some(prepared.code)
    }

    pub(super) fn send(&mut self, push: DuoPush, code: Option<String>) {
        if self.sent.len() >= MAX {
            self.sent.pop_front();
        }
        let username = push.username.clone();
        let now = push.sent_at;
        self.sent.push_back(Sent { push, code, is_seen: false });
        let scripted = self.scripted.get_mut(&username).and_then(VecDeque::pop_front);
        if let Some(reaction) = scripted {
            self.react(&username, reaction, now);
        }
    }

    pub(super) fn react(&mut self, username: &str, reaction: Reaction, now: Timestamp) {
        self.expire(now);
        let waiting =
            |sent: &&mut Sent| sent.push.username == username && sent.push.result == "waiting";
        let Some(sent) = self.sent.iter_mut().rev().find(waiting) else {
            self.scripted.entry(username.to_owned()).or_default().push_back(reaction);
            return;
        };
        let (result, status) = match reaction {
            Reaction::Approve => ("allow", "allow"),
            Reaction::WrongCode => ("waiting", "pushed"),
            Reaction::Deny => ("deny", "deny"),
            Reaction::Fraud => ("deny", "fraud"),
            Reaction::Timeout => ("deny", "timeout"),
            Reaction::Bypass => ("allow", "bypass"),
            Reaction::LockedOut => ("deny", "locked_out"),
        };
        (sent.push.result, sent.push.status) = (result, status);
    }

    pub(super) fn type_code(&mut self, txid: &str, code: &str, now: Timestamp) -> bool {
        let Some(sent) = self.waiting(txid, now) else { return false };
        let is_right = sent.code.as_deref().is_none_or(|right| right == code.trim());
        if is_right {
            (sent.push.result, sent.push.status) = ("allow", "allow");
        }
        is_right
    }

    pub(super) fn end(&mut self, txid: &str, status: &'static str, now: Timestamp) {
        if let Some(sent) = self.waiting(txid, now) {
            (sent.push.result, sent.push.status) = ("deny", status);
        }
    }

    /// How a push stands, and whether that is news to whoever asks.
    pub(super) fn look(&mut self, txid: &str, now: Timestamp) -> Option<(DuoPush, bool)> {
        self.expire(now);
        let sent = self.sent.iter_mut().find(|sent| sent.push.txid == txid)?;
        let is_news = !std::mem::replace(&mut sent.is_seen, true) || sent.push.result != "waiting";
        Some((sent.push.clone(), is_news))
    }

    pub(super) fn all(&mut self, now: Timestamp) -> Vec<DuoPush> {
        self.expire(now);
        self.sent.iter().map(|sent| sent.push.clone()).collect()
    }

    fn waiting(&mut self, txid: &str, now: Timestamp) -> Option<&mut Sent> {
        self.expire(now);
        let mut sent = self.sent.iter_mut();
        sent.find(|sent| sent.push.txid == txid && sent.push.result == "waiting")
    }

    fn expire(&mut self, now: Timestamp) {
        for sent in &mut self.sent {
            let push = &mut sent.push;
            if push.result == "waiting" && PUSH_LIFETIME.after(push.sent_at) <= now {
                (push.result, push.status) = ("deny", "timeout");
            }
        }
    }
}
