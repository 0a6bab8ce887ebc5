//! Who did it, by the type of `userIdentity`.
//!
//! Whoever may assume a role chooses the name of the session, so that the name proves nothing:
//! it is shown, and stands for a person only where somebody else has set it. That is so for
//! `sourceIdentity`, which the sign-in sets and nobody changes afterwards; for the roles of IAM
//! Identity Center, whose path AWS keeps for itself; and for roles that the configuration names,
//! because only the company's identity provider may assume them.

use event::{Actor, ActorKind, Node, normal};

use crate::events::reading::{Reading, at, lowered, text_at};

/// Where Identity Center has its roles. Nobody else can make one there.
const IDENTITY_CENTER_PATH: &str = ":role/aws-reserved/sso.amazonaws.com/";

/// Roles whose session names are set by the company's identity provider.
#[derive(Debug, Clone, Default)]
pub struct TrustedRoles(Vec<String>);

impl TrustedRoles {
    /// These roles, each by its name or its ARN.
    #[must_use]
    pub fn new(roles: Vec<String>) -> Self {
        Self(roles)
    }

    fn has(&self, arn: &str) -> bool {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        arn.contains(IDENTITY_CENTER_PATH)
            || self.0.iter().any(|trusted| trusted == arn || trusted == name)
    }
}

/// Who did it.
pub(super) fn actor(reading: &Reading<'_>, roles: &TrustedRoles) -> Actor {
    let Some(identity) = reading.at(&["userIdentity"]) else { return Actor::default() };
    let told = |key: &str| text_at(identity, &[key]);
    let named = |id: Option<Box<str>>, name: Option<Box<str>>, kind| Actor {
        email: if kind == ActorKind::Person { lowered(name.clone()) } else { None },
        id,
        name,
        kind,
        person: None,
    };
    let (id, name) = (told("principalId"), told("userName"));
    match told("type").as_deref() {
        // Everybody who knows its password is root.
        Some("Root") => {
            let id = id.or_else(|| told("accountId"));
            Actor { email: None, ..named(id, normal::text("root"), ActorKind::Person) }
        }
        Some("AssumedRole") => assumed(identity, id, roles),
        Some("IAMUser" | "SAMLUser" | "WebIdentityUser") => named(id, name, ActorKind::Person),
        Some("IdentityCenterUser") => {
            let id = text_at(identity, &["onBehalfOf", "userId"]).or(id);
            named(id, name, ActorKind::Person)
        }
        // The name was chosen by whoever asked for the token.
        Some("FederatedUser") => {
            let name = after_slash(told("arn")).or(name);
            named(id, name, ActorKind::Unknown)
        }
        Some("AWSService") => named(told("invokedBy"), told("invokedBy"), ActorKind::System),
        // What a service tells of itself has no type.
        None if id.is_none() => named(told("invokedBy"), told("invokedBy"), ActorKind::System),
        Some("AWSAccount") => named(id.or_else(|| told("accountId")), None, ActorKind::Unknown),
        _ => named(id.or_else(|| told("arn")), name, ActorKind::Unknown),
    }
}

/// A role, in a session that its caller named.
fn assumed(identity: Node<'_>, id: Option<Box<str>>, roles: &TrustedRoles) -> Actor {
    let context = at(identity, &["sessionContext"]);
    let of_context = |path: &[&str]| context.and_then(|context| text_at(context, path));
    let session = after_slash(text_at(identity, &["arn"]));
    let role = of_context(&["sessionIssuer", "arn"]);
    let person = of_context(&["sourceIdentity"]).or_else(|| {
        let is_trusted = role.as_deref().is_some_and(|arn| roles.has(arn));
        if is_trusted { session.clone() } else { None }
    });
    let is_machine = at(identity, &["invokedBy"]).is_some()
        || session.as_deref().is_some_and(is_instance)
        || of_context(&["ec2RoleDelivery"]).is_some();
    let kind = match person {
        Some(_) => ActorKind::Person,
        None if is_machine => ActorKind::Service,
        None => ActorKind::Unknown,
    };
    Actor { id, email: lowered(person), name: session, kind, person: None }
}

/// The key of a temporary credential names its session; a session of the console has no key.
pub(super) fn session(reading: &Reading<'_>) -> Option<Box<str>> {
    let key = reading.text(&["userIdentity", "accessKeyId"]);
    let since = reading.text(&["userIdentity", "sessionContext", "attributes", "creationDate"]);
    match key {
        Some(key) if key.starts_with("ASIA") => Some(key),
        // A key that is there for good is no session.
        Some(_) => None,
        None => {
            let id = reading.text(&["userIdentity", "principalId"])?;
            normal::text(&format!("{id}@{}", since?))
        }
    }
}

/// What is after the last slash of an ARN.
fn after_slash(arn: Option<Box<str>>) -> Option<Box<str>> {
    let arn = arn?;
    normal::text(arn.rsplit_once('/')?.1)
}

/// Machines call their session by their own id.
fn is_instance(session: &str) -> bool {
    let digits = session.strip_prefix("i-").unwrap_or_default();
    digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
