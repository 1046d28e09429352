//! A head unit on the emulated board with sensors around it: sockets for its ANT module, its cable and its Bluetooth controller,
//! files for its flash and its wires, and simulated air in the time of its clock.

use sling_core::Input;
use sling_core::Output;
use sling_core::head_unit::Config;
use sling_core::link::ant::{AntCommand, MAX_COMMAND};
use sling_core::time::Instant as RideInstant;
use sling_simulator::airwaves::{Airwaves, Over};
use sling_simulator::cable::Cable;
use sling_simulator::player::Radios;
use sling_simulator::ride::{Flow, Ride};
use sling_simulator::scenario::Scenario;
use std::cell::RefCell;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

const QEMU: &str = "qemu-system-arm";
/// The emulator opens its sockets within this.
const OPENS_WITHIN: Duration = Duration::from_secs(20);
/// An emulator that was told to go off does so within this.
const ENDS_WITHIN: Duration = Duration::from_secs(20);
/// How long a read of the cable waits before it looks whether to give up.
const CABLE_WAITS: Duration = Duration::from_millis(50);
/// How long nothing may be looked at while the air waits for its next event.
const LOOK_EVERY: Duration = Duration::from_micros(500);

/// The files that outlive the emulator, as flash outlives a cut of the power.
pub struct Bench {
    pub folder: tempfile::TempDir,
    image: PathBuf,
    /// How many times as fast as a wall clock everything goes.
    pub speed: u32,
    /// An instruction takes 16 ns of the board's time, and not what it takes this machine.
    pub counts: bool,
    /// The port on which a Bluetooth controller listens; without one nothing is on that line.
    pub controller: Option<u16>,
}

impl Bench {
    /// A head unit of this image with blank flash of so many bytes for rides.
    pub fn new(image: &Path, flash: usize, speed: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("rides.flash"), vec![0xFF; flash]).unwrap();
        fs::write(folder.path().join("settings.flash"), vec![0xFF; 2 * 4096]).unwrap();
        Self { folder, image: image.to_owned(), speed, counts: false, controller: None }
    }

    /// Switches it on.
    pub fn power_on(&self) -> Powered {
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        // The debugger's port is one that was free a moment ago.
        let debugger = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let [ant, cable] = listeners.each_ref().map(|it| format!("tcp:{},nodelay=on", it.local_addr().unwrap()));
        let controller = self.controller.map(|port| format!("tcp:127.0.0.1:{port},nodelay=on"));
        let console = fs::OpenOptions::new().create(true).append(true).open(self.console()).unwrap();
        let child = Command::new(QEMU)
            .current_dir(self.folder.path())
            .args(["-M", "mps2-an386", "-cpu", "cortex-m4", "-nodefaults", "-display", "none", "-monitor", "none"])
            .args(["-serial", "stdio", "-serial", &ant, "-serial", &cable])
            .args(controller.iter().flat_map(|controller| ["-serial", controller]))
            .args(["-semihosting-config", &format!("enable=on,target=native,arg=sling,arg=speed={}", self.speed)])
            .args(["-gdb", &format!("tcp:{debugger}")])
            .args(if self.counts { &["-icount", "shift=4"][..] } else { &[] })
            .arg("-kernel")
            .arg(&self.image)
            .stdin(Stdio::null())
            .stdout(console)
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let began = Instant::now();
        let [ant, cable] = listeners.map(|listener| accept(&listener, began));
        ant.set_nonblocking(true).unwrap();
        cable.set_read_timeout(Some(CABLE_WAITS)).unwrap();
        Powered { child, ant, cable: Cable::new(cable), debugger }
    }

    fn console(&self) -> PathBuf {
        self.folder.path().join("console.txt")
    }

    /// Everything that it wrote on its console.
    pub fn said(&self) -> String {
        fs::read_to_string(self.console()).unwrap()
    }

    /// What went over the wires to panel, motor and beeper.
    pub fn wires(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("wires.bin")).unwrap()
    }
}

fn accept(listener: &TcpListener, began: Instant) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).unwrap();
                stream.set_nodelay(true).unwrap();
                return stream;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock && began.elapsed() < OPENS_WITHIN => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => panic!("the emulator did not open its sockets: {error}"),
        }
    }
}

/// A head unit that is switched on.
pub struct Powered {
    child: Child,
    ant: TcpStream,
    pub cable: Cable<TcpStream>,
    debugger: SocketAddr,
}

