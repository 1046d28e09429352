//! How well slow recovery and load shift are told from effort to effort: Markdown tables for the documentation.
//!
//! `cargo run --release -p sling-simulator --example effort_figures [FIRST_SEED [SEEDS]]`, 1001 and 60 unless said;
//! constants were chosen on seeds 1 to 60. Every ride is 2 h, with two sensors on one leg. Fails when one of the two is
//! told falsely more than 0.05 times in 10 h.

use sling_core::head_unit::{Config, Event, Output, PatternKind};
use sling_core::time::Instant;
use sling_core::{HeadUnit, Input};
use sling_simulator::player::Player;
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::Scenario;
use sling_simulator::sink::Sink;
use std::cell::RefCell;
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

const RIDE_H: f64 = 2.0;
/// The two patterns that are measured.
const PATTERNS: [PatternKind; 2] = [PatternKind::SlowRecovery, PatternKind::LoadShift];

/// What a ride said.
#[derive(Default)]
struct Said {
    alerts: Vec<(PatternKind, String, f64)>,
    nudges: usize,
}

struct Listener(Rc<RefCell<Said>>);

impl Sink for Listener {
    fn output(&mut self, at: Instant, output: &Output) -> io::Result<()> {
        let mut said = self.0.borrow_mut();
        match output {
            Output::Event(Event::Alert { pattern, place, .. }) => {
                said.alerts.push((*pattern, place.site.to_string(), at.as_ms() as f64 / 1000.0));
            }
            Output::Event(Event::Nudge { .. }) => said.nudges += 1,
            _ => {}
        }
        Ok(())
    }

    fn after(&mut self, _: Instant, _: &Input<'_>, _: &HeadUnit) -> io::Result<()> {
        Ok(())
    }
}

fn ridden(scenario: &Scenario, seed: u64) -> Result<Said, String> {
    let said = Rc::new(RefCell::new(Said::default()));
    let mut ride = Ride::simulated(scenario, seed);
    let mut player = Player::of(&mut ride, vec![Box::new(Listener(Rc::clone(&said)))]);
    let played = ride.play(&Config::DEFAULT, None, |input, at| {
        player.play(input, at)?;
        Ok(Flow::Continue)
    });
    played.map_err(|error| error.to_string())?;
    player.finish().map_err(|error| error.to_string())?;
    Ok(said.take())
}

/// The rides of so many seeds, in the order of seeds, on as many threads as the machine has.
fn all_ridden(scenario: &Scenario, first: u64, seeds: u64) -> Result<Vec<(u64, Said)>, Box<dyn Error>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, (send, results)) = (AtomicUsize::new(0), mpsc::channel());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                loop {
                    let seed = first + next.fetch_add(1, Ordering::Relaxed) as u64;
                    if seed >= first + seeds || send.send((seed, ridden(scenario, seed))).is_err() {
                        return;
                    }
                }
            });
        }
    });
    drop(send);
    let mut rides = Vec::new();
    for (seed, said) in results {
        rides.push((seed, said?));
    }
    rides.sort_by_key(|(seed, _)| *seed);
    Ok(rides)
}

fn scenario(loads: &str, more: &str) -> Result<Scenario, Box<dyn Error>> {
    let sensors = "[[sensor]]\nsite = \"mg.right\"\nkind = \"moxy\"\nradio = \"ant\"\n\
                   [[sensor]]\nsite = \"vl.right\"\nkind = \"moxy\"\nradio = \"ble\"\n";
    let text = format!("version = 1\nname = \"figures\"\nduration = \"2 h\"\n{sensors}{loads}{more}");
    Ok(Scenario::parse("figures", &text)?)
}

fn load(kind: &str, keys: &str) -> String {
    format!("[[load]]\nkind = \"{kind}\"\nfrom = \"10 min\"\nto = \"2 h\"\n{keys}\n")
}

fn intervals(power_w: u32, rest_power_w: u32, work_s: u32, rest_s: u32) -> String {
    load(
        "intervals",
        &format!("power_w = {power_w}\nrest_power_w = {rest_power_w}\nwork = \"{work_s} s\"\nrest = \"{rest_s} s\""),
    )
}

/// Something at a steady or hilly load, again and again: from each second of `every`, as long as `lasts` says for its number.
fn with(mut loads: String, kind: &str, every_s: usize, lasts_s: impl Fn(usize) -> usize, keys: &str) -> String {
    for (i, from) in (900..7000).step_by(every_s).enumerate() {
        let lasts = lasts_s(i);
        let _ = write!(loads, "[[load]]\nkind = \"{kind}\"\nfrom = \"{from} s\"\nduration = \"{lasts} s\"\n{keys}\n");
    }
    loads
}

