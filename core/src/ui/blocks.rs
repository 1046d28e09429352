//! Blocks: a bike fit. Which position is ridden, how long the block has lasted and how far it is, and what the two positions
//! ridden last show of the leg that is shown.

use super::effect::{Effect, Finding, lay_out_effects, line, with_reason, with_seconds};
use super::layout::{GAP, is_small, with_menu, with_status};
use super::list::{Chosen, Item, Items, List, Text};
use super::{Cells, Field, Page, put};
use crate::draw::{Align, Area, Canvas, Ink, Words, text_in, text_wrapped};
use crate::field::{Choices, Snapshot, forms};
use crate::language::{Language, Say};
use crate::session::{Act, Block, Missing, Shows, Stage, What};
use core::fmt;
use sling_fonts::{Font, LABEL_17, NUMBER_28, NUMERAL_44, NUMERAL_50, NUMERAL_70, NUMERAL_84, SMALL_13, TEXT_22};

/// The page.
pub struct Blocks;

struct Clock;
struct Deeds;

static MENU: List = List { id: "block_menu", title: Say::Blocks, items: &Deeds, empty: Say::Blocks };
static D: Effect = Effect { id: "block_d", what: What::D, find: compared };
static CALF: Effect = Effect { id: "block_calf", what: What::Calf, find: compared };
static THIGH: Effect = Effect { id: "block_thigh", what: What::Thigh, find: compared };

static WORDS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];
static SMALL: [&Font; 1] = [&SMALL_13];
static NUMERALS: [&Font; 5] = [&NUMERAL_84, &NUMERAL_70, &NUMERAL_50, &NUMERAL_44, &NUMBER_28];
/// Rows of a difference on a small display.
const LEAST_H: i16 = 76;
/// Rows of a clock's position, and of how far the block is.
const LABEL_H: i16 = 34;
const SMALL_LABEL_H: i16 = 22;
/// In a lower clock both are smaller.
const ROOMY_H: i16 = 112;
/// Rows above a clock and below it, which are its neighbours' letters' too.
const AIR_H: i16 = 6;
/// Pairs from which on a rider's own scatter judges.
const FULL_PAIRS: u8 = 3;

impl Page for Blocks {
    fn id(&self) -> &'static str {
        "blocks"
    }

    fn title(&self) -> Say {
        Say::Blocks
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Deeds)
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        let Some(page) = with_menu(snapshot, page, cells, &MENU) else { return };
        if snapshot.screen.item.is_some() {
            put(cells, page, &Clock);
        } else if is_small(area) {
            let (clock, rest) = page.split_top(page.h / 2);
            if rest.h < LEAST_H {
                return put(cells, page, &Clock);
            }
            put(cells, clock, &Clock);
            put(cells, rest.split_top(GAP).1, &D);
        } else {
            let (clock, rest) =
                if page.w > page.h { page.split_left(page.w * 2 / 5) } else { page.split_top(page.h * 2 / 5 + AIR_H) };
            put(cells, clock, &Clock);
            let rest = if page.w > page.h { rest.split_left(2 * GAP).1 } else { rest.split_top(GAP).1 };
            if snapshot.config.large_text {
                return put(cells, rest, &D);
            }
            lay_out_effects(cells, rest, [&D, &CALF, &THIGH]);
        }
    }
}

impl Items for Deeds {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        let blocks = snapshot.session.blocks();
        let has_any = blocks.positions() > 0;
        let all = [
            (Say::NextBlock, true, Act::NextBlock),
            (Say::UndoBlock, blocks.can_undo(), Act::UndoBlock),
            (Say::EndBlock, blocks.running().is_some(), Act::EndBlock),
            (Say::ClearBlocks, has_any, Act::ClearBlocks),
        ];
        let (say, _, act) = all.into_iter().filter(|(_, can, _)| *can).nth(at)?;
        let position = blocks.next_position();
        let next = blocks.label(position).filter(|_| act == Act::NextBlock);
        let value = next
            .map_or(Text::Nothing, |label| Text::Either(Words::of(format_args!("{label}")), numbered(position, label)));
        let asks = act == Act::ClearBlocks;
        Some(Item { asks, ..Item::with(Text::Said(say), value, Chosen::Session(act)) })
    }
}

