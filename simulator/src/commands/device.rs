//! `sling device`: a head unit on the cable.

use super::outputs::bytes_bar;
use crate::cable::{Cable, CableError};
use crate::display;
use crate::error::CommandError;
use crate::settings::{KEY_HELP, Store, identity_text};
use crate::sink::WholeFile;
use crate::talk::{Stdout, tell};
use clap::{Args, Subcommand, ValueEnum};
use sling_core::head_unit::{self, Config, RideAct};
use sling_core::service::{Answer, Ask, Restart, Ride, Status};
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a read waits before it is looked whether to give up.
const READ: Duration = Duration::from_millis(50);
/// USB pays no heed to it; a line of an adapter does.
const BAUD: u32 = 115_200;
/// The reference display.
const SCREEN: (u16, u16) = (240, 400);

/// Talk to a Sling head unit on the USB cable.
///
/// Sets it up from this computer's configuration (`settings`, `key`, `time`), downloads its rides (`rides`, `log`), shows what
/// it shows, and says how it is. What is downloaded holds where the sensors are worn and what they measured, with their numbers.
#[derive(Debug, Args)]
pub struct Device {
    /// The line to it, such as /dev/ttyACM0, or `tcp:127.0.0.1:4000` for an emulated one [default: the one that is plugged in]
    #[arg(long, global = true, value_name = "PORT")]
    port: Option<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How it is: its ride, its room, its stack
    Status,
    /// Give it the sensors and settings of this computer's configuration
    Settings {
        /// Say what it has instead
        #[arg(long)]
        show: bool,
    },
    /// Give it the ANT+ network key of this computer's configuration
    Key {
        /// Let it forget its key instead
        #[arg(long)]
        forget: bool,
    },
    /// Give it the time of day
    Time,
    /// List the rides that it has
    Rides,
    /// Download the log of a ride, for `sling export` and `sling replay`
    Log {
        /// Which ride [default: the newest]
        #[arg(long, value_name = "N")]
        ride: Option<u16>,
        /// The file to write
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
    },
    /// Let it make a FIT file of a ride that is ended, and save that
    Fit {
        /// Which ride [default: the newest]
        #[arg(long, value_name = "N")]
        ride: Option<u16>,
        /// The file to write
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
    },
    /// Delete rides from its flash: this one and all before it
    Release {
        /// The newest that is no longer needed
        #[arg(value_name = "N")]
        ride: u16,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Save what it shows as a PNG
    Screen {
        /// The file to write
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
    },
    /// Press one of its buttons
    Press {
        /// Which
        #[arg(value_enum)]
        button: Button,
        /// Hold it
        #[arg(long)]
        long: bool,
    },
    /// Stop the ride's time
    Pause,
    /// Let it run on
    Resume,
    /// End the ride
    End,
    /// Begin another, after one that is ended
    Begin,
    /// Say what it left of its last crash
    Crash {
        /// Let it forget that afterwards
        #[arg(long)]
        forget: bool,
    },
    /// Start it anew; settings and rides stay
    Restart {
        /// Into the bootloader, for another firmware
        #[arg(long, conflicts_with = "off")]
        update: bool,
        /// Switch it off instead
        #[arg(long)]
        off: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Button {
    Up,
    Down,
    Select,
}

/// A line to a head unit.
enum Line {
    Serial(Box<dyn serialport::SerialPort>),
    Socket(TcpStream),
}

impl Read for Line {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Serial(port) => port.read(bytes),
            Self::Socket(stream) => stream.read(bytes),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Serial(port) => port.write(bytes),
            Self::Socket(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Serial(port) => port.flush(),
            Self::Socket(stream) => stream.flush(),
        }
    }
}

impl Device {
    pub(super) fn run(self, store: &Store) -> Result<(), CommandError> {
        let port = match self.port {
            Some(port) => port,
            None => plugged_in()?,
        };
        let line = open(&port).map_err(|error| CommandError::Device { port: port.clone(), error: error.into() })?;
        let mut cable = Cable::new(line);
        self.what.done(&mut cable, store).map_err(|failed| match failed {
            Failed::Cable(error) => CommandError::Device { port, error },
            Failed::Command(error) => error,
        })
    }
}

/// What went wrong, here or at the other end.
enum Failed {
    Cable(CableError),
    Command(CommandError),
}

impl From<CableError> for Failed {
    fn from(error: CableError) -> Self {
        Self::Cable(error)
    }
}

impl<E: Into<CommandError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Command(error.into())
    }
}

