//! Moments to show: parts of a snapshot changed to what there can be.

use sling_core::alert::Level;
use sling_core::field::{AlertView, SiteView, Snapshot};
use sling_core::pattern::{Evidence, PatternKind, Place};
use sling_core::sensor::{Muscle, Reason, Side, Site};
use sling_core::signal::trend::Trend;
use sling_core::time::{Duration, Instant};

/// A muscle with a value; `slope` in points a minute, its interval half as wide as what an arrow needs.
pub fn valued(view: SiteView<'_>, percent: u8, slope: f32) -> SiteView<'_> {
    let trend = Some(Trend { slope_per_min: slope, half_width_per_min: 1.0 });
    SiteView { smo2: Ok(f32::from(percent)), trend, range: None, ..view }
}

/// A muscle without one, its last good sample so many seconds ago.
pub fn missing(view: SiteView<'_>, reason: Reason, age_s: u32) -> SiteView<'_> {
    SiteView { smo2: Err(reason), trend: None, age: Some(Duration::from_s(age_s)), ..view }
}

/// A moment with every muscle changed.
pub fn changed<'a>(moment: &Snapshot<'a>, change: &dyn Fn(SiteView<'a>) -> SiteView<'a>) -> Snapshot<'a> {
    let sites = moment.sites.iter().map(|view| change(*view)).collect();
    Snapshot { calf: moment.calf.map(change), thigh: moment.thigh.map(change), sites, ..moment.clone() }
}

/// The alert of a pattern on the right leg, as news, so many minutes old.
pub fn alert(kind: PatternKind, moment: &Snapshot<'_>, minutes: u32) -> AlertView {
    let (calf, thigh) = (Muscle::GastrocnemiusMedialis, Muscle::VastusLateralis);
    let right = |muscle| Site::new(muscle, Side::Right);
    let lower = Evidence::Smo2 { site: -8.0, against: Some(1.0) };
    let (site, against, evidence) = match kind {
        PatternKind::CalfOverload => (calf, Some(right(thigh)), lower),
        PatternKind::VlFatigue => (thigh, Some(right(calf)), lower),
        PatternKind::TibialisOverload => (Muscle::TibialisAnterior, Some(right(thigh)), lower),
        PatternKind::AntagonistImbalance => (Muscle::BicepsFemoris, Some(right(thigh)), lower),
        PatternKind::HeadImbalance => (calf, Some(right(Muscle::GastrocnemiusLateralis)), lower),
        PatternKind::SideImbalance => (thigh, Some(Site::new(thigh, Side::Left)), lower),
        PatternKind::LoadShift => (calf, Some(right(thigh)), Evidence::Usual { now: 0.72, usual: 0.58 }),
        PatternKind::OutflowRestriction => (calf, None, Evidence::Blood { smo2: -9.0, thb: 0.2 }),
        PatternKind::Compression => (calf, None, Evidence::Blood { smo2: -9.0, thb: -0.2 }),
        PatternKind::SlowRecovery => (thigh, None, Evidence::Usual { now: 28.0, usual: 19.0 }),
    };
    let now_ms = moment.now.as_ms();
    AlertView {
        kind,
        place: Place { site: right(site), against },
        level: Level::Caution,
        strength: 24.0,
        evidence,
        since: Instant::from_ms(now_ms.saturating_sub(u64::from(minutes) * 60_000)),
        told_at: Instant::from_ms(now_ms.saturating_sub(20_000)),
        is_news: true,
        names_head: false,
        more: 0,
    }
}
