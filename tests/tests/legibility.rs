//! Can a rider read it at 70 cm? Every text on every page is measured on rendered frames, in millimetres of the panel.
//!
//! The rule, and where it comes from:
//!
//! - **Height.** In-vehicle practice (ISO 15008, Road vehicles, in-vehicle visual presentation): 20′ of arc recommended,
//!   16′ acceptable, 12′ least. At 70 cm 1′ is 0.204 mm. Sling asks more of what is read first: numerals of muscles 44 px
//!   of 0.147 mm (32′), two-line alerts 22 px (16′); secondary numbers 20′; all else that is read while riding 12′. Units
//!   are the same every day; the standard leaves such text out ("quasi-static information"), and so does the rule.
//! - **Stroke.** A sixth to an eighth of the height, to half a pixel: a panel without grey has whole ones.
//! - **Contrast.** 5 to 1 for text (the standard's figure for night), 3 to 1 for shapes (WCAG 2.1, 1.4.11).
//! - **Air.** Between two texts at least 2.5′: at 3′ of blur, which is what a glance has, less melts (`glance.rs`).
//! - **Ink.** Of a quiet page 5 to 25 % is inked, of one with an alert at most 40 %: our own bounds, a page beyond them
//!   is empty or full.
//!
//! Heights are those of the tallest letters or digits that stand in a frame, strokes the most frequent run along their
//! rows.
//! `cargo test -p sling-tests --test legibility -- --nocapture` prints the table.

use sling_core::draw::{Area, Theme};
use sling_core::field::{AlertView, Balance, DisarmReason, SiteView, Snapshot, with_preview};
use sling_core::link::{Radio, RadioState, Trouble};
use sling_core::pattern::PatternKind;
use sling_core::sensor::{Muscle, Reason, Side, Site};
use sling_core::signal::history::Leanings;
use sling_core::time::Duration;
use sling_core::ui::{Cell, PAGES, Page, cells};
use sling_core::units::{Bpm, Rpm, Watts};
use sling_tests::moments::{alert, changed, missing, valued};
use sling_tests::panel::{PANELS, Panel};
use sling_tests::picture::{Blob, Picture, Rgb, bands, luminance, stem};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Read first, at a glance.
    Primary,
    /// An alert's line.
    Alert,
    /// Read next.
    Secondary,
    /// Everything else that is read while riding.
    Label,
    /// The same every day.
    Unit,
}

impl Role {
    /// The least height, mm.
    const fn least_mm(self) -> f32 {
        match self {
            Self::Primary => 44.0 * 0.147,
            Self::Alert => 22.0 * 0.147,
            Self::Secondary => 20.0 * 0.204,
            Self::Label => 12.0 * 0.204,
            Self::Unit => 0.0,
        }
    }
}

const LEAST_AIR_ARCMIN: f32 = 2.5;
const TEXT_CONTRAST: f32 = 5.0;
const SHAPE_CONTRAST: f32 = 3.0;
/// Of a tint and paper: as faint as it may be and still be seen as an area (our own bound).
const TINT_CONTRAST: f32 = 1.15;

/// Of a quiet page, the share of pixels that are not paper.
const QUIET_INK: RangeInclusive<f32> = 0.05..=0.25;
/// The same with an alert.
const MOST_INK: f32 = 0.40;

/// Which blobs of a cell are the text.
#[derive(Clone, Copy, Debug)]
enum Pick {
    /// The tallest ones, and those of nearly their height.
    Tallest,
    /// What stands beside the tallest ones and is lower.
    Beside,
    /// All of it, one line.
    Line,
    /// The line at the top, in capitals.
    FirstLine,
    /// The same in small letters.
    Head,
    /// All lines but that.
    LaterLines,
    /// What stands below the last line that is drawn across the cell.
    BelowLine,
    /// The upper line of letters in a frame.
    Framed,
    /// The upper and the lower line of an inverted panel.
    Panel,
}

