//! `sling bench`, and plain `sling`: the bench in the browser.

use super::outputs::{Look, time_argument};
use super::radios;
use super::ride::{data_folder, log_in};
use crate::bench::clock::{Clock, Command};
use crate::bench::handover::{Handed, Handover};
use crate::bench::live::{LiveBench, Ridden};
use crate::bench::message::build;
use crate::bench::rebuild;
use crate::bench::record::Recorder;
use crate::bench::server::{Door, PATIENCE, Server, address_of_this_machine, token};
use crate::bench::session::{Choices, Session};
use crate::display::Display;
use crate::error::CommandError;
use crate::formats::{Options, parse_site};
use crate::live::{Setup, Use, stop_flag};
use crate::ride::Via;
use crate::settings::{KeepSink, Store};
use crate::sink::Sink;
use crate::talk::{Stdout, tell};
use clap::Args;
use sling_core::link::Radio;
use sling_core::sensor::Site;
use sling_core::time::Instant;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};

/// A head unit in the browser: ride, press, break things, go back in time.
///
/// It prints the address of its page in one line, opens it in the browser where there is a display, and runs until Ctrl-C.
/// On the page you press the head unit's buttons, break sensors and radios, and go to any time of the ride.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "a flag is there or not")]
pub struct Bench {
    /// What is ridden: a scenario's file, a scenario that is built in (demo, steady, faults, others as `sling run` lists them), a
    /// recording of sensors, or a log that Sling wrote
    #[arg(default_value = "demo", value_name = "RIDE")]
    ride: PathBuf,
    /// Where the sensors of a recording are worn, in the order of the file, such as mg.right,vl.right; `-` passes one over
    #[arg(long, value_delimiter = ',', value_parser = parse_site, allow_hyphen_values = true, value_name = "SITES")]
    sites: Vec<Option<Site>>,
    /// Listen on this port [default: one that is free]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Let other machines of the network in too, such as a phone: only with the address that is printed, which has a token
    #[arg(long)]
    lan: bool,
    /// Draw the rider and the noise from this seed instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How samples reach the head unit
    #[arg(long, value_enum, default_value_t)]
    via: Via,
    /// Begin at this time of the ride: 20 min, 1:12:33, or seconds
    #[arg(long, value_name = "T", value_parser = time_argument, default_value = "0", hide_default_value = true)]
    at: Instant,
    /// Ride with the real sensors that `sling pair` knows, instead of RIDE; the log is kept as `sling ride` keeps it
    #[arg(long, conflicts_with_all = ["ride", "sites", "seed", "via", "at", "watch"])]
    live: bool,
    /// With --live: keep no log in the data folder
    #[arg(long, requires = "live")]
    no_log: bool,
    /// In Sling's sources: build it anew whenever one of them changes, and go on at the same second in the new build
    #[arg(long)]
    watch: bool,
    /// A bench of --watch takes up and leaves its session in this folder
    #[arg(long, hide = true, value_name = "FOLDER", conflicts_with = "live")]
    supervised: Option<PathBuf>,
    /// Only print the address: open no browser
    #[arg(long)]
    no_open: bool,
    /// The display that the head unit draws for
    #[arg(long, value_enum, default_value_t)]
    display: Display,
    #[command(flatten)]
    look: Look,
}

/// Thirty seconds before the demo's overload.
const DEMO_AT: Instant = Instant::from_ms((19 * 60 + 30) * 1000);

impl Bench {
    /// Plain `sling`.
    pub(super) fn demo() -> Self {
        Self {
            ride: PathBuf::from("demo"),
            sites: Vec::new(),
            port: 0,
            lan: false,
            seed: None,
            via: Via::Model,
            at: DEMO_AT,
            live: false,
            no_log: false,
            watch: false,
            supervised: None,
            no_open: false,
            display: Display::default(),
            look: Look::default(),
        }
    }

    pub(super) fn run(
        self,
        store: impl FnOnce() -> Result<Store, CommandError>,
        data: Option<&Path>,
    ) -> Result<(), CommandError> {
        let stop = stop_flag()?;
        // Before anybody can replace the program.
        let _ = build();
        if self.live { self.ride(&store()?, data, stop) } else { self.simulate(None, &stop) }
    }

    /// `sling record`.
    pub(super) fn record(self, path: &Path, force: bool) -> Result<(), CommandError> {
        if self.live {
            return Err(CommandError::Usage("only a simulated ride is a scenario: a live ride keeps its log".into()));
        }
        let _ = build();
        self.simulate(Some((path, force)), &*stop_flag()?)
    }

    fn simulate(mut self, record: Option<(&Path, bool)>, stop: &AtomicBool) -> Result<(), CommandError> {
        if self.watch {
            let arguments = std::env::args_os().skip(1).filter(|argument| argument != "--watch").collect();
            return rebuild::run(arguments, !self.no_open && has_display(), stop);
        }
        let handover = self.supervised.as_deref().map(Handover::of);
        let mut place = None;
        let mut handed = None;
        if let Some(handover) = &handover {
            self.no_open = true;
            place = handover.place();
            handed = handover.taken()?;
        }
        let mut session = self.session(handed.as_ref())?;
        match &handed {
            Some(handed) => handed.take_up(&mut session).map_err(|why| CommandError::Usage(why.0))?,
            None => session.seek(self.at).map_err(|why| CommandError::Usage(format!("--at: {}", why.0)))?,
        }
        let recorder = record.map(|(path, force)| Recorder::new(path, force, &session)).transpose()?;
        let (commands, to_do) = channel();
        if handover.is_some() {
            rebuild::listen(commands.clone());
        }
        let server = self.open(place, commands)?;
        let clock = Clock::new(session, to_do).recording(recorder);
        let clock = if let Some(handed) = &handed { clock.taking_up(handed) } else { clock.playing() };
        let ended = clock.run(stop, handover.as_ref());
        drop(server);
        ended
    }

