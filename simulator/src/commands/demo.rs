//! Plain `sling`: the demo ride, with a report and screenshots.

use super::outputs::Outputs;
use crate::error::CommandError;
use crate::ride::Ride;
use crate::scenario::{self, Scenario};
use crate::sink::CollectSink;
use crate::talk::{Stdout, tell};
use sling_core::head_unit::Event;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Rides the demo into `<data>/demo/` and says what is there.
pub(super) fn demo(data: Option<&Path>) -> Result<(), CommandError> {
    let folder = data_folder(data)?.join("demo");
    fs::create_dir_all(&folder).map_err(|error| CommandError::Read { path: folder.clone(), error })?;
    let text = scenario::builtin("demo").unwrap_or_default();
    let scenario = Scenario::parse("demo", text)?;
    let outputs = Outputs {
        events: Some(folder.join("events.jsonl")),
        frames: Some(folder.join("frames")),
        every: 60,
        log: Some(folder.join("ride.slinglog")),
        report: Some(folder.join("report.html")),
        ..Outputs::default()
    };
    tell(format_args!("Riding \"{}\" ...", scenario.name));
    let (sink, collected) = CollectSink::new();
    outputs.play(Ride::simulated(&scenario, scenario.seed), None, vec![Box::new(sink)])?;
    let mut stdout = Stdout::new();
    let alerts = collected.borrow().iter().filter(|(_, event)| matches!(event, Event::Alert { .. })).count();
    writeln!(stdout, "{alerts} alert{} on the way. Look at:", if alerts == 1 { "" } else { "s" })?;
    writeln!(stdout, "  report       {}", folder.join("report.html").display())?;
    writeln!(stdout, "  screenshots  {}", folder.join("frames").display())?;
    writeln!(stdout, "  events       {}", folder.join("events.jsonl").display())?;
    writeln!(stdout, "  input log    {} (sling replay it)", folder.join("ride.slinglog").display())?;
    Ok(stdout.flush()?)
}

/// `--data`, or the user's data folder.
pub(super) fn data_folder(data: Option<&Path>) -> Result<PathBuf, CommandError> {
    if let Some(data) = data {
        return Ok(data.to_owned());
    }
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    from("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| from("HOME").map(|home| home.join(".local/share")))
        .map(|base| base.join("sling"))
        .ok_or_else(|| {
            CommandError::Usage("neither XDG_DATA_HOME nor HOME is set: say where with --data FOLDER".into())
        })
}
