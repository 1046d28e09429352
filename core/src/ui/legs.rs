//! Sides: left against right, as on the body. Heads: the inner against the outer head of a calf.

use super::layout::{GAP, SECONDARY_H, grid, is_small, row, secondary, small_pair, with_line, with_status};
use super::{Cells, Page, StatusBar, put};
use crate::draw::Area;
use crate::field::{CADENCE, Field, LineChart, Smo2Field, Snapshot, Which};
use crate::language::Say;
use crate::sensor::{Muscle, Side};

/// Left leg left, right leg right, thigh above calf.
pub struct Sides;

/// Inner head left, outer head right.
pub struct Heads;

impl Page for Sides {
    fn id(&self) -> &'static str {
        "sides"
    }

    fn title(&self) -> Say {
        Say::Sides
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn suits(&self, snapshot: &Snapshot<'_>) -> bool {
        [Which::CalfOf, Which::ThighOf]
            .into_iter()
            .any(|which| snapshot.at(which(Side::Left)).is_some() && snapshot.at(which(Side::Right)).is_some())
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let thighs: [&'static dyn Field; 2] = [&Smo2Field::LEFT_THIGH, &Smo2Field::RIGHT_THIGH];
        let calves: [&'static dyn Field; 2] = [&Smo2Field::LEFT_CALF, &Smo2Field::RIGHT_CALF];
        let mut fields = heapless::Vec::<&'static dyn Field, 4>::new();
        for (which, row) in [(Which::ThighOf as fn(Side) -> Which, thighs), (Which::CalfOf, calves)] {
            // A part that neither leg wears has no row, if the other part is worn.
            if snapshot.sites.is_empty()
                || [Side::Left, Side::Right].into_iter().any(|side| snapshot.at(which(side)).is_some())
            {
                fields.extend(row);
            }
        }
        let page = with_line(area, cells, &StatusBar::BOTH_LEGS);
        if is_small(area) {
            return small_row(cells, page, &fields, snapshot.screen.row);
        }
        pairs(&fields, page, cells);
    }
}

impl Page for Heads {
    fn id(&self) -> &'static str {
        "heads"
    }

    fn title(&self) -> Say {
        Say::Heads
    }

    fn is_optional(&self) -> bool {
        true
    }

    fn suits(&self, snapshot: &Snapshot<'_>) -> bool {
        [Muscle::GastrocnemiusMedialis, Muscle::GastrocnemiusLateralis]
            .into_iter()
            .all(|head| snapshot.at(Which::Head(head)).is_some())
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        let heads: [&'static dyn Field; 2] = [&Smo2Field::INNER_CALF, &Smo2Field::OUTER_CALF];
        if is_small(area) {
            return small_row(cells, page, &heads, 0);
        }
        if snapshot.config.large_text && area.w < area.h {
            // One above the other, as wide as the display.
            return grid(cells, page, &heads, 1);
        }
        let chart_h = page.h - SECONDARY_H - HEADS_H;
        if chart_h < HEADS_H {
            return pairs(&heads, page, cells);
        }
        let (muscles, rest) = page.split_top(HEADS_H);
        let (chart, bottom) = rest.split_top(rest.h - SECONDARY_H);
        row(cells, muscles, &heads, 2 * GAP);
        put(cells, chart.split_top(GAP).1, &LineChart::HEADS);
        secondary(cells, bottom);
    }
}

/// Rows of the heads above their chart: numerals of 84 px, where columns are as wide.
const HEADS_H: i16 = 120;
/// Rows of a muscle with numerals of 50 px; below fewer there is no room for other things.
const LEAST_H: i16 = 80;

/// On a small display: the row of two with this number, round and round, and cadence.
pub(super) fn small_row(cells: &mut Cells, page: Area, fields: &[&'static dyn Field], at: u8) {
    let rows = fields.len().div_ceil(2).max(1);
    let pair = fields.chunks(2).nth(usize::from(at) % rows).unwrap_or_default();
    small_pair(cells, page, pair, &CADENCE);
}

/// Rows of two, and below them what the rider does.
pub(super) fn pairs(fields: &[&'static dyn Field], page: Area, cells: &mut Cells) {
    // What the muscles do goes first.
    let rows = fields.len().div_ceil(2) as i16;
    if page.h < rows * (LEAST_H + GAP) + SECONDARY_H {
        grid(cells, page, fields, 2);
        return;
    }
    let (muscles, bottom) = page.split_top(page.h - SECONDARY_H);
    grid(cells, muscles.split_top(muscles.h - GAP).0, fields, 2);
    secondary(cells, bottom);
}
