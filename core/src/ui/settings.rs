//! Settings: the language, how the screen looks, how cues are given, what is told, which pages and which numbers there are.
//!
//! A list of what can be stepped through, each a row of [`SETTINGS`]; then the pages that can be left out; then the places of
//! the page of numbers. To choose one is to step it on, round and round.

use super::layout::with_status;
use super::list::{Chosen, Item, Items, List, Text};
use super::numbers::fields;
use super::{Cells, PAGES, Page, put};
use crate::alert::{Level, Volume};
use crate::config::{Config, Id, LEAST_POINTS, MAX_NUMBERS, STILL_MIN};
use crate::draw::{Area, Theme, Words};
use crate::field::{FIELDS, Snapshot};
use crate::language::Say;

/// The page.
pub struct Settings;

struct Choice;

static LIST: List = List { id: "settings", title: Say::Settings, items: &Choice, empty: Say::Settings };

impl Page for Settings {
    fn id(&self) -> &'static str {
        "settings"
    }

    fn title(&self) -> Say {
        Say::Settings
    }

    fn lay_out(&self, _snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        put(cells, page, &LIST);
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Choice)
    }
}

/// A setting that is stepped through.
struct Setting {
    /// What it is called.
    name: Say,
    /// What it is set to, and the number in that.
    value: fn(&Config) -> (Say, u8),
    /// Sets it to what it can be next.
    step: fn(&mut Config),
}

static SETTINGS: [Setting; 8] = [
    Setting {
        name: Say::LanguageSetting,
        value: |_| (Say::ThisLanguage, 0),
        step: |config| config.language = config.language.next(),
    },
    Setting {
        name: Say::ThemeSetting,
        value: |config| (if config.theme == Theme::Day { Say::Day } else { Say::Night }, 0),
        step: |config| config.theme = if config.theme == Theme::Day { Theme::Night } else { Theme::Day },
    },
    Setting {
        name: Say::LargeText,
        value: |config| (on(config.large_text), 0),
        step: |config| config.large_text = !config.large_text,
    },
    Setting {
        name: Say::Vibration,
        value: |config| (volume(config.haptic, Say::Soft, Say::Strong), 0),
        step: |config| config.haptic = config.haptic.next(),
    },
    Setting {
        name: Say::Beeps,
        value: |config| (volume(config.beep, Say::Quiet, Say::Loud), 0),
        step: |config| config.beep = config.beep.next(),
    },
    Setting {
        name: Say::AlertsFrom,
        value: |config| (if config.least_points == 0 { Say::Auto } else { Say::Points }, config.least_points),
        step: |config| config.least_points = after(&LEAST_POINTS, config.least_points),
    },
    Setting {
        name: Say::CuesFrom,
        value: |config| (if config.cues_from == Level::Warning { Say::Warning } else { Say::Caution }, 0),
        step: |config| {
            config.cues_from = if config.cues_from == Level::Warning { Level::Caution } else { Level::Warning };
        },
    },
    Setting {
        name: Say::NudgeSetting,
        value: |config| (if config.still_min == 0 { Say::Off } else { Say::Minutes }, config.still_min),
        step: |config| config.still_min = after(&STILL_MIN, config.still_min),
    },
];

const fn on(is_on: bool) -> Say {
    if is_on { Say::On } else { Say::Off }
}

const fn volume(volume: Volume, low: Say, high: Say) -> Say {
    match volume {
        Volume::Off => Say::Off,
        Volume::Low => low,
        Volume::Normal => Say::Normal,
        Volume::High => high,
    }
}

/// The next greater one of the choices, or the first.
fn after(choices: &[u8], now: u8) -> u8 {
    choices.iter().copied().find(|choice| *choice > now).unwrap_or(0)
}

/// The pages that can be left out.
fn optional() -> impl Iterator<Item = &'static dyn Page> {
    PAGES.iter().copied().filter(|page| page.is_optional())
}

