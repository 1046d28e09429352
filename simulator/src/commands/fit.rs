//! `sling fit`: positions marked in recordings, compared.

use super::outputs::{command_line, title_of};
use super::ride::data_folder;
use crate::error::CommandError;
use crate::fit::page::page;
use crate::fit::record::record;
use crate::fit::table::Table;
use crate::fit::{Options, compare};
use crate::formats::{self, parse_site};
use crate::ride::Ride;
use crate::sink::WholeFile;
use crate::talk::{Stdout, tell};
use clap::Args;
use serde_json::json;
use sling_core::sensor::Site;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Compare the positions that are marked in recordings: what calf and thigh did in one against the other.
///
/// Blocks of about four minutes at one power and cadence, ridden in turn (A B B A), sensors untouched; marked by the
/// position column of Sling CSV, on the head unit's Fit page, or here by --positions. The table goes to standard output and
/// says how sure each difference is; a page for the rider goes into the data folder. It never says better or worse.
#[derive(Debug, Args)]
pub struct Fit {
    /// Recordings or logs, in the order of riding
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Names of the laps (or of what lies between markers) of files without positions, in order; `-` is no block
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true, value_name = "NAMES")]
    positions: Vec<String>,
    /// Compare only these positions, three at most
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    compare: Vec<String>,
    /// The sensors stayed on the skin, untouched, between the files and through silences
    #[arg(long)]
    same_application: bool,
    /// Seconds dropped at the beginning of each block
    #[arg(long, value_name = "S", default_value_t = sling_core::session::SETTLE_S.into(), value_parser = clap::value_parser!(u32).range(60..=90))]
    settle: u32,
    /// Where the sensors are worn, in the order of the file, such as mg.right,vl.right; `-` passes one over
    #[arg(long, value_delimiter = ',', value_parser = parse_site, allow_hyphen_values = true, value_name = "SITES")]
    sites: Vec<Option<Site>>,
    /// Write everything as JSON
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    /// Write the page here [default: a new file in the data folder, under fit]
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
}

impl Fit {
    pub(super) fn run(self, data: Option<&Path>) -> Result<(), CommandError> {
        if self.json.is_some() && self.json == self.report {
            return Err(CommandError::Usage("--json and --report cannot be one file".into()));
        }
        let mut sessions = Vec::new();
        for (i, file) in self.files.iter().enumerate() {
            let bytes = fs::read(file).ok();
            if let Some(same) = self.files[..i].iter().find(|&other| bytes.is_some() && fs::read(other).ok() == bytes) {
                let (file, same) = (file.display(), same.display());
                return Err(CommandError::Usage(format!("{file}: is the same recording as {same}: leave one away")));
            }
            let ride = Ride::open(file, &formats::Options { sites: self.sites.clone() })?;
            for remark in &ride.remarks {
                tell(format_args!("sling: {}: {remark}", ride.name));
            }
            let mut session = record(ride)?;
            // Where the file is on this machine is nobody's business who is handed the page.
            session.name = title_of(&session.name);
            sessions.push(session);
        }
        let options = Options {
            positions: self.positions,
            compare: self.compare,
            same_application: self.same_application,
            settle_s: self.settle,
        };
        let fit = compare(sessions, &options)?;
        let json = self.json.as_deref().map(WholeFile::create).transpose()?;
        let report = match &self.report {
            Some(path) => path.clone(),
            None => new_report(&data_folder(data)?.join("fit"), &fit.files[0])?,
        };
        let page = (WholeFile::create(&report)?, page(&fit, &command_line()));
        if let Some(file) = json {
            let whole = json!({ "sling": env!("CARGO_PKG_VERSION"), "fit": fit });
            keep(file, &format!("{whole:#}\n"))?;
        }
        keep(page.0, &page.1)?;
        let mut stdout = Stdout::new();
        write!(stdout, "{}", Table(&fit))?;
        stdout.flush()?;
        tell(format_args!("sling: the page is {}", report.display()));
        Ok(())
    }
}

fn keep(mut file: WholeFile, text: &str) -> Result<(), CommandError> {
    file.write_all(text.as_bytes())?;
    Ok(file.keep()?)
}

/// A file of the recording's name that is not there yet.
fn new_report(folder: &Path, recording: &str) -> Result<PathBuf, CommandError> {
    let written =
        |error| std::io::Error::new(std::io::Error::kind(&error), format!("cannot make {}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(written)?;
    let stem =
        Path::new(recording).file_stem().map_or_else(|| "fit".into(), |stem| stem.to_string_lossy().into_owned());
    let name = |n: u32| if n == 1 { format!("{stem}.html") } else { format!("{stem}-{n}.html") };
    let mut places = (1..u32::MAX).map(|n| folder.join(name(n)));
    Ok(places.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name(1))))
}
