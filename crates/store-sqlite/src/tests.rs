use std::sync::Arc;

use ports::store::Store;

use crate::{Options, SqliteStore};

#[test]
fn the_sqlite_store_keeps_every_promise_of_the_port() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = std::cell::Cell::new(0);
    futures::executor::block_on(ports::conformance::store(async || {
        made.set(made.get() + 1);
        let path = folder.path().join(format!("{}.db", made.get()));
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(&path, Options::default()).expect("a new store"));
        store
    }));
}
