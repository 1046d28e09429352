//! The head unit's own firmware on the emulated board with sensors over Bluetooth LE: a controller of Google's Bumble on its
//! serial line, and in that one's air a Moxy and a Train.Red. What it recorded is held against what `tests/peers/bumble/sensors.py`
//! says that it sent, and with what it showed against the same inputs, ridden here.

use super::emulator::{Board, alone, bumble_python};
use super::head_unit::{FLASH, compare};
use super::rig::{Bench, Powered};
use super::{STACK_LIMIT, note};
use sling_core::config::Assignment;
use sling_core::head_unit::{Button, Config, Event, Press, RideAct};
use sling_core::link::{Radio, RadioState, Trouble};
use sling_core::log::ride::Entry;
use sling_core::sensor::{Identity, Muscle, Reason, Side, Site};
use sling_core::service::{Ask, Restart, Status};
use sling_core::time::{Duration as RideDuration, Instant as RideInstant};
use sling_simulator::formats::RideLog;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// What is waited for comes within this, however busy the machine is; most of it comes within 10 s.
const LIMIT: Duration = Duration::from_mins(1);
/// How often the head unit is asked whether it is as far.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// Values of each sensor, five a second, that show that it is connected.
const ENOUGH: usize = 12;
/// Values of each sensor that may be missing when its link, or the controller, is lost: one was on its way.
const ON_ITS_WAY: usize = 1;
/// A controller's silence is noticed 2 s after it was last heard (`sling_device::ble`), and a busy machine takes its time.
const NOTICED_WITHIN: RideDuration = RideDuration::from_s(6);
/// A head unit without a controller asks for one every 3 s: here three times.
const ALONE_MS: u64 = 10_000;
/// Where the script's sensors are worn, in its order.
const SITES: [Site; 2] =
    [Site::new(Muscle::GastrocnemiusMedialis, Side::Right), Site::new(Muscle::VastusLateralis, Side::Right)];
/// What is no packet: of a kind that there is not; an event that is longer than what comes; data longer than any.
const NOISE: [&str; 3] = ["99aa55004202", "04ffff0102", "020020ffff00"];

/// SmO2 in tenths of a percent, total haemoglobin in hundredths of its unit.
type Value = (u16, i16);

/// What a sensor sent on one of its links.
#[derive(Default)]
struct Link {
    values: Vec<Value>,
    /// How many of them it had sent when the link, or the controller, was disturbed.
    undisturbed: Option<usize>,
}

impl Link {
    /// How many of the values, from the first, must be recorded.
    fn sure(&self) -> usize {
        self.undisturbed.map_or(self.values.len(), |undisturbed| undisturbed.saturating_sub(ON_ITS_WAY))
    }
}

struct Sensor {
    name: String,
    address: [u8; 6],
    links: Vec<Link>,
}

impl Sensor {
    fn disturb(&mut self) {
        if let Some(link) = self.links.last_mut() {
            link.undisturbed.get_or_insert(link.values.len());
        }
    }
}

/// The script that runs, and what it said so far.
struct Script {
    child: Child,
    orders: ChildStdin,
    lines: Receiver<String>,
    sensors: Vec<Sensor>,
    port: Option<u16>,
    is_quiet: bool,
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Script {
    /// Starts it and waits until its controller listens.
    fn start(python: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/bumble/sensors.py");
        let mut child = Command::new(python)
            .args(["-B".as_ref(), script.as_os_str(), "--steady".as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, said) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || BufReader::new(said).lines().map_while(Result::ok).try_for_each(|it| sender.send(it)));
        let mut script = Self { child, orders, lines, sensors: Vec::new(), port: None, is_quiet: false };
        script.until("listens", |it| it.port.is_some());
        script
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    /// Listens to it until something is so.
    fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            match self.lines.recv_timeout(LIMIT.saturating_sub(began.elapsed())) {
                Ok(line) => self.said(&line).unwrap_or_else(|| panic!("the script says {line:?}")),
                Err(RecvTimeoutError::Timeout) => panic!("not within {} s: the script {what}", LIMIT.as_secs()),
                Err(RecvTimeoutError::Disconnected) => panic!("the script ended before it {what}"),
            }
        }
    }

