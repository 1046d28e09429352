//! Which of a sensor's numbers are muscle: not zero, not 100 %, not light, not a tenth of themselves, not a temperature.
//!
//! - Light: where light leaks in, SmO2 stands at 83 to 99 % and tHb 1.7 to 6 g/dL lower. Under way tHb changes by
//!   hundredths and from day to day by tenths, so a fall of 1.5 g/dL within seconds is light, and so is one of 0.8
//!   with a rise of SmO2 by 8 points to 83 % or more. (A slipped sensor, or another one, moves tHb by up to 1.4.) It is
//!   light until tHb is back or higher; what has stayed for 5 min with a possible SmO2 is a new contact. Without tHb a rise by 8 points
//!   and by five times the sensor's own jitter, from one sample to the next and under load, to 83 % or more is light
//!   until it falls below 80 %. And 95 % or more is light under load anyway.
//! - Scale: what jumps to less than an eighth of itself has lost a digit. Even a complete occlusion takes SmO2 down by
//!   18 % a minute at most. A tenth of any value is at most 10 %, so it is over with the first number above that.
//! - tHb: blood that a Moxy sees has 8 to 16 g/dL. A sensor that has kept to this and leaves it says something else, as
//!   the temperature of 37.74 and the frozen 23.41 of a real file. One that never kept to it has another scale.
//!
//! Nothing is doubted for more than half an hour on account of what was believed before.

use super::jitter::Jitter;
use super::{Reading, Reason, Value};
use crate::math;
use crate::time::{Duration, Instant};
use crate::units::{Thb, ThbScale};

/// SmO2 that contracting muscle does not reach; at rest after an occlusion 88 % has been seen.
const UNDER_LOAD_TENTHS: u16 = 950;
/// Light makes no less than this.
const LIGHT_TENTHS: u16 = 830;
/// The rise of SmO2 that goes with it.
const LIGHT_RISE_TENTHS: u16 = 80;
/// Without tHb light is over below this.
const LIGHT_OVER_TENTHS: u16 = 800;
/// A fall of tHb that is light with such a rise, and that below which it is back, g/dL.
const THB_LIT: f32 = 0.8;
/// A fall of tHb that is light whatever SmO2 says, g/dL.
const THB_LIT_ALONE: f32 = 1.5;
/// tHb must fall within about this time.
const THB_MEMORY_S: f32 = 5.0;
/// A hole up to this long may lie in between.
const BRIDGED: Duration = Duration::from_s(60);
/// Light that stays for this long is another contact.
const LIGHT_LASTS: Duration = Duration::from_s(300);
/// Samples further apart have a hole between them.
const NEIGHBOURS: Duration = Duration::from_s(3);
/// A step is so many times the jitter.
const TIMES_JITTER: f32 = 5.0;
/// The jitter of the worst sensor, points.
const WORST_JITTER: f32 = 5.0;
/// tHb of blood in muscle, g/dL.
const BLOOD: (f32, f32) = (8.0, 16.0);
/// A jump of scale is seen against a value so recent.
const SCALE_MEMORY: Duration = Duration::from_s(120);
/// The most that a tenth of anything can be.
const TENTH_OF_ALL: u16 = 100;
/// What was believed this long ago is no measure any more.
const DOUBTED: Duration = Duration::from_s(1800);

/// What is known of a sensor's numbers.
#[derive(Clone, Copy, Debug)]
pub struct Belief {
    /// The last number that was believed.
    good: Option<(Instant, Value)>,
    jitter: Jitter,
    /// tHb of the last seconds, g/dL, once it was that of blood.
    thb: Option<f32>,
    light_since: Option<Instant>,
    tenth: bool,
}

impl Belief {
    /// Nothing is known.
    pub const fn new() -> Self {
        Self { good: None, jitter: Jitter::new(WORST_JITTER), thb: None, light_since: None, tenth: false }
    }

    /// The value if it can be muscle's, or why it is not.
    ///
    /// `loaded` is false when the rider is known to be at rest.
    pub fn judge(&mut self, now: Instant, value: Value, loaded: bool) -> Reading {
        if self.good.is_some_and(|(at, _)| now.since(at) >= DOUBTED) {
            *self = Self { jitter: self.jitter, ..Self::new() };
        }
        let thb = value.thb.filter(|thb| thb.scale == ThbScale::GramsPerDecilitre).map(Thb::value);
        let verdict = self.verdict(now, value.smo2.tenths(), thb, loaded);
        match verdict {
            None => {
                self.believe(now, value, thb);
                Ok(value)
            }
            Some(reason) => Err(reason),
        }
    }

