//! Listens to every muscle oxygen sensor through a real driver and says what it hears, one JSON object a line.
//!
//! `cargo run -p sling-simulator --example ant_listen -- usb` or `… -- serial PATH`
//!
//! It keeps to the shortest way to scanning mode, with the dummy key: it is there to try drivers and sticks, not to
//! ride with. It ends with its standard input, or after `--seconds`.

use clap::{Parser, Subcommand};
use serde_json::json;
use sling_core::sensor::Reason;
use sling_core::units::Smo2;
use sling_core::wire::ant::frame::{Deframer, MAX_FRAME, encode};
use sling_core::wire::ant::message::{Code, Data, Message, id};
use sling_core::wire::ant::pages::{FREQUENCY, MuscleOxygen, Profile};
use sling_simulator::air::DUMMY_KEY;
use sling_simulator::radio::ant::serial::Serial;
use sling_simulator::radio::ant::usb::{Usb, list};
use sling_simulator::radio::ant::worker::{FromStick, ToStick, Worker};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

#[derive(Parser)]
struct Arguments {
    /// The longest it may run.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    #[command(subcommand)]
    port: Way,
}

#[derive(Subcommand)]
enum Way {
    /// A stick on USB.
    Usb {
        /// The one with this serial number.
        #[arg(long)]
        serial: Option<String>,
    },
    /// A stick or module on a serial line.
    Serial {
        /// The line.
        path: PathBuf,
    },
    /// Only lists the sticks on USB.
    List,
}

/// How long a stick may take to answer a command, or to start.
const ANSWER: Duration = Duration::from_secs(1);

fn main() {
    let arguments = Arguments::parse();
    let worker = match arguments.port {
        Way::Usb { serial } => Worker::start(Usb { serial }),
        Way::Serial { path } => Worker::start(Serial::new(path)),
        Way::List => return list_sticks(),
    };
    let ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        flag.store(true, Ordering::Relaxed);
    });

    let until = Instant::now() + Duration::from_secs(arguments.seconds);
    let mut session = Session::new();
    while Instant::now() < until && !ended.load(Ordering::Relaxed) {
        match worker.from().recv_timeout(Duration::from_millis(50)) {
            Ok(FromStick::Opened) => {
                println!("{}", json!({ "event": "opened" }));
                session = Session::new();
                session.send(&worker);
            }
            Ok(FromStick::Bytes(bytes)) => session.hear(&bytes, &worker),
            Ok(FromStick::Trouble(trouble)) => {
                println!(
                    "{}",
                    json!({ "event": "trouble", "what": format!("{trouble:?}"), "words": trouble.to_string() })
                );
                session = Session::new();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return println!("{}", json!({ "event": "worker died" })),
        }
        session.check(&worker);
    }
}

fn list_sticks() {
    match list() {
        Ok(sticks) => {
            for stick in sticks {
                let serial = stick.serial.map_err(|trouble| format!("{trouble:?}"));
                println!("{}", json!({ "event": "stick", "product": stick.product, "serial": serial.ok() }));
            }
        }
        Err(trouble) => println!("{}", json!({ "event": "trouble", "what": format!("{trouble:?}") })),
    }
}

/// One way from reset to scanning: a command at a time.
struct Session {
    deframer: Deframer,
    commands: Vec<(u8, Vec<u8>)>,
    step: usize,
    /// When the command that is under way is too late; `None` while nothing is.
    due: Option<Instant>,
}

impl Session {
    fn new() -> Self {
        let [low, high] = Profile::MUSCLE_OXYGEN.period.to_le_bytes();
        let commands = vec![
            (id::RESET, vec![0]),
            (id::NETWORK_KEY, [&[0][..], &DUMMY_KEY].concat()),
            (id::ASSIGN, vec![0, 0, 0]),
            (id::CHANNEL_ID, vec![0, 0, 0, Profile::MUSCLE_OXYGEN.device_type, 0]),
            (id::PERIOD, vec![0, low, high]),
            (id::FREQUENCY, vec![0, FREQUENCY]),
            (id::LIB_CONFIG, vec![0, 0xE0]),
            (id::OPEN_SCAN, vec![0]),
        ];
        Self { deframer: Deframer::new(), commands, step: 0, due: None }
    }

    fn send(&mut self, worker: &Worker) {
        let Some((id, payload)) = self.commands.get(self.step) else { return };
        let mut out = [0; MAX_FRAME];
        if let Some(size) = encode(*id, payload, &mut out) {
            worker.tell(ToStick::Write(out[..size].to_vec()));
        }
        self.due = Some(Instant::now() + ANSWER);
    }

    /// Begins again with a reset if the stick says nothing.
    fn check(&mut self, worker: &Worker) {
        if self.due.is_some_and(|due| due < Instant::now()) {
            println!("{}", json!({ "event": "no answer", "step": self.step }));
            *self = Self::new();
            self.send(worker);
        }
    }

    fn hear(&mut self, mut bytes: &[u8], worker: &Worker) {
        while let Some(frame) = self.deframer.next_frame(&mut bytes) {
            match Message::decode(&frame) {
                Message::Startup { .. } if self.step == 0 => self.next(worker),
                Message::Response { to, code, .. } if self.waits_for(to) => {
                    if code == Code::NO_ERROR {
                        self.next(worker);
                    } else {
                        println!("{}", json!({ "event": "refused", "message": to, "code": code.0 }));
                        self.due = None;
                    }
                }
                Message::Data(data) => say_page(&data),
                _ => {}
            }
        }
    }

    fn waits_for(&self, to: u8) -> bool {
        self.step > 0 && self.commands.get(self.step).is_some_and(|(id, _)| *id == to)
    }

    fn next(&mut self, worker: &Worker) {
        self.step += 1;
        self.due = None;
        if self.step == self.commands.len() {
            println!("{}", json!({ "event": "listening" }));
        }
        self.send(worker);
    }
}

fn say_page(data: &Data) {
    let number = data.extended.channel_id.map(|id| id.number);
    let mut line = json!({ "event": "page", "number": number, "page": data.page });
    if let Some(page) = MuscleOxygen::decode(&data.page) {
        line["count"] = page.count.into();
        line["utc_wanted"] = page.utc_wanted.into();
        line["interval_ms"] = page.interval.map(|interval| interval.duration().as_ms()).into();
        line["smo2_tenths"] = page.reading.ok().map(|value| value.smo2.tenths()).into();
        line["thb_hundredths"] = page.reading.ok().and_then(|value| value.thb).map(|thb| thb.hundredths).into();
        line["reason"] = page.reading.err().map(Reason::code).into();
        line["previous_tenths"] = page.previous.ok().map(Smo2::tenths).into();
        line["previous_reason"] = page.previous.err().map(Reason::code).into();
    }
    println!("{line}");
}
