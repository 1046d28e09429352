//! Sums of what the seconds give, in whole numbers: the same on every body, and none is lost in a day.
//!
//! A [`Tally`] knows its mean, a [`Spread`] its standard deviation too; both know for how many seconds they hold.
//! SmO2 and D are summed in tenths of a point.

use crate::math;

/// A [`Spread`] takes no more seconds than this: its squares would not fit.
const MOST_SECONDS: u16 = 4000;
/// What is further from zero than this is no SmO2 and no difference of two, tenths.
const LIMIT: f32 = 1000.0;

/// Points of SmO2 in tenths, if it is a number that SmO2 or a difference of two can be.
#[inline(never)]
pub(super) fn tenths(points: f32) -> Option<i16> {
    let tenths = 10.0 * points;
    (-LIMIT..=LIMIT).contains(&tenths).then(|| math::round_i32(tenths) as i16)
}

/// Tenths of a number that is to be written down; what does not fit is the nearest that does.
#[inline(never)]
pub(super) fn in_tenths(points: f32) -> i16 {
    math::round_i32(10.0 * points).clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// A sum over seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    sum: i32,
    seconds: u32,
}

impl Tally {
    /// Of no second.
    pub const fn new() -> Self {
        Self { sum: 0, seconds: 0 }
    }

    pub(super) const fn add(&mut self, value: i32) {
        self.sum = self.sum.saturating_add(value);
        self.seconds = self.seconds.saturating_add(1);
    }

    /// The seconds of both.
    pub(super) const fn join(&mut self, other: &Self) {
        self.sum = self.sum.saturating_add(other.sum);
        self.seconds = self.seconds.saturating_add(other.seconds);
    }

    /// The mean in the unit of what was summed; `None` of nothing.
    #[inline(never)]
    pub fn mean(&self) -> Option<f32> {
        (self.seconds > 0).then(|| self.sum as f32 / self.seconds as f32)
    }

    /// For how many seconds it holds.
    pub const fn seconds(&self) -> u32 {
        self.seconds
    }
}

/// A sum over seconds in tenths of a point, and how they scatter. Takes an hour and a little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spread {
    sum: i32,
    squares: u32,
    seconds: u16,
}

impl Spread {
    pub(super) const fn new() -> Self {
        Self { sum: 0, squares: 0, seconds: 0 }
    }

    /// A second at so many tenths, between -1000 and 1000.
    #[inline(never)]
    pub(super) fn add(&mut self, tenths: i16) {
        if self.seconds < MOST_SECONDS {
            self.sum = self.sum.saturating_add(tenths.into());
            self.squares = self.squares.saturating_add(u32::from(tenths.unsigned_abs()).pow(2));
            self.seconds += 1;
        }
    }

    /// The seconds of both, if they fit.
    #[inline(never)]
    pub(super) fn join(&mut self, other: &Self) {
        let seconds = self.seconds.saturating_add(other.seconds);
        if seconds <= MOST_SECONDS {
            self.seconds = seconds;
            self.sum = self.sum.saturating_add(other.sum);
            self.squares = self.squares.saturating_add(other.squares);
        }
    }

    pub(super) const fn seconds(&self) -> u16 {
        self.seconds
    }

    /// Mean and standard deviation, points. `None` of nothing.
    #[inline(never)]
    pub(super) fn mean_and_sd(&self) -> Option<(f32, f32)> {
        let n = i64::from(self.seconds);
        if n == 0 {
            return None;
        }
        // n²·variance is a whole number: nothing cancels in it.
        let spread = n * i64::from(self.squares) - i64::from(self.sum) * i64::from(self.sum);
        let sd = libm::sqrtf(math::max(spread as f32, 0.0)) / n as f32;
        Some((self.sum as f32 / n as f32 / 10.0, sd / 10.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_or_no_saturation_is_not_summed() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 100.1, -100.1, f32::MAX] {
            assert_eq!(tenths(odd), None, "{odd}");
        }
        assert_eq!([-100.0, -0.04, 0.05, 61.26, 100.0].map(tenths), [-1000, 0, 1, 613, 1000].map(Some));
        assert_eq!([f32::MAX, f32::MIN, f32::NAN].map(in_tenths), [i16::MAX, i16::MIN, 0]);
    }

    #[test]
    fn a_day_is_summed_to_the_last_tenth() {
        let mut day = Tally::new();
        (0..86_400).for_each(|s| day.add(999 + (s & 1)));
        assert_eq!((day.mean(), day.seconds()), (Some(999.5), 86_400));
        assert_eq!(Tally::new().mean(), None);
    }

    #[test]
    fn a_spread_is_what_its_values_scatter_and_two_join_to_one() {
        let (mut one, mut other, mut all) = (Spread::new(), Spread::new(), Spread::new());
        for i in 0..200_i16 {
            let value = 600 + if i & 1 == 0 { 20 } else { -20 };
            if i < 70 { &mut one } else { &mut other }.add(value);
            all.add(value);
        }
        one.join(&other);
        assert_eq!(one, all);
        assert_eq!(all.mean_and_sd(), Some((60.0, 2.0)));
        assert_eq!(Spread::new().mean_and_sd(), None);
        let mut long = Spread::new();
        (0..100_000).for_each(|_| long.add(-1000));
        assert_eq!((long.seconds(), long.mean_and_sd()), (MOST_SECONDS, Some((-100.0, 0.0))));
    }
}
