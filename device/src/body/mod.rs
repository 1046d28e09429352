//! What a head unit's body does on a ride, whatever the board: it brings time and messages to the core, draws what changed,
//! hands out cues, and has everything recorded.
//!
//! ```text
//! buttons, ANT, battery ─► mailbox ─┐                 ┌─► ANT, Bluetooth
//! Bluetooth ────────────────────────┤► Body ─► core ──┼─► cues ─► motor, beeper
//! a cable ─► orders ────────────────┤                 ├─► panel
//! time ─────────────────────────────┘                 └─► blocks, settings ─► keeper ─► flash
//! ```
//!
//! The body runs before everything else and never waits for the flash: blocks go to the [`keeper`] through
//! [`Exchange`], and one that finds no room there is lost and said to be.

mod exchange;
pub mod keeper;

pub use exchange::{Blocks, Exchange, Message, Order, Reply, TimeOfDay};

use crate::driver::Timer;
use crate::driver::memory_lcd::{MemoryLcd, Picture};
use core::future::{Future, pending};
use embassy_futures::select::{Either5, select5};
use embedded_hal::digital::OutputPin;
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::spi::SpiBus;
use embedded_io_async::Write;
use sling_core::draw::{Area, Canvas};
use sling_core::head_unit::{Event, Label, Life, ReferenceFrame, RideAct, State};
use sling_core::link::Trouble;
use sling_core::link::ant::{AntCommand, network_key_frame};
use sling_core::link::ble::{BleCommand, BleEvent};
use sling_core::log::ride::{InputBlock, Recorder, Sealed};
use sling_core::time::{Duration, Instant};
use sling_core::{HeadUnit, Input, Output, ui};

/// Cells of a page, and the whole screen.
const AREAS: usize = ui::MAX_CELLS + 1;
/// What was learned is kept this often.
const LEARNED_EVERY: Duration = Duration::from_s(600);
/// Bytes of the ANT module that are taken at once: some pages.
const PORTION: usize = 64;
/// Bytes for the ANT module at once: core has one command in flight.
const TO_ANT: usize = 64;
/// What an ANT module says is listened to for so long before it is taken: the rest of a page, and of another.
const LISTENS: Duration = Duration::from_ms(10);

/// What an ANT module says.
pub trait Ear {
    /// Returns when there is something to take. May be dropped and called again.
    fn heard(&mut self) -> impl Future<Output = ()>;

    /// Takes what there is, up to this length; how much it was.
    fn take(&mut self, bytes: &mut [u8]) -> usize;
}

/// The Bluetooth stack, or none.
pub trait Bluetooth {
    /// What it reports.
    type Report;

    /// Asks for something, without waiting. Whether there was room.
    fn tell(&self, command: BleCommand) -> bool;

    /// What happens next. May be dropped and called again.
    fn report(&self) -> impl Future<Output = Self::Report>;

    /// A report as core takes it.
    fn event(report: &Self::Report) -> BleEvent<'_>;
}

#[cfg(feature = "ble")]
impl<const LINKS: usize> Bluetooth for &crate::ble::Ble<LINKS> {
    type Report = crate::ble::Report;

    fn tell(&self, command: BleCommand) -> bool {
        crate::ble::Ble::tell(self, command)
    }

    async fn report(&self) -> Self::Report {
        crate::ble::Ble::report(self).await
    }

    fn event(report: &Self::Report) -> BleEvent<'_> {
        report.event()
    }
}

/// What a board gives its body.
pub struct Parts<'a, T, R, A, B, SPI, SCS, DISP, DELAY> {
    /// The head unit, told nothing yet.
    pub unit: &'a mut HeadUnit,
    /// What it draws on.
    pub frame: &'a mut ReferenceFrame,
    /// What makes the ride log, told nothing yet.
    pub recorder: &'a mut Recorder,
    /// What makes the input log.
    pub inputs: &'a mut InputBlock,
    /// The clock, which goes on from the ride that was cut.
    pub timer: T,
    /// Where the ANT module's bytes come from.
    pub ant_said: R,
    /// Where commands for the ANT module go.
    pub ant: A,
    /// The Bluetooth stack.
    pub bluetooth: B,
    /// The display.
    pub lcd: &'a mut MemoryLcd<SPI, SCS, DISP, DELAY>,
    /// Everybody else.
    pub exchange: &'a Exchange,
}

