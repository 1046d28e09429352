//! Writes the FIT fixtures again, byte for byte.
//!
//! `cargo run -p sling-simulator --example fit_fixtures -- tests/fixtures/formats`

#[path = "../src/formats/fit/samples.rs"]
mod samples;

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("name the directory: fit_fixtures tests/fixtures/formats")?;
    let directory = PathBuf::from(directory);
    std::fs::create_dir_all(&directory)?;
    for (name, bytes) in samples::all() {
        std::fs::write(directory.join(name), bytes)?;
    }
    Ok(())
}
