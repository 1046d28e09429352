//! Draws a ride from a seed: who rides, what is worn, what is ridden, and everything that goes wrong or is pressed.
//!
//! A drawn ride is the text of a scenario, so that it can be kept, read and ridden again, in two parts: what it stands on
//! ([`Drawn::head`]) and its *pieces*, one table each (a fault, a press, an effect), which can be left out one by one.
//! All pieces lie before [`Drawn::calm`]; after it nothing goes wrong and nothing is pressed.

use crate::commands::ThemeName;
use crate::display::Display;
use crate::ride::Via;
use crate::scenario::{FAULTS, FaultSort, Needs};
use crate::world::random::{Purpose, Random};
use clap::ValueEnum;
use sling_core::language::Language;
use sling_core::sensor::{Muscle, Side, Site};
use sling_core::time::Instant;
use std::fmt::Write as _;

/// Nothing happens before everybody is heard, seconds.
const FIRST_S: f64 = 20.0;
/// The shortest and the longest fault, seconds: from one sample to a café.
const FAULT_S: (f64, f64) = (1.0, 420.0);
/// The most faults, effects and deeds of a ride.
const MOST_FAULTS: usize = 14;
const MOST_EFFECTS: usize = 3;
const MOST_DEEDS: usize = 80;

/// A ride as it was drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The seed of all of it.
    pub seed: u64,
    /// How samples reach the head unit.
    pub via: Via,
    /// The display, its colours and its language.
    pub display: Display,
    /// The colours.
    pub theme: ThemeName,
    /// The language.
    pub language: Language,
    /// The scenario's text without its pieces.
    pub head: String,
    /// What can be left out.
    pub pieces: Vec<Piece>,
    /// From here on nothing goes wrong.
    pub calm: Instant,
}

/// A table of the scenario: a fault, an effect, a deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// As it stands in the file.
    pub text: String,
    /// In a few words.
    pub words: String,
}

impl Drawn {
    /// The whole scenario, with these of its pieces.
    pub fn text(&self, kept: &[usize]) -> String {
        let mut text = self.head.clone();
        for piece in kept.iter().filter_map(|&at| self.pieces.get(at)) {
            text.push('\n');
            text.push_str(&piece.text);
        }
        text
    }
}

/// A drawer of a seed's own numbers.
struct Dice(Random);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        ((self.0.unit() * n as f64) as usize).min(n.saturating_sub(1))
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0.between(low, high)
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.0.happens(probability)
    }

    /// As often between 1 and 10 as between 10 and 100.
    fn of_any_size(&mut self, (low, high): (f64, f64)) -> f64 {
        let (low, high) = (libm::log(low), libm::log(high));
        libm::exp(self.between(low, high))
    }
}

/// The ride of a seed, `minutes` long; `via` is drawn unless it is said.
pub fn draw(seed: u64, minutes: u32, via: Option<Via>) -> Drawn {
    let mut dice = Dice(Random::stream(seed, Purpose::Swarm, 0));
    let drawn_via = match dice.below(10) {
        0 => Via::Model,
        1..=3 => Via::Ant,
        4..=6 => Via::Ble,
        _ => Via::AsWritten,
    };
    let via = via.unwrap_or(drawn_via);
    let end_s = 60.0 * f64::from(minutes);
    // The second phase is long enough for everything that is to come back.
    let calm_s = (0.6 * end_s).floor();
    let display = dice.pick(&Display::ALL);
    let theme = dice.pick(&[ThemeName::Day, ThemeName::Night]);
    let language = dice.pick(&Language::ALL);
    let sites = worn(&mut dice);
    let mut head = format!(
        "# sling swarm --seed {seed} --count 1 --minutes {minutes} --via {}\n\
         version = 1\nname = \"Swarm {seed}\"\nseed = {seed}\nduration = \"{minutes} min\"\n",
        via.code()
    );
    rider(&mut dice, &mut head);
    for &site in &sites {
        let kind = if dice.happens(0.3) { "train_red" } else { "moxy" };
        let radio = if dice.happens(0.5) { "ant" } else { "ble" };
        // Writing to memory does not fail, here and below.
        let _ = write!(head, "\n[[sensor]]\nsite = \"{site}\"\nkind = \"{kind}\"\nradio = \"{radio}\"\n");
    }
    loads(&mut dice, &mut head, calm_s, end_s);
    let mut pieces = Vec::new();
    for _ in 0..dice.below(MOST_EFFECTS + 1) {
        pieces.extend(effect(&mut dice, &sites, calm_s));
    }
    for _ in 0..dice.below(MOST_FAULTS + 1) {
        pieces.extend(fault(&mut dice, &sites, via, calm_s));
    }
    // Half of all riders leave the buttons alone.
    if dice.happens(0.5) {
        for _ in 0..dice.below(MOST_DEEDS) {
            pieces.push(deed(&mut dice, display, calm_s));
        }
    }
    let calm = Instant::from_ms((calm_s * 1000.0) as u64);
    Drawn { seed, via, display, theme, language, head, pieces, calm }
}

