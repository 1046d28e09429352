//! The display: Sharp's memory LCD LS027B7DH01, 400 × 240 pixels of 1 bit, which keeps its picture.
//!
//! Facts are from the datasheet of the LS027B7DH01(A), chapters "Timing characteristics of input signals" and "Input
//! signal timing chart", and Sharp's application note "Programming Sharp's memory LCDs".
//!
//! - SPI mode 0, at most 2 MHz. Every transfer is framed by SCS, which is active *high*, so an `SpiDevice` will not
//!   do: the driver has the bus and the pin.
//! - A transfer begins with the bits M0 (write lines), M1 (polarity of VCOM) and M2 (clear all). A line is its
//!   address, 1 to 240, least significant bit first; then its 400 pixels from the left, 1 is white; then 8 bits of no
//!   meaning. After the last line come 8 more. On a bus that sends the most significant bit first, as all do, the
//!   address is turned around and pixels go as core's frame has them, except that there a set bit is dark.
//! - SCS rises at least 6 µs before the first clock, falls at least 2 µs after the last, and stays low for 2 µs (the
//!   last figure to be checked on hardware).
//!
//! **Polarity.** Liquid crystal that always sees the same polarity decays: VCOM has to change at least once a second.
//! Here it does so every [`POLARITY_MS`], with the transfer of a picture that comes then or with a transfer of its
//! own. Between these times pictures go out with the polarity that stands: both last equally long, however often
//! something is drawn, so that no direct voltage is left over. EXTMODE is tied low. The board has to call
//! [`MemoryLcd::tick`] when [`MemoryLcd::next_deadline`] says; half a second is left for being late.
//!
//! **Lines.** A line of the panel is a row of the picture only in landscape. In portrait it is a *column*: what
//! changes in one cell of a page changes lines along the whole height of the page, and two cells one above the other
//! share their lines. Of each line 64 bits of digest are kept, as in [`sling_core::draw::Lines`], and only lines that
//! changed are sent. Columns are made of the frame in blocks of eight by eight bits.
//!
//! A line takes 208 µs at 2 MHz, a whole picture 50 ms.

use embedded_hal::digital::{self, ErrorType, OutputPin};
use embedded_hal::spi;
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::spi::SpiBus;
use sling_core::digest::Digest;
use sling_core::draw::{Area, MonoFrame};
use sling_core::time::{Duration, Instant};

/// Lines of the panel.
pub const LINES: usize = 240;
/// Bytes of a line's pixels.
pub const LINE_BYTES: usize = 50;
/// How long one polarity stands, milliseconds. The limit is 1000.
pub const POLARITY_MS: u32 = 500;
/// A transfer that failed is tried again after this long, milliseconds.
pub const AGAIN_MS: u32 = 50;

/// Lines that are made and sent together.
const STRIP: usize = 8;
const STRIPS: usize = LINES / STRIP;
/// A line on the wire: address, pixels, 8 bits of no meaning.
const WIRE: usize = LINE_BYTES + 2;

/// M0, the first bit on the wire.
const WRITE: u8 = 0x80;
/// M1.
const VCOM: u8 = 0x40;
/// M2.
const CLEAR: u8 = 0x20;

const SCS_SETUP_US: u32 = 6;
const SCS_HOLD_US: u32 = 2;
const SCS_LOW_US: u32 = 2;
/// Between the steps of switching on: the panel's latches take 30 µs each.
const LATCH_US: u32 = 30;

/// What did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bus.
    Spi(spi::ErrorKind),
    /// SCS or DISP.
    Pin(digital::ErrorKind),
}

/// How the panel is mounted; whether in landscape or portrait, the frame says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mounting {
    /// In landscape the connector is at the bottom; in portrait at the left. To be checked on hardware.
    #[default]
    Upright,
    /// The other way round.
    HalfTurned,
}

mod sealed {
    pub trait Sealed {}
}

/// A frame that fills the panel: 400 × 240 (landscape) or 240 × 400 (portrait).
pub trait Picture: sealed::Sealed {
    /// Whether the upright panel's first line is the last row or column of the picture.
    const LAST_FIRST: bool;

    /// First row or column that an area touches, and the first that it does not.
    fn span(area: &Area) -> (i16, i16);