impl Powered {
    /// Takes its power away.
    pub fn cut(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets the processor go on where there is nothing to execute, as a wild jump would.
    pub fn crash(&mut self) {
        self.debug(&["Pf=000000b0"]);
    }

    /// Lets it go round and round in one place: an instruction that jumps to itself, in memory that the image does not use.
    pub fn hang(&mut self) {
        self.debug(&["M21000000,2:fee7", "Pf=00000021"]);
    }

    /// Tells the debugger these commands, and to let go.
    fn debug(&mut self, commands: &[&str]) {
        let mut line = TcpStream::connect(self.debugger).unwrap();
        line.set_read_timeout(Some(ENDS_WITHIN)).unwrap();
        // It takes one register's value only from who has asked what registers there are.
        for command in ["?", "qXfer:features:read:target.xml:0,fff"].iter().chain(commands).chain(&["D"]) {
            let sum = command.bytes().fold(0_u8, u8::wrapping_add);
            write!(line, "${command}#{sum:02x}").unwrap();
            let (mut answer, mut bytes) = (Vec::new(), [0; 1024]);
            // An answer ends in a sum of two digits.
            while answer.iter().rev().nth(2) != Some(&b'#') {
                let read = line.read(&mut bytes).unwrap();
                assert!(read > 0, "the debugger went away after {command}");
                answer.extend_from_slice(&bytes[..read]);
            }
            line.write_all(b"+").unwrap();
        }
    }

    /// Waits for it to go off by itself; the exit code.
    pub fn ended(mut self) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < ENDS_WITHIN {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        None
    }

    fn hear(&mut self, at: RideInstant, air: &mut Airwaves) {
        let mut bytes = [0; 256];
        match self.ant.read(&mut bytes) {
            Ok(read) => {
                for part in bytes[..read].chunks(MAX_COMMAND) {
                    let part = heapless::Vec::from_slice(part).unwrap();
                    air.command(at, &Output::Ant(AntCommand::Send(part)));
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // It is off; what it has to say about that it says elsewhere.
            Err(_) => {}
        }
    }

    fn say(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.ant.write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(LOOK_EVERY),
                Err(_) => return,
            }
        }
    }
}

impl Drop for Powered {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The sensors of a scenario around a head unit, and when what happens to it.
pub struct Around {
    scenario: Scenario,
    air: Rc<RefCell<Airwaves>>,
    /// When the scenario began.
    began: Instant,
    speed: u32,
}

impl Around {
    /// The sensors of a scenario, all on ANT+, which begin to send now. Nothing is lost on the air by chance.
    pub fn new(scenario: &Scenario, speed: u32) -> Self {
        let air = Airwaves::new(scenario, scenario.seed, Over::Ant);
        Self { scenario: scenario.clone(), air: Rc::new(RefCell::new(air)), began: Instant::now(), speed }
    }

    /// The settings of a head unit that wears them.
    pub fn wear(&self) -> Config {
        let mut config = Config::DEFAULT;
        Ride::simulated(&self.scenario, self.scenario.seed)
            .play(&Config::DEFAULT, None, |input, _| {
                if let Input::Configure(it) = input {
                    config = it.clone();
                }
                Ok(Flow::Stop)
            })
            .unwrap();
        self.air.borrow().wear(&config)
    }

    /// Rides the scenario to its end, or until `until`. `look` is called once a second of the ride, with the head unit to do
    /// something with; it may be another one afterwards.
    pub fn ride(&mut self, unit: &mut Powered, until: RideInstant, mut look: impl FnMut(RideInstant, &mut Powered)) {
        self.began = Instant::now();
        let air = Rc::clone(&self.air);
        let mut seconds = 0;
        let (began, speed) = (self.began, self.speed);
        Ride::simulated(&self.scenario, self.scenario.seed)
            .play(&Config::DEFAULT, None, |input, at| {
                let mut air = air.borrow_mut();
                if at > until {
                    return Ok(Flow::Stop);
                }
                wait(began, speed, at, unit, &mut air);
                air.send(at, input);
                let second = at.as_ms() / 1000;
                if second > seconds {
                    seconds = second;
                    look(at, unit);
                }
                Ok(Flow::Continue)
            })
            .unwrap();
    }
}

/// Lets time pass until `at` of the ride, with the air and the head unit speaking.
fn wait(began: Instant, speed: u32, at: RideInstant, unit: &mut Powered, air: &mut Airwaves) {
    loop {
        let now = RideInstant::from_ms(began.elapsed().as_micros() as u64 * u64::from(speed) / 1000);
        let due = air.next_event().map_or(at, |next| next.min(at));
        if due <= now {
            let mut said = Vec::new();
            air.hear(due, &mut |input| {
                if let Input::AntBytes(bytes) = input {
                    said.extend_from_slice(bytes);
                }
            });
            unit.say(&said);
            unit.hear(due, air);
            if due >= at {
                return;
            }
        } else {
            unit.hear(now, air);
            thread::sleep(LOOK_EVERY);
        }
    }
}