/// Cadence from 60 to 110 rpm in turn, in the efforts of intervals of 3 min or at one power.
fn cadences(in_efforts: bool) -> String {
    let mut loads = String::new();
    for (i, from) in (600..6800).step_by(360).enumerate() {
        let rpm = 60 + (i * 17) % 51;
        let (work, rest) = if in_efforts { (270, 110) } else { (210, 210) };
        for (power_w, from) in [(work, from), (rest, from + 180)] {
            let _ = write!(
                loads,
                "[[load]]\nkind = \"steady\"\nfrom = \"{from} s\"\nduration = \"180 s\"\npower_w = {power_w}\ncadence_rpm = {rpm}\n"
            );
        }
    }
    loads
}

/// The same again, first hard, then easier: efforts that are not alike.
fn uneven() -> String {
    let mut loads = String::new();
    for (i, from) in (600..6900).step_by(300).enumerate() {
        let work = [300, 240, 270, 210][i % 4];
        let lasts = [180, 90, 120][i % 3];
        let _ = write!(
            loads,
            "[[load]]\nkind = \"steady\"\nfrom = \"{from} s\"\nduration = \"{lasts} s\"\npower_w = {work}\n\
             [[load]]\nkind = \"steady\"\nfrom = \"{} s\"\nto = \"{} s\"\npower_w = 110\n",
            from + lasts,
            from + 300
        );
    }
    loads
}

/// Rides in which nothing happens: a name, the loads, anything else, and whether the two patterns can fire there at all.
fn quiet() -> Vec<(&'static str, String, &'static str, bool)> {
    let steady = || load("steady", "power_w = 230");
    let hills = || load("hills", "power_w = 220\nswing_w = 80\nperiod = \"5 min\"");
    let drift = "[[effect]]\npattern = \"drift\"\nsite = \"mg.right\"\nat = \"20 min\"\nslope_pct_per_min = 0.2\nsize_pct = 12\n";
    let calf = "[[effect]]\npattern = \"calf_overload\"\nat = \"70 min\"\nsize_pct = 10\n";
    let faults = "[[fault]]\nkind = \"slip\"\nsite = \"mg.right\"\nat = \"62 min\"\n\
                  [[fault]]\nkind = \"miss\"\nsite = \"vl.right\"\nat = \"30 min\"\nduration = \"60 min\"\nfraction = 0.2\n\
                  [[fault]]\nkind = \"hole\"\nsite = \"mg.right\"\nat = \"40 min\"\nduration = \"2 min\"\n";
    let coasts = |i: usize| [20, 60, 45, 30, 90, 55][i % 6];
    vec![
        ("4 x 4 min, 280 / 120 W", intervals(280, 120, 240, 240), "", true),
        ("3 min / 2 min, 290 / 100 W", intervals(290, 100, 180, 120), "", true),
        ("2 min / 1 min, 300 / 110 W", intervals(300, 110, 120, 60), "", true),
        ("1 min / 1 min, 320 / 100 W", intervals(320, 100, 60, 60), "", true),
        ("30 / 30 s, 330 / 110 W", intervals(330, 110, 30, 30), "", false),
        ("uneven efforts, 90 to 180 s", uneven(), "", true),
        ("3 min / 3 min, cadence 60 to 110", cadences(true), "", true),
        ("coasts of 20 to 90 s at 230 W", with(steady(), "coast", 240, coasts, ""), "", true),
        ("coasts in hills", with(hills(), "coast", 300, coasts, ""), "", true),
        ("standing 20 to 90 s in 4 x 4 min", with(intervals(280, 120, 240, 240), "stand", 400, coasts, ""), "", true),
        ("4 x 4 min, the calf drifting 0.2 % a minute", intervals(280, 120, 240, 240), drift, true),
        ("4 x 4 min, calf overload of 10 points", intervals(280, 120, 240, 240), calf, true),
        ("3 min / 2 min with a slip, holes, misses", intervals(290, 100, 180, 120), faults, true),
        ("steady 230 W", steady(), "", false),
        ("hills of 80 W in 5 min", hills(), "", false),
        ("hills of 80 W in 2 min", load("hills", "power_w = 220\nswing_w = 80\nperiod = \"2 min\""), "", false),
        ("cadence 60 to 110 at 210 W", cadences(false), "", false),
    ]
}

