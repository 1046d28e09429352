//! What holds for every page.

use super::*;
use crate::alert::Level;
use crate::config::Config;
use crate::draw::{MonoFrame, Theme};
use crate::field::Balance::{NoPair, NotReady};
use crate::field::{AlertView, DisarmReason, FIELDS, Pick, Screen, SiteView, Spot, with_preview};
use crate::input::StorageResult;
use crate::language::Language;
use crate::link::{Radio, RadioState, Trouble};
use crate::pattern::{Evidence, PatternKind, Place};
use crate::sensor::{Identity, Muscle, Neighbours, Reason, Sensor, SensorKind, Side, Site};
use crate::session::testing::{CALF, Rider, THIGH, left, ridden, seen};
use crate::session::{Act, LegNow, Moment, Session, Spoil};
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
        Snapshot { storage: StorageResult::Full, ..with(Ok(100.0)) },
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

/// A session as tests drive it, a second at a time.
pub(super) struct Driven {
    pub session: Session,
    pub rider: Rider,
}

impl Driven {
    pub fn new() -> Self {
        Self { session: Session::new(), rider: Rider::new(5, 0.6) }
    }

    pub fn act(&mut self, act: Act) {
        self.session.act(act, &mut |_| {});
    }

    pub fn second(&mut self, moment: &Moment<'_>) {
        self.session.second(Instant::from_ms(u64::from(self.rider.s) * 1000), moment, &mut |_| {});
    }

    /// Rides with the calf so far from its usual level.
    pub fn ride(&mut self, seconds: u32, points: f32) {
        for _ in 0..seconds {
            let moment = self.rider.second(points);
            self.second(&moment);
        }
    }

    /// A block of its usual length.
    pub fn block(&mut self, label: &str, points: f32) {
        self.session.position(label, &mut |_| {});
        self.ride(242, points);
    }

    /// Rests with four sensors.
    pub fn rest(&mut self, seconds: u32, calf: Result<f32, Reason>) {
        for s in 0..seconds {
            let wave = (s % 5) as f32 / 10.0;
            let leg = |of: fn(Site) -> Site, less: f32| LegNow {
                calf: Some(seen(of(CALF), calf.map(|calf| calf - less + wave))),
                thigh: Some(seen(of(THIGH), Ok(68.4 + less - wave))),
                d: None,
            };
            self.second(&Moment { legs: [leg(left, 1.5), leg(|site| site, 0.0)], ..Moment::default() });
        }
    }
}

/// Sessions in every stage, each with a name.
pub(super) fn sessions() -> Vec<(&'static str, Session)> {
    let mut all = Vec::new();
    let mut keep = |name, driven: &Driven| all.push((name, driven.session.clone()));
    let mut blocks = Driven::new();
    keep("idle", &blocks);
    blocks.act(Act::NextBlock);
    blocks.ride(30, 0.0);
    keep("settling", &blocks);
    blocks.ride(100, 0.0);
    keep("counting", &blocks);
    blocks.second(&Moment { disturbed: Some(Spoil::Coasting), ..ridden(50.0, 60.0) });
    keep("held", &blocks);
    blocks.ride(3600, 0.0);
    keep("long enough", &blocks);
    let mut fit = Driven::new();
    fit.block("saddle 72.0 cm, cleats", 0.0);
    fit.block("saddle 73.5 cm, cleats", 0.0);
    keep("one pair", &fit);
    for label in ["saddle 73.5 cm, cleats", "saddle 72.0 cm, cleats"] {
        fit.session.position("", &mut |_| {});
        fit.block(label, 0.0);
    }
    keep("two pairs", &fit);
    fit.session.position("third", &mut |_| {});
    fit.session.position("fourth", &mut |_| {});
    keep("refused", &fit);
    let mut shown = Driven::new();
    for label in ["A", "B", "B", "A", "A", "B"] {
        shown.session.position("", &mut |_| {});
        shown.block(label, if label == "B" { -12.0 } else { 0.0 });
    }
    keep("shown", &shown);
    let mut survey = Driven::new();
    survey.act(Act::StartSurvey);
    survey.act(Act::Capture);
    survey.rest(23, Ok(61.0));
    keep("capturing", &survey);
    survey.rest(40, Ok(61.0));
    keep("captured", &survey);
    survey.act(Act::Capture);
    survey.rest(61, Err(Reason::AmbientLight));
    keep("spoiled cells", &survey);
    survey.act(Act::Capture);
    survey.second(&ridden(50.0, 60.0));
    keep("pedalled", &survey);
    let mut half = Driven::new();
    half.act(Act::Capture);
    half.second(&Moment { power: Some(Watts(0)), cadence: Some(Rpm(0)), ..ridden(50.0, 60.0) });
    for s in 0..70_u16 {
        half.second(&Moment { power: None, cadence: None, ..ridden(50.0 + f32::from(s % 3), 100.0) });
    }
    keep("one leg", &half);
    let mut trial = Driven::new();
    trial.ride(2, 0.0);
    trial.act(Act::StartReassess);
    trial.ride(50, 0.0);
    keep("baseline", &trial);
    trial.second(&Moment { disturbed: Some(Spoil::Standing), ..ridden(50.0, 60.0) });
    trial.ride(3, 0.0);
    keep("anew", &trial);
    trial.ride(130, 0.0);
    keep("cue", &trial);
    let mut same = Driven { session: trial.session.clone(), rider: Rider::new(9, 0.6) };
    trial.act(Act::CueGiven);
    trial.ride(20, 14.0);
    keep("settles", &trial);
    let mut spoiled = Driven { session: trial.session.clone(), rider: Rider::new(9, 0.6) };
    spoiled.second(&Moment { disturbed: Some(Spoil::Coasting), ..ridden(50.0, 60.0) });
    keep("spoiled trial", &spoiled);
    trial.ride(80, 14.0);
    keep("assessing", &trial);
    trial.ride(120, 14.0);
    keep("effect", &trial);
    same.act(Act::CueGiven);
    same.ride(220, 0.0);
    keep("no effect", &same);
    all
}

