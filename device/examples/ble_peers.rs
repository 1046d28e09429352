//! The firmware's Bluetooth part on a desktop, with Google's Bumble as controller and sensors.
//!
//! ```text
//! ble_peers core|eager|fidget PYTHON tests/peers/bumble/sensors.py [--fault NAME]
//! ```
//!
//! Starts the script, connects to its controller over TCP, and rides with its two sensors through four losses and a
//! controller that falls silent. Then it compares what was reported with what the script says it sent. Exit 0: all as it
//! should be, and the figures on standard output; 1: what is not, on standard error.
//!
//! What is asked of the sensors is decided by a [`Central`]: core's, or [`Eager`], which asks for more and more often than
//! there is reason to.

use bt_hci::controller::ExternalController;
use bt_hci_serial::SerialTransport;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embedded_io_adapters::tokio_1::FromTokio;
use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleCentral, BleCommand, BleEvent, BleProfile, Profiles, Wanted};
use sling_core::sensor::SensorKind;
use sling_core::time::{Duration, Instant};
use sling_core::wire::gatt;
use sling_device::ble::{ANSWERS_WITHIN, ASKED_EVERY, Ble, Resources, STARTS_WITHIN};
use std::collections::{BTreeMap, VecDeque};
use std::process::{ExitCode, Stdio};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{ChildStdout, Command};

/// Links at once: more than there are sensors.
const LINKS: usize = 4;
/// HCI commands at once.
const SLOTS: usize = 8;
/// A run takes about 6 s; a machine that is busy with other things takes longer.
const LIMIT: Duration = Duration::from_s(30);
/// What a busy machine may add to a time that is asserted.
const SLACK: Duration = Duration::from_ms(1500);
/// A sensor that is back in the air is connected within this.
const BACK_WITHIN: Duration = Duration::from_s(5);
/// A peer that is not in the air, and is dialled all the same.
const NOBODY: Address = [0xC0, 0xFF, 0xEE, 0xC0, 0xFF, 0xEE];
/// Each sensor is lost this often.
const LOSSES: usize = 2;
/// What may be missing at a link's end when it was lost: values that the stack had not passed on.
const LOST_WITH_A_LINK: usize = 1;
/// Values that show that a sensor is back after the controller's silence.
const ENOUGH: usize = 10;

/// Who decides what is asked of the radio.
trait Central {
    /// Something happened.
    fn event(&mut self, now: Instant, event: &BleEvent<'_>);
    /// Time has passed, perhaps up to the deadline.
    fn tick(&mut self, now: Instant);
    /// When to tick again.
    fn deadline(&self) -> Option<Instant>;
    /// The next command.
    fn poll(&mut self) -> Option<BleCommand>;
}

impl Central for BleCentral {
    fn event(&mut self, now: Instant, event: &BleEvent<'_>) {
        self.event(now, event);
    }

    fn tick(&mut self, now: Instant) {
        self.tick(now);
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline()
    }

    fn poll(&mut self) -> Option<BleCommand> {
        self.poll()
    }
}

/// Connects to whatever it sees, subscribes to all that there is, and reads the battery all the time, so that commands
/// and values cross. First it dials nobody, and gives that up.
#[derive(Default)]
struct Eager {
    commands: VecDeque<BleCommand>,
    /// Peers that are connected or are to be.
    busy: Vec<Address>,
    /// Profiles that are still to be subscribed to.
    wanted: BTreeMap<Address, Vec<BleProfile>>,
    subscribed: Vec<Address>,
    /// Peers whose battery is being read.
    reading: Vec<Address>,
    next_read: Option<Instant>,
    gives_up_at: Option<Instant>,
}

impl Eager {
    const READ_EVERY: Duration = Duration::from_ms(60);
    const NOBODY_FOR: Duration = Duration::from_ms(100);

    fn subscribe(&mut self, address: Address) {
        match self.wanted.get_mut(&address).and_then(Vec::pop) {
            Some(profile) => self.commands.push_back(BleCommand::Subscribe { address, profile }),
            None => self.subscribed.push(address),
        }
    }

