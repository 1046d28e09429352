//! What holds for every page.

use super::*;
use crate::alert::Level;
use crate::config::Config;
use crate::draw::{MonoFrame, Theme};
use crate::field::Balance::{NoPair, NotReady};
use crate::field::{AlertView, DisarmReason, FIELDS, Screen, SiteView, with_preview};
use crate::link::{Radio, RadioState, Trouble};
use crate::pattern::{Evidence, PatternKind, Place};
use crate::sensor::Reason;
use crate::time::{Duration, Instant};
use crate::units::{Rpm, Watts};
extern crate std;
use std::string::String;
use std::vec::Vec;

pub(super) const DISPLAYS: [(i16, i16); 5] = [(240, 400), (400, 240), (176, 176), (282, 470), (470, 282)];

/// A page on one sheet that is larger than any display, to see what leaves its place.
pub(super) type Sheet = MonoFrame<480, 480, 28800>;

/// The settings that change what is where: large text, and one to eight numbers.
fn settings() -> Vec<Config> {
    let mut all = std::vec![Config::DEFAULT, Config { large_text: true, ..Config::DEFAULT }];
    for n in 1..=8 {
        let numbers = FIELDS.iter().take(n).map(|field| field.id().try_into().unwrap()).collect();
        all.push(Config { numbers, ..Config::DEFAULT });
    }
    all
}

/// What there may be to say.
fn moments<'a>(preview: &Snapshot<'a>) -> Vec<Snapshot<'a>> {
    let place = Place { site: preview.calf.unwrap().site, against: Some(preview.thigh.unwrap().site) };
    let news = AlertView {
        kind: PatternKind::CalfOverload,
        place,
        level: Level::Caution,
        strength: 9.0,
        evidence: Evidence::Smo2 { site: -9.0, against: Some(0.0) },
        since: Instant::from_ms(3_600_000),
        told_at: Instant::from_ms(4_300_000),
        is_news: true,
        names_head: false,
        more: 0,
    };
    let with = |smo2| {
        let changed = |view: SiteView<'a>| SiteView { smo2, ..view };
        let sites = preview.sites.iter().map(|view| changed(*view)).collect();
        Snapshot { calf: preview.calf.map(changed), thigh: preview.thigh.map(changed), sites, ..preview.clone() }
    };
    let learning = NotReady { reason: DisarmReason::Learning, left: Some(Duration::from_s(480)) };
    let no_stick = Some((Radio::Ant, RadioState::Trouble(Trouble::NoDevice)));
    let weak = Some(SiteView { low_battery: true, reception: Some((Radio::Ble, 1)), ..preview.thigh.unwrap() });
    let cues_off = Some(Duration::from_s(880));
    let bare = Snapshot { calf: None, thigh: None, sites: heapless::Vec::new(), ..preview.clone() };
    let mut all = std::vec![
        preview.clone(),
        Snapshot { alert: Some(news), ..preview.clone() },
        Snapshot { alert: Some(AlertView { is_news: false, ..news }), ..preview.clone() },
        Snapshot { balance: NoPair, power: None, cadence: None, heart_rate: None, ..bare },
        Snapshot { balance: learning, ..with(Err(Reason::AmbientLight)) },
        Snapshot { cues_unheard: true, ..with(Ok(100.0)) },
        with(Ok(0.0)),
        Snapshot { power: Some(Watts(1888)), cadence: Some(Rpm(188)), ..preview.clone() },
        Snapshot { radio: no_stick, balance: learning, ..preview.clone() },
        Snapshot { thigh: weak, ..preview.clone() },
        Snapshot { cues_off, ..preview.clone() },
        Snapshot { cues_off, radio: no_stick, ..preview.clone() },
    ];
    all.extend(Reason::ALL.map(|reason| with(Err(reason))));
    all
}

/// Calls `see` with every page in every moment with every choice of settings.
fn every_page(mut see: impl FnMut(&'static dyn Page, &Snapshot<'_>)) {
    with_preview(|preview| {
        for config in &settings() {
            for moment in moments(preview) {
                for (at, page) in (0..).zip(PAGES) {
                    see(
                        *page,
                        &Snapshot { config, screen: Screen { page: at, ..Screen::default() }, ..moment.clone() },
                    );
                }
            }
        }
    });
}

#[test]
fn no_field_draws_outside_its_cell_in_any_language_whatever_there_is_to_say() {
    let mut outside = std::collections::BTreeSet::new();
    every_page(|page, moment| {
        for (w, h) in DISPLAYS {
            for cell in cells(page, moment, w, h) {
                for language in Language::ALL {
                    let moment = Snapshot { language, ..moment.clone() };
                    let mut sheet = Sheet::new(Theme::Day);
                    cell.field.draw(&moment, &mut sheet, cell.area);
                    sheet.fill(cell.area, Ink::Paper);
                    if sheet.bytes().iter().any(|&b| b != 0) {
                        let mut words = String::new();
                        cell.field.describe(&moment, &mut words).unwrap();
                        let Area { w: cell_w, h: cell_h, .. } = cell.area;
                        outside.insert(std::format!("{} {w}x{h} in {cell_w}x{cell_h}, {language}: {words}", page.id()));
                    }
                }
            }
        }
    });
    let first: Vec<&String> = outside.iter().take(12).collect();
    assert!(outside.is_empty(), "{} cases, such as {first:#?}", outside.len());
}

#[test]
fn cells_lie_on_the_display_apart_from_each_other_and_are_large_enough() {
    every_page(|page, moment| {
        for (w, h) in DISPLAYS {
            let cells = cells(page, moment, w, h);
            let screen = Area::new(0, 0, w, h);
            assert!(!cells.is_empty() && !cells.is_full(), "{} {w}x{h}: {} cells", page.id(), cells.len());
            for (i, cell) in cells.iter().enumerate() {
                let (least_w, least_h) = cell.field.smallest();
                let what = (page.id(), cell.field.id());
                assert!(screen.contains(&cell.area), "{what:?} {w}x{h} {:?}", cell.area);
                // Small displays have finer pixels, and are held closer.
                let (least_w, least_h) = if w < 200 { (least_w * 2 / 3, least_h * 2 / 3) } else { (least_w, least_h) };
                assert!(cell.area.w >= least_w && cell.area.h >= least_h, "{what:?} {w}x{h} {:?}", cell.area);
                for other in cells.iter().skip(i + 1) {
                    assert!(cell.area.intersection(&other.area).is_empty(), "{w}x{h} {what:?} {}", other.field.id());
                }
            }
        }
    });
}

#[test]
fn an_alert_that_is_news_is_on_every_page_and_covers_nothing() {
    every_page(|page, moment| {
        if moment.alert.is_some_and(|alert| alert.is_news) {
            for (w, h) in DISPLAYS {
                let mut words = String::new();
                describe(page, moment, w, h, &mut words).unwrap();
                assert!(words.contains("ALERT caution: CALF FALLING"), "{} {w}x{h}: {words}", page.id());
            }
        }
    });
}

#[test]
fn pages_have_names_of_their_own_in_every_language() {
    for language in Language::ALL {
        let titles: std::collections::BTreeSet<_> = PAGES.iter().map(|page| page.title(language)).collect();
        assert_eq!(titles.len(), PAGES.len(), "{language}");
    }
    let ids: std::collections::BTreeSet<_> = PAGES.iter().map(|page| page.id()).collect();
    assert_eq!(ids.len(), PAGES.len());
}
