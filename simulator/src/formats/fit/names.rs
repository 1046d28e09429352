//! What the names of developer fields say: the quantity, the sensor, the place on the body.
//!
//! The names in the wild follow the Moxy data field (`1st SmO2 Sensor 1234 on R. Calf`), with or without an ordinal, an
//! id printed as a float, or the side in full (`on Left calf`). Sling's own add the muscle's code in parentheses, which
//! settles what "quad" leaves open.

use sling_core::sensor::{Muscle, Side, Site};

/// The two things that a muscle-oxygen sensor measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    Smo2,
    Thb,
}

/// A site from a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub site: Site,
    /// The name says only a region, and this word was taken for the muscle.
    pub assumed_from: Option<&'static str>,
}

/// What a name says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    pub quantity: Option<Quantity>,
    /// The sensor's id, in its shortest form.
    pub sensor: Option<String>,
    /// `1st`, `2nd`...
    pub ordinal: Option<u8>,
    pub place: Option<Place>,
}

/// Regions in other people's words, and the muscle that is nearly always meant.
const REGIONS: [(&str, Muscle); 6] = [
    ("quad", Muscle::VastusLateralis),
    ("calf", Muscle::GastrocnemiusMedialis),
    ("hamstring", Muscle::BicepsFemoris),
    ("ham", Muscle::BicepsFemoris),
    ("glute", Muscle::GluteusMaximus),
    ("shin", Muscle::TibialisAnterior),
];

/// Words of derived values, which are not what the sensor measures now.
const DERIVED: [&str; 11] =
    ["min", "max", "avg", "average", "mean", "trend", "state", "lap", "target", "baseline", "zone"];

/// Reads a developer field's name.
pub(super) fn parse(name: &str) -> Name {
    let lower = name.to_lowercase();
    let separates = |c: char| c.is_whitespace() || "_-,;:()[]/".contains(c);
    let words: Vec<&str> = lower.split(separates).filter(|word| !word.is_empty()).collect();
    let after_on = words.iter().position(|word| *word == "on").map_or(&words[..], |on| &words[on + 1..]);
    Name {
        quantity: quantity(&words),
        sensor: sensor(&words),
        ordinal: words.first().and_then(|word| ordinal(word)),
        place: place(after_on),
    }
}

fn quantity(words: &[&str]) -> Option<Quantity> {
    let has = |wanted: &[&str]| wanted.iter().all(|wanted| words.contains(wanted));
    if DERIVED.iter().any(|word| words.contains(word)) {
        None
    } else if has(&["smo2"]) || has(&["saturated", "hemoglobin"]) || has(&["currhemoperc"]) {
        Some(Quantity::Smo2)
    } else if has(&["thb"]) || has(&["total", "hemoglobin"]) || has(&["currhemoconc"]) {
        Some(Quantity::Thb)
    } else {
        None
    }
}

/// The word after `sensor`, without the zeros of an id that was printed as a float.
fn sensor(words: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| *word == "sensor")?;
    let id = words.get(at + 1).filter(|word| **word != "on")?;
    let whole = id.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|digit| digit == b'0'));
    Some(whole.map_or(*id, |(whole, _)| whole).to_owned())
}

fn ordinal(word: &str) -> Option<u8> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending))?;
    digits.parse().ok()
}

fn place(words: &[&str]) -> Option<Place> {
    if let Some(site) = words.iter().find_map(|word| word.parse().ok()) {
        return Some(Place { site, assumed_from: None });
    }
    let side = words.iter().find_map(|word| side(word))?;
    if let Some(muscle) = Muscle::ALL.iter().find(|muscle| words.contains(&muscle.code())) {
        return Some(Place { site: Site::new(*muscle, side), assumed_from: None });
    }
    let (region, muscle) = REGIONS.iter().find(|(region, _)| words.iter().any(|word| is_region(word, region)))?;
    Some(Place { site: Site::new(*muscle, side), assumed_from: Some(region) })
}

fn side(word: &str) -> Option<Side> {
    match word {
        "l" | "l." | "left" => Some(Side::Left),
        "r" | "r." | "right" => Some(Side::Right),
        _ => None,
    }
}

fn is_region(word: &str, region: &str) -> bool {
    word == region || word.strip_suffix('s') == Some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_wild_are_understood() {
        let cases = [
            ("1st SmO2 Sensor 1234 on R. Calf", Some(Quantity::Smo2), Some("1234"), Some(1), Some("mg.right"), true),
            ("2nd THb Sensor 5678 on L. Quad", Some(Quantity::Thb), Some("5678"), Some(2), Some("vl.left"), true),
            ("THb Sensor 188.000000 on L. Quad", Some(Quantity::Thb), Some("188"), None, Some("vl.left"), true),
            ("1st SmO2 Sensor 77 on Left calf", Some(Quantity::Smo2), Some("77"), Some(1), Some("mg.left"), true),
            ("SmO2 Sensor 9 on R. Ham", Some(Quantity::Smo2), Some("9"), None, Some("bf.right"), true),
            ("SmO2 Sensor 9 on L. Glute", Some(Quantity::Smo2), Some("9"), None, Some("gmax.left"), true),
            ("SmO2 Sensor 9 on R. Shin", Some(Quantity::Smo2), Some("9"), None, Some("ta.right"), true),
            ("1st SmO2 Sensor 1 on R. Quad (rf)", Some(Quantity::Smo2), Some("1"), Some(1), Some("rf.right"), false),
            ("SmO2 lg.left", Some(Quantity::Smo2), None, None, Some("lg.left"), false),
            ("SmO2 Sensor on Other", Some(Quantity::Smo2), None, None, None, false),
            ("Current Saturated Hemoglobin Percent", Some(Quantity::Smo2), None, None, None, false),
            ("total_hemoglobin_conc", Some(Quantity::Thb), None, None, None, false),
            ("currHemoPerc", Some(Quantity::Smo2), None, None, None, false),
            ("smo2Trend", None, None, None, None, false),
            ("SmO2 avg", None, None, None, None, false),
            ("Core Body Temperature", None, None, None, None, false),
            ("", None, None, None, None, false),
        ];
        for (text, quantity, sensor, ordinal, site, is_assumed) in cases {
            let name = parse(text);
            assert_eq!(name.quantity, quantity, "{text}");
            assert_eq!(name.sensor.as_deref(), sensor, "{text}");
            assert_eq!(name.ordinal, ordinal, "{text}");
            assert_eq!(name.place.map(|place| place.site.to_string()).as_deref(), site, "{text}");
            assert_eq!(name.place.is_some_and(|place| place.assumed_from.is_some()), is_assumed, "{text}");
        }
    }
}
