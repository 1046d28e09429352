//! What is ridden: the rides of the benchmark, built in code from a row and a seed.
//!
//! Everything that a ride's row leaves open (power, the length of a hill, when the effect comes) is drawn from the seed
//! in a stream of its own, so that the same seed is the same ride whatever else is scored. Normal rides are 70 min long,
//! of which an hour counts; a true effect begins between minute 20 and 40 and is watched for at least 12 min.

use crate::scenario::{Course, Effect, EffectKind, Load, Rider, Scenario, Sensor, SensorKind, Shape};
use crate::world::World;
use crate::world::random::{Purpose, Random};
use sling_core::head_unit::Posture;
use sling_core::sensor::{Identity, Muscle, Side, Site};
use sling_core::time::{Duration, Instant};
use std::sync::LazyLock;

/// Correlations between muscles' slow variation that everything is ridden with: recordings lie between them.
pub const CORRELATIONS: [f64; 2] = [0.0, 0.5];
/// How long a normal ride is, in seconds: an hour after minute ten, from when on it counts.
pub const NORMAL_S: f64 = 4200.0;
/// An effect begins between these, in seconds.
const ONSET_S: (f64, f64) = (1200.0, 2400.0);
/// How long an abrupt effect is watched, in seconds.
pub const WATCHED_S: f64 = 720.0;
/// The time constant of an abrupt effect's onset.
pub const ONSET_TAU_S: f64 = 20.0;
/// Where a ramp ends, in points.
const RAMP_PCT: f64 = 12.0;
/// A muscle must have at least this left when an effect has come in full: one that is at its end can fall no further.
const LEAST_LEFT_PCT: f64 = 3.0;
/// Below this power, a ride is not made easier to leave a muscle room.
const LEAST_POWER_W: f64 = 140.0;
/// Steady power, drawn.
pub(super) const STEADY_W: (f64, f64) = (200.0, 300.0);
/// A drift that goes on for the hour, points of SmO2 a minute.
const SLOW_DRIFT_PCT_PER_MIN: f64 = 0.2;

const fn right(muscle: Muscle) -> Site {
    Site::new(muscle, Side::Right)
}

const fn left(muscle: Muscle) -> Site {
    Site::new(muscle, Side::Left)
}

/// Right calf, medial head.
pub const CALF: Site = right(Muscle::GastrocnemiusMedialis);
/// Right vastus lateralis.
pub const THIGH: Site = right(Muscle::VastusLateralis);
const LEFT_CALF: Site = left(Muscle::GastrocnemiusMedialis);
const LEFT_THIGH: Site = left(Muscle::VastusLateralis);
const LATERAL_HEAD: Site = right(Muscle::GastrocnemiusLateralis);
const SHIN: Site = right(Muscle::TibialisAnterior);
const HAMSTRING: Site = right(Muscle::BicepsFemoris);
/// What nearly everybody wears.
pub const TWO_SITES: &[Site] = &[CALF, THIGH];
/// Both legs.
pub const FOUR_SITES: &[Site] = &[CALF, THIGH, LEFT_CALF, LEFT_THIGH];

/// What is worn, by the name that tables have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The name.
    pub name: &'static str,
    /// Where the sensors are.
    pub sites: &'static [Site],
}

const fn roster(name: &'static str, sites: &'static [Site]) -> Roster {
    Roster { name, sites }
}

/// What false alerts are asked of.
pub const MAIN_ROSTERS: [Roster; 2] = [roster("2 sites", TWO_SITES), roster("4 sites", FOUR_SITES)];

/// What else may be worn, so that every pattern has normal rides on which it could be told; right where no side is named.
pub const OTHER_ROSTERS: [Roster; 6] = [
    roster("vl left and right", &[LEFT_THIGH, THIGH]),
    roster("mg and lg", &[CALF, LATERAL_HEAD]),
    roster("ta and vl", &[SHIN, THIGH]),
    roster("bf and vl", &[HAMSTRING, THIGH]),
    roster("mg, lg and vl", &[CALF, LATERAL_HEAD, THIGH]),
    roster("all 8", &[CALF, THIGH, LATERAL_HEAD, SHIN, HAMSTRING, LEFT_CALF, LEFT_THIGH, left(Muscle::BicepsFemoris)]),
];

