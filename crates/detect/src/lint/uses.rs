//! Which fields a rule asks for, how, and for what.

use std::collections::BTreeMap;

use rsigma_parser::{Detection, DetectionItem, Modifier, SigmaValue};

use crate::sigma::Condition;

/// One question about a field.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    pub(crate) selection: String,
    /// The field; within members of a list with the list's own name before it.
    pub(crate) field: String,
    pub(crate) item: DetectionItem,
    /// Whether it is asked of one member of a list at a time.
    pub(crate) is_of_member: bool,
}

/// All questions of a condition, by selection.
pub(crate) fn of(condition: &Condition) -> Vec<Use> {
    let named: BTreeMap<&String, &Detection> = condition.detections().named.iter().collect();
    let mut all = Vec::new();
    for (selection, detection) in named {
        gather(detection, selection, "", &mut all);
    }
    all
}

fn gather(detection: &Detection, selection: &str, list: &str, all: &mut Vec<Use>) {
    match detection {
        Detection::AllOf(items) => {
            for item in items {
                let Some(name) = &item.field.name else { continue };
                all.push(Use {
                    selection: selection.to_owned(),
                    field: join(list, name),
                    item: item.clone(),
                    is_of_member: !list.is_empty(),
                });
            }
        }
        Detection::AnyOf(parts) | Detection::And(parts) => {
            parts.iter().for_each(|part| gather(part, selection, list, all));
        }
        Detection::ArrayMatch { field, body, .. } => {
            gather(body, selection, &join(list, field), all);
        }
        Detection::Conditional { named, .. } => {
            let named: BTreeMap<&String, &Detection> = named.iter().collect();
            named.values().for_each(|part| gather(part, selection, list, all));
        }
        Detection::Keywords(_) => {}
    }
}

fn join(list: &str, name: &str) -> String {
    if list.is_empty() { name.to_owned() } else { format!("{list}.{name}") }
}

impl Use {
    /// Whether there is any of these modifiers.
    pub(crate) fn has(&self, modifiers: &[Modifier]) -> bool {
        modifiers.iter().any(|modifier| self.item.field.has_modifier(*modifier))
    }

    /// The texts that the field must equal one of, where that is all that is asked.
    pub(crate) fn equalities(&self) -> Option<Vec<String>> {
        is_equality(&self.item).then(|| texts(&self.item)).flatten()
    }

    /// Whether the answer is yes also where there is nothing.
    pub(crate) fn wants_nothing(&self) -> bool {
        let is_null = |value: &SigmaValue| matches!(value, SigmaValue::Null);
        self.item.values.iter().any(is_null) || self.wants_absence()
    }

    /// Whether the field is wanted not to be there.
    pub(crate) fn wants_absence(&self) -> bool {
        self.has(&[Modifier::Exists])
            && matches!(self.item.values.first(), Some(SigmaValue::Bool(false)))
    }

    /// Whether a text is asked for, rather than whether there is anything.
    pub(crate) fn wants_text(&self) -> bool {
        !self.has(&[Modifier::Exists, Modifier::FieldRef]) && !self.item.values.iter().all(is_null)
    }
}

fn is_null(value: &SigmaValue) -> bool {
    matches!(value, SigmaValue::Null)
}

/// Whether an item asks for equality and nothing else.
pub(crate) fn is_equality(item: &DetectionItem) -> bool {
    item.field.modifiers.iter().all(|modifier| matches!(modifier, Modifier::Cased))
}

/// The values as plain texts; nothing where one of them is none.
pub(crate) fn texts(item: &DetectionItem) -> Option<Vec<String>> {
    let text = |value: &SigmaValue| match value {
        SigmaValue::String(text) => text.as_plain(),
        SigmaValue::Integer(number) => Some(number.to_string()),
        SigmaValue::Bool(yes) => Some(yes.to_string()),
        SigmaValue::Float(_) | SigmaValue::Null => None,
    };
    item.values.iter().map(text).collect()
}
