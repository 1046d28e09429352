//! How often each fault of a ride has landed, whatever layer it lives in: the samples, pages, cues or moments that it
//! changed so far. A fault test that does not look here may be testing nothing.
//!
//! The world, the air and the head unit's body count; everybody else reads. The order is that of the scenario's
//! `[[fault]]`s; faults that were put into a scenario's lists by hand come after those of its file, list by list.

use crate::scenario::{Layer, Scenario};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that are shared between the layers of one ride: a copy counts into the same places.
#[derive(Clone, Debug)]
pub struct Landings {
    counts: Arc<[AtomicU64]>,
    layers: Arc<[Layer]>,
}

impl Landings {
    /// Nothing has landed yet.
    pub fn of(scenario: &Scenario) -> Self {
        let mut layers = scenario.layers.clone();
        for (layer, count) in [
            (Layer::Sensor, scenario.faults.len()),
            (Layer::Radio, scenario.radio_faults.len()),
            (Layer::HeadUnit, scenario.unit_faults.len()),
        ] {
            let written = layers.iter().filter(|&&of| of == layer).count();
            layers.extend((written..count).map(|_| layer));
        }
        Self { counts: layers.iter().map(|_| AtomicU64::new(0)).collect(), layers: layers.into() }
    }

    /// How often each has landed so far.
    pub fn counts(&self) -> Vec<u64> {
        self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect()
    }

    /// The places of a layer's faults, in the order of its list.
    pub(crate) fn places(&self, layer: Layer) -> Vec<usize> {
        self.layers.iter().enumerate().filter(|(_, of)| **of == layer).map(|(place, _)| place).collect()
    }

    /// One more at this place.
    pub(crate) fn add(&self, place: usize) {
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// So many at this place, all in all.
    pub(crate) fn set(&self, place: usize, landed: u64) {
        if let Some(count) = self.counts.get(place) {
            count.store(landed, Ordering::Relaxed);
        }
    }
}