impl Pick {
    /// The texts of a cell, each as its blobs.
    fn texts(self, picture: &Picture, cell: Area) -> Vec<Vec<Blob>> {
        let blobs = picture.blobs(cell);
        let tallest = blobs.iter().map(|blob| blob.area.h).max().unwrap_or(0);
        let is_tall = |blob: &Blob| is_tall(blob, tallest);
        match self {
            Self::Tallest => vec![blobs.into_iter().filter(is_tall).collect()],
            Self::Line => vec![blobs],
            Self::Beside => vec![blobs.into_iter().filter(|blob| !is_tall(blob)).collect()],
            Self::FirstLine | Self::Head => bands(&blobs).into_iter().take(1).collect(),
            Self::LaterLines => vec![bands(&blobs).into_iter().skip(1).flatten().collect()],
            Self::BelowLine => vec![picture.blobs(below_line(picture, cell))],
            Self::Framed => {
                let letters: Vec<Blob> = blobs.into_iter().filter(|blob| (6..=30).contains(&blob.area.h)).collect();
                bands(&letters).into_iter().take(1).collect()
            }
            Self::Panel => {
                let (top, bottom) = cell.split_top(cell.h / 2);
                vec![picture.blobs(top), picture.blobs(bottom)]
            }
        }
    }

    /// The height of a text: of digits and capitals the lowest, which are flat; of words the tallest, an ascender.
    fn height(self, text: &[Blob]) -> i16 {
        let heights = || text.iter().map(|blob| blob.area.h);
        let tallest = heights().max().unwrap_or(0);
        match self {
            Self::Tallest | Self::FirstLine => {
                text.iter().filter(|blob| is_tall(blob, tallest)).map(|blob| blob.area.h).min().unwrap_or(0)
            }
            _ => tallest,
        }
    }
}

/// Whether a blob is a digit or a capital where the tallest one is that high: round ones overshoot.
const fn is_tall(blob: &Blob, tallest: i16) -> bool {
    blob.area.h * 20 >= tallest * 17
}

/// What is left of a cell below the last row that is inked along nine tenths of it.
fn below_line(picture: &Picture, cell: Area) -> Area {
    let ground = picture.ground(cell);
    let is_line = |&y: &i16| {
        let inked = (cell.x..cell.right()).filter(|&x| picture.at(x, y) != ground).count();
        inked * 10 >= cell.w as usize * 9
    };
    let top = (cell.y..cell.bottom()).rev().find(is_line).map_or(cell.y, |y| y + 1);
    cell.split_top(top - cell.y).1
}

/// A text of a field: what it is for, where it stands, and the moments at which to look.
struct Probe<'a> {
    name: &'static str,
    role: Role,
    pick: Pick,
    moments: Vec<Snapshot<'a>>,
}

