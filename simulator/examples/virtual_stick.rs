//! ANT sticks on one simulated air, in real time, for drivers and foreign stacks to talk to.
//!
//! One stick for `--stdio` (bytes on standard input and output, for `tests/peers/ant/usb_stick.py`), one for each
//! `--pty LINK` (a pseudo terminal; LINK is a symbolic link to it that appears when the stick is ready) and one for
//! `--gadget FOLDER` (a `FunctionFS` that is mounted there makes this machine a USB device, for
//! `tests/peers/ant/kernel.sh`). All of them hear `--sensors N` muscle oxygen sensors, numbered from 1, and each
//! other. It ends with its standard input, or after `--seconds`.
//!
//! `cargo run -p sling-simulator --example virtual_stick -- --pty /tmp/stick --sensors 2`

use clap::Parser;
use serialport::{SerialPort, TTYPort};
use sling_core::sensor::Value;
use sling_core::time::Instant;
use sling_core::units::Smo2;
use sling_core::wire::ant::pages::{Interval, MuscleOxygen, Profile};
use sling_simulator::air::stick::{Options, Packets};
use sling_simulator::air::{Air, Master};
use std::error::Error;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

#[derive(Parser)]
struct Arguments {
    /// A stick on standard input and output.
    #[arg(long)]
    stdio: bool,
    /// A stick on a pseudo terminal, and the link to be made to it.
    #[arg(long, value_name = "LINK")]
    pty: Vec<PathBuf>,
    /// A stick as a USB device, and where its `FunctionFS` is mounted.
    #[arg(long, value_name = "FOLDER")]
    gadget: Option<PathBuf>,
    /// Muscle oxygen sensors on the air.
    #[arg(long, default_value_t = 0)]
    sensors: u16,
    /// Cuts what the sticks say into packets of so many bytes, across frames.
    #[arg(long, value_name = "BYTES")]
    cut: Option<usize>,
    /// The longest it may run.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
}

/// What the outside did.
enum News {
    Bytes(usize, Vec<u8>),
    /// Standard input has ended.
    End,
}

/// How often a reader looks whether the program still runs.
const POLL: Duration = Duration::from_millis(200);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut air = Air::new(1);
    let (sender, news) = channel();
    let packets = arguments.cut.map_or(Packets::Whole, Packets::Cut);
    let mut sticks = Vec::new();
    let mut add = |writer: Box<dyn Write>| {
        let serial = 1001 + sticks.len() as u32;
        let stick = air.add_stick(Options { serial, packets, ..Options::default() });
        sticks.push((stick, writer));
        sticks.len() - 1
    };
    if arguments.stdio {
        let index = add(Box::new(std::io::stdout()));
        read_on(index, std::io::stdin(), sender.clone());
    } else {
        read_on(usize::MAX, std::io::stdin(), sender.clone());
    }
    let mut slaves = Vec::new();
    for link in &arguments.pty {
        // The far end is kept open, or the near one would hang up each time a host closes it.
        let (mut near, far) = TTYPort::pair()?;
        near.set_timeout(POLL)?;
        let mut writer = near.try_clone_native()?;
        // A host that does not read loses bytes, as with a real stick; the air does not wait.
        writer.set_timeout(Duration::from_millis(1))?;
        read_on(add(Box::new(writer)), near, sender.clone());
        link_to(link, &far)?;
        slaves.push(far);
    }
    // Open for as long as the device is to be there.
    let mut _control = None;
    if let Some(folder) = &arguments.gadget {
        _control = Some(become_device(&folder.join("ep0"))?);
        let index = add(Box::new(Endpoint::open(folder.join("ep1"))?));
        read_endpoint(index, File::open(folder.join("ep2"))?, sender.clone());
    }
    for number in 1..=arguments.sensors {
        let master = air.add_master(Master::new(Profile::MUSCLE_OXYGEN, number));
        air.set_page_source(master, move |at| page(number, at));
    }
    drop(sender);

    let began = std::time::Instant::now();
    let now = || Instant::from_ms(began.elapsed().as_millis() as u64);
    while began.elapsed() < Duration::from_secs(arguments.seconds) {
        air.advance(now());
        for (stick, writer) in &mut sticks {
            while let Some(packet) = air.take_packet(*stick) {
                match writer.write_all(&packet).and_then(|()| writer.flush()) {
                    Err(error) if error.kind() != ErrorKind::TimedOut => return Err(error.into()),
                    _ => {}
                }
            }
        }
        let wait = air.next_event().map_or(POLL, |at| Duration::from_millis(at.since(now()).as_ms().into()).min(POLL));
        match news.recv_timeout(wait) {
            Ok(News::Bytes(index, bytes)) => {
                if let Some((stick, _)) = sticks.get(index) {
                    air.host_bytes(*stick, now(), &bytes);
                }
            }
            Ok(News::End) => break,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
    for link in &arguments.pty {
        std::fs::remove_file(link)?;
    }
    Ok(())
}

/// A new count every half second, and values that follow from it.
fn page(number: u16, at: Instant) -> [u8; 8] {
    let count = (at.as_ms() / 500) as u8;
    let smo2 = |count: u8| Smo2::from_tenths(500 + number * 10 + u16::from(count % 100));
    let value = smo2(count).map(|smo2| Value { smo2, thb: None });
    let page = MuscleOxygen {
        count,
        utc_wanted: false,
        ant_fs: false,
        interval: Some(Interval::Ms500),
        reading: value.ok_or(sling_core::sensor::Reason::Invalid),
        previous: smo2(count.wrapping_sub(1)).ok_or(sling_core::sensor::Reason::Invalid),
    };
    page.encode()
}

/// Hands on what comes in until it ends; a terminal never does, standard input ends the program.
fn read_on(index: usize, mut reader: impl Read + Send + 'static, sender: Sender<News>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 256];
        loop {
            let news = match reader.read(&mut buffer) {
                Ok(0) => News::End,
                Ok(size) => News::Bytes(index, buffer[..size].to_vec()),
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => continue,
                Err(_) => News::End,
            };
            let ends = matches!(news, News::End);
            if sender.send(news).is_err() || ends {
                return;
            }
        }
    });
}

