//! From TOML to a checked [`Scenario`]: first the shape of the file (serde), then its sense (here).

use super::error::place;
use super::spot::Spot as Spanned;
use super::time_text::TimeText;
use super::{
    Action, Count, Course, EVENTS, Effect, EffectKind, Expectation, Expected, FAULTS, Fault, FaultKind, FaultSort,
    Layer, Load, MAX_DURATION, Needs, Pattern, Problem, RadioFault, RadioFaultKind, Rider, Scenario, ScenarioError,
    Sensor, SensorKind, Shape, UnitFault, UnitFaultKind,
};
use serde::Deserialize;
use sling_core::head_unit::{Button, Cue, Label, MAX_SITES, Posture, Press, Touch};
use sling_core::sensor::{Identity, Muscle, Reason, Site};
use sling_core::time::{Duration, Instant};
use std::ops::Range;

/// The transmission type of an ANT+ sensor without an extended device number (ANT+ common pages: 5).
const ANT_TRANSMISSION: u8 = 5;
/// The first device number that is given to a sensor without one.
const FIRST_NUMBER: u16 = 1001;
/// The onset's time constant when an effect does not say.
const ONSET_S: f64 = 20.0;
/// What a core temperature in SmO2's place shows, as seen in a recording.
const CORE_TEMPERATURE: f64 = 37.7;
/// How long a power cut takes when it does not say.
const POWER_CUT: Duration = Duration::from_s(2);
/// The head unit's charge at the end of a fault of its battery that does not say, percent.
const BATTERY_LEFT: f64 = 5.0;
/// The furthest that the time of day jumps: a year.
const MAX_JUMP_S: f64 = 366.0 * 86_400.0;
/// The most that power can be, in watts: more than a track sprinter's peak.
const MAX_POWER_W: f64 = 2500.0;

