//! Sitting or standing, from how the bike rocks.
//!
//! Who pedals out of the saddle rocks the bike from side to side, once per revolution of the crank: 0.7 to 1.8 Hz at
//! 42 to 108 rpm. An accelerometer on the handlebar feels the bike's tilt against gravity and its swinging together,
//! as a lateral acceleration of well over 1 m/s², and less than half of that from a rider in the saddle.
//!
//! 1. Gravity is what lasts for [`GRAVITY_S`]; the lateral axis of the board, made horizontal by it, is the bike's,
//!    however the mount is tilted.
//! 2. Of the lateral acceleration 0.5 to 2.5 Hz are left: two filters of second order.
//! 3. Its half swings are measured, from one change of sign to the next. The *sway* is the second smallest of the last
//!    [`SWINGS`]: a hole in the road or a swerve makes one to three great swings and no sway.
//! 4. Sway of [`STANDING`] is standing, at once; sway below [`SEATED`] for [`SEATED_S`] is sitting. Between them it is
//!    what it was. A rough road shakes at this frequency too: both limits are higher there, by [`ABOVE_ROAD`] times
//!    what shakes the bike sideways faster than anybody pedals.
//!
//! **Not known** it is at first; when nothing shakes the bike, as in a car park or on most turbo trainers; when the
//! crank is known to rest, because who coasts rocks nothing, seated or standing; without a plausible gravity. A body
//! tells core only what is known, and core keeps to that until there is news.
//!
//! **Delay.** Standing is told after three revolutions and the filters' 0.3 s: 2.5 s at 100 rpm, 5 s at 45.
//! Sitting is told 4 to 7 s after, later on a rough road.
//!
//! **Blind spots.** Standing still on the pedals without rocking, as in the drops of a descent, reads as seated
//! unless it is known that nobody pedals. A rider who rocks in the saddle reads as standing. A trainer that holds the
//! bike fast shows nothing.
//!
//! The figures were set on synthetic signals only; no ride has been recorded for them yet. There, with a rider in the
//! saddle and 2 m/s² of lateral shaking at all frequencies alike, one percent of the time read as standing at 25
//! samples a second, and nothing at 50.

use super::accelerometer::{Acceleration, Rate};
use sling_core::input::Posture;

/// Gravity is the mean over about this long, seconds.
pub const GRAVITY_S: f32 = 10.0;
/// Half swings that are looked at: three and a half revolutions.
pub const SWINGS: usize = 7;
/// From this sway on it is standing, m/s².
pub const STANDING: f32 = 0.9;
/// Below this sway it is sitting, m/s².
pub const SEATED: f32 = 0.5;
/// Little sway has to last for this long, seconds; what is not little in between takes back the half of its time.
pub const SEATED_S: f32 = 3.0;
/// What shakes less in all is not ridden, m/s², root mean square. An accelerometer's last digit alone makes 0.2.
pub const MOVING: f32 = 0.4;

/// How much more sway a rough road asks for, m/s² per m/s² of lateral shaking above 5 Hz.
pub const ABOVE_ROAD: f32 = 0.5;

/// Shaking is the mean over about this long, seconds.
const SHAKING_S: f32 = 2.0;
/// A knock counts for no more than this, m/s²: one does not make a ride.
const KNOCK: f32 = 1.2;
/// What has not moved, or not been pedalled, for this long is not known any more, seconds.
const KEPT_S: f32 = 3.0;
/// Until the filters have settled nothing is judged, seconds.
const SETTLES_S: f32 = 3.0;
/// A half swing lasts at least and at most, seconds: 2.5 and 0.55 Hz.
const HALF_SWING_S: [f32; 2] = [0.2, 0.9];
/// Gravity in thousandths of g; the rest is a broken chip.
const GRAVITY_MG: core::ops::RangeInclusive<f32> = 700.0..=1300.0;
/// The lateral axis may point up or down by 60° at most.
const HORIZONTAL: f32 = 0.5;
const M_S2_PER_MG: f32 = 0.009_806_65;

