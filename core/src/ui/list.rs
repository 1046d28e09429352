//! Pages that are lists: each item a line with its name at the left and what it says at the right. Select goes in and chooses,
//! up and down move; the first item leads out again.

use super::Field;
use super::history::told;
use super::pairing::number;
use super::status::{BARS_W, draw_bars};
use crate::config::Assignment;
use crate::draw::{Align, Area, Canvas, Ink, Words, arrow, text, text_large};
use crate::field::{Choices, Mark, Pick, Snapshot, alert_line, filled, forms, site_names};
use crate::input::{RideAct, Touch};
use crate::language::{Language, Say};
use crate::sensor::{Charge, Identity, Sensor, Site};
use crate::session;
use core::fmt;
use core::ops::Range;
use sling_fonts::{Font, LABEL_17, SMALL_13, TEXT_22};

/// Words of a line. They are put together when it is drawn: a list is gone through more often than it is read.
#[derive(Clone, Debug, Default)]
pub enum Text {
    /// None.
    #[default]
    Nothing,
    /// As the table has them.
    Said(Say),
    /// The same, filled in.
    Filled(Say, Words, u32),
    /// As they are; more than one form parted by `|`, as in the table.
    Plain(&'static str),
    /// As they are.
    Words(Words),
    /// The same, the longer ones first.
    Either(Words, Words),
    /// A sensor's number.
    Number(Identity),
    /// A muscle and its side.
    Site(Site),
    /// What the alert of this place among those told says.
    Alert(u8),
}

impl Text {
    /// The lengths there are, the longest first.
    pub fn choices(&self, snapshot: &Snapshot<'_>) -> Choices {
        let language = snapshot.language;
        match self {
            Self::Nothing => Choices::new(),
            Self::Said(say) => forms(*say, language, &[]),
            Self::Filled(say, first, second) => {
                forms(*say, language, &[first.as_str(), Words::of(format_args!("{second}")).as_str()])
            }
            Self::Plain(words) => words.split('|').map(|form| Words::of(format_args!("{form}"))).collect(),
            Self::Words(words) => Choices::from_iter([words.clone()]),
            Self::Either(longer, shorter) => Choices::from_iter([longer.clone(), shorter.clone()]),
            Self::Number(identity) => Choices::from_iter([number(*identity)]),
            Self::Site(site) => site_names(*site, language),
            Self::Alert(at) => told(snapshot, usize::from(*at))
                .map(|(episode, _)| alert_line(&snapshot.view_of(episode), snapshot))
                .unwrap_or_default(),
        }
    }
}

/// One line of a list.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub name: Text,
    /// What it is set to, or what there is to know.
    pub value: Text,
    /// What choosing it does, if it can be chosen.
    pub act: Option<Chosen>,
    /// Whether it asks first whether that was meant.
    pub asks: bool,
    /// How well what it stands for is heard, 0 to 3 bars.
    pub bars: Option<u8>,
    /// What else is said of it, in small print below the rest.
    pub also: Option<Say>,
    /// And what it told of its battery.
    pub charge: Option<Charge>,
}

impl Item {
    /// A line that only says something.
    pub(super) fn new(name: Text, value: Text) -> Self {
        Self { name, value, act: None, asks: false, bars: None, also: None, charge: None }
    }

    /// A line that does something.
    pub(super) fn with(name: Text, value: Text, act: Chosen) -> Self {
        Self { act: Some(act), ..Self::new(name, value) }
    }

    /// Whether it is of a place on the body.
    const fn is_of_site(&self) -> bool {
        matches!(self.name, Text::Site(_))
    }

    /// What is said in small print: what else there is and how full the battery is, or at the shortest only that.
    fn below(&self, language: Language) -> Choices {
        match (self.also, self.charge) {
            (None, None) => Choices::new(),
            (Some(also), None) => forms(also, language, &[]),
            (also, Some(charge)) => {
                let (say, number) = charge.say();
                let charge = filled(say, language, &[Words::of(format_args!("{number}")).as_str()]);
                let say = if also == Some(Say::InUse) { Say::InUseBattery } else { Say::BatteryIs };
                forms(say, language, &[charge.as_str()])
            }
        }
    }
}

/// What an item does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Leaves the items.
    Leave,
    /// The setting of this place is changed to what it can be next.
    Setting(u8),
    /// Something of the ride as a whole.
    Ride(RideAct),
    /// Something of the session.
    Session(session::Act),
    /// Where this sensor is worn, or is to be worn, is chosen next.
    Pick(Pick),
    /// A sensor is worn there; one that was there is worn no longer.
    Assign(Assignment),
    /// A sensor is worn no longer.
    TakeOff(Identity),
    /// This sensor of the bike or the heart is the rider's own, or no longer.
    Companion(Sensor),
}

/// What a list is of.
pub trait Items: Sync {
    /// The item of this place, from 0; `None` after the last.
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item>;
}

/// A list as the field of a page.
pub struct List {
    /// The field's id.
    pub id: &'static str,
    /// Its title.
    pub title: Say,
    /// What it is of.
    pub items: &'static dyn Items,
    /// What it says when there is nothing in it.
    pub empty: Say,
}

