//! The port, filled.

use async_trait::async_trait;
use model::Timestamp;
use ports::{
    Failure,
    devices::{Cursor, DevicePage, DeviceSource, Next, Pace, Rechecked},
};
use serde_json::Value;

use super::{Jamf, map};
use crate::{
    devices::{
        caller::{self, Place},
        draft,
    },
    http::segment,
};

/// How many computers a page has.
const PAGE: u64 = 100;
/// What of a computer is read.
const SECTIONS: [&str; 8] = [
    "GENERAL",
    "HARDWARE",
    "OPERATING_SYSTEM",
    "SECURITY",
    "DISK_ENCRYPTION",
    "USER_AND_LOCATION",
    "EXTENSION_ATTRIBUTES",
    "APPLICATIONS",
];

fn sections() -> Vec<(&'static str, &'static str)> {
    SECTIONS.map(|section| ("section", section)).to_vec()
}

#[async_trait]
impl DeviceSource for Jamf {
    fn pace(&self) -> Pace {
        caller::pace(self.settings.every, self.settings.calls_per_minute)
    }

    async fn page(&self, after: Option<&Cursor>, now: Timestamp) -> Result<DevicePage, Failure> {
        let place = Place::of(after);
        let (page, size) = (place.page.to_string(), PAGE.to_string());
        let mut query = sections();
        // A stable order, so that a computer which comes meanwhile pushes none out of sight.
        query.extend([("page", page.as_str()), ("page-size", &size), ("sort", "id:asc")]);
        let said = self.caller.json(self.url("computers-inventory", &query)).await?;
        let results = said.get("results").and_then(Value::as_array);
        let results = results.ok_or_else(|| self.caller.unreadable("results"))?;
        let total = said.get("totalCount").and_then(Value::as_u64);
        let total = total.ok_or_else(|| self.caller.unreadable("totalCount"))?;
        let seen = place.before + u64::try_from(results.len()).unwrap_or(u64::MAX);
        let next = if results.is_empty() || seen >= total {
            // Fewer than there are said to be: some page came short.
            Next::End { is_whole: seen >= total }
        } else {
            Next::More(Cursor(format!("{}:{seen}", place.page + 1)))
        };
        let attributes = &self.settings.attributes;
        Ok(draft::page(results, |it| map::computer(&self.name, it, attributes, now), next))
    }

    async fn recheck(&self, id: &str, now: Timestamp) -> Result<Rechecked, Failure> {
        let Some(id) = segment(id) else { return Ok(Rechecked::Gone) };
        let url = self.url(&format!("computers-inventory/{id}"), &sections());
        let Some(said) = self.caller.json_if_there(url).await? else { return Ok(Rechecked::Gone) };
        let read = map::computer(&self.name, &said, &self.settings.attributes, now);
        let read = read.map_err(|_| self.caller.unreadable("id of the computer"))?;
        Ok(Rechecked::Record(Box::new(read)))
    }

    async fn check(&self) -> Result<String, Failure> {
        let query = [("section", "GENERAL"), ("page", "0"), ("page-size", "1")];
        self.caller.json(self.url("computers-inventory", &query)).await?;
        Ok(format!("reads computers at {}", self.settings.base_url.host()))
    }
}
