//! Who sends alerts.

use http::{HeaderMap, header};
use model::Timestamp;
use ports::source::{AuthFailure, ReplayKey, Source, SourceAuth};

use crate::{Problem, problem::Kind};

/// A request that says it comes from a source.
pub(super) struct Sender<'r> {
    source: Option<&'r Source>,
    headers: &'r HeaderMap,
    now: Timestamp,
}

impl<'r> Sender<'r> {
    /// A request to this source, or to none.
    pub(super) fn of(source: Option<&'r Source>, headers: &'r HeaderMap, now: Timestamp) -> Self {
        Self { source, headers, now }
    }

    /// Refuses what no body can make right, before the body is read.
    pub(super) fn look_at_headers(&self) -> Result<(), Problem> {
        match self.auth().check(self.headers, &[], self.now) {
            // With a signature, what is wrong may be the body that is not there yet.
            Ok(_) | Err(AuthFailure::Wrong) => Ok(()),
            Err(why) => Err(self.refuse(why)),
        }
    }

    /// Refuses whoever has not the source's credential for exactly these bytes.
    pub(super) fn check(&self, body: &[u8]) -> Result<(&'r Source, Option<ReplayKey>), Problem> {
        let once = self.auth().check(self.headers, body, self.now);
        let once = once.map_err(|why| self.refuse(why))?;
        let source = self.source.ok_or_else(|| self.refuse(AuthFailure::Wrong))?;
        Ok((source, once))
    }

    fn auth(&self) -> &'r dyn SourceAuth {
        self.source.map_or(&Nobody, |source| &*source.auth)
    }

    fn refuse(&self, why: AuthFailure) -> Problem {
        if let Some(source) = self.source {
            tracing::warn!(source = source.name, %why, "alerts were refused");
        }
        let advice = match why {
            AuthFailure::Missing => {
                "There is no credential, or no source of this name: send the one configured for it."
            }
            AuthFailure::Malformed => {
                "The credential is malformed: send it as the source's `auth` has it."
            }
            AuthFailure::Wrong => {
                "The credential is wrong, or there is no source of this name: check both."
            }
            AuthFailure::Stale => {
                "The request's timestamp is more than 300 seconds off: check the clocks."
            }
        };
        Problem::new(Kind::Unauthorized, advice)
    }
}

/// Stands in where there is no source: behaves like a bearer token that nobody has.
struct Nobody;

impl SourceAuth for Nobody {
    fn check(
        &self,
        headers: &HeaderMap,
        _: &[u8],
        _: Timestamp,
    ) -> Result<Option<ReplayKey>, AuthFailure> {
        let mut lines = headers.get_all(header::AUTHORIZATION).iter();
        let line = lines.next().ok_or(AuthFailure::Missing)?;
        let token = line.to_str().ok().and_then(|line| line.split_once(' '));
        let is_bearer = token.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()
        });
        match lines.next().is_none() && is_bearer {
            true => Err(AuthFailure::Wrong),
            false => Err(AuthFailure::Malformed),
        }
    }
}
