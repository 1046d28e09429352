//! Laps: what each muscle and each leg did in it, for the lap that is ridden and the last ones before.
//!
//! Every figure is a mean over the seconds that had a value, and says how many they were; without one there is no figure.
//! A lap of three seconds is kept as one of three seconds. Least, most and desaturation are of 5-s means, so that one odd
//! sample makes none of them. D is that of Balance, the mean of the last 30 s: it comes some 15 s late into its lap.
//! Half-time is of the last recovery in the lap. One is measured a few seconds after its rest, when a rider may have pressed
//! for the next lap; it is of the lap that was ridden 20 s before, half the shortest rest that is measured.

use super::moment::{Moment, leg_index};
use super::recovery::Recovery;
use super::tally::{self, Tally};
use crate::math;
use crate::pattern::slow_recovery::SHORTEST_S;
use crate::sensor::{MAX_SITES, Side, Site};
use crate::time::{Duration, Instant};
use core::num::NonZeroU16;

/// Finished laps that are kept.
pub const LAPS_KEPT: usize = 8;
/// Seconds in a mean that may be the least or the most.
const MEAN_S: u8 = 5;
/// A recovery that is measured was going on so long before, whatever the rest.
const IN_REST: Duration = Duration::from_s(SHORTEST_S as u32 / 2);
/// No SmO2: two bytes of each muscle in each lap are saved.
const UNSEEN: i16 = i16::MIN;
/// The level at the start is a mean that ended within so many seconds of it.
const START_S: u32 = 10;

/// One muscle in one lap.
#[derive(Clone, Copy, Debug)]
pub struct SiteLap {
    /// Where.
    pub site: Site,
    smo2: Tally,
    /// Least and most 5-s mean, tenths.
    extremes: Option<(i16, i16)>,
    /// The first one, if it was early, else [`UNSEEN`].
    start: i16,
    /// Of the last recovery, s.
    half_time_s: Option<NonZeroU16>,
}

impl SiteLap {
    const fn new(site: Site) -> Self {
        Self { site, smo2: Tally::new(), extremes: None, start: UNSEEN, half_time_s: None }
    }

    /// Mean SmO2, percent.
    pub fn mean(&self) -> Option<f32> {
        self.smo2.mean().map(|tenths| tenths / 10.0)
    }

    /// Least SmO2, percent.
    pub fn min(&self) -> Option<f32> {
        self.extremes.map(|(min, _)| f32::from(min) / 10.0)
    }

    /// Most SmO2, percent.
    pub fn max(&self) -> Option<f32> {
        self.extremes.map(|(_, max)| f32::from(max) / 10.0)
    }

    /// By how many points SmO2 fell from where it was as the lap began. `None` also if it was not seen then.
    pub fn desaturation(&self) -> Option<f32> {
        let (min, _) = self.extremes.filter(|_| self.start != UNSEEN)?;
        Some(f32::from(self.start.saturating_sub(min)) / 10.0)
    }

    /// Half-time of the last recovery of this lap, whole seconds. `None` if none could be measured in it.
    pub fn half_time_s(&self) -> Option<u16> {
        self.half_time_s.map(NonZeroU16::get)
    }

    /// Seconds with a value.
    pub const fn seconds(&self) -> u32 {
        self.smo2.seconds()
    }

    #[inline(never)]
    fn mean_ended(&mut self, tenths: i16, lap_s: u32) {
        if self.extremes.is_none() && lap_s <= START_S {
            self.start = tenths;
        }
        let (min, max) = self.extremes.unwrap_or((tenths, tenths));
        self.extremes = Some((min.min(tenths), max.max(tenths)));
    }
}

/// One lap.
#[derive(Clone, Debug)]
pub struct Lap {
    /// Its number; a ride starts in lap 1.
    pub number: u16,
    /// When it began.
    pub begun: Instant,
    /// How long it was, or has been.
    pub duration: Duration,
    /// Power, W.
    pub power: Tally,
    /// Cadence, rpm.
    pub cadence: Tally,
    /// Heart rate, beats per minute.
    pub heart_rate: Tally,
    d: [Tally; 2],
    sites: heapless::Vec<SiteLap, MAX_SITES>,
}

impl Lap {
    const fn new(number: u16, begun: Instant) -> Self {
        Self {
            number,
            begun,
            duration: Duration::ZERO,
            power: Tally::new(),
            cadence: Tally::new(),
            heart_rate: Tally::new(),
            d: [Tally::new(), Tally::new()],
            sites: heapless::Vec::new(),
        }
    }

