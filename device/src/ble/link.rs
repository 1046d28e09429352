//! One link: is dialled, does its tasks while its values flow, and is taken down.

use super::report::{MAX_VALUE, Report};
use super::{Air, Radio};
use core::cell::{Cell, RefCell};
use core::future::pending;
use core::task::Poll;
use embassy_futures::poll_once;
use embassy_futures::select::{Either, select, select3};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, with_timeout};
use heapless::Vec;
use sling_core::link::ble::{Address, BleProfile, Profiles};
use sling_core::wire::gatt;
use trouble_host::connection::{ConnectConfig, Connection, ConnectionEvent, RequestedConnParams, ScanConfig};
use trouble_host::gatt::{GattClient, NotificationListener};
use trouble_host::prelude::{Characteristic, DefaultPacketPool, Stack, Uuid};
use trouble_host::{BleHostError, Error};

/// While a peer is dialled, no other is seen or reached. Core gives up sooner.
const DIALS_FOR: Duration = Duration::from_millis(10_000);
/// The two sides talk this often: twice for each of the fastest sensor's values, 10 a second.
const INTERVAL_MIN: Duration = Duration::from_millis(30);
const INTERVAL_MAX: Duration = Duration::from_millis(50);
/// A peer that was not heard for this long is gone: a lost sensor is to be said within 5 s.
const SUPERVISION: Duration = Duration::from_millis(4000);
/// While it dials the radio listens all the time.
const DIAL_WINDOW: Duration = Duration::from_millis(50);
/// The controller says that a link is down at the latest when the peer's silence has lasted for [`SUPERVISION`].
const GONE_WITHIN: Duration = Duration::from_millis(5000);

/// Services that a peer's link remembers: every profile's and the battery's, and room for doubles.
const SERVICES: usize = 8;
/// Tasks that wait while one is done. Core asks for one after the other.
const TASKS: usize = 4;

type Client<'a, C> = GattClient<'a, C, DefaultPacketPool, SERVICES>;

/// What a link is asked to do once it is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Look which data characteristics there are.
    Discover,
    /// Switch on notifications.
    Subscribe(BleProfile),
    /// Read the battery level.
    ReadBattery,
}

/// A data characteristic that was found.
#[derive(Clone, Copy)]
struct Found {
    profile: BleProfile,
    /// The handle that its values come from.
    value: u16,
    /// Where its notifications are switched on.
    switch: u16,
}

type Table = RefCell<Vec<Found, { BleProfile::ALL.len() }>>;

/// The place for one link.
pub struct Link {
    /// Whose link it is, from dialling on; `None`: the place is free.
    peer: Cell<Option<Address>>,
    /// From `Connected` until it is taken down.
    up: Cell<bool>,
    called: Signal<NoopRawMutex, ()>,
    hung_up: Signal<NoopRawMutex, ()>,
    tasks: Channel<NoopRawMutex, Task, TASKS>,
}

/// Begins to dial; an answer if that is not to be.
pub fn connect(links: &[Link], address: Address) -> Option<Report> {
    if let Some(link) = of(links, address) {
        // Dialled already, or still being taken down: that will be answered.
        return link.up.get().then_some(Report::Connected(address));
    }
    let Some(free) = links.iter().find(|link| link.peer.get().is_none()) else {
        return Some(Report::Failed(address));
    };
    free.peer.set(Some(address));
    free.hung_up.reset();
    free.tasks.clear();
    free.called.signal(());
    None
}

/// Gives a task to a peer's link; an answer if there is none or it has too many.
pub fn ask(links: &[Link], address: Address, task: Task) -> Option<Report> {
    let taken = of(links, address).is_some_and(|link| link.tasks.try_send(task).is_ok());
    (!taken).then_some(Report::Failed(address))
}

/// Takes down a peer's link, or ends the dialling; an answer if there is neither.
pub fn hang_up(links: &[Link], address: Address) -> Option<Report> {
    match of(links, address) {
        Some(link) => {
            link.hung_up.signal(());
            None
        }
        None => Some(Report::Disconnected(address)),
    }
}

fn of(links: &[Link], address: Address) -> Option<&Link> {
    links.iter().find(|link| link.peer.get() == Some(address))
}

impl Link {
    /// A free place.
    pub const fn new() -> Self {
        Self {
            peer: Cell::new(None),
            up: Cell::new(false),
            called: Signal::new(),
            hung_up: Signal::new(),
            tasks: Channel::new(),
        }
    }

    /// The peer that it is up to.
    pub fn up(&self) -> Option<Address> {
        self.peer.get().filter(|_| self.up.get())
    }

    /// Serves one peer after the other.
    pub async fn serve<C: Radio>(&self, stack: &Stack<'_, C, DefaultPacketPool>, air: &Air<'_>) {
        loop {
            self.called.wait().await;
            let Some(address) = self.peer.get() else { continue };
            let answer = match select(dial(stack, air, address), self.hung_up.wait()).await {
                Either::First(Some(connection)) => {
                    self.up.set(true);
                    air.reports.send(Report::Connected(address)).await;
                    select(self.talk(stack, air, address, &connection), self.hung_up.wait()).await;
                    self.up.set(false);
                    take_down(&connection).await;
                    Report::Disconnected(address)
                }
                Either::First(None) => Report::Failed(address),
                Either::Second(()) => Report::Disconnected(address),
            };
            // Free before it is said: the next call may be the answer.
            self.peer.set(None);
            air.reports.send(answer).await;
        }
    }