    fn verdict(&mut self, now: Instant, tenths: u16, thb: Option<f32>, loaded: bool) -> Option<Reason> {
        if tenths == 0 || self.thb.is_some() && thb.is_some_and(|thb| thb > BLOOD.1) {
            return Some(Reason::Implausible);
        }
        if self.is_light(now, tenths, thb, loaded) {
            return Some(Reason::AmbientLight);
        }
        if tenths >= 1000 {
            return Some(Reason::Implausible);
        }
        if tenths >= UNDER_LOAD_TENTHS && loaded {
            return Some(Reason::AmbientLight);
        }
        self.tenth = self.is_tenth(now, tenths);
        let bloodless = self.thb.is_some() && thb.is_some_and(|thb| thb < BLOOD.0);
        (self.tenth || bloodless).then_some(Reason::Implausible)
    }

    fn is_light(&mut self, now: Instant, tenths: u16, thb: Option<f32>, loaded: bool) -> bool {
        let fallen = self.thb.zip(thb).map(|(before, thb)| before - thb);
        let Some(since) = self.light_since else {
            if self.begins(now, tenths, fallen, loaded) {
                self.light_since = Some(now);
            }
            return self.light_since.is_some();
        };
        let lit = fallen.map_or(tenths >= LIGHT_OVER_TENTHS, |by| by >= THB_LIT);
        if lit && (tenths >= UNDER_LOAD_TENTHS || now.since(since) < LIGHT_LASTS) {
            return true;
        }
        self.light_since = None;
        if lit {
            self.thb = None;
        }
        false
    }

    fn begins(&self, now: Instant, tenths: u16, fallen: Option<f32>, loaded: bool) -> bool {
        let Some((at, last)) = self.good else { return false };
        let (age, last) = (now.since(at), last.smo2.tenths());
        let bright = tenths >= LIGHT_TENTHS && tenths.saturating_sub(last) >= LIGHT_RISE_TENTHS;
        match fallen {
            Some(by) => age <= BRIDGED && (by >= THB_LIT_ALONE || by >= THB_LIT && bright),
            None => {
                let sudden = f32::from(tenths.saturating_sub(last)) / 10.0 >= TIMES_JITTER * self.jitter.usual();
                bright && sudden && loaded && age <= NEIGHBOURS && tenths < 1000
            }
        }
    }

    fn is_tenth(&self, now: Instant, tenths: u16) -> bool {
        let Some((at, last)) = self.good else { return false };
        let last = last.smo2.tenths();
        if self.tenth {
            return tenths <= TENTH_OF_ALL && tenths < last / 2;
        }
        now.since(at) < SCALE_MEMORY && tenths < last / 8
    }

