//! A recording or a log, played through the head unit, as a row for every second: what the muscles showed or why not, what
//! the rider did, which position was on. The head unit judges the readings here as it does on a ride.

use crate::error::CommandError;
use crate::player::Player;
use crate::ride::{Flow, Ride};
use crate::sink::Sink;
use sling_core::head_unit::{Config, Event, News, Posture};
use sling_core::sensor::{Reason, Site};
use sling_core::time::Instant;
use sling_core::units::ThbScale;
use sling_core::{HeadUnit, Input, Output};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

/// Below this power the rider coasts, after so many seconds of it; muscles come back from it, and from standing, in so many.
/// The head unit's own numbers.
const COASTING_W: u16 = 30;
const COAST_AFTER_S: u32 = 8;
const COMES_BACK_S: u32 = 45;
/// A row that comes late stands for no more than one second.
const LONGEST_S: u64 = 48 * 3600;

/// A file, second by second.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The file, as it was named.
    pub name: String,
    /// Labels in the order in which they were first used.
    pub labels: Vec<String>,
    /// A row for every second.
    pub rows: Vec<Row>,
    /// Muscles that were worn.
    pub sites: Vec<SiteRows>,
    /// When the head unit said that a sensor had moved or another was in its place: second, site, reason.
    pub notices: Vec<(u32, Site, Reason)>,
    /// The second of the file at which each lap began, and each marker was set.
    pub laps: Vec<u32>,
    /// Markers.
    pub markers: Vec<u32>,
}

/// A second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    /// In the time of the file, whole seconds.
    pub second: u32,
    /// Power, W.
    pub power: Option<u16>,
    /// Cadence, rpm.
    pub cadence: Option<u16>,
    /// Air, °C, if it was told.
    pub celsius: Option<f32>,
    /// Why the second does not count, whatever the muscles show.
    pub spoilt: Option<Spoilt>,
    /// Which position, by its place among the labels.
    pub label: Option<usize>,
    /// Blocks begun so far: a block that is begun anew under the same label is another.
    pub begun: u32,
}

/// What the rider does, or did a moment ago, that is no riding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoilt {
    /// Out of the saddle.
    Standing,
    /// Not pedalling.
    Coasting,
}

/// One muscle.
#[derive(Clone, Debug)]
pub struct SiteRows {
    /// Where.
    pub site: Site,
    /// SmO2 in percent for every row, or why there is none.
    pub smo2: Vec<Result<f32, Reason>>,
    /// tHb in g/dL for every row, where it is told in that scale.
    pub thb_gdl: Vec<Option<f32>>,
}

/// Watches a ride. Rows are read when it is over.
struct Rows {
    shared: Rc<RefCell<Session>>,
    standing: bool,
    celsius: Option<f32>,
    low_since: Option<u32>,
    spoilt: Option<(u32, Spoilt)>,
    label: Option<usize>,
    begun: u32,
    /// The label that this input names; an empty one ends the position.
    named: Option<String>,
}

/// The place of a label among those used so far; an empty one is none.
fn place_of(labels: &mut Vec<String>, label: &str) -> Option<usize> {
    if label.is_empty() {
        return None;
    }
    labels.iter().position(|known| known == label).or_else(|| {
        labels.push(label.to_owned());
        Some(labels.len() - 1)
    })
}

