//! From TOML to checked [`Settings`]: first the shape of the file (serde), then its sense.

use super::identity::parse_address;
use super::words::{self, BEEP, HAPTIC, LEVELS, Numbers, POINTS, STILL, THEMES, Words};
use super::{AntSettings, Companion, Key, KeyError, Settings, Worn};
use serde::Deserialize;
use sling_core::config::{Id, MAX_HIDDEN, MAX_NUMBERS};
use sling_core::field::FIELDS;
use sling_core::head_unit::{MAX_COMPANIONS, MAX_SITES, Volume};
use sling_core::language::Language;
use sling_core::sensor::{Identity, Sensor, SensorKind, Side, Site};
use sling_core::ui::PAGES;
use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::{Spanned, Value};

/// A configuration that cannot be used: one line that names the place and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {problem}", file.display())]
pub struct SettingsError {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    ant: RawAnt,
    #[serde(default)]
    sensor: Vec<Spanned<RawWorn>>,
    #[serde(default)]
    companion: Vec<Spanned<RawCompanion>>,
    wheel_mm: Option<Spanned<i64>>,
    leg: Option<Spanned<String>>,
    language: Option<Spanned<String>>,
    #[serde(default)]
    display: RawDisplay,
    #[serde(default)]
    cues: RawCues,
    #[serde(default)]
    alerts: RawAlerts,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnt {
    network_key: Option<Spanned<String>>,
    network_key_file: Option<Spanned<PathBuf>>,
    port: Option<Spanned<PathBuf>>,
    baud: Option<Spanned<i64>>,
    usb_serial: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDisplay {
    theme: Option<Spanned<String>>,
    large_text: Option<bool>,
    #[serde(default)]
    hidden_pages: Vec<Spanned<String>>,
    #[serde(default)]
    numbers: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCues {
    haptic: Option<Spanned<Value>>,
    beep: Option<Spanned<Value>>,
    from: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAlerts {
    least_points: Option<Spanned<Value>>,
    nudge_min: Option<Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWorn {
    site: Spanned<String>,
    radio: Spanned<String>,
    number: Option<Spanned<i64>>,
    transmission: Option<Spanned<i64>>,
    address: Option<Spanned<String>>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCompanion {
    kind: Spanned<String>,
    radio: Spanned<String>,
    number: Option<Spanned<i64>>,
    transmission: Option<Spanned<i64>>,
    address: Option<Spanned<String>>,
    name: Option<String>,
}

/// What is wrong, and where.
type Fail = (Range<usize>, String);

/// A key file of a few words; more is another file.
const KEY_FILE_BYTES: u64 = 4096;

impl Settings {
    /// Reads a configuration. `file` is its name in errors, and a key file that is not named in full lies beside it.
    pub fn parse(source: &str, file: &Path) -> Result<Self, SettingsError> {
        let line_at = |offset: usize| source.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        let error = |line, problem| SettingsError { file: file.to_owned(), line, problem };
        let raw: Raw = toml::from_str(source).map_err(|toml| {
            let line = toml.span().map_or(1, |span| line_at(span.start));
            // A message about the key's line could tell the key.
            let about_key = source.lines().nth(line - 1).is_some_and(|text| text.contains("network_key"));
            let problem = if about_key && !toml.message().starts_with("unknown field") {
                "network_key is a text in quotes of 8 bytes, such as \"00 11 22 33 44 55 66 77\"; network_key_file is a \
                 path in quotes"
                    .to_owned()
            } else {
                toml.message().lines().collect::<Vec<_>>().join(", ")
            };
            error(line, problem)
        })?;
        read(&raw, file.parent(), &line_at).map_err(|(span, problem)| error(line_at(span.start), problem))
    }
}

fn read(raw: &Raw, folder: Option<&Path>, line_at: &dyn Fn(usize) -> usize) -> Result<Settings, Fail> {
    let mut settings = Settings {
        ant: ant(&raw.ant, folder)?,
        wheel_mm: raw.wheel_mm.as_ref().map(|mm| number("wheel_mm", mm, 500, 4000)).transpose()?,
        leg: raw.leg.as_ref().map(leg).transpose()?,
        language: raw.language.as_ref().map(language).transpose()?,
        theme: raw.display.theme.as_ref().map(|it| one_of("theme", it, THEMES)).transpose()?,
        large_text: raw.display.large_text,
        hidden_pages: hidden_pages(&raw.display.hidden_pages)?,
        numbers: numbers(&raw.display.numbers)?,
        haptic: raw.cues.haptic.as_ref().map(|it| volume("haptic", it, HAPTIC)).transpose()?,
        beep: raw.cues.beep.as_ref().map(|it| volume("beep", it, BEEP)).transpose()?,
        cues_from: raw.cues.from.as_ref().map(|it| one_of("from", it, LEVELS)).transpose()?,
        least_points: raw.alerts.least_points.as_ref().map(|it| few("least_points", it, &POINTS)).transpose()?,
        still_min: raw.alerts.nudge_min.as_ref().map(|it| few("nudge_min", it, &STILL)).transpose()?,
        ..Settings::default()
    };
    // Lines of what was named already.
    let mut lines = Vec::new();
    let taken = |lines: &[(Sensor, usize)], sensor: Sensor, span: Range<usize>| {
        let is_it = |other: &Sensor| other.kind == sensor.kind && other.identity.is_same(sensor.identity);
        match lines.iter().find(|(other, _)| is_it(other)) {
            Some((_, line)) => {
                Err((span, format!("this sensor is named already, in line {line}; a sensor has one place")))
            }
            None => Ok(()),
        }
    };
    for entry in &raw.sensor {
        let it = entry.get_ref();
        let site: Site = it
            .site
            .get_ref()
            .parse()
            .map_err(|error| (it.site.span(), format!("site `{}`: {error}", it.site.get_ref())))?;
        if settings.worn.iter().any(|worn| worn.site == site) {
            let problem = format!("a sensor is worn at {site} already; a site carries one sensor");
            return Err((it.site.span(), problem));
        }
        let identity = identity(&it.radio, it.number.as_ref(), it.transmission.as_ref(), it.address.as_ref())?;
        let sensor = Sensor { kind: SensorKind::MuscleOxygen, identity };
        taken(&lines, sensor, entry.span())?;
        lines.push((sensor, line_at(entry.span().start)));
        if settings.worn.len() == MAX_SITES {
            return Err((entry.span(), format!("this is sensor {}; at most {MAX_SITES} are carried", MAX_SITES + 1)));
        }
        settings.worn.push(Worn { site, identity, name: it.name.clone() });
    }
    for entry in &raw.companion {
        let it = entry.get_ref();
        let kind = companion_kind(it.kind.get_ref()).map_err(|problem| (it.kind.span(), problem))?;
        let identity = identity(&it.radio, it.number.as_ref(), it.transmission.as_ref(), it.address.as_ref())?;
        let sensor = Sensor { kind, identity };
        taken(&lines, sensor, entry.span())?;
        lines.push((sensor, line_at(entry.span().start)));
        if settings.companions.iter().any(|other| other.sensor.kind == kind) {
            return Err((
                it.kind.span(),
                format!("there is a {} companion already; one of each kind is used", kind.code()),
            ));
        }
        if settings.companions.len() == MAX_COMPANIONS {
            return Err((
                entry.span(),
                format!("this is companion {}; at most {MAX_COMPANIONS} are used", MAX_COMPANIONS + 1),
            ));
        }
        settings.companions.push(Companion { sensor, name: it.name.clone() });
    }
    Ok(settings)
}

/// The kind that a companion can have.
pub(super) fn companion_kind(code: &str) -> Result<SensorKind, String> {
    let mut kinds = SensorKind::ALL.into_iter().filter(|kind| *kind != SensorKind::MuscleOxygen);
    kinds.find(|kind| kind.code() == code).ok_or_else(|| {
        format!("`{code}` is no kind of companion; right is power, heart_rate, speed, cadence or speed_cadence")
    })
}

fn ant(raw: &RawAnt, folder: Option<&Path>) -> Result<AntSettings, Fail> {
    if let (Some(_), Some(file)) = (&raw.network_key, &raw.network_key_file) {
        return Err((file.span(), "network_key and network_key_file exclude each other; keep one".into()));
    }
    if let (Some(_), Some(serial)) = (&raw.port, &raw.usb_serial) {
        return Err((serial.span(), "port is a serial line and usb_serial chooses a stick on USB; keep one".into()));
    }
    if let (None, Some(baud)) = (&raw.port, &raw.baud) {
        return Err((baud.span(), "baud is the speed of a serial line; it needs port".into()));
    }
    let mut key = None;
    if let Some(text) = &raw.network_key {
        key =
            Some(Key::parse(text.get_ref()).map_err(|error: KeyError| (text.span(), format!("network_key {error}")))?);
    }
    if let Some(file) = &raw.network_key_file {
        let path = folder.map_or_else(|| file.get_ref().clone(), |folder| folder.join(file.get_ref()));
        let mut text = String::new();
        fs::File::open(&path)
            .and_then(|file| file.take(KEY_FILE_BYTES).read_to_string(&mut text))
            .map_err(|error| (file.span(), format!("network_key_file {}: {error}", path.display())))?;
        key = Some(Key::parse(&text).map_err(|error| (file.span(), format!("the key in {} {error}", path.display())))?);
    }
    Ok(AntSettings {
        key,
        port: raw.port.as_ref().map(|port| port.get_ref().clone()),
        baud: raw.baud.as_ref().map(|baud| number("baud", baud, 1200, 1_000_000)).transpose()?,
        usb_serial: raw.usb_serial.as_ref().map(|serial| serial.get_ref().clone()),
    })
}

fn leg(text: &Spanned<String>) -> Result<Side, Fail> {
    match text.get_ref().as_str() {
        "left" => Ok(Side::Left),
        "right" => Ok(Side::Right),
        other => Err((text.span(), format!("leg is `{other}`; right is \"left\" or \"right\""))),
    }
}

fn language(code: &Spanned<String>) -> Result<Language, Fail> {
    let code_text = code.get_ref();
    let known = || Language::ALL.map(|language| format!("\"{language}\"")).join(", ");
    code_text.parse().map_err(|_| (code.span(), format!("language is `{code_text}`; right is one of {}", known())))
}

fn one_of<T: Copy>(key: &str, word: &Spanned<String>, of: &Words<T>) -> Result<T, Fail> {
    let text = word.get_ref();
    words::thing(of, text)
        .ok_or_else(|| (word.span(), format!("{key} is `{text}`; right is one of {}", words::right(of))))
}

/// A volume by its word; of old, whether there is any.
fn volume(key: &str, value: &Spanned<Value>, of: &Words<Volume>) -> Result<Volume, Fail> {
    let found = match value.get_ref() {
        Value::Boolean(is_on) => Some(if *is_on { Volume::Normal } else { Volume::Off }),
        Value::String(word) => words::thing(of, word),
        _ => None,
    };
    found.ok_or_else(|| (value.span(), format!("{key} is {}; right is one of {}", said(value), words::right(of))))
}

/// One of a few numbers, or the word for none of them.
fn few(key: &str, value: &Spanned<Value>, of: &Numbers) -> Result<u8, Fail> {
    let found = match value.get_ref() {
        Value::Integer(number) => of.number(*number),
        Value::String(word) if word == of.word => Some(0),
        _ => None,
    };
    found.ok_or_else(|| (value.span(), format!("{key} is {}; right is one of {}", said(value), of.right())))
}

/// A value as a part of a line.
fn said(value: &Spanned<Value>) -> String {
    match value.get_ref() {
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
        other => other.to_string().lines().collect::<Vec<_>>().join(" "),
    }
}

fn hidden_pages(ids: &[Spanned<String>]) -> Result<Vec<Id>, Fail> {
    let known: Vec<&str> = PAGES.iter().filter(|page| page.is_optional()).map(|page| page.id()).collect();
    for (at, id) in ids.iter().enumerate() {
        if ids.iter().take(at).any(|other| other.get_ref() == id.get_ref()) {
            return Err((id.span(), format!("hidden_pages names `{}` twice; once is right", id.get_ref())));
        }
    }
    named("hidden_pages", ids, &known, MAX_HIDDEN)
}

fn numbers(ids: &[Spanned<String>]) -> Result<Vec<Id>, Fail> {
    let known: Vec<&str> = FIELDS.iter().map(|field| field.id()).collect();
    named("numbers", ids, &known, MAX_NUMBERS)
}

/// A list of names, of which no more than `most` are taken.
fn named(key: &str, ids: &[Spanned<String>], known: &[&str], most: usize) -> Result<Vec<Id>, Fail> {
    if let Some(more) = ids.get(most) {
        return Err((more.span(), format!("`{}` is one too many in {key}; at most {most} are taken", more.get_ref())));
    }
    let name = |id: &Spanned<String>| {
        let found = known.iter().find(|it| **it == id.get_ref()).and_then(|it| Id::try_from(*it).ok());
        found.ok_or_else(|| {
            (id.span(), format!("`{}` is unknown in {key}; right are: {}", id.get_ref(), known.join(", ")))
        })
    };
    ids.iter().map(name).collect()
}

fn number<T: TryFrom<i64>>(key: &str, value: &Spanned<i64>, low: i64, high: i64) -> Result<T, Fail> {
    let n = *value.get_ref();
    let fits = T::try_from(n).ok().filter(|_| (low..=high).contains(&n));
    fits.ok_or_else(|| (value.span(), format!("{key} is {n}; right is {low} to {high}")))
}

fn identity(
    radio: &Spanned<String>,
    number_: Option<&Spanned<i64>>,
    transmission: Option<&Spanned<i64>>,
    address: Option<&Spanned<String>>,
) -> Result<Identity, Fail> {
    match radio.get_ref().as_str() {
        "ant" => {
            if let Some(address) = address {
                return Err((address.span(), "an ANT+ sensor has a number, not an address".into()));
            }
            let device = number_
                .ok_or_else(|| (radio.span(), "an ANT+ sensor needs its number, such as number = 1234".to_owned()))?;
            Ok(Identity::Ant {
                number: number("number", device, 1, 65_535)?,
                transmission: transmission.map_or(Ok(0), |it| number("transmission", it, 0, 255))?,
            })
        }
        "ble" => {
            if let Some(other) = number_.or(transmission) {
                return Err((other.span(), "a Bluetooth sensor has an address, not a number".into()));
            }
            let address = address.ok_or_else(|| {
                (
                    radio.span(),
                    "a Bluetooth sensor needs its address, such as address = \"c0:51:19:60:03:e9\"".to_owned(),
                )
            })?;
            let bytes = parse_address(address.get_ref()).ok_or_else(|| {
                (
                    address.span(),
                    format!("address is `{}`; right are six bytes, such as c0:51:19:60:03:e9", address.get_ref()),
                )
            })?;
            Ok(Identity::Ble { address: bytes })
        }
        other => Err((radio.span(), format!("radio is `{other}`; right is \"ant\" or \"ble\""))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sling_core::draw::Theme;
    use sling_core::head_unit::{Config, Level};
    use sling_core::sensor::Muscle;

    const WHOLE: &str = r#"
wheel_mm = 2096
leg = "left"
language = "de"

[ant]
network_key = "00 11 22 33 44 55 66 77"
port = "/dev/ttyUSB0"
baud = 57600

[cues]
haptic = false
beep = "loud"
from = "warning"

[alerts]
least_points = 10
nudge_min = "off"

[display]
theme = "night"
large_text = true
hidden_pages = ["lap", "sides"]
numbers = ["power", "smo2_calf", "power"]

[[sensor]]
site = "mg.right"
radio = "ant"
number = 1234
transmission = 5
name = "the black one"

[[sensor]]
site = "vl.right"
radio = "ble"
address = "C0:51:19:60:03:E9"

[[companion]]
kind = "power"
radio = "ant"
number = 1234
"#;

    fn parse(text: &str) -> Result<Settings, SettingsError> {
        Settings::parse(text, Path::new("config.toml"))
    }

    #[test]
    fn everything_that_can_be_said_is_understood() {
        let settings = parse(WHOLE).unwrap();
        let config = settings.config((240, 400));
        assert_eq!((config.wheel_mm, config.leg), (2096, Side::Left));
        assert_eq!((config.haptic, config.beep, config.cues_from), (Volume::Off, Volume::High, Level::Warning));
        assert_eq!((config.least_points, config.still_min), (10, 0));
        assert_eq!((config.language, config.theme, config.large_text), (Language::German, Theme::Night, true));
        assert_eq!(config.hidden_pages, ["lap", "sides"]);
        assert_eq!(config.numbers, ["power", "smo2_calf", "power"]);
        assert_eq!(config.roster[0].identity, Identity::Ant { number: 1234, transmission: 5 });
        assert_eq!(config.roster[1].site, Site::new(Muscle::VastusLateralis, Side::Right));
        assert_eq!(config.companions[0].kind, SensorKind::Power, "a number is unique among those of one kind");
        assert_eq!(settings.ant.baud, Some(57_600));
        assert!(settings.ant.key.is_some());
        assert_eq!(settings.worn[0].name.as_deref(), Some("the black one"));
        assert_eq!(parse("").unwrap(), Settings::default());
        assert_eq!(parse("").unwrap().config(Config::DEFAULT.screen), Config::DEFAULT);
    }

    #[test]
    fn volumes_and_thresholds_have_words_and_what_was_written_of_old_still_reads() {
        let cues = |text: &str| parse(&format!("[cues]\n{text}")).unwrap().config((240, 400));
        for (haptic, beep, volume) in [
            ("true", "true", Volume::Normal),
            ("false", "false", Volume::Off),
            ("\"off\"", "\"off\"", Volume::Off),
            ("\"soft\"", "\"quiet\"", Volume::Low),
            ("\"normal\"", "\"normal\"", Volume::Normal),
            ("\"strong\"", "\"loud\"", Volume::High),
        ] {
            let config = cues(&format!("haptic = {haptic}\nbeep = {beep}\n"));
            assert_eq!((config.haptic, config.beep), (volume, volume), "{haptic} {beep}");
        }
        for (points, minutes, read) in
            [("\"auto\"", "\"off\"", (0, 0)), ("8", "10", (8, 10)), ("10", "20", (10, 20)), ("15", "30", (15, 30))]
        {
            let alerts = parse(&format!("[alerts]\nleast_points = {points}\nnudge_min = {minutes}\n")).unwrap();
            let config = alerts.config((240, 400));
            assert_eq!((config.least_points, config.still_min), read);
        }
    }

    #[test]
    fn a_setting_that_is_wrong_is_told_with_its_line_and_what_would_be_right() {
        for (table, line, words) in [
            (
                "cues",
                "haptic = \"loud\"",
                "haptic is \"loud\"; right is one of \"off\", \"soft\", \"normal\", \"strong\"",
            ),
            ("cues", "haptic = 1", "haptic is 1; right is one of"),
            ("cues", "haptic = [true]", "haptic is a list; right is one of"),
            ("cues", "haptic = \"\"\"a\nb\"\"\"", "right is one of"),
            (
                "cues",
                "beep = \"strong\"",
                "beep is \"strong\"; right is one of \"off\", \"quiet\", \"normal\", \"loud\"",
            ),
            ("cues", "from = \"info\"", "from is `info`; right is one of \"caution\", \"warning\""),
            ("alerts", "least_points = 9", "least_points is 9; right is one of \"auto\", 8, 10, 15"),
            ("alerts", "least_points = 0", "least_points is 0; right is"),
            ("alerts", "least_points = \"off\"", "least_points is \"off\"; right is"),
            ("alerts", "nudge_min = 15", "nudge_min is 15; right is one of \"off\", 10, 20, 30"),
            ("alerts", "nudge_min = 266", "nudge_min is 266"),
            ("display", "theme = \"dark\"", "theme is `dark`; right is one of \"day\", \"night\""),
            ("display", "large_text = \"yes\"", "expected a boolean"),
            ("display", "hidden_pages = [\"balance\"]", "`balance` is unknown in hidden_pages; right are: "),
            ("display", "hidden_pages = [\"lap\", \"lap\"]", "hidden_pages names `lap` twice"),
            ("display", "numbers = [\"watts\"]", "`watts` is unknown in numbers; right are: "),
            (
                "display",
                "numbers = [\"power\",\"power\",\"power\",\"power\",\"power\",\"power\",\"power\",\"power\",\"cadence\"]",
                "`cadence` is one too many in numbers; at most 8 are taken",
            ),
            ("display", "colour = 1", "unknown field `colour`"),
        ] {
            let error = parse(&format!("# mine\n[{table}]\n{line}\n")).unwrap_err();
            assert!(error.problem.contains(words), "{line}: {error}");
            assert_eq!((error.line, error.to_string().lines().count()), (3, 1), "{line}: {error}");
        }
    }

    #[test]
    fn the_example_that_people_copy_is_right() {
        let readme = include_str!("../../../README.md");
        let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let settings = parse(example).unwrap();
        assert_eq!(settings.sensors().count(), 3);
        assert_eq!(settings.config(Config::DEFAULT.screen).theme, Config::DEFAULT.theme);
        for page in PAGES.iter().filter(|page| page.is_optional()) {
            assert!(example.contains(page.id()), "{}", page.id());
        }
        // What is commented out can be put in, each on its own.
        for line in example.lines().filter_map(|line| line.strip_prefix("# ")) {
            let with = example.replacen(&format!("# {line}"), line, 1);
            assert!(parse(&with).is_ok(), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_what_would_be_right() {
        for (from, to, line, words) in [
            ("wheel_mm", "wheel_cm", 2, "unknown field `wheel_cm`"),
            ("= 2096", "= 20960", 2, "wheel_mm is 20960; right is 500 to 4000"),
            ("leg = \"left\"", "leg = \"both\"", 3, "leg is `both`; right is \"left\" or \"right\""),
            ("= \"de\"", "= \"pt\"", 4, "language is `pt`; right is one of \"en\", \"de\", \"fr\""),
            ("66 77", "66", 7, "has 14 hexadecimal digits; right are 16"),
            ("baud = 57600", "usb_serial = \"1\"", 9, "keep one"),
            ("port = \"/dev/ttyUSB0\"", "", 9, "it needs port"),
            ("beep = \"loud\"", "beep = 1", 13, "beep is 1; right is one of"),
            ("mg.right", "mg", 27, "`mg`"),
            ("mg.right", "calf.right", 27, "known are vl vm"),
            ("vl.right", "mg.right", 34, "worn at mg.right already"),
            ("radio = \"ble\"", "radio = \"wifi\"", 35, "radio is `wifi`; right is \"ant\" or \"ble\""),
            ("number = 1234\ntransmission", "number = 0\ntransmission", 29, "number is 0; right is 1 to 65535"),
            ("number = 1234\ntransmission", "transmission", 28, "needs its number"),
            ("address", "number = 1\naddress", 36, "an address, not a number"),
            (":E9", "", 36, "right are six bytes"),
            ("kind = \"power\"", "kind = \"watts\"", 39, "right is power, heart_rate"),
        ] {
            let text = WHOLE.replacen(from, to, 1);
            assert_ne!(text, WHOLE, "{from}");
            let error = parse(&text).unwrap_err();
            assert!(error.problem.contains(words), "{from} -> {to}: {error}");
            assert_eq!(error.line, line, "{from} -> {to}: {error}");
            assert_eq!(error.to_string().lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn the_key_is_in_no_message() {
        for key in ["\"a1 b2 c3 d4\"", "0xa1b2c3d4", "'a1 b2 c3 d4", "[0xa1, 0xb2]", "a1b2c3d4"] {
            let text = format!("[ant]\nnetwork_key = {key}\n");
            let said = parse(&text).unwrap_err().to_string();
            for secret in ["a1", "b2", "161", "2712847316"] {
                assert!(!said.contains(secret), "{key}: {said}");
            }
            assert!(said.starts_with("config.toml:2: "), "{said}");
        }
    }

    #[test]
    fn a_sensor_has_one_place() {
        let twice = "[[sensor]]\nsite = \"mg.right\"\nradio = \"ant\"\nnumber = 7\n\
                     [[sensor]]\nsite = \"vl.right\"\nradio = \"ant\"\nnumber = 7\ntransmission = 5\n";
        let error = parse(twice).unwrap_err();
        assert!(error.problem.contains("line 1"), "{error}");
        assert_eq!(error.line, 5);
    }
}
