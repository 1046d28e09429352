//! A thread that owns the stick: opens it, says what it hears, sends what it is given, and never gives up.
//!
//! After any trouble the port is closed and opened again, about once a second until that succeeds. A trouble that
//! lasts is said once, not every second. What was to be written while there is no stick is dropped: after
//! [`FromStick::Opened`] the host begins anew with a reset, and old commands would only confuse it.

use super::{Opener, Port, Trouble};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a read waits, and so how long a write may have to.
const READ_TIMEOUT: Duration = Duration::from_millis(20);
/// From one attempt to open to the next.
const RETRY: Duration = Duration::from_secs(1);

/// What the worker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromStick {
    /// There is a stick, in an unknown state: reset it.
    Opened,
    /// The stick said this.
    Bytes(Vec<u8>),
    /// There is no stick until the next [`Self::Opened`].
    Trouble(Trouble),
}

/// What the worker is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToStick {
    /// Send this.
    Write(Vec<u8>),
    /// Close the stick, if it is open, and open it at once.
    Reopen,
    /// Close the stick and end.
    Stop,
}

/// A running worker. Dropped, it stops and is waited for: two seconds at most, if the stick takes no bytes.
#[derive(Debug)]
pub struct Worker {
    to: Sender<ToStick>,
    from: Receiver<FromStick>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts one.
    pub fn start(opener: impl Opener + 'static) -> Self {
        let (to, orders) = channel();
        let (news, from) = channel();
        let thread = std::thread::spawn(move || {
            // An error only says that nobody listens any more.
            let _ = Loop { opener, orders, news }.run();
        });
        Self { to, from, thread: Some(thread) }
    }

    /// Tells it something. That it has ended is seen in [`Self::from`].
    pub fn tell(&self, order: ToStick) {
        let _ = self.to.send(order);
    }

    /// Where its news come from.
    pub const fn from(&self) -> &Receiver<FromStick> {
        &self.from
    }

