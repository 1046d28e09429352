//! Figures: quantiles that count what was missed, armed time, and the best delay that theory allows.
//!
//! Theory (Moustakides, Shiryaev; detection of a change of drift of Brownian motion): for a shift d in noise of long-run
//! variance s2, CUSUM with k = d/2 and threshold H, u = H d / s2, has a mean time between false alarms of
//! (2 s2 / d2)(e^u - u - 1) and a mean delay of (2 s2 / d2)(e^-u + u - 1), and nothing has a smaller one. Times are in
//! seconds, variances in %²·s.

use sling_core::head_unit::Place;
use sling_core::sensor::Site;

/// One false alarm in ten hours.
pub const ARL_S: f64 = 36_000.0;
/// The time constant of the slow variation: its long-run variance is its variance times four of these.
const TIME_CONSTANT_S: f64 = 6.5;
/// Armed time counts from here, in seconds: before, everything learns.
pub const COUNTED_FROM_S: f64 = 600.0;
/// A state that lasts less than this flickers, in seconds.
const FLICKER_S: f64 = 5.0;

/// A value that a share of them does not exceed; infinite where that many were missed. `None` without any.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let (below, above) = (sorted[place as usize], sorted[(place.ceil() as usize).min(last)]);
    let part = place.fract();
    Some(if part == 0.0 || below == above { below } else { below + (above - below) * part })
}

/// The one in the middle.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// u = threshold * shift / variance for which false alarms are `arl_s` apart.
pub fn threshold_units(variance: f64, shift_pct: f64, arl_s: f64) -> f64 {
    let wanted = arl_s * shift_pct * shift_pct / (2.0 * variance);
    let (mut low, mut high) = (0.0, 50.0);
    for _ in 0..100 {
        let u = f64::midpoint(low, high);
        if libm::exp(u) - u - 1.0 < wanted {
            low = u;
        } else {
            high = u;
        }
    }
    f64::midpoint(low, high)
}

/// The best mean delay for an abrupt step at one false alarm in `arl_s`.
pub fn step_bound_s(variance: f64, shift_pct: f64, arl_s: f64) -> f64 {
    let u = threshold_units(variance, shift_pct, arl_s);
    2.0 * variance / (shift_pct * shift_pct) * (libm::exp(-u) + u - 1.0)
}

/// The same for a step that comes with a time constant: when the evidence in it, the integral of its square, is that of
/// the abrupt step at its bound.
pub fn shaped_bound_s(variance: f64, shift_pct: f64, tau_s: f64, arl_s: f64) -> f64 {
    let abrupt_s = step_bound_s(variance, shift_pct, arl_s);
    if tau_s <= 0.0 {
        return abrupt_s;
    }
    // The integral of (1 - e^(-t/tau))^2.
    let evidence =
        |t: f64| t - 2.0 * tau_s * (1.0 - libm::exp(-t / tau_s)) + tau_s / 2.0 * (1.0 - libm::exp(-2.0 * t / tau_s));
    let (mut low, mut high) = (abrupt_s, abrupt_s + 2.0 * tau_s);
    for _ in 0..60 {
        let t = f64::midpoint(low, high);
        if evidence(t) < abrupt_s {
            low = t;
        } else {
            high = t;
        }
    }
    f64::midpoint(low, high)
}

/// About the best delay for a ramp, at one false alarm in ten hours: (6 s2 u / b2)^(1/3) with u = 8.5.
pub fn ramp_bound_s(variance: f64, slope_pct_per_min: f64) -> f64 {
    let per_s = slope_pct_per_min / 60.0;
    libm::cbrt(6.0 * variance * 8.5 / (per_s * per_s))
}

/// Long-run variance of the difference of two muscles, from the standard deviations of their slow variation.
pub fn pair_variance(one_pct: f64, other_pct: f64, correlation: f64) -> f64 {
    let [one, other] = [one_pct, other_pct].map(|sd| sd * sd * 4.0 * TIME_CONSTANT_S);
    one + other - 2.0 * correlation * (one * other).sqrt()
}

/// When a place became ready (`true`) or no longer was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arming {
    /// In seconds.
    pub at_s: f64,
    /// Which.
    pub place: Place,
    /// Ready or not.
    pub armed: bool,
}

/// How long any of the pairs that `counts` was ready between two times.
pub fn armed_s(armings: &[Arming], from_s: f64, to_s: f64, counts: impl Fn(Place) -> bool) -> f64 {
    let mut armed: Vec<Place> = Vec::new();
    let (mut sum, mut last_s) = (0.0, from_s);
    for arming in armings.iter().filter(|it| it.place.against.is_some() && counts(it.place)) {
        let at_s = arming.at_s.clamp(from_s, to_s);
        if !armed.is_empty() {
            sum += at_s - last_s;
        }
        last_s = at_s;
        armed.retain(|place| *place != arming.place);
        if arming.armed {
            armed.push(arming.place);
        }
    }
    if armed.is_empty() { sum } else { sum + to_s - last_s }
}

/// Whether a pair is of these two, whichever way round.
pub fn is_pair(place: Place, one: Site, other: Site) -> bool {
    place.against == Some(other) && place.site == one || place.against == Some(one) && place.site == other
}

/// How many of these states, each from when to when, lasted less than five seconds.
pub fn flickers(spans: impl Iterator<Item = (f64, f64)>) -> usize {
    spans.filter(|(from, to)| to - from < FLICKER_S).count()
}

