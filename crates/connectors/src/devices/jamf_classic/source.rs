//! The port, filled.

use async_trait::async_trait;
use model::Timestamp;
use ports::{
    Failure,
    devices::{Cursor, DevicePage, DeviceSource, Next, Owned, Pace, Read, Rechecked, Unread},
};

use super::{JamfClassic, map};
use crate::{
    devices::{caller, draft},
    http::segment,
};

/// How many computers are read for a page, each by a call of its own.
const PAGE: usize = 25;

impl JamfClassic {
    /// A computer by its id; `None` where there is none. Where Jamf itself fails over it, it is
    /// unread: the next one may be well.
    async fn computer(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Result<Read, Unread>>, Failure> {
        let reply = self.caller.get(self.url(&format!("computers/id/{id}"))).await?;
        let unread = |why: String| Some(Err(Unread { id: Some(id.to_owned()), why }));
        match reply.status.as_u16() {
            404 | 410 => return Ok(None),
            status @ (500..=502 | 504..=599) => return Ok(unread(format!("failed ({status})"))),
            _ => {}
        }
        let said = reply.success(&self.caller.who).map_err(Failure::certain)?;
        let Ok(said) = said.json(&self.caller.who) else {
            return Ok(unread("not what the API answers".to_owned()));
        };
        let read = map::computer(&self.name, &said, &self.settings.attributes, now);
        Ok(Some(read.map_err(|it| Unread { id: Some(id.to_owned()), ..it })))
    }

    async fn ids(&self) -> Result<Vec<u64>, Failure> {
        let said = self.caller.json(self.url("computers")).await?;
        map::ids(&said).ok_or_else(|| self.caller.unreadable("computers"))
    }
}

#[async_trait]
impl DeviceSource for JamfClassic {
    fn pace(&self) -> Pace {
        caller::pace(self.settings.every, self.settings.calls_per_minute)
    }

    async fn page(&self, after: Option<&Cursor>, now: Timestamp) -> Result<DevicePage, Failure> {
        let after: Option<u64> = after.and_then(|cursor| cursor.0.parse().ok());
        let ids = self.ids().await?;
        let rest: Vec<u64> = ids.into_iter().filter(|id| Some(*id) > after).collect();
        let taken = &rest[..rest.len().min(PAGE)];
        let next = match taken.last() {
            Some(last) if rest.len() > PAGE => Next::More(Cursor(last.to_string())),
            _ => Next::End { is_whole: true },
        };
        let mut page = DevicePage { records: Vec::new(), unread: Vec::new(), next };
        for id in taken.iter().map(u64::to_string) {
            match self.computer(&id, now).await? {
                Some(Ok(read)) => draft::add(&mut page.records, read),
                Some(Err(unread)) => page.unread.push(unread),
                // It was there when the list was made.
                None => page.unread.push(Unread { id: Some(id), why: "not found".to_owned() }),
            }
        }
        if !taken.is_empty() && page.unread.len() == taken.len() {
            let count = taken.len();
            let what = format!("{}: none of {count} computers could be read", self.caller.who);
            return Err(Failure::retry(what));
        }
        Ok(page)
    }

    async fn recheck(&self, id: &str, now: Timestamp) -> Result<Rechecked, Failure> {
        let Some(id) = segment(id) else { return Ok(Rechecked::Gone) };
        match self.computer(&id, now).await? {
            None => Ok(Rechecked::Gone),
            Some(Ok(read)) => Ok(Rechecked::Record(Box::new(read))),
            Some(Err(unread)) => {
                Err(Failure::retry(format!("{}: a computer: {}", self.caller.who, unread.why)))
            }
        }
    }

    async fn owned_by(&self, email: &str) -> Result<Option<Owned>, Failure> {
        let Some(email) = segment(email) else { return Ok(Some(Owned::Nobody)) };
        let url = self.url(&format!("users/email/{email}"));
        let said = self.caller.json_if_there(url).await?;
        Ok(Some(said.as_ref().and_then(map::user).unwrap_or(Owned::Nobody)))
    }

    async fn check(&self) -> Result<String, Failure> {
        self.ids().await?;
        Ok(format!("reads computers at {}", self.settings.base_url.host()))
    }
}
