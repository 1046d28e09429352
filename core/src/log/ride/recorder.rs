//! Makes a ride log of what a head unit is told and says.

use super::{Block, Entry, Life, Sealed};
use crate::config::MAX_SITES;
use crate::field::Balance;
use crate::head_unit::{Assignment, Context, Event, HeadUnit, Input, Output};
use crate::math;
use crate::sensor::Sample;
use crate::time::{Duration, Instant};

const SECOND_MS: u64 = 1000;
/// Where sensors are worn is said in two blocks when it is new, and then this often: whoever lost the block that said it finds
/// it in another.
const SAY_WORN_AGAIN: Duration = Duration::from_s(600);

/// Where finished blocks go. What became of them is told to the head unit, by [`Input::Storage`].
pub type Store<'a> = dyn FnMut(Sealed<'_>) + 'a;

/// Collects a ride's blocks: one a second, more in a busy one. It is told what the head unit is told and says, in that order,
/// and [`Recorder::after`] when all that came of an input is drained.
#[derive(Clone, Debug)]
pub struct Recorder {
    ride: u16,
    number: u32,
    block: Block,
    worn: heapless::Vec<Worn, MAX_SITES>,
    context: Option<Context>,
    /// When the block that is being filled is due; `None` before the first input.
    due: Option<Instant>,
    /// When it was last said where sensors are worn, and how many blocks are still to say it.
    said_worn: Instant,
    blocks_to_say: u8,
    is_over: bool,
}

#[derive(Clone, Copy, Debug)]
struct Worn {
    assignment: Assignment,
    /// Of its newest sample.
    count: Option<u16>,
}

impl Recorder {
    /// For ride `ride`, whose next block is number `number` of the head unit. A ride that was cut goes on under the same
    /// number, with a recorder of its own.
    pub const fn new(ride: u16, number: u32) -> Self {
        Self {
            ride,
            number,
            block: Block::new(),
            worn: heapless::Vec::new(),
            context: None,
            due: None,
            said_worn: Instant::ZERO,
            blocks_to_say: 2,
            is_over: false,
        }
    }

    /// The ride that is recorded, or that was.
    pub const fn ride(&self) -> u16 {
        self.ride
    }

    /// Whether it is over: nothing more is recorded, until the head unit is switched on again and rides the next.
    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    /// A number for a block of another kind, which stands between those of the ride.
    pub const fn take_number(&mut self) -> u32 {
        let number = self.number;
        self.number = number.wrapping_add(1);
        number
    }

    /// What the head unit is about to be told.
    pub fn input(&mut self, at: Instant, input: &Input<'_>, store: &mut Store<'_>) {
        if self.is_over {
            if matches!(input, Input::PowerOn) {
                *self = Self::new(self.ride.wrapping_add(1), self.number);
            }
            return;
        }
        if self.due.is_none() && !matches!(input, Input::Configure(_) | Input::Restore(_) | Input::PowerOn) {
            self.due = Some(next_second(at));
            self.put(at, &Entry::Life(Life::Begun), store);
            self.say_worn(at, store);
        }
        match input {
            Input::Configure(config) => self.wear(&config.roster),
            Input::Sample(sample) => self.sample(at, sample, store),
            Input::Context(context) => self.hear(*context),
            Input::Posture(posture) => self.put(at, &Entry::Posture(*posture), store),
            Input::Button(button, press) => self.put(at, &Entry::Button(*button, *press), store),
            Input::Touch(touch) => self.put(at, &Entry::Touch(*touch), store),
            Input::PowerOn => self.put(at, &Entry::Life(Life::PowerOn), store),
            _ => {}
        }
    }

    /// What it says.
    pub fn output(&mut self, at: Instant, output: &Output, store: &mut Store<'_>) {
        if self.is_over {
            return;
        }
        match output {
            Output::Event(Event::Ride(Life::Ended)) => self.finish(at, store),
            Output::Event(Event::Ride(life)) => self.put(at, &Entry::Life(*life), store),
            Output::Sample(sample) => self.sample(at, sample, store),
            Output::Context(context) => self.hear(*context),
            Output::Event(event) => self.put(at, &Entry::Event(event.clone()), store),
            Output::Cue(_) | Output::Redraw(_) | Output::Ant(_) | Output::Ble(_) | Output::NewRide => {}
        }
    }