impl Items for Choice {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        let (config, language) = (snapshot.config, snapshot.language);
        let said = |say, number: usize| Text::Filled(say, Words::of(format_args!("{number}")), 0);
        let (name, value) = if let Some(setting) = SETTINGS.get(at) {
            let (say, number) = (setting.value)(config);
            (said(setting.name, 0), said(say, number.into()))
        } else if let Some(page) = optional().nth(at - SETTINGS.len()) {
            let is_shown = !config.hidden_pages.iter().any(|hidden| hidden == page.id());
            (Text::Said(page.title()), said(on(is_shown), 0))
        } else {
            let place = at - SETTINGS.len() - optional().count();
            if place >= MAX_NUMBERS {
                return None;
            }
            let field = fields(config).get(place).map(|field| Text::Plain(field.titles(language)));
            (said(Say::NumberSetting, place + 1), field.unwrap_or_else(|| said(Say::Nothing, 0)))
        };
        Some(Item::with(name, value, Chosen::Setting(at as u8)))
    }
}

/// Changes the setting of this place to what it can be next.
pub fn change_setting(config: &mut Config, at: usize) {
    if let Some(setting) = SETTINGS.get(at) {
        (setting.step)(config);
    } else if let Some(page) = optional().nth(at - SETTINGS.len()) {
        toggle_page(config, page.id());
    } else {
        next_number(config, at - SETTINGS.len() - optional().count());
    }
}

/// Leaves a page out, or takes it in again.
fn toggle_page(config: &mut Config, page: &str) {
    let hidden = &mut config.hidden_pages;
    if let Some(at) = hidden.iter().position(|id| id == page) {
        hidden.remove(at);
    } else if let Ok(id) = page.try_into() {
        // There are no more optional pages than there is room for; a test counts them.
        let _ = hidden.push(id);
    }
}

