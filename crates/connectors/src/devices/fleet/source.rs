//! The port, filled.

use async_trait::async_trait;
use model::Timestamp;
use ports::{
    Failure,
    devices::{Cursor, DevicePage, DeviceSource, Next, Pace, Rechecked},
};
use serde_json::Value;

use super::{Fleet, map};
use crate::{
    devices::{
        caller::{self, Place},
        draft,
    },
    http::segment,
};

/// How many hosts a page has.
const PAGE: &str = "100";

impl Fleet {
    async fn count(&self) -> Result<u64, Failure> {
        let said = self.caller.json(self.url("hosts/count", &[])).await?;
        let count = said.get("count").and_then(Value::as_u64);
        count.ok_or_else(|| self.caller.unreadable("count"))
    }
}

#[async_trait]
impl DeviceSource for Fleet {
    fn pace(&self) -> Pace {
        caller::pace(self.settings.every, self.settings.calls_per_minute)
    }

    async fn page(&self, after: Option<&Cursor>, now: Timestamp) -> Result<DevicePage, Failure> {
        let Place { page, before } = Place::of(after);
        let software = if self.settings.has_software { "true" } else { "false" };
        let query = [
            ("page", page.to_string()),
            ("per_page", PAGE.to_owned()),
            ("order_key", "id".to_owned()),
            ("populate_policies", "true".to_owned()),
            ("populate_software", software.to_owned()),
            ("device_mapping", "true".to_owned()),
        ];
        let query: Vec<(&str, &str)> = query.iter().map(|(key, it)| (*key, it.as_str())).collect();
        let said = self.caller.json(self.url("hosts", &query)).await?;
        let hosts = said.get("hosts").and_then(Value::as_array);
        let hosts = hosts.ok_or_else(|| self.caller.unreadable("hosts"))?;
        let has_more = draft::at(&said, "meta.has_next_results").and_then(Value::as_bool);
        // An older server does not say: then only an empty page is the end, so that a page that
        // came short costs a call and no device.
        let seen = before + u64::try_from(hosts.len()).unwrap_or(u64::MAX);
        let next = if has_more.unwrap_or(!hosts.is_empty()) {
            Next::More(Cursor(format!("{}:{seen}", page + 1)))
        } else {
            // Fewer than there are: some page came short.
            Next::End { is_whole: seen >= self.count().await? }
        };
        Ok(draft::page(hosts, |host| map::host(&self.name, host, now), next))
    }

    async fn recheck(&self, id: &str, now: Timestamp) -> Result<Rechecked, Failure> {
        let Some(id) = segment(id) else { return Ok(Rechecked::Gone) };
        let Some(said) = self.caller.json_if_there(self.url(&format!("hosts/{id}"), &[])).await?
        else {
            return Ok(Rechecked::Gone);
        };
        let mut host = said.get("host").cloned().ok_or_else(|| self.caller.unreadable("host"))?;
        // What a list has beside each host, a single one has at another address.
        let url = self.url(&format!("hosts/{id}/device_mapping"), &[]);
        let mapping = self.caller.json_if_there(url).await?;
        let mapping = mapping.as_ref().and_then(|it| it.get("device_mapping")).cloned();
        if let (Some(fields), Some(mapping)) = (host.as_object_mut(), mapping) {
            fields.insert("device_mapping".to_owned(), mapping);
        }
        if let Some(fields) = host.as_object_mut().filter(|_| !self.settings.has_software) {
            fields.remove("software");
        }
        let read = map::host(&self.name, &host, now);
        let read = read.map_err(|_| self.caller.unreadable("id of the host"))?;
        Ok(Rechecked::Record(Box::new(read)))
    }

    async fn check(&self) -> Result<String, Failure> {
        self.count().await?;
        Ok(format!("reads hosts at {}", self.settings.base_url.host()))
    }
}
