//! The port, filled.

use std::{
    collections::BTreeMap,
    sync::{MutexGuard, PoisonError},
};

use async_trait::async_trait;
use model::Timestamp;
use ports::{
    Failure,
    devices::{Cursor, DevicePage, DeviceSource, Next, Owned, Pace, Read, Rechecked, Unread},
};
use serde_json::Value;
use url::Url;

use super::{GoogleApi, GoogleDevices, chromeos, cloud_identity, mobile};
use crate::{
    devices::{
        caller,
        draft::{self, at, text_of},
    },
    http::segment,
};

const DIRECTORY: &str = "admin/directory/v1/customer/my_customer/devices";
/// How many devices a page has.
const PAGE: &str = "100";
/// The most pages of users: a million of them.
const USER_PAGES_MAX: usize = 10_000;

type Users = BTreeMap<String, Vec<cloud_identity::User>>;

/// Where a page begins: in which of the APIs, and at which token of it.
struct Place {
    api: usize,
    token: Option<String>,
}

impl Place {
    fn of(cursor: Option<&Cursor>) -> Self {
        let parts = cursor.and_then(|cursor| cursor.0.split_once(':'));
        let (api, token) = parts.unwrap_or(("0", ""));
        let token = (!token.is_empty()).then(|| token.to_owned());
        Self { api: api.parse().unwrap_or(0), token }
    }
}

impl GoogleApi {
    /// Where its devices are, and the name of the list in an answer.
    fn list(self) -> (&'static str, &'static str) {
        match self {
            Self::Mobile => ("mobile", "mobiledevices"),
            Self::Chromeos => ("chromeos", "chromeosdevices"),
            Self::CloudIdentity => ("devices", "devices"),
        }
    }
}

impl GoogleDevices {
    fn url(&self, api: GoogleApi, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = match api {
            GoogleApi::CloudIdentity => {
                self.settings.cloud_identity_url.join(&format!("v1/{path}"))
            }
            GoogleApi::Mobile | GoogleApi::Chromeos => {
                self.settings.base_url.join(&format!("{DIRECTORY}/{path}"))
            }
        };
        url.set_query(Some(&crate::http::query(query)));
        url
    }

    fn list_url(&self, api: GoogleApi, path: &str, token: Option<&str>) -> Url {
        let mut query = match api {
            GoogleApi::CloudIdentity => vec![("pageSize", PAGE)],
            GoogleApi::Mobile | GoogleApi::Chromeos => {
                vec![("projection", "FULL"), ("maxResults", PAGE)]
            }
        };
        query.extend(token.map(|token| ("pageToken", token)));
        self.url(api, path, &query)
    }

    fn users(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn map(&self, api: GoogleApi, said: &Value, now: Timestamp) -> Result<Read, Unread> {
        match api {
            GoogleApi::Mobile => mobile::device(&self.name, said, now),
            GoogleApi::Chromeos => chromeos::device(&self.name, said, now),
            GoogleApi::CloudIdentity => {
                let name = at(said, "name").and_then(text_of).unwrap_or_default();
                let users = self.users();
                let users = users.get(&name).map(Vec::as_slice).unwrap_or_default();
                cloud_identity::device(&self.name, said, users, now)
            }
        }
    }

    /// Whose the devices of Cloud Identity are: listed on their own, and needed beside each.
    async fn fetch_users(&self) -> Result<Users, Failure> {
        let mut users = Users::new();
        let mut token: Option<String> = None;
        for _ in 0..USER_PAGES_MAX {
            let path = "devices/-/deviceUsers";
            let url = self.list_url(GoogleApi::CloudIdentity, path, token.as_deref());
            let said = self.caller.json(url).await?;
            let listed = said.get("deviceUsers").and_then(Value::as_array);
            for (device, user) in listed.into_iter().flatten().filter_map(cloud_identity::user) {
                users.entry(device).or_default().push(user);
            }
            token = at(&said, "nextPageToken").and_then(text_of);
            if token.is_none() {
                return Ok(users);
            }
        }
        Err(self.caller.unreadable("end of its users"))
    }
}

#[async_trait]
impl DeviceSource for GoogleDevices {
    fn pace(&self) -> Pace {
        caller::pace(self.settings.every, self.settings.calls_per_minute)
    }

