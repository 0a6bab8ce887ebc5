//! What the demo says when it is ready.

use ::demo::company::Employee;
use secrecy::{ExposeSecret as _, SecretString};

use super::{folder::Folder, vendors::Vendors};
use crate::terminal;

/// A visitor's way in.
pub(super) struct Link {
    /// As what.
    pub(super) role: &'static str,
    /// As whom.
    pub(super) name: String,
    /// Their account in the chat.
    pub(super) account: String,
    /// The one-time address.
    pub(super) link: SecretString,
}

/// Prints it.
pub(super) fn print(
    port: u16,
    links: &[Link],
    vendors: &Vendors,
    folder: &Folder,
    hijacked: &Employee,
) -> anyhow::Result<()> {
    let slack = vendors.slack.pages_url();
    let mut text = format!(
        "Countersign is running for {company}, a company that does not exist. Its tools send what\n\
         goes on; rules and baselines look at it, people are asked about what they find in a\n\
         stand-in Slack, and answer by themselves; two questions wait for you.\n\n\
         Sign in (each link works once; use a window of its own, or another browser, for each):\n",
        company = ::demo::company::NAME,
    );
    for Link { role, name, link, .. } in links {
        text += &format!("  as {name}, {role}\n    {}\n", link.expose_secret());
    }
    text += "\nWhere the company's tools stand in for the real ones:\n";
    let visited = links.iter().map(|link| (&link.name, &link.account));
    for (name, account) in visited.chain([(&hijacked.name, &hijacked.slack)]) {
        text += &format!("  Slack of {name:<22} {slack}/people/{account}\n");
    }
    text += &format!(
        "  the security team's channel     {slack}/channels/C0SECURITY\n\
         \x20 PagerDuty                       {pagerduty}/\n\
         \x20 accounts at Okta                {okta}/\n\
         \x20 authenticator apps              {codes}/\n\
         \x20 everybody's computers           {desks}/\n\
         \x20 Duo on everybody's phone        {duo}/\n\n\
         A session of {hijacked} is stolen: it is ended and the account held for 30 minutes, by\n\
         itself. They prove from a new laptop that it was them, and the account is free again. When\n\
         the same comes back, nothing more is done without you.\n\n\
         For programs:\n  \
         COUNTERSIGN_URL=http://localhost:{port} COUNTERSIGN_KEY={key} countersign cases list\n\n\
         Only here `independence_window = \"0s\"`: a passkey that you make a minute ago may serve.\n\
         Elsewhere a way to prove must be older than the alert by 72 hours.\n\n\
         {place}\n",
        pagerduty = vendors.pagerduty.base_url(),
        okta = vendors.okta.base_url(),
        hijacked = hijacked.name,
        codes = vendors.codes.url(),
        desks = vendors.desks.url(),
        duo = vendors.duo.base_url(),
        key = folder.secrets.api_key.expose_secret(),
        place = match folder.place() {
            (path, true) => format!("Everything is kept in {}. Ctrl-C ends it.", path.display()),
            (path, false) => {
                format!("Everything lies in {} and goes with Ctrl-C.", path.display())
            }
        },
    );
    terminal::print(&text)
}
