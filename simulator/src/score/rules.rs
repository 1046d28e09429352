//! The plain rules that others use, on the same samples, so that what ours is worth can be seen.
//!
//! All three look at D, calf less thigh in raw points of SmO2, at 1 Hz from what was last heard (for at most 10 s), and
//! know nothing of power or cadence. The baseline is the mean of 3 minutes: the last ones before minute ten, taken anew
//! every 15 minutes; until the new one is complete the old one holds. After an alert a rule is still until what it
//! looks at has been back for 60 s.

use super::metrics::threshold_units;
use super::sets::{CALF, THIGH};
use sling_core::Input;
use sling_core::sensor::{Identity, Site};
use sling_core::time::{Duration, Instant};

/// Their names in tables.
pub const NAMES: [&str; RULES] = ["level -12", "slope -3.6", "plain CUSUM"];
/// How many there are.
pub const RULES: usize = 3;

/// A value holds for so long.
const HOLDS: Duration = Duration::from_s(10);
/// Seconds of the mean and of the slope.
const SHORT_S: usize = 60;
/// Seconds of the baseline, when the first ends, and how often it is taken.
const BASELINE_S: usize = 180;
const FIRST_S: usize = 600;
const RENEWED_S: usize = 900;
/// Below the baseline by this much: a fall that is hardly seen by chance (1.4 % of 12-min windows).
const LEVEL_PCT: f64 = 12.0;
/// Falls by this much a minute.
const SLOPE_PCT_PER_MIN: f64 = 3.6;
/// What the CUSUM takes off: half of the shift that it is made for.
const CUSUM_K: f64 = 4.0;
/// The long-run variance of a pair, %²·s.
const PAIR_VARIANCE: f64 = 195.0;
/// One false alarm in ten hours.
const ARL_S: f64 = 36_000.0;

/// One rule's memory of whether it has spoken.
#[derive(Clone, Copy, Debug, Default)]
struct Latch {
    on: bool,
    back_s: u32,
}

impl Latch {
    /// A second goes by; true when an alert begins.
    fn step(&mut self, fires: bool, back: bool) -> bool {
        if !self.on {
            self.on = fires;
            self.back_s = 0;
            return fires;
        }
        self.back_s = if back { self.back_s + 1 } else { 0 };
        self.on = self.back_s < SHORT_S as u32;
        false
    }
}

/// The three rules on one ride.
#[derive(Clone, Debug)]
pub struct Rules {
    of: [Identity; 2],
    last: [Option<(Instant, f64)>; 2],
    next_second: usize,
    d: Vec<Option<f64>>,
    baseline: Option<f64>,
    cusum: f64,
    /// Where the CUSUM tells.
    threshold: f64,
    latches: [Latch; RULES],
    /// When each of them spoke, in seconds.
    pub alerts_s: [Vec<f64>; RULES],
}

impl Rules {
    /// For a ride on which these are worn; `None` unless the right calf and thigh are.
    pub fn new(worn: &[(Site, Identity)]) -> Option<Self> {
        let of = |site| worn.iter().find(|(at, _)| *at == site).map(|(_, identity)| *identity);
        Some(Self {
            of: [of(CALF)?, of(THIGH)?],
            last: [None; 2],
            next_second: 0,
            d: Vec::new(),
            baseline: None,
            cusum: 0.0,
            threshold: cusum_threshold(),
            latches: [Latch::default(); RULES],
            alerts_s: Default::default(),
        })
    }

    /// What the head unit hears.
    pub fn hear(&mut self, at: Instant, input: &Input<'_>) {
        while self.next_second as u64 * 1000 <= at.as_ms() {
            self.second();
            self.next_second += 1;
        }
        if let Input::Sample(sample) = input
            && let Some(muscle) = self.of.iter().position(|it| *it == sample.identity)
            && let Ok(value) = sample.reading
        {
            self.last[muscle] = Some((at, f64::from(value.smo2.percent())));
        }
    }

    fn second(&mut self) {
        let now = Instant::from_ms(self.next_second as u64 * 1000);
        let fresh = |it: Option<(Instant, f64)>| it.filter(|(at, _)| now.since(*at) <= HOLDS).map(|(_, value)| value);
        self.d.push(fresh(self.last[0]).zip(fresh(self.last[1])).map(|(calf, thigh)| calf - thigh));
        let n = self.d.len();
        if n >= FIRST_S && (n - FIRST_S).is_multiple_of(RENEWED_S) {
            self.baseline = mean(&self.d[n - BASELINE_S..]).or(self.baseline);
        }
        let Some(baseline) = self.baseline else { return };
        let recent = &self.d[n - SHORT_S..];
        let below = mean(recent).map(|mean| baseline - mean);
        let slope = slope_per_min(recent);
        if let Some(d) = self.d[n - 1] {
            self.cusum = (self.cusum + baseline - d - CUSUM_K).clamp(0.0, 2.0 * self.threshold);
        }
        let fires = [
            below.is_some_and(|below| below > LEVEL_PCT),
            slope.is_some_and(|slope| slope < -SLOPE_PCT_PER_MIN),
            self.cusum > self.threshold,
        ];
        let back = [!fires[0], !fires[1], below.is_some_and(|below| below < CUSUM_K)];
        for rule in 0..RULES {
            let was_on = self.latches[rule].on;
            if self.latches[rule].step(fires[rule], back[rule]) {
                self.alerts_s[rule].push(self.next_second as f64);
            }
            if rule == 2 && was_on && !self.latches[rule].on {
                self.cusum = 0.0;
            }
        }
    }
}

