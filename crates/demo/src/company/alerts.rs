//! Alerts as a company's tools would send them, in the form of the generic source.

use serde_json::{Value, json};

use super::{
    Company, Dice, Employee,
    words::{CLIENTS, HOSTS, REPOSITORIES, STRANGE_PLACES},
};

/// The kinds of things that happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// A sign-in from a network that the person never used.
    NewNetwork,
    /// Administrator's rights used on a server.
    Sudo,
    /// A long-lived cloud key was made.
    AccessKey,
    /// Many repositories cloned at once.
    MassClone,
    /// A second factor was reset.
    FactorReset,
    /// An application was given access to mail.
    MailAccess,
    /// The cloud account's root user signed in.
    RootSignIn,
    /// A session went on in another place, with another client.
    SessionMoved,
}

impl Story {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NewNetwork,
        Self::Sudo,
        Self::AccessKey,
        Self::MassClone,
        Self::FactorReset,
        Self::MailAccess,
        Self::RootSignIn,
        Self::SessionMoved,
    ];
}

/// An alert on its way: the JSON that is posted.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoAlert {
    /// The mail address of the person it is about.
    pub email: String,
    /// The body for `POST /v1/alerts/{source}`.
    pub body: Value,
}

impl Company {
    /// One alert of a story about a person. `number` makes its id; `time` is RFC 3339.
    #[must_use]
    pub fn alert(
        &self,
        dice: &mut Dice,
        story: Story,
        person: &Employee,
        number: u64,
        time: &str,
    ) -> DemoAlert {
        let (rule, severity, title, facts) = tell(dice, story, person);
        let body = json!({
            "id": format!("{rule}-{number:08}"),
            "rule": rule,
            "title": title,
            "severity": severity,
            "time": time,
            "person": person.email,
            "url": format!("https://siem.{}/alerts/{number}", super::DOMAIN),
            "facts": facts,
        });
        DemoAlert { email: person.email.clone(), body }
    }
}

type Telling = (&'static str, &'static str, String, Value);

fn tell(dice: &mut Dice, story: Story, person: &Employee) -> Telling {
    let (address, place, network) = *dice.pick(STRANGE_PLACES);
    let (client, host) = (*dice.pick(CLIENTS), *dice.pick(HOSTS));
    let own = person.office.address;
    match story {
        Story::NewNetwork => (
            "okta-new-network",
            "medium",
            format!("Sign-in to Okta from {place}, a network not used before"),
            json!({ "action": "sign_in", "app": "Okta", "ip": address, "place": place,
                    "network": network, "client": client }),
        ),
        Story::Sudo => (
            "host-sudo",
            "low",
            format!("Administrator's rights used on {host}"),
            json!({ "action": "sudo", "host": host, "ip": own, "command": "systemctl restart" }),
        ),
        Story::AccessKey => (
            "aws-access-key-created",
            "medium",
            "A long-lived AWS access key was created".to_owned(),
            json!({ "action": "CreateAccessKey", "service": "AWS IAM", "ip": own,
                    "client": "aws-cli", "place": person.office.city }),
        ),
        Story::MassClone => {
            let count = 8 + dice.below(20);
            let first = *dice.pick(REPOSITORIES);
            (
                "github-mass-clone",
                "high",
                format!("{count} repositories cloned in ten minutes"),
                json!({ "action": "git.clone", "service": "GitHub", "count": count,
                        "repository": first, "ip": address, "place": place }),
            )
        }
        Story::FactorReset => (
            "okta-factor-reset",
            "high",
            "A way to prove sign-ins was reset in Okta".to_owned(),
            json!({ "action": "user.mfa.factor.reset_all", "app": "Okta", "ip": address,
                    "place": place }),
        ),
        Story::MailAccess => (
            "workspace-oauth-grant",
            "medium",
            "An application was given access to all mail".to_owned(),
            json!({ "action": "authorize", "app": "Google Workspace",
                    "client_app": "MailMerge Pro", "scope": "mail.read", "ip": own,
                    "place": person.office.city }),
        ),
        Story::RootSignIn => (
            "aws-root-login",
            "critical",
            "The root user of the production AWS account signed in".to_owned(),
            json!({ "action": "ConsoleLogin", "service": "AWS", "ip": address, "place": place,
                    "client": client }),
        ),
        // What makes a cause the same is the same for one person: it is the same thief.
        Story::SessionMoved => (
            "okta-session-moved",
            "high",
            format!("A session of Okta went on from {place}, with another client"),
            json!({ "action": "session.moved", "app": "Okta", "ip": address, "place": place,
                    "network": network, "client.family": "curl", "client.os": "unknown" }),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_story_is_told_with_an_id_a_person_and_facts() {
        let company = Company::new(3, 50);
        let mut dice = Dice::new(3);
        for story in Story::ALL {
            let person = &company.people[dice.below(50)];
            let alert = company.alert(&mut dice, story, person, 1, "2026-11-21T09:00:00Z");
            assert_eq!(alert.body["person"], person.email.as_str());
            assert!(alert.body["facts"].as_object().is_some_and(|facts| facts.len() >= 3));
        }
    }
}
