//! The fake: it knows who stands behind which code, and says what it was told to fail with.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use model::Timestamp;

use super::{Binding, Identity, IdentityProvider, Returned};
use crate::Failure;

/// The host that it is known by.
pub const HOST: &str = "login.example.com";

/// A provider in memory.
#[derive(Default)]
pub struct FakeIdentityProvider(Mutex<State>);

#[derive(Default)]
struct State {
    known: BTreeMap<String, Identity>,
    failures: VecDeque<Failure>,
    bindings: Vec<Binding>,
}

impl FakeIdentityProvider {
    /// Whoever comes back with this code is the person of this id, in these groups.
    pub fn know(&self, code: &str, subject: &str, groups: &[&str]) {
        let groups = groups.iter().map(ToString::to_string).collect();
        let identity = Identity { subject: subject.into(), groups };
        self.state().known.insert(code.to_owned(), identity);
    }

    /// The next call fails so.
    pub fn fail_next(&self, failure: Failure) {
        self.state().failures.push_back(failure);
    }

    /// What sign-ins it was asked for, and what codes were shown to it are bound to, in order.
    #[must_use]
    pub fn bindings(&self) -> Vec<Binding> {
        self.state().bindings.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, binding: &Binding) -> Result<MutexGuard<'_, State>, Failure> {
        let mut state = self.state();
        state.bindings.push(binding.clone());
        state.failures.pop_front().map_or(Ok(state), Err)
    }
}

#[async_trait]
impl IdentityProvider for FakeIdentityProvider {
    fn host(&self) -> &str {
        HOST
    }

    fn vouches_afresh(&self) -> bool {
        true
    }

    async fn check(&self, _now: Timestamp) -> Result<String, Failure> {
        Ok("it is here".to_owned())
    }

    async fn address(&self, binding: &Binding) -> Result<String, Failure> {
        drop(self.turn(binding)?);
        let Binding { state, nonce, is_fresh, .. } = binding;
        Ok(format!("https://{HOST}/authorize?state={state}&nonce={nonce}&fresh={is_fresh}"))
    }

    async fn identity(
        &self,
        returned: Returned<'_>,
        binding: &Binding,
        _now: Timestamp,
    ) -> Result<Identity, Failure> {
        let state = self.turn(binding)?;
        let known = state.known.get(returned.code).cloned();
        known.ok_or_else(|| Failure::denied("there is no such code"))
    }
}
