//! `sling ride`: a ride with real sensors.

use super::outputs::{Outputs, time_argument};
use super::radios;
use super::scan::{radio_line, say_radios};
use crate::display::rgb;
use crate::error::CommandError;
use crate::live::{Live, Setup, Use, stop_flag};
use crate::settings::{KeepSink, Settings, Store};
use crate::sink::{LogSink, Sink, WholeFile};
use crate::talk::tell;
use crate::terminal::{Bell, Colours, Screen, cue_words, fitted, quarters, shrink, wrap};
use clap::Args;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use sling_core::head_unit::{Button, Press};
use sling_core::link::{Radio, RadioState};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant as WallInstant};

/// Ride with the sensors that are paired, live.
///
/// In a terminal, shows the head unit's page. Keys: up and down (or u, d) and select (space or enter); a capital letter
/// is a long press: U the other leg, D no cues for 15 minutes, S a lap. q ends the ride. Cues ring the terminal's bell in
/// their rhythm and are said below the page. Elsewhere, says the page in words every five seconds.
/// What is set on the page is written into the configuration at once.
/// The ride's log is kept in the data folder, unless --log says where, and replays with `sling replay`.
#[derive(Debug, Args)]
#[command(name = "ride")]
pub struct RideLive {
    /// End after this time: 30 s, 20 min, 1:12:33, or seconds
    #[arg(long = "for", value_name = "T", value_parser = time_argument)]
    ends: Option<Instant>,
    /// Words instead of the picture, in a terminal too
    #[arg(long)]
    plain: bool,
    /// Keep no log in the data folder
    #[arg(long)]
    no_log: bool,
    #[command(flatten)]
    outputs: Outputs,
}

/// Between two looks at keys; a press is answered within 50 ms.
const KEYS: Duration = Duration::from_millis(25);
/// Between two pictures.
const PICTURE: Duration = Duration::from_millis(200);
/// How long a cue is said below the picture.
const CUE_SAID: Duration = Duration::from_secs(5);
/// Between two times that the page is said in words.
const WORDS: Duration = Duration::from_secs(5);
/// Room beside the picture that is worth filling with words.
const WORDS_WIDTH: usize = 24;

impl RideLive {
    pub(super) fn run(self, store: &Store, data: Option<&Path>) -> Result<(), CommandError> {
        let settings = store.load()?;
        if settings.worn.is_empty() {
            return Err(CommandError::Usage("no sensor is worn yet: sling pair says which one is worn where".into()));
        }
        let stop = stop_flag()?;
        let mut prepared = self.outputs.prepare("ride")?;
        let mut sinks = std::mem::take(&mut prepared.sinks);
        let mut kept = None;
        if self.outputs.log.is_none() && !self.no_log {
            let (path, sink) = log_in(&data_folder(data)?.join("rides"))?;
            sinks.push(sink);
            kept = Some(path);
        }
        sinks.push(Box::new(KeepSink::new(store.clone())));
        let screen = self.outputs.display.size();
        let mut live = Live::start(Setup {
            config: settings.config(screen),
            state: prepared.state.clone(),
            ant: &settings.ant,
            which: Use { ant: true, ble: true },
            sinks,
            stop,
        })?;
        // The state of a radio that none of these sensors speaks on is of no matter.
        let needs = |radio: &Radio| settings.sensors().any(|(sensor, ..)| radios::of(sensor.identity) == Some(*radio));
        let needed: Vec<Radio> = radios::BOTH.into_iter().filter(needs).collect();
        let events_here = self.outputs.events.as_deref() == Some(Path::new("-"));
        let in_terminal = !self.plain && !events_here && io::stdout().is_terminal() && io::stdin().is_terminal();
        if in_terminal {
            self.with_picture(&mut live, &needed)?;
        } else {
            self.in_words(&mut live, &needed)?;
        }
        let (unit, remarks) = live.finish()?;
        prepared.complete(&unit, false)?;
        let heard: u32 = settings.worn.iter().map(|worn| unit.samples_heard(worn.site)).sum();
        let ridden = unit.snapshot().ride_time.as_s();
        tell(format_args!("Rode {}:{:02}:{:02}, {heard} samples.", ridden / 3600, ridden / 60 % 60, ridden % 60));
        if let Some(path) = kept {
            tell(format_args!("Kept: {} (sling replay it)", path.display()));
        }
        hints(&unit, &needed, &settings);
        match &remarks[..] {
            [] => Ok(()),
            [first, ..] => Err(CommandError::Usage(first.clone())),
        }
    }

