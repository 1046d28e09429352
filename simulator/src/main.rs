//! `sling`, the command line: data to stdout, talk to stderr, exit 0 done, 1 an expectation failed, 2 bad input or usage.

use clap::Parser;
use sling_simulator::commands::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sling: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
