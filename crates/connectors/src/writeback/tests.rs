use std::{fs, path::PathBuf, sync::Arc};

use demo::vendors::{Fault, WebhookSink};
use model::{ActionState, Assurance, Method, Reason, StateName, TargetKind};
use ports::{
    Decision,
    clock::ManualClock,
    outcome::{CaseOutcome, Of},
};
use secrecy::SecretBox;
use serde_json::json;

use super::*;
use crate::{
    http::HttpClient,
    ocsf::tests::{action, case, outcome},
    respond::stage::now,
    standard_webhooks::decode_secret,
    webhook::WebhookSettings,
};

const SECRET: &str = "whsec_Y291bnRlcnNpZ24tZXhhbXBsZS13ZWJob29rLWtleSE=";

async fn world(format: Format) -> (WebhookSink, WriteBackWebhook) {
    let clock = ManualClock::at(now());
    let sink = WebhookSink::start(SECRET, Arc::new(clock.clone())).await.expect("a free port");
    let url = sink.url().parse().expect("a loopback address");
    let keys = vec![SecretBox::new(Box::new(decode_secret(SECRET).expect("a secret")))];
    let settings = WebhookSettings { url, keys };
    let http = HttpClient::for_tests();
    let webhook = Webhook::new("writeback.siem", settings, http, Arc::new(clock));
    (sink, WriteBackWebhook::new(webhook, format, OcsfVersion::default()))
}

fn verified() -> CaseOutcome {
    CaseOutcome {
        evidence: Some((Method::Totp, Assurance::Possession)),
        comment: Some("it was me".into()),
        ..case(StateName::Closed, Some(Reason::Verified))
    }
}

#[tokio::test]
async fn an_outcome_arrives_signed_and_says_what_the_documentation_says() {
    let (sink, writeback) = world(Format::Countersign).await;
    let case = outcome(Of::Case(Box::new(verified())));
    writeback.write(&case).await.expect("written");
    let [delivery] = &sink.deliveries()[..] else { panic!("one delivery") };
    assert_eq!(delivery.id, case.id.to_string());
    let at = now().to_string();
    let Of::Case(told) = &case.of else { panic!("a case") };
    assert_eq!(
        delivery.body,
        json!({
            "type": "case.changed", "id": case.id.to_string(), "at": at,
            "case": told.case.to_string(), "opened_at": at, "is_new": false, "is_test": false,
            "state": "closed", "reason": "verified", "severity": "high", "confidence": "high",
            "title": "Sign-in from a new network", "source": "siem", "rule": "new-network",
            "person": { "id": "sub-mia", "email": "mia@example.com" },
            "alerts": [{
                "id": told.alerts[0].id.to_string(), "external_id": "siem-42",
                "title": "New network", "severity": "critical", "time": at,
                "url": "https://siem.example.com/a/42",
            }],
            "evidence": { "method": "totp", "assurance": "possession" },
            "comment": "it was me", "by": null,
            "url": "https://countersign.example.com/console/cases/case_1",
        })
    );
    let action = action(ActionState::Verified, TargetKind::Account);
    let action = map::object(&outcome(Of::Action(Box::new(action))));
    assert_eq!(
        (&action["type"], &action["name"]),
        (&json!("action.changed"), &json!("okta.suspend"))
    );
    assert_eq!((&action["state"], &action["detail"]), (&json!("verified"), &Value::Null));
}

#[tokio::test]
async fn events_arrive_as_a_list_and_a_repetition_is_known_by_its_id() {
    let (sink, writeback) = world(Format::Ocsf).await;
    sink.faults().next("hook", Fault::DropAfter);
    let new = CaseOutcome { is_new: true, ..case(StateName::Triage, None) };
    let new = outcome(Of::Case(Box::new(new)));
    let failure = writeback.write(&new).await.expect_err("the reply was lost");
    assert!(failure.is_retryable() && failure.uncertain);
    writeback.write(&new).await.expect("written");
    let [delivery] = &sink.deliveries()[..] else { panic!("one delivery") };
    assert!(delivery.is_stable && delivery.tries == 2);
    let classes: Vec<_> =
        delivery.body.as_array().expect("a list").iter().map(|it| &it["class_uid"]).collect();
    assert_eq!(classes, [&json!(2004), &json!(2005)]);
}

/// A folder that is removed when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, format: Format) -> (PathBuf, NdjsonFile) {
        let path = self.0.join("outcomes.ndjson");
        let config =
            NdjsonConfig { path: path.clone(), format, ocsf_version: OcsfVersion::default() };
        (path, NdjsonFile::new("lake", config.settings().expect("settings")))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lines(path: &PathBuf) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("a file");
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect()
}

#[tokio::test]
async fn a_file_holds_one_object_a_line_and_a_torn_line_swallows_no_other() {
    let folder = Folder::new("ndjson");
    let (path, file) = folder.file(Format::Ocsf);
    assert!(file.check().await.expect("good").starts_with("adds to "));
    let outcome = outcome(Of::Case(Box::new(verified())));
    file.write(&outcome).await.expect("written");
    file.write(&outcome).await.expect("written");
    assert_eq!(lines(&path).len(), 2);
    let mut torn = fs::read(&path).expect("a file");
    torn.truncate(torn.len() - 40);
    fs::write(&path, torn).expect("torn");
    file.write(&outcome).await.expect("written");
    let text = fs::read_to_string(&path).expect("a file");
    let good = text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count();
    assert_eq!((text.lines().count(), good), (3, 2));
    // Moved away: the next begins another.
    fs::rename(&path, path.with_extension("1")).expect("moved");
    file.write(&outcome).await.expect("written");
    assert_eq!(lines(&path).len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "nobody else reads it");
    }
}

#[tokio::test]
async fn outcomes_written_at_once_never_mix() {
    let folder = Folder::new("ndjson-at-once");
    let (path, file) = folder.file(Format::Countersign);
    let file = Arc::new(file);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let file = Arc::clone(&file);
            let outcome = outcome(Of::Case(Box::new(verified())));
            tokio::spawn(async move { file.write(&outcome).await })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic").expect("written");
    }
    assert_eq!(lines(&path).len(), 20);
}

#[tokio::test]
async fn a_folder_that_went_away_is_a_setting_to_mend() {
    let folder = Folder::new("ndjson-gone");
    let (_, file) = folder.file(Format::Countersign);
    fs::remove_dir_all(&folder.0).expect("removed");
    let outcome = outcome(Of::Case(Box::new(verified())));
    let failure = file.write(&outcome).await.expect_err("no folder");
    assert_eq!(failure.decision, Decision::Misconfigured);
    for path in ["/nowhere/at/all.ndjson", "/", ".."] {
        let config = NdjsonConfig {
            path: path.into(),
            format: Format::Ocsf,
            ocsf_version: OcsfVersion::default(),
        };
        assert_eq!(config.settings().expect_err(path)[0].key, "path");
    }
    let read = |text: &str| toml::from_str::<NdjsonConfig>(text);
    assert!(read("path = \"x\"\nformat = \"ocsf\"\nocsf_version = \"1.5.0\"").is_ok());
    assert!(read("path = \"x\"\nocsf_version = \"1.4.9\"").is_err());
    assert!(read("path = \"x\"\nurl = \"x\"").is_err());
}