/// Tells the kernel what the device looks like: one vendor-specific interface with a bulk endpoint in each direction,
/// `ep1` to the host and `ep2` from it (`linux/usb/functionfs.h`).
fn become_device(control: &Path) -> std::io::Result<File> {
    let interface = [9, 4, 0, 0, 2, 0xFF, 0, 0, 0];
    let endpoint = |address: u8, size: u16| {
        let [low, high] = size.to_le_bytes();
        [7, 5, address, 2, low, high, 0]
    };
    // At full speed, as sticks are, and at high speed, as the kernel's simulated port may be.
    let descriptors = [64, 512].map(|size| [&interface[..], &endpoint(0x81, size), &endpoint(0x02, size)].concat());
    let body = descriptors.concat();
    let length = 5 * 4 + body.len() as u32;
    let (magic, both_speeds, count) = (3u32, 3u32, 3u32);
    let head = [magic, length, both_speeds, count, count].map(u32::to_le_bytes).concat();
    let no_strings = [2u32, 16, 0, 0].map(u32::to_le_bytes).concat();
    let mut control = File::options().read(true).write(true).open(control)?;
    control.write_all(&[head, body].concat())?;
    control.write_all(&no_strings)?;
    Ok(control)
}

/// The endpoint to the host. A write to it waits for the host, so a thread does that; what comes while the host does
/// not read is lost.
struct Endpoint(SyncSender<Vec<u8>>);

impl Endpoint {
    fn open(path: PathBuf) -> std::io::Result<Self> {
        let mut file = File::options().write(true).open(path)?;
        let (sender, packets) = sync_channel::<Vec<u8>>(32);
        std::thread::spawn(move || {
            for packet in packets {
                // An error says that the cable was pulled out; the next write waits for the next cable.
                let _ = file.write_all(&packet);
            }
        });
        Ok(Self(sender))
    }
}

impl Write for Endpoint {
    fn write(&mut self, packet: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.try_send(packet.to_vec());
        Ok(packet.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The endpoint from the host: an error says that the cable was pulled out, and reading waits for the next one.
fn read_endpoint(index: usize, mut file: File, sender: Sender<News>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        loop {
            match file.read(&mut buffer) {
                Ok(size) if sender.send(News::Bytes(index, buffer[..size].to_vec())).is_err() => return,
                Ok(_) => {}
                Err(_) => std::thread::sleep(POLL),
            }
        }
    });
}

/// Puts the link in place in one step: who sees it can open it.
fn link_to(link: &Path, terminal: &TTYPort) -> Result<(), Box<dyn Error>> {
    let name = terminal.name().ok_or("a pseudo terminal without a name")?;
    let new = link.with_extension("new");
    let _ = std::fs::remove_file(&new);
    std::os::unix::fs::symlink(name, &new)?;
    std::fs::rename(new, link)?;
    Ok(())
}
