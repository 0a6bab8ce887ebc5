//! The port, filled.

use async_trait::async_trait;
use model::Timestamp;
use ports::{
    Failure,
    devices::{Cursor, DevicePage, DeviceSource, Next, Pace, Rechecked},
};
use serde_json::Value;
use url::Url;

use super::{Intune, map};
use crate::{
    devices::{caller, draft},
    http::segment,
};

const DEVICES: &str = "deviceManagement/managedDevices";
/// How many devices a page has.
const PAGE: &str = "200";
/// The longest address of a next page, in bytes.
const NEXT_MAX_BYTES: usize = 8 * 1024;

impl Intune {
    fn first(&self, size: &str) -> Url {
        let mut url = self.settings.base_url.join(DEVICES);
        url.set_query(Some(&crate::http::query(&[("$top", size)])));
        url
    }

    /// An address that Graph named, on the same server: our credential goes nowhere else.
    fn named(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|_| text.len() <= NEXT_MAX_BYTES)?;
        (url.origin() == self.settings.base_url.join("").origin()).then_some(url)
    }
}

#[async_trait]
impl DeviceSource for Intune {
    fn pace(&self) -> Pace {
        caller::pace(self.settings.every, self.settings.calls_per_minute)
    }

    async fn page(&self, after: Option<&Cursor>, now: Timestamp) -> Result<DevicePage, Failure> {
        let named = after.and_then(|cursor| self.named(&cursor.0));
        let url = named.unwrap_or_else(|| self.first(PAGE));
        let said = self.caller.json(url).await?;
        let devices = said.get("value").and_then(Value::as_array);
        let devices = devices.ok_or_else(|| self.caller.unreadable("value"))?;
        let next = match said.get("@odata.nextLink").and_then(Value::as_str) {
            None => Next::End { is_whole: true },
            Some(link) => match self.named(link) {
                Some(_) => Next::More(Cursor(link.to_owned())),
                None => Next::End { is_whole: false },
            },
        };
        Ok(draft::page(devices, |device| map::device(&self.name, device, now), next))
    }

    async fn recheck(&self, id: &str, now: Timestamp) -> Result<Rechecked, Failure> {
        let Some(id) = segment(id) else { return Ok(Rechecked::Gone) };
        let url = self.settings.base_url.join(&format!("{DEVICES}/{id}"));
        let Some(said) = self.caller.json_if_there(url).await? else { return Ok(Rechecked::Gone) };
        let read = map::device(&self.name, &said, now);
        let read = read.map_err(|_| self.caller.unreadable("id of the device"))?;
        Ok(Rechecked::Record(Box::new(read)))
    }

    async fn check(&self) -> Result<String, Failure> {
        self.caller.json(self.first("1")).await?;
        Ok(format!("reads managed devices at {}", self.settings.base_url.host()))
    }
}
