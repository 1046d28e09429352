//! How often `sling fit`'s 95 % intervals hold what is true, and how often it says a change where there is none.
//!
//! `cargo run --release -p sling-simulator --example fit_figures -- [SESSIONS [FIRST_SEED [SETS]]]`: 500 sessions of 0, 4 and
//! 8 points on D each, from seed 30001, of one set A B B A; SETS more of them. Exit code 1: outside 93 to 97 %, or more
//! than 5 % false.

use sling_simulator::fit::sessions::figures;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let mut number = |default: u64| words.next().and_then(|word| word.parse().ok()).unwrap_or(default);
    let (sessions, first, sets) = (number(500), number(30_001), number(1) as usize);
    println!("{sets} x ABBA or BAAB, {sessions} sessions each, seeds from {first}");
    println!(
        "{:>4}  {:>7}  {:>7}  {:>9}  {:>9}  {:>6}  {:>5}  {:>5}",
        "D", "covered", "changed", "wrong way", "zero out", "half", "bias", "rms t"
    );
    let mut holds = true;
    for size in [0.0, 4.0, 8.0] {
        let found = match figures(first..first + sessions, sets, size, &|| {}) {
            Ok(found) => found,
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::from(2);
            }
        };
        let share = |n: usize| 100.0 * n as f64 / found.sessions as f64;
        println!(
            "{:>4}  {:>6.1}%  {:>6.1}%  {:>8.1}%  {:>8.1}%  {:>6.2}  {:>+5.2}  {:>5.2}",
            size,
            share(found.covered),
            share(found.changed),
            share(found.wrong_way),
            share(found.excludes_zero),
            found.half_width,
            found.bias,
            found.rms_t
        );
        holds &= (93.0..=97.0).contains(&share(found.covered)) && found.refused == 0;
        holds &= size > 0.0 || share(found.changed) <= 5.0 && share(found.excludes_zero) <= 7.0;
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
