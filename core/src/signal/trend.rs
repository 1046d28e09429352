//! How fast SmO2 is rising or falling, with the interval that noise leaves open.
//!
//! The slope is the median of all pairwise slopes (Theil 1950, Sen 1968) of 5-s means over the last 120 s; up to
//! 29 % of them may be wild. Noise at steady load is coloured, so the interval comes from its long-run variance,
//! never taken below 65 %²·s, the mean over 36 h of riding at constant power. At the full window that is about
//! ±2.5 % a minute: anything slower is not told from noise, and no arrow is drawn. Delay: 60 s, half the window.
//! A hole of 10 s ends the window; a trend needs 60 s without one.

use crate::math;
use crate::signal::history::Bins;
use crate::time::Duration;

/// The full window.
pub const WINDOW: Duration = Duration::from_s(120);
/// The delay of a slope over the full window.
pub const DELAY: Duration = Duration::from_s(60);
/// The shortest window that gives a trend.
pub const SHORTEST: Duration = Duration::from_s(60);

const GROUP_S: f32 = 5.0;
const BINS_PER_GROUP: u64 = 4;
const GROUPS: usize = 24;
const FEWEST_GROUPS: usize = 12;
const PAIRS: usize = GROUPS * (GROUPS - 1) / 2;
/// Long-run variance of one muscle at steady load, %²·s: an SD of 8.05 %·√s.
const LONG_RUN_VARIANCE: f32 = 65.0;
/// Normal quantile for a 95 % interval.
const Z95: f32 = 1.96;

/// A slope with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Points of SmO2 a minute; falling is negative.
    pub slope_per_min: f32,
    /// Half the width of the 95 % interval.
    pub half_width_per_min: f32,
}

/// What an arrow may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The interval lies above zero.
    Rising,
    /// The interval includes zero: no arrow.
    Steady,
    /// The interval lies below zero.
    Falling,
}

impl Trend {
    /// The direction that the interval allows.
    pub fn direction(&self) -> Direction {
        if self.slope_per_min > self.half_width_per_min {
            Direction::Rising
        } else if self.slope_per_min < -self.half_width_per_min {
            Direction::Falling
        } else {
            Direction::Steady
        }
    }

    /// The trend at the end of `bins` (1.25 s wide); `None` while the unbroken stretch is too short.
    pub fn of<const N: usize>(bins: &Bins<N>) -> Option<Self> {
        let mut points = heapless::Vec::<(f32, f32), GROUPS>::new();
        // The open group may be partial; the newest whole one ends just before it.
        let end = bins.newest()? / BINS_PER_GROUP;
        let mut empty_in_a_row = 0;
        for back in 1..=GROUPS as u64 {
            let Some(group) = end.checked_sub(back) else { break };
            let first = group * BINS_PER_GROUP;
            match bins.mean(first, first + BINS_PER_GROUP - 1) {
                Some(y) => {
                    empty_in_a_row = 0;
                    let _ = points.push((-(back as f32) * GROUP_S, y));
                }
                None => empty_in_a_row += 1,
            }
            if empty_in_a_row == 2 {
                break;
            }
        }
        let (first, last) = (points.first()?, points.last()?);
        let span_s = first.0 - last.0 + GROUP_S;
        if points.len() < FEWEST_GROUPS || span_s < SHORTEST.as_s_f32() {
            return None;
        }
        let slope = median_slope(&points)?;
        let variance = math::max(LONG_RUN_VARIANCE, long_run_variance(&points, slope));
        let half_width = Z95 * libm::sqrtf(12.0 * variance / (span_s * span_s * span_s));
        Some(Self { slope_per_min: slope * 60.0, half_width_per_min: half_width * 60.0 })
    }
}

/// Its slopes take most of the stack that core needs: they are on it for as long as this, and no longer.
#[inline(never)]
fn median_slope(points: &[(f32, f32)]) -> Option<f32> {
    let mut slopes = heapless::Vec::<f32, PAIRS>::new();
    for (i, a) in points.iter().enumerate() {
        for b in points.iter().skip(i + 1) {
            let _ = slopes.push((a.1 - b.1) / (a.0 - b.0));
        }
    }
    let middle = slopes.len() / 2;
    math::select(&mut slopes, middle);
    let upper = slopes.get(middle).copied()?;
    if slopes.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = slopes.iter().take(middle).copied().reduce(math::max)?;
    Some((lower + upper) / 2.0)
}

/// Bartlett's estimate from the residuals' covariances at lags up to 20 s (Newey and West 1987).
fn long_run_variance(points: &[(f32, f32)], slope: f32) -> f32 {
    const LAGS: usize = 4;
    let n = points.len() as f32;
    let (t_sum, y_sum) = points.iter().fold((0.0, 0.0), |(t, y), p| (t + p.0, y + p.1));
    let (t_mean, y_mean) = (t_sum / n, y_sum / n);
    let residual = |p: &(f32, f32)| p.1 - y_mean - slope * (p.0 - t_mean);
    let mut total = 0.0;
    for lag in 0..=LAGS {
        let covariance: f32 =
            points.iter().zip(points.iter().skip(lag)).map(|(a, b)| residual(a) * residual(b)).sum::<f32>() / n;
        let weight = 1.0 - lag as f32 / (LAGS + 1) as f32;
        total += if lag == 0 { covariance } else { 2.0 * weight * covariance };
    }
    total * GROUP_S
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    fn ride(seconds: u64, value: impl Fn(u64) -> Option<f32>) -> Option<Trend> {
        let mut bins = Bins::<240>::new(Duration::from_ms(1250));
        for s in 0..seconds {
            let now = Instant::from_ms(s * 1000);
            match value(s) {
                Some(y) => bins.put(now, y),
                None => bins.advance(now),
            }
        }
        Trend::of(&bins)
    }

    #[test]
    fn a_clean_slope_is_found_exactly_enough_and_spikes_do_not_bend_it() {
        let trend = ride(200, |s| Some(70.0 - 0.1 * s as f32)).unwrap();
        assert!((trend.slope_per_min + 6.0).abs() < 0.1, "{trend:?}");
        assert_eq!(trend.direction(), Direction::Falling);
        let spiked = ride(200, |s| Some(if s % 25 == 0 { 10.0 } else { 70.0 - 0.1 * s as f32 })).unwrap();
        assert!((spiked.slope_per_min + 6.0).abs() < 0.6, "{spiked:?}");
    }

    #[test]
    fn a_level_and_a_slow_slope_draw_no_arrow() {
        for slope_per_s in [0.0, 0.02, -0.02] {
            let trend = ride(200, |s| Some(60.0 + slope_per_s * s as f32)).unwrap();
            assert_eq!(trend.direction(), Direction::Steady);
            assert!((2.3..2.7).contains(&trend.half_width_per_min), "{trend:?}");
        }
    }

    #[test]
    fn a_hole_ends_the_window_and_the_trend_comes_back_after_a_minute() {
        let hole = 100..112;
        let value = |s| (!hole.contains(&s)).then_some(60.0);
        assert!(ride(100, value).is_some());
        assert!(ride(140, value).is_none());
        assert!(ride(180, value).is_some());
    }

    #[test]
    fn a_noisy_sensor_gets_a_wider_interval() {
        let noisy = ride(200, |s| Some(if (s / 15) % 2 == 0 { 40.0 } else { 60.0 })).unwrap();
        assert!(noisy.half_width_per_min > 4.0, "{noisy:?}");
    }
}
