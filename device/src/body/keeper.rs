//! Who has the flash and the cable: stores what the body leaves, and answers a computer that asks.
//!
//! It runs below the body, which may interrupt it at any time. A piece of an answer is short, so that blocks wait for tens of
//! milliseconds at most.

use super::{Exchange, Message, Order, Reply, Start, TimeOfDay};
use crate::journal::{Journal, JournalError, PAGE, Stored};
use crate::settings::{Kept, Settings};
use core::cell::RefCell;
use embassy_futures::block_on;
use embassy_futures::select::{Either4, select4};
use embedded_io_async::{Read, Write};
use embedded_storage_async::nor_flash::NorFlash;
use sling_core::head_unit::{Label, StorageResult};
use sling_core::log::fit::{self, FitError};
use sling_core::log::ride::{Cursor, Entry, HEAD, Kind, MAX_BLOCK, Sealed};
use sling_core::service::{self, Answer, Ask, Frames, MAX_CRASH, PIECE, Refusal, Restart, Status};
use sling_core::time::{Duration, Instant};

/// After a cut a ride goes on this long after its last entry that is known: a clock that is not set cannot say how long the
/// power was away, and nothing may happen twice at one time.
const AFTER_A_CUT: Duration = Duration::from_s(1);
/// Bytes that are taken from the cable at once.
const PORTION: usize = 64;

/// What only the board knows.
pub trait Board {
    /// Its name.
    const NAME: &'static str;

    /// Bytes of the stack that were used at most, and that there are.
    fn stack(&self) -> (u32, u32);

    /// Of the time since it was switched on, how much it slept, per mille.
    fn asleep_permille(&self) -> u16;

    /// Time on the head unit's clock.
    fn now(&self) -> Instant;

    /// It was a crash that made the board start anew, this time.
    fn restarted_by_crash(&self) -> bool;

    /// The time of day, if somebody knew it right before the board was started anew.
    fn time(&self) -> Option<TimeOfDay>;

    /// The report of the last crash.
    fn crash(&self) -> Option<heapless::String<MAX_CRASH>>;

    /// Forgets it.
    fn forget_crash(&self);

    /// Something long keeps all that runs below the body waiting, and goes on: called again and again meanwhile.
    fn works(&self);

    /// Starts anew, or says that it cannot.
    fn restart(&self, how: Restart) -> Refusal;
}

/// Where flash and cable are looked at. On a board it is a static: it is too large to be moved about.
pub struct Room {
    page: [u8; PAGE],
    kept: [u8; MAX_BLOCK],
    /// A block that waits for the flash, or else an answer.
    block: [u8; MAX_BLOCK],
    /// A block that a FIT file is made of.
    read: [u8; MAX_BLOCK],
    frames: Frames,
}

impl Room {
    /// Empty.
    pub const fn new() -> Self {
        Self {
            page: [0; PAGE],
            kept: [0; MAX_BLOCK],
            block: [0; MAX_BLOCK],
            read: [0; MAX_BLOCK],
            frames: Frames::new(),
        }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::new()
    }
}

/// What is left to do of what was asked.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The frame of this length is the answer.
    Send(usize),
    Rides {
        from: u16,
    },
    Log {
        ride: u16,
        offset: u32,
    },
    Release {
        ride: u16,
    },
    Fit {
        ride: u16,
    },
    Order(Order),
}

/// What was found in the flash when the head unit was switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What becomes of the ride.
    pub start: Start,
    /// The number of its next block.
    pub number: u32,
    /// The time at which the head unit's clock begins.
    pub at: Instant,
}

/// The flash and the cable.
pub struct Keeper<'a, J, S, C, P> {
    journal: Result<Journal<'a, J>, StorageResult>,
    settings: Option<Settings<'a, S>>,
    block: &'a mut [u8; MAX_BLOCK],
    read: &'a mut [u8; MAX_BLOCK],
    frames: &'a mut Frames,
    cable: C,
    board: P,
    exchange: &'a Exchange,
    ride: u16,
    /// The ride whose log was asked for last.
    asked: Option<Stored>,
    told: StorageResult,
}

