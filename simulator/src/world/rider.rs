//! Who rides: how each muscle answers to load, drawn from the seed unless the scenario says.
//!
//! Thigh and calf come from a published two-site data set (28 rides in which both desaturate): vastus lateralis
//! -18.6 ± 5.8, gastrocnemius medialis -10.3 ± 4.7 points for each 100 W. Biceps femoris is from the same set's means,
//! 66/60/56/51 % at 40/124/213/302 W. The rest are assumptions: soleus as gastrocnemius, semitendinosus as biceps, the
//! other muscles weaker, the deltoid barely working.

use super::random::{Purpose, Random};
use crate::scenario::{Rider, SensorKind};
use sling_core::sensor::{Muscle, Site};

/// The spread of gains between riders, in points for each 100 W.
const GAIN_SD: f64 = 5.0;
/// The least gain of a working muscle: gains are kept positive.
const LEAST_GAIN: f64 = 2.0;
/// Where a drawn rider's muscle may get by load alone. Riders who desaturate fully do not ride such a load for long;
/// without this, one rider in ten would sit at 0 % in a scenario of 300 W.
const LEAST_LOADED_PCT: f64 = 12.0;
/// Median and geometric standard deviation of the slow variation's SD.
const VARIATION_PCT: (f64, f64) = (1.9, 1.55);
/// White noise of a sample, typical under load and at rest.
const SAMPLE_NOISE_PCT: (f64, f64) = (0.9, 0.4);
/// Fall of the calf for each 10 rpm more at one power. At a fixed 160 W, gastrocnemius desaturates more and more from
/// 60 to 110 rpm (Skovereng et al. 2017), which gives the direction; the size, 3 points over the 50 rpm, is assumed.
const CALF_CADENCE_PCT_PER_10RPM: (f64, f64) = (0.6, 0.2);

/// How a muscle answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Profile {
    pub(super) base_pct: f64,
    pub(super) gain_pct_per_100w: f64,
    pub(super) tau_s: f64,
    pub(super) cadence_pct_per_10rpm: f64,
    /// Fall while standing; that there is one is common experience, the size is assumed.
    pub(super) standing_pct: f64,
    pub(super) variation_pct: f64,
    pub(super) thb_base: f64,
    pub(super) noise_load_pct: f64,
    pub(super) noise_rest_pct: f64,
}

/// What all muscles share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Common {
    pub(super) correlation: f64,
    pub(super) cadence_rpm: f64,
    pub(super) rest_heart_rate_bpm: f64,
    pub(super) heart_rate_bpm_per_w: f64,
}

/// The range of a muscle group.
struct Group {
    base_pct: (f64, f64),
    gain_pct_per_100w: f64,
    tau_s: (f64, f64),
    standing_pct: f64,
}

const fn group(muscle: Muscle) -> Group {
    match muscle {
        Muscle::VastusLateralis | Muscle::VastusMedialis | Muscle::RectusFemoris => {
            Group { base_pct: (68.0, 80.0), gain_pct_per_100w: 18.0, tau_s: (15.0, 15.0), standing_pct: 2.0 }
        }
        Muscle::GastrocnemiusMedialis | Muscle::GastrocnemiusLateralis | Muscle::Soleus => {
            Group { base_pct: (62.0, 76.0), gain_pct_per_100w: 10.0, tau_s: (20.0, 30.0), standing_pct: 3.0 }
        }
        Muscle::BicepsFemoris | Muscle::Semitendinosus | Muscle::GluteusMaximus => {
            Group { base_pct: (62.0, 74.0), gain_pct_per_100w: 6.0, tau_s: (15.0, 25.0), standing_pct: 1.0 }
        }
        Muscle::GluteusMedius | Muscle::TibialisAnterior | Muscle::ErectorSpinae => {
            Group { base_pct: (62.0, 76.0), gain_pct_per_100w: 5.0, tau_s: (15.0, 30.0), standing_pct: 1.0 }
        }
        Muscle::Deltoid => {
            Group { base_pct: (65.0, 78.0), gain_pct_per_100w: 0.0, tau_s: (30.0, 30.0), standing_pct: 1.0 }
        }
    }
}

