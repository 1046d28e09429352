//! Screens of a ride as PNG files.

use super::Sink;
use crate::display::{Display, png};
use sling_core::time::{Duration, Instant};
use sling_core::{HeadUnit, Input};
use std::fs;
use std::io;
use std::path::PathBuf;

/// Writes a frame every so often, from the first tick on.
pub struct FramesSink {
    folder: PathBuf,
    every: Duration,
    display: Display,
    next: Option<Instant>,
}

impl FramesSink {
    /// Into `folder`, made if it is not there.
    pub fn new(folder: PathBuf, every: Duration, display: Display) -> io::Result<Self> {
        fs::create_dir_all(&folder)
            .map_err(|e| io::Error::new(e.kind(), format!("cannot make the folder {}: {e}", folder.display())))?;
        Ok(Self { folder, every, display, next: None })
    }
}

impl Sink for FramesSink {
    fn after(&mut self, at: Instant, input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        if !matches!(input, Input::Tick) || self.next.is_some_and(|next| at < next) {
            return Ok(());
        }
        self.next = Some(self.next.unwrap_or(at) + self.every);
        let (w, h) = self.display.size();
        let name = format!("{:06}_{}_{w}x{h}.png", at.as_ms() / 1000, unit.page().id());
        let path = self.folder.join(name);
        fs::write(&path, png(self.display, unit)).map_err(|e| {
            // Half a picture is none; that it cannot be removed either is not news.
            let _ = fs::remove_file(&path);
            io::Error::new(e.kind(), format!("cannot write {}: {e}", path.display()))
        })
    }
}
