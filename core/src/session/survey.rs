//! Resting survey: calf and thigh of both legs at rest, a minute each, as a table of two by two.
//!
//! A capture lasts 60 s and fills the cell of every calf and thigh that is worn: with four sensors one capture fills the table;
//! two sensors are moved round and assigned anew, and what was captured stays. A cell captured again is the newer one. A cell
//! is spoiled when its reading was missing for more than 10 s in all, and the whole capture when every cell is, when the rider
//! pedals, or when nothing was seen for a while; each with its reason. Means are of SmO2 in percent; ratios are of means, and of
//! like muscles only: left against right of the same head. No norm is known: compare with the rider's own table.

use super::moment::{Moment, Seen, Spoil, leg_index};
use super::tally::{self, Spread};
use super::{News, Told};
use crate::sensor::{Reason, Side, Site};
use serde::{Deserialize, Serialize};

/// How long a capture takes, s.
pub const CAPTURE_S: u8 = 60;
/// A reading may be missing for so long in all.
pub const MAY_MISS_S: u8 = 10;

/// The part of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The calf.
    Calf,
    /// The thigh.
    Thigh,
}

/// What was captured of a muscle at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Which muscle.
    pub site: Site,
    mean_tenths: i16,
    sd_tenths: i16,
    /// Seconds with a value.
    pub seconds: u8,
}

impl Cell {
    /// Mean SmO2, percent.
    pub fn mean(&self) -> f32 {
        f32::from(self.mean_tenths) / 10.0
    }

    /// How much single seconds scatter (SD), points.
    pub fn spread(&self) -> f32 {
        f32::from(self.sd_tenths) / 10.0
    }
}

/// A muscle that is being captured.
#[derive(Clone, Copy, Debug)]
struct Taken {
    site: Site,
    smo2: Spread,
    missing_s: u8,
    why: Spoil,
}

impl Taken {
    const fn is_spoiled(&self) -> bool {
        self.missing_s > MAY_MISS_S
    }

    fn second(&mut self, seen: Option<Seen>) {
        let seen = seen.filter(|seen| seen.site == self.site);
        let smo2 = seen.map(|seen| seen.smo2.and_then(|smo2| tally::tenths(smo2).ok_or(Reason::Implausible)));
        match smo2 {
            Some(Ok(tenths)) => self.smo2.add(tenths),
            Some(Err(reason)) => self.miss(Spoil::Reading(reason)),
            None => self.miss(Spoil::Changed),
        }
    }

    fn miss(&mut self, why: Spoil) {
        (self.missing_s, self.why) = (self.missing_s.saturating_add(1), why);
    }
}

/// A capture that is under way.
#[derive(Clone, Copy, Debug)]
struct Capture {
    age_s: u8,
    cells: [Option<Taken>; 4],
}

/// The survey.
#[derive(Clone, Debug)]
pub struct Survey {
    is_on: bool,
    capture: Option<Capture>,
    cells: [Option<Cell>; 4],
    /// Why a cell's last capture was no good.
    spoiled: [Option<Spoil>; 4],
    /// And why the last capture gave nothing at all.
    failed: Option<Spoil>,
}

impl Survey {
    pub(super) const fn new() -> Self {
        Self { is_on: false, capture: None, cells: [None; 4], spoiled: [None; 4], failed: None }
    }

    /// Whether a survey is under way.
    pub const fn is_on(&self) -> bool {
        self.is_on
    }

    /// How far the capture is, seconds of 60; `None` if there is none.
    pub fn progress_s(&self) -> Option<u8> {
        self.capture.map(|capture| capture.age_s)
    }

    /// Whether a cell is being captured.
    pub fn is_captured(&self, part: Part, side: Side) -> bool {
        self.capture.as_ref().is_some_and(|capture| matches!(capture.cells.get(cell_index(part, side)), Some(Some(_))))
    }

    /// Why the last capture gave nothing.
    pub const fn failed(&self) -> Option<Spoil> {
        self.failed
    }

