//! `sling window`: the head unit in a window of its own, for who wants no browser. Only with the feature `window`, for which
//! the system's SDL 2 is needed.
//!
//! It is a session of the bench ([`crate::bench::session`]) with the keyboard for its buttons: time passes by the wall clock,
//! nothing is asked of the window but to show pixels and hand over keys. What was done is a scenario, and the line that
//! plays it again is printed when the window is closed.

use super::bench::open;
use super::outputs::{Look, time_argument};
use super::run::times;
use crate::bench::session::{Asked, Choices, Refusal, Session};
use crate::display::Display;
use crate::error::CommandError;
use crate::formats::parse_site;
use crate::ride::Via;
use crate::sink::WholeFile;
use crate::talk::{Stdout, tell};
use clap::Args;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;
use embedded_graphics_simulator::sdl2::{Keycode, Mod, MouseButton};
use embedded_graphics_simulator::{OutputSettingsBuilder, SimulatorDisplay, SimulatorEvent, Window as SdlWindow};
use sling_core::head_unit::{Button, Press, Touch};
use sling_core::sensor::Site;
use sling_core::time::{Duration, Instant};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant as WallInstant;

/// A head unit in a window of its own.
///
/// Keys: u, d and s press up, down and select; with shift they hold them. A click taps the display. Space stops time and lets
/// it pass again, + and - double and halve its speed, right and left go ten seconds on and back, z takes back what was done
/// last, q ends. Then the line that plays the same again is printed.
#[derive(Debug, Args)]
pub struct Window {
    /// What is ridden: a scenario's file, a scenario that is built in (demo, steady, faults, others as `sling run` lists them), a
    /// recording of sensors, or a log that Sling wrote
    #[arg(default_value = "demo", value_name = "RIDE")]
    ride: PathBuf,
    /// Where the sensors of a recording are worn, in the order of the file, such as mg.right,vl.right; `-` passes one over
    #[arg(long, value_delimiter = ',', value_parser = parse_site, allow_hyphen_values = true, value_name = "SITES")]
    sites: Vec<Option<Site>>,
    /// Draw the rider and the noise from this seed instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How samples reach the head unit
    #[arg(long, value_enum, default_value_t)]
    via: Via,
    /// Begin at this time of the ride: 20 min, 1:12:33, or seconds
    #[arg(long, value_name = "T", value_parser = time_argument, default_value = "0", hide_default_value = true)]
    at: Instant,
    /// How fast time passes at first: 1x is as fast as it is ridden, 20x twenty times as fast
    #[arg(long, value_name = "Nx", default_value = "1x", value_parser = times)]
    speed: f64,
    /// How large: so many pixels of the screen, each way, for one of the display
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=8))]
    scale: u32,
    /// At the end, write what was done into this folder: session.toml, or session.slinglog of a recording
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// The display that the head unit draws for
    #[arg(long, value_enum, default_value_t)]
    display: Display,
    #[command(flatten)]
    look: Look,
}

/// How often the window is shown anew, a second.
const SHOWN_PER_S: u32 = 30;
/// The slowest and the fastest that keys reach.
const SPEEDS: (f64, f64) = (0.125, 1024.0);
/// How far left and right go.
const LEAP: Duration = Duration::from_s(10);

impl Window {
    pub(super) fn run(self) -> Result<(), CommandError> {
        let choices = Choices {
            seed: self.seed,
            via: self.via,
            display: self.display,
            theme: self.look.theme.into(),
            language: self.look.lang,
        };
        let mut session = open(&self.ride, &self.sites, choices)?;
        go(&mut session, self.at).map_err(|why| CommandError::Usage(format!("--at: {}", why.0)))?;
        // The window itself would only panic.
        let video = sdl2::init().and_then(|sdl| sdl.video().map(drop));
        video.map_err(|why| CommandError::Usage(format!("there is no display for a window: {why}")))?;
        let mut ridden = Ridden::new(session, self.speed);
        let mut panel = Panel::new(self.display, self.scale);
        panel.show(&ridden.session);
        loop {
            // Before anything else in the round: what is asked for is done at the time that is seen.
            if panel.events().into_iter().any(|event| ridden.takes(event)) {
                break;
            }
            ridden.pass_time()?;
            panel.show(&ridden.session);
        }
        self.end(&ridden.session)
    }

    /// Says how to see this again.
    fn end(&self, session: &Session) -> Result<(), CommandError> {
        if let Some(folder) = &self.save {
            let (name, bytes) = match session.toml() {
                Ok(toml) => ("session.toml", toml.into_bytes()),
                Err(_) => ("session.slinglog", session.log()?),
            };
            fs::create_dir_all(folder)?;
            let mut file = WholeFile::create(&folder.join(name))?;
            file.write_all(&bytes)?;
            file.keep()?;
        } else if !session.done().is_empty() {
            tell(format_args!("sling: what was done in the window is not saved; --save DIR would"));
        }
        let mut stdout = Stdout::new();
        writeln!(stdout, "{}", session.line())?;
        Ok(stdout.flush()?)
    }
}

