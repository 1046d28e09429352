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

/// Where SmO2 goes when light reaches the detector, and how far tHb falls, in g/dL: seen in raw recordings.
const LEAK_PCT: (f64, f64) = (83.0, 99.0);
const LEAK_THB_GDL: (f64, f64) = (-6.0, -1.7);
/// A leak is restless, points; assumed.
const LEAK_NOISE_PCT: f64 = 1.5;
/// Another sensor in the same place reads this much more or less, in points and in g/dL: between sensors and places, SmO2
/// differs by tens of points and tHb by a tenth.
const REPLACED_PCT: (f64, f64) = (8.0, 25.0);
const REPLACED_THB_GDL: (f64, f64) = (0.3, 1.2);

/// A restarted sensor counts on from elsewhere.
const REBOOTED: u16 = 101;

/// A fault with its memory.
#[derive(Clone, Debug)]
pub(super) struct FaultState {
    fault: Fault,
    random: Random,
    /// SmO2 and tHb that a slip or another sensor adds, or that a leak shows and adds.
    change: (f64, f64),
    /// What a stale or frozen sensor goes on saying.
    held: Option<Sample>,
    landed: u64,
}

impl FaultState {
    pub(super) fn new(fault: Fault, seed: u64, index: usize) -> Self {
        let mut random = Random::stream(seed, Purpose::Fault, index as u64);
        let drawn = match fault.kind {
            FaultKind::LightLeak { .. } => {
                (random.between(LEAK_PCT.0, LEAK_PCT.1), random.between(LEAK_THB_GDL.0, LEAK_THB_GDL.1))
            }
            FaultKind::Replaced { .. } => {
                (either_way(&mut random, REPLACED_PCT), either_way(&mut random, REPLACED_THB_GDL))
            }
            _ => (either_way(&mut random, SLIP_PCT), either_way(&mut random, SLIP_THB_GDL)),
        };
        let change = match fault.kind {
            FaultKind::Slip { smo2_pct, thb }
            | FaultKind::LightLeak { smo2_pct, thb }
            | FaultKind::Replaced { smo2_pct, thb } => (smo2_pct.unwrap_or(drawn.0), thb.unwrap_or(drawn.1)),
            _ => drawn,
        };
        Self { fault, random, change, held: None, landed: 0 }
    }

    /// What goes wrong.
    pub(super) const fn kind(&self) -> FaultKind {
        self.fault.kind
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
            FaultKind::Slip { .. } => Some(self.elsewhere(sample, thb_scale)),
            FaultKind::Replaced { .. } => {
                Some(Sample { count: sample.count.wrapping_add(REBOOTED), ..self.elsewhere(sample, thb_scale) })
            }
            FaultKind::LightLeak { .. } => {
                let (level_pct, thb) = self.change;
                let percent = level_pct + LEAK_NOISE_PCT * self.random.normal();
                Some(changed(sample, |value| Value {
                    smo2: smo2(percent),
                    thb: value.thb.map(|old| moved(old, thb * thb_scale)),
                }))
            }
            FaultKind::Constant { value } => Some(changed(sample, |old| Value {
                smo2: smo2(value),
                thb: old.thb.map(|thb| Thb { hundredths: hundredths(value), ..thb }),
            })),
            FaultKind::Swap { .. } | FaultKind::LowBattery => Some(sample),
            FaultKind::Tenfold => {
                Some(changed(sample, |value| Value { smo2: smo2(f64::from(value.smo2.tenths()) / 100.0), ..value }))
            }
        };
        self.landed += u64::from(result != Some(sample));
        result
    }

    /// The sample at another level.
    fn elsewhere(&self, sample: Sample, thb_scale: f64) -> Sample {
        let (smo2_pct, thb) = self.change;
        changed(sample, |value| Value {
            smo2: smo2(f64::from(value.smo2.tenths()) / 10.0 + smo2_pct),
            thb: value.thb.map(|old| moved(old, thb * thb_scale)),
        })
    }
}

/// A size between two, up or down.
fn either_way(random: &mut Random, (low, high): (f64, f64)) -> f64 {
    let size = random.between(low, high);
    if random.happens(0.5) { size } else { -size }
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
