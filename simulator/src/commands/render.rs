//! `sling render`: one frame of a ride, or a stretch of it that moves.

use super::outputs::{Look, time_argument};
use super::run;
use crate::animation::{Animation, Format};
use crate::display::{Display, encode, page_rgb_in, shown};
use crate::error::CommandError;
use crate::formats::{Options, parse_site};
use crate::player::Player;
use crate::ride::{Flow, Inputs, Ride, Via};
use crate::sink::WholeFile;
use clap::Args;
use clap::builder::PossibleValuesParser;
use sling_core::config::MAX_NUMBERS;
use sling_core::field::FIELDS;
use sling_core::head_unit::Config;
use sling_core::sensor::Site;
use sling_core::time::Instant;
use sling_core::ui::{PAGES, Page};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Draw a page at a moment of a ride as PNG, or, with --until, a stretch of the ride as an animation.
///
/// An animation has a frame only where pixels change, and every frame is what a still of its moment is.
#[derive(Debug, Args)]
pub struct Render {
    /// The page to draw; `own` is whatever the head unit itself shows
    #[arg(value_parser = PossibleValuesParser::new(PAGES.iter().map(|page| page.id()).chain([OWN])))]
    page: String,
    /// The ride: a recording, a log, a scenario file, or a scenario that is built in
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The moment: 20 min, 1:12:33, or seconds
    #[arg(long, value_name = "T", value_parser = time_argument)]
    at: Instant,
    /// The last moment, for an animation that begins at --at
    #[arg(long, value_name = "T", value_parser = time_argument)]
    until: Option<Instant>,
    /// Of an animation, seconds of the ride from look to look
    #[arg(long, value_name = "S", value_parser = positive, default_value = "1", requires = "until")]
    every: f64,
    /// Look so often a second of the animation, instead of --every
    #[arg(long, value_name = "N", value_parser = positive, requires = "until", conflicts_with = "every")]
    fps: Option<f64>,
    /// Of an animation, how many times as fast as the ride it is: 1x, 10x
    #[arg(long, value_name = "Nx", value_parser = run::times, default_value = "1x", requires = "until")]
    speed: f64,
    /// Draw the rider and the noise from this seed instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How samples of a scenario reach the head unit
    #[arg(long, value_enum, default_value_t)]
    via: Via,
    /// Where the sensors are worn, if the file does not say
    #[arg(long, value_delimiter = ',', value_parser = parse_site, allow_hyphen_values = true, value_name = "SITES")]
    sites: Vec<Option<Site>>,
    /// The display to draw for
    #[arg(long, value_enum, default_value_t)]
    display: Display,
    /// The fields of the page of numbers, up to eight
    #[arg(long, value_delimiter = ',', value_name = "IDS",
        value_parser = PossibleValuesParser::new(FIELDS.iter().map(|field| field.id())))]
    numbers: Vec<String>,
    #[command(flatten)]
    look: Look,
    /// The file to write: .png; an animation .png or .apng, or .gif
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// The name of whatever page the head unit shows, with its alert on it.
const OWN: &str = "own";
/// Programs that show animations take shorter frames for longer ones.
const LEAST_LOOK_MS: f64 = 20.0;

/// A number above zero.
fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "a number above zero".into())
}

impl Render {
    pub(super) fn run(self) -> Result<(), CommandError> {
        let format = self.format()?;
        let ride = self.ride()?;
        let last = self.until.unwrap_or(self.at);
        if let Some(end) = ride.end.filter(|&end| last > end) {
            let flag = if self.until.is_some() { "--until" } else { "--at" };
            let (end_s, last_s) = (end.as_ms() / 1000, last.as_ms() / 1000);
            return Err(CommandError::Usage(format!(
                "{}: {flag} {last_s} s is after the ride's end, {end_s} s",
                ride.name
            )));
        }
        let mut file = WholeFile::create(&self.output)?;
        let mut screens = Screens::of(ride, &self);
        let bytes = match format {
            None => screens.png_at(self.at)?,
            Some(format) => self.animation(&mut screens, last)?.encode(format)?,
        };
        file.write_all(&bytes)?;
        Ok(file.keep()?)
    }

