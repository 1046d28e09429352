//! `sling render`: one frame of a ride.

use super::outputs::{play, time_argument};
use super::run;
use crate::display::{Display, page_png};
use crate::error::CommandError;
use crate::formats::{Options, parse_site};
use crate::ride::Ride;
use crate::sink::WholeFile;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use sling_core::config::MAX_NUMBERS;
use sling_core::draw::Theme;
use sling_core::field::FIELDS;
use sling_core::head_unit::Config;
use sling_core::language::Language;
use sling_core::sensor::Site;
use sling_core::time::Instant;
use sling_core::ui::PAGES;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Draw one frame of a ride as PNG.
#[derive(Debug, Args)]
pub struct Render {
    /// The page to draw
    #[arg(value_parser = PossibleValuesParser::new(PAGES.iter().map(|page| page.id())))]
    page: String,
    /// The ride: a recording, a log, a scenario file, or a scenario that is built in
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The moment: 20 min, 1:12:33, or seconds
    #[arg(long, value_name = "T", value_parser = time_argument)]
    at: Instant,
    /// Where the sensors are worn, if the file does not say
    #[arg(long, value_delimiter = ',', value_parser = parse_site, allow_hyphen_values = true, value_name = "SITES")]
    sites: Vec<Option<Site>>,
    /// The display to draw for
    #[arg(long, value_enum, default_value_t)]
    display: Display,
    /// The language of the screen
    #[arg(long, default_value_t, value_parser = language_argument, value_name = "CODE")]
    lang: Language,
    /// The fields of the page of numbers, up to eight
    #[arg(long, value_delimiter = ',', value_name = "IDS",
        value_parser = PossibleValuesParser::new(FIELDS.iter().map(|field| field.id())))]
    numbers: Vec<String>,
    /// The colours of the screen
    #[arg(long, value_enum, default_value_t)]
    theme: ThemeName,
    /// The PNG file to write
    #[arg(short, long, value_name = "PNG")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ThemeName {
    #[default]
    Day,
    Night,
}

/// `--lang`: the code of a language of the screen.
fn language_argument(code: &str) -> Result<Language, String> {
    let known = || Language::ALL.map(|language| language.to_string()).join(", ");
    code.parse().map_err(|_| format!("no such language; there are {}", known()))
}

impl Render {
    pub(super) fn run(self) -> Result<(), CommandError> {
        let is_scenario = self.from.extension().is_some_and(|e| e == "toml") || !self.from.exists();
        let ride = if is_scenario && self.from != Path::new("-") {
            let scenario = run::load(&self.from)?;
            Ride::simulated(&scenario, scenario.seed)
        } else {
            Ride::open(&self.from, &Options { sites: self.sites })?
        };
        if let Some(end) = ride.end.filter(|&end| self.at > end) {
            let (end_s, at_s) = (end.as_ms() / 1000, self.at.as_ms() / 1000);
            return Err(CommandError::Usage(format!(
                "{}: --at {at_s} s is after the ride's end, {end_s} s",
                ride.name
            )));
        }
        let theme = match self.theme {
            ThemeName::Day => Theme::Day,
            ThemeName::Night => Theme::Night,
        };
        let (w, h) = self.display.size();
        // Every id of a field is short enough.
        let numbers = self.numbers.iter().filter_map(|id| id.as_str().try_into().ok()).take(MAX_NUMBERS).collect();
        let config = Config { theme, language: self.lang, numbers, screen: (w, h), ..Config::DEFAULT };
        let player = play(ride, &config, None, Some(self.at), Vec::new())?;
        let mut file = WholeFile::create(&self.output)?;
        // The parser lets nothing else through.
        let page = PAGES.iter().copied().find(|page| page.id() == self.page).unwrap_or(PAGES[0]);
        file.write_all(&page_png(self.display, page, player.unit()))?;
        file.keep()?;
        Ok(())
    }
}
