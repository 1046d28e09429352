//! What was measured in the last minutes, as means of bins on a fixed grid of time. Raw samples are never kept.
//!
//! A bin without a reading is empty and stays empty: charts and trends break there. Delay: half a bin.

use crate::math;
use crate::time::{Duration, Instant};

const EMPTY: i16 = i16::MIN;

/// A ring of `N` bins of a stated width; the grid starts at the origin of time.
#[derive(Clone, Debug)]
pub struct Bins<const N: usize> {
    width: Duration,
    means_tenths: [i16; N],
    /// Number of the bin that is being filled, counted from the origin of time.
    open: Option<u64>,
    sum: f32,
    n: u32,
}

impl<const N: usize> Bins<N> {
    /// An empty ring of bins `width` wide.
    #[expect(clippy::inline_always, reason = "built where it is put: a board's stack has no room for it twice")]
    #[inline(always)]
    pub const fn new(width: Duration) -> Self {
        Self { width, means_tenths: [EMPTY; N], open: None, sum: 0.0, n: 0 }
    }

    /// The width of a bin.
    pub const fn width(&self) -> Duration {
        self.width
    }

    /// How many bins the ring holds.
    pub const fn len(&self) -> usize {
        N
    }

    /// Whether nothing was ever put in.
    pub const fn is_empty(&self) -> bool {
        self.open.is_none()
    }

    fn number(&self, at: Instant) -> u64 {
        at.as_ms().checked_div(u64::from(self.width.as_ms())).unwrap_or(0)
    }

    fn slot(number: u64) -> usize {
        // 2^32 bins are longer than any ride.
        (number as u32).checked_rem(N as u32).unwrap_or(0) as usize
    }

    /// Takes a value, in percent. Time does not go back.
    pub fn put(&mut self, now: Instant, percent: f32) {
        self.advance(now);
        self.sum += percent;
        self.n += 1;
        let mean = math::mean(self.sum, self.n).unwrap_or(0.0);
        if let Some(slot) = self.open.map(Self::slot).and_then(|i| self.means_tenths.get_mut(i)) {
            *slot = math::round_i32(math::clamp(mean, -3000.0, 3000.0) * 10.0) as i16;
        }
    }

    /// Opens the bin of `now`; bins that were passed over without a value are empty.
    pub fn advance(&mut self, now: Instant) {
        let number = self.number(now);
        let Some(open) = self.open else {
            self.open = Some(number);
            return;
        };
        if number <= open {
            return;
        }
        for passed in 1..=(number - open).min(N as u64) {
            if let Some(slot) = self.means_tenths.get_mut(Self::slot(open + passed)) {
                *slot = EMPTY;
            }
        }
        self.open = Some(number);
        self.sum = 0.0;
        self.n = 0;
    }

    /// The number of the bin being filled.
    pub const fn newest(&self) -> Option<u64> {
        self.open
    }

    /// The mean of bin `number` in percent, if it is held and not empty.
    pub fn get(&self, number: u64) -> Option<f32> {
        let open = self.open?;
        if number > open || open - number >= N as u64 {
            return None;
        }
        match self.means_tenths.get(Self::slot(number)) {
            Some(&tenths) if tenths != EMPTY => Some(f32::from(tenths) / 10.0),
            _ => None,
        }
    }

    /// The bins as a chart sees them.
    pub fn ring(&self) -> Ring<'_> {
        Ring { width: self.width, tenths: &self.means_tenths, open: self.open }
    }

    /// The mean over the bins `from..=to` that hold a value.
    pub fn mean(&self, from: u64, to: u64) -> Option<f32> {
        let (sum, n) = (from..=to).filter_map(|i| self.get(i)).fold((0.0, 0), |(sum, n), x| (sum + x, n + 1));
        math::mean(sum, n)
    }
}

/// The bins of a ring of whatever length: bin number `n` stands in slot `n` modulo that length.
#[derive(Clone, Copy, Debug)]
pub struct Ring<'a> {
    width: Duration,
    tenths: &'a [i16],
    open: Option<u64>,
}

impl Ring<'_> {
    /// How many slots there are.
    pub const fn len(&self) -> u32 {
        self.tenths.len() as u32
    }

    /// Whether nothing was ever put in.
    pub const fn is_empty(&self) -> bool {
        self.open.is_none()
    }

    /// The number of the bin that is being filled.
    pub const fn open(&self) -> Option<u64> {
        self.open
    }

    /// The number of the bin of a moment.
    pub fn number(&self, at: Instant) -> u64 {
        at.as_ms().checked_div(u64::from(self.width.as_ms())).unwrap_or(0)
    }

    /// When the bin that stands in a slot began.
    pub fn began(&self, slot: u32) -> Option<Instant> {
        // 2^32 bins are longer than any ride.
        let (open, len) = (self.open? as u32, self.len());
        let number = open.checked_sub((open + len - slot).checked_rem(len)?)?;
        Some(Instant::from_ms(u64::from(number) * u64::from(self.width.as_ms())))
    }

    /// The mean in a slot, in tenths of what was put in, if there is any.
    pub fn at(&self, slot: u32) -> Option<i16> {
        self.tenths.get(slot as usize).copied().filter(|&tenths| tenths != EMPTY)
    }
}

/// Which way something leaned in each five seconds of the last half hour and a little.
#[derive(Clone, Debug)]
pub struct Leanings {
    /// Number of the step that was last put in, counted from the origin of time.
    newest: u32,
    signs: [i8; Self::LEN as usize],
}

impl Leanings {
    const STEP_MS: u64 = 5000;
    const LEN: u32 = 384;