/// What a page says, with what the rider has chosen on it.
pub(super) fn said(session: &Session, screen: Screen, id: &str, (w, h): (i16, i16)) -> String {
    with_preview(|preview| {
        let at = PAGES.iter().position(|page| page.id() == id).unwrap();
        let moment = Snapshot { session, screen: Screen { page: at as u8, ..screen }, ..preview.clone() };
        let mut words = String::new();
        describe(page(&moment), &moment, w, h, &mut words).unwrap();
        words
    })
}

/// Sixteen sensors in the air, of every kind.
pub(super) fn crowd() -> Neighbours {
    let mut crowd = Neighbours::new();
    for n in 0..16_u8 {
        let kind = SensorKind::ALL[usize::from(n) % SensorKind::ALL.len()];
        let identity = if n % 2 == 0 {
            Identity::Ant { number: 60_000 + u16::from(n), transmission: 1 }
        } else {
            Identity::Ble { address: [1, 2, 3, 4, 5, n] }
        };
        let rssi = (n % 4 > 0).then_some(-100 + 15 * (n % 4) as i8);
        crowd.hear(Instant::ZERO, Sensor { kind, identity }, None, rssi, None);
    }
    crowd
}

/// So many sensors as they are worn.
pub(super) fn worn(n: u8) -> Config {
    let roster = (0..n).map(|n| crate::config::Assignment {
        identity: Identity::Ant { number: 1234 + u16::from(n), transmission: 1 },
        site: Site::new(Muscle::ALL[usize::from(n / 2) * 3 % 13], if n % 2 == 0 { Side::Right } else { Side::Left }),
    });
    Config { roster: roster.collect(), ..Config::DEFAULT }
}

/// A moment in which these muscles are worn, each a copy of the preview's calf.
pub(super) fn worn_at<'a>(preview: &Snapshot<'a>, sites: &[(Muscle, Side)]) -> Snapshot<'a> {
    let view = preview.calf.unwrap();
    let sites = sites.iter().map(|&(muscle, side)| SiteView { site: Site::new(muscle, side), ..view });
    Snapshot { sites: sites.collect(), ..preview.clone() }
}

/// Where a rider may be on a page with items.
fn screens() -> Vec<Screen> {
    let at = |item| Screen { item: Some(item), ..Screen::default() };
    std::vec![Screen::default(), at(0), at(1), Screen { asks: true, ..at(4) }, at(9),]
}