/// The axis of the chip that points to a side of the bike, left or right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lateral {
    /// X.
    X,
    /// Y.
    Y,
    /// Z.
    Z,
}

type Vector = [f32; 3];

fn dot(a: Vector, b: Vector) -> f32 {
    let [x, y, z] = a;
    let [u, v, w] = b;
    x * u + y * v + z * w
}

/// A filter of second order, as two numbers of memory (transposed direct form II).
#[derive(Clone, Debug)]
struct Biquad {
    b: [f32; 3],
    a: [f32; 2],
    memory: [f32; 2],
}

impl Biquad {
    /// A Butterworth filter by the bilinear transform: `[low-pass, high-pass]` at `corner_hz`.
    fn pair(corner_hz: f32, rate_hz: f32) -> [Self; 2] {
        let angle = 2.0 * core::f32::consts::PI * corner_hz / rate_hz;
        let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
        let alpha = sin * core::f32::consts::FRAC_1_SQRT_2;
        let scale = 1.0 / (1.0 + alpha);
        let a = [-2.0 * cos * scale, (1.0 - alpha) * scale];
        let (low, high) = ((1.0 - cos) / 2.0 * scale, (1.0 + cos) / 2.0 * scale);
        [
            Self { b: [low, 2.0 * low, low], a, memory: [0.0; 2] },
            Self { b: [high, -2.0 * high, high], a, memory: [0.0; 2] },
        ]
    }

    fn pass(&mut self, x: f32) -> f32 {
        let ([b0, b1, b2], [a1, a2], [m1, m2]) = (self.b, self.a, self.memory);
        let y = b0 * x + m1;
        self.memory = [b1 * x - a1 * y + m2, b2 * x - a2 * y];
        y
    }
}

/// Judges one sample after the other.
#[derive(Clone, Debug)]
pub struct PostureSense {
    lateral: Lateral,
    rate_hz: f32,
    gravity: Vector,
    /// Samples that gravity is the mean of, up to [`GRAVITY_S`].
    weighed: f32,
    /// Mean square of what is not gravity, (m/s²)².
    shaking: f32,
    low_pass: Biquad,
    high_pass: Biquad,
    /// What is faster than any crank, and its mean square, (m/s²)².
    fast: Biquad,
    road: f32,
    /// Samples since the filters began.
    settled: f32,
    /// The half swing that runs: to which side, its greatest value, its samples.
    is_left: bool,
    peak: f32,
    length: f32,
    /// How great the last half swings were.
    swings: [f32; SWINGS],
    /// How many there were, up to all that are looked at.
    counted: usize,
    /// Samples with little sway, and since it was known to be ridden.
    calm: f32,
    idle: f32,
    posture: Option<Posture>,
}

impl PostureSense {
    /// A sense that knows nothing yet.
    pub fn new(lateral: Lateral, rate: Rate) -> Self {
        let rate_hz = rate.hz();
        let [low_pass, _] = Biquad::pair(2.5, rate_hz);
        let [_, high_pass] = Biquad::pair(0.5, rate_hz);
        let [_, fast] = Biquad::pair(5.0, rate_hz);
        Self {
            lateral,
            rate_hz,
            gravity: [0.0; 3],
            weighed: 0.0,
            shaking: 0.0,
            low_pass,
            high_pass,
            fast,
            road: 0.0,
            settled: 0.0,
            is_left: false,
            peak: 0.0,
            length: 0.0,
            swings: [0.0; SWINGS],
            counted: 0,
            calm: 0.0,
            idle: 0.0,
            posture: None,
        }
    }

    /// Samples are missing: what is known stays, the evidence begins anew.
    pub fn gap(&mut self) {
        self.low_pass.memory = [0.0; 2];
        self.high_pass.memory = [0.0; 2];
        self.fast.memory = [0.0; 2];
        self.settled = 0.0;
        self.peak = 0.0;
        self.length = 0.0;
        self.swings = [0.0; SWINGS];
        self.counted = 0;
        self.calm = 0.0;
    }

