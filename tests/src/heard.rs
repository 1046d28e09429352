//! What radios hear of a ride's sensors, as the bytes of a stick and the events of a Bluetooth stack: for states in which it
//! matters how well a sensor is heard. Packets of four slots a second, those of a sample all when the sample is there.

use sling_core::Input;
use sling_core::head_unit::{BleEvent, BleProfile};
use sling_core::link::ble::Profiles;
use sling_core::sensor::{Identity, Reading, Reason, Sample};
use sling_core::wire::ant::message::{ChannelId, Data, Extended, Rssi};
use sling_core::wire::ant::pages::{Battery, BatteryStatus, CommonPage, Interval, MuscleOxygen, Page, Profile};
use sling_core::wire::gatt;

/// Slots from one sample of a Moxy to the next.
pub const SLOTS: usize = 8;

/// The frame in which a stick hands over a page of a sensor of muscle oxygen.
fn frame(number: u16, transmission: u8, page: Page, rssi_dbm: Option<i8>) -> Vec<u8> {
    let device_type = Profile::MUSCLE_OXYGEN.device_type;
    let channel_id = Some(ChannelId { number, device_type, pairing: false, transmission });
    let rssi = rssi_dbm.map(|value| Rssi::Dbm { value, threshold: -128 });
    let data = Data { channel: 0, acknowledged: false, page, extended: Extended { channel_id, rssi, timestamp: None } };
    let mut bytes = [0; 64];
    let n = data.encode(&mut bytes).expect("a short frame");
    bytes[..n].to_vec()
}

fn muscle_page(count: u8, reading: Reading) -> Page {
    let (interval, previous) = (Some(Interval::Ms2000), Err(Reason::Invalid));
    MuscleOxygen { count, utc_wanted: false, ant_fs: false, interval, reading, previous }.encode()
}

/// A sample over the air: so many of its slots arrive. Bluetooth repeats what is lost. `give` gets the inputs.
pub fn sample(sample: &Sample, slots: usize, give: &mut dyn FnMut(&Input<'_>)) {
    let &Sample { identity, count, reading } = sample;
    match identity {
        Identity::Ant { number, transmission } => {
            let bytes = frame(number, transmission, muscle_page(count.to_le_bytes()[0], reading), None);
            for _ in 0..slots {
                give(&Input::AntBytes(&bytes));
            }
        }
        Identity::Ble { address } => {
            let previous = Err(Reason::Invalid);
            let value = gatt::Moxy { count, reading, previous, time_wanted: false }.encode();
            give(&Input::Ble(BleEvent::Notification { address, profile: BleProfile::Moxy, value: &value }));
        }
        Identity::Channel(_) => give(&Input::Sample(*sample)),
    }
}

/// A sensor says how full its battery is: on ANT in a word, over Bluetooth in percent.
pub fn battery(identity: Identity, status: BatteryStatus, percent: u8, give: &mut dyn FnMut(&Input<'_>)) {
    let (number, transmission) = match identity {
        Identity::Ant { number, transmission } => (number, transmission),
        Identity::Ble { address } => return give(&Input::Ble(BleEvent::BatteryLevel { address, percent })),
        Identity::Channel(_) => return,
    };
    let battery = Battery { id: 0xFF, operating_ticks: 90_000, fine_ticks: false, voltage_256ths: Some(800), status };
    if let Some(page) = CommonPage::Battery(battery).encode() {
        give(&Input::AntBytes(&frame(number, transmission, page, None)));
    }
}

/// Sensors that nobody wears: one of muscle oxygen near, a power meter further off, a belt far away; and another of muscle
/// oxygen, heard by a stick that tells its strength.
pub fn strangers(give: &mut dyn FnMut(&Input<'_>)) {
    let peers = [(7, BleProfile::Moxy, -50), (8, BleProfile::CyclingPower, -72), (9, BleProfile::HeartRate, -91)];
    for (last, profile, rssi_dbm) in peers {
        let (address, profiles) = ([0xC0, 0x51, 0x19, 0x60, 0x0B, last], Profiles::NONE.with(profile));
        give(&Input::Ble(BleEvent::Seen { address, name: None, profiles, rssi_dbm: Some(rssi_dbm) }));
    }
    let page = muscle_page(1, Err(Reason::AmbientLight));
    give(&Input::AntBytes(&frame(60_123, 5, page, Some(-66))));
}
