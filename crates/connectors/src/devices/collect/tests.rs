use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use futures::executor::block_on;
use http::HeaderMap;
use model::{
    PersonId, Span, Timestamp,
    device::{Absence, Confidence, Evidence, Field, Gap, IdKind, Lock, Platform, Practice},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use ports::{
    source::AuthFailure,
    store::{Commit, Record, RecordOp, Space, Store, StoreError, memory::MemoryStore},
};
use posture::check::State;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::devices::tests::{evidence, now, state};

/// A device, written from the specification and not from the code here.
struct Device(SigningKey);

impl Device {
    fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).expect("a key"))
    }

    fn public_key(&self, is_compressed: bool) -> String {
        let point = self.0.verifying_key().to_sec1_point(is_compressed);
        BASE64URL_NOPAD.encode(point.as_bytes())
    }

    fn sign(&self, text: &str) -> String {
        let signature: Signature = self.0.sign(text.as_bytes());
        BASE64URL_NOPAD.encode(&signature.to_bytes())
    }

    fn enrolment(&self, code: &str) -> Value {
        let (key, plain) = (self.public_key(false), code.replace('-', ""));
        let signature = self.sign(&format!("countersign-collect-enrol-v1\n{plain}\n{key}"));
        json!({ "version": 1, "code": code, "public_key": key, "signature": signature })
    }

    fn headers(&self, id: &str, body: &[u8], seconds: i64) -> HeaderMap {
        let digest = HEXLOWER.encode(&Sha256::digest(body));
        let signed = format!("countersign-collect-report-v1\n{id}\n{seconds}\n{digest}");
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("countersign-device", id.to_owned()),
            ("countersign-timestamp", seconds.to_string()),
            ("countersign-signature", self.sign(&signed)),
        ] {
            headers.insert(name, value.parse().expect("a value"));
        }
        headers
    }
}

fn mia() -> PersonId {
    PersonId::from_digest(7)
}

fn code_record(code: &Code) -> Record {
    match code.give(mia(), now()) {
        RecordOp::Insert { record, .. } => record,
        other => panic!("an insert: {other:?}"),
    }
}

fn enrolled(device: &Device) -> DeviceKey {
    let code = Code::fresh([9; 12]);
    let body = device.enrolment(&code.shown()).to_string();
    let request = EnrolRequest::read(body.as_bytes()).expect("a request");
    let enrolment = request.enrol(Some(&code_record(&code)), now()).expect("enrolled");
    let key = enrolment.ops.iter().find_map(|op| match op {
        RecordOp::Put(record) => DeviceKey::of(record),
        _ => None,
    });
    key.expect("the key is kept")
}

#[test]
fn a_code_is_read_however_it_is_typed() {
    let code = Code::fresh([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 31]);
    assert_eq!(code.shown(), "0123-4567-89AZ");
    for typed in ["0123-4567-89AZ", " o123 4567 89az\n", "OI23456789AZ", "0l23-4567-89az"] {
        assert_eq!(Code::read(typed), Ok(code.clone()), "{typed}");
    }
    for typed in ["", "0123-4567-89A", "0123-4567-89AZ7", "0123-4567-89AU", "0123-4567-89A🦀"] {
        assert_eq!(Code::read(typed), Err(CodeError), "{typed}");
    }
    assert_eq!(format!("{code:?}"), "Code[secret]");
    assert!(!code_record(&code).key.contains("0123"));
}

#[test]
fn a_device_enrols_once_by_a_code_of_its_owner() {
    let store = MemoryStore::new();
    let code = Code::fresh([9; 12]);
    let write =
        |ops: Vec<RecordOp>| block_on(store.commit(Commit { records: ops, ..Commit::default() }));
    write(vec![code.give(mia(), now())]).expect("given");
    let find = |key: &str, at: Timestamp| {
        block_on(store.record(Space::DeviceCode, key, at)).expect("readable")
    };
    let device = Device::new(1);
    let request = EnrolRequest::read(device.enrolment(&code.shown()).to_string().as_bytes());
    let request = request.expect("a request");
    let late = Span::minutes(15).after(now());
    let known = find(&request.code_key(), now());
    assert!(matches!(request.enrol(known.as_ref(), late), Err(EnrolError::Code)));
    let first = request.enrol(known.as_ref(), now()).expect("enrolled");
    let second = request.enrol(known.as_ref(), now()).expect("looked up at the same time");
    assert_eq!(first.owner, mia());
    write(first.ops).expect("the code is taken");
    assert_eq!(write(second.ops), Err(StoreError::Gone), "once");
    assert!(find(&request.code_key(), now()).is_none());
    let other = code_record(&Code::fresh([8; 12]));
    assert!(matches!(request.enrol(Some(&other), now()), Err(EnrolError::Code)));
}

