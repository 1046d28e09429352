//! The world against the recordings that it is made from, and against itself.

use super::muscle::slow_noise;
use super::noise::{DRIFT_SEGMENT_S, SecondOrder, TIME_CONSTANT_S};
use super::random::{Purpose, Random};
use super::rider::{common, profile};
use super::transport::Packets;
use super::{OwnedInput, World};
use crate::scenario::{BUILTIN, FaultKind, Rider, Scenario, SensorKind, builtin};
use sling_core::Input;
use sling_core::head_unit::Posture;
use sling_core::sensor::{Identity, Muscle, Reason, Sample, Side, Site};
use sling_core::time::Instant;

const MG: Site = Site::new(Muscle::GastrocnemiusMedialis, Side::Right);
const VL: Site = Site::new(Muscle::VastusLateralis, Side::Right);

fn scenario(name: &str) -> Scenario {
    Scenario::parse(name, builtin(name).unwrap()).unwrap()
}

fn parse(text: &str) -> Scenario {
    Scenario::parse("test", text).unwrap_or_else(|error| panic!("{error}"))
}

/// Two Moxys, one hour at 200 W, and whatever else is given.
fn steady_hour(more: &str) -> Scenario {
    parse(&format!(
        r#"
        version = 1
        name = "test"
        duration = "1 h"
        [[sensor]]
        site = "mg.right"
        kind = "moxy"
        radio = "ant"
        [[sensor]]
        site = "vl.right"
        kind = "moxy"
        radio = "ble"
        [[load]]
        kind = "steady"
        from = "0 s"
        to = "1 h"
        power_w = 200
        {more}
        "#
    ))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn sd(values: &[f64]) -> f64 {
    let centre = mean(values);
    (values.iter().map(|x| (x - centre) * (x - centre)).sum::<f64>() / values.len() as f64).sqrt()
}

fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// What is left after the best straight line.
fn detrended(values: &[f64]) -> Vec<f64> {
    let middle = (values.len() - 1) as f64 / 2.0;
    let centre = mean(values);
    let time = |i: usize| i as f64 - middle;
    let along: f64 = values.iter().enumerate().map(|(i, x)| time(i) * (x - centre)).sum();
    let slope = along / (0..values.len()).map(|i| time(i) * time(i)).sum::<f64>();
    values.iter().enumerate().map(|(i, x)| x - centre - slope * time(i)).collect()
}

/// Autocovariance at a lag.
fn autocovariance(values: &[f64], lag: usize) -> f64 {
    let products: Vec<f64> = values.iter().zip(&values[lag..]).map(|(a, b)| a * b).collect();
    mean(&products)
}

/// Squared Allan deviation of means over `span` seconds, from every start that fits.
fn allan_variance(values: &[f64], span: usize) -> f64 {
    let means: Vec<f64> = values.windows(span).map(mean).collect();
    let steps: Vec<f64> = means.iter().zip(&means[span..]).map(|(a, b)| (b - a) * (b - a)).collect();
    mean(&steps) / 2.0
}

/// v + d of 600 segments of 15 minutes, as 150 riders with two muscles ride them.
fn segments() -> Vec<Vec<f64>> {
    let rider = Rider::default();
    let mut segments = Vec::new();
    for seed in 0..150 {
        let shared = Random::stream(seed, Purpose::CommonVariation, 0);
        let shared = SecondOrder::new(TIME_CONSTANT_S, 1.0).draw(&mut shared.clone(), 2 * DRIFT_SEGMENT_S);
        let correlation = common(&rider, seed).correlation;
        for site in [MG, VL] {
            let variation = profile(&rider, seed, site, SensorKind::Moxy, |_| 0.0).variation_pct;
            let slow = slow_noise(seed, site, variation, correlation, None, &shared);
            segments.extend(slow.chunks(DRIFT_SEGMENT_S).map(<[f64]>::to_vec));
        }
    }
    segments
}

#[test]
fn slow_noise_has_the_autocorrelation_of_steady_riding() {
    let residuals: Vec<Vec<f64>> = segments().iter().map(|segment| detrended(segment)).collect();
    let pooled = |lag| residuals.iter().map(|residual| autocovariance(residual, lag)).sum::<f64>();
    for (lag, recorded) in [(1, 0.99), (5, 0.83), (10, 0.59), (20, 0.17)] {
        let modelled = pooled(lag) / pooled(0);
        assert!((modelled - recorded).abs() <= 0.08, "at {lag} s: {modelled} for {recorded}");
    }
}

#[test]
fn slow_noise_has_the_spread_of_steady_riding() {
    let segments = segments();
    let within = |what: &str, modelled: f64, recorded: f64| {
        assert!((modelled / recorded - 1.0).abs() <= 0.2, "{what}: {modelled} for {recorded}");
    };
    let residual: Vec<f64> = segments.iter().map(|segment| sd(&detrended(segment))).collect();
    within("SD, mean", mean(&residual), 1.93);
    within("SD, median", quantile(&residual, 0.5), 1.93);
    within("SD, 5 %", quantile(&residual, 0.05), 0.96);
    within("SD, 95 %", quantile(&residual, 0.95), 3.8);
    for (span, recorded) in [(15, 1.19), (30, 1.32), (60, 1.03), (120, 0.87), (300, 0.67)] {
        let each: Vec<f64> = segments.iter().map(|segment| allan_variance(segment, span).sqrt()).collect();
        within(&format!("Allan deviation of {span} s, median"), quantile(&each, 0.5), recorded);
    }
}

#[test]
fn drift_has_the_slopes_of_steady_riding() {
    let n = 40_000 * DRIFT_SEGMENT_S / 20;
    let level = super::noise::drift(&mut Random::stream(1, Purpose::Drift, 0), None, n);
    let slopes: Vec<f64> = level.chunks_exact(DRIFT_SEGMENT_S).map(|c| (c[1] - c[0]) * 3600.0).collect();
    assert!((mean(&slopes) + 2.3).abs() < 0.6, "{}", mean(&slopes));
    assert!((sd(&slopes) - 9.0).abs() < 0.45, "{}", sd(&slopes));
}

#[test]
fn the_step_length_does_not_change_the_slow_variation() {
    for dt_s in [0.25, 1.0, 4.0] {
        let values =
            SecondOrder::new(TIME_CONSTANT_S, dt_s).draw(&mut Random::stream(5, Purpose::Variation, 0), 200_000);
        let lag = (8.0 / dt_s) as usize;
        let expected = (1.0 + 8.0 / TIME_CONSTANT_S) * libm::exp(-8.0 / TIME_CONSTANT_S);
        assert!((sd(&values) - 1.0).abs() < 0.04, "SD {} in steps of {dt_s} s", sd(&values));
        let modelled = autocovariance(&values, lag) / autocovariance(&values, 0);
        assert!((modelled - expected).abs() < 0.03, "{modelled} in steps of {dt_s} s");
    }
}

#[test]
fn muscles_share_as_much_variation_as_the_rider_is_given() {
    for correlation in [0.0, 0.5] {
        let mut products = Vec::new();
        for seed in 0..40 {
            let mut shared = Random::stream(seed, Purpose::CommonVariation, 0);
            let shared = SecondOrder::new(TIME_CONSTANT_S, 1.0).draw(&mut shared, 7200);
            let [calf, thigh] = [MG, VL].map(|site| slow_noise(seed, site, 1.0, correlation, Some(0.0), &shared));
            products.extend(calf.iter().zip(&thigh).map(|(a, b)| a * b));
        }
        assert!((mean(&products) - correlation).abs() < 0.04, "{} for {correlation}", mean(&products));
    }
}

#[test]
fn drawn_riders_have_the_published_spread_and_never_run_empty() {
    let riders = |site, peak: f64| {
        (0..400).map(move |seed| profile(&Rider::default(), seed, site, SensorKind::Moxy, |_| peak)).collect::<Vec<_>>()
    };
    for (site, gain) in [(VL, 18.0), (MG, 10.0)] {
        let gains: Vec<f64> = riders(site, 100.0).iter().map(|p| p.gain_pct_per_100w).collect();
        assert!((mean(&gains) - gain).abs() < 1.0, "{}", mean(&gains));
        assert!((sd(&gains) - 5.0).abs() < 0.8, "{}", sd(&gains));
        assert!(gains.iter().all(|gain| *gain > 0.0));
    }
    for rider in riders(VL, 350.0) {
        assert!(rider.base_pct - rider.gain_pct_per_100w * 3.5 >= 12.0 - 1e-9);
    }
}

#[test]
fn naming_one_value_of_the_rider_leaves_the_others() {
    let drawn = profile(&Rider::default(), 9, MG, SensorKind::Moxy, |_| 250.0);
    let named = Rider { calf_gain_pct_per_100w: Some(4.0), ..Rider::default() };
    let named = profile(&named, 9, MG, SensorKind::Moxy, |_| 250.0);
    assert_eq!(super::rider::Profile { gain_pct_per_100w: drawn.gain_pct_per_100w, ..named }, drawn);
}

#[test]
fn a_moxy_sends_as_the_recorded_ones_did() {
    let mut packets = Packets::new(SensorKind::Moxy, Random::stream(1, Purpose::Transport, 0));
    let all: Vec<_> = (0..50_000).map(|_| packets.advance()).collect();
    let intervals: Vec<f64> = all.windows(2).map(|p| (p[1].measured_ms - p[0].measured_ms) as f64).collect();
    assert!((mean(&intervals) - 2011.0).abs() < 4.0, "{}", mean(&intervals));
    assert!((sd(&intervals) - 180.0).abs() < 4.0, "{}", sd(&intervals));
    let missed = all.iter().filter(|packet| packet.heard_ms.is_none()).count() as f64 / all.len() as f64;
    assert!((missed - 0.007).abs() < 0.0015, "{missed}");
    assert!(all.windows(2).all(|p| p[1].count == p[0].count.wrapping_add(1)));
}

#[test]
fn a_train_red_sends_bursts_and_leaves_one_hole_in_ten_minutes() {
    let mut packets = Packets::new(SensorKind::TrainRed, Random::stream(1, Purpose::Transport, 0));
    let hours = 5;
    let heard: Vec<u64> = (0..hours * 36_000).filter_map(|_| packets.advance().heard_ms).collect();
    let gaps: Vec<u64> = heard.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let holes = gaps.iter().filter(|gap| **gap > 11_000).count();
    assert_eq!(holes, hours * 6);
    assert!(gaps.iter().all(|gap| *gap < 14_000));
    let pauses = gaps.iter().filter(|gap| (500..2000).contains(*gap)).count() as f64 / (hours as f64 * 3.0);
    assert!((60.0..110.0).contains(&pauses), "{pauses} in 20 min");
    let shared = gaps.iter().filter(|gap| **gap == 0).count() as f64 / gaps.len() as f64;
    assert!((0.12..0.3).contains(&shared), "{shared}");
}

/// Everything about the muscles that could move SmO2, switched off.
const STILL: &str = "vl_gain_pct_per_100w = 0\ncalf_gain_pct_per_100w = 0\ncalf_cadence_pct_per_10rpm = 0\n\
                     variation_pct = 0\ndrift_pct_per_h = 0\n";

fn samples_of(world: World, number: u16) -> Vec<(Instant, Sample)> {
    world
        .filter_map(|(at, input)| match input {
            Input::Sample(sample) if sample.identity == Identity::Ant { number, transmission: 5 } => Some((at, sample)),
            _ => None,
        })
        .collect()
}

fn percents(samples: &[(Instant, Sample)]) -> Vec<f64> {
    samples.iter().filter_map(|(_, s)| s.reading.ok()).map(|v| f64::from(v.smo2.tenths()) / 10.0).collect()
}

#[test]
fn a_sample_has_the_noise_of_its_load() {
    for (more, expected) in
        [(String::new(), 0.9), ("[[load]]\nkind = \"coast\"\nfrom = \"0 s\"\nto = \"1 h\"\n".to_owned(), 0.4)]
    {
        let scenario = steady_hour(&format!("{more}[rider]\n{STILL}"));
        let values: Vec<f64> = (0..5)
            .flat_map(|seed| {
                let values = percents(&samples_of(World::new(&scenario, seed), 1001));
                let centre = mean(&values);
                values.into_iter().map(move |x| x - centre)
            })
            .collect();
        assert!((sd(&values) / expected - 1.0).abs() < 0.03, "{} for {expected}", sd(&values));
        let lag_one = autocovariance(&values, 1) / autocovariance(&values, 0);
        assert!(lag_one.abs() < 0.03, "white noise, not {lag_one}");
    }
}

#[test]
fn thb_keeps_its_base_and_its_noise() {
    let samples = samples_of(World::new(&steady_hour(""), 1), 1001);
    let thb: Vec<f64> = samples.iter().map(|(_, s)| f64::from(s.reading.unwrap().thb.unwrap().value())).collect();
    assert!((11.5..12.9).contains(&mean(&thb)));
    // White 0.02, slow 0.03, and 0.003 of rounding.
    assert!((sd(&thb) - 0.036).abs() < 0.003, "{}", sd(&thb));
}

#[test]
fn load_moves_a_muscle_by_its_gain_after_its_delay() {
    let scenario = parse(
        &format!(
            r#"
        version = 1
        name = "test"
        duration = "20 min"
        [rider]
        {STILL}
        vl_base_pct = 70
        vl_tau_s = 15
        [[sensor]]
        site = "vl.right"
        kind = "moxy"
        radio = "ant"
        [[load]]
        kind = "coast"
        from = "0 s"
        to = "10 min"
        [[load]]
        kind = "steady"
        from = "0 s"
        to = "20 min"
        power_w = 200
        "#
        )
        .replacen("vl_gain_pct_per_100w = 0", "vl_gain_pct_per_100w = 18", 1),
    );
    let world = World::new(&scenario, 1);
    let at = |second| world.truth_pct(VL, second).unwrap();
    assert_eq!(at(600), 70.0);
    assert_eq!(at(605), 70.0, "nothing within the delay");
    // One time constant after the delay 63 % of 36 points are gone.
    assert!((70.0 - at(620) - 22.8).abs() < 1.0, "{}", at(620));
    assert!((70.0 - at(900) - 36.0).abs() < 1.5, "{}", at(900));
    assert_eq!(world.truth_pct(MG, 0), None);
    assert_eq!(world.truth_pct(VL, 1201), None);
}

#[test]
fn the_calf_falls_with_cadence_at_one_power() {
    let ride = |rpm| {
        let scenario = steady_hour("").clone();
        let mut scenario = scenario;
        scenario.loads[0].cadence_rpm = Some(rpm);
        let world = World::new(&scenario, 3);
        [MG, VL].map(|site| mean(&(600..3600).map(|s| world.truth_pct(site, s).unwrap()).collect::<Vec<_>>()))
    };
    let ([calf_slow, thigh_slow], [calf_fast, thigh_fast]) = (ride(60.0), ride(110.0));
    assert!((1.0..6.0).contains(&(calf_slow - calf_fast)), "{calf_slow} {calf_fast}");
    assert!((thigh_slow - thigh_fast).abs() < 1e-6);
}

#[test]
fn an_effect_has_its_size_and_changes_nothing_else() {
    let with = World::new(&scenario("demo"), 7);
    let without = World::new(&scenario("demo-without-overload"), 7);
    let gap = |site, second| without.truth_pct(site, second).unwrap() - with.truth_pct(site, second).unwrap();
    assert_eq!(gap(MG, 1200), 0.0);
    assert!((gap(MG, 1220) - 6.32).abs() < 0.01, "{}", gap(MG, 1220));
    assert!((gap(MG, 1500) - 10.0).abs() < 0.01, "{}", gap(MG, 1500));
    assert!((0..2400).all(|second| gap(VL, second) == 0.0));
    let keep = |(at, input): &(Instant, OwnedInput)| {
        let calf = matches!(input, Input::Sample(s) if matches!(s.identity, Identity::Ant { .. }));
        !matches!(input, Input::Marker(_)) && (!calf || at.as_ms() < 1_200_000)
    };
    let rest = |world: World| world.filter(keep).collect::<Vec<_>>();
    assert_eq!(rest(with), rest(without));
}

#[test]
fn effects_come_and_go_as_they_are_described() {
    let ride = |effect: &str| {
        let with = World::new(&steady_hour(&format!("[[effect]]\n{effect}")), 2);
        let without = World::new(&steady_hour(""), 2);
        move |site, second| without.truth_pct(site, second).unwrap() - with.truth_pct(site, second).unwrap()
    };
    let ramp =
        ride("pattern = \"vl_fatigue\"\nat = \"10 min\"\nslope_pct_per_min = 2\nsize_pct = 8\nduration = \"10 min\"");
    for (second, fall) in [(600, 0.0), (660, 2.0), (720, 4.0), (1000, 8.0), (1199, 8.0), (1200, 0.0)] {
        assert!((ramp(VL, second) - fall).abs() < 1e-9, "{} at {second} s", ramp(VL, second));
        assert_eq!(ramp(MG, second), 0.0);
    }
    let both = ride("pattern = \"both_fall\"\nat = \"10 min\"\nsize_pct = 6\nonset = \"0 s\"\nduration = \"5 min\"");
    for site in [MG, VL] {
        assert!((both(site, 601) - 6.0).abs() < 1e-9);
        assert!(both(site, 1200).abs() < 1e-9);
    }
    let drift = ride("pattern = \"drift\"\nsite = \"vl.right\"\nat = \"10 min\"\nslope_pct_per_min = -0.2");
    assert!((drift(VL, 1200) + 2.0).abs() < 1e-9);
}

#[test]
fn every_fault_lands_and_shows_what_it_should() {
    for name in ["faults", "radio-faults"] {
        faults_land(&Scenario { sensors: scenario("faults").sensors, ..scenario(name) });
    }
}

#[test]
fn light_another_sensor_and_another_quantity_land_as_written_or_as_drawn() {
    let fault = |kind: &str, at: u32, keys: &str| {
        format!("[[fault]]\nkind = \"{kind}\"\nsite = \"mg.right\"\nat = \"{at} min\"\nduration = \"2 min\"\n{keys}\n")
    };
    let text = [
        "version = 1\nname = \"t\"\nduration = \"50 min\"\n",
        "[[sensor]]\nsite = \"mg.right\"\nkind = \"moxy\"\nradio = \"ant\"\nnumber = 1234\n",
        "[[load]]\nkind = \"steady\"\nfrom = \"5 min\"\nto = \"50 min\"\npower_w = 200\n",
        &fault("light_leak", 10, ""),
        &fault("light_leak", 15, "smo2_pct = 90\nthb_step_gdl = -2"),
        &fault("replaced", 20, ""),
        &fault("replaced", 25, "step_pct = -9\nthb_step_gdl = 0.5"),
        &fault("constant", 30, ""),
        &fault("constant", 35, "value = 20.5"),
    ];
    faults_land(&parse(&text.concat()));
}

/// Every fault of the calf's sensor, against the same ride without faults.
fn faults_land(scenario: &Scenario) {
    let mut world = World::new(scenario, 11);
    let mut calf: Vec<(Instant, Sample)> = Vec::new();
    for (at, input) in world.by_ref() {
        match input {
            Input::Sample(sample) if matches!(sample.identity, Identity::Ant { .. }) => calf.push((at, sample)),
            _ => {}
        }
    }
    let plain = samples_of(World::new(&Scenario { faults: Vec::new(), ..scenario.clone() }, 11), 1234);
    let landed = world.faults_landed();
    assert_eq!(landed.len(), scenario.faults.len());
    for (fault, landed) in scenario.faults.iter().zip(landed).filter(|(fault, _)| fault.site == MG) {
        let inside = |samples: &[(Instant, Sample)]| -> Vec<Sample> {
            // A restart has no end, so what comes after it may have another fault too.
            let next = scenario.faults.iter().map(|other| other.at).filter(|at| *at > fault.at).min();
            let window = fault.at..next.map_or(fault.until, |next| fault.until.min(next));
            samples.iter().filter(|(at, _)| window.contains(at)).map(|(_, sample)| *sample).collect()
        };
        let (faulty, clean) = (inside(&calf), inside(&plain));
        let value = |sample: &Sample| sample.reading.unwrap();
        let all = |holds: &dyn Fn(&Sample, &Sample) -> bool| faulty.iter().zip(&clean).all(|(f, c)| holds(f, c));
        assert!(landed > 0, "{fault:?} did not land");
        if !matches!(fault.kind, FaultKind::Hole | FaultKind::OutOfRange | FaultKind::Miss { .. }) {
            assert_eq!(faulty.len(), clean.len(), "{fault:?}");
        }
        let shown = match fault.kind {
            FaultKind::Hole | FaultKind::OutOfRange => faulty.is_empty() && landed == clean.len() as u64,
            FaultKind::Reboot => all(&|f, c| f.reading == c.reading && f.count == c.count.wrapping_add(101)),
            FaultKind::Ambient => all(&|f, c| f.reading == Err(Reason::AmbientLight) && f.count == c.count),
            FaultKind::Invalid => all(&|f, c| f.reading == Err(Reason::Invalid) && f.count == c.count),
            FaultKind::Zero => all(&|f, _| value(f).smo2.tenths() == 0 && value(f).thb.unwrap().hundredths == 0),
            FaultKind::Hundred => all(&|f, _| value(f).smo2.tenths() == 1000),
            FaultKind::Stale => faulty.iter().all(|f| *f == faulty[0]) && faulty[0].count != clean[0].count,
            FaultKind::Frozen => all(&|f, c| f.reading == faulty[0].reading && f.count == c.count),
            FaultKind::Miss { .. } => faulty.len() as u64 + landed == clean.len() as u64 && !faulty.is_empty(),
            FaultKind::Slip { .. } => all(&|f, c| {
                value(c).smo2.tenths() - value(f).smo2.tenths() == 140
                    && value(f).thb.unwrap().hundredths - value(c).thb.unwrap().hundredths == 40
            }),
            FaultKind::LightLeak { smo2_pct, thb } => {
                let (low, high) = smo2_pct.map_or((83.0, 99.0), |level| (level, level));
                let leaked = mean(&faulty.iter().map(|f| f64::from(value(f).smo2.percent())).collect::<Vec<_>>());
                let falls =
                    |f: &Sample, c: &Sample| value(f).thb.unwrap().hundredths - value(c).thb.unwrap().hundredths;
                let by = thb.map_or(-600..=-170, |thb| (thb * 100.0) as i16..=(thb * 100.0) as i16);
                (low - 1.0..=high + 1.0).contains(&leaked)
                    && all(&|f, c| by.contains(&falls(f, c)) && f.count == c.count)
            }
            FaultKind::Replaced { smo2_pct, thb } => all(&|f, c| {
                let smo2 = (f64::from(value(f).smo2.percent()) - f64::from(value(c).smo2.percent())).abs();
                let more = (value(f).thb.unwrap().hundredths - value(c).thb.unwrap().hundredths).abs();
                let as_asked = smo2_pct.is_none_or(|by| (smo2 - by.abs()).abs() < 0.06)
                    && thb.is_none_or(|by| f64::from(more) == 100.0 * by.abs());
                as_asked && (7.9..25.1).contains(&smo2) && (30..=120).contains(&more) && f.count != c.count
            }),
            FaultKind::Constant { value: number } => all(&|f, c| {
                let shown = (number * 10.0) as u16;
                value(f).smo2.tenths() == shown
                    && value(f).thb.unwrap().hundredths == 10 * shown as i16
                    && f.count == c.count
            }),
            FaultKind::Swap { with } => {
                let means = percents(&faulty.iter().map(|s| (Instant::ZERO, *s)).collect::<Vec<_>>());
                let seconds = (fault.at.as_ms() / 1000) as usize..(fault.until.as_ms() / 1000) as usize;
                let truth: Vec<f64> = seconds.map(|s| world.truth_pct(with, s).unwrap()).collect();
                (mean(&means) - mean(&truth)).abs() < 0.6
            }
            // Samples are what they were: of the battery, the sensor's radio speaks.
            FaultKind::LowBattery => all(&|f, c| f == c),
            FaultKind::Tenfold => all(&|f, c| value(f).smo2.tenths() == (value(c).smo2.tenths() + 5) / 10),
        };
        assert!(shown, "{fault:?}: {faulty:?}");
    }
    let outside = |(at, _): &&(Instant, Sample)| !scenario.faults.iter().any(|f| (f.at..f.until).contains(at));
    assert!(calf.iter().filter(outside).eq(plain.iter().filter(outside)), "nothing else changed");
}

#[test]
fn packets_that_are_lost_on_request_change_nothing_but_what_is_heard() {
    let scenario = steady_hour("");
    let heard = |share: Option<f64>| {
        let mut world = World::new(&scenario, 3);
        if let Some(share) = share {
            world.lose(share);
        }
        world.filter(|(_, input)| matches!(input, Input::Sample(_))).collect::<Vec<_>>()
    };
    let (all, few, most) = (heard(Some(0.0)), heard(Some(0.2)), heard(None));
    assert!(few.iter().chain(&most).all(|sample| all.contains(sample)), "what is heard is what was measured");
    let share = |some: &[(Instant, OwnedInput)]| 1.0 - some.len() as f64 / all.len() as f64;
    assert!((share(&few) - 0.2).abs() < 0.03 && share(&most) < 0.02, "{} and {}", share(&few), share(&most));
}

#[test]
fn inputs_come_in_order_from_the_roster_to_the_end() {
    for (name, _) in BUILTIN {
        let scenario = scenario(name);
        let world = World::new(&scenario, 1);
        let end = world.end();
        let all: Vec<_> = world.collect();
        let Input::Configure(config) = &all[0].1 else { panic!("the roster comes first") };
        assert_eq!(config.roster.len(), scenario.sensors.len());
        assert!(all.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{name}");
        assert!(all.iter().all(|(at, _)| *at <= end), "{name}");
        let contexts = all.iter().filter(|(_, input)| matches!(input, Input::Context(_))).count();
        assert_eq!(contexts, scenario.duration.as_s() as usize);
    }
}

#[test]
fn postures_and_actions_are_told_when_they_happen() {
    let scenario = steady_hour(
        "[[load]]\nkind = \"stand\"\nfrom = \"10 min\"\nduration = \"30 s\"\n\
         [[press]]\nat = \"20 min\"\nbutton = \"select\"\nlong = true\n\
         [[touch]]\nat = \"20 min\"\nkind = \"tap\"\nx = 120\ny = 7\n\
         [[touch]]\nat = \"21 min\"\nkind = \"hold\"\n[[touch]]\nat = \"22 min\"\nkind = \"swipe_left\"\n\
         [[lap]]\nat = \"5 min\"\n[[marker]]\nat = \"6 min\"\ntext = \"here\"\n[[position]]\nat = \"7 min\"\ntext = \"A\"",
    );
    let told: Vec<(u64, String)> = World::new(&scenario, 1)
        .filter(|(_, input)| !matches!(input, Input::Sample(_) | Input::Context(_) | Input::Configure(_)))
        .map(|(at, input)| (at.as_ms() / 1000, format!("{input:?}")))
        .collect();
    let expected = [
        (0, format!("Posture({:?})", Posture::Seated)),
        (300, "Lap".into()),
        (360, "Marker(\"here\")".into()),
        (420, "Position(\"A\")".into()),
        (600, "Posture(Standing)".into()),
        (630, "Posture(Seated)".into()),
        (1200, "Button(Select, Long)".into()),
        (1200, "Touch(Tap { x: 120, y: 7 })".into()),
        (1260, "Touch(Hold)".into()),
        (1320, "Touch(SwipeLeft)".into()),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_ride_warms_up_to_its_first_load_and_holds_its_last() {
    let scenario = parse(
        r#"
        version = 1
        name = "test"
        duration = "30 min"
        [[sensor]]
        site = "vl.left"
        kind = "train_red"
        radio = "ble"
        [[load]]
        kind = "steady"
        from = "10 min"
        to = "20 min"
        power_w = 200
        "#,
    );
    let power = |moments: &[super::course::Moment], second: usize| moments[second].power_w;
    let moments = super::course::moments(&scenario, 90.0);
    for (second, watts) in [(0, 80.0), (300, 140.0), (600, 200.0), (1199, 200.0), (1799, 200.0)] {
        assert!((power(&moments, second) - watts).abs() < 1e-9, "{second} s");
    }
    assert_eq!(moments.len(), 1800);
}

/// FNV-1a of the first inputs of a ride, as JSON, without the roster: settings grow, the ride stays.
fn digest(scenario: &Scenario, seed: u64, inputs: usize) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let ridden = |(_, input): &(Instant, OwnedInput)| !matches!(input, Input::Configure(_));
    for (at, input) in World::new(scenario, seed).filter(ridden).take(inputs) {
        for byte in serde_json::to_vec(&(at, input)).unwrap() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[test]
fn the_same_seed_is_the_same_ride_and_another_is_another() {
    let demo = scenario("demo");
    assert!(World::new(&demo, 7).eq(World::new(&demo, 7)));
    assert_ne!(digest(&demo, 7, 1000), digest(&demo, 8, 1000));
}

/// A change here means that every seed is another ride than before: benchmark figures and goldens change with it. The
/// numbers are the same in debug and release builds and on every platform.
#[test]
fn seeds_mean_what_they_always_meant() {
    let train_red = parse(
        "version = 1\nname = \"t\"\nduration = \"10 min\"\n[[sensor]]\nsite = \"bf.left\"\nkind = \"train_red\"\nradio = \"ble\"\n\
         [[load]]\nkind = \"intervals\"\nfrom = \"1 min\"\nto = \"9 min\"\npower_w = 300\nrest_power_w = 0\nwork = \"1 min\"\nrest = \"1 min\"\n",
    );
    let digests =
        [digest(&scenario("demo"), 7, 5000), digest(&scenario("faults"), 11, 20_000), digest(&train_red, 1, 5000)];
    assert_eq!(digests.map(|d| format!("{d:016x}")), ["d869bb04d8358a3e", "6e5b6e4b9e6acfe4", "f1fec29a9c68fd83"]);
}

/// Work and rest of 5 min in turn, without noise, with or without an effect from minute 30 on.
fn turns(effect: &str) -> World {
    let scenario = parse(&format!(
        "version = 1\nname = \"t\"\nduration = \"1 h\"\n[rider]\nvariation_pct = 0\ndrift_pct_per_h = 0\nvl_tau_s = 15\n\
         [[sensor]]\nsite = \"mg.right\"\nkind = \"moxy\"\nradio = \"ant\"\n\
         [[sensor]]\nsite = \"vl.right\"\nkind = \"moxy\"\nradio = \"ble\"\n\
         [[load]]\nkind = \"intervals\"\nfrom = \"0 s\"\nto = \"1 h\"\npower_w = 250\nrest_power_w = 100\nwork = \"5 min\"\nrest = \"5 min\"\n{effect}"
    ));
    World::new(&scenario, 3)
}

/// Seconds from the change of power at `second` until half of the way is gone.
fn half_way(world: &World, site: Site, second: usize) -> usize {
    let at = |s: usize| world.truth_pct(site, s).unwrap();
    let (from, to) = (at(second), (at(second + 250) + at(second + 280)) / 2.0);
    (0..250).find(|s| (at(second + s) - from).abs() >= (to - from).abs() / 2.0).unwrap()
}

#[test]
fn a_slow_recovery_lengthens_the_way_up_and_leaves_the_way_down() {
    let slow = turns(
        "[[effect]]\npattern = \"slow_recovery\"\nsite = \"vl.right\"\nat = \"30 min\"\nsize_pct = 100\nonset = \"1 s\"\n",
    );
    let never = turns("");
    let both = |second| (half_way(&never, VL, second), half_way(&slow, VL, second));
    assert_eq!(both(900), both(300), "before");
    // 5 s of delay, then 15 or 30 s times ln 2.
    let (usual, late) = both(2100);
    assert!((14..=17).contains(&usual) && (24..=28).contains(&late), "{usual} {late}");
    let (usual, late) = both(2400);
    assert!(usual.abs_diff(late) <= 1, "{usual} {late}");
    let alike = |s| never.truth_pct(MG, s) == slow.truth_pct(MG, s);
    assert!((0..3600).all(alike), "the other muscle");
}

#[test]
fn a_load_shift_adds_to_the_calfs_fall_by_its_share() {
    let shifted = turns("[[effect]]\npattern = \"load_shift\"\nat = \"30 min\"\nsize_pct = 50\nonset = \"1 s\"\n");
    let never = turns("");
    let fall = |world: &World, site, second: usize| {
        let level = |from: usize| (from..from + 60).map(|s| world.truth_pct(site, s).unwrap()).sum::<f64>() / 60.0;
        level(second - 60) - level(second + 240)
    };
    for site in [MG, VL] {
        assert!((fall(&shifted, site, 600) - fall(&never, site, 600)).abs() < 1e-9, "before");
        let times = fall(&shifted, site, 2400) / fall(&never, site, 2400);
        let wanted = if site == MG { 1.5 } else { 1.0 };
        assert!((times - wanted).abs() < 0.01, "{site} {times}");
    }
}