/// What stands where there is no clock: why a position is not compared, or that there is no block.
fn idle(snapshot: &Snapshot<'_>) -> Choices {
    let is_refused = snapshot.session.blocks().is_refused();
    forms(if is_refused { Say::PositionRefused } else { Say::NoBlock }, snapshot.language, &[])
}

fn stage_words(stage: Stage, language: Language) -> Choices {
    match stage {
        Stage::Settling { left_s } => with_seconds(Say::Settling, left_s, language),
        Stage::Counting { left_s } => with_seconds(Say::Counting, left_s, language),
        Stage::LongEnough => forms(Say::LongEnough, language, &[]),
        Stage::Held(why) => with_reason(Say::Held, why, language),
    }
}

fn position_words(snapshot: &Snapshot<'_>, block: &Block) -> Choices {
    let label = snapshot.session.blocks().label(block.position).unwrap_or_default();
    let mut choices = forms(Say::PositionOf, snapshot.language, &[label]);
    let _ = choices.push(numbered(block.position, label));
    choices
}

/// A label that is too long for its line: its position's number, and how it begins.
fn numbered(position: u8, label: &str) -> Words {
    let start = label.char_indices().nth(4).map_or(label, |(end, _)| label.get(..end).unwrap_or(label));
    Words::of(format_args!("{}: {start}…", u16::from(position) + 1))
}

fn clock(age_s: u32) -> Words {
    // An hour in one position is no block.
    let age_s = age_s.min(5999);
    Words::of(format_args!("{}:{:02}", age_s / 60, age_s % 60))
}

impl Field for Clock {
    fn id(&self) -> &'static str {
        "block_clock"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Blocks.long(language)
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (110, 66)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let label_h = if area.h >= ROOMY_H { LABEL_H } else { SMALL_LABEL_H };
        let (top, rest) = area.split_top(label_h);
        let Some((block, age_s, stage)) = snapshot.session.blocks().running() else {
            line(canvas, top, Align::Left, &WORDS, &forms(Say::Blocks, snapshot.language, &[]), Ink::Ink);
            text_wrapped(canvas, rest, &WORDS, &idle(snapshot), Ink::Ink);
            return;
        };
        // The whole label in small print says more than its beginning.
        let fonts: &[&'static Font] = if label_h == LABEL_H { &WORDS } else { &SMALL };
        text_in(canvas, top, Align::Left, fonts, &position_words(snapshot, &block), Ink::Ink);
        let (middle, bottom) = rest.split_top(rest.h - label_h);
        let clock = clock(age_s);
        let fits = |font: &&&Font| {
            font.width(clock.as_str()) as i16 <= area.w && font.digit_height() as i16 + 2 * AIR_H <= middle.h
        };
        let font = NUMERALS.iter().find(fits).copied().unwrap_or(&NUMBER_28);
        text_in(canvas, middle, Align::Left, &[font, &TEXT_22], &[clock], Ink::Ink);
        line(canvas, bottom, Align::Left, &WORDS, &stage_words(stage, snapshot.language), Ink::Ink);
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let first = |choices: Choices| choices.first().cloned().unwrap_or_default();
        match snapshot.session.blocks().running() {
            Some((block, age_s, stage)) => write!(
                out,
                "{} {}, {}",
                first(position_words(snapshot, &block)),
                clock(age_s),
                first(stage_words(stage, snapshot.language))
            ),
            None => write!(out, "{}: {}", self.title(snapshot.language), first(idle(snapshot))),
        }
    }
}

