//! What goes wrong between the skin and the head unit. A fault counts what it changed, so that a test can prove that
//! it landed.

use super::random::{Purpose, Random};
use crate::scenario::{Fault, FaultKind};
use sling_core::sensor::{Reason, Sample, Site, Value};
use sling_core::time::Instant;
use sling_core::units::{Smo2, Thb};

/// A step of SmO2 that is drawn when a slip does not say, either way: contact changes in two raw recordings.
const SLIP_PCT: (f64, f64) = (10.0, 27.0);
/// The step of tHb that is drawn with it, in g/dL; assumed, 4 to 20 times its variation.
const SLIP_THB_GDL: (f64, f64) = (0.2, 1.0);

/// A restarted sensor counts on from elsewhere.
const REBOOTED: u16 = 101;

/// A fault with its memory.
#[derive(Clone, Debug)]
pub(super) struct FaultState {
    fault: Fault,
    random: Random,
    slip: (f64, f64),
    /// What a stale or frozen sensor goes on saying.
    held: Option<Sample>,
    landed: u64,
}

impl FaultState {
    pub(super) fn new(fault: Fault, seed: u64, index: usize) -> Self {
        let mut random = Random::stream(seed, Purpose::Fault, index as u64);
        let mut either_way = |(low, high): (f64, f64)| {
            let size = random.between(low, high);
            if random.happens(0.5) { size } else { -size }
        };
        let drawn = (either_way(SLIP_PCT), either_way(SLIP_THB_GDL));
        let slip = match fault.kind {
            FaultKind::Slip { smo2_pct, thb } => (smo2_pct.unwrap_or(drawn.0), thb.unwrap_or(drawn.1)),
            _ => drawn,
        };
        Self { fault, random, slip, held: None, landed: 0 }
    }

    /// How many samples it changed or took away.
    pub(super) const fn landed(&self) -> u64 {
        self.landed
    }

    fn active(&self, at: Instant) -> bool {
        (self.fault.at..self.fault.until).contains(&at)
    }

    /// Where the sensor of `site` really measures. `heard` says that the head unit will hear the sample.
    pub(super) fn measured_site(&mut self, site: Site, at: Instant, heard: bool) -> Site {
        let FaultKind::Swap { with } = self.fault.kind else { return site };
        let other = match site {
            _ if !self.active(at) => return site,
            _ if site == self.fault.site => with,
            _ if site == with => self.fault.site,
            _ => return site,
        };
        self.landed += u64::from(heard);
        other
    }

    /// What becomes of a sample of the sensor at `site`; `None` if nothing is heard. `thb_scale` is the number of the
    /// sensor's own units in a g/dL.
    pub(super) fn apply(&mut self, site: Site, at: Instant, sample: Sample, thb_scale: f64) -> Option<Sample> {
        if site != self.fault.site || at >= self.fault.until {
            return Some(sample);
        }
        if at < self.fault.at {
            self.held = Some(sample);
            return Some(sample);
        }
        let result = match self.fault.kind {
            FaultKind::Hole | FaultKind::OutOfRange => None,
            FaultKind::Reboot => Some(Sample { count: sample.count.wrapping_add(REBOOTED), ..sample }),
            FaultKind::Ambient => Some(Sample { reading: Err(Reason::AmbientLight), ..sample }),
            FaultKind::Invalid => Some(Sample { reading: Err(Reason::Invalid), ..sample }),
            FaultKind::Zero => Some(changed(sample, |_| Value { smo2: smo2(0.0), thb: Some(zero_thb(sample)) })),
            FaultKind::Hundred => Some(changed(sample, |value| Value { smo2: smo2(100.0), ..value })),
            FaultKind::Stale => Some(*self.held.get_or_insert(sample)),
            FaultKind::Frozen => {
                let held = *self.held.get_or_insert(sample);
                Some(Sample { reading: held.reading, ..sample })
            }
            FaultKind::Miss { fraction } => Some(sample).filter(|_| !self.random.happens(fraction)),
            FaultKind::Slip { .. } => {
                let (smo2_pct, thb) = self.slip;
                Some(changed(sample, |value| Value {
                    smo2: smo2(f64::from(value.smo2.tenths()) / 10.0 + smo2_pct),
                    thb: value.thb.map(|old| moved(old, thb * thb_scale)),
                }))
            }
            FaultKind::Swap { .. } => Some(sample),
            FaultKind::Tenfold => {
                Some(changed(sample, |value| Value { smo2: smo2(f64::from(value.smo2.tenths()) / 100.0), ..value }))
            }
        };
        self.landed += u64::from(result != Some(sample));
        result
    }
}

/// The sample with another value; one without a value stays as it is.
fn changed(sample: Sample, change: impl Fn(Value) -> Value) -> Sample {
    Sample { reading: sample.reading.map(change), ..sample }
}

fn zero_thb(sample: Sample) -> Thb {
    let scale = sample.reading.ok().and_then(|value| value.thb).map(|thb| thb.scale);
    Thb { hundredths: 0, scale: scale.unwrap_or(sling_core::units::ThbScale::GramsPerDecilitre) }
}

fn moved(thb: Thb, by: f64) -> Thb {
    Thb { hundredths: hundredths(f64::from(thb.hundredths) / 100.0 + by), ..thb }
}

/// A percentage in the radio's resolution, at the nearer end of the range if it lies outside.
pub(super) fn smo2(percent: f64) -> Smo2 {
    let tenths = (percent.clamp(0.0, 100.0) * 10.0).round() as u16;
    Smo2::from_tenths(tenths).expect("a percentage clamped to 100 is at most 1000 tenths")
}

/// tHb in the radio's resolution.
pub(super) fn hundredths(thb: f64) -> i16 {
    (thb * 100.0).round() as i16
}
