//! A made-up moment to show fields with: in lists of fields, in tests, in documentation.

use super::snapshot::{Balance, FiveMinutes, Screen, SiteView, Snapshot, ThirtyMinutes};
use crate::alert::Alerts;
use crate::config::Config;
use crate::language::Language;
use crate::link::Radio;
use crate::sensor::{Identity, Muscle, Neighbours, Side, Site};
use crate::session::Session;
use crate::signal::range::FunctionalRange;
use crate::signal::trend::Trend;
use crate::time::{Duration, Instant};
use crate::units::{Bpm, Rpm, Thb, ThbScale, Watts};

static NO_ALERTS: Alerts = Alerts::new();
static NO_SESSION: Session = Session::new();
static NOBODY: Neighbours = Neighbours::new();
static SETTINGS: Config = Config::DEFAULT;
const RIDE_S: u32 = 4353;

/// Calls `show` with a snapshot of a rider an hour into a ride, the calf falling slowly.
pub fn with_preview<R>(show: impl FnOnce(&Snapshot<'_>) -> R) -> R {
    let calf = history(55.0, -7.0);
    let thigh = history(60.0, 1.0);
    let (calf_long, thigh_long) = (long_history(55.0), long_history(60.0));
    let view = |muscle, side, five_minutes, thirty_minutes, smo2, slope_per_min, low, high| SiteView {
        site: Site::new(muscle, side),
        identity: Identity::Channel(0),
        smo2: Ok(smo2),
        thb: Some(Thb { hundredths: 1234, scale: ThbScale::GramsPerDecilitre }),
        age: Some(Duration::from_ms(800)),
        trend: Some(Trend { slope_per_min, half_width_per_min: 2.5 }),
        range: Some(FunctionalRange { low, high }),
        reception: Some((Radio::Ant, 3)),
        low_battery: false,
        five_minutes,
        thirty_minutes,
    };
    let (inner, outer) = (Muscle::GastrocnemiusMedialis, Muscle::GastrocnemiusLateralis);
    let vastus = Muscle::VastusLateralis;
    let (left, right) = (Side::Left, Side::Right);
    let left_calf = view(inner, left, &calf, &calf_long, 53.0, -0.2, 44.0, 65.0);
    let left_thigh = view(vastus, left, &thigh, &thigh_long, 59.0, 0.8, 40.0, 71.0);
    let outer_calf = view(outer, right, &calf, &calf_long, 50.0, -1.0, 41.0, 68.0);
    let calf = view(inner, right, &calf, &calf_long, 48.0, -3.1, 42.0, 66.0);
    let thigh = view(vastus, right, &thigh, &thigh_long, 61.0, 0.4, 38.0, 70.0);
    show(&Snapshot {
        config: &SETTINGS,
        screen: Screen::default(),
        sites: [calf, thigh, left_calf, left_thigh, outer_calf].into_iter().collect(),
        now: Instant::from_ms(u64::from(RIDE_S) * 1000),
        ride_time: Duration::from_s(RIDE_S),
        language: Language::English,
        session: &NO_SESSION,
        lap: 1,
        leg: Side::Right,
        calf: Some(calf),
        thigh: Some(thigh),
        balance: Balance::Ready { d: -4.0, normal: 5.0 },
        alert: None,
        alerts: &NO_ALERTS,
        power: Some(Watts(214)),
        cadence: Some(Rpm(88)),
        heart_rate: Some(Bpm(142)),
        battery_percent: Some(82),
        radio: None,
        cues_unheard: false,
        cues_off: None,
        neighbours: &NOBODY,
    })
}

/// Five minutes that swing over two minutes and move by `change`.
fn history(level: f32, change: f32) -> FiveMinutes {
    let mut bins = FiveMinutes::new(Duration::from_ms(1250));
    for s in RIDE_S - 300..=RIDE_S {
        let back = (RIDE_S - s) as f32 / 300.0;
        let swing = 4.0 * libm::sinf(back * 15.0);
        bins.put(Instant::from_ms(u64::from(s) * 1000), level + change * (1.0 - back) + swing);
    }
    bins
}

fn long_history(level: f32) -> ThirtyMinutes {
    let mut bins = ThirtyMinutes::new(Duration::from_ms(4500));
    for s in (RIDE_S - 1800..=RIDE_S).step_by(4) {
        bins.put(Instant::from_ms(u64::from(s) * 1000), level);
    }
    bins
}
