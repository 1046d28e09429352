//! Prints how long Sling takes to read a FIT file into a recording, in milliseconds: the best of twenty runs on one
//! thread, the file already in memory.
//!
//! `cargo run --release -p sling-simulator --example fit_decode_time -- RIDE.fit`

use sling_simulator::formats::{self, Options};
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name the file to read: fit_decode_time RIDE.fit")?;
    let bytes = std::fs::read(&path)?;
    let options = Options::default();
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        let recording = black_box(formats::read(black_box(bytes.as_slice()), &options)?);
        best = best.min(start.elapsed());
        drop(recording);
    }
    println!("{:.3}", best.as_secs_f64() * 1e3);
    Ok(())
}