    /// All that came of an input is drained: once a second, a block is done.
    pub fn after(&mut self, at: Instant, unit: &HeadUnit, store: &mut Store<'_>) {
        if self.is_over {
            return;
        }
        if !self.worn.iter().map(|worn| &worn.assignment).eq(unit.config().roster.iter()) {
            self.wear(&unit.config().roster);
            if self.due.is_some() {
                self.say_worn(at, store);
            }
        }
        let Some(due) = self.due else { return };
        // A clock that went back does not keep a block open until it has caught up.
        if at < due && due <= next_second(at) {
            return;
        }
        if let Some(context) = self.context.take() {
            self.put(at, &Entry::Context(context), store);
        }
        let snapshot = unit.snapshot();
        if let Balance::Ready { d, .. } = snapshot.balance {
            let d_tenths = math::round_i32(math::clamp(d, -100.0, 100.0) * 10.0) as i16;
            self.put(at, &Entry::Balance { side: snapshot.leg, d_tenths }, store);
        }
        self.seal(store);
        if self.blocks_to_say > 0 || at.since(self.said_worn) >= SAY_WORN_AGAIN {
            self.say_worn(at, store);
        }
        self.due = Some(next_second(at));
    }

    /// The ride is over: what is not yet stored is. A ride that is over stays so.
    pub fn finish(&mut self, at: Instant, store: &mut Store<'_>) {
        if core::mem::replace(&mut self.is_over, true) {
            return;
        }
        if let Some(context) = self.context.take() {
            self.put(at, &Entry::Context(context), store);
        }
        self.put(at, &Entry::Life(Life::Ended), store);
        self.seal(store);
    }

    fn wear(&mut self, roster: &[Assignment]) {
        let before = core::mem::take(&mut self.worn);
        for &assignment in roster {
            let count = before.iter().find(|it| it.assignment == assignment).and_then(|it| it.count);
            // A roster has no more than there is room for.
            let _ = self.worn.push(Worn { assignment, count });
        }
        self.blocks_to_say = 2;
    }

    fn say_worn(&mut self, at: Instant, store: &mut Store<'_>) {
        for worn in self.worn.clone() {
            self.put(at, &Entry::Worn(worn.assignment), store);
        }
        self.said_worn = at;
        self.blocks_to_say = self.blocks_to_say.saturating_sub(1);
    }

    fn sample(&mut self, at: Instant, sample: &Sample, store: &mut Store<'_>) {
        let Some(worn) = self.worn.iter_mut().find(|it| it.assignment.identity == sample.identity) else { return };
        if worn.count.replace(sample.count) == Some(sample.count) {
            return;
        }
        let site = worn.assignment.site;
        self.put(at, &Entry::Sample { site, reading: sample.reading }, store);
    }

    fn hear(&mut self, context: Context) {
        self.context = Some(self.context.unwrap_or_default().renewed(context));
    }

    fn put(&mut self, at: Instant, entry: &Entry, store: &mut Store<'_>) {
        if self.block.push(at, entry).is_err() {
            self.seal(store);
            // No entry is nearly as long as an empty block.
            let _ = self.block.push(at, entry);
        }
    }

    fn seal(&mut self, store: &mut Store<'_>) {
        if !self.block.is_empty() {
            let number = self.take_number();
            store(self.block.seal(self.ride, number));
        }
    }
}

