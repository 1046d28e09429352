//! The load that a muscle answers to: power and cadence through the lags of muscle.
//!
//! SmO2 falls with power through a short dead time and a lag that differs by muscle (VL about 15 s, calf 20 to 30 s),
//! and the calf falls with cadence at fixed power (Skovereng 2017). Three lags of power and one of cadence span both;
//! what a muscle makes of them is learned by [`super::expectation`].

use crate::time::{Duration, Instant};
use crate::units::{Rpm, Watts};

/// Numbers in a load: three lags of power and one of cadence.
pub const LOADS: usize = 4;
/// Dead time between power and SmO2.
const DEAD_TIME_S: usize = 5;
/// Time constants of power's lags. Together they span every single lag from 12 to 35 s, and two in a row: what is left
/// of intervals of 30 s is under 1 % of their swing.
const LAGS_S: [f32; 3] = [8.0, 16.0, 32.0];
const CADENCE_S: f32 = 20.0;
const TYPICAL_POWER_W: f32 = 200.0;
const TYPICAL_CADENCE_RPM: f32 = 85.0;
/// After a gap in power the lags need this long to mean something again.
const SETTLE: Duration = Duration::from_s(60);

/// Lagged power and cadence, stepped once a second.
#[derive(Clone, Copy, Debug)]
pub struct LoadLags {
    delayed_w: [f32; DEAD_TIME_S],
    state: Option<([f32; 3], f32)>,
    known_since: Option<Instant>,
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
        let Some((lags, lagged_cadence)) = &mut self.state else {
            self.delayed_w = [power; DEAD_TIME_S];
            self.state = Some(([power; 3], cadence));
            self.known_since = Some(now);
            return;
        };
        let [oldest, rest @ ..] = self.delayed_w;
        let [b, c, d, e] = rest;
        self.delayed_w = [b, c, d, e, power];
        for (lag, s) in lags.iter_mut().zip(LAGS_S) {
            *lag += (oldest - *lag) / s;
        }
        *lagged_cadence += (cadence - *lagged_cadence) / CADENCE_S;
    }

    /// The lagged load, once power has been known long enough.
    pub fn load(&self, now: Instant) -> Option<Load> {
        let since = self.known_since?;
        let ([fast, middle, slow], cadence) = self.state?;
        (now.since(since) >= SETTLE).then_some(Load([
            (fast - TYPICAL_POWER_W) / 100.0,
            (middle - TYPICAL_POWER_W) / 100.0,
            (slow - TYPICAL_POWER_W) / 100.0,
            (cadence - TYPICAL_CADENCE_RPM) / 10.0,
        ]))
    }
}

impl Load {
    /// Fast, middle and slow lag of power (100 W) and lag of cadence (10 rpm), each from a typical one.
    pub const fn values(&self) -> [f32; LOADS] {
        self.0
    }

    /// How much lags that are not quite the muscle's own may miss now: (100 W)² between the two.
    pub fn misfit(&self) -> f32 {
        let [fast, _, slow, _] = self.0;
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
