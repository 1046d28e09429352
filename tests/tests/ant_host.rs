//! The host of an ANT stick against the simulated stick and air: every kind of stick, and what goes wrong with them.

use sling_core::link::ant::{AntCommand, AntHost, Heard, Listing, network_key_frame};
use sling_core::link::{RadioState, Trouble};
use sling_core::sensor::{Identity, Sensor, SensorKind};
use sling_core::time::{Duration, Instant};
use sling_core::wire::ant::message::{ChannelId, Code};
use sling_core::wire::ant::pages::{Interval, MuscleOxygen, Profile, set_time};
use sling_simulator::air::stick::{Options, Packets, RssiForm};
use sling_simulator::air::{Air, DUMMY_KEY, Master, MasterId, Path, StickId};
use std::collections::BTreeMap;

/// A host, its stick and the air between them.
struct Bench {
    air: Air,
    stick: StickId,
    host: AntHost,
    key: [u8; 8],
    now: Instant,
    heard: Vec<(Instant, Heard)>,
    commands: u32,
    reopened: u32,
    /// The stick takes and gives nothing.
    dead: bool,
}

impl Bench {
    fn new(options: Options) -> Self {
        let mut air = Air::new(1);
        let stick = air.add_stick(options);
        let mut host = AntHost::new();
        host.port(Instant::ZERO, Ok(()));
        let (now, heard) = (Instant::ZERO, Vec::new());
        Self { air, stick, host, key: DUMMY_KEY, now, heard, commands: 0, reopened: 0, dead: false }
    }

    fn with(mut self, kind: SensorKind, profile: Profile, numbers: impl IntoIterator<Item = u16>) -> Self {
        let numbers: Vec<u16> = numbers.into_iter().collect();
        for &number in &numbers {
            self.add(profile, number);
        }
        self.host.want(self.now, numbers.into_iter().map(|number| sensor(kind, number)));
        self
    }

    fn add(&mut self, profile: Profile, number: u16) -> MasterId {
        let master = self.air.add_master(Master::new(profile, number));
        let page = MuscleOxygen {
            count: 1,
            utc_wanted: false,
            ant_fs: false,
            interval: Some(Interval::Ms2000),
            reading: Err(sling_core::sensor::Reason::Invalid),
            previous: Err(sling_core::sensor::Reason::Invalid),
        };
        self.air.set_page(master, page.encode());
        master
    }

    fn run(&mut self, until_s: f64) -> &mut Self {
        let until = Instant::from_ms((until_s * 1000.0) as u64);
        loop {
            while let Some(command) = self.host.poll(self.now) {
                self.commands += 1;
                match command {
                    AntCommand::Send(bytes) if !self.dead => self.air.host_bytes(self.stick, self.now, &bytes),
                    AntCommand::SendKey if !self.dead => {
                        let frame = network_key_frame(&self.key);
                        self.air.host_bytes(self.stick, self.now, &frame);
                    }
                    AntCommand::Reopen => {
                        self.reopened += 1;
                        self.host.port(self.now, Ok(()));
                    }
                    AntCommand::Send(_) | AntCommand::SendKey => {}
                }
            }
            let next = [self.host.deadline(), self.air.next_event()].into_iter().flatten().min();
            let Some(next) = next.filter(|&next| next <= until) else { break };
            self.now = self.now.max(next);
            self.air.advance(self.now);
            while let Some(packet) = self.air.take_packet(self.stick) {
                let mut bytes = if self.dead { &[] } else { &packet[..] };
                while let Some(heard) = self.host.hear(self.now, &mut bytes) {
                    self.heard.push((self.now, heard));
                }
            }
        }
        self.now = until;
        self
    }

    fn state(&self) -> RadioState {
        self.host.state(self.now)
    }

    /// Packets heard of each sensor since a time.
    fn packets(&self, since_s: f64) -> BTreeMap<u16, usize> {
        let since = Instant::from_ms((since_s * 1000.0) as u64);
        let mut packets = BTreeMap::new();
        for (_, heard) in self.heard.iter().filter(|(at, _)| *at >= since) {
            *packets.entry(heard.from.number).or_default() += 1;
        }
        packets
    }

    fn first_after(&self, number: u16, since_s: f64) -> Option<f64> {
        let since = Instant::from_ms((since_s * 1000.0) as u64);
        let heard = self.heard.iter().find(|(at, heard)| *at >= since && heard.from.number == number);
        heard.map(|(at, _)| at.as_ms() as f64 / 1000.0 - since_s)
    }
}

fn sensor(kind: SensorKind, number: u16) -> Sensor {
    Sensor { kind, identity: Identity::Ant { number, transmission: 5 } }
}

fn muscles(options: Options, numbers: std::ops::Range<u16>) -> Bench {
    Bench::new(options).with(SensorKind::MuscleOxygen, Profile::MUSCLE_OXYGEN, numbers)
}

