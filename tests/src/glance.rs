//! A glance: what reaches the eye of a rider who looks for half a second at 70 cm from a bike that shakes, and what can
//! be told from it. The eye smooths by 3′ (the full width at half height of a Gaussian: 4.2 px of 0.147 mm); the picture
//! has moved by up to 1.5 px of that pitch in any direction and smears by as much in another; paper is only three times
//! as bright as ink, and each point of the retina adds noise. What is seen is compared with templates: the same page
//! undisturbed, smoothed alike, for each thing that could be there. The best match is what the rider reads.

use crate::panel::Panel;
use crate::picture::{Picture, luminance};
use sling_core::draw::Area;

/// Full width of a Gaussian over its standard deviation.
const FULL_WIDTH: f32 = 2.355;
/// Length that "px" means in the conditions, mm.
const REFERENCE_MM: f32 = 0.147;
/// Columns and rows from one point that is looked at to the next: less than half of the blur, so nothing is missed.
const STEP: usize = 2;

/// The conditions of a glance.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// Full width of the eye's blur at half height, arcminutes.
    pub blur_arcmin: f32,
    /// The most that the picture moves, and the length of its smear, px of 0.147 mm.
    pub shake: f32,
    /// Luminance of paper over that of ink.
    pub contrast: f32,
    /// Standard deviation of the noise, as a share of paper's luminance.
    pub noise: f32,
}

impl Conditions {
    /// Half a second on the road.
    pub const ROAD: Self = Self { blur_arcmin: 3.0, shake: 1.5, contrast: 3.0, noise: 0.15 };
}

