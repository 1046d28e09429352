//! Has the sensor moved on the skin? Then its numbers are a new level, not the muscle's news.
//!
//! A moved contact, or another sensor in its place, shows as a step between neighbouring samples to a level that stays for
//! 10 s, and is said then. Any of these is one:
//!
//! - 8 points of SmO2 together with 0.15 g/dL of tHb. In 56 h of smoothed riding no step of 8 points was seen; in 40 min of
//!   two raw sensors 22, several plainly changes of contact. A hole of up to a minute may lie between; with 0.8 g/dL of tHb,
//!   as after light has leaked in, one of ten minutes.
//! - 0.15 g/dL of tHb alone, five times its own jitter: in riding tHb has a standard deviation of 0.01 to 0.05, and a whole
//!   occlusion takes minutes to move it by as much.
//! - 5 points of SmO2 alone, 4 for each second since the last sample, if tHb has nothing to say, under load: muscle takes
//!   several seconds to fall, and recovers by 2.5 points a second at most. It must be five times the sensor's jitter (the
//!   worst raw ones have white noise of 4.5 points), come all at once and stand still afterwards.
//!
//! While the new number has not changed once it may be frozen, and nothing is said of it yet.

use super::Value;
use super::jitter::Jitter;
use crate::math;
use crate::time::{Duration, Instant};
use crate::units::{Thb, ThbScale};

/// Samples before a step that make the old level.
const BEFORE: usize = 3;
/// A step of SmO2, points.
const STEP: f32 = 8.0;
/// A step of SmO2 that needs no other, points, if it is faster than muscle.
const ALONE: f32 = 5.0;
/// What must stay of a step that has tHb with it.
const STAYS: f32 = 6.0;
/// The step of tHb that goes with it, g/dL: three to five standard deviations of tHb in riding.
const THB_STEP: f32 = 0.15;
const THB_STAYS: f32 = 0.10;
/// A step of tHb that needs no other, g/dL.
const THB_ALONE: f32 = 0.15;
/// A step of tHb that no muscle makes in ten minutes, g/dL.
const THB_FAR: f32 = 0.8;
/// A step without another is so many times the jitter, and most of it comes and stays.
const TIMES_JITTER: f32 = 5.0;
const MOST: f32 = 0.7;
/// What may come after the step without it being a fall that goes on, as a share of the step.
const GOES_ON: f32 = 0.4;
/// The jitter of the worst sensor: points and g/dL.
const WORST_JITTER: f32 = 5.0;
const WORST_THB_JITTER: f32 = 0.05;
/// How long the new level must stay.
const CONFIRM: Duration = Duration::from_s(10);
/// Samples further apart have a hole between them.
const NEIGHBOURS: Duration = Duration::from_s(5);
/// A step of SmO2 alone is faster than this all the time since the last sample, points a second.
const FASTER: f32 = 4.0;
/// A hole up to this long is bridged: a sensor that was taken off may be back in another place.
const BRIDGED: Duration = Duration::from_s(60);
/// And this one with [`THB_FAR`].
const BRIDGED_FAR: Duration = Duration::from_s(600);

/// SmO2 in percent, and tHb in g/dL where it is sent in this scale.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Level {
    smo2: f32,
    thb: Option<f32>,
}

/// Watches one sensor's good samples.
#[derive(Clone, Copy, Debug)]
pub struct Contact {
    recent: [Option<Level>; BEFORE],
    last_at: Option<Instant>,
    jitter: Jitter,
    thb_jitter: Jitter,
    step: Option<Step>,
}

/// A step that may turn out to stay.
#[derive(Clone, Copy, Debug)]
struct Step {
    at: Instant,
    before: Level,
    first: Level,
    last: Level,
    /// Why it is one.
    witness: Witness,
    /// Some sample since was another.
    lives: bool,
    smo2_sum: f32,
    thb_sum: f32,
    n: u16,
    thb_n: u16,
}

/// What makes a step one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Witness {
    Both,
    Thb,
    Smo2,
}

