//! What a file may hold.
//!
//! ```yaml
//! title: Sign-in from a network new to this person
//! id: 2f6f1c1e-5b0e-4d0b-9f0f-6b1a9e5d7c11
//! name: new_network                  # a shorter word, for other rules to use
//! status: stable                     # level, description, author, references, date, tags, … as in
//! level: medium                      #   Sigma
//! tags: [attack.initial-access, attack.t1078.004]
//! logsource: { product: okta, service: okta }
//! detection: { selection: { … }, condition: selection }
//!                                    # or `correlation:`, or `filter:`, or `baseline:`
//! countersign: { … }                 # see `rule/meta.rs`
//! ```

use std::sync::Arc;

use content::{FileProblem, Problems, Section, hash};
use serde::Deserialize as _;
use serde_norway::{Deserializer, Mapping, Value};

use super::{
    BaselineBody, Body, FILE_BYTES_MAX, Filter, LoadOptions, Meta, Origin, Rule, RuleFile, State,
    correlation, head,
    head::{Head, Status},
    meta,
};
use crate::{
    baseline::{Baseline, FAMILIAR},
    digest::Digest,
    sigma::Condition,
};

/// How many documents a file of somebody else may hold.
const DOCUMENTS_MAX: usize = 1_000;
/// The key of a baseline's selection, as a detection.
const SELECTION: &str = "selection";

const OWN_KEYS: [&str; 23] = [
    "title",
    "id",
    "name",
    "status",
    "level",
    "description",
    "author",
    "date",
    "modified",
    "references",
    "license",
    "tags",
    "fields",
    "falsepositives",
    "related",
    "scope",
    "taxonomy",
    "sigma-version",
    "logsource",
    "generate",
    "countersign",
    "custom_attributes",
    "definition",
];
const BODIES: [&str; 4] = ["detection", "correlation", "filter", "baseline"];

/// The rules of a file, and everything that is wrong with it. A document with a problem is left out.
pub(super) fn read(file: &RuleFile<'_>, options: &LoadOptions) -> (Vec<Rule>, Vec<FileProblem>) {
    let mut problems = Problems::of(file.name);
    let documents = documents(file, &mut problems);
    let mut rules = Vec::new();
    let mut found = problems.into_vec();
    let is_alone = documents.len() == 1;
    for (at, value) in documents.iter().enumerate() {
        let mut problems = Problems::of(file.name);
        let version = match is_alone {
            true => hash(file.text),
            false => hash(&super::canonical::text(value)),
        };
        let reading = Reading { file, options, at, hash: version };
        let rule = reading.rule(value, &mut problems);
        let is_good = problems.is_empty();
        found.extend(problems.into_vec().into_iter().map(|problem| match is_alone {
            true => problem,
            false => {
                FileProblem { path: format!("document {}: {}", at + 1, problem.path), ..problem }
            }
        }));
        rules.extend(rule.filter(|_| is_good));
    }
    (rules, found)
}

fn documents(file: &RuleFile<'_>, problems: &mut Problems<'_>) -> Vec<Value> {
    if file.text.len() > FILE_BYTES_MAX {
        problems.add("", format!("longer than {FILE_BYTES_MAX} bytes"));
        return Vec::new();
    }
    let mut all = Vec::new();
    for document in Deserializer::from_str(file.text) {
        match Value::deserialize(document) {
            // A file may end with a divider.
            Ok(Value::Null) => {}
            Ok(value) => all.push(value),
            Err(error) => {
                problems.add("", error.to_string());
                return Vec::new();
            }
        }
        if all.len() > DOCUMENTS_MAX {
            problems.add("", format!("more than {DOCUMENTS_MAX} documents"));
            return Vec::new();
        }
    }
    if all.len() > 1 && file.origin == Origin::Own {
        problems.add("", "holds several documents: one rule in a file");
        return Vec::new();
    }
    if all.is_empty() {
        problems.add("", "holds no rule");
    }
    all
}

/// One document that is being read.
struct Reading<'r> {
    file: &'r RuleFile<'r>,
    options: &'r LoadOptions,
    at: usize,
    hash: String,
}

