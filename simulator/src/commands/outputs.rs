//! What `replay`, `run` and `ride` can leave behind, by the same flags.

use super::read_small;
use crate::display::{Display, encode, shown};
use crate::error::CommandError;
use crate::player::Player;
use crate::ride::{Flow, Ride, state_bytes, state_from};
use crate::scenario::parse_time;
use crate::sink::{
    CsvSink, DigestSink, EventsSink, FitSink, FramesSink, LogSink, ReportSink, RideLogSink, Sink, Target, WholeFile,
};
use crate::talk::{Stdout, tell};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use sling_core::HeadUnit;
use sling_core::draw::Theme;
use sling_core::head_unit::{Config, RideDigest, State};
use sling_core::language::Language;
use sling_core::time::{Duration, Instant};
use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Flags for what comes out of a ride.
#[derive(Debug, Default, Args)]
pub struct Outputs {
    /// Write events as JSON lines; `-` is standard output
    #[arg(long, value_name = "PATH|-")]
    pub events: Option<PathBuf>,
    /// Write screens as PNG files into this folder
    #[arg(long, value_name = "DIR")]
    pub frames: Option<PathBuf>,
    /// Seconds between screens
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..), requires = "frames")]
    pub every: u32,
    /// The display that screens are drawn for
    #[arg(long, value_enum, default_value_t)]
    pub display: Display,
    /// Write the last screen as a PNG file
    #[arg(long, value_name = "PATH")]
    pub frame: Option<PathBuf>,
    /// Write the ride as FIT
    #[arg(long, value_name = "PATH")]
    pub fit: Option<PathBuf>,
    /// Write the ride as Sling CSV
    #[arg(long, value_name = "PATH")]
    pub csv: Option<PathBuf>,
    /// Write the input log, which replays this ride exactly
    #[arg(long, value_name = "PATH")]
    pub log: Option<PathBuf>,
    /// Write the ride log, as a head unit keeps it in its flash
    #[arg(long, value_name = "PATH")]
    pub ride_log: Option<PathBuf>,
    /// Write what came by radio as a log that replays; it holds the numbers and addresses of sensors
    #[arg(long, value_name = "PATH")]
    pub capture: Option<PathBuf>,
    /// Write a report: one HTML page that needs nothing else
    #[arg(long, value_name = "PATH")]
    pub report: Option<PathBuf>,
    /// Begin with what was learned on an earlier ride
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Write what was learned on this ride, for --state
    #[arg(long, value_name = "FILE")]
    pub save_state: Option<PathBuf>,
    /// Print digests of everything said and shown, as one line of JSON
    #[arg(long)]
    pub digest: bool,
}

/// Flags for how the screen speaks and looks on a ride. A log has its own.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Look {
    /// The language of the screen
    #[arg(long, default_value_t, value_parser = language_argument, value_name = "CODE")]
    pub lang: Language,
    /// The colours of the screen
    #[arg(long, value_enum, default_value_t)]
    pub theme: ThemeName,
}

/// The colours of a screen by their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// Dark on light
    #[default]
    Day,
    /// Light on dark
    Night,
}

impl From<ThemeName> for Theme {
    fn from(name: ThemeName) -> Self {
        match name {
            ThemeName::Day => Self::Day,
            ThemeName::Night => Self::Night,
        }
    }
}

/// `--lang`: the code of a language of the screen.
pub fn language_argument(code: &str) -> Result<Language, String> {
    let known = || Language::ALL.map(|language| language.to_string()).join(", ");
    code.parse().map_err(|_| format!("no such language; there are {}", known()))
}

/// Those who watch a ride, and where its digests will be if they were asked for.
type Watchers = (Vec<Box<dyn Sink>>, Option<Rc<RefCell<RideDigest>>>);

impl Outputs {
    fn sinks(&self, name: &str) -> Result<Watchers, CommandError> {
        let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
        if let Some(path) = &self.events {
            sinks.push(Box::new(EventsSink::new(Target::open(path)?)));
        }
        if let Some(path) = &self.csv {
            sinks.push(Box::new(CsvSink::new(WholeFile::create(path)?)));
        }
        if let Some(path) = &self.fit {
            sinks.push(Box::new(FitSink::new(WholeFile::create(path)?)));
        }
        if let Some(path) = &self.log {
            sinks.push(Box::new(LogSink::new(WholeFile::create(path)?)?));
        }
        if let Some(path) = &self.ride_log {
            sinks.push(Box::new(RideLogSink::new(WholeFile::create(path)?)?));
        }
        if let Some(path) = &self.capture {
            sinks.push(Box::new(LogSink::capture(WholeFile::private(path)?)?));
        }
        if let Some(path) = &self.report {
            let (title, source) = (title_of(name), title_of(name));
            sinks.push(Box::new(ReportSink::new(WholeFile::create(path)?, title, source, command_line())));
        }
        // After the files, so that a place that cannot be written leaves no folder behind.
        if let Some(folder) = &self.frames {
            sinks.push(Box::new(FramesSink::new(folder.clone(), Duration::from_s(self.every), self.display)?));
        }
        let digests = self.digest.then(|| {
            let (sink, digests) = DigestSink::new();
            sinks.push(Box::new(sink));
            digests
        });
        Ok((sinks, digests))
    }

    /// Every file that was asked for.
    fn files(&self) -> Vec<&PathBuf> {
        let files = [
            &self.events,
            &self.frame,
            &self.fit,
            &self.csv,
            &self.log,
            &self.ride_log,
            &self.capture,
            &self.report,
            &self.save_state,
        ];
        files.into_iter().flatten().collect()
    }

