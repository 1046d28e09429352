//! Half a second: is what the rider reads at a glance what the screen says?
//!
//! Each trial shows a page with values, reasons, needle and alert drawn by chance, looks at it as `sling_tests::glance`
//! describes (3′ of blur at 70 cm, shake, contrast 3 to 1, noise) and reads it by the nearest template. Read must be, in
//! 99 of 100 looks: every value from 0 to 100 of both muscles, by day and by night, and whether a sensor gives a value or
//! which reason it has for none. The templates know neither the shake nor what else is on the page: the arrow of the
//! other muscle, the block of the range, the seconds behind "no signal". The side of the needle, the arrow and the
//! pattern of an alert are read too, and printed. So that it can fail, the same looks are made with numbers that are too
//! small and with eyes that are too weak, and must fall short.
//!
//! `cargo test -p sling-tests --test glance -- --nocapture` prints the table.

use sling_core::draw::{Area, Theme};
use sling_core::field::{Balance, SiteView, Smo2Field, Snapshot, with_preview};
use sling_core::language::{Language, Say};
use sling_core::pattern::PatternKind;
use sling_core::sensor::Reason;
use sling_core::ui::{self, Cell, Cells, Page};
use sling_core::units::{Bpm, Rpm, Watts};
use sling_tests::glance::{Conditions, Dice, Known, Look};
use sling_tests::moments::{alert, missing, valued};
use sling_tests::panel::{PANELS, Panel};
use sling_tests::picture::Picture;
use std::collections::BTreeMap;

/// The least share that must be read.
const LEAST: f32 = 0.99;
const SEED: u64 = 20;

/// What a muscle's place shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Percent, and which way it goes: -1, 0 or 1.
    Value(u8, i8),
    /// The number of the reason.
    Missing(usize),
    NotWorn,
}

/// What the panel in the middle shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Middle {
    /// The side that the needle leans to: -1 calf, 0 neither, 1 thigh.
    Needle(i8),
    News(PatternKind),
}

/// Of how many looks how many were right, by what was asked.
type Tally = BTreeMap<String, (u32, u32)>;

fn count(tally: &mut Tally, row: String, is_right: bool) {
    let (right, all) = tally.entry(row).or_default();
    *right += u32::from(is_right);
    *all += 1;
}

fn share((right, all): (u32, u32)) -> f32 {
    right as f32 / all.max(1) as f32
}

fn shown(view: SiteView<'_>, state: State, age_s: u32) -> Option<SiteView<'_>> {
    match state {
        State::Value(percent, way) => Some(valued(view, percent, 5.0 * f32::from(way))),
        State::Missing(reason) => Some(missing(view, Reason::ALL[reason], age_s)),
        State::NotWorn => None,
    }
}

fn place(page: &dyn Page, panel: &Panel, id: &str) -> Option<Area> {
    with_preview(|preview| place_at(page, panel, id, preview))
}

fn place_at(page: &dyn Page, panel: &Panel, id: &str, moment: &Snapshot<'_>) -> Option<Area> {
    let (w, h) = panel.size();
    ui::cells(page, moment, w, h).into_iter().find(|cell| cell.field.id() == id).map(|cell| cell.area)
}

/// A page on a panel by day or night, and everything that it is known to show.
struct Reader<'p> {
    page: &'p dyn Page,
    panel: &'p Panel,
    theme: Theme,
    conditions: Conditions,
    /// Calf and thigh.
    muscles: [(Area, Known<State>); 2],
    middle: Option<(Area, Known<Middle>)>,
}

