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
//! - **Ink.** Of a quiet page 5 to 20 % is inked, of one with an alert at most 40 %: our own bounds, a page beyond them
//!   is empty or full.
//!
//! Heights are those of the tallest letters or digits that stand in a frame, strokes the most frequent run along their
//! rows. What a panel cannot keep stands in [`BROKEN`], with what it has; anything more or less than that fails.
//! `cargo test -p sling-tests --test legibility -- --nocapture` prints the table.

use sling_core::draw::{Area, Theme};
use sling_core::field::{Balance, DisarmReason, Snapshot, with_preview};
use sling_core::link::{Radio, RadioState, Trouble};
use sling_core::pattern::PatternKind;
use sling_core::sensor::Reason;
use sling_core::time::Duration;
use sling_core::ui::{PAGES, Page};
use sling_core::units::{Bpm, Rpm, Watts};
use sling_tests::moments::{REASONS, alert, missing, valued};
use sling_tests::panel::{PANELS, Panel};
use sling_tests::picture::{Blob, Picture, bands, luminance, stem};

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

/// What no panel of that pitch can keep as long as its fields have these fonts: display, text, and its height in pixels.
const BROKEN: &[(&str, &str, i16)] = &[];

/// Which blobs of a cell are the text.
#[derive(Clone, Copy, Debug)]
enum Pick {
    /// The tallest ones, and those of nearly their height.
    Tallest,
    /// What stands beside the tallest ones and is lower.
    Beside,
    /// The line at the top.
    FirstLine,
    /// All lines but that.
    LaterLines,
    /// What stands below the last line that is drawn across the cell.
    BelowLine,
    /// What stands above it, inside a frame.
    Framed,
    /// The upper and the lower line of an inverted panel.
    Panel,
}

impl Pick {
    /// The texts of a cell, each as its blobs.
    fn texts(self, picture: &Picture, cell: Area) -> Vec<Vec<Blob>> {
        let blobs = picture.blobs(cell);
        let tallest = blobs.iter().map(|blob| blob.area.h).max().unwrap_or(0);
        let is_tall = |blob: &Blob| blob.area.h * 10 >= tallest * 9;
        match self {
            Self::Tallest => vec![blobs.into_iter().filter(is_tall).collect()],
            Self::Beside => vec![blobs.into_iter().filter(|blob| !is_tall(blob)).collect()],
            Self::FirstLine => bands(&blobs).into_iter().take(1).collect(),
            Self::LaterLines => vec![bands(&blobs).into_iter().skip(1).flatten().collect()],
            Self::BelowLine => vec![picture.blobs(below_line(picture, cell))],
            Self::Framed => {
                let (above, _) = cell.split_top(below_line(picture, cell).y - cell.y);
                vec![picture.blobs(above.inset(2)).into_iter().filter(|blob| blob.area.h > 5).collect()]
            }
            Self::Panel => {
                let (top, bottom) = cell.split_top(cell.h / 2);
                vec![picture.blobs(top), picture.blobs(bottom)]
            }
        }
    }
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
fn probes<'a>(field: &str, preview: &Snapshot<'a>) -> Option<Vec<Probe<'a>>> {
    let probe = |name, role, pick, moments| Probe { name, role, pick, moments };
    let with = |change: &dyn Fn(&mut Snapshot<'a>)| {
        let mut moment = preview.clone();
        change(&mut moment);
        moment
    };
    let number = |name, unit, moments: Vec<Snapshot<'a>>| {
        let usual = vec![preview.clone()];
        vec![probe(name, Role::Secondary, Pick::Tallest, moments), probe(unit, Role::Unit, Pick::Beside, usual)]
    };
    Some(match field {
        "smo2_calf" | "smo2_thigh" => {
            let (calf, thigh) = (preview.calf?, preview.thigh?);
            let value = |n| with(&|m| (m.calf, m.thigh) = (Some(valued(calf, n, 0.0)), Some(valued(thigh, n, 0.0))));
            let reason = |reason: Reason| {
                with(&|m| (m.calf, m.thigh) = (Some(missing(calf, reason, 48)), Some(missing(thigh, reason, 48))))
            };
            let worn = with(&|m| (m.calf, m.thigh) = (None, None));
            vec![
                probe("SmO2 0 to 99", Role::Primary, Pick::Tallest, (0..100).map(value).collect()),
                probe("SmO2 100", Role::Secondary, Pick::Tallest, vec![value(100)]),
                probe("CALF, THIGH", Role::Label, Pick::FirstLine, vec![value(88)]),
                probe("reason", Role::Label, Pick::LaterLines, REASONS.map(reason).into_iter().chain([worn]).collect()),
            ]
        }
        "balance" => {
            let news = |&kind| with(&|m| m.alert = Some(alert(kind, preview, 4)));
            let old = |&kind| with(&|m| m.alert = m.alert.or(Some(alert(kind, preview, 4))).map(|a| quiet(a)));
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
            vec![probe("ride time", Role::Label, Pick::Tallest, times.to_vec())]
        }
        "strip_chart" => Vec::new(),
        _ => return None,
    })
}

/// An alert that is no news any more.
const fn quiet(alert: sling_core::field::AlertView) -> sling_core::field::AlertView {
    sling_core::field::AlertView { is_news: false, ..alert }
}

/// What was measured of a text: of all its moments, the lowest.
struct Measured {
    height: i16,
    stroke: i16,
    /// Of text against its ground.
    contrast: f32,
}