    /// Waits until each sensor sends on another link than those that it has had.
    fn until_back(&mut self, had: &[usize]) {
        self.until("has all sensors connected again", |it| {
            let is_back = |(sensor, had): (&Sensor, &usize)| {
                sensor.links.len() > *had && sensor.links.last().is_some_and(|link| link.values.len() >= ENOUGH)
            };
            it.sensors.iter().zip(had).all(is_back)
        });
    }

    fn had(&self) -> Vec<usize> {
        self.sensors.iter().map(|sensor| sensor.links.len()).collect()
    }

    fn named(&mut self, name: &str) -> Option<&mut Sensor> {
        self.sensors.iter_mut().find(|sensor| sensor.name == name)
    }

    /// Takes in a line of what it says, as its head describes them; `None` if it is no such.
    fn said(&mut self, line: &str) -> Option<()> {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["port", port] => self.port = Some(port.parse().ok()?),
            ["sensor", name, address, ..] => {
                let bytes: Option<Vec<u8>> = address.split(':').map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
                let address = bytes?.try_into().ok()?;
                self.sensors.push(Sensor { name: name.to_owned(), address, links: Vec::new() });
            }
            ["up", name, _] => self.named(name)?.links.push(Link::default()),
            ["sent", name, link, smo2, thb, _] => {
                let link = self.named(name)?.links.get_mut(link.parse::<usize>().ok()?)?;
                link.values.push((smo2.parse().ok()?, thb.parse().ok()?));
            }
            ["down", name, ..] => self.named(name)?.disturb(),
            ["silent" | "noise"] => self.sensors.iter_mut().for_each(Sensor::disturb),
            ["quiet"] => self.is_quiet = true,
            _ => return None,
        }
        Some(())
    }

    /// The settings of a head unit that wears its sensors.
    fn wear(&self) -> Config {
        let worn = self.sensors.iter().zip(SITES);
        let roster =
            worn.map(|(sensor, site)| Assignment { identity: Identity::Ble { address: sensor.address }, site });
        Config { roster: roster.collect(), ..Config::DEFAULT }
    }
}

/// What is stored of the ride by now.
fn stored(unit: &mut Powered) -> Vec<(RideInstant, Entry)> {
    let rides = unit.cable.rides().unwrap();
    let [ride] = rides[..] else { return Vec::new() };
    let mut read = RideLog::read(&unit.cable.log(ride, |_| {}).unwrap()).unwrap();
    read.rides.pop().map(|ride| ride.entries).unwrap_or_default()
}

/// Asks the head unit until it says that something is so.
fn wait_for<T>(unit: &mut Powered, what: &str, mut ask: impl FnMut(&mut Powered) -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask(unit) {
            return answer;
        }
        assert!(began.elapsed() < LIMIT, "not within {} s: {what}", LIMIT.as_secs());
        thread::sleep(ASK_EVERY);
    }
}

/// The values that are recorded of a site.
fn recorded(entries: &[(RideInstant, Entry)], worn: Site) -> Vec<Value> {
    let value = |entry: &Entry| match entry {
        Entry::Sample { site, reading } if *site == worn => {
            let value = reading.unwrap_or_else(|reason| panic!("{worn}: {reason:?} and no value"));
            Some((value.smo2.tenths(), value.thb.expect("both sensors send it").hundredths))
        }
        _ => None,
    };
    entries.iter().filter_map(|(_, entry)| value(entry)).collect()
}

/// Whether it is recorded that the sensor worn there is lost.
fn is_lost(entries: &[(RideInstant, Entry)], worn: Site) -> bool {
    let is_told =
        |entry: &Entry| matches!(entry, Entry::Event(Event::Notice { reason: Reason::Lost, site }) if *site == worn);
    entries.iter().any(|(_, entry)| is_told(entry))
}

/// The states of Bluetooth that are recorded.
fn states(entries: &[(RideInstant, Entry)]) -> Vec<(RideInstant, RadioState)> {
    let state = |(at, entry): &(RideInstant, Entry)| match entry {
        Entry::Event(Event::Radio { radio: Radio::Ble, state }) => Some((*at, *state)),
        _ => None,
    };
    entries.iter().filter_map(state).collect()
}

