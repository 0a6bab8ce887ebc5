//! What calibration promises, and keeps.

mod files;
mod reports;

use proptest::prelude::*;

use super::*;
use crate::baseline::{
    Mode,
    example::{World, at, event_at},
};

const DAY_S: i64 = 86_400;
/// A Monday.
const FROM: i64 = 1_795_392_000;

fn rule() -> Rule {
    Rule {
        id: "rule-1".into(),
        meaning: 0x8b1f,
        per_person: 1.0,
        every: Span::days(30),
        group_window: Span::hours(1),
        floor: 1.0,
        written: 1.5,
    }
}

fn range(days: i64, people: u32) -> Range {
    Range { from: at(FROM), to: at(FROM + days * DAY_S), people }
}

fn sample(found: &[(u128, i64, f64)]) -> Sample {
    let mut sample = Sample::default();
    for (who, second, score) in found {
        sample.add(Who(*who), at(FROM + second), *score);
    }
    sample.settle();
    sample
}

fn found() -> impl Strategy<Value = Vec<(u128, i64, f64)>> {
    let score = (100_u32..1_000).prop_map(|score| f64::from(score) / 100.0);
    proptest::collection::vec((0_u128..12, 0..30 * DAY_S, score), 0..300)
}

#[test]
fn what_comes_within_the_window_of_a_question_joins_it() {
    let of = |seconds: &[i64]| {
        let found: Vec<_> = seconds.iter().map(|second| (1, *second, 2.0)).collect();
        sample(&found).questions(1.0, Span::hours(1))
    };
    assert_eq!(of(&[0, 1_800, 3_600]), 1);
    assert_eq!(of(&[0, 1_800, 3_601]), 2, "counted from the question, not from the last");
    let two = sample(&[(1, 0, 2.0), (2, 1, 2.0), (1, 2, 2.0)]);
    assert_eq!(two.questions(1.0, Span::hours(1)), 2, "one each");
    assert_eq!(two.asked(1.0, Span::ZERO), [(Who(1), 2), (Who(2), 1)]);
}

proptest! {
    #[test]
    fn a_higher_threshold_never_asks_more(found in found(), window_h in 0_u64..48) {
        let sample = sample(&found);
        let window = Span::hours(window_h);
        let counts: Vec<u64> =
            sample.scores().iter().map(|score| sample.questions(*score, window)).collect();
        prop_assert!(counts.is_sorted_by(|lower, higher| lower >= higher), "{:?}", counts);
    }

    #[test]
    fn the_budget_is_kept_and_used(
        found in found(),
        per_person in 0.05_f64..3.0,
        people in 12_u32..60,
    ) {
        let (sample, range) = (sample(&found), range(30, people));
        let rule = Rule { per_person, ..rule() };
        let choice = choose(&rule, &sample, &range);
        let planned = choice.allowed * PLANNED_SHARE;
        prop_assert!(choice.threshold >= rule.floor);
        prop_assert!(choice.expected.questions as f64 <= planned);
        // A score lower would have asked too much, unless there is none.
        let lower = sample.scores().into_iter().rfind(|score| *score < choice.threshold - 0.005);
        if let Some(lower) = lower.filter(|_| !sample.is_empty()) {
            prop_assert!(sample.questions(lower, rule.group_window) as f64 > planned);
        }
        let of_curve = choice.curve.iter().find(|point| point.threshold == choice.threshold);
        prop_assert_eq!(of_curve.expect("the chosen one is on the curve").spent, choice.expected);
        let is_falling = choice.curve.is_sorted_by(|one, next| {
            one.threshold < next.threshold && one.spent.questions >= next.spent.questions
        });
        prop_assert!(is_falling);
    }

    #[test]
    fn the_order_of_findings_does_not_matter(found in found(), most in 10_usize..400) {
        let of = |found: &[(u128, i64, f64)]| {
            let mut sample = Sample::of(most);
            found.iter().for_each(|(who, at_s, score)| sample.add(Who(*who), at(FROM + at_s), *score));
            sample.settle();
            prop_assert!(sample.scores().len() <= most);
            Ok(sample)
        };
        let one = of(&found)?;
        let mut back = found.clone();
        back.reverse();
        let other = of(&back)?;
        if one.dropped().is_none() && other.dropped().is_none() {
            let (one, other) = [&one, &other].map(|it| choose(&rule(), it, &range(30, 20))).into();
            prop_assert_eq!(one, other);
        }
        // Above what was dropped, everything is there.
        let from = one.dropped().unwrap_or(0.0) + 0.001;
        let whole = sample(&found);
        prop_assert_eq!(
            one.questions(from, Span::hours(1)),
            whole.questions(from, Span::hours(1))
        );
    }

    #[test]
    fn a_proposal_moves_a_fifth_at_most_and_never_below_the_floor(
        found in found(),
        threshold in 1.0_f64..12.0,
        promised in 0.0_f64..2.0,
        people in 12_u32..100,
    ) {
        let rule = rule();
        let entry = Entry { threshold, expected_per_person: promised, ..entry() };
        let check = recheck(&rule, &entry, &sample(&found), &range(30, people));
        let Some(proposal) = check.proposal else { return Ok(()) };
        prop_assert!(proposal.threshold >= rule.floor);
        prop_assert!((proposal.threshold / threshold - 1.0).abs() <= 0.2 + 0.01);
        let is_over = check.spent.questions as f64 > check.allowed;
        prop_assert_eq!(is_over, proposal.threshold > threshold);
    }
}

