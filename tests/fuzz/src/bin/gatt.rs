//! Values of Bluetooth characteristics, and a Moxy's name.
#![no_main]

use sling_core::wire::gatt::{
    CyclingPower, HeartRate, Moxy, SpeedCadence, TrainRed, battery_level, encode_battery_level, moxy_ant_number,
    moxy_name,
};

libfuzzer_sys::fuzz_target!(|value: &[u8]| {
    if let Some(it) = Moxy::decode(value) {
        assert_eq!(Moxy::decode(&it.encode()), Some(it));
        assert_eq!(it.samples_since(&it), 0);
    }
    if let Some(it) = TrainRed::decode(value) {
        assert_eq!(TrainRed::decode(&it.encode()), Some(it));
    }
    if let Some(it) = CyclingPower::decode(value) {
        assert_eq!(CyclingPower::decode(&it.encode()), Some(it));
    }
    if let Some(it) = SpeedCadence::decode(value) {
        assert_eq!(SpeedCadence::decode(&it.encode()), Some(it));
    }
    if let Some(it) = HeartRate::decode(value) {
        assert_eq!(HeartRate::decode(&it.encode()), Some(it));
    }
    if let Some(percent) = battery_level(value) {
        assert_eq!(encode_battery_level(percent).as_ref().map(<[u8; 1]>::as_slice), value.get(..1));
    }
    if let Some(number) = std::str::from_utf8(value).ok().and_then(moxy_ant_number) {
        assert_eq!(moxy_ant_number(&moxy_name(number)), Some(number));
    }
});
