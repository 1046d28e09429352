//! The head unit's Bluetooth: does what core's central asks ([`BleCommand`]) with the trouble-host stack, and reports
//! what comes of it ([`Report`], which gives a [`BleEvent`](sling_core::link::ble::BleEvent)).
//!
//! It decides nothing: whom to connect, when to try again and when a sensor is silent is core's business. What it
//! promises:
//!
//! - Every command with an address is answered by an event with that address, except one that ends with the adapter: the
//!   links that are up are then reported as `Disconnected` and the adapter as in trouble.
//! - The values of a link are reported each once and in order, from the first. Values that arrive together with the end
//!   of the link may be missing; none is reported after `Disconnected`.
//! - A link that comes up in the moment in which its dialling is given up is lost to the stack (trouble-host 0.8), and its
//!   sensor out of reach. The next dialling shows it; [`Ble::run`] ends then too.
//! - A controller that does not answer is noticed within [`STARTS_WITHIN`] in the beginning and within [`ASKED_EVERY`] +
//!   [`ANSWERS_WITHIN`] later. [`Ble::run`] then ends, and is to be called again with the controller reset.
//!
//! ```text
//! core ── tell ──► desk ──► a link's tasks ──► GATT ──► trouble-host ──► controller
//!      ◄─ report ──────────◄─ values, answers, advertisements ◄────────────┘
//! ```
//!
//! **One task.** Everything here is one future, polled as a whole: the stack keeps a single waker in most of its places,
//! and so nothing here needs a lock or a `static`. A link is one future of a fixed number ([`Ble`]'s `LINKS`). Scanning
//! stops while a link is dialled, because not every controller can do both; links are dialled one after the other,
//! because none can do otherwise.
//!
//! **Sizes.** A packet of the stack's pool has 64 bytes: the longest known value with its headers has 41. 32 packets
//! and 16 values a link are 0.4 s of four sensors with 10 values a second each; reports wait in [`REPORTS`].
//!
//! Glossary: *controller* the radio's own processor, behind HCI; *desk* where commands are given out; *dial* to bring up
//! a link.

mod advert;
mod link;
mod report;

pub use report::{MAX_NAME, MAX_VALUE, Report, Seen};

use advert::Peers;
use bt_hci::cmd::info::ReadBdAddr;
use bt_hci::cmd::le::LeSetScanParams;
use bt_hci::controller::ControllerCmdSync;
use bt_hci::param::LeAdvReportsIter;
use core::cell::{Cell, RefCell};
use core::future::{Future, pending};
use core::pin::{Pin, pin};
use core::task::Poll;
use embassy_futures::poll_once;
use embassy_futures::select::{Either, Either3, Either5, select, select3, select5};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::mutex::Mutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Instant, TimeoutError, Timer, with_timeout};
use link::Link;
use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleCommand};
use trouble_host::prelude::{DefaultPacketPool, EventHandler, HostResources, ScanConfig, Stack};
use trouble_host::scan::Scanner;
use trouble_host::{BleHostError, Controller};

/// Commands that wait for the desk, which is never slow.
pub const COMMANDS: usize = 16;
/// Reports that wait for the head unit: 0.8 s of four sensors with 10 values a second each.
pub const REPORTS: usize = 32;
/// Of these so many are kept free of advertisements, which come again; values do not.
const KEPT_FOR_VALUES: usize = 16;

/// A controller that is not ready this long after it was started does not answer.
pub const STARTS_WITHIN: Duration = Duration::from_millis(2000);
/// While it starts it is looked this often whether it has answered.
const LOOKS_EVERY: Duration = Duration::from_millis(10);
/// The controller is asked for a sign of life this often.
pub const ASKED_EVERY: Duration = Duration::from_millis(1000);
/// An answer to that takes this long at most.
pub const ANSWERS_WITHIN: Duration = Duration::from_millis(1000);

/// Scanning listens half of the time: a sensor that advertises four times a second is heard within one or two.
const SCAN_INTERVAL: Duration = Duration::from_millis(100);
const SCAN_WINDOW: Duration = Duration::from_millis(50);
/// A scan that the controller refused is tried again after this long.
const SCAN_AGAIN: Duration = Duration::from_millis(500);

/// The most links that a [`Ble`] can have.
pub const MOST_LINKS: usize = 6;

/// The stack's dynamic channels, of which GATT needs none.
const CHANNELS: usize = 1;

/// The stack's own memory, for `LINKS` links at once.
pub type Resources<const LINKS: usize> = HostResources<DefaultPacketPool, LINKS, CHANNELS>;

/// A Bluetooth controller, behind whatever transport. `bt_hci`'s `ExternalController` is one with any of its transports.
pub trait Radio: Controller + ControllerCmdSync<LeSetScanParams> {}

impl<C: Controller + ControllerCmdSync<LeSetScanParams>> Radio for C {}

type Reports = Channel<NoopRawMutex, Report, REPORTS>;