    fn forget(&mut self, address: Address) {
        self.busy.retain(|&one| one != address);
        self.subscribed.retain(|&one| one != address);
        self.reading.retain(|&one| one != address);
    }
}

impl Central for Eager {
    fn event(&mut self, now: Instant, event: &BleEvent<'_>) {
        match *event {
            BleEvent::Adapter(Ok(())) => {
                // A task for a stranger, and the end of a link that never was, have their answers too.
                self.commands.push_back(BleCommand::Discover { address: NOBODY });
                self.commands.push_back(BleCommand::Connect { address: NOBODY });
                self.gives_up_at = Some(now + Self::NOBODY_FOR);
                self.next_read = Some(now + Self::READ_EVERY);
            }
            BleEvent::Adapter(Err(_)) => *self = Self::default(),
            BleEvent::Seen { address, profiles, .. } if !profiles.is_empty() && !self.busy.contains(&address) => {
                self.busy.push(address);
                self.commands.push_back(BleCommand::Connect { address });
            }
            BleEvent::Connected { address } => self.commands.push_back(BleCommand::Discover { address }),
            BleEvent::Discovered { address, profiles } => {
                self.wanted.insert(address, profiles.iter().collect());
                self.subscribe(address);
            }
            BleEvent::Subscribed { address, .. } => self.subscribe(address),
            BleEvent::BatteryLevel { address, .. } => self.reading.retain(|&one| one != address),
            BleEvent::Disconnected { address } => self.forget(address),
            // A link that could not be brought up is tried again when its peer is seen.
            BleEvent::Failed { address } if !self.subscribed.contains(&address) => self.forget(address),
            _ => {}
        }
    }

    fn tick(&mut self, now: Instant) {
        if self.gives_up_at.is_some_and(|at| at <= now) {
            self.gives_up_at = None;
            self.commands.push_back(BleCommand::Disconnect { address: NOBODY });
            self.commands.push_back(BleCommand::StartScan);
        }
        if self.next_read.is_some_and(|at| at <= now) {
            self.next_read = Some(now + Self::READ_EVERY);
            for &address in self.subscribed.iter().filter(|address| !self.reading.contains(address)) {
                self.commands.push_back(BleCommand::ReadBattery { address });
            }
            self.reading = self.subscribed.clone();
        }
    }

    fn deadline(&self) -> Option<Instant> {
        [self.next_read, self.gives_up_at].into_iter().flatten().min()
    }

    fn poll(&mut self) -> Option<BleCommand> {
        self.commands.pop_front()
    }
}

/// Dials a sensor and gives it up again and again, each time a little later, until the link comes up in just that moment
/// and the stack loses it. Then it is eager.
struct Fidget {
    eager: Eager,
    address: Address,
    rounds: u32,
    /// The stack lost a link.
    tangled: bool,
    dials_at: Option<Instant>,
    gives_up_at: Option<Instant>,
}

impl Fidget {
    /// More than enough: it happens within the first dozen.
    const ROUNDS: u32 = 400;
    const LONGEST_MS: u32 = 40;
    const PAUSE: Duration = Duration::from_ms(20);

    fn new(address: Address) -> Self {
        let eager = Eager::default();
        Self { eager, address, rounds: 0, tangled: false, dials_at: None, gives_up_at: None }
    }
}

impl Central for Fidget {
    fn event(&mut self, now: Instant, event: &BleEvent<'_>) {
        if self.tangled {
            return self.eager.event(now, event);
        }
        match *event {
            BleEvent::Adapter(Ok(())) => self.dials_at = Some(now),
            BleEvent::Adapter(Err(_)) => self.tangled = true,
            BleEvent::Disconnected { .. } | BleEvent::Failed { .. } => {
                (self.dials_at, self.gives_up_at) = (Some(now + Self::PAUSE), None);
            }
            _ => {}
        }
    }

