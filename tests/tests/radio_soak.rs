//! A day on the radios: four NIRS sensors, two on each radio, power and heart rate; a tenth of all packets lost; each hour a
//! stick is pulled out, sensors are restarted and carried away, Bluetooth is killed or switched off.
//!
//! What must hold: every sensor streams again within 10 s of being back in range (70 s after more than five minutes), and
//! whatever the head unit takes for a sample of a muscle was sent by the sensor on that muscle.
//!
//! Two hours in every run; `SLING_SLOW=1` rides the whole day, and with `--nocapture` it prints the figures of the docs.

use sling_core::head_unit::Config;
use sling_core::sensor::{Identity, Sample};
use sling_core::time::Instant;
use sling_core::units::ThbScale;
use sling_core::{HeadUnit, Input, Output};
use sling_simulator::airwaves::{Airwaves, Mishap, Over, Sent};
use sling_simulator::player::Player;
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::Scenario;
use sling_simulator::sink::Sink;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

const HOUR_S: u64 = 3600;
/// A packet is heard this long after it was sent at most: repeats for a two-second sensor, and a retransmission.
const MEMORY_S: u64 = 20;
/// What is heard is kept for so long after a sensor may be back: the longest that it may take, and some more.
const KEPT_S: u64 = 80;

/// The samples that the head unit heard.
#[derive(Default)]
struct Heard {
    samples: Rc<RefCell<Vec<(Instant, Sample)>>>,
    dropped: Rc<RefCell<u64>>,
}

impl Sink for Heard {
    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        match output {
            Output::Sample(sample) => self.samples.borrow_mut().push((at, *sample)),
            Output::Event(sling_core::head_unit::Event::OutputsDropped { .. }) => *self.dropped.borrow_mut() += 1,
            _ => {}
        }
        Ok(())
    }

    fn after(&mut self, _at: Instant, _input: &Input<'_>, _unit: &HeadUnit) -> io::Result<()> {
        Ok(())
    }
}

const SITES: [&str; 4] = ["mg.right", "vl.right", "mg.left", "vl.left"];
/// Seconds by which an hour differs from the one before, so that slots and schedules do not line up.
const SHIFT_S: u64 = 7;

/// Which sensor is carried away in an hour, from which second of the ride to which.
fn absences(hour: u64) -> [(usize, u64, u64); 2] {
    let from = hour * (HOUR_S + SHIFT_S);
    let (near, far) = ((hour % 4) as usize, ((hour + 2) % 4) as usize);
    // The second is longer than five minutes: a café.
    [(near, from + 1300, from + 1340), (far, from + 1500, from + 2300)]
}

fn scenario(hours: u64) -> Scenario {
    let text = format!(
        r#"
version = 1
name = "A day on the radios"
seed = 3
duration = "{hours} h"

[[sensor]]
site = "mg.right"
kind = "moxy"
radio = "ant"
number = 1234

[[sensor]]
site = "vl.right"
kind = "moxy"
radio = "ant"
number = 1235

[[sensor]]
site = "mg.left"
kind = "moxy"
radio = "ble"

[[sensor]]
site = "vl.left"
kind = "train_red"
radio = "ble"

[[load]]
kind = "hills"
from = "0 min"
to = "{hours} h"
power_w = 200
swing_w = 60
period = "5 min"
"#
    );
    let absence = |(sensor, from, to): (usize, u64, u64)| {
        let (site, duration) = (SITES[sensor], to - from);
        format!(
            "[[fault]]\nkind = \"out_of_range\"\nsite = \"{site}\"\nat = \"{from} s\"\nduration = \"{duration} s\"\n"
        )
    };
    let absences: Vec<String> = (0..hours).flat_map(absences).map(absence).collect();
    let text = text + &absences.concat();
    Scenario::parse("soak.toml", &text).expect("the scenario of this test")
}

/// What happens in an hour, and which sensors must stream again from when.
fn plan(airwaves: &mut Airwaves, hour: u64) -> Vec<(u64, u64, Vec<usize>)> {
    let at = |s: u64| Instant::from_ms((hour * HOUR_S + s) * 1000);
    // When, after how long an absence, which sensors.
    let mut back = Vec::new();
    let mut lose = |from: u64, to: u64, mishaps: (Mishap, Mishap), who: Vec<usize>| {
        airwaves.plan(at(from), mishaps.0);
        airwaves.plan(at(to), mishaps.1);
        back.push((hour * HOUR_S + to, to - from, who));
    };
    let shift = hour * SHIFT_S;
    lose(300 + shift, 330 + shift, (Mishap::Unplug, Mishap::Plug), vec![0, 1]);
    let ble =
        if hour.is_multiple_of(2) { (Mishap::BleOff, Mishap::BleOn) } else { (Mishap::BleDies, Mishap::BleRevives) };
    lose(700 + shift, 730 + shift, ble, vec![2, 3]);
    for (sensor, from, to) in absences(hour) {
        back.push((to, to - from, vec![sensor]));
    }
    for sensor in 0..4 {
        let s = 2700 + shift + 60 * sensor as u64;
        airwaves.plan(at(s), Mishap::Reboot(sensor));
        back.push((hour * HOUR_S + s, 0, vec![sensor]));
    }
    back
}

/// Resident memory in KiB; `None` where the system does not tell.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