/// Random numbers that are the same in every run: `SplitMix64`.
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`.
    pub const fn below(&mut self, n: usize) -> usize {
        (((self.next() >> 32) * n as u64) >> 32) as usize
    }

    /// 0 to 1.
    pub const fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }

    /// One of several.
    pub const fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Normal, near enough: the sum of twelve shares.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.share()).sum::<f32>() - 6.0
    }
}

/// A part of the screen, smoothed, with a margin to move it in.
struct Smooth {
    w: usize,
    h: usize,
    /// Luminance row by row, the margin included: 0 black, 1 white.
    light: Vec<f32>,
}

/// Room around the part, pixels.
const MARGIN: i16 = 4;

impl Smooth {
    fn of(picture: &Picture, area: Area, blur_px: f32) -> Self {
        let sigma = blur_px / FULL_WIDTH;
        let reach = (sigma * 3.0).ceil() as usize;
        let weights: Vec<f32> =
            (0..=2 * reach).map(|i| (i as f32 - reach as f32) / sigma).map(|z| (-0.5 * z * z).exp()).collect();
        let sum: f32 = weights.iter().sum();
        let weights: Vec<f32> = weights.into_iter().map(|weight| weight / sum).collect();
        let (w, h) = ((area.w + 2 * MARGIN) as usize, (area.h + 2 * MARGIN) as usize);
        let (x0, y0) = (area.x - MARGIN - reach as i16, area.y - MARGIN - reach as i16);
        let wide = w + 2 * reach;
        let mut along = Vec::with_capacity(w * (h + 2 * reach));
        let mut row = vec![0.0; wide];
        for y in 0..h + 2 * reach {
            for (x, light) in row.iter_mut().enumerate() {
                *light = luminance(picture.at(x0 + x as i16, y0 + y as i16));
            }
            along.extend(row.windows(2 * reach + 1).map(|near| dot(near, &weights)));
        }
        let mut light = vec![0.0; w * h];
        for (y, out) in light.chunks_exact_mut(w).enumerate() {
            for (from, weight) in along[y * w..].chunks_exact(w).zip(&weights) {
                for (to, value) in out.iter_mut().zip(from) {
                    *to += weight * value;
                }
            }
        }
        Self { w, h, light }
    }

    /// What stands at the points that are looked at, moved by `(dx, dy)` pixels.
    fn sampled(&self, (dx, dy): (f32, f32), out: &mut [f32]) {
        let margin = f32::from(MARGIN);
        let (x, y) = ((margin + dx).max(0.0), (margin + dy).max(0.0));
        let (left, top) = (x.floor() as usize, y.floor() as usize);
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let (a, b, c, d) = ((1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy);
        let margins = 2 * MARGIN as usize;
        let per_row = (self.w - margins).div_ceil(STEP);
        for (row, line) in out.chunks_exact_mut(per_row).enumerate() {
            let start = (top + row * STEP) * self.w + left;
            let (upper, lower) = (&self.light[start..], &self.light[start + self.w..]);
            for (column, value) in line.iter_mut().enumerate() {
                let i = column * STEP;
                *value += a * upper[i] + b * upper[i + 1] + c * lower[i] + d * lower[i + 1];
            }
        }
    }

    const fn points(&self) -> usize {
        let margins = 2 * MARGIN as usize;
        (self.w - margins).div_ceil(STEP) * (self.h - margins).div_ceil(STEP)
    }
}

/// A sum of products, in eight strands that a processor can take at once.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (mut long, mut other) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in (&mut long).zip(&mut other) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f32 = long.remainder().iter().zip(other.remainder()).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// What was seen or is known, without its mean and of length 1: brightness and contrast do not count.
fn normalised(mut points: Vec<f32>) -> Vec<f32> {
    let mean = points.iter().sum::<f32>() / points.len().max(1) as f32;
    for point in &mut points {
        *point -= mean;
    }
    let length = dot(&points, &points).sqrt().max(1e-9);
    for point in &mut points {
        *point /= length;
    }
    points
}

/// The things that a part of the screen may show, each with how it looks undisturbed.
pub struct Known<T> {
    looks: Vec<(T, Vec<f32>)>,
}

impl<T: Copy> Known<T> {
    /// Knows nothing yet.
    pub const fn new() -> Self {
        Self { looks: Vec::new() }
    }

    /// Learns how a thing looks.
    pub fn learn(&mut self, panel: &Panel, conditions: &Conditions, thing: T, picture: &Picture, area: Area) {
        let smooth = Smooth::of(picture, area, panel.px(conditions.blur_arcmin));
        let mut points = vec![0.0; smooth.points()];
        smooth.sampled((0.0, 0.0), &mut points);
        self.looks.push((thing, normalised(points)));
    }

    /// What is read from what was seen.
    pub fn read(&self, seen: &[f32]) -> Option<T> {
        let scored = self.looks.iter().map(|(thing, look)| (*thing, dot(look, seen)));
        scored.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(thing, _)| thing)
    }
}

impl<T: Copy> Default for Known<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// One look at several parts of a picture at once: they shake together.
pub struct Look {
    offset: (f32, f32),
    smear: (f32, f32),
    blur_px: f32,
    conditions: Conditions,
}

impl Look {
    /// A look at a panel.
    pub fn new(panel: &Panel, conditions: &Conditions, dice: &mut Dice) -> Self {
        let shake_px = conditions.shake * REFERENCE_MM / panel.pitch_mm;
        let mut way = |length: f32| {
            let (sine, cosine) = (dice.share() * std::f32::consts::TAU).sin_cos();
            (length * cosine, length * sine)
        };
        let smear = way(shake_px);
        let offset = way(shake_px);
        Self { offset, smear, blur_px: panel.px(conditions.blur_arcmin), conditions: *conditions }
    }

    /// What is seen of a part.
    pub fn at(&self, picture: &Picture, area: Area, dice: &mut Dice) -> Vec<f32> {
        let smooth = Smooth::of(picture, area, self.blur_px);
        let mut points = vec![0.0; smooth.points()];
        // Three moments of the exposure.
        for t in [-0.5, 0.0, 0.5] {
            let (dx, dy) = (self.offset.0 + t * self.smear.0, self.offset.1 + t * self.smear.1);
            smooth.sampled((dx, dy), &mut points);
        }
        let ink = 1.0 / self.conditions.contrast;
        for point in &mut points {
            *point = ink + (1.0 - ink) * *point / 3.0 + self.conditions.noise * dice.normal();
        }
        normalised(points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_nothing_and_spread_one() {
        let mut dice = Dice::new(1);
        let all: Vec<f32> = (0..20_000).map(|_| dice.normal()).collect();
        let mean = all.iter().sum::<f32>() / 20_000.0;
        let spread = (all.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / 20_000.0).sqrt();
        assert!(mean.abs() < 0.03 && (spread - 1.0).abs() < 0.03, "{mean} {spread}");
    }

    #[test]
    fn a_product_counts_every_number_once() {
        let a: Vec<f32> = (0_u8..19).map(f32::from).collect();
        assert_eq!(dot(&a, &[1.0; 19]), 171.0);
    }
}