    fn tick(&mut self, now: Instant) {
        if self.tangled {
            return self.eager.tick(now);
        }
        let address = self.address;
        if self.dials_at.is_some_and(|at| at <= now) && self.rounds < Self::ROUNDS {
            self.eager.commands.push_back(BleCommand::Connect { address });
            (self.dials_at, self.gives_up_at) = (None, Some(now + Duration::from_ms(self.rounds % Self::LONGEST_MS)));
            self.rounds += 1;
        }
        if self.gives_up_at.is_some_and(|at| at <= now) {
            self.gives_up_at = None;
            self.eager.commands.push_back(BleCommand::Disconnect { address });
        }
    }

    fn deadline(&self) -> Option<Instant> {
        if self.tangled {
            return self.eager.deadline();
        }
        [self.dials_at, self.gives_up_at].into_iter().flatten().min()
    }

    fn poll(&mut self) -> Option<BleCommand> {
        self.eager.poll()
    }
}

/// A value as the script says it.
#[derive(Debug)]
struct Sent {
    smo2_tenths: u16,
    thb_hundredths: i16,
    value: Vec<u8>,
}

/// A sensor as the script tells of it, and as it was reported.
#[derive(Debug)]
struct Sensor {
    name: String,
    profile: BleProfile,
    battery: u8,
    sent: Vec<Vec<Sent>>,
    received: Vec<Vec<Vec<u8>>>,
    seen_names: Vec<String>,
    seen_profiles: Profiles,
    discovered: Vec<Profiles>,
    batteries: Vec<u8>,
    failures: usize,
    connected: bool,
    subscribed: bool,
    up_at: Vec<Instant>,
    down_at: Vec<Instant>,
    subscribed_at: Vec<Instant>,
}

/// Which central it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Core,
    Eager,
    Fidget,
}

/// Everything that was said and reported.
#[derive(Debug, Default)]
struct Ride {
    sensors: BTreeMap<Address, Sensor>,
    ready_at: Vec<Instant>,
    troubles: Vec<(Instant, Trouble)>,
    silent_at: Option<Instant>,
    /// What the dialling of nobody was answered with.
    nobody: Vec<&'static str>,
    mode: Mode,
    /// What must not be, in the order in which it was.
    wrong: Vec<String>,
}

/// A time that is promised, as it is asserted.
fn allowed(span: embassy_time::Duration) -> Duration {
    Duration::from_ms(span.as_millis() as u32 + SLACK.as_ms())
}

fn hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

fn address(text: &str) -> Option<Address> {
    hex(&text.replace(':', ""))?.try_into().ok()
}

impl Ride {
    fn named(&mut self, name: &str) -> Option<&mut Sensor> {
        self.sensors.values_mut().find(|sensor| sensor.name == name)
    }

