//! Backups, and what becomes of them.

use std::{fs, path::Path};

use crate::{
    company::{KEY, TOKEN, company},
    harness::{Scratch, eventually, status, told},
};

/// Makes the data folder another one.
fn move_away(scratch: &Scratch) {
    fs::rename(scratch.path("data"), scratch.path("old")).expect("moved");
}

fn change(path: &Path, sql: &str) {
    rusqlite::Connection::open(path).expect("a store").execute_batch(sql).expect("it runs");
}

#[tokio::test]
async fn a_backup_of_a_running_server_serves_again_elsewhere() {
    let scratch = Scratch::new();
    let (company, _slack) = company(&scratch, 3, "1h").await;
    let server = scratch.serve(&[]).await;
    let person = &company.people[0].email;
    let alert = serde_json::json!({ "id": "1", "rule": "root", "person": person });
    scratch.post("v1/alerts/siem", TOKEN, &alert).await.expect("an answer");
    let before = scratch.cases(KEY).await;
    assert_eq!(before.len(), 1);
    let made = scratch.run(&["backup", "copy.db"]);
    assert_eq!(status(&made), 0, "{}", told(&made));
    assert!(told(&made).contains("is whole") && told(&made).contains("the keys are not in it"));
    let later = serde_json::json!({ "id": "2", "rule": "other", "person": person });
    scratch.post("v1/alerts/siem", TOKEN, &later).await.expect("an answer");

    let beside = scratch.run(&["restore", "copy.db"]);
    assert_eq!(status(&beside), 2, "{}", told(&beside));
    assert!(told(&beside).contains("is not empty"), "{}", told(&beside));
    server.kill();
    move_away(&scratch);
    let restored = scratch.run(&["restore", "copy.db"]);
    assert_eq!(status(&restored), 0, "{}", told(&restored));
    assert!(told(&restored).contains("is whole") && told(&restored).contains("put the keys"));
    let keyless = scratch.run(&["cases", "list"]);
    assert!(told(&keyless).contains("keys of this store are missing"), "{}", told(&keyless));
    fs::copy(scratch.path("old/keys.toml"), scratch.path("data/keys.toml")).expect("copied");
    let _server = scratch.serve(&[]).await;
    let ids = |cases: Vec<serde_json::Value>| -> Vec<_> {
        cases.into_iter().map(|case| case["id"].clone()).collect()
    };
    let after = eventually("the cases are there", async || Some(scratch.cases(KEY).await)).await;
    assert_eq!(ids(after), ids(before), "as of the backup");
    // The source may send again: what the backup knew is known.
    scratch.post("v1/alerts/siem", TOKEN, &alert).await.expect("an answer");
    assert_eq!(scratch.cases(KEY).await.len(), 1);
}

#[test]
fn a_restore_overwrites_nothing_and_takes_no_newer_or_foreign_file() {
    let scratch = Scratch::new();
    assert_eq!(status(&scratch.run(&["init", "--admin", "ada@example.com"])), 0);
    assert_eq!(status(&scratch.run(&["backup", "copy.db"])), 0);
    let again = scratch.run(&["backup", "copy.db"]);
    assert_eq!(status(&again), 1, "{}", told(&again));
    assert!(told(&again).contains("there is a file of this name"), "{}", told(&again));

    move_away(&scratch);
    fs::copy(scratch.path("copy.db"), scratch.path("newer.db")).expect("copied");
    change(&scratch.path("newer.db"), "PRAGMA user_version = 1000");
    scratch.write("text.db", &"not a store ".repeat(1_000));
    for (file, why) in [
        ("newer.db", "use the release that wrote it"),
        ("text.db", "not a store of countersign"),
        ("nothing.db", "there is no store here"),
    ] {
        let refused = scratch.run(&["restore", file]);
        assert_eq!(status(&refused), 1, "{file}: {}", told(&refused));
        assert!(told(&refused).contains(why), "{file}: {}", told(&refused));
        let left = fs::read_dir(scratch.path("data")).map_or(0, |entries| entries.count());
        assert_eq!(left, 0, "{file} leaves nothing behind");
    }
    fs::copy(scratch.path("copy.db"), scratch.path("bad.db")).expect("copied");
    change(&scratch.path("bad.db"), "UPDATE audit_log SET actor = 'nobody' WHERE seq = 1");
    let bad = scratch.run(&["restore", "bad.db"]);
    assert_eq!(status(&bad), 1, "{}", told(&bad));
    assert!(told(&bad).contains("broken: audit row 1 "), "{}", told(&bad));
    assert_eq!(status(&scratch.run(&["restore", "copy.db"])), 2, "nor is that overwritten");
}

#[test]
fn a_backup_holds_no_key_and_is_for_nobody_else_to_read() {
    let scratch = Scratch::new();
    assert_eq!(status(&scratch.run(&["init", "--admin", "ada@example.com"])), 0);
    assert_eq!(status(&scratch.run(&["backup", "copy.db"])), 0);
    let keys = fs::read_to_string(scratch.path("data/keys.toml")).expect("keys");
    let copy = fs::read(scratch.path("copy.db")).expect("readable");
    for key in keys.split('"').filter(|part| part.len() == 44) {
        let raw = data_encoding::BASE64.decode(key.as_bytes()).expect("base64");
        for part in [key.as_bytes(), &raw] {
            assert!(!copy.windows(part.len()).any(|window| window == part));
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(scratch.path("copy.db")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
