//! The central of Bluetooth sensors: any events in any order, time in any steps, wishes that come and go.
#![no_main]

// One file for this target and for the tests of the virtual peers: the promises stand in one place.
#[path = "../../../../simulator/src/ble_air/exercise.rs"]
mod exercise;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise::exercise(bytes));
