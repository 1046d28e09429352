//! The head unit's image for a board; with the feature `replay` one that rides an input log and says what that showed and
//! cost.
#![cfg_attr(all(target_arch = "arm", target_os = "none"), no_std, no_main)]

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod board;

#[cfg(all(target_arch = "arm", target_os = "none"))]
#[cortex_m_rt::entry]
fn main() -> ! {
    #[cfg(feature = "nrf52840")]
    board::nrf52840::run();
    #[cfg(feature = "replay")]
    board::mps2_an386::replay::ride_log();
    #[cfg(not(any(feature = "nrf52840", feature = "replay")))]
    board::mps2_an386::firmware::run();
}

#[cfg(not(all(target_arch = "arm", target_os = "none")))]
fn main() -> std::process::ExitCode {
    eprintln!("sling-device is firmware for thumbv7em-none-eabihf: device/build.sh builds it; try `sling` here");
    std::process::ExitCode::from(2)
}
