//! Times as people write them: `90 s`, `40 min`, `1 h 5 min`, `2:30`, `1:05:00`, `1.5 s`, `500 ms`.
//!
//! Units go from large to small and each appears once; with colons the last part is seconds and every part after the
//! first is below 60. The result is whole milliseconds.

use serde::Deserialize;
use sling_core::time::{Duration, Instant};

/// The units, from large to small, with their milliseconds.
const UNITS: [(&str, f64); 4] = [("h", 3_600_000.0), ("min", 60_000.0), ("s", 1000.0), ("ms", 1.0)];

/// A time or a span of time in a scenario, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct TimeText(u32);

impl TimeText {
    pub(super) const fn span(self) -> Duration {
        Duration::from_ms(self.0)
    }

    pub(super) const fn instant(self) -> Instant {
        Instant::from_ms(self.0 as u64)
    }
}

/// A text that is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time; write it like \"90 s\", \"40 min\", \"1 h 5 min\" or \"2:30\"")]
pub struct TimeError(String);

impl TryFrom<String> for TimeText {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        let ms = if text.contains(':') { with_colons(&text) } else { with_units(&text) };
        match ms {
            Some(ms) if ms.is_finite() && ms <= f64::from(u32::MAX) => Ok(Self(ms.round() as u32)),
            _ => Err(TimeError(text)),
        }
    }
}

/// A time on the command line: as in a scenario, or bare seconds.
pub fn parse_time(text: &str) -> Result<Instant, TimeError> {
    match plain_number(text.trim()) {
        Some(seconds) if seconds.is_finite() => Ok(Instant::from_ms((seconds * 1000.0).round() as u64)),
        _ => TimeText::try_from(text.to_owned()).map(TimeText::instant),
    }
}

/// A number without a sign or an exponent.
fn plain_number(text: &str) -> Option<f64> {
    let plain = text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { text.parse().ok() } else { None }
}

fn with_colons(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    let mut seconds = 0.0;
    for (i, part) in parts.iter().enumerate() {
        let whole = i + 1 < parts.len();
        let number = plain_number(part).filter(|n| i == 0 || *n < 60.0)?;
        if whole && part.contains('.') {
            return None;
        }
        seconds = seconds * 60.0 + number;
    }
    Some(seconds * 1000.0)
}

fn with_units(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut units = UNITS.as_slice();
    let mut ms = 0.0;
    while !rest.is_empty() {
        let end_of_number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end_of_number);
        let after = after.trim_start();
        let end_of_unit = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end_of_unit);
        let place = units.iter().position(|(name, _)| *name == unit)?;
        ms += plain_number(number)? * units[place].1;
        units = &units[place + 1..];
        rest = after.trim_start();
    }
    if text.trim().is_empty() { None } else { Some(ms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Option<u32> {
        TimeText::try_from(text.to_owned()).ok().map(|t| t.0)
    }

    #[test]
    fn times_read_as_people_write_them() {
        for (text, expected) in [
            ("90 s", 90_000),
            ("40 min", 2_400_000),
            ("40min", 2_400_000),
            ("1 h 5 min", 3_900_000),
            ("1 h 30 s", 3_630_000),
            ("2:30", 150_000),
            ("1:05:00", 3_900_000),
            ("0:01.5", 1500),
            ("1.5 s", 1500),
            ("1.5 h", 5_400_000),
            ("500 ms", 500),
            (" 0 s ", 0),
        ] {
            assert_eq!(ms(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "  ",
            "20",
            "s",
            "20 seconds",
            "-5 s",
            "5 s 1 min",
            "5 s 5 s",
            "1:75",
            "1.5:00",
            "1:2:3:4",
            ":",
            "1e9 h",
            "999999999 h",
            ". s",
            "5. . s",
            "٣ s",
            "20 µs",
        ] {
            assert_eq!(ms(text), None, "{text}");
        }
    }
}
