use std::{collections::BTreeMap, sync::Arc};

use futures::executor::block_on;
use http::HeaderMap;
use model::{
    Span,
    device::{Evidence, Gap, Practice, SourceRecord},
};
use ports::{
    devices::agents::{AgentProtocol as _, Recheck},
    store::{Commit, Record, RecordOp, Space, Store, StoreError, memory::MemoryStore},
};
use serde_json::{Value, json};

use super::*;
use crate::devices::tests::now;

mod tables;

const SECRET: &str = "made-up-enrol-secret";

/// What whoever serves the routes does: looks up, asks the protocol, stores, writes.
struct Server {
    osquery: Osquery,
    store: Arc<dyn Store>,
    record: Option<SourceRecord>,
    /// How often results were stored.
    stored: usize,
    random: u8,
}

impl Server {
    fn new() -> Self {
        let settings = OsquerySettings {
            secrets: vec!["old-secret".into(), SECRET.into()],
            every: Span::hours(1),
            has_software: true,
        };
        Self {
            osquery: Osquery::new("osquery", settings),
            store: Arc::new(MemoryStore::new()),
            record: None,
            stored: 0,
            random: 0,
        }
    }

    fn find(&self, space: Space, key: &str) -> Option<Record> {
        block_on(self.store.record(space, key, now())).expect("readable")
    }

    fn write(&self, records: Vec<RecordOp>) {
        block_on(self.store.commit(Commit { records, ..Commit::default() })).expect("written");
    }

    fn enroll(&mut self, body: &Value) -> Value {
        let key = self.osquery.host_record_key(body);
        let known = key.and_then(|key| self.find(Space::OsqueryNode, &key));
        self.random += 1;
        let enrolled = self.osquery.enrol(body, known.as_ref(), [self.random; 32], now());
        self.record = enrolled.read.map(|read| read.record).or(self.record.take());
        self.write(enrolled.ops);
        enrolled.reply
    }

    fn node(&self, body: &Value) -> Option<Record> {
        let key = NodeKey::of(&HeaderMap::new(), body)?;
        self.find(Space::OsqueryNode, &key.record_key("osquery"))
    }

    fn config(&self, body: &Value) -> Value {
        self.osquery.config(self.node(body).as_ref().and_then(Node::of).as_ref())
    }

    fn log(&mut self, body: &Value) -> Value {
        let node = self.node(body).as_ref().and_then(Node::of);
        let raw = body.to_string().into_bytes();
        let batch = node.as_ref().map(|node| self.osquery.batch_record_key(node, &raw));
        let seen = batch.is_some_and(|key| self.find(Space::Replay, &key).is_some());
        let logged = self.osquery.log(node.as_ref(), body, &raw, seen, now()).expect("a batch");
        if !logged.results.is_empty() {
            self.stored += 1;
            self.apply(&logged.results);
        }
        self.write(logged.remember.into_iter().collect());
        logged.reply
    }

    fn read(&self, body: &Value) -> Value {
        self.osquery.distributed_read(self.node(body).as_ref().and_then(Node::of).as_ref())
    }

    fn answer(&mut self, body: &Value) -> Value {
        let record = self.node(body);
        let written = self.osquery.distributed_write(record.as_ref(), body, now());
        let written = written.expect("answers");
        self.apply(&written.results);
        self.write(written.op.into_iter().collect());
        written.reply
    }

    fn apply(&mut self, results: &[QueryResult]) {
        if let Some(record) = self.record.take() {
            self.record = Some(apply(record, results, now()).record);
        }
    }
}

fn host(secret: &str) -> Value {
    json!({
        "enroll_secret": secret, "host_identifier": "desk-1",
        "host_details": {
            "os_version": { "name": "Ubuntu", "version": "24.04.1 LTS", "platform": "ubuntu" },
            "system_info": {
                "uuid": "4C4C4544-0042-3510-8054-00000000000A", "computer_name": "Desk 1",
                "hardware_serial": "C02XMADE0001", "hardware_vendor": "Contoso",
                "hardware_model": "Laptop",
            },
        },
    })
}

fn with(key: &Value, more: Value) -> Value {
    let mut body = more;
    body["node_key"] = key.clone();
    body
}

