//! How well an exchange of the sensors of calf and thigh is suspected: Markdown tables for the documentation.
//!
//! `cargo run --release -p sling-simulator --example swap_figures [FIRST_SEED [SEEDS]]`, 2001 and 100 unless said;
//! constants were chosen on seeds 1 to 60. Fails when an exchange is suspected more than once in 100 h without one.

use sling_core::head_unit::{Config, Event, Output, PatternKind, SwapView};
use sling_core::sensor::{Reason, Side};
use sling_core::time::{Duration, Instant};
use sling_core::{HeadUnit, Input};
use sling_simulator::player::Player;
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::{Fault, FaultKind, Scenario, Shape, builtin};
use sling_simulator::sink::Sink;
use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::rc::Rc;

/// What a ride said.
#[derive(Default)]
struct Said {
    swapped_s: Vec<f64>,
    moved_s: Vec<f64>,
    cleared_s: Vec<f64>,
    alerts_s: Vec<f64>,
    armed: Vec<(f64, bool)>,
    /// Just before the exchange: would one be seen?
    detectable: bool,
}

struct Listener {
    said: Rc<RefCell<Said>>,
    swap_at: Instant,
}

fn seconds(at: Instant) -> f64 {
    f64::from(at.since(Instant::ZERO).as_ms()) / 1000.0
}

impl Sink for Listener {
    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        let Output::Event(event) = output else { return Ok(()) };
        let mut said = self.said.borrow_mut();
        match event {
            Event::Notice { reason: Reason::Swapped, .. } => said.swapped_s.push(seconds(at)),
            Event::Notice { reason: Reason::Moved, .. } => said.moved_s.push(seconds(at)),
            Event::NoticeCleared { reason: Reason::Swapped, .. } => said.cleared_s.push(seconds(at)),
            Event::Alert { pattern: PatternKind::CalfOverload, .. } => said.alerts_s.push(seconds(at)),
            Event::Armed { .. } => said.armed.push((seconds(at), true)),
            Event::Disarmed { .. } => said.armed.push((seconds(at), false)),
            _ => {}
        }
        Ok(())
    }

    fn after(&mut self, at: Instant, _: &Input<'_>, unit: &HeadUnit) -> io::Result<()> {
        if at < self.swap_at {
            self.said.borrow_mut().detectable = unit.swap(Side::Right) == SwapView::Fine;
        }
        Ok(())
    }
}

fn ridden(scenario: &Scenario, seed: u64, swap_at: Instant) -> Result<Said, Box<dyn Error>> {
    let said = Rc::new(RefCell::new(Said::default()));
    let mut ride = Ride::simulated(scenario, seed);
    let listener = Listener { said: Rc::clone(&said), swap_at };
    let mut player = Player::of(&mut ride, vec![Box::new(listener)]);
    ride.play(&Config::DEFAULT, None, |input, at| {
        player.play(input, at)?;
        Ok(Flow::Continue)
    })?;
    player.finish()?;
    Ok(said.take())
}

fn named(name: &str) -> Result<Scenario, Box<dyn Error>> {
    Ok(Scenario::parse(name, builtin(name).ok_or("no such scenario")?)?)
}

/// `swap` with both sensors off the skin before and after: nothing is heard of them for 20 and 25 s.
fn with_holes(mut scenario: Scenario) -> Scenario {
    let Some(&swap) = scenario.faults.first() else { return scenario };
    let FaultKind::Swap { with } = swap.kind else { return scenario };
    for at in [swap.at, swap.until] {
        for (site, off_s) in [(swap.site, 20), (with, 25)] {
            scenario.faults.push(Fault { kind: FaultKind::Hole, site, at, until: at + Duration::from_s(off_s) });
        }
    }
    scenario
}

/// `swap` in rolling hills from minute 5 on.
fn in_hills(mut scenario: Scenario) -> Scenario {
    if let Some(load) = scenario.loads.last_mut() {
        load.shape = Shape::Hills { power_w: 210.0, swing_w: 80.0, period: Duration::from_s(300) };
    }
    scenario
}

/// Another place instead of `swap`: the calf's sensor alone jumps by a drawn size; `off` without a word for 20 s.
fn one_jumps(mut scenario: Scenario, off: bool) -> Scenario {
    if let Some(fault) = scenario.faults.first_mut() {
        fault.kind = FaultKind::Slip { smo2_pct: None, thb: None };
        let fault = *fault;
        for at in [fault.at, fault.until].into_iter().filter(|_| off) {
            let until = at + Duration::from_s(20);
            scenario.faults.push(Fault { kind: FaultKind::Hole, at, until, ..fault });
        }
    }
    scenario
}

/// The middle, or another share, of sorted times.
fn share_of(times: &mut [f64], share: f64) -> String {
    times.sort_by(f64::total_cmp);
    let at = (share * times.len() as f64) as usize;
    times.get(at.min(times.len().saturating_sub(1))).map_or("-".into(), |s| format!("{s:.0} s"))
}

