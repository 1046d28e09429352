//! The ride log in a flash that loses its power, its bits and its room.
//!
//! The flash is a model of NOR: bits are only cleared by writing, only set by erasing a page; a word is written once; what is cut
//! leaves a part of it done, the byte at the cut in between. It counts what is done to it.

use embassy_futures::block_on;
use embedded_storage_async::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use sling_core::head_unit::{Assignment, Button, Config, Context, Event, Posture, Press, Touch};
use sling_core::log::ride::{self, Block, Entry, Life, Piece, Pieces, Recorder, Sealed};
use sling_core::sensor::{Identity, Muscle, Reason, Sample, Side, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Bpm, CelsiusTenths, CmPerS, GradeTenths, Rpm, Smo2, Thb, ThbScale, Watts};
use sling_core::{HeadUnit, Input, Output};
use sling_device::journal::{Journal, JournalError, PAGE};
use sling_simulator::player::Player;
use sling_simulator::ride::{Flow, Ride, Via};
use sling_simulator::scenario::{Scenario, builtin};
use sling_simulator::sink::Sink;
use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

/// A block as it is stored.
type Stored = Vec<u8>;

/// Keeps a ride's blocks, and the samples that the head unit took.
struct Keep {
    recorder: Recorder,
    kept: Rc<RefCell<Kept>>,
    roster: Vec<Assignment>,
    now: Instant,
}

#[derive(Default)]
struct Kept {
    blocks: Vec<Stored>,
    samples: Vec<(Instant, Site, Result<Value, Reason>)>,
}

impl Keep {
    fn record(&mut self, work: impl FnOnce(&mut Recorder, &mut ride::Store<'_>)) {
        let kept = Rc::clone(&self.kept);
        work(&mut self.recorder, &mut |block| kept.borrow_mut().blocks.push(block.bytes.to_vec()));
    }

    fn sample(&self, at: Instant, sample: &Sample) {
        let worn = self.roster.iter().find(|worn| worn.identity == sample.identity).expect("it is worn");
        self.kept.borrow_mut().samples.push((at, worn.site, sample.reading));
    }
}

impl Sink for Keep {
    fn input(&mut self, at: Instant, input: &Input<'_>) -> io::Result<()> {
        self.now = at;
        match input {
            Input::Configure(config) => self.roster = config.roster.to_vec(),
            Input::Sample(sample) => self.sample(at, sample),
            _ => {}
        }
        self.record(|recorder, store| recorder.input(at, input, store));
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        if let Output::Sample(sample) = output {
            self.sample(at, sample);
        }
        self.record(|recorder, store| recorder.output(at, output, store));
        Ok(())
    }

    fn after(&mut self, at: Instant, _input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        self.record(|recorder, store| recorder.after(at, unit, store));
        Ok(())
    }

    fn finish(&mut self, _unit: &HeadUnit) -> io::Result<()> {
        let now = self.now;
        self.record(|recorder, store| recorder.finish(now, store));
        Ok(())
    }
}

/// The blocks of a simulated ride of `number`, from block `first`, up to `until_s`.
fn recorded(scenario: &Scenario, via: Via, until_s: u64, number: u16, first: u32) -> Kept {
    let mut ride = Ride::simulated_via("ride", scenario, 1, via).expect("a ride");
    let kept = Rc::new(RefCell::new(Kept::default()));
    let recorder = Recorder::new(number, first);
    let keep = Keep { recorder, kept: Rc::clone(&kept), roster: Vec::new(), now: Instant::ZERO };
    let mut player = Player::of(&mut ride, vec![Box::new(keep)]);
    ride.play(&Config::DEFAULT, None, |input, at| {
        if at > Instant::from_ms(until_s * 1000) {
            return Ok(Flow::Stop);
        }
        player.play(input, at)?;
        Ok(Flow::Continue)
    })
    .expect("it is ridden");
    player.finish().expect("it ends");
    kept.take()
}

fn demo() -> Scenario {
    Scenario::parse("demo", builtin("demo").expect("built in")).expect("it parses")
}

fn four_sensors() -> Scenario {
    let text = "version = 1\nname = \"Four sensors\"\nduration = \"20 min\"\n".to_owned()
        + &["mg.left", "vl.left", "mg.right", "vl.right"]
            .map(|site| format!("[[sensor]]\nsite = \"{site}\"\nkind = \"moxy\"\nradio = \"ant\"\n"))
            .concat()
        + "[[load]]\nkind = \"hills\"\nfrom = \"0 s\"\nto = \"20 min\"\npower_w = 220\nswing_w = 80\nperiod = \"5 min\"\n";
    Scenario::parse("four sensors", &text).expect("it parses")
}

fn ten_minutes() -> Vec<Stored> {
    recorded(&demo(), Via::AsWritten, 600, 1, 0).blocks
}

fn sealed(block: &[u8]) -> Sealed<'_> {
    Sealed::read(block).expect("a block")
}

