//! What a difference between positions is worth, given how levels wander.
//!
//! **What is estimated** is a weighted sum of block means: plus what a block of one position counts, minus the other.
//! Drift that is linear cancels where orders are balanced, and is taken out with its slope where they are not; the slope
//! is such a sum itself, so that everything here speaks of weights.
//!
//! **Noise within blocks** is autocorrelated: of T seconds about T/27 count. Its long-run variance is measured in
//! the very blocks that are compared, by overlapping batches of 60 s. That is what a moving-block bootstrap with blocks of
//! 60 s converges to for a mean (Künsch 1989, Annals of Statistics 17; Meketon and Schmeiser 1984), without drawing anything.
//! Batches lie within one block, a third of its length: how much smaller that makes them, and how many degrees of
//! freedom they have (Satterthwaite), follows from the shape of riding's autocorrelation, (1 + τ/T) exp(-τ/T) with T =
//! 6.5 s, measured in 36 h of riding at constant power. Only the size is the rider's own.
//!
//! **Noise between blocks**: drift is not linear. Its slope over 15 minutes has a standard deviation of 9 %/h in the same
//! riding; what a new slope at any time between the blocks leaves in the sum is added. Where three sets of four blocks or
//! more scatter by more than all that explains, their own scatter counts instead.
//!
//! **Interval**: Student's t with the degrees of freedom that come of it, 95 %. With three positions, all intervals hold
//! together: the largest of their t (max-T), drawn with the correlation that shared blocks give them.
//!
//! Units: seconds, minutes where it says so, points of SmO2.

use crate::world::random::{Purpose, Random};

/// The time constant of riding's noise, s.
const NOISE_TAU_S: f64 = 6.5;
/// Seconds in a batch: at least twice the integrated time of 27 s.
pub const BATCH_S: usize = 60;
/// Slopes of drift of one muscle scatter by so much (SD), points a minute, and last so long, minutes.
const SLOPE_SD_PER_MIN: f64 = 9.0 / 60.0;
const SLOPE_LASTS_MIN: f64 = 15.0;
/// Draws for max-T, always the same ones.
const DRAWS: usize = 20_000;
/// Sets whose scatter is looked at.
const FEWEST_SETS: usize = 3;

/// A block in an estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Which recording and contact it belongs to: drift has a slope for each.
    pub application: usize,
    /// The middle of what counts, minutes.
    pub at_min: f64,
    /// Seconds that count.
    pub seconds: usize,
    /// The mean, points.
    pub mean: f64,
}

/// Two blocks that follow each other: indices of the earlier position's and the later position's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The block of the position that was used first.
    pub from: usize,
    /// The block of the other.
    pub to: usize,
}

/// Long-run variance of riding's noise, points² s, with the degrees of freedom that it is known by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Points squared times seconds.
    pub long_run: f64,
    /// Degrees of freedom.
    pub df: f64,
}

/// What the blocks say of one difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Later position less the one used first, points.
    pub difference: f64,
    /// Standard error.
    pub se: f64,
    /// Degrees of freedom of its t.
    pub df: f64,
    /// The weight of every block.
    pub weights: Vec<f64>,
    /// Sets of blocks scattered more than noise and drift explain.
    pub scattered: bool,
}

/// Autocorrelation of riding's noise.
fn correlation(lag_s: f64) -> f64 {
    let x = lag_s.abs() / NOISE_TAU_S;
    (1.0 + x) * (-x).exp()
}

/// What the sum of all correlations is, s: the long-run variance of noise of variance one.
fn long_run_of_one() -> f64 {
    1.0 + 2.0 * (1..400).map(|lag| correlation(f64::from(lag))).sum::<f64>()
}

/// Variance of the mean of so many seconds for a long-run variance of one.
fn variance_of_mean(seconds: usize) -> f64 {
    let n = seconds as f64;
    let sum: f64 = (1..seconds).map(|lag| (n - lag as f64) * correlation(lag as f64)).sum();
    (n + 2.0 * sum) / (n * n * long_run_of_one())
}

