//! Balance, the default page: calf and thigh, how they share the work, the last five minutes; thirty after select.

use super::layout::{GAP, SECONDARY_H, between, is_small, row, secondary, widened, with_status};
use super::{Cells, Page, put};
use crate::draw::Area;
use crate::field::{BalanceBar, Field, LineChart, SMALL_ALERT_H, Smo2Field, Snapshot};
use crate::language::Say;

/// The page.
pub struct Balance;

const BALANCE_H: i16 = 72;
/// The same where there are fewer rows.
const LOW_BALANCE_H: i16 = 59;
const SMALL_BALANCE_H: i16 = 60;
/// What a muscle's cell needs besides its digits: label above, range below, air.
const AROUND_DIGITS_H: i16 = 36;

impl Page for Balance {
    fn id(&self) -> &'static str {
        "balance"
    }

    fn title(&self) -> Say {
        Say::Balance
    }

    fn lay_out(&self, snapshot: &Snapshot<'_>, area: Area, cells: &mut Cells) {
        let page = with_status(area, cells);
        let chart: &'static dyn Field =
            if snapshot.screen.is_long { &LineChart::THIRTY_MINUTES } else { &LineChart::FIVE_MINUTES };
        match (is_small(area), area.w < area.h, snapshot.config.large_text) {
            (true, ..) => small(page, cells, snapshot),
            (_, true, false) => portrait(page, chart, area.w, cells),
            (_, true, true) => large_portrait(page, cells),
            (_, false, false) => landscape(page, chart, cells),
            (_, false, true) => large_landscape(page, cells),
        }
    }
}

/// Calf left, thigh right, side by side.
fn muscles(cells: &mut Cells, area: Area, between: i16) {
    row(cells, area, &[&Smo2Field::CALF, &Smo2Field::THIGH], between);
}

/// The chart is as wide as the display: on the reference display a column of five minutes is a bin.
fn portrait(page: Area, of: &'static dyn Field, w: i16, cells: &mut Cells) {
    let digits_h = if page.w < 260 { 70 } else { 84 };
    let (numbers, rest) = page.split_top(digits_h + AROUND_DIGITS_H);
    let (_, rest) = rest.split_top(GAP);
    let (balance, rest) = rest.split_top(BALANCE_H);
    let (_, rest) = rest.split_top(GAP);
    let (chart, rest) = rest.split_top(rest.h - SECONDARY_H);
    muscles(cells, numbers, GAP);
    put(cells, balance, &BalanceBar);
    put(cells, Area::new(chart.x - (w - chart.w) / 2, chart.y, w, chart.h), of);
    secondary(cells, rest);
}

/// Numbers and bar on the left, the chart on the right, the secondary row below.
fn landscape(page: Area, of: &'static dyn Field, cells: &mut Cells) {
    let (main, bottom) = page.split_top(page.h - SECONDARY_H);
    // Each muscle has room for its reasons in letters that are read at 70 cm.
    let (left, right) = main.split_left(if page.w < 430 { 232 } else { 238 });
    let (_, chart) = right.split_left(2 * GAP);
    // Where there are few rows, those above the secondary digits are air enough.
    let (balance_h, air) = if left.h < 200 { (LOW_BALANCE_H, 0) } else { (BALANCE_H, GAP) };
    let (numbers, balance) = left.split_top(left.h - balance_h - air - GAP);
    let (balance, _) = balance.split_top(GAP).1.split_top(balance_h);
    muscles(cells, numbers, 2 * GAP);
    put(cells, balance, &BalanceBar);
    put(cells, chart, of);
    secondary(cells, bottom);
}

/// One muscle above the other, as wide as the display; no chart.
fn large_portrait(page: Area, cells: &mut Cells) {
    let (rest, bottom) = page.split_top(page.h - SECONDARY_H);
    let (muscles, balance) = rest.split_top(rest.h - BALANCE_H - GAP);
    let (calf, thigh) = muscles.split_top(muscles.h / 2);
    put(cells, calf, &Smo2Field::CALF);
    put(cells, thigh, &Smo2Field::THIGH);
    put(cells, balance.split_top(GAP).1, &BalanceBar);
    secondary(cells, bottom);
}

/// The muscles as wide as the display allows; no chart.
fn large_landscape(page: Area, cells: &mut Cells) {
    let (numbers, balance) = page.split_top(page.h - BALANCE_H - GAP);
    muscles(cells, numbers, 2 * GAP);
    put(cells, balance.split_top(GAP).1, &BalanceBar);
}