fn cusum_threshold() -> f64 {
    // Design shift 2k; u = threshold * shift / variance.
    threshold_units(PAIR_VARIANCE, 2.0 * CUSUM_K, ARL_S) * PAIR_VARIANCE / (2.0 * CUSUM_K)
}

/// The mean of what is known, if that is at least half.
fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known = values.iter().flatten().count();
    (2 * known >= values.len()).then(|| values.iter().flatten().sum::<f64>() / known as f64)
}

/// Least squares, points a minute.
fn slope_per_min(values: &[Option<f64>]) -> Option<f64> {
    let mean_d = mean(values)?;
    let known = || values.iter().enumerate().filter_map(|(i, d)| d.map(|d| (i as f64, d)));
    let mean_t = known().map(|(t, _)| t).sum::<f64>() / known().count() as f64;
    let (mut up, mut down) = (0.0, 0.0);
    for (t, d) in known() {
        up += (t - mean_t) * (d - mean_d);
        down += (t - mean_t) * (t - mean_t);
    }
    (down > 0.0).then(|| 60.0 * up / down)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sling_core::sensor::{Sample, Value};
    use sling_core::units::Smo2;

    const IDENTITIES: [Identity; 2] = [Identity::Channel(0), Identity::Channel(1)];

    /// Forty minutes in which the calf shows what `calf_pct` says at a second and the thigh 40 %.
    fn ridden(calf_pct: impl Fn(f64) -> f64) -> [Vec<f64>; RULES] {
        let mut rules = Rules::new(&[(CALF, IDENTITIES[0]), (THIGH, IDENTITIES[1])]).unwrap();
        for s in (0..2400_u64).step_by(2) {
            for (identity, percent) in IDENTITIES.into_iter().zip([calf_pct(s as f64), 40.0]) {
                let smo2 = Smo2::from_tenths((percent * 10.0).round() as u16).unwrap();
                let reading = Ok(Value { smo2, thb: None });
                let sample = Sample { identity, count: s as u16, reading };
                rules.hear(Instant::from_ms(s * 1000 + 100), &Input::Sample(sample));
            }
        }
        rules.alerts_s
    }

    #[test]
    fn a_calf_that_stays_where_it_was_is_left_alone() {
        assert!(ridden(|_| 55.0).iter().all(Vec::is_empty));
        // A swing of ten seconds up and down is neither level nor shift.
        assert_eq!(ridden(|s| if (s as u32 / 10).is_multiple_of(2) { 53.0 } else { 57.0 })[0], Vec::<f64>::new());
    }

    #[test]
    fn a_step_is_told_once_by_each_rule_and_soonest_by_the_cusum() {
        let [level, slope, cusum] = ridden(|s| if s < 900.0 { 55.0 } else { 40.0 });
        // 12 of 15 points are in the mean of 60 s after 48 s; the CUSUM's threshold is crossed at 11 points a second.
        assert_eq!((level.len(), slope.len(), cusum.len()), (1, 1, 1), "{level:?} {slope:?} {cusum:?}");
        assert!((948.0..952.0).contains(&level[0]), "{level:?}");
        assert!((900.0..915.0).contains(&slope[0]), "{slope:?}");
        let wanted = 900.0 + cusum_threshold() / 11.0;
        assert!((cusum[0] - wanted).abs() < 4.0, "{cusum:?}, wanted {wanted}");
    }

    #[test]
    fn a_fall_that_is_over_can_be_told_again() {
        let [level, ..] = ridden(|s| if (900.0..1050.0).contains(&s) || s > 1300.0 { 40.0 } else { 55.0 });
        assert_eq!(level.len(), 2, "{level:?}");
    }

    #[test]
    fn a_slow_fall_is_a_slope_only_above_its_limit() {
        let ramp = |per_min: f64| move |s: f64| 60.0 - ((s - 900.0).max(0.0) / 60.0 * per_min).min(30.0);
        assert_eq!(ridden(ramp(3.0))[1], Vec::<f64>::new());
        assert_eq!(ridden(ramp(5.0))[1].len(), 1);
    }

    #[test]
    fn nothing_is_said_of_a_sensor_that_is_silent_or_not_worn() {
        assert!(Rules::new(&[(CALF, IDENTITIES[0])]).is_none());
        let mut rules = Rules::new(&[(CALF, IDENTITIES[0]), (THIGH, IDENTITIES[1])]).unwrap();
        rules.hear(Instant::from_ms(2_000_000), &Input::Tick);
        assert!(rules.alerts_s.iter().all(Vec::is_empty));
    }
}
