//! From TOML to checked [`Settings`]: first the shape of the file (serde), then its sense.

use super::identity::parse_address;
use super::{AntSettings, Companion, Key, KeyError, Settings, Worn};
use serde::Deserialize;
use sling_core::head_unit::{MAX_COMPANIONS, MAX_SITES};
use sling_core::language::Language;
use sling_core::sensor::{Identity, Sensor, SensorKind, Side, Site};
use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

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
    cues: RawCues,
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
struct RawCues {
    haptic: Option<bool>,
    beep: Option<bool>,
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
        haptic: raw.cues.haptic,
        beep: raw.cues.beep,
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
beep = true

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
        assert_eq!((config.wheel_mm, config.leg, config.haptic, config.beep), (2096, Side::Left, false, true));
        assert_eq!(config.language, Language::German);
        assert_eq!(config.roster[0].identity, Identity::Ant { number: 1234, transmission: 5 });
        assert_eq!(config.roster[1].site, Site::new(Muscle::VastusLateralis, Side::Right));
        assert_eq!(config.companions[0].kind, SensorKind::Power, "a number is unique among those of one kind");
        assert_eq!(settings.ant.baud, Some(57_600));
        assert!(settings.ant.key.is_some());
        assert_eq!(settings.worn[0].name.as_deref(), Some("the black one"));
        assert_eq!(parse("").unwrap(), Settings::default());
    }

    #[test]
    fn the_example_that_people_copy_is_right() {
        let readme = include_str!("../../../README.md");
        let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let settings = parse(example).unwrap();
        assert_eq!(settings.sensors().count(), 3);
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
            ("beep = true", "beep = 1", 13, "expected a boolean"),
            ("mg.right", "mg", 16, "`mg`"),
            ("mg.right", "calf.right", 16, "known are vl vm"),
            ("vl.right", "mg.right", 23, "worn at mg.right already"),
            ("radio = \"ble\"", "radio = \"wifi\"", 24, "radio is `wifi`; right is \"ant\" or \"ble\""),
            ("number = 1234\ntransmission", "number = 0\ntransmission", 18, "number is 0; right is 1 to 65535"),
            ("number = 1234\ntransmission", "transmission", 17, "needs its number"),
            ("address", "number = 1\naddress", 25, "an address, not a number"),
            (":E9", "", 25, "right are six bytes"),
            ("\"power\"", "\"watts\"", 28, "right is power, heart_rate"),
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
