//! What the stand-ins for audit logs must refuse.

use std::sync::Arc;

use model::{Span, Timestamp};
use ports::clock::ManualClock;
use serde_json::{Value, json};

use super::send;
use crate::vendors::{
    GitHubAuditLog, GoogleReports, OktaLog, SlackAuditLog, github_audit, okta_log, slack_audit,
};

fn clock() -> (Arc<ManualClock>, Timestamp) {
    let now = Timestamp::from_second(1_795_000_000).expect("in range");
    (Arc::new(ManualClock::at(now)), now)
}

async fn get(url: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let (status, body) = send("GET", url, headers, "").await.expect("an answer");
    (status, serde_json::from_str(&body).expect("JSON"))
}

#[tokio::test]
async fn okta_wants_its_token_and_the_parameters_of_polling() {
    let (clock, now) = clock();
    let world = OktaLog::start(clock).await.expect("a free port");
    world.add(json!({ "uuid": "a" }), Span::minutes(1).before(now));
    world.add(json!({ "uuid": "not yet" }), Span::minutes(1).after(now));
    let url = |query: &str| format!("{}/api/v1/logs?{query}", world.base_url());
    let good = "since=2026-11-18T00:00:00.000Z&sortOrder=ASCENDING&limit=10";
    let token = format!("SSWS {}", okta_log::API_TOKEN);
    let token = [("authorization", token.as_str())];
    assert_eq!(get(&url(good), &token).await, (200, json!([{ "uuid": "a" }])));
    assert_eq!(get(&url(good), &[]).await.0, 401);
    assert_eq!(get(&url(good), &[("authorization", "SSWS other")]).await.0, 401);
    for query in [
        "sortOrder=ASCENDING",
        "since=yesterday&sortOrder=ASCENDING",
        "since=2026-11-18T00:00:00Z&sortOrder=DESCENDING",
        "since=2026-11-18T00:00:00Z&sortOrder=ASCENDING&limit=1001",
        "since=2026-11-18T00:00:00Z&sortOrder=ASCENDING&since=2026-11-18T00:00:00Z",
        "since=2026-11-18T00:00:00Z&sortOrder=ASCENDING&after=invented",
        "since=2026-11-18T00:00:00Z&sortOrder=ASCENDING&surprise=1",
    ] {
        assert_eq!(get(&url(query), &token).await.0, 400, "{query}");
    }
    assert_eq!(world.complaints().len(), 7);
    world.allow(0, Span::seconds(30));
    assert_eq!(get(&url(good), &token).await.0, 429);
}

#[tokio::test]
async fn slack_wants_an_owners_token_and_a_window() {
    let (clock, now) = clock();
    let world = SlackAuditLog::start(clock).await.expect("a free port");
    for (id, ago) in [("a", 30), ("b", 20), ("c", 10)] {
        let at = Span::seconds(ago).before(now);
        world.add(json!({ "id": id }), at, at);
    }
    let url = |query: &str| format!("{}/audit/v1/logs?{query}", world.base_url());
    let token = format!("Bearer {}", slack_audit::OWNER_TOKEN);
    let token = [("authorization", token.as_str())];
    // Both bounds belong to the window, and the newest comes first.
    let (_, page) = get(&url("oldest=1794999980&latest=1794999990&limit=1"), &token).await;
    assert_eq!(page["entries"], json!([{ "id": "c" }]));
    assert_ne!(page["response_metadata"]["next_cursor"], "");
    let (_, page) = get(&url("oldest=1794999980&latest=1794999990"), &token).await;
    assert_eq!(page["entries"], json!([{ "id": "c" }, { "id": "b" }]));
    assert_eq!(page["response_metadata"]["next_cursor"], "");
    for query in [
        "latest=1794999990",
        "oldest=1794999990",
        "oldest=now&latest=1794999990",
        "oldest=1794999990&latest=1794999980",
        "oldest=1794999980&latest=1794999990&limit=10000",
        "oldest=1794999980&latest=1794999990&cursor=invented",
        "oldest=1794999980&latest=1794999990&surprise=1",
    ] {
        assert_eq!(get(&url(query), &token).await.1["error"], "invalid_arguments", "{query}");
    }
    let refused = get(&url("oldest=1&latest=2"), &[]).await.1;
    assert_eq!(refused, json!({ "ok": false, "error": "invalid_authentication" }));
}

#[tokio::test]
async fn github_wants_its_version_and_a_phrase() {
    let (clock, _) = clock();
    let world = GitHubAuditLog::start(clock).await.expect("a free port");
    let url =
        |query: &str| format!("{}/orgs/{}/audit-log?{query}", world.base_url(), github_audit::ORG);
    let good = "phrase=created%3A%3E%3D2026-11-18T00%3A00%3A00Z&order=asc&per_page=100";
    let token = format!("Bearer {}", github_audit::AUDIT_TOKEN);
    let whole = [
        ("authorization", token.as_str()),
        ("accept", "application/vnd.github+json"),
        ("x-github-api-version", "2022-11-28"),
    ];
    assert_eq!(get(&url(good), &whole).await, (200, json!([])));
    assert_eq!(get(&url(good), &whole[1..]).await.0, 401);
    assert_eq!(get(&url(good), &whole[..2]).await.0, 400);
    for query in [
        "order=asc",
        "phrase=action%3Arepo&order=asc",
        "phrase=created%3A%3E%3D2026-11-18T00%3A00%3A00Z",
        "phrase=created%3A%3E%3D2026-11-18T00%3A00%3A00Z&order=asc&per_page=101",
        "phrase=created%3A%3E%3D2026-11-18T00%3A00%3A00Z&order=asc&include=some",
    ] {
        assert_eq!(get(&url(query), &whole).await.0, 400, "{query}");
    }
    let gone = format!("{good}&after=invented");
    assert_eq!(get(&url(&gone), &whole).await.0, 422);
    world.allow(0, Span::seconds(30));
    assert_eq!(get(&url(good), &whole).await.0, 403);
}

#[tokio::test]
async fn google_wants_a_token_of_its_own_and_a_window() {
    let (clock, _) = clock();
    let world = GoogleReports::start(clock).await.expect("a free port");
    let path = "/admin/reports/v1/activity/users/all/applications/login";
    let url = format!(
        "{}{path}?startTime=2026-11-18T00:00:00Z&endTime=2026-11-18T01:00:00Z",
        world.base_url()
    );
    assert_eq!(get(&url, &[]).await.0, 401);
    assert_eq!(get(&url, &[("authorization", "Bearer ya29.invented")]).await.0, 401);
    let file: Value = serde_json::from_str(&world.service_account()).expect("JSON");
    let token_url = file["token_uri"].as_str().expect("an address");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for claim in ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let body = format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={claim}"
        );
        let (status, body) = send("POST", token_url, &form, &body).await.expect("an answer");
        assert_eq!((status, body.contains("invalid_grant")), (400, true), "{claim}");
    }
}