#[test]
fn a_request_that_does_not_hold_its_key_is_refused() {
    let device = Device::new(1);
    let good = device.enrolment("0123-4567-89AZ");
    let changed = |name: &str, value: Value| {
        let mut request = good.clone();
        request[name] = value;
        EnrolRequest::read(request.to_string().as_bytes()).expect_err(name)
    };
    let other = Device::new(2);
    assert_eq!(changed("code", json!("0123-4567-89AY")), EnrolError::Signature);
    assert_eq!(changed("code", json!("short")), EnrolError::Code);
    assert_eq!(changed("public_key", json!(other.public_key(false))), EnrolError::Signature);
    assert_eq!(changed("public_key", json!("AAAA")), EnrolError::Key);
    assert_eq!(changed("signature", json!("AAAA")), EnrolError::Signature);
    assert_eq!(changed("version", json!(2)), EnrolError::Version);
    assert_eq!(changed("more", json!(1)), EnrolError::Malformed);
    assert!(EnrolRequest::read(b"[").is_err());
}

#[test]
fn a_key_in_another_form_is_the_same_device() {
    let device = Device::new(1);
    let key = device.public_key(true);
    let signature = device.sign(&format!("countersign-collect-enrol-v1\n0123456789AZ\n{key}"));
    let body = json!({ "version": 1, "code": "0123-4567-89AZ", "public_key": key, "signature": signature });
    let request = EnrolRequest::read(body.to_string().as_bytes()).expect("a request");
    let record = code_record(&Code::read("0123456789AZ").expect("a code"));
    let enrolment = request.enrol(Some(&record), now()).expect("enrolled");
    assert_eq!(enrolment.device, enrolled(&device).device());
}

#[test]
fn a_report_counts_only_when_its_own_device_signed_it_just_now() {
    let (device, other) = (Device::new(1), Device::new(2));
    let (key, others) = (enrolled(&device), enrolled(&other));
    let (id, body, at) = (key.device(), b"{}".as_slice(), now().as_second());
    let check = |headers: &HeaderMap, body: &[u8], key: Option<&DeviceKey>| {
        SignedReport::of(headers).and_then(|report| report.verify(body, key, now()))
    };
    let good = device.headers(&id, body, at);
    assert_eq!(SignedReport::of(&good).expect("headers").device(), id);
    let replay = check(&good, body, Some(&key)).expect("signed");
    assert_eq!(replay.until, Span::seconds(300).after(now()));
    assert_eq!(check(&good, b"{ }", Some(&key)), Err(AuthFailure::Wrong), "another body");
    assert_eq!(check(&good, body, Some(&others)), Err(AuthFailure::Wrong), "another key");
    assert_eq!(check(&good, body, None), Err(AuthFailure::Wrong), "not enrolled");
    let stolen = other.headers(&id, body, at);
    assert_eq!(check(&stolen, body, Some(&key)), Err(AuthFailure::Wrong), "not its own record");
    for off in [-301, 301, i64::MIN / 2] {
        let late = device.headers(&id, body, at.saturating_add(off));
        assert!(check(&late, body, Some(&key)).is_err(), "{off}");
    }
    assert_eq!(check(&HeaderMap::new(), body, Some(&key)), Err(AuthFailure::Missing));
    let mut odd = good.clone();
    odd.insert("countersign-device", "../x".parse().expect("a value"));
    assert_eq!(check(&odd, body, Some(&key)), Err(AuthFailure::Malformed));
    odd = good.clone();
    odd.append("countersign-timestamp", "1".parse().expect("a value"));
    assert_eq!(check(&odd, body, Some(&key)), Err(AuthFailure::Malformed));
    assert!(!format!("{key:?}").contains("public_key"));
}