fn entry() -> Entry {
    Entry {
        threshold: 2.0,
        expected_per_person: 0.8,
        expected_per_day_per_1000: 26.7,
        meaning: 0x8b1f,
        from: at(FROM),
        to: at(FROM + 30 * DAY_S),
        people: 40,
    }
}

fn warnings(found: &[(u128, i64, f64)], range: Range) -> Vec<Warning> {
    choose(&rule(), &sample(found), &range).warnings
}

#[test]
fn what_makes_a_choice_doubtful_is_told() {
    let steady: Vec<_> =
        (0..400).map(|n| (n % 40, n as i64 * 5_000, 1.0 + f64::from(n as u32) / 100.0)).collect();
    assert_eq!(warnings(&steady, range(30, 40)), []);
    let short = Warning::ShortHistory { days: 10.0, needed: 30.0 };
    assert!(warnings(&steady, range(10, 40)).contains(&short));
    assert!(warnings(&steady, range(30, 9)).contains(&Warning::FewPeople { people: 9 }));
    assert_eq!(warnings(&[], range(30, 40)), [Warning::NothingFound]);
    assert_eq!(warnings(&steady[..3], range(30, 40)), [Warning::BudgetLeft]);
    let one: Vec<_> = (0..20).map(|n| (7, n * DAY_S, 9.0)).chain([(8, 0, 9.0)]).collect();
    let told = warnings(&one, range(30, 40));
    let is_one =
        |it: &Warning| matches!(it, Warning::Dominated { who: Who(7), share } if *share > 0.9);
    assert!(told.iter().any(is_one), "{told:?}");
    let alike: Vec<_> = (0..40).flat_map(|n| [(n, 0, 5.0), (n, DAY_S, 5.0)]).collect();
    assert_eq!(warnings(&alike, range(30, 40)), [Warning::NothingFits]);
}

#[test]
fn nothing_found_keeps_the_written_threshold() {
    let choice = choose(&rule(), &sample(&[]), &range(30, 40));
    assert_eq!((choice.threshold, choice.expected.questions), (1.5, 0));
}

/// Sixty days of forty people who download files: most a few, some many, all now and then more.
fn company(world: &mut World, days: std::ops::Range<i64>, mut took: impl FnMut(u128, i64, f64)) {
    let mut random = 7_u64;
    let mut below = |end: u64| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % end
    };
    // The same numbers, whichever part of the days is asked for.
    for day in (0..days.end).filter(|day| day % 7 < 5) {
        for person in 0..40 {
            let usual = 3 + person % 9;
            let count = match below(40) {
                0 => usual * (2 + below(6)),
                _ => usual + below(4),
            };
            let hour = 9 + below(8);
            if !days.contains(&day) {
                continue;
            }
            for n in 0..count {
                let second = FROM + day * DAY_S + (hour * 3_600 + n) as i64;
                let mut event = event_at(second);
                event.actor.id = Some(format!("person-{person}").into());
                for finding in world.see(&event) {
                    took(u128::from(person), second, finding.score);
                }
            }
        }
    }
}

#[test]
fn a_threshold_chosen_from_the_first_part_keeps_the_budget_on_the_rest() {
    let yaml = "{ kind: volume, selection: { a: b }, window: 1h, floor: 6, drift: false, \
         minimum: { events: 20, days: 5 } }";
    let rule = Rule { per_person: 0.5, every: Span::days(30), ..rule() };
    let mut world = World::of(yaml);
    world.mode = Mode::Measure;
    let mut sample = Sample::default();
    company(&mut world, 0..126, |who, second, score| sample.add(Who(who), at(second), score));
    sample.settle();
    // The first weeks were spent on learning.
    let range = Range { from: at(FROM + 28 * DAY_S), ..range(126, 40) };
    let held = held_out(&rule, &sample, &range, 0.5);
    assert!(held.choice.threshold > rule.floor, "{held:?}");
    assert!(held.spent.questions > 0 && held.spent.questions as f64 <= held.allowed, "{held:?}");

    // Live, with that threshold, asks what was counted: each question is confirmed.
    let mut live = World::of(yaml);
    live.mode = Mode::Shadow;
    live.threshold = Some(held.choice.threshold);
    let mut asked = Sample::default();
    company(&mut live, 0..126, |who, second, score| asked.add(Who(who), at(second), score));
    asked.settle();
    let lived = asked.between(held.range.from, held.range.to).questions(0.0, rule.group_window);
    let counted = held.spent.questions;
    assert!(lived.abs_diff(counted) <= 2 + counted / 4, "{lived} lived, {counted} counted");
}

#[test]
fn a_rule_that_spends_too_much_is_noticed_and_a_first_step_proposed() {
    let rule = rule();
    let found: Vec<_> = (0..400)
        .map(|n| (n % 40, i64::try_from(n).expect("small") * 6_000, 3.0 + (n / 40) as f64 / 10.0))
        .collect();
    let check = recheck(&rule, &entry(), &sample(&found), &range(30, 40));
    assert!(check.spent.questions as f64 > check.allowed);
    let proposal = check.proposal.expect("a change");
    assert!((proposal.threshold - 2.4).abs() < 1e-9 && proposal.wanted > 3.0, "{proposal:?}");
    let quiet = recheck(&rule, &entry(), &sample(&[]), &range(30, 40));
    assert_eq!(quiet.proposal, None, "nothing was found, so nothing is known");
}
