//! Plain numbers: of the ride, of the lap, of a muscle. A row of this file is a field.

use super::tile::{Namesake, Tile};
use super::{Balance, Choices, Field, SiteView, Snapshot, Which, forms};
use crate::draw::{Area, Canvas, Ink, Words};
use crate::language::{Language, Say};
use crate::math;
use crate::sensor::Reason;
use crate::session::SiteLap;
use crate::signal::trend::Direction;
use crate::units::ThbScale;
use core::fmt;

/// A number with its unit.
pub struct Number {
    id: &'static str,
    title: Say,
    unit: &'static str,
    smallest: (i16, i16),
    value: Value,
    /// It is read first where it stands: its title is large.
    is_primary: bool,
}

/// A number and, where it is not the field's own, its unit; or what stands there while it is unknown.
type Shown<W> = Result<(Words, Words), W>;

enum Value {
    /// Of the ride. What the rider never had is not told as missing.
    Ride(fn(&Snapshot<'_>) -> Shown<Option<Say>>),
    /// Of a muscle, if it is worn.
    Muscle(Which, fn(&Snapshot<'_>, &SiteView<'_>) -> Shown<Say>),
}

/// Room for a number of the ride.
const PLAIN: (i16, i16) = (76, 34);
/// Room for hours, minutes and seconds.
const LONG: (i16, i16) = (120, 34);
/// Room for a title and two lines of words: why there is no D takes that.
const WORDY: (i16, i16) = (100, 66);
/// Room for a muscle's number, with its title.
const TITLED: (i16, i16) = (72, 50);

/// A number of the ride.
const fn ride(
    id: &'static str,
    title: Say,
    unit: &'static str,
    value: fn(&Snapshot<'_>) -> Shown<Option<Say>>,
) -> Number {
    Number { id, title, unit, smallest: PLAIN, value: Value::Ride(value), is_primary: false }
}

/// A number of the muscle that is shown of a leg.
const fn muscle(
    id: &'static str,
    title: Say,
    unit: &'static str,
    which: Which,
    value: fn(&Snapshot<'_>, &SiteView<'_>) -> Shown<Say>,
) -> Number {
    Number { id, title, unit, smallest: TITLED, value: Value::Muscle(which, value), is_primary: false }
}

/// Power at the crank.
pub static POWER: Number =
    ride("power", Say::Power, "W", |s| whole(s.power.map(|w| w.0.into())).ok_or(Some(Say::NoWatts)));
/// Cadence.
pub static CADENCE: Number =
    ride("cadence", Say::Cadence, "rpm", |s| whole(s.cadence.map(|c| c.0.into())).ok_or(Some(Say::NoRpm)));
/// Heart rate.
pub static HEART_RATE: Number =
    ride("heart_rate", Say::HeartRate, "♥", |s| whole(s.heart_rate.map(|h| h.0.into())).ok_or(None));
/// Time since the ride began.
pub static RIDE_TIME: Number =
    Number { smallest: LONG, ..ride("ride_time", Say::RideTime, "", |s| Ok((ride_time(s), Words::default()))) };
/// Road speed.
pub static SPEED: Number = ride("speed", Say::Speed, "km/h", |s| {
    // A centimetre a second is 0.036 km/h.
    s.speed.map(|speed| tenths(i32::from(speed.0) * 36 / 100)).ok_or(Some(Say::NoSpeed))
});
/// Local time of day.
pub static CLOCK: Number = ride("clock", Say::Clock, "", |s| {
    let minute = s.minute_of_day().ok_or(Some(Say::Unknown))?;
    Ok((Words::of(format_args!("{}:{:02}", minute / 60, minute % 60)), Words::default()))
});
/// The head unit's own battery.
pub static BATTERY: Number =
    ride("battery", Say::Battery, "%", |s| whole(s.battery_percent.map(i32::from)).ok_or(Some(Say::Unknown)));
/// D, with half the width of the rider's own normal band in its unit's place. Negative: the calf works more.
pub static D: Number = Number {
    smallest: WORDY,
    ..ride("d", Say::DNumber, "", |s| match s.balance {
        Balance::Ready { d, normal } => Ok((signed(d).0, Words::of(format_args!("±{}", math::round_i32(normal))))),
        Balance::NoPair => Err(Some(Say::NoPair)),
        Balance::NotReady { reason, .. } => Err(Some(reason.say())),
    })
};
/// The lap's number.
pub static LAP: Number = ride("lap", Say::Lap, "", |s| whole(Some(s.lap.into())).ok_or(None));
/// How long the lap has been.
pub static LAP_TIME: Number = Number {
    smallest: LONG,
    ..ride("lap_time", Say::LapTime, "", |s| {
        Ok((clock_of(s.session.laps().current().duration.as_s()), Words::default()))
    })
};
/// Mean power of the lap.
pub static LAP_POWER: Number = ride("lap_power", Say::LapPower, "W", |s| {
    whole(s.session.laps().current().power.mean().map(math::round_i32)).ok_or(Some(Say::NoWatts))
});
/// Mean D of the lap, points.
pub static LAP_D: Number = Number {
    smallest: WORDY,
    ..ride("lap_d", Say::LapD, "", |s| {
        let d = s.session.laps().current().d(s.leg).map(|(d, _)| signed(d));
        d.ok_or_else(|| Some(if s.balance == Balance::NoPair { Say::NoPair } else { Say::NotYet }))
    })
};

/// tHb in the scale of its vendor. Scales differ: only its course says anything, and only of the same sensor.
fn thb(_: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    view.smo2.map_err(Reason::say)?;
    let thb = view.thb.ok_or(Say::NoThb)?;
    let (sign, of_zero) = (if thb.hundredths < 0 { "−" } else { "" }, thb.hundredths.unsigned_abs());
    let unit = match thb.scale {
        ThbScale::GramsPerDecilitre => "g/dL",
        ThbScale::Arbitrary => "a.u.",
    };
    Ok((Words::of(format_args!("{sign}{}.{:02}", of_zero / 100, of_zero % 100)), Words::of(format_args!("{unit}"))))
}

/// Where SmO2 is in the muscle's own range of this ride: 0 % at its lowest 15-s mean, 100 % at its highest.
fn normalised(_: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    let percent = view.smo2.map_err(Reason::say)?;
    let range = view.range.ok_or(Say::RangeSmall)?;
    whole(Some(math::round_i32(range.normalise(percent) * 100.0))).ok_or(Say::RangeSmall)
}

/// How SmO2 moves over two minutes, points a minute, with half its 95 % interval in the unit's place.
fn slope(_: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    view.smo2.map_err(Reason::say)?;
    let trend = view.trend.ok_or(Say::NotYet)?;
    let half_width = tenths_of(trend.half_width_per_min).0;
    Ok((tenths_of(trend.slope_per_min).0, Words::of(format_args!("±{half_width}"))))
}

/// The least 5-s mean of SmO2 in this lap.
fn least(snapshot: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    whole(snapshot.lap_of(view.site).and_then(SiteLap::min).map(math::round_i32)).ok_or(Say::NotYet)
}

/// The most.
fn most(snapshot: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    whole(snapshot.lap_of(view.site).and_then(SiteLap::max).map(math::round_i32)).ok_or(Say::NotYet)
}

/// By how many points SmO2 has fallen in this lap from where it was at its start.
fn drop(snapshot: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    let lap = snapshot.lap_of(view.site).filter(|lap| lap.min().is_some()).ok_or(Say::NotYet)?;
    whole(lap.desaturation().map(math::round_i32)).ok_or(Say::StartUnseen)
}

/// How long SmO2 was low in this lap: at or below 20 % of the way up in the muscle's own range, as that is known now.
/// Counted in means of 4.5 s; of a lap of more than half an hour the last half hour counts.
fn time_low(snapshot: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    let range = view.range.ok_or(Say::RangeSmall)?;
    let bound = range.low + LOW_SHARE * (range.high - range.low);
    let bins = view.thirty_minutes;
    let width_ms = u64::from(bins.width().as_ms()).max(1);
    let newest = bins.newest().ok_or(Say::NotYet)?;
    let begun = snapshot.session.laps().current().begun.as_ms().div_ceil(width_ms);
    let oldest = begun.max(newest.saturating_sub(bins.len() as u64 - 1));
    // The newest is still being filled.
    let low = (oldest..newest).filter_map(|number| bins.get(number)).filter(|&percent| percent <= bound).count();
    Ok((clock_of((low as u64 * width_ms / 1000) as u32), Words::default()))
}

/// The share of its own range up to which a muscle counts as low.
const LOW_SHARE: f32 = 0.2;

/// The half-time of the last recovery of this lap.
fn half_time(snapshot: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    whole(snapshot.lap_of(view.site).and_then(SiteLap::half_time_s).map(i32::from)).ok_or(Say::NotYet)
}

/// Watts for each percent of SmO2: power now over SmO2 now, as riders with a muscle sensor write it beside their
/// efforts. It has no accepted norm and shares SmO2's scale, so it compares a rider with themself at the same site only.
fn watts_per_percent(snapshot: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    let percent = view.smo2.map_err(Reason::say)?;
    let power = snapshot.power.ok_or(Say::NoWatts)?;
    // A muscle at nought has no ratio.
    if percent >= 1.0 { Ok(tenths_of(f32::from(power.0) / percent)) } else { Err(Say::OddValue) }
}

/// How the sensor does, always in words.
fn sensor(_: &Snapshot<'_>, view: &SiteView<'_>) -> Shown<Say> {
    Err(match (view.smo2, view.reception) {
        (Err(reason), _) => reason.say(),
        _ if view.low_battery => Say::LowBattery,
        (Ok(_), None) => Say::SensorWorks,
        (Ok(_), Some((_, 3..))) => Say::SignalGood,
        (Ok(_), Some((_, 2))) => Say::SignalFair,
        (Ok(_), Some((_, 0..=1))) => Say::SignalWeak,
    })
}

macro_rules! muscles {
    ($($(#[$doc:meta])* $calf:ident $thigh:ident: $calf_id:literal $thigh_id:literal, $calf_say:ident $thigh_say:ident, $unit:literal, $value:ident;)*) => {
        $(
            $(#[$doc])*
            /// Of the calf.
            pub static $calf: Number = muscle($calf_id, Say::$calf_say, $unit, Which::Calf, $value);
            $(#[$doc])*
            /// Of the thigh.
            pub static $thigh: Number = muscle($thigh_id, Say::$thigh_say, $unit, Which::Thigh, $value);
        )*
    };
}

muscles! {
    /// tHb in its vendor's scale.
    THB_CALF THB_THIGH: "thb_calf" "thb_thigh", ThbCalf ThbThigh, "g/dL", thb;
    /// SmO2 in the muscle's own range.
    RANGE_CALF RANGE_THIGH: "range_calf" "range_thigh", RangeCalf RangeThigh, "%", normalised;
    /// Slope with its interval, points a minute.
    SLOPE_CALF SLOPE_THIGH: "slope_calf" "slope_thigh", SlopeCalf SlopeThigh, "/min", slope;
    /// Least SmO2 of the lap.
    MIN_CALF MIN_THIGH: "min_calf" "min_thigh", LeastCalf LeastThigh, "%", least;
    /// Most SmO2 of the lap.
    MAX_CALF MAX_THIGH: "max_calf" "max_thigh", MostCalf MostThigh, "%", most;
    /// Desaturation of the lap.
    DROP_CALF DROP_THIGH: "drop_calf" "drop_thigh", DropCalf DropThigh, "", drop;
    /// Time low in this lap.
    LOW_CALF LOW_THIGH: "low_calf" "low_thigh", LowCalf LowThigh, "", time_low;
    /// Half-time of the lap's last recovery.
    HALF_TIME_CALF HALF_TIME_THIGH: "half_time_calf" "half_time_thigh", HalfTimeCalf HalfTimeThigh, "s", half_time;
    /// Watts for each percent of SmO2.
    W_PER_CALF W_PER_THIGH: "w_per_calf" "w_per_thigh", WattsPerCalf WattsPerThigh, "W/%", watts_per_percent;
    /// How the sensor does.
    SENSOR_CALF SENSOR_THIGH: "sensor_calf" "sensor_thigh", SensorCalf SensorThigh, "", sensor;
}

/// The same as of the page of the lap on a small display: few and large.
pub static LARGE_LAP_TIME: Number = Number {
    is_primary: true,
    smallest: LONG,
    ..ride("lap_time", Say::LapTime, "", |s| {
        Ok((clock_of(s.session.laps().current().duration.as_s()), Words::default()))
    })
};
/// Least SmO2 of the lap, of the calf.
pub static LARGE_MIN_CALF: Number =
    Number { is_primary: true, ..muscle("min_calf", Say::LeastCalf, "%", Which::Calf, least) };
/// Of the thigh.
pub static LARGE_MIN_THIGH: Number =
    Number { is_primary: true, ..muscle("min_thigh", Say::LeastThigh, "%", Which::Thigh, least) };

/// Hours, minutes and seconds since the ride began.
pub fn ride_time(snapshot: &Snapshot<'_>) -> Words {
    let s = snapshot.ride_time.as_s();
    Words::of(format_args!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60))
}

/// A span in minutes and seconds, with hours once there are any.
pub(crate) fn clock_of(s: u32) -> Words {
    match s / 3600 {
        0 => Words::of(format_args!("{}:{:02}", s / 60, s % 60)),
        hours => Words::of(format_args!("{hours}:{:02}:{:02}", s / 60 % 60, s % 60)),
    }
}

/// A whole number in the field's own unit.
fn whole(number: Option<i32>) -> Option<(Words, Words)> {
    number.map(|number| (Words::of(format_args!("{number}")), Words::default()))
}

/// A whole number with its sign.
fn signed(number: f32) -> (Words, Words) {
    let number = math::round_i32(number);
    let sign = match number {
        ..0 => "−",
        0 => "",
        1.. => "+",
    };
    (Words::of(format_args!("{sign}{}", number.unsigned_abs())), Words::default())
}

/// A number of tenths.
fn tenths(tenths: i32) -> (Words, Words) {
    let (sign, of_zero) = (if tenths < 0 { "−" } else { "" }, tenths.unsigned_abs());
    (Words::of(format_args!("{sign}{}.{}", of_zero / 10, of_zero % 10)), Words::default())
}

fn tenths_of(number: f32) -> (Words, Words) {
    tenths(math::round_i32(math::clamp(number, -9999.0, 9999.0) * 10.0))
}

impl Number {
    /// The number with its unit, or why there is none.
    fn shown(&self, snapshot: &Snapshot<'_>) -> Shown<Option<Say>> {
        let (number, unit) = match self.value {
            Value::Ride(value) => value(snapshot),
            Value::Muscle(which, value) => {
                snapshot.at(which).ok_or(Say::NotWorn).and_then(|view| value(snapshot, view)).map_err(Some)
            }
        }?;
        let own = unit.as_str().is_empty();
        Ok((number, if own { Words::of(format_args!("{}", self.unit)) } else { unit }))
    }
}

impl Field for Number {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self, language: Language) -> &'static str {
        self.title.long(language)
    }

    fn titles(&self, language: Language) -> &'static str {
        self.title.text(language)
    }

    fn unit(&self) -> &'static str {
        self.unit
    }

    fn smallest(&self) -> (i16, i16) {
        self.smallest
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let shown = self.shown(snapshot);
        let missing = match shown {
            Err(Some(say)) => forms(say, snapshot.language, &[]),
            _ => Choices::new(),
        };
        let (value, unit) = match &shown {
            Ok((number, unit)) => (Ok(number.as_str()), unit.as_str()),
            Err(_) => (Err(&missing), ""),
        };
        let (title, language) = (self.title, snapshot.language);
        let direction = Direction::Steady;
        Tile {
            is_primary: self.is_primary,
            title,
            which: Namesake::None,
            note: "",
            value,
            unit,
            direction,
            ink: Ink::Ink,
        }
        .draw(canvas, area, language);
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let title = self.title.long(snapshot.language);
        match self.shown(snapshot) {
            Ok((number, unit)) => write!(out, "{title} {number} {unit}"),
            Err(Some(say)) => write!(out, "{title}: {}", say.long(snapshot.language)),
            Err(None) => write!(out, "{title} unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{DisarmReason, by_id, with_preview};
    use crate::session::Session;
    use crate::signal::trend::Trend;
    use crate::time::Instant;
    use crate::units::{Thb, Watts};
    extern crate std;
    use std::string::String;

    fn said(snapshot: &Snapshot<'_>, id: &str) -> String {
        let mut words = String::new();
        by_id(id).unwrap().describe(snapshot, &mut words).unwrap();
        words.trim().into()
    }

    #[test]
    fn a_preview_has_every_number() {
        with_preview(|preview| {
            for (id, words) in [
                ("power", "Power 214 W"),
                ("speed", "Speed 30.3 km/h"),
                ("clock", "Time of day 10:12"),
                ("battery", "Battery 82 %"),
                ("d", "D −4 ±5"),
                ("lap", "Lap 5"),
                ("lap_time", "Lap time 2:00"),
                ("lap_d", "Lap D −4"),
                ("thb_calf", "tHb calf 12.34 g/dL"),
                ("range_calf", "Range calf 25 %"),
                ("slope_calf", "Slope calf −3.1 ±2.5"),
                ("slope_thigh", "Slope thigh 0.4 ±2.5"),
                ("half_time_calf", "Recovery calf 21 s"),
                ("w_per_calf", "W per % calf 4.5 W/%"),
                ("sensor_thigh", "Sensor thigh: good signal"),
            ] {
                assert_eq!(said(preview, id), words);
            }
            let lap = preview.lap_of(preview.calf.unwrap().site).unwrap();
            assert_eq!(said(preview, "min_calf"), std::format!("Min calf {:.0} %", lap.min().unwrap()));
            assert_eq!(said(preview, "max_calf"), std::format!("Max calf {:.0} %", lap.max().unwrap()));
            assert_eq!(said(preview, "drop_calf"), std::format!("Drop calf {:.0}", lap.desaturation().unwrap()));
        });
    }

    #[test]
    fn what_is_missing_says_why() {
        with_preview(|preview| {
            let calf = preview.calf.unwrap();
            let with = |calf| Snapshot { calf: Some(calf), ..preview.clone() };
            let lost = with(SiteView { smo2: Err(Reason::Lost), ..calf });
            for (id, words) in [
                ("thb_calf", "tHb calf: no signal"),
                ("range_calf", "Range calf: no signal"),
                ("slope_calf", "Slope calf: no signal"),
                ("w_per_calf", "W per % calf: no signal"),
                ("sensor_calf", "Sensor calf: no signal"),
                ("half_time_calf", "Recovery calf 21 s"),
            ] {
                assert_eq!(said(&lost, id), words);
            }
            let bare = with(SiteView { thb: None, trend: None, range: None, ..calf });
            for (id, words) in [
                ("thb_calf", "tHb calf: no tHb"),
                ("range_calf", "Range calf: range small"),
                ("low_calf", "Time low calf: range small"),
                ("slope_calf", "Slope calf: not yet"),
            ] {
                assert_eq!(said(&bare, id), words);
            }
            let nothing = Session::new();
            let begun = Snapshot { session: &nothing, thigh: None, power: None, ..preview.clone() };
            for (id, words) in [
                ("min_calf", "Min calf: not yet"),
                ("drop_calf", "Drop calf: not yet"),
                ("half_time_calf", "Recovery calf: not yet"),
                ("min_thigh", "Min thigh: not worn"),
                ("lap_power", "Lap power: no W"),
                ("lap_d", "Lap D: not yet"),
                ("w_per_calf", "W per % calf: no W"),
            ] {
                assert_eq!(said(&begun, id), words);
            }
            let learning = Balance::NotReady { reason: DisarmReason::Learning, left: None };
            assert_eq!(said(&Snapshot { balance: learning, ..preview.clone() }, "d"), "D: learning");
            assert_eq!(said(&Snapshot { balance: Balance::NoPair, ..preview.clone() }, "lap_d"), "Lap D −4");
        });
    }

    #[test]
    fn signs_and_scales_are_said() {
        with_preview(|preview| {
            let calf = preview.calf.unwrap();
            let with = |calf| Snapshot { calf: Some(calf), power: Some(Watts(0)), ..preview.clone() };
            let thb = Some(Thb { hundredths: -7, scale: ThbScale::Arbitrary });
            let trend = Some(Trend { slope_per_min: -0.04, half_width_per_min: 12.0 });
            let odd = with(SiteView { thb, trend, low_battery: true, ..calf });
            assert_eq!(said(&odd, "thb_calf"), "tHb calf −0.07 a.u.");
            assert_eq!(said(&odd, "slope_calf"), "Slope calf 0.0 ±12.0");
            assert_eq!(said(&odd, "sensor_calf"), "Sensor calf: low battery");
            assert_eq!(said(&odd, "w_per_calf"), "W per % calf 0.0 W/%");
            let empty = with(SiteView { smo2: Ok(0.2), reception: Some((crate::link::Radio::Ble, 1)), ..calf });
            assert_eq!(said(&empty, "w_per_calf"), "W per % calf: odd value");
            assert_eq!(said(&empty, "sensor_calf"), "Sensor calf: weak signal");
        });
    }

    #[test]
    fn the_clock_goes_on_and_knows_both_sides_of_utc() {
        with_preview(|preview| {
            let at = |unix_s, ahead_min| {
                let wall_time = Some((preview.now.before(crate::time::Duration::from_s(90)), unix_s, ahead_min));
                said(&Snapshot { wall_time, ..preview.clone() }, "clock")
            };
            assert_eq!(at(0, 0), "Time of day 0:01");
            assert_eq!(at(30, -300), "Time of day 19:02");
            assert_eq!(at(86_400 + 23 * 3600, 120), "Time of day 1:01");
            assert_eq!(at(u64::MAX, i16::MIN).len(), "Time of day 0:00".len() + 1);
            assert_eq!(said(&Snapshot { wall_time: None, ..preview.clone() }, "clock"), "Time of day: unknown");
        });
    }

    #[test]
    fn time_low_counts_whole_bins_of_this_lap() {
        let mut bins = crate::field::ThirtyMinutes::new(crate::time::Duration::from_ms(4500));
        with_preview(|preview| {
            let begun = preview.session.laps().current().begun.as_ms();
            // Low from a minute before the lap to a minute into it; a hole; high from then on.
            for ms in (begun - 60_000..=preview.now.as_ms()).step_by(500) {
                let at = Instant::from_ms(ms);
                match ms {
                    _ if ms < begun + 58_500 => bins.put(at, 44.0),
                    _ if ms < begun + 76_500 => bins.advance(at),
                    _ => bins.put(at, 60.0),
                }
            }
            let calf = SiteView { thirty_minutes: &bins, ..preview.calf.unwrap() };
            let words = said(&Snapshot { calf: Some(calf), ..preview.clone() }, "low_calf");
            // To the bin: what began before the lap is not counted.
            assert!(["Time low calf 0:54", "Time low calf 0:58"].contains(&words.as_str()), "{words}");
        });
    }
}