#[derive(Deserialize)]
struct RawVersion {
    version: Spanned<i64>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Scenario"))]
#[serde(deny_unknown_fields)]
pub(super) struct RawScenario {
    /// The version of the format: 1.
    #[serde(rename = "version")]
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    _version: i64,
    /// What the ride is about.
    name: String,
    /// What the rider and the noise are drawn from; 1 if left out.
    #[serde(default = "one")]
    seed: u64,
    /// How long the ride is, at most 48 h.
    duration: Spanned<TimeText>,
    /// Who rides. What is left out is drawn from the seed.
    #[serde(default)]
    rider: RawRider,
    /// What is worn.
    #[serde(default)]
    sensor: Vec<RawSensor>,
    /// What is ridden, in order.
    #[serde(default)]
    load: Vec<RawLoad>,
    /// What truly happens in the muscles: what the detectors should find.
    #[serde(default)]
    effect: Vec<RawEffect>,
    /// What goes wrong.
    #[serde(default)]
    fault: Vec<RawFault>,
    /// Buttons that are pressed.
    #[serde(default)]
    press: Vec<RawPress>,
    /// Touches of the display.
    #[serde(default)]
    touch: Vec<RawTouch>,
    /// Laps that begin.
    #[serde(default)]
    lap: Vec<RawLap>,
    /// Moments to find again.
    #[serde(default)]
    marker: Vec<RawText>,
    /// Labels of the bike's set-up.
    #[serde(default)]
    position: Vec<RawText>,
    /// What must come of it.
    #[serde(default)]
    expect: Vec<Spanned<RawExpect>>,
}

const fn one() -> u64 {
    1
}

type Number = Option<Spanned<f64>>;
type Time = Spanned<TimeText>;

#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Rider"))]
#[serde(deny_unknown_fields)]
struct RawRider {
    /// SmO2 of the front of the thigh without load.
    vl_base_pct: Number,
    /// SmO2 of the calf without load.
    calf_base_pct: Number,
    /// Fall of the front of the thigh for each 100 W.
    vl_gain_pct_per_100w: Number,
    /// Fall of the calf for each 100 W.
    calf_gain_pct_per_100w: Number,
    /// How fast the front of the thigh follows.
    vl_tau_s: Number,
    /// How fast the calf follows.
    calf_tau_s: Number,
    /// Fall of the calf for 10 rpm more at one power.
    calf_cadence_pct_per_10rpm: Number,
    /// Of the slow variation between muscles, 0 to 1.
    correlation: Number,
    /// Standard deviation of the slow variation.
    variation_pct: Number,
    /// Drift, for the whole ride.
    drift_pct_per_h: Number,
    /// White noise of a sample.
    sample_noise_pct: Number,
    /// What the rider likes.
    cadence_rpm: Number,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Sensor"))]
#[serde(deny_unknown_fields)]
struct RawSensor {
    /// Where it is worn.
    site: Spanned<SiteText>,
    /// The model.
    kind: SensorKind,
    /// What it speaks on.
    radio: RawRadio,
    /// Its number, 1 to 65535; 1001 and up if left out.
    number: Option<Spanned<u64>>,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Radio"))]
#[serde(rename_all = "snake_case")]
enum RawRadio {
    Ant,
    Ble,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Load"))]
#[serde(deny_unknown_fields)]
struct RawLoad {
    /// How power goes.
    kind: Spanned<RawLoadKind>,
    /// When it begins.
    from: Time,
    /// When it is over; or `duration`.
    to: Option<Time>,
    /// How long it is; or `to`.
    duration: Option<Time>,
    /// The power, or its middle, or that of the work.
    power_w: Number,
    /// Of a ramp: the power at its end.
    end_power_w: Number,
    /// Of hills: from the middle to the top.
    swing_w: Number,
    /// Of hills: from top to top.
    period: Option<Time>,
    /// Of intervals: the power of the rest.
    rest_power_w: Number,
    /// Of intervals: length of the work.
    work: Option<Time>,
    /// Of intervals: length of the rest.
    rest: Option<Time>,
    /// Cadence, if the rider is not free to choose.
    cadence_rpm: Number,
    /// How the rider sits.
    posture: Option<Spanned<RawPosture>>,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "LoadKind"))]
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
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Posture"))]
#[serde(rename_all = "snake_case")]
enum RawPosture {
    Seated,
    Standing,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Effect"))]
#[serde(deny_unknown_fields)]
struct RawEffect {
    /// What, by the pattern that should find it.
    pattern: Spanned<EffectKind>,
    /// When it begins.
    at: Time,
    /// When it goes again; it stays if left out.
    duration: Option<Time>,
    /// Where, if not at the first sensor of its muscles.
    site: Option<Spanned<SiteText>>,
    /// Points of SmO2 at full size; percent for `load_shift` and `slow_recovery`.
    size_pct: Number,
    /// The time constant with which it comes; 20 s if left out.
    onset: Option<Time>,
    /// It comes along a line, so much a minute.
    slope_pct_per_min: Number,
    /// Change of tHb that goes with it.
    thb_gdl: Number,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Fault"))]
#[serde(deny_unknown_fields)]
struct RawFault {
    /// What goes wrong.
    kind: Spanned<RawFaultKind>,
    /// The sensor, unless it is about a radio or the head unit.
    site: Option<Spanned<SiteText>>,
    /// When it begins.
    at: Time,
    /// How long; to the end of the ride if left out, 2 s for a power cut.
    duration: Option<Time>,
    /// Of miss and loss: the share that is lost, 0 to 1.
    fraction: Number,
    /// Of slip and replaced: points of SmO2 up or down.
    step_pct: Number,
    /// Of slip, replaced and `light_leak`: tHb up or down.
    thb_step_gdl: Number,
    /// Of `light_leak`: SmO2 about which it moves.
    smo2_pct: Number,
    /// Of constant: the number.
    value: Number,
    /// Of swap: the other site.
    with: Option<Spanned<SiteText>>,
    /// Of `head_unit_battery`: the charge at the end; 5 if left out.
    percent: Number,
    /// Of `clock_jump`: seconds forwards, or backwards if below 0.
    by_s: Number,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawFaultKind {
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
    BatteryLow,
    Unplug,
    BluetoothOff,
    Loss,
    Duplicate,
    HeadUnitBattery,
    ClockJump,
    StorageFull,
    PowerCut,
    Muted,
}

impl RawFaultKind {
    pub(super) const fn sort(self) -> &'static FaultSort {
        &FAULTS[self as usize]
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Press"))]
#[serde(deny_unknown_fields)]
struct RawPress {
    /// When.
    at: Time,
    /// Which.
    button: RawButton,
    /// Held for at least 0.8 s.
    #[serde(default)]
    long: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Button"))]
#[serde(rename_all = "snake_case")]
enum RawButton {
    Up,
    Down,
    Select,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Touch"))]
#[serde(deny_unknown_fields)]
struct RawTouch {
    /// When.
    at: Time,
    /// What the finger did.
    kind: Spanned<RawTouchKind>,
    /// Of a tap: pixels from the left.
    x: Option<Spanned<i64>>,
    /// Of a tap: pixels from the top.
    y: Option<Spanned<i64>>,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "TouchKind"))]
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
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Lap"))]
#[serde(deny_unknown_fields)]
struct RawLap {
    /// When.
    at: Time,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Text"))]
#[serde(deny_unknown_fields)]
struct RawText {
    /// When.
    at: Time,
    /// At most 24 bytes.
    text: Spanned<String>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Expect"))]
#[serde(deny_unknown_fields)]
struct RawExpect {
    /// An alert of this pattern, or of any.
    alert: Option<Pattern>,
    /// None of this pattern, or none at all.
    no_alert: Option<Pattern>,
    /// A notice with this reason, or any.
    notice: Option<NoticeText>,
    /// None with this reason, or none at all.
    no_notice: Option<NoticeText>,
    /// This cue, or any.
    cue: Option<CueText>,
    /// Not this cue, or none at all.
    no_cue: Option<CueText>,
    /// An event of this name.
    event: Option<EventText>,
    /// No event of this name.
    no_event: Option<EventText>,
    /// Only there.
    site: Option<Spanned<SiteText>>,
    /// From when; the start if left out.
    of: Option<Time>,
    /// For how long from then; to the end if left out.
    within: Option<Spanned<TimeText>>,
    /// Exactly so many, instead of one or more.
    count: Option<Spanned<u32>>,
}

/// A site by its name; the error quotes what was written.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct SiteText(Site);

/// A text that names no site, or no notice.
#[derive(Debug, thiserror::Error)]
pub(super) enum NameError {
    #[error("`{0}`: {1}")]
    Site(String, sling_core::sensor::SiteError),
    #[error("`{0}` is no notice; known are any {known}", known = REASONS.map(Reason::code).join(" "))]
    Notice(String),
    #[error("`{0}` is no cue; known are any {known}", known = cues().collect::<Vec<_>>().join(" "))]
    Cue(String),
    #[error("`{0}` is no event to expect; known are {known}", known = EVENTS.join(" "))]
    Event(String),
}

impl TryFrom<String> for SiteText {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse().map(Self).map_err(|error| NameError::Site(text, error))
    }
}

/// Every reason that can be a notice.
pub(super) const REASONS: [Reason; 11] = [
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
    Reason::Ambiguous,
];

/// A reason by its name in events, or `any`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct NoticeText(Expected);

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

/// The names of all cues.
pub(super) fn cues() -> impl Iterator<Item = &'static str> {
    Cue::ALL.iter().map(|cue| cue.code())
}

/// A cue by its name in events, or `any`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct CueText(Expected);

impl TryFrom<String> for CueText {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        if text == "any" {
            return Ok(Self(Expected::AnyCue));
        }
        cues().find(|cue| *cue == text).map(|cue| Self(Expected::Cue(cue))).ok_or(NameError::Cue(text))
    }
}

/// An event by one of [`EVENTS`].
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct EventText(Expected);

impl TryFrom<String> for EventText {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        let event = EVENTS.into_iter().find(|event| *event == text);
        event.map(|event| Self(Expected::Event(event))).ok_or(NameError::Event(text))
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
    let (mut faults, mut radio_faults, mut unit_faults, mut layers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for raw in &raw.fault {
        layers.push(match (ride.radio_fault(raw)?, ride.unit_fault(raw)?) {
            (Some(fault), _) => {
                radio_faults.push(fault);
                Layer::Radio
            }
            (None, Some(fault)) => {
                unit_faults.push(fault);
                Layer::HeadUnit
            }
            (None, None) => {
                faults.push(ride.fault(raw)?);
                Layer::Sensor
            }
        });
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
        unit_faults,
        layers,
        actions,
        expectations,
    })
}

/// Whether the keys of a `[[fault]]`, as TOML, are those of a fault, and of the right type; otherwise why not.
pub(super) fn check_fault(keys: &str) -> Result<(), String> {
    toml::from_str::<RawFault>(keys).map(drop).map_err(|error| error.message().replace(char::is_control, " "))
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

    /// A fault's span; a power cut is short unless it says how long.
    fn fault_span(&self, raw: &RawFault) -> Result<(Instant, Instant), Fail> {
        let at = self.instant("at", &raw.at)?;
        let usual = match raw.kind.get_ref() {
            RawFaultKind::PowerCut => self.end.min(at + POWER_CUT),
            _ => self.end,
        };
        Ok((at, self.until(at, raw.duration.as_ref())?.unwrap_or(usual)))
    }

    /// An error if a fault's kind does not take a key that is written.
    fn fault_keys(raw: &RawFault) -> Result<Kind, Fail> {
        let sort = raw.kind.get_ref().sort();
        let kind = Kind { name: sort.name, span: raw.kind.span() };
        let span = |number: &Number| number.as_ref().map(Spanned::span);
        let keys = [
            ("fraction", span(&raw.fraction)),
            ("step_pct", span(&raw.step_pct)),
            ("thb_step_gdl", span(&raw.thb_step_gdl)),
            ("smo2_pct", span(&raw.smo2_pct)),
            ("value", span(&raw.value)),
            ("with", raw.with.as_ref().map(Spanned::span)),
            ("percent", span(&raw.percent)),
            ("by_s", span(&raw.by_s)),
            ("site", raw.site.as_ref().map(Spanned::span).filter(|_| sort.needs == Needs::Nothing)),
        ];
        let site: &[&str] = if sort.needs == Needs::Nothing { &[] } else { &["site"] };
        kind.takes_only(&keys, sort.keys, &[site, &["at", "duration"]].concat())?;
        Ok(kind)
    }

    /// A fault on the air, or of a radio.
    fn radio_fault(&self, raw: &RawFault) -> Result<Option<RadioFault>, Fail> {
        let name = Self::fault_keys(raw)?;
        let kind = match raw.kind.get_ref() {
            RawFaultKind::Unplug => RadioFaultKind::Unplug,
            RawFaultKind::BluetoothOff => RadioFaultKind::BluetoothOff,
            RawFaultKind::Loss => {
                let fraction = number("fraction", raw.fraction.as_ref(), 0.0, 1.0)?;
                let fraction = fraction.ok_or_else(|| name.needs("`fraction`"))?;
                RadioFaultKind::Loss { of_1000: (fraction * 1000.0).round() as u16 }
            }
            RawFaultKind::Duplicate => RadioFaultKind::Duplicate { site: self.fault_site(raw, &name)? },
            _ => return Ok(None),
        };
        let (at, until) = self.fault_span(raw)?;
        Ok(Some(RadioFault { kind, at, until }))
    }

    /// A fault of the head unit itself.
    fn unit_fault(&self, raw: &RawFault) -> Result<Option<UnitFault>, Fail> {
        let name = Self::fault_keys(raw)?;
        let kind = match raw.kind.get_ref() {
            RawFaultKind::HeadUnitBattery => {
                let percent = number("percent", raw.percent.as_ref(), 0.0, 99.0)?;
                UnitFaultKind::Battery { percent: percent.unwrap_or(BATTERY_LEFT) as u8 }
            }
            RawFaultKind::ClockJump => {
                let by_s = number("by_s", raw.by_s.as_ref(), -MAX_JUMP_S, MAX_JUMP_S)?;
                let by_s = by_s.ok_or_else(|| name.needs("`by_s`, seconds forwards or, below 0, backwards"))?;
                UnitFaultKind::ClockJump { by_s: by_s.round() as i64 }
            }
            RawFaultKind::StorageFull => UnitFaultKind::StorageFull,
            RawFaultKind::PowerCut => UnitFaultKind::PowerCut,
            RawFaultKind::Muted => UnitFaultKind::Muted,
            _ => return Ok(None),
        };
        let (at, until) = self.fault_span(raw)?;
        Ok(Some(UnitFault { kind, at, until }))
    }

    fn fault_site(&self, raw: &RawFault, kind: &Kind) -> Result<Site, Fail> {
        self.site(raw.site.as_ref().ok_or_else(|| kind.needs("`site`"))?)
    }

    fn fault(&self, raw: &RawFault) -> Result<Fault, Fail> {
        let kind = Self::fault_keys(raw)?;
        let (at, until) = self.fault_span(raw)?;
        let site = self.fault_site(raw, &kind)?;
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
            RawFaultKind::BatteryLow => FaultKind::LowBattery,
            RawFaultKind::Unplug
            | RawFaultKind::BluetoothOff
            | RawFaultKind::Loss
            | RawFaultKind::Duplicate
            | RawFaultKind::HeadUnitBattery
            | RawFaultKind::ClockJump
            | RawFaultKind::StorageFull
            | RawFaultKind::PowerCut
            | RawFaultKind::Muted => return Err(kind.needs("no sensor of its own")),
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
        let said = [
            (raw.alert.map(Expected::Alert), false),
            (raw.no_alert.map(Expected::Alert), true),
            (raw.notice.map(|text| text.0), false),
            (raw.no_notice.map(|text| text.0), true),
            (raw.cue.map(|text| text.0), false),
            (raw.no_cue.map(|text| text.0), true),
            (raw.event.map(|text| text.0), false),
            (raw.no_event.map(|text| text.0), true),
        ];
        let mut said = said.into_iter().filter_map(|(what, never)| Some((what?, never)));
        let (Some((what, never)), None) = (said.next(), said.next()) else {
            return Err(Fail(span, Problem::WhatIsExpected));
        };
        let count = match (&raw.count, never) {
            (Some(count), true) => {
                return Err(Fail(count.span(), Problem::Exclude { key: "count", other: "no_…" }));
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
