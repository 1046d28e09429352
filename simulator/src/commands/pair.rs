//! `sling pair`: which sensor is worn where.

use super::radios;
use super::scan::{Found, listen, names, reading_words, redraw, say_radios, table};
use crate::error::CommandError;
use crate::settings::{Place, Settings, Store, identity_text, parse_identity};
use crate::talk::{Stdout, tell};
use clap::Args;
use serde_json::json;
use sling_core::Input;
use sling_core::head_unit::Listing;
use sling_core::link::RadioState;
use sling_core::sensor::{Identity, Muscle, Neighbour, Sensor, SensorKind, Side, Site};
use sling_core::time;
use std::io::{self, BufRead, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Say which sensor is worn where.
///
/// Without arguments, asks: hold the sensor close, say where it is worn, confirm. With a sensor and a place, keeps that:
/// `sling pair ant:1234 mg.right`, `sling pair ble:c0:51:19:60:03:e9 vl.right`, `sling pair ant:2001 power`.
/// `sling scan` shows the sensors. A site is a muscle (vl vm rf mg lg sol bf st gmax gmed ta es del) and a side.
#[derive(Debug, Args)]
// Each is a flag of the command line.
#[allow(clippy::struct_excessive_bools)]
pub struct Pair {
    /// The sensor, such as `ant:1234` or `ble:c0:51:19:60:03:e9`
    #[arg(value_name = "SENSOR", value_parser = parse_identity)]
    sensor: Option<Identity>,
    /// Where it is worn, such as mg.right; or `power`, `heart_rate`, `speed`, `cadence`, `speed_cadence`
    #[arg(value_name = "PLACE", value_parser = Place::parse, requires = "sensor")]
    place: Option<Place>,
    /// What you call it
    #[arg(long, value_name = "NAME", conflicts_with_all = ["forget", "list", "undo"])]
    name: Option<String>,
    /// Take the place from the sensor that has it, and the sensor from the place that it has
    #[arg(long, conflicts_with_all = ["forget", "list", "undo"])]
    replace: bool,
    /// Take the sensor from this place
    #[arg(long, value_name = "PLACE", value_parser = Place::parse, conflicts_with_all = ["sensor", "list", "undo"])]
    forget: Option<Place>,
    /// List what is kept
    #[arg(long, conflicts_with_all = ["sensor", "undo"])]
    list: bool,
    /// With --list, one JSON object a line
    #[arg(long, requires = "list")]
    json: bool,
    /// Take the last change back
    #[arg(long, conflicts_with = "sensor")]
    undo: bool,
}

impl Pair {
    pub(super) fn run(self, store: &Store) -> Result<(), CommandError> {
        if self.list {
            return list(&store.load_or_new()?, self.json);
        }
        if self.undo {
            list(&store.undo()?, false)?;
            tell(format_args!("Taken back; once more brings it back."));
            return Ok(());
        }
        if let Some(place) = self.forget {
            let settings = store.load_or_new()?;
            if settings.sensors().all(|(_, at, _)| at != place.code()) {
                let places: Vec<_> = settings.sensors().map(|(_, at, _)| at).collect();
                let known = if places.is_empty() {
                    "no place has one".into()
                } else {
                    format!("known are {}", places.join(", "))
                };
                return Err(CommandError::Usage(format!("no sensor is kept at {}; {known}", place.code())));
            }
            return list(&store.forget(place)?, false);
        }
        let settings = store.load_or_new()?;
        let mut dialogue = Dialogue { is_terminal: io::stdin().is_terminal() && io::stderr().is_terminal() };
        let sensor = match self.sensor {
            Some(sensor) => sensor,
            None => nearest_sensor(&settings, &mut dialogue)?,
        };
        let place = match self.place {
            Some(place) => place,
            None => Place::Site(dialogue.site(&settings)?),
        };
        let asked = self.place.is_none();
        if let Err(why) = free(&settings, sensor, place)
            && !self.replace
        {
            if !asked {
                return Err(CommandError::Usage(format!("{why}; --replace does it all the same")));
            }
            if !dialogue.yes(&format!("{why}. Do it all the same?"), false)? {
                unchanged();
                return Ok(());
            }
        } else if asked
            && !dialogue.yes(&format!("Keep {} for {}?", identity_text(&sensor), place_words(place)), true)?
        {
            unchanged();
            return Ok(());
        }
        let settings = store.assign(sensor, place, self.name.as_deref())?;
        list(&settings, false)?;
        tell(format_args!("Kept in {} (sling pair --undo takes it back).", store.path().display()));
        Ok(())
    }
}

/// Whether the sensor may have the place; otherwise who is in the way.
fn free(settings: &Settings, sensor: Identity, place: Place) -> Result<(), String> {
    let is_it = |other: &Sensor| other.kind == place.kind() && other.identity.is_same(sensor);
    let name = identity_text(&sensor);
    for (other, at, _) in settings.sensors() {
        match (at == place.code(), is_it(&other)) {
            (true, false) => return Err(format!("{at} has {} already", identity_text(&other.identity))),
            (false, true) => return Err(format!("{name} has {at} already")),
            _ => {}
        }
    }
    Ok(())
}

fn list(settings: &Settings, json: bool) -> Result<(), CommandError> {
    let mut out = Stdout::new();
    if json {
        for (sensor, place, name) in settings.sensors() {
            let (kind, sensor) = (sensor.kind.code(), identity_text(&sensor.identity));
            writeln!(out, "{}", json!({ "place": place, "sensor": sensor, "kind": kind, "name": name }))?;
        }
        return Ok(out.flush()?);
    }
    for (sensor, place, name) in settings.sensors() {
        let name = name.map(|name| format!("  ({name})")).unwrap_or_default();
        writeln!(out, "{place:<14} {}{name}", identity_text(&sensor.identity))?;
    }
    out.flush()?;
    if settings.sensors().next().is_none() {
        tell(format_args!("No sensor is kept yet: sling pair."));
    }
    Ok(())
}

/// What was asked for is done: nothing.
fn unchanged() {
    tell(format_args!("Nothing was changed."));
}

/// Where a muscle is, for those who do not have its name at hand.
const fn whereabouts(muscle: Muscle) -> &'static str {
    match muscle {
        Muscle::VastusLateralis => "thigh, outside",
        Muscle::VastusMedialis => "thigh, inside, above the knee",
        Muscle::RectusFemoris => "thigh, front",
        Muscle::GastrocnemiusMedialis => "calf, inside",
        Muscle::GastrocnemiusLateralis => "calf, outside",
        Muscle::Soleus => "calf, low, under the others",
        Muscle::BicepsFemoris => "back of the thigh, outside",
        Muscle::Semitendinosus => "back of the thigh, inside",
        Muscle::GluteusMaximus => "buttock",
        Muscle::GluteusMedius => "hip, side",
        Muscle::TibialisAnterior => "shin",
        Muscle::ErectorSpinae => "lower back",
        Muscle::Deltoid => "shoulder, for comparison",
    }
}