    /// A sender for other threads.
    pub fn sender(&self) -> Sender<ToStick> {
        self.to.clone()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.tell(ToStick::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Loop<O> {
    opener: O,
    orders: Receiver<ToStick>,
    news: Sender<FromStick>,
}

/// Nobody wants to know any more.
struct Ended;

impl<O: Opener> Loop<O> {
    fn run(mut self) -> Result<(), Ended> {
        let mut said = None;
        loop {
            match self.opener.open() {
                Ok(port) => {
                    said = None;
                    self.drop_old_orders()?;
                    self.say(FromStick::Opened)?;
                    if let Err(trouble) = self.serve(port)? {
                        said = Some(trouble);
                        self.say(FromStick::Trouble(trouble))?;
                        self.pause()?;
                    }
                }
                Err(trouble) => {
                    if said != Some(trouble) {
                        said = Some(trouble);
                        self.say(FromStick::Trouble(trouble))?;
                    }
                    self.pause()?;
                }
            }
        }
    }

    fn say(&self, news: FromStick) -> Result<(), Ended> {
        self.news.send(news).map_err(|_| Ended)
    }

    /// What was ordered before there was a stick is not for this one.
    fn drop_old_orders(&self) -> Result<(), Ended> {
        loop {
            match self.orders.try_recv() {
                Ok(ToStick::Write(_) | ToStick::Reopen) => {}
                Ok(ToStick::Stop) | Err(TryRecvError::Disconnected) => return Err(Ended),
                Err(TryRecvError::Empty) => return Ok(()),
            }
        }
    }

    /// Moves bytes until there is trouble, or until it is to be opened again.
    fn serve(&self, mut port: Box<dyn Port>) -> Result<Result<(), Trouble>, Ended> {
        loop {
            loop {
                match self.orders.try_recv() {
                    Ok(ToStick::Write(bytes)) => {
                        if let Err(trouble) = port.write(&bytes) {
                            return Ok(Err(trouble));
                        }
                    }
                    Ok(ToStick::Reopen) => return Ok(Ok(())),
                    Ok(ToStick::Stop) | Err(TryRecvError::Disconnected) => return Err(Ended),
                    Err(TryRecvError::Empty) => break,
                }
            }
            let mut bytes = Vec::new();
            let read = port.read(&mut bytes, READ_TIMEOUT);
            if !bytes.is_empty() {
                self.say(FromStick::Bytes(bytes))?;
            }
            if let Err(trouble) = read {
                return Ok(Err(trouble));
            }
        }
    }

    /// Waits for the next attempt; [`ToStick::Reopen`] ends it early.
    fn pause(&self) -> Result<(), Ended> {
        let until = Instant::now() + RETRY;
        loop {
            match self.orders.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(ToStick::Write(_)) => {}
                Ok(ToStick::Reopen) | Err(RecvTimeoutError::Timeout) => return Ok(()),
                Ok(ToStick::Stop) | Err(RecvTimeoutError::Disconnected) => return Err(Ended),
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::serial::Serial;
    use super::*;
    use serialport::{SerialPort, TTYPort};
    use std::io::{Read, Write};
    use std::path::Path;

    const LIMIT: Duration = Duration::from_secs(10);

    /// A terminal that can be found under `link`: the near end is the stick.
    fn plug_in(link: &Path) -> TTYPort {
        let (mut near, far) = TTYPort::pair().unwrap();
        near.set_timeout(LIMIT).unwrap();
        let _ = std::fs::remove_file(link);
        std::os::unix::fs::symlink(far.name().unwrap(), link).unwrap();
        near
    }

    fn news(worker: &Worker) -> FromStick {
        worker.from().recv_timeout(LIMIT).expect("news")
    }

    /// The next news, unless there is nothing yet at the end of the link.
    fn news_of_a_stick(worker: &Worker) -> FromStick {
        match news(worker) {
            FromStick::Trouble(Trouble::NoStick) => news(worker),
            other => other,
        }
    }

    #[test]
    fn a_stick_that_comes_and_goes_is_opened_every_time() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("stick");
        let worker = Worker::start(Serial::new(&link));
        assert_eq!(news(&worker), FromStick::Trouble(Trouble::NoStick));
        worker.tell(ToStick::Write(vec![0xEE]));
        for round in 0..3 {
            let mut stick = plug_in(&link);
            assert_eq!(news_of_a_stick(&worker), FromStick::Opened);
            stick.write_all(&[1, 2, round]).unwrap();
            assert_eq!(news(&worker), FromStick::Bytes(vec![1, 2, round]));
            worker.tell(ToStick::Write(vec![round, 4]));
            worker.tell(ToStick::Write(vec![5]));
            let mut sent = [0; 3];
            stick.read_exact(&mut sent).unwrap();
            assert_eq!(sent, [round, 4, 5], "and nothing that was ordered before");
            drop(stick);
            assert_eq!(news(&worker), FromStick::Trouble(Trouble::Gone));
        }
        // Another test's terminal may get the name that the link still leads to.
        std::fs::remove_file(&link).unwrap();
        // There is nothing now; that is said once, however often it is tried.
        assert_eq!(news(&worker), FromStick::Trouble(Trouble::NoStick));
        assert_eq!(worker.from().recv_timeout(3 * RETRY), Err(RecvTimeoutError::Timeout));
    }

    #[test]
    fn a_stick_is_opened_anew_when_told_to() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("stick");
        let _stick = plug_in(&link);
        let worker = Worker::start(Serial::new(&link));
        for _ in 0..3 {
            assert_eq!(news(&worker), FromStick::Opened);
            worker.tell(ToStick::Reopen);
        }
    }

    #[test]
    fn a_line_that_is_taken_is_busy_until_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("stick");
        let _stick = plug_in(&link);
        let other = Serial::new(&link).open().unwrap();
        let worker = Worker::start(Serial::new(&link));
        assert_eq!(news(&worker), FromStick::Trouble(Trouble::Busy));
        drop(other);
        assert_eq!(news(&worker), FromStick::Opened);
    }

    #[test]
    fn what_is_no_terminal_does_not_work() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let worker = Worker::start(Serial::new(file.path()));
        assert_eq!(news(&worker), FromStick::Trouble(Trouble::Failed));
    }
}