/// A ride of the normal set, in which nothing is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normal {
    /// One power.
    Steady,
    /// A sine of 80 W.
    Hills,
    /// 30 s on, 30 s off, in blocks of 12 min.
    ThirtyThirty,
    /// Four times 4 min.
    FourByFour,
    /// Coasts of 10 to 60 s, at steady power or in hills.
    Coasts,
    /// Out of the saddle for 20 to 90 s, at steady power or in hills.
    Standing,
    /// Cadence from 60 to 110 rpm at one power, in steps and in sweeps.
    Cadence,
    /// Power rises for the first 15 min.
    WarmUp,
    /// One muscle drifts by 0.2 points a minute, up or down.
    Drift,
    /// Surges, sprints, coasts, in and out of the saddle.
    Race,
}

impl Normal {
    /// All, in the order in which seeds take them.
    pub const ALL: [Self; 10] = [
        Self::Steady,
        Self::Hills,
        Self::ThirtyThirty,
        Self::FourByFour,
        Self::Coasts,
        Self::Standing,
        Self::Cadence,
        Self::WarmUp,
        Self::Drift,
        Self::Race,
    ];

    /// The kind that is ridden with a seed: kinds take turns.
    pub const fn of_seed(seed: u64) -> Self {
        Self::ALL[(seed % Self::ALL.len() as u64) as usize]
    }

    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Hills => "hills",
            Self::ThirtyThirty => "30/30",
            Self::FourByFour => "4x4 min",
            Self::Coasts => "coasts",
            Self::Standing => "standing",
            Self::Cadence => "cadence",
            Self::WarmUp => "warm-up",
            Self::Drift => "drift",
            Self::Race => "race",
        }
    }

    /// The ride.
    pub fn ride(self, seed: u64, correlation: f64, sites: &[Site]) -> Scenario {
        let mut random = Random::stream(seed, Purpose::Score, self as u64);
        let mut ride = blank(self.name(), NORMAL_S, correlation, sites);
        let base = random.between(STEADY_W.0, STEADY_W.1).round();
        match self {
            Self::Steady => ride.loads = vec![steady(300.0, NORMAL_S, base)],
            Self::Hills => ride.loads = vec![hills(&mut random, 300.0, NORMAL_S)],
            Self::ThirtyThirty => thirty_thirty(&mut ride, &mut random),
            Self::FourByFour => four_by_four(&mut ride, &mut random),
            Self::Coasts | Self::Standing => {
                let rolling = random.happens(0.5);
                let load = if rolling { hills(&mut random, 300.0, NORMAL_S) } else { steady(300.0, NORMAL_S, base) };
                ride.loads = vec![load];
                let (shape, lengths) = match self {
                    Self::Coasts => (Shape::Coast, (10.0, 60.0)),
                    _ => (Shape::Stand, (20.0, 90.0)),
                };
                ride.interruptions = interruptions(&mut random, shape, lengths, (180.0, 480.0));
            }
            Self::Cadence => cadences(&mut ride, &mut random, base),
            Self::WarmUp => {
                let shape = Shape::Ramp { power_w: 80.0, end_power_w: base };
                ride.loads = vec![load(0.0, 900.0, shape), steady(900.0, NORMAL_S, base)];
            }
            Self::Drift => {
                ride.loads = vec![steady(300.0, NORMAL_S, base)];
                // The calf or the thigh, where both are worn.
                let site = sites[usize::from(!random.happens(0.5))];
                let sign = if random.happens(0.5) { 1.0 } else { -1.0 };
                let slope_pct_per_min = sign * SLOW_DRIFT_PCT_PER_MIN;
                let course = Course::Ramp { slope_pct_per_min, size_pct: slope_pct_per_min * NORMAL_S / 60.0 };
                ride.effects = vec![effect(EffectKind::Drift, 0.0, &[site], course, 0.0)];
            }
            Self::Race => race(&mut ride, &mut random),
        }
        ride
    }
}

