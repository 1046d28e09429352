//! Position blocks: a fitter changes one thing, the rider rides on at one power, and levels of calf and thigh are compared.
//!
//! **Design.** A block lasts 4 min; its first 75 s are dropped, in which the muscles settle, and seconds in which the rider stands
//! or coasts, or comes back from it. Two positions are ridden as A B B A, three as A B C C B A: at most three. What is
//! compared is the difference between the two positions used last, later less earlier as they were first used.
//!
//! **Pairs.** Blocks that follow each other, one of each position, make a pair; each block is in one. A pair needs the same
//! contact of the sensors with the skin, power within 10 % and cadence within 10 rpm (where they are known), and no more
//! than a quarter of an hour between its beginnings. The difference is the mean over pairs. Drift that is linear cancels
//! where each order comes as often as the other (ABBA); where it does not (ABAB), its slope is taken from blocks of one
//! position, as a covariate.
//!
//! **Interval**, 95 %. From three pairs on: Student's t over the differences of pairs, with what the slope is unsure by. With
//! one pair or two: the noise that is known of adjacent blocks ([`super::compare`]), drift included. Three pairs may so be less sure
//! than two: they know this rider, and the table does not.
//!
//! **Verdict.** Never better or worse. `Shown` when the interval does not hold zero, however small; else `Equivalent` when all of
//! it is within 3 points, else `NoChangeShown`.

use super::compare::{self, Interval, LEAST_S, Window, WindowMean};
use super::moment::{Contacts, Moment, SIDES, Spoil, What, leg_index};
use super::tally::{self, Tally};
use super::{News, Told};
use crate::math;
use crate::sensor::Side;
use serde::{Deserialize, Serialize};

/// Positions that are compared at most.
pub const MAX_POSITIONS: usize = 3;
/// Blocks that are kept: the last eight pairs.
pub const BLOCKS_KEPT: usize = 16;
/// The beginning of a block that does not count, s.
pub const SETTLE_S: u16 = 75;
/// What a block is to last, its settling included, s.
pub const TARGET_S: u16 = 240;
/// A block is long enough once so many seconds count.
const ENOUGH_S: u16 = TARGET_S - SETTLE_S;
/// Blocks of a pair begin no further apart, s.
const FURTHEST_S: u32 = 900;
/// Power and cadence of a pair are alike within this share and within so many rpm.
const LIKE_POWER: f32 = 0.1;
const LIKE_RPM: f32 = 10.0;
/// What is within so many points is the same for practice.
pub const EQUIVALENT: f32 = 3.0;
/// Differences are taken to scatter by no less (SD, points): the sensors' own steps.
const LEAST_SD: f32 = 0.1;
/// Pairs that are judged by their own scatter.
const FEWEST_PAIRS: usize = 3;
/// Student's t at 97.5 % for 2, 3, … degrees of freedom.
const STUDENT: [f32; 6] = [4.303, 3.182, 2.776, 2.571, 2.447, 2.365];
const MOST_PAIRS: usize = BLOCKS_KEPT / 2;

/// A position's label.
type Label = heapless::String<24>;

/// One block.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Its number in this comparison, from 1.
    pub number: u16,
    /// Its position: the label is [`Blocks::label`].
    pub position: u8,
    /// Seconds that count.
    pub counted_s: u16,
    /// When it began, in seconds of the comparison.
    begun_s: u32,
    /// Mean power, W.
    pub power: Option<u16>,
    /// Mean cadence, rpm.
    pub cadence: Option<u16>,
    /// Which contact of each leg's sensors with the skin it was.
    contact: [u8; 2],
    means: [[Option<WindowMean>; 3]; 2],
}

impl Block {
    /// The mean of what was seen on a leg.
    pub fn mean(&self, side: Side, what: What) -> Option<WindowMean> {
        *self.means.get(leg_index(side))?.get(what as usize)?
    }

    /// The same, if it is long enough to be compared.
    fn compared(&self, side: Side, what: What) -> Option<WindowMean> {
        self.mean(side, what).filter(WindowMean::is_long_enough)
    }

    /// Whether load explains no difference between them.
    fn is_like(&self, other: &Self) -> bool {
        let apart = |one: Option<u16>, other: Option<u16>, by: fn(f32) -> f32| {
            let both = one.zip(other).map(|(one, other)| (f32::from(one), f32::from(other)));
            both.is_some_and(|(one, other)| libm::fabsf(one - other) > by(math::max(one, other)))
        };
        !apart(self.power, other.power, |w| LIKE_POWER * w) && !apart(self.cadence, other.cadence, |_| LIKE_RPM)
    }
}

/// The block that is being ridden.
#[derive(Clone, Copy, Debug)]
struct Running {
    number: u16,
    position: u8,
    begun_s: u32,
    settle_s: u16,
    counted_s: u16,
    power: Tally,
    cadence: Tally,
    contact: [u8; 2],
    legs: [Window; 2],
}

