//! Pictures as small PNG files: a palette, and only as many bits a pixel as it needs. Read again, they are compared by pixels.

use std::collections::BTreeSet;
use std::io;

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// A picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// Width, pixels.
    pub w: usize,
    /// Height, pixels.
    pub h: usize,
    /// Row by row.
    pub pixels: Vec<Rgb>,
}

impl Image {
    /// A picture of one colour.
    pub fn plain(w: usize, h: usize, colour: Rgb) -> Self {
        Self { w, h, pixels: vec![colour; w * h] }
    }

    /// From red, green and blue of each pixel.
    pub fn from_rgb(w: usize, h: usize, rgb: &[u8]) -> Self {
        Self { w, h, pixels: rgb.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect() }
    }

    /// Puts another picture onto this one.
    pub fn paste(&mut self, x: usize, y: usize, other: &Self) {
        for (row, pixels) in other.pixels.chunks_exact(other.w).enumerate() {
            let start = (y + row) * self.w + x;
            self.pixels[start..start + other.w].copy_from_slice(pixels);
        }
    }

    /// Where two pictures differ: red, on what they have in common in grey.
    pub fn difference(&self, other: &Self) -> Self {
        let (w, h) = (self.w.max(other.w), self.h.max(other.h));
        let at = |image: &Self, x, y| (x < image.w && y < image.h).then(|| image.pixels[y * image.w + x]);
        let mut out = Self::plain(w, h, [255; 3]);
        for (i, pixel) in out.pixels.iter_mut().enumerate() {
            let (x, y) = (i % w, i / w);
            let [a, b] = [at(self, x, y), at(other, x, y)];
            // Half way to white.
            *pixel = if a == b { a.unwrap_or_default().map(|c| 192 + c / 4) } else { [220, 0, 0] };
        }
        out
    }

    /// How many pixels differ.
    pub fn changed(&self, other: &Self) -> usize {
        if (self.w, self.h) != (other.w, other.h) {
            return self.pixels.len().max(other.pixels.len());
        }
        self.pixels.iter().zip(&other.pixels).filter(|(a, b)| a != b).count()
    }

    /// The bytes of a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let colours: Vec<Rgb> = self.pixels.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.w as u32, self.h as u32);
        encoder.set_compression(png::Compression::High);
        let data = if colours.len() > 256 {
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_depth(png::BitDepth::Eight);
            self.pixels.concat()
        } else {
            let (depth, bits) = match colours.len() {
                0..=2 => (png::BitDepth::One, 1),
                3..=4 => (png::BitDepth::Two, 2),
                5..=16 => (png::BitDepth::Four, 4),
                _ => (png::BitDepth::Eight, 8),
            };
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_depth(depth);
            encoder.set_palette(colours.concat());
            encoder.set_filter(png::Filter::NoFilter);
            self.packed(&colours, bits)
        };
        // Writing to memory fails only on a wrong size, and the size is the picture's own.
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&data));
        debug_assert!(written.is_ok());
        bytes
    }

    /// The places of the pixels' colours in the palette, so many bits each, rows padded to bytes.
    fn packed(&self, colours: &[Rgb], bits: usize) -> Vec<u8> {
        let per_byte = 8 / bits;
        let place = |colour: &Rgb| colours.binary_search(colour).unwrap_or(0) as u8;
        let byte = |pixels: &[Rgb]| {
            let joined = pixels.iter().fold(0_u16, |byte, pixel| byte << bits | u16::from(place(pixel)));
            (joined << (bits * (per_byte - pixels.len()))) as u8
        };
        self.pixels.chunks_exact(self.w).flat_map(|row| row.chunks(per_byte).map(byte)).collect()
    }

    /// From the bytes of a PNG file, of whatever kind.
    ///
    /// # Errors
    /// If they are none.
    pub fn from_png(bytes: &[u8]) -> io::Result<Self> {
        let mut decoder = png::Decoder::new(io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let size = reader.output_buffer_size().ok_or(io::ErrorKind::InvalidData)?;
        let mut data = vec![0; size];
        let info = reader.next_frame(&mut data)?;
        let pixels = match info.color_type {
            png::ColorType::Rgb => data.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect(),
            png::ColorType::Grayscale => data.iter().map(|&c| [c; 3]).collect(),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        Ok(Self { w: info.width as usize, h: info.height as usize, pixels })
    }
}

/// What an animated PNG shows: each picture, and how long it stays, seconds.
///
/// # Errors
/// If the bytes are none.
pub fn animation(bytes: &[u8]) -> io::Result<Vec<(Image, f64)>> {
    let mut decoder = png::Decoder::new(io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let frames = reader.info().animation_control().ok_or(io::ErrorKind::InvalidData)?.num_frames;
    let size = reader.output_buffer_size().ok_or(io::ErrorKind::InvalidData)?;
    let mut canvas = Image::plain(reader.info().width as usize, reader.info().height as usize, [0; 3]);
    let mut shown = Vec::new();
    for _ in 0..frames {
        let mut data = vec![0; size];
        let info = reader.next_frame(&mut data)?;
        let control = *reader.info().frame_control().ok_or(io::ErrorKind::InvalidData)?;
        let part =
            Image::from_rgb(info.width as usize, info.height as usize, data.get(..info.buffer_size()).unwrap_or(&data));
        canvas.paste(control.x_offset as usize, control.y_offset as usize, &part);
        shown.push((canvas.clone(), f64::from(control.delay_num) / f64::from(control.delay_den)));
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_any_number_of_colours_come_back_as_they_were() {
        for colours in [1, 2, 3, 5, 17, 256, 300] {
            let pixel = |i: usize| [(i % colours % 256) as u8, (i % colours / 256) as u8, 7];
            let image = Image { w: 31, h: 20, pixels: (0..620).map(pixel).collect() };
            assert!(Image::from_png(&image.png()).is_ok_and(|read| read == image), "{colours} colours");
        }
    }

    #[test]
    fn a_picture_of_two_colours_takes_a_bit_a_pixel() {
        let noise = |i: usize| if (i * i / 7) % 5 < 2 { [0; 3] } else { [255; 3] };
        let image = Image { w: 240, h: 400, pixels: (0..96_000).map(noise).collect() };
        assert!(image.png().len() < 96_000 / 8 + 200);
    }

    #[test]
    fn a_difference_shows_the_pixels_that_changed_and_no_others() {
        let image = Image::plain(4, 3, [0; 3]);
        let mut other = image.clone();
        other.paste(1, 2, &Image::plain(2, 1, [255; 3]));
        assert_eq!(image.changed(&other), 2);
        let red = image.difference(&other).pixels.iter().filter(|&&c| c == [220, 0, 0]).count();
        assert_eq!(red, 2);
        assert_eq!(image.difference(&image).pixels, vec![[192; 3]; 12]);
    }
}