    /// The muscles that were worn, in the order in which they came.
    pub fn sites(&self) -> &[SiteLap] {
        &self.sites
    }

    /// D of a leg, points, with the seconds in which it could be said.
    pub fn d(&self, side: Side) -> Option<(f32, u32)> {
        let tally = self.d.get(leg_index(side))?;
        Some((tally.mean()? / 10.0, tally.seconds()))
    }
}

/// A 5-s mean that is being made.
#[derive(Clone, Copy, Debug)]
struct Bin {
    sum: i16,
    seconds: u8,
}

/// The laps of a ride.
#[derive(Clone, Debug)]
pub struct Laps {
    current: Lap,
    /// What the lap has rested so far, and since when it rests if it does.
    rested: Duration,
    rests_since: Option<Instant>,
    bins: [Bin; MAX_SITES],
    last: heapless::Deque<Lap, LAPS_KEPT>,
}

impl Laps {
    const NO_BIN: Bin = Bin { sum: 0, seconds: 0 };

    pub(super) const fn new() -> Self {
        Self {
            current: Lap::new(1, Instant::ZERO),
            rested: Duration::ZERO,
            rests_since: None,
            bins: [Self::NO_BIN; MAX_SITES],
            last: heapless::Deque::new(),
        }
    }

    /// The lap that is ridden, as of the last full second.
    pub const fn current(&self) -> &Lap {
        &self.current
    }

    /// Those before, the oldest first.
    pub fn last(&self) -> impl DoubleEndedIterator<Item = &Lap> {
        self.last.iter()
    }

    /// The ride begins.
    pub(super) const fn start(&mut self, now: Instant) {
        self.current.begun = now;
    }

    /// The ride's time runs from now on, or stands. A lap is as long as it runs, and of what is seen meanwhile.
    pub(super) fn time_runs(&mut self, now: Instant, runs: bool) {
        self.rested = self.rested_by(now);
        self.rests_since = (!runs).then_some(now);
        self.jump();
    }

    /// What the lap has rested by now.
    fn rested_by(&self, now: Instant) -> Duration {
        let rest = self.rests_since.map_or(Duration::ZERO, |since| now.since(since));
        Duration::from_ms(self.rested.as_ms().saturating_add(rest.as_ms()))
    }

    fn ridden(&self, now: Instant) -> Duration {
        Duration::from_ms(now.since(self.current.begun).as_ms().saturating_sub(self.rested_by(now).as_ms()))
    }

    /// The next lap begins. Returns its number.
    pub(super) fn begin(&mut self, now: Instant) -> u16 {
        self.current.duration = self.ridden(now);
        (self.rested, self.rests_since) = (Duration::ZERO, self.rests_since.map(|_| now));
        if self.last.is_full() {
            self.last.pop_front();
        }
        let number = self.current.number.saturating_add(1);
        // There is room.
        let _ = self.last.push_back(core::mem::replace(&mut self.current, Lap::new(number, now)));
        self.bins = [Self::NO_BIN; MAX_SITES];
        number
    }

    /// Time has jumped: no mean reaches across.
    pub(super) const fn jump(&mut self) {
        self.bins = [Self::NO_BIN; MAX_SITES];
    }

    /// A recovery of a muscle has been measured.
    #[inline(never)]
    pub(super) fn recovered(&mut self, site: Site, recovery: &Recovery) {
        let rested = recovery.at.before(IN_REST);
        let mut laps = core::iter::once(&mut self.current).chain(self.last.iter_mut().rev());
        let lap = laps.find(|lap| lap.begun <= rested);
        if let Some(it) = lap.and_then(|lap| lap.sites.iter_mut().find(|it| it.site == site)) {
            it.half_time_s = NonZeroU16::new(math::round_i32(recovery.half_time_s) as u16);
        }
    }