/// The texts of a field. A field without an entry has no place on a page.
fn probes<'a>(cell: &Cell, preview: &Snapshot<'a>) -> Option<Vec<Probe<'a>>> {
    let probe = |name, role, pick, moments| Probe { name, role, pick, moments };
    let with = |change: &dyn Fn(&mut Snapshot<'a>)| {
        let mut moment = preview.clone();
        change(&mut moment);
        moment
    };
    // A low cell has a unit beside its number, a higher one a title above it.
    let is_titled = cell.area.h >= 50;
    let title = || probe("title", Role::Label, Pick::FirstLine, vec![preview.clone()]);
    let number = |name, unit, moments: Vec<Snapshot<'a>>| {
        let usual = vec![preview.clone()];
        let unit = if is_titled { title() } else { probe(unit, Role::Unit, Pick::Beside, usual) };
        vec![probe(name, Role::Secondary, Pick::Tallest, moments), unit]
    };
    let reason = |reason: Reason| changed(preview, &|view| missing(view, reason, 48));
    Some(match cell.field.id() {
        id if id.starts_with("smo2") => {
            let value = |n| changed(preview, &|view| valued(view, n, 0.0));
            // "two sensors" and "no news" have neither ascender nor digit to measure; they are set like the others.
            let is_measured = |it: &Reason| ![Reason::Ambiguous, Reason::Stale].contains(it);
            let reasons = Reason::ALL.into_iter().filter(is_measured).map(reason);
            vec![
                probe("SmO2 0 to 99", Role::Primary, Pick::Tallest, (0..100).map(value).collect()),
                probe("SmO2 100", Role::Secondary, Pick::Tallest, vec![value(100)]),
                probe("CALF, THIGH", Role::Label, Pick::FirstLine, vec![value(88)]),
                probe("reason", Role::Label, Pick::LaterLines, reasons.collect()),
            ]
        }
        "balance" => {
            let news = |&kind| with(&|m| m.alert = Some(alert(kind, preview, 4)));
            let old = |&kind| with(&|m| m.alert = Some(AlertView { is_news: false, ..alert(kind, preview, 4) }));
            let learning = Balance::NotReady { reason: DisarmReason::Learning, left: Some(Duration::from_s(480)) };
            let remark = |balance| with(&|m| m.balance = balance);
            let no_stick = Some((Radio::Ant, RadioState::Trouble(Trouble::NoDevice)));
            let troubled = with(&|m| (m.balance, m.radio) = (learning, no_stick));
            let remarks = vec![remark(learning), remark(Balance::NoPair), troubled];
            vec![
                probe("calf, thigh", Role::Label, Pick::BelowLine, vec![preview.clone()]),
                probe("alert", Role::Alert, Pick::Panel, PatternKind::ALL.iter().map(news).collect()),
                probe("alert's line", Role::Label, Pick::BelowLine, PatternKind::ALL.iter().map(old).collect()),
                probe("remark", Role::Label, Pick::Framed, remarks),
            ]
        }
        "power" => number("power", "W", [7, 88, 214, 1888].map(|n| with(&|m| m.power = Some(Watts(n)))).to_vec()),
        "cadence" => number("cadence", "rpm", [7, 88, 188].map(|n| with(&|m| m.cadence = Some(Rpm(n)))).to_vec()),
        "heart_rate" => {
            number("heart rate", "heart", [42, 88, 199].map(|n| with(&|m| m.heart_rate = Some(Bpm(n)))).to_vec())
        }
        "status" => {
            let times = [0, 754, 4353, 86_399].map(|s| with(&|m| m.ride_time = Duration::from_s(s)));
            vec![probe("ride time", Role::Label, Pick::Line, times.to_vec())]
        }
        "thb_calf" | "thb_thigh" => {
            let silent = vec![reason(Reason::Searching)];
            let mut all = number("tHb", "g/dL", vec![preview.clone()]);
            all.push(probe("why no tHb", Role::Label, Pick::LaterLines, silent));
            all
        }
        "lap_time" | "lap_power" | "lap_d" | "min_calf" | "min_thigh" | "drop_calf" | "drop_thigh"
        | "half_time_calf" | "half_time_thigh" => number("of the lap", "", vec![preview.clone()]),
        "laps" => {
            let now = || vec![preview.clone()];
            vec![
                probe("head of the laps", Role::Label, Pick::Head, now()),
                probe("laps", Role::Label, Pick::LaterLines, now()),
            ]
        }
        "strip_chart" | "trend_chart" | "heads_chart" | "power_chart" => Vec::new(),
        _ => return None,
    })
}

/// What was measured of a text: of all its moments, the lowest.
struct Measured {
    height: i16,
    stroke: i16,
    /// Of text against its ground.
    contrast: f32,
}

fn measure(panel: &Panel, page: &dyn Page, cell: &Cell, probe: &Probe<'_>) -> Measured {
    let mut letters: Vec<Blob> = Vec::new();
    let (mut height, mut contrast) = (i16::MAX, f32::MAX);
    for (moment, theme) in probe.moments.iter().flat_map(|m| [(m, Theme::Day), (m, Theme::Night)]) {
        let picture = Picture::of(panel, theme, page, moment);
        // An alert may move it.
        let (w, h) = panel.size();
        let now = cells(page, moment, w, h).into_iter().find(|it| it.field.id() == cell.field.id());
        let cell = now.map_or(cell.area, |now| now.area);
        for text in probe.pick.texts(&picture, cell) {
            let text_height = probe.pick.height(&text);
            if text_height < height {
                letters.clear();
            }
            height = height.min(text_height);
            let (x, y, _) = text.iter().find_map(|blob| blob.runs.first().copied()).unwrap_or((0, 0, 1));
            let ground = text.first().map_or(cell, |blob| Area::new(cell.x, blob.area.y, cell.w, blob.area.h));
            let ground = picture.ground(ground);
            contrast = contrast.min(panel.ratio(luminance(picture.at(x, y)), luminance(ground)));
            if text_height == height {
                letters.extend(text);
            }
        }
    }
    Measured { height, stroke: stem(&letters), contrast }
}

/// The pages that are read while riding, on every panel.
fn screens() -> impl Iterator<Item = (&'static Panel, &'static dyn Page)> {
    let ridden = |page: &&&dyn Page| RIDDEN.contains(&page.id());
    PANELS.iter().flat_map(move |panel| PAGES.iter().filter(ridden).map(move |page| (panel, *page)))
}

