//! Moving pictures of the screen, for documentation: APNG, which every browser shows, and GIF, which everything else does.
//!
//! A screen mostly stands still. So the display is looked at again and again, a frame is kept only where pixels changed,
//! and of it only the rectangle that did; how long it stays adds up, without the rounding of one frame reaching the next.
//! Colours are those of the display, exactly: there are at most 256 of them, or there is no animation.
//!
//! Units: milliseconds as they are shown.

use std::io;

/// Red, green and blue.
type Rgb = [u8; 3];

/// The most that the pixels of all frames may take before they are packed, bytes: hours of a display.
const MOST_BYTES: usize = 256 << 20;
/// The longest that a frame of a GIF can stay, hundredths of a second.
const GIF_MOST_CS: u64 = u16::MAX as u64;

/// A kind of file that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A PNG with more than one frame.
    Apng,
    /// What older programs show.
    Gif,
}

impl Format {
    /// By the end of a file's name: `png`, `apng` or `gif`.
    pub fn by_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "png" | "apng" => Some(Self::Apng),
            "gif" => Some(Self::Gif),
            _ => None,
        }
    }
}

/// Why there is no animation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnimationError {
    /// Neither format has more in an animation of ours.
    #[error("the screens have more than 256 colours, which an animation cannot hold")]
    Colours,
    /// It would take hours to look at.
    #[error("more than {} MB of changing pixels: take a shorter part of the ride, or look at it less often", MOST_BYTES >> 20)]
    TooMuch,
}

/// Frames, one after the other.
pub struct Animation {
    w: u16,
    h: u16,
    /// How long what is seen at one look stays.
    look_ms: f64,
    looks: u32,
    palette: Vec<Rgb>,
    /// What was seen last.
    seen: Vec<u8>,
    frames: Vec<Frame>,
    /// The pixels of all of them.
    kept: usize,
}

/// A rectangle that changed.
struct Frame {
    /// The look that saw it first.
    look: u32,
    rect: Rect,
    /// Places in the palette, row by row.
    pixels: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Rect {
    x: u16,
    y: u16,
    w: u16,
    h: u16,
}

impl Animation {
    /// Of a display of `w` × `h` pixels; what is seen at one look stays for `look_ms`.
    pub const fn new(w: u16, h: u16, look_ms: f64) -> Self {
        Self { w, h, look_ms, looks: 0, palette: Vec::new(), seen: Vec::new(), frames: Vec::new(), kept: 0 }
    }

    /// One more look: red, green and blue of each pixel, row by row.
    ///
    /// # Errors
    /// If that is more than an animation holds.
    pub fn look(&mut self, rgb: &[u8]) -> Result<(), AnimationError> {
        let look = self.looks;
        self.looks += 1;
        let Some(rect) = changed(&self.seen, rgb, self.w, self.h) else { return Ok(()) };
        let mut pixels = Vec::with_capacity(usize::from(rect.w) * usize::from(rect.h));
        for y in rect.y..rect.y + rect.h {
            let start = 3 * (usize::from(y) * usize::from(self.w) + usize::from(rect.x));
            let row = rgb.get(start..start + 3 * usize::from(rect.w)).unwrap_or_default();
            for colour in row.as_chunks::<3>().0 {
                pixels.push(self.place(*colour)?);
            }
        }
        self.kept += pixels.len();
        if self.kept > MOST_BYTES {
            return Err(AnimationError::TooMuch);
        }
        self.seen = rgb.to_vec();
        self.frames.push(Frame { look, rect, pixels });
        Ok(())
    }

    /// The place of a colour in the palette.
    fn place(&mut self, colour: Rgb) -> Result<u8, AnimationError> {
        let known = self.palette.iter().position(|other| *other == colour);
        let place = known.unwrap_or(self.palette.len());
        let place = u8::try_from(place).map_err(|_| AnimationError::Colours)?;
        if known.is_none() {
            self.palette.push(colour);
        }
        Ok(place)
    }

    /// Each frame, and how long it stays, in so many parts of a second.
    fn timed(&self, parts: f64) -> impl Iterator<Item = (&Frame, u64)> {
        let shown = move |look: u32| (f64::from(look) * self.look_ms * parts / 1000.0).round() as u64;
        let ends = self.frames.iter().skip(1).map(|frame| frame.look).chain([self.looks]);
        self.frames.iter().zip(ends).map(move |(frame, end)| (frame, shown(end) - shown(frame.look)))
    }

    /// The bytes of a file that plays again and again.
    ///
    /// # Errors
    /// If nothing was looked at.
    pub fn encode(&self, format: Format) -> io::Result<Vec<u8>> {
        match format {
            Format::Apng => Ok(self.apng()?),
            Format::Gif => self.gif().map_err(io::Error::other),
        }
    }