#[test]
fn c5_a_wrong_secret_enrols_nobody_and_an_unknown_key_is_told_to_enrol_again() {
    let mut server = Server::new();
    for secret in ["", "wrong", "made-up-enrol-secre", "made-up-enrol-secret "] {
        let reply = server.enroll(&host(secret));
        assert_eq!(reply, json!({ "node_invalid": true }), "{secret}");
    }
    assert!(server.record.is_none());
    let invalid = json!({ "node_invalid": true });
    let stranger = with(&json!("stranger"), json!({ "log_type": "result", "data": [] }));
    assert_eq!(server.config(&stranger), invalid);
    assert_eq!(server.log(&stranger), invalid);
    assert_eq!(server.read(&stranger), invalid);
    let answers = with(&json!("stranger"), json!({ "queries": {}, "statuses": {} }));
    assert_eq!(server.answer(&answers), invalid);
    assert_eq!(server.config(&json!({})), invalid, "no key at all");
}

#[test]
fn c5_the_same_batch_sent_twice_is_stored_once() {
    let mut server = Server::new();
    let key = server.enroll(&host(SECRET))["node_key"].clone();
    let line = json!({
        "name": "ssh_listeners", "hostIdentifier": "desk-1", "unixTime": 1_795_000_000,
        "action": "snapshot", "snapshot": [{ "address": "0.0.0.0" }],
    });
    let batch = with(&key, json!({ "log_type": "result", "data": [line] }));
    for _ in 0..3 {
        assert_eq!(server.log(&batch), json!({ "node_invalid": false }), "each is acknowledged");
    }
    assert_eq!(server.stored, 1);
    let status = with(&key, json!({ "log_type": "status", "data": [{ "message": "started" }] }));
    assert_eq!(server.log(&status), json!({ "node_invalid": false }));
    assert_eq!(server.stored, 1, "what it tells of itself is nothing about the device");
    let odd = with(&key, json!({ "log_type": "result", "data": "x" }));
    let node = server.node(&odd).as_ref().and_then(Node::of);
    assert!(server.osquery.log(node.as_ref(), &odd, b"", false, now()).is_err());
}

#[test]
fn a_host_that_enrols_again_keeps_its_record_and_its_old_key_dies() {
    let mut server = Server::new();
    let first = server.enroll(&host(SECRET))["node_key"].clone();
    let id = server.record.as_ref().expect("introduced").key.id.clone();
    assert_eq!(id, "4c4c4544-0042-3510-8054-00000000000a");
    let second = server.enroll(&host("old-secret"))["node_key"].clone();
    assert_ne!(first, second);
    assert_eq!(server.config(&with(&first, json!({}))), json!({ "node_invalid": true }));
    assert_eq!(server.config(&with(&second, json!({})))["node_invalid"], json!(false));
    assert_eq!(server.record.as_ref().expect("introduced").key.id, id);
    let kept = block_on(server.store.records(Space::OsqueryNode, None, "", now(), 99));
    let kept = format!("{:?}", kept.expect("readable"));
    let plain = second.as_str().expect("a key");
    assert!(!kept.contains(plain), "only its digest is kept");
    let mut placeholder = host(SECRET);
    placeholder["host_details"]["system_info"]["uuid"] =
        json!("00000000-0000-0000-0000-000000000000");
    server.enroll(&placeholder);
    assert_eq!(server.record.as_ref().expect("introduced").key.id, "desk-1");
}

#[test]
fn a_host_is_asked_what_its_platform_has_and_at_once_only_when_somebody_wants_it() {
    let mut server = Server::new();
    let key = server.enroll(&host(SECRET))["node_key"].clone();
    let body = with(&key, json!({}));
    let config = server.config(&body);
    let scheduled = config["schedule"].as_object().expect("a schedule");
    assert!(scheduled.contains_key("deb_packages") && !scheduled.contains_key("bitlocker_info"));
    assert!(scheduled.values().all(|it| it["snapshot"] == json!(true)), "state, not changes");
    let asked = server.read(&body);
    assert!(asked["queries"].as_object().is_some_and(|it| it.len() == scheduled.len()));
    let answers = json!({
        "queries": {
            "mounted_disk_encryption": [{ "name": "/", "encrypted": "1" }],
            "ssh_listeners": [], "secureboot": [{ "secure_boot": "1" }],
        },
        "statuses": { "mounted_disk_encryption": 0, "ssh_listeners": "0", "secureboot": 1 },
    });
    server.answer(&with(&key, answers));
    let record = server.record.clone().expect("a record");
    let evidence = |practice: &Practice| record.practices[practice].evidence.clone();
    assert!(matches!(evidence(&Practice::Encryption), Evidence::Volumes(it) if it.len() == 1));
    assert_eq!(evidence(&Practice::RemoteLogin), Evidence::Stated(true), "nobody listens");
    let unknown = Evidence::Unknown(Gap::NotReported);
    assert_eq!(evidence(&Practice::SecureBoot), unknown, "the query failed");
    assert_eq!(server.read(&body)["queries"], json!({}), "asked no more");
    let record = server.node(&body).expect("a node");
    server.write(Node::ask(&record, now()).into_iter().collect());
    assert!(server.read(&body)["queries"].as_object().is_some_and(|it| !it.is_empty()));
}

