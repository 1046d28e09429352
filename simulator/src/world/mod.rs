//! The simulated world: a scenario and a seed become the inputs of a head unit, in the order of time.
//!
//! [`World`] is an iterator over `(Instant, Input)`: first the roster, then power, cadence and heart rate at 1 Hz, the
//! sensors' samples as their transport delivers them, posture, buttons, laps and markers. Same scenario and seed, same
//! bytes, on every platform and in every build: random numbers are our own, functions come from `libm`.
//!
//! Three layers, each of which can be looked at: `muscle` is the truth ([`World::truth_pct`]), at whole seconds and
//! along straight lines between them; `transport` is when a sample is measured and heard; `fault` is what goes wrong
//! on top ([`World::faults_landed`]). Every random quantity has a stream of its own: two scenarios that differ in an
//! effect or a fault are otherwise the same ride.
//!
//! A sensor adds white noise to the truth (SD 0.9 under load, 0.4 at rest, for each new sample) and rounds to 0.1 %.
//! tHb has white noise of 0.02 and slow variation of 0.03 g/dL about a constant. The constants are residuals of
//! published recordings; each stands beside its use.
//!
//! Units: seconds from the start of the ride, watts, rpm, points of SmO2 in percent.

mod course;
mod fault;
mod muscle;
mod noise;
pub(crate) mod random;
mod rider;
#[cfg(test)]
mod tests;
mod transport;

use crate::landings::Landings;
use crate::scenario::{Action, FaultKind, Layer, Scenario, Sensor, SensorKind};
use fault::{FaultState, hundredths, smo2};
use muscle::{MuscleRide, Ride, thb_per_gdl};
use random::{Purpose, Random};
use rider::site_index;
use sling_core::Input;
use sling_core::head_unit::{Assignment, Config, Context, Posture};
use sling_core::sensor::{Sample, Side, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Bpm, Rpm, Thb, ThbScale, Watts};
use std::collections::VecDeque;
use transport::{Packet, Packets};

/// White noise of tHb in a sample, in g/dL.
const THB_NOISE_GDL: f64 = 0.02;

/// An input that borrows nothing.
pub type OwnedInput = Input<'static>;

/// A simulated ride. Iterate to ride it.
#[derive(Clone, Debug)]
pub struct World {
    ride: Ride,
    sites: Vec<Site>,
    end: Instant,
    /// Roster, postures and actions, in the order of time.
    script: VecDeque<(Instant, OwnedInput)>,
    next_second: usize,
    streams: Vec<Stream>,
    faults: Vec<FaultState>,
    /// Where faults are counted besides, and their places there.
    landings: Option<(Landings, Vec<usize>)>,
    on_air: bool,
}

/// One sensor's samples.
#[derive(Clone, Debug)]
struct Stream {
    sensor: Sensor,
    packets: Packets,
    noise: Random,
    next: Packet,
}

