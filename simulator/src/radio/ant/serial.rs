//! ANT sticks and modules behind a serial line: ANTUSB1 (a serial bridge, `/dev/ttyUSB0`), modules on a UART, and the
//! virtual stick, which serves a pseudo terminal.

use super::{Opener, Port, Trouble};
use serialport::{ClearBuffer, ErrorKind};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

const WRITE_TIMEOUT: Duration = Duration::from_secs(1);
const READ_SIZE: usize = 1024;

/// Opens a serial line by its path, for this program alone; 8 data bits, no parity, 1 stop bit.
#[derive(Clone, Debug)]
pub struct Serial {
    /// The device, or a link to it.
    pub path: PathBuf,
    /// ANTUSB1 has 115 200; modules have 57 600 or less, by how they are wired.
    pub baud: u32,
}

impl Serial {
    /// A line at 115 200 baud.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), baud: 115_200 }
    }
}

impl Opener for Serial {
    fn open(&mut self) -> Result<Box<dyn Port>, Trouble> {
        let builder = serialport::new(self.path.to_string_lossy(), self.baud).timeout(WRITE_TIMEOUT);
        let port = builder.open().map_err(|error| opening(error.kind(), &self.path))?;
        // The line may hold what a stick said while nobody listened. Where it cannot be cleared, it is heard late.
        let _ = port.clear(ClearBuffer::Input);
        Ok(Box::new(SerialPort { port, buffer: Box::new([0; READ_SIZE]) }))
    }
}

struct SerialPort {
    port: Box<dyn serialport::SerialPort>,
    buffer: Box<[u8; READ_SIZE]>,
}

impl Port for SerialPort {
    fn read(&mut self, into: &mut Vec<u8>, timeout: Duration) -> Result<(), Trouble> {
        self.port.set_timeout(timeout).map_err(|_| Trouble::Gone)?;
        match self.port.read(&mut self.buffer[..]) {
            // The other end has hung up.
            Ok(0) => Err(Trouble::Gone),
            Ok(size) => {
                into.extend_from_slice(&self.buffer[..size]);
                Ok(())
            }
            Err(error) if is_nothing_yet(&error) => Ok(()),
            Err(_) => Err(Trouble::Gone),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.port.set_timeout(WRITE_TIMEOUT).map_err(|_| Trouble::Gone)?;
        match self.port.write_all(bytes) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(Trouble::Failed),
            Err(_) => Err(Trouble::Gone),
        }
    }
}

fn is_nothing_yet(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}

/// What an error means before the line is ours.
fn opening(kind: ErrorKind, path: &Path) -> Trouble {
    match kind {
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => Trouble::Denied,
        // Taken by a lock; and so serialport calls EBUSY, "taken by another program".
        ErrorKind::Io(io::ErrorKind::WouldBlock | io::ErrorKind::ResourceBusy) => Trouble::Busy,
        ErrorKind::NoDevice if path.exists() => Trouble::Busy,
        _ if !path.exists() => Trouble::NoStick,
        _ => Trouble::Failed,
    }
}