impl<'a, J: NorFlash, S: NorFlash, C: Read + Write, P: Board> Keeper<'a, J, S, C, P> {
    /// Looks at both flashes, of rides and of settings. A flash that cannot be used is said on the ride, which goes on without.
    pub async fn open(
        rides: J,
        settings: S,
        cable: C,
        board: P,
        exchange: &'a Exchange,
        room: &'a mut Room,
    ) -> (Self, Found) {
        let Room { page, kept, block, read, frames } = room;
        let journal = Journal::open(rides, page).await.map_err(|error| failed(&error));
        let settings = match Settings::open(settings, kept).await {
            Ok((settings, kept)) => {
                exchange.found(kept.unwrap_or_default());
                Some(settings)
            }
            Err(_) => {
                exchange.found(Kept::default());
                None
            }
        };
        let newest = journal.as_ref().ok().and_then(Journal::newest);
        let crashed = board.restarted_by_crash().then(|| board.crash().map_or_else(Label::new, |text| brief(&text)));
        let time = board.time();
        let found = match newest {
            Some(newest) => Found {
                start: Start {
                    ride: if newest.is_ended { newest.ride.wrapping_add(1) } else { newest.ride },
                    goes_on: !newest.is_ended,
                    crashed,
                    time,
                },
                number: newest.number.wrapping_add(1),
                at: if newest.is_ended { Instant::ZERO } else { newest.at + AFTER_A_CUT },
            },
            None => Found { start: Start { ride: 1, goes_on: false, crashed, time }, number: 0, at: Instant::ZERO },
        };
        let ride = found.start.ride;
        let told = StorageResult::Written;
        let mut keeper =
            Self { journal, settings, block, read, frames, cable, board, exchange, ride, asked: None, told };
        if let Ok(journal) = &mut keeper.journal
            && !found.start.goes_on
        {
            journal.turn_page();
        }
        keeper.weigh_inputs();
        (keeper, found)
    }

    /// Keeps and answers for as long as there is power.
    pub async fn run(mut self) -> ! {
        let mut portion = [0; PORTION];
        if let Err(result) = self.journal {
            self.tell(result).await;
        }
        loop {
            let exchange = self.exchange;
            // In this order: what is to be stored is, before it is started anew.
            let (block, read) = (exchange.block(self.block), self.cable.read(&mut portion));
            match select4(block, exchange.changed(), read, exchange.again()).await {
                Either4::First(length) => {
                    let result = self.store(length).await;
                    self.tell(result).await;
                }
                Either4::Second(()) => self.keep().await,
                Either4::Third(read) => {
                    // A cable that fails has been pulled out; who asked will ask again.
                    for &byte in portion.get(..read.unwrap_or(0)).unwrap_or_default() {
                        if let Some((number, step)) = self.hear(byte) {
                            self.answer(number, step).await;
                        }
                    }
                }
                Either4::Fourth(()) => {
                    self.board.restart(Restart::Same);
                }
            }
        }
    }

    /// Keeps the settings as they stand.
    async fn keep(&mut self) {
        let Some(settings) = &mut self.settings else { return };
        let kept = match self.exchange.with_kept(|kept| settings.make(kept)) {
            Some(Ok(length)) => settings.keep(length).await,
            Some(Err(error)) => Err(error),
            None => return,
        };
        if kept.is_err() {
            self.tell(StorageResult::Failed).await;
        }
    }

    async fn store(&mut self, length: usize) -> StorageResult {
        let lost = self.exchange.take_lost();
        let block = Sealed::read(self.block.get(..length).unwrap_or_default());
        let (Ok(journal), Some(block)) = (&mut self.journal, block) else { return StorageResult::Failed };
        let stored = journal.append(&block).await;
        self.weigh_inputs();
        match stored {
            Err(error) => failed(&error),
            Ok(()) if lost => StorageResult::Failed,
            Ok(()) => StorageResult::Written,
        }
    }

    /// The input log has the half of the flash that is filled first.
    fn weigh_inputs(&self) {
        if let Ok(journal) = &self.journal
            && journal.room() < journal.capacity() / 2
        {
            self.exchange.end_inputs();
        }
    }

    /// Says what became of blocks when that is news.
    async fn tell(&mut self, result: StorageResult) {
        if core::mem::replace(&mut self.told, result) != result {
            self.exchange.tell(Message::Storage(result)).await;
        }
    }

