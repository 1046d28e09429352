//! Where the configuration is kept, and how it is changed without harm: the user's comments and order stay, the file
//! appears whole or not at all, nobody else may read it (it can hold the network key), and what was there before is
//! beside it as `config.toml.before`, for one step back.

use super::parse::companion_kind;
use super::{Settings, address_text};
use crate::error::CommandError;
use crate::sink::WholeFile;
use sling_core::sensor::{Identity, Sensor, SensorKind, Site};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, InlineTable, Item, Table, Value};

/// A configuration of a whole team has 5 KB.
const MOST_BYTES: u64 = 1 << 20;

/// The configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    path: PathBuf,
    /// It was named by the user: then it must be there to be read.
    named: bool,
}

/// What a sensor is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A NIRS sensor, worn there.
    Site(Site),
    /// One of the rider's other sensors.
    Companion(SensorKind),
}

impl Place {
    /// A site or a kind of companion, by its code.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains('.') {
            return text.parse().map(Self::Site).map_err(|error| format!("site `{text}`: {error}"));
        }
        companion_kind(text).map(Self::Companion).map_err(|_| {
            format!(
                "`{text}` is no place: right is a site such as mg.right, or a companion: power, heart_rate, speed, \
                 cadence, speed_cadence"
            )
        })
    }

    /// Its code.
    pub fn code(self) -> String {
        match self {
            Self::Site(site) => site.to_string(),
            Self::Companion(kind) => kind.code().to_owned(),
        }
    }

    /// The kind of sensor that belongs there.
    pub const fn kind(self) -> SensorKind {
        match self {
            Self::Site(_) => SensorKind::MuscleOxygen,
            Self::Companion(kind) => kind,
        }
    }
}

impl Store {
    /// The file that `--config` names, or the user's.
    pub fn find(named: Option<&Path>) -> Result<Self, CommandError> {
        if let Some(path) = named {
            return Ok(Self { path: path.to_owned(), named: true });
        }
        let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        from("XDG_CONFIG_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| from("HOME").map(|home| home.join(".config")))
            .map(|base| Self { path: base.join("sling/config.toml"), named: false })
            .ok_or_else(|| {
                CommandError::Usage("neither XDG_CONFIG_HOME nor HOME is set: say where with --config FILE".into())
            })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a file.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// What the file says. Without a file nothing is said, unless the user named it.
    pub fn load(&self) -> Result<Settings, CommandError> {
        let text = read(&self.path)?;
        if text.is_none() && self.named {
            let error = io::Error::new(io::ErrorKind::NotFound, "no such file; sling pair makes one");
            return Err(CommandError::Read { path: self.path.clone(), error });
        }
        Ok(Settings::parse(&text.unwrap_or_default(), &self.path)?)
    }

    /// As [`Self::load`], for those who are about to make the file.
    pub fn load_or_new(&self) -> Result<Settings, CommandError> {
        Ok(Settings::parse(&read(&self.path)?.unwrap_or_default(), &self.path)?)
    }

    /// Gives a place to a sensor, after taking the place from another and the sensor from another place.
    pub fn assign(&self, sensor: Identity, place: Place, name: Option<&str>) -> Result<Settings, CommandError> {
        self.edit(Step::New, |document, now| assign(document, now, sensor, place, name))
    }

    /// Takes the sensor from a place.
    pub fn forget(&self, place: Place) -> Result<Settings, CommandError> {
        self.edit(Step::New, |document, now| forget(document, now, place))
    }

    /// One step back; a second step back is one forward.
    pub fn undo(&self) -> Result<Settings, CommandError> {
        let before = self.before();
        let Some(old) = read(&before)? else {
            return Err(CommandError::Usage(format!(
                "{}: nothing was changed yet that could be undone",
                self.path.display()
            )));
        };
        let settings = Settings::parse(&old, &before)?;
        self.write(&old, Step::New)?;
        Ok(settings)
    }

    /// The file as it was before the last change.
    fn before(&self) -> PathBuf {
        let mut name = self.path.file_name().map_or_else(|| OsString::from("config.toml"), OsString::from);
        name.push(".before");
        self.path.with_file_name(name)
    }

    pub(super) fn edit(
        &self,
        step: Step,
        change: impl FnOnce(&mut DocumentMut, &Settings),
    ) -> Result<Settings, CommandError> {
        let old = read(&self.path)?.unwrap_or_default();
        // A file that is wrong is not written over.
        let now = Settings::parse(&old, &self.path)?;
        let mut document: DocumentMut = old.parse().map_err(|_| {
            CommandError::Usage(format!("{}: cannot be changed here; change it by hand", self.path.display()))
        })?;
        change(&mut document, &now);
        let new = document.to_string();
        let settings = Settings::parse(&new, &self.path)?;
        if new != old {
            self.write(&new, step)?;
        }
        Ok(settings)
    }

    /// Writes the file. With a new step, what it held is kept.
    fn write(&self, text: &str, step: Step) -> Result<(), CommandError> {
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| CommandError::Read { path: folder.to_owned(), error })?;
        }
        let old = read(&self.path)?.unwrap_or_default();
        let before = (step == Step::New).then(|| (self.before(), old.as_str()));
        for (path, text) in before.into_iter().chain([(self.path.clone(), text)]) {
            let mut file = WholeFile::private(&path)?;
            file.write_all(text.as_bytes())?;
            file.keep()?;
        }
        Ok(())
    }
}

