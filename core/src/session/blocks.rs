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
        let n = self.labels.len().max(2);
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
    pub fn compare(&self, side: Side, what: What) -> Comparison {
        let running = self.running.as_ref().map(Running::block);
        let blocks = || self.kept.iter().chain(running.as_ref());
        let newest = blocks().last().map(|block| block.position);
        let other = newest.and_then(|newest| blocks().rev().map(|block| block.position).find(|&it| it != newest));
        let Some((newest, other)) = newest.zip(other) else {
            let verdict = Verdict::NotYet { missing: Missing::Position };
            return Comparison { from: 0, to: 0, pairs: 0, verdict };
        };
        let (from, to) = (newest.min(other), newest.max(other));
        let mut pairs = Pairs { pairs: heapless::Vec::new(), waiting: None, missing: Missing::Block };
        for block in blocks().filter(|block| block.position == from || block.position == to) {
            pairs.push(block, side, what);
        }
        let verdict = match pairs.interval(to, what) {
            Some(interval) => Verdict::of(interval),
            None => Verdict::NotYet { missing: pairs.missing },
        };
        Comparison { from, to, pairs: pairs.pairs.len() as u8, verdict }
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
    pairs: heapless::Vec<[Point<'a>; 2], MOST_PAIRS>,
    waiting: Option<Point<'a>>,
    missing: Missing,
}

impl<'a> Pairs<'a> {
    /// The next block of the two positions.
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
        } else if self.pairs.push([last, next]).is_ok() {
            self.waiting = None;
        }
    }

    /// The differences of the pairs, `to` less the other, and how much later `to` came, minutes.
    fn differences(&self, to: u8) -> impl Iterator<Item = (f32, f32)> {
        self.pairs.iter().map(move |[first, second]| {
            let (sign, later) = if second.block.position == to { (1.0, second) } else { (-1.0, first) };
            let apart = second.block.begun_s.saturating_sub(first.block.begun_s) as f32 / 60.0;
            let earlier = if second.block.position == to { first } else { second };
            (later.mean.mean() - earlier.mean.mean(), sign * apart)
        })
    }

    /// The slope of drift, points a minute, from blocks of one position and contact, and the sum of squares it rests on.
    fn drift(&self) -> Option<(f32, f32)> {
        let (mut xx, mut xy) = (0.0, 0.0);
        for (i, one) in self.pairs.iter().flatten().enumerate() {
            for other in self.pairs.iter().flatten().take(i) {
                if one.block.position == other.block.position && one.contact == other.contact {
                    let x = one.block.begun_s.saturating_sub(other.block.begun_s) as f32 / 60.0;
                    xx += x * x;
                    xy += x * (one.mean.mean() - other.mean.mean());
                }
            }
        }
        // Each block stands against all others of its position: as often as there are pairs.
        (xx > 0.0).then(|| (xy / xx, xx / self.pairs.len() as f32))
    }

    fn interval(&self, to: u8, what: What) -> Option<Interval> {
        let pairs = self.pairs.len();
        if pairs < FEWEST_PAIRS {
            let difference = math::mean(self.differences(to).map(|(points, _)| points).sum(), pairs as u32)?;
            let variance: f32 =
                self.pairs.iter().map(|[one, other]| compare::variance(&one.mean, &other.mean, what)).sum();
            return Some(Interval { difference, half_width: compare::Z * libm::sqrtf(variance) / pairs as f32 });
        }
        let n = pairs as f32;
        let (slope, squares) = self.drift().unwrap_or((0.0, 1.0));
        let straight = || self.differences(to).map(|(points, later)| points - slope * later);
        let difference = straight().sum::<f32>() / n;
        let scatter: f32 = straight().map(|points| (points - difference) * (points - difference)).sum();
        let scatter = math::max(scatter / (n - 1.0), LEAST_SD * LEAST_SD);
        let later = self.differences(to).map(|(_, later)| later).sum::<f32>() / n;
        // A block's variance is half that of a difference.
        let variance = scatter / n + later * later * scatter / (2.0 * squares);
        let student = STUDENT.get(pairs - FEWEST_PAIRS).copied()?;
        Some(Interval { difference, half_width: student * libm::sqrtf(variance) })
    }
}