    fn believe(&mut self, now: Instant, value: Value, thb: Option<f32>) {
        let age = self.good.map(|(at, _)| now.since(at));
        if let Some((_, last)) = self.good
            && age.is_some_and(|age| age <= NEIGHBOURS)
        {
            self.jitter.push(value.smo2.percent() - last.smo2.percent());
        }
        self.good = Some((now, value));
        if let Some(thb) = thb.filter(|&thb| thb == math::clamp(thb, BLOOD.0, BLOOD.1)) {
            self.thb = Some(match (self.thb, age) {
                (Some(before), Some(age)) if age <= BRIDGED => {
                    before + (thb - before) * age.as_s_f32() / (age.as_s_f32() + THB_MEMORY_S)
                }
                _ => thb,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Smo2;

    fn value(tenths: u16, hundredths: Option<i16>) -> Value {
        let thb = hundredths.map(|hundredths| Thb { hundredths, scale: ThbScale::GramsPerDecilitre });
        Value { smo2: Smo2::from_tenths(tenths).unwrap(), thb }
    }

    /// What is said of the samples of a sensor that measures every 2 s, from second 200 on.
    fn said(to_s: u64, at_s: impl Fn(u64) -> (u16, Option<i16>)) -> heapless::Vec<(u64, Option<Reason>), 256> {
        let mut belief = Belief::new();
        let mut said = heapless::Vec::new();
        for s in (0..to_s).step_by(2) {
            let (tenths, hundredths) = at_s(s);
            let reason = belief.judge(Instant::from_ms(s * 1000), value(tenths, hundredths), true).err();
            if s >= 200 && said.last().is_none_or(|&(_, last)| last != reason) {
                said.push((s, reason)).unwrap();
            }
        }
        said
    }

    fn quiet(s: u64) -> u16 {
        500 + 10 * (s / 2 % 2) as u16
    }

    #[test]
    fn a_fall_of_thb_is_light_until_it_is_back() {
        for (tenths, hundredths) in [(850, 1030), (990, 600), (1000, 900), (600, 1000), (880, 1110)] {
            let all =
                said(
                    400,
                    |s| if (220..300).contains(&s) { (tenths, Some(hundredths)) } else { (quiet(s), Some(1200)) },
                );
            assert_eq!(all, [(200, None), (220, Some(Reason::AmbientLight)), (300, None)], "{tenths} {hundredths}");
        }
    }

    /// Found by `sling swarm --seed 22193`: it was held to be light for five minutes.
    #[test]
    fn a_contact_with_more_thb_than_before_the_light_is_no_light() {
        let all = said(400, |s| match s {
            ..220 => (quiet(s), Some(1120)),
            220..300 => (870, Some(1010)),
            _ => (quiet(s), Some(1230)),
        });
        assert_eq!(all, [(200, None), (220, Some(Reason::AmbientLight)), (300, None)]);
    }

    #[test]
    fn a_slip_another_sensor_and_a_slow_change_of_thb_are_not_light() {
        for (tenths, hundredths) in [(700, 1080), (820, 1100), (850, 1320), (600, 1061), (900, 1140)] {
            let all = said(400, |s| if s >= 220 { (tenths, Some(hundredths)) } else { (quiet(s), Some(1200)) });
            assert_eq!(all, [(200, None)], "{tenths} {hundredths}");
        }
        assert_eq!(said(400, |s| (quiet(s), Some(1400 - s as i16))), [(200, None)]);
    }

    #[test]
    fn what_stays_for_five_minutes_is_another_contact() {
        let all = said(600, |s| if s >= 220 { (780, Some(1000)) } else { (quiet(s), Some(1200)) });
        assert_eq!(all, [(200, None), (220, Some(Reason::AmbientLight)), (520, None)]);
        let all = said(600, |s| if s >= 220 { (970, Some(1000)) } else { (quiet(s), Some(1200)) });
        assert_eq!(all, [(200, None), (220, Some(Reason::AmbientLight))], "but not above 95 %");
    }

    #[test]
    fn without_thb_a_sudden_bright_level_is_light_and_noise_or_a_recovery_is_not() {
        let all = said(400, |s| if (220..300).contains(&s) { (880, None) } else { (quiet(s), None) });
        assert_eq!(all, [(200, None), (220, Some(Reason::AmbientLight)), (300, None)]);
        // White noise of 4.5 points around 80 %.
        let mut random = 1_u32;
        let mut noise = || {
            let mut sum = 0.0;
            for _ in 0..12 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                sum += (random >> 8) as f32 / (1 << 24) as f32;
            }
            4.5 * (sum - 6.0)
        };
        let mut belief = Belief::new();
        for s in (0..3600).step_by(2) {
            let tenths = ((80.0 + noise()) * 10.0) as u16;
            let said = belief.judge(Instant::from_ms(s * 1000), value(tenths.min(949), None), true);
            assert!(said.is_ok(), "{tenths} at {s}");
        }
        // 25 points in 30 s.
        assert_eq!(
            said(400, |s| (650 + 25 * (s.clamp(220, 250) - 220) as u16 / 3 + quiet(s) - 500, None)),
            [(200, None)]
        );
    }

    #[test]
    fn a_tenth_is_not_believed_however_long_it_lasts_and_whatever_the_load_does() {
        let tenth = |s: u64| 50 + ((s - 220) / 60 % 5) as u16 * 10;
        let all = said(1400, |s| if (220..1300).contains(&s) { (tenth(s), None) } else { (quiet(s), None) });
        assert_eq!(all, [(200, None), (220, Some(Reason::Implausible)), (1300, None)]);
        let all = said(400, |s| {
            if (220..300).contains(&s) { (tenth(s), None) } else { (quiet(s) - 280 * u16::from(s >= 300), None) }
        });
        assert_eq!(all, [(200, None), (220, Some(Reason::Implausible)), (300, None)], "the muscle worked on");
        let all = said(3000, |s| if s >= 220 { (tenth(s), None) } else { (quiet(s), None) });
        assert_eq!(all, [(200, None), (220, Some(Reason::Implausible)), (2018, None)], "half an hour is long enough");
    }

    #[test]
    fn a_muscle_that_falls_to_five_percent_in_its_own_time_is_believed() {
        assert_eq!(
            said(500, |s| (
                if s < 200 { quiet(s) } else { 500_u16.saturating_sub(3 * (s as u16 - 200)).max(50) },
                None
            )),
            [(200, None)]
        );
    }

    #[test]
    fn thb_that_no_blood_has_is_implausible_of_a_sensor_that_knew_better() {
        for odd in [(377, 3774), (58, 2341)] {
            let all =
                said(700, |s| if (220..600).contains(&s) { (odd.0, Some(odd.1)) } else { (quiet(s), Some(1200)) });
            assert_eq!(all, [(200, None), (220, Some(Reason::Implausible)), (600, None)]);
        }
        assert_eq!(said(400, |s| (quiet(s), Some(2000 + (s % 7) as i16))), [(200, None)], "another scale");
    }
}
