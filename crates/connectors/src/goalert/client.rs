//! The one call there is.

use ports::Failure;
use secrecy::ExposeSecret as _;

use super::GoAlert;

impl GoAlert {
    /// Sends a form, in which the key is out of sight of logs of addresses.
    pub(super) async fn send(&self, fields: &[(&str, String)]) -> Result<(), Failure> {
        let token = self.settings.token.expose_secret();
        let mut form = vec![("token", token)];
        form.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
        let url = self.settings.base_url.join("api/v2/generic/incoming");
        let request = self.http.post(url).form(&form);
        let reply = self.http.send(&self.who, request).await?;
        match reply.status.as_u16() {
            204 => Ok(()),
            200..=299 => {
                let what = "the reply is not that of a generic integration; check base_url";
                Err(Failure::retry(format!("{}: {what}", self.who)).uncertain())
            }
            _ => Err(reply.failure(&self.who)),
        }
    }
}
