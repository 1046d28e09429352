//! Where a ride comes from: a recording, an input log of ours, or the simulated world. All of them become inputs in the
//! order of time.

use crate::airwaves::Airwaves;
use crate::error::CommandError;
use crate::formats::{self, FormatError, Item, Recording, Timed};
use crate::player::{Radios, Ticks};
use crate::scenario::Scenario;
use crate::world::{OwnedInput, World};
use sling_core::head_unit::{Assignment, Config, Gains, State};
use sling_core::log::{self, HEADER_LEN, MAX_RECORD, Reader};
use sling_core::sensor::{Identity, Sample, Side};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// A ride that can be played once.
pub struct Ride {
    /// What to call it.
    pub name: String,
    /// What its reader had to assume or pass over.
    pub remarks: Vec<String>,
    /// When it is over, if that is known beforehand; for progress bars.
    pub end: Option<Instant>,
    source: Source,
    airwaves: Option<Box<Airwaves>>,
}

enum Source {
    Recording(Box<Recording>),
    Log(LogFile),
    World(Box<World>),
}

impl Ride {
    /// Opens a recording or a log; `-` is a recording on standard input.
    pub fn open(path: &Path, options: &formats::Options) -> Result<Self, CommandError> {
        let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
        match formats::open(path, options) {
            Ok(recording) => Ok(Self {
                name,
                remarks: recording.remarks.clone(),
                end: recording.items.last().map(|item| item.at),
                source: Source::Recording(Box::new(recording)),
                airwaves: None,
            }),
            Err(FormatError::IsLog) if path == Path::new("-") => {
                Err(CommandError::Usage("an input log is replayed from a file, not from standard input".into()))
            }
            Err(FormatError::IsLog) if !options.sites.is_empty() => {
                Err(CommandError::Usage(format!("{name} is an input log, which knows its sites: leave --sites away")))
            }
            Err(FormatError::IsLog) => {
                let checked = LogFile::open(path, name.clone())?.check()?;
                let log = LogFile::open(path, name.clone())?;
                Ok(Self {
                    name,
                    remarks: checked.remarks,
                    end: Some(checked.end),
                    source: Source::Log(log),
                    airwaves: None,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A simulated ride.
    pub fn simulated(scenario: &Scenario, seed: u64) -> Self {
        let world = World::new(scenario, seed);
        Self {
            name: scenario.name.clone(),
            remarks: Vec::new(),
            end: Some(world.end()),
            source: Source::World(Box::new(world)),
            airwaves: None,
        }
    }

    /// The same with its sensors on the air: play it with [`Self::radios`].
    pub fn on_air(self, airwaves: Airwaves) -> Self {
        Self { airwaves: Some(Box::new(airwaves)), ..self }
    }

    /// The radios that the ride is to be played with, once; `None` if samples go straight to the head unit.
    pub fn radios(&mut self) -> Option<Box<dyn Radios>> {
        let airwaves = self.airwaves.take()?;
        if let Source::World(world) = &mut self.source {
            world.wear(|config| airwaves.wear(config));
        }
        Some(airwaves)
    }

    /// Who makes time pass when this is played.
    pub const fn ticks(&self) -> Ticks {
        match self.source {
            Source::Log(_) => Ticks::InInputs,
            Source::Recording(_) | Source::World(_) => Ticks::Deadlines,
        }
    }

    /// Hands every input to `play`, in the order of time, until it says that it has had enough.
    ///
    /// `config` is changed by the ride's roster and goes first, then `state`; a log has its own.
    pub fn play(
        self,
        config: &Config,
        state: Option<&State>,
        mut play: impl FnMut(&Input<'_>, Instant) -> Result<Flow, CommandError>,
    ) -> Result<(), CommandError> {
        match self.source {
            Source::Recording(recording) => play_recording(&recording, config, state, &mut play),
            Source::World(world) => play_world(*world, config, state, &mut play),
            Source::Log(log) => log.play(&mut play),
        }
    }
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The next input, please.
    Continue,
    /// That was enough.
    Stop,
}

type Play<'p> = dyn FnMut(&Input<'_>, Instant) -> Result<Flow, CommandError> + 'p;

fn begin(config: Config, state: Option<&State>, at: Instant, play: &mut Play<'_>) -> Result<Flow, CommandError> {
    if play(&Input::Configure(config), at)? == Flow::Stop {
        return Ok(Flow::Stop);
    }
    match state {
        Some(state) => play(&Input::Restore(state.clone()), at),
        None => Ok(Flow::Continue),
    }
}

fn play_recording(
    recording: &Recording,
    config: &Config,
    state: Option<&State>,
    play: &mut Play<'_>,
) -> Result<(), CommandError> {
    let mut config = config.clone();
    config.roster = (0..)
        .zip(&recording.channels)
        .filter_map(|(i, channel)| Some(Assignment { identity: Identity::Channel(i), site: channel.site? }))
        .collect();
    config.leg = leg_to_show(&config.roster);
    let start = recording.items.first().map_or(Instant::ZERO, |item| item.at);
    if begin(config, state, start, play)? == Flow::Stop {
        return Ok(());
    }
    for Timed { at, item } in &recording.items {
        let input = match item {
            Item::Sample { channel, count, reading } => {
                Input::Sample(Sample { identity: Identity::Channel(*channel), count: *count, reading: *reading })
            }
            Item::Context(context) => Input::Context(*context),
            Item::Posture(posture) => Input::Posture(*posture),
            Item::Position(label) => Input::Position(label.clone()),
            Item::Marker(label) => Input::Marker(label.clone()),
            Item::Lap => Input::Lap,
        };
        if play(&input, *at)? == Flow::Stop {
            break;
        }
    }
    Ok(())
}

/// The leg with most of the sensors; the right one if that does not decide.
fn leg_to_show(roster: &[Assignment]) -> Side {
    let on = |side| roster.iter().filter(|assignment| assignment.site.side == side).count();
    if on(Side::Left) > on(Side::Right) { Side::Left } else { Side::Right }
}

fn play_world(world: World, config: &Config, state: Option<&State>, play: &mut Play<'_>) -> Result<(), CommandError> {
    for (at, input) in world {
        let flow = match input {
            // The world knows who is worn where; everything else of the configuration is the user's.
            OwnedInput::Configure(worn) => {
                let Config { roster, companions, leg, .. } = worn;
                begin(Config { roster, companions, leg, ..config.clone() }, state, at, play)?
            }
            input => play(&input, at)?,
        };
        if flow == Flow::Stop {
            break;
        }
    }
    Ok(())
}

/// What is known of a log that was read once.
struct CheckedLog {
    end: Instant,
    remarks: Vec<String>,
}

/// An input log, read as it is played.
struct LogFile {
    name: String,
    file: BufReader<File>,
}

impl LogFile {
    fn open(path: &Path, name: String) -> Result<Self, CommandError> {
        let read = |error| CommandError::Read { path: path.to_owned(), error };
        let file = File::open(path).map_err(read)?;
        // The buffer holds the longest record, so a record is never split.
        let mut file = BufReader::with_capacity(64 * 1024, file);
        let mut header = [0; HEADER_LEN];
        let n = read_up_to(&mut file, &mut header).map_err(read)?;
        log::check_header(&header[..n]).map_err(|error| CommandError::Log { file: name.clone(), offset: 0, error })?;
        Ok(Self { name, file })
    }

    /// Reads to the end, so that a damaged log is refused before anything is made of it.
    fn check(self) -> Result<CheckedLog, CommandError> {
        let mut end = Instant::ZERO;
        let cut = self.records(&mut |_, at| {
            end = at;
            Ok(Flow::Continue)
        })?;
        let remarks = cut.map(|offset| format!("the log ends inside a record, at byte {offset}: played up to there"));
        Ok(CheckedLog { end, remarks: remarks.into_iter().collect() })
    }

    fn play(self, play: &mut Play<'_>) -> Result<(), CommandError> {
        self.records(play).map(drop)
    }

    /// Hands over every record; where the last one begins if it is cut short.
    fn records(mut self, play: &mut Play<'_>) -> Result<Option<u64>, CommandError> {
        let mut reader = Reader::new();
        let mut pending = Vec::with_capacity(2 * MAX_RECORD);
        let mut offset = HEADER_LEN as u64;
        loop {
            let read = |error| CommandError::Read { path: PathBuf::from(&self.name), error };
            let chunk = self.file.fill_buf().map_err(read)?;
            let n = chunk.len();
            pending.extend_from_slice(chunk);
            self.file.consume(n);
            let mut taken = 0;
            while let Some(record) = reader.decode(&pending[taken..]).map_err(|error| CommandError::Log {
                file: self.name.clone(),
                offset: offset + taken as u64,
                error,
            })? {
                taken += record.length;
                if play(&record.input, record.at)? == Flow::Stop {
                    return Ok(None);
                }
            }
            pending.drain(..taken);
            offset += taken as u64;
            if n == 0 {
                return Ok((!pending.is_empty()).then_some(offset));
            }
        }
    }
}

fn read_up_to(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match source.read(&mut buffer[n..])? {
            0 => break,
            more => n += more,
        }
    }
    Ok(n)
}

/// What was learned on a ride, as the bytes of a file.
pub fn state_bytes(unit: &HeadUnit) -> Vec<u8> {
    let mut buffer = [0; 1024];
    // A state holds at most eight muscles of a few bytes each.
    let bytes = postcard::to_slice(&(STATE_VERSION, unit.state()), &mut buffer).map(|bytes| bytes.to_vec());
    bytes.unwrap_or_default()
}

/// The state in the bytes of a file.
pub fn state_from(bytes: &[u8]) -> Option<State> {
    let (version, state): (u16, State) = postcard::from_bytes(bytes).ok()?;
    let finite =
        |g: &Gains| [g.fast, g.middle, g.slow, g.late, g.cadence, g.variation, g.white].iter().all(|x| x.is_finite());
    (version == STATE_VERSION && state.gains.iter().all(finite)).then_some(state)
}

const STATE_VERSION: u16 = 3;