/// Two numerals and the bar, or an alert in letters as large as it needs, which takes the rails below the numerals.
fn small(page: Area, cells: &mut Cells, snapshot: &Snapshot<'_>) {
    let is_told = snapshot.alert.is_some_and(|alert| alert.is_news);
    let (balance_h, gap) = if is_told { (SMALL_ALERT_H, 1) } else { (SMALL_BALANCE_H, GAP) };
    let (numbers, balance) = page.split_top(page.h - balance_h - GAP);
    muscles(cells, widened(numbers.split_top(numbers.h - gap).0), between(page));
    let balance = balance.split_top(GAP).1;
    put(cells, if is_told { widened(balance) } else { balance }, &BalanceBar);
}

#[cfg(test)]
mod tests {
    use super::super::{Cell, cells};
    use super::*;
    use crate::alert::Level;
    use crate::draw::{Canvas, Ink, MonoFrame, Theme};

    use crate::field::{AlertView, with_preview};
    use crate::language::Language;
    use crate::link::{Radio, RadioState, Trouble};
    use crate::pattern::{Evidence, PatternKind, Place};
    use crate::sensor::{Muscle, Side, Site};
    use crate::time::{Duration, Instant};
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    fn cells_on((w, h): (i16, i16)) -> Cells {
        with_preview(|preview| cells(&Balance, preview, w, h))
    }

    /// The panel's cell, while there is this alert.
    fn panel_cell(alert: AlertView, (w, h): (i16, i16)) -> Cell {
        let cells = with_preview(|preview| cells(&Balance, &Snapshot { alert: Some(alert), ..preview.clone() }, w, h));
        cells.into_iter().find(|cell| cell.field.id() == "balance").unwrap()
    }

    const DISPLAYS: [(i16, i16); 5] = [(240, 400), (400, 240), (176, 176), (282, 470), (470, 282)];

    /// The page on one sheet that is larger than any display, to see what leaves its place.
    type Sheet = MonoFrame<480, 480, 28800>;

    fn stays_inside(moment: &Snapshot<'_>, cell: &Cell, display: (i16, i16)) {
        let mut sheet = Sheet::new(Theme::Day);
        cell.field.draw(moment, &mut sheet, cell.area);
        sheet.fill(cell.area, Ink::Paper);
        let mut words = String::new();
        cell.field.describe(moment, &mut words).unwrap();
        let language = moment.language;
        assert!(sheet.bytes().iter().all(|&b| b == 0), "{words} ({language}) on {display:?} outside {:?}", cell.area);
    }

    fn alert(kind: PatternKind, place: Place) -> AlertView {
        let evidence = match kind {
            PatternKind::OutflowRestriction | PatternKind::Compression => Evidence::Blood { smo2: -9.0, thb: 0.2 },
            PatternKind::LoadShift => Evidence::Usual { now: 0.72, usual: 0.58 },
            PatternKind::SlowRecovery => Evidence::Usual { now: 128.0, usual: 119.0 },
            _ => Evidence::Smo2 { site: -9.0, against: Some(0.0) },
        };
        AlertView {
            kind,
            place,
            level: Level::Caution,
            strength: 24.0,
            evidence,
            since: Instant::from_ms(3_600_000),
            told_at: Instant::from_ms(4_300_000),
            is_news: true,
            names_head: false,
            more: 0,
        }
    }

    /// Where the design lets each pattern look, on the right leg; the first is the usual place.
    fn places(kind: PatternKind) -> Vec<Place> {
        let right = |muscle| Site::new(muscle, Side::Right);
        let pairs = |here: &[Muscle], there: &[Muscle]| -> Vec<Place> {
            let pair = |(&site, &against)| Place { site: right(site), against: Some(right(against)) };
            here.iter().flat_map(|a| there.iter().map(move |b| (a, b))).filter(|(a, b)| a != b).map(pair).collect()
        };
        let alone = || Muscle::ALL.iter().map(|&muscle| Place { site: right(muscle), against: None }).collect();
        let hamstrings = [Muscle::BicepsFemoris, Muscle::Semitendinosus];
        let heads = [Muscle::GastrocnemiusMedialis, Muscle::GastrocnemiusLateralis];
        match kind {
            PatternKind::CalfOverload => pairs(&Muscle::CALF, &Muscle::THIGH),
            PatternKind::VlFatigue => pairs(&Muscle::THIGH, &Muscle::CALF),
            PatternKind::TibialisOverload => pairs(&[Muscle::TibialisAnterior], &Muscle::THIGH),
            PatternKind::AntagonistImbalance => pairs(&hamstrings, &Muscle::THIGH),
            PatternKind::HeadImbalance => pairs(&heads, &heads),
            PatternKind::SideImbalance => {
                let other = |muscle| Some(Site::new(muscle, Side::Left));
                Muscle::ALL.iter().map(|&m| Place { site: right(m), against: other(m) }).collect()
            }
            PatternKind::LoadShift => pairs(&Muscle::CALF, &[Muscle::VastusLateralis, Muscle::BicepsFemoris]),
            PatternKind::OutflowRestriction | PatternKind::Compression | PatternKind::SlowRecovery => alone(),
        }
    }