    pub(super) fn second(&mut self, now: Instant, moment: &Moment<'_>) {
        self.current.duration = self.ridden(now);
        if self.rests_since.is_some() {
            return;
        }
        let lap = &mut self.current;
        let context = [
            (&mut lap.power, moment.power.map(|w| w.0)),
            (&mut lap.cadence, moment.cadence.map(|rpm| rpm.0)),
            (&mut lap.heart_rate, moment.heart_rate.map(|bpm| bpm.0)),
        ];
        for (tally, value) in context {
            if let Some(value) = value {
                tally.add(value.into());
            }
        }
        for (tally, leg) in lap.d.iter_mut().zip(&moment.legs) {
            if let Some(d) = leg.d.and_then(tally::tenths) {
                tally.add(d.into());
            }
        }
        for seen in moment.muscles {
            if !lap.sites.iter().any(|it| it.site == seen.site) {
                // More than eight muscles in one lap are more than sensors: the last that came have no room.
                let _ = lap.sites.push(SiteLap::new(seen.site));
            }
        }
        for (it, bin) in lap.sites.iter_mut().zip(&mut self.bins) {
            let seen = moment.muscles.iter().find(|seen| seen.site == it.site);
            let Some(tenths) = seen.and_then(|seen| tally::tenths(seen.smo2.ok()?)) else {
                *bin = Self::NO_BIN;
                continue;
            };
            it.smo2.add(tenths.into());
            *bin = Bin { sum: bin.sum.saturating_add(tenths), seconds: bin.seconds.saturating_add(1) };
            if bin.seconds == MEAN_S {
                it.mean_ended(bin.sum / i16::from(MEAN_S), lap.duration.as_s());
                *bin = Self::NO_BIN;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CALF, THIGH, seen};
    use super::*;
    use crate::sensor::Reason;
    use crate::units::{Bpm, Rpm, Watts};
    extern crate std;

    fn at(s: u64) -> Instant {
        Instant::from_ms(s * 1000)
    }

    fn second(laps: &mut Laps, s: u64, calf: Result<f32, Reason>) {
        let muscles = [seen(CALF, calf), seen(THIGH, Ok(60.0))];
        let mut moment = Moment { muscles: &muscles, power: Some(Watts(200)), ..Moment::default() };
        moment.heart_rate = s.is_multiple_of(2).then_some(Bpm(140));
        moment.cadence = (s > 30).then_some(Rpm(90));
        moment.legs[1].d = (s > 40).then_some(-2.0);
        laps.second(at(s), &moment);
    }

    #[test]
    fn a_lap_says_what_each_muscle_did_and_for_how_long_it_was_seen() {
        let mut laps = Laps::new();
        laps.start(at(0));
        for s in 1..=60 {
            let calf = match s {
                ..=10 => Ok(62.0),
                11..=30 => Ok(50.0),
                // A spike of one second, and a hole.
                31 => Ok(5.0),
                32..=40 => Err(Reason::Stale),
                _ => Ok(55.0),
            };
            second(&mut laps, s, calf);
        }
        assert_eq!(laps.begin(at(60)), 2);
        let lap = laps.last().next_back().unwrap();
        assert_eq!((lap.number, lap.begun, lap.duration.as_s()), (1, at(0), 60));
        assert_eq!((lap.power.mean(), lap.power.seconds()), (Some(200.0), 60));
        assert_eq!((lap.cadence.mean(), lap.cadence.seconds()), (Some(90.0), 30));
        assert_eq!((lap.heart_rate.mean(), lap.heart_rate.seconds()), (Some(140.0), 30));
        assert_eq!((lap.d(Side::Left), lap.d(Side::Right)), (None, Some((-2.0, 20))));
        let [calf, thigh] = lap.sites() else { panic!("{:?}", lap.sites()) };
        assert_eq!((calf.site, calf.seconds(), calf.min(), calf.max()), (CALF, 51, Some(50.0), Some(62.0)));
        assert_eq!(calf.desaturation(), Some(12.0));
        assert_eq!((thigh.mean(), thigh.desaturation(), thigh.seconds()), (Some(60.0), Some(0.0), 60));
    }

    #[test]
    fn what_was_not_seen_has_no_figure() {
        let mut laps = Laps::new();
        laps.start(at(0));
        for s in 1..=60 {
            second(&mut laps, s, if s > 20 { Ok(50.0) } else { Err(Reason::Searching) });
        }
        let calf = laps.current().sites()[0];
        assert_eq!((calf.desaturation(), calf.mean(), calf.seconds()), (None, Some(50.0), 40), "not seen at its start");
        for s in 61..=70 {
            laps.begin(at(s));
            (0..3).for_each(|_| laps.second(at(s), &Moment::default()));
        }
        let lap = laps.current();
        assert_eq!(
            (lap.power.mean(), lap.heart_rate.mean(), lap.d(Side::Right), lap.sites().len()),
            (None, None, None, 0)
        );
        let mut never = Laps::new();
        second(&mut never, 1, Err(Reason::Lost));
        let calf = never.current().sites()[0];
        assert_eq!(
            (calf.mean(), calf.min(), calf.max(), calf.desaturation(), calf.seconds()),
            (None, None, None, None, 0)
        );
    }

    /// Measured at a time, with a half-time.
    fn recovery(s: u64, half_time_s: f32) -> Recovery {
        Recovery { half_time_s, low_s: half_time_s / 2.0, high_s: half_time_s * 2.0, depth: 20.0, at: at(s) }
    }

    #[test]
    fn a_lap_keeps_the_last_half_time_of_its_own_and_none_of_another_lap() {
        let mut laps = Laps::new();
        laps.start(at(0));
        let ride = |laps: &mut Laps, from, to| (from..to).for_each(|s| second(laps, s, Ok(50.0)));
        let of = |lap: &Lap| lap.sites().iter().map(SiteLap::half_time_s).collect::<std::vec::Vec<_>>();
        ride(&mut laps, 1, 300);
        assert_eq!(of(laps.current()), [None, None], "no effort yet");
        laps.recovered(CALF, &recovery(100, 19.6));
        laps.recovered(CALF, &recovery(250, 24.4));
        assert_eq!(of(laps.current()), [Some(24), None]);
        laps.begin(at(300));
        ride(&mut laps, 300, 600);
        assert_eq!(of(laps.current()), [None, None], "that was the lap before");
        // The rest of this lap is over as the next one is begun, and is measured three seconds later.
        laps.begin(at(600));
        ride(&mut laps, 600, 603);
        laps.recovered(THIGH, &recovery(603, 31.0));
        assert_eq!(of(laps.current()), [None, None]);
        assert_eq!(laps.last().map(of).collect::<std::vec::Vec<_>>(), [[Some(24), None], [None, Some(31)]]);
        // A lap that is begun with a rest has what comes of that rest.
        laps.begin(at(700));
        ride(&mut laps, 700, 744);
        laps.recovered(THIGH, &recovery(743, 28.0));
        assert_eq!(of(laps.current()), [None, Some(28)]);
    }

    #[test]
    fn a_recovery_of_a_muscle_that_is_no_longer_worn_or_of_a_lap_that_is_no_longer_kept_is_nowhere() {
        let mut laps = Laps::new();
        laps.start(at(0));
        laps.recovered(CALF, &recovery(60, 20.0));
        second(&mut laps, 61, Ok(50.0));
        assert_eq!(laps.current().sites()[0].half_time_s(), None);
        for s in 100..100 + LAPS_KEPT as u64 + 2 {
            laps.begin(at(s));
            second(&mut laps, s, Ok(50.0));
        }
        laps.recovered(CALF, &recovery(90, 20.0));
        assert!(laps.last().chain([laps.current()]).all(|lap| lap.sites()[0].half_time_s().is_none()));
    }

    #[test]
    fn laps_pressed_twice_a_second_are_kept_as_short_as_they_were() {
        let mut laps = Laps::new();
        laps.start(at(0));
        for half in 1..=100_000_u64 {
            laps.begin(Instant::from_ms(half * 500));
            if half.is_multiple_of(2) {
                second(&mut laps, half / 2, Ok(50.0));
            }
        }
        assert_eq!(laps.current().number, u16::MAX);
        assert_eq!(laps.last().count(), LAPS_KEPT);
        for lap in laps.last() {
            assert_eq!(lap.duration.as_ms(), 500);
            assert!(lap.sites().iter().all(|site| site.seconds() <= 1 && site.min().is_none()));
        }
    }

    #[test]
    fn a_lap_of_a_day_holds_every_second() {
        let mut laps = Laps::new();
        laps.start(at(0));
        (1..=86_400).for_each(|s| second(&mut laps, s, Ok(99.9)));
        let lap = laps.current();
        assert_eq!((lap.duration.as_s(), lap.sites()[0].seconds()), (86_400, 86_400));
        assert!((lap.sites()[0].mean().unwrap() - 99.9).abs() < 0.01);
    }

    #[test]
    fn more_muscles_than_there_is_room_for_and_numbers_that_are_none_harm_nothing() {
        let mut laps = Laps::new();
        for s in 0..200_u64 {
            let muscle = crate::sensor::Muscle::ALL[s as usize % crate::sensor::Muscle::ALL.len()];
            let muscles = [seen(Site::new(muscle, Side::Left), Ok(if s.is_multiple_of(2) { f32::NAN } else { 1e30 }))];
            laps.second(at(s), &Moment { muscles: &muscles, ..Moment::default() });
        }
        assert_eq!(laps.current().sites().len(), MAX_SITES);
        assert!(laps.current().sites().iter().all(|site| site.mean().is_none()));
    }
}
