//! A rider on a trainer as tests need one: levels of calf and thigh at one power with coloured noise, from a seed.

use super::{LegNow, Moment, Seen};
use crate::sensor::{Identity, Muscle, Reason, Side, Site};
use crate::units::{Rpm, Watts};

/// The calf and the thigh of the right leg.
pub(crate) const CALF: Site = Site::new(Muscle::GastrocnemiusMedialis, Side::Right);
pub(crate) const THIGH: Site = Site::new(Muscle::VastusLateralis, Side::Right);

/// The same muscle on the left.
pub(crate) const fn left(site: Site) -> Site {
    Site::new(site.muscle, Side::Left)
}

/// A muscle that is worn.
pub(crate) const fn seen(site: Site, smo2: Result<f32, Reason>) -> Seen {
    Seen { site, identity: Identity::Channel(site.muscle as u8), contact: 0, smo2 }
}

/// 200 W at 88 rpm with these levels on the right leg.
pub(crate) fn ridden(calf: f32, thigh: f32) -> Moment<'static> {
    let leg = LegNow { calf: Some(seen(CALF, Ok(calf))), thigh: Some(seen(THIGH, Ok(thigh))), d: None };
    Moment { legs: [LegNow::default(), leg], power: Some(Watts(200)), cadence: Some(Rpm(88)), ..Moment::default() }
}

/// Coloured noise of one muscle, a second at a time: a first-order autoregression whose integrated time is 27 s.
pub(crate) struct Noise {
    random: u64,
    keeps: f32,
    sd: f32,
    v: f32,
}

impl Noise {
    pub(crate) fn new(seed: u64, sd: f32) -> Self {
        // The integrated time of an autoregression is (1 + k) / (1 - k).
        let keeps = (27.0 - 1.0) / (27.0 + 1.0);
        let mut new = Self { random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D, keeps, sd, v: 0.0 };
        (0..8).for_each(|_| {
            new.normal();
        });
        new.v = new.normal();
        new
    }

    /// Normal enough: of twelve even ones, variance 1.
    pub(crate) fn normal(&mut self) -> f32 {
        let mut sum = -6.0;
        for _ in 0..12 {
            self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (self.random >> 40) as f32 / (1 << 24) as f32;
        }
        sum
    }

    pub(crate) fn second(&mut self) -> f32 {
        self.v = self.keeps * self.v + libm::sqrtf(1.0 - self.keeps * self.keeps) * self.normal();
        self.sd * self.v
    }
}

/// A rider whose two muscles have noise of their own.
pub(crate) struct Rider {
    pub(crate) calf: Noise,
    pub(crate) thigh: Noise,
    /// Drift of the calf, points a minute, and for how long it has lasted.
    pub(crate) drift: f32,
    pub(crate) s: u32,
}

impl Rider {
    pub(crate) fn new(seed: u64, sd: f32) -> Self {
        Self { calf: Noise::new(2 * seed, sd), thigh: Noise::new(2 * seed + 1, sd), drift: 0.0, s: 0 }
    }

    /// A second with the calf so far from its usual level.
    pub(crate) fn second(&mut self, points: f32) -> Moment<'static> {
        self.s += 1;
        let drift = self.drift * self.s as f32 / 60.0;
        ridden(50.0 + points + drift + self.calf.second(), 60.0 + self.thigh.second())
    }
}