fn exchanges(first: u64, seeds: u64) -> Result<(), Box<dyn Error>> {
    println!(
        "| {seeds} rides | exchange detectable | of these said within 120 s | said of the others | median delay, 90 % | alert that is due to it | over within 60 s | armed within 60 s |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let swap = named("swap")?;
    let fault = *swap.faults.first().ok_or("swap has a fault")?;
    let (at, until) = (seconds(fault.at), seconds(fault.until));
    for (name, scenario, off_s) in [
        ("`swap`", swap.clone(), 0.0),
        ("the same, sensors off the skin for 20 and 25 s", with_holes(swap.clone()), 25.0),
        ("the same as the first, in hills of 80 W", in_hills(swap.clone()), 0.0),
    ] {
        let (mut detectable, mut said_detectable, mut said_other, mut alert, mut over, mut armed) = (0, 0, 0, 0, 0, 0);
        let mut delays = Vec::new();
        let mut alerts = Vec::new();
        for seed in first..first + seeds {
            let said = ridden(&scenario, seed, fault.at)?;
            let delay = said.swapped_s.iter().map(|s| s - at).find(|s| (0.0..=120.0).contains(s));
            detectable += u32::from(said.detectable);
            said_detectable += u32::from(said.detectable && delay.is_some());
            said_other += u32::from(!said.detectable && delay.is_some());
            if let Some(delay) = delay {
                delays.push(delay);
                let end = until + off_s;
                over += u32::from(said.cleared_s.last().is_some_and(|s| (end..end + 60.0).contains(s)));
                let state = said.armed.iter().rfind(|(s, _)| *s < end + 60.0);
                armed += u32::from(state.is_some_and(|(_, armed)| *armed));
            }
            if alerted(&said, at, until) && !alerted(&ridden(&unharmed(&scenario), seed, fault.at)?, at, until) {
                alert += 1;
                alerts.push(seed);
            }
        }
        let (median, late) = (share_of(&mut delays, 0.5), share_of(&mut delays, 0.9));
        println!(
            "| {name} | {detectable} | {said_detectable} | {said_other} | {median}, {late} | {alert} | {over} of {n} | {armed} of {n} |",
            n = delays.len()
        );
        eprintln!("alerts at seeds {alerts:?}");
    }
    Ok(())
}

/// Whether an alert comes during the fault or in the two minutes after it.
fn alerted(said: &Said, at: f64, until: f64) -> bool {
    said.alerts_s.iter().any(|s| (at..until + 120.0).contains(s))
}

fn unharmed(scenario: &Scenario) -> Scenario {
    Scenario { faults: Vec::new(), ..scenario.clone() }
}

fn one_sensor(first: u64, seeds: u64) -> Result<(), Box<dyn Error>> {
    println!(
        "\n| {seeds} rides | said `moved` or `swapped` within 120 s | of it `swapped` | alert |\n|---|---|---|---|"
    );
    let swap = named("swap")?;
    let fault = *swap.faults.first().ok_or("swap has a fault")?;
    let (at, until) = (seconds(fault.at), seconds(fault.until));
    for (name, off) in [("calf's sensor in another place (10 to 27 points)", false), ("the same, off for 20 s", true)] {
        let scenario = one_jumps(swap.clone(), off);
        let (mut told, mut swapped, mut alert) = (0, 0, 0);
        let soon = |s: &f64| (at..at + 120.0).contains(s);
        let mut alerts = Vec::new();
        for seed in first..first + seeds {
            let said = ridden(&scenario, seed, fault.at)?;
            let is_swapped = said.swapped_s.iter().any(soon);
            swapped += u32::from(is_swapped);
            told += u32::from(is_swapped || said.moved_s.iter().any(soon));
            if alerted(&said, at, until) && !alerted(&ridden(&unharmed(&scenario), seed, fault.at)?, at, until) {
                alert += 1;
                alerts.push(seed);
            }
        }
        println!("| {name} | {told} | {swapped} | {alert} |");
        eprintln!("alerts at seeds {alerts:?}");
    }
    Ok(())
}

fn faultless(first: u64) -> Result<bool, Box<dyn Error>> {
    println!("\n| ride without an exchange | seeds | hours ridden | said `swapped` |\n|---|---|---|---|");
    let (mut all_h, mut all) = (0.0, 0);
    for (name, seeds) in [("steady", 100), ("demo-without-overload", 60), ("six-hours", 40), ("demo", 100)] {
        let scenario = named(name)?;
        let mut n = 0;
        for seed in first..first + seeds {
            let said = ridden(&scenario, seed, Instant::ZERO)?.swapped_s.len();
            if said > 0 {
                eprintln!("{name} {seed}: {said}");
            }
            n += usize::from(said > 0);
        }
        let hours = seeds as f64 * f64::from(scenario.duration.as_s()) / 3600.0;
        (all_h, all) = (all_h + hours, all + n);
        println!("| `{name}` | {seeds} | {hours:.0} | {n} |");
    }
    println!("| all | | {all_h:.0} | {all} |");
    Ok(100.0 * all as f64 <= all_h)
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>());
    let first = numbers.next().transpose()?.unwrap_or(2001);
    let seeds = numbers.next().transpose()?.unwrap_or(100);
    exchanges(first, seeds)?;
    one_sensor(first, seeds)?;
    if faultless(first)? {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("FAILED: an exchange is suspected more than once in 100 h without one");
    Ok(ExitCode::FAILURE)
}
