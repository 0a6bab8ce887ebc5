//! Whether a system is up to date: by what is known of systems, and by what sources say.

use model::{Timestamp, device::Practice};

use super::{Check, State};
use crate::{
    currency::{Currency, CurrencyRules, System, judge, judge::Standing},
    device::Device,
    evaluate::Verdict,
};

/// The verdict of the tables and, where a source judges for itself, the source's beside it.
pub(crate) fn up_to_date(
    check: &Check,
    rules: &CurrencyRules,
    device: &Device,
    currency: &Currency,
    now: Timestamp,
) -> Vec<Verdict> {
    let system = System::of(device, now);
    let judgement = judge(&system, device.platform, currency, rules, now);
    let (state, value) = match judgement.standing {
        Standing::Current => (State::Ok, Some(true)),
        Standing::Behind => (State::Nudge, Some(false)),
        Standing::Outdated => (State::Warn, Some(false)),
        Standing::Unknown => (State::Unknown, None),
    };
    let mut verdict = Verdict::new(state, value);
    verdict.details = judgement.details;
    verdict.version = system.version.map(|version| version.to_string());
    let said = device.facts.get(&model::device::Field::OsVersion);
    let source = said.map(|said| said.source.as_str()).unwrap_or_default();
    let fetched = device.records.iter().find(|record| record.key.source == source);
    let fetched_at = fetched.map_or(now, |record| record.fetched_at);
    let by_table = verdict.by(source, said.and_then(|said| said.observed_at), fetched_at);
    let seen = device.practices.get(&Practice::UpToDate).map(Vec::as_slice).unwrap_or_default();
    let stated = seen.iter().map(|seen| super::judge(check, device.platform, seen));
    [by_table].into_iter().chain(stated).collect()
}
