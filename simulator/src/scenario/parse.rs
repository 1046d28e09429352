//! From TOML to a checked [`Scenario`]: first the shape of the file (serde), then its sense (here).

use super::error::place;
use super::time_text::TimeText;
use super::{
    Action, Count, Course, Effect, EffectKind, Expectation, Expected, Fault, FaultKind, Load, MAX_DURATION, Pattern,
    Problem, RadioFault, RadioFaultKind, Rider, Scenario, ScenarioError, Sensor, SensorKind, Shape,
};
use serde::Deserialize;
use sling_core::head_unit::{Button, Label, MAX_SITES, Posture, Press, Touch};
use sling_core::sensor::{Identity, Muscle, Reason, Site};
use sling_core::time::{Duration, Instant};
use std::ops::Range;
use toml::Spanned;

/// The transmission type of an ANT+ sensor without an extended device number (ANT+ common pages: 5).
const ANT_TRANSMISSION: u8 = 5;
/// The first device number that is given to a sensor without one.
const FIRST_NUMBER: u16 = 1001;
/// The onset's time constant when an effect does not say.
const ONSET_S: f64 = 20.0;
/// What a core temperature in SmO2's place shows, as seen in a recording.
const CORE_TEMPERATURE: f64 = 37.7;
/// The most that power can be, in watts: more than a track sprinter's peak.
const MAX_POWER_W: f64 = 2500.0;

#[derive(Deserialize)]
struct RawVersion {
    version: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    #[serde(rename = "version")]
    _version: i64,
    name: String,
    #[serde(default = "one")]
    seed: u64,
    duration: Spanned<TimeText>,
    #[serde(default)]
    rider: RawRider,
    #[serde(default)]
    sensor: Vec<RawSensor>,
    #[serde(default)]
    load: Vec<RawLoad>,
    #[serde(default)]
    effect: Vec<RawEffect>,
    #[serde(default)]
    fault: Vec<RawFault>,
    #[serde(default)]
    press: Vec<RawPress>,
    #[serde(default)]
    touch: Vec<RawTouch>,
    #[serde(default)]
    lap: Vec<RawLap>,
    #[serde(default)]
    marker: Vec<RawText>,
    #[serde(default)]
    position: Vec<RawText>,
    #[serde(default)]
    expect: Vec<Spanned<RawExpect>>,
}

const fn one() -> u64 {
    1
}

