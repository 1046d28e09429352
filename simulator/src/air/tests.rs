//! What a host can rely on: a table of commands and answers, and the life of a channel on the air.

use super::stick::{Options, Packets, RssiForm};
use super::*;
use sling_core::wire::ant::frame::{Deframer, Frame, MAX_FRAME, encode};
use sling_core::wire::ant::message::{Code, Data, Message, Rssi, id};
use sling_core::wire::ant::pages::MuscleOxygen;

const VERSION: u8 = 0x3E;
const STATUS: u8 = 0x52;
const SERIAL: u8 = 0x61;
const PAGE: Page = [0x01, 0x01, 0x00, 0x04, 0xC0, 0x64, 0x61, 0x85];

const KEY: &[u8] = &[0, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77];
/// A wildcard muscle oxygen channel 0, ready to be opened; searches for 5 s.
const WILDCARD: &[(u8, &[u8])] = &[
    (id::NETWORK_KEY, KEY),
    (id::ASSIGN, &[0, 0x00, 0]),
    (id::CHANNEL_ID, &[0, 0, 0, 31, 0]),
    (id::PERIOD, &[0, 0x00, 0x20]),
    (id::FREQUENCY, &[0, 57]),
    (id::SEARCH_TIMEOUT, &[0, 0]),
    (id::LOW_SEARCH_TIMEOUT, &[0, 2]),
    (id::LIB_CONFIG, &[0, 0xE0]),
];

/// One stick on an air, its bytes read as frames.
struct Bench {
    air: Air,
    stick: StickId,
    now: u64,
    deframer: Deframer,
}

impl Bench {
    fn new(options: Options) -> Self {
        let mut air = Air::new(1);
        let stick = air.add_stick(options);
        Self { air, stick, now: 0, deframer: Deframer::new() }
    }

    /// A good stick that finds every master at once, with these commands accepted.
    fn ready(commands: &[(u8, &[u8])]) -> Self {
        let mut bench = Self::new(Options { search_hit: 1.0, ..Options::default() });
        bench.accepts(commands);
        bench
    }

    fn accepts(&mut self, commands: &[(u8, &[u8])]) {
        for (id, payload) in commands {
            assert_eq!(self.code(*id, payload), Code::NO_ERROR, "{id:02X} {payload:02X?}");
        }
    }

    fn master(&mut self, number: u16) -> MasterId {
        let master = self.air.add_master(Master::new(Profile::MUSCLE_OXYGEN, number));
        self.air.set_page(master, PAGE);
        master
    }

    fn send(&mut self, id: u8, payload: &[u8]) {
        let mut out = [0; MAX_FRAME];
        let size = encode(id, payload, &mut out).unwrap();
        self.air.host_bytes(self.stick, Instant::from_ms(self.now), &out[..size]);
    }

    /// Everything said within the next milliseconds.
    fn frames(&mut self, ms: u64) -> Vec<(u8, Vec<u8>)> {
        self.now += ms;
        self.air.advance(Instant::from_ms(self.now));
        let bytes = self.air.take_bytes(self.stick);
        let mut rest = &bytes[..];
        let frames = core::iter::from_fn(|| self.deframer.next_frame(&mut rest));
        frames.map(|frame| (frame.id, frame.payload().to_vec())).collect()
    }

    fn messages(&mut self, ms: u64) -> Vec<Message> {
        let frames = self.frames(ms);
        frames.iter().map(|(id, payload)| Message::decode(&Frame::new(*id, payload).unwrap())).collect()
    }

    fn data(&mut self, ms: u64) -> Vec<Data> {
        let data = |message| if let Message::Data(data) = message { Some(data) } else { None };
        self.messages(ms).into_iter().filter_map(data).collect()
    }

    fn events(&mut self, ms: u64) -> Vec<(u8, Code)> {
        let event = |message| if let Message::Event { channel, code } = message { Some((channel, code)) } else { None };
        self.messages(ms).into_iter().filter_map(event).collect()
    }

    /// The code that a command is answered with.
    fn code(&mut self, id: u8, payload: &[u8]) -> Code {
        self.send(id, payload);
        let response = |message| match message {
            Message::Response { channel, to, code } if channel == payload[0] && to == id => Some(code),
            _ => None,
        };
        self.messages(2).into_iter().find_map(response).expect("an answer")
    }

    fn status(&mut self, channel: u8) -> u8 {
        self.send(id::REQUEST, &[channel, STATUS]);
        let frames = self.frames(2);
        let (_, payload) = frames.iter().find(|(id, _)| *id == STATUS).expect("a status");
        payload[1]
    }
}