/// The Bluetooth part of a head unit, with up to `LINKS` sensors connected at once, of [`MOST_LINKS`].
pub struct Ble<const LINKS: usize> {
    commands: Channel<NoopRawMutex, BleCommand, COMMANDS>,
    reports: Reports,
}

impl<const LINKS: usize> Default for Ble<LINKS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const LINKS: usize> Ble<LINKS> {
    /// Nothing asked, nothing reported.
    pub const fn new() -> Self {
        const { assert!(LINKS <= MOST_LINKS, "each link has its future in `work`") }
        Self { commands: Channel::new(), reports: Channel::new() }
    }

    /// Asks for something; never waits, so that whoever also takes the reports cannot be blocked by them. Whether there
    /// was room: a command that found none has no answer, and core gives it up after a while.
    pub fn tell(&self, command: BleCommand) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// The next thing that happened. May be dropped and called again.
    pub async fn report(&self) -> Report {
        self.reports.receive().await
    }

    /// Runs the radio until it fails, and says why; it has been reported then, and that all links are down. `own` is
    /// this head unit's static random address, for a controller without a public one.
    ///
    /// To be polled by one task. The caller resets the controller or opens its transport again and calls this again.
    pub async fn run<C: Radio>(
        &self,
        controller: C,
        resources: &mut Resources<LINKS>,
        own: Option<Address>,
    ) -> Trouble {
        let stack = set_up(controller, resources, own);
        let air = Air::new(&self.reports);
        let links: [Link; LINKS] = [const { Link::new() }; LINKS];
        let trouble = {
            let (mut hear, mut control, mut say) = stack.runner().split();
            // What was asked before the adapter was said to be ready was asked of the one that failed.
            self.commands.clear();
            // Each in its place: what is moved as it is made passes through the caller's stack, all of it.
            let (hear, control) = (pin!(hear.run_with_handler(&air)), pin!(control.run()));
            let say = pin!(async {
                air.started.wait().await;
                say.run().await
            });
            let work = pin!(self.work(&stack, &air, &links));
            match select(select3(hear, control, say), work).await {
                Either::First(Either3::First(result) | Either3::Second(result) | Either3::Third(result)) => {
                    match result {
                        // The transport ended, or the controller refused to be set up.
                        Err(BleHostError::Controller(_)) | Ok(()) => Trouble::NoDevice,
                        Err(BleHostError::BleHost(_)) => Trouble::NotAnswering,
                    }
                }
                Either::Second(trouble) => trouble,
            }
        };
        for address in links.iter().filter_map(Link::up) {
            self.reports.send(Report::Disconnected(address)).await;
        }
        self.reports.send(Report::Adapter(Err(trouble))).await;
        trouble
    }

    /// Everything above the stack.
    async fn work<C: Radio>(&self, stack: &Stack<'_, C, DefaultPacketPool>, air: &Air<'_>, links: &[Link]) -> Trouble {
        if with_timeout(STARTS_WITHIN, now_and_then(pin!(alive(stack)))).await.is_err() {
            return Trouble::NotAnswering;
        }
        air.started.signal(());
        self.reports.send(Report::Adapter(Ok(()))).await;
        // Each in its place, for an array of them would pass through the stack: see `run`.
        let [a, b, c, d, e, f]: [_; MOST_LINKS] = core::array::from_fn(|i| links.get(i));
        let (a, b, c) = (pin!(serve(a, stack, air)), pin!(serve(b, stack, air)), pin!(serve(c, stack, air)));
        let (d, e, f) = (pin!(serve(d, stack, air)), pin!(serve(e, stack, air)), pin!(serve(f, stack, air)));
        let served = select(select3(a, b, c), select3(d, e, f));
        let (watch, desk, scan) = (pin!(watch(stack)), pin!(self.desk(air, links)), pin!(scan(stack, air)));
        match select5(watch, air.tangled.wait(), desk, scan, served).await {
            Either5::First(trouble) => trouble,
            // The others never end.
            _ => Trouble::NotAnswering,
        }
    }

    /// Gives out the commands.
    async fn desk(&self, air: &Air<'_>, links: &[Link]) {
        loop {
            let command = self.commands.receive().await;
            let refused = match command {
                BleCommand::StartScan => air.want_scan(true),
                BleCommand::StopScan => air.want_scan(false),
                BleCommand::Connect { address } => link::connect(links, address),
                BleCommand::Discover { address } => link::ask(links, address, link::Task::Discover),
                BleCommand::Subscribe { address, profile } => link::ask(links, address, link::Task::Subscribe(profile)),
                BleCommand::ReadBattery { address } => link::ask(links, address, link::Task::ReadBattery),
                BleCommand::Disconnect { address } => link::hang_up(links, address),
            };
            if let Some(answer) = refused {
                self.reports.send(answer).await;
            }
        }
    }
}

/// A stack. What it needs of the caller's for that, twice its size, is free again when it runs.
#[inline(never)]
fn set_up<C: Radio, const LINKS: usize>(
    controller: C,
    resources: &mut Resources<LINKS>,
    own: Option<Address>,
) -> Stack<'_, C, DefaultPacketPool> {
    let builder = trouble_host::new(controller, resources);
    match own {
        Some(own) => builder.set_random_address(trouble_host::Address::random(advert::to_hci(own).into_inner())),
        None => builder,
    }
    .build()
}

