//! The JSON schema of scenarios, for completion in editors: made of the types that read them, committed, and compared here.
//! `SLING_ACCEPT=1 cargo test -p sling-simulator scenario::schema` writes it anew. That it accepts what it should, and
//! nothing else, `tests/peers/scenario` shows with a validator of somebody else's.

use super::EVENTS;
use super::fault_sorts::FAULTS;
use super::parse::{CueText, EventText, NoticeText, REASONS, RawFaultKind, RawScenario, SiteText, cues};
use super::time_text::TimeText;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use sling_core::sensor::{Muscle, Reason, Side, Site};
use std::borrow::Cow;
use std::fs;
use std::path::Path;

/// One of these texts.
fn texts(texts: impl IntoIterator<Item = impl ToString>, description: &str) -> Schema {
    let texts: Vec<String> = texts.into_iter().map(|text| text.to_string()).collect();
    json_schema!({"type": "string", "enum": texts, "description": description})
}

/// `any`, or one of these names.
fn any_or(names: impl IntoIterator<Item = &'static str>, description: &str) -> Schema {
    texts(std::iter::once("any").chain(names), description)
}

impl JsonSchema for TimeText {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A time or a span: 90 s, 40 min, 1 h 5 min, 1.5 s, 500 ms, 2:30 or 1:05:00.",
            "pattern": r"^\s*([0-9][0-9.]*\s*(h|min|s|ms)\s*)+$|^\s*[0-9]+(:[0-9]{1,2}){1,2}(\.[0-9]*)?\s*$",
            "examples": ["90 s", "40 min", "1 h 5 min", "2:30"],
        })
    }
}

impl JsonSchema for SiteText {
    fn schema_name() -> Cow<'static, str> {
        "Site".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let sites =
            Muscle::ALL.iter().flat_map(|&muscle| [Side::Left, Side::Right].map(|side| Site::new(muscle, side)));
        texts(sites, "A muscle and a side.")
    }
}

impl JsonSchema for NoticeText {
    fn schema_name() -> Cow<'static, str> {
        "Notice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        any_or(REASONS.map(Reason::code), "A reason by its name in events.")
    }
}

impl JsonSchema for CueText {
    fn schema_name() -> Cow<'static, str> {
        "Cue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        any_or(cues(), "A cue by its name in events.")
    }
}

impl JsonSchema for EventText {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        texts(EVENTS, "An event by its name, or by its name and one of its texts.")
    }
}

impl JsonSchema for RawFaultKind {
    fn schema_name() -> Cow<'static, str> {
        "FaultKind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kinds: Vec<_> = FAULTS
            .iter()
            .map(|sort| {
                let keys =
                    if sort.keys.is_empty() { String::new() } else { format!("; takes {}", sort.keys.join(", ")) };
                let air = if sort.radio { "; only on the air: --via ant or --via ble" } else { "" };
                serde_json::json!({"const": sort.name, "description": format!("{}{keys}{air}", sort.words)})
            })
            .collect();
        json_schema!({"oneOf": kinds})
    }
}

/// The schema as it is committed.
fn schema() -> String {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<RawScenario>();
    schema.insert("title".into(), "A scenario of Sling".into());
    schema.insert(
        "description".into(),
        "A simulated ride: simulator/scenarios/README.md says what each key means.".into(),
    );
    serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n"
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scenario.schema.json");
    let schema = schema();
    if std::env::var_os("SLING_ACCEPT").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), schema, "SLING_ACCEPT=1 writes it anew");
}

#[test]
fn every_kind_of_fault_stands_at_its_place_in_the_table() {
    for sort in &FAULTS {
        let kind: RawFaultKind =
            serde_json::from_value(sort.name.into()).unwrap_or_else(|e| panic!("{}: {e}", sort.name));
        assert_eq!(kind.sort().name, sort.name, "{kind:?}");
    }
}
