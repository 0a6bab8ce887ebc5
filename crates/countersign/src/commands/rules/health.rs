//! `countersign rules health`: how rules do, by what became of their cases.

use std::{io, path::Path};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{
    api::Api,
    cli::rules::HealthArgs,
    ending::{Ended, Ending},
    server::Access,
    terminal::{self, Look},
};

const HEAD: [&str; 9] =
    ["RULE", "VERSION", "CASES", "ASKED", "EACH", "REAL", "UNANSWERED", "HALF WITHIN", "PROPOSED"];

/// Prints a line for each rule, or for each version of one.
pub(super) async fn run(config: &Path, args: &HealthArgs) -> Ended {
    let api = Api::reach(&args.reach, config, Access::Look).await?;
    let days = [("days", args.days.to_string())];
    let told = match &args.rule {
        None => api.get("v1/rules/health", &days).await?,
        Some(rule) => {
            let rule = utf8_percent_encode(rule, NON_ALPHANUMERIC);
            api.get(&format!("v1/rules/{rule}/health"), &days).await?
        }
    };
    if args.output.json {
        terminal::print(&told.to_string())?;
        return Ok(Ending::Done);
    }
    let rows = match &args.rule {
        None => items(&told["items"]).iter().map(of_rule).collect(),
        Some(_) => items(&told["versions"]).iter().map(|it| of_version(&told, it)).collect(),
    };
    let rows: Vec<Vec<String>> = rows;
    terminal::written(Look::of_stdout().table(&mut io::stdout().lock(), &HEAD, &rows))?;
    if is_cut(&told) {
        eprintln!("More was counted than is read at once: the numbers may be too low.");
    }
    Ok(Ending::Done)
}

fn is_cut(told: &Value) -> bool {
    let is_cut = |rule: &Value| rule["is_cut"].as_bool().unwrap_or(false);
    is_cut(told) || items(&told["items"]).iter().any(is_cut)
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn of_rule(rule: &Value) -> Vec<String> {
    let proposed: Vec<&str> = items(&rule["versions"])
        .iter()
        .filter_map(|version| version["proposal"]["change"].as_str())
        .collect();
    row(rule, &format!("{} in all", items(&rule["versions"]).len()), &rule["all"], &proposed)
}

fn of_version(rule: &Value, version: &Value) -> Vec<String> {
    let proposed: Vec<&str> = version["proposal"]["change"].as_str().into_iter().collect();
    let name = version["version"].as_str().unwrap_or_default();
    row(rule, name, &version["health"], &proposed)
}

fn row(rule: &Value, version: &str, health: &Value, proposed: &[&str]) -> Vec<String> {
    let number = |name: &str| health[name].as_u64().unwrap_or_default().to_string();
    let each = health["questions_per_person"].as_f64();
    let within = health["answer_median_within_s"].as_u64();
    vec![
        rule["rule"].as_str().unwrap_or_default().to_owned(),
        version.to_owned(),
        number("cases"),
        number("asked"),
        each.map_or_else(String::new, |each| format!("{each:.1}")),
        share(&health["precision"]),
        share(&health["unanswered"]),
        within.map_or_else(String::new, |seconds| format!("{seconds} s")),
        proposed.join(", "),
    ]
}

/// A share as `12 % (5-26)`.
fn share(interval: &Value) -> String {
    let percent = |name: &str| interval[name].as_f64().map(|share| share * 100.0);
    match (percent("share"), percent("low"), percent("high")) {
        (Some(share), Some(low), Some(high)) => format!("{share:.0} % ({low:.0}-{high:.0})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_is_one_line_and_what_is_not_known_is_empty() {
        let interval = json!({ "share": 0.125, "low": 0.05, "high": 0.261, "of": 40 });
        let health = json!({
            "cases": 41, "asked": 40, "questions_per_person": 2.5, "precision": interval,
            "unanswered": null, "answer_median_within_s": 300,
        });
        let proposal = json!({ "change": "demote" });
        let version = json!({ "version": "ab12", "health": health, "proposal": proposal });
        let rule = json!({ "rule": "new-device", "all": health, "versions": [version] });
        let expected = ["41", "40", "2.5", "12 % (5-26)", "", "300 s", "demote"];
        assert_eq!(of_rule(&rule)[2..], expected);
        assert_eq!(of_version(&rule, &version)[..2], ["new-device", "ab12"]);
        assert_eq!(row(&rule, "x", &json!({}), &[])[2..], ["0", "0", "", "", "", "", ""]);
    }
}
