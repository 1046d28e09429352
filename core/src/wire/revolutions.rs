//! Cumulative revolutions with the time of the last one, as cranks and wheels send them on both radios.

use crate::units::{CmPerS, Rpm};

/// Ticks a second of crank and wheel times in ANT+ profiles, and in the BLE Cycling Speed and Cadence service.
pub const TICKS_PER_S: u16 = 1024;
/// Ticks a second of the wheel time in the BLE Cycling Power service, which differs from every other.
pub const WHEEL_POWER_TICKS_PER_S: u16 = 2048;

/// A cumulative count of revolutions and the time of the last one. Both wrap at 65 536.
///
/// A wheel's 32-bit count (BLE) is kept in its low half: between two packets that can be compared at all, a wheel
/// does not turn 65 536 times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revolutions {
    /// Revolutions, wrapping.
    pub count: u16,
    /// When the last revolution was complete, in ticks, wrapping after 64 s (32 s at 2048 ticks a second).
    pub time: u16,
    /// Ticks a second, so that the two units in use cannot be confused.
    pub ticks_per_s: u16,
}

impl Revolutions {
    /// Revolutions a second between `earlier` and `self`, wrapping at u16.
    ///
    /// `None` if the time has not changed (no new information: not a held speed and not yet a stop) or if the two
    /// tick at different rates. The caller compares neighbours only: packets further apart than the time wraps give
    /// a number without meaning, and so does a sensor that has restarted.
    pub fn per_s_since(self, earlier: Self) -> Option<f32> {
        let ticks = self.time.wrapping_sub(earlier.time);
        if ticks == 0 || self.ticks_per_s != earlier.ticks_per_s {
            return None;
        }
        let turns = self.count.wrapping_sub(earlier.count);
        Some(f32::from(turns) * f32::from(self.ticks_per_s) / f32::from(ticks))
    }

    /// Cadence between `earlier` and `self`, to the nearest rpm; `None` as in [`Self::per_s_since`].
    pub fn rpm_since(self, earlier: Self) -> Option<Rpm> {
        // A cast saturates, so a restarted sensor gives an absurd cadence, not a wrapped one that looks real.
        self.per_s_since(earlier).map(|per_s| Rpm(libm::roundf(per_s * 60.0) as u16))
    }

    /// Speed between `earlier` and `self` of a wheel with this circumference, to the nearest cm/s; `None` as in
    /// [`Self::per_s_since`].
    pub fn speed_since(self, earlier: Self, circumference_mm: u16) -> Option<CmPerS> {
        let mm_per_s = self.per_s_since(earlier)? * f32::from(circumference_mm);
        Some(CmPerS(libm::roundf(mm_per_s / 10.0) as u16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(count: u16, time: u16) -> Revolutions {
        Revolutions { count, time, ticks_per_s: TICKS_PER_S }
    }

    #[test]
    fn rates_come_from_differences_and_survive_the_wrap() {
        for (earlier, later, rpm, cm_per_s) in [
            (at(10, 1000), at(11, 2024), 60, 210),
            (at(10, 1000), at(13, 3048), 90, 315),
            (at(65535, 65000), at(1, 65000u16.wrapping_add(1024)), 120, 420),
            (at(10, 1000), at(10, 2024), 0, 0),
        ] {
            assert_eq!(later.rpm_since(earlier), Some(Rpm(rpm)), "{earlier:?} {later:?}");
            assert_eq!(later.speed_since(earlier, 2100), Some(CmPerS(cm_per_s)), "{earlier:?} {later:?}");
        }
    }

    #[test]
    fn an_unchanged_time_is_no_information() {
        assert_eq!(at(10, 1000).rpm_since(at(10, 1000)), None);
        assert_eq!(at(11, 1000).rpm_since(at(10, 1000)), None);
    }

    #[test]
    fn times_of_different_units_are_not_compared() {
        let power_wheel = Revolutions { ticks_per_s: WHEEL_POWER_TICKS_PER_S, ..at(10, 1000) };
        assert_eq!(at(11, 2024).per_s_since(power_wheel), None);
    }

    #[test]
    fn absurd_differences_saturate() {
        assert_eq!(at(0, 1001).rpm_since(at(1, 1000)), Some(Rpm(u16::MAX)));
        assert_eq!(at(0, 1001).speed_since(at(1, 1000), u16::MAX), Some(CmPerS(u16::MAX)));
    }
}