    /// Passes on values and does tasks until the link is down.
    async fn talk<C: Radio>(
        &self,
        stack: &Stack<'_, C, DefaultPacketPool>,
        air: &Air<'_>,
        address: Address,
        connection: &Connection<'_, DefaultPacketPool>,
    ) {
        let talk = async {
            // Agrees on the packets' size first; fails if the link is lost at once.
            let Ok(client) = Client::new(stack, connection).await else { return };
            // All of the link's values, from before the first is switched on. There is one listener and room for one.
            let Ok(mut heard) = client.listen_all() else { return };
            let table = Table::default();
            // The order matters: a packet is passed on by the first, and the answer to a task, which came before the
            // first value, is reported by the second before the third reports that value.
            let tasks = self.work(air, address, &client, &table);
            let values = pass_on(air, address, &mut heard, &table);
            // Only the first ends: when the link is down.
            select3(client.task(), tasks, values).await;
            while let Poll::Ready(value) = poll_once(heard.next()) {
                if let Some(report) = named(address, &table, value.handle(), value.as_ref()) {
                    air.reports.send(report).await;
                }
            }
        };
        select(talk, manage(stack, connection)).await;
    }

    async fn work<C: Radio>(&self, air: &Air<'_>, address: Address, client: &Client<'_, C>, table: &Table) {
        loop {
            let report = match self.tasks.receive().await {
                Task::Discover => discover(client, table).await.map(|profiles| Report::Discovered(address, profiles)),
                Task::Subscribe(profile) => {
                    subscribe(client, table, profile).await.map(|()| Report::Subscribed(address, profile))
                }
                Task::ReadBattery => battery(client).await.map(|percent| Report::BatteryLevel(address, percent)),
            };
            air.reports.send(report.unwrap_or(Report::Failed(address))).await;
        }
    }
}

/// Brings up a link when it is its turn; `None` if that takes too long or cannot be done.
async fn dial<'a, C: Radio>(
    stack: &'a Stack<'_, C, DefaultPacketPool>,
    air: &Air<'_>,
    address: Address,
) -> Option<Connection<'a, DefaultPacketPool>> {
    let _turn = air.turn();
    let _antenna = air.antenna.lock().await;
    // Exactly one: connecting to any of a list is not what every controller can do.
    let peer = [air.peers.borrow().reachable(address)];
    let scan_config =
        ScanConfig { filter_accept_list: &peer, interval: DIAL_WINDOW, window: DIAL_WINDOW, ..ScanConfig::default() };
    let connect_params = RequestedConnParams {
        min_connection_interval: INTERVAL_MIN,
        max_connection_interval: INTERVAL_MAX,
        supervision_timeout: SUPERVISION,
        ..RequestedConnParams::default()
    };
    let config = ConnectConfig { scan_config, connect_params };
    let mut central = stack.central();
    let dialled = with_timeout(DIALS_FOR, async {
        loop {
            match central.connect(&config).await {
                // The link broke before it was whole, or the end of the dialling before was taken for this one's.
                Err(BleHostError::BleHost(Error::Timeout)) => {}
                result => return result,
            }
        }
    });
    match dialled.await {
        Ok(Ok(connection)) => Some(connection),
        Ok(Err(BleHostError::BleHost(Error::Hci(bt_hci::param::Error::CONN_ALREADY_EXISTS)))) => {
            // It came up in the moment in which its dialling was given up, and the stack has no way to it.
            air.tangled.signal(());
            None
        }
        Ok(Err(_)) | Err(_) => None,
    }
}

/// Answers what the peer asks of the link itself. Never ends: the link's end is noticed where its values are.
async fn manage<C: Radio>(stack: &Stack<'_, C, DefaultPacketPool>, connection: &Connection<'_, DefaultPacketPool>) {
    loop {
        match connection.next().await {
            // A sensor that wants to talk less often saves its battery.
            ConnectionEvent::RequestConnectionParams(request) => {
                // Refused by one side or the other: the link stays as it is.
                let _ = request.accept(None, stack).await;
            }
            ConnectionEvent::Disconnected { .. } => pending().await,
            _ => {}
        }
    }
}

/// Ends the link, if it is not down yet, and waits until it is.
async fn take_down(connection: &Connection<'_, DefaultPacketPool>) {
    connection.disconnect();
    let down = async {
        while connection.is_connected() {
            connection.next().await;
        }
    };
    // A controller that does not say so is noticed elsewhere.
    let _ = with_timeout(GONE_WITHIN, down).await;
}

async fn pass_on<const MTU: usize>(
    air: &Air<'_>,
    address: Address,
    heard: &mut NotificationListener<'_, MTU>,
    table: &Table,
) {
    loop {
        let value = heard.next().await;
        if let Some(report) = named(address, table, value.handle(), value.as_ref()) {
            air.reports.send(report).await;
        }
    }
}

