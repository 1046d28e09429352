//! Settings: the language, how the screen looks, how cues are given, which pages and which numbers there are.

use super::layout::with_status;
use super::list::{Chosen, Item, Items, List};
use super::{Cells, PAGES, Page, put};
use crate::config::{Config, Id, MAX_NUMBERS};
use crate::draw::{Area, Theme, Words};
use crate::field::{Choices, FIELDS, Snapshot, by_id, forms};
use crate::language::{Language, Say};

/// The page.
pub struct Settings;

struct Choice;

static LIST: List = List { id: "settings", title: Say::Settings, items: &Choice, empty: Say::Settings };

impl Page for Settings {
    fn id(&self) -> &'static str {
        "settings"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Settings.long(language)
    }

    fn lay_out(&self, _snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        put(cells, page, &LIST);
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Choice)
    }
}

/// Items before the pages.
const PLAIN: usize = 5;

impl Items for Choice {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        let (config, language) = (snapshot.config, snapshot.language);
        let said = |say| forms(say, language, &[]);
        let on = |is_on| said(if is_on { Say::On } else { Say::Off });
        let words = |text: &str| Choices::from_iter([Words::of(format_args!("{text}"))]);
        Some(match at {
            0 => {
                let names = [language.name(), language.code()].map(|name| Words::of(format_args!("{name}")));
                Item::with(said(Say::LanguageSetting), Choices::from_iter(names), Chosen::Language)
            }
            1 => {
                let theme = if config.theme == Theme::Day { Say::Day } else { Say::Night };
                Item::with(said(Say::ThemeSetting), said(theme), Chosen::Theme)
            }
            2 => Item::with(said(Say::LargeText), on(config.large_text), Chosen::LargeText),
            3 => Item::with(said(Say::Vibration), on(config.haptic), Chosen::Haptic),
            4 => Item::with(said(Say::Beeps), on(config.beep), Chosen::Beep),
            _ => {
                let optional = || (0_u8..).zip(PAGES).filter(|(_, page)| page.is_optional());
                if let Some((place, page)) = optional().nth(at - PLAIN) {
                    let is_shown = !config.hidden_pages.iter().any(|hidden| hidden == page.id());
                    return Some(Item::with(words(page.title(language)), on(is_shown), Chosen::Page(place)));
                }
                let place = at - PLAIN - optional().count();
                if place >= MAX_NUMBERS {
                    return None;
                }
                let number = Words::of(format_args!("{}", place + 1));
                let name = forms(Say::NumberSetting, language, &[number.as_str()]);
                let field = config.numbers.get(place).and_then(|id| by_id(id));
                let value = field.map_or_else(|| said(Say::Nothing), |field| words(field.title(language)));
                Item::with(name, value, Chosen::Number(place as u8))
            }
        })
    }
}

/// Leaves a page out, or takes it in again.
pub fn toggle_page(config: &mut Config, place: u8) {
    let Some(page) = PAGES.get(usize::from(place)).filter(|page| page.is_optional()) else { return };
    let hidden = &mut config.hidden_pages;
    match hidden.iter().position(|id| id == page.id()) {
        Some(at) => {
            hidden.remove(at);
        }
        None => {
            if let Ok(id) = page.id().try_into() {
                // There are no more optional pages than there is room for; a test counts them.
                let _ = hidden.push(id);
            }
        }
    }
}

/// Puts the next field into a place of the page of numbers; after the last one, none.
pub fn next_number(config: &mut Config, place: u8) {
    let (numbers, place) = (&mut config.numbers, usize::from(place));
    let shown = numbers.get(place).and_then(|id| FIELDS.iter().position(|field| field.id() == id));
    let next = FIELDS.get(shown.map_or(0, |at| at + 1)).and_then(|field| Id::try_from(field.id()).ok());
    match (numbers.get_mut(place), next) {
        (Some(number), Some(next)) => *number = next,
        (Some(_), None) => {
            numbers.remove(place);
        }
        // Places before it that are empty stay so: the fields close up.
        (None, Some(next)) => {
            let _ = numbers.push(next);
        }
        (None, None) => {}
    }
}