    /// Takes in a line of the script's; `None` if it is none that is known.
    fn said(&mut self, now: Instant, line: &str) -> Option<()> {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["sensor", name, at, profile, battery] => {
                let profile = match profile {
                    "moxy" => BleProfile::Moxy,
                    "train_red" => BleProfile::TrainRed,
                    _ => return None,
                };
                let sensor = Sensor {
                    name: name.to_owned(),
                    profile,
                    battery: battery.parse().ok()?,
                    sent: Vec::new(),
                    received: Vec::new(),
                    seen_names: Vec::new(),
                    seen_profiles: Profiles::NONE,
                    discovered: Vec::new(),
                    batteries: Vec::new(),
                    failures: 0,
                    connected: false,
                    subscribed: false,
                    up_at: Vec::new(),
                    down_at: Vec::new(),
                    subscribed_at: Vec::new(),
                };
                self.sensors.insert(address(at)?, sensor);
            }
            ["up", name, link] => {
                let sensor = self.named(name)?;
                (link.parse() == Ok(sensor.sent.len())).then(|| sensor.sent.push(Vec::new()))?;
            }
            ["sent", name, link, smo2, thb, value] => {
                let (smo2_tenths, thb_hundredths, value) = (smo2.parse().ok()?, thb.parse().ok()?, hex(value)?);
                let link: usize = link.parse().ok()?;
                self.named(name)?.sent.get_mut(link)?.push(Sent { smo2_tenths, thb_hundredths, value });
            }
            ["down", ..] => {}
            ["silent"] => self.silent_at = Some(now),
            _ => return None,
        }
        Some(())
    }

    /// Takes in what was reported.
    fn reported(&mut self, now: Instant, event: &BleEvent<'_>) {
        match *event {
            BleEvent::Adapter(Ok(())) => self.ready_at.push(now),
            BleEvent::Adapter(Err(trouble)) => {
                if let Some(sensor) = self.sensors.values().find(|sensor| sensor.connected) {
                    self.wrong.push(format!("{} is connected without an adapter", sensor.name));
                }
                self.troubles.push((now, trouble));
            }
            BleEvent::Failed { address: NOBODY } => self.nobody.push("failed"),
            BleEvent::Disconnected { address: NOBODY } => self.nobody.push("disconnected"),
            BleEvent::Seen { address, .. }
            | BleEvent::Connected { address }
            | BleEvent::Discovered { address, .. }
            | BleEvent::Subscribed { address, .. }
            | BleEvent::BatteryLevel { address, .. }
            | BleEvent::Failed { address }
            | BleEvent::Notification { address, .. }
            | BleEvent::Disconnected { address } => {
                let Some(sensor) = self.sensors.get_mut(&address) else {
                    return self.wrong.push(format!("{event:?} is about nobody"));
                };
                if let Err(what) = sensor.reported(now, event) {
                    self.wrong.push(format!("{}: {what}: {event:?}", sensor.name));
                }
            }
        }
    }

    /// Says what should have been by now.
    fn overdue(&mut self, now: Instant) {
        let limit = allowed(ASKED_EVERY + ANSWERS_WITHIN);
        if self.troubles.is_empty() && self.silent_at.is_some_and(|at| now.since(at) > limit) {
            self.wrong.push("the silence was not noticed".to_owned());
        }
        let ready = self.ready_at.len() > self.troubles.len();
        for sensor in self.sensors.values().filter(|sensor| ready && !sensor.connected) {
            if sensor.down_at.last().is_some_and(|&at| now.since(at) > BACK_WITHIN) {
                self.wrong.push(format!("{} does not come back", sensor.name));
            }
        }
    }

    /// Whether every sensor has sent enough after what the ride is about.
    fn is_over(&self) -> bool {
        let enough = |link: Option<&Vec<Vec<u8>>>| link.is_some_and(|link| link.len() >= ENOUGH);
        let mut sensors = self.sensors.values();
        match self.mode {
            Mode::Fidget => !self.troubles.is_empty() && sensors.all(|sensor| enough(sensor.received.last())),
            _ => self.troubles.len() >= 2 && sensors.all(|sensor| enough(sensor.received.get(LOSSES + 1))),
        }
    }

    /// Compares what was sent up to the controller's silence with what was received.
    fn check_values(&mut self) {
        let Self { sensors, wrong, .. } = self;
        for sensor in sensors.values() {
            for (link, (sent, received)) in sensor.sent.iter().zip(&sensor.received).enumerate() {
                let may_miss = if link < LOSSES { LOST_WITH_A_LINK } else { 0 };
                // The last link is still sending.
                let missing = if link > LOSSES { 0 } else { sent.len().saturating_sub(received.len()) };
                if received.len() > sent.len() || missing > may_miss {
                    wrong.push(format!("{}, link {link}: {} of {} values", sensor.name, received.len(), sent.len()));
                }
                for (i, (sent, value)) in sent.iter().zip(received).enumerate() {
                    if sent.value != *value || !sent.means(sensor.profile, value) {
                        wrong.push(format!("{}, link {link}, value {i}: {value:02X?} for {sent:?}", sensor.name));
                        break;
                    }
                }
            }
        }
    }

    /// What must have been after the fidgeting: the sensors send as if nothing had been.
    fn check_fidget(&mut self) {
        let Self { sensors, wrong, troubles, .. } = self;
        for sensor in sensors.values() {
            let received = sensor.received.last().map_or(&[][..], Vec::as_slice);
            // Links that the stack lost are the script's as well, so the two counts differ.
            let same = |sent: &Vec<Sent>| {
                sent.len() >= received.len() && sent.iter().zip(received).all(|(sent, value)| sent.value == *value)
            };
            if received.len() < ENOUGH || !sensor.sent.iter().any(same) {
                wrong.push(format!("{}: the values after the fidgeting are not those of a link", sensor.name));
            }
        }
        if !matches!(troubles[..], [(_, Trouble::NotAnswering)]) {
            wrong.push(format!("a link that the stack lost is not noticed just once: {troubles:?}"));
        }
    }

    /// Everything else that must have been.
    fn check(&mut self) {
        self.check_values();
        let Self { sensors, wrong, mode, .. } = self;
        let eager = *mode == Mode::Eager;
        let mut must = |what: &str, holds: bool| {
            if !holds {
                wrong.push(format!("not so: {what}"));
            }
        };
        must("there are two sensors", sensors.len() == 2);
        for sensor in sensors.values() {
            let Sensor { name, profile, .. } = sensor;
            let only = Profiles::NONE.with(*profile);
            let links = LOSSES + 2;
            must(&format!("{name} is seen with its service"), sensor.seen_profiles == only);
            must(&format!("{name} is seen with its name"), sensor.seen_names.contains(&name.replace('_', " ")));
            must(&format!("{name} is found to have its data"), sensor.discovered == vec![only; links]);
            must(&format!("{name} is connected {links} times"), sensor.received.len() == links);
            must(&format!("{name} knows of each link"), sensor.sent.len() == links);
            must(&format!("{name} is subscribed to each time"), sensor.subscribed_at.len() == links);
            must(&format!("{name} goes down in between"), sensor.down_at.len() == links - 1);
            // A battery that was being read when the link was lost.
            must(&format!("{name} fails with its links only"), sensor.failures <= LOSSES + 1);
            let battery = sensor.batteries.iter().all(|&percent| percent == sensor.battery);
            // Core's central reads it once a link, the eager one as long as a link is up.
            let often = if eager { 10 } else { LOSSES + 1 };
            must(&format!("{name}'s battery is read again and again"), battery && sensor.batteries.len() >= often);
        }
        let answers = if eager { ["failed", "disconnected"].repeat(2) } else { Vec::new() };
        must("nobody's dialling ends when it is given up", self.nobody == answers);
        must("the adapter is ready before and after the silence", self.ready_at.len() == 2);
        let [(noticed, Trouble::NotAnswering), (mute, Trouble::NotAnswering)] = self.troubles[..] else {
            return must("the silence is noticed twice, as silence", false);
        };
        let limit = allowed(ASKED_EVERY + ANSWERS_WITHIN);
        let in_time = |silent: Instant| silent <= noticed && noticed.since(silent) <= limit;
        must("the silence is noticed in time", self.silent_at.is_some_and(in_time));
        let limit = allowed(STARTS_WITHIN);
        must("a controller that is silent from the beginning is noticed", mute.since(noticed) <= limit);
    }

    fn print_figures(&self) {
        let ready = self.ready_at.first().copied().unwrap_or_default();
        let since = |times: &[Instant]| times.first().map_or(0, |at| at.since(ready).as_ms());
        for sensor in self.sensors.values() {
            let (sent, received) = (&sensor.sent[..=LOSSES], &sensor.received[..=LOSSES]);
            let count = |sent: usize, received: usize| format!("{received} of {sent}");
            let values = count(sent.iter().map(Vec::len).sum(), received.iter().map(Vec::len).sum());
            let back = sensor.down_at.iter().zip(sensor.subscribed_at.iter().skip(1)).take(LOSSES);
            let back_ms: Vec<u32> = back.map(|(down, up)| up.since(*down).as_ms()).collect();
            println!(
                "{}: connected {} ms and subscribed {} ms after the adapter was ready, again {back_ms:?} ms after a loss, \
                 {values} values, battery read {} times",
                sensor.name,
                since(&sensor.up_at),
                since(&sensor.subscribed_at),
                sensor.batteries.len(),
            );
        }
        if let (Some(silent), Some((noticed, _))) = (self.silent_at, self.troubles.first()) {
            println!("the controller's silence was noticed after {} ms", noticed.since(silent).as_ms());
        }
    }
}

