//! Bluetooth LE through the machine's own adapter: does what a session asks ([`BleCommand`]), reports what happens
//! ([`OwnedBleEvent`]).
//!
//! **A thread of its own**, with a runtime of one thread: the library under it may panic in a task that nobody waits for,
//! which must stay inside. Whatever the stack does, be it errors, silence or a panic, the program goes on: each call has its
//! time limit, a panic is reported as [`Trouble::NotAnswering`], and the work begins anew.
//!
//! **Every trouble ends the session with the stack.** While the adapter cannot be used, a new session is tried each
//! second, from the connection to the system's bus upwards. So an adapter that is switched off or pulled out, a Bluetooth
//! service that is killed and a bus that dies are mended in one way, without the rider's doing.
//!
//! **Scanning is a wish**, not a call: it outlives sessions until [`BleCommand::StopScan`]. An adapter that the user has
//! switched off is never switched on; the library would do so, which is why its state is asked before each scan.
//!
//! Addresses name peers, so nothing is reported where the system hides them (macOS).

mod session;
mod stack;
mod trouble;

use super::OwnedBleEvent;
use session::{End, session};
use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleCommand};
use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Once, mpsc};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc as queue;
use tokio::time::{Instant, timeout_at};

/// The name of the thread.
const THREAD: &str = "bluetooth";
/// Between the end of a session and the next try.
const PAUSE: Duration = Duration::from_secs(1);
/// For taking down links and the scan when the program ends. A link that outlives the program keeps its sensor from
/// being found by the next.
const FAREWELL: Duration = Duration::from_secs(4);

/// The machine's Bluetooth adapter. Dropping it takes down the links, within 4 s.
#[derive(Debug)]
pub struct BleRadio {
    // An Option so that `drop` can close the queue before it waits.
    commands: Option<queue::UnboundedSender<BleCommand>>,
    ended: mpsc::Receiver<()>,
}

impl BleRadio {
    /// Starts the thread, which reports to `events`. Fails only if the system gives no thread.
    pub fn start(events: mpsc::Sender<OwnedBleEvent>) -> io::Result<Self> {
        let (commands, receiver) = queue::unbounded_channel();
        let (end, ended) = mpsc::channel();
        keep_the_librarys_panics_quiet();
        std::thread::Builder::new().name(THREAD.into()).spawn(move || {
            work(&mut Desk::new(receiver, events));
            // Nobody may be waiting.
            let _ = end.send(());
        })?;
        Ok(Self { commands: Some(commands), ended })
    }

    /// Asks for `command`; the answer is an event.
    pub fn ask(&self, command: BleCommand) {
        if let Some(commands) = &self.commands {
            // The thread ends only after this end of the queue has.
            let _ = commands.send(command);
        }
    }
}

impl Drop for BleRadio {
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.ended.recv_timeout(FAREWELL);
    }
}

/// What outlives a session: both queues, and what was said and asked last.
struct Desk {
    commands: queue::UnboundedReceiver<BleCommand>,
    events: mpsc::Sender<OwnedBleEvent>,
    adapter: Option<Result<(), Trouble>>,
    scan_wanted: bool,
    /// The peers of which `Connected` was said, and not yet `Disconnected`.
    linked: BTreeSet<Address>,
}

impl Desk {
    fn new(commands: queue::UnboundedReceiver<BleCommand>, events: mpsc::Sender<OwnedBleEvent>) -> Self {
        Self { commands, events, adapter: None, scan_wanted: false, linked: BTreeSet::new() }
    }

    /// Reports `event`, and keeps the books of links.
    fn say(&mut self, event: OwnedBleEvent) {
        match event {
            OwnedBleEvent::Connected { address } => _ = self.linked.insert(address),
            OwnedBleEvent::Disconnected { address } => _ = self.linked.remove(&address),
            _ => {}
        }
        // If nobody listens any more, the queue of commands will soon close as well.
        let _ = self.events.send(event);
    }

    /// Reports the adapter's state if it is news.
    fn say_adapter(&mut self, state: Result<(), Trouble>) {
        if self.adapter != Some(state) {
            self.adapter = Some(state);
            self.say(OwnedBleEvent::Adapter(state));
        }
    }

    /// No link outlives a session.
    fn say_links_lost(&mut self) {
        for address in std::mem::take(&mut self.linked) {
            self.say(OwnedBleEvent::Disconnected { address });
        }
    }

    /// Answers a command while there is no session.
    fn refuse(&mut self, command: BleCommand) {
        match command {
            BleCommand::StartScan => self.scan_wanted = true,
            BleCommand::StopScan => self.scan_wanted = false,
            BleCommand::Connect { address } => self.say(OwnedBleEvent::Failed { address }),
            BleCommand::Discover { address }
            | BleCommand::Subscribe { address, .. }
            | BleCommand::ReadBattery { address }
            | BleCommand::Disconnect { address } => self.say(OwnedBleEvent::Disconnected { address }),
        }
    }

