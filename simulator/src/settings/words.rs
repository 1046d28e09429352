//! The words and numbers of the configuration that stand for settings which can be one of a few things: read by the
//! parser, written by the store. The first of each is what the setting is called by default, where it has one.

use sling_core::config::{LEAST_POINTS, STILL_MIN};
use sling_core::draw::Theme;
use sling_core::head_unit::{Level, Volume};
use toml_edit::Value;

/// What a setting can be, by the words for it.
pub(super) type Words<T> = [(&'static str, T)];

pub(super) const THEMES: &Words<Theme> = &[("day", Theme::Day), ("night", Theme::Night)];
pub(super) const LEVELS: &Words<Level> = &[("caution", Level::Caution), ("warning", Level::Warning)];
pub(super) const HAPTIC: &Words<Volume> =
    &[("off", Volume::Off), ("soft", Volume::Low), ("normal", Volume::Normal), ("strong", Volume::High)];
pub(super) const BEEP: &Words<Volume> =
    &[("off", Volume::Off), ("quiet", Volume::Low), ("normal", Volume::Normal), ("loud", Volume::High)];

/// A number out of a few, of which nought has a word.
pub(super) struct Numbers {
    pub(super) word: &'static str,
    choices: &'static [u8],
}

pub(super) const POINTS: Numbers = Numbers { word: "auto", choices: &LEAST_POINTS };
pub(super) const STILL: Numbers = Numbers { word: "off", choices: &STILL_MIN };

/// The word for a thing.
pub(super) fn word<T: PartialEq>(words: &Words<T>, thing: &T) -> Value {
    // Every thing has its word.
    words.iter().find(|(_, it)| it == thing).map_or("", |(word, _)| word).into()
}

/// What a word stands for.
pub(super) fn thing<T: Copy>(words: &Words<T>, word: &str) -> Option<T> {
    words.iter().find(|(it, _)| *it == word).map(|(_, thing)| *thing)
}

/// All words, in quotes.
pub(super) fn right<T>(words: &Words<T>) -> String {
    words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

impl Numbers {
    pub(super) fn value(&self, number: u8) -> Value {
        if number == 0 { self.word.into() } else { i64::from(number).into() }
    }

    pub(super) fn number(&self, value: i64) -> Option<u8> {
        self.choices.iter().copied().find(|choice| *choice != 0 && i64::from(*choice) == value)
    }

    /// All that it can be.
    pub(super) fn right(&self) -> String {
        let numbers = self.choices.iter().filter(|choice| **choice != 0).map(u8::to_string);
        std::iter::once(format!("\"{}\"", self.word)).chain(numbers).collect::<Vec<_>>().join(", ")
    }
}