    fn apng(&self) -> Result<Vec<u8>, png::EncodingError> {
        let (depth, bits) = match self.palette.len() {
            0..=2 => (png::BitDepth::One, 1),
            3..=4 => (png::BitDepth::Two, 2),
            5..=16 => (png::BitDepth::Four, 4),
            _ => (png::BitDepth::Eight, 8),
        };
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, u32::from(self.w), u32::from(self.h));
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(depth);
        encoder.set_palette(self.palette.concat());
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        encoder.set_animated(self.frames.len() as u32, 0)?;
        encoder.set_blend_op(png::BlendOp::Source)?;
        encoder.set_dispose_op(png::DisposeOp::None)?;
        let mut writer = encoder.write_header()?;
        for (Frame { rect, pixels, .. }, ms) in self.timed(1000.0) {
            // The rectangle is never outside the picture on the way to its new place.
            writer.reset_frame_position()?;
            writer.set_frame_dimension(u32::from(rect.w), u32::from(rect.h))?;
            writer.set_frame_position(u32::from(rect.x), u32::from(rect.y))?;
            let (parts, of_a_second) = fraction(ms);
            writer.set_frame_delay(parts, of_a_second)?;
            writer.write_image_data(&packed(pixels, usize::from(rect.w), bits))?;
        }
        writer.finish()?;
        Ok(bytes)
    }

    fn gif(&self) -> Result<Vec<u8>, gif::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = gif::Encoder::new(&mut bytes, self.w, self.h, &self.palette.concat())?;
        encoder.set_repeat(gif::Repeat::Infinite)?;
        for (Frame { rect, pixels, .. }, mut cs) in self.timed(100.0) {
            let mut frame = gif::Frame {
                left: rect.x,
                top: rect.y,
                width: rect.w,
                height: rect.h,
                dispose: gif::DisposalMethod::Keep,
                buffer: pixels.into(),
                ..gif::Frame::default()
            };
            loop {
                frame.delay = cs.min(GIF_MOST_CS) as u16;
                encoder.write_frame(&frame)?;
                cs -= u64::from(frame.delay);
                if cs == 0 {
                    break;
                }
                // It stays longer than the format can say: its first pixel once more.
                (frame.width, frame.height) = (1, 1);
                frame.buffer = pixels.get(..1).unwrap_or_default().into();
            }
        }
        encoder.into_inner().cloned()
    }
}

/// The rectangle around what differs; everything, if nothing was seen before.
fn changed(before: &[u8], now: &[u8], w: u16, h: u16) -> Option<Rect> {
    if before.len() != now.len() {
        return Some(Rect { x: 0, y: 0, w, h });
    }
    let stride = 3 * usize::from(w);
    let (mut left, mut right, mut top, mut bottom) = (usize::from(w), 0, None, 0);
    for (y, (a, b)) in before.chunks_exact(stride).zip(now.chunks_exact(stride)).enumerate() {
        let differs = |(a, b): (&u8, &u8)| a != b;
        let Some(first) = a.iter().zip(b).position(differs) else { continue };
        let last = a.iter().zip(b).rposition(differs).unwrap_or(first);
        left = left.min(first / 3);
        right = right.max(last / 3);
        top = top.or(Some(y));
        bottom = y;
    }
    top.map(|top| Rect { x: left as u16, y: top as u16, w: (right - left + 1) as u16, h: (bottom - top + 1) as u16 })
}

/// Milliseconds as a fraction of 16-bit numbers, as fine as they are.
fn fraction(ms: u64) -> (u16, u16) {
    for (divisor, of_a_second) in [(1, 1000), (10, 100), (100, 10)] {
        if let Ok(parts) = u16::try_from((ms + divisor / 2) / divisor) {
            return (parts, of_a_second);
        }
    }
    // Eighteen hours at most.
    (u16::try_from((ms + 500) / 1000).unwrap_or(u16::MAX), 1)
}