impl Running {
    #[inline(never)]
    fn block(&self) -> Block {
        let whole = |tally: &Tally| tally.mean().map(|mean| math::round_i32(mean) as u16);
        Block {
            number: self.number,
            position: self.position,
            counted_s: self.counted_s,
            begun_s: self.begun_s,
            power: whole(&self.power),
            cadence: whole(&self.cadence),
            contact: self.contact,
            means: self.legs.map(|leg| leg.means()),
        }
    }

    /// What was counted is no good: the muscles settle anew.
    fn restart(&mut self) {
        (self.settle_s, self.counted_s) = (SETTLE_S, 0);
        (self.power, self.cadence, self.legs) = (Tally::new(), Tally::new(), [Window::new(); 2]);
    }
}

/// How far a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The muscles settle, for so many seconds more.
    Settling {
        /// Seconds.
        left_s: u16,
    },
    /// It counts, and needs so many seconds more.
    Counting {
        /// Seconds.
        left_s: u16,
    },
    /// It counts, and is long enough.
    LongEnough,
    /// It does not count now: the rider stands or coasts, or did a moment ago.
    Held(Spoil),
}

/// What a comparison still needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Missing {
    /// A second position.
    Position,
    /// A block of each position, one after the other, with (nearly) two minutes that count.
    Block,
    /// The muscle's readings: blocks lasted, and it was not seen in them for two minutes.
    Reading,
    /// Two blocks that follow each other at like power and cadence.
    LikeLoad,
    /// Two blocks between which no sensor moved.
    Contact,
}

/// What a comparison shows, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shows {
    /// A difference.
    Difference,
    /// No change, and not that there is none.
    NoChange,
    /// The same for practice.
    Equivalent,
}

impl Shows {
    /// The name in events.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Difference => "difference",
            Self::NoChange => "no_change_shown",
            Self::Equivalent => "equivalent",
        }
    }
}

/// What the blocks show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// A difference: its interval does not hold zero.
    Shown(Interval),
    /// None: the interval holds zero, and is too wide to say that there is none.
    NoChangeShown(Interval),
    /// The same for practice: all of the interval is within 3 points.
    Equivalent(Interval),
    /// Nothing yet.
    NotYet {
        /// What it needs.
        missing: Missing,
    },
}

impl Verdict {
    /// What is shown, with its interval; `None` while nothing is.
    pub const fn shows(&self) -> Option<(Shows, Interval)> {
        match *self {
            Self::Shown(interval) => Some((Shows::Difference, interval)),
            Self::NoChangeShown(interval) => Some((Shows::NoChange, interval)),
            Self::Equivalent(interval) => Some((Shows::Equivalent, interval)),
            Self::NotYet { .. } => None,
        }
    }

    fn of(interval: Interval) -> Self {
        if interval.excludes_zero() {
            Self::Shown(interval)
        } else if interval.is_within(EQUIVALENT) {
            Self::Equivalent(interval)
        } else {
            Self::NoChangeShown(interval)
        }
    }
}

/// Two positions compared: `to` less `from`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The position that was used first.
    pub from: u8,
    /// The other.
    pub to: u8,
    /// Pairs of blocks that are in it.
    pub pairs: u8,
    /// What they show.
    pub verdict: Verdict,
}

/// All blocks of a comparison of positions.
#[derive(Clone, Debug)]
pub struct Blocks {
    labels: heapless::Vec<Label, MAX_POSITIONS>,
    kept: heapless::Deque<Block, BLOCKS_KEPT>,
    running: Option<Running>,
    /// The block before it, or before its end, to go back to.
    before: Option<Running>,
    /// A fourth position was asked for, and is not compared.
    refused: bool,
    disturbed: Option<Spoil>,
    /// Seconds since the comparison began, blocks begun in it.
    age_s: u32,
    begun: u16,
    contacts: Contacts,
    contact: [u8; 2],
}

impl Blocks {
    pub(super) const fn new() -> Self {
        Self {
            labels: heapless::Vec::new(),
            kept: heapless::Deque::new(),
            running: None,
            before: None,
            refused: false,
            disturbed: None,
            age_s: 0,
            begun: 0,
            contacts: Contacts::new(),
            contact: [0; 2],
        }
    }

    /// A position's label.
    pub fn label(&self, position: u8) -> Option<&str> {
        self.labels.get(usize::from(position)).map(heapless::String::as_str)
    }

    /// Positions that have been used.
    pub fn positions(&self) -> usize {
        self.labels.len()
    }

    /// The block that is ridden, as far as it is, how long it has been in seconds, and how far it is.
    pub fn running(&self) -> Option<(Block, u32, Stage)> {
        let running = self.running.as_ref()?;
        let stage = match (running.settle_s, self.disturbed) {
            (1.., _) => Stage::Settling { left_s: running.settle_s },
            (0, Some(why)) => Stage::Held(why),
            (0, None) if running.counted_s < ENOUGH_S => Stage::Counting { left_s: ENOUGH_S - running.counted_s },
            (0, None) => Stage::LongEnough,
        };
        Some((running.block(), self.age_s.saturating_sub(running.begun_s), stage))
    }