    /// Waits until the next try; whether to go on.
    async fn pause(&mut self) -> bool {
        let end = Instant::now() + PAUSE;
        loop {
            match timeout_at(end, self.commands.recv()).await {
                Ok(Some(command)) => self.refuse(command),
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
    }
}

/// Keeps off the rider's screen that the library panicked in a task of its own that nobody waits for: it does so when a
/// stream ends in the moment in which a value arrives, and nothing is lost by it.
fn keep_the_librarys_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let in_library = panic.location().is_some_and(|location| location.file().contains("bluez-async"));
            if !in_library || std::thread::current().name() != Some(THREAD) {
                others(panic);
            }
        }));
    });
}

/// The thread's work: one session after another, until the queue of commands is closed.
fn work(desk: &mut Desk) {
    keep_trying(desk, |runtime, desk| runtime.block_on(session(desk)));
}

fn keep_trying(desk: &mut Desk, session: impl Fn(&Runtime, &mut Desk) -> End) {
    loop {
        let end = with_runtime(|runtime| session(runtime, desk));
        match end {
            Some(End::Trouble(trouble)) => desk.say_adapter(Err(trouble)),
            Some(End::Lost) => {}
            Some(End::Closed) => return,
            None => desk.say_adapter(Err(Trouble::NotAnswering)),
        }
        desk.say_links_lost();
        match with_runtime(|runtime| runtime.block_on(desk.pause())) {
            Some(true) => {}
            Some(false) => return,
            // Without a runtime nothing can be waited for but time.
            None => std::thread::sleep(PAUSE),
        }
    }
}

/// `None` if the system gives no runtime or if `body` panics. The runtime is new each time: with it end the tasks and the
/// connections that the library leaves behind.
fn with_runtime<T>(body: impl FnOnce(&Runtime) -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(|| {
        let runtime = Builder::new_current_thread().enable_all().build().ok()?;
        let result = body(&runtime);
        // A call that blocks must not hold up the end.
        runtime.shutdown_background();
        Some(result)
    }))
    .ok()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const ADDRESS: Address = [1, 2, 3, 4, 5, 6];

    fn desk() -> (queue::UnboundedSender<BleCommand>, mpsc::Receiver<OwnedBleEvent>, Desk) {
        let (commands, receiver) = queue::unbounded_channel();
        let (sender, events) = mpsc::channel();
        (commands, events, Desk::new(receiver, sender))
    }

    #[test]
    fn a_panic_is_reported_and_the_work_begins_anew() {
        let (commands, events, mut desk) = desk();
        let round = Cell::new(0);
        keep_trying(&mut desk, |_, desk| {
            round.set(round.get() + 1);
            match round.get() {
                1 => {
                    desk.say_adapter(Ok(()));
                    desk.say(OwnedBleEvent::Connected { address: ADDRESS });
                    panic!("planted: the Bluetooth library panics");
                }
                2 => {
                    desk.say_adapter(Ok(()));
                    End::Trouble(Trouble::Off)
                }
                _ => End::Closed,
            }
        });
        drop(commands);
        let said: Vec<_> = events.try_iter().collect();
        assert_eq!(
            said,
            [
                OwnedBleEvent::Adapter(Ok(())),
                OwnedBleEvent::Connected { address: ADDRESS },
                OwnedBleEvent::Adapter(Err(Trouble::NotAnswering)),
                OwnedBleEvent::Disconnected { address: ADDRESS },
                OwnedBleEvent::Adapter(Ok(())),
                OwnedBleEvent::Adapter(Err(Trouble::Off)),
            ]
        );
    }

    #[test]
    fn without_a_session_commands_are_answered_and_the_scan_is_remembered() {
        let (commands, events, mut desk) = desk();
        let address = ADDRESS;
        for command in [
            BleCommand::StartScan,
            BleCommand::Connect { address },
            BleCommand::ReadBattery { address },
            BleCommand::Disconnect { address },
        ] {
            commands.send(command).unwrap();
        }
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        assert!(runtime.block_on(desk.pause()));
        assert!(desk.scan_wanted);
        let down = OwnedBleEvent::Disconnected { address };
        let said: Vec<_> = events.try_iter().collect();
        assert_eq!(said, [OwnedBleEvent::Failed { address }, down.clone(), down]);
        drop(commands);
        assert!(!runtime.block_on(desk.pause()));
    }

    #[test]
    fn the_same_state_of_the_adapter_is_told_once() {
        let (_commands, events, mut desk) = desk();
        for state in [Err(Trouble::NoService), Err(Trouble::NoService), Ok(()), Ok(()), Err(Trouble::NoService)] {
            desk.say_adapter(state);
        }
        assert_eq!(events.try_iter().count(), 3);
    }
}