    async fn page(&self, after: Option<&Cursor>, now: Timestamp) -> Result<DevicePage, Failure> {
        let place = Place::of(after);
        let Some(api) = self.settings.apis.get(place.api).copied() else {
            let next = Next::End { is_whole: false };
            return Ok(DevicePage { records: Vec::new(), unread: Vec::new(), next });
        };
        if api == GoogleApi::CloudIdentity && (place.token.is_none() || self.users().is_empty()) {
            let users = self.fetch_users().await?;
            *self.users() = users;
        }
        let (path, list) = api.list();
        let said = self.caller.json(self.list_url(api, path, place.token.as_deref())).await?;
        let devices: &[Value] = match said.get(list) {
            Some(Value::Array(devices)) => devices,
            // An empty list is left out. One under another name is no empty one.
            None if is_without_lists(&said) => &[],
            _ => return Err(self.caller.unreadable(list)),
        };
        let next = match at(&said, "nextPageToken").and_then(text_of) {
            Some(token) => Next::More(Cursor(format!("{}:{token}", place.api))),
            None if place.api + 1 < self.settings.apis.len() => {
                Next::More(Cursor(format!("{}:", place.api + 1)))
            }
            None => Next::End { is_whole: true },
        };
        Ok(draft::page(devices, |device| self.map(api, device, now), next))
    }

    async fn recheck(&self, id: &str, now: Timestamp) -> Result<Rechecked, Failure> {
        for api in self.settings.apis.clone() {
            let path = match api {
                GoogleApi::CloudIdentity => {
                    let number = id.strip_prefix("devices/").and_then(segment);
                    number.map(|number| format!("devices/{number}"))
                }
                _ => segment(id).map(|id| format!("{}/{id}", api.list().0)),
            };
            let Some(path) = path else { continue };
            let query: &[(&str, &str)] =
                if api == GoogleApi::CloudIdentity { &[] } else { &[("projection", "FULL")] };
            if let Some(said) = self.caller.json_if_there(self.url(api, &path, query)).await? {
                let read = self.map(api, &said, now);
                let read = read.map_err(|_| self.caller.unreadable("id of the device"))?;
                return Ok(Rechecked::Record(Box::new(read)));
            }
        }
        Ok(Rechecked::Gone)
    }

    async fn owned_by(&self, email: &str) -> Result<Option<Owned>, Failure> {
        if !self.settings.apis.contains(&GoogleApi::Mobile) || email.contains(['"', ' ']) {
            return Ok(None);
        }
        let query = [("projection", "BASIC"), ("query", &format!("email:{email}"))];
        let said = self.caller.json(self.url(GoogleApi::Mobile, "mobile", &query)).await?;
        let listed = said.get("mobiledevices").and_then(Value::as_array).into_iter().flatten();
        let devices: Vec<String> =
            listed.filter_map(|it| at(it, "resourceId").and_then(text_of)).collect();
        Ok(Some(match devices.is_empty() {
            true => Owned::Nobody,
            false => Owned::Somebody { id: email.to_owned(), name: None, devices },
        }))
    }

    async fn check(&self) -> Result<String, Failure> {
        for api in &self.settings.apis {
            self.caller.json(self.list_url(*api, api.list().0, None)).await?;
        }
        Ok(format!("reads devices at {}", self.settings.base_url.host()))
    }
}

fn is_without_lists(said: &Value) -> bool {
    said.as_object()
        .is_some_and(|fields| !fields.is_empty() && !fields.values().any(Value::is_array))
}