    /// Finished blocks of two minutes that count or more, the oldest first.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = &Block> {
        self.kept.iter()
    }

    /// Whether the last position that was named found no room: three are compared at most.
    pub const fn is_refused(&self) -> bool {
        self.refused
    }

    /// Whether there is a block to go back to.
    pub const fn can_undo(&self) -> bool {
        self.before.is_some()
    }

    /// The position that the next block should be of, to keep to the order.
    pub fn next_position(&self) -> u8 {
        let n = self.labels.len().clamp(2, MAX_POSITIONS);
        let turn = usize::from(self.begun) % (2 * n);
        turn.min(2 * n - 1 - turn) as u8
    }

    /// The set-up has this label from here on. The same one again is no news; an empty one is none.
    pub(super) fn position(&mut self, label: &str, told: Told<'_>) {
        let position = self.labels.iter().position(|it| it == label);
        if position.is_some() && self.running.map(|it| usize::from(it.position)) == position {
            return;
        }
        self.refused = false;
        if label.is_empty() {
            self.end(told);
            return;
        }
        match position.map_or_else(|| self.add(label), |at| Some(at as u8)) {
            Some(position) => self.begin(position, told),
            None => {
                self.end(told);
                self.refused = true;
                told(News::BlockRefused);
            }
        }
    }

    /// The next block, of the position whose turn it is.
    pub(super) fn next(&mut self, told: Told<'_>) {
        let position = self.next_position();
        let is_used = |label: &str| self.labels.iter().any(|it| it == label);
        let label = if usize::from(position) < self.labels.len() {
            None
        } else {
            ["A", "B", "C", "D", "E", "F"].into_iter().skip(position.into()).find(|label| !is_used(label))
        };
        self.refused = false;
        let position = label.map_or(Some(position), |label| self.add(label));
        if let Some(position) = position {
            self.begin(position, told);
        }
    }

    /// The last change was a slip: the block before it goes on, and what was counted since is dropped.
    pub(super) fn undo(&mut self, told: Told<'_>) {
        let Some(mut before) = self.before.take() else { return };
        if self.kept.back().is_some_and(|block| block.number == before.number) {
            self.kept.pop_back();
        }
        if before.contact != self.contact {
            before.contact = self.contact;
            before.restart();
        }
        // The newest label is no position if no block has it.
        let newest = self.labels.len().saturating_sub(1) as u8;
        if before.position != newest && self.kept.iter().all(|block| block.position != newest) {
            self.labels.pop();
        }
        (self.running, self.begun, self.refused) = (Some(before), before.number, false);
        told(News::BlockUndone { number: before.number });
    }

    /// The block is over and none follows: easy riding, or the end.
    #[inline(never)]
    pub(super) fn end(&mut self, told: Told<'_>) {
        self.before = self.running.take();
        let Some(before) = &self.before else { return };
        let block = before.block();
        told(News::BlockEnded {
            number: block.number,
            position: block.position,
            counted_s: block.counted_s,
            power_w: block.power,
            cadence_rpm: block.cadence,
        });
        for side in SIDES {
            let tenths = |what| block.mean(side, what).map(|mean| tally::in_tenths(mean.mean()));
            let means = What::ALL.map(tenths);
            if let [calf, thigh, d] = means
                && (calf.is_some() || thigh.is_some())
            {
                told(News::BlockLeg { number: block.number, side, calf, thigh, d });
            }
        }
        if block.counted_s < LEAST_S {
            return;
        }
        if self.kept.is_full() {
            self.kept.pop_front();
        }
        let _ = self.kept.push_back(block);
        for side in SIDES {
            for what in What::ALL {
                let Comparison { from, to, pairs, verdict } = self.compare(side, what);
                if let Some((shows, interval)) = verdict.shows() {
                    let difference = tally::in_tenths(interval.difference);
                    let half_width = tally::in_tenths(interval.half_width);
                    told(News::Compared { side, what, from, to, pairs, shows, difference, half_width });
                }
            }
        }
    }

    /// Forgets every block and position.
    pub(super) fn clear(&mut self, told: Told<'_>) {
        self.end(told);
        (self.running, self.before, self.refused) = (None, None, false);
        (self.age_s, self.begun) = (0, 0);
        self.labels.clear();
        self.kept.clear();
    }

    fn add(&mut self, label: &str) -> Option<u8> {
        let position = self.labels.len() as u8;
        let fits = Label::try_from(label).ok()?;
        self.labels.push(fits).ok().map(|()| position)
    }

    fn begin(&mut self, position: u8, told: Told<'_>) {
        self.end(told);
        self.begun = self.begun.saturating_add(1);
        self.running = Some(Running {
            number: self.begun,
            position,
            begun_s: self.age_s,
            settle_s: SETTLE_S,
            counted_s: 0,
            power: Tally::new(),
            cadence: Tally::new(),
            contact: self.contact,
            legs: [Window::new(); 2],
        });
        let name = self.labels.get(usize::from(position)).cloned().unwrap_or_default();
        told(News::BlockBegan { number: self.begun, position, label: name });
    }

    /// Time has jumped: nobody knows what the rider did meanwhile.
    pub(super) fn jump(&mut self) {
        if let Some(running) = &mut self.running {
            running.restart();
        }
    }

    pub(super) fn second(&mut self, moment: &Moment<'_>) {
        self.age_s = self.age_s.saturating_add(1);
        self.disturbed = moment.disturbed;
        let changed = self.contacts.follow(moment);
        for (contact, changed) in self.contact.iter_mut().zip(changed) {
            *contact = contact.wrapping_add(changed.into());
        }
        let Some(running) = &mut self.running else { return };
        if changed != [false; 2] {
            running.contact = self.contact;
            for (leg, changed) in running.legs.iter_mut().zip(changed) {
                if changed {
                    *leg = Window::new();
                }
            }
        }
        if running.settle_s > 0 {
            running.settle_s -= 1;
            return;
        }
        if moment.disturbed.is_some() {
            return;
        }
        running.counted_s = running.counted_s.saturating_add(1);
        if let Some(power) = moment.power {
            running.power.add(power.0.into());
        }
        if let Some(cadence) = moment.cadence {
            running.cadence.add(cadence.0.into());
        }
        for (leg, now) in running.legs.iter_mut().zip(&moment.legs) {
            leg.second(now);
        }
    }

    /// The two positions used last, compared on a leg, with the block that is ridden as far as it is.
    #[inline(never)]
    pub fn compare(&self, side: Side, what: What) -> Comparison {
        let running = self.running.as_ref().map(Running::block);
        let blocks = || self.kept.iter().chain(running.as_ref());
        let newest = blocks().last().map(|block| block.position);
        let other = newest.and_then(|newest| blocks().rev().map(|block| block.position).find(|&it| it != newest));
        let Some((newest, other)) = newest.zip(other) else {
            let missing = if self.labels.len() < 2 { Missing::Position } else { Missing::Block };
            let verdict = Verdict::NotYet { missing };
            return Comparison { from: 0, to: 0, pairs: 0, verdict };
        };
        let (from, to) = (newest.min(other), newest.max(other));
        let mut pairs = Pairs { made: heapless::Vec::new(), waiting: None, missing: Missing::Block };
        for block in blocks().filter(|block| block.position == from || block.position == to) {
            pairs.push(block, side, what);
        }
        let verdict = match pairs.interval(to, what) {
            Some(interval) => Verdict::of(interval),
            None => Verdict::NotYet { missing: pairs.missing },
        };
        Comparison { from, to, pairs: pairs.made.len() as u8, verdict }
    }
}

