//! A head unit on a cable: asks it, downloads its rides. The protocol is [`sling_core::service`].

use sling_core::log::ride;
use sling_core::service::{Answer, Ask, Frames, MAX_FRAME, Refusal, Ride, Status, decode, encode};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};
use thiserror::Error;

/// A question that is not answered is asked again after this.
const PATIENCE: Duration = Duration::from_secs(2);
/// A long ride is gone through in less than this.
const FIT_PATIENCE: Duration = Duration::from_mins(1);
/// So often altogether.
const TRIES: usize = 3;
/// Pages of the head unit's flash. What stands in one after its last block was never written.
const PAGE: usize = 4096;

/// Why a head unit did not do what it was asked.
#[derive(Debug, Error)]
pub enum CableError {
    /// The line failed.
    #[error("the line failed: {0}")]
    Line(#[from] io::Error),
    /// Nobody answered.
    #[error("nobody answered within {} s: is that a Sling head unit, and is it on?", PATIENCE.as_secs() * TRIES as u64)]
    Silence,
    /// It will not.
    #[error("{0}")]
    Refused(Refusal),
    /// Some of it was lost on the line.
    #[error("a part of the file was lost on the line; once more, please")]
    Cut,
    /// It answered something else.
    #[error("an answer that does not belong to the question")]
    Answer,
}

/// A head unit behind a line whose reads give up after a while.
pub struct Cable<L> {
    line: L,
    number: u8,
    frames: Frames,
    /// What came after the last answer.
    waiting: VecDeque<u8>,
}

impl<L: Read + Write> Cable<L> {
    /// On a line that is open. Its reads have to time out within a fraction of a second.
    pub fn new(line: L) -> Self {
        Self { line, number: 0, frames: Frames::new(), waiting: VecDeque::new() }
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, ask: &Ask) -> Result<Answer, CableError> {
        for _ in 0..TRIES {
            self.send(ask)?;
            if let Some(answer) = self.answer(Instant::now() + PATIENCE)? {
                return match answer {
                    Answer::Refused(refusal) => Err(CableError::Refused(refusal)),
                    answer => Ok(answer),
                };
            }
        }
        Err(CableError::Silence)
    }

    /// Asks for something that has no answer: the head unit goes off.
    pub fn send(&mut self, ask: &Ask) -> Result<(), CableError> {
        self.number = self.number.wrapping_add(1);
        let mut frame = [0; MAX_FRAME + 1];
        // What half a frame may have been before is ended first.
        let length = encode(self.number, ask, &mut frame[1..]).ok_or(CableError::Answer)?;
        self.line.write_all(&frame[..=length])?;
        self.line.flush()?;
        Ok(())
    }

    /// Does something.
    pub fn order(&mut self, ask: &Ask) -> Result<(), CableError> {
        match self.ask(ask)? {
            Answer::Done => Ok(()),
            _ => Err(CableError::Answer),
        }
    }

    /// How it is.
    pub fn status(&mut self) -> Result<Status, CableError> {
        match self.ask(&Ask::Status)? {
            Answer::Status(status) => Ok(status),
            _ => Err(CableError::Answer),
        }
    }

    /// The rides that it has, oldest first.
    pub fn rides(&mut self) -> Result<Vec<Ride>, CableError> {
        let mut rides = Vec::<Ride>::new();
        loop {
            let from = rides.last().map_or(0, |ride| ride.number.saturating_add(1));
            let Answer::Rides(more) = self.ask(&Ask::Rides { from })? else { return Err(CableError::Answer) };
            if more.is_empty() {
                return Ok(rides);
            }
            rides.extend(more);
        }
    }

    /// The log of a ride, as a file holds it. `passed` hears how many bytes are there.
    pub fn log(&mut self, ride: Ride, mut passed: impl FnMut(u64)) -> Result<Vec<u8>, CableError> {
        let mut pages = Vec::with_capacity(ride.bytes as usize);
        loop {
            let offset = pages.len() as u32;
            let Answer::Bytes(piece) = self.ask(&Ask::Log { ride: ride.number, offset })? else {
                return Err(CableError::Answer);
            };
            if piece.is_empty() {
                break;
            }
            pages.extend_from_slice(&piece);
            passed(pages.len() as u64);
        }
        let mut file = ride::header().to_vec();
        for page in pages.chunks(PAGE) {
            let written = page.iter().rposition(|&byte| byte != 0xFF).map_or(0, |last| last + 1);
            // A block's length is a multiple of four, and its checksum may end in what looks blank.
            file.extend_from_slice(&page[..written.next_multiple_of(4).min(page.len())]);
        }
        Ok(file)
    }

    /// A ride as a FIT file, which the head unit makes while it sends it. `passed` hears how many bytes are there.
    pub fn fit(&mut self, ride: u16, mut passed: impl FnMut(u64)) -> Result<Vec<u8>, CableError> {
        self.send(&Ask::Fit { ride })?;
        let mut file = Vec::new();
        // Before the first byte it goes through the ride twice.
        let mut patience = FIT_PATIENCE;
        loop {
            match self.answer(Instant::now() + patience)?.ok_or(CableError::Silence)? {
                Answer::Bytes(piece) if piece.is_empty() => {
                    return if is_whole(&file) { Ok(file) } else { Err(CableError::Cut) };
                }
                Answer::Bytes(piece) => file.extend_from_slice(&piece),
                Answer::Refused(refusal) => return Err(CableError::Refused(refusal)),
                _ => return Err(CableError::Answer),
            }
            patience = PATIENCE;
            passed(file.len() as u64);
        }
    }

    /// What it shows: 12 000 bytes, rows from above, set is dark.
    pub fn screen(&mut self) -> Result<Vec<u8>, CableError> {
        let mut frame = Vec::new();
        loop {
            let from = u16::try_from(frame.len()).map_err(|_| CableError::Answer)?;
            let Answer::Bytes(piece) = self.ask(&Ask::Screen { from })? else { return Err(CableError::Answer) };
            if piece.is_empty() {
                return Ok(frame);
            }
            frame.extend_from_slice(&piece);
        }
    }

    /// The next answer with the number of the last question; `None` if there was none by then.
    fn answer(&mut self, until: Instant) -> Result<Option<Answer>, CableError> {
        while Instant::now() < until {
            while let Some(byte) = self.waiting.pop_front() {
                let Some(frame) = self.frames.push(byte) else { continue };
                match decode::<Answer>(frame) {
                    Some((number, Ok(answer))) if number == self.number => return Ok(Some(answer)),
                    Some((number, Err(refusal))) if number == self.number => {
                        return Ok(Some(Answer::Refused(refusal)));
                    }
                    // The answer to a question that was given up.
                    _ => {}
                }
            }
            let mut bytes = [0; 512];
            match self.line.read(&mut bytes) {
                Ok(0) => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(read) => self.waiting.extend(&bytes[..read]),
                Err(error)
                    if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

/// Whether a FIT file is as long as its header says: 14 bytes of header, the data, and two of checksum.
fn is_whole(file: &[u8]) -> bool {
    let said = file.get(4..8).and_then(|size| size.first_chunk()).map(|size| u32::from_le_bytes(*size) as usize);
    said.is_some_and(|size| file.len() == 14 + size + 2)
}