/// Whether a change is to be taken back by itself, or together with the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// By itself.
    New,
    /// Together.
    Same,
}

/// The text of the file; `None` if there is none.
fn read(path: &Path) -> Result<Option<String>, CommandError> {
    let failed = |error| CommandError::Read { path: path.to_owned(), error };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?,
    };
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
    Ok(Some(text))
}

/// An entry of the file.
#[derive(Clone, Copy)]
struct Entry {
    place: Place,
    sensor: Sensor,
}

impl Entry {
    fn is_at(self, place: Place) -> bool {
        self.place == place
    }

    fn is(self, sensor: Sensor) -> bool {
        self.sensor.kind == sensor.kind && self.sensor.identity.is_same(sensor.identity)
    }
}

/// The entries of a list of the file, in its order.
fn entries(settings: &Settings, list: &str) -> Vec<Entry> {
    if list == SENSORS {
        let sensor = |identity| Sensor { kind: SensorKind::MuscleOxygen, identity };
        let worn = settings.worn.iter();
        worn.map(|worn| Entry { place: Place::Site(worn.site), sensor: sensor(worn.identity) }).collect()
    } else {
        let companions = settings.companions.iter().map(|companion| companion.sensor);
        companions.map(|sensor| Entry { place: Place::Companion(sensor.kind), sensor }).collect()
    }
}

const SENSORS: &str = "sensor";
const COMPANIONS: &str = "companion";

fn drop_entries(document: &mut DocumentMut, now: &Settings, unwanted: &dyn Fn(Entry) -> bool) {
    for list in [SENSORS, COMPANIONS] {
        // From the end, so that places before it stay.
        for (at, _) in entries(now, list).into_iter().enumerate().rev().filter(|(_, entry)| unwanted(*entry)) {
            match document.get_mut(list) {
                Some(Item::ArrayOfTables(tables)) => _ = tables.remove(at),
                Some(Item::Value(Value::Array(values))) => _ = values.remove(at),
                _ => {}
            }
        }
    }
}

/// Gives a place to a sensor, after taking the sensor from another place.
pub(super) fn assign(document: &mut DocumentMut, now: &Settings, sensor: Identity, place: Place, name: Option<&str>) {
    let taken = Sensor { kind: place.kind(), identity: sensor };
    drop_entries(document, now, &|entry| entry.is(taken) && !entry.is_at(place));
    put(document, now, sensor, place, name);
}

/// Takes the sensor from a place.
pub(super) fn forget(document: &mut DocumentMut, now: &Settings, place: Place) {
    drop_entries(document, now, &|entry| entry.is_at(place));
}