    /// Eight rows or columns, from the `strip`-th eight on: from left to right, from top to bottom, set is dark.
    fn strip(&self, strip: usize) -> [[u8; LINE_BYTES]; 8];
}

/// In landscape.
pub type Landscape = MonoFrame<400, 240, 12_000>;
/// In portrait: core's reference frame.
pub type Portrait = MonoFrame<240, 400, 12_000>;

impl sealed::Sealed for Landscape {}
impl sealed::Sealed for Portrait {}

impl Picture for Landscape {
    const LAST_FIRST: bool = false;

    fn span(area: &Area) -> (i16, i16) {
        (area.y, area.bottom())
    }

    fn strip(&self, strip: usize) -> [[u8; LINE_BYTES]; STRIP] {
        let mut lines = [[0; LINE_BYTES]; STRIP];
        let rows = self.bytes().chunks_exact(LINE_BYTES).skip(strip * STRIP);
        for (line, row) in lines.iter_mut().zip(rows) {
            line.copy_from_slice(row);
        }
        lines
    }
}

impl Picture for Portrait {
    /// The panel is turned clockwise: its first line is the column at the right.
    const LAST_FIRST: bool = true;

    fn span(area: &Area) -> (i16, i16) {
        (area.x, area.right())
    }

    fn strip(&self, strip: usize) -> [[u8; LINE_BYTES]; STRIP] {
        const STRIDE: usize = LINES / 8;
        let mut lines = [[0; LINE_BYTES]; STRIP];
        // Eight rows after the other: in each the byte of these eight columns.
        for (place, rows) in self.bytes().chunks_exact(STRIDE * 8).enumerate() {
            let mut block = [0; 8];
            for (byte, row) in block.iter_mut().zip(rows.chunks_exact(STRIDE)) {
                *byte = row.get(strip).copied().unwrap_or_default();
            }
            for (line, byte) in lines.iter_mut().zip(transposed(block)) {
                if let Some(to) = line.get_mut(place) {
                    *to = byte;
                }
            }
        }
        lines
    }
}

/// Rows of eight pixels as columns of eight: bits are exchanged in pairs, in fours and in eights (Hacker's Delight,
/// 7-3).
const fn transposed(rows: [u8; 8]) -> [u8; 8] {
    const fn pairs_and_fours(x: u32) -> u32 {
        let t = (x ^ (x >> 7)) & 0x00aa_00aa;
        let x = x ^ t ^ (t << 7);
        let t = (x ^ (x >> 14)) & 0x0000_cccc;
        x ^ t ^ (t << 14)
    }
    let [a, b, c, d, e, f, g, h] = rows;
    let upper = pairs_and_fours(u32::from_be_bytes([a, b, c, d]));
    let lower = pairs_and_fours(u32::from_be_bytes([e, f, g, h]));
    let [a, b, c, d] = ((upper & 0xf0f0_f0f0) | ((lower >> 4) & 0x0f0f_0f0f)).to_be_bytes();
    let [e, f, g, h] = (((upper << 4) & 0xf0f0_f0f0) | (lower & 0x0f0f_0f0f)).to_be_bytes();
    [a, b, c, d, e, f, g, h]
}

/// A pin that the board has tied to where it belongs, such as DISP to the supply.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tied;

impl ErrorType for Tied {
    type Error = core::convert::Infallible;
}

impl OutputPin for Tied {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// When VCOM changes, and what it is.
#[derive(Clone, Copy, Debug)]
struct Polarity {
    bit: bool,
    since: Instant,
    /// A transfer failed then: what stands is not known.
    failed: Option<Instant>,
}

impl Polarity {
    fn due(&self) -> Instant {
        match self.failed {
            Some(at) => at + Duration::from_ms(AGAIN_MS),
            None => self.since + Duration::from_ms(POLARITY_MS),
        }
    }

    /// Whether the next transfer is to change it. After a clock that went back nobody knows how long it has stood.
    fn changes(&self, now: Instant) -> bool {
        self.failed.is_some() || now >= self.due() || now < self.since
    }

    /// M1 of a transfer at `now`.
    fn of_transfer(&self, now: Instant) -> u8 {
        if self.bit ^ self.changes(now) { VCOM } else { 0 }
    }