    /// What was captured.
    pub fn cell(&self, part: Part, side: Side) -> Option<&Cell> {
        self.cells.get(cell_index(part, side))?.as_ref()
    }

    /// Why the last capture of a cell was no good, if it was not.
    pub fn spoiled(&self, part: Part, side: Side) -> Option<Spoil> {
        *self.spoiled.get(cell_index(part, side))?
    }

    /// Left over right; `None` where a cell is missing or they are not the same muscle.
    pub fn left_to_right(&self, part: Part) -> Option<f32> {
        let (left, right) = (self.cell(part, Side::Left)?, self.cell(part, Side::Right)?);
        if left.site.muscle == right.site.muscle { ratio(left, right) } else { None }
    }

    /// Calf over thigh; `None` where a cell is missing.
    pub fn calf_to_thigh(&self, side: Side) -> Option<f32> {
        ratio(self.cell(Part::Calf, side)?, self.cell(Part::Thigh, side)?)
    }

    /// A new table.
    pub(super) const fn start(&mut self) {
        *self = Self { is_on: true, ..Self::new() };
    }

    /// No more captures; what was captured stays.
    pub(super) const fn stop(&mut self) {
        (self.is_on, self.capture) = (false, None);
    }

    /// Captures who is worn, from the beginning if a capture is under way.
    pub(super) const fn capture(&mut self) {
        if !self.is_on {
            self.start();
        }
        (self.capture, self.failed) = (Some(Capture { age_s: 0, cells: [None; 4] }), None);
    }

    /// Time has jumped.
    pub(super) fn jump(&mut self, told: Told<'_>) {
        self.fail(Spoil::Gap, told);
    }

    fn fail(&mut self, why: Spoil, told: Told<'_>) {
        if self.capture.take().is_some() {
            self.failed = Some(why);
            told(News::SurveySpoiled { why });
        }
    }

    pub(super) fn second(&mut self, moment: &Moment<'_>, told: Told<'_>) {
        let Some(capture) = &mut self.capture else { return };
        if moment.power.is_some_and(|w| w.0 > 0) || moment.cadence.is_some_and(|rpm| rpm.0 > 0) {
            self.fail(Spoil::Pedalling, told);
            return;
        }
        let [left, right] = &moment.legs;
        let worn = [left.calf, left.thigh, right.calf, right.thigh];
        for (taken, seen) in capture.cells.iter_mut().zip(worn) {
            if capture.age_s == 0 {
                *taken =
                    seen.map(|seen| Taken { site: seen.site, smo2: Spread::new(), missing_s: 0, why: Spoil::NoSensor });
            }
            if let Some(taken) = taken {
                taken.second(seen);
            }
        }
        capture.age_s = capture.age_s.saturating_add(1);
        let taken = capture.cells.iter().flatten();
        let good = taken.clone().filter(|it| !it.is_spoiled()).count();
        if good == 0 {
            let why = taken.last().map_or(Spoil::NoSensor, |it| it.why);
            self.keep(told);
            self.fail(why, told);
        } else if capture.age_s >= CAPTURE_S {
            self.keep(told);
            self.capture = None;
        }
    }

    /// Keeps what is good of the capture, and why the rest is not.
    fn keep(&mut self, told: Told<'_>) {
        let Some(capture) = &self.capture else { return };
        for ((taken, cell), spoiled) in capture.cells.iter().zip(&mut self.cells).zip(&mut self.spoiled) {
            let Some(taken) = taken else { continue };
            *spoiled = taken.is_spoiled().then_some(taken.why);
            if let Some((mean, sd)) = taken.smo2.mean_and_sd().filter(|_| spoiled.is_none()) {
                let kept = Cell {
                    site: taken.site,
                    mean_tenths: tally::in_tenths(mean),
                    sd_tenths: tally::in_tenths(sd),
                    seconds: taken.smo2.seconds() as u8,
                };
                *cell = Some(kept);
                told(News::SurveyCell {
                    site: kept.site,
                    smo2_tenths: kept.mean_tenths,
                    spread_tenths: kept.sd_tenths,
                    seconds: kept.seconds,
                });
            }
        }
    }
}