/// What the links, the scan and the stack share.
struct Air<'a> {
    reports: &'a Reports,
    peers: RefCell<Peers>,
    /// Whether core wants to hear advertisements.
    scan_wanted: Cell<bool>,
    /// Links that are being dialled or wait for that.
    dialling: Cell<usize>,
    /// One of the two has changed.
    changed: Signal<NoopRawMutex, ()>,
    /// Held by the scan or by the link that is being dialled.
    antenna: Mutex<NoopRawMutex, ()>,
    /// The controller has answered.
    started: Signal<NoopRawMutex, ()>,
    /// The stack and the controller disagree about the links: only a reset helps.
    tangled: Signal<NoopRawMutex, ()>,
}

impl<'a> Air<'a> {
    fn new(reports: &'a Reports) -> Self {
        Self {
            reports,
            peers: RefCell::new(Peers::new()),
            scan_wanted: Cell::new(false),
            dialling: Cell::new(0),
            changed: Signal::new(),
            antenna: Mutex::new(()),
            started: Signal::new(),
            tangled: Signal::new(),
        }
    }

    /// Never refused.
    fn want_scan(&self, wanted: bool) -> Option<Report> {
        self.scan_wanted.set(wanted);
        self.changed.signal(());
        None
    }

    /// Asks the scan to make room until the turn is dropped.
    fn turn(&self) -> Turn<'_> {
        self.dialling.set(self.dialling.get() + 1);
        self.changed.signal(());
        Turn { dialling: &self.dialling, changed: &self.changed }
    }

    /// Waits until whether to scan is `wanted`.
    async fn until_scan(&self, wanted: bool) {
        while (self.scan_wanted.get() && self.dialling.get() == 0) != wanted {
            self.changed.wait().await;
        }
    }
}

/// A link's turn at the antenna, or its wait for it.
struct Turn<'a> {
    dialling: &'a Cell<usize>,
    changed: &'a Signal<NoopRawMutex, ()>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.dialling.set(self.dialling.get().saturating_sub(1));
        self.changed.signal(());
    }
}

impl EventHandler for Air<'_> {
    fn on_adv_reports(&self, reports: LeAdvReportsIter<'_>) {
        for report in reports.flatten() {
            if self.reports.free_capacity() <= KEPT_FOR_VALUES {
                return;
            }
            if let Some(seen) = self.peers.borrow_mut().hear(Instant::now(), &report) {
                // There is room.
                let _ = self.reports.try_send(Report::Seen(seen));
            }
        }
    }
}

/// Serves a link, if there is one.
async fn serve<C: Radio>(link: Option<&Link>, stack: &Stack<'_, C, DefaultPacketPool>, air: &Air<'_>) {
    match link {
        Some(link) => link.serve(stack, air).await,
        None => pending().await,
    }
}

/// Waits for something, and looks for it only now and then: who waits for the stack to be set up, as every command does,
/// wakes itself all the time (trouble-host 0.8), and a head unit without a controller would never sleep.
async fn now_and_then<F: Future>(mut what: Pin<&mut F>) -> F::Output {
    loop {
        if let Poll::Ready(output) = poll_once(what.as_mut()) {
            return output;
        }
        Timer::after(LOOKS_EVERY).await;
    }
}

/// Waits for any answer of the controller, which may also be a refusal.
async fn alive<C: Radio>(stack: &Stack<'_, C, DefaultPacketPool>) {
    // Every controller has this command (Core Specification, volume 4 part E, section 3.1), and it changes nothing.
    let _ = stack.command(ReadBdAddr::new()).await;
}

/// Asks the controller for signs of life until one stays out.
async fn watch<C: Radio>(stack: &Stack<'_, C, DefaultPacketPool>) -> Trouble {
    loop {
        Timer::after(ASKED_EVERY).await;
        if let Err(TimeoutError) = with_timeout(ANSWERS_WITHIN, alive(stack)).await {
            return Trouble::NotAnswering;
        }
    }
}

/// Scans whenever it is wanted and nobody dials.
async fn scan<C: Radio>(stack: &Stack<'_, C, DefaultPacketPool>, air: &Air<'_>) {
    let mut central = stack.central();
    let mut scanner = Scanner::new(&mut central);
    // Active: names are in the answers to scan requests. Duplicates are not filtered: a sensor is to be seen again when
    // it comes back.
    let config = ScanConfig { active: true, interval: SCAN_INTERVAL, window: SCAN_WINDOW, ..ScanConfig::default() };
    loop {
        air.until_scan(true).await;
        let antenna = air.antenna.lock().await;
        match scanner.scan(&config).await {
            Ok(session) => {
                air.until_scan(false).await;
                session.stop().await;
            }
            Err(_) => {
                drop(antenna);
                Timer::after(SCAN_AGAIN).await;
            }
        }
    }
}
