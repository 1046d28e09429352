//! Lap: the one that is ridden, what each muscle did in it, and the last ones for comparison.

use super::layout::{BELOW_STATUS_H, GAP, between, grid, is_small, row, widened, with_status};
use super::{Cells, Page, put};
use crate::draw::{Align, Area, Canvas, Ink, Words, text_in, text_large};
use crate::field::{
    Choices, DROP_CALF, DROP_THIGH, Field, HALF_TIME_CALF, HALF_TIME_THIGH, LAP_D, LAP_POWER, LAP_TIME, LARGE_LAP_TIME,
    LARGE_MIN_CALF, LARGE_MIN_THIGH, MIN_CALF, MIN_THIGH, Snapshot, clock_of, forms,
};
use crate::language::{Language, Say};
use crate::math;
use crate::session;
use core::fmt;
use sling_fonts::{Font, LABEL_17, SMALL_13};

/// The page.
pub struct Lap;

/// Rows of the lap's own numbers.
const LAP_H: i16 = 84;
/// Rows of a muscle's.
const MUSCLE_H: i16 = 62;
/// The same where there are few.
const LEAST_H: i16 = 50;
/// A muscle's numbers: what is looked at most stands first.
const CALF: [&'static dyn Field; 3] = [&MIN_CALF, &DROP_CALF, &HALF_TIME_CALF];
const THIGH: [&'static dyn Field; 3] = [&MIN_THIGH, &DROP_THIGH, &HALF_TIME_THIGH];

impl Page for Lap {
    fn id(&self) -> &'static str {
        "lap"
    }

    fn title(&self) -> Say {
        Say::Laps
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        if is_small(area) {
            return small(page, cells);
        }
        if snapshot.config.large_text {
            let is_wide = area.w > area.h;
            let (lap, muscles) = page.split_top(if is_wide { page.h / 2 } else { page.h * 2 / 3 });
            grid(cells, lap, &[&LAP_TIME, &LAP_D], 1 + usize::from(is_wide));
            return row(cells, muscles.split_top(GAP).1, &[&MIN_CALF, &MIN_THIGH], 2 * GAP);
        }
        if area.w < area.h {
            // An alert's panel takes rows of everything but the table, and then the table.
            let (lap, rest) = page.split_top(LAP_H);
            let (lap_time, lap_d) = lap.split_left(lap.w - LAP_D_W);
            put(cells, lap_time, &LAP_TIME);
            put(cells, lap_d, &LAP_D);
            let (power, rest) = rest.split_top(MUSCLE_H);
            put(cells, power, &LAP_POWER);
            muscles_and_table(cells, rest);
        } else {
            let (left, right) = page.split_left(LEFT_W);
            // An alert's panel takes the rows of D.
            let own: [&'static dyn Field; 3] = [&LAP_TIME, &LAP_POWER, &LAP_D];
            // Above it is the time, which has no descenders.
            let left = Area::new(left.x, left.y - BELOW_STATUS_H, left.w, left.h + BELOW_STATUS_H);
            let rows = if left.h < 3 * LAP_D.smallest().1 { 2 } else { 3 };
            grid(cells, left, own.get(..rows).unwrap_or_default(), 1);
            muscles_and_table(cells, right.split_left(2 * GAP).1);
        }
    }
}

/// Columns of the lap's D.
const LAP_D_W: i16 = 100;
/// Columns of the lap's own numbers on a wide display.
const LEFT_W: i16 = 124;

/// A row for each muscle, and below them the laps before if there is room.
fn muscles_and_table(cells: &mut Cells, area: Area) {
    let h = if area.h < 2 * MUSCLE_H { LEAST_H } else { MUSCLE_H };
    let (calf, rest) = area.split_top(h);
    let (thigh, table) = rest.split_top(h);
    row(cells, calf, &CALF, GAP);
    row(cells, thigh, &THIGH, GAP);
    let (_, table) = table.split_top(GAP);
    if table.h >= LapTable.smallest().1 {
        put(cells, table, &LapTable);
    }
}

/// The lap's time, and below it how low each muscle has been; an alert takes the time's rows.
fn small(page: Area, cells: &mut Cells) {
    let muscles = if page.h < SMALL_TIME_H + GAP + MUSCLE_H {
        page
    } else {
        let (time, rest) = page.split_top(SMALL_TIME_H);
        put(cells, time, &LARGE_LAP_TIME);
        rest.split_top(GAP).1
    };
    row(cells, widened(muscles), &[&LARGE_MIN_CALF, &LARGE_MIN_THIGH], between(page));
}

/// Rows of the lap's time on a small display.
const SMALL_TIME_H: i16 = 72;

/// The laps before this one, the newest first: time, power, the least SmO2 of calf and thigh, and D of the leg that
/// is shown.
pub struct LapTable;

/// Rows of a line.
const LINE_H: i16 = 22;
/// Rows of the head.
const HEAD_H: i16 = 26;
/// Rows between the head's line and the first digits.
const AIR_H: i16 = 3;
/// The columns' widths: time, power, calf, thigh, D.
const COLUMNS: [i16; 5] = [10, 8, 11, 11, 8];
/// All of them.
const PARTS: i16 = 48;
static FONTS: [&Font; 2] = [&LABEL_17, &SMALL_13];

impl Field for LapTable {
    fn id(&self) -> &'static str {
        "laps"
    }

    fn title(&self, language: Language) -> &'static str {
        Say::Laps.long(language)
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn smallest(&self) -> (i16, i16) {
        (150, HEAD_H + LINE_H + AIR_H)
    }

    fn draw(&self, snapshot: &Snapshot<'_>, canvas: &mut dyn Canvas, area: Area) {
        let language = snapshot.language;
        let (head, mut rest) = area.split_top(HEAD_H);
        // Letters are higher than digits.
        let (_, head) = head.split_top(HEAD_H - LINE_H);
        let plain = |say| forms(say, language, &[]);
        let units = Choices::from_iter([words("W")]);
        let d = Choices::from_iter([words("D")]);
        let names = [None, Some(units), Some(plain(Say::Calf)), Some(plain(Say::Thigh)), Some(d)];
        for (cell, name) in columns(head).zip(&names) {
            if let Some(name) = name {
                text_in(canvas, cell, Align::Right, &FONTS, name, Ink::Ink);
            }
        }
        canvas.fill(Area::new(area.x, area.y + HEAD_H - 1, area.w, 1), Ink::Ink);
        rest = rest.split_top(AIR_H).1;
        let mut laps = snapshot.session.laps().last().rev().peekable();
        if laps.peek().is_none() {
            text_large(canvas, rest, Align::Left, &FONTS, &forms(Say::FirstLap, language, &[]), Ink::Ink);
        }
        for lap in laps {
            if rest.h < LINE_H {
                break;
            }
            let (line, below) = rest.split_top(LINE_H);
            for (cell, figure) in columns(line).zip(figures(lap, snapshot)) {
                if let Some(figure) = figure {
                    text_large(canvas, cell, Align::Right, &FONTS, &[figure], Ink::Ink);
                }
            }
            rest = below;
        }
    }

    fn describe(&self, snapshot: &Snapshot<'_>, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}:", self.title(snapshot.language))?;
        let mut laps = snapshot.session.laps().last().rev().peekable();
        if laps.peek().is_none() {
            write!(out, " {}", Say::FirstLap.long(snapshot.language))?;
        }
        for lap in laps {
            write!(out, " {}", lap.number)?;
            for (figure, unit) in figures(lap, snapshot).iter().zip(["", "W", "%", "%", "D"]) {
                match figure {
                    Some(figure) => write!(out, " {figure} {unit}")?,
                    None => write!(out, " {}", Say::Unknown.long(snapshot.language))?,
                }
            }
            out.write_str(";")?;
        }
        Ok(())
    }
}

fn words(text: impl fmt::Display) -> Words {
    Words::of(format_args!("{text}"))
}

/// What there is of a lap; what was not measured is left empty, as in any table.
fn figures(lap: &session::Lap, snapshot: &Snapshot<'_>) -> [Option<Words>; 5] {
    let least = |view: Option<_>| {
        let site = view.map(|view: crate::field::SiteView<'_>| view.site)?;
        lap.sites().iter().find(|it| it.site == site)?.min()
    };
    let whole = |number: Option<f32>| number.map(|number| words(math::round_i32(number)));
    [
        Some(match lap.duration.as_s() {
            // Seconds of a long lap have no room.
            s @ 3600.. => words(format_args!("{}:{:02} h", s / 3600, s / 60 % 60)),
            s => clock_of(s),
        }),
        whole(lap.power.mean()),
        whole(least(snapshot.calf)),
        whole(least(snapshot.thigh)),
        lap.d(snapshot.leg).map(|(d, _)| words(format_args!("{:+}", math::round_i32(d)))),
    ]
}

/// A line's cells, with some air between.
fn columns(line: Area) -> impl Iterator<Item = Area> {
    let mut before = 0;
    COLUMNS.into_iter().map(move |parts| {
        let (left, right) = (line.w * before / PARTS, line.w * (before + parts) / PARTS);
        before += parts;
        Area::new(line.x + left, line.y, right - left - 3, line.h)
    })
}