    fn sent(&mut self, now: Instant, worked: bool) {
        if !worked {
            self.failed = Some(now);
        } else if self.changes(now) {
            *self = Self { bit: !self.bit, since: now, failed: None };
        }
    }
}

/// The panel on its bus. Transfers are made whole: a call that was given up before its end is made good by the next.
pub struct MemoryLcd<SPI, SCS, DISP, DELAY> {
    spi: SPI,
    scs: SCS,
    disp: DISP,
    delay: DELAY,
    mounting: Mounting,
    polarity: Polarity,
    /// SCS may be high.
    open: bool,
    is_on: bool,
    /// What the panel holds, or some of it, is not known: the next picture is compared and sent whole.
    unknown: bool,
    /// What each of the picture's rows or columns was when it was sent.
    sent: [Digest; LINES],
    wire: [u8; STRIP * WIRE],
}

impl<SPI: SpiBus, SCS: OutputPin, DISP: OutputPin, DELAY: DelayNs> MemoryLcd<SPI, SCS, DISP, DELAY> {
    /// A panel that is off. The bus: mode 0, at most 2 MHz, most significant bit first.
    pub const fn new(spi: SPI, scs: SCS, disp: DISP, delay: DELAY, mounting: Mounting) -> Self {
        Self {
            spi,
            scs,
            disp,
            delay,
            mounting,
            polarity: Polarity { bit: false, since: Instant::ZERO, failed: None },
            open: true,
            is_on: false,
            unknown: true,
            sent: [Digest::new(); LINES],
            wire: [0; STRIP * WIRE],
        }
    }

    /// Clears the panel, which holds anything after power-on, and lets it show what it holds.
    pub async fn switch_on(&mut self, now: Instant) -> Result<(), Fault> {
        self.is_on = true;
        self.unknown = true;
        self.disp.set_low().map_err(pin)?;
        self.command(CLEAR, now).await?;
        self.delay.delay_us(LATCH_US).await;
        self.disp.set_high().map_err(pin)?;
        self.delay.delay_us(LATCH_US).await;
        Ok(())
    }

    /// Clears the panel and blanks it: before its power is taken. Nothing is due after that.
    pub async fn switch_off(&mut self, now: Instant) -> Result<(), Fault> {
        self.unknown = true;
        let cleared = self.command(CLEAR, now).await;
        self.disp.set_low().map_err(pin)?;
        cleared?;
        self.is_on = false;
        Ok(())
    }

    /// When [`MemoryLcd::tick`] has to be called, if nothing is drawn before; never for a panel that is off.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.is_on.then(|| self.polarity.due())
    }

    /// Changes the polarity if that is due; says when to call again.
    pub async fn tick(&mut self, now: Instant) -> Result<Option<Instant>, Fault> {
        if self.is_on && self.polarity.changes(now) {
            self.command(0, now).await?;
        }
        Ok(self.next_deadline())
    }

    /// Sends the lines that `areas` of the picture touch and that changed since they were sent; all that changed
    /// after a transfer that failed. How many that were. If none, the bus is used for the polarity alone, when that
    /// is due. A panel that is off is sent nothing.
    pub async fn show<P: Picture>(&mut self, picture: &P, areas: &[Area], now: Instant) -> Result<usize, Fault> {
        if !self.is_on {
            return Ok(0);
        }
        let whole = self.unknown;
        if whole {
            self.sent = [Digest::new(); LINES];
        }
        // Until it has gone through, nothing is certain.
        self.unknown = true;
        let m1 = self.polarity.of_transfer(now);
        let mut lines = 0;
        for strip in 0..STRIPS {
            let touched = if whole { 0xff } else { touched::<P>(areas, strip) };
            let changed = if touched == 0 { 0 } else { self.pack(picture, strip, touched) };
            if changed > 0 {
                if lines == 0 {
                    let begun = self.begin(WRITE | m1).await;
                    self.check(begun, now).await?;
                }
                let written = self.spi.write(self.wire.get(..changed * WIRE).unwrap_or_default()).await;
                self.check(written.map_err(bus), now).await?;
                lines += changed;
            }
        }
        if lines > 0 {
            let written = self.spi.write(&[0]).await;
            self.check(written.map_err(bus), now).await?;
            self.finish(now).await?;
        }
        self.unknown = false;
        self.tick(now).await?;
        Ok(lines)
    }

