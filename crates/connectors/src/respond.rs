//! What responders share: whose account a target is, who is never touched, and how a plan shows a
//! request. Pure.
//!
//! A target's value comes from an alert and may name anybody. So an account is looked up before it
//! is acted on, and one that is not that of the case's person is left alone.

#[cfg(test)]
pub(crate) mod stage;

use std::collections::BTreeSet;

use model::Person;
use ports::{
    Failure,
    responder::{
        ActionCall, ActionTarget, Applied, Plan, PlannedRequest, Reverted, Seen, Standing,
    },
};
use serde::de::DeserializeOwned;
use url::Url;

/// How many names a section may protect.
pub(crate) const PROTECTED_MAX: usize = 1_000;
/// How many pages of a listing are read.
pub(crate) const PAGES_MAX: usize = 20;

/// Who is never touched, by the configuration. Names are compared without regard to case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Protected(BTreeSet<String>);

impl Protected {
    /// The names of a section.
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| name.trim().to_lowercase()).collect())
    }

    /// Why an account with these names, and the person of the case, are not touched, if so.
    pub(crate) fn reason(&self, person: Option<&Person>, names: &[&str]) -> Option<String> {
        let of_person = person.into_iter().flat_map(|person| {
            let own = [&person.subject, &person.email];
            own.into_iter().chain(&person.aliases).map(|name| name.reveal().to_lowercase())
        });
        let mut all = names.iter().map(|name| name.to_lowercase()).chain(of_person);
        all.any(|name| self.0.contains(&name))
            .then(|| "it is on the list of what is never touched".to_owned())
    }
}

/// Why the account with these names is not touched in a case about this person, if it is another's.
pub(crate) fn not_theirs(person: Option<&Person>, vendor: &str, names: &[&str]) -> Option<String> {
    let person = person?;
    let own = |name: &&str| {
        let is = |theirs: &str| theirs.eq_ignore_ascii_case(name);
        is(person.email.reveal())
            || is(person.subject.reveal())
            || person.chat.values().any(|account| is(account))
            || person.aliases.iter().any(|alias| is(alias_of(alias.reveal(), vendor)))
    };
    (!names.iter().any(own))
        .then(|| "this account is not known as that of the person of the case".to_owned())
}

/// `mia` of the alias `aws:mia` for `aws`, or the whole of an alias without such a beginning.
fn alias_of<'a>(alias: &'a str, vendor: &str) -> &'a str {
    let rest = alias.strip_prefix(vendor).and_then(|rest| rest.strip_prefix(':'));
    rest.unwrap_or(alias)
}

/// The account of the case's person: by its alias `VENDOR:…`, if there is one.
pub(crate) fn alias<'a>(target: &'a ActionTarget, vendor: &str) -> Option<&'a str> {
    let aliases = &target.person.as_ref()?.aliases;
    aliases.iter().find_map(|alias| alias.reveal().strip_prefix(vendor)?.strip_prefix(':'))
}

/// The e-mail address of the case's person.
pub(crate) fn email(target: &ActionTarget) -> Option<&str> {
    target.person.as_ref().map(|person| person.email.reveal())
}

/// The request as a plan shows it.
pub(crate) fn planned(method: &str, url: &Url, body: Option<String>) -> PlannedRequest {
    PlannedRequest { method: method.to_owned(), url: url.to_string(), body }
}

/// Whether it may and need be done.
pub(crate) fn standing(protection: Option<String>, is_so: bool) -> Standing {
    match protection {
        Some(why) => Standing::Protected(why),
        None if is_so => Standing::AlreadySo,
        None => Standing::Ready,
    }
}

/// What an act finds before it begins: `None` where it goes on. What a retry finds done is ours.
pub(crate) fn settled(call: &ActionCall, standing: Standing) -> Option<Applied> {
    match standing {
        Standing::Ready => None,
        Standing::AlreadySo if call.is_retry => Some(Applied::Done),
        Standing::AlreadySo => Some(Applied::AlreadySo),
        Standing::Protected(why) => Some(Applied::Protected(why)),
    }
}

/// What was there before, as this responder's plan has it.
pub(crate) fn prior<T: DeserializeOwned>(who: &str, plan: &Plan) -> Result<T, Failure> {
    serde_json::from_value(plan.prior.clone())
        .map_err(|_| Failure::permanent(format!("{who}: not a plan of ours")))
}

/// Whether it is seen.
pub(crate) fn seen(is_so: bool) -> Seen {
    if is_so { Seen::Holds } else { Seen::NotYet }
}

/// Left as it is, since somebody else acts here.
pub(crate) fn refused(what: impl Into<String>) -> Reverted {
    Reverted::Refused(what.into())
}

/// The failure of an action that this responder does not have.
pub(crate) fn no_such_action(who: &str) -> Failure {
    Failure::misconfigured(format!("{who}: there is no such action"))
}

/// The failure of a target that does not say enough.
pub(crate) fn no_target(who: &str, wanted: &str) -> Failure {
    Failure::permanent(format!("{who}: the target does not say {wanted}"))
}

/// The failure of a target that is not there.
pub(crate) fn not_there(who: &str, what: &str) -> Failure {
    Failure::permanent(format!("{who}: there is no such {what}"))
}

/// The failure of taking back what cannot be.
pub(crate) fn cannot_undo(who: &str) -> Failure {
    Failure::permanent(format!("{who}: this cannot be taken back"))
}

/// A vendor's word, of plain characters only, for a text.
pub(crate) fn word(text: &str) -> String {
    let plain = |each: &char| each.is_ascii_alphanumeric() || matches!(each, '_' | '.' | '-' | ' ');
    text.chars().filter(plain).take(WORD_MAX).collect()
}

/// How much of a vendor's word gets into a text, in characters.
const WORD_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::person;

    #[test]
    fn an_account_of_somebody_else_is_left_alone() {
        let mut mia = person("mia");
        mia.aliases = vec!["okta:00uMIA".into(), "mia@old.example".into()];
        for (names, is_theirs) in [
            (&["00u1", "MIA@example.com"][..], true),
            (&["sub-mia"], true),
            (&["00uMIA", "other@example.com"], true),
            (&["mia@old.example"], true),
            (&["zoe@example.com", "00uZOE"], false),
            (&[""], false),
            (&[], false),
        ] {
            assert_eq!(not_theirs(Some(&mia), "okta", names).is_none(), is_theirs, "{names:?}");
        }
        assert!(not_theirs(Some(&mia), "aws", &["00uMIA"]).is_some(), "an alias of elsewhere");
        assert!(not_theirs(None, "okta", &["anybody"]).is_none());
    }

    #[test]
    fn a_protected_name_is_known_by_any_of_its_spellings() {
        let protected = Protected::new(&["Break-Glass@example.com ".to_owned(), "00uROOT".into()]);
        assert!(protected.reason(None, &["x", "break-glass@EXAMPLE.com"]).is_some());
        assert!(protected.reason(None, &["00uroot"]).is_some());
        assert!(protected.reason(Some(&person("break-glass")), &["x"]).is_some());
        assert!(protected.reason(Some(&person("mia")), &["00uMIA"]).is_none());
    }
}