fn false_alerts(first: u64, seeds: u64) -> Result<bool, Box<dyn Error>> {
    println!(
        "| ride without either ({seeds} seeds) | hours | slow recovery | load shift | nudges |\n|---|---|---|---|---|"
    );
    let (mut hours, mut open_hours, mut told) = (0.0, 0.0, [0; 2]);
    for (name, loads, more, open) in quiet() {
        let (mut nudges, mut here) = (0, [0; 2]);
        for (seed, said) in all_ridden(&scenario(&loads, more)?, first, seeds)? {
            for (count, kind) in here.iter_mut().zip(PATTERNS) {
                let of_kind: Vec<_> = said.alerts.iter().filter(|alert| alert.0 == kind).collect();
                if !of_kind.is_empty() {
                    eprintln!("{name}, seed {seed}: {of_kind:?}");
                }
                *count += of_kind.len();
            }
            nudges += said.nudges;
        }
        let h = RIDE_H * seeds as f64;
        hours += h;
        open_hours += if open { h } else { 0.0 };
        told = [told[0] + here[0], told[1] + here[1]];
        println!("| {name} | {h:.0} | {} | {} | {nudges} |", here[0], here[1]);
    }
    let per_10_h = |n: usize| 10.0 * n as f64 / open_hours;
    println!(
        "| all, a 10 h of the {open_hours:.0} h in which they can be told | {hours:.0} | {:.3} | {:.3} | |",
        per_10_h(told[0]),
        per_10_h(told[1])
    );
    Ok(told.into_iter().all(|n| per_10_h(n) <= 0.05))
}

/// The middle, or another share, of sorted numbers.
fn share_of(numbers: &mut [f64], share: f64) -> String {
    numbers.sort_by(f64::total_cmp);
    let at = (share * numbers.len() as f64) as usize;
    numbers.get(at.min(numbers.len().saturating_sub(1))).map_or("-".into(), |n| format!("{n:.0}"))
}

fn detection(first: u64, seeds: u64) -> Result<(), Box<dyn Error>> {
    println!(
        "\n| from minute 60 on ({seeds} seeds) | told | efforts until told: median, 90 % | falsely before | of another kind after |\n|---|---|---|---|---|"
    );
    let sessions = [
        ("4 min / 4 min, 280 / 120 W", 280, 120, 240, 240),
        ("3 min / 2 min, 290 / 100 W", 290, 100, 180, 120),
        ("2 min / 2 min, 300 / 100 W", 300, 100, 120, 120),
    ];
    for (kind, site, sizes) in [
        (PatternKind::SlowRecovery, "mg.right", [50, 80, 120]),
        (PatternKind::SlowRecovery, "vl.right", [50, 80, 120]),
        (PatternKind::LoadShift, "mg.right", [25, 40, 60]),
    ] {
        for (name, power_w, rest_w, work_s, rest_s) in sessions {
            for size in sizes {
                // The effect comes at the beginning of a round.
                let round_s = work_s + rest_s;
                let at = 600 + 3000_u32.div_ceil(round_s) * round_s;
                let effect = format!(
                    "[[effect]]\npattern = \"{}\"\nsite = \"{site}\"\nat = \"{at} s\"\nsize_pct = {size}\nonset = \"1 s\"\n",
                    kind.code()
                );
                let scenario = scenario(&intervals(power_w, rest_w, work_s, rest_s), &effect)?;
                let (mut delays, mut early, mut others) = (Vec::new(), 0, Vec::new());
                for (seed, said) in all_ridden(&scenario, first, seeds)? {
                    let of_kind = |alert: &&(PatternKind, String, f64)| alert.0 == kind && alert.1 == site;
                    early += said.alerts.iter().filter(|a| PATTERNS.contains(&a.0) && a.2 < f64::from(at)).count();
                    let elsewhere =
                        said.alerts.iter().filter(|a| PATTERNS.contains(&a.0) && !of_kind(a) && a.2 >= f64::from(at));
                    others.extend(elsewhere.map(|alert| (seed, alert.0, alert.1.clone(), alert.2)));
                    let told = said.alerts.iter().filter(of_kind).find(|alert| alert.2 >= f64::from(at));
                    delays.extend(told.map(|alert| ((alert.2 - f64::from(at)) / f64::from(round_s)).ceil()));
                }
                let other = others.len();
                if other > 0 {
                    eprintln!("{others:?}");
                }
                let (n, median, late) = (delays.len(), share_of(&mut delays, 0.5), share_of(&mut delays, 0.9));
                println!("| `{}` {site} +{size} %, {name} | {n} | {median}, {late} | {early} | {other} |", kind.code());
            }
        }
    }
    Ok(())
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>());
    let first = numbers.next().transpose()?.unwrap_or(1001);
    let seeds = numbers.next().transpose()?.unwrap_or(60);
    let quiet_enough = false_alerts(first, seeds)?;
    detection(first, seeds)?;
    if quiet_enough {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("FAILED: more than 0.05 false alerts of a kind in 10 h");
    Ok(ExitCode::FAILURE)
}