const fn cell_index(part: Part, side: Side) -> usize {
    2 * leg_index(side) + part as usize
}

fn ratio(one: &Cell, other: &Cell) -> Option<f32> {
    (other.mean_tenths > 0).then(|| one.mean() / other.mean())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CALF, THIGH, left, seen};
    use super::super::{LegNow, Moment};
    use super::*;
    use crate::sensor::Muscle;
    use crate::units::{Rpm, Watts};
    extern crate std;

    /// What was told.
    type Heard = std::vec::Vec<News>;

    const fn worn(calf: Option<Seen>, thigh: Option<Seen>) -> LegNow {
        LegNow { calf, thigh, d: None }
    }

    fn right(calf: f32, thigh: f32) -> Moment<'static> {
        let leg = worn(Some(seen(CALF, Ok(calf))), Some(seen(THIGH, Ok(thigh))));
        Moment { legs: [LegNow::default(), leg], ..Moment::default() }
    }

    fn pass(survey: &mut Survey, heard: &mut Heard, seconds: u32, moment: impl Fn(u32) -> Moment<'static>) {
        (0..seconds).for_each(|s| survey.second(&moment(s), &mut |news| heard.push(news)));
    }

    #[test]
    fn two_sensors_moved_around_fill_the_table_and_ratios_wait_for_their_cells() {
        let (mut survey, mut heard) = (Survey::new(), Heard::new());
        survey.start();
        survey.capture();
        pass(&mut survey, &mut heard, 30, |s| right(44.0 + if s & 1 == 0 { 2.0 } else { -2.0 }, 60.0));
        assert_eq!(survey.progress_s(), Some(30));
        pass(&mut survey, &mut heard, 30, |s| right(44.0 + if s & 1 == 0 { 2.0 } else { -2.0 }, 60.0));
        assert_eq!(survey.progress_s(), None);
        let calf = survey.cell(Part::Calf, Side::Right).unwrap();
        assert_eq!((calf.site, calf.mean(), calf.spread(), calf.seconds), (CALF, 44.0, 2.0, 60));
        assert_eq!(survey.cell(Part::Calf, Side::Left), None);
        assert_eq!((survey.left_to_right(Part::Calf), survey.calf_to_thigh(Side::Left)), (None, None));
        assert!((survey.calf_to_thigh(Side::Right).unwrap() - 44.0 / 60.0).abs() < 1e-6);
        // The same two sensors, on the other leg.
        let leg = worn(Some(seen(left(CALF), Ok(55.0))), Some(seen(left(THIGH), Ok(60.0))));
        survey.capture();
        pass(&mut survey, &mut heard, 61, |_| Moment { legs: [leg, LegNow::default()], ..Moment::default() });
        assert_eq!((survey.left_to_right(Part::Calf), survey.left_to_right(Part::Thigh)), (Some(1.25), Some(1.0)));
        assert_eq!(heard.len(), 4, "{heard:?}");
        assert!(heard.contains(&News::SurveyCell { site: CALF, smo2_tenths: 440, spread_tenths: 20, seconds: 60 }));
    }

    #[test]
    fn four_at_once_take_one_capture_and_heads_are_not_compared_with_each_other() {
        let (mut survey, mut heard) = (Survey::new(), Heard::new());
        let lateral = Site::new(Muscle::GastrocnemiusLateralis, Side::Left);
        let mut moment = right(50.0, 60.0);
        moment.legs[0] = worn(Some(seen(lateral, Ok(40.0))), Some(seen(left(THIGH), Ok(66.0))));
        survey.capture();
        pass(&mut survey, &mut heard, 60, |_| moment);
        assert_eq!(heard.len(), 4);
        assert_eq!(survey.left_to_right(Part::Calf), None);
        assert!((survey.left_to_right(Part::Thigh).unwrap() - 1.1).abs() < 1e-6);
    }

    #[test]
    fn who_pedals_is_not_at_rest() {
        for (power, cadence) in [(Some(Watts(1)), None), (None, Some(Rpm(1)))] {
            let (mut survey, mut heard) = (Survey::new(), Heard::new());
            survey.capture();
            pass(&mut survey, &mut heard, 60, |s| {
                let moves = s == 58;
                let moment = right(50.0, 60.0);
                Moment { power: power.filter(|_| moves), cadence: cadence.filter(|_| moves), ..moment }
            });
            assert_eq!((survey.failed(), survey.progress_s()), (Some(Spoil::Pedalling), None));
            assert_eq!(heard, [News::SurveySpoiled { why: Spoil::Pedalling }]);
            survey.capture();
            pass(&mut survey, &mut heard, 60, |_| Moment { power: Some(Watts(0)), ..right(50.0, 60.0) });
            assert_eq!((survey.failed(), survey.calf_to_thigh(Side::Right).is_some()), (None, true));
        }
    }

    #[test]
    fn a_reading_may_be_missing_for_ten_seconds_and_spoils_its_own_cell_only() {
        for (missing, good) in [(10, true), (11, false)] {
            let (mut survey, mut heard) = (Survey::new(), Heard::new());
            survey.capture();
            pass(&mut survey, &mut heard, 60, |s| {
                let mut moment = right(50.0, 60.0);
                if s % 5 == 4 && s / 5 < missing {
                    moment.legs[1].calf = Some(seen(CALF, Err(Reason::AmbientLight)));
                }
                moment
            });
            assert_eq!(survey.cell(Part::Calf, Side::Right).map(|cell| cell.seconds), good.then_some(50));
            let why = (!good).then_some(Spoil::Reading(Reason::AmbientLight));
            assert_eq!(survey.spoiled(Part::Calf, Side::Right), why);
            assert_eq!(survey.cell(Part::Thigh, Side::Right).map(|cell| cell.seconds), Some(60));
            assert_eq!(survey.failed(), None);
        }
    }

    #[test]
    fn no_sensor_a_gap_and_a_roster_that_changes_say_so() {
        let (mut survey, mut heard) = (Survey::new(), Heard::new());
        survey.capture();
        pass(&mut survey, &mut heard, 60, |_| Moment::default());
        assert_eq!(survey.failed(), Some(Spoil::NoSensor));
        survey.capture();
        pass(&mut survey, &mut heard, 20, |_| right(50.0, 60.0));
        survey.jump(&mut |news| heard.push(news));
        assert_eq!(survey.failed(), Some(Spoil::Gap));
        survey.capture();
        pass(&mut survey, &mut heard, 60, |s| if s < 30 { right(50.0, 60.0) } else { Moment::default() });
        assert_eq!((survey.failed(), survey.cell(Part::Calf, Side::Right)), (Some(Spoil::Changed), None));
        survey.capture();
        pass(&mut survey, &mut heard, 60, |_| right(f32::NAN, 1e9));
        assert_eq!(survey.failed(), Some(Spoil::Reading(Reason::Implausible)));
        survey.stop();
        pass(&mut survey, &mut heard, 60, |_| right(50.0, 60.0));
        assert!(heard.iter().all(|news| matches!(news, News::SurveySpoiled { .. })), "{heard:?}");
    }

    #[test]
    fn a_capture_begun_again_starts_at_zero_and_an_older_cell_stays_until_it_is_over() {
        let (mut survey, mut heard) = (Survey::new(), Heard::new());
        survey.capture();
        pass(&mut survey, &mut heard, 60, |_| right(50.0, 60.0));
        survey.capture();
        pass(&mut survey, &mut heard, 40, |_| right(40.0, 60.0));
        survey.capture();
        assert_eq!(survey.progress_s(), Some(0));
        pass(&mut survey, &mut heard, 59, |_| right(30.0, 60.0));
        assert_eq!(survey.cell(Part::Calf, Side::Right).unwrap().mean(), 50.0);
        pass(&mut survey, &mut heard, 1, |_| right(30.0, 60.0));
        assert_eq!(survey.cell(Part::Calf, Side::Right).unwrap().mean(), 30.0);
        survey.start();
        assert_eq!(survey.cell(Part::Calf, Side::Right), None);
    }
}
