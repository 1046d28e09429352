//! Resting survey: what to do now and how far the capture is, and the table of both legs as on a body: thigh above calf, left
//! at the left. Numbers are means of a minute in percent with their scatter (SD), and ratios of means.

use super::effect::{in_tenths, line, spoil_words, with_reason, with_seconds};
use super::layout::{GAP, is_small, with_line, with_menu};
use super::list::{Chosen, Item, Items, List, Text};
use super::{Cells, Field, Page, StatusBar, put};
use crate::draw::{Align, Area, Canvas, Ink, Words, frame, text, text_large, text_wrapped};
use crate::field::{Choices, Snapshot, forms, site_names};
use crate::language::{Capitals, Language, Say};
use crate::math;
use crate::sensor::Side;
use crate::session::{Act, CAPTURE_S, Part};
use core::fmt;
use sling_fonts::{Font, LABEL_17, NUMBER_28, NUMERAL_44, SMALL_13, TEXT_22};

/// The page.
pub struct Survey;

struct State;
struct Table;
struct Deeds;

static MENU: List = List { id: "survey_menu", title: Say::Survey, items: &Deeds, empty: Say::Survey };
static WORDS: [&Font; 3] = [&TEXT_22, &LABEL_17, &SMALL_13];
static LABELS: [&Font; 2] = [&LABEL_17, &SMALL_13];
static NUMERALS: [&Font; 3] = [&NUMERAL_44, &NUMBER_28, &TEXT_22];
static ROWS: [Part; 2] = [Part::Thigh, Part::Calf];
static SIDES: [Side; 2] = [Side::Left, Side::Right];
/// Rows of what to do now, with a title and without.
const STATE_H: i16 = 92;
const SMALL_STATE_H: i16 = 44;
const TITLE_H: i16 = 29;
const BAR_H: i16 = 12;
/// A lower table has no ratios.
const WITH_RATIOS_H: i16 = 186;
const RATIO_H: i16 = 25;
/// Rows of a cell's label and of its scatter.
const LINE_H: i16 = 29;
const SMALL_LINE_H: i16 = 22;
/// In a lower cell the scatter stands beside the mean.
const WITH_SCATTER_H: i16 = 95;
/// What two lines of words take.
const TWO_LINES_H: i16 = 2 * SMALL_LINE_H;

impl Page for Survey {
    fn id(&self) -> &'static str {
        "survey"
    }

    fn title(&self) -> Say {
        Say::Survey
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn items(&self) -> Option<&'static dyn Items> {
        Some(&Deeds)
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_line(area, cells, &StatusBar::BOTH_LEGS);
        let Some(page) = with_menu(snapshot, page, cells, &MENU) else { return };
        // With an alert below it, a small display has no room for the table.
        if snapshot.screen.item.is_some() || page.h < 2 * SMALL_STATE_H + TITLE_H {
            return put(cells, page, &State);
        }
        let (state, table) = if is_small(area) {
            page.split_top(SMALL_STATE_H)
        } else if page.w > page.h {
            page.split_left(page.w * 2 / 5)
        } else {
            page.split_top(STATE_H)
        };
        let gap = 2 * GAP;
        let table = if table.x > state.x { table.split_left(gap).1 } else { table.split_top(GAP).1 };
        put(cells, state, &State);
        put(cells, table, &Table);
    }
}

impl Items for Deeds {
    fn item(&self, snapshot: &Snapshot<'_>, at: usize) -> Option<Item> {
        let survey = snapshot.session.survey();
        let has_any = has_cells(snapshot) > 0;
        let all = [
            (Say::Capture, true, Act::Capture),
            (Say::NewSurvey, has_any, Act::StartSurvey),
            (Say::StopItem, survey.is_on(), Act::StopSurvey),
        ];
        let (say, _, act) = all.into_iter().filter(|(_, can, _)| *can).nth(at)?;
        let asks = act == Act::StartSurvey;
        Some(Item { asks, ..Item::with(Text::Said(say), Text::Nothing, Chosen::Session(act)) })
    }
}

