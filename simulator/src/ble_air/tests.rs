//! The central in the virtual air: whatever breaks, nothing improper is asked; and once it stops breaking, all stream.

use super::exercise::exercise;
use super::*;
use sling_core::link::RadioState;
use sling_core::link::ble::{BleCentral, BleEvent, Phase, Wanted};
use sling_core::sensor::{Reading, SensorKind, Value};
use sling_core::units::{Smo2, Thb, ThbScale};
use sling_core::wire::gatt;

/// From being in range of an adapter that answers to a value.
const BACK_WITHIN: Duration = Duration::from_s(10);
/// The same if more than six come back at once.
const ALL_BACK_WITHIN: Duration = Duration::from_s(14);
/// No state of affairs is a reason for more commands than this in a second.
const MOST_COMMANDS_PER_S: u32 = 40;

/// A central, the air, and sensors that send.
struct Bench {
    now: Instant,
    air: BleAir,
    central: BleCentral,
    sensors: Vec<Sensor>,
    /// Commands in the second that is running.
    second: (u64, u32),
    busiest: u32,
    commands: u32,
    notifications: u32,
    /// What was said, for a test that fails.
    said: Vec<String>,
}

#[derive(Clone, Debug)]
struct Sensor {
    address: Address,
    profile: BleProfile,
    interval: Duration,
    next: Instant,
    count: u16,
    in_range: bool,
}

impl Bench {
    fn new(seed: u64, sensors: usize) -> Self {
        let mut bench = Self {
            now: Instant::ZERO,
            air: BleAir::new(seed),
            central: BleCentral::new(),
            sensors: Vec::new(),
            second: (0, 0),
            busiest: 0,
            commands: 0,
            notifications: 0,
            said: Vec::new(),
        };
        let kinds = [
            (SensorKind::MuscleOxygen, BleProfile::Moxy, 2000, 500),
            (SensorKind::MuscleOxygen, BleProfile::TrainRed, 100, 250),
            (SensorKind::Power, BleProfile::CyclingPower, 1000, 500),
            (SensorKind::HeartRate, BleProfile::HeartRate, 1000, 1000),
        ];
        let mut wanted = Vec::new();
        for n in 0..sensors {
            let (kind, profile, interval_ms, advert_ms) = kinds[n % kinds.len()];
            let address = [0xC0, 0, 0, 0, 0x12, n as u8];
            wanted.push(Wanted { address, kind });
            let interval = Duration::from_ms(interval_ms);
            let next = Instant::from_ms(u64::from(bench.air.below(interval_ms)));
            bench.sensors.push(Sensor { address, profile, interval, next, count: 0, in_range: true });
            let setup = PeerSetup {
                address,
                name: Some(format!("Moxy5 {n}")),
                profiles: Profiles::NONE.with(profile),
                battery: Some(80),
                advert_interval: Duration::from_ms(advert_ms),
            };
            bench.air.add(Instant::ZERO, setup);
        }
        bench.central.want(Instant::ZERO, &wanted);
        bench
    }