    /// Real sensors.
    fn ride(self, store: &Store, data: Option<&Path>, stop: Arc<AtomicBool>) -> Result<(), CommandError> {
        let settings = store.load()?;
        if settings.worn.is_empty() {
            return Err(CommandError::Usage("no sensor is worn yet: sling pair says which one is worn where".into()));
        }
        let mut sinks: Vec<Box<dyn Sink>> = vec![Box::new(KeepSink::new(store.clone()))];
        let mut kept = None;
        if !self.no_log {
            let (path, sink) = log_in(&data_folder(data)?.join("rides"))?;
            sinks.push(sink);
            kept = Some(path);
        }
        let (commands, to_do) = channel();
        let config = settings.config(self.display.size());
        let choices = Choices {
            seed: None,
            via: Via::Model,
            display: self.display,
            theme: config.theme,
            language: config.language,
        };
        let needs = |radio: &Radio| settings.sensors().any(|(sensor, ..)| radios::of(sensor.identity) == Some(*radio));
        let ridden = Ridden {
            choices,
            sites: settings.worn.iter().map(|worn| worn.site).collect(),
            needed: radios::BOTH.into_iter().filter(needs).collect(),
            kept: kept.clone(),
        };
        let which = Use { ant: true, ble: true };
        let bench =
            LiveBench::start(Setup { config, state: None, ant: &settings.ant, which, sinks, stop }, ridden, to_do)?;
        let server = self.open(None, commands)?;
        let (unit, remarks) = bench.run()?;
        drop(server);
        let heard: u32 = settings.worn.iter().map(|worn| unit.samples_heard(worn.site)).sum();
        tell(format_args!("Rode {} s, {heard} samples.", unit.snapshot().ride_time.as_s()));
        if let Some(path) = kept {
            tell(format_args!("Kept: {} (sling replay it)", path.display()));
        }
        remarks.into_iter().next().map_or(Ok(()), |first| Err(CommandError::Usage(first)))
    }

    /// Serves the page, says where, and opens it.
    fn open(&self, place: Option<(u16, Option<String>)>, commands: Sender<Command>) -> Result<Server, CommandError> {
        let listener = self.listen(place.as_ref().map_or(self.port, |(port, _)| *port))?;
        let port = listener.local_addr()?.port();
        let token = match (place, self.lan) {
            (Some((_, token)), _) => token,
            (None, true) => Some(token()?),
            (None, false) => None,
        };
        let address = match &token {
            None => format!("http://127.0.0.1:{port}/"),
            Some(token) => {
                tell(format_args!(
                    "sling: with --lan everybody on this network who has the address with its token can use the bench, \
                     and what is sent is not encrypted"
                ));
                let host = address_of_this_machine().unwrap_or(Ipv4Addr::LOCALHOST.into());
                format!("http://{host}:{port}/?token={token}")
            }
        };
        let server = Server::start(listener, Door { port, token }, PATIENCE, commands)?;
        let mut stdout = Stdout::new();
        writeln!(stdout, "{address}")?;
        stdout.flush()?;
        if !self.no_open && has_display() {
            // The address is printed: who has no browser knows it.
            let _ = open::that_detached(&address);
        }
        Ok(server)
    }

    fn session(&self, handed: Option<&Handed>) -> Result<Session, CommandError> {
        let choices = match handed {
            Some(handed) => handed.choices().map_err(|why| CommandError::Usage(why.0))?,
            None => Choices {
                seed: self.seed,
                via: self.via,
                display: self.display,
                theme: self.look.theme.into(),
                language: self.look.lang,
            },
        };
        if let Some(Handed { name, text: Some(text), .. }) = handed {
            return Session::scenario(name, text.clone(), choices);
        }
        open(&self.ride, &self.sites, choices)
    }

    fn listen(&self, port: u16) -> Result<TcpListener, CommandError> {
        let to = if self.lan { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        TcpListener::bind((to, port)).map_err(|error| {
            CommandError::Usage(match error.kind() {
                io::ErrorKind::AddrInUse => {
                    format!("port {port} is in use: choose another with --port, or leave it away for one that is free")
                }
                _ => format!("cannot listen on port {port}: {error}"),
            })
        })
    }
}

/// A session of whatever `ride` names.
pub(super) fn open(ride: &Path, sites: &[Option<Site>], choices: Choices) -> Result<Session, CommandError> {
    let words = sites.iter().map(|site| site.map_or_else(|| "-".to_owned(), |site| site.to_string()));
    let words = (!sites.is_empty()).then(|| words.collect::<Vec<_>>().join(","));
    Session::open(ride, &Options { sites: sites.to_vec() }, words, choices)
}

/// Whether a browser would be seen.
fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", windows)) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
