//! The calls into the Bluetooth stack, each with its time limit. A call that takes longer has failed; where the stack
//! would go on with it, it is told not to.

use super::trouble::{is_already_connected, is_in_progress, trouble};
use btleplug::api::{Central, PeripheralProperties};
use btleplug::api::{
    CentralEvent, CentralState, Characteristic, Manager as _, Peripheral as _, ScanFilter, ValueNotification,
};
use btleplug::platform::{Adapter, Manager, Peripheral, PeripheralId};
use btleplug::{Error, Result};
use futures::stream::BoxStream;
use sling_core::link::Trouble;
use sling_core::link::ble::{Address, BleProfile, Profiles};
use sling_core::wire::gatt;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// For questions that the service answers from its memory.
const ASK: Duration = Duration::from_secs(5);
/// For a link with its services; the kernel itself gives up after 20 s.
const CONNECT: Duration = Duration::from_secs(25);
/// For reading the list of services: some dozens of questions.
const DISCOVER: Duration = Duration::from_secs(15);
/// For what a peer answers.
const PEER: Duration = Duration::from_secs(8);

async fn limited<T>(limit: Duration, call: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(limit, call).await.unwrap_or(Err(Error::TimedOut(limit)))
}

/// An adapter that is switched on, the first that is, with the stream of what happens to it and its peers.
pub(super) async fn adapter() -> std::result::Result<(Adapter, BoxStream<'static, CentralEvent>), Trouble> {
    let manager = limited(ASK, Manager::new()).await.map_err(|error| trouble(&error))?;
    let adapters = limited(ASK, manager.adapters()).await.map_err(|error| match trouble(&error) {
        // The service is started on demand, and where there is no adapter it is not: the bus lets us wait for it.
        Trouble::NotAnswering if no_adapter_in_system() => Trouble::NoDevice,
        other => other,
    })?;
    let mut found = Err(Trouble::NoDevice);
    for adapter in adapters {
        match check(&adapter).await {
            Ok(()) => {
                let events = limited(ASK, adapter.events()).await.map_err(|error| trouble(&error))?;
                return Ok((adapter, events));
            }
            Err(trouble) => found = Err(trouble),
        }
    }
    found
}

/// Whether the adapter is there and switched on.
pub(super) async fn check(adapter: &Adapter) -> std::result::Result<(), Trouble> {
    let state = limited(ASK, adapter.adapter_state()).await.map_err(|error| trouble(&error))?;
    if state == CentralState::PoweredOn {
        return Ok(());
    }
    // The state is given as "off" where it cannot be had, too.
    match limited(ASK, adapter.adapter_info()).await {
        Ok(_) => Err(Trouble::Off),
        Err(error) => Err(trouble(&error)),
    }
}

#[cfg(target_os = "linux")]
fn no_adapter_in_system() -> bool {
    std::fs::read_dir("/sys/class/bluetooth").is_ok_and(|mut entries| entries.next().is_none())
        || !std::path::Path::new("/sys/class/bluetooth").exists()
}

#[cfg(not(target_os = "linux"))]
fn no_adapter_in_system() -> bool {
    false
}

/// Starts the scan, or makes sure that it runs. An adapter that is off stays off.
pub(super) async fn scan(adapter: &Adapter) -> Result<()> {
    if check(adapter).await.is_err() {
        return Err(Error::NoAdapterAvailable);
    }
    let services = BleProfile::ALL.iter().map(|profile| Uuid::from_u128(profile.service())).collect();
    match limited(ASK, adapter.start_scan(ScanFilter { services })).await {
        Err(error) if is_in_progress(&error) => Ok(()),
        other => other,
    }
}

pub(super) async fn stop_scan(adapter: &Adapter) {
    // Where it fails, there is no scan to be stopped.
    let _ = limited(ASK, adapter.stop_scan()).await;
}

/// A peer that can be connected to.
pub(super) struct Sighting {
    pub address: Address,
    pub name: Option<String>,
    pub profiles: Profiles,
    pub rssi_dbm: Option<i8>,
}

/// Looks at a peer; `None` if it is none of ours, or not there: the system remembers peers that are long gone.
pub(super) async fn look_at(adapter: &Adapter, id: &PeripheralId) -> Option<Sighting> {
    sighting(&limited(ASK, adapter.peripheral(id)).await.ok()?).await
}

/// Looks at every peer.
pub(super) async fn look_around(adapter: &Adapter) -> Vec<Sighting> {
    let mut seen = Vec::new();
    for peripheral in limited(ASK, adapter.peripherals()).await.unwrap_or_default() {
        seen.extend(sighting(&peripheral).await);
    }
    seen
}

async fn sighting(peripheral: &Peripheral) -> Option<Sighting> {
    let properties = limited(ASK, peripheral.properties()).await.ok()??;
    let seen = read_sighting(&properties)?;
    // A peer that is connected already does not advertise, and is not heard.
    let there = seen.rssi_dbm.is_some() || limited(ASK, peripheral.is_connected()).await.unwrap_or(false);
    there.then_some(seen)
}

/// The name is the advertised one, never the system's alias, which without a name is the address.
fn read_sighting(properties: &PeripheralProperties) -> Option<Sighting> {
    let address = properties.address.into_inner();
    let profiles = BleProfile::ALL
        .into_iter()
        .filter(|profile| properties.services.contains(&Uuid::from_u128(profile.service())))
        .fold(Profiles::NONE, Profiles::with);
    (address != Address::default() && !profiles.is_empty()).then(|| Sighting {
        address,
        name: properties.advertisement_name.clone(),
        profiles,
        rssi_dbm: properties.rssi.map(|rssi| rssi.clamp(i8::MIN.into(), i8::MAX.into()) as i8),
    })
}