/// How the load goes in a ride with an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Terrain {
    Steady,
    Hills,
    /// Steady, with 2 to 4 min without pedalling in which the effect begins.
    Rest,
}

/// A row of the true set: what happens, and which patterns are right to see it.
#[derive(Clone, Copy, Debug)]
pub struct TrueRow {
    /// The name in tables.
    pub name: &'static str,
    /// What is worn.
    pub sites: &'static [Site],
    /// What falls.
    falls: &'static [Site],
    kind: EffectKind,
    /// How it comes.
    pub course: Course,
    thb_gdl: f64,
    terrain: Terrain,
    /// Patterns that are right, by their codes. None: whatever is told is wrong.
    pub right: &'static [&'static str],
    /// The two muscles whose difference tells it, for the bound; `None` if nothing is to be told.
    pub pair: Option<(Site, Site)>,
    /// Ridden on fewer seeds, to be looked at: nothing is asked of it.
    pub extra: bool,
}

impl TrueRow {
    const fn step(name: &'static str, kind: EffectKind, size_pct: f64) -> Self {
        let (falls, right, pair): (&[Site], &[&str], _) = match kind {
            EffectKind::VlFatigue => (&[THIGH], &["vl_fatigue"], Some((THIGH, CALF))),
            EffectKind::BothFall => (&[CALF, THIGH], &[], None),
            _ => (&[CALF], &["calf_overload"], Some((CALF, THIGH))),
        };
        let course = Course::Step { size_pct, tau_s: ONSET_TAU_S };
        let terrain = Terrain::Steady;
        Self { name, sites: TWO_SITES, falls, kind, course, thb_gdl: 0.0, terrain, right, pair, extra: false }
    }

    const fn ramp(name: &'static str, kind: EffectKind, slope_pct_per_min: f64) -> Self {
        Self { course: Course::Ramp { slope_pct_per_min, size_pct: RAMP_PCT }, ..Self::step(name, kind, RAMP_PCT) }
    }

    const fn pair(
        name: &'static str,
        kind: EffectKind,
        sites: &'static [Site],
        pair: (Site, Site),
        right: &'static [&'static str],
    ) -> Self {
        // The first of the sites is the one that falls.
        let (falls, _) = sites.split_at(1);
        Self { sites, falls, right, pair: Some(pair), ..Self::step(name, kind, 10.0) }
    }

    const fn on(self, terrain: Terrain) -> Self {
        Self { terrain, ..self }
    }

    const fn with_thb(self, thb_gdl: f64) -> Self {
        Self { thb_gdl, ..self }
    }

    /// The same effect by another name and course, as an extra row. tHb keeps its share of what SmO2 does.
    fn like(self, name: &'static str, course: Course) -> Self {
        let row = Self { name, course, extra: true, ..self };
        Self { thb_gdl: self.thb_gdl * row.size_pct() / self.size_pct(), ..row }
    }

    /// How long the ride goes on after the effect has begun, in seconds.
    pub fn watched_s(&self) -> f64 {
        match self.course {
            Course::Step { .. } => WATCHED_S,
            Course::Ramp { slope_pct_per_min, size_pct } => WATCHED_S.max(size_pct / slope_pct_per_min * 60.0 + 120.0),
        }
    }

    /// How many points it takes in the end.
    const fn size_pct(&self) -> f64 {
        match self.course {
            Course::Step { size_pct, .. } | Course::Ramp { size_pct, .. } => size_pct,
        }
    }

    /// The ride, and when the effect begins, in seconds.
    pub fn ride(&self, seed: u64, correlation: f64) -> (Scenario, f64) {
        let mut random = Random::stream(seed, Purpose::Score, 100);
        let onset_s = random.between(ONSET_S.0, ONSET_S.1).round();
        let mut power_w = random.between(STEADY_W.0, STEADY_W.1).round();
        loop {
            // The same draws for every power.
            let ride = self.at_power(&mut random.clone(), onset_s, power_w, correlation);
            if power_w <= LEAST_POWER_W || self.has_room(&ride, seed) {
                return (ride, onset_s);
            }
            power_w -= 20.0;
        }
    }

    fn at_power(&self, random: &mut Random, onset_s: f64, power_w: f64, correlation: f64) -> Scenario {
        let end_s = onset_s + self.watched_s();
        let mut ride = blank(self.name, end_s, correlation, self.sites);
        ride.loads = vec![match self.terrain {
            Terrain::Hills => {
                let period = Duration::from_s(random.between(180.0, 480.0) as u32);
                load(300.0, end_s, Shape::Hills { power_w: power_w.min(260.0), swing_w: 80.0, period })
            }
            _ => steady(300.0, end_s, power_w),
        }];
        if self.terrain == Terrain::Rest {
            let rest_s = random.between(120.0, 240.0).round();
            let from_s = onset_s - (random.between(0.1, 0.9) * rest_s).round();
            ride.interruptions = vec![load(from_s, from_s + rest_s, Shape::Coast)];
        }
        ride.effects = vec![effect(self.kind, onset_s, self.falls, self.course, self.thb_gdl)];
        ride
    }

    /// Whether every muscle that falls can do so in full.
    fn has_room(&self, ride: &Scenario, seed: u64) -> bool {
        let world = World::new(&Scenario { effects: Vec::new(), ..ride.clone() }, seed);
        let needed = self.size_pct() + LEAST_LEFT_PCT;
        let seconds = ride.duration.as_s() as usize;
        self.falls.iter().all(|site| (600..seconds).all(|s| world.truth_pct(*site, s).is_none_or(|it| it >= needed)))
    }
}