impl World {
    /// The ride of `scenario` with this seed (the scenario's own is a default for the caller to use).
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        let ride = Ride::new(scenario, seed);
        let faults = scenario.faults.iter().enumerate().map(|(i, fault)| FaultState::new(*fault, seed, i)).collect();
        Self {
            script: script(scenario, &ride),
            sites: scenario.sensors.iter().map(|sensor| sensor.site).collect(),
            end: Instant::ZERO + scenario.duration,
            next_second: 0,
            streams: scenario.sensors.iter().map(|sensor| Stream::new(*sensor, seed)).collect(),
            faults,
            landings: None,
            on_air: false,
            ride,
        }
    }

    /// The same; its faults are counted there too.
    #[must_use]
    pub fn counting(self, landings: Landings) -> Self {
        let places = landings.places(Layer::Sensor);
        Self { landings: Some((landings, places)), ..self }
    }

    /// SmO2 of the muscle at `site` at a whole second, before sensor and radio, in percent; `None` if nothing is worn
    /// there or the ride is over.
    pub fn truth_pct(&self, site: Site, second: usize) -> Option<f64> {
        let muscle = self.sites.iter().position(|worn| *worn == site)?;
        self.ride.muscles[muscle].smo2_pct.get(second).copied()
    }

    /// Standard deviation of the slow variation of the muscle at `site`, as drawn or named, in points; `None` if nothing
    /// is worn there.
    pub fn variation_pct(&self, site: Site) -> Option<f64> {
        let muscle = self.sites.iter().position(|worn| *worn == site)?;
        self.ride.muscles.get(muscle).map(|muscle| muscle.profile.variation_pct)
    }

    /// How many samples each fault of the scenario has changed or taken away so far, in the scenario's order.
    pub fn faults_landed(&self) -> Vec<u64> {
        self.faults.iter().map(FaultState::landed).collect()
    }

    /// When the ride is over.
    pub const fn end(&self) -> Instant {
        self.end
    }

    /// Loses this share of every Moxy's packets, instead of what recordings lose. Nothing else changes.
    pub fn lose(&mut self, share: f64) {
        for stream in &mut self.streams {
            stream.packets.set_missed(share);
        }
    }

    /// Its sensors are on the air: the head unit is told to wear them under the names that they have there.
    pub fn go_on_air(&mut self, wear: impl Fn(&Config) -> Config) {
        self.on_air = true;
        self.wear(wear);
    }

    /// Whether its sensors are on the air.
    pub const fn is_on_air(&self) -> bool {
        self.on_air
    }

    /// Changes what the head unit is told to wear.
    pub fn wear(&mut self, change: impl Fn(&Config) -> Config) {
        for (_, input) in &mut self.script {
            if let Input::Configure(config) = input {
                *config = change(config);
            }
        }
    }

    /// The context of a second.
    fn context(&self, second: usize) -> Option<Context> {
        let moment = self.ride.moments.get(second)?;
        let heart_rate = self.ride.heart_rate_bpm.get(second)?;
        Some(Context {
            power: Some(Watts(moment.power_w.round() as u16)),
            cadence: Some(Rpm(moment.cadence_rpm.round() as u16)),
            heart_rate: Some(Bpm(heart_rate.round() as u16)),
            ..Context::default()
        })
    }

    /// The next packet of a stream, as the head unit hears it: `None` if it does not.
    fn hear(&mut self, stream: usize) -> Option<(Instant, Sample)> {
        let heard = self.hear_through_faults(stream);
        if let Some((landings, places)) = &self.landings {
            // Of a battery, the sensor's radio speaks.
            let counted = self.faults.iter().zip(places).filter(|(fault, _)| fault.kind() != FaultKind::LowBattery);
            counted.for_each(|(fault, &place)| landings.set(place, fault.landed()));
        }
        heard
    }

    fn hear_through_faults(&mut self, stream: usize) -> Option<(Instant, Sample)> {
        let Stream { sensor, packets, noise, next } = &mut self.streams[stream];
        let packet = core::mem::replace(next, packets.advance());
        let measured = Instant::from_ms(packet.measured_ms);
        let heard = packet.heard_ms.map(Instant::from_ms);
        let site = self.faults.iter_mut().fold(sensor.site, |site, fault| {
            fault.measured_site(site, measured, heard.is_some_and(|at| at < self.end))
        });
        let muscle = self.sites.iter().position(|worn| *worn == site).unwrap_or(stream);
        let working = self.ride.moments.get((packet.measured_ms / 1000) as usize).is_some_and(|m| m.power_w > 0.0);
        let own = &self.ride.muscles[stream];
        let value = measure(&self.ride.muscles[muscle], own, sensor.kind, packet.measured_ms, working, noise);
        let at = heard?;
        let mut sample = Sample { identity: sensor.identity, count: packet.count, reading: Ok(value) };
        for fault in &mut self.faults {
            sample = fault.apply(sensor.site, at, sample, thb_per_gdl(sensor.kind))?;
        }
        Some((at, sample))
    }

    /// When a stream has its next packet; one that is lost counts as well.
    fn due(stream: &Stream) -> Instant {
        Instant::from_ms(stream.next.heard_ms.unwrap_or(stream.next.measured_ms))
    }
}

impl Stream {
    fn new(sensor: Sensor, seed: u64) -> Self {
        let index = site_index(sensor.site);
        let mut packets = Packets::new(sensor.kind, Random::stream(seed, Purpose::Transport, index));
        let next = packets.advance();
        Self { sensor, packets, noise: Random::stream(seed, Purpose::SampleNoise, index), next }
    }
}

