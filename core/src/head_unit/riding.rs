//! What the rider and the bike are doing: the newest context, how long it holds, and the load that follows from it.

use crate::field::{DisarmReason, ThirtyMinutes};
use crate::input::{Context, Posture};
use crate::signal::load::{Load, LoadLags};
use crate::time::{Duration, Instant};
use crate::units::{Bpm, CmPerS, Rpm, Watts};

/// A context value that is not renewed is unknown after this long.
const HOLDS: Duration = Duration::from_s(5);
/// Below this the rider is not working.
const COASTING: Watts = Watts(30);
/// Longer than this without work is a coast that the muscles notice.
const COAST_AFTER: Duration = Duration::from_s(8);
/// After standing or coasting, the muscles need this long to answer to load alone.
const SETTLE: Duration = Duration::from_s(45);
/// Below this, SmO2 near 100 % may be a rested muscle and not a light leak.
const AT_REST: Watts = Watts(50);

/// A value and when it came.
#[derive(Clone, Copy, Debug)]
struct Held<T>(Option<(Instant, T)>);

impl<T: Copy> Held<T> {
    fn renew(&mut self, now: Instant, value: Option<T>) {
        if let Some(value) = value {
            self.0 = Some((now, value));
        }
    }

    fn expire(&mut self, now: Instant) {
        self.0 = self.0.filter(|(at, _)| now.since(*at) < HOLDS);
    }

    fn get(&self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Riding {
    power: Held<Watts>,
    cadence: Held<Rpm>,
    heart_rate: Held<Bpm>,
    speed: Held<CmPerS>,
    /// Power, a value a second.
    watts: ThirtyMinutes,
    standing: bool,
    coasting_since: Option<Instant>,
    lags: LoadLags,
    /// When the rider last did something that load does not explain.
    disturbed: Option<(Instant, DisarmReason)>,
}

impl Riding {
    pub(super) const fn new() -> Self {
        Self {
            power: Held(None),
            cadence: Held(None),
            heart_rate: Held(None),
            speed: Held(None),
            watts: ThirtyMinutes::new(Duration::from_ms(4500)),
            standing: false,
            coasting_since: None,
            lags: LoadLags::new(),
            disturbed: None,
        }
    }

    pub(super) fn context(&mut self, now: Instant, context: &Context) {
        self.power.renew(now, context.power);
        self.cadence.renew(now, context.cadence);
        self.heart_rate.renew(now, context.heart_rate);
        self.speed.renew(now, context.speed);
    }

    pub(super) fn posture(&mut self, posture: Posture) {
        self.standing = posture == Posture::Standing;
    }

    pub(super) fn second(&mut self, now: Instant) {
        self.power.expire(now);
        self.cadence.expire(now);
        self.heart_rate.expire(now);
        self.speed.expire(now);
        match self.power() {
            Some(power) => self.watts.put(now, power.0.into()),
            None => self.watts.advance(now),
        }
        self.lags.step(now, self.power(), self.cadence());
        let idle = self.power().is_some_and(|w| w < COASTING);
        self.coasting_since = if idle { self.coasting_since.or(Some(now)) } else { None };
        if self.standing {
            self.disturbed = Some((now, DisarmReason::Standing));
        } else if self.coasting_since.is_some_and(|since| now.since(since) > COAST_AFTER) {
            self.disturbed = Some((now, DisarmReason::Coasting));
        }
    }

    /// Time has jumped: the lags no longer know what went before.
    pub(super) fn jump(&mut self) {
        self.lags = LoadLags::new();
    }

    /// The load that explains what is seen, or what keeps it from doing so.
    pub(super) fn load(&self, now: Instant) -> Result<Load, DisarmReason> {
        match self.disturbed(now) {
            Some(reason) => Err(reason),
            None => self.lags.load(now).ok_or(DisarmReason::NoPower),
        }
    }

    /// What the rider does, or did a moment ago, that load does not explain: stands or coasts.
    pub(super) fn disturbed(&self, now: Instant) -> Option<DisarmReason> {
        self.disturbed.filter(|(at, _)| now.since(*at) < SETTLE).map(|(_, reason)| reason)
    }

    pub(super) const fn is_standing(&self) -> bool {
        self.standing
    }

    /// False when the rider is known to be at rest.
    pub(super) fn is_loaded(&self) -> bool {
        self.power().is_none_or(|w| w >= AT_REST)
    }

    pub(super) fn power(&self) -> Option<Watts> {
        self.power.get()
    }

    pub(super) fn cadence(&self) -> Option<Rpm> {
        self.cadence.get()
    }

    pub(super) fn heart_rate(&self) -> Option<Bpm> {
        self.heart_rate.get()
    }

    pub(super) fn speed(&self) -> Option<CmPerS> {
        self.speed.get()
    }

    /// Power of the last thirty minutes, W.
    pub(super) const fn power_history(&self) -> &ThirtyMinutes {
        &self.watts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_and_power_that_are_not_renewed_are_unknown_and_leave_a_gap() {
        let mut riding = Riding::new();
        for s in 0..60 {
            let now = Instant::from_ms(s * 1000);
            if s < 20 {
                let context = Context { power: Some(Watts(200)), speed: Some(CmPerS(900)), ..Context::default() };
                riding.context(now, &context);
            }
            riding.second(now);
            assert_eq!(riding.speed(), (s < 24).then_some(CmPerS(900)), "{s} s");
        }
        let history = riding.power_history();
        assert_eq!([0, 4, 6, 12].map(|number| history.get(number)), [Some(200.0), Some(200.0), None, None]);
    }
}