/// An effect of 10 points in every other size that is asked of the calf, around it in the order of sizes, then as ramps.
macro_rules! sizes {
    ($what:literal, $how:literal, $ten:expr) => {{
        let ten: TrueRow = $ten;
        let step = |size_pct| Course::Step { size_pct, tau_s: ONSET_TAU_S };
        let ramp = |slope_pct_per_min| Course::Ramp { slope_pct_per_min, size_pct: RAMP_PCT };
        [
            ten.like(concat!($what, " -5", $how), step(5.0)),
            ten.like(concat!($what, " -8", $how), step(8.0)),
            ten,
            ten.like(concat!($what, " -15", $how), step(15.0)),
            ten.like(concat!($what, " -2 a min", $how), ramp(2.0)),
            ten.like(concat!($what, " -1 a min", $how), ramp(1.0)),
        ]
    }};
}

/// Every row of the true set.
pub static TRUE_ROWS: LazyLock<Vec<TrueRow>> = LazyLock::new(|| {
    let mut rows = CALF_AND_THIGH.to_vec();
    let pair = TrueRow::pair;
    let side = &["side_imbalance"];
    let left_thigh = pair("left thigh -10", EffectKind::SideImbalance, &[LEFT_THIGH, THIGH], (LEFT_THIGH, THIGH), side);
    rows.extend(sizes!("left thigh", "", left_thigh));
    let left_calf = pair("left calf -10", EffectKind::SideImbalance, &[LEFT_CALF, CALF], (LEFT_CALF, CALF), side);
    rows.extend(sizes!("left calf", "", left_calf));
    let heads = (CALF, LATERAL_HEAD);
    let with_thigh = &[CALF, LATERAL_HEAD, THIGH];
    let either = &["head_imbalance", "calf_overload"];
    rows.push(pair("medial head -10, thigh too", EffectKind::HeadImbalance, with_thigh, heads, either));
    let head = &["head_imbalance"];
    let medial = pair("medial head -10", EffectKind::HeadImbalance, &[CALF, LATERAL_HEAD], heads, head);
    rows.extend(sizes!("medial head", "", TrueRow { extra: true, ..medial }));
    let lateral =
        pair("lateral head -10", EffectKind::HeadImbalance, &[LATERAL_HEAD, CALF], (LATERAL_HEAD, CALF), head);
    rows.extend(sizes!("lateral head", "", TrueRow { extra: true, ..lateral }));
    let tibialis = &["tibialis_overload"];
    let shin = pair("shin -10", EffectKind::TibialisOverload, &[SHIN, THIGH], (SHIN, THIGH), tibialis);
    rows.extend(sizes!("shin", "", shin));
    let apart = &["antagonist_imbalance"];
    let back = (HAMSTRING, THIGH);
    let hamstring = pair("hamstring -10", EffectKind::AntagonistImbalance, &[HAMSTRING, THIGH], back, apart);
    rows.extend(sizes!("hamstring", "", hamstring));
    let front = (THIGH, HAMSTRING);
    let thigh = pair("thigh/hamstring -10", EffectKind::AntagonistImbalance, &[THIGH, HAMSTRING], front, apart);
    rows.extend(sizes!("thigh/hamstring", "", TrueRow { extra: true, ..thigh }));
    let calf = (CALF, THIGH);
    let fuller = pair("calf -10, tHb +", EffectKind::OutflowRestriction, TWO_SITES, calf, &["outflow_restriction"]);
    rows.extend(sizes!("calf", ", tHb +", fuller.with_thb(0.25)));
    let emptier = pair("calf -10, tHb -", EffectKind::Compression, TWO_SITES, calf, &["compression"]);
    rows.extend(sizes!("calf", ", tHb -", emptier.with_thb(-0.25)));
    rows
});

