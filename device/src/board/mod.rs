//! The boards, which only wire: registers, interrupts, statics. What a head unit does stands in the library. An image has one
//! board, by its feature; what serves more than one stands beside them.

#[cfg(not(feature = "replay"))]
mod clock;
#[cfg(not(feature = "replay"))]
mod crash;
#[cfg(not(feature = "replay"))]
mod day;
#[cfg(not(feature = "nrf52840"))]
pub mod mps2_an386;
#[cfg(feature = "nrf52840")]
pub mod nrf52840;
mod stack;
mod unit;

#[cfg(all(feature = "nrf52840", any(feature = "mps2-an386", feature = "replay")))]
compile_error!("one board an image: nrf52840 goes with --no-default-features and without replay");

#[cfg(not(any(feature = "ble", feature = "replay")))]
compile_error!("a head unit has Bluetooth: build it with --features ble, as device/build.sh does");