    fn ended(&self, live: &Live) -> bool {
        self.ends.is_some_and(|ends| live.now() >= ends)
    }

    fn in_words(&self, live: &mut Live, of: &[Radio]) -> Result<(), CommandError> {
        let mut said = [RadioState::Unused; 2];
        let mut due = WallInstant::now() + WORDS;
        let mut remarks_said = 0;
        while live.turn(Duration::from_millis(200))? && !self.ended(live) {
            say_radios(live.unit(), of, &mut said);
            for cue in live.take_cues() {
                tell(format_args!("cue: {}", cue_words(&cue)));
                // Nobody felt or heard it.
                live.give(&Input::CueDelivery { id: cue.id, haptic: false, beep: false })?;
            }
            for remark in live.remarks().iter().skip(remarks_said) {
                tell(format_args!("sling: {remark}"));
                remarks_said += 1;
            }
            if WallInstant::now() >= due {
                due = WallInstant::now() + WORDS;
                tell(format_args!("{}", self.words(live.unit()).lines().collect::<Vec<_>>().join(" | ")));
            }
        }
        Ok(())
    }

    fn words(&self, unit: &HeadUnit) -> String {
        let (w, h) = self.outputs.display.size();
        let mut words = String::new();
        // Writing to memory does not fail.
        let _ = unit.describe(w as i16, h as i16, &mut words);
        words
    }

    fn with_picture(&self, live: &mut Live, of: &[Radio]) -> Result<(), CommandError> {
        let colours = Colours::of_environment();
        let mut screen = Screen::enter()?;
        let mut due = WallInstant::now();
        let mut bell = Bell::default();
        let mut last_cue: Option<(String, WallInstant)> = None;
        while live.turn(KEYS)? && !self.ended(live) {
            for key in Screen::keys()? {
                match meaning(key) {
                    Some(Key::Button(button, press)) => {
                        live.give(&Input::Button(button, press))?;
                        due = WallInstant::now();
                    }
                    Some(Key::Quit) => return Ok(()),
                    None => {}
                }
            }
            for cue in live.take_cues() {
                if cue.beep.is_on() {
                    bell.ring(cue.cue, WallInstant::now());
                }
                last_cue = Some((cue_words(&cue), WallInstant::now()));
                live.give(&Input::CueDelivery { id: cue.id, haptic: false, beep: cue.beep.is_on() })?;
            }
            for _ in 0..bell.due(WallInstant::now()) {
                Screen::beep()?;
            }
            if WallInstant::now() >= due {
                due = WallInstant::now() + PICTURE;
                let said = last_cue.as_ref().filter(|(_, at)| at.elapsed() < CUE_SAID).map(|(words, _)| words.as_str());
                screen.show(self.page(live, of, colours, said))?;
            }
        }
        Ok(())
    }

    /// The picture with the words beside it, and a line about the last cue, a remark or keys.
    fn page(&self, live: &Live, of: &[Radio], colours: Colours, cue: Option<&str>) -> Vec<String> {
        let (columns, rows) = Screen::size();
        let (w, h) = self.outputs.display.size();
        let full = (usize::from(w), usize::from(h));
        let room = rows.saturating_sub(1);
        let size = fitted(full.0, full.1, columns, room);
        let pixels = shrink(&rgb(self.outputs.display, live.unit()), full, (2 * size.0, 2 * size.1));
        let picture = quarters(&pixels, size, colours);
        let mut words = Vec::new();
        let beside = columns.saturating_sub(size.0 + 2);
        if beside >= WORDS_WIDTH {
            words = wrap(&self.words(live.unit()), beside);
            words.push(String::new());
            for &radio in of {
                let state = live.unit().radio(radio);
                words.extend(wrap(&format!("{}: {}", radios::name(radio), radios::words(radio, state)), beside));
            }
        }
        let mut lines: Vec<String> = (0..room.min(picture.len().max(words.len())))
            .map(|row| {
                let gap = if row < picture.len() { String::new() } else { " ".repeat(size.0) };
                let picture = picture.get(row).map_or("", String::as_str);
                let words = words.get(row).map_or("", String::as_str);
                format!("{picture}{gap}  {words}").trim_end().to_owned()
            })
            .collect();
        lines.resize(room, String::new());
        let remarks = live.remarks();
        let keys = "u up  d down  space select  U other leg  D no cues  S lap  q end";
        let last = cue.unwrap_or_else(|| remarks.last().map_or(keys, String::as_str));
        lines.push(last.chars().take(columns.saturating_sub(1)).collect());
        lines
    }
}

