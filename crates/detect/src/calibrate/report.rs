//! Calibration in words: a table for people, JSON for programs.
//!
//! Who is meant by a [`Who`] is the caller's to say; names are personal and appear only here.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    Choice, HeldOut, Note, Point, Recheck, Rule, SOUND_PER_DAY_PER_1000, Spent, Warning, Who,
};

/// The curve of a rule and what to know, as a table.
#[must_use]
pub fn table(rule: &Rule, choice: &Choice, names: &dyn Fn(Who) -> String) -> String {
    let mut text = String::new();
    let per = rule.every;
    line(&mut text, &format!("{}: threshold {:.2}", rule.id, choice.threshold));
    line(
        &mut text,
        &format!("  budget {} for each person every {per}; planned with four fifths of it", {
            rule.per_person
        }),
    );
    line(
        &mut text,
        &format!(
            "  {:>10} {:>9} {:>12} {:>12} {:>7}  asked most",
            "threshold",
            "questions",
            format!("a person/{per}"),
            "a day/1,000",
            "people"
        ),
    );
    for point in &choice.curve {
        line(&mut text, &row(rule, choice, point, names));
    }
    for warning in &choice.warnings {
        line(&mut text, &format!("  ! {}", warning_text(warning, names)));
    }
    text
}

fn row(rule: &Rule, choice: &Choice, point: &Point, names: &dyn Fn(Who) -> String) -> String {
    let most: Vec<String> =
        point.most.iter().map(|(who, times)| format!("{} {times}", names(*who))).collect();
    let mut row = format!(
        "  {:>10.2} {:>9} {:>12.3} {:>12.2} {:>7}  {}",
        point.threshold,
        point.spent.questions,
        point.spent.per_person,
        point.spent.per_day_per_1000,
        point.people,
        most.join(", ")
    );
    let marks = [
        (point.threshold == choice.threshold, "chosen"),
        (point.threshold == rule.written, "written"),
        (point.threshold == rule.floor, "hard floor"),
    ];
    for (is_it, mark) in marks {
        if is_it {
            let _ = write!(row, " [{mark}]");
        }
    }
    row
}

/// What all rules together ask, compared with a sound default.
#[must_use]
pub fn total(choices: &[Choice]) -> String {
    let each = choices.iter().map(|choice| choice.expected.per_day_per_1000);
    let sum = each.fold(0.0, |sum: f64, one| sum + one);
    let verdict = if sum > SOUND_PER_DAY_PER_1000 { "more than" } else { "within" };
    format!(
        "{} rules together ask {sum:.2} questions a day of 1,000 people: {verdict} the \
         {SOUND_PER_DAY_PER_1000} that are a sound default\n",
        choices.len()
    )
}

/// How a choice did on history it was not made from.
#[must_use]
pub fn held_out(rule: &Rule, held: &HeldOut) -> String {
    let verdict = if held.spent.questions as f64 <= held.allowed { "kept" } else { "exceeded" };
    format!(
        "{}: threshold {:.2} from the first part promised {:.3} for each person every {}, and \
         spent {:.3} on the remaining {:.1} days ({} questions, {:.1} allowed): budget {verdict}\n",
        rule.id,
        held.choice.threshold,
        held.choice.expected.per_person,
        rule.every,
        held.spent.per_person,
        held.range.days(),
        held.spent.questions,
        held.allowed
    )
}

/// How a threshold in use does, and what is proposed.
#[must_use]
pub fn rechecked(rule: &Rule, check: &Recheck) -> String {
    let mut text = format!(
        "{}: threshold {:.2} promised {:.3} for each person every {} and spent {:.3}",
        rule.id, check.threshold, check.promised_per_person, rule.every, check.spent.per_person
    );
    if let Some(proposal) = &check.proposal {
        let _ = write!(
            text,
            "; proposed: {:.2}, which would have spent {:.3}",
            proposal.threshold, proposal.expected.per_person
        );
        if proposal.threshold != proposal.wanted {
            let _ = write!(text, " (a first step towards {:.2})", proposal.wanted);
        }
    }
    text.push('\n');
    text
}

/// A warning as a sentence.
#[must_use]
pub fn warning_text(warning: &Warning, names: &dyn Fn(Who) -> String) -> String {
    match warning {
        Warning::ShortHistory { days, needed } => {
            format!("the history has {days:.1} days, and {needed:.0} are needed to trust this")
        }
        Warning::FewPeople { people } => {
            format!("{people} people are too few to trust this")
        }
        Warning::NothingFound => "nothing was found above the hard floor: the written threshold \
             stays"
            .to_owned(),
        Warning::Dominated { who, share } => format!(
            "{} alone would be asked {:.0} % of all questions: look at that account before \
             everybody's threshold follows it",
            names(*who),
            share * 100.0
        ),
        Warning::BudgetLeft => {
            "the budget is not used up even at the lowest threshold that may be chosen".to_owned()
        }
        Warning::NothingFits => {
            "no score that was measured keeps the budget: with this threshold the rule is silent"
                .to_owned()
        }
        Warning::Truncated { below } => {
            format!(
                "scores up to {below:.2} were too many to keep: a lower threshold was not tried"
            )
        }
    }
}

/// A note on the file as a sentence.
#[must_use]
pub fn note_text(note: &Note) -> String {
    match note {
        Note::UnknownRule { id, nearest: Some(nearest) } => {
            format!("{id}: no baseline has this id; did you mean `{nearest}`?")
        }
        Note::UnknownRule { id, nearest: None } => format!("{id}: no baseline has this id"),
        Note::OtherMeaning { id } => format!(
            "{id}: the baseline has changed since it was calibrated: its own threshold is in force \
             until it is calibrated again"
        ),
        Note::BelowFloor { id, floor } => {
            format!("{id}: below the hard floor, so that {floor} is in force")
        }
    }
}

/// All of a choice for programs.
#[must_use]
pub fn json(rule: &Rule, choice: &Choice, names: &dyn Fn(Who) -> String) -> Value {
    let point = |point: &Point| {
        let most =
            point.most.iter().map(|(who, times)| json!({ "who": names(*who), "questions": times }));
        let mut value = spent(&point.spent);
        value["threshold"] = json!(point.threshold);
        value["people"] = json!(point.people);
        value["most"] = Value::Array(most.collect());
        value
    };
    let warnings = choice.warnings.iter().map(|warning| warning_text(warning, names));
    json!({
        "rule": rule.id,
        "meaning": format!("{:016x}", rule.meaning),
        "threshold": choice.threshold,
        "written": rule.written,
        "floor": rule.floor,
        "budget": { "per_person": rule.per_person, "every": rule.every.to_string() },
        "expected": spent(&choice.expected),
        "allowed_questions": choice.allowed,
        "curve": choice.curve.iter().map(point).collect::<Vec<_>>(),
        "warnings": warnings.collect::<Vec<_>>(),
    })
}

fn spent(spent: &Spent) -> Value {
    json!({
        "questions": spent.questions,
        "per_person": spent.per_person,
        "per_day_per_1000": spent.per_day_per_1000,
    })
}

fn line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}