    /// The kind of animation, by the file's name; `None`: one frame as PNG.
    fn format(&self) -> Result<Option<Format>, CommandError> {
        let extension = self.output.extension().map(|it| it.to_string_lossy().into_owned());
        let format = extension.as_deref().and_then(Format::by_extension);
        match (self.until, format) {
            (None, None | Some(Format::Apng)) => Ok(None),
            (None, Some(Format::Gif)) => {
                Err(CommandError::Usage("one frame is a PNG; a .gif moves: say --until as well".into()))
            }
            (Some(until), _) if until < self.at => {
                let [until_s, at_s] = [until, self.at].map(|time| time.as_ms() / 1000);
                Err(CommandError::Usage(format!("--until {until_s} s is before --at {at_s} s")))
            }
            (Some(_), Some(format)) => Ok(Some(format)),
            (Some(_), None) => Err(CommandError::Usage(format!(
                "{}: an animation is an .apng or .png, which browsers show, or a .gif",
                self.output.display()
            ))),
        }
    }

    fn ride(&self) -> Result<Ride, CommandError> {
        let is_scenario = self.from.extension().is_some_and(|e| e == "toml") || !self.from.exists();
        if is_scenario && self.from != Path::new("-") {
            let scenario = run::load(&self.from)?;
            let seed = self.seed.unwrap_or(scenario.seed);
            return Ride::simulated_via(&self.from.to_string_lossy(), &scenario, seed, self.via);
        }
        if self.seed.is_some() || self.via != Via::Model {
            let from = self.from.display();
            return Err(CommandError::Usage(format!("{from}: only a scenario takes --seed and --via")));
        }
        Ride::open(&self.from, &Options { sites: self.sites.clone() })
    }

    fn config(&self) -> Config {
        // Every id of a field is short enough.
        let numbers = self.numbers.iter().filter_map(|id| id.as_str().try_into().ok()).take(MAX_NUMBERS).collect();
        Config {
            theme: self.look.theme.into(),
            language: self.look.lang,
            numbers,
            screen: self.display.size(),
            ..Config::DEFAULT
        }
    }

    fn animation(&self, screens: &mut Screens, until: Instant) -> Result<Animation, CommandError> {
        let every_s = self.fps.map_or(self.every, |fps| self.speed / fps);
        let look_ms = 1000.0 * every_s / self.speed;
        if look_ms < LEAST_LOOK_MS {
            return Err(CommandError::Usage(format!(
                "a frame each {look_ms:.1} ms is too fast for who shows it: at least {LEAST_LOOK_MS} ms, so look less often"
            )));
        }
        let (w, h) = self.display.size();
        let mut animation = Animation::new(w, h, look_ms);
        let begin_ms = self.at.as_ms() as f64;
        for look in 0.. {
            let at = Instant::from_ms((begin_ms + f64::from(look) * 1000.0 * every_s).round() as u64);
            if at > until {
                break;
            }
            animation.look(&screens.rgb_at(at)?)?;
        }
        Ok(animation)
    }
}

/// A ride that is drawn at one moment after the other.
struct Screens {
    player: Player,
    inputs: Inputs,
    display: Display,
    /// `None`: the head unit's own.
    page: Option<&'static dyn Page>,
}

impl Screens {
    fn of(mut ride: Ride, render: &Render) -> Self {
        let player = Player::of(&mut ride, Vec::new());
        let page = PAGES.iter().copied().find(|page| page.id() == render.page);
        Self { player, inputs: ride.inputs(&render.config(), None), display: render.display, page }
    }

    /// Red, green and blue of each pixel at this moment, which is not before the last.
    fn rgb_at(&mut self, at: Instant) -> Result<Vec<u8>, CommandError> {
        let Self { player, inputs, .. } = self;
        inputs.play_until(at, &mut |input, at| {
            player.play(input, at)?;
            Ok(Flow::Continue)
        })?;
        player.pass_time(at)?;
        let unit = self.player.unit();
        Ok(match self.page {
            None => shown(self.display, unit, self.player.is_off()),
            Some(page) => page_rgb_in(self.display, unit.config().theme, page, &unit.snapshot()),
        })
    }

    fn png_at(&mut self, at: Instant) -> Result<Vec<u8>, CommandError> {
        let (w, h) = self.display.size();
        Ok(encode(u32::from(w), u32::from(h), &self.rgb_at(at)?))
    }
}
