//! What comes in by radio: pages and GATT values turned into samples and context, and what goes out to keep it coming.

use super::muscle::OtherName;
use super::{Event, HeadUnit, Output, SensorChange};
use crate::input::{BleEvent, BleProfile, Context};
use crate::link::ant::{self, Heard};
use crate::link::ble::{MAX_WANTED as MAX_PEERS, Wanted};
use crate::link::{Radio, RadioState};
use crate::sensor::{Charge, Identity, Reading, Reason, Sample, Sensor, SensorKind};
use crate::time::{Duration, Instant};
use crate::wire::ant::message::Rssi;
use crate::wire::ant::pages::{CommonPage, MuscleOxygen, set_time};
use crate::wire::gatt;

/// A sensor that goes on asking for the time is told again after this.
const TIME_AGAIN: Duration = Duration::from_s(60);

/// A sensor that its own radio has not heard by then is looked for on the other.
const CALL_AFTER: Duration = Duration::from_s(15);

/// What is said of the radios, as last told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    ant: RadioState,
    ble: RadioState,
    /// Sensors for which the stick has no channel.
    left_out: usize,
}

impl Told {
    pub(super) const fn new() -> Self {
        Self { ant: RadioState::Unused, ble: RadioState::Unused, left_out: 0 }
    }
}

/// The kind of sensor that advertises a profile.
const fn kind_of(profile: BleProfile) -> SensorKind {
    match profile {
        BleProfile::Moxy | BleProfile::TrainRed => SensorKind::MuscleOxygen,
        BleProfile::CyclingPower => SensorKind::Power,
        BleProfile::HeartRate => SensorKind::HeartRate,
        BleProfile::SpeedCadence => SensorKind::SpeedCadence,
    }
}

impl HeadUnit {
    /// Tells the radios whom to listen to.
    pub(super) fn want_sensors(&mut self, now: Instant) {
        let muscles =
            self.config.roster.iter().map(|a| Sensor { kind: SensorKind::MuscleOxygen, identity: a.identity });
        self.ant.want(now, muscles.chain(self.config.companions.iter().copied()));
        self.want_peers(now);
    }

    /// Peers of Bluetooth: those of the roster, and sensors of the other radio that are silent there.
    fn want_peers(&mut self, now: Instant) {
        let mut wanted = heapless::Vec::<Wanted, MAX_PEERS>::new();
        let mut want = |kind, identity| {
            if let Identity::Ble { address } = identity {
                let _ = wanted.push(Wanted { address, kind });
            }
        };
        for muscle in &self.muscles {
            want(SensorKind::MuscleOxygen, muscle.track.identity());
        }
        for companion in &self.companions {
            want(companion.sensor.kind, companion.sensor.identity);
        }
        for muscle in &self.muscles {
            if let OtherName::Called(name) = muscle.other {
                want(SensorKind::MuscleOxygen, name);
            }
        }
        self.ble.want(now, &wanted);
    }

    /// A sensor that falls silent on its own radio is called on the other one too, for the rest of the ride.
    pub(super) fn call_others(&mut self, now: Instant) {
        let begun = self.started.is_some_and(|started| now.since(started) >= CALL_AFTER);
        let mut called = false;
        for muscle in &mut self.muscles {
            let OtherName::Told(name) = muscle.other else { continue };
            let reading = muscle.reading(now);
            if reading == Err(Reason::Lost) || begun && reading == Err(Reason::Searching) {
                muscle.other = OtherName::Called(name);
                called = true;
            }
        }
        if called {
            self.want_peers(now);
        }
    }

