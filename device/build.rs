//! Gives the linker the board's memory and cortex-m-rt's script. On a desktop there is nothing to do.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=boards");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("ARCH") != "arm" || target("OS") != "none" {
        return;
    }
    // The board is a feature; each has a folder of its name.
    let board = if env::var_os("CARGO_FEATURE_NRF52840").is_some() { "nrf52840" } else { "mps2-an386" };
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("boards").join(board);
    println!("cargo::rustc-link-search={}", folder.display());
    // Sections close together, not on pages: there is no loader.
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    if board == "nrf52840" {
        println!("cargo::rustc-link-arg-bins=-Tdefmt.x");
    }
}
