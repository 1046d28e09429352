//! What the head unit hands its session, a second at a time, and what it passes on of it.

use super::{Event, HeadUnit, Recovery};
use crate::config::MAX_SITES;
use crate::field::{Balance, DisarmReason};
use crate::input::Label;
use crate::sensor::{Side, Site};
use crate::session::{Act, LegNow, Moment, Session, Spoil};
use crate::time::Instant;

impl HeadUnit {
    /// What is done over time on this ride: laps, position blocks, a resting survey, a trial of a cue.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// How fast a muscle came back after the last effort whose end could be measured, with the sensor that it wears now.
    pub fn recovery(&self, site: Site) -> Option<Recovery> {
        self.efforts.recovery(site).map(|(at, measured)| Recovery::of(measured, *at))
    }

    pub(super) fn position(&mut self, label: &Label) {
        self.outbox.event(Event::Position { label: label.clone() });
        let Self { session, outbox, .. } = self;
        session.position(label, &mut |news| outbox.event(Event::Session(news)));
    }

    pub(super) fn act(&mut self, act: Act) {
        let Self { session, outbox, .. } = self;
        session.act(act, &mut |news| outbox.event(Event::Session(news)));
    }

    pub(super) fn session_jumps(&mut self) {
        let Self { session, outbox, .. } = self;
        session.jump(&mut |news| outbox.event(Event::Session(news)));
    }