/// One to eight muscles; mostly a calf and a thigh of one leg are among them.
fn worn(dice: &mut Dice) -> Vec<Site> {
    let count = match dice.below(20) {
        0 => 1,
        1..=8 => 2,
        9..=10 => 3,
        11..=15 => 4,
        _ => 5 + dice.below(4),
    };
    let mut sites = Vec::new();
    let sides = [Side::Left, Side::Right];
    if count > 1 && dice.happens(0.85) {
        let side = dice.pick(&sides);
        sites.push(Site::new(dice.pick(&Muscle::CALF), side));
        sites.push(Site::new(dice.pick(&Muscle::THIGH), side));
    }
    while sites.len() < count {
        let site = Site::new(dice.pick(Muscle::ALL), dice.pick(&sides));
        if !sites.contains(&site) {
            sites.push(site);
        }
    }
    sites
}

fn rider(dice: &mut Dice, head: &mut String) {
    if dice.happens(0.7) {
        return;
    }
    head.push_str("\n[rider]\n");
    for (key, low, high) in [
        // Zero is no reading: muscles stay above it in the hills at the end.
        ("vl_base_pct", 65.0, 85.0),
        ("calf_base_pct", 65.0, 85.0),
        ("vl_gain_pct_per_100w", 2.0, 14.0),
        ("calf_gain_pct_per_100w", 2.0, 14.0),
        ("correlation", 0.0, 1.0),
        ("sample_noise_pct", 0.0, 4.0),
        ("variation_pct", 0.0, 5.0),
        ("cadence_rpm", 60.0, 110.0),
    ] {
        if dice.happens(0.3) {
            let _ = writeln!(head, "{key} = {:.2}", dice.between(low, high));
        }
    }
}

