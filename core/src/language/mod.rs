//! Every word on the screen, in six languages: one table, [`Say`].
//!
//! A text has one or more forms that say the same, the longest first, parted by `|`: a view takes the first for which it has
//! room. `{0}` and `{1}` stand for what is filled in. English is always there; each of the others is a feature of this crate,
//! and a head unit that is built without the one that is asked for speaks English.

mod table;

pub use table::Say;

use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// A language of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Italian.
    Italian,
    /// Dutch.
    Dutch,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 6] = [Self::English, Self::German, Self::French, Self::Spanish, Self::Italian, Self::Dutch];

    /// The ISO 639-1 code, as on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Italian => "it",
            Self::Dutch => "nl",
        }
    }

    /// The next one that this build speaks, round and round.
    pub fn next(self) -> Self {
        const LANGUAGES: usize = Language::ALL.len();
        let behind = (1..=LANGUAGES).filter_map(|n| Self::ALL.get((self as usize + n) % LANGUAGES));
        behind.copied().find(|it| it.is_built_in()).unwrap_or_default()
    }

    /// Whether this build speaks it.
    pub const fn is_built_in(self) -> bool {
        match self {
            Self::English => true,
            Self::German => cfg!(feature = "de"),
            Self::French => cfg!(feature = "fr"),
            Self::Spanish => cfg!(feature = "es"),
            Self::Italian => cfg!(feature = "it"),
            Self::Dutch => cfg!(feature = "nl"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// No language of ours has this code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|language| language.code() == code).ok_or(UnknownLanguage)
    }
}

impl Say {
    /// The forms of the text, the longest first.
    pub fn forms(self, language: Language) -> impl Iterator<Item = &'static str> {
        self.text(language).split('|')
    }

    /// The text at its longest.
    pub fn long(self, language: Language) -> &'static str {
        self.forms(language).next().unwrap_or_default()
    }

    /// The text at its shortest.
    pub fn short(self, language: Language) -> &'static str {
        self.forms(language).last().unwrap_or_default()
    }
}

/// Writes a form of a text with `{0}`, `{1}` … filled in; a number that nothing is given for leaves nothing.
pub fn fill(form: &str, parts: &[&str], out: &mut dyn fmt::Write) -> fmt::Result {
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        out.write_str(before)?;
        let (number, behind) = after.split_once('}').unwrap_or((after, ""));
        let part = number.parse::<usize>().ok().and_then(|number| parts.get(number));
        out.write_str(part.copied().unwrap_or_default())?;
        rest = behind;
    }
    out.write_str(rest)
}

/// Text in capitals, of the letters that our languages use.
#[derive(Clone, Copy, Debug)]
pub struct Capitals<'a>(pub &'a str);

impl fmt::Display for Capitals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            'ß' => f.write_str("SS"),
            'ÿ' => f.write_str("Ÿ"),
            'œ' => f.write_str("Œ"),
            // Latin-1's small letters stand 32 behind their capitals, as ASCII's do; the division sign among them has none.
            '÷' => f.write_str("÷"),
            'à'..='þ' => fmt::Write::write_char(f, char::from_u32(u32::from(c) - 32).unwrap_or(c)),
            _ => fmt::Write::write_char(f, c.to_ascii_uppercase()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::{String, ToString};
    use std::vec::Vec;

    #[test]
    fn codes_read_back_and_anything_else_is_refused() {
        for language in Language::ALL {
            assert_eq!(language.code().parse(), Ok(language));
        }
        for code in ["", "EN", "pt", "deu"] {
            assert_eq!(code.parse::<Language>(), Err(UnknownLanguage));
        }
    }

    #[test]
    fn every_language_names_itself() {
        for language in Language::ALL {
            assert_eq!(Say::ThisLanguage.short(language), language.code());
        }
    }

    #[test]
    fn parts_are_filled_in_where_the_language_wants_them() {
        let filled = |form: &str, parts: &[&str]| {
            let mut out = String::new();
            fill(form, parts, &mut out).unwrap();
            out
        };
        assert_eq!(filled("{1} {0}, {1}", &["calf", "left"]), "left calf, left");
        assert_eq!(filled("no parts", &["x"]), "no parts");
        for broken in ["{", "{7}", "}{", "{x", "{18446744073709551616}"] {
            assert!(!filled(broken, &["x"]).contains('x') || broken.contains('x'), "{broken}");
        }
    }

    #[test]
    fn capitals_are_those_of_our_languages() {
        assert_eq!(Capitals("Wade fällt, größer").to_string(), "WADE FÄLLT, GRÖSSER");
        assert_eq!(Capitals("cœur côté ÷ ñandú").to_string(), "CŒUR CÔTÉ ÷ ÑANDÚ");
    }

    #[test]
    fn every_text_is_whole_in_every_language() {
        for &say in Say::ALL {
            let parts = |form: &str| -> Vec<String> {
                let mut found: Vec<String> = form.split('{').skip(1).map(|rest| rest[..1].into()).collect();
                found.sort();
                found.dedup();
                found
            };
            let english: Vec<&str> = say.forms(Language::English).collect();
            let may_use = parts(say.text(Language::English));
            for language in Language::ALL {
                for form in say.forms(language) {
                    assert!(!form.is_empty() && form.trim() == form, "{say:?} in {language}: {form:?}");
                    assert!(parts(form).iter().all(|part| may_use.contains(part)), "{say:?} in {language}: {form:?}");
                }
                // What the English text at its longest tells, the others do.
                assert_eq!(parts(say.long(language)), parts(english[0]), "{say:?} in {language}");
            }
        }
    }

    #[test]
    fn the_fonts_have_every_letter() {
        for &say in Say::ALL {
            for language in Language::ALL {
                let text = say.text(language);
                for c in text.chars().chain(Capitals(text).to_string().chars()) {
                    for font in [&sling_fonts::SMALL_13, &sling_fonts::LABEL_17, &sling_fonts::TEXT_22] {
                        assert!(font.glyph(c).is_some(), "{c:?} of {say:?} in {language}");
                    }
                }
            }
        }
    }

    #[test]
    fn all_languages_together_fit_the_flash_that_strings_are_given() {
        let bytes: usize = Say::ALL
            .iter()
            .flat_map(|say| Language::ALL.map(|language| say.text(language).len() + size_of::<&str>() / 2))
            .sum();
        // On the target a reference takes eight bytes.
        assert!(bytes <= 40 * 1024, "{bytes} bytes");
    }
}