impl Contact {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self {
            recent: [None; BEFORE],
            last_at: None,
            jitter: Jitter::new(WORST_JITTER),
            thb_jitter: Jitter::new(WORST_THB_JITTER),
            step: None,
        }
    }

    /// What is being watched is not the contact's doing. How much the sensor jitters is still true.
    pub const fn forget(&mut self) {
        self.recent = [None; BEFORE];
        self.step = None;
    }

    /// Takes a good sample. When a contact has moved: by how many points of SmO2 the level changed.
    ///
    /// `loaded` is false when the rider is known to be at rest.
    pub fn push(&mut self, now: Instant, value: Value, loaded: bool) -> Option<f32> {
        let thb = value.thb.filter(|thb| thb.scale == ThbScale::GramsPerDecilitre).map(Thb::value);
        let level = Level { smo2: value.smo2.percent(), thb };
        let hole = self.last_at.map(|at| now.since(at));
        self.last_at = Some(now);
        if hole.is_none_or(|hole| hole > BRIDGED_FAR) {
            self.forget();
        } else if hole.is_some_and(|hole| hole > NEIGHBOURS)
            && let Some(step) = self.step.take()
        {
            // What was said while it was taken off is no new level.
            self.recent = [Some(step.before); BEFORE];
        }
        if let Some(step) = &mut self.step {
            step.push(level);
            if now.since(step.at) < CONFIRM || !step.lives {
                return None;
            }
            let moved = step.stayed();
            self.forget();
            return moved;
        }
        if let Some(hole) = hole
            && let Some(before) = self.before()
        {
            if let Some(witness) = self.witness(before, level, hole, loaded) {
                self.step = Some(Step::new(now, before, level, witness));
                return None;
            }
            if hole > BRIDGED {
                self.forget();
            } else if hole <= NEIGHBOURS {
                self.learn(level);
            }
        }
        let [_, b, c] = self.recent;
        self.recent = [b, c, Some(level)];
        None
    }

    /// Whether a step is being watched: what is seen now may be the contact's doing.
    pub const fn is_suspect(&self) -> bool {
        self.step.is_some()
    }

    fn before(&self) -> Option<Level> {
        let [Some(a), Some(b), Some(c)] = self.recent else { return None };
        let thb = match (a.thb, b.thb, c.thb) {
            (Some(a), Some(b), Some(c)) => Some((a + b + c) / 3.0),
            _ => None,
        };
        Some(Level { smo2: (a.smo2 + b.smo2 + c.smo2) / 3.0, thb })
    }

    fn learn(&mut self, level: Level) {
        let [.., Some(last)] = self.recent else { return };
        self.jitter.push(level.smo2 - last.smo2);
        if let Some((thb, last)) = level.thb.zip(last.thb) {
            self.thb_jitter.push(thb - last);
        }
    }

    fn witness(&self, before: Level, level: Level, hole: Duration, loaded: bool) -> Option<Witness> {
        let smo2 = libm::fabsf(level.smo2 - before.smo2);
        let thb = level.thb.zip(before.thb).map_or(0.0, |(thb, before)| libm::fabsf(thb - before));
        if hole > BRIDGED {
            return (thb >= THB_FAR).then_some(Witness::Thb);
        }
        if smo2 >= STEP && thb >= THB_STEP {
            return Some(Witness::Both);
        }
        if hole <= NEIGHBOURS && thb >= math::max(THB_ALONE, TIMES_JITTER * self.thb_jitter.usual()) {
            return Some(Witness::Thb);
        }
        let [.., Some(last)] = self.recent else { return None };
        let at_once = libm::fabsf(level.smo2 - last.smo2) >= MOST * smo2;
        let large = smo2 >= math::max(math::max(ALONE, FASTER * hole.as_s_f32()), TIMES_JITTER * self.jitter.usual());
        (large && at_once && loaded && hole <= NEIGHBOURS).then_some(Witness::Smo2)
    }
}

impl Default for Contact {
    fn default() -> Self {
        Self::new()
    }
}