    /// Takes a byte of the cable. What is asked and what large thing is answered at once stand on the stack only here.
    #[inline(never)]
    fn hear(&mut self, byte: u8) -> Option<(u8, Step)> {
        let (number, ask) = service::decode::<Ask>(self.frames.push(byte)?)?;
        let answer = match ask {
            Err(refusal) => Answer::Refused(refusal),
            Ok(Ask::Status) => Answer::Status(self.status()),
            Ok(Ask::Settings) => match self.exchange.with_kept(|kept| kept.config.clone()) {
                Some(config) => Answer::Settings(config),
                None => Answer::Refused(Refusal::Flash),
            },
            Ok(Ask::Crash) => Answer::Crash(self.board.crash()),
            Ok(Ask::ForgetCrash) => {
                self.board.forget_crash();
                Answer::Done
            }
            Ok(Ask::Restart(how)) => Answer::Refused(self.board.restart(how)),
            Ok(Ask::Release { ride }) if self.ridden().is_some_and(|it| it <= ride) => {
                Answer::Refused(Refusal::StillRidden)
            }
            Ok(Ask::Release { ride }) => return Some((number, Step::Release { ride })),
            Ok(Ask::Fit { .. }) if self.ridden().is_some() => Answer::Refused(Refusal::StillRidden),
            Ok(Ask::Fit { ride }) => return Some((number, Step::Fit { ride })),
            Ok(Ask::Rides { from }) => return Some((number, Step::Rides { from })),
            Ok(Ask::Log { ride, offset }) => return Some((number, Step::Log { ride, offset })),
            Ok(Ask::Configure(config)) => {
                self.exchange.keep_config(&config);
                return Some((number, Step::Order(Order::Configure)));
            }
            Ok(Ask::Key(key)) => {
                self.exchange.keep_key(key);
                return Some((number, Step::Order(Order::Key)));
            }
            Ok(Ask::WallTime { unix_s, offset_min }) => {
                return Some((number, Step::Order(Order::WallTime(TimeOfDay { unix_s, offset_min }))));
            }
            Ok(Ask::Press(button, press)) => return Some((number, Step::Order(Order::Press(button, press)))),
            Ok(Ask::Screen { from }) => return Some((number, Step::Order(Order::Screen { from }))),
            Ok(Ask::Ride(act)) => return Some((number, Step::Order(Order::Ride(act)))),
        };
        Some((number, Step::Send(self.encode(number, &answer))))
    }

    /// Makes the frame of an answer; how long it is.
    #[inline(never)]
    fn encode(&mut self, number: u8, answer: &Answer) -> usize {
        // Every answer has room.
        service::encode(number, answer, self.block).unwrap_or(0)
    }

    async fn answer(&mut self, number: u8, step: Step) {
        let length = match step {
            Step::Send(length) => length,
            Step::Rides { from } => match self.rides(from).await {
                Ok(rides) => self.encode(number, &Answer::Rides(rides)),
                Err(refusal) => self.encode(number, &Answer::Refused(refusal)),
            },
            Step::Log { ride, offset } => match self.piece(ride, offset).await {
                Ok(piece) => self.encode(number, &Answer::Bytes(piece)),
                Err(refusal) => self.encode(number, &Answer::Refused(refusal)),
            },
            Step::Release { ride } => match self.release(ride).await {
                Ok(()) => self.encode(number, &Answer::Done),
                Err(refusal) => self.encode(number, &Answer::Refused(refusal)),
            },
            Step::Fit { ride } => match self.find(ride).await.and_then(|stored| self.fit(number, stored)) {
                Ok(()) => self.encode(number, &Answer::Bytes(heapless::Vec::new())),
                Err(refusal) => self.encode(number, &Answer::Refused(refusal)),
            },
            Step::Order(order) => {
                let reply = self.exchange.ask(order).await;
                match reply {
                    Reply::Done => self.encode(number, &Answer::Done),
                    Reply::Screen(bytes) => self.encode(number, &Answer::Bytes(bytes)),
                }
            }
        };
        // Who pulled the cable out does not wait for an answer.
        let _ = self.cable.write_all(self.block.get(..length).unwrap_or_default()).await;
    }

    async fn rides(&mut self, from: u16) -> Result<heapless::Vec<service::Ride, { service::RIDES }>, Refusal> {
        let rides = self.journal()?.rides::<{ service::RIDES }>(from).await.map_err(|_| Refusal::Flash)?;
        let ride = |it: &Stored| service::Ride { number: it.ride, bytes: it.pages * PAGE as u32 };
        Ok(rides.iter().map(ride).collect())
    }

    async fn piece(&mut self, ride: u16, offset: u32) -> Result<heapless::Vec<u8, PIECE>, Refusal> {
        let stored = match self.asked {
            Some(stored) if stored.ride == ride && offset < stored.pages * PAGE as u32 => stored,
            _ => self.find(ride).await?,
        };
        self.asked = Some(stored);
        let mut piece = heapless::Vec::new();
        // That is what it has room for.
        let _ = piece.resize(PIECE, 0);
        let read = self.journal()?.read_at(&stored, offset, &mut piece).await.map_err(|_| Refusal::Flash)?;
        piece.truncate(read);
        Ok(piece)
    }

