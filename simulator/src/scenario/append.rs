//! Puts what was done on a ride into its scenario: `[[fault]]`, `[[press]]`, `[[touch]]`, `[[lap]]`, `[[marker]]`,
//! `[[position]]` and `[[expect]]` tables at the end of the text, in the order given.
//!
//! The text before them stays as it is, byte for byte, comments and all. (Only a list that is written in one line,
//! `lap = [{ at = "1 min" }]`, is written as tables, because nothing can be appended to it.) What is appended reads as the
//! same scenario and these entries; whether the entries make sense in it, [`super::Scenario::parse`] says of the result.

use super::parse;
use sling_core::head_unit::{Button, Label, Press, Touch};
use sling_core::sensor::Site;
use sling_core::time::Instant;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Value};

/// The sections that entries belong to.
const SECTIONS: [&str; 7] = ["fault", "press", "touch", "lap", "marker", "position", "expect"];

/// One table to append.
#[derive(Clone, Debug)]
pub struct Entry {
    section: &'static str,
    keys: Vec<(String, Value)>,
}

/// Why nothing could be appended, or what cannot be an entry.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The text is no TOML.
    #[error("{0}")]
    Toml(#[from] toml_edit::TomlError),
    /// What was given is no table of keys.
    #[error("a fault is a table of keys: kind, site, duration and the like")]
    NoTable,
    /// A value that is neither text nor number nor yes or no.
    #[error("`{key}` is a text or a number")]
    NoValue {
        /// The key.
        key: String,
    },
    /// Two keys that exclude each other.
    #[error("`duration` and `duration_s` exclude each other; keep one")]
    TwoDurations,
    /// When it begins is said by the time of the entry.
    #[error("`at` is not a key here: a fault begins now")]
    At,
    /// A key or a kind that no fault has.
    #[error("{0}")]
    Fault(String),
}

impl Entry {
    fn new(section: &'static str, at: Instant, keys: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let keys = keys.into_iter().map(|(key, value)| (key.to_owned(), value));
        Self { section, keys: std::iter::once(("at".to_owned(), time_text(at).into())).chain(keys).collect() }
    }

    /// A press of a button.
    pub fn press(at: Instant, button: Button, press: Press) -> Self {
        let name = match button {
            Button::Up => "up",
            Button::Down => "down",
            Button::Select => "select",
        };
        let long = (press == Press::Long).then(|| ("long", true.into()));
        Self::new("press", at, std::iter::once(("button", name.into())).chain(long))
    }

    /// A touch of the display.
    pub fn touch(at: Instant, touch: Touch) -> Self {
        let mut keys: Vec<(&str, Value)> = Vec::new();
        let kind = match touch {
            Touch::Tap { x, y } => {
                keys.extend([("x", i64::from(x).into()), ("y", i64::from(y).into())]);
                "tap"
            }
            Touch::Hold => "hold",
            Touch::SwipeUp => "swipe_up",
            Touch::SwipeDown => "swipe_down",
            Touch::SwipeLeft => "swipe_left",
            Touch::SwipeRight => "swipe_right",
        };
        keys.insert(0, ("kind", kind.into()));
        Self::new("touch", at, keys)
    }

    /// A new lap.
    pub fn lap(at: Instant) -> Self {
        Self::new("lap", at, [])
    }

    /// A moment to find again.
    pub fn marker(at: Instant, text: &Label) -> Self {
        Self::new("marker", at, [("text", text.as_str().into())])
    }

    /// The bike's set-up from here on.
    pub fn position(at: Instant, text: &Label) -> Self {
        Self::new("position", at, [("text", text.as_str().into())])
    }

    /// An alert or a notice (`what`) of this name at a site, between two times.
    pub fn expect(what: &'static str, name: &str, site: Site, from: Instant, until: Instant) -> Self {
        let within = Instant::from_ms(until.as_ms().saturating_sub(from.as_ms()));
        let keys: [(&str, Value); 4] = [
            (what, name.into()),
            ("site", site.to_string().into()),
            ("of", time_text(from).into()),
            ("within", time_text(within).into()),
        ];
        Self { section: "expect", keys: keys.map(|(key, value)| (key.to_owned(), value)).into() }
    }