/// What a flash can do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// The power went.
    NoPower,
    /// It was used as no flash can be.
    Misuse,
}

impl NorFlashError for Broken {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

/// Where the power goes: in which write or erasure, after how many bytes of it, and what of the next byte's bits is done.
#[derive(Clone, Copy, Debug)]
struct Cut {
    operation: usize,
    bytes: usize,
    bits: u8,
}

#[derive(Clone, Debug)]
struct Nor {
    bytes: Vec<u8>,
    /// Words that were written since their page was erased.
    written: Vec<bool>,
    erased: Vec<u32>,
    operations: usize,
    cut: Option<Cut>,
    is_off: bool,
    /// A byte whose bits don't hold.
    dead: Option<usize>,
}

impl Nor {
    /// As it comes from another device: full of whatever, in no page of which a block stands.
    fn used(pages: usize) -> Self {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        Self { bytes: (0..pages * PAGE).map(|_| noise()).collect(), ..Self::blank(pages) }
    }

    fn blank(pages: usize) -> Self {
        Self {
            bytes: vec![0xFF; pages * PAGE],
            written: vec![false; pages * PAGE / 4],
            erased: vec![0; pages],
            operations: 0,
            cut: None,
            is_off: false,
            dead: None,
        }
    }

    /// With the power back.
    fn on_again(mut self) -> Self {
        (self.cut, self.is_off, self.operations) = (None, false, 0);
        self
    }

    /// How many bytes of an operation of `length` are done, and which bits of the next.
    fn begin(&mut self, length: usize) -> Result<(usize, u8), Broken> {
        if self.is_off {
            return Err(Broken::NoPower);
        }
        self.operations += 1;
        match self.cut {
            Some(cut) if cut.operation + 1 == self.operations => {
                self.is_off = true;
                Ok((cut.bytes.min(length), cut.bits))
            }
            _ => Ok((length, 0)),
        }
    }

