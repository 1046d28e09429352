//! Plain channels, for sticks without scanning mode: one for each wanted sensor as far as they go, and one that looks
//! for others while somebody pairs.
//!
//! A search that ran out is begun again by [`Retry`]. A search for others finds one sensor at a time: it stays with it
//! for two seconds, excludes it and goes on; two searches without a number could find the same sensor, so there is never
//! more than one.

use super::{Ask, EVERYBODY, Listing, MAX_WANTED, NETWORK, Retry, earliest, profile};
use crate::sensor::{Identity, Sensor, SensorKind};
use crate::time::{Duration, Instant};
use crate::wire::ant::command::{Command, channel_type};
use crate::wire::ant::message::{ChannelId, Code, id};
use crate::wire::ant::pages::FREQUENCY;

/// Sticks have eight channels, some modules fifteen.
const MAX_CHANNELS: usize = MAX_WANTED + 1;
/// Search time-outs, in 2.5 s. A search of high priority would interrupt the other channels.
const NO_HIGH_PRIORITY: u8 = 0;
const SEARCH_SENSOR: u8 = 10;
const SEARCH_OTHERS: u8 = 4;
/// How long a sensor that was found is listened to before the next one is looked for.
const STAY: Duration = Duration::from_s(2);
/// A channel that was told to close says so within this.
const CLOSE: Duration = Duration::from_s(2);
/// A stick's list of excluded sensors holds four.
const EXCLUDED: usize = 4;

/// What a channel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Wanted(Sensor),
    Others(Listing),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not assigned.
    Vacant,
    /// The next message of its set-up.
    Setting(u8),
    /// Searching or tracking.
    Open,
    /// Its search ran out; its settings stay. Opened again then.
    Resting(Instant),
    /// To be told to close.
    Leaving,
    /// Told to close; says so, or is taken to have.
    Closing(Instant),
    /// To be unassigned.
    Unassigning,
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    /// What it should be for.
    meant: Option<Purpose>,
    /// What it was set up for.
    held: Option<Purpose>,
    state: State,
    retry: Retry,
    not_before: Instant,
    /// Who is heard on it, and since when.
    from: Option<(ChannelId, Instant)>,
    /// Somebody is heard whose id is not known.
    stranger: bool,
}

impl Channel {
    const NEW: Self = Self {
        meant: None,
        held: None,
        state: State::Vacant,
        retry: Retry::new(),
        not_before: Instant::ZERO,
        from: None,
        stranger: false,
    };

    fn is_for_others(&self) -> bool {
        matches!(self.held, Some(Purpose::Others(_)))
    }
}

/// The channels of a stick.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    all: heapless::Vec<Channel, MAX_CHANNELS>,
    /// The kind that is looked for among others, by its place in [`SensorKind::ALL`].
    kind: usize,
    /// Sensors that were found already, oldest first.
    found: heapless::Deque<ChannelId, EXCLUDED>,
    listing: bool,
}

impl Channels {
    pub(super) const fn new() -> Self {
        Self { all: heapless::Vec::new(), kind: 0, found: heapless::Deque::new(), listing: false }
    }

    /// As many as the stick has.
    pub(super) fn of(count: u8) -> Self {
        let mut channels = Self::new();
        for _ in 0..count.clamp(1, MAX_CHANNELS as u8) {
            let _ = channels.all.push(Channel::NEW);
        }
        channels
    }

    /// How many sensors have a channel.
    pub(super) fn room(&self) -> usize {
        self.all.len().saturating_sub(usize::from(self.listing))
    }

    /// Gives each wanted sensor a channel, as far as they go; a sensor that has one keeps it.
    pub(super) fn arrange(&mut self, wanted: &[Sensor], listing: Listing) {
        self.listing = listing != Listing::Off;
        let wanted = wanted.get(..self.room()).unwrap_or(wanted);
        for channel in &mut self.all {
            channel.meant = channel.held.filter(|held| match held {
                Purpose::Wanted(sensor) => wanted.contains(sensor),
                Purpose::Others(as_listed) => *as_listed == listing,
            });
        }
        let others = self.listing.then_some(Purpose::Others(listing));
        for purpose in wanted.iter().map(|&sensor| Purpose::Wanted(sensor)).chain(others) {
            if self.all.iter().all(|channel| channel.meant != Some(purpose))
                && let Some(free) = self.all.iter_mut().find(|channel| channel.meant.is_none())
            {
                free.meant = Some(purpose);
            }
        }
    }

