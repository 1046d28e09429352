//! One session with the Bluetooth stack: from an adapter that can be used until it no longer can.
//!
//! A single future does everything: it waits at once for commands, for what the adapter tells, for values, and for the
//! calls under way ([`Work`]). Nothing that takes time is awaited in its loop, so a stack that hangs in one call holds up
//! neither the values of another peer nor the next command.

use super::stack::{self, Sighting};
use super::trouble::is_used_up;
use super::{Desk, OwnedBleEvent};
use btleplug::api::{CentralEvent, CentralState, ValueNotification};
use btleplug::platform::{Adapter, Peripheral, PeripheralId};
use futures::future::{AbortHandle, Abortable, Aborted, BoxFuture};
use futures::stream::{BoxStream, FuturesUnordered, SelectAll};
use futures::{FutureExt, StreamExt};
use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleCommand, BleProfile, Profiles};
use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// Between two looks at the adapter and the links. Nobody tells of an adapter that was pulled out, of a peer that the
/// system forgot, or of a service that was killed.
const LOOK: Duration = Duration::from_secs(1);
/// Between two times that a wished scan is made sure of.
const SCAN_AGAIN: Duration = Duration::from_secs(10);
/// A peer is looked at no more often than this, however often it advertises.
const SIGHTING: Duration = Duration::from_millis(400);
/// Peers whose last sighting is remembered.
const SIGHTINGS: usize = 256;
/// For taking down what is up when the program ends.
const GOODBYE: Duration = Duration::from_secs(3);

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The program wants no more.
    Closed,
    /// The adapter cannot be used.
    Trouble(Trouble),
    /// The connection to the system's bus must be made anew; the adapter can be used.
    Lost,
}

/// What a call brought. `None` for a peer's call means that it failed.
enum Done {
    /// The call that starts or stops the scan.
    Scan {
        on: bool,
    },
    Sighted(Vec<Sighting>),
    Adapter(Result<(), Trouble>),
    Connected(Option<Peripheral>),
    Discovered(Option<(Profiles, BoxStream<'static, ValueNotification>)>),
    Subscribed(Option<BleProfile>),
    Battery(Option<u8>),
    Disconnected(bool),
    LinkChecked {
        gone: bool,
    },
    /// The connection to the bus is used up.
    UsedUp,
}

/// What a peer's call brought, by its result.
fn brought<T>(result: btleplug::Result<T>, done: impl FnOnce(Option<T>) -> Done) -> Done {
    match result {
        Err(error) if is_used_up(&error) => Done::UsedUp,
        other => done(other.ok()),
    }
}

/// A call under way, and the peer that it is for. A call that was given up ends as an error.
type Work = BoxFuture<'static, Result<(Option<Address>, Done), Aborted>>;

/// What is up or coming up with a peer.
#[derive(Default)]
struct Peer {
    /// The link, once it is up.
    link: Option<Peripheral>,
    /// Gives up the call that a command asked for.
    call: Option<AbortHandle>,
    /// Ends the stream of values.
    values: Option<AbortHandle>,
    /// Gives up the look at the link.
    check: Option<AbortHandle>,
    /// The system has told that the link is up, while the call that waits for it and its services still runs.
    half_up: bool,
}

impl Drop for Peer {
    fn drop(&mut self) {
        for handle in [&self.call, &self.values, &self.check].into_iter().flatten() {
            handle.abort();
        }
    }
}

/// Finds the adapter, tells its state, and serves until the end.
pub(super) async fn session(desk: &mut Desk) -> End {
    let (adapter, events) = match find_adapter(desk).await {
        Ok(found) => found,
        Err(end) => return end,
    };
    desk.say_adapter(Ok(()));
    let mut session = Session::new(desk, adapter);
    session.tend_scan();
    let end = session.serve(events).await;
    if end == End::Closed {
        // The stack may hang: the program must end nevertheless.
        let _ = timeout(GOODBYE, session.goodbye()).await;
    }
    end
}

/// Looks for the adapter, which may take long where the service hangs, and answers commands meanwhile.
async fn find_adapter(desk: &mut Desk) -> Result<(Adapter, BoxStream<'static, CentralEvent>), End> {
    let mut search = pin!(stack::adapter());
    loop {
        tokio::select! {
            found = &mut search => return found.map_err(End::Trouble),
            command = desk.commands.recv() => desk.refuse(command.ok_or(End::Closed)?),
        }
    }
}

/// The stack's scan. It is started and stopped by one call at a time, so that none overtakes another.
#[derive(Clone, Copy)]
enum Scan {
    Off,
    Calling { start: bool },
    On { since: Instant },
}

struct Session<'a> {
    desk: &'a mut Desk,
    adapter: Adapter,
    peers: HashMap<Address, Peer>,
    work: FuturesUnordered<Work>,
    values: SelectAll<BoxStream<'static, (Address, ValueNotification)>>,
    sightings: HashMap<PeripheralId, Instant>,
    scan: Scan,
    /// A look at the adapter is under way.
    checking: bool,
}

impl<'a> Session<'a> {
    fn new(desk: &'a mut Desk, adapter: Adapter) -> Self {
        Self {
            desk,
            adapter,
            peers: HashMap::new(),
            work: FuturesUnordered::new(),
            values: SelectAll::new(),
            sightings: HashMap::new(),
            scan: Scan::Off,
            checking: false,
        }
    }