fn has_cells(snapshot: &Snapshot<'_>) -> usize {
    let survey = snapshot.session.survey();
    ROWS.into_iter().flat_map(|part| SIDES.map(|side| survey.cell(part, side))).flatten().count()
}

/// What to do now, or why the last capture gave nothing.
fn state_words(snapshot: &Snapshot<'_>) -> Choices {
    let (survey, language) = (snapshot.session.survey(), snapshot.language);
    if let Some(progress_s) = survey.progress_s() {
        return with_seconds(Say::SitStill, CAPTURE_S.saturating_sub(progress_s).into(), language);
    }
    if let Some(why) = survey.failed() {
        return with_reason(Say::Spoiled, why, language);
    }
    let spoiled = ROWS.into_iter().flat_map(|part| SIDES.map(|side| survey.spoiled(part, side)));
    if let Some(why) = spoiled.flatten().next() {
        return with_reason(Say::Spoiled, why, language);
    }
    let say = match has_cells(snapshot) {
        0 => Say::SurveyIdle,
        4 => Say::SurveyDone,
        _ => Say::SurveyGoesOn,
    };
    forms(say, language, &[])
}

impl Field for State {
    fn id(&self) -> &'static str {
        "survey_state"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Survey.long(language)
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (130, 60)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let title_h = if area.h >= TITLE_H + BAR_H + LINE_H { TITLE_H } else { 0 };
        let (title, rest) = area.split_top(title_h);
        if title_h > 0 {
            let fonts: &[&'static Font] = if snapshot.config.large_text { &WORDS } else { &LABELS };
            line(canvas, title, Align::Left, fonts, &forms(Say::Survey, snapshot.language, &[]), Ink::Ink);
        }
        let progress = snapshot.session.survey().progress_s();
        let bar_h = if progress.is_some() { BAR_H + 2 } else { 0 };
        let (words, bar) = rest.split_top(rest.h - bar_h);
        text_wrapped(canvas, words, &WORDS, &state_words(snapshot), Ink::Ink);
        if let Some(progress) = progress {
            let bar = bar.split_top(BAR_H).0;
            frame(canvas, bar, 2, Ink::Ink);
            let done = i32::from(bar.w) * i32::from(progress) / i32::from(CAPTURE_S);
            canvas.fill(Area::new(bar.x, bar.y, done as i16, bar.h), Ink::Ink);
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let words = state_words(snapshot);
        write!(out, "{}: {}", self.title(snapshot.language), words.first().map_or("", Words::as_str))
    }
}

/// Calf over thigh of both legs.
fn both_ratios(snapshot: &Snapshot<'_>) -> Option<Choices> {
    let (survey, language) = (snapshot.session.survey(), snapshot.language);
    let mut both = Words::default();
    for (side, letter) in SIDES.into_iter().zip([Say::LeftLetter, Say::RightLetter]) {
        if let Some(ratio) = survey.calf_to_thigh(side) {
            let gap = if both.as_str().is_empty() { "" } else { "  " };
            both = Words::of(format_args!("{both}{gap}{} {}", letter.long(language), in_hundredths(ratio)));
        }
    }
    (!both.as_str().is_empty()).then(|| forms(Say::CalfToThigh, language, &[both.as_str()]))
}

fn in_hundredths(ratio: f32) -> Words {
    let hundredths = math::round_i32(math::clamp(ratio, 0.0, 99.0) * 100.0);
    Words::of(format_args!("{}.{:02}", hundredths / 100, hundredths % 100))
}

fn ratio_words(say: Say, ratio: Option<f32>, language: Language) -> Option<Choices> {
    Some(forms(say, language, &[in_hundredths(ratio?).as_str()]))
}

/// What a cell says of its last capture below its mean: why it was no good, else its scatter.
fn note(snapshot: &Snapshot<'_>, part: Part, side: Side) -> Choices {
    let survey = snapshot.session.survey();
    if survey.is_captured(part, side) && survey.cell(part, side).is_none() {
        return forms(Say::Capturing, snapshot.language, &[]);
    }
    if let Some(why) = survey.spoiled(part, side) {
        return forms(spoil_words(why), snapshot.language, &[]);
    }
    match survey.cell(part, side) {
        Some(cell) => forms(Say::Scatter, snapshot.language, &[in_tenths(cell.spread(), false).as_str()]),
        None => forms(Say::NotCaptured, snapshot.language, &[]),
    }
}

/// The muscle that a cell is of, else the part of the leg and the side.
fn label(snapshot: &Snapshot<'_>, part: Part, side: Side) -> Choices {
    if let Some(cell) = snapshot.session.survey().cell(part, side) {
        return site_names(cell.site, snapshot.language).into_iter().skip(1).collect();
    }
    let part = if part == Part::Calf { Say::Calf } else { Say::Thigh };
    let letter = if side == Side::Left { Say::LeftLetter } else { Say::RightLetter };
    let letter = letter.long(snapshot.language);
    part.forms(snapshot.language).map(|form| Words::of(format_args!("{letter} {}", Capitals(form)))).collect()
}

fn draw_cell(snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area, part: Part, side: Side) {
    let (top, rest) = area.split_top(if area.h >= WITH_SCATTER_H { LINE_H } else { SMALL_LINE_H });
    let note = note(snapshot, part, side);
    let survey = snapshot.session.survey();
    let captured = survey.cell(part, side);
    let is_one_line = |words: &Words| LABEL_17.width(words.as_str()) as i16 <= rest.w;
    if captured.is_none() && rest.h < TWO_LINES_H && !note.iter().any(is_one_line) {
        // Two lines take the whole of a low cell: which muscle it is its place says as well.
        return text_wrapped(canvas, area, &LABELS, &note, Ink::Ink);
    }
    // So does one with a mean.
    let is_low = area.h < WITH_SCATTER_H && survey.spoiled(part, side).is_some();
    let head = if is_low { note.clone() } else { label(snapshot, part, side) };
    text_large(canvas, top, Align::Left, &LABELS, &head, Ink::Ink);
    let Some(cell) = captured else {
        text_wrapped(canvas, rest, &LABELS, &note, Ink::Ink);
        return;
    };
    let note_h = if area.h >= WITH_SCATTER_H { SMALL_LINE_H } else { 0 };
    let (middle, below) = rest.split_top(rest.h - note_h);
    let mean = in_tenths(cell.mean(), false);
    let fits = |font: &&&Font| font.width(mean.as_str()) as i16 <= area.w && font.digit_height() as i16 <= middle.h;
    let font = NUMERALS.iter().find(fits).copied().unwrap_or(&LABEL_17);
    let taken = text(canvas, middle, Align::Left, font, mean.as_str(), Ink::Ink);
    if note_h > 0 {
        line(canvas, below, Align::Left, &LABELS, &note, Ink::Ink);
    } else if !is_low {
        let beside = Area::new(taken.right() + GAP, middle.y, middle.right() - taken.right() - GAP, middle.h);
        // A narrow one says its mean alone.
        if note.iter().any(|words| LABEL_17.width(words.as_str()) as i16 <= beside.w) {
            line(canvas, beside, Align::Right, &LABELS, &note, Ink::Ink);
        }
    }
}

impl Field for Table {
    fn id(&self) -> &'static str {
        "survey_table"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Survey.long(language)
    }

