//! A bus, a double of bluetoothd, the driver and a central, with everything that was heard; and what a scenario does with
//! them. Each wait has a limit.

use crate::central::Central;
use dbus::arg::{AppendAll, ReadAll};
use dbus::blocking::Connection;
use sling_core::link::ble::{Address, BleCommand, BleProfile};
use sling_core::sensor::Reading;
use sling_core::wire::gatt;
use sling_simulator::radio::OwnedBleEvent;
use sling_simulator::radio::ble::BleRadio;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What a scenario ends with, in words.
pub type Outcome<T = ()> = Result<T, String>;

/// The sensors of the double.
pub const MOXY: Address = [0xD0, 0x11, 0x22, 0x33, 0x16, 0x2E];
/// The other one.
pub const TRAIN_RED: Address = [0xE4, 0x55, 0x66, 0x77, 0x88, 0x99];

/// For a program to start on a busy machine.
const START: Duration = Duration::from_secs(30);
const CONTROL: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(50);

/// Where and how a scenario runs.
pub struct Setting {
    /// A Python with python-dbusmock.
    pub python: String,
    /// For the bus's socket and the logs.
    pub folder: PathBuf,
    /// Leave out what the scenario is about.
    pub planted: bool,
}

pub struct Rig {
    setting: Setting,
    began: Instant,
    bus: Option<Child>,
    double: Option<Child>,
    radio: Option<BleRadio>,
    events: Receiver<OwnedBleEvent>,
    central: Box<dyn Central>,
    /// What each peer sent since it connected last, and before.
    runs: BTreeMap<Address, Vec<Vec<Vec<u8>>>>,
    /// When the last value came.
    last_value: Option<Instant>,
}

impl Rig {
    /// A bus with nothing on it.
    pub fn new(setting: Setting, central: Box<dyn Central>) -> Outcome<Self> {
        let mut rig = Self {
            setting,
            began: Instant::now(),
            bus: None,
            double: None,
            radio: None,
            events: channel().1,
            central,
            runs: BTreeMap::new(),
            last_value: None,
        };
        rig.start_bus()?;
        Ok(rig)
    }

    pub fn planted(&self) -> bool {
        self.setting.planted
    }

    fn say(&self, words: &str) {
        println!("  {:7.3} {words}", self.began.elapsed().as_secs_f64());
    }

    // --- Programs -----------------------------------------------------------------------------------------------------