    fn end(&self) -> Result<(), Broken> {
        if self.is_off { Err(Broken::NoPower) } else { Ok(()) }
    }
}

impl ErrorType for Nor {
    type Error = Broken;
}

impl ReadNorFlash for Nor {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Broken> {
        self.end()?;
        let from = offset as usize;
        bytes.copy_from_slice(self.bytes.get(from..from + bytes.len()).ok_or(Broken::Misuse)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl NorFlash for Nor {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), Broken> {
        let (from, to) = (from as usize, to as usize);
        if !from.is_multiple_of(PAGE) || to != from + PAGE || to > self.bytes.len() {
            return Err(Broken::Misuse);
        }
        let (done, bits) = self.begin(PAGE)?;
        self.bytes[from..from + done].fill(0xFF);
        if let Some(next) = self.bytes[from..to].get_mut(done) {
            *next |= bits;
        }
        self.written[from / 4..to / 4].fill(false);
        self.erased[from / PAGE] += 1;
        self.end()
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Broken> {
        let from = offset as usize;
        let words = from / 4..(from + bytes.len()) / 4;
        if !from.is_multiple_of(4) || !bytes.len().is_multiple_of(4) || self.written[words.clone()].contains(&true) {
            return Err(Broken::Misuse);
        }
        let (done, bits) = self.begin(bytes.len())?;
        self.written[words].fill(true);
        for (place, byte) in self.bytes[from..].iter_mut().zip(&bytes[..done]) {
            *place &= byte;
        }
        if let Some(byte) = bytes.get(done) {
            self.bytes[from + done] &= byte | bits;
        }
        if let Some(dead) = self.dead {
            self.bytes[dead] = 0;
        }
        self.end()
    }
}

/// Where a journal looks at pages, for as long as the test runs.
fn page() -> &'static mut [u8; PAGE] {
    Box::leak(Box::new([0; PAGE]))
}

fn open(flash: Nor) -> Journal<'static, Nor> {
    block_on(Journal::open(flash, page())).expect("a journal opens whatever is in its flash")
}

/// Everything in a journal, as the file that a download is.
fn file_of(journal: &mut Journal<'_, Nor>, ride: Option<u16>) -> Vec<u8> {
    let mut file = ride::header().to_vec();
    block_on(journal.read(ride, async |bytes: &[u8]| {
        file.extend_from_slice(bytes);
        Ok::<(), Broken>(())
    }))
    .expect("it is read");
    file
}

fn blocks_of(file: &[u8]) -> Vec<Stored> {
    let whole = |piece| match piece {
        Piece::Block(block) => Some(block.bytes.to_vec()),
        Piece::Damage(_) => None,
    };
    ride::open(file).expect("a ride log").filter_map(whole).collect()
}

/// Writes blocks until one fails; how many were acknowledged.
fn write(journal: &mut Journal<'_, Nor>, blocks: &[Stored]) -> (usize, Result<(), JournalError<Broken>>) {
    for (done, block) in blocks.iter().enumerate() {
        if let Err(error) = block_on(journal.append(&sealed(block))) {
            return (done, Err(error));
        }
    }
    (blocks.len(), Ok(()))
}

/// A ride goes on after a cut, and all that was acknowledged is there.
fn goes_on(flash: Nor, blocks: &[Stored], acknowledged: usize, what: &str) {
    let mut journal = open(flash);
    let found = blocks_of(&file_of(&mut journal, None));
    assert!(
        found.len() == acknowledged || found.len() == acknowledged + 1,
        "{what}: {} of {acknowledged}",
        found.len()
    );
    assert!(found == blocks[..found.len()], "{what}");
    let newest = journal.newest().map(|newest| newest.number);
    assert_eq!(newest, found.last().map(|block| sealed(block).number), "{what}");
    // It goes on with the next block, in the same ride.
    let rest: Vec<Stored> = blocks[found.len()..].iter().take(3).cloned().collect();
    assert_eq!(write(&mut journal, &rest), (rest.len(), Ok(())), "{what}");
    let all = blocks_of(&file_of(&mut open(journal.into_flash().on_again()), None));
    assert!(all == blocks[..found.len() + rest.len()], "{what}");
}

#[test]
fn a_power_cut_at_any_write_of_ten_minutes_costs_no_block_that_was_acknowledged() {
    let blocks = ten_minutes();
    let mut whole = open(Nor::used(64));
    assert_eq!(write(&mut whole, &blocks), (blocks.len(), Ok(())));
    let operations = whole.into_flash().operations;
    assert!(blocks.len() >= 600 && operations > blocks.len(), "{} blocks, {operations} operations", blocks.len());
    for operation in 0..operations {
        // A cut before, early in, and near the end of it.
        for (bytes, bits) in [(0, 0xFF), (9, 0x5A), (70, 0x0F)] {
            let cut = Some(Cut { operation, bytes, bits });
            let mut journal = open(Nor { cut, ..Nor::used(64) });
            let (acknowledged, result) = write(&mut journal, &blocks);
            assert_eq!(result, Err(JournalError::Flash(Broken::NoPower)));
            goes_on(journal.into_flash().on_again(), &blocks, acknowledged, &format!("{cut:?}"));
        }
    }
    println!("{} blocks, {operations} writes and erasures, each cut at three places", blocks.len());
}

#[test]
fn the_last_record_may_be_torn_at_any_byte() {
    let blocks = ten_minutes();
    let (last, before) = (&blocks[599], &blocks[..599]);
    let mut whole = open(Nor::used(64));
    write(&mut whole, before).1.expect("written");
    let flash = whole.into_flash().on_again();
    for bytes in 0..=last.len() {
        for bits in [0xFF, 0xAA, 0x55, 0x00] {
            let cut = Some(Cut { operation: 0, bytes, bits });
            let mut journal = open(Nor { cut, ..flash.clone() });
            let (acknowledged, result) = write(&mut journal, std::slice::from_ref(last));
            assert!(acknowledged == 0 && result.is_err());
            goes_on(journal.into_flash().on_again(), &blocks, 599, &format!("{bytes} bytes, {bits:02x}"));
        }
    }
    println!("{} bytes, four states of each", last.len());
}

#[test]
fn a_flipped_bit_costs_its_own_record_at_most() {
    let blocks = ten_minutes();
    // Each bit of a whole ride, with the blocks around its own: a reader looks at no more at once.
    for (i, block) in blocks.iter().enumerate() {
        let near = &blocks[i.saturating_sub(1)..(i + 2).min(blocks.len())];
        let mut bytes = near.concat();
        let start: usize = near.iter().take_while(|it| *it != block).map(Vec::len).sum();
        for bit in 0..block.len() * 8 {
            bytes[start + bit / 8] ^= 1 << (bit % 8);
            let (mut found, mut damaged) = (Vec::new(), 0);
            for piece in Pieces::new(&bytes) {
                match piece {
                    Piece::Block(block) => found.push(block.bytes),
                    Piece::Damage(damage) => damaged += damage.length,
                }
            }
            assert!(found.iter().eq(near.iter().filter(|it| *it != block)), "block {i}, bit {bit}");
            assert_eq!(damaged, block.len(), "block {i}, bit {bit}");
            bytes[start + bit / 8] ^= 1 << (bit % 8);
        }
    }
    let bits: usize = blocks.iter().map(|block| block.len() * 8).sum();
    println!("{bits} bits of {} blocks, each flipped", blocks.len());
}

#[test]
fn a_flipped_bit_in_the_flash_is_found_by_a_journal() {
    let blocks = ten_minutes();
    let mut whole = open(Nor::used(8));
    let (some, _) = blocks.split_at(90);
    write(&mut whole, some).1.expect("written");
    let flash = whole.into_flash().on_again();
    let mut byte_of_block = Vec::new();
    for (i, block) in some.iter().enumerate() {
        byte_of_block.extend(std::iter::repeat_n(i, block.len()));
    }
    let written =
        |page: usize| flash.written[page * PAGE / 4..(page + 1) * PAGE / 4].iter().filter(|it| **it).count() * 4;
    let places = (0..8).flat_map(|page| (0..written(page)).map(move |at| page * PAGE + at));
    let mut flipped = 0;
    for (place, block) in places.zip(byte_of_block) {
        let mut rotten = flash.clone();
        rotten.bytes[place] ^= 1 << (place % 8);
        let mut journal = open(rotten);
        let found = blocks_of(&file_of(&mut journal, None));
        let expected = some.iter().enumerate().filter(|(i, _)| *i != block).map(|(_, it)| it);
        assert!(found.iter().eq(expected), "byte {place} of the flash, in block {block}");
        flipped += 1;
    }
    assert_eq!(flipped, some.iter().map(Vec::len).sum::<usize>());
}

#[test]
fn a_full_flash_keeps_what_it_has_and_says_so() {
    let blocks = ten_minutes();
    let mut journal = open(Nor::used(3));
    let (kept, result) = write(&mut journal, &blocks);
    assert_eq!(result, Err(JournalError::Full));
    assert_eq!(journal.room(), 0);
    let before = journal.into_flash().on_again();
    let mut journal = open(before.clone());
    assert_eq!(write(&mut journal, &blocks[kept..]), (0, Err(JournalError::Full)));
    assert!(blocks_of(&file_of(&mut journal, None)) == blocks[..kept]);
    let after = journal.into_flash();
    assert!(after.bytes == before.bytes && after.operations == 0, "nothing was done to it");
}

#[test]
fn rides_are_released_oldest_first_and_the_pages_wear_alike() {
    let (pages, rides) = (6, 60);
    let mut journal = open(Nor::used(pages));
    let scenario = demo();
    let mut number = 0;
    for ride in 1..=rides {
        let blocks = recorded(&scenario, Via::Model, 70, ride, number).blocks;
        number += blocks.len() as u32;
        journal.turn_page();
        if let (done, Err(error)) = write(&mut journal, &blocks) {
            assert_eq!(error, JournalError::Full, "ride {ride}");
            let kept = blocks_of(&file_of(&mut journal, None));
            let oldest = sealed(&kept[0]).ride;
            block_on(journal.release(oldest)).expect("released");
            let left = blocks_of(&file_of(&mut journal, None));
            assert!(left.iter().eq(kept.iter().filter(|block| sealed(block).ride != oldest)), "ride {ride}");
            assert_eq!(write(&mut journal, &blocks[done..]), (blocks.len() - done, Ok(())), "ride {ride}");
        }
        assert!(blocks_of(&file_of(&mut journal, Some(ride))) == blocks, "ride {ride}");
        if ride % 7 == 0 {
            journal = open(journal.into_flash().on_again());
            assert_eq!(journal.newest().map(|newest| (newest.ride, newest.is_ended)), Some((ride, true)));
        }
    }
    let erased = journal.into_flash().erased;
    let (least, most) = (erased.iter().min().expect("pages"), erased.iter().max().expect("pages"));
    // Once to be used and once to be released: what is released is erased again before it is used.
    assert!(*least > 15 && most - least <= 2, "{erased:?}");
}

#[test]
fn a_release_that_was_cut_leaves_whole_rides_or_can_be_repeated() {
    let scenario = demo();
    let first = recorded(&scenario, Via::Model, 600, 1, 0).blocks;
    let second = recorded(&scenario, Via::Model, 100, 2, first.len() as u32).blocks;
    let mut journal = open(Nor::used(16));
    write(&mut journal, &first).1.expect("written");
    journal.turn_page();
    write(&mut journal, &second).1.expect("written");
    let flash = journal.into_flash().on_again();
    for operation in 0.. {
        for bytes in [0, 1, 100, 4000] {
            let cut = Some(Cut { operation, bytes, bits: 0x3C });
            let mut journal = open(Nor { cut, ..flash.clone() });
            let released = block_on(journal.release(1));
            let mut journal = open(journal.into_flash().on_again());
            assert!(blocks_of(&file_of(&mut journal, Some(2))) == second, "{cut:?}");
            block_on(journal.release(1)).expect("again");
            assert!(blocks_of(&file_of(&mut journal, None)) == second, "{cut:?}");
            if released.is_ok() {
                assert!(operation > 3, "several pages were erased");
                return;
            }
        }
    }
}

#[test]
fn the_ride_that_is_written_is_not_released() {
    let blocks = ten_minutes();
    let mut journal = open(Nor::used(32));
    write(&mut journal, &blocks[..300]).1.expect("written");
    block_on(journal.release(u16::MAX)).expect("nothing to do");
    assert_eq!(blocks_of(&file_of(&mut journal, None)).len(), 300);
    write(&mut journal, &blocks[300..]).1.expect("written");
    block_on(journal.release(u16::MAX)).expect("it is ended");
    assert!(blocks_of(&file_of(&mut journal, None)).len() < 60, "all but the page that is in use");
}

#[test]
fn a_byte_that_does_not_hold_costs_a_page_and_no_block() {
    let blocks = ten_minutes();
    let mut journal = open(Nor { dead: Some(PAGE + 1700), ..Nor::used(16) });
    assert_eq!(write(&mut journal, &blocks[..200]), (200, Ok(())));
    let found = blocks_of(&file_of(&mut journal, None));
    // The one that stands there is damaged, and again on the next page.
    assert!(found == blocks[..200]);
}

#[test]
fn what_is_no_flash_of_ours_is_refused() {
    assert_eq!(block_on(Journal::open(Nor::blank(1), page())).err(), Some(JournalError::Geometry));
    assert!(open(Nor::blank(2)).newest().is_none());
}

#[test]
fn every_sample_of_a_ride_is_in_its_log_at_its_time() {
    for via in [Via::Model, Via::Ant, Via::Ble] {
        let kept = recorded(&demo(), via, 400, 1, 0);
        let mut read = Vec::new();
        for block in &kept.blocks {
            for (at, entry) in sealed(block).entries() {
                if let Entry::Sample { site, reading } = entry {
                    read.push((at, site, reading));
                }
            }
        }
        assert!(read.len() > 300, "{via:?}: {}", read.len());
        assert!(read == kept.samples, "{via:?}");
    }
}

#[test]
fn twelve_hours_of_four_muscles_have_room_in_eight_megabytes() {
    const FLASH: usize = 8 << 20;
    let blocks = recorded(&four_sensors(), Via::Ant, 1200, 1, 0).blocks;
    let mut journal = open(Nor::blank(FLASH / PAGE));
    let before = journal.room();
    write(&mut journal, &blocks).1.expect("written");
    let a_second = f64::from(before - journal.room()) / 1200.0;
    let hours = FLASH as f64 / a_second / 3600.0;
    println!("four ANT+ sensors: {a_second:.1} bytes of flash a second, {hours:.1} h in 8 MB");
    assert!(hours >= 12.0, "{hours}");
}

fn site(muscle: Muscle, side: Side) -> Site {
    Site::new(muscle, side)
}

/// One of each kind of entry, with every form of a sample.
fn one_of_each() -> Vec<(Instant, Entry)> {
    let (calf, thigh) = (site(Muscle::GastrocnemiusMedialis, Side::Right), site(Muscle::VastusLateralis, Side::Left));
    let value = |tenths, thb| Ok(Value { smo2: Smo2::from_tenths(tenths).expect("at most 100 %"), thb });
    let thb = |hundredths, scale| Some(Thb { hundredths, scale });
    let context = Context {
        power: Some(Watts(251)),
        cadence: Some(Rpm(88)),
        heart_rate: Some(Bpm(141)),
        speed: Some(CmPerS(912)),
        grade: Some(GradeTenths(-35)),
        temperature: Some(CelsiusTenths(-12)),
    };
    let entries = [
        Entry::Life(Life::Begun),
        Entry::Worn(Assignment { identity: Identity::Ant { number: 1234, transmission: 0x15 }, site: calf }),
        Entry::Worn(Assignment { identity: Identity::Ble { address: [1, 2, 3, 4, 5, 6] }, site: thigh }),
        Entry::Sample { site: calf, reading: value(612, thb(1234, ThbScale::GramsPerDecilitre)) },
        Entry::Sample { site: thigh, reading: value(1000, thb(i16::MIN, ThbScale::Arbitrary)) },
        Entry::Sample { site: calf, reading: value(0, thb(1229, ThbScale::GramsPerDecilitre)) },
        Entry::Sample { site: thigh, reading: value(555, thb(i16::MAX, ThbScale::Arbitrary)) },
        Entry::Sample { site: calf, reading: value(640, None) },
        Entry::Sample { site: calf, reading: Err(Reason::AmbientLight) },
        Entry::Context(context),
        Entry::Balance { side: Side::Right, d_tenths: -67 },
        Entry::Posture(Posture::Standing),
        Entry::Button(Button::Select, Press::Long),
        Entry::Touch(Touch::Tap { x: 120, y: 300 }),
        Entry::Event(Event::Lap { number: 2 }),
        Entry::Event(Event::Marker { label: "cramp".parse().expect("short") }),
        Entry::Event(Event::WallTime { unix_s: 1_748_757_600, offset_min: 120 }),
        Entry::Life(Life::Paused),
        Entry::Life(Life::Resumed),
        Entry::Life(Life::PowerOn),
        Entry::Life(Life::Ended),
    ];
    entries.into_iter().enumerate().map(|(i, entry)| (Instant::from_ms(1_000_000 + i as u64 * 300), entry)).collect()
}

/// A file of the first version, made by it, which every later build must read to the same.
#[test]
fn a_file_of_version_1_opens() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/ride_log/version-1.sling");
    let mut block = Block::new();
    let mut made = ride::header().to_vec();
    for (number, entries) in (7..).zip(one_of_each().chunks(8)) {
        for (at, entry) in entries {
            block.push(*at, entry).expect("there is room");
        }
        made.extend_from_slice(block.seal(3, number).bytes);
    }
    if ride::VERSION == 1 && std::env::var_os("SLING_ACCEPT").is_some() {
        fs::write(&path, &made).expect("the fixture is written");
    }
    let file = fs::read(&path).expect("the fixture");
    let mut read = Vec::new();
    for piece in ride::open(&file).expect("a ride log") {
        let Piece::Block(block) = piece else { panic!("{piece:?}") };
        assert_eq!(block.ride, 3);
        read.extend(block.entries());
    }
    assert_eq!(read, one_of_each());
    if ride::VERSION == 1 {
        assert!(made == file, "the format has changed, and its version has not");
    }
}
