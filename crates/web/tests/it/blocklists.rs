//! Lists of addresses, as firewalls fetch them.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode, header};
use model::{ActionId, CaseId, Span};
use ports::{
    Clock as _,
    blocklist::{Blocklist as _, Entry},
};
use runtime::blocklists::StoredBlocklists;
use web::keys::Scope;

use crate::world::{Answer, LIST_TOKEN, World, token};

fn lists(world: &World) -> StoredBlocklists {
    StoredBlocklists::new(Arc::new(world.store.clone()), Arc::new(world.clock.clone()))
}

fn entry(world: &World, number: u128, network: &str, life: Span) -> Entry {
    let now = world.clock.now();
    Entry {
        id: ActionId::from_parts(now, number),
        network: network.parse().expect("a network"),
        reason: "a test".to_owned(),
        case: CaseId::from_parts(now, 1),
        added_at: now,
        expires_at: life.after(now),
    }
}

async fn fetch(world: &World, path: &str, token: &str, known: Option<&str>) -> Answer {
    let mut request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some(known) = known {
        request = request.header(header::IF_NONE_MATCH, known);
    }
    world.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn a_firewall_reads_what_is_in_force_and_is_noted_as_having_read_it() {
    let (world, path) = (World::new(), "/v1/blocklists/edge.txt");
    let lists = lists(&world);
    for entry in [
        entry(&world, 1, "203.0.113.7/32", Span::hours(2)),
        entry(&world, 2, "198.51.100.0/24", Span::hours(1)),
    ] {
        lists.put("edge", entry).await.expect("put");
    }
    let answer = fetch(&world, path, LIST_TOKEN, None).await;
    assert_eq!((answer.status, &*answer.text), (StatusCode::OK, "198.51.100.0/24\n203.0.113.7\n"));
    assert_eq!(answer.header("cache-control"), Some("max-age=60"));
    let tag = answer.header("etag").expect("a tag").to_owned();
    let again = fetch(&world, path, LIST_TOKEN, Some(&tag)).await;
    assert_eq!((again.status, &*again.text), (StatusCode::NOT_MODIFIED, ""));
    let readers = lists.readers("edge").await.expect("readable");
    assert_eq!(readers.len(), 1);
    assert_eq!((&*readers[0].name, readers[0].fetched_at), ("fw1", world.clock.now()));
    world.clock.advance(Span::minutes(90));
    let later = fetch(&world, path, LIST_TOKEN, Some(&tag)).await;
    assert_eq!((later.status, &*later.text), (StatusCode::OK, "203.0.113.7\n"));
}

#[tokio::test]
async fn a_list_is_for_its_own_readers_and_its_name_is_told_to_nobody_else() {
    let world = World::new();
    let mut told = Vec::new();
    for (path, token) in [
        ("/v1/blocklists/edge.txt", "an0ther-token-of-no-reader"),
        ("/v1/blocklists/edge.txt", &token(Scope::Admin)),
        ("/v1/blocklists/nowhere.txt", LIST_TOKEN),
        ("/v1/blocklists/edge", LIST_TOKEN),
    ] {
        let answer = fetch(&world, path, token, None).await;
        assert_eq!(answer.problem(), "unauthorized", "{path}");
        told.push(answer.text);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}