/// What is known when the head unit is switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The number of the ride.
    pub ride: u16,
    /// The ride was cut and goes on.
    pub goes_on: bool,
    /// It was a crash of the firmware that cut it: where.
    pub crashed: Option<Label>,
    /// The time of day, if that is known over the restart.
    pub time: Option<TimeOfDay>,
}

/// A head unit's body on a ride.
pub struct Body<'a, T, R, A, B, SPI, SCS, DISP, DELAY> {
    parts: Parts<'a, T, R, A, B, SPI, SCS, DISP, DELAY>,
    areas: heapless::Vec<Area, AREAS>,
    to_ant: heapless::Vec<u8, TO_ANT>,
    /// When the head unit was told what has not been shown yet.
    told_at: Option<Instant>,
    /// When what the ANT module says is taken, once it says something.
    hears_until: Option<Instant>,
    learned_at: Instant,
}

impl<T: Timer, R: Ear, A: Write, B: Bluetooth, SPI: SpiBus, SCS: OutputPin, DISP: OutputPin, DELAY: DelayNs>
    Body<'_, T, R, A, B, SPI, SCS, DISP, DELAY>
where
    ReferenceFrame: Picture,
{
    /// Rides for as long as there is power.
    pub async fn ride(parts: Parts<'_, T, R, A, B, SPI, SCS, DISP, DELAY>, start: Start) -> ! {
        let now = parts.timer.now();
        // A panel that fails is tried again with every picture.
        let _ = parts.lcd.switch_on(now).await;
        let mut body = Body {
            parts,
            areas: heapless::Vec::new(),
            to_ant: heapless::Vec::new(),
            told_at: None,
            hears_until: None,
            learned_at: now,
        };
        if start.goes_on {
            body.tell(&Input::PowerOn);
            body.settle().await;
        }
        body.configure();
        body.settle().await;
        body.restore();
        body.settle().await;
        if start.goes_on {
            // How long it rested before is not known any more.
            body.tell(&Input::Ride(RideAct::GoOn { ridden: now.since(Instant::ZERO) }));
            body.settle().await;
        }
        body.tell(&Input::AntPort(body.ant_port()));
        if let Some(time) = start.time {
            body.settle().await;
            body.time_is(time);
        }
        if let Some(label) = start.crashed {
            body.settle().await;
            body.tell(&Input::Crashed(label));
        }
        loop {
            // After every input: what it asks to be drawn is drawn as things stand then.
            body.settle().await;
            body.parts.exchange.beat();
            body.turn().await;
        }
    }

    /// Waits for whatever comes first, and deals with it.
    async fn turn(&mut self) {
        let Parts { unit, timer, ant_said, bluetooth, lcd, exchange, .. } = &mut self.parts;
        let due = [unit.next_deadline(), lcd.next_deadline(), self.hears_until].into_iter().flatten().min();
        let time = async {
            match due {
                Some(due) => timer.until(due).await,
                None => pending().await,
            }
        };
        let ant = async {
            match self.hears_until {
                None => ant_said.heard().await,
                Some(_) => pending().await,
            }
        };
        match select5(exchange.message(), ant, bluetooth.report(), exchange.order(), time).await {
            Either5::First(message) => self.message(message),
            Either5::Second(()) => self.hears_until = Some(self.parts.timer.now() + LISTENS),
            Either5::Third(report) => self.tell(&Input::Ble(B::event(&report))),
            Either5::Fourth(order) => self.order(order),
            Either5::Fifth(()) => self.due().await,
        }
    }

    /// Does the first thing that is due by now.
    async fn due(&mut self) {
        let now = self.parts.timer.now();
        if let Some(until) = self.hears_until.filter(|until| *until <= now) {
            self.hears_until = None;
            self.told_at = Some(until.before(LISTENS));
            self.hear();
        } else if self.parts.unit.next_deadline().is_some_and(|due| due <= now) {
            self.tell(&Input::Tick);
        } else {
            // One that fails is tried again when it is due again.
            let _ = self.parts.lcd.tick(now).await;
        }
    }

    fn hear(&mut self) {
        let mut portion = [0; PORTION];
        let taken = self.parts.ant_said.take(&mut portion);
        self.tell(&Input::AntBytes(portion.get(..taken).unwrap_or_default()));
    }

    fn message(&mut self, message: Message) {
        let input = match message {
            Message::Button(button, press) => Input::Button(button, press),
            Message::Posture(posture) => Input::Posture(posture),
            Message::Battery { percent, charging } => Input::Battery { percent, charging },
            Message::CueDelivery { id, haptic, beep } => Input::CueDelivery { id, haptic, beep },
            Message::AntReopened => Input::AntPort(self.ant_port()),
            Message::Storage(result) => Input::Storage(result),
        };
        self.tell(&input);
    }

    /// Without a key nothing can be asked of the module.
    fn ant_port(&self) -> Result<(), Trouble> {
        self.key().map(|_| ()).ok_or(Trouble::NoKey)
    }

    fn key(&self) -> Option<[u8; 8]> {
        self.parts.exchange.with_kept(|kept| kept.key).flatten()
    }

    /// Takes the settings that are kept. They stand on the stack only here.
    #[inline(never)]
    fn configure(&mut self) {
        if let Some(config) = self.parts.exchange.with_kept(|kept| kept.config.clone()) {
            self.tell(&Input::Configure(config));
        }
    }

    fn time_is(&mut self, time: TimeOfDay) {
        self.parts.exchange.time_is(self.parts.timer.now(), time);
        self.tell(&Input::WallTime { unix_s: time.unix_s, offset_min: time.offset_min });
    }

    /// Takes what was learned and kept.
    #[inline(never)]
    fn restore(&mut self) {
        if let Some(state) = self.parts.exchange.with_kept(|kept| kept.state.clone()) {
            self.tell(&Input::Restore(state));
        }
    }

    /// Does what somebody at the cable wants of a head unit that rides.
    #[inline(never)]
    fn order(&mut self, order: Order) {
        match order {
            Order::Configure => self.configure(),
            Order::Key => self.tell(&Input::AntPort(self.ant_port())),
            Order::WallTime(time) => self.time_is(time),
            Order::Press(button, press) => self.tell(&Input::Button(button, press)),
            Order::Screen { from } => {
                let bytes = self.parts.frame.bytes().get(usize::from(from)..).unwrap_or_default();
                let piece = bytes.iter().copied().take(exchange::SCREEN_PIECE).collect();
                return self.parts.exchange.reply(Reply::Screen(piece));
            }
            Order::Ride(act) => self.tell(&Input::Ride(act)),
        }
        self.parts.exchange.reply(Reply::Done);
    }

    /// Tells the head unit something, and hands on or leaves for [`Self::settle`] what comes of it.
    fn tell(&mut self, input: &Input<'_>) {
        let now = self.parts.timer.now();
        self.told_at = self.told_at.or(Some(now));
        self.record_input(now, input);
        self.parts.unit.handle(input, now);
        while let Some(output) = self.parts.unit.poll_output() {
            if matches!(output, Output::Event(Event::Ride(Life::Ended))) {
                self.end_inputs();
            }
            let (recorder, exchange) = (&mut *self.parts.recorder, self.parts.exchange);
            recorder.output(now, &output, &mut |block| exchange.store(&block));
            self.output(output);
        }
        let (recorder, exchange) = (&mut *self.parts.recorder, self.parts.exchange);
        recorder.after(now, self.parts.unit, &mut |block| exchange.store(&block));
        // What is kept has to be told first.
        if !matches!(input, Input::PowerOn) {
            self.keep(now);
        }
    }

    /// Writes to the ANT module what it is to be told, and shows what shows something new.
    async fn settle(&mut self) {
        let Parts { unit, frame, timer, ant, lcd, exchange, .. } = &mut self.parts;
        // A module that takes nothing does not answer either, and core notices that.
        let _ = ant.write_all(&self.to_ant).await;
        self.to_ant.clear();
        if !self.areas.is_empty() {
            unit.draw_areas(&mut **frame, &self.areas);
            // What a transfer that failed should have shown goes with the next.
            let _ = lcd.show(&**frame, &self.areas, timer.now()).await;
            self.areas.clear();
        }
        if let Some(told_at) = self.told_at.take() {
            exchange.took(timer.now().since(told_at).as_ms());
        }
    }

    fn record_input(&mut self, now: Instant, input: &Input<'_>) {
        if self.parts.recorder.is_over() {
            return;
        }
        let Parts { recorder, inputs, exchange, .. } = &mut self.parts;
        if !exchange.takes_inputs() {
            inputs.end();
        }
        if !inputs.push(now, input) {
            // It is full, so there is something to seal.
            if let Some(block) = inputs.seal(recorder.ride(), recorder.take_number()) {
                exchange.store(&block);
            }
            // An empty piece takes it or is over.
            inputs.push(now, input);
        }
        recorder.input(now, input, &mut |block: Sealed<'_>| exchange.store(&block));
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Redraw(area) => {
                if self.areas.push(area).is_err() {
                    // More than there are cells: all of it.
                    self.areas.clear();
                    let (w, h) = self.parts.frame.size();
                    let _ = self.areas.push(Area::new(0, 0, w, h));
                }
            }
            Output::Cue(cue) => self.parts.exchange.give(cue),
            Output::Ant(AntCommand::Send(bytes)) => self.say(&bytes),
            Output::Ant(AntCommand::SendKey) => {
                if let Some(key) = self.key() {
                    self.say(&network_key_frame(&key));
                }
            }
            Output::Ant(AntCommand::Reopen) => self.parts.exchange.reopen_ant(),
            Output::Ble(command) => {
                // Core gives up after a while what is not answered.
                self.parts.bluetooth.tell(command);
            }
            Output::Event(Event::Ride(Life::Ended)) => {
                self.parts.exchange.ride_is_over();
                self.keep_learned();
            }
            Output::NewRide => self.parts.exchange.start_again(),
            Output::Event(_) | Output::Sample(_) | Output::Context(_) => {}
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        // A frame for which there is no room is left out whole; core sends it again.
        if self.to_ant.capacity() - self.to_ant.len() >= bytes.len() {
            let _ = self.to_ant.extend_from_slice(bytes);
        }
    }

    /// Has settings kept that were changed on the screen, and from time to time what was learned.
    fn keep(&mut self, now: Instant) {
        let config = self.parts.unit.config();
        if self.parts.exchange.with_kept(|kept| kept.config != *config) == Some(true) {
            self.parts.exchange.keep_config(config);
        }
        if now.since(self.learned_at) >= LEARNED_EVERY {
            self.learned_at = now;
            self.keep_learned();
        }
    }

    fn keep_learned(&self) {
        let state = self.parts.unit.state();
        if state != State::default() {
            self.parts.exchange.keep_state(&state);
        }
    }

    /// What of the input log is not yet stored is.
    fn end_inputs(&mut self) {
        let Parts { recorder, inputs, exchange, .. } = &mut self.parts;
        if !inputs.is_empty()
            && let Some(block) = inputs.seal(recorder.ride(), recorder.take_number())
        {
            exchange.store(&block);
        }
    }
}