/// The patterns of calf and thigh.
const CALF_AND_THIGH: [TrueRow; 20] = [
    TrueRow::step("calf -5", EffectKind::CalfOverload, 5.0),
    TrueRow::step("calf -8", EffectKind::CalfOverload, 8.0),
    TrueRow::step("calf -10", EffectKind::CalfOverload, 10.0),
    TrueRow::step("calf -15", EffectKind::CalfOverload, 15.0),
    TrueRow::ramp("calf -2 a min", EffectKind::CalfOverload, 2.0),
    TrueRow::ramp("calf -1 a min", EffectKind::CalfOverload, 1.0),
    TrueRow::ramp("calf -0.5 a min", EffectKind::CalfOverload, 0.5),
    TrueRow::step("calf -10 in hills", EffectKind::CalfOverload, 10.0).on(Terrain::Hills),
    TrueRow::step("calf -10 in a rest", EffectKind::CalfOverload, 10.0).on(Terrain::Rest),
    TrueRow {
        sites: FOUR_SITES,
        right: &["calf_overload", "side_imbalance"],
        ..TrueRow::step("calf -10, both legs", EffectKind::CalfOverload, 10.0)
    },
    TrueRow::step("thigh -5", EffectKind::VlFatigue, 5.0),
    TrueRow::step("thigh -8", EffectKind::VlFatigue, 8.0),
    TrueRow::step("thigh -10", EffectKind::VlFatigue, 10.0),
    TrueRow::step("thigh -15", EffectKind::VlFatigue, 15.0),
    TrueRow::ramp("thigh -2 a min", EffectKind::VlFatigue, 2.0),
    TrueRow::ramp("thigh -1 a min", EffectKind::VlFatigue, 1.0),
    TrueRow::step("both -8", EffectKind::BothFall, 8.0),
    TrueRow::step("both -12", EffectKind::BothFall, 12.0),
    TrueRow::ramp("both -2 a min", EffectKind::BothFall, 2.0),
    TrueRow::ramp("both -1 a min", EffectKind::BothFall, 1.0),
];

/// A ride with nobody doing anything yet.
pub(super) fn blank(name: &str, length_s: f64, correlation: f64, sites: &[Site]) -> Scenario {
    let sensor = |(number, site): (u16, &Site)| Sensor {
        site: *site,
        kind: SensorKind::Moxy,
        identity: Identity::Ant { number, transmission: 5 },
    };
    Scenario {
        name: name.to_owned(),
        seed: 1,
        duration: Duration::from_ms((length_s * 1000.0) as u32),
        rider: Rider { correlation: Some(correlation), ..Rider::default() },
        sensors: (1001..).zip(sites).map(sensor).collect(),
        loads: Vec::new(),
        interruptions: Vec::new(),
        effects: Vec::new(),
        faults: Vec::new(),
        radio_faults: Vec::new(),
        unit_faults: Vec::new(),
        layers: Vec::new(),
        actions: Vec::new(),
        expectations: Vec::new(),
    }
}