    /// The panel may have lost what it held: the next picture is sent whole.
    pub fn forget(&mut self) {
        self.unknown = true;
    }

    /// Puts those of the `touched` lines of a strip that changed on the wire; how many. They count as sent.
    fn pack<P: Picture>(&mut self, picture: &P, strip: usize, touched: u8) -> usize {
        let half_turned = self.mounting == Mounting::HalfTurned;
        let sent = self.sent.iter_mut().skip(strip * STRIP);
        let mut wire = self.wire.chunks_exact_mut(WIRE);
        let mut changed = 0;
        for (i, (line, sent)) in picture.strip(strip).iter().zip(sent).enumerate() {
            let mut digest = Digest::new();
            digest.coarse(line);
            if touched & (1 << i) == 0 || digest == *sent {
                continue;
            }
            let Some([address, pixels @ .., end]) = wire.next() else { continue };
            *sent = digest;
            let n = strip * STRIP + i;
            let n = if P::LAST_FIRST == half_turned { n } else { LINES - 1 - n };
            *address = (n as u8 + 1).reverse_bits();
            for (i, to) in pixels.iter_mut().enumerate() {
                let from = if half_turned { LINE_BYTES - 1 - i } else { i };
                let byte = line.get(from).copied().unwrap_or_default();
                *to = !if half_turned { byte.reverse_bits() } else { byte };
            }
            *end = 0;
            changed += 1;
        }
        changed
    }

    /// A transfer without lines: 16 clocks.
    async fn command(&mut self, mode: u8, now: Instant) -> Result<(), Fault> {
        let begun = self.begin(mode | self.polarity.of_transfer(now)).await;
        self.check(begun, now).await?;
        let written = self.spi.write(&[0]).await;
        self.check(written.map_err(bus), now).await?;
        self.finish(now).await
    }

    async fn begin(&mut self, mode: u8) -> Result<(), Fault> {
        if self.open {
            // From power-on, or from a call that was given up.
            self.scs.set_low().map_err(pin)?;
            self.delay.delay_us(SCS_LOW_US).await;
        }
        self.open = true;
        self.scs.set_high().map_err(pin)?;
        self.delay.delay_us(SCS_SETUP_US).await;
        self.spi.write(&[mode]).await.map_err(bus)
    }

    async fn finish(&mut self, now: Instant) -> Result<(), Fault> {
        let flushed = self.spi.flush().await;
        self.check(flushed.map_err(bus), now).await?;
        let closed = self.close().await;
        self.check(closed, now).await?;
        self.polarity.sent(now, true);
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Fault> {
        self.delay.delay_us(SCS_HOLD_US).await;
        self.scs.set_low().map_err(pin)?;
        self.delay.delay_us(SCS_LOW_US).await;
        self.open = false;
        Ok(())
    }

    /// After a step that failed SCS is taken back, if it can be, and the polarity is in doubt.
    async fn check(&mut self, step: Result<(), Fault>, now: Instant) -> Result<(), Fault> {
        if step.is_err() {
            let _ = self.close().await;
            self.unknown = true;
            self.polarity.sent(now, false);
        }
        step
    }
}

/// Which lines of a strip the areas touch, the first in the lowest bit.
fn touched<P: Picture>(areas: &[Area], strip: usize) -> u8 {
    let first = (strip * STRIP) as i16;
    areas.iter().filter(|area| !area.is_empty()).fold(0, |touched, area| {
        let (from, to) = P::span(area);
        let (from, to) = (from.saturating_sub(first).clamp(0, 8), to.saturating_sub(first).clamp(0, 8));
        // The bits below `to` without those below `from`.
        touched | (((1_u16 << to) - 1) & !((1_u16 << from) - 1)) as u8
    })
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err gives it")]
fn bus(error: impl spi::Error) -> Fault {
    Fault::Spi(error.kind())
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err gives it")]
fn pin(error: impl digital::Error) -> Fault {
    Fault::Pin(error.kind())
}

#[cfg(test)]
mod tests;
