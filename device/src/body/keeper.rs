//! Who has the flash and the cable: stores what the body leaves, and answers a computer that asks.
//!
//! It runs below the body, which may interrupt it at any time. A piece of an answer is short, so that blocks wait for tens of
//! milliseconds at most.

use super::{Exchange, Message, Order, Reply, Start};
use crate::journal::{Journal, JournalError, PAGE, Stored};
use crate::settings::{Kept, Settings};
use embassy_futures::select::{Either3, select3};
use embedded_io_async::{Read, Write};
use embedded_storage_async::nor_flash::NorFlash;
use sling_core::head_unit::StorageResult;
use sling_core::log::ride::{MAX_BLOCK, Sealed};
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

    /// The report of the last crash.
    fn crash(&self) -> Option<heapless::String<MAX_CRASH>>;

    /// Forgets it.
    fn forget_crash(&self);

    /// Starts anew, or says that it cannot.
    fn restart(&self, how: Restart) -> Refusal;
}

/// Where flash and cable are looked at. On a board it is a static: it is too large to be moved about.
pub struct Room {
    page: [u8; PAGE],
    kept: [u8; MAX_BLOCK],
    /// A block that waits for the flash, or else an answer.
    block: [u8; MAX_BLOCK],
    frames: Frames,
}

impl Room {
    /// Empty.
    pub const fn new() -> Self {
        Self { page: [0; PAGE], kept: [0; MAX_BLOCK], block: [0; MAX_BLOCK], frames: Frames::new() }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::new()
    }
}

/// What was found in the flash when the head unit was switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    frames: &'a mut Frames,
    cable: C,
    board: P,
    exchange: &'a Exchange,
    ride: Option<u16>,
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
        let Room { page, kept, block, frames } = room;
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
        let crashed = board.restarted_by_crash();
        let found = match newest {
            Some(newest) => Found {
                start: Start {
                    ride: if newest.is_ended { newest.ride.wrapping_add(1) } else { newest.ride },
                    goes_on: !newest.is_ended,
                    crashed,
                },
                number: newest.number.wrapping_add(1),
                at: if newest.is_ended { Instant::ZERO } else { newest.at + AFTER_A_CUT },
            },
            None => Found { start: Start { ride: 1, goes_on: false, crashed }, number: 0, at: Instant::ZERO },
        };
        let ride = Some(found.start.ride);
        let told = StorageResult::Written;
        let mut keeper = Self { journal, settings, block, frames, cable, board, exchange, ride, asked: None, told };
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
            match select3(exchange.block(self.block), exchange.changed(), self.cable.read(&mut portion)).await {
                Either3::First(length) => {
                    let result = self.store(length).await;
                    self.tell(result).await;
                }
                Either3::Second(()) => self.keep().await,
                Either3::Third(read) => {
                    // A cable that fails has been pulled out; who asked will ask again.
                    for &byte in portion.get(..read.unwrap_or(0)).unwrap_or_default() {
                        if let Some(frame) = self.frames.push(byte)
                            && let Some((number, ask)) = service::decode::<Ask>(frame)
                        {
                            self.answer(number, ask).await;
                        }
                    }
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

    async fn answer(&mut self, number: u8, ask: Result<Ask, Refusal>) {
        let answer = match ask {
            Ok(ask) => self.do_it(ask).await.unwrap_or_else(Answer::Refused),
            Err(refusal) => Answer::Refused(refusal),
        };
        if let Some(length) = service::encode(number, &answer, self.block) {
            // Who pulled the cable out does not wait for an answer.
            let _ = self.cable.write_all(self.block.get(..length).unwrap_or_default()).await;
        }
    }

    async fn do_it(&mut self, ask: Ask) -> Result<Answer, Refusal> {
        let order = match ask {
            Ask::Status => return Ok(Answer::Status(self.status())),
            Ask::Settings => {
                let config = self.exchange.with_kept(|kept| kept.config.clone());
                return config.map(Answer::Settings).ok_or(Refusal::Flash);
            }
            Ask::Rides { from } => {
                let rides = self.journal()?.rides::<{ service::RIDES }>(from).await.map_err(|_| Refusal::Flash)?;
                let ride = |it: &Stored| service::Ride { number: it.ride, bytes: it.pages * PAGE as u32 };
                return Ok(Answer::Rides(rides.iter().map(ride).collect()));
            }
            Ask::Log { ride, offset } => {
                let stored = match self.asked {
                    Some(stored) if stored.ride == ride && offset < stored.pages * PAGE as u32 => stored,
                    _ => self.find(ride).await?,
                };
                self.asked = Some(stored);
                let mut piece = [0; PIECE];
                let read = self.journal()?.read_at(&stored, offset, &mut piece).await.map_err(|_| Refusal::Flash)?;
                return Ok(Answer::Bytes(piece.iter().copied().take(read).collect()));
            }
            Ask::Release { ride } => {
                if self.ride.is_some_and(|it| it <= ride) {
                    return Err(Refusal::StillRidden);
                }
                self.asked = None;
                self.journal()?.release(ride).await.map_err(|_| Refusal::Flash)?;
                return Ok(Answer::Done);
            }
            Ask::Crash => return Ok(Answer::Crash(self.board.crash())),
            Ask::ForgetCrash => {
                self.board.forget_crash();
                return Ok(Answer::Done);
            }
            Ask::Restart(how) => return Err(self.board.restart(how)),
            Ask::Configure(config) => {
                self.exchange.keep_config(&config);
                Order::Configure
            }
            Ask::Key(key) => {
                self.exchange.keep_key(key);
                Order::Key
            }
            Ask::WallTime { unix_s, offset_min } => Order::WallTime { unix_s, offset_min },
            Ask::Press(button, press) => Order::Press(button, press),
            Ask::Screen { from } => Order::Screen { from },
            Ask::EndRide => Order::EndRide,
        };
        let ends = order == Order::EndRide;
        let reply = self.exchange.ask(order).await;
        if ends {
            self.ride = None;
        }
        Ok(match reply {
            Reply::Done => Answer::Done,
            Reply::Screen(bytes) => Answer::Bytes(bytes),
        })
    }

    fn journal(&mut self) -> Result<&mut Journal<'a, J>, Refusal> {
        self.journal.as_mut().map_err(|_| Refusal::Flash)
    }

    async fn find(&mut self, ride: u16) -> Result<Stored, Refusal> {
        let found = self.journal()?.rides::<1>(ride).await.map_err(|_| Refusal::Flash)?;
        found.first().copied().filter(|stored| stored.ride == ride).ok_or(Refusal::NoSuchRide)
    }

    fn status(&self) -> Status {
        let text = |text: &str| heapless::String::try_from(text).unwrap_or_default();
        let (room, capacity) = self.journal.as_ref().map_or((0, 0), |it| (it.room(), it.capacity()));
        Status {
            board: text(P::NAME),
            version: text(env!("CARGO_PKG_VERSION")),
            now_ms: self.board.now().as_ms(),
            knows_time: self.exchange.knows_time(),
            has_key: self.exchange.with_kept(|kept| kept.key.is_some()) == Some(true),
            ride: self.ride,
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
