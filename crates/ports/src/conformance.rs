//! What every implementation of a port must keep, as a suite that it runs in its own tests.
//!
//! Each claim gets a fresh, empty store and knows nothing but the port: no database, no executor.

mod atomic;
mod blocklist;
mod cases;
mod chain;
mod devices;
mod outbox;
mod pager;
mod races;
mod reads;
mod records;
mod responder;
mod sample;
mod timers;

use std::sync::Arc;

pub use blocklist::blocklist;
pub use devices::devices;
pub use pager::{PagerStage, page, pager};
pub use responder::{Mishap, Stage, responder};

use crate::store::Store;

/// Runs every claim about a store, each on a store of its own. Panics where one is not kept.
pub async fn store(make: impl AsyncFn() -> Arc<dyn Store>) {
    macro_rules! claims {
        ($($module:ident: $($claim:ident),* $(,)?;)*) => {
            $($($module::$claim(&*make().await).await;)*)*
        };
    }
    claims! {
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