    fn unit(&self) -> &'static str {
        "%"
    }

    fn smallest(&self) -> (i16, i16) {
        (200, 96)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let (survey, language) = (snapshot.session.survey(), snapshot.language);
        let ratio_h = if area.h >= WITH_RATIOS_H { RATIO_H } else { 0 };
        let half = area.w / 2;
        let row_h = (area.h - ratio_h) / 2;
        canvas.fill(Area::new(area.x + half - 1, area.y, 1, 2 * row_h), Ink::Ink);
        for (row, part) in (0..).zip(ROWS) {
            let y = area.y + row * row_h;
            canvas.fill(Area::new(area.x, y, area.w, 1), Ink::Ink);
            for (column, side) in (0..).zip(SIDES) {
                let cell = Area::new(area.x + column * half + GAP * column, y + 2, half - GAP - 1, row_h - 3 - ratio_h);
                draw_cell(snapshot, canvas, cell, part, side);
            }
            let ratio = ratio_words(Say::LeftToRight, survey.left_to_right(part), language);
            if let Some(ratio) = ratio.filter(|_| ratio_h > 0) {
                let at = Area::new(area.x, y + row_h - ratio_h, area.w, ratio_h - 3);
                let width = ratio.first().map_or(0, |words| SMALL_13.width(words.as_str()) as i16) + 2 * GAP;
                canvas.fill(Area::new(area.centre_x() - width / 2, at.y, width, at.h), Ink::Paper);
                line(canvas, at, Align::Centre, &LABELS, &ratio, Ink::Ink);
            }
        }
        if ratio_h > 0 {
            let foot = area.split_top(area.h - ratio_h).1;
            canvas.fill(Area::new(foot.x, foot.y, foot.w, 1), Ink::Ink);
            if let Some(ratios) = both_ratios(snapshot) {
                line(canvas, foot.split_top(2).1, Align::Centre, &LABELS, &ratios, Ink::Ink);
            }
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        let (survey, language) = (snapshot.session.survey(), snapshot.language);
        let first = |choices: Choices| choices.first().cloned().unwrap_or_default();
        for part in ROWS {
            for side in SIDES {
                write!(out, "{}", first(label(snapshot, part, side)))?;
                if let Some(cell) = survey.cell(part, side) {
                    write!(out, " {}", in_tenths(cell.mean(), false))?;
                }
                write!(out, " {}; ", first(note(snapshot, part, side)))?;
            }
            if let Some(ratio) = ratio_words(Say::LeftToRight, survey.left_to_right(part), language) {
                write!(out, "{}; ", first(ratio))?;
            }
        }
        if let Some(ratios) = both_ratios(snapshot) {
            write!(out, "{}", first(ratios))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{said, sessions};
    use crate::field::Screen;
    extern crate std;

    #[test]
    fn every_stage_of_a_survey_has_its_words() {
        let expected = [
            ("idle", "Resting survey: sit still, then capture"),
            ("idle", "not captured yet"),
            ("capturing", "sit still, 37 s left"),
            ("capturing", "R CALF being captured"),
            ("captured", "survey complete"),
            ("captured", "R calf MG 61.2 SD 0.1; left : right 0.98"),
            ("captured", "calf : thigh L 0.86  R 0.90"),
            ("spoiled cells", "R calf MG 61.2 light leak"),
            ("spoiled cells", "spoiled: light leak"),
            ("pedalled", "spoiled: pedalling"),
            ("one leg", "move the sensors, capture again"),
            ("one leg", "R thigh VL 99."),
        ];
        let sessions = sessions();
        for (name, words) in expected {
            let (_, session) = sessions.iter().find(|(it, _)| *it == name).unwrap();
            for display in [(240, 400), (400, 240), (176, 176)] {
                let page = said(session, Screen::default(), "survey", display);
                assert!(page.contains(words), "{name}: {words} not in {page}");
            }
        }
    }

    #[test]
    fn a_table_is_given_up_only_when_asked_for_twice() {
        let sessions = sessions();
        let (_, session) = sessions.iter().find(|(it, _)| *it == "captured").unwrap();
        let asks = Screen { item: Some(2), asks: true, ..Screen::default() };
        let page = said(session, asks, "survey", (240, 400));
        assert!(page.contains("> New survey press again") && page.contains("- Capture"), "{page}");
    }
}
