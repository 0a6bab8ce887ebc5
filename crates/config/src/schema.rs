//! The JSON Schema of the whole file: published, and what the file is checked against.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    registry::{Family, Registry},
    settings::{
        ApiKeys, Detection, Enrich, Escalate, EventLog, Limits, Organisation, Posture, Respond,
        Server, SignIn, Store, Telemetry, Verify,
    },
};

/// What a name in `[FAMILY.NAME]` looks like: it stands in paths and in the journal.
pub(crate) const NAME_PATTERN: &str = "^[a-z0-9][a-z0-9_-]{0,62}$";

/// The JSON Schema of the configuration file with the kinds of this registry.
#[must_use]
pub fn schema(registry: &Registry) -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let mut properties = settings(&mut generator);
    for family in Family::ALL {
        let value = family_schema(family, registry, &mut generator);
        properties.insert(family.key().to_owned(), value);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "countersign.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": generator.take_definitions(true),
    })
}

fn settings(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let content = json!({
        "description": "The folder with policies, message templates and other content.",
        "type": "string", "format": "name", "default": "content",
    });
    let mut all = Map::from_iter([("content".to_owned(), content)]);
    let mut add = |key: &str, value: schemars::Schema| all.insert(key.to_owned(), value.into());
    add("server", generator.subschema_for::<Server>());
    add("organisation", generator.subschema_for::<Organisation>());
    add("store", generator.subschema_for::<Store>());
    add("signin", generator.subschema_for::<SignIn>());
    add("posture", generator.subschema_for::<Posture>());
    add("limits", generator.subschema_for::<Limits>());
    add("event_log", generator.subschema_for::<EventLog>());
    add("detection", generator.subschema_for::<Detection>());
    add("telemetry", generator.subschema_for::<Telemetry>());
    let mut keys: Value = generator.subschema_for::<ApiKeys>().into();
    keys["propertyNames"] = json!({ "pattern": NAME_PATTERN });
    all.insert("api_keys".to_owned(), keys);
    all
}

/// A table of sections, with the family's own settings beside them where it has any.
fn family_schema(family: Family, registry: &Registry, generator: &mut SchemaGenerator) -> Value {
    let mut table: Value = match family {
        Family::Verify => Verify::json_schema(generator).into(),
        Family::Escalate => Escalate::json_schema(generator).into(),
        Family::Respond => Respond::json_schema(generator).into(),
        Family::Enrich => Enrich::json_schema(generator).into(),
        Family::Directory
        | Family::Sources
        | Family::Chat
        | Family::Writeback
        | Family::Devices
        | Family::Compliance => json!({ "type": "object" }),
    };
    let kinds: Vec<Value> = registry
        .of(family)
        .map(|(name, kind)| tagged(name, (kind.schema)(generator).into()))
        .collect();
    table["propertyNames"] = json!({ "pattern": NAME_PATTERN });
    table["additionalProperties"] = json!({ "oneOf": kinds });
    table
}

/// The section's schema with its `kind`.
fn tagged(kind: &str, mut section: Value) -> Value {
    if !section["properties"].is_object() {
        section["properties"] = json!({});
    }
    section["properties"]["kind"] = json!({ "const": kind });
    let mut required = section["required"].as_array().cloned().unwrap_or_default();
    required.insert(0, json!("kind"));
    section["required"] = Value::Array(required);
    section["additionalProperties"] = json!(false);
    section
}