#[test]
fn sticks_of_every_kind_are_made_ready_and_hear_all_sensors() {
    let kinds = [
        ("good", Options::default()),
        ("agc", Options { rssi: RssiForm::Agc, ..Options::default() }),
        ("padding", Options { packets: Packets::Padded(32), ..Options::default() }),
        ("cutting", Options { packets: Packets::Cut(7), ..Options::default() }),
        ("a clone", Options { first_reset_fails: true, ..Options::default() }),
        ("slow", Options { startup: Duration::from_ms(900), answer: Duration::from_ms(120), ..Options::default() }),
        ("without scanning", Options { scan_mode: false, ..Options::default() }),
        ("dropping bytes", Options { drop_bytes: 0.002, ..Options::default() }),
    ];
    for (name, options) in kinds {
        let mut bench = muscles(options, 101..105);
        bench.run(60.0);
        assert_eq!(bench.state(), RadioState::Ready, "{name}");
        let packets = bench.packets(30.0);
        assert_eq!(packets.len(), 4, "{name}: {packets:?}");
        // Two of the four may be in each other's way for some seconds.
        assert!(packets.values().all(|&n| n > 60), "{name}: {packets:?}");
        assert_eq!(bench.reopened, 0, "{name}");
    }
}

#[test]
fn a_stick_that_was_just_ready_is_ready_again_soon_after_it_is_plugged_in() {
    let mut bench = muscles(Options::default(), 1..2);
    bench.run(20.0);
    bench.host.port(bench.now, Err(Trouble::NoDevice));
    bench.run(80.0);
    assert_eq!(bench.state(), RadioState::Trouble(Trouble::NoDevice));
    let stick = bench.stick;
    bench.air.replug(stick, bench.now);
    bench.host.port(bench.now, Ok(()));
    bench.run(100.0);
    assert!(bench.first_after(1, 80.0).unwrap() < 3.0);
}

#[test]
fn a_stick_with_too_few_channels_serves_the_first_and_says_who_is_left_out() {
    let mut bench = muscles(Options { scan_mode: false, channels: 2, ..Options::default() }, 11..15);
    bench.run(60.0);
    assert_eq!(bench.packets(0.0).into_keys().collect::<Vec<_>>(), [11, 12]);
    let left_out: Vec<_> = bench.host.left_out().to_vec();
    assert_eq!(left_out, [sensor(SensorKind::MuscleOxygen, 13), sensor(SensorKind::MuscleOxygen, 14)]);
}

#[test]
fn plain_channels_find_a_sensor_again_within_seconds_at_first_and_a_minute_later() {
    for (away_s, limit_s) in [(30.0, 10.0), (240.0, 10.0), (1800.0, 70.0)] {
        let mut bench = Bench::new(Options { scan_mode: false, ..Options::default() });
        let master = bench.add(Profile::MUSCLE_OXYGEN, 7);
        bench.host.want(Instant::ZERO, [sensor(SensorKind::MuscleOxygen, 7)].into_iter());
        bench.run(20.0);
        bench.air.set_path(master, bench.stick, Path::OUT_OF_RANGE);
        bench.run(20.0 + away_s);
        bench.air.set_path(master, bench.stick, Path::default());
        bench.run(200.0 + away_s);
        let found_s = bench.first_after(7, 20.0 + away_s).unwrap();
        assert!(found_s < limit_s, "away {away_s} s, found after {found_s} s");
        assert!(f64::from(bench.commands) < 40.0 + away_s, "{} commands", bench.commands);
    }
}

#[test]
fn who_looks_for_sensors_without_scanning_mode_finds_them_one_by_one() {
    let mut bench = muscles(Options { scan_mode: false, ..Options::default() }, 1..2);
    for number in 21..24 {
        bench.add(Profile::MUSCLE_OXYGEN, number);
    }
    bench.add(Profile::POWER, 30);
    bench.host.list(Listing::All);
    bench.run(240.0);
    assert_eq!(bench.packets(0.0).into_keys().collect::<Vec<_>>(), [1, 21, 22, 23, 30]);
    // And the wanted one was not disturbed.
    assert!(bench.packets(0.0)[&1] > 800, "{:?}", bench.packets(0.0));
    bench.host.list(Listing::Off);
    bench.run(250.0).run(300.0);
    assert_eq!(bench.packets(255.0).into_keys().collect::<Vec<_>>(), [1]);
}

#[test]
fn held_close_is_found_alone() {
    let mut bench = Bench::new(Options { scan_mode: false, ..Options::default() });
    let near = bench.add(Profile::MUSCLE_OXYGEN, 1);
    let far = bench.add(Profile::MUSCLE_OXYGEN, 2);
    bench.air.set_path(near, bench.stick, Path { rssi_dbm: -35, loss: 0.0 });
    bench.air.set_path(far, bench.stick, Path { rssi_dbm: -75, loss: 0.0 });
    bench.host.list(Listing::Near(2));
    bench.run(20.0);
    assert_eq!(bench.packets(0.0).into_keys().collect::<Vec<_>>(), [1]);
}