    /// Commands for the radios that are due, and what became of the radios.
    pub(super) fn attend_radios(&mut self, now: Instant) {
        while let Some(command) = self.ant.poll(now) {
            self.outbox.push(Output::Ant(command));
        }
        self.ble.tick(now);
        while let Some(command) = self.ble.poll() {
            self.outbox.push(Output::Ble(command));
        }
        for (radio, state) in [(Radio::Ant, self.ant.state(now)), (Radio::Ble, self.ble.state())] {
            let told = match radio {
                Radio::Ant => &mut self.told.ant,
                Radio::Ble => &mut self.told.ble,
            };
            if core::mem::replace(told, state) != state {
                self.outbox.event(Event::Radio { radio, state });
            }
        }
        let left_out = self.ant.left_out();
        if core::mem::replace(&mut self.told.left_out, left_out.len()) != left_out.len() {
            for &Sensor { kind, identity } in left_out {
                let site = self.muscles.iter().find(|m| m.track.identity() == identity).map(|m| m.site);
                let site = site.filter(|_| kind == SensorKind::MuscleOxygen);
                self.outbox.event(Event::Sensor { identity, kind, site, change: SensorChange::LeftOut });
            }
        }
    }

    /// When a radio has something due.
    pub(super) fn radio_deadline(&self) -> Option<Instant> {
        let (ant, ble) = (self.ant.deadline(), self.ble.deadline());
        ant.zip(ble).map(|(ant, ble)| ant.min(ble)).or(ant).or(ble)
    }

    /// The state of a radio.
    pub fn radio(&self, radio: Radio) -> RadioState {
        match radio {
            Radio::Ant => self.told.ant,
            Radio::Ble => self.told.ble,
        }
    }

    /// The radio that keeps wanted sensors from being heard, and why.
    pub(super) fn radio_trouble(&self) -> Option<(Radio, RadioState)> {
        let identities = || {
            let companions = self.config.companions.iter().map(|sensor| sensor.identity);
            self.config.roster.iter().map(|a| a.identity).chain(companions)
        };
        let on = |radio| match radio {
            Radio::Ant => identities().any(|id| matches!(id, Identity::Ant { .. })),
            Radio::Ble => identities().any(|id| matches!(id, Identity::Ble { .. })),
        };
        [Radio::Ant, Radio::Ble]
            .into_iter()
            .map(|radio| (radio, self.radio(radio)))
            .find(|&(radio, state)| matches!(state, RadioState::Trouble(_) | RadioState::NothingHeard) && on(radio))
    }

    pub(super) fn ant_bytes(&mut self, now: Instant, mut bytes: &[u8]) {
        while let Some(heard) = self.ant.hear(now, &mut bytes) {
            self.ant_page(now, &heard);
        }
    }

    fn ant_page(&mut self, now: Instant, heard: &Heard) {
        let Some(kind) = ant::kind_of(heard.from.device_type) else { return };
        let identity = Identity::Ant { number: heard.from.number, transmission: heard.from.transmission };
        let sensor = Sensor { kind, identity };
        let mut reading = None;
        if kind == SensorKind::MuscleOxygen {
            reading = self.ant_muscle(now, heard, identity);
        } else {
            let wheel_mm = self.config.wheel_mm;
            let context = self.companion_mut(sensor).map(|it| it.page(now, &heard.page, wheel_mm));
            self.radio_context(now, context);
        }
        let rssi_dbm = match heard.rssi {
            Some(Rssi::Dbm { value, .. }) => Some(value),
            _ => None,
        };
        self.found(now, sensor, None, rssi_dbm, reading);
        // The older sensors of these kinds have no page numbers, or others.
        if !matches!(kind, SensorKind::HeartRate | SensorKind::SpeedCadence)
            && let Some(CommonPage::Battery(battery)) = CommonPage::decode(&heard.page)
        {
            self.told_charge(Some(kind), identity, battery.status.charge());
        }
    }

    /// A page of a NIRS sensor; what it measured, if it says so.
    fn ant_muscle(&mut self, now: Instant, heard: &Heard, identity: Identity) -> Option<Reading> {
        let at = self.muscle_at(identity);
        if let Some(muscle) = at.and_then(|at| self.muscles.get_mut(at)) {
            muscle.reception.hear();
        }
        if let Some(page) = MuscleOxygen::decode(&heard.page) {
            if let Some(at) = at {
                self.radio_sample(now, at, &Sample { identity, count: u16::from(page.count), reading: page.reading });
                if page.utc_wanted {
                    self.tell_time(now, at, heard);
                }
            }
            return Some(page.reading);
        }
        None
    }

