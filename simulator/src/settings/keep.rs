//! What the rider changes on the screen of a ride goes into the configuration: the keys that stand for what is changed, and
//! no other. Each change is written at once, so that it holds whatever ends the ride; the changes of one ride are one step
//! for `sling pair --undo`.

use super::store::{Place, Step, Store, assign, forget};
use super::words::{BEEP, HAPTIC, LEVELS, POINTS, STILL, THEMES, word};
use crate::error::CommandError;
use crate::sink::Sink;
use sling_core::config::Id;
use sling_core::head_unit::{Config, Event};
use sling_core::sensor::{Identity, Sensor};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::{fs, io};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

/// A setting in the file: its table (none is the top), its key, and what stands there for a configuration.
type Key = (&'static str, &'static str, fn(&Config) -> Value);

/// What can be changed in Settings. Sensors are changed too, and are no keys.
const KEYS: &[Key] = &[
    ("", "language", |config| config.language.code().into()),
    ("display", "theme", |config| word(THEMES, &config.theme)),
    ("display", "large_text", |config| config.large_text.into()),
    ("display", "hidden_pages", |config| ids(&config.hidden_pages)),
    ("display", "numbers", |config| ids(&config.numbers)),
    ("cues", "haptic", |config| word(HAPTIC, &config.haptic)),
    ("cues", "beep", |config| word(BEEP, &config.beep)),
    ("cues", "from", |config| word(LEVELS, &config.cues_from)),
    ("alerts", "least_points", |config| POINTS.value(config.least_points)),
    ("alerts", "nudge_min", |config| STILL.value(config.still_min)),
];

fn ids(ids: &[Id]) -> Value {
    ids.iter().map(Id::as_str).collect::<Array>().into()
}

impl Store {
    /// Writes what is different between two configurations of a head unit.
    fn keep(&self, old: &Config, new: &Config, step: Step) -> Result<(), CommandError> {
        // A file that is replaced as a whole would be written against its owner's wish.
        if fs::metadata(self.path()).is_ok_and(|file| file.permissions().readonly()) {
            let why = "may not be written; what is set on the screen holds for this ride only";
            let error = io::Error::new(io::ErrorKind::PermissionDenied, why);
            return Err(CommandError::Read { path: self.path().to_owned(), error });
        }
        let mut step = step;
        let names = self.edit(step, |document, _| {
            for (table, key, value) in KEYS {
                let (before, after) = (value(old), value(new));
                if before.to_string() != after.to_string() {
                    set(document, table, key, after);
                    step = Step::Same;
                }
            }
        })?;
        let (before, after) = (places(old), places(new));
        for (place, _) in before.iter().filter(|(place, _)| after.iter().all(|(other, _)| other != place)) {
            self.edit(step, |document, now| forget(document, now, *place))?;
            step = Step::Same;
        }
        for (place, identity) in after.iter().filter(|it| !before.contains(it)) {
            let named = names.place_of(Sensor { kind: place.kind(), identity: *identity });
            let name = named.and_then(|(_, name)| name);
            self.edit(step, |document, now| assign(document, now, *identity, *place, name))?;
            step = Step::Same;
        }
        Ok(())
    }
}

/// Changes a value and leaves what stands around it; or adds it, and its table.
fn set(document: &mut DocumentMut, table: &str, key: &str, value: Value) {
    let table = match table {
        "" => Some(document.as_table_mut() as &mut dyn toml_edit::TableLike),
        name => document.entry(name).or_insert_with(|| Item::Table(Table::new())).as_table_like_mut(),
    };
    // The file has been read: what it has by this name is a table.
    let Some(table) = table else { return };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => _ = table.insert(key, Item::Value(value)),
    }
}

/// The places that sensors have, first to last.
fn places(config: &Config) -> Vec<(Place, Identity)> {
    let worn = config.roster.iter().map(|it| (Place::Site(it.site), it.identity));
    worn.chain(config.companions.iter().map(|it| (Place::Companion(it.kind), it.identity))).collect()
}

