//! Numbers and windows that are beyond what is kept.

use super::{Code, Context, Sink};
use crate::{
    correlate::group::ENTRIES_MAX,
    rule::{Comparison, Correlation, CorrelationKind},
};

pub(super) fn check(correlation: &Correlation, context: &Context<'_>, sink: &mut Sink<'_>) {
    if context.retention.is_some_and(|kept| correlation.timespan > kept) {
        let text = format!("{} is longer than events are kept", correlation.timespan);
        sink.add(Code::WindowTooLong, "correlation.timespan", text, None);
    }
    let is_counting =
        matches!(correlation.kind, CorrelationKind::EventCount | CorrelationKind::ValueCount);
    if !is_counting {
        return;
    }
    for (comparison, number) in &correlation.comparisons {
        let is_least = matches!(comparison, Comparison::Gt | Comparison::Gte | Comparison::Eq);
        if is_least && *number > ENTRIES_MAX as f64 {
            let text =
                format!("{number} is more than the {ENTRIES_MAX} entries that a group keeps");
            sink.add(Code::ThresholdTooHigh, "correlation.condition", text, None);
        }
    }
    let is_small = |wanted: Comparison| matches!(wanted, Comparison::Lt | Comparison::Lte);
    let is_only_small = correlation.comparisons.iter().all(|(wanted, _)| is_small(*wanted));
    if is_only_small {
        let text = "holds with the first event already; that none comes is not noticed";
        sink.add(Code::AbsenceUnseen, "correlation.condition", text, None);
    }
}