/// The item of this place as the buttons count: the first leads out, if any can be chosen.
pub(super) fn item(items: &dyn Items, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
    match at.checked_sub(1) {
        Some(behind) => items.item(snapshot, behind),
        None => Some(Item::with(Text::Said(Say::LeaveList), Text::Nothing, Chosen::Leave)),
    }
}

/// How many items there are, with the one that leads out.
pub(super) fn len(items: &dyn Items, snapshot: &Snapshot<'_>) -> usize {
    // A list is no longer than a rider would scroll.
    (0..64).take_while(|&at| items.item(snapshot, at).is_some()).count() + 1
}

const TITLE_H: i16 = 30;
const LINE_H: i16 = 32;
const AIR: i16 = 4;
static FONTS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];

impl List {
    /// Rows that so many items take.
    pub(super) fn height(items: usize) -> i16 {
        TITLE_H + LINE_H * items.min(64) as i16
    }

    /// The first item that is shown and how many are, in an area of this height.
    fn window(snapshot: &Snapshot<'_>, len: usize, h: i16) -> (usize, usize) {
        let room = usize::from(((h - TITLE_H) / LINE_H).max(1).unsigned_abs());
        // While the rider is not among the items, the one that leads out is not shown.
        // Among them the list is turned over like pages: a line stays under the finger that marks it.
        let first = snapshot.screen.item.map_or(1, |at| {
            let at = usize::from(at).min(len.saturating_sub(1));
            at - at.checked_rem(room).unwrap_or(0)
        });
        (first, room.min(len.saturating_sub(first)))
    }
}

impl Field for List {
    fn id(&self) -> &'static str {
        self.id
    }

    fn title(&self, language: Language) -> &'static str {
        self.title.long(language)
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (150, TITLE_H + 2 * LINE_H)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let (title, rest) = area.split_top(TITLE_H);
        // Capitals with accents are higher than digits.
        let words = forms(self.title, snapshot.language, &[]);
        text_large(canvas, title.split_top(4).1, Align::Left, &[&LABEL_17, &SMALL_13], &words, Ink::Ink);
        canvas.fill(Area::new(area.x, title.bottom() - 2, area.w, 2), Ink::Ink);
        let len = len(self.items, snapshot);
        if len == 1 {
            let line = rest.split_top(2 * LINE_H).0;
            text_large(canvas, line, Align::Left, &FONTS, &forms(self.empty, snapshot.language, &[]), Ink::Ink);
            return;
        }
        let (first, shown) = Self::window(snapshot, len, area.h);
        let hand = Hand::of(self, snapshot, rest.w, first..first + shown);
        for (row, at) in (0..).zip(first..first + shown) {
            let Some(item) = item(self.items, snapshot, at) else { break };
            let line = Area::new(rest.x, rest.y + row * LINE_H, rest.w, LINE_H);
            let is_chosen = snapshot.screen.item.map(usize::from) == Some(at);
            let item = asked(item, is_chosen, snapshot);
            draw_line(canvas, snapshot, line, &item, is_chosen, hand);
        }
        // There is more above, or below.
        let mark = Area::new(area.right() - 14, title.y + 6, 13, 11);
        if first > usize::from(snapshot.screen.item.is_none()) {
            arrow(canvas, Area::new(mark.x - 18, mark.y, mark.w, mark.h), true, Ink::Ink);
        }
        if first + shown < len {
            arrow(canvas, mark, false, Ink::Ink);
        }
    }

    fn mark(&self, snapshot: &Snapshot<'_>, area: Area, touch: Touch) -> Option<Mark> {
        let len = len(self.items, snapshot);
        let (first, shown) = Self::window(snapshot, len, area.h);
        let at = match touch {
            Touch::Tap { y, .. } => {
                let below = usize::try_from(y.saturating_sub(area.y + TITLE_H)).ok()?;
                Some(first + below / LINE_H as usize).filter(|&at| at < first + shown)
            }
            // What is beyond the lines that are shown.
            Touch::SwipeUp => Some(first + shown).filter(|&at| at < len),
            Touch::SwipeDown => first.checked_sub(1),
            _ => None,
        };
        at.map(|at| Mark::Item(at as u8))
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(self.title.long(snapshot.language))?;
        let len = len(self.items, snapshot);
        if len == 1 {
            return write!(out, ": {}", self.empty.long(snapshot.language));
        }
        for at in usize::from(snapshot.screen.item.is_none())..len {
            let Some(item) = item(self.items, snapshot, at) else { break };
            let is_chosen = snapshot.screen.item.map(usize::from) == Some(at);
            let item = asked(item, is_chosen, snapshot);
            write!(out, "\n{}", if is_chosen { '>' } else { '-' })?;
            for text in [&item.name, &item.value] {
                write!(out, " {}", text.choices(snapshot).first().map_or("", Words::as_str))?;
            }
            if let Some(below) = item.below(snapshot.language).first() {
                write!(out, ", {}", below.as_str())?;
            }
            if let Some(bars) = item.bars {
                write!(out, " {bars}/3")?;
            }
        }
        Ok(())
    }
}