/// A block that is compared: position, when it began, which contact it was, and its mean.
#[derive(Clone, Copy)]
struct Point<'a> {
    block: &'a Block,
    contact: u8,
    mean: WindowMean,
}

/// Blocks as they are paired.
struct Pairs<'a> {
    made: heapless::Vec<[Point<'a>; 2], MOST_PAIRS>,
    waiting: Option<Point<'a>>,
    missing: Missing,
}

impl<'a> Pairs<'a> {
    /// The next block of the two positions.
    #[inline(never)]
    fn push(&mut self, block: &'a Block, side: Side, what: What) {
        if block.counted_s < LEAST_S {
            return;
        }
        let contact = block.contact.get(leg_index(side)).copied().unwrap_or_default();
        let Some(mean) = block.compared(side, what) else {
            self.missing = Missing::Reading;
            return;
        };
        let next = Point { block, contact, mean };
        let last = self.waiting.replace(next).filter(|last| last.block.position != block.position);
        let Some(last) = last.filter(|last| block.begun_s.saturating_sub(last.block.begun_s) <= FURTHEST_S) else {
            return;
        };
        if last.contact != contact {
            self.missing = Missing::Contact;
        } else if !last.block.is_like(block) {
            self.missing = Missing::LikeLoad;
        } else if self.made.push([last, next]).is_ok() {
            self.waiting = None;
        }
    }

    /// The differences of the pairs, `to` less the other, and how much later `to` came, minutes.
    fn differences(&self, to: u8) -> heapless::Vec<(f32, f32), MOST_PAIRS> {
        let mut differences = heapless::Vec::new();
        for [first, second] in &self.made {
            let points = second.mean.mean() - first.mean.mean();
            let apart = second.block.begun_s.saturating_sub(first.block.begun_s) as f32 / 60.0;
            let difference = if second.block.position == to { (points, apart) } else { (-points, -apart) };
            // There are no more of them than of pairs.
            let _ = differences.push(difference);
        }
        differences
    }

