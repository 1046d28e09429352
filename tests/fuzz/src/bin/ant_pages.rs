//! Pages by themselves, and two that follow each other.
#![no_main]

use sling_core::wire::ant::pages::{
    CrankTorque, HeartRate, MuscleOxygen, MuscleOxygenCommand, Page, Power, SpeedCadence, decode_revolutions, set_time,
};
use sling_fuzz::{Bytes, page_survives};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut supply = Bytes(bytes);
    let mut earlier: Page = [0; 8];
    while let Some(page) = supply.take() {
        page_survives(&page);
        compared(&earlier, &page);
        if let Some(command) = MuscleOxygenCommand::decode(&page) {
            let offset_min = i16::from(command.offset_quarters) * 15;
            let at = MuscleOxygenCommand::at(command.action, command.unix_s(), offset_min);
            assert_eq!(at, Some(command));
        }
        let _ = set_time(u64::from_le_bytes(page), i16::from_le_bytes([earlier[0], earlier[1]]));
        earlier = page;
    }
});

/// No pair of pages breaks a difference, and there is none between a page and itself.
fn compared(earlier: &Page, later: &Page) {
    if let (Some(a), Some(b)) = (MuscleOxygen::decode(earlier), MuscleOxygen::decode(later)) {
        assert_eq!((b.samples_since(&a) == 0, b.samples_since(&b)), (a.count == b.count, 0));
    }
    if let (Some(a), Some(b)) = (Power::decode(earlier), Power::decode(later)) {
        assert_eq!((b.mean_since(&a).is_some(), b.mean_since(&b)), (a.count != b.count, None));
    }
    if let (Some(a), Some(b)) = (CrankTorque::decode(earlier), CrankTorque::decode(later)) {
        assert_eq!((b.power_since(&a).is_some(), b.power_since(&b)), (a.period != b.period, None));
    }
    if let (Some(a), Some(b)) = (HeartRate::decode(earlier), HeartRate::decode(later)) {
        assert_eq!((b.beats_since(&a) == 0, b.beats_since(&b)), (a.beat_count == b.beat_count, 0));
    }
    let combined = (SpeedCadence::decode(earlier), SpeedCadence::decode(later));
    let pairs = [
        decode_revolutions(earlier).zip(decode_revolutions(later)),
        Some((combined.0.crank, combined.1.crank)),
        Some((combined.0.wheel, combined.1.wheel)),
    ];
    for (a, b) in pairs.into_iter().flatten() {
        assert_eq!((b.rpm_since(a).is_some(), b.rpm_since(b)), (a.time != b.time, None));
        assert_eq!((b.speed_since(a, 2100).is_some(), b.speed_since(b, 2100)), (a.time != b.time, None));
        let _ = b.speed_since(a, a.count);
    }
}
