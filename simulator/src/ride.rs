//! Where a ride comes from: a recording, an input log of ours, or the simulated world. All of them become inputs in the
//! order of time.

use crate::airwaves::{Airwaves, Over};
use crate::body::Body;
use crate::error::CommandError;
use crate::formats::{self, FormatError, Item, Recording, Timed};
use crate::landings::Landings;
use crate::player::{Radios, Ticks};
use crate::scenario::Scenario;
use crate::world::{OwnedInput, World};
use clap::ValueEnum;
use sling_core::head_unit::{Assignment, Config, Gains, State};
use sling_core::log::{self, HEADER_LEN, LogError, MAX_RECORD, Reader};
use sling_core::sensor::{Identity, Sample, Side, Site};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// The way from sensor to head unit on a simulated ride.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Via {
    /// As finished samples
    #[default]
    Model,
    /// As an ANT+ sensor's bytes, through a stick
    Ant,
    /// As a Bluetooth sensor's values, through GATT
    Ble,
    /// Each sensor on the radio that the scenario gives it
    AsWritten,
}

impl Via {
    /// The radios that it goes over, if any.
    pub const fn over(self) -> Option<Over> {
        match self {
            Self::Model => None,
            Self::Ant => Some(Over::Ant),
            Self::Ble => Some(Over::Ble),
            Self::AsWritten => Some(Over::AsWritten),
        }
    }

    /// The name on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Ant => "ant",
            Self::Ble => "ble",
            Self::AsWritten => "as-written",
        }
    }
}

/// A ride that can be played once.
pub struct Ride {
    /// What to call it.
    pub name: String,
    /// What its reader had to assume or pass over.
    pub remarks: Vec<String>,
    /// The muscles that carry a sensor at any time of it.
    pub sites: Vec<Site>,
    /// When it is over, if that is known beforehand; for progress bars.
    pub end: Option<Instant>,
    source: Source,
    airwaves: Option<Box<Airwaves>>,
    simulated: Option<Simulated>,
}

/// What only a simulated ride has.
struct Simulated {
    scenario: Box<Scenario>,
    landings: Landings,
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
            Ok(recording) => Ok(Self::recorded(name, recording)),
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
                    sites: checked.sites,
                    end: Some(checked.end),
                    source: Source::Log(log),
                    airwaves: None,
                    simulated: None,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A recording that has been read.
    pub fn recorded(name: String, recording: Recording) -> Self {
        Self {
            name,
            remarks: recording.remarks.clone(),
            sites: recording.channels.iter().filter_map(|channel| channel.site).collect(),
            end: recording.items.last().map(|item| item.at),
            source: Source::Recording(Box::new(recording)),
            airwaves: None,
            simulated: None,
        }
    }

    /// A simulated ride whose samples reach the head unit in this way.
    ///
    /// # Errors
    /// A fault that is about a radio needs one; `name` is what the scenario is called in the message.
    pub fn simulated_via(name: &str, scenario: &Scenario, seed: u64, via: Via) -> Result<Self, CommandError> {
        let ride = Self::simulated(scenario, seed);
        match via.over() {
            None if scenario.needs_air() => Err(CommandError::Usage(format!(
                "{name}: a fault of this scenario is about radios: ride it with --via ant or --via ble"
            ))),
            None => Ok(ride),
            Some(over) => Ok(ride.on_air(Airwaves::new(scenario, seed, over))),
        }
    }

    /// A simulated ride.
    pub fn simulated(scenario: &Scenario, seed: u64) -> Self {
        let landings = Landings::of(scenario);
        let world = World::new(scenario, seed).counting(landings.clone());
        Self {
            name: scenario.name.clone(),
            remarks: Vec::new(),
            sites: scenario.sensors.iter().map(|sensor| sensor.site).collect(),
            end: Some(world.end()),
            source: Source::World(Box::new(world)),
            airwaves: None,
            simulated: Some(Simulated { scenario: Box::new(scenario.clone()), landings }),
        }
    }

    /// The same with its sensors on the air: play it with [`Self::radios`].
    pub fn on_air(self, mut airwaves: Airwaves) -> Self {
        if let Some(Simulated { landings, .. }) = &self.simulated {
            airwaves.count_into(landings.clone());
        }
        Self { airwaves: Some(Box::new(airwaves)), ..self }
    }

    /// How often each fault of a simulated ride has landed so far; it goes on counting while the ride is played.
    pub fn landings(&self) -> Option<Landings> {
        self.simulated.as_ref().map(|simulated| simulated.landings.clone())
    }