impl Sensor {
    /// Takes in what was reported of it, or says why that cannot be.
    fn reported(&mut self, now: Instant, event: &BleEvent<'_>) -> Result<(), &'static str> {
        match *event {
            BleEvent::Seen { name, profiles, rssi_dbm, .. } => {
                self.seen_names.extend(name.map(str::to_owned));
                self.seen_profiles = profiles;
                (rssi_dbm == Some(-50)).then_some(()).ok_or("was heard at -50 dBm")
            }
            BleEvent::Connected { .. } if self.connected => Err("is up already"),
            BleEvent::Connected { .. } => {
                (self.connected, self.subscribed) = (true, false);
                self.up_at.push(now);
                self.received.push(Vec::new());
                Ok(())
            }
            // The end of a dialling, and a battery that was being read when the link was lost.
            BleEvent::Disconnected { .. } | BleEvent::Failed { .. } if !self.connected => {
                self.failures += 1;
                Ok(())
            }
            _ if !self.connected => Err("is not connected"),
            BleEvent::Discovered { profiles, .. } => {
                self.discovered.push(profiles);
                Ok(())
            }
            BleEvent::Subscribed { profile, .. } => {
                self.subscribed = true;
                self.subscribed_at.push(now);
                (profile == self.profile).then_some(()).ok_or("was not asked for")
            }
            BleEvent::BatteryLevel { percent, .. } => {
                self.batteries.push(percent);
                Ok(())
            }
            BleEvent::Notification { profile, value, .. } => {
                let Some(link) = self.received.last_mut().filter(|_| self.subscribed && profile == self.profile) else {
                    return Err("was not subscribed to");
                };
                link.push(value.to_vec());
                Ok(())
            }
            BleEvent::Disconnected { .. } => {
                self.connected = false;
                self.down_at.push(now);
                Ok(())
            }
            BleEvent::Failed { .. } => {
                self.failures += 1;
                Ok(())
            }
            BleEvent::Adapter(_) => Ok(()),
        }
    }
}

impl Sent {
    /// Whether core reads from `value` what the script put into it.
    fn means(&self, profile: BleProfile, value: &[u8]) -> bool {
        let reading = match profile {
            BleProfile::Moxy => gatt::Moxy::decode(value).map(|moxy| moxy.reading),
            BleProfile::TrainRed => gatt::TrainRed::decode(value).map(|red| red.reading),
            _ => None,
        };
        let Some(Ok(reading)) = reading else { return false };
        let thb = reading.thb.map(|thb| thb.hundredths);
        (reading.smo2.tenths(), thb) == (self.smo2_tenths, Some(self.thb_hundredths))
    }
}

fn now() -> Instant {
    Instant::from_ms(embassy_time::Instant::now().as_millis())
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => embassy_time::Timer::at(embassy_time::Instant::from_millis(at.as_ms())).await,
        None => std::future::pending().await,
    }
}