impl Reading<'_> {
    /// Reads every part before it gives up on any, so that all problems are found.
    fn rule(&self, value: &Value, problems: &mut Problems<'_>) -> Option<Rule> {
        let Value::Mapping(map) = value else {
            problems.add("", "must have keys, such as title and detection");
            return None;
        };
        if map.contains_key("action") {
            problems.add("action", "collections are not known: write each rule out");
            return None;
        }
        let top = self.top(value, map, problems)?;
        let fallback = format!("{}#{}", self.file.name, self.at + 1);
        let head = head::read(&top, self.file.origin, &fallback, problems);
        let head = head.unwrap_or_default();
        let meta = self.meta(&top, &head, problems);
        let body = self.body(&top, &head, &meta, problems);
        let meaning = body.as_ref().map_or(0, |(_, meaning)| *meaning);
        Some(Rule {
            file: Arc::from(self.file.name),
            origin: self.file.origin,
            head,
            meta,
            body: body?.0,
            hash: self.hash.clone(),
            meaning,
        })
    }

    /// Ours have known keys only; Sigma allows others.
    fn top<'y>(
        &self,
        value: &'y Value,
        map: &'y Mapping,
        problems: &mut Problems<'_>,
    ) -> Option<Section<'y>> {
        let own: Vec<&str> = OWN_KEYS.iter().chain(&BODIES).copied().collect();
        let known: Vec<&str> = match self.file.origin {
            Origin::Own => own,
            Origin::Sigma => own.into_iter().chain(map.keys().filter_map(Value::as_str)).collect(),
        };
        let top = Section::read(value, "", &known, problems)?;
        for (key, _) in top.entries().filter(|(key, _)| key.starts_with("rsigma.")) {
            problems.add(key, "is an extension of one engine that is not known here");
        }
        Some(top)
    }

    fn meta(&self, top: &Section<'_>, head: &Head, problems: &mut Problems<'_>) -> Meta {
        if let Some(block) = top.get("countersign") {
            return meta::read(block, problems).unwrap_or_default();
        }
        if self.file.origin == Origin::Own {
            problems.add("countersign", "is missing");
        }
        let is_over = matches!(head.status, Some(Status::Deprecated | Status::Unsupported));
        let state = if is_over { State::Deprecated } else { self.options.sigma_state };
        Meta { state, ..Meta::default() }
    }

    fn body(
        &self,
        top: &Section<'_>,
        head: &Head,
        meta: &Meta,
        problems: &mut Problems<'_>,
    ) -> Option<(Body, u128)> {
        let said: Vec<&str> = BODIES.into_iter().filter(|key| top.get(key).is_some()).collect();
        let [kind] = said.as_slice() else {
            problems.add("", "needs one of `detection`, `correlation`, `filter` and `baseline`");
            return None;
        };
        if meta.about.is_some() && matches!(*kind, "correlation" | "filter") {
            problems.add("countersign.about", format!("a {kind} has no events of its own"));
        }
        let value = top.get(kind)?;
        let body = match *kind {
            "detection" => Body::Detection(self.condition(top, value, kind, problems)?),
            "correlation" => {
                let generate = top.flag("generate", problems);
                Body::Correlation(correlation::read(value, generate, problems)?)
            }
            "filter" => Body::Filter(self.filter(top, value, meta, problems)?),
            _ => Body::Baseline(Box::new(self.baseline(top, value, head, problems)?)),
        };
        let meaning = match &body {
            Body::Baseline(body) => Digest::of(kind).number(body.baseline.meaning()),
            _ => Digest::of(kind)
                .text(&head.logsource.to_string())
                .text(&super::canonical::text(value)),
        };
        Some((body, meaning.finish()))
    }

    fn condition(
        &self,
        top: &Section<'_>,
        detection: &Value,
        path: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Condition> {
        let version = top.get("sigma-version");
        Condition::read(detection, version, path, &self.options.lists, problems)
    }

    fn filter(
        &self,
        top: &Section<'_>,
        value: &Value,
        meta: &Meta,
        problems: &mut Problems<'_>,
    ) -> Option<Filter> {
        let Value::Mapping(map) = value else {
            problems.add("filter", "must have `rules`, selections and a `condition`");
            return None;
        };
        let rules: Vec<String> = match map.get("rules") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Sequence(all)) => {
                all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        if rules.is_empty() || rules.iter().any(|rule| rule.eq_ignore_ascii_case("any")) {
            let text = "must name the rules: a filter for all of them would silence everything";
            problems.add("filter.rules", text);
        }
        self.check_silence(meta, problems);
        let detection: Mapping = map
            .iter()
            .filter(|(key, _)| key.as_str() != Some("rules"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let condition = self.condition(top, &Value::Mapping(detection), "filter", problems)?;
        Some(Filter { rules, condition, until: meta.expires })
    }

    /// What silences others says why, and until when.
    fn check_silence(&self, meta: &Meta, problems: &mut Problems<'_>) {
        if self.file.origin == Origin::Sigma {
            return;
        }
        if meta.reason.is_none() {
            problems.add("countersign.reason", "is missing: why is this filtered?");
        }
        if meta.expires.is_none() {
            problems.add("countersign.expires", "is missing: until when is this filtered?");
        }
    }

    fn baseline(
        &self,
        top: &Section<'_>,
        value: &Value,
        head: &Head,
        problems: &mut Problems<'_>,
    ) -> Option<BaselineBody> {
        let named = (head.id.as_str(), head.logsource.to_string());
        let baseline = Baseline::read(value, "baseline", (named.0, &named.1), problems);
        let mut condition = |key: &str| {
            let detection = detection_of(key, value.get(key)?);
            self.condition(top, &detection, "baseline", problems)
        };
        let (selection, familiar) = (condition(SELECTION), condition(FAMILIAR));
        Some(BaselineBody { baseline: baseline?, condition: selection?, familiar })
    }
}

/// A detection that is what a key says, and nothing else.
fn detection_of(key: &str, said: &Value) -> Value {
    let mut detection = Mapping::new();
    detection.insert(key.into(), said.clone());
    detection.insert("condition".into(), key.into());
    Value::Mapping(detection)
}