#[test]
fn a_day_on_the_radios_loses_nothing_for_long_and_mistakes_nothing() {
    let hours = if std::env::var_os("SLING_SLOW").is_some() { 24 } else { 2 };
    let scenario = scenario(hours);
    let mut airwaves = Airwaves::new(&scenario, 11, Over::AsWritten);
    airwaves.set_loss(0.10);
    let sent = airwaves.sent();
    let back: Vec<_> = (0..hours).flat_map(|hour| plan(&mut airwaves, hour)).collect();
    let heard = Heard::default();
    let (samples, dropped) = (Rc::clone(&heard.samples), Rc::clone(&heard.dropped));
    let mut ride = Ride::simulated(&scenario, scenario.seed).on_air(airwaves);
    let mut player = Player::of(&mut ride, vec![Box::new(heard)]);
    let mut identities = Vec::new();
    let mut from_s: Vec<u64> = back.iter().map(|(from_s, ..)| *from_s).collect();
    from_s.sort_unstable();
    let mut checked = Check { from_s, ..Check::default() };
    let mut memory = Vec::new();
    ride.play(&Config::DEFAULT, None, |input, at| {
        if let Input::Configure(config) = input {
            identities = config.roster.iter().map(|a| a.identity).collect();
        }
        player.play(input, at)?;
        checked.take(&mut sent.borrow_mut(), &mut samples.borrow_mut(), at);
        if at.as_ms() % (HOUR_S * 1000) == 0 {
            memory.extend(resident_kib());
        }
        Ok(Flow::Continue)
    })
    .unwrap();
    assert_eq!(*dropped.borrow(), 0, "outputs dropped");
    checked.judge(&identities, &back, hours, &memory);
}

/// Compares what was heard with what was sent, as it goes.
#[derive(Default)]
struct Check {
    sent: BTreeMap<Identity, Vec<Sent>>,
    sent_total: BTreeMap<Identity, u64>,
    heard_total: BTreeMap<Identity, u64>,
    /// When sensors may come back, seconds: what is heard after that is kept, and nothing else, so that memory tells.
    from_s: Vec<u64>,
    /// When each sensor was heard then, tenths of seconds.
    heard_at: BTreeMap<Identity, Vec<u64>>,
}

impl Check {
    fn take(&mut self, sent: &mut Vec<Sent>, heard: &mut Vec<(Instant, Sample)>, now: Instant) {
        for it in sent.drain(..) {
            *self.sent_total.entry(it.sample.identity).or_default() += 1;
            self.sent.entry(it.sample.identity).or_default().push(it);
        }
        for (at, sample) in heard.drain(..) {
            let theirs = self.sent.get(&sample.identity).map(Vec::as_slice).unwrap_or_default();
            let smo2 = |sample: &Sample| sample.reading.map(|value| value.smo2);
            let counts = |a: &Sample, b: &Sample| a.count & 0xFF == b.count & 0xFF;
            // Train.Red sends no count: there the value alone tells. It is the one with a scale of its own.
            let arbitrary = |it: &Sent| {
                it.sample.reading.is_ok_and(|value| value.thb.is_some_and(|thb| thb.scale == ThbScale::Arbitrary))
            };
            let known = theirs
                .iter()
                .filter(|it| it.at <= at)
                .any(|it| smo2(&it.sample) == smo2(&sample) && (arbitrary(it) || counts(&it.sample, &sample)));
            assert!(known, "at {} s: {sample:?} was never sent by that sensor", at.as_ms() / 1000);
            *self.heard_total.entry(sample.identity).or_default() += 1;
            let since_s = self.from_s.iter().rev().find(|&&from_s| from_s * 1000 <= at.as_ms());
            if since_s.is_some_and(|from_s| at.as_ms() < (from_s + KEPT_S) * 1000) {
                self.heard_at.entry(sample.identity).or_default().push(at.as_ms() / 100);
            }
        }
        for sent in self.sent.values_mut() {
            let old = sent.iter().take_while(|it| it.at.as_ms() + MEMORY_S * 1000 < now.as_ms()).count();
            sent.drain(..old);
        }
    }

    fn judge(&self, identities: &[Identity], back: &[(u64, u64, Vec<usize>)], hours: u64, memory: &[u64]) {
        let (mut soon, mut late) = (Vec::new(), Vec::new());
        for (from_s, away_s, who) in back {
            for &sensor in who {
                let times = &self.heard_at[&identities[sensor]];
                let from = from_s * 10;
                let first = times[times.partition_point(|&t| t <= from)..].first();
                let after_s = first.map_or(f64::INFINITY, |&t| (t - from) as f64 / 10.0);
                let limit_s = if *away_s > 300 { 70.0 } else { 10.0 };
                assert!(
                    after_s <= limit_s,
                    "sensor {sensor}, away {away_s} s until {from_s} s, streamed again after {after_s} s"
                );
                if *away_s > 300 { &mut late } else { &mut soon }.push(after_s);
            }
        }
        for (identity, sent) in &self.sent_total {
            let heard = self.heard_total[identity];
            println!("{identity:?}: {heard} of {sent} samples heard");
            assert!(heard * 10 > sent * 6, "{identity:?}: {heard} of {sent}");
        }
        for (name, times) in [("within five minutes", &mut soon), ("after more than five minutes", &mut late)] {
            times.sort_by(f64::total_cmp);
            let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
            println!("back {name}: {} times, median {median:.1} s, worst {worst:.1} s", times.len());
        }
        println!("{hours} hours; resident memory {memory:?} KiB");
        // The first hour fills buffers.
        if let [_, _, second, .., last] = memory {
            assert!(last.saturating_sub(*second) < 2048, "{memory:?}");
        }
    }
}
