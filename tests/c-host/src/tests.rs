//! The header says what this crate does.

use super::{BYTES, Error, LONGEST_ID, MOST_FIELDS};
use sling_core::head_unit::MAX_SITES;
use sling_core::sensor::Reason;

/// The number that the header gives a name.
fn number(name: &str) -> i64 {
    let header = include_str!("../sling.h");
    let key = ["SLING_", name, " = "].concat();
    let mut found = header.match_indices(&key).map(|(at, key)| {
        let digits: String = header[at + key.len()..].chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
        digits.parse().unwrap()
    });
    let only = found.next().unwrap_or_else(|| panic!("the header has no SLING_{name}"));
    assert_eq!(found.next(), None, "SLING_{name} is there twice");
    only
}

/// A name as C writes it.
fn c_name(name: &str) -> String {
    let mut out = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_uppercase() && i > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

#[test]
fn errors_have_the_numbers_of_the_header_and_it_has_no_others() {
    for (name, code) in Error::ALL {
        assert_eq!(number(&c_name(name)), i64::from(*code), "{name}");
    }
    assert_eq!(include_str!("../sling.h").matches(" = -").count(), Error::ALL.len());
}

#[test]
fn reasons_have_the_numbers_of_the_header() {
    for (i, reason) in (1..).zip(Reason::ALL) {
        assert_eq!(number(&reason.code().to_ascii_uppercase()), i, "{reason:?}");
    }
    assert_eq!(number("NOT_WORN"), i64::from(super::field::NOT_WORN));
}

#[test]
fn limits_and_inks_are_those_of_the_header() {
    for (name, is) in [
        ("BYTES", BYTES),
        ("MOST_SENSORS", MAX_SITES),
        ("MOST_FIELDS", MOST_FIELDS),
        ("LONGEST_ID", LONGEST_ID),
        ("LONGEST_TITLE", super::field::LONGEST_TITLE),
        ("LONGEST_WORDS", super::field::WORDS - 1),
    ] {
        assert_eq!(usize::try_from(number(name)), Ok(is), "{name}");
    }
    for (i, ink) in (0..).zip(super::field::INKS) {
        // C has no use for a thing of the same name as its kind.
        let name = match ink {
            sling_core::draw::Ink::Ink => "BLACK".to_owned(),
            ink => c_name(&format!("{ink:?}")),
        };
        assert_eq!(number(&name), i, "{ink:?}");
    }
}