/// Writes what is set on the screen into the configuration, as the ride goes.
pub struct KeepSink {
    store: Store,
    /// What the file says, as the head unit was told it.
    kept: Option<Config>,
    changed: bool,
    step: Step,
}

impl KeepSink {
    /// For the file of a ride, from the beginning of the ride.
    pub const fn new(store: Store) -> Self {
        Self { store, kept: None, changed: false, step: Step::New }
    }
}

impl Sink for KeepSink {
    fn output(&mut self, _at: Instant, output: &Output) -> io::Result<()> {
        self.changed |= matches!(output, Output::Event(Event::Settings));
        Ok(())
    }

    fn after(&mut self, _at: Instant, input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        if let Input::Configure(config) = input {
            self.kept = Some(config.clone());
        }
        let Some(kept) = self.kept.as_mut().filter(|_| std::mem::take(&mut self.changed)) else { return Ok(()) };
        if kept != unit.config() {
            self.store.keep(kept, unit.config(), self.step).map_err(|error| match error {
                CommandError::Write(error) => error,
                other => io::Error::other(other.to_string()),
            })?;
            kept.clone_from(unit.config());
            self.step = Step::Same;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use crate::player::{Player, Ticks};
    use sling_core::config::{LEAST_POINTS, STILL_MIN};
    use sling_core::draw::Theme;
    use sling_core::head_unit::{Assignment, BleEvent, BleProfile, Button, Level, Press, Volume};
    use sling_core::language::Language;
    use sling_core::link::ble::Profiles;
    use sling_core::sensor::SensorKind;
    use std::path::Path;

    const TEXT: &str = "# mine, measured on the 28s\nwheel_mm = 2096 # measured\nlanguage = \"en\"  # for now\n\n\
        [cues] # by feel\nhaptic = true # in the pocket\n\n\
        # left shin guard\n[[sensor]]\nsite = \"mg.right\" # sits well\nradio = \"ant\"\nnumber = 7 # on its back\n\
        name = \"the black one\"\n\n# the end\n";

    fn store(text: &str) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        (folder, Store::find(Some(&path)).unwrap())
    }

    fn text(store: &Store) -> String {
        fs::read_to_string(store.path()).unwrap()
    }

    fn before(store: &Store) -> String {
        fs::read_to_string(store.path().with_file_name("config.toml.before")).unwrap()
    }

    /// A ride of a rider who presses.
    struct Rider {
        player: Player,
        ms: u64,
    }

    impl Rider {
        fn start(store: &Store) -> Self {
            let config = store.load().unwrap().config((240, 400));
            let player = Player::new(vec![Box::new(KeepSink::new(store.clone()))], Ticks::Deadlines);
            let mut rider = Self { player, ms: 0 };
            rider.give(&Input::Configure(config)).unwrap();
            rider
        }

        fn give(&mut self, input: &Input<'_>) -> io::Result<()> {
            self.ms += 200;
            self.player.play(input, Instant::from_ms(self.ms))
        }

        fn press(&mut self, button: Button) -> io::Result<()> {
            self.give(&Input::Button(button, Press::Short))
        }

        fn words(&self) -> String {
            let mut words = String::new();
            self.player.unit().describe(240, 400, &mut words).unwrap();
            words
        }

        /// Presses down until the page says this.
        fn down_to(&mut self, sign: &str) {
            for _ in 0..64 {
                if self.words().contains(sign) {
                    return;
                }
                self.press(Button::Down).unwrap();
            }
            panic!("no {sign} in {}", self.words());
        }

        /// Goes into the page of this title.
        fn enter(&mut self, id: &str) {
            while self.player.unit().page().id() != id {
                self.press(Button::Down).unwrap();
            }
            self.press(Button::Select).unwrap();
        }

        fn config(&self) -> Config {
            self.player.unit().config().clone()
        }
    }

    #[test]
    fn what_is_set_on_the_screen_is_in_the_file_at_once_and_the_user_finds_the_rest_as_it_was() {
        let (_folder, store) = store(TEXT);
        let mut rider = Rider::start(&store);
        rider.enter("settings");
        assert_eq!(text(&store), TEXT, "nothing is changed yet");
        rider.down_to("> Vibration");
        rider.press(Button::Select).unwrap();
        assert_eq!(text(&store), TEXT.replace("haptic = true #", "haptic = \"strong\" #"));
        rider.down_to("> Colours");
        rider.press(Button::Select).unwrap();
        rider.down_to("> Number 5");
        rider.press(Button::Select).unwrap();
        rider.down_to("> Calf heads");
        rider.press(Button::Select).unwrap();
        rider.down_to("> Alerts from");
        rider.press(Button::Select).unwrap();
        rider.down_to("> Language");
        rider.press(Button::Select).unwrap();
        let expected = TEXT.replace("\"en\"", "\"de\"").replace("haptic = true", "haptic = \"strong\"");
        let now = text(&store);
        let (start, end) = now.split_at(expected.find("# left shin").unwrap());
        assert!(start == &expected[..start.len()], "{now}");
        for line in expected.lines() {
            assert!(now.contains(line), "{line} in {now}");
        }
        for line in
            ["theme = \"night\"", "hidden_pages = [\"heads\"]", "least_points = 8", "numbers = [\"smo2_calf\", "]
        {
            assert!(end.contains(line), "{line} in {now}");
        }
        let read = Settings::parse(&now, Path::new("config.toml")).unwrap().config((240, 400));
        assert_eq!(read, rider.config());
        assert_eq!((read.theme, read.language, read.numbers.len()), (Theme::Night, Language::German, 6));
        assert_eq!(before(&store), TEXT, "one step back is before the ride");
        store.undo().unwrap();
        assert_eq!(text(&store), TEXT);
    }

    #[test]
    fn every_setting_that_the_screen_can_have_is_read_again_as_it_was() {
        let (_folder, store) = store("");
        let mut old = Config::DEFAULT;
        let some = |ids: &[&str]| ids.iter().map(|id| Id::try_from(*id).unwrap()).collect::<Vec<_>>();
        for turn in 0..24 {
            let new = Config {
                language: Language::ALL[turn % 6],
                theme: [Theme::Day, Theme::Night][turn % 2],
                large_text: turn % 3 == 0,
                hidden_pages: some(&["lap", "sides", "heads"][..turn % 4]).into_iter().collect(),
                numbers: some(&["power", "power", "cadence", "smo2_calf"][..turn % 5]).into_iter().collect(),
                haptic: Volume::ALL[turn % 4],
                beep: Volume::ALL[(turn / 2) % 4],
                least_points: LEAST_POINTS[turn % 4],
                cues_from: [Level::Warning, Level::Caution][turn % 2],
                still_min: STILL_MIN[(turn + 1) % 4],
                ..Config::DEFAULT
            };
            store.keep(&old, &new, Step::New).unwrap();
            let read = Settings::parse(&text(&store), store.path()).unwrap().config(new.screen);
            assert_eq!(read, new, "{}", text(&store));
            old = new;
        }
    }

    #[test]
    fn tables_that_stand_in_one_line_or_in_dotted_keys_are_changed_where_they_stand() {
        for (before, after) in [
            ("cues = { haptic = false, beep = true } # both\n", "cues = { haptic = \"soft\", beep = true } # both\n"),
            ("cues.haptic = false # not\ncues.beep = true\n", "cues.haptic = \"soft\" # not\ncues.beep = true\n"),
            ("cues = { beep = true }\n", "cues = { beep = true , haptic = \"soft\" }\n"),
        ] {
            let (_folder, store) = store(before);
            let old = store.load().unwrap().config((240, 400));
            store.keep(&old, &Config { haptic: Volume::Low, ..old.clone() }, Step::New).unwrap();
            assert_eq!(store.load().unwrap().haptic, Some(Volume::Low));
            assert_eq!(text(&store).replace("  ", " ").replace(" ,", ","), after.replace(" ,", ","), "{before}");
        }
    }

    #[test]
    fn a_line_that_the_user_has_changed_meanwhile_stays() {
        let (_folder, store) = store(TEXT);
        let mut rider = Rider::start(&store);
        fs::write(store.path(), TEXT.replace("2096", "2105")).unwrap();
        rider.enter("settings");
        rider.down_to("> Beeps");
        rider.press(Button::Select).unwrap();
        let expected = TEXT.replace("2096", "2105").replace("pocket\n", "pocket\nbeep = \"loud\"\n");
        assert_eq!(text(&store), expected);
    }

    #[test]
    fn sensors_that_are_put_on_elsewhere_keep_their_names_and_one_that_is_taken_off_is_gone() {
        let (_folder, store) = store(TEXT);
        let old = store.load().unwrap().config((240, 400));
        let ant = |number| Identity::Ant { number, transmission: 5 };
        let worn = |identity, site: &str| Assignment { identity, site: site.parse().unwrap() };
        let mut new = old.clone();
        new.roster = [worn(ant(8), "mg.right"), worn(ant(7), "vl.right")].into_iter().collect();
        let power = Sensor { kind: SensorKind::Power, identity: ant(9) };
        new.companions = [power].into_iter().collect();
        store.keep(&old, &new, Step::New).unwrap();
        let read = store.load().unwrap();
        let mut roster: Vec<_> = read.config((240, 400)).roster.to_vec();
        roster.sort_by_key(|it| it.site.to_string());
        assert_eq!(roster, new.roster.to_vec());
        assert_eq!(read.config((240, 400)).companions, new.companions);
        let named: Vec<_> =
            read.worn.iter().filter_map(|worn| Some((worn.site.to_string(), worn.name.clone()?))).collect();
        assert_eq!(named, [("vl.right".to_owned(), "the black one".to_owned())]);
        assert!(text(&store).starts_with("# mine, measured on the 28s\nwheel_mm = 2096 # measured\n"));
        assert_eq!(before(&store), TEXT);
        store.keep(&new, &Config::DEFAULT, Step::Same).unwrap();
        assert_eq!(store.load().unwrap().sensors().count(), 0, "{}", text(&store));
    }

    #[test]
    fn a_sensor_that_is_paired_on_the_screen_is_in_the_file() {
        let (_folder, store) = store(TEXT);
        let mut rider = Rider::start(&store);
        rider.enter("sensors");
        let address = [1, 2, 3, 4, 5, 0xc6];
        let profiles = Profiles::NONE.with(BleProfile::Moxy);
        rider.give(&Input::Ble(BleEvent::Seen { address, name: None, profiles, rssi_dbm: Some(-40) })).unwrap();
        rider.down_to("> muscle O₂ BLE");
        // It is offered a place that is free, then it has it.
        rider.press(Button::Select).unwrap();
        rider.press(Button::Select).unwrap();
        let read = store.load().unwrap().config((240, 400));
        assert_eq!(read.roster, rider.config().roster);
        assert_eq!(read.roster.len(), 2, "{}", rider.words());
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_may_not_be_written_stays_and_says_why() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, store) = store(TEXT);
        let mut rider = Rider::start(&store);
        fs::set_permissions(store.path(), fs::Permissions::from_mode(0o400)).unwrap();
        rider.enter("settings");
        rider.down_to("> Beeps");
        let error = rider.press(Button::Select).unwrap_err().to_string();
        assert!(error.contains("config.toml: may not be written; what is set"), "{error}");
        assert_eq!(text(&store), TEXT);
        assert_eq!(rider.config().beep, Volume::High, "the ride has it all the same");
    }
}