impl<'p> Reader<'p> {
    fn new(page: &'p dyn Page, panel: &'p Panel, theme: Theme, conditions: Conditions, plain: &Snapshot<'_>) -> Self {
        let muscle = |id| (place(page, panel, id).unwrap_or_default(), Known::new());
        let muscles = [muscle("smo2_calf"), muscle("smo2_thigh")];
        let middle = place(page, panel, "balance").map(|area| (area, Known::new()));
        let mut reader = Self { page, panel, theme, conditions, muscles, middle };
        let values = (0..=100).flat_map(|n| [-1, 0, 1].map(|way| (State::Value(n, way), 0)));
        let reasons = (0..Reason::ALL.len()).flat_map(|i| [9, 34, 180, 720].map(|age_s| (State::Missing(i), age_s)));
        for (state, age_s) in values.chain(reasons).chain([(State::NotWorn, 0)]) {
            let calf = plain.calf.and_then(|view| shown(view, state, age_s));
            let thigh = plain.thigh.and_then(|view| shown(view, state, age_s));
            let quiet = Snapshot { calf, thigh, ..plain.clone() };
            let told = Snapshot { alert: Some(alert(PatternKind::CalfOverload, plain, 4)), ..quiet.clone() };
            // On the smallest display an alert takes the rails' rows, and numbers move by some pixels.
            let is_moved = place(page, panel, "smo2_calf") != place_at(page, panel, "smo2_calf", &told);
            for moment in [Some(quiet), is_moved.then_some(told)].into_iter().flatten() {
                let picture = Picture::of(panel, theme, page, &moment);
                for (area, known) in &mut reader.muscles {
                    known.learn(panel, &conditions, state, &picture, *area);
                }
            }
        }
        if let Some((area, known)) = &mut reader.middle {
            for (d, normal) in (-18_i8..=18).flat_map(|d| [3.0, 5.0, 8.0].map(|normal| (d, normal))) {
                let moment = Snapshot { balance: Balance::Ready { d: f32::from(d), normal }, ..plain.clone() };
                let picture = Picture::of(panel, theme, page, &moment);
                let side = if d.abs() <= 1 { 0 } else { d.signum() };
                known.learn(panel, &conditions, Middle::Needle(side), &picture, *area);
            }
            for (&kind, minutes) in PatternKind::ALL.iter().flat_map(|kind| [1, 4, 12, 45].map(|min| (kind, min))) {
                let moment = Snapshot { alert: Some(alert(kind, plain, minutes)), ..plain.clone() };
                let picture = Picture::of(panel, theme, page, &moment);
                known.learn(panel, &conditions, Middle::News(kind), &picture, *area);
            }
        }
        reader
    }

    /// One look at a page that shows these states, all else by chance.
    fn look<'a>(&self, plain: &Snapshot<'a>, states: [State; 2], dice: &mut Dice, tally: &mut Tally) {
        let side = dice.pick(&[-1_i8, 0, 1]);
        let lean = if side == 0 { dice.share() - 0.5 } else { f32::from(side) * (3.0 + 15.0 * dice.share()) };
        let news = (dice.below(3) == 0).then(|| dice.pick(PatternKind::ALL));
        let ages = [0, 1].map(|_| if dice.below(2) == 0 { 5 + dice.below(55) } else { 60 + dice.below(1200) } as u32);
        let ranges = [0, 1].map(|_| dice.below(2) == 0);
        let with_chance = |i: usize, view: SiteView<'a>| {
            let range = view.range.filter(|_| ranges[i]);
            shown(view, states[i], ages[i]).map(|view| SiteView { range, ..view })
        };
        let moment = Snapshot {
            calf: plain.calf.and_then(|view| with_chance(0, view)),
            thigh: plain.thigh.and_then(|view| with_chance(1, view)),
            balance: Balance::Ready { d: lean, normal: dice.pick(&[3.0, 5.0, 8.0]) },
            alert: news.map(|kind| alert(kind, plain, dice.below(60) as u32)),
            power: Some(Watts(dice.below(500) as u16)),
            cadence: Some(Rpm(60 + dice.below(60) as u16)),
            heart_rate: Some(Bpm(90 + dice.below(100) as u16)),
            ..plain.clone()
        };
        let picture = Picture::of(self.panel, self.theme, self.page, &moment);
        let look = Look::new(self.panel, &self.conditions, dice);
        for (name, (state, (area, known))) in ["calf", "thigh"].into_iter().zip(states.into_iter().zip(&self.muscles)) {
            let read = known.read(&look.at(&picture, *area, dice));
            match (state, read) {
                (State::Value(percent, way), Some(State::Value(read_percent, read_way))) => {
                    count(tally, format!("{name}'s number, {:?}", self.theme), percent == read_percent);
                    count(tally, "its arrow".to_owned(), way == read_way);
                }
                (State::Value(..), _) => count(tally, format!("{name}'s number, {:?}", self.theme), false),
                _ => {}
            }
            let is_alike = match (state, read) {
                (State::Value(..), Some(State::Value(..))) => true,
                (state, read) => read == Some(state),
            };
            count(tally, format!("{name}: value or which reason"), is_alike);
            if let State::Missing(reason) = state {
                count(tally, format!("\"{}\"", Reason::ALL[reason].say().long(Language::English)), is_alike);
            }
        }
        if let Some((area, known)) = &self.middle {
            let read = known.read(&look.at(&picture, *area, dice));
            match news {
                Some(kind) => count(tally, "alert's pattern".to_owned(), read == Some(Middle::News(kind))),
                None => {
                    let row = if side == 0 { "needle in the middle" } else { "needle's side, from 3 points" };
                    count(tally, row.to_owned(), read == Some(Middle::Needle(side)));
                }
            }
        }
    }
}

