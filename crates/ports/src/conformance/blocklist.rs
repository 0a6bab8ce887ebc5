//! What every place of block lists must keep. Each claim gets a fresh, empty one.

use std::sync::Arc;

use model::{ActionId, CaseId, Span, Timestamp};

use crate::blocklist::{Blocklist, Entry};

/// Runs every claim, each on lists of its own. Panics where one is not kept.
pub async fn blocklist(make: impl AsyncFn() -> Arc<dyn Blocklist>) {
    an_entry_comes_back_as_it_went_in(&*make().await).await;
    an_entry_with_the_same_id_takes_the_place_of_the_first(&*make().await).await;
    removing_takes_one_entry_of_one_list(&*make().await).await;
}

fn entry(number: u128, network: &str) -> Entry {
    let at = Timestamp::from_second(1_795_000_000).expect("in range");
    Entry {
        id: ActionId::from_parts(at, number),
        network: network.parse().expect("a network"),
        reason: "ein Grund\r\n\u{202e}".to_owned(),
        case: CaseId::from_parts(at, 1),
        added_at: at,
        expires_at: Span::hours(1).after(at),
    }
}

async fn an_entry_comes_back_as_it_went_in(lists: &dyn Blocklist) {
    for each in [entry(1, "203.0.113.7/32"), entry(2, "2001:db8::/48")] {
        lists.put("edge", each).await.expect("put");
    }
    let mut entries = lists.entries("edge").await.expect("entries");
    entries.sort_by_key(|entry| entry.id);
    assert_eq!(entries, [entry(1, "203.0.113.7/32"), entry(2, "2001:db8::/48")]);
}

async fn an_entry_with_the_same_id_takes_the_place_of_the_first(lists: &dyn Blocklist) {
    lists.put("edge", entry(1, "203.0.113.7/32")).await.expect("put");
    lists.put("edge", entry(1, "203.0.113.8/32")).await.expect("put");
    assert_eq!(lists.entries("edge").await, Ok(vec![entry(1, "203.0.113.8/32")]));
}

async fn removing_takes_one_entry_of_one_list(lists: &dyn Blocklist) {
    for (list, number) in [("edge", 1), ("edge", 2), ("mail", 1)] {
        lists.put(list, entry(number, "203.0.113.7/32")).await.expect("put");
    }
    let id = entry(1, "203.0.113.7/32").id;
    assert_eq!(lists.remove("edge", id).await, Ok(true));
    assert_eq!(lists.remove("edge", id).await, Ok(false));
    assert_eq!(lists.entries("edge").await, Ok(vec![entry(2, "203.0.113.7/32")]));
    assert_eq!(lists.entries("mail").await, Ok(vec![entry(1, "203.0.113.7/32")]));
}