    /// Takes the next sample and says how the rider sits; `pedalling` is whether the crank turns, if anybody knows.
    pub fn push(&mut self, sample: Acceleration, pedalling: Option<bool>) -> Option<Posture> {
        let felt = [f32::from(sample.x), f32::from(sample.y), f32::from(sample.z)];
        self.weigh(felt);
        let Some(lateral) = self.lateral_of(felt) else {
            self.gap();
            self.posture = None;
            return None;
        };
        let fast = self.fast.pass(lateral);
        self.road += (fast * fast - self.road) / (SHAKING_S * self.rate_hz);
        let lateral = self.low_pass.pass(lateral);
        let lateral = self.high_pass.pass(lateral);
        self.swing(lateral);
        self.settled += 1.0;
        self.judge(pedalling);
        self.posture
    }

    /// How the rider sits, if that is known.
    pub const fn posture(&self) -> Option<Posture> {
        self.posture
    }

    /// The second smallest of the last half swings, m/s².
    pub fn sway(&self) -> f32 {
        let [_, second] = self.swings.iter().fold([f32::INFINITY; 2], |[least, second], &swing| {
            if swing < least { [swing, least] } else { [least, second.min(swing)] }
        });
        second
    }

    fn weigh(&mut self, felt: Vector) {
        // A mean at first, later one that forgets.
        self.weighed = (self.weighed + 1.0).min(GRAVITY_S * self.rate_hz);
        let mut rest = 0.0;
        for (gravity, felt) in self.gravity.iter_mut().zip(felt) {
            *gravity += (felt - *gravity) / self.weighed;
            let apart = (felt - *gravity) * M_S2_PER_MG;
            rest += apart * apart;
        }
        self.shaking += (rest.min(KNOCK * KNOCK) - self.shaking) / (SHAKING_S * self.rate_hz);
    }

    /// The part of what is felt along the bike's lateral axis, m/s²; without gravity or such an axis there is none.
    fn lateral_of(&self, felt: Vector) -> Option<f32> {
        let weight = libm::sqrtf(dot(self.gravity, self.gravity));
        if !GRAVITY_MG.contains(&weight) {
            return None;
        }
        let up = self.gravity.map(|it| it / weight);
        let side = match self.lateral {
            Lateral::X => [1.0, 0.0, 0.0],
            Lateral::Y => [0.0, 1.0, 0.0],
            Lateral::Z => [0.0, 0.0, 1.0],
        };
        let rise = dot(side, up);
        let horizontal = libm::sqrtf((1.0 - rise * rise).max(0.0));
        // What of the axis is not vertical, at its full length.
        (horizontal >= HORIZONTAL).then(|| (dot(side, felt) - rise * dot(up, felt)) / horizontal * M_S2_PER_MG)
    }

    /// One more value of the swing that runs, or the first of the next.
    fn swing(&mut self, lateral: f32) {
        let [shortest, longest] = HALF_SWING_S.map(|s| s * self.rate_hz);
        let turned = (lateral < 0.0) != self.is_left;
        if turned || self.length >= longest {
            // A tremble around zero is no swing, and does not push those out that were.
            if self.length >= shortest {
                shift_in(&mut self.swings, if turned { self.peak } else { 0.0 });
                self.counted = (self.counted + 1).min(SWINGS);
            }
            self.is_left = lateral < 0.0;
            self.peak = 0.0;
            self.length = 0.0;
        }
        self.peak = self.peak.max(lateral.abs());
        self.length += 1.0;
    }

    fn judge(&mut self, pedalling: Option<bool>) {
        let samples = |seconds: f32| seconds * self.rate_hz;
        let is_ridden = self.shaking >= MOVING * MOVING && pedalling != Some(false);
        self.idle = if is_ridden { 0.0 } else { self.idle + 1.0 };
        if self.idle > samples(KEPT_S) {
            self.posture = None;
        }
        let sway = self.sway();
        let [seated, standing] = [SEATED, STANDING].map(|limit| limit + ABOVE_ROAD * libm::sqrtf(self.road));
        let is_calm = is_ridden && self.counted == SWINGS && sway < seated;
        // A road that sways for a moment does not begin it anew.
        self.calm = if is_calm { self.calm + 1.0 } else { (self.calm - 0.5).max(0.0) };
        if !is_ridden || self.settled < samples(SETTLES_S) {
            return;
        }
        if sway >= standing {
            self.calm = 0.0;
            self.posture = Some(Posture::Standing);
        } else if self.calm >= samples(SEATED_S) {
            self.posture = Some(Posture::Seated);
        }
    }
}

