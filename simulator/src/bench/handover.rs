//! A session on its way from one build of Sling to the next: what is ridden, what was done on it, its time and how it looks.
//!
//! It lies in a folder that only its owner may look into, and the one who makes the builds ([`super::rebuild`]) made. What
//! was done is kept as a page asks for it, so a build understands it if it understands its pages.

use super::message::{Request, Speed, Wish, display_name, request_of, theme_name};
use super::session::{Asked, Choices, Done, Refusal, Session};
use crate::display::Display;
use crate::error::CommandError;
use crate::ride::Via;
use crate::sink::WholeFile;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sling_core::draw::Theme;
use sling_core::time::Instant;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A session as it is handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handed {
    /// What the command line calls the ride.
    pub name: String,
    /// The scenario without what was done; `None` for a recording or a log, which the command line names.
    pub text: Option<String>,
    /// What was done, in order: milliseconds of the ride, and the request.
    done: Vec<(u64, Value)>,
    at_ms: u64,
    /// Whether time passes.
    pub playing: bool,
    /// `None` is as fast as it goes.
    speed: Option<f64>,
    display: String,
    theme: String,
    lang: String,
    seed: Option<u64>,
    via: String,
}

impl Handed {
    pub(super) fn new(
        (name, text): (&str, Option<&str>),
        choices: Choices,
        done: &[Done],
        (at, playing, speed): (Instant, bool, Speed),
    ) -> Self {
        Self {
            name: name.to_owned(),
            text: text.map(str::to_owned),
            done: done.iter().map(|done| (done.at.as_ms(), request_of(done.asked()))).collect(),
            at_ms: at.as_ms(),
            playing,
            speed: match speed {
                Speed::Times(x) => Some(x),
                Speed::Max => None,
            },
            display: display_name(choices.display),
            theme: theme_name(choices.theme).to_owned(),
            lang: choices.language.code().to_owned(),
            seed: choices.seed,
            via: choices.via.code().to_owned(),
        }
    }

    /// How fast time passes.
    pub fn speed(&self) -> Speed {
        self.speed.map_or(Speed::Max, Speed::Times)
    }

    /// How it is played.
    pub fn choices(&self) -> Result<Choices, Refusal> {
        let unknown = |what: &str, it: &str| Refusal(format!("no {what} `{it}`"));
        Ok(Choices {
            seed: self.seed,
            via: Via::from_str(&self.via, false).map_err(|_| unknown("way", &self.via))?,
            display: Display::from_str(&self.display, false).map_err(|_| unknown("display", &self.display))?,
            theme: if self.theme == theme_name(Theme::Night) { Theme::Night } else { Theme::Day },
            language: self.lang.parse().map_err(|_| unknown("language", &self.lang))?,
        })
    }

    /// What was done.
    fn asked(&self) -> Result<Vec<(Instant, Asked)>, Refusal> {
        let asked = |(ms, request): &(u64, Value)| match Request::parse(&request.to_string()) {
            Ok(Request { wish: Wish::Happen(asked), .. }) => Ok((Instant::from_ms(*ms), asked)),
            Ok(_) => Err(Refusal(format!("{request} is nothing that is done on a ride"))),
            Err(error) => Err(Refusal(error.to_string())),
        };
        self.done.iter().map(asked).collect()
    }

    /// Does on a session what was done on the one that was left, and goes to its time.
    pub fn take_up(&self, session: &mut Session) -> Result<(), Refusal> {
        session.redo(self.asked()?)?;
        session.seek(Instant::from_ms(self.at_ms).min(session.end()))?;
        while let Some(goal) = session.goal() {
            session.advance_to(goal)?;
        }
        Ok(())
    }

    /// The same session at another time, standing still.
    pub(super) fn back(&self, by_ms: u64) -> Self {
        Self { at_ms: self.at_ms.saturating_sub(by_ms), playing: false, ..self.clone() }
    }

    pub(super) const fn at_ms(&self) -> u64 {
        self.at_ms
    }

    /// Whether nothing was done on it.
    pub(super) const fn is_bare(&self) -> bool {
        self.done.is_empty()
    }
}

/// The folder in which a session is handed over.
#[derive(Clone, Debug)]
pub struct Handover {
    folder: PathBuf,
}

impl Handover {
    /// In a folder that is there.
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn session(&self) -> PathBuf {
        self.folder.join("session.json")
    }

    fn address_file(&self) -> PathBuf {
        self.folder.join("address")
    }

    /// Leaves a session for the next build.
    pub fn leave(&self, handed: &Handed) -> io::Result<()> {
        let mut file = WholeFile::private(&self.session())?;
        file.write_all(serde_json::to_string(handed)?.as_bytes())?;
        file.keep()
    }

    /// The session that was left, if one was.
    pub fn taken(&self) -> Result<Option<Handed>, CommandError> {
        let path = self.session();
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| CommandError::Read { path, error: io::Error::other(error) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(CommandError::Read { path, error }),
        }
    }

    /// No session is left.
    pub(super) fn clear(&self) -> io::Result<()> {
        match fs::remove_file(self.session()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Says where the pages are; the next build serves them there, too.
    pub(super) fn say_address(&self, address: &str) -> io::Result<()> {
        let mut file = WholeFile::private(&self.address_file())?;
        file.write_all(address.as_bytes())?;
        file.keep()
    }

    /// The port and the token of the bench before.
    pub fn place(&self) -> Option<(u16, Option<String>)> {
        let address = fs::read_to_string(self.address_file()).ok()?;
        let (host, path) = address.trim().strip_prefix("http://")?.split_once('/')?;
        let port = host.rsplit_once(':')?.1.parse().ok()?;
        Some((port, path.strip_prefix("?token=").map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_build_serves_where_the_one_before_did() {
        let folder = tempfile::tempdir().unwrap();
        let handover = Handover::of(folder.path());
        assert_eq!(handover.place(), None);
        assert_eq!(handover.taken().unwrap(), None);
        handover.say_address("http://127.0.0.1:4711/\n").unwrap();
        assert_eq!(handover.place(), Some((4711, None)));
        handover.say_address("http://192.168.1.7:80/?token=0abc").unwrap();
        assert_eq!(handover.place(), Some((80, Some("0abc".into()))));
    }
}