fn place_words(place: Place) -> String {
    match place {
        Place::Site(site) => format!("{site}, the {} {}", site.side.code(), site.muscle.name()),
        Place::Companion(kind) => kind.code().replace('_', " "),
    }
}

// ---- asking ---------------------------------------------------------------------------------------------------------

/// Questions on standard error, answers from standard input.
struct Dialogue {
    is_terminal: bool,
}

impl Dialogue {
    fn ask(&self, question: &str) -> Result<String, CommandError> {
        let mut err = io::stderr();
        // A question to nobody ends at the missing answer.
        let _ = write!(err, "{question} ").and_then(|()| err.flush());
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            tell(format_args!(""));
            return Err(CommandError::Usage(
                "no answer; name both to be asked nothing: sling pair ant:1234 mg.right".into(),
            ));
        }
        if !self.is_terminal {
            tell(format_args!(""));
        }
        Ok(line.trim().to_owned())
    }

    fn yes(&self, question: &str, standard: bool) -> Result<bool, CommandError> {
        let choice = if standard { "[Y/n]" } else { "[y/N]" };
        loop {
            match self.ask(&format!("{question} {choice}"))?.to_lowercase().as_str() {
                "" => return Ok(standard),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => tell(format_args!("Please answer y or n.")),
            }
        }
    }

    /// A site by its code, or by its number in the list.
    fn site(&self, settings: &Settings) -> Result<Site, CommandError> {
        tell(format_args!("Where is it worn?"));
        let sites: Vec<Site> =
            Muscle::ALL.iter().flat_map(|m| [Side::Left, Side::Right].map(|side| Site::new(*m, side))).collect();
        for (n, pair) in sites.chunks(2).enumerate() {
            let cell = |i: usize| {
                let site = pair[i];
                let by = settings.worn.iter().find(|worn| worn.site == site);
                let by = by.map(|worn| format!(" ({})", identity_text(&worn.identity))).unwrap_or_default();
                format!("{:>2} {site}{by}", 2 * n + i + 1)
            };
            let line = format!("  {:<29}  {:<22}  {}", whereabouts(pair[0].muscle), cell(0), cell(1));
            tell(format_args!("{}", line.trim_end()));
        }
        loop {
            let answer = self.ask("Number or code, such as mg.right:")?;
            let by_number = answer.parse::<usize>().ok().and_then(|n| sites.get(n.wrapping_sub(1)).copied());
            match by_number.map_or_else(|| answer.parse::<Site>(), Ok) {
                Ok(site) => return Ok(site),
                Err(error) => tell(format_args!("`{answer}`: {error}.")),
            }
        }
    }

    /// One of those that were heard, by number.
    fn one_of(&self, heard: &[Neighbour]) -> Result<Identity, CommandError> {
        for (n, neighbour) in heard.iter().enumerate() {
            tell(format_args!("{:>3}  {}", n + 1, in_words(neighbour)));
        }
        loop {
            let answer = self.ask("Which one?")?;
            match answer.parse::<usize>().ok().and_then(|n| heard.get(n.wrapping_sub(1))) {
                Some(neighbour) => return Ok(neighbour.sensor.identity),
                None => tell(format_args!("`{answer}` is none of 1 to {}.", heard.len())),
            }
        }
    }
}