    /// A second of everything that a session looks at.
    #[inline(never)]
    pub(super) fn session_second(&mut self, now: Instant) {
        let muscles: heapless::Vec<_, MAX_SITES> = self.muscles.iter().map(|m| m.seen(now)).collect();
        let legs = [Side::Left, Side::Right].map(|side| {
            let (calf, thigh) = self.pair_of(side);
            let seen = |at: Option<usize>| at.and_then(|at| muscles.get(at)).copied();
            let d = match self.balance(side) {
                Balance::Ready { d, .. } => Some(d),
                Balance::NotReady { .. } | Balance::NoPair => None,
            };
            LegNow { calf: seen(calf), thigh: seen(thigh), d }
        });
        let riding = &self.riding;
        let disturbed = riding.disturbed(now).map(|reason| match reason {
            DisarmReason::Standing => Spoil::Standing,
            _ => Spoil::Coasting,
        });
        let (power, cadence, heart_rate) = (riding.power(), riding.cadence(), riding.heart_rate());
        let moment = Moment { muscles: &muscles, legs, power, cadence, heart_rate, disturbed };
        let Self { session, outbox, .. } = self;
        session.second(now, &moment, &mut |news| outbox.event(Event::Session(news)));
        for seen in &muscles {
            if let Some((at, measured)) = self.efforts.recovery(seen.site).filter(|(at, _)| *at == now) {
                self.session.recovered(seen.site, &Recovery::of(measured, *at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::head_unit::{Act, Assignment, Config, Context, Event, HeadUnit, Input, News, Output};
    use crate::sensor::{Identity, Muscle, Reading, Reason, Sample, Side, Site, Value};
    use crate::session::{Missing, Part, Phase, Spoil, Stage, Verdict, What};
    use crate::time::Instant;
    use crate::units::{Rpm, Smo2, Watts};
    extern crate std;
    use std::vec::Vec;

    const CALF: Site = Site::new(Muscle::GastrocnemiusMedialis, Side::Right);
    const THIGH: Site = Site::new(Muscle::VastusLateralis, Side::Right);

    /// A head unit whose sensors measure every 2 s.
    struct Rider {
        unit: HeadUnit,
        s: u64,
        power: u16,
        /// SmO2 in tenths, a value for each sensor.
        smo2: Vec<u16>,
        news: Vec<News>,
    }

    impl Rider {
        fn new(worn: &[Site]) -> Self {
            let mut unit = HeadUnit::new();
            unit.handle(&Input::Configure(roster(worn)), Instant::ZERO);
            let smo2 = (0..worn.len() as u16).map(|i| 500 + 100 * i).collect();
            Self { unit, s: 0, power: 200, smo2, news: Vec::new() }
        }

        fn give(&mut self, input: &Input<'_>) {
            self.unit.handle(input, Instant::from_ms(self.s * 1000));
            while let Some(output) = self.unit.poll_output() {
                if let Output::Event(Event::Session(news)) = output {
                    self.news.push(news);
                }
            }
        }

        fn act(&mut self, act: Act) {
            self.give(&Input::Session(act));
        }

        fn ride(&mut self, seconds: u32) {
            for _ in 0..seconds {
                self.s += 1;
                let cadence = Rpm(if self.power > 0 { 88 } else { 0 });
                let context = Context { power: Some(Watts(self.power)), cadence: Some(cadence), ..Context::default() };
                self.give(&Input::Context(context));
                if self.s.is_multiple_of(2) {
                    for channel in 0..self.smo2.len() {
                        // A sensor that stands still is stale.
                        let tenths = self.smo2[channel] + (self.s / 2 % 3) as u16;
                        let reading: Reading = Ok(Value { smo2: Smo2::from_tenths(tenths).unwrap(), thb: None });
                        let identity = Identity::Channel(channel as u8);
                        self.give(&Input::Sample(Sample { identity, count: self.s as u16, reading }));
                    }
                }
            }
        }
    }

    fn roster(worn: &[Site]) -> Config {
        let sensor = |(channel, &site): (usize, &Site)| Assignment { identity: Identity::Channel(channel as u8), site };
        Config { roster: worn.iter().enumerate().map(sensor).collect(), ..Config::DEFAULT }
    }

    #[test]
    fn laps_are_counted_as_they_are_ridden() {
        let mut rider = Rider::new(&[CALF, THIGH]);
        rider.ride(60);
        rider.give(&Input::Lap);
        rider.give(&Input::Lap);
        rider.ride(30);
        let laps = rider.unit.session().laps();
        assert_eq!((rider.unit.snapshot().lap, laps.current().number, laps.current().duration.as_s()), (3, 3, 30));
        let [first, second] = laps.last().collect::<Vec<_>>()[..] else { panic!() };
        assert_eq!((first.duration.as_s(), first.power.mean(), second.duration.as_ms()), (59, Some(200.0), 0));
        assert_eq!(second.power.mean(), None);
        assert_eq!(first.sites().iter().map(|it| it.site).collect::<Vec<_>>(), [CALF, THIGH]);
        assert!(first.sites()[0].mean().is_some_and(|smo2| (50.0..50.3).contains(&smo2)));
        assert_eq!(first.d(Side::Right), None, "it is being learned");
    }

    #[test]
    fn positions_make_blocks_and_a_long_silence_begins_one_anew() {
        let mut rider = Rider::new(&[CALF, THIGH]);
        rider.give(&Input::Position("low".parse().unwrap()));
        rider.ride(245);
        assert!(matches!(rider.unit.session().blocks().running(), Some((_, 240.., Stage::LongEnough))));
        rider.act(Act::NextBlock);
        rider.smo2[0] = 560;
        rider.ride(245);
        rider.act(Act::EndBlock);
        let calf = rider.unit.session().blocks().compare(Side::Right, What::Calf);
        let Verdict::Shown(interval) = calf.verdict else { panic!("{calf:?}") };
        assert!((interval.difference - 6.0).abs() < 0.2, "{interval:?}");
        let compared = |news: &News| matches!(news, News::Compared { pairs: 1, from: 0, to: 1, .. });
        assert_eq!(rider.news.iter().filter(|news| compared(news)).count(), 3);
        rider.act(Act::NextBlock);
        rider.ride(245);
        rider.s += 3600;
        rider.ride(1);
        assert!(matches!(rider.unit.session().blocks().running(), Some((_, _, Stage::Settling { left_s: 70.. }))));
    }

    #[test]
    fn coasting_counts_for_no_block_and_spoils_a_trial() {
        let mut rider = Rider::new(&[CALF, THIGH]);
        rider.ride(60);
        rider.act(Act::NextBlock);
        rider.act(Act::StartReassess);
        rider.ride(130);
        rider.act(Act::CueGiven);
        assert!(rider.news.contains(&News::CueGiven));
        rider.ride(20);
        rider.power = 0;
        rider.ride(20);
        let session = rider.unit.session();
        assert_eq!(session.reassess().phase(), Phase::Spoiled(Spoil::PowerMoved));
        assert!(matches!(session.blocks().running(), Some((_, _, Stage::Held(Spoil::Coasting)))));
        rider.act(Act::StartReassess);
        rider.ride(1);
        assert!(matches!(
            rider.unit.session().reassess().phase(),
            Phase::Baseline { left_s: 120, restarted: Some(Spoil::Coasting) }
        ));
    }

    #[test]
    fn a_survey_with_two_sensors_goes_round_four_muscles() {
        let left = |site: Site| Site::new(site.muscle, Side::Left);
        let mut rider = Rider::new(&[CALF, THIGH]);
        rider.power = 0;
        rider.ride(20);
        rider.act(Act::StartSurvey);
        rider.act(Act::Capture);
        rider.ride(60);
        rider.give(&Input::Configure(roster(&[left(CALF), left(THIGH)])));
        rider.smo2 = [625, 600].into();
        rider.ride(20);
        rider.act(Act::Capture);
        rider.ride(61);
        let survey = rider.unit.session().survey();
        assert_eq!(survey.failed(), None);
        assert!(survey.left_to_right(Part::Calf).is_some_and(|ratio| (ratio - 1.25).abs() < 0.01), "{survey:?}");
        assert!(survey.left_to_right(Part::Thigh).is_some_and(|ratio| (ratio - 1.0).abs() < 0.01), "{survey:?}");
        assert_eq!(rider.news.iter().filter(|news| matches!(news, News::SurveyCell { .. })).count(), 4);
        rider.smo2.clear();
        rider.act(Act::Capture);
        rider.ride(60);
        let lost = rider.unit.session().survey().failed();
        assert!(matches!(lost, Some(Spoil::Reading(Reason::Stale | Reason::Lost | Reason::NoData))), "{lost:?}");
    }

    #[test]
    fn without_sensors_nothing_is_invented() {
        let mut rider = Rider::new(&[]);
        rider.give(&Input::Position("A".parse().unwrap()));
        rider.act(Act::StartReassess);
        rider.act(Act::Capture);
        rider.ride(300);
        rider.give(&Input::Position("B".parse().unwrap()));
        rider.act(Act::CueGiven);
        rider.ride(300);
        let session = rider.unit.session();
        let d = session.blocks().compare(Side::Right, What::D);
        assert_eq!(d.verdict, Verdict::NotYet { missing: Missing::Reading });
        assert_eq!(session.laps().current().sites().len(), 0);
        assert!(matches!(session.reassess().phase(), Phase::Baseline { left_s: 1.., .. }));
        assert_eq!(rider.unit.recovery(CALF), None);
    }

    #[test]
    fn the_last_recovery_is_known_with_its_time() {
        let mut rider = Rider::new(&[CALF]);
        let mut lagged = 0.0;
        // An effort of three minutes and a rest of three, the muscle with a half-time of 21 s.
        for s in 0..360 {
            rider.power = if s < 180 { 300 } else { 100 };
            lagged += (f32::from(rider.power) - lagged) / 30.0;
            rider.smo2[0] = (800.0 - 1.5 * lagged) as u16;
            rider.ride(1);
        }
        let recovery = rider.unit.recovery(CALF).unwrap();
        assert!((12.0..32.0).contains(&recovery.half_time_s), "{recovery:?}");
        assert!(recovery.low_s < recovery.half_time_s && recovery.half_time_s < recovery.high_s, "{recovery:?}");
        assert!((300..350).contains(&(recovery.at.as_ms() / 1000)), "{recovery:?}");
        assert_eq!(rider.unit.recovery(THIGH), None);
        let snapshot = rider.unit.snapshot();
        let in_lap = snapshot.lap_of(CALF).and_then(crate::session::SiteLap::half_time_s).unwrap();
        assert!((f32::from(in_lap) - recovery.half_time_s).abs() <= 0.5, "{in_lap}");
        // The rest is at 100 W, the effort was at 300.
        let at = |s: u64| snapshot.power_history.get(s * 10 / 45);
        assert_eq!((at(350), at(170)), (Some(100.0), Some(300.0)));
    }

    #[test]
    fn any_order_of_acts_harms_nothing() {
        const ACTS: [Act; 10] = [
            Act::NextBlock,
            Act::UndoBlock,
            Act::EndBlock,
            Act::ClearBlocks,
            Act::StartSurvey,
            Act::Capture,
            Act::StopSurvey,
            Act::StartReassess,
            Act::CueGiven,
            Act::StopReassess,
        ];
        let mut rider = Rider::new(&[CALF, THIGH]);
        let mut random = 7_u32;
        for _ in 0..5000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match random >> 28 {
                at @ 0..10 => rider.act(ACTS[at as usize]),
                10 => rider.give(&Input::Lap),
                11 => rider.give(&Input::Position("C".parse().unwrap())),
                12 => rider.s += 90,
                13 => rider.ride(random >> 8 & 0xff),
                _ => rider.ride(1),
            }
            let session = rider.unit.session();
            let running =
                session.blocks().running().is_some_and(|(block, age_s, _)| u32::from(block.counted_s) > age_s);
            assert!(!running && session.survey().progress_s().is_none_or(|s| s < 60));
            for side in [Side::Left, Side::Right] {
                for what in What::ALL {
                    let shown = session.blocks().compare(side, what).verdict.shows();
                    assert!(shown.is_none_or(|(_, it)| it.difference.is_finite() && it.half_width.is_finite()));
                }
            }
        }
        assert!(rider.news.iter().any(|news| matches!(news, News::Compared { .. })));
    }
}
