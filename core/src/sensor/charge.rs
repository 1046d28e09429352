//! How full a sensor's battery is, as its own radio tells it: over Bluetooth in percent, over ANT+ in a word. Neither is
//! turned into the other, and a sensor that tells nothing has none.

use crate::language::Say;

/// What a sensor told of its battery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// So full, percent.
    Percent(u8),
    /// New.
    New,
    /// Good.
    Good,
    /// Ok.
    Ok,
    /// Low.
    Low,
    /// Critical.
    Critical,
    /// Being charged.
    Charging,
}

/// A battery is low at this charge.
const LOW_PERCENT: u8 = 15;

impl Charge {
    /// Whether the rider should be told.
    pub const fn is_low(self) -> bool {
        matches!(self, Self::Percent(..=LOW_PERCENT) | Self::Low | Self::Critical)
    }

    /// The word for it, and the number in that.
    pub const fn say(self) -> (Say, u8) {
        match self {
            Self::Percent(percent) => (Say::PercentCharge, percent),
            Self::New => (Say::NewCharge, 0),
            Self::Good => (Say::GoodCharge, 0),
            Self::Ok => (Say::OkCharge, 0),
            Self::Low => (Say::LowCharge, 0),
            Self::Critical => (Say::CriticalCharge, 0),
            Self::Charging => (Say::Charging, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_low_where_the_sensor_says_so_and_at_fifteen_percent() {
        let low = [Charge::Percent(0), Charge::Percent(15), Charge::Low, Charge::Critical];
        let enough =
            [Charge::Percent(16), Charge::Percent(100), Charge::New, Charge::Good, Charge::Ok, Charge::Charging];
        assert!(low.into_iter().all(Charge::is_low) && !enough.into_iter().any(Charge::is_low));
    }
}
