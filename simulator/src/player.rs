//! Plays inputs into a head unit and shows everything that happens to those who want to know.

use crate::body::{Body, Power};
use crate::ride::Ride;
use crate::sink::Sink;
use sling_core::head_unit::{Config, RideAct, RideState, State};
use sling_core::time::{Duration, Instant};
use sling_core::{HeadUnit, Input, Output};
use std::io;

/// The radios of a head unit whose sensors are on a simulated air.
pub trait Radios {
    /// What the head unit asks of a radio; other outputs mean nothing here.
    fn command(&mut self, at: Instant, command: &Output);
    /// When something is heard next.
    fn next_event(&self) -> Option<Instant>;
    /// Lets time pass on the air, and hands over what the head unit hears.
    fn hear(&mut self, at: Instant, hear: &mut dyn FnMut(&Input<'_>));
    /// Takes what is measured: true if it goes over the air, false if it is the head unit's own.
    fn send(&mut self, at: Instant, input: &Input<'_>) -> bool;
    /// The head unit, on which the radios hang, loses its power or has it again.
    fn power(&mut self, _at: Instant, _on: bool) {}
}

/// A head unit with its audience.
pub struct Player {
    unit: Box<HeadUnit>,
    sinks: Vec<Box<dyn Sink>>,
    ticks: Ticks,
    radios: Option<Box<dyn Radios>>,
    body: Option<Body>,
    /// The head unit has been told more than its settings.
    begun: bool,
    /// The head unit is off, and this was kept of it.
    off: Option<Kept>,
    /// What it was told last of earlier rides.
    restored: State,
}

/// What outlives the head unit's power.
struct Kept {
    config: Config,
    state: State,
    /// What was ridden so far of a ride that goes on.
    goes_on: Option<Duration>,
}

/// Who makes time pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticks {
    /// The player: a tick at every deadline of the head unit, as firmware would.
    Deadlines,
    /// The inputs themselves: a log holds the ticks of its ride.
    InInputs,
}

impl Player {
    /// A fresh head unit.
    pub fn new(sinks: Vec<Box<dyn Sink>>, ticks: Ticks) -> Self {
        let unit = Box::new(HeadUnit::new());
        Self { unit, sinks, ticks, radios: None, body: None, begun: false, off: None, restored: State::default() }
    }

    /// A fresh head unit for this ride, with its radios and its body.
    pub fn of(ride: &mut Ride, sinks: Vec<Box<dyn Sink>>) -> Self {
        Self::new(sinks, ride.ticks()).with_radios(ride.radios()).with_body(ride.body())
    }

    /// The same with radios, over which samples and context go.
    pub fn with_radios(self, radios: Option<Box<dyn Radios>>) -> Self {
        Self { radios, ..self }
    }

    /// The same with a body, which answers cues and has faults of its own.
    pub fn with_body(self, body: Option<Body>) -> Self {
        Self { body, ..self }
    }

    /// Whether the head unit is switched off: what is drawn then is dark.
    pub const fn is_off(&self) -> bool {
        self.off.is_some()
    }

    /// Plays one input at `at`, after what is due by then.
    pub fn play(&mut self, input: &Input<'_>, at: Instant) -> io::Result<()> {
        self.pass_time(at)?;
        if let Some(body) = &mut self.body {
            body.note(at, input);
        }
        self.give(input, at)
    }

    /// Over the air, or straight to the head unit if that is on.
    fn give(&mut self, input: &Input<'_>, at: Instant) -> io::Result<()> {
        if self.radios.as_mut().is_some_and(|radios| radios.send(at, input)) {
            return Ok(());
        }
        if self.is_off() { Ok(()) } else { self.step(input, at) }
    }

    /// Lets time pass up to `until`: every deadline and everything on the air that is due by then, `until` included.
    pub fn pass_time(&mut self, until: Instant) -> io::Result<()> {
        loop {
            let [tick, heard, body] = self.due();
            let Some(due) = [tick, heard, body].into_iter().flatten().min().filter(|&due| due <= until) else {
                return Ok(());
            };
            if body == Some(due) {
                self.body_acts(due)?;
            } else if tick == Some(due) {
                self.step(&Input::Tick, due)?;
            } else {
                self.hear(due)?;
            }
        }
    }

    /// When something is due, of whomever.
    pub fn next_due(&self) -> Option<Instant> {
        self.due().into_iter().flatten().min()
    }

    /// Of the head unit, on the air, of the body.
    fn due(&self) -> [Option<Instant>; 3] {
        let tick = self.unit.next_deadline().filter(|_| self.ticks == Ticks::Deadlines && !self.is_off());
        let heard = self.radios.as_ref().and_then(|radios| radios.next_event());
        let body = self.body.as_ref().filter(|_| self.begun).and_then(Body::next_event);
        [tick, heard, body]
    }

    fn hear(&mut self, at: Instant) -> io::Result<()> {
        let Some(mut radios) = self.radios.take() else { return Ok(()) };
        let mut result = Ok(());
        let mut wanted = Vec::new();
        radios.hear(at, &mut |input| {
            if result.is_ok() && !self.is_off() {
                result = self.step_into(input, at, &mut wanted);
            }
        });
        self.radios = Some(radios);
        result.and_then(|()| self.attend(at, wanted))
    }

    /// The body does the next thing that it has planned.
    fn body_acts(&mut self, at: Instant) -> io::Result<()> {
        let Some(mut body) = self.body.take() else { return Ok(()) };
        let (mut result, mut wanted) = (Ok(()), Vec::new());
        let power = body.act(&mut |input| {
            if result.is_ok() {
                result = self.step_into(input, at, &mut wanted);
            }
        });
        self.body = Some(body);
        result?;
        self.attend(at, wanted)?;
        let Some(on) = (match power {
            Power::Stays => None,
            Power::Goes => Some(false),
            Power::Comes => Some(true),
        }) else {
            return Ok(());
        };
        if let Some(radios) = &mut self.radios {
            radios.power(at, on);
        }
        if !on {
            self.off = Some(self.keep());
            return Ok(());
        }
        let Some(kept) = self.off.take() else { return Ok(()) };
        self.start_anew(kept, at)
    }

    /// A head unit that is switched on, with what was kept, goes on with the ride or begins the next.
    fn start_anew(&mut self, kept: Kept, at: Instant) -> io::Result<()> {
        let Kept { config, state, goes_on } = kept;
        self.step(&Input::PowerOn, at)?;
        self.give(&Input::Configure(config), at)?;
        self.give(&Input::Restore(state), at)?;
        if let Some(ridden) = goes_on {
            self.give(&Input::Ride(RideAct::GoOn { ridden }), at)?;
        }
        let known = self.body.as_ref().map(|body| body.known(at)).unwrap_or_default();
        known.iter().try_for_each(|input| self.give(input, at))
    }

    /// What outlives the head unit's power.
    fn keep(&self) -> Kept {
        let unit = &self.unit;
        let goes_on = (unit.ride_state() != RideState::Over).then(|| unit.snapshot().ride_time);
        Kept { config: unit.config().clone(), state: self.kept(), goes_on }
    }

    /// What was learned, and of muscles of which nothing was learned yet, what was known before.
    fn kept(&self) -> State {
        let mut kept = self.unit.state();
        for gains in &self.restored.gains {
            if kept.gains.iter().all(|known| known.site != gains.site) {
                // A muscle for which there is no room left is not worn any more.
                let _ = kept.gains.push(*gains);
            }
        }
        kept
    }

    fn step(&mut self, input: &Input<'_>, at: Instant) -> io::Result<()> {
        let mut wanted = Vec::new();
        let result = self.step_into(input, at, &mut wanted);
        result.and_then(|()| self.attend(at, wanted))
    }

    /// Does what the head unit wants of its radios and its body, and tells it what became of its cues.
    fn attend(&mut self, at: Instant, mut wanted: Vec<Output>) -> io::Result<()> {
        while !wanted.is_empty() {
            let mut more = Vec::new();
            for output in &wanted {
                // A log has what came of it.
                if matches!(output, Output::NewRide) && self.ticks == Ticks::Deadlines {
                    return self.ride_anew(at);
                }
                if let Some(radios) = &mut self.radios {
                    radios.command(at, output);
                }
                let Output::Cue(cue) = output else { continue };
                if let Some(delivery) = self.body.as_ref().and_then(|body| body.deliver(at, cue)) {
                    self.step_into(&delivery, at, &mut more)?;
                }
            }
            wanted = more;
        }
        Ok(())
    }

    /// The rider begins another ride: the head unit goes off and on again.
    fn ride_anew(&mut self, at: Instant) -> io::Result<()> {
        let kept = self.keep();
        if let Some(radios) = &mut self.radios {
            radios.power(at, false);
            radios.power(at, true);
        }
        self.start_anew(kept, at)
    }

    /// One input into the head unit; what it wants of radios and body goes into `wanted`.
    fn step_into(&mut self, input: &Input<'_>, at: Instant, wanted: &mut Vec<Output>) -> io::Result<()> {
        for sink in &mut self.sinks {
            sink.input(at, input)?;
        }
        if matches!(input, Input::PowerOn) {
            *self.unit = HeadUnit::new();
        }
        if let Input::Restore(state) = input {
            self.restored.clone_from(state);
        }
        self.begun |= !matches!(input, Input::Configure(_) | Input::Restore(_));
        self.unit.handle(input, at);
        while let Some(output) = self.unit.poll_output() {
            for sink in &mut self.sinks {
                sink.output(at, &output)?;
            }
            if matches!(output, Output::Ant(_) | Output::Ble(_) | Output::Cue(_) | Output::NewRide) {
                wanted.push(output);
            }
        }
        for sink in &mut self.sinks {
            sink.after(at, input, &self.unit)?;
        }
        Ok(())
    }

    /// The head unit as it is now.
    pub fn unit(&self) -> &HeadUnit {
        &self.unit
    }

    /// Ends the ride: files are completed and take their names.
    pub fn finish(mut self) -> io::Result<Box<HeadUnit>> {
        for sink in &mut self.sinks {
            sink.finish(&self.unit)?;
        }
        Ok(self.unit)
    }
}