/// The body: carries commands and reports between the central and the radio, and writes down all of it.
async fn rides(
    ble: &Ble<LINKS>,
    central: &mut dyn Central,
    script: &mut Lines<BufReader<ChildStdout>>,
    ride: &mut Ride,
) {
    while !ride.is_over() && ride.wrong.is_empty() {
        tokio::select! {
            report = ble.report() => {
                let event = report.event();
                ride.reported(now(), &event);
                central.event(now(), &event);
                // Whatever was sent before the silence has arrived, or never will.
                if let (BleEvent::Adapter(Err(_)), Some(_)) = (event, ride.silent_at) {
                    ride.check_values();
                }
            }
            line = script.next_line() => {
                let line = line.ok().flatten().unwrap_or_default();
                if ride.said(now(), &line).is_none() {
                    ride.wrong.push(format!("the script says {line:?}"));
                }
            }
            () = until(central.deadline()) => central.tick(now()),
        }
        ride.overdue(now());
        while let Some(command) = central.poll() {
            if !ble.tell(command) {
                ride.wrong.push(format!("no room for {command:?}"));
            }
        }
    }
}

/// The radio, set up again whenever it fails.
async fn radio(ble: &Ble<LINKS>, port: u16) -> std::io::Result<()> {
    let mut resources = Resources::<LINKS>::new();
    loop {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let transport = SerialTransport::<NoopRawMutex, _, _>::new(FromTokio::new(reader), FromTokio::new(writer));
        let controller = ExternalController::<_, SLOTS>::new(transport);
        // On a board it is a static.
        Box::pin(ble.run(controller, &mut resources, None)).await;
    }
}

