//! Whatever is reported, nothing is good for lack of data.

use proptest::{prelude::*, sample::select};

use super::*;

fn any_gap() -> impl Strategy<Value = Evidence> {
    prop_oneof![
        select(vec![Gap::NotReported, Gap::Permission, Gap::Unreadable])
            .prop_map(Evidence::Unknown),
        Just(Evidence::Absent(Absence::Unsupported)),
        Just(Evidence::Volumes(Vec::new())),
        Just(Evidence::Parts(Vec::new())),
        prop::collection::vec("[a-z]{1,4}", 1..4).prop_map(|names| {
            let part = |name: String| Part { name, is_on: None };
            Evidence::Parts(names.into_iter().map(part).collect())
        }),
        any::<Option<u32>>()
            .prop_map(|delay_seconds| Evidence::Lock(Lock { is_on: None, delay_seconds })),
        any::<bool>().prop_map(|is_removable| {
            let state = if is_removable { VolumeState::Encrypted } else { VolumeState::Unknown };
            Evidence::Volumes(vec![Volume {
                name: "v".to_owned(),
                is_removable,
                is_recovery: false,
                capacity_mb: None,
                state,
                percent: None,
                is_protected: None,
            }])
        }),
    ]
}

/// Records that say nothing which anybody could call good.
fn any_silence() -> impl Strategy<Value = Vec<SourceRecord>> {
    let practice = select(Practice::BUILT_IN.to_vec());
    let observations = prop::collection::btree_map(practice, any_gap(), 0..8);
    // Of these an operating system's encryption is built in, which is something known.
    let platform = select(vec![
        Platform::Macos,
        Platform::Windows,
        Platform::Linux,
        Platform::Android,
        Platform::Other,
        Platform::Unknown,
    ]);
    prop::collection::vec((platform, observations, prop::option::of(0_u64..9)), 1..4).prop_map(
        |said| {
            // One platform for all: others would be another device.
            let platform = said[0].0;
            let record = |(n, (_, seen, synced)): (usize, (_, _, Option<u64>))| {
                let mut made = record(&format!("s{n}"), "1").serial("C02XL0GTJGH5").on(platform);
                made.last_sync = synced.map(hour);
                let seen: std::collections::BTreeMap<Practice, Evidence> = seen;
                made.practices =
                    seen.into_iter().map(|(it, seen)| (it, Observation::new(seen))).collect();
                made
            };
            said.into_iter().enumerate().map(record).collect()
        },
    )
}

proptest! {
    #[test]
    fn nothing_is_ok_for_lack_of_data(
        records in any_silence(),
        is_best in any::<bool>(),
        hours in 0_u64..5_000,
    ) {
        let agent = ("a.yml", "id: a\nowner: o\nagent: { name: Foobar.app }\n");
        let when = ("w.yml", "id: w\nowner: o\nwhen: '!has(attribute.x) || !has(seen.jailed)'\n");
        let choice = if is_best { Choice::Best } else { Choice::Newest };
        let circumstances = Circumstances { choice, ..Circumstances::at(hour(hours)) };
        let evaluation = judge_at(&records, &[agent, when], &circumstances);
        for result in &evaluation.results {
            prop_assert_ne!(result.state, State::Ok, "{:?}", result);
            prop_assert_eq!(result.value, None);
            prop_assert!(!result.details.is_empty(), "{} says why", result.practice);
        }
        prop_assert_eq!(evaluation.grade(), Grade::Incomplete);
    }
}
