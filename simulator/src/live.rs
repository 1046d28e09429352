//! A head unit with the machine's own radios: real sticks, real adapters, real time.
//!
//! This is the only place where wall time passes: milliseconds since the start are core's [`Instant`]. The drivers' threads
//! hand over what they hear by one queue; the loop takes the next item, or ticks the head unit when its deadline comes.
//! Whoever watches ([`Sink`]) cannot end a ride: a file that can no longer be written is told of once and given up, and
//! the ride and its other files go on.

use crate::error::CommandError;
use crate::player::{Player, Radios, Ticks};
use crate::radio::OwnedBleEvent;
use crate::radio::ant::serial::Serial;
use crate::radio::ant::usb::Usb;
use crate::radio::ant::worker::{FromStick, ToStick, Worker};
use crate::radio::ant::{Opener, Port, Trouble as PortTrouble};
use crate::radio::ble::BleRadio;
use crate::settings::{AntSettings, Key};
use crate::sink::Sink;
use signal_hook::consts::{SIGINT, SIGTERM};
use sling_core::head_unit::{AntCommand, BleCommand, Config, CueRequest, State};
use sling_core::link::Trouble;
use sling_core::link::ant::network_key_frame;
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input, Output};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant as WallInstant};

/// How often the loop looks whether it is to end.
const LOOK: Duration = Duration::from_millis(100);
/// Bytes of a stick that go into the head unit at once: a record of the log holds a kilobyte.
const PORTION: usize = 512;
/// Items of the queue that are taken before the rest of the program has its turn.
const AT_ONCE: usize = 64;

/// What a driver of the ANT stick saw, in core's words.
pub const fn trouble_of(port: PortTrouble) -> Trouble {
    match port {
        PortTrouble::NoUsb | PortTrouble::NoStick | PortTrouble::Gone => Trouble::NoDevice,
        PortTrouble::Denied => Trouble::NoPermission,
        PortTrouble::Busy => Trouble::Busy,
        PortTrouble::Failed => Trouble::NotAnswering,
    }
}

/// Which radios are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The ANT stick.
    pub ant: bool,
    /// The Bluetooth adapter.
    pub ble: bool,
}

/// Opens the way to the stick that the settings name.
struct Way(Box<dyn Opener>);

impl Way {
    fn of(settings: &AntSettings) -> Self {
        Self(match &settings.port {
            Some(path) => {
                let standard = Serial::new(path);
                Box::new(Serial { baud: settings.baud.unwrap_or(standard.baud), ..standard })
            }
            None => Box::new(Usb { serial: settings.usb_serial.clone() }),
        })
    }
}

impl Opener for Way {
    fn open(&mut self) -> Result<Box<dyn Port>, PortTrouble> {
        self.0.open()
    }
}

/// What comes in.
enum News {
    Ant(FromStick),
    Ble(OwnedBleEvent),
}

/// The drivers. Dropped, they close what they hold; that takes some seconds at most.
struct Drivers {
    key: Option<Key>,
    ant: Option<(Sender<ToStick>, JoinHandle<()>)>,
    ble: Option<BleRadio>,
}