/// What overlapping batches within `seconds` are expected to show of a long-run variance of one, and their degrees of
/// freedom.
fn batches_expect(seconds: usize) -> Option<(f64, f64)> {
    let batches = (seconds + 1).checked_sub(BATCH_S).filter(|&n| n > 1)?;
    let long_run = long_run_of_one();
    let table: Vec<f64> = (0..seconds).map(|lag| correlation(lag as f64) / long_run).collect();
    // Of each second with the whole block, then of each batch with it.
    let mut left = 0.0;
    let sums: Vec<f64> = table
        .iter()
        .map(|r| {
            left += r;
            left
        })
        .collect();
    let with_all: Vec<f64> = (0..seconds).map(|i| sums[i] + sums[seconds - 1 - i] - table[0]).collect();
    let (batch, all) = (BATCH_S as f64, seconds as f64);
    let mut with_block: Vec<f64> = Vec::with_capacity(batches);
    let mut sum: f64 = with_all[..BATCH_S].iter().sum();
    for k in 0..batches {
        with_block.push(sum / (batch * all));
        if k + BATCH_S < seconds {
            sum += with_all[k + BATCH_S] - with_all[k];
        }
    }
    let block = with_all.iter().sum::<f64>() / (all * all);
    let between: Vec<f64> = (0..batches)
        .map(|apart| {
            let width = BATCH_S as i64;
            let sum: f64 = (1 - width..width)
                .map(|u| {
                    (width - u.abs()) as f64 * table.get((apart as i64 + u).unsigned_abs() as usize).unwrap_or(&0.0)
                })
                .sum();
            sum / (batch * batch)
        })
        .collect();
    let (mut trace, mut squares) = (0.0, 0.0);
    for k in 0..batches {
        for l in 0..batches {
            let v = between[k.abs_diff(l)] - with_block[k] - with_block[l] + block;
            squares += v * v;
            if k == l {
                trace += v;
            }
        }
    }
    Some((trace, trace * trace / squares))
}

/// The long-run variance that the seconds of these blocks show; `None` if no block is long enough.
pub fn noise<'a>(blocks: impl Iterator<Item = &'a [f64]>) -> Option<Noise> {
    let (mut shown, mut expected, mut over_df) = (0.0, 0.0, 0.0);
    for block in blocks {
        let Some((trace, df)) = batches_expect(block.len()) else { continue };
        let mean = block.iter().sum::<f64>() / block.len() as f64;
        for batch in block.windows(BATCH_S) {
            let off = batch.iter().sum::<f64>() / BATCH_S as f64 - mean;
            shown += off * off;
        }
        expected += trace;
        over_df += trace * trace / df;
    }
    (expected > 0.0).then(|| Noise { long_run: shown / expected, df: expected * expected / over_df })
}

/// What scattered slopes of drift leave in two weighted sums together, for one muscle: their covariance, points².
/// The time at which a slope gives way to the next is not known: its mean over all is taken.
fn drift_covariance(points: &[Point], one: &[f64], other: &[f64]) -> f64 {
    let mut applications: Vec<usize> = points.iter().map(|point| point.application).collect();
    applications.sort_unstable();
    applications.dedup();
    let mut sum = 0.0;
    for application in applications {
        let of = |weights: &'_ [f64]| -> Vec<(f64, f64)> {
            let own = points.iter().zip(weights).filter(|(point, _)| point.application == application);
            own.map(|(point, weight)| (point.at_min, *weight)).collect()
        };
        let (one, other) = (of(one), of(other));
        let times = || one.iter().map(|(at, _)| *at);
        let (first, last) = (times().fold(f64::MAX, f64::min), times().fold(f64::MIN, f64::max));
        let phases = SLOPE_LASTS_MIN as usize;
        let mut over_phases = 0.0;
        for phase in 0..phases {
            let mut from = first - phase as f64;
            while from < last {
                // Minutes of this slope up to each block.
                let share = |at: f64| (at - from.max(first)).clamp(0.0, from + SLOPE_LASTS_MIN - from.max(first));
                let sum_of = |weights: &[(f64, f64)]| weights.iter().map(|(at, w)| w * share(*at)).sum::<f64>();
                over_phases += sum_of(&one) * sum_of(&other);
                from += SLOPE_LASTS_MIN;
            }
        }
        sum += over_phases / phases as f64;
    }
    SLOPE_SD_PER_MIN * SLOPE_SD_PER_MIN * sum
}

