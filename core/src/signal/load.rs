//! The load that a muscle answers to: power and cadence through the lags of muscle.
//!
//! SmO2 falls with power through a short dead time and a lag that differs by muscle (VL about 15 s, calf 20 to 30 s),
//! in recordings it comes back up to twice as slowly, and the calf falls with cadence at fixed power (Skovereng 2017).
//! Three lags of power, one that comes back late and one of cadence span all that; what a muscle makes of them is
//! learned by [`super::expectation`].

use crate::time::{Duration, Instant};
use crate::units::{Rpm, Watts};

/// Numbers in a load: three lags of power, one that comes back late, and one of cadence.
pub const LOADS: usize = 5;
/// Dead time between power and SmO2.
const DEAD_TIME_S: usize = 5;
/// Time constants of power's lags. Together they span every single lag from 12 to 35 s, and two in a row: what is left
/// of intervals of 30 s is under 1 % of their swing.
const LAGS_S: [f32; 3] = [8.0, 16.0, 32.0];
/// The lag that comes back late: up and down. With it, what is left of muscles that come back 1.6 times as slowly as they
/// go is a third of what it was.
const LATE_S: (f32, f32) = (16.0, 32.0);
const CADENCE_S: f32 = 20.0;
const TYPICAL_POWER_W: f32 = 200.0;
const TYPICAL_CADENCE_RPM: f32 = 85.0;
/// After a gap in power the lags need this long to mean something again.
const SETTLE: Duration = Duration::from_s(60);

/// Lagged power and cadence, stepped once a second.
#[derive(Clone, Copy, Debug)]
pub struct LoadLags {
    delayed_w: [f32; DEAD_TIME_S],
    state: Option<Lags>,
    known_since: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Lags {
    power: [f32; 3],
    late: f32,
    cadence: f32,
}

/// The lagged load at one moment, scaled so that the parameters are of order one to ten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load([f32; LOADS]);

impl LoadLags {
    /// Nothing known yet.
    pub const fn new() -> Self {
        Self { delayed_w: [0.0; DEAD_TIME_S], state: None, known_since: None }
    }

    /// One second passes at this power and cadence. Without power the lags start anew; without cadence it is
    /// taken as typical.
    pub fn step(&mut self, now: Instant, power: Option<Watts>, cadence: Option<Rpm>) {
        let Some(Watts(power)) = power else {
            *self = Self::new();
            return;
        };
        let power = f32::from(power);
        let cadence = match cadence {
            Some(Rpm(rpm)) if rpm > 0 => f32::from(rpm),
            _ => TYPICAL_CADENCE_RPM,
        };
        let Some(lags) = &mut self.state else {
            self.delayed_w = [power; DEAD_TIME_S];
            self.state = Some(Lags { power: [power; 3], late: power, cadence });
            self.known_since = Some(now);
            return;
        };
        let [oldest, rest @ ..] = self.delayed_w;
        let [b, c, d, e] = rest;
        self.delayed_w = [b, c, d, e, power];
        for (lag, s) in lags.power.iter_mut().zip(LAGS_S) {
            *lag += (oldest - *lag) / s;
        }
        let late = oldest - lags.late;
        lags.late += late / if late > 0.0 { LATE_S.0 } else { LATE_S.1 };
        lags.cadence += (cadence - lags.cadence) / CADENCE_S;
    }

    /// The lagged load, once power has been known long enough.
    pub fn load(&self, now: Instant) -> Option<Load> {
        let since = self.known_since?;
        let Lags { power: [fast, middle, slow], late, cadence } = self.state?;
        (now.since(since) >= SETTLE).then_some(Load([
            (fast - TYPICAL_POWER_W) / 100.0,
            (middle - TYPICAL_POWER_W) / 100.0,
            (slow - TYPICAL_POWER_W) / 100.0,
            (late - middle) / 100.0,
            (cadence - TYPICAL_CADENCE_RPM) / 10.0,
        ]))
    }
}

impl Load {
    /// Fast, middle and slow lag of power (100 W), each from a typical one; how late one comes back (100 W above the middle
    /// one); lag of cadence (10 rpm), from a typical one.
    pub const fn values(&self) -> [f32; LOADS] {
        self.0
    }

    /// How much lags that are not quite the muscle's own may miss now: (100 W)² between the two.
    pub fn misfit(&self) -> f32 {
        let [fast, _, slow, ..] = self.0;
        (fast - slow) * (fast - slow)
    }
}

impl Default for LoadLags {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_power_nothing_is_expected() {
        let mut lags = LoadLags::new();
        for s in 0..200 {
            lags.step(Instant::from_ms(s * 1000), None, Some(Rpm(90)));
        }
        assert_eq!(lags.load(Instant::from_ms(200_000)), None);
    }
}