    async fn serve(&mut self, mut events: BoxStream<'static, CentralEvent>) -> End {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let end = tokio::select! {
                command = self.desk.commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => Some(End::Closed),
                },
                event = events.next() => match event {
                    Some(event) => self.event(event),
                    None => Some(End::Lost),
                },
                Some((address, value)) = self.values.next(), if !self.values.is_empty() => self.value(address, value),
                Some(done) = self.work.next(), if !self.work.is_empty() => match done {
                    Ok((address, done)) => self.done(address, done),
                    Err(Aborted) => None,
                },
                _ = looks.tick() => self.look(),
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Takes a call on.
    fn call(&self, address: Option<Address>, call: impl Future<Output = Done> + Send + 'static) -> AbortHandle {
        let (handle, registration) = AbortHandle::new_pair();
        self.work.push(Abortable::new(call.map(move |done| (address, done)), registration).boxed());
        handle
    }

    /// Takes on the call that a command for this peer asks for. Core asks the next only when this one is answered or
    /// given up, so an earlier call is given up.
    fn call_for(&mut self, address: Address, call: impl Future<Output = Done> + Send + 'static) {
        let handle = self.call(Some(address), call);
        if let Some(earlier) = self.peers.entry(address).or_default().call.replace(handle) {
            earlier.abort();
        }
    }

    fn command(&mut self, command: BleCommand) -> Option<End> {
        match command {
            BleCommand::StartScan => {
                self.desk.scan_wanted = true;
                self.tend_scan();
            }
            BleCommand::StopScan => {
                self.desk.scan_wanted = false;
                self.tend_scan();
            }
            BleCommand::Connect { address } => {
                // What is left of an earlier link ends here.
                self.peers.remove(&address);
                let adapter = self.adapter.clone();
                self.call_for(
                    address,
                    async move { brought(stack::connect(&adapter, address).await, Done::Connected) },
                );
            }
            BleCommand::Disconnect { address } => {
                self.peers.remove(&address);
                let adapter = self.adapter.clone();
                self.call_for(address, async move {
                    Done::Disconnected(stack::disconnect(&adapter, address).await.is_ok())
                });
            }
            BleCommand::Discover { address } => {
                self.on_link(address, |link| {
                    async move { brought(stack::discover(&link).await, Done::Discovered) }.boxed()
                });
            }
            BleCommand::Subscribe { address, profile } => self.on_link(address, move |link| {
                async move { Done::Subscribed(stack::subscribe(&link, profile).await.ok().map(|()| profile)) }.boxed()
            }),
            BleCommand::ReadBattery { address } => {
                self.on_link(address, |link| async move { Done::Battery(stack::battery(&link).await.ok()) }.boxed());
            }
        }
        None
    }

    /// Takes on a call that needs the link; without one the answer is that it is down.
    fn on_link(&mut self, address: Address, call: impl FnOnce(Peripheral) -> BoxFuture<'static, Done>) {
        match self.peers.get(&address).and_then(|peer| peer.link.clone()) {
            Some(link) => self.call_for(address, call(link)),
            None => self.desk.say(OwnedBleEvent::Disconnected { address }),
        }
    }