    /// Events go to standard output if nothing else was asked for.
    pub fn events_by_default(&mut self) {
        if self.files().is_empty() && self.frames.is_none() && !self.digest {
            self.events = Some(PathBuf::from("-"));
        }
    }

    /// Two results in one file would be neither.
    fn each_to_its_own_place(&self) -> Result<(), CommandError> {
        let files: Vec<_> = self.files().into_iter().filter(|path| !is_device(path)).collect();
        match files.iter().enumerate().find(|(i, path)| files[..*i].contains(path)) {
            Some((_, path)) => Err(CommandError::Usage(format!("{}: two outputs cannot be one file", path.display()))),
            None => Ok(()),
        }
    }

    fn restored(&self) -> Result<Option<State>, CommandError> {
        let Some(path) = &self.state else { return Ok(None) };
        state_from(&read_small(path)?).map(Some).ok_or_else(|| CommandError::State { path: path.clone() })
    }

    /// Opens every file, for a ride of this name. What cannot be written is refused before the ride.
    pub fn prepare(&self, name: &str) -> Result<Prepared, CommandError> {
        self.each_to_its_own_place()?;
        let state = self.restored()?;
        let learned = self.save_state.as_deref().map(WholeFile::create).transpose()?;
        let frame = self.frame.as_deref().map(WholeFile::create).transpose()?;
        let (sinks, digests) = self.sinks(name)?;
        Ok(Prepared { sinks, state, learned, digests, frame, display: self.display })
    }

    /// The head unit's settings for these outputs.
    pub fn config(&self, look: &Look) -> Config {
        let Look { lang: language, theme } = *look;
        Config { screen: self.display.size(), language, theme: theme.into(), ..Config::DEFAULT }
    }

    /// Plays a ride to its end, or to `until`, and completes every file. `more` are watched too.
    pub fn play(
        &self,
        ride: Ride,
        look: &Look,
        until: Option<Instant>,
        more: Vec<Box<dyn Sink>>,
    ) -> Result<Box<HeadUnit>, CommandError> {
        let mut prepared = self.prepare(&ride.name)?;
        let mut sinks = std::mem::take(&mut prepared.sinks);
        sinks.extend(more);
        for remark in &ride.remarks {
            tell(format_args!("sling: {}: {remark}", ride.name));
        }
        let player = play(ride, &self.config(look), prepared.state.as_ref(), until, sinks)?;
        let is_off = player.is_off();
        let unit = player.finish()?;
        prepared.complete(&unit, is_off)?;
        Ok(unit)
    }
}

/// Outputs that are open.
pub struct Prepared {
    /// Those who watch the ride.
    pub sinks: Vec<Box<dyn Sink>>,
    /// What was learned before.
    pub state: Option<State>,
    learned: Option<WholeFile>,
    digests: Option<Rc<RefCell<RideDigest>>>,
    frame: Option<WholeFile>,
    display: Display,
}

impl Prepared {
    /// Writes what is known only when the ride is over, or the head unit is off.
    pub fn complete(self, unit: &HeadUnit, is_off: bool) -> Result<(), CommandError> {
        if let Some(mut file) = self.frame {
            let (w, h) = self.display.size();
            file.write_all(&encode(u32::from(w), u32::from(h), &shown(self.display, unit, is_off)))?;
            file.keep()?;
        }
        if let Some(mut file) = self.learned {
            file.write_all(&state_bytes(unit))?;
            file.keep()?;
        }
        if let Some(digests) = self.digests {
            let mut stdout = Stdout::new();
            writeln!(stdout, "{}", digests.borrow())?;
            stdout.flush()?;
        }
        Ok(())
    }
}

fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// Plays a ride to its end or to `until`, with a progress bar if somebody watches.
pub fn play(
    mut ride: Ride,
    config: &Config,
    state: Option<&State>,
    until: Option<Instant>,
    sinks: Vec<Box<dyn Sink>>,
) -> Result<Player, CommandError> {
    let bar = progress(ride.end);
    let mut player = Player::of(&mut ride, sinks);
    ride.play(config, state, |input, at| {
        if until.is_some_and(|until| at > until) {
            return Ok(Flow::Stop);
        }
        player.play(input, at)?;
        bar.set_position(at.as_ms() / 1000);
        Ok(Flow::Continue)
    })?;
    if let Some(until) = until {
        player.pass_time(until)?;
    }
    bar.finish_and_clear();
    Ok(player)
}

/// Seconds of the ride. Shown when stderr is a terminal.
fn progress(end: Option<Instant>) -> ProgressBar {
    let Some(end) = end else { return ProgressBar::new_spinner() };
    let bar = ProgressBar::new(end.as_ms() / 1000);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {pos} of {len} s of riding  {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// Bytes that come over a line. Shown when stderr is a terminal.
pub fn bytes_bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {bytes} of {total_bytes}  {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// The line that does this again, from the folder that the files are in: where that is on this machine is nobody's
/// business who is handed the report.
pub fn command_line() -> String {
    let without_folder = |word: String| if word.starts_with('/') { title_of(&word) } else { word };
    let words = std::env::args().skip(1).map(without_folder).map(|word| quoted(&word));
    std::iter::once("sling".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// A word as a shell wants it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,:=@+".contains(c);
    let is_plain = !word.is_empty() && word.chars().all(plain);
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The name of a file without its folder.
pub(super) fn title_of(name: &str) -> String {
    Path::new(name).file_name().map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// `--until` and `--at`: `90 s`, `20 min`, `1:12:33`, or bare seconds.
pub fn time_argument(text: &str) -> Result<Instant, String> {
    parse_time(text).map_err(|error| error.to_string())
}
