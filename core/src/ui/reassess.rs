//! Cue and reassess: where the trial of a cue is, for how many seconds yet, and what the rider is to do now; then what the cue
//! did to the leg that is shown. That nothing was seen is said as plainly as an effect.

use super::effect::{Effect, Finding, lay_out_effects, line, spoil_words, with_reason};
use super::layout::{GAP, is_small, with_menu, with_status};
use super::list::{Chosen, Item, Items, List, Text};
use super::{Cells, Field, Page, put};
use crate::draw::{Align, Area, Canvas, Ink, Words, frame, text, text_wrapped};
use crate::field::{Choices, Snapshot, forms};
use crate::language::{Language, Say};
use crate::session::{ASSESS_S, Act, BASELINE_S, Outcome, Phase, REASSESS_SETTLE_S, What};
use core::fmt;
use sling_fonts::{Font, LABEL_17, NUMBER_28, NUMERAL_44, NUMERAL_50, NUMERAL_70, NUMERAL_84, SMALL_13, TEXT_22};

/// The page.
pub struct Reassess;

struct Progress;
struct Deeds;

static MENU: List = List { id: "trial_menu", title: Say::Reassess, items: &Deeds, empty: Say::Reassess };
static D: Effect = Effect { id: "trial_d", what: What::D, find: outcome };
static CALF: Effect = Effect { id: "trial_calf", what: What::Calf, find: outcome };
static THIGH: Effect = Effect { id: "trial_thigh", what: What::Thigh, find: outcome };

static WORDS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];
static LABELS: [&Font; 2] = [&LABEL_17, &SMALL_13];
static NUMERALS: [&Font; 5] = [&NUMERAL_84, &NUMERAL_70, &NUMERAL_50, &NUMERAL_44, &NUMBER_28];
static STEPS: [Say; 4] = [Say::StepBaseline, Say::StepCue, Say::StepSettle, Say::StepAssess];
const TITLE_H: i16 = 29;
const BAR_H: i16 = 12;
const STEP_H: i16 = 22;
/// A lower or narrower field does not name the steps.
const WITH_STEPS_H: i16 = 140;
const WITH_STEPS_W: i16 = 180;
/// Rows of the whole when the trial is over.
const DONE_H: i16 = 92;
const SMALL_DONE_H: i16 = 64;

impl Page for Reassess {
    fn id(&self) -> &'static str {
        "reassess"
    }

    fn title(&self) -> Say {
        Say::Reassess
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
        let is_done = snapshot.session.reassess().phase() == Phase::Done;
        if snapshot.screen.item.is_some() || !is_done {
            put(cells, page, &Progress);
        } else if is_small(area) {
            let (progress, rest) = page.split_top(SMALL_DONE_H - 18);
            if rest.h < SMALL_DONE_H + GAP {
                // With an alert below it there is room for the result alone.
                return put(cells, page, &D);
            }
            put(cells, progress, &Progress);
            put(cells, rest.split_top(GAP).1, &D);
        } else {
            let is_wide = page.w > page.h;
            let (progress, rest) = if is_wide { page.split_left(page.w * 2 / 5) } else { page.split_top(DONE_H) };
            put(cells, progress, &Progress);
            let rest = if is_wide { rest.split_left(2 * GAP).1 } else { rest.split_top(GAP).1 };
            if snapshot.config.large_text {
                return put(cells, rest, &D);
            }
            lay_out_effects(cells, rest, [&D, &CALF, &THIGH]);
        }
    }
}

impl Items for Deeds {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        let phase = snapshot.session.reassess().phase();
        let runs = matches!(phase, Phase::Baseline { .. } | Phase::Settling { .. } | Phase::Assessing { .. });
        let all = [
            (Say::CueGiven, matches!(phase, Phase::Baseline { .. }), Act::CueGiven),
            (Say::StartTrial, !runs, Act::StartReassess),
            (Say::StopItem, runs, Act::StopReassess),
        ];
        let (say, _, act) = all.into_iter().filter(|(_, can, _)| *can).nth(at)?;
        let item = Item::with(Text::Said(say), Text::Nothing, Chosen::Session(act));
        Some(match (act, phase) {
            // It stands there from the beginning, so that nothing else moves when its time has come.
            (Act::CueGiven, Phase::Baseline { left_s: left_s @ 1.., .. }) => {
                Item::new(item.name, Text::Words(Words::of(format_args!("{left_s} s"))))
            }
            // A trial takes minutes, and so did its result.
            (Act::StopReassess, _) | (_, Phase::Done) => Item { asks: true, ..item },
            _ => item,
        })
    }
}

