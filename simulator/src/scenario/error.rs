//! What can be wrong with a scenario, and where.

use sling_core::sensor::Site;

/// A scenario that cannot be used: one line that names the place, the text there, and what would be right.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem} (at `{text}`)")]
pub struct ScenarioError {
    /// The file's name, as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What stands on that line, shortened.
    pub text: String,
    /// What is wrong.
    pub problem: Box<Problem>,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// It is no TOML, or a key or value is unknown, missing or of the wrong type.
    #[error("{0}")]
    Toml(String),
    /// A version that this program does not read.
    #[error("version {0} is not known here; this program reads version 1")]
    Version(i64),
    /// The ride has no length, or too much of it.
    #[error("a ride lasts longer than nothing and at most 48 h")]
    Duration,
    /// Nobody wears anything.
    #[error("a scenario needs at least one [[sensor]]")]
    NoSensor,
    /// More sensors than a head unit carries.
    #[error("at most {0} sensors are carried")]
    TooManySensors(usize),
    /// Two sensors at one place.
    #[error("`{site}` is worn already, since line {line}; a site carries one sensor")]
    SiteTwice {
        /// The place.
        site: Site,
        /// Where it was used first.
        line: usize,
    },
    /// Two sensors with one identity.
    #[error("this {radio} number is taken already, since line {line}; give each sensor its own `number`")]
    NumberTwice {
        /// The radio.
        radio: &'static str,
        /// Where it was used first.
        line: usize,
    },
    /// A fault, effect or expectation where no sensor is.
    #[error("no sensor is worn at `{site}`; worn are {worn}")]
    NotWorn {
        /// The place.
        site: Site,
        /// The places that have one.
        worn: String,
    },
    /// An effect whose muscle carries no sensor.
    #[error("`{pattern}` is seen at {where_seen}, and no sensor is worn there; worn are {worn}")]
    NothingToAffect {
        /// The effect.
        pattern: &'static str,
        /// Its muscles.
        where_seen: &'static str,
        /// The places that have a sensor.
        worn: String,
    },
    /// A time after the end of the ride.
    #[error("`{key}` lies after the end of the ride")]
    AfterEnd {
        /// The key.
        key: &'static str,
    },
    /// A span that ends where it begins, or before.
    #[error("`{key}` must lie after `{start}`")]
    Backwards {
        /// The key of the end.
        key: &'static str,
        /// The key of the start.
        start: &'static str,
    },
    /// A load that begins before its predecessor ends.
    #[error(
        "this load begins before the one of line {line} ends; loads are in order and do not overlap \
         (only coast, sprint and stand may lie inside another load)"
    )]
    Overlap {
        /// The earlier load's line.
        line: usize,
    },
    /// A key that this kind needs.
    #[error("`{kind}` needs {needs}")]
    Needs {
        /// The kind.
        kind: &'static str,
        /// What is missing.
        needs: &'static str,
    },
    /// A key that means nothing for this kind.
    #[error("`{kind}` does not take `{key}`; it takes {takes}")]
    DoesNotTake {
        /// The kind.
        kind: &'static str,
        /// The key.
        key: &'static str,
        /// The keys it takes.
        takes: String,
    },
    /// Two keys that exclude each other.
    #[error("`{key}` and `{other}` exclude each other; keep one")]
    Exclude {
        /// One key.
        key: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A sensor exchanged with itself.
    #[error("`with` is the sensor's own site; a swap needs another one of {worn}")]
    SwapWithItself {
        /// The places that have a sensor.
        worn: String,
    },
    /// A number out of its range.
    #[error("`{key}` is {value}; it goes from {low} to {high}")]
    Range {
        /// The key.
        key: &'static str,
        /// The value.
        value: f64,
        /// The least allowed.
        low: f64,
        /// The most allowed.
        high: f64,
    },
    /// A text that the head unit cannot hold.
    #[error("`{key}` is longer than 24 bytes")]
    LongText {
        /// The key.
        key: &'static str,
    },
    /// An expectation that says nothing, or too much.
    #[error("an [[expect]] has exactly one of `alert`, `notice`, `cue`, `event` and the same with `no_` before it")]
    WhatIsExpected,
}

/// Line and column, from 1, of a byte offset; and the line's text, shortened to what one message can carry.
pub(super) fn place(source: &str, offset: usize) -> (usize, usize, String) {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &source[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = source[start..offset].chars().count() + 1;
    let text = source[start..].lines().next().unwrap_or("").trim().chars().take(72).collect();
    (line, column, text)
}
