//! Plays inputs into a head unit and shows everything that happens to those who want to know.

use crate::sink::Sink;
use sling_core::time::Instant;
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
}

/// A head unit with its audience.
pub struct Player {
    unit: Box<HeadUnit>,
    sinks: Vec<Box<dyn Sink>>,
    ticks: Ticks,
    radios: Option<Box<dyn Radios>>,
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
        Self { unit: Box::new(HeadUnit::new()), sinks, ticks, radios: None }
    }

    /// The same with radios, over which samples and context go.
    pub fn with_radios(self, radios: Option<Box<dyn Radios>>) -> Self {
        Self { radios, ..self }
    }

    /// Plays one input at `at`, after what is due by then.
    pub fn play(&mut self, input: &Input<'_>, at: Instant) -> io::Result<()> {
        self.pass_time(at)?;
        if self.radios.as_mut().is_some_and(|radios| radios.send(at, input)) {
            return Ok(());
        }
        self.step(input, at)
    }

    /// Lets time pass up to `until`: every deadline and everything on the air that is due by then, `until` included.
    pub fn pass_time(&mut self, until: Instant) -> io::Result<()> {
        loop {
            let tick = self.unit.next_deadline().filter(|_| self.ticks == Ticks::Deadlines);
            let heard = self.radios.as_ref().and_then(|radios| radios.next_event());
            let Some(due) = [tick, heard].into_iter().flatten().min().filter(|&due| due <= until) else {
                return Ok(());
            };
            if tick == Some(due) {
                self.step(&Input::Tick, due)?;
            } else {
                self.hear(due)?;
            }
        }
    }

    fn hear(&mut self, at: Instant) -> io::Result<()> {
        let Some(mut radios) = self.radios.take() else { return Ok(()) };
        let mut result = Ok(());
        let mut commands = Vec::new();
        radios.hear(at, &mut |input| {
            if result.is_ok() {
                result = self.step_into(input, at, &mut commands);
            }
        });
        for command in &commands {
            radios.command(at, command);
        }
        self.radios = Some(radios);
        result
    }

    fn step(&mut self, input: &Input<'_>, at: Instant) -> io::Result<()> {
        let mut commands = Vec::new();
        let result = self.step_into(input, at, &mut commands);
        if let Some(radios) = &mut self.radios {
            for command in &commands {
                radios.command(at, command);
            }
        }
        result
    }

    /// One input into the head unit; what it asks of the radios goes into `commands`.
    fn step_into(&mut self, input: &Input<'_>, at: Instant, commands: &mut Vec<Output>) -> io::Result<()> {
        for sink in &mut self.sinks {
            sink.input(at, input)?;
        }
        self.unit.handle(input, at);
        while let Some(output) = self.unit.poll_output() {
            for sink in &mut self.sinks {
                sink.output(at, &output)?;
            }
            if matches!(output, Output::Ant(_) | Output::Ble(_)) {
                commands.push(output);
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