fn in_words(neighbour: &Neighbour) -> String {
    let signal = neighbour.rssi_dbm.map(|dbm| format!(", {dbm} dBm")).unwrap_or_default();
    let reading = neighbour.reading.map(|reading| format!(", {}", reading_words(reading))).unwrap_or_default();
    format!("{}{signal}{reading}", names(neighbour))
}

// ---- which one is close ---------------------------------------------------------------------------------------------

/// A sensor that was silent for this long is not held close.
const FRESH: time::Duration = time::Duration::from_s(4);
/// Nearer than the next one by this much: a third of its distance in the open, and well above the flicker of one place.
const CLEARLY_DB: i16 = 10;
/// It must stay the nearest for this long.
const STEADY: Duration = Duration::from_secs(3);
/// Alone for this long: there will be no other.
const ALONE: Duration = Duration::from_secs(8);
/// Then a person chooses.
const PATIENCE: Duration = Duration::from_secs(40);
/// Nobody there at all.
const NOBODY: Duration = Duration::from_secs(90);
/// With plain channels a stick hears only a ring around it, which grows by a step after each of these.
const RING: Duration = Duration::from_secs(6);
const RINGS: u8 = 10;

/// Who is held close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Near {
    Nobody,
    /// The only one.
    Alone(Identity),
    /// Much nearer than the others.
    Nearest(Identity),
    Unclear,
}

fn near(heard: &[Neighbour], now: time::Instant) -> Near {
    let fresh: Vec<_> = heard.iter().filter(|n| now.since(n.at) < FRESH).collect();
    match fresh[..] {
        [] => Near::Nobody,
        [one] => Near::Alone(one.sensor.identity),
        _ => {
            let mut strengths: Vec<_> = fresh.iter().map(|n| (n.rssi_dbm.map_or(i16::MIN, i16::from), n)).collect();
            strengths.sort_by_key(|(dbm, _)| std::cmp::Reverse(*dbm));
            match strengths[..] {
                // One whose strength is not known may be as near.
                [(best, nearest), (next, _), ..]
                    if strengths.iter().all(|(dbm, _)| *dbm > i16::MIN) && best - next >= CLEARLY_DB =>
                {
                    Near::Nearest(nearest.sensor.identity)
                }
                _ => Near::Unclear,
            }
        }
    }
}