    /// Every alert that there can be: on either leg, the one shown or not, any muscle lower, alone or not.
    fn alerts() -> Vec<AlertView> {
        let mut all = Vec::new();
        for &kind in PatternKind::ALL {
            for place in places(kind) {
                for flip in [false, true] {
                    let turn = |site: Site| Site::new(site.muscle, if flip { site.side.other() } else { site.side });
                    let place = Place { site: turn(place.site), against: place.against.map(turn) };
                    let one = alert(kind, place);
                    let higher = AlertView { evidence: Evidence::Smo2 { site: 9.0, against: Some(0.0) }, ..one };
                    let head = AlertView { names_head: true, ..one };
                    let old = AlertView { since: Instant::ZERO, ..one };
                    all.extend([one, higher, head, old]);
                    all.extend([1, 47].map(|more| AlertView { more, ..one }));
                }
            }
        }
        all
    }

    /// The panel, alone on the sheet.
    fn panel(snapshot: &Snapshot<'_>, area: Area) -> Sheet {
        let mut sheet = Sheet::new(Theme::Day);
        BalanceBar.draw(snapshot, &mut sheet, area);
        sheet
    }

    #[test]
    fn every_alert_is_said_in_two_large_lines_on_every_display_and_nothing_clips() {
        let mut small = std::collections::BTreeSet::new();
        with_preview(|preview| {
            for (w, h) in DISPLAYS {
                for (language, news) in Language::ALL.iter().flat_map(|&it| alerts().into_iter().map(move |a| (it, a)))
                {
                    let moment = Snapshot { alert: Some(news), language, ..preview.clone() };
                    let cell = panel_cell(news, (w, h));
                    stays_inside(&moment, &cell, (w, h));
                    let sheet = panel(&moment, cell.area);
                    let middle = cell.area.y + cell.area.h / 2;
                    for (from, to) in [(cell.area.y, middle), (middle, cell.area.bottom())] {
                        let ground = |y| sheet.pixel(cell.area.x, y);
                        let is_lettered =
                            |&y: &i16| (cell.area.x..cell.area.right()).any(|x| sheet.pixel(x, y) != ground(y));
                        let rows = (from..to).filter(is_lettered).count();
                        let mut words = heapless::String::<160>::new();
                        BalanceBar.describe(&moment, &mut words).unwrap();
                        // Letters without descenders, of the font whose digits are 22 px; 25 px where pixels are finer.
                        if rows < if w < 200 { 23 } else { 20 } {
                            small.insert(std::format!("{language} {w}x{h}, {rows} rows: {words}"));
                        }
                    }
                    let later = AlertView { is_news: false, ..news };
                    stays_inside(
                        &Snapshot { alert: Some(later), ..moment.clone() },
                        &panel_cell(later, (w, h)),
                        (w, h),
                    );
                }
            }
        });
        assert!(small.is_empty(), "{small:#?}");
    }

    #[test]
    fn alerts_that_differ_are_told_apart_on_the_screen_and_in_words() {
        with_preview(|preview| {
            let usual: Vec<AlertView> = PatternKind::ALL.iter().map(|&kind| alert(kind, places(kind)[0])).collect();
            let left = usual.iter().map(|one| {
                let turn = |site: Site| Site::new(site.muscle, site.side.other());
                AlertView { place: Place { site: turn(one.place.site), against: one.place.against.map(turn) }, ..*one }
            });
            let all: Vec<AlertView> = usual.iter().copied().chain(left).collect();
            for ((w, h), language) in DISPLAYS.iter().flat_map(|&it| Language::ALL.map(|language| (it, language))) {
                for is_news in [true, false] {
                    let cell = panel_cell(AlertView { is_news, ..all[0] }, (w, h));
                    let shown: Vec<(String, Sheet)> = all
                        .iter()
                        .map(|&one| {
                            let alert = Some(AlertView { is_news, ..one });
                            let moment = Snapshot { language, alert, ..preview.clone() };
                            let mut words = String::new();
                            BalanceBar.describe(&moment, &mut words).unwrap();
                            (words, panel(&moment, cell.area))
                        })
                        .collect();
                    for (i, a) in shown.iter().enumerate() {
                        for b in shown.iter().skip(i + 1) {
                            // Below the bar, outflow restriction and compression share their words: oxygen is down.
                            let alike = !is_news && a.0.contains('\u{2082}') && b.0.contains('\u{2082}') && a.0 == b.0;
                            assert!(alike || a.0 != b.0, "{}", a.0);
                            assert!(alike || a.1.bytes() != b.1.bytes(), "{w}x{h} in {language}: {} / {}", a.0, b.0);
                        }
                    }
                }
            }
        });
    }