impl Drivers {
    fn start(ant: &AntSettings, which: Use, news: &Sender<News>) -> io::Result<Self> {
        let stick = (which.ant && ant.key.is_some()).then(|| {
            let worker = Worker::start(Way::of(ant));
            let (orders, news) = (worker.sender(), news.clone());
            let thread = spawn(move || {
                // Until the worker has ended, or nobody listens.
                while let Ok(item) = worker.from().recv() {
                    if news.send(News::Ant(item)).is_err() {
                        break;
                    }
                }
            });
            (orders, thread)
        });
        let mut ble = None;
        if which.ble {
            let (events, from) = channel();
            ble = Some(BleRadio::start(events)?);
            let news = news.clone();
            spawn(move || {
                while let Ok(event) = from.recv() {
                    if news.send(News::Ble(event)).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self { key: ant.key, ant: stick, ble })
    }

    fn tell_stick(&self, order: ToStick) {
        if let Some((orders, _)) = &self.ant {
            // That it has ended is seen elsewhere.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Drivers {
    fn drop(&mut self) {
        self.tell_stick(ToStick::Stop);
        if let Some((_, thread)) = self.ant.take() {
            let _ = thread.join();
        }
    }
}

impl Radios for Drivers {
    fn command(&mut self, _at: Instant, command: &Output) {
        match command {
            Output::Ant(AntCommand::Send(bytes)) => self.tell_stick(ToStick::Write(bytes.to_vec())),
            Output::Ant(AntCommand::SendKey) => {
                if let Some(key) = &self.key {
                    self.tell_stick(ToStick::Write(network_key_frame(key.bytes()).to_vec()));
                }
            }
            Output::Ant(AntCommand::Reopen) => self.tell_stick(ToStick::Reopen),
            Output::Ble(command) => self.ask_ble(*command),
            _ => {}
        }
    }

    fn next_event(&self) -> Option<Instant> {
        None
    }

    fn hear(&mut self, _at: Instant, _hear: &mut dyn FnMut(&Input<'_>)) {}

    fn send(&mut self, _at: Instant, _input: &Input<'_>) -> bool {
        false
    }
}

impl Drivers {
    fn ask_ble(&self, command: BleCommand) {
        if let Some(ble) = &self.ble {
            ble.ask(command);
        }
    }
}

/// Remarks that a ride's watchers leave behind for its end, and for the screen until then.
pub type Remarks = Rc<RefCell<Vec<String>>>;

/// A sink that cannot end a ride.
struct Lenient {
    sink: Option<Box<dyn Sink>>,
    remarks: Remarks,
}

impl Lenient {
    fn check(&mut self, act: impl FnOnce(&mut dyn Sink) -> io::Result<()>) {
        let Some(sink) = &mut self.sink else { return };
        if let Err(error) = act(sink.as_mut()) {
            self.remarks.borrow_mut().push(error.to_string());
            self.sink = None;
        }
    }
}

impl Sink for Lenient {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        self.check(|sink| sink.input(at, input));
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        self.check(|sink| sink.output(at, output));
        Ok(())
    }

    fn after(&mut self, at: Instant, input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        self.check(|sink| sink.after(at, input, unit));
        Ok(())
    }

    fn finish(&mut self, unit: &HeadUnit) -> io::Result<()> {
        self.check(|sink| sink.finish(unit));
        Ok(())
    }
}

/// Keeps the cues that are asked for until they are given.
struct CueSink(Rc<RefCell<Vec<CueRequest>>>);

impl Sink for CueSink {
    fn output(&mut self, _at: Instant, output: &Output) -> io::Result<()> {
        if let Output::Cue(cue) = output {
            self.0.borrow_mut().push(*cue);
        }
        Ok(())
    }
}

/// A flag that Ctrl-C, a hang-up and a polite kill raise.
pub fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    // Who asks twice will not wait for a driver to say goodbye.
    signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&flag))?;
    for signal in [
        SIGINT,
        SIGTERM,
        #[cfg(unix)]
        signal_hook::consts::SIGHUP,
    ] {
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(flag)
}

/// What a session begins with.
pub struct Setup<'s> {
    /// The head unit's settings.
    pub config: Config,
    /// What was learned before.
    pub state: Option<State>,
    /// The way to the stick, and its key.
    pub ant: &'s AntSettings,
    /// Which radios are used.
    pub which: Use,
    /// Those who watch.
    pub sinks: Vec<Box<dyn Sink>>,
    /// Raised when it is to end.
    pub stop: Arc<AtomicBool>,
}

/// A running session.
pub struct Live {
    player: Player,
    began: WallInstant,
    news: Receiver<News>,
    // Keeps the queue open when both radios are away.
    _sender: Sender<News>,
    cues: Rc<RefCell<Vec<CueRequest>>>,
    remarks: Remarks,
    stop: Arc<AtomicBool>,
}

impl Live {
    /// Starts the radios and tells the head unit what there is.
    pub fn start(setup: Setup<'_>) -> Result<Self, CommandError> {
        let (sender, news) = channel();
        let remarks = Remarks::default();
        let cues = Rc::default();
        let lenient = |sink| -> Box<dyn Sink> { Box::new(Lenient { sink: Some(sink), remarks: Rc::clone(&remarks) }) };
        let mut sinks: Vec<Box<dyn Sink>> = setup.sinks.into_iter().map(lenient).collect();
        sinks.push(Box::new(CueSink(Rc::clone(&cues))));
        let drivers = Drivers::start(setup.ant, setup.which, &sender)?;
        let no_key = setup.which.ant && setup.ant.key.is_none();
        let player = Player::new(sinks, Ticks::InInputs).with_radios(Some(Box::new(drivers)));
        let began = WallInstant::now();
        let mut live = Self { player, began, news, _sender: sender, cues, remarks, stop: setup.stop };
        live.give(&Input::Configure(setup.config))?;
        if let Some(state) = setup.state {
            live.give(&Input::Restore(state))?;
        }
        let (unix_s, offset_min) = wall_time();
        live.give(&Input::WallTime { unix_s, offset_min })?;
        if no_key {
            live.give(&Input::AntPort(Err(Trouble::NoKey)))?;
        }
        Ok(live)
    }

    /// Since the start.
    pub fn now(&self) -> Instant {
        Instant::from_ms(self.began.elapsed().as_millis() as u64)
    }

    /// One input, now.
    pub fn give(&mut self, input: &Input<'_>) -> Result<(), CommandError> {
        let now = self.now();
        Ok(self.player.play(input, now)?)
    }

    /// Lets time pass until something happens, the head unit has something due, or `longest` is over. False when the
    /// session is to end.
    pub fn turn(&mut self, longest: Duration) -> Result<bool, CommandError> {
        let now = self.now();
        let due = self.player.unit().next_deadline();
        let wait = due.map_or(LOOK, |due| Duration::from_millis(due.since(now).as_ms().into()));
        match self.news.recv_timeout(wait.min(longest).min(LOOK)) {
            Ok(item) => {
                self.hear(&item)?;
                for item in self.news.try_iter().take(AT_ONCE).collect::<Vec<_>>() {
                    self.hear(&item)?;
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if self.player.unit().next_deadline().is_some_and(|due| due <= self.now()) {
            self.give(&Input::Tick)?;
        }
        Ok(!self.stop.load(Ordering::Relaxed))
    }

    fn hear(&mut self, item: &News) -> Result<(), CommandError> {
        match item {
            News::Ant(FromStick::Opened) => self.give(&Input::AntPort(Ok(()))),
            News::Ant(FromStick::Trouble(trouble)) => self.give(&Input::AntPort(Err(trouble_of(*trouble)))),
            News::Ant(FromStick::Bytes(bytes)) => {
                bytes.chunks(PORTION).try_for_each(|portion| self.give(&Input::AntBytes(portion)))
            }
            News::Ble(event) => self.give(&Input::Ble(event.as_event())),
        }
    }

    /// The cues that were asked for since the last time. Say of each what became of it, by [`Input::CueDelivery`].
    pub fn take_cues(&mut self) -> Vec<CueRequest> {
        self.cues.take()
    }

    /// What went wrong with those who watch, so far.
    pub fn remarks(&self) -> Vec<String> {
        self.remarks.borrow().clone()
    }

    /// The head unit as it is now.
    pub fn unit(&self) -> &HeadUnit {
        self.player.unit()
    }

    /// Ends the session: files are completed, then the radios are let go. The head unit, and what went wrong with those
    /// who watched.
    pub fn finish(self) -> Result<(Box<HeadUnit>, Vec<String>), CommandError> {
        let unit = self.player.finish()?;
        // What comes after has nothing to complete: the next Ctrl-C ends the program at once.
        self.stop.store(true, Ordering::Relaxed);
        Ok((unit, self.remarks.take()))
    }
}

/// The time of day: seconds since 1970-01-01 00:00 UTC, and minutes that local time is ahead.
pub(crate) fn wall_time() -> (u64, i16) {
    let now = chrono::Local::now();
    (now.timestamp().try_into().unwrap_or(0), (now.offset().local_minus_utc() / 60) as i16)
}
