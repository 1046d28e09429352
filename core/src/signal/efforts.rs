//! Efforts and rests, found in power: stretches of like power, with a sharp change between two of them.
//!
//! A stretch ends when the 5-s mean of power has been off its mean by more than 40 W and 20 % for 3 s. It is an effort
//! or a rest if the change into it was at least 60 W within some ten seconds, after a stretch that had lasted; hills, ramps and
//! the like are neither. Power in watts, one call a second. Delay: 3 s until a stretch begins, 8 s until it is known what it is.

use crate::math;

/// The least change that makes an effort or a rest, W.
pub const LEAST_CHANGE_W: f32 = 60.0;
/// Both sides of the change must last, seconds.
const LONG_ENOUGH_S: u16 = 45;
const MEAN_S: usize = 5;
const OFF_W: f32 = 40.0;
const OFF_SHARE: f32 = 0.2;
const OFF_S: u8 = 3;
/// From its beginning until the 5-s mean holds nothing of the stretch before, with some room.
const SETTLED_S: u16 = 8;
/// A stretch's mean follows slow changes over so many seconds.
const MEMORY_S: u16 = 60;

/// What a stretch of like power is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not known yet, or nothing of interest.
    Other,
    /// Power has risen sharply into it.
    Effort,
    /// Power has fallen sharply into it.
    Rest,
}

/// What a second brings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// Power is not known, and what was before is forgotten.
    Unknown,
    /// The stretch goes on.
    Same,
    /// A new stretch has begun, some 3 s ago, after one of this mean power.
    Begun {
        /// Watts.
        from_w: f32,
    },
}

/// The stretch that is being ridden.
#[derive(Clone, Copy, Debug)]
pub struct Efforts {
    recent_w: [u16; MEAN_S],
    heard: u8,
    off_s: u8,
    age_s: u16,
    mean_w: f32,
    mean_of: u16,
    /// The 5-s mean when it last was near the mean, and that of the stretch before.
    near_w: f32,
    left_w: f32,
    lasted_s: u16,
    kind: Kind,
}

impl Efforts {
    /// Nothing known.
    pub const fn new() -> Self {
        Self {
            recent_w: [0; MEAN_S],
            heard: 0,
            off_s: 0,
            age_s: 0,
            mean_w: 0.0,
            mean_of: 0,
            near_w: 0.0,
            left_w: 0.0,
            lasted_s: 0,
            kind: Kind::Other,
        }
    }

    /// What the stretch is, as far as is known.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// How long it has lasted, seconds.
    pub const fn age_s(&self) -> u16 {
        self.age_s
    }

    /// Its mean power, W; `None` while it is not settled.
    pub fn mean_w(&self) -> Option<f32> {
        (self.mean_of > 0).then_some(self.mean_w)
    }

    /// A second of riding.
    pub fn second(&mut self, power_w: Option<u16>) -> Turn {
        let Some(power_w) = power_w else {
            *self = Self::new();
            return Turn::Unknown;
        };
        math::shift_in(&mut self.recent_w, power_w);
        self.heard = self.heard.saturating_add(1);
        self.age_s = self.age_s.saturating_add(1);
        if self.age_s < SETTLED_S || usize::from(self.heard) < MEAN_S {
            return Turn::Same;
        }
        let now_w = self.recent_w.iter().map(|&w| f32::from(w)).sum::<f32>() / MEAN_S as f32;
        if self.mean_of == 0 {
            self.kind = self.kind_of(now_w);
            (self.mean_w, self.near_w, self.mean_of) = (now_w, now_w, MEAN_S as u16);
        }
        if libm::fabsf(now_w - self.mean_w) > math::max(OFF_W, OFF_SHARE * self.mean_w) {
            self.off_s += 1;
            if self.off_s == OFF_S {
                let from_w = self.mean_w;
                *self = Self {
                    recent_w: self.recent_w,
                    heard: self.heard,
                    left_w: self.near_w,
                    lasted_s: self.age_s,
                    ..Self::new()
                };
                return Turn::Begun { from_w };
            }
        } else {
            self.off_s = 0;
            self.near_w = now_w;
            self.mean_of = (self.mean_of + 1).min(MEMORY_S);
            self.mean_w += (f32::from(power_w) - self.mean_w) / f32::from(self.mean_of);
        }
        Turn::Same
    }

    fn kind_of(&self, now_w: f32) -> Kind {
        let change = now_w - self.left_w;
        if self.lasted_s < LONG_ENOUGH_S || libm::fabsf(change) < LEAST_CHANGE_W {
            Kind::Other
        } else if change > 0.0 {
            Kind::Effort
        } else {
            Kind::Rest
        }
    }
}

impl Default for Efforts {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::vec::Vec;

    /// Seconds at which stretches begin, with what they turn out to be.
    fn found(seconds: u16, power: impl Fn(u16) -> Option<u16>) -> Vec<(u16, Kind)> {
        let (mut efforts, mut found) = (Efforts::new(), Vec::new());
        for s in 0..seconds {
            match efforts.second(power(s)) {
                Turn::Begun { .. } => found.push((s, Kind::Other)),
                Turn::Unknown => found.clear(),
                Turn::Same => {}
            }
            if let Some(last) = found.last_mut() {
                last.1 = efforts.kind();
            }
        }
        found
    }

    #[test]
    fn work_and_rest_in_turn_are_found_within_a_few_seconds() {
        let power = |s: u16| Some(if (s / 120).is_multiple_of(2) { 280 } else { 120 });
        let wanted = [(122, Kind::Rest), (242, Kind::Effort), (362, Kind::Rest)];
        let seen = found(480, power);
        assert_eq!(seen.len(), 3, "{seen:?}");
        for ((s, kind), (near, is)) in seen.into_iter().zip(wanted) {
            assert!(s.abs_diff(near) <= 2 && kind == is, "{s} {kind:?}");
        }
    }

    #[test]
    fn short_ones_hills_and_ramps_are_none() {
        let half_minutes = |s: u16| Some(if (s / 30).is_multiple_of(2) { 300_u16 } else { 100 });
        let hills = |s: u16| Some((220.0 + 80.0 * libm::sinf(f32::from(s) / 300.0 * core::f32::consts::TAU)) as u16);
        let ramp = |s: u16| Some(100 + s / 5);
        for power in [&half_minutes as &dyn Fn(u16) -> Option<u16>, &hills, &ramp] {
            let seen = found(1200, power);
            assert!(seen.iter().all(|(_, kind)| *kind == Kind::Other), "{seen:?}");
        }
    }

    #[test]
    fn nothing_is_known_of_power_that_was_not_heard() {
        let power = |s: u16| if s == 118 { None } else { Some(if s < 120 { 280 } else { 0 }) };
        assert!(found(200, power).iter().all(|(_, kind)| *kind == Kind::Other));
    }
}