/// All looks at a page on a panel: `rounds` times every value, and every pair of states.
fn looks(page: &dyn Page, panel: &Panel, conditions: Conditions, rounds: usize) -> Tally {
    let mut tally = Tally::new();
    with_preview(|preview| {
        for theme in [Theme::Day, Theme::Night] {
            let reader = Reader::new(page, panel, theme, conditions, preview);
            let mut dice = Dice::new(SEED);
            for i in 0..101 * rounds {
                let mut value = |n: usize| State::Value((n % 101) as u8, dice.pick(&[-1, 0, 1]));
                let states = [value(i), value(i * 37 + i / 101)];
                reader.look(preview, states, &mut dice, &mut tally);
            }
            let kinds = Reason::ALL.len() + 2;
            for i in 0..kinds * kinds * rounds {
                let mut state = |n: usize| match n {
                    n if n < Reason::ALL.len() => State::Missing(n),
                    n if n == Reason::ALL.len() => State::NotWorn,
                    _ => State::Value(dice.below(101) as u8, dice.pick(&[-1, 0, 1])),
                };
                let states = [state(i % kinds), state(i / kinds % kinds)];
                reader.look(preview, states, &mut dice, &mut tally);
            }
        }
    });
    tally
}

/// Whether a row is one of those that must be read.
fn is_asked(row: &str) -> bool {
    row.starts_with('"') || row.contains("number") || row.contains("reason")
}

#[test]
fn a_glance_reads_every_number_and_every_reason() {
    let tallies: Vec<(&Panel, Tally)> = std::thread::scope(|scope| {
        let started: Vec<_> = PANELS
            .iter()
            .map(|panel| (panel, scope.spawn(|| looks(&ui::Balance, panel, Conditions::ROAD, 3))))
            .collect();
        started.into_iter().map(|(panel, thread)| (panel, thread.join().unwrap())).collect()
    });
    let rows: std::collections::BTreeSet<&String> = tallies.iter().flat_map(|(_, tally)| tally.keys()).collect();
    print!("| read, % of looks |");
    for (panel, _) in &tallies {
        print!(" {} |", panel.name);
    }
    println!("\n|---|{}", "---|".repeat(tallies.len()));
    let mut short = Vec::new();
    for row in rows {
        print!("| {row} |");
        for (panel, tally) in &tallies {
            let (right, all) = tally.get(row).copied().unwrap_or_default();
            print!(" {:.1} ({right} of {all}) |", share((right, all)) * 100.0);
            if is_asked(row) && share((right, all)) < LEAST {
                short.push(format!("{} {row}: {right} of {all}", panel.name));
            }
        }
        println!();
    }
    assert!(short.is_empty(), "not read: {short:#?}");
}

/// Numbers in cells with room for small digits only.
struct Cramped;

impl Page for Cramped {
    fn id(&self) -> &'static str {
        "cramped"
    }

    fn title(&self) -> Say {
        Say::Numbers
    }

    fn lay_out(&self, _: &Snapshot<'_>, _: Area, cells: &mut Cells) {
        let cell = |x, field| Cell { area: Area::new(x, 20, 62, 66), field };
        cells.extend([cell(10, &Smo2Field::CALF), cell(100, &Smo2Field::THIGH)]);
    }
}

#[test]
fn small_numbers_and_weak_eyes_fall_short() {
    let numbers = |tally: &Tally| {
        let rows = tally.iter().filter(|(row, _)| row.contains("number"));
        share(rows.fold((0, 0), |(a, b), (_, (right, all))| (a + right, b + all)))
    };
    let reference = &PANELS[0];
    let small = numbers(&looks(&Cramped, reference, Conditions::ROAD, 1));
    // From farther than five metres.
    let weak = Conditions { blur_arcmin: 24.0, ..Conditions::ROAD };
    let weak = numbers(&looks(&ui::Balance, reference, weak, 1));
    println!("numbers of 28 px: {:.1} %; blur of 24 arcmin: {:.1} %", small * 100.0, weak * 100.0);
    assert!(small < LEAST && weak < LEAST, "{small} {weak}");
}
