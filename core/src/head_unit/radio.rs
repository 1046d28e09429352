//! What comes in by radio: bytes and GATT values turned into samples and context.

use super::{Event, HeadUnit, SensorChange};
use crate::input::{BleEvent, BleProfile, Context};
use crate::sensor::{Identity, Reason, Sample};
use crate::time::Instant;
use crate::wire::ant::frame::Frame;
use crate::wire::ant::message::{ChannelId, Message};
use crate::wire::ant::pages::{self, CommonPage, Page, Profile};
use crate::wire::gatt;

/// A sensor's battery is low at this charge.
const LOW_BATTERY_PERCENT: u8 = 15;

impl HeadUnit {
    pub(super) fn ant_bytes(&mut self, now: Instant, mut bytes: &[u8]) {
        while let Some(frame) = self.ant.next_frame(&mut bytes) {
            self.ant_frame(now, &frame);
        }
    }

    fn ant_frame(&mut self, now: Instant, frame: &Frame) {
        let Message::Data(data) = Message::decode(frame) else { return };
        let Some(from) = data.extended.channel_id else { return };
        if from.device_type == Profile::MUSCLE_OXYGEN.device_type {
            self.ant_muscle(now, &from, &data.page);
        } else if from.device_type == Profile::POWER.device_type {
            if let Some(power) = pages::Power::decode(&data.page) {
                self.riding
                    .context(now, &Context { power: Some(power.power), cadence: power.cadence, ..Context::default() });
            }
        } else if from.device_type == Profile::HEART_RATE.device_type {
            let heart_rate = pages::HeartRate::decode(&data.page).and_then(|page| page.rate);
            self.riding.context(now, &Context { heart_rate, ..Context::default() });
        }
    }

    fn ant_muscle(&mut self, now: Instant, from: &ChannelId, page: &Page) {
        let heard = Identity::Ant { number: from.number, transmission: from.transmission };
        // A transmission type of zero in the roster means any.
        let any = Identity::Ant { number: from.number, transmission: 0 };
        let known = self.muscles.iter().map(|m| m.track.identity()).find(|&id| id == heard || id == any);
        let identity = known.unwrap_or(heard);
        if let Some(muscle) = pages::MuscleOxygen::decode(page) {
            self.radio_sample(now, &Sample { identity, count: u16::from(muscle.count), reading: muscle.reading });
        } else if let Some(CommonPage::Battery(battery)) = CommonPage::decode(page) {
            self.sensor_battery(identity, battery.status.is_low());
        }
    }

    pub(super) fn ble(&mut self, now: Instant, event: &BleEvent<'_>) {
        match *event {
            BleEvent::Connected { address } => self.ble_link(now, Identity::Ble { address }, true),
            BleEvent::Disconnected { address } => self.ble_link(now, Identity::Ble { address }, false),
            BleEvent::BatteryLevel { address, percent } => {
                self.sensor_battery(Identity::Ble { address }, percent <= LOW_BATTERY_PERCENT);
            }
            BleEvent::Notification { address, profile, value } => {
                self.ble_value(now, Identity::Ble { address }, profile, value);
            }
            _ => {}
        }
    }

    fn ble_value(&mut self, now: Instant, identity: Identity, profile: BleProfile, value: &[u8]) {
        let content = match profile {
            BleProfile::Moxy => gatt::Moxy::decode(value).map(|moxy| (Some(moxy.count), moxy.reading)),
            // Train.Red sends no count: each notification is a sample.
            BleProfile::TrainRed => gatt::TrainRed::decode(value).map(|red| (None, red.reading)),
            _ => None,
        };
        let Some((count, reading)) = content else { return };
        let next = || {
            let last = self.muscles.iter().find(|m| m.track.identity() == identity).and_then(|m| m.track.last_count());
            last.map_or(0, |last| last.wrapping_add(1))
        };
        let count = count.unwrap_or_else(next);
        self.radio_sample(now, &Sample { identity, count, reading });
    }

    fn radio_sample(&mut self, now: Instant, sample: &Sample) {
        if let Some(muscle) = self.muscles.iter_mut().find(|m| m.track.identity() == sample.identity) {
            muscle.track.set_by_radio();
        }
        self.sample(now, sample);
    }

    fn ble_link(&mut self, now: Instant, identity: Identity, up: bool) {
        let Some(muscle) = self.muscles.iter_mut().find(|m| m.track.identity() == identity) else {
            if up {
                self.outbox.event(Event::Sensor { identity, site: None, change: SensorChange::Found });
            }
            return;
        };
        muscle.track.set_linked(up);
        self.tell_condition(now, identity);
    }

    pub(super) fn sensor_battery(&mut self, identity: Identity, low: bool) {
        let Some(muscle) = self.muscles.iter_mut().find(|m| m.track.identity() == identity) else { return };
        if core::mem::replace(&mut muscle.low_battery, low) == low {
            return;
        }
        let (reason, site) = (Reason::LowBattery, muscle.site);
        self.outbox.event(if low { Event::Notice { reason, site } } else { Event::NoticeCleared { reason, site } });
    }
}
