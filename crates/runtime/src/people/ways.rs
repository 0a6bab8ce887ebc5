//! With what a person can prove, and which of it may serve for what.

use casework::Desk;
use model::{FactorId, Method, Person, PersonId, Span, Timestamp};
use ports::verifier::Factor;

use super::Viewer;
use crate::{
    engine::{Engine, EngineError},
    factors::HeldFactor,
};

/// How `authorised_by` begins for a factor that an administrator's link let in; who made the link
/// follows.
const BY_LINK: &str = "link:";

/// How it begins for one that another factor's proof let in; that factor's id follows.
const BY_FACTOR: &str = "factor:";

/// What is kept of who let a first factor in by a link.
pub(super) fn by_link(maker: &str) -> String {
    format!("{BY_LINK}{maker}")
}

/// How it begins for a first factor that a fresh sign-in at the identity provider let in; its host
/// follows.
const BY_SIGN_IN: &str = "signin:";

/// What is kept of who let a first factor in by a fresh sign-in at the identity provider.
pub(super) fn by_sign_in(host: &str) -> String {
    format!("{BY_SIGN_IN}{host}")
}

/// Whether a right comes from such a sign-in.
pub(super) fn is_by_sign_in(right: &str) -> bool {
    right.starts_with(BY_SIGN_IN)
}

/// What is kept of who let a factor in that was added with a proof; a remote one is nobody's here.
pub(super) fn by_proof(proof: Option<FactorId>) -> String {
    match proof {
        Some(factor) => format!("{BY_FACTOR}{factor}"),
        None => "provider".to_owned(),
    }
}

/// These factors, and all that were let in by a proof with one of them, and so on: what falls when
/// they turn out to be somebody else's.
pub(super) fn with_descendants(all: &[HeldFactor], roots: &[FactorId]) -> Vec<FactorId> {
    let mut fallen = roots.to_vec();
    let mut next = 0;
    while let Some(root) = fallen.get(next).copied() {
        next += 1;
        let mark = by_proof(Some(root));
        let children = all.iter().filter(|held| held.factor.authorised_by == mark);
        let new = children.map(|held| held.factor.id).filter(|id| !fallen.contains(id));
        fallen.extend(new.collect::<Vec<_>>());
    }
    fallen
}

/// A factor, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Which.
    pub id: FactorId,
    /// By which way it proves.
    pub method: Method,
    /// The name its owner gave it. May be hostile text.
    pub label: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Whether it lives in the directory, and is not ours to remove.
    pub is_external: bool,
    /// Whether it is old enough to prove an answer about what happens now (R6).
    pub is_independent: bool,
}

/// The factors that may serve for a step-up, and what that is worth.
pub(super) struct Serving {
    pub(super) held: Vec<HeldFactor>,
    pub(super) is_independent: bool,
}

impl Serving {
    /// The independent ones, where there are any. Else, so that a first administrator can work on
    /// the first day, those that an administrator's link let in: their proof opens the console,
    /// and never changes a factor.
    fn among(held: Vec<HeldFactor>, window: Span, now: Timestamp) -> Self {
        let (old, new): (Vec<_>, Vec<_>) =
            held.into_iter().partition(|held| is_independent(&held.factor, window, now));
        if !old.is_empty() {
            return Self { held: old, is_independent: true };
        }
        let by_link = |held: &HeldFactor| held.factor.authorised_by.starts_with(BY_LINK);
        Self { held: new.into_iter().filter(by_link).collect(), is_independent: false }
    }
}

/// Whether a factor is older than the window. One of unknown age counts as new.
fn is_independent(factor: &Factor, window: Span, now: Timestamp) -> bool {
    factor.created_at.is_some_and(|created| created <= window.before(now))
}

impl Engine {
    /// Whether this way to prove is set up here.
    #[must_use]
    pub fn can_prove_by(&self, method: Method) -> bool {
        self.parts.verifiers.contains_key(&method)
    }

    /// How old a factor must be to prove an answer about what happens now (R6).
    #[must_use]
    pub fn independence_window(&self) -> Span {
        self.parts.settings.evidence.independence_window
    }

    /// The viewer's factors, ours and the directory's.
    pub async fn ways_to_prove(&self, viewer: &Viewer) -> Result<Vec<Way>, EngineError> {
        self.ways_of(&viewer.person).await
    }

    /// A person's factors, ours and the directory's.
    pub async fn ways_of(&self, person: &Person) -> Result<Vec<Way>, EngineError> {
        let now = self.now();
        let window = self.independence_window();
        let way = |held: HeldFactor| {
            let is_independent = is_independent(&held.factor, window, now);
            let Factor { id, method, label, created_at, is_external, .. } = held.factor;
            Way { id, method, label, since: created_at, is_external, is_independent }
        };
        Ok(self.factors_of(person).await?.into_iter().map(way).collect())
    }

    /// The ways by which the viewer can step up now, strongest first.
    pub async fn step_up_methods(&self, viewer: &Viewer) -> Result<Vec<Method>, EngineError> {
        let serving = self.serving(&viewer.person).await?;
        let is_remote_independent = self.is_remote_independent(&viewer.person).await?;
        let mut methods = Vec::new();
        for method in Method::ALL {
            let Some(verifier) = self.parts.verifiers.get(&method) else { continue };
            let is_there = match method.is_remote() {
                // A provider that does not answer now is left out: there may be another way.
                true => {
                    is_remote_independent
                        && verifier.is_available(&viewer.person, &[]).await.unwrap_or(false)
                }
                false => serving.held.iter().any(|held| held.factor.method == method),
            };
            if is_there {
                methods.push(method);
            }
        }
        Ok(methods)
    }

    pub(super) async fn serving(&self, person: &Person) -> Result<Serving, EngineError> {
        let held = self.factors_of(person).await?;
        Ok(Serving::among(held, self.independence_window(), self.now()))
    }

    /// A remote provider's devices have no age that we know at this moment; they serve only where
    /// the provider guards enrolment, and nothing is known of a late one (R6).
    pub(super) async fn is_remote_independent(&self, person: &Person) -> Result<bool, EngineError> {
        if !self.parts.settings.is_enrolment_guarded {
            return Ok(false);
        }
        let changed_at = self.desk(person.id).await?.and_then(|desk| desk.factors_changed_at);
        let oldest_enough = self.independence_window().before(self.now());
        Ok(changed_at.is_none_or(|at| at <= oldest_enough))
    }

    /// Writes down that a factor of this person changed by another right than a proof, before it
    /// does: what the provider guards is believed less for a while (R6).
    pub(super) async fn note_factor_change(&self, person: PersonId) -> Result<(), EngineError> {
        let now = self.now();
        let note = |desk: &mut Desk| {
            desk.note_factor_change(now);
            Vec::new()
        };
        self.change_desk(person, note).await
    }
}
