//! `sling`, the command line: data to stdout, talk to stderr, exit 0 done, 1 an expectation failed, 2 bad input or usage.

use clap::Parser;
use sling_simulator::commands::Cli;
use sling_simulator::talk::tell;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            tell(format_args!("sling: {}", in_one_line(&error.render().to_string())));
            return ExitCode::from(2);
        }
        // Help and version, which were asked for.
        Err(help) => help.exit(),
    };
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(format_args!("sling: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

/// What clap says in paragraphs: all up to the usage, which `--help` shows better.
fn in_one_line(message: &str) -> String {
    let said = message.split("\n\n").take_while(|part| !part.starts_with("Usage:") && !part.starts_with("For more"));
    let words: Vec<&str> = said.flat_map(str::split_whitespace).collect();
    let line = words.join(" ");
    format!("{} (see --help)", line.strip_prefix("error: ").unwrap_or(&line))
}
