//! A made-up moment to show fields with: in lists of fields, in tests, in documentation.

use super::snapshot::{Balance, FiveMinutes, RideState, Screen, SiteView, Snapshot, ThirtyMinutes};
use crate::alert::Alerts;
use crate::config::{Config, MAX_COMPANIONS};
use crate::input::StorageResult;
use crate::language::Language;
use crate::link::Radio;
use crate::math;
use crate::sensor::{Identity, Muscle, Neighbours, Side, Site};
use crate::session::{LegNow, Moment, Recovery, Seen, Session};
use crate::signal::history::Leanings;
use crate::signal::range::FunctionalRange;
use crate::signal::trend::Trend;
use crate::time::{Duration, Instant};
use crate::units::{Bpm, CmPerS, Rpm, Thb, ThbScale, Watts};

static NO_ALERTS: Alerts = Alerts::new();
static NO_LEANINGS: Leanings = Leanings::new();
static NOBODY: Neighbours = Neighbours::new();
static SETTINGS: Config = Config::DEFAULT;
const RIDE_S: u32 = 4353;
/// Four laps of so long are ridden, and half of a fifth.
const LAP_S: u32 = 240;
/// A lap's effort, after it the lap's rest.
const EFFORT_S: u32 = 180;
/// Midnight of some day.
const UNIX_S: u64 = 1_750_032_000;

/// Calls `show` with a snapshot of a rider an hour into a ride, on the fifth lap, the calf falling slowly. Every field of ours
/// has something to show in it.
pub fn with_preview<R>(show: impl FnOnce(&Snapshot<'_>) -> R) -> R {
    let calf = history(55.0, -7.0);
    let thigh = history(60.0, 1.0);
    let (calf_long, thigh_long) = (long_history(52.0, 16.0), long_history(66.0, 9.0));
    let watts = long_history(215.0, -95.0);
    let session = laps();
    let now = Instant::from_ms(u64::from(RIDE_S) * 1000);
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
        charge: None,
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
        now,
        ride_time: Duration::from_s(RIDE_S),
        since_begun: Duration::from_s(RIDE_S),
        ride_state: RideState::Riding,
        language: Language::English,
        session: &session,
        lap: session.laps().current().number,
        leg: Side::Right,
        calf: Some(calf),
        thigh: Some(thigh),
        balance: Balance::Ready { d: -4.0, normal: 5.0 },
        leanings: &NO_LEANINGS,
        alert: None,
        alerts: &NO_ALERTS,
        power: Some(Watts(214)),
        cadence: Some(Rpm(88)),
        heart_rate: Some(Bpm(142)),
        speed: Some(CmPerS(842)),
        power_history: &watts,
        // Nine o'clock and a little, in summer.
        wall_time: Some((Instant::ZERO, UNIX_S + 7 * 3600, 120)),
        battery_percent: Some(82),
        radio: None,
        cues_unheard: false,
        storage: StorageResult::Written,
        crashed: None,
        cues_off: None,
        neighbours: &NOBODY,
        charges: &[None; MAX_COMPANIONS],
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

/// Thirty minutes of efforts and rests: lower by `drop` at the end of an effort than at that of a rest.
fn long_history(level: f32, drop: f32) -> ThirtyMinutes {
    let mut bins = ThirtyMinutes::new(Duration::from_ms(4500));
    for s in (RIDE_S - 1800..=RIDE_S).step_by(4) {
        bins.put(Instant::from_ms(u64::from(s) * 1000), level - drop * (effort_at(s) - 0.5));
    }
    bins
}

/// How far an effort has taken effect: 0 at its start to 1 at its end, and back in the rest.
fn effort_at(s: u32) -> f32 {
    let s = (s + LAP_S / 2 - RIDE_S % LAP_S) % LAP_S;
    if s < EFFORT_S { math::min(s as f32 / 60.0, 1.0) } else { 1.0 - (s - EFFORT_S) as f32 / (LAP_S - EFFORT_S) as f32 }
}

/// Four laps and a half, seen second by second.
fn laps() -> Session {
    let mut session = Session::new();
    let begun = RIDE_S - 4 * LAP_S - LAP_S / 2;
    let at = |s: u32| Instant::from_ms(u64::from(s) * 1000);
    session.start(at(begun));
    for s in begun + 1..=RIDE_S {
        let effort = effort_at(s);
        let seen = |muscle, smo2| Seen {
            site: Site::new(muscle, Side::Right),
            identity: Identity::Channel(0),
            contact: 0,
            smo2: Ok(smo2),
        };
        // From lap to lap the calf falls further.
        let lap = ((s - begun) / LAP_S) as f32;
        let calf = seen(Muscle::GastrocnemiusMedialis, 63.0 - (14.0 + lap) * effort);
        let thigh = seen(Muscle::VastusLateralis, 66.0 - 9.0 * effort);
        let power = Some(Watts(120 + math::round_i32(110.0 * effort) as u16));
        let leg = LegNow { calf: Some(calf), thigh: Some(thigh), d: Some(-lap) };
        let (cadence, heart_rate) = (Some(Rpm(88)), Some(Bpm(142)));
        let muscles = [calf, thigh];
        let moment =
            Moment { muscles: &muscles, legs: [LegNow::default(), leg], power, cadence, heart_rate, disturbed: None };
        session.second(at(s), &moment, &mut |_| {});
        if (s - begun).is_multiple_of(LAP_S) {
            session.begin_lap(at(s));
        }
    }
    for site in [Muscle::GastrocnemiusMedialis, Muscle::VastusLateralis].map(|muscle| Site::new(muscle, Side::Right)) {
        let at = at(RIDE_S);
        session.recovered(site, &Recovery { half_time_s: 21.0, low_s: 16.0, high_s: 27.0, depth: 14.0, at });
    }
    session
}
