//! What layouts have in common: edges, the status line, grids, a muscle beside a muscle.

use super::list::{List, len};
use super::{Cells, StatusBar, put};
use crate::draw::Area;
use crate::field::{CADENCE, Field, HEART_RATE, POWER, Snapshot};

/// Between cells, and at the edges of a rectangular display.
pub(super) const GAP: i16 = 4;
/// At the edges of an upright page: with what that leaves, two digits of the height that is aimed at and an arrow fit.
const NARROW_EDGE: i16 = 2;
/// The status line's descenders keep clear of the labels below.
pub(super) const BELOW_STATUS_H: i16 = 4;
/// The status line.
const STATUS_H: i16 = 28;
/// Away from round corners.
const ROUND: i16 = 7;
/// The same at the sides, where numerals stand away from the corners: three digits of 44 px fit half of the rest.
const ROUND_SIDE: i16 = 3;
/// The row of secondary numbers.
pub(super) const SECONDARY_H: i16 = 38;

/// Whether this is a small display: it has no room for a status line, and round corners.
pub(super) const fn is_small(area: Area) -> bool {
    area.w < 200
}

/// Free columns at the left and right edge of a display.
pub(super) const fn edge(area: Area) -> i16 {
    match area {
        Area { w: ..200, .. } => ROUND,
        Area { w, h, .. } if w < h => NARROW_EDGE,
        _ => GAP,
    }
}

/// The status line at the top of a page where there is room for one; returns what is left.
pub(super) fn with_status(area: Area, cells: &mut Cells) -> Area {
    with_line(area, cells, &StatusBar::ONE_LEG)
}

/// The same with a status line that may not name a leg.
pub(super) fn with_line(area: Area, cells: &mut Cells, line: &'static StatusBar) -> Area {
    if is_small(area) {
        let page = area.inset(ROUND);
        // Above an alert's panel there are no corners.
        return if area.h < area.w { Area::new(page.x, page.y, page.w, page.h + ROUND - 2) } else { page };
    }
    let edge = edge(area);
    let page = Area::new(area.x + edge, area.y, area.w - 2 * edge, area.h - 2);
    let (status, rest) = page.split_top(STATUS_H);
    put(cells, status, line);
    rest.split_top(BELOW_STATUS_H).1
}

/// The same page as wide as muscles may be.
pub(super) const fn widened(page: Area) -> Area {
    if is_small(page) {
        let by = ROUND - ROUND_SIDE;
        Area::new(page.x - by, page.y, page.w + 2 * by, page.h)
    } else {
        page
    }
}

/// Power, cadence and heart rate side by side.
pub(super) fn secondary(cells: &mut Cells, area: Area) {
    // Cadence has the widest unit: with more room than its neighbours it does not run into them.
    let side = area.w / 3 - 1;
    let (left, rest) = area.split_left(side);
    let (middle, right) = rest.split_left(area.w - 2 * side);
    put(cells, left, &POWER);
    put(cells, middle, &CADENCE);
    put(cells, right, &HEART_RATE);
}

/// Rows of a small display's one number beside its muscles: digits of 44 px with their unit, no title.
const SMALL_SECONDARY_H: i16 = 48;
/// Rows of a muscle there: title, two lines of why there is no number.
const SMALL_MUSCLE_H: i16 = 85;

/// What a small display has room for: two muscles, and a number below them unless an alert takes its rows.
pub(super) fn small_pair(cells: &mut Cells, page: Area, muscles: &[&'static dyn Field], number: &'static dyn Field) {
    let has_number = page.h >= SMALL_MUSCLE_H + GAP + SMALL_SECONDARY_H;
    let (above, below) = page.split_top(if has_number { page.h - SMALL_SECONDARY_H } else { page.h });
    row(cells, widened(above.split_top(above.h - if has_number { GAP } else { 0 }).0), muscles, between(page));
    if has_number {
        put(cells, below, number);
    }
}

/// Fields side by side, equally wide.
pub(super) fn row(cells: &mut Cells, area: Area, fields: &[&'static dyn Field], gap: i16) {
    let n = (fields.len() as i16).max(1);
    let w = (area.w - gap * (n - 1)) / n;
    for (i, field) in (0..).zip(fields) {
        put(cells, Area::new(area.x + i * (w + gap), area.y, w, area.h), *field);
    }
}

/// Columns between two fields.
pub(super) const fn between(area: Area) -> i16 {
    if is_small(area) { 2 } else { 2 * GAP }
}

/// Fields in reading order, in rows of equal height; the last row may have fewer, and then wider ones.
pub(super) fn grid(cells: &mut Cells, area: Area, fields: &[&'static dyn Field], columns: usize) {
    let columns = columns.max(1);
    let rows = (fields.len().div_ceil(columns) as i16).max(1);
    let h = (area.h - GAP * (rows - 1)) / rows;
    for (i, fields) in (0..).zip(fields.chunks(columns)) {
        row(cells, Area::new(area.x, area.y + i * (h + GAP), area.w, h), fields, between(area));
    }
}

/// Columns of a list beside the rest of a wide page.
const MENU_W: i16 = 200;
/// Rows that the rest of an upright page keeps above a list.
const ABOVE_MENU_H: i16 = 104;

/// While the rider is among a page's items, they stand at its foot or at its right. Returns what is left for the rest.
pub(super) fn with_menu(snapshot: &Snapshot<'_>, page: Area, cells: &mut Cells, list: &'static List) -> Option<Area> {
    if snapshot.screen.item.is_none() {
        return Some(page);
    }
    if page.w > page.h && page.w >= 2 * MENU_W - 20 {
        let (rest, menu) = page.split_left(page.w - MENU_W);
        put(cells, menu, list);
        return Some(rest.split_left(rest.w - 2 * GAP).0);
    }
    let wanted = List::height(len(list.items, snapshot));
    let menu_h = wanted.min(page.h - ABOVE_MENU_H);
    if is_small(page) || menu_h < list.smallest().1 {
        put(cells, page, list);
        return None;
    }
    let (rest, menu) = page.split_top(page.h - menu_h);
    put(cells, menu, list);
    Some(rest.split_top(rest.h - GAP).0)
}
