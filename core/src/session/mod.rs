//! What a rider or a fitter does over time: laps, position blocks of a bike fit, a resting survey, cue and reassess.
//!
//! Fed once a second with what is seen ([`Moment`]), and told what is done ([`Act`]). Everything is measured from whole seconds
//! in which there was a value; a figure without data is none, and one that was spoiled says by what. What belongs into the
//! ride's record is told as [`News`], in whole tenths. SmO2 in percent, differences in points of it.

mod blocks;
mod compare;
mod lap;
mod moment;
mod reassess;
mod recovery;
mod survey;
mod tally;
#[cfg(test)]
pub(crate) mod testing;

pub use blocks::{BLOCKS_KEPT, Block, Blocks, Comparison, EQUIVALENT, MAX_POSITIONS, Missing, Shows, Stage, Verdict};
pub use blocks::{SETTLE_S, TARGET_S};
pub use compare::{Interval, WindowMean};
pub use lap::{LAPS_KEPT, Lap, Laps, SiteLap};
pub use moment::{LegNow, Moment, Seen, Spoil, What};
pub use reassess::{ASSESS_S, BASELINE_S, Outcome, Phase, Reassess, SETTLE_S as REASSESS_SETTLE_S};
pub use recovery::Recovery;
pub use survey::{CAPTURE_S, Cell, Part, Survey};
pub use tally::Tally;

use crate::sensor::{Side, Site};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// What a rider or fitter does. The order of the variants is the input log's format: append, never reorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// The next position block begins, of the position whose turn it is.
    NextBlock,
    /// The last change of block was a slip: back to the one before.
    UndoBlock,
    /// The block is over, and none follows yet.
    EndBlock,
    /// All blocks and positions are forgotten: another comparison.
    ClearBlocks,
    /// A new resting survey.
    StartSurvey,
    /// Capture who is worn, for a minute; begins one anew.
    Capture,
    /// The survey is over; its table stays.
    StopSurvey,
    /// A trial of a cue begins with its baseline.
    StartReassess,
    /// The cue was given.
    CueGiven,
    /// The trial is called off.
    StopReassess,
}

/// Something that belongs into the ride's record. Tenths are of a point of SmO2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// A position block began.
    BlockBegan {
        /// Its number, from 1.
        number: u16,
        /// Its position, from 0.
        position: u8,
        /// The position's label.
        label: heapless::String<24>,
    },
    /// A position block is over.
    BlockEnded {
        /// Its number.
        number: u16,
        /// Its position.
        position: u8,
        /// Seconds that count.
        counted_s: u16,
        /// Mean power in them.
        power_w: Option<u16>,
        /// Mean cadence in them.
        cadence_rpm: Option<u16>,
    },
    /// What was seen on a leg in the block that is over: means in tenths.
    BlockLeg {
        /// The block's number.
        number: u16,
        /// The leg.
        side: Side,
        /// SmO2 of the calf.
        calf: Option<i16>,
        /// SmO2 of the thigh.
        thigh: Option<i16>,
        /// Calf less thigh.
        d: Option<i16>,
    },
    /// What the blocks so far show of two positions: `to` less `from`, in tenths.
    Compared {
        /// The leg.
        side: Side,
        /// What is compared.
        what: What,
        /// The position used first.
        from: u8,
        /// The other.
        to: u8,
        /// Pairs of blocks in it.
        pairs: u8,
        /// What they show.
        shows: Shows,
        /// The difference.
        difference: i16,
        /// Half the width of its 95 % interval.
        half_width: i16,
    },
    /// The last change of block was taken back.
    BlockUndone {
        /// The block that goes on.
        number: u16,
    },
    /// A fourth position is not compared.
    BlockRefused,
    /// A muscle at rest was captured.
    SurveyCell {
        /// Which muscle.
        site: Site,
        /// Mean SmO2.
        smo2_tenths: i16,
        /// How much single seconds scatter (SD).
        spread_tenths: i16,
        /// Seconds with a value.
        seconds: u8,
    },
    /// A capture gave nothing.
    SurveySpoiled {
        /// Why.
        why: Spoil,
    },
    /// The cue was given.
    CueGiven,
    /// What it did, in tenths: after less before.
    Reassessed {
        /// The leg.
        side: Side,
        /// Of what.
        what: What,
        /// Whether anything is seen: the interval does not hold zero.
        seen: bool,
        /// The difference.
        difference: i16,
        /// Half the width of its 95 % interval.
        half_width: i16,
    },
    /// The trial of a cue came to nothing.
    ReassessSpoiled {
        /// Why.
        why: Spoil,
    },
}

/// Where news goes.
type Told<'a> = &'a mut dyn FnMut(News);

/// Everything that is done over time on a ride.
#[derive(Clone, Debug)]
pub struct Session {
    laps: Laps,
    blocks: Blocks,
    survey: Survey,
    reassess: Reassess,
}

impl Session {
    /// Of a ride that has not begun.
    pub const fn new() -> Self {
        Self { laps: Laps::new(), blocks: Blocks::new(), survey: Survey::new(), reassess: Reassess::new() }
    }

    /// The laps.
    pub const fn laps(&self) -> &Laps {
        &self.laps
    }

    /// The position blocks.
    pub const fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// The resting survey.
    pub const fn survey(&self) -> &Survey {
        &self.survey
    }

    /// The trial of a cue.
    pub const fn reassess(&self) -> &Reassess {
        &self.reassess
    }

    /// The ride begins.
    pub const fn start(&mut self, now: Instant) {
        self.laps.start(now);
    }

    /// The ride's time runs from now on, or stands.
    pub fn time_runs(&mut self, now: Instant, runs: bool) {
        self.laps.time_runs(now, runs);
    }

    /// The next lap begins. Returns its number.
    pub fn begin_lap(&mut self, now: Instant) -> u16 {
        self.laps.begin(now)
    }

    /// A recovery of a muscle has been measured.
    pub fn recovered(&mut self, site: Site, recovery: &Recovery) {
        self.laps.recovered(site, recovery);
    }

    /// The bike's set-up has this label from here on: a position block begins.
    pub fn position(&mut self, label: &str, told: &mut dyn FnMut(News)) {
        self.blocks.position(label, told);
    }

    /// Something is done.
    pub fn act(&mut self, act: Act, told: &mut dyn FnMut(News)) {
        match act {
            Act::NextBlock => self.blocks.next(told),
            Act::UndoBlock => self.blocks.undo(told),
            Act::EndBlock => self.blocks.end(told),
            Act::ClearBlocks => self.blocks.clear(told),
            Act::StartSurvey => self.survey.start(),
            Act::Capture => self.survey.capture(),
            Act::StopSurvey => self.survey.stop(),
            Act::StartReassess => self.reassess.start(),
            Act::CueGiven => {
                if self.reassess.cue_given() {
                    told(News::CueGiven);
                }
            }
            Act::StopReassess => self.reassess.stop(),
        }
    }

    /// Time has jumped: nobody saw what went on meanwhile.
    pub fn jump(&mut self, told: &mut dyn FnMut(News)) {
        self.laps.jump();
        self.blocks.jump();
        self.survey.jump(told);
        self.reassess.jump(told);
    }

    /// A second has passed.
    pub fn second(&mut self, now: Instant, moment: &Moment<'_>, told: &mut dyn FnMut(News)) {
        self.laps.second(now, moment);
        self.blocks.second(moment);
        self.survey.second(moment, told);
        self.reassess.second(moment, told);
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_4_kib_at_most() {
        assert!(size_of::<Session>() <= 4096, "{}", size_of::<Session>());
    }
}