/// All the way to another time.
fn go(session: &mut Session, to: Instant) -> Result<(), Refusal> {
    session.seek(to)?;
    while let Some(goal) = session.goal() {
        session.advance_to(goal)?;
    }
    Ok(())
}

/// A session in time.
struct Ridden {
    session: Session,
    playing: bool,
    speed: f64,
    /// Wall time and ride time that belong together.
    anchor: (WallInstant, Instant),
}

impl Ridden {
    fn new(session: Session, speed: f64) -> Self {
        let anchor = (WallInstant::now(), session.now());
        Self { session, playing: true, speed, anchor }
    }

    fn anchor(&mut self) {
        self.anchor = (WallInstant::now(), self.session.now());
    }

    fn pass_time(&mut self) -> Result<(), CommandError> {
        if self.playing && !self.session.is_over() {
            let (wall, at) = self.anchor;
            let ridden_ms = wall.elapsed().as_secs_f64() * self.speed * 1000.0;
            self.session.advance_to(at + Duration::from_ms(ridden_ms.min(f64::from(u32::MAX)) as u32))?;
        }
        Ok(())
    }

    /// Does what an event asks for; true if that is the end.
    fn takes(&mut self, event: SimulatorEvent) -> bool {
        let done = match event {
            SimulatorEvent::Quit | SimulatorEvent::KeyDown { keycode: Keycode::Q, .. } => return true,
            SimulatorEvent::KeyDown { keycode, keymod, repeat: false } => self.key(keycode, is_upper(keymod)),
            SimulatorEvent::MouseButtonDown { mouse_btn: MouseButton::Left, point } => {
                self.happen(&Asked::Touch(Touch::Tap { x: point.x as i16, y: point.y as i16 }))
            }
            _ => return false,
        };
        if let Err(Refusal(why)) = done {
            tell(format_args!("sling: {why}"));
        }
        self.anchor();
        false
    }

    fn key(&mut self, key: Keycode, is_upper: bool) -> Result<(), Refusal> {
        let press = if is_upper { Press::Long } else { Press::Short };
        let (now, end) = (self.session.now(), self.session.end());
        match key {
            Keycode::U => self.happen(&Asked::Press(Button::Up, press)),
            Keycode::D => self.happen(&Asked::Press(Button::Down, press)),
            Keycode::S => self.happen(&Asked::Press(Button::Select, press)),
            Keycode::Space => {
                self.playing = !self.playing;
                Ok(())
            }
            // With or without shift, as keyboards have it.
            Keycode::Plus | Keycode::Equals | Keycode::KpPlus => {
                self.speed = (self.speed * 2.0).min(SPEEDS.1);
                Ok(())
            }
            Keycode::Minus | Keycode::KpMinus => {
                self.speed = (self.speed / 2.0).max(SPEEDS.0);
                Ok(())
            }
            Keycode::Right => go(&mut self.session, (now + LEAP).min(end)),
            Keycode::Left => go(&mut self.session, now.before(LEAP)),
            Keycode::Z => {
                self.session.undo()?;
                go(&mut self.session, now)
            }
            _ => Ok(()),
        }
    }

    fn happen(&mut self, asked: &Asked) -> Result<(), Refusal> {
        self.session.happen(asked)
    }
}

/// Shift and the lock of capitals undo each other.
fn is_upper(held: Mod) -> bool {
    held.intersects(Mod::LSHIFTMOD | Mod::RSHIFTMOD) != held.contains(Mod::CAPSMOD)
}

/// The window.
struct Panel {
    window: SdlWindow,
    display: SimulatorDisplay<Rgb888>,
    seen: Vec<u8>,
}

impl Panel {
    fn new(display: Display, scale: u32) -> Self {
        let (w, h) = display.size();
        let settings = OutputSettingsBuilder::new().scale(scale).build();
        let mut window = SdlWindow::new("Sling", &settings);
        window.set_max_fps(SHOWN_PER_S);
        Self { window, display: SimulatorDisplay::new(Size::new(u32::from(w), u32::from(h))), seen: Vec::new() }
    }

    /// Shows what the head unit shows, and waits until it is time for the next picture.
    fn show(&mut self, session: &Session) {
        if session.watched_mut().take_redraw() || self.seen.is_empty() {
            let pixels = session.frame();
            if pixels != self.seen {
                let area = Rectangle::new(Point::zero(), self.display.size());
                let colours = pixels.as_chunks::<3>().0.iter().map(|[r, g, b]| Rgb888::new(*r, *g, *b));
                let Ok(()) = self.display.fill_contiguous(&area, colours);
                self.seen = pixels;
            }
        }
        // Also when nothing changed: what lay over it may be gone.
        self.window.update(&self.display);
    }

    fn events(&self) -> Vec<SimulatorEvent> {
        self.window.events().collect()
    }
}