/// A value with its profile; `None` if it is from elsewhere, say the battery.
fn named(address: Address, table: &Table, handle: u16, value: &[u8]) -> Option<Report> {
    let profile = table.borrow().iter().find(|found| found.value == handle)?.profile;
    let value = Vec::<u8, MAX_VALUE>::from_slice(value).ok()?;
    Some(Report::Notification(address, profile, value))
}

/// A UUID as the stack has it: those of the Bluetooth SIG in 16 bits.
fn uuid(uuid: u128) -> Uuid {
    let short = (uuid >> 96) as u16;
    if gatt::standard(short) == uuid { Uuid::from(short) } else { Uuid::from(uuid) }
}

/// Looks for a characteristic that can be read or notifies.
async fn find<C: Radio>(
    client: &Client<'_, C>,
    service: u128,
    characteristic: u128,
) -> Result<Option<Characteristic<[u8]>>, BleHostError<C::Error>> {
    for service in client.services_by_uuid(&uuid(service)).await? {
        match client.characteristic_by_uuid::<[u8]>(&service, &uuid(characteristic)).await {
            Ok(found) => return Ok(Some(found)),
            Err(BleHostError::BleHost(Error::NotFound)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Fills the table; `None` if the peer did not answer as it should.
async fn discover<C: Radio>(client: &Client<'_, C>, table: &Table) -> Option<Profiles> {
    let mut profiles = Profiles::NONE;
    for profile in BleProfile::ALL {
        let Some(found) = find(client, profile.service(), profile.data()).await.ok()? else { continue };
        // One that does not notify is of no use.
        let Some(switch) = found.cccd_handle else { continue };
        let mut table = table.borrow_mut();
        table.retain(|found| found.profile != profile);
        // There is room for each profile once.
        let _ = table.push(Found { profile, value: found.handle, switch });
        profiles = profiles.with(profile);
    }
    Some(profiles)
}

/// Switches on a profile that was discovered.
async fn subscribe<C: Radio>(client: &Client<'_, C>, table: &Table, profile: BleProfile) -> Option<()> {
    const NOTIFY: [u8; 2] = [1, 0];
    let switch = table.borrow().iter().find(|found| found.profile == profile)?.switch;
    client.write_handle(switch, &NOTIFY).await.ok()
}

/// Reads the charge, in percent.
async fn battery<C: Radio>(client: &Client<'_, C>) -> Option<u8> {
    let found = find(client, gatt::BATTERY_SERVICE, gatt::BATTERY_LEVEL).await.ok()??;
    let mut value = [0; 1];
    let len = client.read_handle(found.handle, &mut value).await.ok()?;
    gatt::battery_level(value.get(..len)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Address = [0xC0, 0, 0, 0, 0, 1];
    const B: Address = [0xC0, 0, 0, 0, 0, 2];
    const C: Address = [0xC0, 0, 0, 0, 0, 3];

    #[test]
    fn a_call_takes_a_free_place_and_a_second_call_none() {
        let links = [Link::new(), Link::new()];
        assert_eq!(connect(&links, A), None);
        assert_eq!(connect(&links, A), None);
        assert_eq!(connect(&links, B), None);
        assert_eq!(connect(&links, C), Some(Report::Failed(C)));
        assert!(links.iter().all(|link| link.called.signaled() && link.up().is_none()));
        links[0].up.set(true);
        assert_eq!(links[0].up(), Some(A));
        assert_eq!(connect(&links, A), Some(Report::Connected(A)));
    }

    #[test]
    fn tasks_wait_with_their_link_and_strangers_are_refused() {
        let links = [Link::new(), Link::new()];
        assert_eq!(ask(&links, A, Task::Discover), Some(Report::Failed(A)));
        assert_eq!(connect(&links, A), None);
        for _ in 0..TASKS {
            assert_eq!(ask(&links, A, Task::ReadBattery), None);
        }
        assert_eq!(ask(&links, A, Task::ReadBattery), Some(Report::Failed(A)));
        assert_eq!(ask(&links, B, Task::ReadBattery), Some(Report::Failed(B)));
    }

    #[test]
    fn hanging_up_reaches_the_link_and_is_answered_for_a_stranger() {
        let links = [Link::new(), Link::new()];
        assert_eq!(hang_up(&links, A), Some(Report::Disconnected(A)));
        assert_eq!(connect(&links, A), None);
        assert_eq!(hang_up(&links, A), None);
        assert!(links[0].hung_up.signaled());
        // What was left of the last link is not the next one's.
        assert_eq!(ask(&links, A, Task::Discover), None);
        links[0].peer.set(None);
        assert_eq!(connect(&links, B), None);
        assert!(!links[0].hung_up.signaled() && links[0].tasks.is_empty());
    }

    #[test]
    fn a_standard_uuid_is_short_on_the_air() {
        assert_eq!(uuid(gatt::BATTERY_SERVICE), Uuid::Uuid16([0x0F, 0x18]));
        assert_eq!(uuid(gatt::MOXY_DATA), Uuid::Uuid128(gatt::MOXY_DATA.to_le_bytes()));
    }
}