/// Which step it is, how many seconds are left of how many.
fn step(phase: Phase) -> Option<(usize, u16, u16)> {
    match phase {
        Phase::Baseline { left_s: 0, .. } => Some((1, 0, 0)),
        Phase::Baseline { left_s, .. } => Some((0, left_s, BASELINE_S)),
        Phase::Settling { left_s } => Some((2, left_s, REASSESS_SETTLE_S)),
        Phase::Assessing { left_s } => Some((3, left_s, ASSESS_S)),
        Phase::Done => Some((4, 0, 0)),
        Phase::Idle | Phase::Spoiled(_) => None,
    }
}

/// What the rider is to do now, or what came of it.
fn words(phase: Phase, language: Language) -> Choices {
    match phase {
        Phase::Idle => forms(Say::TrialIdle, language, &[]),
        Phase::Baseline { left_s: 1.., restarted: Some(why) } => with_reason(Say::BegunAnew, why, language),
        Phase::Baseline { left_s: 0, .. } => forms(Say::GiveCue, language, &[]),
        Phase::Baseline { .. } => forms(Say::RideOn, language, &[]),
        Phase::Settling { .. } | Phase::Assessing { .. } => forms(Say::KeepCue, language, &[]),
        Phase::Done => forms(Say::TrialDone, language, &[]),
        Phase::Spoiled(why) => with_reason(Say::Spoiled, why, language),
    }
}

fn draw_steps(canvas: &mut dyn Canvas, area: Area, names: Option<Area>, phase: Phase, language: Language) {
    let (at, left_s, of_s) = step(phase).unwrap_or((0, 1, 1));
    let w = area.w / 4;
    for (i, name) in (0..).zip(STEPS) {
        let bar = Area::new(area.x + i * w, area.y, w - 2, area.h);
        frame(canvas, bar, 2, Ink::Ink);
        let done = match (i.unsigned_abs() as usize).cmp(&at) {
            core::cmp::Ordering::Less => i32::from(bar.w),
            core::cmp::Ordering::Equal => {
                i32::from(bar.w) * i32::from(of_s.saturating_sub(left_s)) / i32::from(of_s.max(1))
            }
            core::cmp::Ordering::Greater => 0,
        };
        canvas.fill(Area::new(bar.x, bar.y, done as i16, bar.h), Ink::Ink);
        if let Some(names) = names {
            let place = Area::new(bar.x, names.y, bar.w, names.h);
            let is_now = step(phase).is_some_and(|(at, ..)| at == i.unsigned_abs() as usize);
            if is_now {
                canvas.fill(place, Ink::Ink);
            }
            let ink = if is_now { Ink::Paper } else { Ink::Ink };
            let place = Area::new(place.x + 1, place.y, place.w - 2, place.h);
            line(canvas, place, Align::Centre, &LABELS, &forms(name, language, &[]), ink);
        }
    }
}