    #[test]
    fn alerts_say_what_was_seen() {
        let cases = [
            (PatternKind::CalfOverload, "CALF FALLING against thigh, 12 min", "calf falling 12 min"),
            (PatternKind::VlFatigue, "THIGH FALLING against calf, 12 min", "thigh falling 12 min"),
            (PatternKind::TibialisOverload, "SHIN FALLING against thigh, 12 min", "shin falling 12 min"),
            (PatternKind::AntagonistImbalance, "HAMSTRING LOWER against thigh, 12 min", "hamstring lower 12 min"),
            (PatternKind::HeadImbalance, "INNER CALF LOWER against outer, 12 min", "inner calf lower 12 min"),
            (PatternKind::SideImbalance, "RIGHT THIGH LOWER against left, 12 min", "R thigh lower 12 min"),
            (PatternKind::LoadShift, "SHARING CHANGED, calf and thigh, 24 %", "sharing changed"),
            (PatternKind::OutflowRestriction, "THIGH O\u{2082} DOWN, blood up, 12 min", "thigh O\u{2082} down 12 min"),
            (PatternKind::Compression, "THIGH O\u{2082} DOWN, blood down, 12 min", "thigh O\u{2082} down 12 min"),
            (
                PatternKind::SlowRecovery,
                "THIGH RECOVERY SLOWER, half recovered in 128 s, was 119 s",
                "thigh recovery slower",
            ),
        ];
        assert_eq!(cases.map(|(kind, ..)| kind), PatternKind::ALL);
        with_preview(|preview| {
            let say = |alert: AlertView| {
                let mut words = String::new();
                BalanceBar.describe(&Snapshot { alert: Some(alert), ..preview.clone() }, &mut words).unwrap();
                words
            };
            for (kind, news, later) in cases {
                let one = alert(kind, places(kind)[0]);
                assert_eq!(say(one), std::format!("ALERT caution: {news}"));
                assert_eq!(say(AlertView { is_news: false, ..one }), std::format!("Balance -4 (±5); {later}"));
            }
            let thigh = |side| Site::new(Muscle::VastusLateralis, side);
            let sides = Place { site: thigh(Side::Right), against: Some(thigh(Side::Left)) };
            let higher = Evidence::Smo2 { site: 3.0, against: Some(-7.0) };
            let left_lower = AlertView { evidence: higher, ..alert(PatternKind::SideImbalance, sides) };
            assert_eq!(say(left_lower), "ALERT caution: LEFT THIGH LOWER against right, 12 min");
            let turned = Place { site: thigh(Side::Left), against: Some(Site::new(Muscle::Soleus, Side::Left)) };
            let of_other_leg = AlertView { more: 2, ..alert(PatternKind::VlFatigue, turned) };
            assert_eq!(say(of_other_leg), "ALERT caution: LEFT THIGH FALLING against calf, 12 min, +2 more");
        });
    }

    #[test]
    fn every_display_says_that_cues_are_kept_back_also_while_a_radio_is_in_trouble() {
        with_preview(|preview| {
            let draw = |snapshot: &Snapshot<'_>, (w, h): (i16, i16)| {
                let mut sheet = Sheet::new(Theme::Day);
                cells_on((w, h)).iter().for_each(|cell| cell.field.draw(snapshot, &mut sheet, cell.area));
                sheet
            };
            for radio in [None, Some((Radio::Ant, RadioState::Trouble(Trouble::NoDevice)))] {
                let loud = Snapshot { radio, ..preview.clone() };
                let quiet = Snapshot { cues_off: Some(Duration::from_s(880)), ..loud.clone() };
                let later = Snapshot { cues_off: Some(Duration::from_s(820)), ..loud.clone() };
                for display in DISPLAYS {
                    assert!(draw(&loud, display).bytes() != draw(&quiet, display).bytes(), "{display:?}");
                    assert!(draw(&later, display).bytes() != draw(&quiet, display).bytes(), "{display:?}");
                }
            }
        });
    }
}
