//! `sling scan`: the sensors in the air.

use super::radios;
use crate::error::CommandError;
use crate::live::{Live, Setup, Use, stop_flag};
use crate::settings::{Settings, Store, identity_text};
use crate::talk::{Stdout, tell};
use crate::terminal::{Screen, wrap};
use clap::Args;
use serde_json::json;
use sling_core::head_unit::Listing;
use sling_core::language::Language;
use sling_core::link::{Radio, RadioState};
use sling_core::sensor::{Neighbour, Reading, Reason, Sensor};
use sling_core::{HeadUnit, Input};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// List the sensors in the air, on ANT+ and Bluetooth.
///
/// Switch the sensors on and hold them close. Some sleep until they are worn or shaken. A sensor that speaks on both
/// radios is one line, where it tells so.
///
/// ANT+ needs a stick, and the network key, which is bound to a licence and does not come with Sling: `sling doctor` says
/// where a person gets it and where it is kept.
#[derive(Debug, Args)]
pub struct Scan {
    /// How long to listen; 0 listens until Ctrl-C
    #[arg(long, value_name = "N", default_value_t = 20)]
    seconds: u64,
    /// Print one JSON object a line: radios, then sensors
    #[arg(long)]
    json: bool,
}

/// A refresh of the table.
const REFRESH: Duration = Duration::from_millis(500);

impl Scan {
    pub(super) fn run(self, store: &Store) -> Result<(), CommandError> {
        let settings = store.load()?;
        let in_place = !self.json && std::io::stdout().is_terminal();
        let mut live = listen(&settings, Listing::All)?;
        let began = Instant::now();
        let mut found = Found::default();
        let mut said = [RadioState::Unused; 2];
        let mut shown = 0;
        let mut due = began;
        loop {
            let goes_on = live.turn(Duration::from_millis(200))?;
            found.note(live.unit());
            let ends = !goes_on || self.seconds > 0 && began.elapsed() >= Duration::from_secs(self.seconds);
            if in_place {
                if ends || Instant::now() >= due {
                    due = Instant::now() + REFRESH;
                    shown = redraw(&table(live.unit(), &found.0, &settings, None), shown)?;
                }
            } else {
                say_radios(live.unit(), &radios::BOTH, &mut said);
            }
            if ends {
                break;
            }
        }
        let mut out = Stdout::new();
        if self.json {
            for line in json_lines(live.unit(), &found.0, &settings) {
                writeln!(out, "{line}")?;
            }
        } else if !in_place && !found.0.is_empty() {
            for line in sensor_lines(&found.0, &settings) {
                writeln!(out, "{line}")?;
            }
        }
        out.flush()?;
        if found.0.is_empty() {
            tell(format_args!("{NOTHING}"));
        }
        live.finish()?;
        Ok(())
    }
}

const NOTHING: &str = "Nothing was heard. Is a sensor switched on, charged, and within two metres? A NIRS sensor may sleep until it is \
    worn. Is a phone or watch connected to it over Bluetooth? `sling doctor` looks at this machine.";

/// A session that looks for sensors.
pub fn listen(settings: &Settings, listing: Listing) -> Result<Live, CommandError> {
    let mut live = Live::start(Setup {
        config: settings.config((240, 400)),
        state: None,
        ant: &settings.ant,
        which: Use { ant: true, ble: true },
        sinks: Vec::new(),
        stop: stop_flag()?,
    })?;
    live.give(&Input::Search(listing))?;
    Ok(live)
}

/// Everybody who was heard, in the order in which they were found; those who have gone stay.
#[derive(Debug, Default)]
pub struct Found(pub Vec<Neighbour>);

impl Found {
    /// Takes over what is heard now.
    pub fn note(&mut self, unit: &HeadUnit) {
        for neighbour in unit.neighbours() {
            let is_it = |known: &&mut Neighbour| {
                let names = [Some(known.sensor.identity), known.also];
                known.sensor.kind == neighbour.sensor.kind
                    && names.into_iter().flatten().any(|name| name.is_same(neighbour.sensor.identity))
            };
            match self.0.iter_mut().find(is_it) {
                Some(known) => {
                    let (also, rssi_dbm) = (neighbour.also.or(known.also), neighbour.rssi_dbm.or(known.rssi_dbm));
                    let reading = neighbour.reading.or(known.reading);
                    let charge = neighbour.charge.or(known.charge);
                    *known = Neighbour { also, rssi_dbm, reading, charge, ..*neighbour };
                }
                None => self.0.push(*neighbour),
            }
        }
    }
}