    /// The channel on which a sensor is heard.
    pub(super) fn channel_of(&self, sensor: &ChannelId) -> Option<u8> {
        let at = self.all.iter().position(|c| c.state == State::Open && c.from.is_some_and(|(id, _)| id == *sensor))?;
        u8::try_from(at).ok()
    }

    /// When something is due even if nothing is heard.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.all.iter().fold(None, |soonest, channel| {
            let own = match channel.state {
                State::Resting(at) | State::Closing(at) => Some(at),
                State::Vacant if channel.meant.is_some() => Some(channel.not_before),
                State::Open if channel.is_for_others() => channel.from.map(|(_, since)| since + STAY),
                _ => None,
            };
            earliest(soonest, own)
        })
    }

    /// The next command.
    pub(super) fn next(&mut self, now: Instant) -> Option<Ask> {
        for number in 0..self.all.len() {
            self.move_on(now, number);
            let channel = self.all.get(number)?;
            let n = u8::try_from(number).ok()?;
            match channel.state {
                State::Setting(step) => {
                    if let Some(ask) = self.set_up(n, step, channel) {
                        return Some(ask);
                    }
                }
                State::Open if channel.stranger => return Some(Ask::request(n, id::CHANNEL_ID)),
                State::Leaving => return Some(Ask::new(n, Command::Close { channel: n })),
                State::Unassigning => return Some(Ask::new(n, Command::Unassign { channel: n })),
                _ => {}
            }
        }
        None
    }

    /// Lets a channel go on by itself: to another purpose, or because its time has come.
    fn move_on(&mut self, now: Instant, number: usize) {
        let Some(channel) = self.all.get_mut(number) else { return };
        let other = channel.meant != channel.held;
        let stayed = channel.is_for_others() && channel.from.is_some_and(|(_, since)| now.since(since) >= STAY);
        let was = channel.state;
        channel.state = match was {
            State::Vacant if channel.meant.is_some() && now >= channel.not_before => {
                *channel = Channel { meant: channel.meant, held: channel.meant, retry: channel.retry, ..Channel::NEW };
                State::Setting(0)
            }
            State::Open if other || stayed => State::Leaving,
            State::Setting(_) | State::Resting(_) if other => State::Unassigning,
            State::Resting(at) if now >= at => State::Setting(OPEN_STEP),
            State::Closing(until) if now >= until => State::Unassigning,
            same => same,
        };
        if stayed && was == State::Open {
            let found = channel.from.take();
            self.exclude(found);
        }
    }

    fn exclude(&mut self, found: Option<(ChannelId, Instant)>) {
        let Some((id, _)) = found else { return };
        if self.found.is_full() {
            let _ = self.found.pop_front();
        }
        let _ = self.found.push_back(id);
        self.next_kind();
    }

    fn next_kind(&mut self) {
        self.kind = self.kind.wrapping_add(1) % SensorKind::ALL.len();
    }

    /// A message of a channel's set-up; `None` if the step has nothing to say here.
    fn set_up(&self, n: u8, step: u8, channel: &Channel) -> Option<Ask> {
        let (kind, who, timeout) = match channel.held? {
            Purpose::Wanted(sensor) => (sensor.kind, id_of(&sensor), SEARCH_SENSOR),
            Purpose::Others(_) => (self.kind_sought(), EVERYBODY, SEARCH_OTHERS),
        };
        let profile = profile(kind);
        let threshold = match channel.held {
            Some(Purpose::Others(Listing::Near(ring))) => ring.clamp(1, 10),
            _ => 0,
        };
        let command = match step {
            0 => Command::Assign { channel: n, kind: channel_type::SLAVE, network: NETWORK, extended: None },
            1 => {
                let channel_id = ChannelId { device_type: profile.device_type, ..who };
                Command::ChannelId { channel: n, channel_id }
            }
            2 => Command::Period { channel: n, period: profile.period },
            3 => Command::Frequency { channel: n, frequency: FREQUENCY },
            4 => Command::SearchTimeout { channel: n, timeout: NO_HIGH_PRIORITY },
            5 => Command::LowSearchTimeout { channel: n, timeout },
            LIST_STEP..EXCLUDE_STEP => {
                let index = step - LIST_STEP;
                Command::ListAdd { channel: n, channel_id: *self.found.iter().nth(index.into())?, index }
            }
            EXCLUDE_STEP => Command::ListConfig { channel: n, size: self.found.len() as u8, exclude: true },
            PROXIMITY_STEP => Command::Proximity { channel: n, threshold },
            _ => Command::Open { channel: n },
        };
        Some(Ask::new(n, command))
    }

    fn kind_sought(&self) -> SensorKind {
        SensorKind::ALL.get(self.kind).copied().unwrap_or(SensorKind::MuscleOxygen)
    }

    /// The step after one that was answered: excluding is for those who look for others.
    fn after(&self, step: u8, channel: &Channel) -> u8 {
        let next = step.saturating_add(1);
        if !channel.is_for_others() && next >= LIST_STEP {
            return OPEN_STEP;
        }
        let excluded = self.found.len() as u8;
        if (LIST_STEP..EXCLUDE_STEP).contains(&next) && next - LIST_STEP >= excluded {
            return if excluded == 0 { PROXIMITY_STEP } else { EXCLUDE_STEP };
        }
        next
    }

    /// The answer to a command of a channel.
    pub(super) fn answer(&mut self, now: Instant, number: u8, to: u8, code: Code) {
        let Some(channel) = self.all.get(usize::from(number)) else { return };
        let fine = code == Code::NO_ERROR;
        let state = match (channel.state, to) {
            // Lists and proximity are a help: a stick without them searches without.
            (State::Setting(step @ LIST_STEP..OPEN_STEP), _) if !fine => State::Setting(self.after(step, channel)),
            (State::Setting(OPEN_STEP), _) if fine => State::Open,
            (State::Setting(step), _) if fine => State::Setting(self.after(step, channel)),
            (State::Leaving, id::CLOSE) if fine => State::Closing(now + CLOSE),
            (State::Setting(_), _) | (State::Leaving, id::CLOSE) => State::Unassigning,
            (State::Unassigning, id::UNASSIGN) => State::Vacant,
            (state, _) => state,
        };
        let Some(channel) = self.all.get_mut(usize::from(number)) else { return };
        if matches!(channel.state, State::Setting(_)) && state == State::Unassigning {
            channel.not_before = channel.retry.fail(now);
        }
        channel.state = state;
        if state == State::Vacant {
            channel.held = None;
        }
    }

    /// Something happened on a channel.
    pub(super) fn event(&mut self, now: Instant, number: u8, code: Code) {
        let Some(channel) = self.all.get_mut(usize::from(number)) else { return };
        if code != Code::CHANNEL_CLOSED {
            return;
        }
        channel.from = None;
        match channel.state {
            State::Closing(_) | State::Leaving => channel.state = State::Unassigning,
            State::Open if channel.is_for_others() => {
                channel.state = State::Unassigning;
                self.next_kind();
            }
            State::Open => channel.state = State::Resting(channel.retry.fail(now)),
            _ => {}
        }
    }

    /// The stick says who is heard on a channel.
    pub(super) fn told_id(&mut self, now: Instant, number: u8, id: ChannelId) {
        let Some(channel) = self.all.get_mut(usize::from(number)) else { return };
        channel.stranger = false;
        if id.number != 0 {
            channel.hear(now, id);
        }
    }

    /// Who sent the page that a channel received, where that is known.
    pub(super) fn data(&mut self, now: Instant, number: u8, told: Option<ChannelId>) -> Option<ChannelId> {
        let channel = self.all.get_mut(usize::from(number)).filter(|channel| channel.state == State::Open)?;
        channel.retry.succeed();
        match (told, channel.from) {
            (Some(id), _) => {
                channel.hear(now, id);
                Some(id)
            }
            (None, Some((id, _))) => Some(id),
            (None, None) => {
                channel.stranger = true;
                None
            }
        }
    }
}

impl Channel {
    fn hear(&mut self, now: Instant, id: ChannelId) {
        // A channel with a sensor of its own hears nobody else; a stick that says so is wrong, and the page is not passed on.
        if self.from.is_none_or(|(before, _)| before != id) {
            self.from = Some((id, now));
        }
    }
}

/// Where a set-up ends: the lists, the ring, the opening.
const LIST_STEP: u8 = 6;
const EXCLUDE_STEP: u8 = LIST_STEP + EXCLUDED as u8;
const PROXIMITY_STEP: u8 = EXCLUDE_STEP + 1;
const OPEN_STEP: u8 = PROXIMITY_STEP + 1;

/// The sensor's number and transmission type.
fn id_of(sensor: &Sensor) -> ChannelId {
    match sensor.identity {
        Identity::Ant { number, transmission } => ChannelId { number, transmission, ..EVERYBODY },
        _ => EVERYBODY,
    }
}