    /// Brings the scan to what is wished, unless a call is about to change it: then this comes after.
    fn tend_scan(&mut self) {
        let wanted = self.desk.scan_wanted;
        let change = match self.scan {
            Scan::Off => wanted,
            Scan::Calling { .. } => false,
            // It may have ended without a word.
            Scan::On { since } => !wanted || since.elapsed() >= SCAN_AGAIN,
        };
        if change {
            self.scan = Scan::Calling { start: wanted };
            let adapter = self.adapter.clone();
            self.call(None, async move {
                if wanted {
                    // Where it fails, the look at the adapter will tell why.
                    Done::Scan { on: stack::scan(&adapter).await.is_ok() }
                } else {
                    stack::stop_scan(&adapter).await;
                    Done::Scan { on: false }
                }
            });
        }
    }

    /// The scan was started or stopped, or could not be started.
    fn scan_called(&mut self, on: bool) {
        let failed = matches!(self.scan, Scan::Calling { start: true }) && !on;
        self.scan = if on { Scan::On { since: Instant::now() } } else { Scan::Off };
        if on && self.desk.scan_wanted {
            // Of those who are there already nothing may be told any more.
            let adapter = self.adapter.clone();
            self.call(None, async move { Done::Sighted(stack::look_around(&adapter).await) });
        } else if !failed {
            // The wish may be another by now. A start that failed is tried again at the next look.
            self.tend_scan();
        }
    }

    fn event(&mut self, event: CentralEvent) -> Option<End> {
        match event {
            CentralEvent::DeviceDiscovered(id)
            | CentralEvent::DeviceUpdated(id)
            | CentralEvent::RssiUpdate { id, .. }
            | CentralEvent::ManufacturerDataAdvertisement { id, .. }
            | CentralEvent::ServiceDataAdvertisement { id, .. }
            | CentralEvent::ServicesAdvertisement { id, .. } => self.look_at(id),
            CentralEvent::DeviceConnected(id) => {
                if let Some((_, peer)) = self.peer_of(&id) {
                    peer.half_up = true;
                }
                self.look_at(id);
            }
            CentralEvent::DeviceDisconnected(id) => self.told_down(&id),
            CentralEvent::StateUpdate(CentralState::PoweredOff) => self.check_adapter(),
            _ => {}
        }
        None
    }

    fn peer_of(&mut self, id: &PeripheralId) -> Option<(Address, &mut Peer)> {
        let address = address_in(&id.to_string())?;
        Some((address, self.peers.get_mut(&address)?))
    }

    /// Looks at a peer that was heard, unless it was a moment ago.
    fn look_at(&mut self, id: PeripheralId) {
        let now = Instant::now();
        if !self.desk.scan_wanted || self.sightings.get(&id).is_some_and(|last| now - *last < SIGHTING) {
            return;
        }
        if self.sightings.len() >= SIGHTINGS {
            self.sightings.retain(|_, last| now - *last < SIGHTING);
        }
        self.sightings.insert(id.clone(), now);
        let adapter = self.adapter.clone();
        self.call(None, async move { Done::Sighted(stack::look_at(&adapter, &id).await.into_iter().collect()) });
    }

    /// The system told that a link went down. It may be a link before the one that is up now, so it is asked again.
    fn told_down(&mut self, id: &PeripheralId) {
        let Some((address, peer)) = self.peer_of(id) else { return };
        if peer.link.is_some() {
            self.check_link(address);
        } else if peer.half_up {
            // It went down while its services were waited for, which might be waited for much longer.
            self.peers.remove(&address);
            self.desk.say(OwnedBleEvent::Failed { address });
        }
    }

    fn look(&mut self) -> Option<End> {
        self.check_adapter();
        let linked: Vec<_> = self.peers.iter().filter(|(_, peer)| peer.link.is_some()).map(|(&a, _)| a).collect();
        for address in linked {
            self.check_link(address);
        }
        self.tend_scan();
        None
    }

    fn check_adapter(&mut self) {
        if !std::mem::replace(&mut self.checking, true) {
            let adapter = self.adapter.clone();
            self.call(None, async move { Done::Adapter(stack::check(&adapter).await) });
        }
    }