/// What the two positions ridden last show.
fn compared(snapshot: &Snapshot<'_>, what: What) -> Finding {
    let language = snapshot.language;
    let blocks = snapshot.session.blocks();
    let comparison = blocks.compare(snapshot.leg, what);
    let Some((shows, interval)) = comparison.verdict.shows() else {
        let crate::session::Verdict::NotYet { missing } = comparison.verdict else {
            return Finding { interval: None, verdict: Choices::new() };
        };
        let say = match missing {
            Missing::Position => Say::NeedsPosition,
            Missing::Block => Say::NeedsBlock,
            Missing::Reading => Say::NeedsReading,
            Missing::LikeLoad => Say::NeedsLikeLoad,
            Missing::Contact => Say::NeedsContact,
        };
        return Finding { interval: None, verdict: forms(say, language, &[]) };
    };
    let shown = match shows {
        Shows::Difference => Say::ChangeShown,
        Shows::NoChange => Say::NoChangeShown,
        Shows::Equivalent => Say::AlikeWithin,
    };
    let mut verdict = Choices::new();
    let more = FULL_PAIRS.saturating_sub(comparison.pairs);
    if shows == Shows::NoChange && more > 0 {
        let number = Words::of(format_args!("{more}"));
        let wanted = forms(if more == 1 { Say::PairWanted } else { Say::PairsWanted }, language, &[number.as_str()]);
        for wanted in wanted.iter().take(3) {
            for shown in shown.forms(language) {
                let _ = verdict.push(Words::of(format_args!("{shown}, {wanted}")));
            }
        }
    }
    verdict.extend(forms(shown, language, &[]).into_iter().take(4));
    if what == What::D {
        verdict = with_positions(snapshot, verdict, comparison.from, comparison.to);
    }
    Finding { interval: Some(interval), verdict }
}

/// Which position stands against which comes first, where there is room for it.
fn with_positions(snapshot: &Snapshot<'_>, plain: Choices, from: u8, to: u8) -> Choices {
    let label = |position| snapshot.session.blocks().label(position).unwrap_or_default();
    let mut choices = Choices::new();
    let whose = forms(Say::VersusPosition, snapshot.language, &[label(to), label(from)]);
    for verdict in plain.iter().take(3) {
        let whose = whose.first().map_or("", Words::as_str);
        if whose.len() + verdict.as_str().len() + 2 <= 48 {
            let _ = choices.push(Words::of(format_args!("{whose}: {verdict}")));
        }
    }
    choices.extend(plain.into_iter().take(9));
    choices
}

#[cfg(test)]
mod tests {
    use super::super::tests::{said, sessions};
    use crate::field::Screen;
    extern crate std;

    const TALL: (i16, i16) = (240, 400);

    #[test]
    fn every_stage_of_a_fit_has_its_words() {
        let expected = [
            ("idle", "Fit blocks: no block yet"),
            ("idle", "needs a second position"),
            ("settling", "position A 0:30, settling 45 s"),
            ("settling", "calf less thigh: needs a second position"),
            ("counting", "position A 2:10, counts, 110 s more"),
            ("held", "does not count: coasting"),
            ("long enough", "long enough"),
            ("one pair", "position saddle 73.5 cm, cleats 4:02, long enough"),
            ("one pair", "calf −0.1 ±3.4: no change shown, needs 2 more pairs"),
            ("two pairs", "no change shown, needs one more pair"),
            ("refused", "no fourth position: three are compared"),
            ("shown", "calf less thigh −1"),
            ("shown", "B against A: change shown"),
            ("shown", "calf −1"),
            ("shown", "thigh 0.0 ±1.2: alike within 3"),
        ];
        for (name, words) in expected {
            let sessions = sessions();
            let (_, session) = sessions.iter().find(|(it, _)| *it == name).unwrap();
            let page = said(session, Screen::default(), "blocks", TALL);
            assert!(page.contains(words), "{name}: {words} not in {page}");
            assert!(!page.contains("better") && !page.contains("worse"), "{page}");
        }
    }

    #[test]
    fn only_what_can_be_done_is_offered_and_what_loses_everything_asks() {
        let sessions = sessions();
        let with =
            |name: &str, screen| said(&sessions.iter().find(|(it, _)| *it == name).unwrap().1, screen, "blocks", TALL);
        let at = |item| Screen { item: Some(item), ..Screen::default() };
        let idle = with("idle", at(1));
        assert!(idle.contains("> Next block") && !idle.contains("Undo") && !idle.contains("Forget"), "{idle}");
        let running = with("one pair", Screen { asks: true, ..at(4) });
        assert!(running.contains("- End block") && running.contains("> Forget all blocks press again"), "{running}");
        assert!(running.contains("- Next block saddle 73.5 cm, cleats"), "the order is A B B A: {running}");
    }
}