impl What {
    fn done(self, cable: &mut Cable<Line>, store: &Store) -> Result<(), Failed> {
        match self {
            Self::Status => say_status(&cable.status()?)?,
            Self::Settings { show: true } => match cable.ask(&Ask::Settings)? {
                Answer::Settings(config) => say_settings(&config)?,
                _ => return Err(CableError::Answer.into()),
            },
            Self::Settings { show: false } => {
                let config = store.load()?.config(SCREEN);
                cable.order(&Ask::Configure(config.clone()))?;
                tell(format_args!("It wears {} sensors now.", config.roster.len()));
            }
            Self::Key { forget: true } => cable.order(&Ask::Key(None))?,
            Self::Key { forget: false } => {
                let key = store.load()?.ant.key;
                let key = key.ok_or_else(|| CommandError::Usage(format!("there is no key to give: {KEY_HELP}")))?;
                cable.order(&Ask::Key(Some(*key.bytes())))?;
            }
            Self::Time => {
                let (unix_s, offset_min) = crate::live::wall_time();
                cable.order(&Ask::WallTime { unix_s, offset_min })?;
            }
            Self::Rides => {
                let rides = cable.rides()?;
                let mut out = Stdout::new();
                for Ride { number, bytes } in &rides {
                    writeln!(out, "{number:5}  {:6} KiB", bytes / 1024)?;
                }
                out.flush()?;
                if rides.is_empty() {
                    tell(format_args!("It has no rides."));
                }
            }
            Self::Log { ride, output } => download(cable, ride, &output)?,
            Self::Fit { ride, output } => {
                let wanted = choose(cable, ride)?;
                let mut file = WholeFile::create(&output)?;
                let bar = bytes_bar(0);
                let fit = cable.fit(wanted.number, |passed| bar.set_position(passed))?;
                bar.finish_and_clear();
                file.write_all(&fit)?;
                file.keep()?;
            }
            Self::Release { ride, yes } => {
                let gone: Vec<_> = cable.rides()?.into_iter().filter(|it| it.number <= ride).collect();
                if gone.is_empty() {
                    tell(format_args!("It has no ride up to number {ride}."));
                } else if yes || agreed(gone.len(), ride)? {
                    cable.order(&Ask::Release { ride })?;
                    tell(format_args!("{} deleted.", rides_of(gone.len())));
                } else {
                    tell(format_args!("Nothing is deleted."));
                }
            }
            Self::Screen { output } => {
                let frame = cable.screen()?;
                let mut file = WholeFile::create(&output)?;
                file.write_all(&png_of(&frame))?;
                file.keep()?;
            }
            Self::Press { button, long } => {
                let button = match button {
                    Button::Up => head_unit::Button::Up,
                    Button::Down => head_unit::Button::Down,
                    Button::Select => head_unit::Button::Select,
                };
                let press = if long { head_unit::Press::Long } else { head_unit::Press::Short };
                cable.order(&Ask::Press(button, press))?;
            }
            Self::Pause => change_ride(cable, RideAct::Pause)?,
            Self::Resume => change_ride(cable, RideAct::Resume)?,
            Self::End => change_ride(cable, RideAct::End)?,
            Self::Begin => change_ride(cable, RideAct::Begin)?,
            Self::Crash { forget } => {
                match cable.ask(&Ask::Crash)? {
                    Answer::Crash(Some(text)) => {
                        let mut out = Stdout::new();
                        writeln!(out, "{text}")?;
                        out.flush()?;
                    }
                    Answer::Crash(None) => tell(format_args!("It knows of no crash.")),
                    _ => return Err(CableError::Answer.into()),
                }
                if forget {
                    cable.order(&Ask::ForgetCrash)?;
                }
            }
            Self::Restart { update, off } => {
                let how = match (update, off) {
                    (true, _) => Restart::Update,
                    (_, true) => Restart::Off,
                    _ => Restart::Same,
                };
                cable.send(&Ask::Restart(how))?;
            }
        }
        Ok(())
    }
}

/// Does something with the ride, if there is one that it suits.
fn change_ride(cable: &mut Cable<Line>, act: RideAct) -> Result<(), Failed> {
    let no = match (cable.status()?.ride, act) {
        (Some(ride), RideAct::Begin) => format!("ride {ride} is not over: end it first with `sling device end`"),
        (None, RideAct::Pause | RideAct::Resume | RideAct::End) => {
            "the ride is over: `sling device begin` begins another".into()
        }
        _ => return Ok(cable.order(&Ask::Ride(act))?),
    };
    Err(CommandError::Usage(no).into())
}