/// Places in the palette, so many bits each, rows padded to bytes.
fn packed(pixels: &[u8], w: usize, bits: usize) -> Vec<u8> {
    let per_byte = 8 / bits;
    let byte = |pixels: &[u8]| {
        let joined = pixels.iter().fold(0_u16, |byte, place| byte << bits | u16::from(*place));
        (joined << (bits * (per_byte - pixels.len()))) as u8
    };
    pixels.chunks_exact(w).flat_map(|row| row.chunks(per_byte).map(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: u16 = 21;
    const H: u16 = 9;

    /// What a reader of the file shows: pictures of red, green and blue, and how long each stays, seconds.
    type Shown = Vec<(Vec<u8>, f64)>;

    fn canvas() -> Vec<u8> {
        vec![77; 3 * usize::from(W) * usize::from(H)]
    }

    fn paste(canvas: &mut [u8], rgb: &[u8], x: usize, y: usize, w: usize) {
        for (row, pixels) in rgb.chunks_exact(3 * w).enumerate() {
            let start = 3 * ((y + row) * usize::from(W) + x);
            canvas[start..start + 3 * w].copy_from_slice(pixels);
        }
    }

    fn apng_shows(bytes: &[u8]) -> Shown {
        let mut decoder = png::Decoder::new(io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let frames = reader.info().animation_control().unwrap().num_frames;
        let (mut canvas, mut shown) = (canvas(), Vec::new());
        for _ in 0..frames {
            let mut data = vec![0; reader.output_buffer_size().unwrap()];
            let info = reader.next_frame(&mut data).unwrap();
            let control = *reader.info().frame_control().unwrap();
            assert_eq!((control.blend_op, control.dispose_op), (png::BlendOp::Source, png::DisposeOp::None));
            let (w, h) = (info.width as usize, info.height as usize);
            paste(&mut canvas, &data[..3 * w * h], control.x_offset as usize, control.y_offset as usize, w);
            shown.push((canvas.clone(), f64::from(control.delay_num) / f64::from(control.delay_den)));
        }
        shown
    }

    fn gif_shows(bytes: &[u8]) -> Shown {
        let mut reader = gif::DecodeOptions::new().read_info(bytes).unwrap();
        let palette = reader.global_palette().unwrap().to_vec();
        let (mut canvas, mut shown) = (canvas(), Vec::new());
        while let Some(frame) = reader.read_next_frame().unwrap() {
            let rgb: Vec<u8> = frame.buffer.iter().flat_map(|i| palette[3 * usize::from(*i)..][..3].to_vec()).collect();
            paste(&mut canvas, &rgb, frame.left.into(), frame.top.into(), frame.width.into());
            shown.push((canvas.clone(), f64::from(frame.delay) / 100.0));
        }
        shown
    }

    fn both(animation: &Animation) -> [Shown; 2] {
        let [apng, gif] = [Format::Apng, Format::Gif].map(|format| animation.encode(format).unwrap());
        [apng_shows(&apng), gif_shows(&gif)]
    }

    /// A picture whose pixels have so many colours.
    fn picture(colours: usize, shift: usize) -> Vec<u8> {
        let pixels = usize::from(W) * usize::from(H);
        (0..pixels)
            .flat_map(|i| [((i + shift) % colours % 250) as u8, ((i + shift) % colours / 250) as u8, 9])
            .collect()
    }

    #[test]
    fn frames_come_back_as_they_were_in_any_number_of_colours() {
        for colours in [1, 2, 3, 4, 5, 16, 17, 189] {
            let pictures = [0, 1, 2].map(|shift| picture(colours, shift));
            let mut animation = Animation::new(W, H, 1000.0);
            for picture in &pictures {
                animation.look(picture).unwrap();
            }
            for shown in both(&animation) {
                let expected = if colours == 1 { &pictures[..1] } else { &pictures[..] };
                assert_eq!(shown.iter().map(|(rgb, _)| rgb).collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn only_what_changed_is_kept_and_times_add_up() {
        let mut animation = Animation::new(W, H, 1000.0 / 30.0);
        let mut now = picture(3, 0);
        for look in 0..100 {
            // One pixel changes at the tenth look, another at the forty-first.
            if look == 10 || look == 41 {
                let at = 3 * (4 * usize::from(W) + look / 3);
                now[at..at + 3].copy_from_slice(&[200, 0, 0]);
            }
            animation.look(&now).unwrap();
        }
        let kept: Vec<usize> = animation.frames.iter().map(|frame| frame.pixels.len()).collect();
        assert_eq!(kept, [189, 1, 1]);
        for shown in both(&animation) {
            assert_eq!(shown.last().unwrap().0, now);
            for (lasts, expected) in shown.iter().zip([10.0, 31.0, 59.0]) {
                assert!((lasts.1 - expected / 30.0).abs() <= 0.01, "{} s instead of {}", lasts.1, expected / 30.0);
            }
            let whole: f64 = shown.iter().map(|(_, lasts)| lasts).sum();
            assert!((whole - 100.0 / 30.0).abs() <= 0.005, "{whole} s");
        }
    }

    #[test]
    fn a_frame_that_stays_for_minutes_stays_for_minutes() {
        for (looks, seconds) in [(2, 60.0), (2, 4000.0), (2, 20_000.0)] {
            let mut animation = Animation::new(W, H, 1000.0 * seconds / f64::from(looks));
            for _ in 0..looks {
                animation.look(&picture(2, 0)).unwrap();
            }
            for shown in both(&animation) {
                assert!(shown.iter().all(|(rgb, _)| *rgb == picture(2, 0)));
                assert_eq!(shown.iter().map(|(_, lasts)| lasts).sum::<f64>(), seconds);
            }
        }
    }

    #[test]
    fn more_than_256_colours_are_refused() {
        let mut animation = Animation::new(W, H, 1000.0);
        animation.look(&picture(150, 0)).unwrap();
        let others: Vec<u8> = picture(150, 0).iter().map(|channel| 255 - channel).collect();
        assert_eq!(animation.look(&others), Err(AnimationError::Colours));
        assert!(Animation::new(W, H, 1.0).encode(Format::Apng).is_err(), "of nothing");
    }
}
