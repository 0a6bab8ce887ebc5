//! Names of logs that the configuration chooses, for as long as the process lives.
//!
//! A [`Logsource`] stands in every event and is compared for every rule, so that its names are not
//! owned. The configuration is read once or a few times; each pair of names is kept once.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use event::Logsource;

static KNOWN: Mutex<BTreeMap<(String, String), &'static [Logsource; 1]>> =
    Mutex::new(BTreeMap::new());

/// The log of these names.
pub(super) fn logsources(product: &str, service: &str) -> &'static [Logsource] {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (product.to_owned(), service.to_owned());
    *known.entry(key).or_insert_with(|| {
        let kept = |name: &str| -> &'static str { Box::leak(Box::from(name)) };
        Box::leak(Box::new([Logsource { product: kept(product), service: kept(service) }]))
    })
}