impl Step {
    fn new(at: Instant, before: Level, first: Level, witness: Witness) -> Self {
        let none =
            Self { at, before, first, last: first, witness, lives: false, smo2_sum: 0.0, thb_sum: 0.0, n: 0, thb_n: 0 };
        let mut step = none;
        step.push(first);
        step
    }

    fn push(&mut self, level: Level) {
        self.lives |= level != self.first;
        self.last = level;
        self.smo2_sum += level.smo2;
        self.n = self.n.saturating_add(1);
        if let Some(thb) = level.thb {
            self.thb_sum += thb;
            self.thb_n = self.thb_n.saturating_add(1);
        }
    }

    fn stayed(&self) -> Option<f32> {
        let by = math::mean(self.smo2_sum, u32::from(self.n))? - self.before.smo2;
        let thb = math::mean(self.thb_sum, u32::from(self.thb_n)).zip(self.before.thb);
        let (smo2, thb) = (libm::fabsf(by), thb.map_or(0.0, |(thb, before)| libm::fabsf(thb - before)));
        let step = self.first.smo2 - self.before.smo2;
        let stayed = match self.witness {
            Witness::Both => smo2 >= STAYS && thb >= THB_STAYS,
            Witness::Thb => {
                let still = self.last.thb.zip(self.before.thb).map_or(0.0, |(thb, before)| libm::fabsf(thb - before));
                math::min(thb, still) >= MOST * THB_ALONE
            }
            Witness::Smo2 => smo2 >= MOST * libm::fabsf(step) && libm::fabsf(by - step) <= GOES_ON * libm::fabsf(step),
        };
        stayed.then_some(by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Smo2;

    const HOLE: u16 = 0;

    /// Seconds at which a moved contact is said, and by how much, for a sensor that measures every 2 s and wavers by 0.1 %.
    fn said(value_at: impl Fn(u64) -> (u16, i16)) -> Option<(u64, f32)> {
        let mut contact = Contact::new();
        (0..200).step_by(2).find_map(|s| {
            let (tenths, hundredths) = value_at(s);
            if tenths == HOLE {
                return None;
            }
            let tenths = tenths + (s / 2 % 2) as u16;
            let thb = Some(Thb { hundredths, scale: ThbScale::GramsPerDecilitre });
            let value = Value { smo2: Smo2::from_tenths(tenths).unwrap(), thb };
            contact.push(Instant::from_ms(s * 1000), value, true).map(|by| (s, by))
        })
    }

    #[test]
    fn a_step_with_thb_that_stays_is_said_within_fifteen_seconds() {
        let (at, by) = said(|s| if s < 100 { (600, 1200) } else { (460, 1240) }).unwrap();
        assert_eq!(at, 110);
        assert!((by + 14.0).abs() < 0.1);
    }

    #[test]
    fn spikes_and_falls_under_load_are_not() {
        assert_eq!(said(|s| if (100..104).contains(&s) { (460, 1240) } else { (600, 1200) }), None);
        assert_eq!(said(|s| (700 - 3 * s as u16, 1200 + s as i16)), None);
    }

    #[test]
    fn a_step_of_thb_alone_is_said_and_a_slow_one_is_not() {
        let wavers = |s: u64| 1200 + (s / 2 % 2) as i16;
        assert_eq!(said(|s| if s < 100 { (600, 1200) } else { (590, 1165) }).unwrap().0, 110);
        assert_eq!(said(|s| (600, wavers(s) + if s < 100 { 0 } else { 17 })).unwrap().0, 110);
        assert_eq!(said(|s| (600, wavers(s) + if s < 100 { 0 } else { 12 })), None, "too little");
        assert_eq!(said(|s| if (100..106).contains(&s) { (590, 1150) } else { (600, 1200) }), None, "a spike");
        assert_eq!(said(|s| (600, 1200 + 25 * (s.clamp(100, 120) as i16 - 100) / 20)), None, "a vein that is shut");
    }

    /// When a contact is said to have moved whose sensor sends no tHb and measures every 2 s.
    fn said_of_smo2(loaded: bool, percent_at: impl FnMut(u64) -> f32) -> Option<u64> {
        let mut contact = Contact::new();
        let mut percent_at = percent_at;
        (0..3600).step_by(2).find(|&s| {
            let tenths = math::clamp(10.0 * percent_at(s), 1.0, 999.0) as u16;
            let value = Value { smo2: Smo2::from_tenths(tenths).unwrap(), thb: None };
            contact.push(Instant::from_ms(s * 1000), value, loaded).is_some()
        })
    }

    /// White noise of a standard deviation of 1, always the same.
    fn noise() -> impl FnMut() -> f32 {
        let mut random = 1_u32;
        move || {
            let mut sum = 0.0;
            for _ in 0..12 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                sum += (random >> 8) as f32 / (1 << 24) as f32;
            }
            sum - 6.0
        }
    }

    #[test]
    fn a_step_of_smo2_alone_that_stays_is_said_of_a_quiet_sensor_under_load() {
        let step = |noise_points: f32, points: f32| {
            let mut noise = noise();
            move |s: u64| 55.0 + noise_points * noise() + if s < 1800 { 0.0 } else { points }
        };
        assert_eq!(said_of_smo2(true, step(0.9, -12.0)), Some(1810));
        assert_eq!(said_of_smo2(true, step(0.9, 12.0)), Some(1810));
        assert_eq!(said_of_smo2(false, step(0.9, -12.0)), None, "at rest the muscle may do so itself");
        assert_eq!(said_of_smo2(true, step(4.5, -12.0)), None, "no step among such noise");
        assert_eq!(said_of_smo2(true, step(4.5, 0.0)), None, "nor the noise");
        assert_eq!(said_of_smo2(true, step(0.5, -7.0)), None, "muscle may fall so far in two seconds");
    }

    #[test]
    fn a_sensor_that_measures_each_second_shows_a_smaller_step() {
        let said = |points: f32| {
            let (mut contact, mut noise) = (Contact::new(), noise());
            (0..600).find(|&s| {
                let percent = 55.0 + 0.5 * noise() + if s < 300 { 0.0 } else { points };
                let value = Value { smo2: Smo2::from_tenths((10.0 * percent) as u16).unwrap(), thb: None };
                contact.push(Instant::from_ms(s * 1000), value, true).is_some()
            })
        };
        assert_eq!(said(-7.0), Some(310));
        assert_eq!(said(7.0), Some(310));
        assert_eq!(said(-3.0), None, "nor a small one");
    }

    #[test]
    fn what_muscle_does_is_no_step_of_smo2() {
        let onset = |points: f32, tau: f32| {
            let mut noise = noise();
            move |s: u64| {
                let since = s.saturating_sub(1800) as f32;
                60.0 + 0.9 * noise() + points * (1.0 - libm::expf(-since / tau))
            }
        };
        assert_eq!(said_of_smo2(true, onset(-15.0, 20.0)), None, "an onset of 20 s");
        assert_eq!(said_of_smo2(true, onset(-40.0, 15.0)), None, "a sprint");
        let mut noise = noise();
        let recovery = |s: u64| 50.0 + 0.9 * noise() + 25.0 * (s.clamp(1800, 1830) - 1800) as f32 / 30.0;
        assert_eq!(said_of_smo2(true, recovery), None, "25 points in 30 s");
    }

    #[test]
    fn a_number_that_freezes_at_another_level_has_not_moved() {
        let mut noise = noise();
        assert_eq!(said_of_smo2(true, |s| if s < 1800 { 55.0 + 0.9 * noise() } else { 37.7 }), None);
    }

    #[test]
    fn a_sensor_that_comes_back_in_another_place_after_a_hole_is_said_to_have_moved() {
        let off = |until: u64, back: (u16, i16)| {
            said(move |s| match s {
                0..100 => (600, 1200),
                100..104 => (300, 900), // on its way off
                _ if s < until => (HOLE, 0),
                _ => back,
            })
        };
        assert_eq!(off(130, (460, 1240)).unwrap().0, 140);
        assert_eq!(off(130, (590, 1203)), None, "back where it was");
        assert_eq!(off(170, (460, 1240)), None, "after so long a hole nothing is compared");
    }
}