/// Loads of any kind up to the calm, and hills after it: everything can be learned in them.
fn loads(dice: &mut Dice, head: &mut String, calm_s: f64, end_s: f64) {
    let parts = 1 + dice.below(4);
    for part in 0..parts {
        let from = calm_s / parts as f64 * part as f64;
        let to = calm_s / parts as f64 * (part + 1) as f64;
        let power = dice.between(80.0, 300.0).round();
        let shape = match dice.below(4) {
            0 => format!("kind = \"steady\"\npower_w = {power}"),
            1 => {
                let end_power = dice.between(80.0, 350.0).round();
                format!("kind = \"ramp\"\npower_w = {power}\nend_power_w = {end_power}")
            }
            2 => {
                let (swing, period_s) = (dice.between(10.0, 80.0).round(), dice.between(60.0, 400.0).round());
                format!("kind = \"hills\"\npower_w = {power}\nswing_w = {swing}\nperiod = \"{period_s} s\"")
            }
            _ => {
                let rest_w = dice.between(0.0, 120.0).round();
                let (work_s, rest_s) = (dice.between(15.0, 240.0).round(), dice.between(15.0, 180.0).round());
                format!(
                    "kind = \"intervals\"\npower_w = {power}\nrest_power_w = {rest_w}\nwork = \"{work_s} s\"\n\
                     rest = \"{rest_s} s\""
                )
            }
        };
        let _ = write!(head, "\n[[load]]\n{shape}\nfrom = \"{}\"\nto = \"{}\"\n", seconds(from), seconds(to));
    }
    let power = dice.between(150.0, 230.0).round();
    let _ = write!(
        head,
        "\n[[load]]\nkind = \"hills\"\npower_w = {power}\nswing_w = 50\nperiod = \"3 min\"\nfrom = \"{}\"\nto = \"{}\"\n",
        seconds(calm_s),
        seconds(end_s)
    );
    // In order, without overlap.
    let mut at = FIRST_S;
    loop {
        at += dice.between(30.0, 400.0);
        let lasts = dice.between(5.0, 90.0);
        if at + lasts > calm_s {
            break;
        }
        let kind = match dice.below(3) {
            0 => "kind = \"coast\"".to_owned(),
            1 => format!("kind = \"sprint\"\npower_w = {}", dice.between(400.0, 900.0).round()),
            _ => "kind = \"stand\"".to_owned(),
        };
        let _ = write!(head, "\n[[load]]\n{kind}\nfrom = \"{}\"\nto = \"{}\"\n", seconds(at), seconds(at + lasts));
        at += lasts;
    }
}

/// Times as a scenario has them, to the millisecond.
fn seconds(s: f64) -> String {
    format!("{s:.3} s")
}

fn effect(dice: &mut Dice, sites: &[Site], calm_s: f64) -> Option<Piece> {
    let site = dice.pick(sites);
    let at = dice.between(FIRST_S, calm_s - 60.0);
    let lasts = dice.between(30.0, calm_s - at);
    let kind = dice.pick(&[
        "calf_overload",
        "vl_fatigue",
        "side_imbalance",
        "outflow_restriction",
        "compression",
        "load_shift",
        "slow_recovery",
        "drift",
    ]);
    let size = dice.between(3.0, 25.0).round();
    let is_of = |muscles: &[Muscle]| muscles.contains(&site.muscle);
    let fits = match kind {
        "calf_overload" => is_of(&Muscle::CALF),
        "vl_fatigue" => is_of(&Muscle::THIGH),
        _ => true,
    };
    let (from, span) = (seconds(at), seconds(lasts));
    fits.then(|| Piece {
        text: format!(
            "[[effect]]\npattern = \"{kind}\"\nsite = \"{site}\"\nat = \"{from}\"\nduration = \"{span}\"\nsize_pct = {size}\n"
        ),
        words: format!("effect {kind} {site} at {from} for {span}"),
    })
}

fn fault(dice: &mut Dice, sites: &[Site], via: Via, calm_s: f64) -> Option<Piece> {
    let sort: FaultSort = dice.pick(&FAULTS);
    let (site, other) = (dice.pick(sites), dice.pick(sites));
    let at = dice.between(FIRST_S, calm_s - 10.0);
    let lasts = dice.of_any_size(FAULT_S).min(calm_s - at);
    let mut keys = String::new();
    for &key in sort.keys {
        let value = match key {
            "with" => format!("\"{other}\""),
            // All of it, now and then.
            "fraction" => format!("{:.2}", if dice.happens(0.2) { 1.0 } else { dice.between(0.05, 0.95) }),
            "percent" => dice.below(30).to_string(),
            "by_s" => dice.between(-90_000.0, 90_000.0).round().to_string(),
            "value" | "smo2_pct" => format!("{:.1}", dice.between(0.0, 100.0)),
            "step_pct" => format!("{:.1}", dice.between(-25.0, 25.0)),
            _ => format!("{:.2}", dice.between(-1.5, 1.5)),
        };
        // What is optional is left to the seed as often as not.
        if matches!(key, "with" | "fraction" | "by_s") || dice.happens(0.5) {
            let _ = writeln!(keys, "{key} = {value}");
        }
    }
    if sort.radio && via == Via::Model || sort.needs == Needs::TwoSites && site == other {
        return None;
    }
    let place = if sort.needs == Needs::Nothing { String::new() } else { format!("site = \"{site}\"\n") };
    let where_seen = if sort.needs == Needs::Nothing { String::new() } else { format!(" {site}") };
    let (from, span) = (seconds(at), seconds(lasts));
    Some(Piece {
        text: format!("[[fault]]\nkind = \"{}\"\n{place}at = \"{from}\"\nduration = \"{span}\"\n{keys}", sort.name),
        words: format!("fault {}{where_seen} at {from} for {span}", sort.name),
    })
}