#[test]
fn a_command_is_answered_by_the_state_of_its_channel() {
    let ok = Code::NO_ERROR;
    let wrong = Code::WRONG_STATE;
    let invalid = Code::INVALID_MESSAGE;
    let parameter = Code(0x33);
    let assign: (u8, &[u8]) = (id::ASSIGN, &[0, 0, 0]);
    let set_id: (u8, &[u8]) = (id::CHANNEL_ID, &[0, 0, 0, 31, 0]);
    let open: (u8, &[u8]) = (id::OPEN, &[0]);
    let scan: (u8, &[u8]) = (id::OPEN_SCAN, &[0]);
    let other: [(u8, &[u8]); 3] = [(id::ASSIGN, &[1, 0, 0]), (id::CHANNEL_ID, &[1, 0, 0, 31, 0]), (id::OPEN, &[1])];
    let ack: (u8, &[u8]) = (id::ACKNOWLEDGED, &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    for (before, (id, payload), code) in [
        (&[][..], assign, ok),
        (&[assign], assign, wrong),
        (&[], (id::ASSIGN, &[8, 0, 0][..]), parameter),
        (&[], (id::ASSIGN, &[7, 0, 2]), ok),
        (&[], (id::ASSIGN, &[0, 0, 3]), Code::INVALID_NETWORK),
        (&[], (id::ASSIGN, &[0, 0x11, 0]), parameter),
        (&[], (id::ASSIGN, &[0, 0]), invalid),
        (&[], (id::NETWORK_KEY, KEY), ok),
        (&[], (id::NETWORK_KEY, &[3, 0, 0, 0, 0, 0, 0, 0, 0]), Code::INVALID_NETWORK),
        (&[], (id::NETWORK_KEY, &[0, 1]), invalid),
        (&[], set_id, wrong),
        (&[assign], set_id, ok),
        (&[assign, set_id, open], set_id, wrong),
        (&[], (id::PERIOD, &[0, 0, 32]), wrong),
        (&[assign], (id::PERIOD, &[0, 0, 0]), parameter),
        (&[assign], (id::FREQUENCY, &[0, 125]), parameter),
        (&[assign], (id::PROXIMITY, &[0, 11]), parameter),
        (&[assign], (id::PROXIMITY, &[0, 10]), ok),
        (&[assign], (0x59, &[0, 1, 0, 31, 5, 4]), Code(0x30)),
        (&[assign], (0x59, &[0, 1, 0, 31, 5, 3]), ok),
        (&[assign], (0x5A, &[0, 5, 0]), Code(0x30)),
        (&[], open, wrong),
        (&[assign], open, Code::ID_NOT_SET),
        (&[assign, set_id], open, ok),
        (&[assign, set_id, open], open, wrong),
        (&[assign, set_id, open], (id::UNASSIGN, &[0]), wrong),
        (&[assign, set_id, open, (id::CLOSE, &[0])], open, wrong),
        (&[assign, set_id, open, (id::CLOSE, &[0])], (id::CLOSE, &[0]), wrong),
        (&[assign, set_id], (id::CLOSE, &[0]), wrong),
        (&[assign], (id::UNASSIGN, &[0]), ok),
        (&[], (id::UNASSIGN, &[0]), wrong),
        (&[], scan, wrong),
        (&[assign], scan, Code::ID_NOT_SET),
        (&[assign, set_id], scan, ok),
        (&[assign, set_id, other[0], other[1], other[2]], scan, Code::CLOSE_ALL_CHANNELS),
        (&[assign, set_id, scan, other[0], other[1]], other[2], wrong),
        (&[assign, set_id, scan], open, wrong),
        (&[assign, set_id], ack, Code::NOT_OPENED),
        (&[assign, set_id, open], ack, wrong),
        (&[], (id::REQUEST, &[0, 0x99]), invalid),
        (&[], (id::REQUEST, &[8, 0x52]), parameter),
        (&[], (0xC7, &[0]), invalid),
    ] {
        let mut bench = Bench::ready(before);
        assert_eq!(bench.code(id, payload), code, "{id:02X} {payload:02X?} after {before:02X?}");
    }
}

#[test]
fn it_says_what_it_is() {
    let mut bench = Bench::new(Options::default());
    for (wanted, answer) in [
        (id::CAPABILITIES, &[8, 3, 0, 0xBA, 0x36, 0][..]),
        (VERSION, b"SIM1.00\0"),
        (SERIAL, &[0xE9, 0x03, 0, 0]),
        (id::CHANNEL_ID, &[0, 0, 0, 0, 0]),
        (STATUS, &[0, 0]),
    ] {
        bench.send(id::REQUEST, &[0, wanted]);
        assert_eq!(bench.frames(2), [(wanted, answer.to_vec())]);
    }
}

#[test]
fn a_reset_forgets_everything_and_takes_its_time() {
    let mut bench = Bench::ready(WILDCARD);
    bench.send(id::RESET, &[0]);
    bench.send(id::OPEN, &[0]);
    assert_eq!(bench.messages(99), []);
    assert_eq!(bench.messages(10), [Message::Startup { reason: 0x20 }]);
    assert_eq!(bench.status(0), 0);
}

#[test]
fn a_wildcard_finds_a_sensor_and_says_who_it_is() {
    let mut bench = Bench::ready(WILDCARD);
    bench.master(1234);
    bench.accepts(&[(id::OPEN, &[0])]);
    assert_eq!(bench.status(0) & 3, 2);
    let data = bench.data(10_000);
    assert!((39..=41).contains(&data.len()), "{}", data.len());
    for data in &data {
        assert_eq!((data.page, data.acknowledged), (PAGE, false));
        let id = data.extended.channel_id.unwrap();
        assert_eq!((id.number, id.device_type, id.transmission), (1234, 31, 5));
        assert_eq!(data.extended.rssi, Some(Rssi::Dbm { value: -60, threshold: -128 }));
    }
    let ticks = data
        .windows(2)
        .map(|pair| pair[1].extended.timestamp.unwrap().wrapping_sub(pair[0].extended.timestamp.unwrap()));
    assert!(ticks.clone().all(|ticks| (8191..=8193).contains(&ticks)), "{:?}", ticks.collect::<Vec<_>>());
    assert_eq!(bench.status(0) & 3, 3);
    bench.send(id::REQUEST, &[0, id::CHANNEL_ID]);
    assert!(bench.frames(2).contains(&(id::CHANNEL_ID, vec![0, 0xD2, 0x04, 31, 5])));
}

#[test]
fn nothing_is_heard_that_is_not_looked_for() {
    for (case, change) in [
        ("another key", (id::NETWORK_KEY, &[0, 1, 2, 3, 4, 5, 6, 7, 8][..])),
        ("another number", (id::CHANNEL_ID, &[0, 1, 0, 31, 0])),
        ("another type", (id::CHANNEL_ID, &[0, 0, 0, 120, 0])),
        ("another transmission", (id::CHANNEL_ID, &[0, 0, 0, 31, 1])),
        ("to be paired", (id::CHANNEL_ID, &[0, 0, 0, 31 | 0x80, 0])),
        ("another frequency", (id::FREQUENCY, &[0, 66])),
        ("only what is near", (id::PROXIMITY, &[0, 3])),
    ] {
        let mut bench = Bench::ready(WILDCARD);
        bench.master(1234);
        bench.accepts(&[change, (id::OPEN, &[0])]);
        let messages = bench.messages(6000);
        let closed = [Code::SEARCH_TIMEOUT, Code::CHANNEL_CLOSED].map(|code| Message::Event { channel: 0, code });
        assert_eq!(messages, closed, "{case}");
        assert_eq!(bench.status(0) & 3, 1, "{case}");
    }
}

#[test]
fn a_search_lasts_as_long_as_both_timeouts() {
    for (high, low, ms) in [(0, 4, 10_000), (1, 2, 7500), (0, 0, 0), (0, 255, u64::MAX), (255, 0, u64::MAX)] {
        let mut bench = Bench::ready(WILDCARD);
        bench.accepts(&[(id::SEARCH_TIMEOUT, &[0, high]), (id::LOW_SEARCH_TIMEOUT, &[0, low]), (id::OPEN, &[0])]);
        if ms == u64::MAX {
            assert_eq!(bench.messages(3_600_000), []);
        } else {
            // The answer to the opening has taken two milliseconds.
            assert_eq!(bench.messages(ms.saturating_sub(3)), []);
            assert_eq!(bench.events(5).last(), Some(&(0, Code::CHANNEL_CLOSED)).filter(|_| ms > 0));
        }
    }
}

#[test]
fn a_missed_slot_is_an_event_and_eight_end_tracking() {
    let mut bench = Bench::ready(WILDCARD);
    let master = bench.master(7);
    bench.accepts(&[(id::OPEN, &[0])]);
    assert!(!bench.data(1000).is_empty());
    bench.air.set_path(master, bench.stick, Path::OUT_OF_RANGE);
    assert_eq!(bench.events(1000), [(0, Code::RX_FAIL); 4]);
    bench.air.set_path(master, bench.stick, Path::default());
    assert_eq!(bench.messages(1000).len(), 4, "its slots have not moved: it is heard again at once");
    bench.air.set_path(master, bench.stick, Path::OUT_OF_RANGE);
    let mut lost = vec![(0, Code::RX_FAIL); 7];
    lost.push((0, Code::GO_TO_SEARCH));
    assert_eq!(bench.events(3000), lost);
    assert_eq!(bench.status(0) & 3, 2);
    bench.air.set_path(master, bench.stick, Path::default());
    assert!(bench.data(1000).len() >= 3);
}

#[test]
fn a_sensor_that_starts_anew_is_missed_and_found_again() {
    let mut bench = Bench::ready(WILDCARD);
    let master = bench.master(7);
    bench.accepts(&[(id::OPEN, &[0])]);
    assert!(!bench.data(1000).is_empty());
    bench.air.switch_off(master);
    assert!(!bench.air.is_on(master));
    bench.air.switch_on(master, Instant::from_ms(bench.now + 900));
    let messages = bench.messages(4000);
    let lost = messages.iter().position(|m| matches!(m, Message::Event { code: Code::GO_TO_SEARCH, .. }));
    assert!(messages[..lost.unwrap()].iter().all(|m| matches!(m, Message::Event { code: Code::RX_FAIL, .. })));
    assert!(messages[lost.unwrap() + 1..].iter().all(|m| matches!(m, Message::Data(_))));
}

#[test]
fn a_slave_of_a_slower_period_hears_every_second_page() {
    let mut bench = Bench::ready(WILDCARD);
    bench.master(7);
    bench.accepts(&[(id::PERIOD, &[0, 0x00, 0x40]), (id::OPEN, &[0])]);
    let messages = bench.messages(10_000);
    assert!((19..=21).contains(&messages.len()), "{}", messages.len());
    assert!(messages.iter().all(|m| matches!(m, Message::Data(_))));
}

#[test]
fn closing_takes_a_while_and_keeps_the_settings() {
    let mut bench = Bench::ready(WILDCARD);
    bench.master(7);
    bench.accepts(&[(id::OPEN, &[0])]);
    assert!(!bench.data(1000).is_empty());
    bench.accepts(&[(id::CLOSE, &[0])]);
    assert_eq!(bench.messages(260), [Message::Event { channel: 0, code: Code::CHANNEL_CLOSED }]);
    assert_eq!(bench.messages(2000), []);
    bench.accepts(&[(id::OPEN, &[0])]);
    assert!(bench.data(1000).len() >= 3);
    bench.accepts(&[(id::CLOSE, &[0])]);
    bench.frames(260);
    bench.accepts(&[(id::UNASSIGN, &[0])]);
    assert_eq!(bench.status(0), 0);
}

#[test]
fn scanning_hears_everyone_at_once_with_their_names() {
    let mut bench = Bench::ready(WILDCARD);
    bench.accepts(&[(id::CHANNEL_ID, &[0, 0, 0, 0, 0])]);
    for number in [1, 2, 3] {
        bench.master(number);
    }
    let heart = bench.air.add_master(Master::new(Profile::HEART_RATE, 4));
    bench.air.set_page(heart, [9; 8]);
    bench.accepts(&[(id::OPEN_SCAN, &[0])]);
    let data = bench.data(60_000);
    for number in 1..=4 {
        let heard = data.iter().filter(|data| data.extended.channel_id.unwrap().number == number).count();
        assert!((220..=245).contains(&heard), "{number}: {heard}");
    }
    bench.accepts(&[(id::CLOSE, &[0])]);
    assert_eq!(bench.messages(260).last(), Some(&Message::Event { channel: 0, code: Code::CHANNEL_CLOSED }));
}

#[test]
fn a_background_scan_reports_all_and_keeps_searching() {
    let mut bench = Bench::ready(&[]);
    bench.accepts(&[(id::NETWORK_KEY, KEY), (id::ASSIGN, &[3, 0x00, 0, 0x01]), (id::CHANNEL_ID, &[3, 0, 0, 31, 0])]);
    bench.accepts(&[(id::FREQUENCY, &[3, 57]), (id::SEARCH_TIMEOUT, &[3, 255]), (id::LIB_CONFIG, &[0, 0x80])]);
    bench.accepts(&[(id::OPEN, &[3])]);
    bench.master(1);
    bench.master(2);
    let data = bench.data(10_000);
    assert!(data.len() > 70 && data.iter().all(|data| data.channel == 3), "{}", data.len());
    assert!([1, 2].iter().all(|n| data.iter().any(|data| data.extended.channel_id.unwrap().number == *n)));
    assert_eq!(bench.status(3) & 3, 2);
}

#[test]
fn lists_let_in_or_keep_out() {
    for (exclude, found) in [(0, 2), (1, 1)] {
        let mut bench = Bench::ready(WILDCARD);
        bench.accepts(&[(0x59, &[0, 2, 0, 31, 5, 0]), (0x5A, &[0, 1, exclude]), (id::OPEN, &[0])]);
        bench.master(1);
        bench.master(2);
        let data = bench.data(3000);
        assert!(data.len() > 8 && data.iter().all(|data| data.extended.channel_id.unwrap().number == found));
    }
}

#[test]
fn a_proximity_search_takes_the_near_one_and_only_once() {
    let mut bench = Bench::ready(WILDCARD);
    let far = bench.master(1);
    let near = bench.master(2);
    bench.air.set_path(far, bench.stick, Path::at_distance_m(2.0));
    bench.air.set_path(near, bench.stick, Path::at_distance_m(0.2));
    bench.accepts(&[(id::PROXIMITY, &[0, 1]), (id::OPEN, &[0])]);
    let data = bench.data(2000);
    assert!(data.len() > 5 && data.iter().all(|data| data.extended.channel_id.unwrap().number == 2));
    // Far away it would not be found a second time, if the search still asked for nearness.
    bench.air.set_path(near, bench.stick, Path::OUT_OF_RANGE);
    bench.frames(3000);
    bench.air.set_path(near, bench.stick, Path::at_distance_m(3.0));
    assert!(!bench.data(1000).is_empty());
}

#[test]
fn acknowledged_pages_reach_the_sensor_or_the_host_knows() {
    let page = [0x10, 0, 0xFF, 4, 0, 0xA5, 0xB6, 0x3F];
    let payload = [&[0][..], &page].concat();
    let mut bench = Bench::ready(WILDCARD);
    let master = bench.master(1);
    bench.accepts(&[(id::OPEN, &[0])]);
    bench.frames(1000);
    bench.send(id::ACKNOWLEDGED, &payload);
    assert_eq!(bench.code(id::ACKNOWLEDGED, &payload), Code::TRANSFER_IN_PROGRESS);
    assert_eq!(bench.events(300), [(0, Code::TRANSFER_TX_COMPLETED)]);
    let received = bench.air.take_received(master);
    assert_eq!(received.iter().map(|r| (r.page, r.acknowledged)).collect::<Vec<_>>(), [(page, true)]);

    bench.air.set_path(master, bench.stick, Path::OUT_OF_RANGE);
    bench.send(id::ACKNOWLEDGED, &payload);
    assert_eq!(bench.events(260), [(0, Code::RX_FAIL), (0, Code::TRANSFER_TX_FAILED)]);
    assert_eq!(bench.air.take_received(master), []);

    // Over a poor path some come through, some don't, and some come without the host knowing.
    bench.air.set_path(master, bench.stick, Path { loss: 0.3, ..Path::default() });
    let (mut known, mut came) = (0, 0);
    for _ in 0..400 {
        bench.send(id::ACKNOWLEDGED, &payload);
        known += bench.events(800).iter().filter(|(_, code)| *code == Code::TRANSFER_TX_COMPLETED).count();
        came += bench.air.take_received(master).len();
    }
    assert!(known > 90 && came > known + 30 && came < 380, "{known} {came}");
}

#[test]
fn scanning_can_answer_a_sensor_by_its_name() {
    let mut bench = Bench::ready(WILDCARD);
    let masters = [bench.master(1), bench.master(2)];
    bench.accepts(&[(id::OPEN_SCAN, &[0])]);
    bench.send(id::ACKNOWLEDGED, &[0, 8, 7, 6, 5, 4, 3, 2, 1, 0x80, 2, 0, 31, 5]);
    assert_eq!(bench.events(300), [(0, Code::TRANSFER_TX_COMPLETED)]);
    assert_eq!(masters.map(|master| bench.air.take_received(master).len()), [0, 1]);
    bench.send(id::ACKNOWLEDGED, &[0, 8, 7, 6, 5, 4, 3, 2, 1, 0x80, 3, 0, 31, 5]);
    assert_eq!(bench.events(2100), [(0, Code::TRANSFER_TX_FAILED)], "nobody has this name");
    assert_eq!(bench.code(id::ACKNOWLEDGED, &[0, 8, 7, 6, 5, 4, 3, 2, 1]), Code::WRONG_STATE);
}

#[test]
fn packets_at_once_are_lost_unless_one_is_stronger() {
    for (capture_db, heard) in [(None, [0, 0]), (Some(6), [40, 0])] {
        let mut bench = Bench::ready(WILDCARD);
        bench.air.set_capture_db(capture_db);
        let in_slot = |number, phase_us| Master {
            phase_us: Some(phase_us),
            drift_ppm: Some(0.0),
            ..Master::new(Profile::MUSCLE_OXYGEN, number)
        };
        let strong = bench.air.add_master(in_slot(1, 100_000));
        let weak = bench.air.add_master(in_slot(2, 100_140));
        bench.air.add_master(in_slot(3, 100_300));
        bench.air.set_path(strong, bench.stick, Path { rssi_dbm: -50, loss: 0.0 });
        bench.air.set_path(weak, bench.stick, Path { rssi_dbm: -56, loss: 0.0 });
        bench.accepts(&[(id::OPEN_SCAN, &[0])]);
        let data = bench.data(10_000);
        let count = |number| data.iter().filter(|d| d.extended.channel_id.unwrap().number == number).count();
        assert_eq!([count(1), count(2)], heard, "{capture_db:?}");
        assert_eq!(count(3), 40);
        // Where the weak one is not heard at all it is in nobody's way.
        bench.air.set_path(weak, bench.stick, Path::OUT_OF_RANGE);
        let data = bench.data(10_000);
        assert_eq!(data.iter().filter(|d| d.extended.channel_id.unwrap().number == 1).count(), 40);
    }
}

#[test]
fn losses_come_as_often_as_asked_for() {
    let mut bench = Bench::ready(WILDCARD);
    let master = bench.master(1);
    bench.air.set_path(master, bench.stick, Path { loss: 0.2, ..Path::default() });
    bench.accepts(&[(id::OPEN_SCAN, &[0])]);
    let heard = bench.data(1_000_000).len();
    // Four thousand slots, four standard deviations.
    assert!((3100..=3300).contains(&heard), "{heard}");
}

#[test]
fn one_stick_sends_and_another_hears() {
    let mut bench = Bench::ready(WILDCARD);
    bench.accepts(&[(id::OPEN, &[0])]);
    let receiver = bench.stick;
    bench.stick = bench.air.add_stick(Options::default());
    bench.accepts(&[(id::NETWORK_KEY, KEY), (id::ASSIGN, &[2, 0x10, 0]), (id::FREQUENCY, &[2, 57])]);
    bench.accepts(&[(id::CHANNEL_ID, &[2, 0, 0, 31, 5])]);
    assert_eq!(bench.code(id::OPEN, &[2]), Code::ID_NOT_SET, "a master without a number");
    bench.accepts(&[(id::CHANNEL_ID, &[2, 0xD2, 0x04, 31, 5]), (id::OPEN, &[2])]);
    let sender = bench.stick;
    for count in 0..100 {
        bench.stick = sender;
        bench.send(id::BROADCAST, &[2, 1, count, 0, 4, 0xC0, 0x64, 0x61, 0x85]);
        assert_eq!(bench.events(250), [(2, Code(0x03))]);
        bench.stick = receiver;
        let data = bench.data(0);
        assert!(data.iter().all(|data| MuscleOxygen::decode(&data.page).unwrap().count == count));
        assert!(data.len() == 1 || count == 0, "{count}");
    }
    // Back to the master, and acknowledged pages from it.
    bench.send(id::ACKNOWLEDGED, &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(bench.events(250), [(0, Code::TRANSFER_TX_COMPLETED)]);
    bench.stick = sender;
    assert!(bench.data(0).iter().any(|data| data.acknowledged && data.page == [1, 2, 3, 4, 5, 6, 7, 8]));
    bench.send(id::ACKNOWLEDGED, &[2, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(bench.events(250), [(2, Code::TRANSFER_TX_COMPLETED)]);
    bench.stick = receiver;
    assert!(bench.data(0).iter().any(|data| data.acknowledged && data.page == [8, 7, 6, 5, 4, 3, 2, 1]));
    bench.accepts(&[(id::CLOSE, &[0])]);
    bench.frames(260);
    bench.stick = sender;
    bench.send(id::ACKNOWLEDGED, &[2, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(bench.events(251).last(), Some(&(2, Code::TRANSFER_TX_FAILED)), "nobody is there to hear it");
}

#[test]
fn sticks_differ() {
    let small = Options { channels: 4, networks: 2, scan_mode: false, ..Options::default() };
    let mut bench = Bench::new(small);
    bench.accepts(&[(id::ASSIGN, &[0, 0, 0]), (id::CHANNEL_ID, &[0, 0, 0, 31, 0])]);
    assert_eq!(bench.code(id::OPEN_SCAN, &[0]), Code::INVALID_MESSAGE);
    assert_eq!(bench.code(id::ASSIGN, &[4, 0, 0]), Code(0x33));
    bench.send(id::REQUEST, &[0, id::CAPABILITIES]);
    assert_eq!(bench.frames(2), [(id::CAPABILITIES, vec![4, 2, 0, 0xBA, 0x32, 0])]);

    let mut bench = Bench::new(Options { refuse_keys: Some(Code::INVALID_NETWORK), ..Options::default() });
    assert_eq!(bench.code(id::NETWORK_KEY, &[0, 1, 2, 3, 4, 5, 6, 7, 8]), Code::INVALID_NETWORK);
    assert_eq!(bench.code(id::NETWORK_KEY, KEY), Code::NO_ERROR);

    let mut bench = Bench::new(Options { first_reset_fails: true, ..Options::default() });
    bench.send(id::RESET, &[0]);
    bench.now += 5;
    bench.air.advance(Instant::from_ms(bench.now));
    assert_eq!(bench.air.take_bytes(bench.stick), [0xA4, 0x01, 0xAE, 0x03, 0x08]);
    assert_eq!(bench.messages(1000), []);
    bench.send(id::RESET, &[0]);
    assert_eq!(bench.messages(200), [Message::Startup { reason: 0x20 }]);

    let mut bench = Bench::new(Options { rssi: RssiForm::Agc, search_hit: 1.0, ..Options::default() });
    bench.accepts(WILDCARD);
    bench.master(1);
    bench.accepts(&[(id::OPEN, &[0])]);
    let data = bench.data(1000);
    assert!(matches!(data[0].extended.rssi, Some(Rssi::Agc(_))) && data[0].extended.timestamp.is_some());
}

#[test]
fn packets_are_laid_out_as_asked_for() {
    for packets in [Packets::Whole, Packets::Padded(64), Packets::Cut(5)] {
        let mut bench = Bench::new(Options { packets, ..Options::default() });
        for wanted in [VERSION, SERIAL, STATUS] {
            bench.send(id::REQUEST, &[0, wanted]);
        }
        bench.now += 2;
        bench.air.advance(Instant::from_ms(bench.now));
        let lengths: Vec<usize> =
            core::iter::from_fn(|| bench.air.take_packet(bench.stick)).map(|packet| packet.len()).collect();
        let expected: &[usize] = match packets {
            Packets::Whole => &[12, 8, 6],
            Packets::Padded(_) => &[64, 64, 64],
            Packets::Cut(_) => &[5, 5, 5, 5, 5, 1],
        };
        assert_eq!(lengths, expected);
        for wanted in [VERSION, SERIAL, STATUS] {
            bench.send(id::REQUEST, &[0, wanted]);
        }
        assert_eq!(bench.frames(2).iter().map(|(id, _)| *id).collect::<Vec<_>>(), [VERSION, SERIAL, STATUS]);
        assert_eq!(bench.deframer.discarded(), 0);
    }
}

#[test]
fn dropped_bytes_cost_frames_and_nothing_else() {
    let mut bench = Bench::ready(WILDCARD);
    bench.master(1);
    bench.accepts(&[(id::OPEN_SCAN, &[0])]);
    let whole = bench.data(100_000);
    let mut bench = Bench::new(Options { drop_bytes: 0.01, ..Options::default() });
    for (id, payload) in WILDCARD.iter().chain(&[(id::OPEN_SCAN, &[0][..])]) {
        bench.send(*id, payload);
    }
    bench.master(1);
    let data = bench.data(100_000);
    assert!(bench.deframer.discarded() > 100, "the fault has landed");
    assert!(data.len() > whole.len() / 2 && data.len() < whole.len() * 9 / 10, "{} of {}", data.len(), whole.len());
}

#[test]
fn a_damaged_command_is_a_serial_error() {
    let mut bench = Bench::new(Options::default());
    bench.air.host_bytes(bench.stick, Instant::ZERO, &[0xA4, 0x01, 0x4A, 0x00, 0xEE, 0xA4, 0x02, 0x4D, 0, 0x3E, 0xD5]);
    assert_eq!(bench.frames(2), [(0xAE, vec![2]), (VERSION, b"SIM1.00\0".to_vec())]);
}

#[test]
fn a_replugged_stick_has_forgotten_everything() {
    let mut bench = Bench::ready(WILDCARD);
    bench.master(1);
    bench.accepts(&[(id::OPEN_SCAN, &[0])]);
    bench.now += 1000;
    bench.air.replug(bench.stick, Instant::from_ms(bench.now));
    assert_eq!(bench.frames(1000), []);
    assert_eq!(bench.status(0), 0);
}

#[test]
fn driving_by_events_or_by_leaps_gives_the_same_bytes() {
    let run = |by_events: bool, seed| {
        let mut air = Air::new(seed);
        let stick = air.add_stick(Options::default());
        for number in 1..=6 {
            let master = air.add_master(Master::new(Profile::MUSCLE_OXYGEN, number));
            air.set_path(master, stick, Path { loss: 0.05, ..Path::default() });
            air.set_page_source(master, move |at| [number as u8, (at.as_ms() / 250) as u8, 0, 0, 0, 0, 0, 0]);
        }
        for (id, payload) in WILDCARD.iter().chain(&[(id::OPEN_SCAN, &[0][..])]) {
            let mut out = [0; MAX_FRAME];
            let size = encode(*id, payload, &mut out).unwrap();
            air.host_bytes(stick, Instant::ZERO, &out[..size]);
        }
        let end = Instant::from_ms(60_000);
        let mut bytes = Vec::new();
        while by_events && let Some(at) = air.next_event().filter(|at| *at <= end) {
            assert!(at >= air.now());
            air.advance(at);
            bytes.extend(air.take_bytes(stick));
        }
        air.advance(end);
        bytes.extend(air.take_bytes(stick));
        bytes
    };
    assert!(run(true, 1).len() > 20_000);
    assert_eq!(run(true, 1), run(false, 1));
    assert_ne!(run(true, 1), run(true, 2));
}

/// Six sensors and one scanning stick run far faster than a thousand times real time, also while other tests run.
#[test]
fn a_day_takes_a_minute_at_most() {
    let mut bench = Bench::ready(WILDCARD);
    for number in 1..=6 {
        bench.master(number);
    }
    bench.accepts(&[(id::OPEN_SCAN, &[0])]);
    let began = std::time::Instant::now();
    let end = Instant::from_ms(3_600_000);
    let mut bytes = 0;
    while let Some(at) = bench.air.next_event().filter(|at| *at <= end) {
        bench.air.advance(at);
        bytes += bench.air.take_bytes(bench.stick).len();
    }
    let speed = 3600.0 / began.elapsed().as_secs_f64();
    println!("{speed:.0} times real time");
    assert!(bytes > 6 * 14_000 * 23, "{bytes}");
    assert!(speed > 1000.0, "{speed:.0} times real time");
}

/// Commands of every id and length, sensible and not, in every order, with sensors on the air.
#[test]
fn no_host_can_break_a_stick() {
    const GOOD: &[(u8, &[u8])] = &[
        (id::OPEN, &[0]),
        (id::OPEN, &[1]),
        (id::OPEN_SCAN, &[0]),
        (id::CLOSE, &[0]),
        (id::CLOSE, &[1]),
        (id::UNASSIGN, &[0]),
        (id::ASSIGN, &[0, 0x00, 0]),
        (id::ASSIGN, &[1, 0x10, 0]),
        (id::CHANNEL_ID, &[0, 0, 0, 31, 0]),
        (id::CHANNEL_ID, &[1, 9, 0, 31, 5]),
        (id::FREQUENCY, &[0, 57]),
        (id::NETWORK_KEY, KEY),
        (id::ACKNOWLEDGED, &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (id::ACKNOWLEDGED, &[1, 1, 2, 3, 4, 5, 6, 7, 8]),
    ];
    let mut random = Random::stream(5, Purpose::Stick, 0);
    let mut below = |limit: u16| random.between(0.0, f64::from(limit)) as u8;
    let mut answers = std::collections::BTreeSet::new();
    for _ in 0..40 {
        let mut bench = Bench::new(Options { search_hit: 1.0, ..Options::default() });
        for number in 1..=3 {
            bench.master(number);
        }
        bench.accepts(WILDCARD);
        for _ in 0..300 {
            // Half of them make sense, so that the others meet every state.
            let good = GOOD[usize::from(below(GOOD.len() as u16))];
            let len = [1, 1, 2, 2, 3, 3, 4, 5, 6, 9, 14][usize::from(below(11))];
            let noise: Vec<u8> = (0..len).map(|_| if below(3) == 0 { below(256) } else { below(4) }).collect();
            match below(16) {
                0 => bench.send(below(256), &noise),
                1..8 => bench.send(0x41 + below(0x32), &noise),
                _ => bench.send(good.0, good.1),
            }
            for message in bench.messages(u64::from(below(200))) {
                if let Message::Response { code, .. } | Message::Event { code, .. } = message {
                    answers.insert(code.0);
                }
            }
            assert_eq!(bench.deframer.discarded(), 0);
        }
    }
    // It has been to many places: opened, closed, refused, sent, lost.
    assert!(answers.len() >= 14, "{answers:02X?}");
}
