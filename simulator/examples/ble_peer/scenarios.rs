//! What goes wrong, one scenario each, and the program around them.

use crate::central::{Central, Core, Scripted};
use crate::real::real;
use crate::rig::{MOXY, Outcome, Rig, Setting, TRAIN_RED, ask, text};
use sling_core::link::Trouble;
use sling_core::link::ble::{BleCommand, BleProfile};
use sling_simulator::radio::OwnedBleEvent;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Instant;

type Scenario = fn(&mut Rig) -> Outcome;

const SCENARIOS: [(&str, Scenario); 13] = [
    ("stream and three drops", drops),
    ("two sensors", two_sensors),
    ("a connection fails", connect_fails),
    ("a connection stalls", connect_stalls),
    ("hung up", hung_up),
    ("adapter off and on", adapter_off),
    ("a sensor vanishes", vanishes),
    ("no adapter", no_adapter),
    ("no service", no_service),
    ("service killed", service_killed),
    ("service hangs", service_hangs),
    ("bus killed", bus_killed),
    ("leaving", leaving),
];

/// Until values flow from a standing start on a busy machine, in s.
const UP: u64 = 20;
/// Until a fault is told, in s.
const TOLD: u64 = 10;

const ONE: &str = r#"{"sensors": ["moxy"]}"#;

/// Everything is well.
fn start(rig: &mut Rig) -> Outcome {
    rig.start_double(ONE)?;
    rig.start_radio()?;
    rig.until_values(MOXY, 8, UP)
}

/// Values flow again, and all are as they were sent.
fn well_again(rig: &mut Rig) -> Outcome {
    rig.until_values(MOXY, 8, UP)?;
    rig.check_values(MOXY, BleProfile::Moxy)
}

fn told(rig: &mut Rig, state: Result<(), Trouble>) -> Outcome {
    rig.until(&format!("{state:?}"), TOLD, |event| *event == OwnedBleEvent::Adapter(state))
}

fn drops(rig: &mut Rig) -> Outcome {
    start(rig)?;
    for _ in 0..3 {
        rig.fault("Drop", (text(MOXY),))?;
        rig.until_down(MOXY, TOLD)?;
        well_again(rig)?;
    }
    Ok(())
}