/// The weight of every block in the difference: the mean over pairs, less what a common slope of drift makes of it where
/// one position came later than the other.
fn weights(points: &[Point], pairs: &[Pair]) -> Vec<f64> {
    let mut weights = vec![0.0; points.len()];
    let n = pairs.len() as f64;
    let mut later = 0.0;
    for pair in pairs {
        weights[pair.to] += 1.0 / n;
        weights[pair.from] -= 1.0 / n;
        later += (points[pair.to].at_min - points[pair.from].at_min) / n;
    }
    // Groups of one position in one application, each about its own mean time.
    let mut squares = 0.0;
    let mut slope = vec![0.0; points.len()];
    let groups = pairs.iter().map(|pair| pair.from).chain(pairs.iter().map(|pair| pair.to)).enumerate();
    let groups: Vec<(bool, usize)> = groups.map(|(i, block)| (i < pairs.len(), block)).collect();
    for &(is_from, block) in &groups {
        let alike =
            |other: &&(bool, usize)| other.0 == is_from && points[other.1].application == points[block].application;
        let times: Vec<f64> = groups.iter().filter(alike).map(|other| points[other.1].at_min).collect();
        let x = points[block].at_min - times.iter().sum::<f64>() / times.len() as f64;
        slope[block] = x;
        squares += x * x;
    }
    if squares > 0.0 && later.abs() > 0.05 {
        for (weight, x) in weights.iter_mut().zip(slope) {
            *weight -= later * x / squares;
        }
    }
    weights
}

/// Pairs in mirrored order that follow each other (A B, B A): each gives a difference without linear drift.
fn sets(points: &[Point], pairs: &[Pair]) -> Vec<f64> {
    let difference = |pair: &Pair| points[pair.to].mean - points[pair.from].mean;
    let is_forward = |pair: &Pair| points[pair.to].at_min > points[pair.from].at_min;
    let mut sets = Vec::new();
    let mut rest = pairs;
    while let [one, other, after @ ..] = rest {
        if is_forward(one) != is_forward(other) && points[one.to].application == points[other.to].application {
            sets.push(f64::midpoint(difference(one), difference(other)));
            rest = after;
        } else {
            rest = &rest[1..];
        }
    }
    sets
}

/// How sure the difference is. `muscles` is how many wander in it: one, or two for D.
pub fn estimate(points: &[Point], pairs: &[Pair], noise: Noise, muscles: u8) -> Option<Estimate> {
    if pairs.is_empty() {
        return None;
    }
    let weights = weights(points, pairs);
    let difference = points.iter().zip(&weights).map(|(point, weight)| point.mean * weight).sum();
    let within = noise.long_run * within(points, &weights, &weights);
    let drift = f64::from(muscles) * drift_covariance(points, &weights, &weights);
    let (mut variance, mut df) = (within + drift, noise.df);
    if within > 0.0 {
        df = noise.df * (variance / within).powi(2);
    }
    let sets = sets(points, pairs);
    let mut scattered = false;
    if sets.len() >= FEWEST_SETS && 2 * sets.len() == pairs.len() {
        let n = sets.len() as f64;
        let mean = sets.iter().sum::<f64>() / n;
        let own = sets.iter().map(|set| (set - mean).powi(2)).sum::<f64>() / (n - 1.0) / n;
        if own > variance && f_above(own / variance, n - 1.0, df) < 0.05 {
            (variance, df, scattered) = (own, n - 1.0, true);
        }
    }
    Some(Estimate { difference, se: variance.sqrt(), df: df.min(1e4), weights, scattered })
}

/// What noise within blocks of a long-run variance of one leaves in two weighted sums together.
fn within(points: &[Point], one: &[f64], other: &[f64]) -> f64 {
    points.iter().zip(one.iter().zip(other)).map(|(point, (a, b))| a * b * variance_of_mean(point.seconds)).sum()
}

/// The t that the intervals of several differences need to hold together; of one, Student's own.
///
/// Blocks of all of them are in `points`.
pub fn critical(points: &[Point], estimates: &[&Estimate], noise: Noise, muscles: u8) -> f64 {
    let df = estimates.iter().map(|estimate| estimate.df).fold(1e4, f64::min);
    if estimates.len() < 2 {
        return student_quantile(0.975, df);
    }
    let n = estimates.len();
    let covariance = |i: usize, j: usize| {
        let (one, other) = (&estimates[i].weights, &estimates[j].weights);
        noise.long_run * within(points, one, other) + f64::from(muscles) * drift_covariance(points, one, other)
    };
    let sd: Vec<f64> = (0..n).map(|i| covariance(i, i).sqrt().max(1e-9)).collect();
    // The Cholesky factor of the correlations. A difference that follows from the others has nothing of its own.
    let mut root = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| root[i][k] * root[j][k]).sum();
            let rest = covariance(i, j) / (sd[i] * sd[j]) - known;
            root[i][j] = if i == j {
                rest.max(0.0).sqrt()
            } else if root[j][j] > 1e-6 {
                rest / root[j][j]
            } else {
                0.0
            };
        }
    }
    let mut random = Random::stream(1, Purpose::Fit, 0);
    let whole_df = df.round().clamp(1.0, 60.0) as usize;
    let mut largest: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let z: Vec<f64> = (0..n).map(|_| random.normal()).collect();
            let chi: f64 = (0..whole_df).map(|_| random.normal().powi(2)).sum();
            let scale = (chi / whole_df as f64).sqrt();
            let t = |row: &Vec<f64>| row.iter().zip(&z).map(|(a, b)| a * b).sum::<f64>().abs() / scale;
            root.iter().map(t).fold(0.0, f64::max)
        })
        .collect();
    largest.sort_by(f64::total_cmp);
    largest[DRAWS * 95 / 100].max(student_quantile(0.975, df))
}