    /// The slope of drift, points a minute, from blocks of one position and contact, and the sum of squares it rests on.
    #[inline(never)]
    fn drift(&self) -> Option<(f32, f32)> {
        let (mut xx, mut xy) = (0.0, 0.0);
        for (i, one) in self.made.iter().flatten().enumerate() {
            for other in self.made.iter().flatten().take(i) {
                if one.block.position == other.block.position && one.contact == other.contact {
                    let x = one.block.begun_s.saturating_sub(other.block.begun_s) as f32 / 60.0;
                    xx += x * x;
                    xy += x * (one.mean.mean() - other.mean.mean());
                }
            }
        }
        // Each block stands against all others of its position: as often as there are pairs.
        (xx > 0.0).then(|| (xy / xx, xx / self.made.len() as f32))
    }

    fn interval(&self, to: u8, what: What) -> Option<Interval> {
        let differences = self.differences(to);
        let (mut difference, later) = means(&differences)?;
        let n = differences.len() as f32;
        if differences.len() < FEWEST_PAIRS {
            let mut variance = 0.0;
            for [one, other] in &self.made {
                variance += compare::variance(&one.mean, &other.mean, what);
            }
            return Some(Interval { difference, half_width: compare::Z * libm::sqrtf(variance) / n });
        }
        let (slope, squares) = self.drift().unwrap_or((0.0, 1.0));
        difference -= slope * later;
        let mut scatter = 0.0;
        for (points, later) in &differences {
            let off = points - slope * later - difference;
            scatter += off * off;
        }
        let scatter = math::max(scatter / (n - 1.0), LEAST_SD * LEAST_SD);
        // A block's variance is half that of a difference.
        let variance = scatter / n + later * later * scatter / (2.0 * squares);
        let student = STUDENT.get(differences.len() - FEWEST_PAIRS).copied()?;
        Some(Interval { difference, half_width: student * libm::sqrtf(variance) })
    }
}

