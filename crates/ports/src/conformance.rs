//! What every implementation of a port must keep, as a suite that it runs in its own tests.
//!
//! Each claim gets a fresh, empty store and knows nothing but the port: no database, no executor.

mod atomic;
mod blocklist;
mod cases;
mod chain;
mod devices;
mod enricher;
mod event_log;
mod outbox;
mod pager;
mod races;
mod reads;
mod records;
mod responder;
mod sample;
mod states;
mod tallies;
mod timers;

use std::sync::Arc;

pub use blocklist::blocklist;
pub use devices::devices;
pub use enricher::{AtHand, EnricherStage, enricher};
pub use pager::{PagerStage, page, pager};
pub use responder::{Mishap, Stage, responder};

use crate::{event_log::EventLog, states::States, store::Store};

pub use event_log::sample::batch as sample_batch;

/// Each claim, on something of its own that `$make` makes.
macro_rules! claims {
    ($make:ident; $($module:ident: $($claim:ident),* $(,)?;)*) => {
        $($($module::$claim(&*$make().await).await;)*)*
    };
}

/// Runs every claim about a store, each on a store of its own. Panics where one is not kept.
pub async fn store(make: impl AsyncFn() -> Arc<dyn Store>) {
    claims! { make;
        atomic: a_refused_commit_leaves_nothing_behind, a_commit_happens_as_a_whole,
            done_work_may_be_set_again_in_the_same_commit;
        cases: versions_rise_by_one, a_group_key_is_unique_among_open_cases,
            a_listing_is_newest_first_and_continues_below_its_cursor, each_filter_narrows_a_listing,
            a_listing_leaves_snapshots_out, cases_are_counted_by_state,
            a_desk_is_kept_by_person_and_version;
        outbox: due_rows_are_claimed_once_in_order, a_lapsed_lease_voids_the_claim_before_it,
            a_row_born_leased_waits_for_its_lease, a_row_put_back_waits_and_its_claim_is_void,
            the_next_row_is_known_by_destination, expired_rows_are_claimed_all_the_same,
            an_id_is_taken_once;
        timers: due_timers_are_claimed_once_in_order, setting_a_timer_voids_a_claim,
            a_timer_of_the_same_name_never_repeats_a_fence, a_cancelled_timer_is_gone,
            a_timer_put_back_waits_and_its_claim_is_void, the_next_timer_is_known;
        records: an_insert_meets_nothing_unexpired, a_swap_replaces_exactly_what_was_read,
            a_record_is_taken_once, put_and_delete_do_not_ask, conditions_see_earlier_operations,
            a_sweep_takes_expired_records_only, records_are_listed_in_byte_order_by_owner,
            spaces_do_not_mix;
        tallies: tallies_add_up_by_key_day_and_name, a_tally_may_be_taken_off_again,
            tallies_are_read_by_the_first_bytes_of_their_key, a_refused_commit_counts_nothing,
            hostile_keys_are_kept_short, a_sweep_forgets_old_tallies;
        chain: the_journal_is_in_order_and_vouched_for, erasing_leaves_the_chain_whole,
            instants_are_kept_to_the_microsecond, hostile_text_and_bytes_come_back_as_they_went_in,
            the_chain_is_read_in_pages;
        reads: a_look_up_finds_what_single_reads_find, a_look_up_of_nothing_finds_nothing;
        races: of_parallel_takes_one_succeeds, of_parallel_case_writes_one_succeeds,
            of_parallel_openings_of_a_group_one_succeeds, of_parallel_inserts_one_succeeds,
            parallel_claims_never_share_a_row, parallel_commits_make_one_whole_chain,
            work_is_finished_once;
    }
}

/// Runs every claim about an event log, each on a log of its own that drops what retention lets
/// go batch by batch. Panics where one is not kept.
pub async fn event_log(make: impl AsyncFn() -> Arc<dyn EventLog>) {
    use event_log::{appending, reading, retaining};
    claims! { make;
        appending: positions_count_from_zero_without_a_gap, parallel_appends_all_find_their_place,
            a_batch_that_is_too_large_is_refused_and_takes_no_position,
            the_ends_of_the_log_are_known, the_newest_fingerprints_come_first;
        reading: a_batch_comes_back_as_it_went_in, a_read_takes_as_many_batches_as_fit,
            a_walk_over_the_log_meets_every_batch_once, a_range_of_time_leaves_out_the_rest,
            a_fraction_of_a_microsecond_hides_no_event, a_read_past_the_end_finds_nothing;
        retaining: what_is_too_old_goes_oldest_first, what_is_too_much_goes_oldest_first,
            the_newest_batch_always_stays, what_detection_needs_stays,
            positions_go_on_after_everything_before_went;
    }
}

/// Runs every claim about a store of detection's states, each on one of its own. Panics where one
/// is not kept.
pub async fn states(make: impl AsyncFn() -> Arc<dyn States>) {
    claims! { make;
        states: values_come_back_in_the_order_of_the_keys, a_value_replaces_the_one_before,
            an_entity_can_be_forgotten, the_last_of_two_values_in_one_save_holds,
            a_checkpoint_replaces_the_one_before_with_all_its_parts,
            a_save_without_a_checkpoint_leaves_it, many_entities_are_loaded_in_one_call,
            entities_are_counted, nothing_is_left_after_clearing;
    }
}
