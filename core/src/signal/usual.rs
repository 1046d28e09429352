//! A number that is measured once an effort: what it usually is, and whether it has changed.
//!
//! Measurements come with a variance each, so that a short or shallow effort counts for little. The last few are
//! compared with all that were before, for every number of last ones that may be new (a likelihood ratio over the moment
//! of change; Siegmund and Venkatraman 1995). The variance of a group is what the measurements say of themselves, or what they
//! scatter within both groups if that is more. A change is told when it is surer than asked, as large as asked, and the
//! last two have at least half of it: never by one alone. While one stands, nothing is added to what is usual.
//!
//! Delay: two measurements at least, four when the change is small.

use crate::math;
use crate::time::Instant;

/// The most last measurements that may be new.
const LAST: usize = 6;
/// Measurements that must have been before them.
pub const FEWEST_BEFORE: u8 = 4;
/// How much the stated variances count against the scatter, in measurements.
const TRUST: f32 = 6.0;
/// A measurement is taken to lie at most so many standard deviations from the usual.
const FURTHEST: f32 = 3.0;
/// What stands follows the measurements by this share.
const FOLLOWED_BY: f32 = 3.0;

/// What a change must be to be told.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Standard deviations of the difference.
    pub sureness: f32,
    /// The difference itself, upwards.
    pub up: f32,
    /// The difference itself downwards; `None` if that is no news.
    pub down: Option<f32>,
}

/// Weighted sums of measurements.
#[derive(Clone, Copy, Debug)]
struct Group {
    n: u8,
    weight: f32,
    sum: f32,
    squares: f32,
}

impl Group {
    const NONE: Self = Self { n: 0, weight: 0.0, sum: 0.0, squares: 0.0 };

    fn add(&mut self, (value, variance): (f32, f32)) {
        let weight = 1.0 / variance;
        self.n = self.n.saturating_add(1);
        self.weight += weight;
        self.sum += weight * value;
        self.squares += weight * value * value;
    }

    fn add_all(&mut self, measurements: &[(f32, f32)]) {
        for &measurement in measurements {
            self.add(measurement);
        }
    }

    fn mean(&self) -> Option<f32> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }

    /// Squared deviations from the mean, in units of the stated variances.
    fn scatter(&self) -> f32 {
        self.mean().map_or(0.0, |mean| math::max(self.squares - mean * self.sum, 0.0))
    }
}

/// A change from what was usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Changed {
    /// Mean of the new ones.
    pub now: f32,
    /// Mean of those before.
    pub usual: f32,
    /// When the first of the new ones was measured.
    since_s: u32,
}

impl Changed {
    /// When the first of the new ones was measured.
    pub const fn since(&self) -> Instant {
        Instant::from_ms(self.since_s as u64 * 1000)
    }
}

/// Whole seconds since the origin of time: all that is worth its bytes here.
pub fn seconds(at: Instant) -> u32 {
    u32::try_from(at.as_ms() / 1000).unwrap_or(u32::MAX)
}

/// What is usual, and the last measurements.
#[derive(Clone, Copy, Debug)]
pub struct Usual {
    before: Group,
    last: [(f32, f32); LAST],
    lasts: u8,
    /// When the last ones began to lie off the usual, all of them.
    off_since_s: Option<u32>,
    changed: Option<Changed>,
    /// Measurements in a row that are as usual again.
    back: u8,
}

impl Usual {
    /// Nothing measured yet.
    pub const fn new() -> Self {
        Self { before: Group::NONE, last: [(0.0, 1.0); LAST], lasts: 0, off_since_s: None, changed: None, back: 0 }
    }

    /// The change that stands.
    pub const fn changed(&self) -> Option<Changed> {
        self.changed
    }

    /// What stands is not looked at any more; what is usual stays.
    pub fn forget_change(&mut self) {
        if self.changed.take().is_some() {
            (self.lasts, self.off_since_s, self.back) = (0, None, 0);
        }
    }

    /// Takes what was measured at a time ([`seconds`]), with its variance, which is positive.
    pub fn push(&mut self, at_s: u32, value: f32, variance: f32, ask: &Ask) {
        if let Some(changed) = &mut self.changed {
            if (value - changed.usual) / (changed.now - changed.usual) >= 0.5 {
                self.back = 0;
                changed.now += (value - changed.now) / FOLLOWED_BY;
            } else {
                self.back += 1;
            }
            if self.back == 2 {
                self.forget_change();
            }
            return;
        }
        let off = self.mean().is_some_and(|usual| {
            let limit = 0.5 * if value > usual { ask.up } else { ask.down.unwrap_or(f32::MAX) };
            libm::fabsf(value - usual) > limit
        });
        self.off_since_s = if off { self.off_since_s.or(Some(at_s)) } else { None };
        if usize::from(self.lasts) == LAST {
            self.settle_oldest();
        }
        if let Some(slot) = self.last.get_mut(usize::from(self.lasts)) {
            *slot = (value, variance);
            self.lasts += 1;
        }
        if let Some((new, found)) = self.judge(ask) {
            while usize::from(self.lasts) > new {
                self.settle_oldest();
            }
            self.changed = Some(Changed { since_s: self.off_since_s.unwrap_or(at_s), ..found });
        }
    }

