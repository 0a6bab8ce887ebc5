//! Reports to the security team's chat, a case's in one thread.

use casework::{Case, Input};
use model::{DeliveryId, Reason};
use ports::Failure;

use super::{Carried, Job};
use crate::{deliveries::thread_op, engine::Engine, lanes::CALL_LIMIT, pause};

impl Engine {
    pub(super) async fn send_report(
        &self,
        name: &str,
        job: &Job<'_>,
        case: &Case,
        delivery: DeliveryId,
        reason: Reason,
    ) -> Carried {
        let Some(chat) = self.chat(name) else {
            return Failure::permanent("this chat is no longer configured").into();
        };
        let thread = match self.report_thread(name, case.id).await {
            Ok(thread) => thread,
            Err(error) => return error.into(),
        };
        let report = self.report(case, delivery, reason);
        let call = chat.report(&report, thread.as_ref());
        let receipt = match pause::within(&*self.parts.clock, CALL_LIMIT, call).await {
            Ok(receipt) => receipt,
            Err(failure) => return failure.into(),
        };
        let first = thread.is_none().then(|| thread_op(name, case.id, &receipt, self.now()));
        let input = Input::Paged { target: job.row.destination.clone(), failure: None };
        Carried::Done(Some(input), first.into_iter().collect())
    }
}