fn measure(panel: &Panel, page: &dyn Page, cell: Area, probe: &Probe<'_>) -> Measured {
    let mut letters: Vec<Blob> = Vec::new();
    let (mut height, mut contrast) = (i16::MAX, f32::MAX);
    for (moment, theme) in probe.moments.iter().flat_map(|m| [(m, Theme::Day), (m, Theme::Night)]) {
        let picture = Picture::of(panel, theme, page, moment);
        for text in probe.pick.texts(&picture, cell) {
            let tallest = text.iter().map(|blob| blob.area.h).max().unwrap_or(0);
            if tallest < height {
                letters.clear();
            }
            height = height.min(tallest);
            let (x, y, _) = text.iter().flat_map(|blob| blob.runs.first().copied()).next().unwrap_or((0, 0, 1));
            let ground = text.first().map_or(cell, |blob| Area::new(cell.x, blob.area.y, cell.w, blob.area.h));
            let ground = picture.ground(ground);
            contrast = contrast.min(panel.ratio(luminance(picture.at(x, y)), luminance(ground)));
            if tallest == height {
                letters.extend(text);
            }
        }
    }
    Measured { height, stroke: stem(&letters), contrast }
}

#[test]
fn every_text_is_large_bold_and_dark_enough_for_its_role() {
    let mut wrong = Vec::new();
    let mut broken = Vec::new();
    with_preview(|preview| {
        println!("{:8} {:14} {:10} {:>3} {:>6} {:>6} {:>6} {:>8}", "display", "text", "role", "px", "mm", "arcmin", "stroke", "contrast");
        for (panel, page) in PANELS.iter().flat_map(|panel| PAGES.iter().map(move |&page| (panel, page))) {
            let (w, h) = panel.size();
            for cell in page.cells(w, h) {
                let id = cell.field.id();
                let Some(probes) = probes(id, preview) else {
                    wrong.push(format!("{}: no role is decided for the field {id}", page.id()));
                    continue;
                };
                for probe in probes {
                    let Measured { height, stroke, contrast } = measure(panel, page, cell.area, &probe);
                    let (px, name) = (f32::from(height), probe.name);
                    let (mm, arcmin) = (panel.mm(px), panel.arcmin(px));
                    println!(
                        "{:8} {name:14} {:10} {height:3} {mm:6.2} {arcmin:6.1}  1/{:.1} {contrast:6.1}:1  {id}",
                        panel.name,
                        format!("{:?}", probe.role),
                        px / f32::from(stroke),
                    );
                    let text = format!("{} {} {name} ({id})", panel.name, page.id());
                    if mm < probe.role.least_mm() - 0.005 {
                        broken.push((panel.name, name, height));
                        if !BROKEN.contains(&(panel.name, name, height)) {
                            wrong.push(format!("{text}: {mm:.2} of {:.2} mm", probe.role.least_mm()));
                        }
                    }
                    let strokes = px / 8.0 - 0.5..=px / 6.0 + 0.5;
                    if !strokes.contains(&f32::from(stroke)) {
                        wrong.push(format!("{text}: strokes of {stroke} px at {height} px"));
                    }
                    if contrast < TEXT_CONTRAST {
                        wrong.push(format!("{text}: contrast {contrast:.1}"));
                    }
                }
            }
        }
    });
    for mended in BROKEN.iter().filter(|known| !broken.contains(known)) {
        wrong.push(format!("{mended:?} is no longer so: take it from the list"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    let (Some(calf), Some(thigh)) = (preview.calf, preview.thigh) else { return Vec::new() };
    let mut moments = vec![preview.clone()];
    for (watts, rpm, bpm, percent) in [(88, 88, 88, 8), (214, 94, 163, 44), (444, 104, 188, 100), (1888, 188, 199, 88)] {
        moments.push(Snapshot {
            power: Some(Watts(watts)),
            cadence: Some(Rpm(rpm)),
            heart_rate: Some(Bpm(bpm)),
            ride_time: Duration::from_s(86_399),
            calf: Some(valued(calf, percent, -5.0)),
            thigh: Some(valued(thigh, percent, 5.0)),
            ..preview.clone()
        });
    }
    for reason in REASONS {
        let (calf, thigh) = (Some(missing(calf, reason, 48)), Some(missing(thigh, reason, 48)));
        moments.push(Snapshot { calf, thigh, ..preview.clone() });
    }
    moments
}

#[test]
fn texts_stand_apart() {
    use std::collections::BTreeMap;
    with_preview(|preview| {
        for (panel, page) in PANELS.iter().flat_map(|panel| PAGES.iter().map(move |&page| (panel, page))) {
            let mut least: BTreeMap<(String, String), i16> = BTreeMap::new();
            let (w, h) = panel.size();
            for moment in crowded(preview) {
                let picture = Picture::of(panel, Theme::Day, page, &moment);
                let mut texts: Vec<(String, Area)> = Vec::new();
                for cell in page.cells(w, h) {
                    let id = cell.field.id();
                    let area = match id {
                        "strip_chart" => continue,
                        "balance" => below_line(&picture, cell.area),
                        _ => cell.area,
                    };
                    for (i, band) in bands(&picture.blobs(area)).into_iter().enumerate() {
                        let name = format!("{id} {i}");
                        texts.extend(band.into_iter().map(|blob| (name.clone(), blob.area)));
                    }
                    if id == "balance" {
                        texts.push(("balance line".into(), Area::new(cell.area.x, area.y - 2, cell.area.w, 2)));
                    }
                }
                for (i, (one, a)) in texts.iter().enumerate() {
                    for (other, b) in &texts[i + 1..] {
                        if let Some(air) = air(a, b).filter(|_| one != other) {
                            let entry = least.entry((one.clone(), other.clone())).or_insert(i16::MAX);
                            *entry = air.min(*entry);
                        }
                    }
                }
            }
            for (pair, px) in least { if panel.arcmin(f32::from(px)) < 4.0 {
                println!("{} {pair:?} {px} px {:.1}", panel.name, panel.arcmin(f32::from(px)));
            }}
        }
    });
}