    /// None yet.
    pub const fn new() -> Self {
        Self { newest: 0, signs: [0; Self::LEN as usize] }
    }

    const fn number(at: Instant) -> u32 {
        // 2^32 steps are longer than any ride.
        (at.as_ms() / Self::STEP_MS) as u32
    }

    /// Takes one: below 0, above, or neither. Time does not go back; steps that were passed over are neither.
    pub fn put(&mut self, now: Instant, sign: i8) {
        let number = Self::number(now);
        for passed in self.newest.max(number.saturating_sub(Self::LEN))..=number {
            if let Some(slot) = self.signs.get_mut((passed % Self::LEN) as usize)
                && passed != self.newest
            {
                *slot = 0;
            }
        }
        self.newest = number;
        if let Some(slot) = self.signs.get_mut((number % Self::LEN) as usize) {
            *slot = sign;
        }
    }

    /// How it was in the step before that of a moment: one that is over, and so will not be told otherwise later.
    pub fn before(&self, at: Instant) -> i8 {
        let number = Self::number(at).wrapping_sub(1);
        let is_held = self.newest.wrapping_sub(number) < Self::LEN;
        self.signs.get((number % Self::LEN) as usize).copied().filter(|_| is_held).unwrap_or(0)
    }
}

impl Default for Leanings {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: Duration = Duration::from_ms(1250);

    fn ms(ms: u64) -> Instant {
        Instant::from_ms(ms)
    }

    #[test]
    fn a_bin_is_the_mean_of_what_fell_into_it() {
        let mut bins = Bins::<8>::new(WIDTH);
        bins.put(ms(0), 50.0);
        bins.put(ms(1000), 52.0);
        bins.put(ms(1250), 60.0);
        assert_eq!((bins.get(0), bins.get(1), bins.get(2)), (Some(51.0), Some(60.0), None));
    }

    #[test]
    fn a_hole_leaves_empty_bins_even_when_it_is_longer_than_the_ring() {
        let mut bins = Bins::<4>::new(WIDTH);
        for i in 0..4 {
            bins.put(ms(i * 1250), 50.0);
        }
        bins.put(ms(6 * 1250), 70.0);
        assert_eq!([3, 4, 5, 6].map(|i| bins.get(i)), [Some(50.0), None, None, Some(70.0)]);
        bins.put(ms(1_000_000_000), 40.0);
        let newest = bins.newest().unwrap();
        assert_eq!((newest - 3..=newest).filter_map(|i| bins.get(i)).count(), 1);
    }

    #[test]
    fn a_chart_sees_the_bins_that_are_asked_for_one_by_one() {
        let mut bins = Bins::<8>::new(WIDTH);
        assert!(bins.ring().is_empty() && (0..9).all(|slot| bins.ring().at(slot).is_none()));
        for i in 0..40 {
            if i % 7 != 3 {
                bins.put(ms(i * 1250), i as f32);
            }
            bins.advance(ms(i * 1250));
            let ring = bins.ring();
            assert_eq!((ring.len(), ring.open(), ring.number(ms(i * 1250 + 1249))), (8, Some(i), i));
            for number in i.saturating_sub(7)..=i {
                let tenths = bins.get(number).map(|mean| (mean * 10.0) as i16);
                assert_eq!(ring.at((number % 8) as u32), tenths, "{number} at {i}");
            }
        }
    }

    #[test]
    fn a_leaning_is_told_once_its_five_seconds_are_over_and_while_it_is_held() {
        let mut leanings = Leanings::new();
        let s = |s: u64| ms(s * 1000);
        assert!((0..4000).step_by(5).all(|at| leanings.before(s(at)) == 0));
        // A hole from 100 s to 200 s; the last one that is put into a step stands.
        let told = |at: u64| if at == 203 { 1 } else { [-1, 0, 1][(at / 5 % 3) as usize] };
        let steps = || (3..=98).chain(203..=2500).step_by(5);
        for at in steps() {
            leanings.put(s(at), 9);
            leanings.put(s(at), told(at));
            assert_eq!(leanings.before(s(at)), if [3, 203].contains(&at) { 0 } else { told(at - 5) }, "at {at} s");
        }
        for at in steps().filter(|at| at + 384 * 5 > 2503) {
            assert_eq!(leanings.before(s(at + 5)), told(at), "of {at} s");
        }
        // Longer ago and later than what is held.
        assert!((0..=580).chain(2505..9000).step_by(5).all(|at| leanings.before(s(at)) == 0));
        leanings.put(s(1_000_000), 1);
        assert_eq!((0..=1_000_000).step_by(5).filter(|&at| leanings.before(s(at)) != 0).count(), 0);
        assert_eq!(leanings.before(s(1_000_005)), 1);
    }

    #[test]
    fn a_slot_knows_when_its_bin_began() {
        let mut bins = Bins::<8>::new(WIDTH);
        assert!((0..8).all(|slot| bins.ring().began(slot).is_none()));
        for number in 0..40 {
            bins.advance(ms(number * 1250));
            for held in number.saturating_sub(7)..=number {
                assert_eq!(bins.ring().began((held % 8) as u32), Some(ms(held * 1250)));
            }
            assert!((number + 1..8).all(|slot| bins.ring().began(slot as u32).is_none()));
        }
    }

    #[test]
    fn what_has_left_the_ring_is_gone() {
        let mut bins = Bins::<4>::new(WIDTH);
        for i in 0..10 {
            bins.put(ms(i * 1250), i as f32);
        }
        assert_eq!(bins.get(5), None);
        assert_eq!(bins.get(6), Some(6.0));
        assert_eq!(bins.mean(6, 9), Some(7.5));
    }
}