    /// The head unit's body that a simulated ride is to be played with: take it before or after the radios.
    pub fn body(&self) -> Option<Body> {
        let Simulated { scenario, landings } = self.simulated.as_ref()?;
        let Source::World(world) = &self.source else { return None };
        Some(Body::new(scenario, landings.clone(), self.airwaves.is_some() || world.is_on_air()))
    }

    /// The radios that the ride is to be played with, once; `None` if samples go straight to the head unit.
    pub fn radios(&mut self) -> Option<Box<dyn Radios>> {
        let airwaves = self.airwaves.take()?;
        if let Source::World(world) = &mut self.source {
            world.go_on_air(|config| airwaves.wear(config));
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
        self.inputs(config, state).play_until(Instant::from_ms(u64::MAX), &mut play)
    }

    /// The same inputs, to be taken as far as one likes at a time.
    pub fn inputs(self, config: &Config, state: Option<&State>) -> Inputs {
        let mut first = VecDeque::new();
        let feed = match self.source {
            Source::Log(log) => Feed::Log(log),
            Source::Recording(recording) => {
                let start = recording.items.first().map_or(Instant::ZERO, |item| item.at);
                first.push_back((start, Input::Configure(config_of(&recording, config))));
                Feed::Recording { recording, next: 0 }
            }
            Source::World(mut world) => {
                // The world knows who is worn where; everything else of the configuration is the user's.
                world.wear(|worn| {
                    let Config { roster, companions, leg, .. } = worn.clone();
                    Config { roster, companions, leg, ..config.clone() }
                });
                let landed = world.faults_landed();
                first.extend(world.next());
                Feed::World(Box::new(Ahead { landed, next: world.next(), world: *world }))
            }
        };
        if let (Some(state), Some((at, Input::Configure(_)))) = (state, first.back()) {
            let at = *at;
            first.push_back((at, Input::Restore(state.clone())));
        }
        Inputs { first, feed }
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

/// Who takes inputs.
pub type Play<'p> = dyn FnMut(&Input<'_>, Instant) -> Result<Flow, CommandError> + 'p;

/// The inputs of a ride, taken as far as one likes at a time.
pub struct Inputs {
    /// Settings, and what was learned before.
    first: VecDeque<(Instant, OwnedInput)>,
    feed: Feed,
}

/// Where they come from.
enum Feed {
    Recording { recording: Box<Recording>, next: usize },
    Log(LogFile),
    World(Box<Ahead>),
}

/// A world, one input ahead.
struct Ahead {
    world: World,
    /// What comes next,
    next: Option<(Instant, OwnedInput)>,
    /// and what the faults had changed before it.
    landed: Vec<u64>,
}

impl Inputs {
    /// Hands over every input up to `until`, that time included, unless `play` says that it has had enough.
    pub fn play_until(&mut self, until: Instant, play: &mut Play<'_>) -> Result<(), CommandError> {
        while self.first.front().is_some_and(|(at, _)| *at <= until) {
            if let Some((at, input)) = self.first.pop_front()
                && play(&input, at)? == Flow::Stop
            {
                return Ok(());
            }
        }
        match &mut self.feed {
            Feed::Log(log) => log.play_until(until, play),
            Feed::Recording { recording, next } => {
                while let Some(Timed { at, item }) = recording.items.get(*next).filter(|item| item.at <= until) {
                    *next += 1;
                    if play(&input_of(item), *at)? == Flow::Stop {
                        break;
                    }
                }
                Ok(())
            }
            Feed::World(ahead) => {
                let Ahead { world, next, landed } = ahead.as_mut();
                while let Some((at, input)) = next.take_if(|(at, _)| *at <= until) {
                    *landed = world.faults_landed();
                    *next = world.next();
                    if play(&input, at)? == Flow::Stop {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// When the next input comes; `None` when all are taken.
    pub fn next_at(&mut self) -> Result<Option<Instant>, CommandError> {
        if let Some((at, _)) = self.first.front() {
            return Ok(Some(*at));
        }
        match &mut self.feed {
            Feed::Log(log) => log.next_at(),
            Feed::Recording { recording, next } => Ok(recording.items.get(*next).map(|item| item.at)),
            Feed::World(ahead) => Ok(ahead.next.as_ref().map(|(at, _)| *at)),
        }
    }

    /// How many samples each fault of the scenario has changed so far; empty for a ride that is not simulated.
    pub fn faults_landed(&self) -> &[u64] {
        match &self.feed {
            Feed::World(ahead) => &ahead.landed,
            Feed::Recording { .. } | Feed::Log(_) => &[],
        }
    }

    /// SmO2 of the muscle at `site` at a whole second, percent, if this is a simulated ride.
    pub fn truth_pct(&self, site: Site, second: usize) -> Option<f64> {
        match &self.feed {
            Feed::World(ahead) => ahead.world.truth_pct(site, second),
            Feed::Recording { .. } | Feed::Log(_) => None,
        }
    }
}

/// The user's settings with the roster of a recording.
fn config_of(recording: &Recording, config: &Config) -> Config {
    let mut config = config.clone();
    config.roster = (0..)
        .zip(&recording.channels)
        .filter_map(|(i, channel)| Some(Assignment { identity: Identity::Channel(i), site: channel.site? }))
        .collect();
    config.leg = leg_to_show(&config.roster);
    config
}

fn input_of(item: &Item) -> OwnedInput {
    match item {
        Item::Sample { channel, count, reading } => {
            Input::Sample(Sample { identity: Identity::Channel(*channel), count: *count, reading: *reading })
        }
        Item::Context(context) => Input::Context(*context),
        Item::Posture(posture) => Input::Posture(*posture),
        Item::Position(label) => Input::Position(label.clone()),
        Item::Marker(label) => Input::Marker(label.clone()),
        Item::Lap => Input::Lap,
    }
}

/// The leg with most of the sensors; the right one if that does not decide.
fn leg_to_show(roster: &[Assignment]) -> Side {
    let on = |side| roster.iter().filter(|assignment| assignment.site.side == side).count();
    if on(Side::Left) > on(Side::Right) { Side::Left } else { Side::Right }
}

/// What is known of a log that was read once.
struct CheckedLog {
    end: Instant,
    sites: Vec<Site>,
    remarks: Vec<String>,
}

/// An input log, read as it is played.
struct LogFile {
    name: String,
    file: BufReader<File>,
    reader: Reader,
    /// What was read and is not yet played, from `taken` on.
    pending: Vec<u8>,
    taken: usize,
    /// Where `pending` begins in the file.
    offset: u64,
    /// There is no more to read.
    is_read: bool,
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
        Ok(Self {
            name,
            file,
            reader: Reader::new(),
            pending: Vec::with_capacity(2 * MAX_RECORD),
            taken: 0,
            offset: HEADER_LEN as u64,
            is_read: false,
        })
    }

    /// Reads to the end, so that a damaged log is refused before anything is made of it.
    fn check(mut self) -> Result<CheckedLog, CommandError> {
        let (mut end, mut sites) = (Instant::ZERO, Vec::new());
        self.play_until(Instant::from_ms(u64::MAX), &mut |input, at| {
            end = at;
            if let Input::Configure(config) = input {
                let more = config.roster.iter().map(|worn| worn.site).filter(|site| !sites.contains(site));
                sites.extend(more.collect::<Vec<_>>());
            }
            Ok(Flow::Continue)
        })?;
        let cut = (self.taken < self.pending.len()).then_some(self.offset + self.taken as u64);
        let remarks = cut.map(|offset| format!("the log ends inside a record, at byte {offset}: played up to there"));
        Ok(CheckedLog { end, sites, remarks: remarks.into_iter().collect() })
    }

    /// Hands over every record up to `until`.
    fn play_until(&mut self, until: Instant, play: &mut Play<'_>) -> Result<(), CommandError> {
        loop {
            let mut reader = self.reader;
            match reader.decode(&self.pending[self.taken..]).map_err(|error| self.damage(error))? {
                Some(record) if record.at > until => return Ok(()),
                Some(record) => {
                    self.reader = reader;
                    self.taken += record.length;
                    if play(&record.input, record.at)? == Flow::Stop {
                        return Ok(());
                    }
                }
                None if self.is_read => return Ok(()),
                None => self.read_on()?,
            }
        }
    }

    fn next_at(&mut self) -> Result<Option<Instant>, CommandError> {
        loop {
            let mut reader = self.reader;
            match reader.decode(&self.pending[self.taken..]).map_err(|error| self.damage(error))? {
                Some(record) => return Ok(Some(record.at)),
                None if self.is_read => return Ok(None),
                None => self.read_on()?,
            }
        }
    }

    fn damage(&self, error: LogError) -> CommandError {
        CommandError::Log { file: self.name.clone(), offset: self.offset + self.taken as u64, error }
    }

    fn read_on(&mut self) -> Result<(), CommandError> {
        self.pending.drain(..self.taken);
        self.offset += self.taken as u64;
        self.taken = 0;
        let read = |error| CommandError::Read { path: PathBuf::from(&self.name), error };
        let chunk = self.file.fill_buf().map_err(read)?;
        let n = chunk.len();
        self.pending.extend_from_slice(chunk);
        self.file.consume(n);
        self.is_read = n == 0;
        Ok(())
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