/// Holds what is recorded of a sensor against what it sent: each once, in order, all that was sent on an undisturbed link. How
/// many are recorded.
fn check_values(sensor: &Sensor, recorded: &[Value]) -> usize {
    let (mut left, mut matched) = (recorded, 0);
    for (n, link) in sensor.links.iter().enumerate() {
        let sure = link.sure();
        for (i, sent) in link.values.iter().enumerate() {
            match left.split_first() {
                Some((first, rest)) if first == sent => (left, matched) = (rest, matched + 1),
                next => assert!(
                    i >= sure,
                    "{}, link {n}, value {i} of {}, {sure} of them for sure: sent {sent:?}, recorded {:?}",
                    sensor.name,
                    link.values.len(),
                    next.map(|(first, _)| first)
                ),
            }
        }
    }
    assert!(left.is_empty(), "{}: recorded and never sent, or not then: {:?}", sensor.name, left[0]);
    matched
}

fn off(mut unit: Powered, bench: &Bench) {
    unit.cable.send(&Ask::Restart(Restart::Off)).unwrap();
    assert_eq!(unit.ended(), Some(0), "{}", bench.said());
}

/// A sensor goes out of range and comes back; the controller falls silent, sends noise, and stops in the middle of a packet.
#[test]
fn it_rides_with_two_sensors_over_bluetooth_through_all_that_goes_wrong() {
    let Some(board) = Board::head_unit() else { return };
    let Some(python) = bumble_python() else { return };
    let _alone = alone();
    let mut script = Script::start(&python);
    let mut bench = Bench::new(&board.image, FLASH, 1);
    bench.controller = script.port;
    let mut unit = bench.power_on();
    unit.cable.order(&Ask::Configure(script.wear())).unwrap_or_else(|e| panic!("{e}: {}", bench.said()));
    let began = Instant::now();
    script.until_back(&[0, 0]);
    let connected = began.elapsed();

    // One sensor is away, and the other one goes on.
    let (lost, had) = (script.sensors[0].name.clone(), script.had());
    script.order(&format!("lose {lost}"));
    let is_lost = |(_, entry): &(RideInstant, Entry)| matches!(entry, Entry::Event(Event::Notice { reason: Reason::Lost, site }) if *site == SITES[0]);
    wait_for(&mut unit, "the lost sensor is told of", |unit| stored(unit).iter().any(is_lost).then_some(()));
    unit.cable.order(&Ask::Press(Button::Down, Press::Short)).unwrap();
    script.order(&format!("back {lost}"));
    script.until_back(&[had[0], 0]);
    assert_eq!(script.had(), [had[0] + 1, had[1]], "the other one stays connected");

    // All that the controller can do.
    for order in ["silent".to_owned(), "cut".to_owned()].into_iter().chain(NOISE.map(|bytes| format!("noise {bytes}")))
    {
        let (had, began) = (script.had(), Instant::now());
        script.order(&order);
        script.until_back(&had);
        note(&format!("  {order}: both sensors send again after {:.1} s", began.elapsed().as_secs_f32()));
    }
    script.order("quiet");
    script.until("is quiet", |it| it.is_quiet);
    let last = |sensor: &Sensor| sensor.links.last().and_then(|link| link.values.last()).copied();
    let lasts: Vec<_> = script.sensors.iter().map(last).collect();
    wait_for(&mut unit, "the last values are stored", |unit| {
        let entries = stored(unit);
        SITES.iter().zip(&lasts).all(|(site, sent)| recorded(&entries, *site).last() == sent.as_ref()).then_some(())
    });
    let status = unit.cable.status().unwrap();
    unit.cable.order(&Ask::Ride(RideAct::End)).unwrap();
    let rides = unit.cable.rides().unwrap();
    let [ride] = rides[..] else { panic!("{rides:?}") };
    let log = unit.cable.log(ride, |_| {}).unwrap();
    off(unit, &bench);

    assert!(!status.crashed, "{}", bench.said());
    assert!(u64::from(status.stack.0) <= STACK_LIMIT, "{} bytes of stack", status.stack.0);
    let compared = compare(&log, &bench.wires());
    let [boot] = &compared.boots[..] else { panic!("{} boots", compared.boots.len()) };
    note(&format!(
        "over Bluetooth for {} s: connected with {ENOUGH} values each after {:.1} s; {} inputs, {} entries, {} pictures: all the \
         same here; {status:?}",
        status.now_ms / 1000,
        connected.as_secs_f32(),
        boot.inputs,
        boot.entries.len(),
        boot.shown.len()
    ));
    assert!(boot.shown.len() > 10, "{} pictures", boot.shown.len());
    for (sensor, site) in script.sensors.iter().zip(SITES) {
        let matched = check_values(sensor, &recorded(&compared.entries, site));
        let sure: usize = sensor.links.iter().map(Link::sure).sum();
        note(&format!("  {}: {matched} values recorded, {sure} expected, {} links", sensor.name, sensor.links.len()));
    }
    check_states(&compared.entries);
}