/// Puts the next field into a place of the page of numbers; after the last one, none, and the fields close up. Of the usual
/// fields, the others stay as they are. With none left there are the usual ones again.
fn next_number(config: &mut Config, place: usize) {
    let mut fields = fields(config);
    let shown = fields.get(place).and_then(|shown| FIELDS.iter().position(|field| field.id() == shown.id()));
    match (fields.get_mut(place), FIELDS.get(shown.map_or(0, |at| at + 1))) {
        (Some(field), Some(next)) => *field = *next,
        (Some(_), None) => {
            fields.remove(place);
        }
        // Places before it that are empty stay so.
        (None, Some(next)) => {
            let _ = fields.push(*next);
        }
        (None, None) => {}
    }
    config.numbers = fields.iter().filter_map(|field| Id::try_from(field.id()).ok()).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MAX_HIDDEN;
    use crate::field::with_preview;
    use crate::language::Language;
    use sling_fonts::SMALL_13;
    extern crate std;
    use std::collections::BTreeMap;
    use std::string::{String, ToString};
    use std::vec::Vec;

    /// What the list says, by the names.
    fn listed(config: &Config) -> Vec<(String, String)> {
        let mut all = Vec::new();
        with_preview(|preview| {
            let snapshot = Snapshot { config, language: config.language, ..preview.clone() };
            let first = |choices: &crate::field::Choices| choices.first().unwrap().as_str().to_string();
            all = (0..64)
                .map_while(|at| LIST.items.item(&snapshot, at))
                .map(|item| (first(&item.name.choices(&snapshot)), first(&item.value.choices(&snapshot))))
                .collect();
        });
        all
    }

    fn says(config: &Config) -> BTreeMap<String, String> {
        listed(config).into_iter().collect()
    }

    /// Chooses an item by its name.
    fn choose(config: &mut Config, name: &str) {
        let at = listed(config).iter().position(|(it, _)| it == name).unwrap();
        change_setting(config, at);
    }

    #[test]
    fn every_setting_goes_round_and_changes_nothing_else() {
        let rounds = [
            ("Colours", &["day", "night"][..]),
            ("Large text", &["off", "on"]),
            ("Vibration", &["normal", "strong", "off", "soft"]),
            ("Beeps", &["normal", "loud", "off", "quiet"]),
            ("Alerts from", &["auto", "8 points", "10 points", "15 points"]),
            ("Cues from", &["caution", "warning"]),
            ("Nudge to move", &["20 min", "30 min", "off", "10 min"]),
            ("Calf heads", &["on", "off"]),
        ];
        for (name, round) in rounds {
            let mut config = Config::DEFAULT;
            let before = says(&config);
            for value in round {
                let now = says(&config);
                assert_eq!(now[name], *value);
                assert!(now.iter().all(|(other, value)| other == name || *value == before[other]), "{name}: {now:?}");
                choose(&mut config, name);
            }
            assert_eq!(config, Config::DEFAULT, "{name}");
        }
    }

    /// The names and the values of the list that have no room beside each other on the smallest display.
    fn without_room(config: &Config) -> Vec<String> {
        let mut found = Vec::new();
        with_preview(|preview| {
            let snapshot = Snapshot { config, language: config.language, ..preview.clone() };
            let line =
                super::super::cells(&Settings, &snapshot, 176, 176).iter().map(|cell| cell.area.w).min().unwrap() - 8;
            for item in (0..64).map_while(|at| LIST.items.item(&snapshot, at)) {
                let width = |words: &Words| SMALL_13.width(words.as_str()) as i16;
                let [name, value] = [&item.name, &item.value].map(|it| it.choices(&snapshot).last().unwrap().clone());
                if width(&name) + 8 + width(&value) > line {
                    found.push(std::format!("{}: {} {}", config.language, name.as_str(), value.as_str()));
                }
            }
        });
        found
    }

    #[test]
    fn every_setting_page_and_number_has_room_on_the_smallest_display_whatever_it_is_set_to() {
        let mut found = Vec::new();
        for (language, shown) in
            Language::ALL.into_iter().flat_map(|it| FIELDS.chunks(MAX_NUMBERS).map(move |f| (it, f)))
        {
            let numbers = shown.iter().map(|field| field.id().try_into().unwrap()).collect();
            found.extend(without_room(&Config { language, numbers, ..Config::DEFAULT }));
        }
        for language in Language::ALL {
            let mut config = Config { language, ..Config::DEFAULT };
            for _ in 0..4 {
                found.extend(without_room(&config));
                (1..SETTINGS.len() + optional().count()).for_each(|at| change_setting(&mut config, at));
            }
        }
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn the_language_is_said_in_itself() {
        let mut config = Config::DEFAULT;
        let mut said = Vec::new();
        for _ in 0..Language::ALL.len() {
            said.push(listed(&config)[0].1.clone());
            change_setting(&mut config, 0);
        }
        assert_eq!(said, ["English", "Deutsch", "Français", "Español", "Italiano", "Nederlands"]);
        assert_eq!(config, Config::DEFAULT);
    }

    #[test]
    fn the_usual_numbers_are_listed_and_the_first_change_keeps_the_others() {
        let mut config = Config::DEFAULT;
        let before = listed(&config);
        let usual: Vec<&str> = fields(&config).iter().map(|field| field.title(Language::English)).collect();
        let numbers: Vec<&str> = before[before.len() - MAX_NUMBERS..].iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(numbers, [&usual[..], &["none"; 2]].concat());
        choose(&mut config, "Number 5");
        let after = listed(&config);
        let changed: Vec<&str> =
            before.iter().zip(&after).filter(|(a, b)| a != b).map(|((name, _), _)| name.as_str()).collect();
        assert_eq!(changed, ["Number 5"]);
        choose(&mut config, "Number 8");
        assert_eq!(
            (config.numbers.len(), listed(&config)[before.len() - 2].1.as_str()),
            (7, FIELDS[0].title(Language::English))
        );
    }

    #[test]
    fn a_number_steps_through_every_field_and_then_the_others_close_up() {
        let mut config = Config::DEFAULT;
        config.numbers = ["power", "cadence"].map(|id| id.try_into().unwrap()).into_iter().collect();
        let at = FIELDS.iter().position(|field| field.id() == "power").unwrap();
        for next in &FIELDS[at + 1..] {
            choose(&mut config, "Number 1");
            assert_eq!(config.numbers, [next.id(), "cadence"]);
        }
        choose(&mut config, "Number 1");
        assert_eq!(config.numbers, ["cadence"]);
        // A field that a later build no longer knows is dropped with the first change.
        config.numbers.push("no_such_field".try_into().unwrap()).unwrap();
        choose(&mut config, "Number 2");
        assert_eq!(config.numbers, ["cadence", FIELDS[0].id()]);
    }

    #[test]
    fn all_optional_pages_can_be_left_out_at_once() {
        assert!(optional().count() <= MAX_HIDDEN);
        for page in optional() {
            assert!(Id::try_from(page.id()).is_ok(), "{}", page.id());
        }
    }
}