/// Calls `see` with every page that a fitter uses in every stage.
fn every_stage(preview: &Snapshot<'_>, alert: AlertView, see: &mut impl FnMut(&'static dyn Page, &Snapshot<'_>)) {
    let sessions = sessions();
    let crowd = crowd();
    for (at, page) in (0..).zip(PAGES) {
        if ["blocks", "survey", "reassess"].contains(&page.id()) {
            for (_, session) in &sessions {
                for screen in screens() {
                    let alert = Some(alert).filter(|_| !screen.asks && screen.item != Some(9));
                    for alert in core::iter::once(None).chain(alert.map(Some)) {
                        see(
                            *page,
                            &Snapshot { session, alert, screen: Screen { page: at, ..screen }, ..preview.clone() },
                        );
                    }
                }
            }
        }
        if page.id() == "sensors" {
            for n in [0, 1, 2, 4, 8] {
                let config = worn(n);
                let stranger = Identity::Ant { number: 65_535, transmission: 0 };
                let own = config.roster.last().map(|it| it.identity);
                let mut all = screens();
                for identity in [Some(stranger), own].into_iter().flatten() {
                    let spots = [Muscle::GastrocnemiusMedialis, Muscle::VastusMedialis, Muscle::Deltoid];
                    let spots = spots.into_iter().map(|muscle| Spot::At(Site::new(muscle, Side::Right)));
                    for spot in spots.chain([Spot::Back, Spot::Off]) {
                        for asks in [false, true] {
                            let pick = Some(Pick { identity, spot });
                            all.push(Screen { item: Some(1), asks, pick, ..Screen::default() });
                        }
                    }
                }
                for screen in all {
                    let alert = Some(alert).filter(|_| !screen.asks);
                    for alert in core::iter::once(None).chain(alert.map(Some)) {
                        let screen = Screen { page: at, ..screen };
                        let moment = Snapshot { neighbours: &crowd, config: &config, screen, ..preview.clone() };
                        see(*page, &Snapshot { alert, ..moment });
                    }
                }
            }
        }
    }
}

/// Calls `see` with every page in every moment with every choice of settings.
fn every_page(mut see: impl FnMut(&'static dyn Page, &Snapshot<'_>)) {
    with_preview(|preview| {
        for config in &settings() {
            for moment in moments(preview) {
                for (at, page) in (0..).zip(PAGES) {
                    // The numbers that are chosen change nothing there.
                    if !config.numbers.is_empty() && ["blocks", "survey", "reassess", "sensors"].contains(&page.id()) {
                        continue;
                    }
                    see(
                        *page,
                        &Snapshot { config, screen: Screen { page: at, ..Screen::default() }, ..moment.clone() },
                    );
                }
            }
        }
        let news = moments(preview).iter().find_map(|moment| moment.alert).unwrap();
        every_stage(preview, news, &mut see);
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
fn no_word_is_left_out_on_any_page_in_any_language_for_want_of_room() {
    let mut dropped = std::collections::BTreeMap::new();
    let mut drawn = 0;
    every_page(|page, moment| {
        for (w, h) in DISPLAYS {
            for (cell, language) in
                cells(page, moment, w, h).iter().flat_map(|cell| Language::ALL.map(|language| (*cell, language)))
            {
                let _ = crate::draw::dropped::take();
                let mut sheet = Sheet::new(Theme::Day);
                cell.field.draw(&Snapshot { language, ..moment.clone() }, &mut sheet, cell.area);
                drawn += 1;
                for words in crate::draw::dropped::take() {
                    let what = std::format!("{w}x{h} {} {} {language}: {words}", page.id(), cell.field.id());
                    *dropped.entry(what).or_insert(0) += 1;
                }
            }
        }
    });
    assert!(drawn > 10_000 && dropped.is_empty(), "{} cases: {dropped:#?}", dropped.len());
}

#[test]
fn a_word_without_room_is_noticed() {
    let _ = crate::draw::dropped::take();
    let words = crate::draw::Words::of(format_args!("wide"));
    let area = Area::new(0, 0, 8, 30);
    let mut sheet = Sheet::new(Theme::Day);
    let align = crate::draw::Align::Left;
    assert!(!crate::draw::text_large(&mut sheet, area, align, &[&sling_fonts::TEXT_22], &[words], Ink::Ink));
    assert_eq!(crate::draw::dropped::take(), ["wide in 8x30"]);
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
        let titles: std::collections::BTreeSet<_> = PAGES.iter().map(|page| page.title().long(language)).collect();
        assert_eq!(titles.len(), PAGES.len(), "{language}");
    }
    let ids: std::collections::BTreeSet<_> = PAGES.iter().map(|page| page.id()).collect();
    assert_eq!(ids.len(), PAGES.len());
}