    fn check_link(&mut self, address: Address) {
        let Some(link) = self.peers.get(&address).filter(|peer| peer.check.is_none()).and_then(|p| p.link.clone())
        else {
            return;
        };
        let handle = self.call(Some(address), async move { Done::LinkChecked { gone: stack::is_gone(&link).await } });
        if let Some(peer) = self.peers.get_mut(&address) {
            peer.check = Some(handle);
        }
    }

    fn value(&mut self, address: Address, value: ValueNotification) -> Option<End> {
        if let Some(profile) = stack::profile_of(&value) {
            self.desk.say(OwnedBleEvent::Notification { address, profile, value: value.value });
        }
        None
    }

    fn done(&mut self, address: Option<Address>, done: Done) -> Option<End> {
        match (address, done) {
            (_, Done::UsedUp) => return Some(End::Lost),
            (Some(address), done) => self.peer_done(address, done),
            (None, Done::Scan { on }) => self.scan_called(on),
            (None, Done::Sighted(seen)) => self.seen(seen),
            (None, Done::Adapter(state)) => {
                self.checking = false;
                return state.err().map(End::Trouble);
            }
            _ => {}
        }
        None
    }

    fn seen(&mut self, seen: Vec<Sighting>) {
        if self.desk.scan_wanted {
            for Sighting { address, name, profiles, rssi_dbm } in seen {
                self.desk.say(OwnedBleEvent::Seen { address, name, profiles, rssi_dbm });
            }
        }
    }

    fn peer_done(&mut self, address: Address, done: Done) {
        let Some(peer) = self.peers.get_mut(&address) else { return };
        if let Done::LinkChecked { gone } = done {
            peer.check = None;
            if gone {
                self.peers.remove(&address);
                self.desk.say(OwnedBleEvent::Disconnected { address });
            }
            return;
        }
        peer.call = None;
        let answer = match done {
            Done::Connected(Some(link)) => {
                peer.link = Some(link);
                OwnedBleEvent::Connected { address }
            }
            Done::Discovered(Some((profiles, values))) => {
                let (handle, registration) = AbortHandle::new_pair();
                // A peer has one stream: two would tell each value twice.
                if let Some(earlier) = peer.values.replace(handle) {
                    earlier.abort();
                }
                self.values.push(Abortable::new(values.map(move |value| (address, value)), registration).boxed());
                OwnedBleEvent::Discovered { address, profiles }
            }
            Done::Subscribed(Some(profile)) => OwnedBleEvent::Subscribed { address, profile },
            Done::Battery(Some(percent)) => OwnedBleEvent::BatteryLevel { address, percent },
            Done::Disconnected(true) => OwnedBleEvent::Disconnected { address },
            _ => OwnedBleEvent::Failed { address },
        };
        if peer.link.is_none() {
            self.peers.remove(&address);
        }
        self.desk.say(answer);
    }

    /// Leaves the adapter as it was: no scan, no links.
    async fn goodbye(&mut self) {
        let linked: Vec<_> = self.peers.drain().map(|(address, _)| address).collect();
        let adapter = &self.adapter;
        let scan = async {
            if self.desk.scan_wanted {
                stack::stop_scan(adapter).await;
            }
        };
        let links = linked.into_iter().map(|address| stack::disconnect(adapter, address));
        futures::future::join(scan, futures::future::join_all(links)).await;
    }
}

/// The address in a peer's system name: `hci0/dev_D0_11_22_33_16_2E`.
fn address_in(id: &str) -> Option<Address> {
    let (_, digits) = id.rsplit_once("dev_").unwrap_or(("", id));
    let mut address = Address::default();
    let mut pairs = digits.split(['_', ':']);
    for byte in &mut address {
        *byte = u8::from_str_radix(pairs.next()?, 16).ok()?;
    }
    pairs.next().is_none().then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_from_a_peers_system_name() {
        let address = Some([0xD0, 0x11, 0x22, 0x33, 0x16, 0x2E]);
        assert_eq!(address_in("hci0/dev_D0_11_22_33_16_2E"), address);
        assert_eq!(address_in("D0:11:22:33:16:2E"), address);
        for wrong in
            ["", "hci0", "hci0/dev_D0_11_22_33_16", "hci0/dev_D0_11_22_33_16_2E_00", "hci0/dev_D0_11_22_33_16_XY"]
        {
            assert_eq!(address_in(wrong), None, "{wrong}");
        }
    }
}