/// Their ids.
const RIDDEN: [&str; 7] = ["balance", "trend", "lap", "numbers", "sides", "heads", "muscles"];

/// Muscles of both legs that no page of a leg shows.
const OTHERS: [Muscle; 4] =
    [Muscle::TibialisAnterior, Muscle::BicepsFemoris, Muscle::GluteusMaximus, Muscle::ErectorSpinae];

/// What a page is made for: Muscles shows four that no other page does.
fn suited<'a>(page: &dyn Page, preview: &Snapshot<'a>) -> Snapshot<'a> {
    if page.id() == "muscles" { worn(preview, 4) } else { preview.clone() }
}

/// So many muscles of both legs, each as the preview's calf is.
fn worn<'a>(preview: &Snapshot<'a>, n: usize) -> Snapshot<'a> {
    let sites = OTHERS.iter().flat_map(|muscle| [Side::Left, Side::Right].map(|side| Site::new(*muscle, side)));
    let views = sites.take(n).filter_map(|site| Some(SiteView { site, ..preview.calf? }));
    Snapshot { sites: views.collect(), ..preview.clone() }
}

#[test]
fn every_text_is_large_bold_and_dark_enough_for_its_role() {
    let (mut low, mut thin_or_fat, mut faint) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut seen = BTreeSet::new();
    println!(
        "| display | text | role | height, px | mm | arcmin | stroke | contrast |\n|---|---|---|---|---|---|---|---|"
    );
    with_preview(|preview| {
        for (panel, page) in screens() {
            let (w, h) = panel.size();
            let preview = &suited(page, preview);
            for cell in cells(page, preview, w, h) {
                let id = cell.field.id();
                let probes = probes(&cell, preview).unwrap_or_else(|| panic!("no role is decided for the field {id}"));
                for probe in probes {
                    let Measured { height, stroke, contrast } = measure(panel, page, &cell, &probe);
                    let (px, name, role) = (f32::from(height), probe.name, probe.role);
                    let (mm, arcmin) = (panel.mm(px), panel.arcmin(px));
                    let part = if stroke > 0 { px / f32::from(stroke) } else { 0.0 };
                    let row = format!("| {} | {name} | {role:?} | {height} | {mm:.1} | {arcmin:.0}", panel.name);
                    let row = format!("{row} | 1/{part:.1} | {contrast:.0} |");
                    // Calf and thigh are alike.
                    if seen.insert(row.clone()) {
                        println!("{row}");
                    }
                    if mm < role.least_mm() - 0.005 {
                        let least = role.least_mm();
                        low.insert(format!("{} {} {name}: height {mm:.2} of {least:.2} mm", panel.name, page.id()));
                    }
                    let strokes = px / 8.0 - 0.5..=px / 6.0 + 0.5;
                    if role != Role::Unit && !strokes.contains(&f32::from(stroke)) {
                        thin_or_fat.insert(format!("{name}: stroke {stroke} px at a height of {height} px"));
                    }
                    if contrast < TEXT_CONTRAST {
                        faint.insert(format!("{} {} {name}: contrast {contrast:.1}", panel.name, page.id()));
                    }
                }
            }
        }
    });
    assert!(faint.is_empty(), "against the rule: {faint:#?}");
    assert!(thin_or_fat.is_empty(), "against the rule: {thin_or_fat:#?}");
    assert!(low.is_empty(), "against the rule: {low:#?}");
}

/// Pixels between two boxes that stand side by side or one above the other.
fn air(a: &Area, b: &Area) -> Option<i16> {
    let beside = (b.x - a.right()).max(a.x - b.right());
    let above = (b.y - a.bottom()).max(a.y - b.bottom());
    match (beside < 0, above < 0) {
        (false, true) => Some(beside),
        (true, false) => Some(above),
        _ => None,
    }
}

/// Moments with as much to say as there can be.
fn crowded<'a>(preview: &Snapshot<'a>) -> Vec<Snapshot<'a>> {
    let is_calf = |view: SiteView<'_>| Muscle::CALF.contains(&view.site.muscle);
    let mut moments = vec![preview.clone()];
    for (watts, rpm, bpm, percent) in [(88, 88, 88, 8), (214, 94, 163, 44), (444, 104, 188, 100), (1888, 188, 199, 88)]
    {
        moments.push(Snapshot {
            power: Some(Watts(watts)),
            cadence: Some(Rpm(rpm)),
            heart_rate: Some(Bpm(bpm)),
            ride_time: Duration::from_s(86_399),
            ..changed(preview, &|view| valued(view, percent, if is_calf(view) { -5.0 } else { 5.0 }))
        });
    }
    moments.extend(Reason::ALL.map(|reason| changed(preview, &|view| missing(view, reason, 48))));
    moments
}