/// The line of the only head unit that is plugged in.
fn plugged_in() -> Result<String, CommandError> {
    const BY_ID: &str = "/dev/serial/by-id";
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains("Sling"));
    let entries = fs::read_dir(BY_ID).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let found: Vec<PathBuf> = entries.filter(named).collect();
    match &found[..] {
        [one] => Ok(one.display().to_string()),
        [] => Err(CommandError::Usage(format!(
            "no head unit is plugged in: nothing in {BY_ID} is named Sling; --port names its line, such as /dev/ttyACM0"
        ))),
        several => {
            let names: Vec<_> = several.iter().map(|path| path.display().to_string()).collect();
            Err(CommandError::Usage(format!(
                "several head units are plugged in; --port names one: {}",
                names.join(", ")
            )))
        }
    }
}

fn open(port: &str) -> io::Result<Line> {
    if let Some(address) = port.strip_prefix("tcp:") {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(READ))?;
        stream.set_nodelay(true)?;
        return Ok(Line::Socket(stream));
    }
    Ok(Line::Serial(serialport::new(port, BAUD).timeout(READ).open()?))
}

fn say_status(status: &Status) -> Result<(), CommandError> {
    let Status { board, version, now_ms, knows_time, has_key, ride, room, capacity, stack, asleep_permille, .. } =
        status;
    let mut out = Stdout::new();
    writeln!(out, "Sling {version} on {board}")?;
    let minutes = now_ms / 60_000;
    match ride {
        Some(ride) => writeln!(out, "ride       {ride}, {}:{:02} h", minutes / 60, minutes % 60)?,
        None => writeln!(out, "ride       ended")?,
    }
    writeln!(out, "time       {}", if *knows_time { "known" } else { "unknown: sling device time" })?;
    writeln!(out, "ANT+ key   {}", if *has_key { "there" } else { "none: sling device key" })?;
    writeln!(out, "flash      {} of {} KiB free", room / 1024, capacity / 1024)?;
    writeln!(out, "stack      {} of {} bytes used at most", stack.0, stack.1)?;
    writeln!(out, "asleep     {}.{} %", asleep_permille / 10, asleep_permille % 10)?;
    writeln!(out, "slowest    {} ms from an input to the display", status.slowest_ms)?;
    if status.crashed {
        writeln!(out, "crash      there is a report: sling device crash")?;
    }
    Ok(out.flush()?)
}

fn say_settings(config: &Config) -> Result<(), CommandError> {
    let mut out = Stdout::new();
    for worn in &config.roster {
        writeln!(out, "{:10} {}", worn.site.to_string(), identity_text(&worn.identity))?;
    }
    for companion in &config.companions {
        writeln!(out, "{:10} {}", companion.kind.code(), identity_text(&companion.identity))?;
    }
    writeln!(out, "wheel      {} mm", config.wheel_mm)?;
    writeln!(out, "language   {}", config.language.code())?;
    Ok(out.flush()?)
}

/// The ride of this number, or the newest.
fn choose(cable: &mut Cable<Line>, ride: Option<u16>) -> Result<Ride, Failed> {
    let rides = cable.rides()?;
    let wanted = match ride {
        Some(number) => rides.iter().find(|it| it.number == number),
        None => rides.last(),
    };
    wanted.copied().ok_or_else(|| {
        let there: Vec<_> = rides.iter().map(|ride| ride.number.to_string()).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        CommandError::Usage(format!("there is no such ride; the head unit has: {there}")).into()
    })
}

fn download(cable: &mut Cable<Line>, ride: Option<u16>, output: &Path) -> Result<(), Failed> {
    let wanted = choose(cable, ride)?;
    let mut file = WholeFile::create(output)?;
    let bar = bytes_bar(u64::from(wanted.bytes));
    let log = cable.log(wanted, |passed| bar.set_position(passed))?;
    bar.finish_and_clear();
    file.write_all(&log)?;
    file.keep()?;
    let (number, file) = (wanted.number, output.display());
    tell(format_args!(
        "Ride {number} is in {file}. What other programs open: sling export {file} --to fit -o ride.fit"
    ));
    Ok(())
}

fn rides_of(count: usize) -> String {
    if count == 1 { "1 ride is".into() } else { format!("{count} rides are") }
}

fn agreed(count: usize, ride: u16) -> Result<bool, CommandError> {
    if !io::stdin().is_terminal() {
        return Err(CommandError::Usage(format!("{} to be deleted for good: say --yes", rides_of(count))));
    }
    tell(format_args!(
        "{}, up to number {ride}, deleted for good. Have they been downloaded? Type yes:",
        rides_of(count)
    ));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// A frame of the reference display, dark on light.
fn png_of(frame: &[u8]) -> Vec<u8> {
    let (w, h) = SCREEN;
    let dark = frame.iter().flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0));
    let rgb = dark.flat_map(|dark| if dark { [0; 3] } else { [255; 3] });
    let mut rgb: Vec<u8> = rgb.collect();
    rgb.resize(usize::from(w) * usize::from(h) * 3, 255);
    display::encode(u32::from(w), u32::from(h), &rgb)
}