    /// Goes on to `until`; the caller's next fault comes then.
    fn run_to(&mut self, until: Instant) {
        loop {
            let sensor = self.sensors.iter().map(|sensor| sensor.next).min();
            let next = [self.central.deadline(), self.air.next_event(), sensor].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next < until) else { break };
            assert!(next >= self.now, "a deadline in the past");
            self.now = next;
            self.send_values();
            while let Some((at, event)) = self.air.poll(self.now) {
                assert_eq!(at, self.now);
                if matches!(event, OwnedBleEvent::Notification { .. }) {
                    self.notifications += 1;
                } else {
                    self.said.push(format!("{:>8} {event:?}", at.as_ms()));
                }
                self.central.event(at, &event.as_event());
                self.drain();
            }
            self.central.tick(self.now);
            self.drain();
            assert!(self.central.deadline().is_none_or(|later| later > self.now), "busy at {:?}", self.now);
        }
        self.now = until;
    }

    fn run(&mut self, span: Duration) {
        self.run_to(self.now + span);
    }

    fn send_values(&mut self) {
        for sensor in self.sensors.iter_mut().filter(|sensor| sensor.next <= self.now) {
            sensor.next = sensor.next + sensor.interval;
            sensor.count += 1;
            let thb = Thb { hundredths: 1216, scale: ThbScale::GramsPerDecilitre };
            let reading: Reading = Ok(Value { smo2: Smo2::from_tenths(533).unwrap(), thb: Some(thb) });
            let moxy = gatt::Moxy {
                count: sensor.count,
                reading,
                previous: Err(sling_core::sensor::Reason::Invalid),
                time_wanted: false,
            };
            self.air.notify(self.now, sensor.address, sensor.profile, &moxy.encode());
        }
    }

    fn drain(&mut self) {
        while let Some(command) = self.central.poll() {
            let second = self.now.as_ms() / 1000;
            self.second = if self.second.0 == second { (second, self.second.1 + 1) } else { (second, 1) };
            self.busiest = self.busiest.max(self.second.1);
            self.commands += 1;
            self.said.push(format!("{:>8}     {command:?}", self.now.as_ms()));
            assert!(self.second.1 <= MOST_COMMANDS_PER_S, "{command:?} is one too many at {:?}", self.now);
            self.air.command(self.now, command);
        }
        assert_eq!(self.air.objections(), []);
    }

    /// Those in range that do not stream, or have not been heard since.
    fn missing(&self, since: Instant) -> Vec<&Sensor> {
        let streams = |sensor: &&Sensor| {
            let peer = self.central.peer(sensor.address).unwrap();
            peer.phase == Phase::Streaming && peer.heard_at.is_some_and(|at| at >= since)
        };
        self.sensors.iter().filter(|sensor| sensor.in_range && !streams(sensor)).collect()
    }

    fn assert_all_stream_within(&mut self, limit: Duration) {
        let since = self.now;
        self.said.push(format!("{:>8} mended", since.as_ms()));
        self.run(limit);
        let newest = &self.said[self.said.len().saturating_sub(300)..];
        assert!(self.missing(since).is_empty(), "{}\n{:?}", newest.join("\n"), self.missing(since));
        for sensor in &self.sensors {
            assert!(!sensor.in_range || self.air.is_subscribed(sensor.address, sensor.profile));
        }
    }

    fn set_in_range(&mut self, n: usize, in_range: bool) {
        self.sensors[n].in_range = in_range;
        self.air.set_in_range(self.now, self.sensors[n].address, in_range);
    }

    /// One random fault, or the end of one.
    fn break_something(&mut self) {
        let n = self.air.below(self.sensors.len() as u32) as usize;
        let address = self.sensors[n].address;
        match self.air.below(12) {
            0 | 1 => self.set_in_range(n, false),
            2 | 3 => self.set_in_range(n, true),
            4 => self.air.drop_link(self.now, address),
            5 => {
                let times = 1 + self.air.below(2);
                self.air.fail_connects(address, times);
            }
            6 | 7 => {
                let (count, carried_out) = (1 + self.air.below(3), self.air.below(2) == 0);
                self.air.leave_unanswered(address, count, carried_out);
            }
            8 => {
                let trouble = [Trouble::Off, Trouble::NoDevice][self.air.below(2) as usize];
                self.air.set_adapter(self.now, Err(trouble));
            }
            9 => self.air.set_adapter(self.now, Ok(())),
            10 => {
                let alive = self.air.below(2) == 0;
                self.air.set_service(self.now, alive);
            }
            _ => {
                let loss = self.air.below(256) as u8;
                self.air.set_loss(address, loss);
            }
        }
    }

    /// Everything that is broken works again; who is out of range stays there.
    fn mend(&mut self) {
        self.air.set_service(self.now, true);
        self.air.set_adapter(self.now, Ok(()));
        for sensor in &self.sensors {
            self.air.fail_connects(sensor.address, 0);
            self.air.leave_unanswered(sensor.address, 0, false);
            self.air.set_loss(sensor.address, 0);
        }
    }
}

#[test]
fn twelve_sensors_stream_within_ten_seconds_and_stay() {
    for seed in 0..20 {
        let mut bench = Bench::new(seed, 12);
        bench.assert_all_stream_within(BACK_WITHIN);
        let before = bench.commands;
        bench.assert_all_stream_within(Duration::from_s(280));
        assert_eq!(bench.commands, before, "nothing to do while all stream");
        assert_eq!(bench.central.state(), RadioState::Ready);
    }
}

#[test]
fn whatever_broke_all_in_range_stream_within_ten_seconds_of_its_end() {
    for seed in 0..300 {
        let sensors = 1 + seed as usize % 12;
        // Stacks connect one after the other, and after each advert there is an interval's wait.
        let limit = if sensors <= 6 { BACK_WITHIN } else { ALL_BACK_WITHIN };
        let mut bench = Bench::new(seed, sensors);
        for _ in 0..6 {
            for _ in 0..bench.air.below(20) {
                bench.break_something();
                let pause_ms = bench.air.below(8000);
                bench.run(Duration::from_ms(pause_ms));
            }
            bench.mend();
            bench.assert_all_stream_within(limit);
        }
        assert!(bench.notifications > 0, "seed {seed} heard nothing");
    }
}