    /// Makes a FIT file of a ride and sends it while it is made. Nobody else waits for flash and cable then: no ride is ridden.
    #[inline(never)]
    fn fit(&mut self, number: u8, stored: Stored) -> Result<(), Refusal> {
        let Self { journal, cable, block, read, board, .. } = self;
        let journal = RefCell::new(journal.as_mut().map_err(|_| Refusal::Flash)?);
        let read = RefCell::new(&mut **read);
        let board = &*board;
        let entries =
            || Stream { journal: &journal, block: &read, board, stored, offset: 0, length: 0, cursor: Cursor::END };
        let mut answer = Answer::Bytes(heapless::Vec::new());
        let mut send = |answer: &mut Answer| {
            let length = service::encode(number, answer, &mut block[..]).unwrap_or(0);
            if let Answer::Bytes(piece) = answer {
                piece.clear();
            }
            block_on(cable.write_all(block.get(..length).unwrap_or_default())).map_err(|_| Refusal::NotHere)
        };
        let made = fit::write(entries, &mut |mut bytes: &[u8]| {
            while !bytes.is_empty() {
                let Answer::Bytes(piece) = &mut answer else { return Ok(()) };
                let (now, later) = bytes.split_at(bytes.len().min(PIECE - piece.len()));
                // It has room for so many.
                let _ = piece.extend_from_slice(now);
                bytes = later;
                if piece.len() == PIECE {
                    send(&mut answer)?;
                }
            }
            Ok(())
        });
        made.map_err(|error| match error {
            FitError::Empty => Refusal::Empty,
            FitError::Put(refusal) => refusal,
            FitError::Time { .. } | FitError::Changed => Refusal::Flash,
        })?;
        match &answer {
            Answer::Bytes(rest) if !rest.is_empty() => send(&mut answer),
            _ => Ok(()),
        }
    }

    async fn release(&mut self, ride: u16) -> Result<(), Refusal> {
        self.asked = None;
        self.journal()?.release(ride).await.map_err(|_| Refusal::Flash)
    }

    fn journal(&mut self) -> Result<&mut Journal<'a, J>, Refusal> {
        self.journal.as_mut().map_err(|_| Refusal::Flash)
    }

    async fn find(&mut self, ride: u16) -> Result<Stored, Refusal> {
        let found = self.journal()?.rides::<1>(ride).await.map_err(|_| Refusal::Flash)?;
        found.first().copied().filter(|stored| stored.ride == ride).ok_or(Refusal::NoSuchRide)
    }

    /// The ride that is ridden, if it is not over.
    fn ridden(&self) -> Option<u16> {
        (!self.exchange.is_over()).then_some(self.ride)
    }

    fn status(&self) -> Status {
        let text = |text: &str| heapless::String::try_from(text).unwrap_or_default();
        let (room, capacity) = self.journal.as_ref().map_or((0, 0), |it| (it.room(), it.capacity()));
        Status {
            board: text(P::NAME),
            version: text(env!("CARGO_PKG_VERSION")),
            now_ms: self.board.now().as_ms(),
            knows_time: self.exchange.time(self.board.now()).is_some(),
            has_key: self.exchange.with_kept(|kept| kept.key.is_some()) == Some(true),
            ride: self.ridden(),
            room,
            capacity,
            stack: self.board.stack(),
            asleep_permille: self.board.asleep_permille(),
            crashed: self.board.crash().is_some(),
            slowest_ms: self.exchange.slowest_ms(),
        }
    }
}

fn failed<E>(error: &JournalError<E>) -> StorageResult {
    match error {
        JournalError::Full => StorageResult::Full,
        JournalError::Worn | JournalError::Geometry | JournalError::Flash(_) => StorageResult::Failed,
    }
}

/// Where it crashed, in a few words: the file without its folders, and the line.
fn brief(text: &str) -> Label {
    let at = text.strip_prefix("panic at ").unwrap_or(text);
    let file = at.split(' ').next().unwrap_or_default();
    let words = if file.contains('/') { file.rsplit('/').next().unwrap_or_default().trim_end_matches(':') } else { at };
    let mut label = Label::new();
    // What is too long is cut.
    let _ = words.chars().try_for_each(|c| label.push(c));
    label
}

/// The entries of a ride in the flash.
struct Stream<'r, 'j, J, P> {
    journal: &'r RefCell<&'r mut Journal<'j, J>>,
    block: &'r RefCell<&'r mut [u8; MAX_BLOCK]>,
    board: &'r P,
    stored: Stored,
    offset: u32,
    length: usize,
    cursor: Cursor,
}

impl<J: NorFlash, P: Board> Iterator for Stream<'_, '_, J, P> {
    type Item = (Instant, Entry);

    fn next(&mut self) -> Option<Self::Item> {
        let mut block = self.block.borrow_mut();
        loop {
            if let Some(entry) = self.cursor.next(block.get(HEAD..self.length).unwrap_or_default()) {
                return Some(entry);
            }
            self.board.works();
            // A flash that fails ends the stream early, which who makes the file notices.
            let mut journal = self.journal.borrow_mut();
            self.length = block_on(journal.next_block(&self.stored, &mut self.offset, &mut block)).ok()?;
            let block = Sealed::read(block.get(..self.length)?)?;
            self.cursor = block.payload(Kind::Ride).map_or(Cursor::END, Cursor::new);
        }
    }
}
