//! What a body and everybody else leave for each other. Nobody waits here for somebody slower: what finds no room is lost, and
//! where that matters it is said.

use crate::settings::Kept;
use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::pipe::Pipe;
use embassy_sync::signal::Signal;
use sling_core::head_unit::{Button, Config, CueRequest, Posture, Press, RideAct, State, StorageResult};
use sling_core::log::ride::{HEAD, MAX_BLOCK, Sealed};
use sling_core::time::Instant;

type Raw = CriticalSectionRawMutex;

/// Messages that wait for the body, which takes 50 ms for a whole picture.
const MESSAGES: usize = 16;
/// Cues that wait for the one that is played.
const CUES: usize = 4;
/// Bytes of blocks that wait for the flash: some ten seconds of a ride, of which erasing a page takes half of one.
const BLOCKS: usize = 4 * MAX_BLOCK;
/// Of these so many are left for the ride log.
const LEFT_BY_INPUTS: usize = MAX_BLOCK;
/// Bytes of the screen that are handed out at once.
pub const SCREEN_PIECE: usize = 480;

/// Blocks that wait for the flash.
pub type Blocks = Pipe<Raw, BLOCKS>;

/// Something that the body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A button was pressed.
    Button(Button, Press),
    /// The rider sits or stands.
    Posture(Posture),
    /// The own battery.
    Battery {
        /// Charge, 0 to 100 %.
        percent: u8,
        /// Whether it is being charged.
        charging: bool,
    },
    /// What became of a cue.
    CueDelivery {
        /// Its number.
        id: u16,
        /// It was felt.
        haptic: bool,
        /// It was heard.
        beep: bool,
    },
    /// The ANT module was reset, as asked.
    AntReopened,
    /// What became of blocks.
    Storage(StorageResult),
}

/// Something that a person at the cable wants of a head unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Take the settings that are kept.
    Configure,
    /// Use the ANT+ network key that is kept, or none.
    Key,
    /// The time of day.
    WallTime(TimeOfDay),
    /// As if a button were pressed.
    Press(Button, Press),
    /// What is shown, from this byte of the frame on.
    Screen {
        /// The first byte.
        from: u16,
    },
    /// Something with the ride as a whole.
    Ride(RideAct),
}

/// The time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOfDay {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub unix_s: u64,
    /// Minutes that local time is ahead.
    pub offset_min: i16,
}

/// What came of an order.
#[expect(clippy::large_enum_variant, reason = "there is no heap to put a piece of the screen on")]
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It is done.
    Done,
    /// A piece of the frame; empty after its end.
    Screen(heapless::Vec<u8, SCREEN_PIECE>),
}

/// Everything that is left for somebody.
pub struct Exchange {
    messages: Channel<Raw, Message, MESSAGES>,
    cues: Channel<Raw, CueRequest, CUES>,
    orders: Channel<Raw, Order, 1>,
    reply: Signal<Raw, Reply>,
    blocks: &'static Blocks,
    /// A block found no room since this was last asked.
    lost: AtomicBool,
    /// There is no flash to spare for the input log any more.
    inputs_are_over: AtomicBool,
    /// The time of day at a time of the clock.
    day: Mutex<Raw, Cell<Option<(Instant, TimeOfDay)>>>,
    is_over: AtomicBool,
    again: Signal<Raw, ()>,
    slowest_ms: AtomicU32,
    /// Turns of the body.
    beats: AtomicU32,
    /// Nothing before the flash has been looked at.
    kept: Mutex<Raw, RefCell<heapless::Vec<Kept, 1>>>,
    changed: Signal<Raw, ()>,
    reopen: Signal<Raw, ()>,
}

impl Exchange {
    /// Nothing left by anybody.
    pub const fn new(blocks: &'static Blocks) -> Self {
        Self {
            messages: Channel::new(),
            cues: Channel::new(),
            orders: Channel::new(),
            reply: Signal::new(),
            blocks,
            lost: AtomicBool::new(false),
            inputs_are_over: AtomicBool::new(false),
            day: Mutex::new(Cell::new(None)),
            is_over: AtomicBool::new(false),
            again: Signal::new(),
            slowest_ms: AtomicU32::new(0),
            beats: AtomicU32::new(0),
            kept: Mutex::new(RefCell::new(heapless::Vec::new())),
            changed: Signal::new(),
            reopen: Signal::new(),
        }
    }

    /// Tells the body something; waits while it is busy.
    pub async fn tell(&self, message: Message) {
        self.messages.send(message).await;
    }

    /// The next message, for the body.
    pub async fn message(&self) -> Message {
        self.messages.receive().await
    }

    /// Orders something of the body, and waits for what comes of it. For one who asks at a time.
    pub async fn ask(&self, order: Order) -> Reply {
        self.reply.reset();
        self.orders.send(order).await;
        self.reply.wait().await
    }

    /// The next order, for the body.
    pub async fn order(&self) -> Order {
        self.orders.receive().await
    }

    /// Answers it.
    pub fn reply(&self, reply: Reply) {
        self.reply.signal(reply);
    }

