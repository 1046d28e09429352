//! Gives the linker the board's memory and cortex-m-rt's script. On a desktop there is nothing to do.

use std::env;
use std::path::Path;

/// The board that is built, so far the only one.
const BOARD: &str = "mps2-an386";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=boards");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("ARCH") != "arm" || target("OS") != "none" {
        return;
    }
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("boards").join(BOARD);
    println!("cargo::rustc-link-search={}", folder.display());
    // Sections close together, not on pages: there is no loader.
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
}