/// The item as it stands there: one that asks says so in its value's place.
fn asked(item: Item, is_chosen: bool, snapshot: &Snapshot<'_>) -> Item {
    if is_chosen && snapshot.screen.asks {
        Item { value: Text::Said(Say::PressAgain), also: None, charge: None, ..item }
    } else {
        item
    }
}

/// How the lines that are seen together are written: all alike.
#[derive(Clone, Copy)]
struct Hand {
    /// Of the forms of a site, the shortest and so many longer ones may be said.
    longer: u8,
    /// The size of names and of values, by its place among [`FONTS`].
    name: u8,
    value: u8,
}

const fn hand(longer: u8, name: u8, value: u8) -> Hand {
    Hand { longer, name, value }
}

/// The hands in the order in which they are tried: that in which sites are said at the greatest length, then that with larger
/// letters. If none gives every line room, the last is taken, and in it each line says what it can.
static HANDS: [Hand; 16] = [
    hand(2, 0, 0),
    hand(2, 0, 1),
    hand(2, 1, 0),
    hand(2, 1, 1),
    hand(2, 0, 2),
    hand(2, 1, 2),
    hand(1, 0, 0),
    hand(1, 0, 1),
    hand(1, 1, 1),
    hand(1, 0, 2),
    hand(1, 1, 2),
    hand(0, 0, 0),
    hand(0, 0, 1),
    hand(0, 1, 1),
    hand(0, 1, 2),
    hand(0, 2, 2),
];

impl Hand {
    /// The hand for these lines.
    #[inline(never)]
    fn of(list: &List, snapshot: &Snapshot<'_>, w: i16, lines: Range<usize>) -> Self {
        let suits = |hand: &&Self| {
            let mut items = lines.clone().map_while(|at| item(list.items, snapshot, at));
            items.all(|item| {
                // A line of two halves is in small print, and so are the others then.
                let is_halved = item.also.is_some() || item.charge.is_some();
                (hand.value == 2 || !is_halved)
                    && hand.written(&item, snapshot, w).is_some_and(|(font, _)| font == hand.name)
            })
        };
        HANDS.iter().find(suits).copied().unwrap_or(hand(0, 2, 2))
    }

    /// Columns that an item's value needs. What the rider looks for is said at least in brief, and of a site at length.
    fn value_w(self, item: &Item, snapshot: &Snapshot<'_>) -> i16 {
        let value = item.value.choices(snapshot);
        let value = if item.is_of_site() && self.longer > 0 { value.first() } else { value.last() };
        let below = item.below(snapshot.language);
        let columns = |words: Option<&Words>, font| words.map_or(0, |words| width(font, words) + 2 * AIR);
        columns(value, self.value).max(columns(below.last(), 2))
    }

    /// An item's name as it is written, and in which letters: a site at the length that the hand has for all, anything else
    /// at the first for which there is room.
    fn written(self, item: &Item, snapshot: &Snapshot<'_>, w: i16) -> Option<(u8, Words)> {
        let room = room(item, w) - self.value_w(item, snapshot);
        let choices = item.name.choices(snapshot);
        let (from, most) = if item.is_of_site() {
            (choices.len().saturating_sub(usize::from(self.longer) + 1), 1)
        } else {
            (0, choices.len())
        };
        (self.name..3).find_map(|font| {
            let mut choices = choices.iter().skip(from).take(most);
            choices.find(|words| width(font, words) <= room).map(|words| (font, words.clone()))
        })
    }
}

fn width(font: u8, words: &Words) -> i16 {
    FONTS.get(usize::from(font)).map_or(0, |font| font.width(words.as_str()) as i16)
}

/// Columns of a line of this width, without those of its bars.
fn room(item: &Item, w: i16) -> i16 {
    w - 2 * AIR - if item.bars.is_some() { BARS_W + AIR } else { 0 }
}

fn draw_line(canvas: &mut dyn Canvas, snapshot: &Snapshot<'_>, area: Area, item: &Item, is_chosen: bool, hand: Hand) {
    let ink = if is_chosen { Ink::Paper } else { Ink::Ink };
    if is_chosen {
        canvas.fill(area, Ink::Ink);
    }
    let line = Area::new(area.x + AIR, area.y, room(item, area.w), area.h);
    if let Some(bars) = item.bars {
        draw_bars(canvas, Area::new(line.right() + AIR, line.y, BARS_W, line.h), bars, ink);
    }
    let mut value = line;
    if let Some((font, words)) = hand.written(item, snapshot, area.w)
        && let Some(font) = FONTS.get(usize::from(font))
    {
        let name = text(canvas, line, Align::Left, font, words.as_str(), ink);
        value = line.split_left(name.w + 2 * AIR).1;
    }
    let below = item.below(snapshot.language);
    if !below.is_empty() {
        let (upper, lower) = value.split_top(LINE_H / 2);
        text_large(canvas, lower, Align::Right, &[&SMALL_13], &below, ink);
        value = upper;
    }
    let fonts = FONTS.get(usize::from(hand.value)..).unwrap_or_default();
    text_large(canvas, value, Align::Right, fonts, &item.value.choices(snapshot), ink);
}