/// Spans of one state of each place: ready, and not ready between two times of being ready.
pub fn arming_spans(armings: &[Arming]) -> Vec<(f64, f64)> {
    let mut spans = Vec::new();
    for (i, arming) in armings.iter().enumerate() {
        let begun_by_start = !arming.armed && armings[..i].iter().all(|before| before.place != arming.place);
        let next = armings[i + 1..].iter().find(|after| after.place == arming.place && after.armed != arming.armed);
        let repeated = armings[..i].iter().rfind(|before| before.place == arming.place);
        if !begun_by_start
            && repeated.is_none_or(|before| before.armed != arming.armed)
            && let Some(next) = next
        {
            spans.push((arming.at_s, next.at_s));
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::sets::{CALF, THIGH};

    #[test]
    fn the_bound_is_the_table_of_the_literature_for_every_noise() {
        // Long-run SD, false alarms apart in hours, then 3, 5, 8, 10, 15 %.
        for (sd, hours, delays) in [
            (8.05, 1.0, [66.0, 29.0, 13.0, 9.0, 4.0]),
            (8.05, 10.0, [98.0, 41.0, 18.0, 12.0, 6.0]),
            (11.9, 10.0, [190.0, 80.0, 35.0, 24.0, 12.0]),
            (14.0, 1.0, [152.0, 70.0, 33.0, 23.0, 12.0]),
            (14.0, 10.0, [249.0, 106.0, 47.0, 32.0, 16.0]),
            (14.0, 100.0, [349.0, 142.0, 61.0, 41.0, 20.0]),
            (20.0, 10.0, [447.0, 193.0, 87.0, 59.0, 29.0]),
        ] {
            for (shift, wanted) in [3.0, 5.0, 8.0, 10.0, 15.0].into_iter().zip(delays) {
                let bound = step_bound_s(sd * sd, shift, hours * 3600.0);
                assert!((bound - wanted).abs() <= 1.0, "SD {sd}, {hours} h, {shift} %: {bound}, wanted {wanted}");
            }
        }
    }

    #[test]
    fn an_onset_of_20_s_costs_what_its_evidence_lacks() {
        for (shift, wanted) in [(15.0, 41.0), (10.0, 60.0), (8.0, 76.0), (5.0, 136.0)] {
            let bound = shaped_bound_s(195.0, shift, 20.0, ARL_S);
            assert!((bound - wanted).abs() <= 1.0, "{shift} %: {bound}, wanted {wanted}");
        }
        assert_eq!(shaped_bound_s(195.0, 8.0, 0.0, ARL_S), step_bound_s(195.0, 8.0, ARL_S));
        for (slope, wanted_min) in [(0.5, 8.7), (1.0, 5.5), (2.0, 3.5)] {
            assert!((ramp_bound_s(195.0, slope) / 60.0 - wanted_min).abs() < 0.06, "{slope} % a minute");
        }
    }

    #[test]
    fn two_muscles_that_vary_together_leave_less_between_them() {
        assert!((pair_variance(1.94, 1.94, 0.0) - 195.7).abs() < 0.1);
        assert!((pair_variance(1.94, 1.94, 0.5) - 97.9).abs() < 0.1);
        assert!(pair_variance(2.0, 2.0, 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_was_missed_is_late_for_ever() {
        let missed = f64::INFINITY;
        assert_eq!(median(&[30.0, missed, 10.0]), Some(30.0));
        assert_eq!(median(&[30.0, missed, missed]), Some(missed));
        assert_eq!(median(&[10.0, 20.0]), Some(15.0));
        assert_eq!(median(&[10.0, missed]), Some(missed));
        assert_eq!(median(&[missed, missed]), Some(missed));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0], 0.9), Some(10.0));
        assert_eq!(median(&[]), None);
    }

    fn arming(at_s: f64, site: Site, against: Option<Site>, armed: bool) -> Arming {
        Arming { at_s, place: Place { site, against }, armed }
    }

    #[test]
    fn armed_time_is_when_any_pair_is_ready_within_the_window() {
        let pair = |at_s, armed| arming(at_s, CALF, Some(THIGH), armed);
        let other = |at_s, armed| arming(at_s, THIGH, Some(CALF), armed);
        let all = |_| true;
        assert_eq!(armed_s(&[], 600.0, 3600.0, all), 0.0);
        assert_eq!(armed_s(&[pair(500.0, true)], 600.0, 3600.0, all), 3000.0);
        assert_eq!(armed_s(&[pair(500.0, true), pair(590.0, false)], 600.0, 3600.0, all), 0.0);
        assert_eq!(armed_s(&[pair(700.0, true), pair(1000.0, false), pair(3500.0, true)], 600.0, 3600.0, all), 400.0);
        // Two pairs at once count once; one that is told twice counts once.
        let both =
            [pair(700.0, true), other(800.0, true), pair(900.0, false), pair(900.0, false), other(1000.0, false)];
        assert_eq!(armed_s(&both, 600.0, 3600.0, all), 300.0);
        assert_eq!(armed_s(&both, 600.0, 3600.0, |place| place.site == CALF), 200.0);
        // A single muscle is no pair.
        assert_eq!(armed_s(&[arming(700.0, CALF, None, true)], 600.0, 3600.0, all), 0.0);
    }

    #[test]
    fn only_what_ends_within_five_seconds_flickers() {
        let pair = |at_s, armed| arming(at_s, CALF, Some(THIGH), armed);
        // Never ready before 10 s is no flicker; ready for 3 s and away for 4 s is; away for good is not.
        let armings = [
            pair(9.0, false),
            pair(10.0, true),
            pair(13.0, false),
            pair(13.5, false),
            pair(17.0, true),
            pair(30.0, false),
        ];
        assert_eq!(arming_spans(&armings), [(10.0, 13.0), (13.0, 17.0), (17.0, 30.0)]);
        assert_eq!(flickers(arming_spans(&armings).into_iter()), 2);
    }
}