pub(super) fn at(s: f64) -> Instant {
    Instant::from_ms((s * 1000.0) as u64)
}

fn load(from_s: f64, to_s: f64, shape: Shape) -> Load {
    let posture = if shape == Shape::Stand { Posture::Standing } else { Posture::Seated };
    Load { from: at(from_s), to: at(to_s), shape, cadence_rpm: None, posture }
}

pub(super) fn steady(from_s: f64, to_s: f64, power_w: f64) -> Load {
    load(from_s, to_s, Shape::Steady { power_w })
}

fn hills(random: &mut Random, from_s: f64, to_s: f64) -> Load {
    let power_w = random.between(200.0, 260.0).round();
    let period = Duration::from_s(random.between(180.0, 480.0) as u32);
    load(from_s, to_s, Shape::Hills { power_w, swing_w: 80.0, period })
}

fn effect(kind: EffectKind, at_s: f64, sites: &[Site], course: Course, thb: f64) -> Effect {
    Effect { kind, at: at(at_s), until: None, sites: sites.to_vec(), course, thb }
}

/// Interruptions of drawn lengths at drawn distances, to the end of a normal ride.
fn interruptions(random: &mut Random, shape: Shape, lengths_s: (f64, f64), apart_s: (f64, f64)) -> Vec<Load> {
    let mut list = Vec::new();
    let mut from_s = 300.0 + random.between(apart_s.0, apart_s.1).round();
    loop {
        let to_s = from_s + random.between(lengths_s.0, lengths_s.1).round();
        if to_s > NORMAL_S {
            return list;
        }
        list.push(load(from_s, to_s, shape));
        from_s = to_s + random.between(apart_s.0, apart_s.1).round();
    }
}

fn thirty_thirty(ride: &mut Scenario, random: &mut Random) {
    let power_w = random.between(270.0, 350.0).round();
    let rest_power_w = random.between(110.0, 160.0).round();
    let easy_w = f64::midpoint(power_w, rest_power_w).min(220.0);
    let half = Duration::from_s(30);
    let mut from_s = 900.0;
    ride.loads.push(steady(300.0, from_s, easy_w));
    while from_s < NORMAL_S {
        let (middle_s, to_s) = ((from_s + 720.0).min(NORMAL_S), (from_s + 1020.0).min(NORMAL_S));
        ride.loads.push(load(from_s, middle_s, Shape::Intervals { power_w, rest_power_w, work: half, rest: half }));
        if to_s > middle_s {
            ride.loads.push(steady(middle_s, to_s, easy_w));
        }
        from_s = to_s;
    }
}

fn four_by_four(ride: &mut Scenario, random: &mut Random) {
    let power_w = random.between(270.0, 330.0).round();
    let rest_power_w = random.between(120.0, 160.0).round();
    let (work, rest) = (Duration::from_s(240), Duration::from_s(180));
    let last_s = 900.0 + 4.0 * 420.0;
    ride.loads = vec![
        steady(300.0, 900.0, 200.0),
        load(900.0, last_s, Shape::Intervals { power_w, rest_power_w, work, rest }),
        steady(last_s, NORMAL_S, 190.0),
    ];
}

/// Steps of 2 to 5 min and, between some of them, sweeps in steps of 10 s.
fn cadences(ride: &mut Scenario, random: &mut Random, power_w: f64) {
    let mut from_s = 480.0;
    let mut rpm = random.between(80.0, 95.0).round();
    ride.loads.push(Load { cadence_rpm: Some(rpm), ..steady(300.0, from_s, power_w) });
    while from_s < NORMAL_S {
        let target = random.between(60.0, 110.0).round();
        if random.happens(0.5) {
            for i in 1..=12 {
                let to_s = (from_s + 10.0).min(NORMAL_S);
                let now_rpm = rpm + (target - rpm) * f64::from(i) / 12.0;
                if to_s > from_s {
                    ride.loads.push(Load { cadence_rpm: Some(now_rpm), ..steady(from_s, to_s, power_w) });
                }
                from_s = to_s;
            }
        }
        let to_s = (from_s + random.between(120.0, 300.0).round()).min(NORMAL_S);
        if to_s > from_s {
            ride.loads.push(Load { cadence_rpm: Some(target), ..steady(from_s, to_s, power_w) });
        }
        (from_s, rpm) = (to_s, target);
    }
}

