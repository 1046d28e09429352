//! Times, spans, numbers and names as the report says them.

use super::ride::{Ride, WallTime};
use sling_core::field::DisarmReason;
use sling_core::head_unit::PatternKind;
use sling_core::language::Language;
use sling_core::sensor::{Identity, Muscle, Reason, Site};

/// The end of the year 9999: no ride begins later.
const LAST_SECOND: u64 = 253_402_300_799;

/// Ride time as `h:mm:ss`.
pub(super) fn clock(second: u32) -> String {
    format!("{}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// A span as people say it: seconds under two minutes, else minutes, else hours and minutes.
pub(super) fn span(seconds: u32) -> String {
    let minutes = (seconds + 30) / 60;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..5400 => format!("{minutes} min"),
        _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// "31 of 40 min", in the unit of the whole.
pub(super) fn span_of(part: u32, whole: u32) -> String {
    if part == whole {
        return format!("all {}", span(whole));
    }
    match whole {
        120..5400 if part >= 120 => format!("{} of {}", (part + 30) / 60, span(whole)),
        _ => format!("{} of {}", span(part), span(whole)),
    }
}

/// A number with `digits` after the point and a real minus; never minus zero.
pub(super) fn number(x: f32, digits: usize) -> String {
    let text = format!("{x:.digits$}");
    match text.strip_prefix('-') {
        Some(size) if size.chars().all(|c| c == '0' || c == '.') => size.to_owned(),
        Some(size) => format!("\u{2212}{size}"),
        None => text,
    }
}

/// A number that always shows its sign.
pub(super) fn signed(x: f32, digits: usize) -> String {
    let text = number(x, digits);
    let is_zero = text.chars().all(|c| c == '0' || c == '.');
    if is_zero || text.starts_with('\u{2212}') { text } else { format!("+{text}") }
}

/// A share in whole percent; neither 0 nor 100 unless it is.
pub(super) fn percent(part: u32, whole: u32) -> String {
    let share = match part {
        0 => 0,
        part if part >= whole => 100,
        part => ((u64::from(part) * 100 + u64::from(whole) / 2) / u64::from(whole)).clamp(1, 99),
    };
    format!("{share}\u{a0}%")
}

/// "calf" or "thigh" where that is what the muscle counts as, else its name.
pub(super) fn role(muscle: Muscle) -> &'static str {
    if muscle.is_calf() {
        "calf"
    } else if Muscle::THIGH.contains(&muscle) {
        "thigh"
    } else {
        muscle.name()
    }
}

/// "right calf"; with the muscle's name where the leg carries two of a kind.
pub(super) fn site(ride: &Ride, site: Site) -> String {
    let role = role(site.muscle);
    let twin = |other: Site| other != site && other.side == site.side && self::role(other.muscle) == role;
    if ride.sites.iter().any(|track| twin(track.site)) {
        format!("{} {role} ({})", site.side.code(), site.muscle.name())
    } else {
        format!("{} {role}", site.side.code())
    }
}

/// "right calf (gastrocnemius medialis)".
pub(super) fn site_in_full(site: Site) -> String {
    let (role, name) = (role(site.muscle), site.muscle.name());
    if role == name { format!("{} {name}", site.side.code()) } else { format!("{} {role} ({name})", site.side.code()) }
}

/// A name for the narrow margin of a lane.
pub(super) fn lane(ride: &Ride, site: Site) -> &'static str {
    let is_paired =
        ride.legs.iter().filter_map(|leg| leg.pair).any(|pair| pair.site == site || pair.against == Some(site));
    if is_paired { role(site.muscle) } else { site.muscle.short_name() }
}

/// How the sensor is heard; with its number if that was asked for.
pub(super) fn sensor(identity: Identity, with_number: bool) -> String {
    match identity {
        Identity::Ant { number, .. } if with_number => format!("ANT+ {number}"),
        Identity::Ant { .. } => "ANT+".into(),
        Identity::Ble { address } if with_number => {
            let bytes: Vec<_> = address.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("Bluetooth {}", bytes.join(":"))
        }
        Identity::Ble { .. } => "Bluetooth".into(),
        Identity::Channel(n) => format!("channel {} of the source", u16::from(n) + 1),
    }
}

/// What an alert is called: what was seen, not what it may come from.
pub(super) const fn pattern(kind: PatternKind) -> &'static str {
    match kind {
        PatternKind::CalfOverload => "calf overload",
        PatternKind::VlFatigue => "thigh fatigue",
        PatternKind::TibialisOverload => "shin overload",
        PatternKind::AntagonistImbalance => "hamstring and thigh apart",
        PatternKind::HeadImbalance => "calf heads apart",
        PatternKind::SideImbalance => "left and right apart",
        PatternKind::LoadShift => "sharing changed",
        PatternKind::OutflowRestriction => "oxygen down, blood up",
        PatternKind::Compression => "oxygen down, blood down",
        PatternKind::SlowRecovery => "slower recovery",
    }
}