#[test]
fn one_that_comes_back_streams_within_ten_seconds_while_others_are_away() {
    for seed in 0..50 {
        let mut bench = Bench::new(seed, 8);
        bench.run(BACK_WITHIN);
        (1..8).for_each(|n| bench.set_in_range(n, false));
        for _ in 0..20 {
            bench.set_in_range(0, false);
            let away_ms = 5000 + bench.air.below(60_000);
            bench.run(Duration::from_ms(away_ms));
            bench.set_in_range(0, true);
            bench.assert_all_stream_within(BACK_WITHIN);
        }
    }
}

#[test]
fn a_service_that_dies_without_a_word_is_noticed_and_used_again() {
    for seed in 0..50 {
        let mut bench = Bench::new(seed, 2);
        bench.assert_all_stream_within(BACK_WITHIN);
        bench.air.set_service(bench.now, false);
        bench.run(Duration::from_s(20));
        assert_eq!(bench.central.state(), RadioState::Trouble(Trouble::NotAnswering));
        let more_ms = bench.air.below(100_000);
        bench.run(Duration::from_ms(more_ms));
        bench.air.set_service(bench.now, true);
        bench.assert_all_stream_within(BACK_WITHIN);
        assert_eq!(bench.central.state(), RadioState::Ready);
    }
}

#[test]
fn lost_packets_are_late_and_many_lost_packets_are_a_lost_link() {
    let mut bench = Bench::new(3, 1);
    bench.assert_all_stream_within(BACK_WITHIN);
    // Half of all packets: sent again until they are through, and nothing is missing.
    bench.air.set_loss(bench.sensors[0].address, 128);
    let (heard, sent) = (bench.notifications, bench.sensors[0].count);
    bench.run(Duration::from_s(100));
    assert_eq!((bench.notifications - heard, bench.sensors[0].count - sent), (50, 50));
    bench.air.set_loss(bench.sensors[0].address, 255);
    bench.run(Duration::from_s(8));
    assert!(!bench.air.is_linked(bench.sensors[0].address));
    bench.mend();
    bench.assert_all_stream_within(BACK_WITHIN);
}

#[test]
fn a_short_way_out_of_range_does_not_cost_the_link_and_a_long_one_does() {
    for (away_ms, kept) in [(3900, true), (4100, false)] {
        let mut bench = Bench::new(5, 2);
        bench.assert_all_stream_within(BACK_WITHIN);
        bench.set_in_range(1, false);
        bench.run(Duration::from_ms(away_ms));
        assert_eq!(bench.air.is_linked(bench.sensors[1].address), kept);
        bench.set_in_range(1, true);
        bench.assert_all_stream_within(BACK_WITHIN);
    }
}

#[test]
fn the_same_seed_is_the_same_air() {
    let run = |seed| {
        let mut bench = Bench::new(seed, 5);
        for _ in 0..50 {
            bench.break_something();
            bench.run(Duration::from_s(2));
        }
        (bench.commands, bench.notifications, format!("{:?}", bench.air), format!("{:?}", bench.central))
    };
    assert_eq!(run(9), run(9));
    assert!(run(9) != run(10));
}

#[test]
fn the_air_objects_to_what_no_stack_should_be_asked() {
    let mut bench = Bench::new(1, 2);
    let [a, b] = [0, 1].map(|n| bench.sensors[n].address);
    let now = Instant::from_ms(5);
    for command in [
        BleCommand::StartScan,
        BleCommand::Connect { address: a },
        BleCommand::StopScan,
        BleCommand::Connect { address: b },
    ] {
        bench.air.command(now, command);
    }
    while !bench.air.is_linked(a) {
        let next = bench.air.next_event().unwrap();
        bench.air.poll(next);
    }
    bench.air.command(Instant::from_ms(2000), BleCommand::Subscribe { address: a, profile: BleProfile::Moxy });
    let rules: Vec<&str> = bench.air.objections().iter().map(|objection| objection.rule).collect();
    assert_eq!(rules, ["connect while scanning", "a second connect", "subscribe before discover"]);
}

#[test]
fn no_bytes_make_the_central_break_a_promise() {
    let mut random = BleAir::new(77);
    for _ in 0..3000 {
        let len = random.below(1500);
        let bytes: Vec<u8> = (0..len).map(|_| random.next_random() as u8).collect();
        exercise(&bytes);
    }
}
