//! Every alert on every display, on one sheet to look at.
//!
//! `cargo run -p sling-simulator --example alert_sheet [PNG]`, `alerts.png` unless said. A row an alert: while it is news,
//! on the leg that is not shown with two more behind it, and as the line that stays; a column a display. The last rows
//! are pages of a rider who keeps cues back.

use sling_core::alert::Level;
use sling_core::field::{AlertView, Snapshot, with_preview};
use sling_core::pattern::{Evidence, PatternKind, Place};
use sling_core::sensor::{Muscle, Side, Site};
use sling_core::time::{Duration, Instant};
use sling_core::ui::{Balance, cells};
use sling_simulator::display::{Display, encode, page_rgb};
use std::error::Error;
use std::path::PathBuf;

/// Between panels.
const GAP: usize = 10;
const GROUND: u8 = 0x90;

/// A picture that grows downwards.
struct Sheet {
    w: usize,
    rgb: Vec<u8>,
}

impl Sheet {
    /// A row of pictures, each `w` by `h`.
    fn row(&mut self, pictures: &[(usize, usize, Vec<u8>)]) {
        let h = pictures.iter().map(|&(_, h, _)| h).max().unwrap_or(0) + GAP;
        let top = self.rgb.len() / 3 / self.w;
        self.rgb.resize((top + h) * self.w * 3, GROUND);
        let mut x = GAP;
        for (w, h, rgb) in pictures {
            for y in 0..*h {
                let to = 3 * ((top + y) * self.w + x);
                self.rgb[to..to + 3 * w].copy_from_slice(&rgb[3 * y * w..3 * (y + 1) * w]);
            }
            x += w + GAP;
        }
    }
}

/// A moment on a display, or only its balance panel.
fn picture(display: Display, moment: &Snapshot<'_>, only_panel: bool) -> (usize, usize, Vec<u8>) {
    let (w, h) = display.size();
    let rgb = page_rgb(display, &Balance, moment);
    let panel = cells(&Balance, moment, w as i16, h as i16).into_iter().find(|cell| cell.field.id() == "balance");
    let Some(area) = panel.map(|cell| cell.area).filter(|_| only_panel) else {
        return (usize::from(w), usize::from(h), rgb);
    };
    let [x, y, panel_w, panel_h] = [area.x, area.y, area.w, area.h].map(|n| usize::from(n.unsigned_abs()));
    let line = |y: usize| &rgb[3 * (y * usize::from(w) + x)..][..3 * panel_w];
    (panel_w, panel_h, (y..y + panel_h).flat_map(line).copied().collect())
}

fn alert(kind: PatternKind) -> AlertView {
    let (calf, thigh) = (Muscle::GastrocnemiusMedialis, Muscle::VastusLateralis);
    let right = |muscle| Site::new(muscle, Side::Right);
    let lower = Evidence::Smo2 { site: -8.0, against: Some(1.0) };
    let (site, against, evidence) = match kind {
        PatternKind::CalfOverload => (calf, Some(right(thigh)), lower),
        PatternKind::VlFatigue => (thigh, Some(right(calf)), lower),
        PatternKind::TibialisOverload => (Muscle::TibialisAnterior, Some(right(thigh)), lower),
        PatternKind::AntagonistImbalance => (Muscle::BicepsFemoris, Some(right(thigh)), lower),
        PatternKind::HeadImbalance => (calf, Some(right(Muscle::GastrocnemiusLateralis)), lower),
        PatternKind::SideImbalance => (thigh, Some(Site::new(thigh, Side::Left)), lower),
        PatternKind::LoadShift => (calf, Some(right(thigh)), Evidence::Usual { now: 0.72, usual: 0.58 }),
        PatternKind::OutflowRestriction => (calf, None, Evidence::Blood { smo2: -9.0, thb: 0.2 }),
        PatternKind::Compression => (calf, None, Evidence::Blood { smo2: -9.0, thb: -0.2 }),
        PatternKind::SlowRecovery => (thigh, None, Evidence::Usual { now: 28.0, usual: 19.0 }),
    };
    AlertView {
        kind,
        place: Place { site: right(site), against },
        level: Level::Caution,
        strength: 24.0,
        evidence,
        since: Instant::from_ms(4_113_000),
        told_at: Instant::from_ms(4_200_000),
        is_news: true,
        names_head: false,
        more: 0,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).map_or_else(|| PathBuf::from("alerts.png"), PathBuf::from);
    let widths = Display::ALL.map(|display| usize::from(display.size().0) + GAP);
    let mut sheet = Sheet { w: widths.iter().sum::<usize>() + GAP, rgb: Vec::new() };
    sheet.row(&[]);
    with_preview(|preview| {
        for &kind in PatternKind::ALL {
            let news = alert(kind);
            let turn = |site: Site| Site::new(site.muscle, site.side.other());
            let place = Place { site: turn(news.place.site), against: news.place.against.map(turn) };
            for shown in [news, AlertView { place, more: 2, ..news }, AlertView { is_news: false, ..news }] {
                let moment = Snapshot { alert: Some(shown), ..preview.clone() };
                sheet.row(&Display::ALL.map(|display| picture(display, &moment, true)));
            }
        }
        let snoozed = Snapshot { cues_off: Some(Duration::from_s(830)), ..preview.clone() };
        let also_alert = Snapshot { alert: Some(alert(PatternKind::Compression)), ..snoozed.clone() };
        for moment in [snoozed, also_alert] {
            sheet.row(&Display::ALL.map(|display| picture(display, &moment, false)));
        }
    });
    let h = sheet.rgb.len() / 3 / sheet.w;
    std::fs::write(&path, encode(sheet.w as u32, h as u32, &sheet.rgb))?;
    println!("{}: {} by {h}", path.display(), sheet.w);
    Ok(())
}