async fn find(adapter: &Adapter, address: Address) -> Result<Peripheral> {
    let all = limited(ASK, adapter.peripherals()).await?;
    all.into_iter().find(|peripheral| peripheral.address().into_inner() == address).ok_or(Error::DeviceNotFound)
}

/// Brings up the link.
pub(super) async fn connect(adapter: &Adapter, address: Address) -> Result<Peripheral> {
    let peripheral = find(adapter, address).await?;
    match limited(CONNECT, peripheral.connect()).await {
        Err(error) if !is_already_connected(&error) => {
            // Otherwise the stack would go on trying, and refuse the next try as long.
            let _ = limited(ASK, peripheral.disconnect()).await;
            Err(error)
        }
        _ => Ok(peripheral),
    }
}

/// Takes down the link, or gives up bringing it up.
pub(super) async fn disconnect(adapter: &Adapter, address: Address) -> Result<()> {
    let Ok(peripheral) = find(adapter, address).await else { return Ok(()) };
    let result = limited(ASK, peripheral.disconnect()).await;
    // "Not connected" is an error and what is wanted.
    if is_gone(&peripheral).await { Ok(()) } else { result.and(Err(Error::RuntimeError("still connected".into()))) }
}

/// Whether the link is down for certain: a stack that does not answer has said nothing.
pub(super) async fn is_gone(peripheral: &Peripheral) -> bool {
    match limited(ASK, peripheral.is_connected()).await {
        Ok(connected) => !connected,
        Err(error) => trouble(&error) != Trouble::NotAnswering,
    }
}

/// Reads the list of services, and begins to listen to what the peer notifies.
pub(super) async fn discover(peripheral: &Peripheral) -> Result<(Profiles, BoxStream<'static, ValueNotification>)> {
    limited(DISCOVER, peripheral.discover_services()).await?;
    let profiles = BleProfile::ALL
        .into_iter()
        .filter(|profile| characteristic(peripheral, profile.data()).is_some())
        .fold(Profiles::NONE, Profiles::with);
    Ok((profiles, limited(ASK, peripheral.notifications()).await?))
}

/// Which profile's data characteristic notified.
pub(super) fn profile_of(value: &ValueNotification) -> Option<BleProfile> {
    BleProfile::ALL.into_iter().find(|profile| profile.data() == value.uuid.as_u128())
}

fn characteristic(peripheral: &Peripheral, uuid: u128) -> Option<Characteristic> {
    peripheral.characteristics().into_iter().find(|characteristic| characteristic.uuid.as_u128() == uuid)
}

/// Switches on notifications.
pub(super) async fn subscribe(peripheral: &Peripheral, profile: BleProfile) -> Result<()> {
    let data = characteristic(peripheral, profile.data()).ok_or(Error::NoSuchCharacteristic)?;
    match limited(PEER, peripheral.subscribe(&data)).await {
        Err(error) if is_in_progress(&error) => Ok(()),
        other => other,
    }
}

/// The peer's charge in percent: from its characteristic or, where the system keeps that one to itself, from the system.
pub(super) async fn battery(peripheral: &Peripheral) -> Result<u8> {
    let percent = match characteristic(peripheral, gatt::BATTERY_LEVEL) {
        Some(level) => gatt::battery_level(&limited(PEER, peripheral.read(&level)).await?),
        None => systems_battery(peripheral.id()).await,
    };
    percent.ok_or(Error::NoSuchCharacteristic)
}

/// BlueZ reads the Battery service for itself, hides it, and gives its value in an interface of its own.
#[cfg(target_os = "linux")]
async fn systems_battery(id: PeripheralId) -> Option<u8> {
    use dbus::blocking::Connection;
    use dbus::blocking::stdintf::org_freedesktop_dbus::Properties;

    let path = format!("/org/bluez/{id}");
    let read = tokio::task::spawn_blocking(move || {
        let bus = Connection::new_system().ok()?;
        bus.with_proxy("org.bluez", path, ASK).get("org.bluez.Battery1", "Percentage").ok()
    });
    let percent: u8 = timeout(2 * ASK, read).await.ok()?.ok()??;
    gatt::battery_level(&[percent])
}

#[cfg(not(target_os = "linux"))]
async fn systems_battery(_: PeripheralId) -> Option<u8> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use btleplug::api::BDAddr;

    fn properties(services: &[u128]) -> PeripheralProperties {
        PeripheralProperties {
            address: BDAddr::from([0xD0, 1, 2, 3, 4, 5]),
            local_name: Some("an alias of the system's".into()),
            advertisement_name: Some("Moxy5 1234".into()),
            rssi: Some(-200),
            services: services.iter().map(|&uuid| Uuid::from_u128(uuid)).collect(),
            ..PeripheralProperties::default()
        }
    }

    #[test]
    fn a_peer_is_ours_by_the_services_that_it_advertises() {
        let seen = read_sighting(&properties(&[gatt::BATTERY_SERVICE, gatt::MOXY_SERVICE])).unwrap();
        assert_eq!(seen.address, [0xD0, 1, 2, 3, 4, 5]);
        assert_eq!(seen.name.as_deref(), Some("Moxy5 1234"));
        assert_eq!(seen.profiles, Profiles::NONE.with(BleProfile::Moxy));
        assert_eq!(seen.rssi_dbm, Some(-128));
        assert!(read_sighting(&properties(&[gatt::BATTERY_SERVICE])).is_none());
        assert!(read_sighting(&properties(&[])).is_none());
    }

    #[test]
    fn a_peer_without_an_address_is_not_reported() {
        let hidden = PeripheralProperties { address: BDAddr::default(), ..properties(&[gatt::MOXY_SERVICE]) };
        assert!(read_sighting(&hidden).is_none());
    }
}
