//! What is printed.

use super::{super::*, FROM, at, entry, range, rule, sample};

fn name(who: Who) -> String {
    format!("person-{}", who.0)
}

/// A few findings, two of them of one person within an hour.
fn few() -> Sample {
    let day = 86_400;
    sample(&[
        (1, 0, 4.0),
        (1, 600, 1.2),
        (1, day, 1.1),
        (1, 2 * day, 1.3),
        (2, 0, 2.0),
        (2, day, 1.4),
        (3, 0, 1.05),
        (4, 0, 9.0),
    ])
}

#[test]
fn a_table_shows_what_each_threshold_costs_and_whom() {
    let rule = Rule { per_person: 0.35, ..rule() };
    let choice = choose(&rule, &few(), &range(30, 10));
    let table = report::table(&rule, &choice, &name);
    assert_eq!(
        table,
        "\
rule-1: threshold 4.00
  budget 0.35 for each person every 30d; planned with four fifths of it
   threshold questions a person/30d  a day/1,000  people  asked most
        1.00         7        0.700        23.33       4  person-1 3, person-2 2, person-3 1 [hard floor]
        1.50         3        0.300        10.00       3  person-1 1, person-2 1, person-4 1 [written]
        2.00         3        0.300        10.00       3  person-1 1, person-2 1, person-4 1
        4.00         2        0.200         6.67       2  person-1 1, person-4 1 [chosen]
        9.00         1        0.100         3.33       1  person-4 1
"
    );
}

#[test]
fn the_same_is_told_to_programs() {
    let rule = Rule { per_person: 0.35, ..rule() };
    let choice = choose(&rule, &few(), &range(30, 9));
    let json = report::json(&rule, &choice, &name);
    assert_eq!(json["rule"], "rule-1");
    assert_eq!(json["meaning"], "0000000000008b1f");
    assert_eq!(json["budget"]["every"], "30d");
    assert_eq!(json["curve"][0]["most"][0]["who"], "person-1");
    assert_eq!(json["expected"]["questions"], choice.expected.questions);
    assert_eq!(json["warnings"][0], "9 people are too few to trust this");
}

#[test]
fn all_rules_together_are_compared_with_a_sound_default() {
    let rule = Rule { per_person: 0.35, ..rule() };
    let choice = choose(&rule, &few(), &range(30, 10));
    let of = |count| report::total(&vec![choice.clone(); count]);
    let within = "0 rules together ask 0.00 questions a day of 1,000 people: within the 5 that \
         are a sound default\n";
    assert_eq!(of(0), within);
    assert!(of(2).contains("ask 13.33 questions") && of(2).contains("more than the 5"));
}

#[test]
fn what_was_promised_is_compared_with_what_was_spent() {
    let rule = rule();
    let range = Range { from: at(FROM), to: at(FROM + 4 * 86_400), people: 40 };
    let held = held_out(&rule, &few(), &range, 0.5);
    let told = report::held_out(&rule, &held);
    assert_eq!(
        told,
        "rule-1: threshold 4.00 from the first part promised 0.750 for each person every 30d, and \
         spent 0.000 on the remaining 2.0 days (0 questions, 2.7 allowed): budget kept\n"
    );
    let check = recheck(&rule, &Entry { threshold: 1.5, ..entry() }, &few(), &range);
    assert_eq!(
        report::rechecked(&rule, &check),
        "rule-1: threshold 1.50 promised 0.800 for each person every 30d and spent 0.562\n"
    );
}

#[test]
fn every_warning_is_a_sentence() {
    for (warning, words) in [
        (Warning::ShortHistory { days: 9.96, needed: 30.0 }, "the history has 10.0 days, and 30"),
        (Warning::NothingFound, "nothing was found"),
        (Warning::Dominated { who: Who(3), share: 0.613 }, "person-3 alone would be asked 61 %"),
        (Warning::BudgetLeft, "the budget is not used up"),
        (Warning::NothingFits, "no score that was measured keeps the budget"),
        (Warning::Truncated { below: 1.5 }, "scores up to 1.50 were too many to keep"),
    ] {
        let told = report::warning_text(&warning, &name);
        assert!(told.starts_with(words), "{told}");
    }
}