type Number = Option<Spanned<f64>>;
type Time = Spanned<TimeText>;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawRider {
    vl_base_pct: Number,
    calf_base_pct: Number,
    vl_gain_pct_per_100w: Number,
    calf_gain_pct_per_100w: Number,
    vl_tau_s: Number,
    calf_tau_s: Number,
    calf_cadence_pct_per_10rpm: Number,
    correlation: Number,
    variation_pct: Number,
    drift_pct_per_h: Number,
    sample_noise_pct: Number,
    cadence_rpm: Number,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSensor {
    site: Spanned<SiteText>,
    kind: SensorKind,
    radio: RawRadio,
    number: Option<Spanned<u64>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawRadio {
    Ant,
    Ble,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLoad {
    kind: Spanned<RawLoadKind>,
    from: Time,
    to: Option<Time>,
    duration: Option<Time>,
    power_w: Number,
    end_power_w: Number,
    swing_w: Number,
    period: Option<Time>,
    rest_power_w: Number,
    work: Option<Time>,
    rest: Option<Time>,
    cadence_rpm: Number,
    posture: Option<Spanned<RawPosture>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawLoadKind {
    Steady,
    Ramp,
    Hills,
    Intervals,
    Coast,
    Sprint,
    Stand,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawPosture {
    Seated,
    Standing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEffect {
    pattern: Spanned<EffectKind>,
    at: Time,
    duration: Option<Time>,
    site: Option<Spanned<SiteText>>,
    size_pct: Number,
    onset: Option<Time>,
    slope_pct_per_min: Number,
    thb_gdl: Number,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFault {
    kind: Spanned<RawFaultKind>,
    site: Option<Spanned<SiteText>>,
    at: Time,
    duration: Option<Time>,
    fraction: Number,
    step_pct: Number,
    thb_step_gdl: Number,
    smo2_pct: Number,
    value: Number,
    with: Option<Spanned<SiteText>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawFaultKind {
    Hole,
    Ambient,
    Invalid,
    Zero,
    Hundred,
    Stale,
    Frozen,
    Miss,
    Slip,
    LightLeak,
    Replaced,
    Constant,
    Swap,
    Tenfold,
    OutOfRange,
    Reboot,
    Unplug,
    BluetoothOff,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPress {
    at: Time,
    button: RawButton,
    #[serde(default)]
    long: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawButton {
    Up,
    Down,
    Select,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTouch {
    at: Time,
    kind: Spanned<RawTouchKind>,
    x: Option<Spanned<i64>>,
    y: Option<Spanned<i64>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawTouchKind {
    Tap,
    Hold,
    SwipeUp,
    SwipeDown,
    SwipeLeft,
    SwipeRight,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLap {
    at: Time,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    at: Time,
    text: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExpect {
    alert: Option<Pattern>,
    no_alert: Option<Pattern>,
    notice: Option<NoticeText>,
    no_notice: Option<NoticeText>,
    site: Option<Spanned<SiteText>>,
    of: Option<Time>,
    within: Option<Spanned<TimeText>>,
    count: Option<Spanned<u32>>,
}

/// A site by its name; the error quotes what was written.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct SiteText(Site);

/// A text that names no site, or no notice.
#[derive(Debug, thiserror::Error)]
enum NameError {
    #[error("`{0}`: {1}")]
    Site(String, sling_core::sensor::SiteError),
    #[error("`{0}` is no notice; known are any {known}", known = REASONS.map(Reason::code).join(" "))]
    Notice(String),
}

impl TryFrom<String> for SiteText {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse().map(Self).map_err(|error| NameError::Site(text, error))
    }
}

/// Every reason that can be a notice.
const REASONS: [Reason; 10] = [
    Reason::Searching,
    Reason::Lost,
    Reason::Stale,
    Reason::NoData,
    Reason::AmbientLight,
    Reason::Invalid,
    Reason::Implausible,
    Reason::Moved,
    Reason::Swapped,
    Reason::LowBattery,
];

/// A reason by its name in events, or `any`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct NoticeText(Expected);

impl TryFrom<String> for NoticeText {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        if text == "any" {
            return Ok(Self(Expected::AnyNotice));
        }
        let reason = REASONS.into_iter().find(|reason| reason.code() == text);
        reason.map(|reason| Self(Expected::Notice(reason))).ok_or(NameError::Notice(text))
    }
}

/// A problem and the bytes it is at, before it is turned into lines and columns.
struct Fail(Range<usize>, Problem);

impl From<toml::de::Error> for Fail {
    fn from(error: toml::de::Error) -> Self {
        Self(error.span().unwrap_or(0..0), Problem::Toml(error.message().to_owned()))
    }
}

impl Scenario {
    /// The scenario that `source` describes; `file` is its name for messages.
    pub fn parse(file: &str, source: &str) -> Result<Self, ScenarioError> {
        parse(source).map_err(|Fail(span, problem)| {
            let (line, column, text) = place(source, span.start);
            ScenarioError { file: file.to_owned(), line, column, text, problem: Box::new(problem) }
        })
    }
}

fn parse(source: &str) -> Result<Scenario, Fail> {
    let RawVersion { version } = toml::from_str(source)?;
    if *version.get_ref() != 1 {
        return Err(Fail(version.span(), Problem::Version(*version.get_ref())));
    }
    let raw: RawScenario = toml::from_str(source)?;
    let duration = raw.duration.get_ref().span();
    if duration == Duration::ZERO || duration > MAX_DURATION {
        return Err(Fail(raw.duration.span(), Problem::Duration));
    }
    let sensors = sensors(source, &raw.sensor)?;
    let ride = Frame { source, end: Instant::ZERO + duration, sensors: &sensors };
    let (loads, interruptions) = ride.loads(&raw.load)?;
    let effects = raw.effect.iter().map(|effect| ride.effect(effect)).collect::<Result<_, _>>()?;
    let (mut faults, mut radio_faults) = (Vec::new(), Vec::new());
    for raw in &raw.fault {
        match ride.radio_fault(raw)? {
            Some(fault) => radio_faults.push(fault),
            None => faults.push(ride.fault(raw)?),
        }
    }
    let actions = ride.actions(&raw)?;
    let expectations = raw.expect.iter().map(|expect| ride.expectation(expect)).collect::<Result<_, _>>()?;
    let rider = rider(&raw.rider)?;
    Ok(Scenario {
        name: raw.name,
        seed: raw.seed,
        duration,
        rider,
        sensors,
        loads,
        interruptions,
        effects,
        faults,
        radio_faults,
        actions,
        expectations,
    })
}

fn line_of(source: &str, span: &Range<usize>) -> usize {
    place(source, span.start).0
}

/// The number, if it is there and in its range.
fn number(key: &'static str, raw: Option<&Spanned<f64>>, low: f64, high: f64) -> Result<Option<f64>, Fail> {
    match raw {
        Some(raw) if !(low..=high).contains(raw.get_ref()) => {
            Err(Fail(raw.span(), Problem::Range { key, value: *raw.get_ref(), low, high }))
        }
        raw => Ok(raw.map(|raw| *raw.get_ref())),
    }
}

fn rider(raw: &RawRider) -> Result<Rider, Fail> {
    Ok(Rider {
        vl_base_pct: number("vl_base_pct", raw.vl_base_pct.as_ref(), 10.0, 95.0)?,
        calf_base_pct: number("calf_base_pct", raw.calf_base_pct.as_ref(), 10.0, 95.0)?,
        vl_gain_pct_per_100w: number("vl_gain_pct_per_100w", raw.vl_gain_pct_per_100w.as_ref(), 0.0, 60.0)?,
        calf_gain_pct_per_100w: number("calf_gain_pct_per_100w", raw.calf_gain_pct_per_100w.as_ref(), 0.0, 60.0)?,
        vl_tau_s: number("vl_tau_s", raw.vl_tau_s.as_ref(), 1.0, 120.0)?,
        calf_tau_s: number("calf_tau_s", raw.calf_tau_s.as_ref(), 1.0, 120.0)?,
        calf_cadence_pct_per_10rpm: number(
            "calf_cadence_pct_per_10rpm",
            raw.calf_cadence_pct_per_10rpm.as_ref(),
            -5.0,
            5.0,
        )?,
        correlation: number("correlation", raw.correlation.as_ref(), 0.0, 1.0)?,
        variation_pct: number("variation_pct", raw.variation_pct.as_ref(), 0.0, 15.0)?,
        drift_pct_per_h: number("drift_pct_per_h", raw.drift_pct_per_h.as_ref(), -60.0, 60.0)?,
        sample_noise_pct: number("sample_noise_pct", raw.sample_noise_pct.as_ref(), 0.0, 15.0)?,
        cadence_rpm: number("cadence_rpm", raw.cadence_rpm.as_ref(), 30.0, 200.0)?,
    })
}

fn sensors(source: &str, raw: &[RawSensor]) -> Result<Vec<Sensor>, Fail> {
    let end = source.len()..source.len();
    let Some(last) = raw.last() else { return Err(Fail(end, Problem::NoSensor)) };
    if raw.len() > MAX_SITES {
        return Err(Fail(last.site.span(), Problem::TooManySensors(MAX_SITES)));
    }
    let mut sensors: Vec<Sensor> = Vec::new();
    for (i, sensor) in raw.iter().enumerate() {
        let site = sensor.site.get_ref().0;
        if let Some(first) = sensors.iter().position(|known| known.site == site) {
            let line = line_of(source, &raw[first].site.span());
            return Err(Fail(sensor.site.span(), Problem::SiteTwice { site, line }));
        }
        let number = match &sensor.number {
            Some(number) if !(1..=u64::from(u16::MAX)).contains(number.get_ref()) => {
                let (low, high) = (1.0, f64::from(u16::MAX));
                let value = *number.get_ref() as f64;
                return Err(Fail(number.span(), Problem::Range { key: "number", value, low, high }));
            }
            Some(number) => *number.get_ref() as u16,
            None => FIRST_NUMBER + i as u16,
        };
        let (identity, radio) = match sensor.radio {
            RawRadio::Ant => (Identity::Ant { number, transmission: ANT_TRANSMISSION }, "ant"),
            RawRadio::Ble => (Identity::Ble { address: address(number) }, "ble"),
        };
        if let Some(first) = sensors.iter().position(|known| known.identity == identity) {
            let line = line_of(source, &raw[first].site.span());
            let span = sensor.number.as_ref().map_or(sensor.site.span(), Spanned::span);
            return Err(Fail(span, Problem::NumberTwice { radio, line }));
        }
        sensors.push(Sensor { site, kind: sensor.kind, identity });
    }
    Ok(sensors)
}

/// A BLE address that goes with a number. Its top two bits are set: a static random address (Bluetooth Core, vol 6,
/// part B, 1.3.2.1).
fn address(number: u16) -> [u8; 6] {
    let [high, low] = number.to_be_bytes();
    [0xC5, 0x51, 0x19, 0x6E, high, low]
}

/// What the sections are checked against.
struct Frame<'a> {
    source: &'a str,
    end: Instant,
    sensors: &'a [Sensor],
}

impl Frame<'_> {
    /// A time inside the ride.
    fn instant(&self, key: &'static str, time: &Time) -> Result<Instant, Fail> {
        let at = time.get_ref().instant();
        if at <= self.end { Ok(at) } else { Err(Fail(time.span(), Problem::AfterEnd { key })) }
    }

    /// The end of something that began at `start` and has a `duration`, or none.
    fn until(&self, start: Instant, duration: Option<&Time>) -> Result<Option<Instant>, Fail> {
        let Some(duration) = duration else { return Ok(None) };
        let span = duration.get_ref().span();
        if span == Duration::ZERO {
            return Err(Fail(duration.span(), Problem::Backwards { key: "duration", start: "0 s" }));
        }
        let until = start + span;
        if until > self.end {
            return Err(Fail(duration.span(), Problem::AfterEnd { key: "duration" }));
        }
        Ok(Some(until))
    }

    fn worn(&self) -> String {
        self.sensors.iter().map(|sensor| sensor.site.to_string()).collect::<Vec<_>>().join(", ")
    }

    /// A site that carries a sensor.
    fn site(&self, site: &Spanned<SiteText>) -> Result<Site, Fail> {
        let SiteText(wanted) = *site.get_ref();
        if self.sensors.iter().any(|sensor| sensor.site == wanted) {
            return Ok(wanted);
        }
        Err(Fail(site.span(), Problem::NotWorn { site: wanted, worn: self.worn() }))
    }

    fn loads(&self, raw: &[RawLoad]) -> Result<(Vec<Load>, Vec<Load>), Fail> {
        let mut loads = Vec::new();
        let mut interruptions = Vec::new();
        let mut last_lines = [0, 0];
        for raw in raw {
            let load = self.load(raw)?;
            let interrupts = load.shape.interrupts();
            let list: &mut Vec<Load> = if interrupts { &mut interruptions } else { &mut loads };
            let line = &mut last_lines[usize::from(interrupts)];
            if list.last().is_some_and(|before| load.from < before.to) {
                return Err(Fail(raw.from.span(), Problem::Overlap { line: *line }));
            }
            list.push(load);
            *line = line_of(self.source, &raw.kind.span());
        }
        Ok((loads, interruptions))
    }

    fn load(&self, raw: &RawLoad) -> Result<Load, Fail> {
        let from = self.instant("from", &raw.from)?;
        let to = match (&raw.to, &raw.duration) {
            (Some(to), None) => {
                let until = self.instant("to", to)?;
                if until <= from {
                    return Err(Fail(to.span(), Problem::Backwards { key: "to", start: "from" }));
                }
                Some(until)
            }
            (None, duration) => self.until(from, duration.as_ref())?,
            (Some(_), Some(duration)) => {
                return Err(Fail(duration.span(), Problem::Exclude { key: "duration", other: "to" }));
            }
        };
        let kind = Kind { name: load_kind_name(*raw.kind.get_ref()), span: raw.kind.span() };
        let to = to.ok_or_else(|| kind.needs("`to` or `duration`"))?;
        let shape = shape(raw, &kind)?;
        let standing = matches!(shape, Shape::Stand);
        let posture = match raw.posture.as_ref().map(|posture| *posture.get_ref()) {
            Some(RawPosture::Standing) => Posture::Standing,
            None if standing => Posture::Standing,
            Some(RawPosture::Seated) | None => Posture::Seated,
        };
        let cadence_rpm = number("cadence_rpm", raw.cadence_rpm.as_ref(), 30.0, 200.0)?;
        Ok(Load { from, to, shape, cadence_rpm, posture })
    }

    fn effect(&self, raw: &RawEffect) -> Result<Effect, Fail> {
        let kind = *raw.pattern.get_ref();
        let named = Kind { name: effect_name(kind), span: raw.pattern.span() };
        let at = self.instant("at", &raw.at)?;
        let until = self.until(at, raw.duration.as_ref())?;
        let sites = self.effect_sites(raw, &named)?;
        // Only drift, which means nothing, may go up.
        let low = if kind == EffectKind::Drift { -60.0 } else { 0.0 };
        // Points of SmO2, but for those that say how many times something is.
        let high = if matches!(kind, EffectKind::LoadShift | EffectKind::SlowRecovery) { 300.0 } else { 60.0 };
        let size_pct = number("size_pct", raw.size_pct.as_ref(), low, high)?;
        let slope = number("slope_pct_per_min", raw.slope_pct_per_min.as_ref(), low, high)?;
        let course = match (size_pct, slope) {
            (None, None) => return Err(named.needs("`size_pct` or `slope_pct_per_min`")),
            (Some(size_pct), None) => {
                let tau_s = raw.onset.as_ref().map_or(ONSET_S, |onset| f64::from(onset.get_ref().span().as_s_f32()));
                Course::Step { size_pct, tau_s }
            }
            (size_pct, Some(slope_pct_per_min)) => {
                if let Some(onset) = &raw.onset {
                    return Err(Fail(onset.span(), Problem::Exclude { key: "onset", other: "slope_pct_per_min" }));
                }
                let size_pct = size_pct.unwrap_or(if slope_pct_per_min < 0.0 { -100.0 } else { high.max(100.0) });
                Course::Ramp { slope_pct_per_min, size_pct }
            }
        };
        let thb = number("thb_gdl", raw.thb_gdl.as_ref(), -5.0, 5.0)?.unwrap_or(match kind {
            EffectKind::OutflowRestriction => 0.25,
            EffectKind::Compression => -0.25,
            _ => 0.0,
        });
        Ok(Effect { kind, at, until, sites, course, thb })
    }

    /// The sites that an effect falls on: the one it names, or the first worn of each muscle group that it is about.
    fn effect_sites(&self, raw: &RawEffect, kind: &Kind) -> Result<Vec<Site>, Fail> {
        if let Some(site) = &raw.site {
            return Ok(vec![self.site(site)?]);
        }
        let groups: &[&[Muscle]] = match raw.pattern.get_ref() {
            EffectKind::CalfOverload | EffectKind::LoadShift => &[&Muscle::CALF],
            EffectKind::VlFatigue => &[&Muscle::THIGH],
            EffectKind::BothFall => &[&Muscle::CALF, &Muscle::THIGH],
            EffectKind::TibialisOverload => &[&[Muscle::TibialisAnterior]],
            EffectKind::AntagonistImbalance => &[&[Muscle::BicepsFemoris, Muscle::Semitendinosus]],
            EffectKind::HeadImbalance => &[&[Muscle::GastrocnemiusMedialis]],
            EffectKind::SideImbalance
            | EffectKind::OutflowRestriction
            | EffectKind::Compression
            | EffectKind::SlowRecovery
            | EffectKind::Drift => return Err(kind.needs("`site`")),
        };
        let where_seen = match raw.pattern.get_ref() {
            EffectKind::CalfOverload | EffectKind::LoadShift => "the calf (mg, lg or sol)",
            EffectKind::VlFatigue => "the front of the thigh (vl, vm or rf)",
            EffectKind::BothFall => "calf and front of the thigh",
            EffectKind::TibialisOverload => "ta",
            EffectKind::AntagonistImbalance => "bf or st",
            _ => "mg",
        };
        let first = |group: &&[Muscle]| {
            group.iter().find_map(|muscle| self.sensors.iter().find(|sensor| sensor.site.muscle == *muscle))
        };
        let sites: Vec<Site> = groups.iter().filter_map(first).map(|sensor| sensor.site).collect();
        if sites.len() < groups.len() {
            let problem = Problem::NothingToAffect { pattern: kind.name, where_seen, worn: self.worn() };
            return Err(Fail(kind.span.clone(), problem));
        }
        Ok(sites)
    }

    /// A fault of a radio, which is at no site.
    fn radio_fault(&self, raw: &RawFault) -> Result<Option<RadioFault>, Fail> {
        let kind = match raw.kind.get_ref() {
            RawFaultKind::Unplug => RadioFaultKind::Unplug,
            RawFaultKind::BluetoothOff => RadioFaultKind::BluetoothOff,
            _ => return Ok(None),
        };
        let at = self.instant("at", &raw.at)?;
        let until = self.until(at, raw.duration.as_ref())?.unwrap_or(self.end);
        let named = Kind { name: fault_name(*raw.kind.get_ref()), span: raw.kind.span() };
        let site = ("site", raw.site.as_ref().map(Spanned::span));
        let others = Self::fault_options(raw);
        named.takes_only(&[&[site], &others[..]].concat(), &[], &["at", "duration"])?;
        Ok(Some(RadioFault { kind, at, until }))
    }

    /// The keys that only some kinds of fault take, and where they stand.
    fn fault_options(raw: &RawFault) -> [(&'static str, Option<Range<usize>>); 6] {
        [
            ("fraction", raw.fraction.as_ref().map(Spanned::span)),
            ("step_pct", raw.step_pct.as_ref().map(Spanned::span)),
            ("thb_step_gdl", raw.thb_step_gdl.as_ref().map(Spanned::span)),
            ("smo2_pct", raw.smo2_pct.as_ref().map(Spanned::span)),
            ("value", raw.value.as_ref().map(Spanned::span)),
            ("with", raw.with.as_ref().map(Spanned::span)),
        ]
    }

    fn fault(&self, raw: &RawFault) -> Result<Fault, Fail> {
        let at = self.instant("at", &raw.at)?;
        let until = self.until(at, raw.duration.as_ref())?.unwrap_or(self.end);
        let kind = Kind { name: fault_name(*raw.kind.get_ref()), span: raw.kind.span() };
        let site = self.site(raw.site.as_ref().ok_or_else(|| kind.needs("`site`"))?)?;
        kind.takes_only(
            &Self::fault_options(raw),
            match raw.kind.get_ref() {
                RawFaultKind::Miss => &["fraction"],
                RawFaultKind::Slip | RawFaultKind::Replaced => &["step_pct", "thb_step_gdl"],
                RawFaultKind::LightLeak => &["smo2_pct", "thb_step_gdl"],
                RawFaultKind::Constant => &["value"],
                RawFaultKind::Swap => &["with"],
                _ => &[],
            },
            &["site", "at", "duration"],
        )?;
        let step_pct = || number("step_pct", raw.step_pct.as_ref(), -60.0, 60.0);
        let thb = |low, high| number("thb_step_gdl", raw.thb_step_gdl.as_ref(), low, high);
        let kind = match raw.kind.get_ref() {
            RawFaultKind::Hole => FaultKind::Hole,
            RawFaultKind::Ambient => FaultKind::Ambient,
            RawFaultKind::Invalid => FaultKind::Invalid,
            RawFaultKind::Zero => FaultKind::Zero,
            RawFaultKind::Hundred => FaultKind::Hundred,
            RawFaultKind::Stale => FaultKind::Stale,
            RawFaultKind::Frozen => FaultKind::Frozen,
            RawFaultKind::Tenfold => FaultKind::Tenfold,
            RawFaultKind::OutOfRange => FaultKind::OutOfRange,
            RawFaultKind::Reboot => FaultKind::Reboot,
            RawFaultKind::Miss => {
                let fraction = number("fraction", raw.fraction.as_ref(), 0.0, 1.0)?;
                FaultKind::Miss { fraction: fraction.ok_or_else(|| kind.needs("`fraction`"))? }
            }
            RawFaultKind::Slip => FaultKind::Slip { smo2_pct: step_pct()?, thb: thb(-5.0, 5.0)? },
            RawFaultKind::Replaced => FaultKind::Replaced { smo2_pct: step_pct()?, thb: thb(-5.0, 5.0)? },
            RawFaultKind::LightLeak => FaultKind::LightLeak {
                smo2_pct: number("smo2_pct", raw.smo2_pct.as_ref(), 0.0, 100.0)?,
                thb: thb(-10.0, 10.0)?,
            },
            RawFaultKind::Constant => {
                let value = number("value", raw.value.as_ref(), 0.0, 100.0)?;
                FaultKind::Constant { value: value.unwrap_or(CORE_TEMPERATURE) }
            }
            RawFaultKind::Swap => {
                let with = raw.with.as_ref().ok_or_else(|| kind.needs("`with`, the other site"))?;
                let other = self.site(with)?;
                if other == site {
                    return Err(Fail(with.span(), Problem::SwapWithItself { worn: self.worn() }));
                }
                FaultKind::Swap { with: other }
            }
            RawFaultKind::Unplug | RawFaultKind::BluetoothOff => {
                return Err(kind.needs("no site, for it is about a radio"));
            }
        };
        Ok(Fault { kind, site, at, until })
    }

    fn actions(&self, raw: &RawScenario) -> Result<Vec<(Instant, Action)>, Fail> {
        let mut actions = Vec::new();
        for press in &raw.press {
            let button = match press.button {
                RawButton::Up => Button::Up,
                RawButton::Down => Button::Down,
                RawButton::Select => Button::Select,
            };
            let length = if press.long { Press::Long } else { Press::Short };
            actions.push((self.instant("at", &press.at)?, Action::Press(button, length)));
        }
        for raw in &raw.touch {
            actions.push((self.instant("at", &raw.at)?, Action::Touch(touch(raw)?)));
        }
        for lap in &raw.lap {
            actions.push((self.instant("at", &lap.at)?, Action::Lap));
        }
        for marker in &raw.marker {
            actions.push((self.instant("at", &marker.at)?, Action::Marker(label(&marker.text)?)));
        }
        for position in &raw.position {
            actions.push((self.instant("at", &position.at)?, Action::Position(label(&position.text)?)));
        }
        // A stable sort: what happens at one time happens in the order presses, touches, laps, markers, positions.
        actions.sort_by_key(|(at, _)| *at);
        Ok(actions)
    }

    fn expectation(&self, raw: &Spanned<RawExpect>) -> Result<Expectation, Fail> {
        let (span, raw) = (raw.span(), raw.get_ref());
        let (what, never) = match (raw.alert, raw.no_alert, raw.notice, raw.no_notice) {
            (Some(pattern), None, None, None) => (Expected::Alert(pattern), false),
            (None, Some(pattern), None, None) => (Expected::Alert(pattern), true),
            (None, None, Some(NoticeText(what)), None) => (what, false),
            (None, None, None, Some(NoticeText(what))) => (what, true),
            _ => return Err(Fail(span, Problem::WhatIsExpected)),
        };
        let count = match (&raw.count, never) {
            (Some(count), true) => {
                return Err(Fail(count.span(), Problem::Exclude { key: "count", other: "no_alert or no_notice" }));
            }
            (None, true) => Count::Exactly(0),
            (Some(count), false) => Count::Exactly(*count.get_ref()),
            (None, false) => Count::Some,
        };
        let from = raw.of.as_ref().map_or(Ok(Instant::ZERO), |of| self.instant("of", of))?;
        let until = match &raw.within {
            None => self.end,
            Some(within) => {
                let until = from + within.get_ref().span();
                if until > self.end {
                    return Err(Fail(within.span(), Problem::AfterEnd { key: "within" }));
                }
                until
            }
        };
        let site = raw.site.as_ref().map(|site| self.site(site)).transpose()?;
        Ok(Expectation { what, site, from, until, count })
    }
}

fn touch(raw: &RawTouch) -> Result<Touch, Fail> {
    let (name, touch) = match raw.kind.get_ref() {
        RawTouchKind::Tap => ("tap", None),
        RawTouchKind::Hold => ("hold", Some(Touch::Hold)),
        RawTouchKind::SwipeUp => ("swipe_up", Some(Touch::SwipeUp)),
        RawTouchKind::SwipeDown => ("swipe_down", Some(Touch::SwipeDown)),
        RawTouchKind::SwipeLeft => ("swipe_left", Some(Touch::SwipeLeft)),
        RawTouchKind::SwipeRight => ("swipe_right", Some(Touch::SwipeRight)),
    };
    let kind = Kind { name, span: raw.kind.span() };
    if let Some(touch) = touch {
        let keys = [("x", raw.x.as_ref().map(Spanned::span)), ("y", raw.y.as_ref().map(Spanned::span))];
        return kind.takes_only(&keys, &[], &["at"]).map(|()| touch);
    }
    let pixel = |key, raw: Option<&Spanned<i64>>| {
        let raw = raw.ok_or_else(|| kind.needs("`x` and `y`, pixels from the left and from the top"))?;
        let value = *raw.get_ref();
        i16::try_from(value).ok().filter(|&pixel| pixel >= 0).ok_or_else(|| {
            Fail(raw.span(), Problem::Range { key, value: value as f64, low: 0.0, high: f64::from(i16::MAX) })
        })
    };
    Ok(Touch::Tap { x: pixel("x", raw.x.as_ref())?, y: pixel("y", raw.y.as_ref())? })
}

fn label(text: &Spanned<String>) -> Result<Label, Fail> {
    Label::try_from(text.get_ref().as_str()).map_err(|_| Fail(text.span(), Problem::LongText { key: "text" }))
}

/// A section's kind: its name, and where it is written.
struct Kind {
    name: &'static str,
    span: Range<usize>,
}

impl Kind {
    fn needs(&self, needs: &'static str) -> Fail {
        Fail(self.span.clone(), Problem::Needs { kind: self.name, needs })
    }

    /// An error if one of the `keys` that were written is neither `allowed` here nor anywhere (`always`).
    fn takes_only(
        &self,
        keys: &[(&'static str, Option<Range<usize>>)],
        allowed: &[&'static str],
        always: &[&'static str],
    ) -> Result<(), Fail> {
        for (key, span) in keys {
            if let Some(span) = span
                && !allowed.contains(key)
            {
                let takes = [allowed, always].concat().join(", ");
                return Err(Fail(span.clone(), Problem::DoesNotTake { kind: self.name, key, takes }));
            }
        }
        Ok(())
    }
}

fn shape(raw: &RawLoad, kind: &Kind) -> Result<Shape, Fail> {
    let allowed: &[&str] = match raw.kind.get_ref() {
        RawLoadKind::Steady | RawLoadKind::Sprint => &["power_w", "cadence_rpm", "posture"],
        RawLoadKind::Ramp => &["power_w", "end_power_w", "cadence_rpm", "posture"],
        RawLoadKind::Hills => &["power_w", "swing_w", "period", "cadence_rpm", "posture"],
        RawLoadKind::Intervals => &["power_w", "rest_power_w", "work", "rest", "cadence_rpm", "posture"],
        RawLoadKind::Coast => &[],
        RawLoadKind::Stand => &["cadence_rpm"],
    };
    kind.takes_only(
        &[
            ("power_w", raw.power_w.as_ref().map(Spanned::span)),
            ("end_power_w", raw.end_power_w.as_ref().map(Spanned::span)),
            ("swing_w", raw.swing_w.as_ref().map(Spanned::span)),
            ("period", raw.period.as_ref().map(Spanned::span)),
            ("rest_power_w", raw.rest_power_w.as_ref().map(Spanned::span)),
            ("work", raw.work.as_ref().map(Spanned::span)),
            ("rest", raw.rest.as_ref().map(Spanned::span)),
            ("cadence_rpm", raw.cadence_rpm.as_ref().map(Spanned::span)),
            ("posture", raw.posture.as_ref().map(Spanned::span)),
        ],
        allowed,
        &["from", "to", "duration"],
    )?;
    let watts =
        |key, raw: &Number, needs| number(key, raw.as_ref(), 0.0, MAX_POWER_W)?.ok_or_else(|| kind.needs(needs));
    let power_w = || watts("power_w", &raw.power_w, "`power_w`");
    let span = |raw: &Option<Time>, key, needs| match raw {
        Some(time) if time.get_ref().span() < Duration::from_s(1) => {
            Err(Fail(time.span(), Problem::Backwards { key, start: "1 s" }))
        }
        Some(time) => Ok(time.get_ref().span()),
        None => Err(kind.needs(needs)),
    };
    Ok(match raw.kind.get_ref() {
        RawLoadKind::Steady => Shape::Steady { power_w: power_w()? },
        RawLoadKind::Ramp => {
            Shape::Ramp { power_w: power_w()?, end_power_w: watts("end_power_w", &raw.end_power_w, "`end_power_w`")? }
        }
        RawLoadKind::Hills => Shape::Hills {
            power_w: power_w()?,
            swing_w: watts("swing_w", &raw.swing_w, "`swing_w`")?,
            period: span(&raw.period, "period", "`period`")?,
        },
        RawLoadKind::Intervals => Shape::Intervals {
            power_w: power_w()?,
            rest_power_w: watts("rest_power_w", &raw.rest_power_w, "`rest_power_w`")?,
            work: span(&raw.work, "work", "`work`")?,
            rest: span(&raw.rest, "rest", "`rest`")?,
        },
        RawLoadKind::Coast => Shape::Coast,
        RawLoadKind::Sprint => Shape::Sprint { power_w: power_w()? },
        RawLoadKind::Stand => Shape::Stand,
    })
}

const fn load_kind_name(kind: RawLoadKind) -> &'static str {
    match kind {
        RawLoadKind::Steady => "steady",
        RawLoadKind::Ramp => "ramp",
        RawLoadKind::Hills => "hills",
        RawLoadKind::Intervals => "intervals",
        RawLoadKind::Coast => "coast",
        RawLoadKind::Sprint => "sprint",
        RawLoadKind::Stand => "stand",
    }
}

const fn effect_name(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::CalfOverload => "calf_overload",
        EffectKind::VlFatigue => "vl_fatigue",
        EffectKind::BothFall => "both_fall",
        EffectKind::TibialisOverload => "tibialis_overload",
        EffectKind::AntagonistImbalance => "antagonist_imbalance",
        EffectKind::HeadImbalance => "head_imbalance",
        EffectKind::SideImbalance => "side_imbalance",
        EffectKind::OutflowRestriction => "outflow_restriction",
        EffectKind::Compression => "compression",
        EffectKind::LoadShift => "load_shift",
        EffectKind::SlowRecovery => "slow_recovery",
        EffectKind::Drift => "drift",
    }
}

const fn fault_name(kind: RawFaultKind) -> &'static str {
    match kind {
        RawFaultKind::Hole => "hole",
        RawFaultKind::Ambient => "ambient",
        RawFaultKind::Invalid => "invalid",
        RawFaultKind::Zero => "zero",
        RawFaultKind::Hundred => "hundred",
        RawFaultKind::Stale => "stale",
        RawFaultKind::Frozen => "frozen",
        RawFaultKind::Miss => "miss",
        RawFaultKind::Slip => "slip",
        RawFaultKind::LightLeak => "light_leak",
        RawFaultKind::Replaced => "replaced",
        RawFaultKind::Constant => "constant",
        RawFaultKind::Swap => "swap",
        RawFaultKind::Tenfold => "tenfold",
        RawFaultKind::OutOfRange => "out_of_range",
        RawFaultKind::Reboot => "reboot",
        RawFaultKind::Unplug => "unplug",
        RawFaultKind::BluetoothOff => "bluetooth_off",
    }
}