/// How often the mean of the differences would be as far from zero, or further, if the order within each pair had been the
/// other way round: all 2^n orders.
pub fn order_p(differences: &[f64]) -> f64 {
    let seen = differences.iter().sum::<f64>().abs();
    let orders = 1_u32 << differences.len().min(16);
    let as_far = (0..orders)
        .filter(|order| {
            let signed = differences.iter().enumerate();
            let sum: f64 = signed.map(|(i, d)| if order >> i & 1 == 1 { -d } else { *d }).sum();
            sum.abs() >= seen - 1e-9
        })
        .count();
    as_far as f64 / f64::from(orders)
}

/// The share of Student's t that lies below `t`.
pub fn student_below(t: f64, df: f64) -> f64 {
    let tail = incomplete_beta(df / (df + t * t), df / 2.0, 0.5) / 2.0;
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// Where a share of Student's t lies below.
pub fn student_quantile(share: f64, df: f64) -> f64 {
    let (mut low, mut high) = (-1e3, 1e3);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if student_below(middle, df) < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The share of the F distribution that lies above.
fn f_above(f: f64, df1: f64, df2: f64) -> f64 {
    incomplete_beta(df2 / (df2 + df1 * f), df2 / 2.0, df1 / 2.0)
}

/// The regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8), evaluated after
/// Lentz.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = (libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp() / a;
    let away = |y: f64| if y.abs() < 1e-300 { 1e-300 } else { y };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction / before - 1.0).abs() < 1e-14 {
            break;
        }
    }
    front * fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at_min: f64, mean: f64) -> Point {
        Point { application: 0, at_min, seconds: 165, mean }
    }

    #[test]
    fn students_t_is_the_one_of_the_tables() {
        for (df, t) in [(1.0, 12.706), (2.0, 4.303), (5.0, 2.571), (10.0, 2.228), (30.0, 2.042), (1e4, 1.960)] {
            assert!((student_quantile(0.975, df) - t).abs() < 1e-3, "{df}: {}", student_quantile(0.975, df));
        }
        assert!((student_below(0.0, 7.0) - 0.5).abs() < 1e-12);
        // 5 % of F(2, 10) lie above 4.103, of F(5, 20) above 2.711.
        assert!((f_above(4.103, 2.0, 10.0) - 0.05).abs() < 1e-4);
        assert!((f_above(2.711, 5.0, 20.0) - 0.05).abs() < 1e-4);
    }

    #[test]
    fn a_mean_of_many_seconds_has_the_long_run_variance() {
        assert!((long_run_of_one() - 26.0).abs() < 0.5, "{}", long_run_of_one());
        assert!((variance_of_mean(3000) * 3000.0 - 1.0).abs() < 0.01);
        // One second: the noise itself.
        assert!((variance_of_mean(1) * long_run_of_one() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_noise_of_drawn_riding_is_found_without_bias() {
        let mut random = Random::stream(11, Purpose::Fit, 9);
        let n = 600;
        let found: Vec<Noise> = (0..n)
            .map(|_| {
                let drawn: Vec<Vec<f64>> = (0..4).map(|_| crate::world::riding_noise(&mut random, 165)).collect();
                noise(drawn.iter().map(Vec::as_slice)).unwrap()
            })
            .collect();
        let mean = found.iter().map(|noise| noise.long_run).sum::<f64>() / f64::from(n);
        let sd = (found.iter().map(|noise| (noise.long_run - mean).powi(2)).sum::<f64>() / f64::from(n)).sqrt();
        assert!((mean / long_run_of_one() - 1.0).abs() < 0.06, "{mean}");
        // What the degrees of freedom promise: SD over mean is the root of 2 over df.
        let promised = (2.0 / found[0].df).sqrt();
        assert!((sd / mean / promised - 1.0).abs() < 0.15, "{} for {promised}", sd / mean);
    }

    #[test]
    fn linear_drift_cancels_in_every_order_that_shows_its_slope() {
        let noise = Noise { long_run: 90.0, df: 10.0 };
        for order in ["ABBA", "BAAB", "ABAB", "ABBABA", "ABABABAB"] {
            let points: Vec<Point> = (0..)
                .zip(order.chars())
                .map(|(i, label)| {
                    point(f64::from(i) * 5.0, 60.0 - f64::from(i) + if label == 'B' { -4.0 } else { 0.0 })
                })
                .collect();
            let pair = |i: usize| {
                if order.as_bytes()[i] == b'A' { Pair { from: i, to: i + 1 } } else { Pair { from: i + 1, to: i } }
            };
            let pairs: Vec<Pair> = (0..order.len()).step_by(2).map(pair).collect();
            let found = estimate(&points, &pairs, noise, 2).unwrap();
            assert!((found.difference + 4.0).abs() < 1e-9, "{order}: {}", found.difference);
        }
    }

    #[test]
    fn one_pair_is_less_sure_than_a_mirrored_set_by_more_than_two_blocks_explain() {
        let noise = Noise { long_run: 90.0, df: 10.0 };
        let points = [point(0.0, 50.0), point(5.0, 50.0), point(10.0, 50.0), point(15.0, 50.0)];
        let pair = estimate(&points[..2], &[Pair { from: 0, to: 1 }], noise, 2).unwrap();
        let set = estimate(&points, &[Pair { from: 0, to: 1 }, Pair { from: 3, to: 2 }], noise, 2).unwrap();
        assert!(pair.se > 1.5 * set.se, "{} and {}", pair.se, set.se);
    }

    #[test]
    fn sets_that_scatter_beyond_the_noise_count_by_their_own_scatter() {
        let noise = Noise { long_run: 10.0, df: 30.0 };
        let with = |shifts: [f64; 3]| {
            let means = shifts.iter().flat_map(|shift| [50.0, 50.0 + shift, 50.0 + shift, 50.0]);
            let points: Vec<Point> = (0..).zip(means).map(|(i, mean)| point(f64::from(i) * 5.0, mean)).collect();
            let pairs: Vec<Pair> = (0..3)
                .flat_map(|set| [Pair { from: 4 * set, to: 4 * set + 1 }, Pair { from: 4 * set + 3, to: 4 * set + 2 }])
                .collect();
            estimate(&points, &pairs, noise, 1).unwrap()
        };
        assert!(!with([-4.0, -4.2, -3.8]).scattered);
        let wild = with([-12.0, 4.0, -4.0]);
        assert!(wild.scattered && wild.se > 3.0 && wild.df < 2.5, "{wild:?}");
    }

    #[test]
    fn all_orders_of_two_pairs_can_never_be_surprising() {
        assert!((order_p(&[-4.0, -5.0]) - 0.5).abs() < 1e-12);
        assert!((order_p(&[-4.0, -5.0, -4.5, -6.0, -5.5]) - 2.0 / 32.0).abs() < 1e-12);
        assert!((order_p(&[-4.0, 4.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn intervals_of_three_positions_are_wider_than_one_and_narrower_than_bonferroni() {
        let noise = Noise { long_run: 90.0, df: 20.0 };
        let points: Vec<Point> = (0..6).map(|i| point(f64::from(i) * 5.0, 50.0)).collect();
        let of = |pairs: &[Pair]| estimate(&points, pairs, noise, 2).unwrap();
        let ab = of(&[Pair { from: 0, to: 1 }, Pair { from: 5, to: 4 }]);
        let bc = of(&[Pair { from: 1, to: 2 }, Pair { from: 4, to: 3 }]);
        let ac = of(&[Pair { from: 0, to: 2 }, Pair { from: 5, to: 3 }]);
        let three = critical(&points, &[&ab, &bc, &ac], noise, 2);
        let one = critical(&points, &[&ab], noise, 2);
        let bonferroni = student_quantile(1.0 - 0.025 / 3.0, ab.df.min(bc.df).min(ac.df));
        assert!(one < three && three <= bonferroni * 1.02, "{one} {three} {bonferroni}");
    }
}