/// Each fault of the controller's is noticed, in time, and over in the end.
fn check_states(entries: &[(RideInstant, Entry)]) {
    let states = states(entries);
    let troubles = states.iter().filter(|(_, state)| matches!(state, RadioState::Trouble(_)));
    assert_eq!(troubles.count(), 2 + NOISE.len(), "{states:?}");
    assert_eq!(states.last().map(|(_, state)| *state), Some(RadioState::Ready), "{states:?}");
    let silence = states.iter().find(|(_, state)| matches!(state, RadioState::Trouble(_))).expect("there are some");
    assert_eq!(silence.1, RadioState::Trouble(Trouble::NotAnswering), "{states:?}");
    let before = |(at, entry): &&(RideInstant, Entry)| *at < silence.0 && matches!(entry, Entry::Sample { .. });
    let heard = entries.iter().rfind(before).expect("something was heard").0;
    assert!(silence.0.since(heard) <= NOTICED_WITHIN, "noticed {:?} after the last value", silence.0.since(heard));
}

/// Nothing is on the controller's line: that is said once, and costs nothing.
#[test]
fn without_a_controller_it_says_so_once_and_sleeps() {
    let Some(board) = Board::head_unit() else { return };
    let _alone = alone();
    let mut bench = Bench::new(&board.image, FLASH, 1);
    bench.counts = true;
    let mut unit = bench.power_on();
    let roster = [Assignment { identity: Identity::Ble { address: [0xC0, 0, 0, 0, 0, 1] }, site: SITES[0] }];
    let config = Config { roster: roster.into_iter().collect(), ..Config::DEFAULT };
    unit.cable.order(&Ask::Configure(config)).unwrap_or_else(|e| panic!("{e}: {}", bench.said()));
    let status: Status = wait_for(&mut unit, "some seconds have passed on the board", |unit| {
        Some(unit.cable.status().unwrap()).filter(|status| status.now_ms >= ALONE_MS)
    });
    unit.cable.order(&Ask::Ride(RideAct::End)).unwrap();
    let states: Vec<_> = states(&stored(&mut unit)).into_iter().map(|(_, state)| state).collect();
    off(unit, &bench);
    note(&format!("without a Bluetooth controller: {states:?}, {status:?}"));
    assert_eq!(states, [RadioState::Trouble(Trouble::NotAnswering)]);
    assert!(status.asleep_permille >= 900, "asleep {} of 1000", status.asleep_permille);
    assert!(!status.crashed && u64::from(status.stack.0) <= STACK_LIMIT, "{status:?}");
}

/// The controller's socket is closed while both sensors send: they are lost, and the head unit rides on.
#[test]
fn a_controller_that_is_gone_for_good_loses_its_sensors_and_nothing_else() {
    let Some(board) = Board::head_unit() else { return };
    let Some(python) = bumble_python() else { return };
    let _alone = alone();
    let mut script = Script::start(&python);
    let mut bench = Bench::new(&board.image, FLASH, 1);
    bench.controller = script.port;
    let mut unit = bench.power_on();
    unit.cable.order(&Ask::Configure(script.wear())).unwrap_or_else(|e| panic!("{e}: {}", bench.said()));
    script.until_back(&[0, 0]);
    drop(script);
    let lost = wait_for(&mut unit, "both sensors are told to be lost", |unit| {
        Some(stored(unit)).filter(|entries| SITES.iter().all(|site| is_lost(entries, *site)))
    });
    let states: Vec<_> = states(&lost).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states.last(), Some(&RadioState::Trouble(Trouble::NotAnswering)), "{states:?}");
    let status = unit.cable.status().unwrap();
    assert!(!status.crashed && status.ride == Some(1), "{status:?}");
    off(unit, &bench);
}