/// The means of both numbers; `None` of nothing.
fn means(both: &[(f32, f32)]) -> Option<(f32, f32)> {
    let (mut first, mut second) = (0.0, 0.0);
    for (one, other) in both {
        first += one;
        second += other;
    }
    let n = both.len() as u32;
    math::mean(first, n).zip(math::mean(second, n))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CALF, Rider, ridden, seen};
    use super::*;
    use crate::sensor::Reason;
    use crate::units::{Rpm, Watts};
    extern crate std;
    use std::vec::Vec;

    const RIGHT: Side = Side::Right;

    /// What was told.
    type Heard = Vec<News>;

    /// Blocks, and what they told.
    struct Fit {
        blocks: Blocks,
        heard: Heard,
    }

    impl Fit {
        fn new() -> Self {
            Self { blocks: Blocks::new(), heard: Heard::new() }
        }

        fn position(&mut self, label: &str) {
            self.blocks.position(label, &mut |news| self.heard.push(news));
        }

        fn next(&mut self) {
            self.blocks.next(&mut |news| self.heard.push(news));
        }

        fn end(&mut self) {
            self.blocks.end(&mut |news| self.heard.push(news));
        }

        fn undo(&mut self) {
            self.blocks.undo(&mut |news| self.heard.push(news));
        }

        fn ride(&mut self, seconds: u32, moment: impl Fn(u32) -> Moment<'static>) {
            (0..seconds).for_each(|s| self.blocks.second(&moment(s)));
        }

        fn stage(&self) -> Option<Stage> {
            self.blocks.running().map(|(_, _, stage)| stage)
        }

        fn running(&self) -> Block {
            self.blocks.running().unwrap().0
        }

        fn d(&self) -> Comparison {
            self.blocks.compare(RIGHT, What::D)
        }

        fn missing(&self) -> Option<Missing> {
            match self.d().verdict {
                Verdict::NotYet { missing } => Some(missing),
                _ => None,
            }
        }
    }

    /// Rides blocks of 4 min of these positions, the second of which shifts the calf by so much.
    fn fitted(rider: &mut Rider, order: &str, points: f32) -> Fit {
        let mut fit = Fit::new();
        for label in order.chars() {
            // A new block of the same label is begun by hand.
            fit.end();
            fit.position(label.encode_utf8(&mut [0; 4]));
            for _ in 0..TARGET_S {
                let moment = rider.second(if label == 'B' { points } else { 0.0 });
                fit.blocks.second(&moment);
            }
        }
        fit
    }

    #[test]
    fn a_block_settles_counts_and_is_long_enough_after_four_minutes() {
        let mut fit = Fit::new();
        assert_eq!(fit.stage(), None);
        fit.position("old saddle");
        assert_eq!(fit.stage(), Some(Stage::Settling { left_s: 75 }));
        fit.ride(75, |_| ridden(20.0, 80.0));
        assert_eq!((fit.stage(), fit.running().mean(RIGHT, What::Calf)), (Some(Stage::Counting { left_s: 165 }), None));
        fit.ride(164, |_| ridden(50.0, 60.0));
        assert_eq!(fit.stage(), Some(Stage::Counting { left_s: 1 }));
        fit.ride(1, |_| ridden(50.0, 60.0));
        assert_eq!((fit.stage(), fit.blocks.running().unwrap().1), (Some(Stage::LongEnough), 240));
        let calf = fit.running().mean(RIGHT, What::Calf).unwrap();
        assert_eq!((calf.mean(), calf.sd(), calf.seconds()), (50.0, 0.0, 165));
        assert!((calf.effective_n() - 165.0 / 27.0).abs() < 1e-5);
        assert_eq!(fit.running().mean(RIGHT, What::D).unwrap().mean(), -10.0);
        assert_eq!(fit.running().mean(Side::Left, What::D), None);
        fit.end();
        let label = heapless::String::try_from("old saddle").unwrap();
        let wanted = [
            News::BlockBegan { number: 1, position: 0, label },
            News::BlockEnded { number: 1, position: 0, counted_s: 165, power_w: Some(200), cadence_rpm: Some(88) },
            News::BlockLeg { number: 1, side: RIGHT, calf: Some(500), thigh: Some(600), d: Some(-100) },
        ];
        assert_eq!(fit.heard, wanted);
    }

    #[test]
    fn the_next_block_keeps_to_the_mirrored_order() {
        let mut fit = Fit::new();
        let labels = |fit: &mut Fit, n: u32| -> Vec<std::string::String> {
            (0..n).for_each(|_| fit.next());
            let label = |news: &News| match news {
                News::BlockBegan { label, .. } => Some(label.as_str().into()),
                _ => None,
            };
            fit.heard.drain(..).filter_map(|news| label(&news)).collect()
        };
        assert_eq!(labels(&mut fit, 9), ["A", "B", "B", "A", "A", "B", "B", "A", "A"]);
        // A label of the fitter's is the first position, and the second is not called the same.
        let mut fit = Fit::new();
        fit.position("B");
        assert_eq!(labels(&mut fit, 3), ["B", "C", "C", "B"]);
        let mut fit = Fit::new();
        for label in ["low", "high", "back"] {
            fit.position(label);
        }
        fit.heard.clear();
        assert_eq!(labels(&mut fit, 4), ["back", "high", "low", "low"]);
    }

    #[test]
    fn a_fourth_position_is_refused_and_said_to_be() {
        let mut fit = Fit::new();
        for label in ["1", "2", "3", "4"] {
            fit.position(label);
            fit.ride(240, |_| ridden(50.0, 60.0));
        }
        assert!(fit.blocks.is_refused() && fit.blocks.running().is_none() && fit.heard.contains(&News::BlockRefused));
        assert_eq!((fit.blocks.positions(), fit.blocks.kept().count()), (3, 3));
        assert_eq!([0, 2, 3].map(|at| fit.blocks.label(at)), [Some("1"), Some("3"), None]);
        // The two used last.
        assert_eq!((fit.d().from, fit.d().to, fit.d().pairs), (1, 2, 1));
        fit.undo();
        assert!(!fit.blocks.is_refused() && fit.running().position == 2);
        fit.position("1");
        assert_eq!((fit.running().position, fit.d().from, fit.d().to), (0, 0, 2));
    }

    #[test]
    fn positions_that_flip_and_flop_are_blocks_that_do_not_count() {
        let mut fit = Fit::new();
        fit.position("A");
        fit.ride(240, |_| ridden(50.0, 60.0));
        for i in 0..1000 {
            fit.position(if i % 2 == 0 { "B" } else { "A" });
            fit.position(if i % 2 == 0 { "B" } else { "A" });
            fit.ride(i % 90, |_| ridden(70.0, 60.0));
        }
        assert_eq!((fit.blocks.kept().count(), fit.missing()), (1, Some(Missing::Block)));
        assert_eq!(fit.running().number, 1001, "the same label again is no news");
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut fit = Fit::new();
        assert_eq!(fit.missing(), Some(Missing::Position));
        fit.position("A");
        fit.ride(240, |_| ridden(50.0, 60.0));
        assert_eq!(fit.missing(), Some(Missing::Position));
        fit.position("B");
        fit.ride(u32::from(SETTLE_S) + 109, |_| ridden(50.0, 60.0));
        assert_eq!(fit.missing(), Some(Missing::Block));
        fit.ride(1, |_| ridden(50.0, 60.0));
        assert_eq!((fit.missing(), fit.d().pairs), (None, 1));
        let blind = |_| {
            let mut moment = ridden(50.0, 60.0);
            moment.legs[1].calf = Some(seen(CALF, Err(Reason::Lost)));
            moment
        };
        let strong = |_| Moment { power: Some(Watts(225)), ..ridden(50.0, 60.0) };
        let fast = |_| Moment { cadence: Some(Rpm(99)), ..ridden(50.0, 60.0) };
        let moved = |_| {
            let mut moment = ridden(50.0, 60.0);
            moment.legs[1].calf = Some(crate::session::Seen { contact: 1, ..seen(CALF, Ok(50.0)) });
            moment
        };
        let unlike: [(&dyn Fn(u32) -> Moment<'static>, Missing); 4] = [
            (&blind, Missing::Reading),
            (&strong, Missing::LikeLoad),
            (&fast, Missing::LikeLoad),
            (&moved, Missing::Contact),
        ];
        for (second, missing) in unlike {
            let mut fit = Fit::new();
            fit.position("A");
            fit.ride(240, |_| ridden(50.0, 60.0));
            fit.position("B");
            fit.ride(240, second);
            assert_eq!(fit.missing(), Some(missing));
            if missing == Missing::Reading {
                assert_eq!(fit.blocks.compare(RIGHT, What::Thigh).pairs, 1);
            }
        }
        assert!(matches!(
            fit.blocks.compare(Side::Left, What::D).verdict,
            Verdict::NotYet { missing: Missing::Reading }
        ));
    }

    #[test]
    fn standing_coasting_and_sleep_do_not_count() {
        let mut fit = Fit::new();
        fit.position("A");
        fit.ride(175, |_| ridden(50.0, 60.0));
        fit.ride(60, |_| Moment { disturbed: Some(Spoil::Standing), ..ridden(20.0, 60.0) });
        assert_eq!((fit.stage(), fit.running().counted_s), (Some(Stage::Held(Spoil::Standing)), 100));
        fit.ride(65, |_| ridden(50.0, 60.0));
        assert_eq!(
            (fit.stage(), fit.running().mean(RIGHT, What::Calf).unwrap().mean()),
            (Some(Stage::LongEnough), 50.0)
        );
        fit.blocks.jump();
        assert_eq!((fit.stage(), fit.running().counted_s), (Some(Stage::Settling { left_s: 75 }), 0));
    }

    #[test]
    fn a_slip_of_the_finger_is_undone_and_the_block_goes_on_where_it_was() {
        let mut fit = Fit::new();
        fit.undo();
        fit.position("A");
        fit.ride(200, |_| ridden(50.0, 60.0));
        fit.next();
        assert_eq!((fit.blocks.kept().count(), fit.running().position), (1, 1));
        fit.ride(5, |_| ridden(50.0, 60.0));
        fit.undo();
        assert_eq!((fit.blocks.kept().count(), fit.running().number, fit.running().counted_s), (0, 1, 125));
        assert_eq!((fit.blocks.positions(), fit.blocks.next_position()), (1, 1));
        fit.ride(40, |_| ridden(50.0, 60.0));
        assert_eq!(fit.stage(), Some(Stage::LongEnough));
        fit.undo();
        assert_eq!(fit.stage(), Some(Stage::LongEnough), "once");
        // The end of a block can be a slip, too.
        fit.end();
        assert!(fit.blocks.running().is_none() && fit.blocks.can_undo());
        fit.undo();
        assert_eq!((fit.running().counted_s, fit.blocks.kept().count()), (165, 0));
        fit.end();
        fit.next();
        assert!(!fit.blocks.can_undo(), "what was ended before is over");
        let undone = fit.heard.iter().filter(|news| **news == News::BlockUndone { number: 1 });
        assert_eq!(undone.count(), 2);
    }

    #[test]
    fn a_sensor_that_moves_within_a_block_leaves_what_came_after() {
        let mut fit = Fit::new();
        fit.position("A");
        fit.ride(135, |_| ridden(50.0, 60.0));
        fit.ride(120, |_| {
            let mut moment = ridden(70.0, 60.0);
            moment.legs[1].calf = Some(crate::session::Seen { contact: 1, ..seen(CALF, Ok(70.0)) });
            moment
        });
        let calf = fit.running().mean(RIGHT, What::Calf).unwrap();
        assert_eq!((calf.mean(), calf.seconds()), (70.0, 120));
    }

    #[test]
    fn two_days_without_an_end_harm_nothing_and_clear_forgets_all() {
        let mut fit = Fit::new();
        fit.next();
        fit.ride(2 * 86_400, |s| ridden(if s % 7 == 0 { f32::NAN } else { 100.0 }, 0.0));
        let (block, age_s, stage) = fit.blocks.running().unwrap();
        assert_eq!((age_s, stage, block.mean(RIGHT, What::D).unwrap().mean()), (172_800, Stage::LongEnough, 100.0));
        (0..100).for_each(|_| {
            fit.next();
            fit.ride(240, |_| ridden(50.0, 60.0));
        });
        assert_eq!((fit.blocks.kept().count(), fit.d().pairs), (BLOCKS_KEPT, 8));
        fit.blocks.clear(&mut |news| fit.heard.push(news));
        assert_eq!((fit.blocks.positions(), fit.blocks.kept().count(), fit.missing()), (0, 0, Some(Missing::Position)));
        assert!(!fit.blocks.can_undo());
    }

    #[test]
    fn pairs_are_of_neighbours_and_a_block_is_in_one() {
        for (order, pairs) in [("AB", 1), ("ABBA", 2), ("AAB", 1), ("ABABAB", 3), ("ABBABA", 3), ("AABB", 1)] {
            let fit = fitted(&mut Rider::new(1, 0.0), order, -4.0);
            assert_eq!(fit.d().pairs, pairs, "{order}");
            let Verdict::Shown(interval) = fit.blocks.compare(RIGHT, What::Calf).verdict else { panic!("{order}") };
            assert!((interval.difference + 4.0).abs() < 0.01, "{order} {interval:?}");
        }
        // Half an hour of easy riding lies between.
        let mut fit = fitted(&mut Rider::new(1, 0.0), "A", 0.0);
        fit.end();
        fit.ride(1800, |_| ridden(50.0, 60.0));
        fit.position("B");
        fit.ride(240, |_| ridden(50.0, 60.0));
        assert_eq!(fit.missing(), Some(Missing::Block));
    }

    #[test]
    fn a_straight_drift_is_no_difference() {
        for order in ["ABBA", "ABABAB", "ABBABA", "ABBAABBA", "BAABBA", "ABAB"] {
            let mut rider = Rider::new(1, 0.0);
            rider.drift = -0.24;
            let fit = fitted(&mut rider, order, 0.0);
            let (_, interval) = fit.d().verdict.shows().unwrap();
            // Two pairs are too few to tell drift in ABAB: their interval holds it.
            let least = if order == "ABAB" { 0.97 } else { 0.02 };
            assert!(libm::fabsf(interval.difference) < least, "{order} {interval:?}");
            assert!(!interval.excludes_zero() || order == "ABABAB" && interval.difference.abs() < 0.02, "{order}");
        }
    }

    #[test]
    fn a_verdict_says_what_its_interval_does() {
        let verdict = |difference, half_width| Verdict::of(Interval { difference, half_width });
        assert!(matches!(verdict(-4.0, 3.0), Verdict::Shown(_)));
        assert!(matches!(verdict(0.5, 0.2), Verdict::Shown(_)));
        assert!(matches!(verdict(1.0, 2.0), Verdict::Equivalent(_)));
        assert!(matches!(verdict(2.0, 2.0), Verdict::NoChangeShown(_)));
    }

    /// Shares of runs whose interval covers the truth, and in which a difference is shown.
    fn shares(order: &str, sd: f32, drift: f32, points: f32, what: What) -> (f32, f32) {
        const RUNS: u64 = 600;
        let (mut covered, mut shown) = (0, 0);
        for seed in 0..RUNS {
            let mut rider = Rider::new(seed, sd);
            rider.drift = drift;
            let (shows, interval) =
                fitted(&mut rider, order, points).blocks.compare(RIGHT, what).verdict.shows().unwrap();
            covered += u32::from(libm::fabsf(interval.difference - points) <= interval.half_width);
            shown += u32::from(shows == Shows::Difference);
        }
        (covered as f32 / RUNS as f32, shown as f32 / RUNS as f32)
    }

    #[test]
    fn in_coloured_noise_95_of_100_intervals_hold_the_truth() {
        // SD 3.2 makes adjacent blocks of 165 s differ by what the table says; from three pairs on any SD will do.
        let cases = [
            ("AB", 3.2, 0.0, What::Calf),
            ("AB", 3.2, 0.0, What::D),
            ("ABBA", 3.2, 0.0, What::D),
            ("ABBA", 3.2, -0.24, What::Calf),
            ("ABBABA", 1.9, 0.0, What::D),
            ("ABABAB", 1.9, -0.24, What::D),
            ("ABBAABBA", 1.9, -0.24, What::D),
            ("ABBAABBA", 4.0, 0.1, What::Calf),
        ];
        for (order, sd, drift, what) in cases {
            let (covered, shown) = shares(order, sd, drift, 0.0, what);
            std::eprintln!("{order} SD {sd} drift {drift} {what:?}: {covered} covered");
            assert!((0.92..=0.98).contains(&covered), "{order} SD {sd} drift {drift} {what:?}: {covered}");
            assert!((covered + shown - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn five_points_are_shown_in_most_fits() {
        for (order, sd, least) in [("ABBA", 1.9, 0.8), ("ABBABA", 1.9, 0.5), ("ABBAABBA", 1.9, 0.9)] {
            let (covered, shown) = shares(order, sd, -0.1, -5.0, What::D);
            std::eprintln!("{order} SD {sd}: {shown} shown, {covered} covered");
            assert!(shown >= least && covered >= 0.92, "{order} SD {sd}: {shown} shown, {covered} covered");
        }
    }
}
