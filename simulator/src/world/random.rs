//! Random numbers that are the same on every platform and in every build.
//!
//! The generator is xoshiro256** by Blackman and Vigna (public domain), seeded through their `SplitMix64`. Normal
//! deviates come from Marsaglia's polar method with `libm`'s logarithm; the square root is exact by IEEE 754. Every
//! purpose and every sensor has a stream of its own, so that one more effect, fault or sensor changes nothing else.

/// What a stream of random numbers is for. The numbers are part of what a seed means: append, never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Purpose {
    Rider = 1,
    Muscle = 2,
    CommonVariation = 3,
    Variation = 4,
    Drift = 5,
    ThbVariation = 6,
    Power = 7,
    Cadence = 8,
    HeartRate = 9,
    Transport = 10,
    SampleNoise = 11,
    Fault = 12,
    Air = 32,
    AirPath = 33,
    Stick = 34,
    Score = 64,
    Swarm = 65,
    Fit = 66,
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: [u64; 4],
    spare: Option<f64>,
}

/// One step of `SplitMix64`.
const fn split_mix(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (state, z ^ (z >> 31))
}

impl Random {
    /// The stream of a seed for a purpose; `index` tells sensors, sites or faults apart.
    pub(crate) fn stream(seed: u64, purpose: Purpose, index: u64) -> Self {
        let (_, purpose) = split_mix(purpose as u64);
        let (_, index) = split_mix(index ^ purpose);
        let mut mix = seed ^ index;
        let state = core::array::from_fn(|_| {
            let (next, word) = split_mix(mix);
            mix = next;
            word
        });
        Self { state, spare: None }
    }

    fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in 0 (inclusive) to 1 (exclusive).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform between two numbers.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Whether something of this probability happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Standard normal.
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (u, v) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                let scale = (-2.0 * libm::log(s) / s).sqrt();
                self.spare = Some(v * scale);
                return u * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_purpose_and_index_and_repeat_themselves() {
        let first = |seed, purpose, index| Random::stream(seed, purpose, index).next_u64();
        let base = first(1, Purpose::Rider, 0);
        assert_eq!(base, first(1, Purpose::Rider, 0));
        assert_ne!(base, first(2, Purpose::Rider, 0));
        assert_ne!(base, first(1, Purpose::Muscle, 0));
        assert_ne!(base, first(1, Purpose::Rider, 1));
    }

    #[test]
    fn the_normal_deviate_is_standard() {
        let mut random = Random::stream(3, Purpose::Variation, 0);
        let n = 200_000;
        let draws: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let moment = |power| draws.iter().map(|x| x.powi(power)).sum::<f64>() / f64::from(n);
        // Three standard errors of each moment.
        assert!(moment(1).abs() < 0.007, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.01, "{}", moment(2));
        assert!((moment(4) - 3.0).abs() < 0.07, "{}", moment(4));
    }
}