    /// Sends the time of day to a sensor that asks for it, if it is known.
    fn tell_time(&mut self, now: Instant, at: usize, heard: &Heard) {
        let Some((then, unix_s, offset_min)) = self.wall_time else { return };
        let Some(muscle) = self.muscles.get_mut(at) else { return };
        if muscle.time_told.is_some_and(|at| now.since(at) < TIME_AGAIN) {
            return;
        }
        muscle.time_told = Some(now);
        if let Some(page) = set_time(unix_s.saturating_add(now.since(then).as_s().into()), offset_min) {
            self.ant.send_page(heard.from, page);
        }
    }

    pub(super) fn ble(&mut self, now: Instant, event: &BleEvent<'_>) {
        self.ble.event(now, event);
        match *event {
            BleEvent::Connected { address } => self.ble_link(now, Identity::Ble { address }, true),
            BleEvent::Disconnected { address } => self.ble_link(now, Identity::Ble { address }, false),
            BleEvent::BatteryLevel { address, percent } => {
                self.told_charge(None, Identity::Ble { address }, Some(Charge::Percent(percent)));
            }
            BleEvent::Notification { address, profile, value } => {
                self.ble_value(now, Identity::Ble { address }, profile, value);
            }
            BleEvent::Seen { address, name, profiles, rssi_dbm } => {
                let number = name.filter(|_| profiles.has(BleProfile::Moxy)).and_then(gatt::moxy_ant_number);
                if let Some(number) = number {
                    self.one_sensor(now, number, address);
                }
                let other = number.map(|number| Identity::Ant { number, transmission: 0 });
                for kind in profiles.iter().map(kind_of) {
                    let sensor = Sensor { kind, identity: Identity::Ble { address } };
                    self.found(now, sensor, other, rssi_dbm, None);
                }
            }
            BleEvent::Adapter(_)
            | BleEvent::Discovered { .. }
            | BleEvent::Subscribed { .. }
            | BleEvent::Failed { .. } => {}
        }
    }

    /// A Moxy tells its ANT number in its Bluetooth name: both are one sensor. If two addresses tell one number, nobody
    /// can say which of them is the sensor on ANT, and neither is taken for it.
    fn one_sensor(&mut self, now: Instant, number: u16, address: [u8; 6]) {
        let (ant, ble) = (Identity::Ant { number, transmission: 0 }, Identity::Ble { address });
        let Some(muscle) = self.muscles.iter_mut().find(|m| m.track.identity().is_same(ant)) else {
            if let Some(muscle) = self.muscles.iter_mut().find(|m| m.track.identity() == ble) {
                muscle.other = OtherName::Told(ant);
            }
            return;
        };
        match muscle.other {
            OtherName::Unknown => muscle.other = OtherName::Told(ble),
            OtherName::Told(name) | OtherName::Called(name) if name != ble => {
                muscle.other = OtherName::Contested;
                let (kind, site) = (SensorKind::MuscleOxygen, Some(muscle.site));
                self.outbox.event(Event::Sensor { identity: ble, kind, site, change: SensorChange::Ambiguous });
                self.want_peers(now);
            }
            _ => {}
        }
    }

    fn ble_value(&mut self, now: Instant, identity: Identity, profile: BleProfile, value: &[u8]) {
        let content = match profile {
            BleProfile::Moxy => gatt::Moxy::decode(value).map(|moxy| (Some(moxy.count), moxy.reading)),
            // Train.Red sends no count: each notification is a sample.
            BleProfile::TrainRed => gatt::TrainRed::decode(value).map(|red| (None, red.reading)),
            BleProfile::CyclingPower | BleProfile::SpeedCadence | BleProfile::HeartRate => {
                let wheel_mm = self.config.wheel_mm;
                let companion = self.companions.iter_mut().find(|it| it.sensor.identity == identity);
                let context = companion.map(|it| it.value(now, profile, value, wheel_mm));
                return self.radio_context(now, context);
            }
        };
        let Some(((count, reading), at)) = content.zip(self.muscle_at(identity)) else { return };
        let Some(muscle) = self.muscles.get_mut(at) else { return };
        muscle.reception.hear();
        let count = count.unwrap_or_else(|| muscle.track.last_count().map_or(0, |last| last.wrapping_add(1)));
        self.radio_sample(now, at, &Sample { identity, count, reading });
    }