    /// Hands out a cue. One that finds no room is not given: by then it would be late.
    pub fn give(&self, cue: CueRequest) {
        if self.cues.try_send(cue).is_err() {
            let missed = Message::CueDelivery { id: cue.id, haptic: false, beep: false };
            // Who has no room for this either will be told of the next.
            let _ = self.messages.try_send(missed);
        }
    }

    /// The next cue, for who plays them.
    pub async fn cue(&self) -> CueRequest {
        self.cues.receive().await
    }

    /// Leaves a block for the flash.
    pub fn store(&self, block: &Sealed<'_>) {
        if self.blocks.free_capacity() < block.bytes.len() {
            self.lost.store(true, Ordering::Relaxed);
            return;
        }
        let mut rest = block.bytes;
        // The body alone writes here, so what was free still is; it may lie at the ring's end and at its beginning.
        while let Ok(written @ 1..) = self.blocks.try_write(rest) {
            rest = rest.get(written..).unwrap_or_default();
        }
    }

    /// Whether the input log can go on: there is flash to spare, and what waits for it is not too much.
    pub fn takes_inputs(&self) -> bool {
        !self.inputs_are_over.load(Ordering::Relaxed) && self.blocks.free_capacity() >= MAX_BLOCK + LEFT_BY_INPUTS
    }

    /// There is no flash to spare for the input log any more.
    pub fn end_inputs(&self) {
        self.inputs_are_over.store(true, Ordering::Relaxed);
    }

    /// Whether a block of the ride log was lost since this was last asked.
    pub fn take_lost(&self) -> bool {
        self.lost.swap(false, Ordering::Relaxed)
    }

    /// The next block, in `bytes`; how long it is. For the keeper alone.
    pub async fn block(&self, bytes: &mut [u8; MAX_BLOCK]) -> usize {
        let mut filled = 0;
        let mut wanted = HEAD;
        while filled < wanted {
            let room = bytes.get_mut(filled..wanted).unwrap_or_default();
            filled += self.blocks.read(room).await;
            if filled == HEAD {
                let payload = [bytes.get(4), bytes.get(5)].map(|byte| byte.copied().unwrap_or_default());
                wanted = (HEAD + usize::from(u16::from_le_bytes(payload))).min(MAX_BLOCK);
            }
        }
        filled
    }

    /// Has settings kept.
    pub fn keep_config(&self, config: &Config) {
        self.keep(|kept| kept.config.clone_from(config));
    }

    /// Has kept what was learned.
    pub fn keep_state(&self, state: &State) {
        self.keep(|kept| kept.state.clone_from(state));
    }

    /// Has a network key kept, or none.
    pub fn keep_key(&self, key: Option<[u8; 8]>) {
        self.keep(|kept| kept.key = key);
    }

    fn keep(&self, change: impl FnOnce(&mut Kept)) {
        self.kept.lock(|kept| kept.borrow_mut().first_mut().map(change));
        self.changed.signal(());
    }

    /// What is kept, as it stands; `None` before the flash has been looked at.
    pub fn with_kept<R>(&self, look: impl FnOnce(&Kept) -> R) -> Option<R> {
        self.kept.lock(|kept| kept.borrow().first().map(look))
    }

    /// What was found in the flash when the head unit was switched on.
    pub fn found(&self, found: Kept) {
        self.kept.lock(|kept| {
            let mut kept = kept.borrow_mut();
            kept.clear();
            // There is room for one.
            let _ = kept.push(found);
        });
    }

    /// Returns when something else is to be kept.
    pub async fn changed(&self) {
        self.changed.wait().await;
    }

    /// The time of day is this.
    pub fn time_is(&self, now: Instant, time: TimeOfDay) {
        self.day.lock(|day| day.set(Some((now, time))));
    }

    /// The time of day, if it is known.
    pub fn time(&self, now: Instant) -> Option<TimeOfDay> {
        let (then, time) = self.day.lock(Cell::get)?;
        let unix_s = time.unix_s.saturating_add(u64::from(now.since(then).as_s()));
        Some(TimeOfDay { unix_s, ..time })
    }

    /// The ride is over: nothing is recorded any more.
    pub fn ride_is_over(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Asks to be started anew, for another ride.
    pub fn start_again(&self) {
        self.again.signal(());
    }

    /// Returns when that was asked for.
    pub async fn again(&self) {
        self.again.wait().await;
    }

    /// An input was dealt with in this time, to the last pixel on the wire.
    pub fn took(&self, ms: u32) {
        self.slowest_ms.fetch_max(ms, Ordering::Relaxed);
    }

    /// The longest that took.
    pub fn slowest_ms(&self) -> u32 {
        self.slowest_ms.load(Ordering::Relaxed)
    }

    /// The body lives.
    pub fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// How often the body said so, modulo 2^32: at least twice a second, or it does not live any more.
    pub fn beats(&self) -> u32 {
        self.beats.load(Ordering::Relaxed)
    }

    /// Asks the board to reset the ANT module.
    pub fn reopen_ant(&self) {
        self.reopen.signal(());
    }

    /// Returns when that was asked for.
    pub async fn reopened(&self) {
        self.reopen.wait().await;
    }
}