/// A number of a site, for its random streams.
pub(super) fn site_index(site: Site) -> u64 {
    site.muscle as u64 * 2 + site.side as u64
}

/// What all muscles of the rider share.
pub(super) fn common(rider: &Rider, seed: u64) -> Common {
    let mut random = Random::stream(seed, Purpose::Rider, 0);
    let correlation = random.between(0.0, 0.5);
    let cadence_rpm = random.between(82.0, 94.0);
    let rest_heart_rate_bpm = random.between(55.0, 75.0);
    let heart_rate_bpm_per_w = random.between(0.28, 0.42);
    Common {
        correlation: rider.correlation.unwrap_or(correlation),
        cadence_rpm: rider.cadence_rpm.unwrap_or(cadence_rpm),
        rest_heart_rate_bpm,
        heart_rate_bpm_per_w,
    }
}

/// How a muscle of the rider answers. `peak_w` gives the highest lagged power of the ride for a time constant.
///
/// Everything is drawn, in one order, before the scenario's own values replace what it names: naming one value leaves
/// the others as they were.
pub(super) fn profile(rider: &Rider, seed: u64, site: Site, kind: SensorKind, peak_w: impl Fn(f64) -> f64) -> Profile {
    let group = group(site.muscle);
    let mut random = Random::stream(seed, Purpose::Muscle, site_index(site));
    let thigh = Muscle::THIGH.contains(&site.muscle);
    let calf = site.muscle.is_calf();
    let named = |of_thigh: Option<f64>, of_calf: Option<f64>| match (thigh, calf) {
        (true, _) => of_thigh,
        (_, true) => of_calf,
        _ => None,
    };

    let base = random.between(group.base_pct.0, group.base_pct.1);
    let tau = random.between(group.tau_s.0, group.tau_s.1);
    let cadence = (CALF_CADENCE_PCT_PER_10RPM.0 + CALF_CADENCE_PCT_PER_10RPM.1 * random.normal()).max(0.0);
    let variation = VARIATION_PCT.0 * libm::exp(libm::log(VARIATION_PCT.1) * random.normal());
    let thb_base = match kind {
        SensorKind::Moxy => random.between(11.6, 12.8),
        SensorKind::TrainRed => random.between(-14.0, -6.0),
    };
    let base_pct = named(rider.vl_base_pct, rider.calf_base_pct).unwrap_or(base);
    let tau_s = named(rider.vl_tau_s, rider.calf_tau_s).unwrap_or(tau);
    let gain = drawn_gain(&mut random, &group, base_pct, peak_w(tau_s));

    Profile {
        base_pct,
        gain_pct_per_100w: named(rider.vl_gain_pct_per_100w, rider.calf_gain_pct_per_100w).unwrap_or(gain),
        tau_s,
        cadence_pct_per_10rpm: if calf { rider.calf_cadence_pct_per_10rpm.unwrap_or(cadence) } else { 0.0 },
        standing_pct: group.standing_pct,
        variation_pct: rider.variation_pct.unwrap_or(variation),
        thb_base,
        noise_load_pct: rider.sample_noise_pct.unwrap_or(SAMPLE_NOISE_PCT.0),
        noise_rest_pct: rider.sample_noise_pct.map_or(SAMPLE_NOISE_PCT.1, |noise| noise.min(SAMPLE_NOISE_PCT.1)),
    }
}

/// A gain between the least and the one that the ride's peak allows, drawn again until it fits.
fn drawn_gain(random: &mut Random, group: &Group, base_pct: f64, peak_w: f64) -> f64 {
    if group.gain_pct_per_100w == 0.0 {
        return random.between(0.0, 1.0);
    }
    let most = if peak_w > 0.0 { (base_pct - LEAST_LOADED_PCT).max(0.0) / (peak_w / 100.0) } else { f64::INFINITY };
    let fits = |gain: &f64| (LEAST_GAIN.min(most)..=most).contains(gain);
    (0..16)
        .map(|_| group.gain_pct_per_100w + GAIN_SD * random.normal())
        .find(fits)
        .unwrap_or(group.gain_pct_per_100w.min(most))
}