/// Says what has changed with these radios, once.
pub fn say_radios(unit: &HeadUnit, of: &[Radio], said: &mut [RadioState; 2]) {
    for (&radio, said) in of.iter().zip(said) {
        let state = unit.radio(radio);
        if std::mem::replace(said, state) != state {
            tell(format_args!("{}", radio_line(radio, state)));
        }
    }
}

/// A radio's state, with what helps.
pub fn radio_line(radio: Radio, state: RadioState) -> String {
    let fix = radios::fix(radio, state).map(|fix| format!(" ({fix})")).unwrap_or_default();
    format!("{}: {}{fix}", radios::name(radio), radios::words(radio, state))
}

/// Radios and sensors, a line each.
pub fn table(unit: &HeadUnit, found: &[Neighbour], settings: &Settings, more: Option<&str>) -> Vec<String> {
    let (columns, _) = Screen::size();
    let states = radios::BOTH.map(|radio| wrap(&radio_line(radio, unit.radio(radio)), columns));
    let mut lines = states.concat();
    lines.push(String::new());
    lines.extend(sensor_lines(found, settings));
    lines.extend(more.map(str::to_owned));
    lines
}

fn sensor_lines(found: &[Neighbour], settings: &Settings) -> Vec<String> {
    if found.is_empty() {
        return vec!["no sensor yet".into()];
    }
    let mut rows = vec![["kind", "sensor", "signal", "reading", "place"].map(str::to_owned)];
    rows.extend(found.iter().map(|neighbour| {
        let (place, name) = place(neighbour, settings).unwrap_or_default();
        [
            neighbour.sensor.kind.code().replace('_', " "),
            names(neighbour),
            neighbour.rssi_dbm.map_or_else(|| "?".into(), |dbm| format!("{dbm} dBm")),
            neighbour.reading.map_or_else(String::new, reading_words),
            name.map_or(place.clone(), |name| format!("{place} ({name})")),
        ]
    }));
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; 5]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// A sensor by its name, or by both of them.
pub fn names(neighbour: &Neighbour) -> String {
    let first = identity_text(&neighbour.sensor.identity);
    neighbour.also.map_or(first.clone(), |also| format!("{first} = {}", identity_text(&also)))
}

fn place<'s>(neighbour: &Neighbour, settings: &'s Settings) -> Option<(String, Option<&'s str>)> {
    let kind = neighbour.sensor.kind;
    let names = [Some(neighbour.sensor.identity), neighbour.also].into_iter().flatten();
    names.into_iter().find_map(|identity| settings.place_of(Sensor { kind, identity }))
}

/// A reading in words.
pub fn reading_words(reading: Reading) -> String {
    match reading {
        Ok(value) => {
            let thb = value.thb.map(|thb| format!(", tHb {:.2}", thb.value())).unwrap_or_default();
            format!("SmO2 {:.1} %{thb}", value.smo2.percent())
        }
        Err(reason) => reason.say().long(Language::English).to_owned(),
    }
}

fn json_lines(unit: &HeadUnit, found: &[Neighbour], settings: &Settings) -> Vec<String> {
    let radio = |radio: Radio| {
        let state = unit.radio(radio);
        json!({ "radio": radio.code(), "state": state.code(), "words": radios::words(radio, state) }).to_string()
    };
    let sensor = |neighbour: &Neighbour| {
        let value = neighbour.reading.and_then(Result::ok);
        let place = place(neighbour, settings);
        json!({
            "sensor": identity_text(&neighbour.sensor.identity),
            "also": neighbour.also.map(|also| identity_text(&also)),
            "kind": neighbour.sensor.kind.code(),
            "rssi_dbm": neighbour.rssi_dbm,
            "smo2_pct": value.map(|value| f64::from(value.smo2.tenths()) / 10.0),
            "thb_gdl": value.and_then(|value| value.thb).map(|thb| f64::from(thb.hundredths) / 100.0),
            "reason": neighbour.reading.and_then(Result::err).map(Reason::code),
            "place": place.as_ref().map(|(place, _)| place),
            "name": place.as_ref().and_then(|(_, name)| *name),
        })
        .to_string()
    };
    radios::BOTH.into_iter().map(radio).chain(found.iter().map(sensor)).collect()
}

/// Writes the lines over the `shown` lines of the last time; how many there are now. None is longer than the terminal
/// is wide, or the next time would begin at the wrong place.
pub fn redraw(lines: &[String], shown: usize) -> Result<usize, CommandError> {
    let (columns, rows) = Screen::size();
    let mut out = Stdout::new();
    if shown > 0 {
        write!(out, "\x1b[{shown}A\r\x1b[J")?;
    }
    let lines = &lines[..lines.len().min(rows.saturating_sub(1))];
    for line in lines {
        let line: String = line.chars().take(columns).collect();
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(lines.len())
}
