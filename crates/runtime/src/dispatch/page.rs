//! Pages. What is sent is what the incident is now: a page that waited while its case ended opens
//! nothing, and an end that waited while the case reopened ends nothing.

use casework::{Case, Input};
use model::{DeliveryId, Reason};
use ports::{
    Failure,
    pager::{Page, PageKind},
};

use super::{Carried, Job};
use crate::{engine::Engine, lanes::CALL_LIMIT, pause};

impl Engine {
    pub(super) async fn trigger(
        &self,
        name: &str,
        job: &Job<'_>,
        case: &Case,
        delivery: DeliveryId,
        reason: Reason,
    ) -> Carried {
        self.page_if(name, job, case, self.page(case, delivery, reason, PageKind::Trigger)).await
    }

    pub(super) async fn resolve(
        &self,
        name: &str,
        job: &Job<'_>,
        case: &Case,
        delivery: DeliveryId,
    ) -> Carried {
        // Why it was paged no longer matters; the case says why it ended.
        let page = self.page(case, delivery, Reason::Decided, PageKind::Resolve);
        self.page_if(name, job, case, page).await
    }

    /// Somebody has it: the target's own ladder stops too.
    pub(super) async fn acknowledge(
        &self,
        name: &str,
        job: &Job<'_>,
        case: &Case,
        delivery: DeliveryId,
    ) -> Carried {
        let reason = case.reason().unwrap_or(Reason::Decided);
        self.page_if(name, job, case, self.page(case, delivery, reason, PageKind::Acknowledge))
            .await
    }

    async fn page_if(&self, name: &str, job: &Job<'_>, case: &Case, page: Page) -> Carried {
        if !is_so(case, page.kind) {
            return Carried::silently();
        }
        let Some(pager) = self.parts.pagers.get(name) else {
            return Failure::permanent("this target is no longer configured").into();
        };
        match pause::within(&*self.parts.clock, CALL_LIMIT, pager.page(&page)).await {
            Ok(()) if page.kind == PageKind::Acknowledge => Carried::silently(),
            Ok(()) => {
                let target = job.row.destination.clone();
                Carried::Done(Some(Input::Paged { target, failure: None }), Vec::new())
            }
            Err(failure) => failure.into(),
        }
    }
}

/// Whether the incident is open, or ended, as the page would say.
fn is_so(case: &Case, kind: PageKind) -> bool {
    let Some(incident) = &case.incident else { return false };
    let is_taken = incident.climb.taken.is_some();
    match kind {
        // Whom it would wake, nobody needs.
        PageKind::Trigger => !incident.is_resolved && !is_taken,
        PageKind::Acknowledge => !incident.is_resolved && is_taken,
        PageKind::Resolve => incident.is_resolved,
    }
}