/// The texts on a frame: a name, and the box of each letter or shape.
fn texts(picture: &Picture, page: &dyn Page, panel: &Panel) -> Vec<(String, Area)> {
    let (w, h) = panel.size();
    let mut texts = Vec::new();
    for cell in with_preview(|preview| cells(page, &suited(page, preview), w, h)) {
        let id = cell.field.id();
        let letters = |area: Area| bands(&picture.blobs(area)).into_iter().enumerate();
        match id {
            "strip_chart" | "trend_chart" | "heads_chart" | "power_chart" => {}
            "laps" => {
                texts.extend(letters(cell.area).flat_map(|(_, band)| band).map(|blob| (id.to_owned(), blob.area)));
            }
            "balance" => {
                let area = below_line(picture, cell.area);
                texts.push(("line of the bar".to_owned(), Area::new(area.x, area.y - 2, area.w, 2)));
                let words = letters(area).flat_map(|(_, band)| band);
                texts.extend(words.map(|blob| ("words below it".to_owned(), blob.area)));
            }
            _ => {
                for (i, band) in letters(cell.area) {
                    let name = if i == 0 { id.to_owned() } else { format!("value of {id}") };
                    texts.extend(band.into_iter().map(|blob| (name.clone(), blob.area)));
                }
            }
        }
    }
    texts
}

#[test]
fn texts_stand_apart() {
    let mut close = BTreeSet::new();
    with_preview(|preview| {
        for (panel, page) in screens() {
            let mut least: BTreeMap<(String, String), i16> = BTreeMap::new();
            for moment in crowded(&suited(page, preview)) {
                let picture = Picture::of(panel, Theme::Day, page, &moment);
                let texts = texts(&picture, page, panel);
                for (i, (one, a)) in texts.iter().enumerate() {
                    for (other, b) in texts[i + 1..].iter().filter(|(other, _)| one != other) {
                        if let Some(air) = air(a, b) {
                            let entry = least.entry((one.clone(), other.clone())).or_insert(i16::MAX);
                            *entry = air.min(*entry);
                        }
                    }
                }
            }
            let nearest = least.iter().min_by_key(|(_, px)| **px);
            println!("{}: nearest {nearest:?}", panel.name);
            for ((one, other), px) in &least {
                if panel.arcmin(f32::from(*px)) < LEAST_AIR_ARCMIN {
                    close.insert(format!("{} {} {one} / {other}: air {px} px", panel.name, page.id()));
                }
            }
        }
    });
    assert!(close.is_empty(), "against the rule: {close:#?}");
}

#[test]
fn hues_are_seen_against_their_ground() {
    let mut faint = BTreeSet::new();
    with_preview(|preview| {
        let to_thigh = Snapshot { balance: Balance::Ready { d: 9.0, normal: 5.0 }, ..preview.clone() };
        for (panel, page) in screens() {
            for (theme, moment) in [Theme::Day, Theme::Night].into_iter().flat_map(|t| [(t, preview), (t, &to_thigh)]) {
                let picture = Picture::of(panel, theme, page, moment);
                let paper = luminance(picture.ground(picture.area()));
                let is_hue = |c: &[u8; 3]| c.iter().max().zip(c.iter().min()).is_some_and(|(a, b)| a - b > 0x40);
                for hue in picture.colours(picture.area()).into_iter().filter(is_hue) {
                    let contrast = panel.ratio(luminance(hue), paper);
                    println!("{} {theme:?} {hue:02x?}: {contrast:.1}", panel.name);
                    if contrast < SHAPE_CONTRAST {
                        faint.insert(format!("{} {theme:?} {hue:02x?}: hue at {contrast:.1}", panel.name));
                    }
                }
            }
        }
    });
    assert!(faint.is_empty(), "against the rule: {faint:#?}");
}