    /// The muscle that a sensor is worn on, by either of its names.
    fn muscle_at(&self, identity: Identity) -> Option<usize> {
        self.muscles.iter().position(|m| {
            m.track.identity().is_same(identity) || m.other.get().is_some_and(|name| name.is_same(identity))
        })
    }

    fn companion_mut(&mut self, sensor: Sensor) -> Option<&mut super::companions::Companion> {
        let is_it = |of: &Sensor| of.kind == sensor.kind && of.identity.is_same(sensor.identity);
        self.companions.iter_mut().find(|it| is_it(&it.sensor))
    }

    fn radio_sample(&mut self, now: Instant, at: usize, sample: &Sample) {
        let Some(muscle) = self.muscles.get_mut(at) else { return };
        muscle.track.set_by_radio();
        let identity = muscle.track.identity();
        if self.hear(now, at, sample) {
            self.outbox.push(Output::Sample(Sample { identity, ..*sample }));
        }
    }

    fn radio_context(&mut self, now: Instant, context: Option<Context>) {
        let Some(context) = context.filter(|context| *context != Context::default()) else { return };
        self.riding.context(now, &context);
        self.outbox.push(Output::Context(context));
    }

    /// A sensor was heard, for those who look for sensors.
    fn found(
        &mut self,
        now: Instant,
        sensor: Sensor,
        other: Option<Identity>,
        rssi_dbm: Option<i8>,
        reading: Option<Reading>,
    ) {
        if self.listing == ant::Listing::Off || !self.neighbours.hear(now, sensor, other, rssi_dbm, reading) {
            return;
        }
        let Sensor { kind, identity } = sensor;
        let site = self.muscle_at(identity).and_then(|at| self.muscles.get(at)).map(|m| m.site);
        if kind != SensorKind::MuscleOxygen || site.is_none() {
            self.outbox.event(Event::Sensor { identity, kind, site: None, change: SensorChange::Found });
        }
    }

    fn ble_link(&mut self, now: Instant, identity: Identity, up: bool) {
        let Some(at) = self.muscle_at(identity) else { return };
        let Some(muscle) = self.muscles.get_mut(at) else { return };
        // A link says that the sensor is gone when it goes down. That it is back, only a value says.
        if !up {
            muscle.track.set_unlinked(identity);
            self.tell_condition(now, at);
        }
    }

    /// A sensor told of its battery: one of a kind, or whatever a peer is used for.
    fn told_charge(&mut self, kind: Option<SensorKind>, identity: Identity, charge: Option<Charge>) {
        let is_kind = |of: SensorKind| kind.is_none_or(|kind| kind == of);
        self.neighbours.charge(|it| is_kind(it.sensor.kind) && it.is(identity), charge);
        for (own, told) in self.config.companions.iter().zip(&mut self.charges) {
            if is_kind(own.kind) && own.identity.is_same(identity) {
                *told = charge;
            }
        }
        if is_kind(SensorKind::MuscleOxygen)
            && let Some(at) = self.muscle_at(identity)
        {
            self.muscle_charge(at, charge);
        }
    }

    pub(super) fn muscle_charge(&mut self, at: usize, charge: Option<Charge>) {
        let Some(muscle) = self.muscles.get_mut(at) else { return };
        let is_low = |charge: Option<Charge>| charge.is_some_and(Charge::is_low);
        let low = is_low(charge);
        if is_low(core::mem::replace(&mut muscle.charge, charge)) == low {
            return;
        }
        let (reason, site) = (Reason::LowBattery, muscle.site);
        self.outbox.event(if low { Event::Notice { reason, site } } else { Event::NoticeCleared { reason, site } });
    }
}
