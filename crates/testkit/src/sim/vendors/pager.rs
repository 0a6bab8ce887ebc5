//! The pager: incidents by their key.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use ports::{
    Failure,
    pager::{Page, PageKind, Pager},
};

use super::Weather;

/// A pager.
pub(in crate::sim) struct SimPager {
    weather: Weather,
    /// By key: whether it is open.
    incidents: Mutex<BTreeMap<String, bool>>,
}

impl SimPager {
    pub(in crate::sim) fn new(weather: Weather) -> Self {
        Self { weather, incidents: Mutex::default() }
    }

    pub(in crate::sim) fn weather(&self) -> &Weather {
        &self.weather
    }

    /// Whether an incident is open; nothing where there never was one.
    pub(in crate::sim) fn is_open(&self, key: &str) -> Option<bool> {
        self.incidents.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }
}

#[async_trait]
impl Pager for SimPager {
    async fn page(&self, page: &Page) -> Result<(), Failure> {
        self.weather.before().await?;
        self.weather.witness.paged(page.delivery);
        for (_, text) in &page.details {
            self.weather.witness.scan_text("a page", text);
        }
        {
            let mut incidents = self.incidents.lock().unwrap_or_else(PoisonError::into_inner);
            incidents.insert(page.dedup.clone(), page.kind != PageKind::Resolve);
        }
        self.weather.after().await
    }
    async fn check(&self) -> Result<String, Failure> {
        Ok("simulated".to_owned())
    }
}