#[test]
fn lines_are_seen_on_the_tint_between_them_and_tints_on_their_paper() {
    let mut faint = BTreeSet::new();
    let mut tinted = BTreeSet::new();
    with_preview(|preview| {
        for (panel, page) in screens() {
            for (theme, sign) in [Theme::Day, Theme::Night].into_iter().flat_map(|theme| [(theme, -1), (theme, 1)]) {
                let mut leanings = Leanings::new();
                for back_s in (0..1800).step_by(5).rev() {
                    leanings.put(preview.now.before(Duration::from_s(back_s)), sign);
                }
                let leaning = Snapshot { leanings: &leanings, ..preview.clone() };
                let plain = Picture::of(panel, theme, page, preview);
                let picture = Picture::of(panel, theme, page, &leaning);
                let (paper, colours) = (plain.ground(plain.area()), plain.colours(plain.area()));
                for tint in picture.colours(picture.area()).into_iter().filter(|colour| !colours.contains(colour)) {
                    tinted.insert((panel.name, format!("{theme:?}"), sign));
                    let on_tint = |colour: &Rgb| panel.ratio(luminance(*colour), luminance(tint));
                    let is_hue = |c: &&Rgb| c.iter().max().zip(c.iter().min()).is_some_and(|(a, b)| a - b > 0x40);
                    let least = colours.iter().filter(is_hue).map(on_tint).fold(f32::MAX, f32::min);
                    let (name, seen) = (format!("{} {theme:?} {tint:02x?}", panel.name), on_tint(&paper));
                    println!("{name}: lines {least:.1}, on paper {seen:.2}");
                    if least < SHAPE_CONTRAST || seen < TINT_CONTRAST {
                        faint.insert(format!("{name}: tint at {least:.1} and {seen:.2}"));
                    }
                }
            }
        }
    });
    let panels: BTreeSet<&str> = tinted.iter().map(|(name, ..)| *name).collect();
    assert_eq!((tinted.len(), panels), (8, BTreeSet::from(["282x470", "470x282"])));
    assert!(faint.is_empty(), "against the rule: {faint:#?}");
}

#[test]
fn a_page_is_neither_empty_nor_full() {
    let mut off = BTreeSet::new();
    with_preview(|preview| {
        for (panel, page) in screens() {
            let preview = &suited(page, preview);
            let news = PatternKind::ALL.iter().map(|&kind| Some(alert(kind, preview, 4)));
            let loud: Vec<Snapshot<'_>> = news.map(|alert| Snapshot { alert, ..preview.clone() }).collect();
            let share = |moment: &Snapshot<'_>| {
                let picture = Picture::of(panel, Theme::Day, page, moment);
                picture.ink_share(picture.ground(picture.area()))
            };
            let quiet: Vec<f32> = crowded(preview).iter().map(share).collect();
            let (least, most) = quiet.iter().fold((1.0_f32, 0.0_f32), |(a, b), &x| (a.min(x), b.max(x)));
            let alerted = loud.iter().map(share).fold(0.0, f32::max);
            println!(
                "{}: ink {:.0} to {:.0} %, alert {:.0} %",
                panel.name,
                least * 100.0,
                most * 100.0,
                alerted * 100.0
            );
            if !QUIET_INK.contains(&least) || !QUIET_INK.contains(&most) || alerted > MOST_INK {
                off.insert(format!("{} {}: ink {least:.2} to {most:.2}, alert {alerted:.2}", panel.name, page.id()));
            }
        }
    });
    assert!(off.is_empty(), "against the rule: {off:#?}");
}

/// The smallest display shows two at a time.
#[test]
fn eight_muscles_have_numbers_for_a_glance() {
    with_preview(|preview| {
        let eight = worn(preview, 8);
        for (panel, page) in screens().filter(|(_, page)| page.id() == "muscles") {
            let (w, h) = panel.size();
            let all = cells(page, &eight, w, h);
            let numbers = all.iter().filter(|cell| cell.field.id().starts_with("smo2"));
            let mm = numbers.clone().map(|cell| {
                let probes = probes(cell, &eight).unwrap_or_default();
                let number = probes.iter().find(|probe| probe.role == Role::Primary);
                number.map_or(0.0, |probe| panel.mm(f32::from(measure(panel, page, cell, probe).height)))
            });
            let least = mm.fold(f32::MAX, f32::min);
            println!("{}: {} numbers of {least:.2} mm at the least", panel.name, numbers.clone().count());
            assert_eq!(numbers.count(), if panel.name == "176x176" { 2 } else { 8 }, "{}", panel.name);
            let asked = Role::Primary.least_mm() - 0.005;
            assert!(least >= asked, "{}: {least:.2} of {asked:.2} mm", panel.name);
        }
    });
}
