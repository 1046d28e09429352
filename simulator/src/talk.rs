//! What the program says: data to standard output, talk to standard error. A reader who has gone away (`| head -1`) is
//! no failure of the ride: what is said to nobody is dropped, and everything else is done.

use std::fmt;
use std::io::{self, BufWriter, Write};

/// A line of talk, to standard error.
pub fn tell(line: fmt::Arguments<'_>) {
    // Nobody is left to be told.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Data, to standard output.
pub struct Stdout(BufWriter<io::Stdout>);

impl Stdout {
    /// Buffered: flush it to see errors.
    pub fn new() -> Self {
        Self(BufWriter::new(io::stdout()))
    }
}

impl Default for Stdout {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        unless_nobody_reads(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        unless_nobody_reads(self.0.flush(), ())
    }
}

fn unless_nobody_reads<T>(result: io::Result<T>, instead: T) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(instead),
        Err(error) => Err(io::Error::new(error.kind(), format!("cannot write standard output: {error}"))),
        Ok(done) => Ok(done),
    }
}