/// A press, a touch, a lap or a word.
fn deed(dice: &mut Dice, display: Display, calm_s: f64) -> Piece {
    let at = seconds(dice.between(FIRST_S, calm_s));
    let (w, h) = display.size();
    let (table, keys, words) = match dice.below(20) {
        0 => ("lap", String::new(), "a lap".to_owned()),
        1 => ("marker", "text = \"here\"\n".to_owned(), "a marker".to_owned()),
        2 => ("position", format!("text = \"seat {}\"\n", dice.below(9)), "a position".to_owned()),
        3..=12 => {
            let (button, long) = (dice.pick(&["up", "down", "select", "down", "select"]), dice.happens(0.15));
            let keys = format!("button = \"{button}\"\nlong = {long}\n");
            ("press", keys, format!("press {button}{}", if long { ", long" } else { "" }))
        }
        13..=17 => {
            let (x, y) = (dice.below(usize::from(w)), dice.below(usize::from(h)));
            ("touch", format!("kind = \"tap\"\nx = {x}\ny = {y}\n"), format!("tap {x}, {y}"))
        }
        _ => {
            let kind = dice.pick(&["hold", "swipe_up", "swipe_down", "swipe_left", "swipe_right"]);
            ("touch", format!("kind = \"{kind}\"\n"), kind.to_owned())
        }
    };
    Piece { text: format!("[[{table}]]\nat = \"{at}\"\n{keys}"), words: format!("{words} at {at}") }
}

/// A name on the command line.
pub fn name_of<T: ValueEnum>(value: &T) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Layer, Scenario};
    use std::collections::BTreeSet;

    #[test]
    fn every_drawn_ride_is_a_scenario_and_ends_calmly() {
        let mut kinds = BTreeSet::new();
        for seed in 0..400 {
            let drawn = draw(seed, 20, None);
            let all: Vec<usize> = (0..drawn.pieces.len()).collect();
            let scenario = Scenario::parse("swarm", &drawn.text(&all)).unwrap_or_else(|error| panic!("{error}"));
            assert!((1..=8).contains(&scenario.sensors.len()));
            let ends = scenario.faults.iter().map(|it| it.until).chain(scenario.radio_faults.iter().map(|it| it.until));
            let ends = ends.chain(scenario.unit_faults.iter().map(|it| it.until));
            let deeds = scenario.actions.iter().map(|(at, _)| *at);
            assert!(ends.chain(deeds).all(|at| at <= drawn.calm), "{}", drawn.text(&all));
            assert!(drawn.via != Via::Model || !scenario.layers.contains(&Layer::Radio));
            let words = drawn.pieces.iter().filter_map(|it| it.words.strip_prefix("fault "));
            kinds.extend(words.filter_map(|words| words.split(' ').next().map(str::to_owned)));
        }
        assert_eq!(kinds.len(), FAULTS.len(), "{kinds:?}");
    }

    #[test]
    fn a_seed_draws_one_ride_and_another_seed_another() {
        let of = |seed| {
            let drawn = draw(seed, 20, None);
            (drawn.head, drawn.pieces)
        };
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }
}