/// Changes the entry of a place, or adds one.
fn put(document: &mut DocumentMut, now: &Settings, sensor: Identity, place: Place, name: Option<&str>) {
    let (list, key) = match place {
        Place::Site(_) => (SENSORS, "site"),
        Place::Companion(_) => (COMPANIONS, "kind"),
    };
    // What was dropped before is not at this place, but may stand above it.
    let taken = Sensor { kind: place.kind(), identity: sensor };
    let left = entries(now, list).into_iter().filter(|entry| entry.is_at(place) || !entry.is(taken));
    let at = left.clone().position(|entry| entry.is_at(place));
    let mut fields: Vec<(&str, Value)> = vec![(key, place.code().into())];
    match sensor {
        Identity::Ant { number, transmission } => {
            fields.extend([("radio", "ant".into()), ("number", i64::from(number).into())]);
            if transmission != 0 {
                fields.push(("transmission", i64::from(transmission).into()));
            }
        }
        Identity::Ble { address } => {
            fields.extend([("radio", "ble".into()), ("address", address_text(&address).into())]);
        }
        // A recording's channel is nobody's sensor.
        Identity::Channel(_) => return,
    }
    if let Some(name) = name {
        fields.push(("name", name.into()));
    }
    let keys = ["radio", "number", "transmission", "address", "name"];
    if let Some(Item::Value(Value::Array(values))) = document.get_mut(list) {
        let entry: InlineTable = fields.into_iter().collect();
        match at.and_then(|at| values.get_mut(at)) {
            Some(old) => *old = entry.into(),
            None => values.push(entry),
        }
        return;
    }
    let item = document.entry(list).or_insert_with(|| Item::ArrayOfTables(toml_edit::ArrayOfTables::new()));
    let Some(tables) = item.as_array_of_tables_mut() else { return };
    if let Some(table) = at.and_then(|at| tables.get_mut(at)) {
        // Of another sensor, only its place stays.
        for key in keys {
            if fields.iter().all(|(field, _)| *field != key) {
                table.remove(key);
            }
        }
        for (field, value) in fields {
            match table.get_mut(field).and_then(Item::as_value_mut) {
                Some(old) => {
                    let decor = old.decor().clone();
                    *old = value;
                    *old.decor_mut() = decor;
                }
                None => table[field] = Item::Value(value),
            }
        }
        return;
    }
    let mut table = Table::new();
    for (field, value) in fields {
        table[field] = Item::Value(value);
    }
    tables.push(table);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::parse_identity;

    const TEXT: &str = "# mine\nwheel_mm = 2096 # measured\n\n[ant]\nnetwork_key = \"0011223344556677\" # dummy\n\n\
        # left shin guard\n[[sensor]]\nsite = \"mg.right\" # sits well\nradio = \"ant\"\nnumber = 7 # on its back\n";

    fn store(text: &str) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sling/config.toml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        (folder, Store::find(Some(&path)).unwrap())
    }

    fn text(store: &Store) -> String {
        fs::read_to_string(store.path()).unwrap()
    }

    fn sensor(text: &str) -> Identity {
        parse_identity(text).unwrap()
    }

    fn place(text: &str) -> Place {
        Place::parse(text).unwrap()
    }

    fn listed(settings: &Settings) -> Vec<String> {
        settings
            .sensors()
            .map(|(s, place, _)| format!("{place} {}", crate::settings::identity_text(&s.identity)))
            .collect()
    }

    #[test]
    fn what_the_user_wrote_survives_a_change() {
        let (_folder, store) = store(TEXT);
        let settings = store.assign(sensor("ble:c0:51:19:60:03:e9"), place("vl.right"), Some("new")).unwrap();
        assert_eq!(listed(&settings), ["mg.right ant:7", "vl.right ble:c0:51:19:60:03:e9"]);
        assert!(text(&store).starts_with(TEXT), "{}", text(&store));
        store.assign(sensor("ant:2001/5"), place("power"), None).unwrap();
        assert!(text(&store).starts_with(TEXT), "{}", text(&store));
        let settings = store.assign(sensor("ant:8"), place("mg.right"), None).unwrap();
        assert_eq!(listed(&settings), ["mg.right ant:8", "vl.right ble:c0:51:19:60:03:e9", "power ant:2001"]);
        assert!(text(&store).starts_with(&TEXT.replace("= 7 #", "= 8 #")), "{}", text(&store));
        assert_eq!(listed(&store.load().unwrap()), listed(&settings));
    }

    #[test]
    fn a_sensor_moves_to_its_new_place() {
        let (_folder, store) = store(TEXT);
        store.assign(sensor("ant:8"), place("vl.right"), None).unwrap();
        let settings = store.assign(sensor("ant:7"), place("vl.right"), None).unwrap();
        assert_eq!(listed(&settings), ["vl.right ant:7"]);
        let settings = store.assign(sensor("ble:c0:51:19:60:03:e9"), place("vl.right"), None).unwrap();
        assert_eq!(listed(&settings), ["vl.right ble:c0:51:19:60:03:e9"]);
        assert!(!text(&store).contains("number"), "{}", text(&store));
    }

    #[test]
    fn entries_that_stand_in_one_line_are_changed_too() {
        let (_folder, store) = store("sensor = [{ site = \"mg.right\", radio = \"ant\", number = 7 }]\n");
        let settings = store.assign(sensor("ant:8"), place("vl.right"), None).unwrap();
        assert_eq!(listed(&settings), ["mg.right ant:7", "vl.right ant:8"]);
        let settings = store.assign(sensor("ant:9"), place("mg.right"), None).unwrap();
        assert_eq!(listed(&settings), ["mg.right ant:9", "vl.right ant:8"]);
        assert_eq!(listed(&store.forget(place("mg.right")).unwrap()), ["vl.right ant:8"]);
    }

    #[test]
    fn a_change_can_be_taken_back_and_made_again() {
        let (_folder, store) = store(TEXT);
        store.forget(place("mg.right")).unwrap();
        assert!(!text(&store).contains("mg.right"));
        store.undo().unwrap();
        assert_eq!(text(&store), TEXT);
        store.undo().unwrap();
        assert!(!text(&store).contains("mg.right"));
    }

    #[test]
    fn a_file_is_made_where_there_is_none_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::find(Some(&folder.path().join("a/b/config.toml"))).unwrap();
        assert!(store.load().is_err() && store.undo().is_err());
        store.assign(sensor("ant:7"), place("mg.left"), None).unwrap();
        assert_eq!(text(&store), "[[sensor]]\nsite = \"mg.left\"\nradio = \"ant\"\nnumber = 7\n");
        #[cfg(unix)]
        for path in [store.path().to_owned(), store.before()] {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        }
    }

    #[test]
    fn a_file_that_is_wrong_is_left_as_it_is() {
        let wrong = TEXT.replace("wheel_mm", "weel_mm");
        let (_folder, store) = store(&wrong);
        assert!(store.assign(sensor("ant:8"), place("vl.right"), None).is_err());
        assert!(store.forget(place("mg.right")).is_err());
        assert_eq!(text(&store), wrong);
        assert!(!store.before().exists());
    }
}
