//! What every store of devices must keep. Each claim gets a fresh, empty one.

mod beside;
mod dossiers;
mod lists;
mod sample;
mod signals;

use std::sync::Arc;

use crate::devices::store::DeviceStore;

/// Runs every claim, each on a store of its own. Panics where one is not kept.
pub async fn devices(make: impl AsyncFn() -> Arc<dyn DeviceStore>) {
    macro_rules! claims {
        ($($module:ident: $($claim:ident),* $(,)?;)*) => {
            $($($module::$claim(&*make().await).await;)*)*
        };
    }
    claims! {
        dossiers: a_dossier_comes_back_as_it_was_written, a_commit_names_the_revision_it_read,
            a_refused_commit_leaves_nothing_behind, a_record_belongs_to_one_device,
            a_record_that_moves_takes_its_software_along, software_is_read_only_where_it_is_shown,
            of_parallel_commits_of_one_revision_one_succeeds, a_device_that_ended_is_gone;
        lists: a_device_is_found_by_what_its_records_have, a_device_is_found_by_ids_that_it_had,
            each_filter_narrows_a_list, a_list_continues_after_its_cursor,
            a_persons_page_is_one_call, a_page_shows_a_limited_number, the_census_counts_the_fleet,
            what_a_source_no_longer_lists_is_found, due_devices_come_earliest_first;
        beside: history_is_added_and_read_both_ways, history_is_forgotten_by_device,
            decisions_last_until_they_are_withdrawn, exemptions_are_replaced_by_their_key,
            sources_stand_as_they_last_did, a_day_is_kept_as_it_was_last_counted,
            days_that_are_long_past_are_forgotten;
        signals: signals_wait_in_their_order, a_signal_is_told_until_it_is_done,
            an_id_waits_once_for_each_receiver, what_waits_for_anybody_is_read_on_after_a_number;
    }
}