fn race(ride: &mut Scenario, random: &mut Random) {
    let mut from_s = 240.0;
    while from_s < NORMAL_S {
        let to_s = (from_s + random.between(20.0, 240.0).round()).min(NORMAL_S);
        ride.loads.push(steady(from_s, to_s, random.between(120.0, 320.0).round()));
        from_s = to_s;
    }
    let mut from_s = 400.0;
    loop {
        let choice = random.unit();
        let (shape, lengths_s) = if choice < 0.4 {
            (Shape::Sprint { power_w: random.between(400.0, 600.0).round() }, (8.0, 15.0))
        } else if choice < 0.7 {
            (Shape::Coast, (8.0, 40.0))
        } else {
            (Shape::Stand, (15.0, 60.0))
        };
        let to_s = from_s + random.between(lengths_s.0, lengths_s.1).round();
        if to_s > NORMAL_S {
            return;
        }
        ride.interruptions.push(load(from_s, to_s, shape));
        from_s = to_s + random.between(60.0, 300.0).round();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What a scenario that was read from a file promises.
    fn is_sound(scenario: &Scenario, what: &str) {
        let end = Instant::ZERO + scenario.duration;
        for list in [&scenario.loads, &scenario.interruptions] {
            for load in list {
                assert!(load.from < load.to && load.to <= end, "{what}: {load:?}");
            }
            for pair in list.windows(2) {
                assert!(pair[0].to <= pair[1].from, "{what}: {pair:?}");
            }
        }
        assert!(scenario.loads.iter().all(|load| !load.shape.interrupts()), "{what}");
        assert!(scenario.interruptions.iter().all(|load| load.shape.interrupts()), "{what}");
        let worn: BTreeSet<Site> = scenario.sensors.iter().map(|sensor| sensor.site).collect();
        assert_eq!(worn.len(), scenario.sensors.len(), "{what}");
        for effect in &scenario.effects {
            assert!(effect.at < end && effect.sites.iter().all(|site| worn.contains(site)), "{what}: {effect:?}");
        }
    }

    #[test]
    fn every_normal_ride_is_sound_full_of_what_it_is_about_and_the_same_again() {
        for seed in 0..60 {
            let kind = Normal::of_seed(seed);
            let ride = kind.ride(seed, 0.5, FOUR_SITES);
            is_sound(&ride, kind.name());
            assert_eq!(ride, kind.ride(seed, 0.5, FOUR_SITES));
            assert!(ride.loads.last().is_some_and(|load| load.to == at(NORMAL_S)), "{}", kind.name());
            let n = ride.interruptions.len();
            match kind {
                Normal::Coasts | Normal::Standing => assert!(n >= 4, "{}: {n}", kind.name()),
                Normal::Race => assert!(n >= 8 && ride.loads.len() >= 15),
                Normal::Cadence => {
                    let rpm = |load: &Load| load.cadence_rpm.is_some_and(|rpm| (60.0..=110.0).contains(&rpm));
                    assert!(ride.loads.len() >= 10 && ride.loads.iter().all(rpm));
                }
                _ => assert_eq!(n, 0, "{}", kind.name()),
            }
            assert_eq!(ride.effects.len(), usize::from(kind == Normal::Drift));
        }
    }

    #[test]
    fn whatever_is_worn_the_normal_rides_are_sound_and_differ_in_nothing_else() {
        let rosters = || MAIN_ROSTERS.into_iter().chain(OTHER_ROSTERS);
        for roster in rosters() {
            for seed in 1..=20 {
                let kind = Normal::of_seed(seed);
                let ride = kind.ride(seed, 0.0, roster.sites);
                is_sound(&ride, roster.name);
                let worn: Vec<Site> = ride.sensors.iter().map(|sensor| sensor.site).collect();
                assert_eq!(worn, roster.sites);
                let two = kind.ride(seed, 0.0, TWO_SITES);
                assert_eq!((&ride.loads, &ride.interruptions), (&two.loads, &two.interruptions), "{}", roster.name);
            }
        }
        let names: BTreeSet<&str> = rosters().map(|roster| roster.name).collect();
        assert_eq!(names.len(), MAIN_ROSTERS.len() + OTHER_ROSTERS.len());
    }

    #[test]
    fn every_pattern_of_one_moment_is_asked_in_every_size_and_with_its_share_of_blood() {
        let of = |code: &'static str| {
            TRUE_ROWS.iter().filter(move |row| row.right == [code] && row.terrain == Terrain::Steady)
        };
        for code in [
            "calf_overload",
            "vl_fatigue",
            "tibialis_overload",
            "antagonist_imbalance",
            "head_imbalance",
            "side_imbalance",
            "outflow_restriction",
            "compression",
        ] {
            for first_falls in of(code).filter_map(|row| row.falls.first()) {
                let courses: Vec<Course> =
                    of(code).filter(|row| row.falls.contains(first_falls)).map(|row| row.course).collect();
                for size_pct in [5.0, 8.0, 10.0, 15.0] {
                    assert!(courses.contains(&Course::Step { size_pct, tau_s: ONSET_TAU_S }), "{code} {size_pct}");
                }
                for slope_pct_per_min in [1.0, 2.0] {
                    let ramp = Course::Ramp { slope_pct_per_min, size_pct: RAMP_PCT };
                    assert!(courses.contains(&ramp), "{code} {slope_pct_per_min}");
                }
            }
            let thb = |sign: f64| of(code).all(|row| (row.thb_gdl - sign * 0.025 * row.size_pct()).abs() < 1e-9);
            assert!(thb(f64::from(code == "outflow_restriction") - f64::from(code == "compression")), "{code}");
        }
    }

    #[test]
    fn seeds_take_every_kind_in_turn() {
        let kinds: Vec<Normal> = (7..17).map(Normal::of_seed).collect();
        assert!(Normal::ALL.iter().all(|kind| kinds.contains(kind)));
    }

    #[test]
    fn every_effect_comes_in_its_time_in_full_and_is_watched_long_enough() {
        for row in TRUE_ROWS.iter() {
            for seed in 1..=8 {
                let (ride, onset_s) = row.ride(seed, 0.0);
                is_sound(&ride, row.name);
                assert!((ONSET_S.0..=ONSET_S.1).contains(&onset_s));
                let length_s = f64::from(ride.duration.as_s());
                assert!(length_s >= onset_s + WATCHED_S, "{}: {length_s}", row.name);
                // What it takes from the muscle at the ride's end, against the same ride without it.
                let quiet = World::new(&Scenario { effects: Vec::new(), ..ride.clone() }, seed);
                let loud = World::new(&ride, seed);
                let last = ride.duration.as_s() as usize - 1;
                for site in row.falls {
                    let fall = quiet.truth_pct(*site, last).unwrap() - loud.truth_pct(*site, last).unwrap();
                    assert!((fall - row.size_pct()).abs() < 0.05, "{} seed {seed}: {fall}", row.name);
                    let before = onset_s as usize - 1;
                    assert_eq!(quiet.truth_pct(*site, before), loud.truth_pct(*site, before));
                }
            }
        }
    }

    #[test]
    fn an_effect_that_a_rest_hides_begins_within_it() {
        let row = TRUE_ROWS.iter().find(|row| row.terrain == Terrain::Rest).unwrap();
        for seed in 1..=20 {
            let (ride, onset_s) = row.ride(seed, 0.5);
            let [rest] = ride.interruptions[..] else { panic!("one rest") };
            assert!((rest.from..rest.to).contains(&at(onset_s)) && rest.shape == Shape::Coast);
            assert!((120..=240).contains(&rest.to.since(rest.from).as_s()));
        }
    }

    #[test]
    fn names_of_rows_are_their_own() {
        let names: BTreeSet<&str> = TRUE_ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), TRUE_ROWS.len());
    }
}
