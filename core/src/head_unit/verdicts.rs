//! What is made of the muscles' evidence at each step: who can be judged is told, explanations compete
//! ([`crate::pattern::contest`]), baselines take in what is no pattern, and the alerts hear what is seen.

use super::{Event, HeadUnit, Watch, pass_on};
use crate::config::MAX_SITES;
use crate::pattern::Verdict;
use crate::pattern::contest::{self, Contender, Finding, Sighting};
use crate::sensor::Site;
use crate::signal::shift::Shift;
use crate::time::Instant;

impl HeadUnit {
    /// Tells what can be judged, and what no longer.
    pub(super) fn tell_readiness(&mut self) {
        for watch in &mut self.watches {
            let of = |site: Site| self.muscles.iter().find(|m| m.site == site).map_or(Ok(()), |m| m.ready);
            let Watch { place, told } = *watch;
            let ready = of(place.site).and(place.against.map_or(Ok(()), of));
            if told != Some(ready) {
                watch.told = Some(ready);
                self.outbox.event(match ready {
                    Ok(()) => Event::Armed { place },
                    Err(reason) => Event::Disarmed { place, reason },
                });
            }
        }
    }

    /// What the muscles' evidence comes to, and what becomes of the patterns that are being seen.
    pub(super) fn contest(&mut self, now: Instant) {
        let mut findings = heapless::Vec::<Finding, MAX_SITES>::new();
        let mut episodes = heapless::Vec::<Option<Sighting>, MAX_SITES>::new();
        {
            let mut all = heapless::Vec::<Contender<'_>, MAX_SITES>::new();
            for m in &self.muscles {
                let _ = all.push(Contender { site: m.site, baseline: &m.baseline, ready: m.is_judged() });
            }
            let surprises: heapless::Vec<_, MAX_SITES> = self.muscles.iter().map(|m| m.baseline.surprise()).collect();
            self.shared.take(&surprises);
            for (i, muscle) in self.muscles.iter().enumerate() {
                let _ = findings.push(contest::weigh(now, &all, i, &self.shared));
                let _ = episodes.push(muscle.episode.and_then(|mut seen| seen.goes_on(now, &all).then_some(seen)));
            }
        }
        for (i, goes_on) in episodes.iter().enumerate() {
            let Some(muscle) = self.muscles.get_mut(i) else { continue };
            match (muscle.episode, goes_on) {
                (Some(old), None) => {
                    let points = muscle.baseline.deviation().unwrap_or(0.0);
                    if old.has_stayed(now, points) {
                        muscle.baseline.shift_level(points);
                    }
                    muscle.forget_evidence();
                }
                _ => muscle.episode = *goes_on,
            }
        }
        // Of two that are found together each says so; what was one's evidence is gone after the first.
        let mut settled = [false; MAX_SITES];
        for (i, finding) in findings.iter().enumerate() {
            if settled.get(i).copied().unwrap_or(true) {
                continue;
            }
            match finding {
                Finding::Nothing => {}
                Finding::Absorb(shift) => self.absorb(i, shift),
                Finding::Together(shift, with) => {
                    if let Some(theirs) =
                        self.muscles.get(*with).and_then(|m| m.baseline.shifts().since(shift.since, shift.shape))
                    {
                        self.absorb(*with, &theirs);
                    }
                    if let Some(other) = self.muscles.get_mut(*with).filter(|m| m.episode.is_some()) {
                        let points = other.baseline.deviation().unwrap_or(0.0);
                        other.baseline.shift_level(points);
                        other.episode = None;
                    }
                    self.absorb(i, shift);
                    if let Some(other) = settled.get_mut(*with) {
                        *other = true;
                    }
                }
                Finding::Seen(episode, shift) => {
                    if let Some(muscle) = self.muscles.get_mut(i) {
                        muscle.baseline.hold(shift);
                        muscle.episode = Some(*episode);
                    }
                }
            }
        }
        self.report();
    }

    fn absorb(&mut self, at: usize, shift: &Shift) {
        if let Some(muscle) = self.muscles.get_mut(at) {
            muscle.baseline.absorb(shift);
        }
    }

    /// Hands what is seen to the alerts.
    pub(super) fn report(&mut self) {
        let now = self.now;
        let outbox = &mut self.outbox;
        for muscle in &mut self.muscles {
            let verdict = muscle.episode.map(|episode| episode.verdict);
            let key = |v: &Verdict| (v.kind, v.place);
            if let Some(old) = muscle.reported
                && verdict.as_ref().map(key) != Some(old)
            {
                self.alerts.report(now, old.0, old.1, None, &mut |change| pass_on(outbox, change));
            }
            muscle.reported = verdict.as_ref().map(key);
            if let Some(verdict) = verdict {
                let (kind, place) = key(&verdict);
                self.alerts.report(now, kind, place, Some(verdict), &mut |change| pass_on(outbox, change));
            }
        }
    }
}