fn said() -> Value {
    json!({
        "form": "countersign.collect/1", "collector": "0.1.0", "platform": "linux",
        "collected_at": "2026-11-20T11:59:00Z",
        "facts": {
            "name": { "value": "desk-1", "how": "/proc/sys/kernel/hostname" },
            "os": { "value": { "name": "Debian GNU/Linux 12 (bookworm)", "version": "12.11" } },
            "serial": { "value": null, "reason": "permission" },
            "mac_addresses": { "value": ["00:de:ca:fb:00:01", "nonsense"] },
            "is_virtual": { "value": false }, "chassis": { "value": "laptop" },
            "disks": { "value": [
                { "name": "/", "is_encrypted": true, "is_removable": false, "capacity_mb": 500_000 },
                { "name": "swap", "is_encrypted": null },
            ] },
            "firewall": { "value": null, "reason": "permission" },
            "auto_updates": { "value": { "check": true, "download": true, "install_security": false } },
            "remote_login": { "value": true },
            "screen_lock": { "value": { "is_on": true, "delay_seconds": 300 } },
            "secure_boot": { "value": null, "reason": "legacy_firmware" },
            "services": { "value": ["ssh.service"] },
            "software": { "value": [{ "name": "bash", "version": "5.2" }] },
            "new_fact": { "value": 1 },
        },
    })
}

#[test]
fn a_report_says_what_was_seen_and_why_something_was_not() {
    let read = report(
        "abc",
        &["Mia@Example.com", "mia@example.org"],
        said().to_string().as_bytes(),
        now(),
    );
    let read = read.expect("a report");
    let record = &read.record;
    assert_eq!((record.key.source.as_str(), record.key.id.as_str()), (SOURCE, "abc"));
    assert_eq!((record.platform, record.fact(Field::Type)), (Platform::Linux, Some("laptop")));
    assert_eq!(record.owners[0].email.as_ref().map(|it| it.reveal()), Some("mia@example.com"));
    assert_eq!(record.owners[0].confidence, Confidence::Reported);
    assert_eq!(record.owners.len(), 2, "by all of their addresses");
    assert!(!record.identifiers.scalars.contains_key(&IdKind::Serial));
    assert_eq!(evidence(&read, &Practice::Firewall), Some(Evidence::Unknown(Gap::Permission)));
    let legacy = Evidence::Absent(Absence::LegacyFirmware);
    assert_eq!(evidence(&read, &Practice::SecureBoot), Some(legacy));
    let lock = Lock { is_on: Some(true), delay_seconds: Some(300) };
    assert_eq!(evidence(&read, &Practice::ScreenLock), Some(Evidence::Lock(lock)));
    for (practice, expected) in [
        (Practice::Encryption, State::Unknown),
        (Practice::AutoUpdate, State::Nudge),
        (Practice::RemoteLogin, State::Nudge),
        (Practice::ScreenLock, State::Ok),
        (Practice::Firewall, State::Unknown),
    ] {
        assert_eq!(state(&read, &practice), expected, "{practice}");
    }
    assert_eq!(read.problems.count, 2, "an address that is none, a fact that is not known");
    let software = record.software.as_ref().expect("an inventory");
    assert!(!software.is_partial && software.services == ["ssh.service"]);
}

#[test]
fn a_report_of_another_form_is_refused() {
    for body in ["", "{}", "[]", "{\"form\": \"countersign.collect/2\"}"] {
        assert!(report("abc", &["mia@example.com"], body.as_bytes(), now()).is_err(), "{body}");
    }
    let mut empty = said();
    empty["facts"] = json!([]);
    let read = report("abc", &["mia@example.com"], empty.to_string().as_bytes(), now());
    let read = read.expect("a report without facts");
    assert_eq!(state(&read, &Practice::Encryption), State::Unknown);
}