    pub fn start_bus(&mut self) -> Outcome {
        let socket = self.setting.folder.join("bus");
        // What an earlier bus left.
        let _ = std::fs::remove_file(&socket);
        let bus = Command::new("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--nosyslog", "--config-file=tests/peers/ble/bus.conf"])
            .arg(format!("--address=unix:path={}", socket.display()))
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("dbus-daemon: {error}"))?;
        self.bus = Some(bus);
        Self::wait_for("the bus", || Connection::new_system().is_ok())
    }

    /// Starts the double with these parameters.
    pub fn start_double(&mut self, parameters: &str) -> Outcome {
        let double = Command::new(&self.setting.python)
            .args(["-m", "dbusmock", "--template", "tests/peers/ble/bluez.py", "--parameters", parameters])
            .arg("--logfile")
            .arg(self.setting.folder.join("double.log"))
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.setting.python))?;
        self.double = Some(double);
        // Values are counted from the start again.
        self.runs.clear();
        self.say("bluetoothd's double starts");
        Self::wait_for("the double", || {
            // Its first object is there before the others.
            call::<_, (String,)>("org.bluez", "/org/bluez", "org.freedesktop.DBus.Introspectable", "Introspect", ())
                .is_ok()
                && ask::<_, (Vec<String>,)>("Sent", ("D0:11:22:33:16:2E",)).is_ok()
        })
    }

    fn wait_for(what: &str, ready: impl Fn() -> bool) -> Outcome {
        let end = Instant::now() + START;
        while !ready() {
            if Instant::now() > end {
                return Err(format!("{what} did not start within {} s", START.as_secs()));
            }
            std::thread::sleep(STEP);
        }
        Ok(())
    }

    pub fn kill_double(&mut self) {
        self.say("bluetoothd's double is killed");
        end(self.double.take());
    }

    pub fn kill_bus(&mut self) {
        self.say("the bus is killed");
        end(self.bus.take());
        // Without its bus the double ends by itself; it is waited for.
        end(self.double.take());
    }

    /// Sends the double a signal.
    pub fn signal_double(&self, signal: &str) -> Outcome {
        self.say(&format!("bluetoothd's double: {signal}"));
        let id = self.double.as_ref().ok_or("there is no double")?.id();
        let status =
            Command::new("kill").arg(signal).arg(id.to_string()).status().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("kill {signal} failed")) }
    }

    /// Starts the driver.
    pub fn start_radio(&mut self) -> Outcome {
        let (sender, events) = channel();
        self.events = events;
        self.radio = Some(BleRadio::start(sender).map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Ends the driver.
    pub fn stop_radio(&mut self) {
        self.radio = None;
    }

    // --- What the double does -----------------------------------------------------------------------------------------

    /// What the scenario is about, unless it is to be left out.
    pub fn fault<A: AppendAll>(&mut self, method: &str, arguments: A) -> Outcome {
        if self.planted() {
            self.say(&format!("{method}: left out"));
            return Ok(());
        }
        self.mend(method, arguments)
    }

    /// What ends it.
    pub fn mend<A: AppendAll>(&mut self, method: &str, arguments: A) -> Outcome {
        self.say(method);
        ask::<_, ()>(method, arguments)
    }

    // --- What is heard ------------------------------------------------------------------------------------------------

    /// Serves the driver until `done` says so of an event.
    pub fn until(&mut self, what: &str, limit_s: u64, mut done: impl FnMut(&OwnedBleEvent) -> bool) -> Outcome {
        let end = Instant::now() + Duration::from_secs(limit_s);
        while Instant::now() < end {
            let event = self.events.recv_timeout(STEP).ok();
            for command in self.central.handle(event.as_ref(), Instant::now()) {
                if let Some(radio) = &self.radio {
                    radio.ask(command);
                }
            }
            if let Some(event) = event {
                self.note(&event)?;
                if done(&event) {
                    return Ok(());
                }
            }
        }
        Err(format!("no {what} within {limit_s} s"))
    }

    /// Asks the driver for something that the central did not.
    pub fn command(&mut self, command: BleCommand) {
        self.say(&format!("{command:?}"));
        if let Some(radio) = &self.radio {
            radio.ask(command);
        }
    }

    fn note(&mut self, event: &OwnedBleEvent) -> Outcome {
        match *event {
            OwnedBleEvent::Seen { address, .. } => {
                if address != MOXY && address != TRAIN_RED {
                    return Err(format!("a peer that is none of ours was reported: {event:?}"));
                }
            }
            OwnedBleEvent::Notification { address, ref value, .. } => {
                self.last_value = Some(Instant::now());
                let runs = self.runs.entry(address).or_default();
                match runs.last_mut() {
                    Some(run) => run.push(value.clone()),
                    None => return Err("a value came before the peer was connected".into()),
                }
            }
            _ => {
                self.say(&format!("{event:?}"));
                if let OwnedBleEvent::Connected { address } = *event {
                    self.runs.entry(address).or_default().push(Vec::new());
                }
            }
        }
        Ok(())
    }

    /// Serves the driver until `count` values came from `address`; says how long the first took.
    pub fn until_values(&mut self, address: Address, count: usize, limit_s: u64) -> Outcome {
        let began = Instant::now();
        let mut left = count;
        let mut first = None;
        self.until(&format!("{count} values of {address:02X?}"), limit_s, |event| {
            if matches!(event, OwnedBleEvent::Notification { address: from, .. } if *from == address) {
                first.get_or_insert_with(|| began.elapsed());
                left -= 1;
            }
            left == 0
        })?;
        self.say(&format!("{count} values, the first after {:.1} s", first.unwrap_or_default().as_secs_f64()));
        Ok(())
    }

    /// Serves the driver until it says that the link is down.
    pub fn until_down(&mut self, address: Address, limit_s: u64) -> Outcome {
        let down = OwnedBleEvent::Disconnected { address };
        self.until("Disconnected", limit_s, |event| *event == down)
    }

    /// Serves the driver for a while.
    pub fn serve(&mut self, duration_s: u64) -> Outcome {
        match self.until("end", duration_s, |_| false) {
            Err(words) if words.starts_with("no end") => Ok(()),
            other => other,
        }
    }

    /// Every value that came is one that was sent and says what was meant, none came twice, and none is missing in a link.
    pub fn check_values(&mut self, address: Address, profile: BleProfile) -> Outcome {
        // Whatever is on its way comes first.
        self.serve(0)?;
        let (sent,): (Vec<String>,) = ask("Sent", (text(address),))?;
        let sent: Vec<Vec<&str>> = sent.iter().map(|line| line.split(' ').collect()).collect();
        let mut next = 0;
        let mut count = 0;
        for run in self.runs.get(&address).into_iter().flatten() {
            for (i, value) in run.iter().enumerate() {
                let hex = value.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
                let found = sent.iter().skip(next).position(|line| line[0] == hex);
                let skipped = found.ok_or_else(|| format!("{hex} was not sent, or came twice"))?;
                if i > 0 && skipped > 0 {
                    return Err(format!("{skipped} values are missing before {hex}"));
                }
                next += skipped + 1;
                let line = sent[next - 1].join(" ");
                let meant = decode(profile, value).ok_or_else(|| format!("{hex} cannot be decoded"))?;
                if line != format!("{hex} {meant}") {
                    return Err(format!("sent {line}, decoded {meant}"));
                }
                count += 1;
            }
        }
        self.say(&format!("{count} of {} values sent have come, each as it was meant", sent.len()));
        if count > 0 { Ok(()) } else { Err("there is no value to compare".into()) }
    }
}

/// `COUNT SMO2 THB`, as the double writes it.
pub fn decode(profile: BleProfile, value: &[u8]) -> Option<String> {
    let (count, reading): (u32, Reading) = match profile {
        BleProfile::Moxy => gatt::Moxy::decode(value).map(|moxy| (moxy.count.into(), moxy.reading))?,
        BleProfile::TrainRed => gatt::TrainRed::decode(value).map(|red| (red.quality, red.reading))?,
        _ => return None,
    };
    let value = reading.ok()?;
    Some(format!("{count} {} {}", value.smo2.tenths(), value.thb?.hundredths))
}

pub fn text(address: Address) -> String {
    address.map(|byte| format!("{byte:02X}")).join(":")
}

/// A connection for each call: the bus may have died since the last.
fn call<A: AppendAll, R: ReadAll>(name: &str, path: &str, interface: &str, method: &str, arguments: A) -> Outcome<R> {
    let words = |error: dbus::Error| format!("{method}: {error}");
    let bus = Connection::new_system().map_err(words)?;
    bus.with_proxy(name, path, CONTROL).method_call(interface, method, arguments).map_err(words)
}

/// What the double says.
pub fn ask<A: AppendAll, R: ReadAll>(method: &str, arguments: A) -> Outcome<R> {
    call("org.bluez", "/", "sling.Rig", method, arguments)
}

fn end(child: Option<Child>) {
    if let Some(mut child) = child {
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.radio = None;
        end(self.double.take());
        end(self.bus.take());
    }
}
