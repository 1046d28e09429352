//! The head unit's image. So far it is the smallest that proves the core on ARM: on an emulated board it rides an
//! input log, and says what it said, showed and cost.
#![cfg_attr(all(target_arch = "arm", target_os = "none"), no_std, no_main)]

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod board;

#[cfg(all(target_arch = "arm", target_os = "none"))]
#[cortex_m_rt::entry]
fn main() -> ! {
    board::mps2_an386::ride_log()
}

#[cfg(not(all(target_arch = "arm", target_os = "none")))]
fn main() -> std::process::ExitCode {
    eprintln!("sling-device is firmware for thumbv7em-none-eabihf: device/build.sh builds it; try `sling` here");
    std::process::ExitCode::from(2)
}
