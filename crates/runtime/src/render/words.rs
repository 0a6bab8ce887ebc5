//! What a template may speak of.

use std::{collections::BTreeMap, sync::Arc};

use minijinja::value::{Object, Value};

/// Declares the words, and how a template finds each by its name: only those that it speaks of
/// are made into values of its own.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $kind:ty,)*) => {
        /// What a template may speak of. Every text in it is inert.
        #[derive(Debug, Clone, Default)]
        pub(crate) struct Words {
            $($(#[$doc])* pub(crate) $name: $kind,)*
        }

        impl Object for Words {
            fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
                self.get_value_by_str(key.as_str()?)
            }

            fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
                match key {
                    $(stringify!($name) => Some(Value::from(self.$name.clone())),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    organisation: String,
    /// How the person is greeted.
    name: String,
    /// Whom it is about, for the security team.
    user: String,
    title: String,
    description: String,
    /// When it happened, in the person's words.
    when: String,
    deadline: String,
    severity: String,
    source: String,
    rule: String,
    reason: String,
    code: String,
    /// Where a short code is looked up, without a scheme.
    check: String,
    /// Our host, without a scheme.
    host: String,
    /// The question's own page, without a scheme.
    page: String,
    count: u32,
    is_followup: bool,
    is_last: bool,
    is_claimed: bool,
    is_provable: bool,
    facts: BTreeMap<String, String>,
    /// One value that only this text has.
    value: String,
    values: BTreeMap<String, String>,
    time: String,
    moment: String,
    place: String,
    weekday: String,
    day: String,
    month: String,
}