/// Listens until one sensor is plainly the one that is held close, and has that confirmed.
fn nearest_sensor(settings: &Settings, dialogue: &mut Dialogue) -> Result<Identity, CommandError> {
    tell(format_args!("Hold one sensor close to the stick or the adapter, and keep the others away."));
    let mut live = listen(settings, Listing::Near(1))?;
    let began = Instant::now();
    let (mut since, mut before) = (began, Near::Nobody);
    let (mut ring, mut shown, mut due) = (1, 0, began);
    let mut said = [RadioState::Unused; 2];
    let in_place = dialogue.is_terminal && io::stdout().is_terminal();
    let (heard, chosen) = loop {
        let goes_on = live.turn(Duration::from_millis(200))?;
        let mut found = Found::default();
        found.note(live.unit());
        let muscles: Vec<_> = found.0.into_iter().filter(|n| n.sensor.kind == SensorKind::MuscleOxygen).collect();
        if !goes_on {
            return Err(CommandError::Usage("stopped; nothing was changed".into()));
        }
        if !in_place {
            say_radios(live.unit(), &radios::BOTH, &mut said);
        } else if Instant::now() >= due {
            due = Instant::now() + Duration::from_millis(500);
            shown = redraw(&table(live.unit(), &muscles, settings, None), shown)?;
        }
        let now = near(&muscles, live.now());
        if now != before {
            (since, before) = (Instant::now(), now);
        }
        match now {
            Near::Nearest(identity) if since.elapsed() >= STEADY => break (muscles, Some(identity)),
            Near::Alone(identity) if since.elapsed() >= ALONE => break (muscles, Some(identity)),
            Near::Unclear if began.elapsed() >= PATIENCE => break (muscles, None),
            Near::Nobody if began.elapsed() >= NOBODY => {
                live.finish()?;
                return Err(CommandError::Usage(
                    "no muscle oxygen sensor was heard; sling doctor looks at this machine, sling scan lists what is there"
                        .into(),
                ));
            }
            _ => {}
        }
        if now == Near::Nobody && ring < RINGS && began.elapsed() >= RING * u32::from(ring) {
            ring += 1;
            live.give(&Input::Search(Listing::Near(ring)))?;
        }
    };
    // The radios are let go before a person thinks.
    live.finish()?;
    if let Some(neighbour) = heard.iter().find(|n| Some(n.sensor.identity) == chosen)
        && dialogue.yes(&format!("Is it this one: {}?", in_words(neighbour)), true)?
    {
        return Ok(neighbour.sensor.identity);
    }
    dialogue.one_of(&heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(list: &[(u16, Option<i8>, u64)]) -> Vec<Neighbour> {
        let neighbour = |&(number, rssi_dbm, at_s): &(u16, Option<i8>, u64)| Neighbour {
            sensor: Sensor { kind: SensorKind::MuscleOxygen, identity: Identity::Ant { number, transmission: 5 } },
            also: None,
            rssi_dbm,
            reading: None,
            charge: None,
            at: time::Instant::from_ms(1000 * at_s),
        };
        list.iter().map(neighbour).collect()
    }

    #[test]
    fn the_sensor_that_is_held_close_is_known_by_its_strength() {
        let id = |number| Identity::Ant { number, transmission: 5 };
        for (list, expected) in [
            (&[][..], Near::Nobody),
            (&[(1, None, 20)], Near::Alone(id(1))),
            (&[(1, Some(-60), 10)], Near::Nobody),
            (&[(1, Some(-60), 20), (2, Some(-71), 19)], Near::Nearest(id(1))),
            (&[(1, Some(-71), 20), (2, Some(-61), 19), (3, Some(-90), 20)], Near::Nearest(id(2))),
            (&[(1, Some(-60), 20), (2, Some(-69), 19)], Near::Unclear),
            (&[(1, Some(-40), 20), (2, None, 19)], Near::Unclear),
            (&[(1, Some(-60), 20), (2, Some(-61), 12)], Near::Alone(id(1))),
        ] {
            assert_eq!(near(&heard(list), time::Instant::from_ms(20_000)), expected, "{list:?}");
        }
    }
}