/// `--data`, or the user's data folder.
pub(super) fn data_folder(data: Option<&Path>) -> Result<PathBuf, CommandError> {
    if let Some(data) = data {
        return Ok(data.to_owned());
    }
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    from("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| from("HOME").map(|home| home.join(".local/share")))
        .map(|base| base.join("sling"))
        .ok_or_else(|| {
            CommandError::Usage("neither XDG_DATA_HOME nor HOME is set: say where with --data FOLDER".into())
        })
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Button(Button, Press),
    Quit,
}

fn meaning(key: KeyEvent) -> Option<Key> {
    let press = if key.modifiers.contains(KeyModifiers::SHIFT) { Press::Long } else { Press::Short };
    let button = |button| Some(Key::Button(button, press));
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return matches!(key.code, KeyCode::Char('c' | 'd')).then_some(Key::Quit);
    }
    match key.code {
        KeyCode::Up | KeyCode::Char('u' | 'k') => button(Button::Up),
        KeyCode::Down | KeyCode::Char('d' | 'j') => button(Button::Down),
        KeyCode::Enter | KeyCode::Char(' ' | 's') => button(Button::Select),
        KeyCode::Char('U' | 'K') => Some(Key::Button(Button::Up, Press::Long)),
        KeyCode::Char('D' | 'J') => Some(Key::Button(Button::Down, Press::Long)),
        KeyCode::Char('S') => Some(Key::Button(Button::Select, Press::Long)),
        KeyCode::Char('q' | 'Q') => Some(Key::Quit),
        _ => None,
    }
}

/// A new log, named by the time of day.
pub(super) fn log_in(folder: &Path) -> Result<(PathBuf, Box<dyn Sink>), CommandError> {
    fs::create_dir_all(folder).map_err(|error| CommandError::Read { path: folder.to_owned(), error })?;
    let now = chrono::Local::now().naive_local();
    let name = |more: &str| folder.join(format!("{}{more}.slinglog", now.format("%Y-%m-%d_%H-%M-%S")));
    let path = std::iter::once(name(""))
        .chain((2..100).map(|n| name(&format!("_{n}"))))
        .find(|path| !path.exists())
        .unwrap_or_else(|| name("_x"));
    Ok((path.clone(), Box::new(LogSink::new(WholeFile::growing(&path)?)?)))
}

/// What a person can do about a ride that heard nothing on a radio that it needed.
fn hints(unit: &HeadUnit, needed: &[Radio], settings: &Settings) {
    if settings.worn.iter().any(|worn| unit.samples_heard(worn.site) > 0) {
        return;
    }
    for &radio in needed {
        tell(format_args!("{}", radio_line(radio, unit.radio(radio))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capital_letter_is_a_long_press() {
        let of = |code, modifiers| meaning(KeyEvent::new(code, modifiers));
        for (code, modifiers, expected) in [
            (KeyCode::Up, KeyModifiers::NONE, Some(Key::Button(Button::Up, Press::Short))),
            (KeyCode::Up, KeyModifiers::SHIFT, Some(Key::Button(Button::Up, Press::Long))),
            (KeyCode::Char('U'), KeyModifiers::SHIFT, Some(Key::Button(Button::Up, Press::Long))),
            (KeyCode::Char('S'), KeyModifiers::NONE, Some(Key::Button(Button::Select, Press::Long))),
            (KeyCode::Char(' '), KeyModifiers::NONE, Some(Key::Button(Button::Select, Press::Short))),
            (KeyCode::Char('c'), KeyModifiers::CONTROL, Some(Key::Quit)),
            (KeyCode::Char('q'), KeyModifiers::NONE, Some(Key::Quit)),
            (KeyCode::Char('x'), KeyModifiers::NONE, None),
        ] {
            assert_eq!(of(code, modifiers), expected, "{code:?} {modifiers:?}");
        }
    }
}