/// What a sensor measures on a muscle. `own` is the muscle that it is meant for, whose tHb base goes with the sensor.
fn measure(
    muscle: &MuscleRide,
    own: &MuscleRide,
    kind: SensorKind,
    at_ms: u64,
    working: bool,
    noise: &mut Random,
) -> Value {
    let profile = &muscle.profile;
    let noise_pct = if working { profile.noise_load_pct } else { profile.noise_rest_pct };
    let percent = between_seconds(&muscle.smo2_pct, at_ms) + noise_pct * noise.normal();
    let scale = match kind {
        SensorKind::Moxy => ThbScale::GramsPerDecilitre,
        SensorKind::TrainRed => ThbScale::Arbitrary,
    };
    let thb = own.profile.thb_base
        + between_seconds(&muscle.thb_change, at_ms) * thb_per_gdl(kind)
        + THB_NOISE_GDL * thb_per_gdl(kind) * noise.normal();
    Value { smo2: smo2(percent), thb: Some(Thb { hundredths: hundredths(thb), scale }) }
}

/// The value between two whole seconds, on a straight line.
fn between_seconds(values: &[f64], at_ms: u64) -> f64 {
    let last = values.len() - 1;
    let second = ((at_ms / 1000) as usize).min(last);
    let share = (at_ms % 1000) as f64 / 1000.0;
    values[second] + (values[(second + 1).min(last)] - values[second]) * share
}

/// So many seconds of the slow noise of riding, of variance one.
#[cfg(test)]
pub(crate) fn riding_noise(random: &mut Random, count: usize) -> Vec<f64> {
    noise::SecondOrder::new(noise::TIME_CONSTANT_S, 1.0).draw(random, count)
}

/// The roster, the postures and what the rider does, in the order of time.
fn script(scenario: &Scenario, ride: &Ride) -> VecDeque<(Instant, OwnedInput)> {
    let mut script = vec![(Instant::ZERO, Input::Configure(config(&scenario.sensors)))];
    let mut before: Option<Posture> = None;
    for (second, moment) in ride.moments.iter().enumerate() {
        if before != Some(moment.posture) {
            script.push((Instant::from_ms(second as u64 * 1000), Input::Posture(moment.posture)));
            before = Some(moment.posture);
        }
    }
    script.extend(scenario.actions.iter().map(|(at, action)| {
        let input = match action {
            Action::Press(button, press) => Input::Button(*button, *press),
            Action::Touch(touch) => Input::Touch(*touch),
            Action::Lap => Input::Lap,
            Action::Marker(label) => Input::Marker(label.clone()),
            Action::Position(label) => Input::Position(label.clone()),
        };
        (*at, input)
    }));
    script.sort_by_key(|(at, _)| *at);
    script.into()
}

/// The settings that go with the sensors. Balance shows the first worn calf's leg first.
fn config(sensors: &[Sensor]) -> Config {
    let calf = sensors.iter().find(|sensor| sensor.site.muscle.is_calf());
    let leg = calf.or(sensors.first()).map_or(Side::Right, |sensor| sensor.site.side);
    let assignment = |sensor: &Sensor| Assignment { identity: sensor.identity, site: sensor.site };
    Config { roster: sensors.iter().map(assignment).collect(), leg, ..Config::DEFAULT }
}

/// Who speaks next. At one time: what people do, then the bike, then the sensors in the order of the scenario.
enum Next {
    Script,
    Context,
    Stream(usize),
}

impl Iterator for World {
    type Item = (Instant, OwnedInput);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let script = self.script.front().map(|(at, _)| (*at, Next::Script));
            let second = Instant::from_ms(self.next_second as u64 * 1000);
            let context = (self.next_second < self.ride.moments.len()).then_some((second, Next::Context));
            let streams = self.streams.iter().enumerate().map(|(i, stream)| (Self::due(stream), Next::Stream(i)));
            let streams = streams.filter(|(at, _)| *at < self.end);
            // The first of equals wins.
            let (_, next) = script.into_iter().chain(context).chain(streams).min_by_key(|(at, _)| *at)?;
            match next {
                Next::Script => return self.script.pop_front(),
                Next::Context => {
                    self.next_second += 1;
                    let context = self.context(self.next_second - 1)?;
                    return Some((second, Input::Context(context)));
                }
                Next::Stream(stream) => {
                    if let Some((at, sample)) = self.hear(stream) {
                        return Some((at, Input::Sample(sample)));
                    }
                }
            }
        }
    }
}