    fn text(&self) -> String {
        let keys = self.keys.iter().map(|(key, value)| format!("{key} = {}\n", value.to_string().trim()));
        format!("[[{}]]\n{}", self.section, keys.collect::<String>())
    }
}

/// A fault that begins at `at`, by the keys of a `[[fault]]` as JSON has them: `{"kind": "hole", "site": "mg.right",
/// "duration_s": 12}`. A duration is a text, as in a file, or `duration_s`. What no fault takes is refused here; what
/// this kind of fault does not take, or a site that nobody wears, when the scenario is read.
pub fn fault_from(at: Instant, keys: &serde_json::Value) -> Result<Entry, AppendError> {
    let keys = keys.as_object().ok_or(AppendError::NoTable)?;
    if keys.contains_key("duration") && keys.contains_key("duration_s") {
        return Err(AppendError::TwoDurations);
    }
    let mut entry = Entry::new("fault", at, []);
    for (key, value) in keys {
        let no_value = || AppendError::NoValue { key: key.clone() };
        let value: Value = match value {
            _ if key == "at" => return Err(AppendError::At),
            serde_json::Value::Number(s) if key == "duration_s" => {
                // No ride is longer than some days, and a span ends at a whole millisecond.
                let ms = s.as_f64().filter(|s| (0.0..1e7).contains(s)).ok_or_else(no_value)? * 1000.0;
                entry.keys.push(("duration".to_owned(), time_text(Instant::from_ms(ms.round() as u64)).into()));
                continue;
            }
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(whole) => whole.into(),
                None => number.as_f64().ok_or_else(no_value)?.into(),
            },
            serde_json::Value::String(text) => text.as_str().into(),
            serde_json::Value::Bool(yes) => (*yes).into(),
            _ => return Err(no_value()),
        };
        entry.keys.push((key.clone(), value));
    }
    parse::check_fault(&entry_body(&entry)).map_err(AppendError::Fault)?;
    Ok(entry)
}

/// The keys alone, each name quoted: nothing that was sent can be anything but a key.
fn entry_body(entry: &Entry) -> String {
    let table: toml_edit::Table = entry.keys.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    table.to_string()
}

/// The scenario's text with these entries after it.
pub fn append(text: &str, entries: &[Entry]) -> Result<String, AppendError> {
    let mut document: DocumentMut = text.parse()?;
    let mut rewritten = false;
    for section in SECTIONS.into_iter().filter(|section| entries.iter().any(|entry| entry.section == *section)) {
        let Some(item) = document.get_mut(section) else { continue };
        let Some(list) = item.as_array() else { continue };
        let tables = list.iter().filter_map(Value::as_inline_table).cloned().map(InlineTable::into_table);
        *item = Item::ArrayOfTables(tables.collect::<ArrayOfTables>());
        rewritten = true;
    }
    let mut whole = if rewritten { document.to_string() } else { text.to_owned() };
    for entry in entries {
        if !whole.is_empty() && !whole.ends_with('\n') {
            whole.push('\n');
        }
        whole.push('\n');
        whole.push_str(&entry.text());
    }
    Ok(whole)
}

