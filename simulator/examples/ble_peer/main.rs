//! Runs the Bluetooth driver ([`sling_simulator::radio::ble`]) against a double of bluetoothd (`tests/peers/ble/bluez.py`)
//! on a private bus, through everything that goes wrong with Bluetooth.
//!
//! `cargo run -p sling-simulator --example ble_peer -- PYTHON [--planted] [--core] [SCENARIO...]`, in the root of the repository.
//! PYTHON has python-dbusmock. Scenarios run side by side, each with its own bus. With `--planted` each lacks what it is about
//! (the drop, the missing adapter...) or is told a lie, and must fail for that. With `--core` core's central asks, otherwise
//! the plainest that there can be.
//!
//! `ble_peer --real LOSSES [ADDRESS]` uses the machine's own Bluetooth: for a machine that is there for this (`tests/peers/ble_vm`), and for
//! people with sensors at hand.

#[cfg(target_os = "linux")]
mod central;
#[cfg(target_os = "linux")]
mod real;
#[cfg(target_os = "linux")]
mod rig;
#[cfg(target_os = "linux")]
mod scenarios;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    scenarios::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("ble_peer: BlueZ is Linux's");
}