/// Core's central, which knows the sensors as after a pairing.
fn paired(ride: &Ride) -> Box<BleCentral> {
    let kind = SensorKind::MuscleOxygen;
    let wanted: Vec<Wanted> = ride.sensors.keys().map(|&address| Wanted { address, kind }).collect();
    let mut central = Box::new(BleCentral::new());
    central.want(now(), &wanted);
    central
}

async fn run(arguments: &[String]) -> Result<Ride, String> {
    let usage = || Err("usage: ble_peers core|eager|fidget PYTHON sensors.py [--fault NAME]".to_owned());
    let [central, python, script, fault @ ..] = arguments else { return usage() };
    let mode = match central.as_str() {
        "core" => Mode::Core,
        "eager" => Mode::Eager,
        "fidget" => Mode::Fidget,
        _ => return usage(),
    };
    let mut child = Command::new(python)
        .arg(script)
        .args(fault)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{python}: {error}"))?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("the script has no output")?).lines();
    let (ble, mut ride) = (Ble::<LINKS>::new(), Ride { mode, ..Ride::default() });
    let began = now();
    let port = loop {
        let line = tokio::select! {
            line = lines.next_line() => line.ok().flatten().ok_or("the script ended")?,
            () = until(Some(began + LIMIT)) => return Err("the script does not begin".to_owned()),
        };
        if let Some(port) = line.strip_prefix("port ") {
            break port.parse().map_err(|_| format!("the script says {line:?}"))?;
        }
        ride.said(now(), &line).ok_or_else(|| format!("the script says {line:?}"))?;
    };
    let mut central: Box<dyn Central> = match ride.mode {
        Mode::Core => paired(&ride),
        Mode::Eager => Box::new(Eager::default()),
        Mode::Fidget => Box::new(Fidget::new(*ride.sensors.keys().next().ok_or("there are no sensors")?)),
    };
    let failed = tokio::select! {
        () = rides(&ble, &mut *central, &mut lines, &mut ride) => None,
        result = radio(&ble, port) => Some(format!("the radio: {result:?}")),
        () = until(Some(now() + LIMIT)) => Some("it took too long".to_owned()),
    };
    ride.wrong.extend(failed);
    // The end of its input ends the script; what it said last may not have been read yet.
    drop(child.stdin.take());
    let ended = async {
        while let Ok(Some(line)) = lines.next_line().await {
            ride.said(now(), &line);
        }
        child.wait().await
    };
    tokio::select! {
        _ = ended => {}
        () = until(Some(now() + LIMIT)) => ride.wrong.push("the script does not end".to_owned()),
    }
    if ride.wrong.is_empty() {
        match ride.mode {
            Mode::Fidget => ride.check_fidget(),
            _ => ride.check(),
        }
    }
    Ok(ride)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // As a task of its own: embassy's places for wakers tell by `will_wake` whether they hold the right one, and a copy
    // of the main future's waker may not be known for a copy.
    let tasks = tokio::task::LocalSet::new();
    let ride = tasks.spawn_local(async {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        Box::pin(run(&arguments)).await
    });
    let ride = match tasks.run_until(ride).await.map_err(|error| error.to_string()).flatten() {
        Ok(ride) => ride,
        Err(error) => {
            eprintln!("ble_peers: {error}");
            return ExitCode::from(2);
        }
    };
    for wrong in &ride.wrong {
        eprintln!("ble_peers: {wrong}");
    }
    if !ride.wrong.is_empty() {
        return ExitCode::from(1);
    }
    match ride.mode {
        Mode::Fidget => println!("a link that the stack lost was found again"),
        _ => ride.print_figures(),
    }
    ExitCode::SUCCESS
}