/// A time as people write it, to the millisecond.
fn time_text(at: Instant) -> String {
    let (minutes, ms) = (at.as_ms() / 60_000, at.as_ms() % 60_000);
    let seconds = match ms % 1000 {
        0 => format!("{} s", ms / 1000),
        _ => format!("{}.{} s", ms / 1000, format!("{:03}", ms % 1000).trim_end_matches('0')),
    };
    match (minutes, ms) {
        (0, _) => seconds,
        (_, 0) => format!("{minutes} min"),
        _ => format!("{minutes} min {seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Scenario};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// With comments, an unusual order, and every section already there once.
    const RIDE: &str = r#"# A ride.
version = 1
duration = "30 min" # half an hour
name = "appended to"

[[fault]] # the first
kind = "hole"
site = "mg.right"
at = "1 min"
duration = "12 s"

[[sensor]]
site = "mg.right"
kind = "moxy"
radio = "ant"

[[lap]]
at = "2 min"
    # and nothing after it"#;
    const SENSOR: &str = "[[sensor]]\nsite = \"vl.right\"\nkind = \"moxy\"\nradio = \"ble\"\n";

    fn parse(text: &str) -> Scenario {
        Scenario::parse("ride.toml", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn at(ms: u64) -> Instant {
        Instant::from_ms(ms)
    }

    #[test]
    fn what_is_appended_is_read_and_the_text_before_it_is_untouched() {
        let entries = [
            fault_from(
                at(1_165_000),
                &json!({"kind": "swap", "site": "mg.right", "with": "vl.right", "duration_s": 12.25}),
            ),
            fault_from(at(60), &json!({"kind": "clock_jump", "by_s": -3600})),
            fault_from(at(1), &json!({"kind": "miss", "site": "vl.right", "fraction": 0.25, "duration": "2:00"})),
        ];
        let mut entries: Vec<Entry> = entries.into_iter().map(Result::unwrap).collect();
        entries.push(Entry::press(at(5_000), Button::Up, Press::Long));
        entries.push(Entry::marker(at(5_001), &"a \"quoted\" \\ left".parse().unwrap()));
        let before = format!("{RIDE}\n{SENSOR}");
        let text = append(&before, &entries).unwrap();
        assert!(text.starts_with(&before));
        let (old, new) = (parse(&before), parse(&text));
        assert_eq!(new.faults[..1], old.faults[..]);
        assert_eq!((new.faults.len(), new.unit_faults.len()), (3, 1));
        assert_eq!((new.faults[1].at, new.faults[1].until), (at(1_165_000), at(1_177_250)));
        let marker = Action::Marker("a \"quoted\" \\ left".parse().unwrap());
        assert!(new.actions.contains(&(at(5_000), Action::Press(Button::Up, Press::Long))));
        assert!(new.actions.contains(&(at(5_001), marker)));
        assert_eq!(append(&before, &[]).unwrap(), before);
    }

    #[test]
    fn a_list_in_one_line_can_be_appended_to() {
        let before = format!(
            "lap = [{{ at = \"1 min\" }}, {{ at = \"70 s\" }}]\nmarker = []\n# kept\n{}",
            RIDE.replace("[[lap]]\nat = \"2 min\"\n", "")
        );
        let text = append(&before, &[Entry::lap(at(90_000)), Entry::marker(at(0), &"x".parse().unwrap())]).unwrap();
        assert!(text.contains("# kept") && text.contains("# half an hour") && text.contains("# and nothing after it"));
        let laps = parse(&text).actions.into_iter().filter(|(_, action)| *action == Action::Lap);
        assert_eq!(laps.map(|(at, _)| at.as_ms()).collect::<Vec<_>>(), [60_000, 70_000, 90_000]);
    }

    #[test]
    fn what_is_no_fault_is_refused_in_one_line() {
        for (keys, words) in [
            (json!({"kind": "hol", "site": "mg.right"}), "unknown variant `hol`"),
            (json!({"kind": "hole", "sight": "mg.right"}), "unknown field `sight`"),
            (json!({"kind": "hole", "site": "mg.upper"}), "mg.upper"),
            (json!({"kind": "hole", "site": 7}), "expected a string"),
            (json!({"kind": "hole", "duration": "1 s", "duration_s": 1}), "exclude"),
            (json!({"kind": "hole", "duration_s": -1}), "`duration_s`"),
            (json!({"kind": "hole", "at": "1 s"}), "`at`"),
            (json!({"kind": "hole", "a = 1\nb": 1}), "unknown field"),
            (json!({"kind": ["hole"]}), "`kind` is a text"),
            (json!({"site": "mg.right"}), "missing field `kind`"),
            (json!([1]), "table of keys"),
        ] {
            let error = fault_from(at(0), &keys).expect_err(words).to_string();
            assert!(error.contains(words) && !error.contains('\n'), "{keys}: {error}");
        }
        assert!(append("a = = 1", &[Entry::lap(at(0))]).is_err());
    }

    /// An entry, and the action that it is read as; `None` for a fault.
    fn entry() -> impl Strategy<Value = (Entry, Option<(Instant, Action)>)> {
        let time = (0..1_000_000_u64).prop_map(at);
        let button = prop::sample::select(vec![Button::Up, Button::Down, Button::Select]);
        let press = prop::sample::select(vec![Press::Short, Press::Long]);
        let touch = prop_oneof![
            (0..i16::MAX, 0..i16::MAX).prop_map(|(x, y)| Touch::Tap { x, y }),
            prop::sample::select(vec![
                Touch::Hold,
                Touch::SwipeUp,
                Touch::SwipeDown,
                Touch::SwipeLeft,
                Touch::SwipeRight
            ]),
        ];
        let label = "[ -~äöü\\n\\t\"\\\\]{0,10}".prop_map(|text: String| Label::try_from(text.as_str()).unwrap());
        let kinds = ["hole", "muted", "power_cut", "unplug", "battery_low", "storage_full"];
        prop_oneof![
            (time.clone(), button, press).prop_map(|(at, button, press)| {
                (Entry::press(at, button, press), Some((at, Action::Press(button, press))))
            }),
            (time.clone(), touch).prop_map(|(at, touch)| (Entry::touch(at, touch), Some((at, Action::Touch(touch))))),
            time.clone().prop_map(|at| (Entry::lap(at), Some((at, Action::Lap)))),
            (time.clone(), label.clone())
                .prop_map(|(at, text)| (Entry::marker(at, &text), Some((at, Action::Marker(text))))),
            (time.clone(), label)
                .prop_map(|(at, text)| (Entry::position(at, &text), Some((at, Action::Position(text))))),
            (time, prop::sample::select(kinds.to_vec()), 1..500_000_u32).prop_map(|(at, kind, ms)| {
                let mut keys = json!({"kind": kind, "duration_s": f64::from(ms) / 1000.0});
                if ["hole", "battery_low"].contains(&kind) {
                    keys["site"] = "mg.right".into();
                }
                (fault_from(at, &keys).unwrap(), None)
            }),
        ]
    }

    proptest! {
        #[test]
        fn any_list_of_entries_is_read_as_the_scenario_and_these_entries(list in prop::collection::vec(entry(), 0..12)) {
            let (entries, actions): (Vec<_>, Vec<_>) = list.into_iter().unzip();
            let (old, new) = (parse(RIDE), parse(&append(RIDE, &entries).unwrap()));
            // What happens at one time has an order of its own.
            let sorted = |actions: Vec<(Instant, Action)>| {
                let mut texts: Vec<String> = actions.iter().map(|action| format!("{action:?}")).collect();
                texts.sort();
                texts
            };
            let faults = actions.iter().filter(|action| action.is_none()).count();
            let expected: Vec<_> = old.actions.iter().cloned().chain(actions.into_iter().flatten()).collect();
            prop_assert_eq!(sorted(new.actions.clone()), sorted(expected));
            prop_assert_eq!(new.layers.len(), old.layers.len() + faults);
            let emptied = |scenario: Scenario| Scenario {
                actions: Vec::new(),
                faults: Vec::new(),
                radio_faults: Vec::new(),
                unit_faults: Vec::new(),
                layers: Vec::new(),
                ..scenario
            };
            prop_assert_eq!(emptied(new), emptied(old));
        }
    }
}