#[test]
fn a_refused_key_is_said_and_mended_by_the_right_one() {
    let mut bench = muscles(Options { refuse_keys: Some(Code::INVALID_NETWORK), ..Options::default() }, 1..3);
    bench.key = [9; 8];
    bench.run(30.0);
    assert_eq!(bench.state(), RadioState::Trouble(Trouble::KeyRefused));
    assert!(bench.heard.is_empty());
    bench.key = DUMMY_KEY;
    bench.run(50.0);
    assert_eq!(bench.state(), RadioState::Ready);
    assert_eq!(bench.packets(45.0).len(), 2);
}

#[test]
fn a_wrong_key_that_the_stick_takes_is_silence_that_is_said() {
    let mut bench = muscles(Options::default(), 1..3);
    bench.key = [9; 8];
    bench.run(25.0);
    assert_eq!(bench.state(), RadioState::Ready);
    bench.run(40.0);
    assert_eq!(bench.state(), RadioState::NothingHeard);
    bench.key = DUMMY_KEY;
    bench.host.port(bench.now, Ok(()));
    bench.run(50.0);
    assert_eq!(bench.state(), RadioState::Ready);
    assert_eq!(bench.packets(40.0).len(), 2);
}

#[test]
fn a_stick_that_hangs_is_reset_then_reopened_and_goes_on() {
    let mut bench = muscles(Options::default(), 1..2);
    bench.run(20.0);
    bench.dead = true;
    bench.run(60.0);
    assert_eq!(bench.state(), RadioState::Trouble(Trouble::NotAnswering));
    assert!((1..10).contains(&bench.reopened), "{}", bench.reopened);
    bench.dead = false;
    bench.run(80.0);
    assert_eq!(bench.state(), RadioState::Ready);
    assert!(bench.first_after(1, 60.0).unwrap() < 15.0);
}

#[test]
fn a_silent_stick_is_asked_and_left_alone_if_it_answers() {
    let mut bench = Bench::new(Options::default());
    bench.host.want(Instant::ZERO, [sensor(SensorKind::MuscleOxygen, 1)].into_iter());
    bench.run(600.0);
    assert_eq!((bench.state(), bench.reopened), (RadioState::NothingHeard, 0));
    assert!(bench.commands < 80, "{}", bench.commands);
}

#[test]
fn the_time_reaches_a_sensor_whether_scanning_or_not_and_tries_end() {
    for scan_mode in [true, false] {
        let mut bench = Bench::new(Options { scan_mode, ..Options::default() });
        let master = bench.add(Profile::MUSCLE_OXYGEN, 7);
        bench.air.set_path(master, bench.stick, Path { rssi_dbm: -60, loss: 0.3 });
        bench.host.want(Instant::ZERO, [sensor(SensorKind::MuscleOxygen, 7)].into_iter());
        bench.run(20.0);
        let page = set_time(1_700_000_000, 60).unwrap();
        let to = ChannelId { number: 7, device_type: 31, pairing: false, transmission: 5 };
        bench.host.send_page(to, page);
        bench.run(30.0);
        let received = bench.air.take_received(master);
        assert!(!received.is_empty() && received.iter().all(|it| it.page == page), "{scan_mode}: {received:?}");
        // To one that is not there: given up.
        bench.air.set_path(master, bench.stick, Path::OUT_OF_RANGE);
        bench.host.send_page(to, page);
        let before = bench.commands;
        bench.run(60.0);
        assert!(bench.commands - before < 20, "{}", bench.commands - before);
    }
}

/// Whatever bytes come and whatever the clock does: no panic, no flood of commands, and a good stick is ready after it.
#[test]
fn noise_on_the_line_is_survived() {
    let mut random = 0x5EED_u32;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        random
    };
    for scan_mode in [true, false] {
        let mut bench = muscles(Options { scan_mode, ..Options::default() }, 1..4);
        let mut until_s = 0.0;
        for _ in 0..300 {
            until_s += f64::from(next() % 1000) / 1000.0;
            bench.run(until_s);
            let noise: Vec<u8> = (0..next() % 60).map(|_| if next() % 5 == 0 { 0xA4 } else { next() as u8 }).collect();
            let mut bytes = &noise[..];
            while bench.host.hear(bench.now, &mut bytes).is_some() {}
            // A frame that is whole and means harm: an answer, an event, a start that nobody asked for.
            let [id, channel, to, code] = [[0x40, 0x6F, 0x54, 0x51, 0x52, 0xAE][next() as usize % 6], 0, 0, 0]
                .map(|fixed| if fixed == 0 { next() as u8 % 0x70 } else { fixed });
            let mut frame = vec![0xA4, 3, id, channel, to, code];
            frame.push(frame.iter().fold(0, |sum, byte| sum ^ byte));
            let mut bytes = &frame[..];
            while bench.host.hear(bench.now, &mut bytes).is_some() {}
        }
        bench.run(until_s + 60.0);
        assert_eq!(bench.state(), RadioState::Ready);
        assert_eq!(bench.packets(until_s + 40.0).into_keys().collect::<Vec<_>>(), [1, 2, 3]);
        assert!(f64::from(bench.commands) < until_s * 12.0, "{} commands in {until_s} s", bench.commands);
    }
}