#[test]
fn a_node_key_may_come_in_the_header() {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "NodeKey abc".parse().expect("a value"));
    let of = |body: Value| NodeKey::of(&headers, &body).map(|key| key.record_key("osquery"));
    assert_eq!(of(json!({})), of(json!({ "node_key": "abc" })));
    assert_ne!(of(json!({})), of(json!({ "node_key": "other" })), "the body counts first");
    assert_ne!(
        NodeKey::fresh([1; 32]).record_key("osquery"),
        NodeKey::fresh([1; 32]).record_key("b")
    );
    assert_eq!(format!("{:?}", NodeKey::fresh([1; 32])), "NodeKey[secret]");
}

#[test]
fn a_host_that_is_to_be_looked_at_again_is_asked_at_its_next_call_and_nobody_else_is() {
    let mut server = Server::new();
    let key = server.enroll(&host(SECRET))["node_key"].clone();
    let id = server.record.as_ref().expect("enrolled").key.id.clone();
    let poll = with(&key, json!({}));
    server.answer(&with(&key, json!({ "queries": {}, "statuses": {} })));
    assert_eq!(server.read(&poll)["queries"], json!({}));
    let rechecked = |server: &Server, osquery: &Osquery, id: &str| -> Option<RecordOp> {
        let mut found = None;
        loop {
            match osquery.recheck(id, found.as_ref(), now())? {
                Recheck::Look(space, key) => found = Some(server.find(space, &key)?),
                Recheck::Write(op) => return Some(op),
            }
        }
    };
    assert!(rechecked(&server, &server.osquery, "a host of nobody's").is_none());
    let settings =
        OsquerySettings { secrets: vec![SECRET.into()], every: Span::hours(1), has_software: true };
    assert!(rechecked(&server, &Osquery::new("other", settings), &id).is_none());
    let op = rechecked(&server, &server.osquery, &id).expect("it can be asked");
    server.write(vec![op]);
    assert_ne!(server.read(&poll)["queries"], json!({}));
    // One that has answered meanwhile is looked up once more, and not written over.
    let late = rechecked(&server, &server.osquery, &id).expect("it can be asked");
    server.answer(&with(&key, json!({ "queries": {}, "statuses": {} })));
    let commit = Commit { records: vec![late], ..Commit::default() };
    assert_eq!(block_on(server.store.commit(commit)), Err(StoreError::Conflict));
}

#[test]
fn every_query_of_a_result_is_known_by_its_own_name_and_its_end() {
    for query in queries::QUERIES {
        assert_eq!(queries::named(query.name), Some(query.name));
        assert_eq!(queries::named(&format!("pack/x/{}", query.name)), Some(query.name));
        assert!(query.sql.ends_with(';') && !query.sql.contains("process"), "{}", query.sql);
    }
    assert_eq!(queries::named("x_mounted_disk_encryption"), Some("mounted_disk_encryption"));
    assert_eq!(queries::named("calf"), None);
    let names: BTreeMap<&str, ()> = queries::QUERIES.iter().map(|it| (it.name, ())).collect();
    assert_eq!(names.len(), queries::QUERIES.len());
}

#[test]
fn a_section_is_read_strictly() {
    let read = |text: &str| toml::from_str::<OsqueryConfig>(text);
    let good = "enrol_secret = [{ env = \"CARGO_PKG_NAME\" }, { env = \"CARGO_PKG_VERSION\" }]\n";
    let settings = read(good).expect("a section").settings().expect("sound");
    assert_eq!(settings.secrets.len(), 2);
    let fast = read(&format!("{good}every = \"1s\"\n")).expect("a span");
    assert_eq!(fast.settings().expect_err("too fast")[0].key, "every");
    assert!(read(&format!("{good}interval = 7\n")).is_err());
}