impl Sink for Rows {
    fn input(&mut self, _at: Instant, input: &Input<'_>) -> io::Result<()> {
        match input {
            Input::Posture(posture) => self.standing = *posture == Posture::Standing,
            Input::Context(context) => {
                self.celsius = context.temperature.map(|it| f32::from(it.0) / 10.0).or(self.celsius);
            }
            Input::Position(label) => self.named = Some(label.to_string()),
            _ => {}
        }
        Ok(())
    }

    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        let Output::Event(event) = output else { return Ok(()) };
        let second = (at.as_ms() / 1000).min(LONGEST_S) as u32;
        let mut session = self.shared.borrow_mut();
        match event {
            Event::Session(News::BlockBegan { label, .. }) => {
                self.label = place_of(&mut session.labels, label);
                self.begun += 1;
            }
            Event::Session(News::BlockEnded { .. }) => self.label = None,
            Event::Notice { reason: reason @ (Reason::Moved | Reason::Swapped), site } => {
                session.notices.push((second, *site, *reason));
            }
            Event::Lap { .. } => session.laps.push(second),
            Event::Marker { .. } => session.markers.push(second),
            _ => {}
        }
        Ok(())
    }

    fn after(&mut self, at: Instant, _input: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        // A fourth position is refused by the head unit; whether it can be compared is said here.
        if let Some(label) = self.named.take() {
            let named = place_of(&mut self.shared.borrow_mut().labels, &label);
            if named != self.label {
                self.label = named;
                self.begun += 1;
            }
        }
        let second = (at.as_ms() / 1000).min(LONGEST_S) as u32;
        let session = &mut *self.shared.borrow_mut();
        if session.rows.last().is_some_and(|row| row.second >= second) {
            return Ok(());
        }
        let now = unit.snapshot();
        let power = now.power.map(|watts| watts.0);
        self.low_since = if power.is_some_and(|w| w < COASTING_W) { self.low_since.or(Some(second)) } else { None };
        if self.standing {
            self.spoilt = Some((second, Spoilt::Standing));
        } else if self.low_since.is_some_and(|since| second - since > COAST_AFTER_S) {
            self.spoilt = Some((second, Spoilt::Coasting));
        }
        let spoilt = self.spoilt.filter(|(at, _)| second - at < COMES_BACK_S).map(|(_, why)| why);
        let before = session.rows.len();
        for view in unit.views() {
            let at = session.sites.iter().position(|rows| rows.site == view.site).unwrap_or_else(|| {
                let (smo2, thb_gdl) = (vec![Err(Reason::Searching); before], vec![None; before]);
                session.sites.push(SiteRows { site: view.site, smo2, thb_gdl });
                session.sites.len() - 1
            });
            let rows = &mut session.sites[at];
            rows.smo2.push(view.smo2);
            let thb = view.thb.filter(|thb| thb.scale == ThbScale::GramsPerDecilitre && view.smo2.is_ok());
            rows.thb_gdl.push(thb.map(|thb| f32::from(thb.hundredths) / 100.0));
        }
        session.rows.push(Row {
            second,
            power,
            cadence: now.cadence.map(|rpm| rpm.0),
            celsius: self.celsius,
            spoilt,
            label: self.label,
            begun: self.begun,
        });
        let rows = session.rows.len();
        for site in &mut session.sites {
            site.smo2.resize(rows, Err(Reason::Lost));
            site.thb_gdl.resize(rows, None);
        }
        Ok(())
    }
}

/// Plays it to its end.
pub fn record(mut ride: Ride) -> Result<Session, CommandError> {
    let shared = Rc::new(RefCell::new(Session { name: ride.name.clone(), ..Session::default() }));
    let rows = Rows {
        shared: Rc::clone(&shared),
        standing: false,
        celsius: None,
        low_since: None,
        spoilt: None,
        label: None,
        begun: 0,
        named: None,
    };
    let mut player = Player::of(&mut ride, vec![Box::new(rows)]);
    ride.play(&Config::DEFAULT, None, |input, at| {
        player.play(input, at)?;
        Ok(Flow::Continue)
    })?;
    player.finish()?;
    let session = shared.take();
    Ok(session)
}

impl Session {
    /// Where laps begin, or where there are none what lies between markers, with what lies before the first.
    fn begins(&self) -> (Vec<u32>, &'static str) {
        let first = self.rows.first().map_or(0, |row| row.second);
        let (told, what) = if self.laps.is_empty() { (&self.markers, "markers") } else { (&self.laps, "laps") };
        let mut begins = vec![first];
        begins.extend(told.iter().filter(|&&second| second > first));
        begins.dedup();
        (begins, what)
    }

    /// How many parts can be named, and by what they are told apart.
    pub fn parts(&self) -> (usize, &'static str) {
        let (begins, what) = self.begins();
        (begins.len(), what)
    }

    /// Names the laps, or where there are none what lies between markers; `-` is no block. What lies before the first
    /// counts too.
    ///
    /// # Errors
    /// How many parts there are, if that is another number.
    pub fn name_parts(&mut self, names: &[String]) -> Result<(), (usize, &'static str)> {
        let (begins, what) = self.begins();
        if names.len() != begins.len() {
            return Err((begins.len(), what));
        }
        let named = names.iter().map(|name| if name == "-" { "" } else { name });
        let parts: Vec<_> = named.map(|name| place_of(&mut self.labels, name)).collect();
        for row in &mut self.rows {
            let part = begins.partition_point(|&second| second <= row.second).saturating_sub(1);
            row.label = parts[part];
            row.begun = part as u32;
        }
        Ok(())
    }
}