/// The oldest of `row`, its first, makes room at the end for the newest.
fn shift_in(row: &mut [f32; SWINGS], newest: f32) {
    let mut next = newest;
    for place in row.iter_mut().rev() {
        next = core::mem::replace(place, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Posture::{Seated, Standing};
    extern crate std;
    use std::vec::Vec;

    /// A synthetic ride, sampled like the chip does it.
    #[derive(Clone)]
    struct Ride {
        rate: Rate,
        lateral: Lateral,
        /// Turns of the mount, degrees: nose up, to the side, around the vertical.
        tilt: [f32; 3],
        seed: u32,
        t: f32,
        phase: f32,
    }

    /// A stretch of it.
    #[derive(Clone, Copy)]
    struct Way {
        cadence: f32,
        /// Lateral acceleration of rocking, m/s².
        rock: f32,
        /// How unlike each other the swings are, part of them.
        uneven: f32,
        /// Vertical shaking by the road, m/s²; lateral and forward it is the half.
        road: f32,
        /// A hole every so many seconds, that pushes this much to the side, m/s², for 60 ms.
        holes: Option<(f32, f32)>,
        /// How strongly the rider bobs up and down, twice per revolution and once, m/s².
        bob: f32,
        /// A swerve of this lateral acceleration at 0.15 Hz.
        swerve: f32,
        pedalling: Option<bool>,
    }

    const SMOOTH: Way =
        Way { cadence: 85.0, rock: 0.3, uneven: 0.1, road: 1.2, holes: None, bob: 0.0, swerve: 0.0, pedalling: None };
    const UP: Way = Way { cadence: 65.0, rock: 2.0, uneven: 0.2, ..SMOOTH };
    const REST: Way = Way { rock: 0.0, road: 0.0, ..SMOOTH };

    impl Ride {
        fn new(rate: Rate, seed: u32) -> Self {
            Self { rate, lateral: Lateral::X, tilt: [0.0; 3], seed: 0x2545_f491 ^ (seed * 7919), t: 0.0, phase: 0.0 }
        }

        fn number(&mut self) -> f32 {
            self.seed ^= self.seed << 13;
            self.seed ^= self.seed >> 17;
            self.seed ^= self.seed << 5;
            self.seed as f32 / u32::MAX as f32 - 0.5
        }

        /// Normal enough, of deviation 1.
        fn noise(&mut self) -> f32 {
            (0..12).map(|_| self.number()).sum()
        }

        fn sample(&mut self, way: Way) -> Acceleration {
            let dt = 1.0 / self.rate.hz();
            self.t += dt;
            self.phase += way.cadence / 60.0 * dt;
            let turn = core::f32::consts::TAU;
            // Each revolution has its own strength.
            let uneven = (self.phase.floor() * 12.9898).sin() * way.uneven;
            let mut side = way.rock * (1.0 + uneven) * (self.phase * turn).sin();
            side += way.swerve * (0.15 * turn * self.t).sin();
            if let Some((every, push)) = way.holes {
                let sign = if ((self.t / every) as u32).is_multiple_of(2) { 1.0 } else { -1.0 };
                side += if self.t % every < 0.06 { sign * push } else { 0.0 };
            }
            let ahead = 0.4 * (2.0 * self.phase * turn).sin();
            let bob = way.bob * ((2.0 * self.phase * turn).cos() + (self.phase * turn).cos());
            let felt = [
                side + self.noise() * way.road / 2.0,
                ahead + self.noise() * way.road / 2.0,
                9.81 + bob + self.noise() * way.road,
            ];
            let [pitch, roll, yaw] = self.tilt.map(f32::to_radians);
            let [x, y, z] = felt;
            let (x, y) = (x * yaw.cos() + y * yaw.sin(), y * yaw.cos() - x * yaw.sin());
            let (y, z) = (y * pitch.cos() + z * pitch.sin(), z * pitch.cos() - y * pitch.sin());
            let (x, z) = (x * roll.cos() + z * roll.sin(), z * roll.cos() - x * roll.sin());
            let [x, y, z] = match self.lateral {
                Lateral::X => [x, y, z],
                Lateral::Y => [-y, x, z],
                Lateral::Z => [z, y, -x],
            };
            let digit = |it: f32| i16::from((it / M_S2_PER_MG / 32.0).round() as i8) * 32;
            Acceleration { x: digit(x), y: digit(y), z: digit(z) }
        }

        /// Rides so for a while; what was said at which second, whenever it was something else.
        fn go(&mut self, sense: &mut PostureSense, way: Way, seconds: f32) -> Vec<(f32, Option<Posture>)> {
            let begun = self.t;
            let mut said = std::vec![(0.0, sense.posture())];
            for _ in 0..(seconds * self.rate.hz()) as usize {
                let sample = self.sample(way);
                let posture = sense.push(sample, way.pedalling);
                if said.last().is_some_and(|(_, last)| *last != posture) {
                    said.push((self.t - begun, posture));
                }
            }
            said
        }
    }

    const RATES: [Rate; 2] = [Rate::Hz25, Rate::Hz50];

    /// From nothing known.
    fn ride(rate: Rate, seed: u32, way: Way, seconds: f32) -> Vec<(f32, Option<Posture>)> {
        Ride::new(rate, seed).go(&mut PostureSense::new(Lateral::X, rate), way, seconds)
    }

    fn said(of: &[(f32, Option<Posture>)]) -> Vec<Option<Posture>> {
        of.iter().map(|(_, posture)| *posture).collect()
    }

    #[test]
    fn the_filters_let_cadences_through_and_nothing_else() {
        for rate in RATES.map(Rate::hz) {
            let gain = |hz: f32| {
                let ([mut low, _], [_, mut high]) = (Biquad::pair(2.5, rate), Biquad::pair(0.5, rate));
                let wave = |i: i32| (i as f32 / rate * hz * core::f32::consts::TAU).sin();
                let values: Vec<f32> = (0..2000).map(|i| high.pass(low.pass(wave(i))).abs()).collect();
                values[1000..].iter().copied().fold(0.0, f32::max)
            };
            for hz in [0.7, 1.0, 1.4, 1.8] {
                assert!((0.85..1.01).contains(&gain(hz)), "{hz} Hz: {}", gain(hz));
            }
            for hz in [0.15, 7.0, 11.0] {
                assert!(gain(hz) < 0.15, "{hz} Hz: {}", gain(hz));
            }
        }
    }

    #[test]
    fn on_any_road_a_seated_rider_is_seated() {
        for rate in RATES {
            for seed in 0..8 {
                for road in [0.6, 1.2, 2.5] {
                    for cadence in [45.0, 85.0, 105.0] {
                        let all = ride(rate, seed, Way { cadence, road, ..SMOOTH }, 120.0);
                        assert_eq!(said(&all), [None, Some(Seated)], "{rate:?} {seed} {road} {cadence}: {all:?}");
                        assert!(all[1].0 < if road < 2.0 { 10.0 } else { 20.0 }, "{road} {cadence}: {all:?}");
                    }
                }
            }
        }
    }

    /// How much of the time it is as it should be, of what is known.
    fn share(rate: Rate, way: Way, of: Posture) -> f32 {
        let (mut right, mut known) = (0.0, 0.0);
        for seed in 0..10 {
            let mut ride = Ride::new(rate, seed);
            let mut sense = PostureSense::new(Lateral::X, rate);
            for _ in 0..(300.0 * rate.hz()) as usize {
                let sample = ride.sample(way);
                if let Some(posture) = sense.push(sample, way.pedalling) {
                    known += 1.0;
                    right += if posture == of { 1.0 } else { 0.0 };
                }
            }
        }
        right / known
    }

    #[test]
    fn on_cobbles_it_is_seldom_wrong() {
        for rate in RATES {
            let cobbles = Way { road: 4.0, cadence: 75.0, ..SMOOTH };
            let seated = share(rate, cobbles, Seated);
            let standing = share(rate, Way { rock: 2.5, uneven: 0.2, ..cobbles }, Standing);
            std::println!("{rate:?} on cobbles: seated {seated}, standing {standing}");
            assert!(seated > 0.95 && standing > 0.95, "{rate:?}: {seated} {standing}");
        }
    }

    #[test]
    fn who_rocks_the_bike_stands() {
        for rate in RATES {
            for seed in 0..8 {
                for (cadence, within) in [(45.0, 6.0), (65.0, 5.0), (85.0, 5.0), (100.0, 5.0)] {
                    for road in [0.6, 2.5] {
                        let all = ride(rate, seed, Way { cadence, road, ..UP }, 90.0);
                        assert_eq!(said(&all), [None, Some(Standing)], "{rate:?} {seed} {cadence} {road}: {all:?}");
                        assert!(all[1].0 < within, "{cadence}: {all:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn going_up_and_down_is_told_within_the_stated_delay() {
        let (mut latest_up, mut latest_down) = (0.0_f32, 0.0_f32);
        for rate in RATES {
            for seed in 0..8 {
                for (cadence, within) in [(45.0, 5.0), (70.0, 3.5), (100.0, 2.5)] {
                    let mut ride = Ride::new(rate, seed);
                    let mut sense = PostureSense::new(Lateral::X, rate);
                    ride.go(&mut sense, SMOOTH, 30.0);
                    for _ in 0..5 {
                        let up = ride.go(&mut sense, Way { cadence, ..UP }, 25.0);
                        assert_eq!(said(&up), [Some(Seated), Some(Standing)], "{cadence} {up:?}");
                        assert!(up[1].0 <= within, "{cadence} {up:?}");
                        let down = ride.go(&mut sense, Way { cadence, ..SMOOTH }, 25.0);
                        assert_eq!(said(&down), [Some(Standing), Some(Seated)], "{cadence} {down:?}");
                        assert!((3.0..=7.0).contains(&down[1].0), "{cadence} {down:?}");
                        (latest_up, latest_down) = (latest_up.max(up[1].0), latest_down.max(down[1].0));
                    }
                }
            }
        }
        std::println!("up within {latest_up} s, down within {latest_down} s");
    }

    #[test]
    fn sway_between_the_two_changes_nothing() {
        for rate in RATES {
            for (before, way) in [(Seated, SMOOTH), (Standing, UP)] {
                let mut ride = Ride::new(rate, 3);
                let mut sense = PostureSense::new(Lateral::X, rate);
                ride.go(&mut sense, way, 30.0);
                let between = Way { rock: 0.78, uneven: 0.0, road: 0.6, ..UP };
                assert_eq!(said(&ride.go(&mut sense, between, 60.0)), [Some(before)]);
            }
        }
    }

    #[test]
    fn holes_and_swerves_are_not_standing() {
        for rate in RATES {
            for seed in 0..8 {
                for (every, push) in [(3.0, 10.0), (4.0, 30.0), (7.0, 30.0)] {
                    let all = ride(rate, seed, Way { holes: Some((every, push)), ..SMOOTH }, 120.0);
                    assert!(!said(&all).contains(&Some(Standing)), "{rate:?} {seed} {every} {push}: {all:?}");
                }
                let all = ride(rate, seed, Way { swerve: 2.5, ..SMOOTH }, 120.0);
                assert_eq!(said(&all), [None, Some(Seated)], "{all:?}");
            }
        }
    }

    #[test]
    fn who_is_known_to_coast_is_not_known_to_sit_or_stand() {
        for (before, way) in [(Seated, SMOOTH), (Standing, UP)] {
            let mut ride = Ride::new(Rate::Hz25, 1);
            let mut sense = PostureSense::new(Lateral::X, Rate::Hz25);
            ride.go(&mut sense, way, 30.0);
            let coasting = Way { rock: 0.0, cadence: 0.0, pedalling: Some(false), ..SMOOTH };
            assert_eq!(said(&ride.go(&mut sense, coasting, 2.0)), [Some(before)], "a moment is no news");
            let all = ride.go(&mut sense, coasting, 60.0);
            assert_eq!(said(&all), [Some(before), None]);
            let all = ride.go(&mut sense, Way { pedalling: Some(true), ..SMOOTH }, 20.0);
            assert_eq!(said(&all), [None, Some(Seated)]);
        }
        // Where nobody counts the crank's turns it reads as seated.
        let all = ride(Rate::Hz25, 1, Way { rock: 0.0, cadence: 0.0, ..SMOOTH }, 60.0);
        assert_eq!(said(&all), [None, Some(Seated)]);
    }

    #[test]
    fn a_bike_at_rest_tells_nothing_not_even_when_it_is_knocked() {
        for rate in RATES {
            assert_eq!(said(&ride(rate, 1, REST, 60.0)), [None]);
            assert_eq!(said(&ride(rate, 1, Way { holes: Some((15.0, 30.0)), ..REST }, 60.0)), [None]);
            // The last digit trembles.
            assert_eq!(said(&ride(rate, 2, Way { road: 0.1, ..REST }, 60.0)), [None]);
            let mut ride = Ride::new(rate, 1);
            let mut sense = PostureSense::new(Lateral::X, rate);
            ride.go(&mut sense, UP, 30.0);
            let all = ride.go(&mut sense, REST, 30.0);
            assert_eq!(said(&all).last(), Some(&None), "stood at the lights: {all:?}");
        }
    }

    #[test]
    fn however_it_is_mounted() {
        for lateral in [Lateral::X, Lateral::Y, Lateral::Z] {
            for pitch in [-30.0, 0.0, 45.0, 80.0] {
                for (roll, yaw) in [(0.0, 0.0), (15.0, -10.0), (-20.0, 15.0), (180.0, 0.0)] {
                    for (way, posture) in [(SMOOTH, Seated), (UP, Standing)] {
                        let mut ride = Ride { lateral, tilt: [pitch, roll, yaw], ..Ride::new(Rate::Hz25, 5) };
                        let all = ride.go(&mut PostureSense::new(lateral, Rate::Hz25), way, 60.0);
                        assert_eq!(said(&all), [None, Some(posture)], "{lateral:?} {pitch} {roll} {yaw}");
                    }
                }
            }
        }
        // What goes up and down is not sideways, not even for a chip that hangs over to the side.
        let bobbing = Way { bob: 2.0, ..SMOOTH };
        for roll in [-50.0, -30.0, 30.0, 50.0] {
            let mut ride = Ride { tilt: [20.0, roll, 0.0], ..Ride::new(Rate::Hz25, 5) };
            let all = ride.go(&mut PostureSense::new(Lateral::X, Rate::Hz25), bobbing, 60.0);
            assert_eq!(said(&all), [None, Some(Seated)], "{roll}");
        }
        // An axis that points up is nobody's side.
        let mut ride = Ride::new(Rate::Hz25, 5);
        assert_eq!(said(&ride.go(&mut PostureSense::new(Lateral::Z, Rate::Hz25), UP, 60.0)), [None]);
    }

    #[test]
    fn a_gap_keeps_what_is_known_and_broken_samples_are_survived() {
        let mut ride = Ride::new(Rate::Hz25, 1);
        let mut sense = PostureSense::new(Lateral::X, Rate::Hz25);
        ride.go(&mut sense, UP, 30.0);
        sense.gap();
        assert_eq!(said(&ride.go(&mut sense, UP, 30.0)), [Some(Standing)]);
        for extreme in [i16::MIN, i16::MAX, 0] {
            for _ in 0..2000 {
                sense.push(Acceleration { x: extreme, y: extreme, z: extreme }, None);
            }
            assert_eq!(sense.posture(), None, "{extreme}");
        }
        let all = ride.go(&mut sense, UP, 90.0);
        assert_eq!(said(&all), [None, Some(Standing)]);
    }
}