/// The whole second of the body's clock after `at`.
const fn next_second(at: Instant) -> Instant {
    let ms = at.as_ms();
    Instant::from_ms((ms - ms % SECOND_MS).saturating_add(SECOND_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::log::ride::{Entry, Piece, Pieces};
    use crate::sensor::{Identity, Muscle, Reason, Side, Site, Value};
    use crate::units::{Rpm, Smo2, Watts};
    extern crate std;
    use std::boxed::Box;
    use std::vec::Vec;

    const CALF: Site = Site::new(Muscle::GastrocnemiusMedialis, Side::Right);

    fn sample(channel: u8, count: u16) -> Input<'static> {
        let reading = Smo2::from_tenths(600).map(|smo2| Value { smo2, thb: None }).ok_or(Reason::Invalid);
        Input::Sample(Sample { identity: Identity::Channel(channel), count, reading })
    }

    /// What a ride of these inputs keeps, and in how many blocks.
    fn recorded(inputs: &[(u64, Input<'static>)]) -> (Vec<(u64, Entry)>, usize) {
        let (mut unit, mut recorder) = (Box::new(HeadUnit::new()), Recorder::new(1, 0));
        let mut bytes = Vec::new();
        let mut store = |block: Sealed<'_>| bytes.extend_from_slice(block.bytes);
        let mut config = Config::DEFAULT;
        config.roster.push(Assignment { identity: Identity::Channel(0), site: CALF }).expect("there is room");
        for (ms, input) in [(0, Input::Configure(config))].iter().chain(inputs) {
            let at = Instant::from_ms(*ms);
            recorder.input(at, input, &mut store);
            unit.handle(input, at);
            while let Some(output) = unit.poll_output() {
                recorder.output(at, &output, &mut store);
            }
            recorder.after(at, &unit, &mut store);
        }
        recorder.finish(Instant::from_ms(60_000), &mut store);
        let (mut entries, mut blocks) = (Vec::new(), 0);
        for piece in Pieces::new(&bytes) {
            let Piece::Block(block) = piece else { panic!("{piece:?}") };
            assert_eq!((block.ride, block.number), (1, blocks as u32));
            blocks += 1;
            entries.extend(block.entries().map(|(at, entry)| (at.as_ms(), entry)));
        }
        (entries, blocks)
    }

    #[test]
    fn a_repeated_sample_and_a_stranger_s_are_not_kept() {
        let inputs = [(0, sample(0, 7)), (100, sample(0, 7)), (200, sample(5, 1)), (300, sample(0, 8))];
        let (entries, _) = recorded(&inputs);
        let samples: Vec<_> = entries.iter().filter(|(_, entry)| matches!(entry, Entry::Sample { .. })).collect();
        assert_eq!(samples.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 300]);
    }

    #[test]
    fn a_clock_that_jumps_back_and_forth_keeps_no_block_open() {
        let mut inputs: Vec<_> = (0..60).map(|second| (3_600_000 + second * 1000, sample(0, second as u16))).collect();
        inputs.extend((0..60).map(|second| (second * 1000, sample(0, 100 + second as u16))));
        inputs.extend((0..60).map(|second| (9_000_000 + second * 1000, sample(0, 200 + second as u16))));
        let (entries, blocks) = recorded(&inputs);
        assert!((180..=184).contains(&blocks), "{blocks}");
        assert_eq!(entries.iter().filter(|(_, entry)| matches!(entry, Entry::Sample { .. })).count(), 180);
    }

    #[test]
    fn a_second_is_a_block_with_the_newest_context() {
        let context = |power, cadence| Context { power, cadence, ..Context::default() };
        let mut inputs = Vec::new();
        for second in 0..30 {
            inputs.push((second * 1000 + 100, Input::Context(context(Some(Watts(200)), None))));
            inputs.push((second * 1000 + 200, Input::Context(context(Some(Watts(210)), Some(Rpm(90))))));
            inputs.push((second * 1000 + 1000, Input::Tick));
        }
        let (entries, blocks) = recorded(&inputs);
        assert!((30..=31).contains(&blocks), "{blocks}");
        let contexts = entries.iter().filter_map(|(_, entry)| match entry {
            Entry::Context(context) => Some((context.power, context.cadence)),
            _ => None,
        });
        let contexts: Vec<_> = contexts.collect();
        assert!(
            (29..=30).contains(&contexts.len()) && contexts.iter().all(|it| *it == (Some(Watts(210)), Some(Rpm(90))))
        );
        let worn = entries.iter().filter(|(_, entry)| matches!(entry, Entry::Worn(_))).count();
        assert_eq!(worn, 2, "said in two blocks");
        assert_eq!(entries.iter().filter(|(_, entry)| *entry == Entry::Life(Life::Begun)).count(), 1);
        assert_eq!(entries.last().map(|(_, entry)| entry), Some(&Entry::Life(Life::Ended)));
    }
}