/// The strength of an alert in its own measure: "9.1 points" of SmO2, or "24 %" of what is usual for the rider.
pub(super) fn strength(kind: PatternKind, strength: f32, digits: usize) -> String {
    if kind.is_in_percent() {
        format!("{}\u{a0}%", number(strength, 0))
    } else {
        format!("{} points", number(strength, digits))
    }
}

/// Why a leg was not judged, as the end of "not judged: ".
pub(super) fn disarm(reason: DisarmReason) -> &'static str {
    match reason.code() {
        "learning" => "still learning what is usual for this rider",
        "no_power" => "no power reading, or not for long enough, to compare efforts by",
        "no_reading" => "a sensor of the pair gave no value",
        "range_too_small" => "a muscle's readings spanned too little to judge",
        "standing" => "standing, and settling after it",
        "coasting" => "not pedalling, and settling after it",
        "swapped" => "the sensors of the pair seemed exchanged",
        _ => reason.say().long(Language::English),
    }
}

/// What a technical condition is, for tables.
pub(super) fn reason(reason: Reason) -> &'static str {
    match reason.code() {
        "searching" => "searching: not heard yet",
        "lost" => "no signal: was heard before",
        "stale" => "no news: hole in the data, or the same sample again",
        "no_data" => "no data: a hole that lasted",
        "ambient_light" => "light leak",
        "invalid" => "called invalid by the sensor itself",
        "implausible" => "a number that muscle cannot have",
        "moved" => "contact with the skin moved",
        "swapped" => "sensors seem exchanged",
        "low_battery" => "sensor battery low",
        _ => reason.say().long(Language::English),
    }
}

/// The local date and time at which the ride began.
pub(super) fn began(ride: &Ride, wall: &WallTime) -> String {
    let ride_s = u64::from(ride.second(wall.at));
    let utc = wall.unix_s.min(LAST_SECOND).saturating_sub(ride_s) as i64;
    let local = utc + i64::from(wall.offset_min) * 60;
    let (year, month, day) = civil(local.div_euclid(86_400));
    let of_day = local.rem_euclid(86_400);
    let offset = i32::from(wall.offset_min);
    let sign = if offset < 0 { '\u{2212}' } else { '+' };
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02} (UTC{sign}{}:{:02})",
        of_day / 3600,
        of_day / 60 % 60,
        offset.abs() / 60,
        offset.abs() % 60
    )
}

/// Year, month and day of a day counted from 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms").
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// At most `most` characters; what is longer says so.
pub(super) fn clip(text: &str, most: usize) -> String {
    let mut clipped: String = text.chars().take(most).collect();
    if clipped.len() < text.len() {
        clipped.push('\u{2026}');
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_say_them() {
        let cases =
            [(0, "0 s"), (119, "119 s"), (120, "2 min"), (370, "6 min"), (5399, "90 min"), (43_230, "12 h 01 min")];
        for (s, words) in cases {
            assert_eq!(span(s), words);
        }
        assert_eq!(span_of(31 * 60, 40 * 60), "31 of 40 min");
        assert_eq!(span_of(30, 40 * 60), "30 s of 40 min");
        assert_eq!(span_of(2400, 2400), "all 40 min");
    }

    #[test]
    fn numbers_have_a_real_minus_and_no_negative_zero() {
        assert_eq!(number(-0.04, 1), "0.0");
        assert_eq!(number(-3.25, 1), "\u{2212}3.2");
        assert_eq!(signed(3.0, 0), "+3");
        assert_eq!(signed(0.2, 0), "0");
    }

    #[test]
    fn every_alert_has_a_name_of_its_own_and_its_own_measure() {
        for (i, &kind) in PatternKind::ALL.iter().enumerate() {
            assert!(PatternKind::ALL[i + 1..].iter().all(|&other| pattern(other) != pattern(kind)), "{kind:?}");
        }
        assert_eq!(strength(PatternKind::SideImbalance, 9.14, 1), "9.1 points");
        assert_eq!(strength(PatternKind::LoadShift, 24.4, 1), "24\u{a0}%");
        assert_eq!(strength(PatternKind::SlowRecovery, 47.0, 0), "47\u{a0}%");
    }

    #[test]
    fn shares_do_not_round_to_all_or_nothing() {
        assert_eq!(
            [percent(1, 10_000), percent(9_999, 10_000), percent(0, 5), percent(5, 5)],
            ["1\u{a0}%", "99\u{a0}%", "0\u{a0}%", "100\u{a0}%"]
        );
    }

    #[test]
    fn dates_are_right_over_leap_years() {
        for (day, date) in [(0, (1970, 1, 1)), (19_782, (2024, 2, 29)), (-1, (1969, 12, 31)), (20_576, (2026, 5, 3))] {
            assert_eq!(civil(day), date);
        }
    }
}