    /// The mean of all.
    fn mean(&self) -> Option<f32> {
        let mut all = self.before;
        all.add_all(self.lasts());
        all.mean()
    }

    /// The oldest of the last joins what is usual, not further away than noise can be.
    fn settle_oldest(&mut self) {
        let [(value, variance), ..] = self.last;
        let far = FURTHEST * libm::sqrtf(variance);
        let value = match self.before.mean() {
            Some(mean) if self.before.n >= FEWEST_BEFORE => math::clamp(value, mean - far, mean + far),
            _ => value,
        };
        self.before.add((value, variance));
        self.last.rotate_left(1);
        self.lasts = self.lasts.saturating_sub(1);
    }

    fn lasts(&self) -> &[(f32, f32)] {
        self.last.get(..usize::from(self.lasts)).unwrap_or(&[])
    }

    /// The surest change, and how many measurements are new in it.
    fn judge(&self, ask: &Ask) -> Option<(usize, Changed)> {
        let lasts = self.lasts();
        let mut best: Option<(f32, (usize, Changed))> = None;
        for new in 2..=lasts.len() {
            let (older, newer) = lasts.split_at_checked(lasts.len() - new)?;
            let (mut before, mut after) = (self.before, Group::NONE);
            before.add_all(older);
            after.add_all(newer);
            if before.n < FEWEST_BEFORE {
                break;
            }
            let (usual, now) = (before.mean()?, after.mean()?);
            let size = now - usual;
            let asked = if size > 0.0 { Some(ask.up) } else { ask.down };
            let lasting = newer.iter().rev().take(2).all(|(value, _)| (value - usual) / size >= 0.5);
            if !lasting || asked.is_none_or(|asked| libm::fabsf(size) < asked) {
                continue;
            }
            let free = f32::from(before.n) + f32::from(after.n) - 2.0;
            let scale = (TRUST + before.scatter() + after.scatter()) / (TRUST + free);
            let sd = libm::sqrtf(math::max(scale, 1.0) * (1.0 / before.weight + 1.0 / after.weight));
            let sureness = libm::fabsf(size) / sd;
            if sureness >= ask.sureness && best.is_none_or(|(most, _)| sureness > most) {
                best = Some((sureness, (new, Changed { now, usual, since_s: 0 })));
            }
        }
        best.map(|(_, found)| found)
    }
}

impl Default for Usual {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASK: Ask = Ask { sureness: 4.0, up: 0.2, down: None };
    const VARIANCE: f32 = 0.01;

    fn after(values: &[f32]) -> Usual {
        let mut usual = Usual::new();
        for &value in values {
            usual.push(0, value, VARIANCE, &ASK);
        }
        usual
    }

    #[test]
    fn the_first_ones_are_the_baseline_whatever_they_are() {
        assert_eq!(after(&[1.0, 2.0, 3.0, 9.0]).changed(), None);
        assert_eq!(after(&[1.0, 1.0, 1.0, 1.6, 1.6]).changed(), None);
    }

    #[test]
    fn two_in_a_row_are_told_one_is_not() {
        assert_eq!(after(&[1.0, 1.1, 0.9, 1.0, 9.0]).changed(), None);
        assert_eq!(after(&[1.0, 1.1, 0.9, 1.0, 9.0, 1.0]).changed(), None);
        let told = after(&[1.0, 1.1, 0.9, 1.0, 1.6, 1.6]).changed().unwrap();
        assert!((told.usual - 1.0).abs() < 0.01 && (told.now - 1.6).abs() < 0.01, "{told:?}");
    }

    #[test]
    fn a_direction_that_is_no_news_is_not_told() {
        assert_eq!(after(&[1.0, 1.1, 0.9, 1.0, 0.3, 0.3, 0.3]).changed(), None);
        let mut both = Usual::new();
        let ask = Ask { down: Some(0.2), ..ASK };
        for value in [1.0, 1.1, 0.9, 1.0, 0.3, 0.3] {
            both.push(0, value, VARIANCE, &ask);
        }
        assert!(both.changed().is_some());
    }

    #[test]
    fn what_is_uncertain_counts_for_little() {
        let mut usual = after(&[1.0, 1.1, 0.9, 1.0]);
        (0..2).for_each(|_| usual.push(0, 1.6, 0.3, &ASK));
        assert_eq!(usual.changed(), None);
    }

    #[test]
    fn who_scatters_more_than_stated_must_change_by_more() {
        assert_eq!(after(&[1.0, 1.5, 0.5, 1.0, 1.4, 0.6, 1.6, 1.6]).changed(), None);
    }

    #[test]
    fn it_is_over_when_two_in_a_row_are_as_usual_again() {
        let mut usual = after(&[1.0, 1.1, 0.9, 1.0, 1.6, 1.6]);
        for (value, stands) in [(1.1, true), (1.5, true), (1.1, true), (1.0, false)] {
            usual.push(0, value, VARIANCE, &ASK);
            assert_eq!(usual.changed().is_some(), stands, "{value}");
        }
        (0..4).for_each(|_| usual.push(0, 1.6, VARIANCE, &ASK));
        assert!(usual.changed().is_some(), "and can begin again");
    }
}