fn two_sensors(rig: &mut Rig) -> Outcome {
    rig.start_double(r#"{"sensors": ["moxy", "train_red"]}"#)?;
    rig.start_radio()?;
    let mut batteries = Vec::new();
    rig.until("battery levels of both", UP, |event| {
        if let OwnedBleEvent::BatteryLevel { address, percent } = *event {
            batteries.push((address, percent));
        }
        batteries.len() == 2
    })?;
    batteries.sort_unstable();
    if batteries != [(MOXY, 87), (TRAIN_RED, 64)] {
        return Err(format!("wrong batteries: {batteries:?}"));
    }
    if rig.planted() {
        rig.mend("Lie", (text(TRAIN_RED),))?;
    }
    rig.until_values(MOXY, 20, UP)?;
    rig.until_values(TRAIN_RED, 20, UP)?;
    rig.check_values(MOXY, BleProfile::Moxy)?;
    rig.check_values(TRAIN_RED, BleProfile::TrainRed)
}

fn connect_fails(rig: &mut Rig) -> Outcome {
    rig.start_double(ONE)?;
    rig.fault("FailConnects", (text(MOXY), 1u32))?;
    rig.start_radio()?;
    rig.until("Failed", TOLD, |event| *event == OwnedBleEvent::Failed { address: MOXY })?;
    well_again(rig)
}

/// The link comes up and its services never do: it may be lost, and it may be given up.
fn connect_stalls(rig: &mut Rig) -> Outcome {
    rig.start_double(ONE)?;
    rig.fault("StallConnects", (text(MOXY), 2u32))?;
    rig.start_radio()?;
    rig.serve(2)?;
    rig.mend("Drop", (text(MOXY),))?;
    rig.until("Failed", TOLD, |event| *event == OwnedBleEvent::Failed { address: MOXY })?;
    rig.serve(2)?;
    rig.command(BleCommand::Disconnect { address: MOXY });
    rig.until_down(MOXY, TOLD)?;
    well_again(rig)
}

fn hung_up(rig: &mut Rig) -> Outcome {
    start(rig)?;
    for _ in 0..3 {
        if !rig.planted() {
            rig.command(BleCommand::Disconnect { address: MOXY });
        }
        rig.until_down(MOXY, TOLD)?;
        well_again(rig)?;
    }
    Ok(())
}

fn adapter_off(rig: &mut Rig) -> Outcome {
    start(rig)?;
    rig.fault("Power", (false,))?;
    told(rig, Err(Trouble::Off))?;
    // A scan is wished for, and again. It must not switch the adapter on.
    rig.serve(2)?;
    rig.command(BleCommand::StartScan);
    rig.serve(2)?;
    let (powered,): (bool,) = ask("Powered", ())?;
    if powered {
        return Err("the driver switched the adapter on".into());
    }
    rig.mend("Power", (true,))?;
    told(rig, Ok(()))?;
    well_again(rig)
}

fn vanishes(rig: &mut Rig) -> Outcome {
    start(rig)?;
    rig.fault("Vanish", (text(MOXY),))?;
    rig.until_down(MOXY, TOLD)?;
    rig.serve(3)?;
    rig.mend("Appear", (text(MOXY),))?;
    well_again(rig)
}

fn no_adapter(rig: &mut Rig) -> Outcome {
    rig.start_double(if rig.planted() { ONE } else { r#"{"sensors": ["moxy"], "adapter": false}"# })?;
    rig.start_radio()?;
    told(rig, Err(Trouble::NoDevice))?;
    rig.mend("Plug", ())?;
    told(rig, Ok(()))?;
    well_again(rig)?;
    rig.fault("Unplug", ())?;
    told(rig, Err(Trouble::NoDevice))?;
    rig.mend("Plug", ())?;
    rig.until_values(MOXY, 8, UP)
}

fn no_service(rig: &mut Rig) -> Outcome {
    if rig.planted() {
        rig.start_double(ONE)?;
    }
    rig.start_radio()?;
    told(rig, Err(Trouble::NoService))?;
    rig.start_double(ONE)?;
    told(rig, Ok(()))?;
    well_again(rig)
}

fn service_killed(rig: &mut Rig) -> Outcome {
    start(rig)?;
    rig.check_values(MOXY, BleProfile::Moxy)?;
    if !rig.planted() {
        rig.kill_double();
    }
    let mut down = false;
    let mut gone = false;
    rig.until("Disconnected and NoService", TOLD, |event| {
        down |= *event == OwnedBleEvent::Disconnected { address: MOXY };
        gone |= *event == OwnedBleEvent::Adapter(Err(Trouble::NoService));
        down && gone
    })?;
    rig.start_double(ONE)?;
    told(rig, Ok(()))?;
    well_again(rig)
}

fn service_hangs(rig: &mut Rig) -> Outcome {
    start(rig)?;
    if !rig.planted() {
        rig.signal_double("-STOP")?;
    }
    rig.until("NotAnswering", 2 * TOLD, |event| *event == OwnedBleEvent::Adapter(Err(Trouble::NotAnswering)))?;
    rig.signal_double("-CONT")?;
    rig.until("Ok", 2 * TOLD, |event| *event == OwnedBleEvent::Adapter(Ok(())))?;
    well_again(rig)
}

fn bus_killed(rig: &mut Rig) -> Outcome {
    start(rig)?;
    if !rig.planted() {
        rig.kill_bus();
    }
    rig.until("NoService", 2 * TOLD, |event| *event == OwnedBleEvent::Adapter(Err(Trouble::NoService)))?;
    rig.start_bus()?;
    rig.start_double(ONE)?;
    told(rig, Ok(()))?;
    well_again(rig)
}

fn leaving(rig: &mut Rig) -> Outcome {
    start(rig)?;
    if !rig.planted() {
        rig.stop_radio();
    }
    let (connected,): (bool,) = ask("Connected", (text(MOXY),))?;
    let (discovering,): (bool,) = ask("Discovering", ())?;
    if connected || discovering {
        return Err(format!("left behind: connected {connected}, discovering {discovering}"));
    }
    Ok(())
}

// --- The program ------------------------------------------------------------------------------------------------------

/// The variable by which the one bus that may be used is named.
const BUS: &str = "DBUS_SYSTEM_BUS_ADDRESS";

pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let planted = arguments.iter().any(|argument| argument == "--planted");
    if let [flag, losses, address @ ..] = &arguments[..]
        && flag == "--real"
    {
        return ended(real(losses, address.first().map(String::as_str)));
    }
    let core = arguments.iter().any(|argument| argument == "--core");
    let mut words = arguments.iter().filter(|argument| !argument.starts_with("--"));
    let Some(python) = words.next() else {
        eprintln!("usage: ble_peer PYTHON [--planted] [--core] [SCENARIO...], or ble_peer --real LOSSES [ADDRESS]");
        return ExitCode::from(2);
    };
    let wanted: Vec<&String> = words.collect();
    let outcome = if let Some(folder) = std::env::var_os("SLING_BLE_PEER") {
        one(python, planted, core, folder.into(), wanted.first().map_or("", |name| name))
    } else {
        all(python, planted, core, &wanted)
    };
    ended(outcome)
}

fn ended(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            println!("  FAILED: {words}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one scenario on the bus that the variable names, which must be in its folder: never the machine's own.
fn one(python: &str, planted: bool, core: bool, folder: PathBuf, name: &str) -> Outcome {
    let address = std::env::var(BUS).unwrap_or_default();
    if address != format!("unix:path={}", folder.join("bus").display()) {
        return Err(format!("{BUS} is {address}, which is not ours"));
    }
    let (_, scenario) = SCENARIOS.iter().find(|(known, _)| *known == name).ok_or("there is no such scenario")?;
    let central: Box<dyn Central> =
        if core { Box::new(Core::new(&[MOXY, TRAIN_RED])) } else { Box::new(Scripted::default()) };
    let mut rig = Rig::new(Setting { python: python.to_owned(), folder, planted }, central)?;
    scenario(&mut rig)
}

/// Runs every wanted scenario in a process of its own, all at once: they mostly wait.
fn all(python: &str, planted: bool, core: bool, wanted: &[&String]) -> Outcome {
    let began = Instant::now();
    let root = std::env::temp_dir().join(format!("sling-ble-{}", std::process::id()));
    let mut children = Vec::new();
    for (i, (name, _)) in SCENARIOS.iter().enumerate() {
        if wanted.is_empty() || wanted.iter().any(|want| want == name) {
            let folder = root.join(i.to_string());
            let child = launch(python, planted, core, name, &folder).map_err(|error| error.to_string())?;
            children.push((*name, folder, child));
        }
    }
    let mut wrong = 0;
    let count = children.len();
    for (name, folder, mut child) in children {
        let passed = child.wait().map_err(|error| error.to_string())?.success();
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        // A scenario without its fault must fail, and for want of what it is about.
        let for_it = log.lines().any(|line| {
            ["FAILED: no ", "FAILED: left behind", "was not sent"].iter().any(|reason| line.contains(reason))
        });
        let well = if planted { !passed && for_it } else { passed };
        let word = if passed { "passed" } else { "failed" };
        println!("{} {name}: {word}", if well { "ok  " } else { "BAD " });
        if well {
            let telling = log
                .lines()
                .filter(|line| ["FAILED", "the first after", "values sent"].iter().any(|w| line.contains(w)));
            telling.for_each(|line| println!("{line}"));
        } else {
            wrong += 1;
            println!("{log}");
        }
    }
    // Logs of what went wrong stand above.
    let _ = std::fs::remove_dir_all(&root);
    println!("{} of {count} as they should be, {:.0} s", count - wrong, began.elapsed().as_secs_f64());
    if wrong == 0 && count > 0 { Ok(()) } else { Err(format!("{wrong} of {count} are not as they should be")) }
}

fn launch(python: &str, planted: bool, core: bool, name: &str, folder: &Path) -> std::io::Result<Child> {
    std::fs::create_dir_all(folder)?;
    let log = File::create(folder.join("log"))?;
    Command::new(std::env::current_exe()?)
        .args([python, name])
        .args(planted.then_some("--planted"))
        .args(core.then_some("--core"))
        .env(BUS, format!("unix:path={}", folder.join("bus").display()))
        .env("SLING_BLE_PEER", folder)
        .stdin(Stdio::null())
        .stderr(log.try_clone()?)
        .stdout(log)
        .spawn()
}