impl Field for Progress {
    fn id(&self) -> &'static str {
        "trial"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Reassess.long(language)
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (130, 60)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let (phase, language) = (snapshot.session.reassess().phase(), snapshot.language);
        let title_h = if area.h >= SMALL_DONE_H { TITLE_H } else { 0 };
        let (title, rest) = area.split_top(title_h);
        if title_h > 0 {
            line(canvas, title, Align::Left, &LABELS, &forms(Say::Reassess, language, &[]), Ink::Ink);
        }
        let (bar, mut rest) = rest.split_top(BAR_H);
        let mut names = None;
        if area.h >= WITH_STEPS_H && area.w >= WITH_STEPS_W {
            let (row, below) = rest.split_top(2).1.split_top(STEP_H);
            (names, rest) = (Some(row), below);
        }
        draw_steps(canvas, bar, names, phase, language);
        let rest = rest.split_top(4).1;
        let seconds = step(phase).filter(|&(_, left_s, _)| left_s > 0).map(|(_, left_s, _)| left_s);
        let mut said = rest;
        if let Some(left_s) = seconds {
            let words_h = (rest.h / 2).min(70);
            let (number, below) = rest.split_top(rest.h - words_h);
            let number_words = Words::of(format_args!("{left_s}"));
            let fits = |font: &&&Font| font.digit_height() as i16 <= number.h;
            if let Some(font) = NUMERALS.iter().find(fits) {
                let unit_w = TEXT_22.width(" s") as i16;
                let width = font.width(number_words.as_str()) as i16;
                let left = Area::new(number.x, number.y, number.w / 2 + (width - unit_w) / 2, number.h);
                let taken = text(canvas, left, Align::Right, font, number_words.as_str(), Ink::Ink);
                let beside = Area::new(taken.right(), number.y, number.right() - taken.right(), number.h);
                text(canvas, beside, Align::Left, &TEXT_22, " s", Ink::Ink);
                said = below;
            }
        }
        text_wrapped(canvas, said, &WORDS, &words(phase, language), Ink::Ink);
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let (phase, language) = (snapshot.session.reassess().phase(), snapshot.language);
        write!(out, "{}", self.title(language))?;
        if let Some((at, left_s, _)) = step(phase) {
            if let Some(name) = STEPS.get(at) {
                write!(out, ", {}", name.long(language))?;
            }
            if left_s > 0 {
                write!(out, " {left_s} s")?;
            }
        }
        write!(out, ": {}", words(phase, language).first().map_or("", Words::as_str))
    }
}

/// What the cue did.
fn outcome(snapshot: &Snapshot<'_>, what: What) -> Finding {
    let (reassess, language) = (snapshot.session.reassess(), snapshot.language);
    let (interval, say) = match (reassess.outcome(snapshot.leg, what), reassess.phase()) {
        (Some(Outcome::Effect(interval)), _) => (Some(interval), Say::ChangeSeen),
        (Some(Outcome::NoChangeSeen(interval)), _) => (Some(interval), Say::NoChangeSeen),
        (None, Phase::Spoiled(why)) => (None, spoil_words(why)),
        (None, _) => (None, Say::NeedsReading),
    };
    Finding { interval, verdict: forms(say, language, &[]) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{said, sessions};
    use crate::field::Screen;
    extern crate std;

    #[test]
    fn every_stage_of_a_trial_has_its_words() {
        let expected = [
            ("idle", "Cue and reassess: what does a cue do?"),
            ("baseline", "baseline 70 s: ride on as you are"),
            ("anew", "baseline 117 s: begun anew: standing"),
            ("cue", "cue: give the cue, then select"),
            ("settles", "settle 55 s: keep to the cue, same power"),
            ("assessing", "assess 95 s: keep to the cue"),
            ("spoiled trial", "spoiled: coasting"),
            ("effect", "after the cue less before"),
            ("effect", "calf less thigh +1"),
            ("effect", ": change seen"),
            ("no effect", "calf less thigh"),
            ("no effect", ": no change seen"),
        ];
        let sessions = sessions();
        for (name, words) in expected {
            let (_, session) = sessions.iter().find(|(it, _)| *it == name).unwrap();
            let page = said(session, Screen::default(), "reassess", (240, 400));
            assert!(page.contains(words), "{name}: {words} not in {page}");
        }
    }

    #[test]
    fn a_cue_is_taken_only_when_its_time_has_come_and_a_running_trial_asks_before_it_stops() {
        let sessions = sessions();
        let with = |name: &str, asks| {
            let screen = Screen { item: Some(2), asks, ..Screen::default() };
            said(&sessions.iter().find(|(it, _)| *it == name).unwrap().1, screen, "reassess", (240, 400))
        };
        let early = with("baseline", true);
        assert!(early.contains("- Cue given 70 s") && early.contains("> Stop press again"), "{early}");
        assert!(with("cue", false).contains("- Cue given \n> Stop"), "{}", with("cue", false));
        assert!(!with("settles", false).contains("Cue given"));
        assert!(with("effect", false).contains("- Start"));
    }
}
